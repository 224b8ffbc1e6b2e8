"""The measured answers of the real controller, asked again of both web servers over HTTP.

The model and the configuration written from it could be wrong alike; a real
nginx in between cannot. (Debian's nginx stands in for the controller's 1.27.)
The proxy stands where there is no nginx, and answers the same.
"""

from __future__ import annotations

import http.client
import re
from collections.abc import Iterator
from contextlib import closing
from itertools import groupby
from pathlib import Path
from typing import Any

import pytest

from kubectl_ingress.controllers._ingress_nginx.answers import BodyLimit
from kubectl_ingress.controllers._ingress_nginx.redirects import MissingSlash
from kubectl_ingress.controllers._ingress_nginx.rewriting import RewriteRedirect
from kubectl_ingress.core.actions import Forward, RedirectToHttps, Reply
from kubectl_ingress.core.table import RouteTable
from kubectl_ingress.dataplane.server import VIA, Listen
from tests.dataplane.serving import SERVERS, Backends, serving
from tests.observed import Case, canonical, covered_cases, needs_observed, observed_fields

pytestmark = needs_observed

# What the data plane serves today; of a frozen controller, what nginx itself would refuse.
SERVED = (BodyLimit, Forward, MissingSlash, RedirectToHttps, Reply, RewriteRedirect)
REFUSED_BY_NGINX = ("twice", "regular expression")


def is_served(table: RouteTable) -> bool:
    servers = (table.default, *table.servers)
    actions = [action for one in servers for entry in one.entries for action in entry.actions]
    if table.refused and not any(why in table.refused.message for why in REFUSED_BY_NGINX):
        return False
    own = any(server.first or server.names for server in servers)
    return not own and all(isinstance(action, SERVED) for action in actions)


BY_TABLE = [
    (name, cases)
    for name, found in groupby(covered_cases(), key=lambda case: case.id.partition("#")[0])
    if is_served((cases := list(found))[0].table)
]


@pytest.fixture
def backends() -> Iterator[Backends]:
    made = Backends()
    yield made
    made.stop()


def _ask(case: Case, listen: Listen) -> http.client.HTTPResponse:
    connection = http.client.HTTPConnection("127.0.0.1", listen.http, timeout=5)
    # By hand: http.client would tidy the target and the Host header.
    connection.putrequest(case.request.method, case.request.target, skip_host=True)
    connection.putheader("Host", case.raw_host)
    for name, value in case.request.headers:
        connection.putheader(name, value)
    connection.endheaders()
    with closing(connection):
        answer = connection.getresponse()
        answer.read()
    return answer


@pytest.mark.parametrize("kind", SERVERS)
@pytest.mark.parametrize(("name", "cases"), BY_TABLE, ids=[name for name, _ in BY_TABLE])
def test_it_answers_as_the_real_controller_did(
    kind: str, name: str, cases: list[Case], backends: Backends, tmp_path: Path
) -> None:
    table = backends.redirect(cases[0].table)
    with serving(kind, table, tmp_path) as served:
        if cases[0].observed.get("refused"):
            assert not served.loaded, "the real controller could not load this, ours could"
            return
        assert served.loaded, served.read_log()
        for case in cases:
            if case.request.scheme == "http":
                seen = _seen(case, _ask(case, served.listen))
                assert seen == observed_fields(case), case.request


def _seen(case: Case, answer: http.client.HTTPResponse) -> dict[str, Any]:
    assert VIA in (answer.headers["Via"] or ""), "an answer that does not say who sent it"
    location = answer.headers["Location"]
    return {
        "status": answer.status,
        "upstreamPath": answer.headers["X-Target"],
        "backend": canonical(answer.headers["X-Backend"], case.snapshot),
        # nginx writes the port it listens on, which is 80 in the measurement.
        "location": location and re.sub(r"^(https?://[^/:]+):\d+", r"\1", location),
    }
