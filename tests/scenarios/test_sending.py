"""curl's flags, typed to us and to curl: the same requests, the same answers."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from .world import World

HOST = "shop.example"
SECURE, PLAIN = f"https://{HOST}/", f"http://{HOST}/"


@pytest.fixture(scope="module")
def ca(bed: World) -> str:
    """The file of the certificate that a route presents, which signed itself."""
    done = bed.ingress("install", "--provider", "aws", "--timeout", "120s", timeout=150)
    assert done.returncode == 0, done.stderr
    made = bed.ingress("scaffold", "shop", "--host", HOST, "--tls-self-signed", "--apply")
    assert made.returncode == 0, made.stderr
    bed.kubectl("rollout", "status", "deployment/shop-deployment", "--timeout=60s")
    file = bed.directory / "ca.pem"
    secret = bed.get("secret", "shop-tls")
    file.write_bytes(base64.b64decode(secret["data"]["tls.crt"]))
    done = bed.ingress("test", SECURE, "--cacert", str(file), "--wait", "30s")
    assert done.returncode == 0, done.stdout + done.stderr
    return str(file)


def found(bed: World, status: int, *words: str) -> dict[str, Any]:
    done = bed.ingress("test", *words, "-o", "json")
    assert done.returncode == status, done.stdout + done.stderr
    result: dict[str, Any] = json.loads(done.stdout)
    return result


@pytest.mark.parametrize(
    "words", [[SECURE], [SECURE, "-I"], [SECURE, "-d", "a=1"], [PLAIN], [PLAIN, "--http2"]]
)
def test_the_printed_command_gets_the_same_answer(bed: World, ca: str, words: list[str]) -> None:
    result = found(bed, 0, *words, "--cacert", ca)
    answer = result["answer"]
    done = bed.run("sh", "-c", result["curl"])
    assert done.returncode == 0, done.stderr
    assert done.stdout.split()[:2] == [f"HTTP/{answer['http']}", str(answer["status"])]
    if answer["pod"]:
        assert answer["pod"] in done.stdout


def test_redirects_are_followed_to_the_same_load_balancer(bed: World, ca: str) -> None:
    result = found(bed, 0, PLAIN, "-L", "--cacert", ca)
    (redirect,) = result["redirects"]
    assert (redirect["url"], redirect["status"]) == (PLAIN, 308)
    assert redirect["location"].rstrip("/") == SECURE.rstrip("/")
    assert (result["request"]["url"], result["answer"]["status"]) == (SECURE, 200)
    assert result["answer"]["tls"] in ("TLSv1.2", "TLSv1.3")
    assert result["answer"]["certificate"]["names"] == [HOST]
    assert found(bed, 1, PLAIN, "-L", "--max-redirs", "0")["verdict"]["code"] == "KI633"


def test_an_address_of_one_s_own(bed: World, ca: str) -> None:
    there = found(bed, 0, SECURE, "--cacert", ca)["place"]
    peer = found(bed, 0, SECURE, "--cacert", ca)["answer"]["peer"]
    resolved = found(bed, 0, SECURE, "--cacert", ca, "--resolve", f"{HOST}:443:{peer}")
    assert resolved["answer"]["peer"] == peer
    assert there["port"] == 443
    refused = found(bed, 1, SECURE, "--cacert", ca, "--connect-to", f"::{peer}:1")
    assert refused["verdict"]["code"] == "KI603"
    assert f"{peer} port 1" in refused["verdict"]["sentence"]


def test_trust_is_for_the_named_authority_alone(bed: World, ca: str) -> None:
    result = found(bed, 1, SECURE)
    assert (result["verdict"]["code"], result["failure"]["phase"]) == ("KI301", "tls")
    assert "self-signed" in result["failure"]["detail"]
    wrong = found(bed, 1, "https://other.example/", "--cacert", ca)
    # No Ingress has that host, which is why it has no certificate of it either.
    assert (wrong["verdict"]["code"], wrong["failure"]["phase"]) == ("KI101", "tls")
    assert bed.ingress("test", SECURE, "--cacert", "/nowhere").returncode == 2
