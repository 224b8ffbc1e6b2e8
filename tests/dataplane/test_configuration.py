"""Nothing from a cluster may end a word of nginx's configuration."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from kubectl_ingress.controllers import ingress_nginx
from kubectl_ingress.dataplane.certificates import write_fake, write_secret
from kubectl_ingress.dataplane.nginx import Configuration, Listen
from tests.manifests import ingress, ingress_class, nginx, path, service, slice_of, snapshot

NGINX = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")

HOSTILE = (
    '/x" { return 200 owned; } location "/y',
    "/x; return 200 owned;",
    "/x } } http { server { listen 1; } }",
    "/x\n return 200 owned;",
    "/x\\",
    '/x\\"',
    "/x # comment",
    "/x$host${uri}",
    "/é\U0001f600",
    "/'",
)


def text_for(directory: Path, *objects: object) -> str:
    table = ingress_nginx.compile(snapshot(ingress_class(), service(), slice_of(), *objects))
    files = {"": write_fake(directory)}
    return Configuration(table, Listen("127.0.0.1", 1081, 1444, 1025), directory, files).text()


@pytest.mark.skipif(NGINX is None, reason="no nginx on this machine")
@pytest.mark.parametrize("hostile", HOSTILE, ids=repr)
@pytest.mark.parametrize("regex", ["false", "true"])
def test_a_hostile_path_stays_one_word(hostile: str, regex: str, tmp_path: Path) -> None:
    one = ingress("web", "a.example", path(hostile), annotations=nginx(use_regex=regex))
    configuration = tmp_path / "nginx.conf"
    configuration.write_text(text_for(tmp_path, one), encoding="latin-1")
    tested = subprocess.run(
        [str(NGINX), "-p", f"{tmp_path}/", "-e", "stderr", "-c", str(configuration), "-T", "-q"],
        capture_output=True,
        check=False,
    )
    # A path may be no regular expression; it may never be another directive.
    said = tested.stderr.decode()
    assert tested.returncode == 0 or "pcre" in said.lower(), said
    lines = [line.strip() for line in configuration.read_text(encoding="latin-1").splitlines()]
    assert not [line for line in lines if line.startswith("return 200 owned")]


@pytest.mark.parametrize("data", [None, [], {}, {"tls.crt": "x"}, {"tls.crt": 1, "tls.key": None}])
def test_a_secret_that_holds_no_pair_is_no_certificate(data: object, tmp_path: Path) -> None:
    assert write_secret(tmp_path, "x", data) is None


def test_private_keys_are_for_the_owner_alone(tmp_path: Path) -> None:
    assert write_fake(tmp_path).key.stat().st_mode & 0o077 == 0
