"""The README's table of permissions, on a real API server: enough, and not one too many.

Each row is tried as a user who has just these rights, and as users who lack one of them: then the
command fails with that right named and no other, or goes on and says what it could not look at.
"""

from __future__ import annotations

import io
import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import pytest

from kubectl_ingress.__main__ import main
from kubectl_ingress.env import Environment
from tests.live.interruptions import NS
from tests.live.roles import Right, named, objects, path_of, rows
from tests.realcluster import fixture

if TYPE_CHECKING:
    import httpx

    from tests.realcluster.testbed import Bed

pytestmark = pytest.mark.skipif(
    not fixture.inside(),
    reason="NO ROLE WAS TRIED BEFORE A REAL API SERVER: run `make test-live`",
)
WORDS = {
    "address": "address",
    "address INGRESS": "address shop",
    "patch-host INGRESS HOST": "patch-host shop other.example.com",
    "patch-host INGRESS": "patch-host shop",
    "test": "test http://shop.example.com/",
    "test --via nodeport": "test http://shop.example.com/ --via nodeport",
    "test --from cluster": "test http://shop.example.com/ --from cluster",
    "test --all": "test --all -k",
    "list -A": "list -A",
    "trace": "trace https://safe.example.com/",
    "lint -A": "lint -A --fail-on never",
    "doctor INGRESS --no-probe": "doctor shop --no-probe",
    "status": "status",
    "scaffold --apply": "scaffold shop --host shop.example.com --apply",
    "install": "install --timeout 60s",
    "upgrade": "upgrade --version 1.15.1 --timeout 60s",
    "uninstall": "uninstall --yes --timeout 60s",
}
LIFE = ("install", "upgrade", "uninstall")


@dataclass
class Case:
    """One user: a row without one of its rights, or whole."""

    row: str
    lacks: Right | None
    user: str


@dataclass
class Ran:
    status: int
    out: str
    err: str

    @property
    def said(self) -> str:
        """In one line."""
        return " ".join(f"{self.out} {self.err}".split())


def cases() -> list[Case]:
    number = itertools.count()
    return [
        Case(row, lacks, f"role-{next(number)}")
        for row, rights in rows().items()
        for lacks in (*rights, None)
    ]


CASES = cases()


@pytest.fixture(scope="module")
def bed(request: pytest.FixtureRequest) -> Iterator[Bed]:
    yield from fixture.real_bed(request)


@pytest.fixture(scope="module")
def client(bed: Bed) -> Iterator[httpx.Client]:
    """An API server that knows all the users."""
    bed.cloud.delay = 0.0
    bed.kubectl("create", "namespace", NS)
    table = rows()
    with bed.cluster.client() as client:
        for case in CASES:
            rights = tuple(right for right in table[case.row] if right != case.lacks)
            for item in objects(case.user, rights, NS if case.row in LIFE else "default"):
                client.post(path_of(item), json=item).raise_for_status()
        last = {"verb": "list", "group": "apps", "resource": "deployments"}
        bed.wait_for(lambda: may(client, CASES[-1].user, last), 20, "the last role counts")
        yield client


def may(client: httpx.Client, user: str, attributes: dict[str, str]) -> bool:
    body = {
        "apiVersion": "authorization.k8s.io/v1",
        "kind": "SubjectAccessReview",
        "spec": {"user": user, "resourceAttributes": attributes},
    }
    answer = client.post("/apis/authorization.k8s.io/v1/subjectaccessreviews", json=body)
    return bool(answer.json()["status"]["allowed"])


def run(bed: Bed, *words: str) -> Ran:
    out, err = io.StringIO(), io.StringIO()
    environment = Environment(io.StringIO(), out, err, bed.environment)
    return Ran(int(main(words, environment)), out.getvalue(), err.getvalue())


def as_user(bed: Bed, case: Case) -> Ran:
    words = WORDS[case.row].split()
    lacks = case.lacks
    if case.row == "install" and lacks and lacks.verb == "list" and lacks.everywhere:
        # What it may not look at it says before it writes anything.
        words.append("--dry-run=server")
    return run(bed, *words, "--as", case.user)


def is_named(ran: Ran, right: Right) -> bool:
    """Whether just this right is said to be missing."""
    pairs, wanted = named(ran.err), {(right.verb, right.resource)}
    if ran.status:
        return pairs == wanted
    plural = right.resource.partition(".")[0]
    return f"may not {right.verb} {plural}" in ran.said.lower() and pairs <= wanted


ROUTES = [row for row in rows() if row not in LIFE]


def is_fine(case: Case, ran: Ran) -> bool:
    """Whether it works with all of them, or names just what it lacks."""
    if case.lacks is None:
        return ran.status == 0
    if str(case.lacks) == "get namespaces" and case.row == "install":
        # Nor can it be seen then whether it has to be made.
        return named(ran.err) == {(verb, "namespaces") for verb in ("get", "create", "patch")}
    return is_named(ran, case.lacks)


