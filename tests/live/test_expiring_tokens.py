"""Tokens that expire while a command waits, before a real API server that checks them.

They are those of a ServiceAccount, signed with the cluster's own key, and good for seconds. The API
server remembers for ten seconds what it has found good (its token cache), so the commands run
longer than that. All ways to get a new one are tried side by side.
"""

from __future__ import annotations

import base64
import json
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from tests.realcluster import fixture

if TYPE_CHECKING:
    from tests.realcluster.testbed import Bed

pytestmark = pytest.mark.skipif(
    not fixture.inside(),
    reason="NO TOKEN EXPIRED BEFORE A REAL API SERVER: run `make test-live`",
)
ISSUER = "https://kubernetes.default.svc"
# So much the API server forgives (go-jose, DefaultLeeway).
LEEWAY = 60
LIVES, WAITS = 3.0, 15.0
PLUGIN = """\
#!/bin/sh
echo run >> {name}.runs
printf '{{"kind": "ExecCredential", "apiVersion": "client.authentication.k8s.io/v1", '
printf '"status": {{"token": "%s"{stamp}}}}}' "$(cat token)"
"""
STAMP = """, "expirationTimestamp": "'"$(date -u -d '+2 seconds' +%FT%TZ)"'\""""


@pytest.fixture(scope="module")
def bed(request: pytest.FixtureRequest) -> Iterator[Bed]:
    yield from fixture.real_bed(request)


def mint(bed: Bed, uid: str, seconds: float) -> str:
    """A token of the ServiceAccount default/robot that is good for so long."""
    end = int(time.time() + seconds) - LEEWAY
    account = {"name": "robot", "uid": uid}
    claims = {
        "iss": ISSUER,
        "aud": [ISSUER],
        "sub": "system:serviceaccount:default:robot",
        "iat": end - 600,
        "nbf": end - 600,
        "exp": end,
        "kubernetes.io": {"namespace": "default", "serviceaccount": account},
    }
    signed = b".".join(_encoded(json.dumps(part).encode()) for part in ({"alg": "ES256"}, claims))
    key = load_pem_private_key((bed.cluster.directory / "accounts.key").read_bytes(), None)
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    pair = decode_dss_signature(key.sign(signed, ec.ECDSA(hashes.SHA256())))
    signature = b"".join(number.to_bytes(32, "big") for number in pair)
    return (signed + b"." + _encoded(signature)).decode()


def _encoded(data: bytes) -> bytes:
    return base64.urlsafe_b64encode(data).rstrip(b"=")


class Broker:
    """Keeps a file with a token that is good."""

    def __init__(self, bed: Bed, folder: Path) -> None:
        account = bed.get("serviceaccount", "robot")["metadata"]["uid"]
        self.mint = lambda seconds: mint(bed, account, seconds)
        self.file = folder / "token"
        self.first = self.mint(LIVES)
        self._stopping = threading.Event()
        self._write(self.first)
        self._thread = threading.Thread(target=self._renew, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._stopping.set()
        self._thread.join()

    def _renew(self) -> None:
        while not self._stopping.wait(1.0):
            self._write(self.mint(LIVES))

    def _write(self, token: str) -> None:
        fresh = self.file.with_name("fresh")
        fresh.write_text(token)
        fresh.replace(self.file)


def kubeconfig(bed: Bed, name: str, user: dict[str, Any]) -> Path:
    ca = base64.b64encode(bed.cluster.ca_file.read_bytes()).decode()
    cluster = {"server": bed.cluster.url, "certificate-authority-data": ca}
    path = bed.directory / name
    entry = {"cluster": name, "user": name}
    config = {
        "clusters": [{"name": name, "cluster": cluster}],
        "users": [{"name": name, "user": user}],
        "contexts": [{"name": name, "context": entry}],
        "current-context": name,
    }
    path.write_text(json.dumps(config))
    return path


def plugin(bed: Bed, name: str, stamp: str) -> dict[str, Any]:
    script = bed.directory / f"{name}.sh"
    text = PLUGIN.format(name=f"{bed.directory}/{name}", stamp=stamp)
    script.write_text(text.replace("cat token", f"cat {bed.directory}/token"))
    script.chmod(0o700)
    version = "client.authentication.k8s.io/v1"
    return {"exec": {"apiVersion": version, "command": str(script), "interactiveMode": "Never"}}


def is_good(bed: Bed, token: str) -> bool:
    with bed.cluster.client() as client:
        answer = client.get("/version/x", headers={"Authorization": f"Bearer {token}"})
    return answer.status_code != 401


def test_a_wait_outlasts_its_tokens(bed: Bed) -> None:
    bed.cloud.assign = False
    bed.kubectl("create", "serviceaccount", "robot")
    bed.kubectl(
        "create", "clusterrolebinding", "robot", "--clusterrole=view",
        "--serviceaccount=default:robot",
    )  # fmt: skip
    assert bed.ingress("install", "--provider", "aws", "--no-wait").returncode == 0
    broker = Broker(bed, bed.directory)
    assert is_good(bed, broker.first)
    assert not is_good(bed, broker.mint(-1.0))
    users = {
        "file": {"tokenFile": str(broker.file)},
        "told": plugin(bed, "told", STAMP),
        "silent": plugin(bed, "silent", ""),
    }
    began = time.monotonic()
    waiting = {
        name: bed.popen(
            "kubectl-ingress",
            *("address", "--wait", "150s", "--kubeconfig", str(kubeconfig(bed, name, user))),
        )
        for name, user in users.items()
    }
    time.sleep(WAITS)
    # A good token is remembered by the API server for 10 s, and a busy machine begins late.
    bed.wait_for(lambda: runs_of(bed, "told") >= 5 and runs_of(bed, "silent") >= 2, 60, "refusals")
    bed.cloud.assign = True
    for name, process in waiting.items():
        out, err = process.communicate(timeout=60)
        assert process.returncode == 0, f"{name}: {err}"
        assert out.strip() == bed.hostname("ingress-nginx-controller", "ingress-nginx")
    broker.stop()
    # They would not have got through with what they had at first.
    assert time.monotonic() - began > LIVES + 10
    assert not is_good(bed, broker.first)
    runs = {name: runs_of(bed, name) for name in ("told", "silent")}
    # The one knows when its token is over, the other hears it from the API server.
    assert runs["told"] >= 5
    assert 2 <= runs["silent"] < runs["told"]


def runs_of(bed: Bed, name: str) -> int:
    file = bed.directory / f"{name}.runs"
    return len(file.read_text().splitlines()) if file.exists() else 0


def test_a_token_that_is_over_is_told(bed: Bed) -> None:
    account = bed.get("serviceaccount", "robot")["metadata"]["uid"]
    config = kubeconfig(bed, "over", {"token": mint(bed, account, -1.0)})
    done: subprocess.CompletedProcess[str] = bed.run(
        "kubectl-ingress", "address", "--kubeconfig", str(config)
    )
    assert done.returncode == 2
    assert "does not accept the credentials of the user over" in done.stderr
    assert "log in again" in done.stderr