def wrongs(bed: Bed, row: str, after: Callable[[Ran], object]) -> list[str]:
    """What is wrong with the cells of one row; `after` sets right what a run has changed."""
    found = []
    for case in CASES:
        if case.row == row:
            ran = as_user(bed, case)
            if not is_fine(case, ran):
                found.append(f"{row} without {case.lacks}: {ran.status}\n{ran.out}{ran.err}")
            after(ran)
    return found


def none_of_ours(bed: Bed) -> None:
    ran = run(bed, "uninstall", "--yes")
    assert ran.status == 0, ran.err


def test_install(bed: Bed, client: httpx.Client) -> None:
    def after(ran: Ran) -> None:
        if "serverside-applied (server dry run)" not in ran.out:
            none_of_ours(bed)

    wrong = wrongs(bed, "install", after)
    assert not wrong, "\n".join(wrong)


def test_upgrade(bed: Bed, client: httpx.Client) -> None:
    def before() -> None:
        ran = run(bed, "install", "--provider", "aws", "--version", "1.13.9")
        assert ran.status == 0, ran.err
        # Their time to live is over as soon as they are done.
        bed.wait_for(lambda: not bed.get("jobs", "-n", NS)["items"], 20, "its Jobs to go")

    def after(ran: Ran) -> None:
        # One that is half upgraded is as good a beginning as any.
        if ran.status == 0:
            none_of_ours(bed)
            before()

    before()
    wrong = wrongs(bed, "upgrade", after)
    none_of_ours(bed)
    assert not wrong, "\n".join(wrong)


def test_uninstall(bed: Bed, client: httpx.Client) -> None:
    def after(ran: Ran) -> None:
        if "deleted" in ran.out:
            run(bed, "install", "--provider", "aws")

    run(bed, "install", "--provider", "aws")
    wrong = wrongs(bed, "uninstall", after)
    none_of_ours(bed)
    assert not wrong, "\n".join(wrong)


OWN = "made-by-install"
"""A namespace that install makes, and uninstall removes."""
WITH_NAMESPACE = {
    "whole": (),
    "no-get": (Right("get", "namespaces", True),),
    "no-delete": (Right("delete", "namespaces", True),),
    "no-list": (Right("list", "*.*", True),),
}


@pytest.fixture
def owners(bed: Bed, client: httpx.Client) -> None:
    """Who may uninstall with the namespace, and who lacks one right for that: in no role in it."""
    beside = [right for lacks in WITH_NAMESPACE.values() for right in lacks]
    for user, lacks in WITH_NAMESPACE.items():
        everywhere = tuple(replace(right, everywhere=True) for right in rows()["uninstall"])
        rights = (*everywhere, *(right for right in beside if right not in lacks))
        for item in objects(user, rights, NS):
            client.post(path_of(item), json=item).raise_for_status()
    last = {"verb": "list", "group": "apps", "resource": "deployments"}
    bed.wait_for(lambda: may(client, user, last), 20, "the last role counts")


def test_uninstall_with_its_namespace(bed: Bed, owners: None) -> None:
    def as_owner(user: str) -> Ran:
        ran = run(bed, "install", "--provider", "aws", "-n", OWN)
        assert ran.status == 0, ran.err
        return run(bed, "uninstall", "--yes", "-n", OWN, "--as", user)

    for user in ("no-get", "no-delete"):
        [right] = WITH_NAMESPACE[user]
        ran = as_owner(user)
        assert (ran.status, ran.out) == (2, ""), ran.err
        assert named(ran.err) == {(right.verb, right.resource)}
    ran = as_owner("no-list")
    assert ran.status == 0, ran.err
    assert "could not be seen whether it holds any" in ran.said
    assert OWN in bed.kubectl("get", "namespaces", "-o", "name").stdout
    bed.kubectl("delete", "namespace", OWN)
    ran = as_owner("whole")
    assert ran.status == 0, ran.err
    assert OWN not in bed.kubectl("get", "namespaces", "-o", "name").stdout


@pytest.fixture(scope="module")
def route(bed: Bed, client: httpx.Client) -> Iterator[None]:
    """A controller, and a route that works."""
    for words in (
        "install --provider aws",
        WORDS["scaffold --apply"],
        # One with a certificate, so that Secrets are looked at.
        "scaffold safe --host safe.example.com --tls-self-signed --apply",
        f"{WORDS['test']} --wait 20s",
    ):
        ran = run(bed, *words.split())
        assert ran.status == 0, ran.err
    yield
    none_of_ours(bed)


@pytest.mark.parametrize("row", ROUTES)
def test_a_route(bed: Bed, route: None, row: str) -> None:
    def after(ran: Ran) -> None:
        if row.startswith("patch-host") and ran.status == 0:
            run(bed, "patch-host", "shop", "--undo")

    if row == "scaffold --apply":
        remove(bed)
    wrong = wrongs(bed, row, after)
    assert not wrong, "\n".join(wrong)


def remove(bed: Bed) -> None:
    bed.kubectl("delete", "deployment/shop-deployment", "service/shop-service", "ingress/shop")
