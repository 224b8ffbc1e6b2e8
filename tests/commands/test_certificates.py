"""What trace, list, lint and test say of a host's certificate, and whether that mends it."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from kubectl_ingress.certificates import self_signed
from kubectl_ingress.core.answer import Certificate, Failure, Timings, Unreachable
from kubectl_ingress.errors import ApiForbidden
from tests.fakes import FakeCluster
from tests.manifests import controller, ingress, ingress_class, service, slice_of
from tests.running import answer, run

HOST = "a.example"
TLS = [{"hosts": [HOST], "secretName": "a-tls"}]
FAKE = "Kubernetes Ingress Controller Fake Certificate"
NOW = datetime.now(UTC)
ANEW = "kubectl create secret tls a-tls -n default --cert=FILE --key=FILE"
INSTEAD = f"{ANEW} --dry-run=client -o yaml | kubectl apply -f -"
OWN, OTHER = self_signed([HOST], NOW), self_signed([HOST], NOW)
OVER = self_signed([HOST], NOW - timedelta(days=754, hours=12))


def secret(certificate: bytes, key: bytes, **more: Any) -> dict[str, Any]:
    values = {"tls.crt": certificate, "tls.key": key}
    data = {name: base64.b64encode(value).decode() for name, value in values.items() if value}
    meta = {"name": "a-tls", "namespace": "default", **more.pop("metadata", {})}
    kind = {"apiVersion": "v1", "kind": "Secret", "type": "kubernetes.io/tls"}
    return {**kind, "metadata": meta, "data": data, **more}


def world(*objects: Any) -> list[Any]:
    return [ingress_class(), service(), slice_of(), *objects]


def finding(*objects: Any) -> dict[str, Any]:
    """KI302 of trace in a cluster, which shows nobody a key."""
    cluster = FakeCluster([*world(*objects), *controller()])
    ran = run(["trace", f"https://{HOST}/", "-o", "json"], cluster)
    assert "PRIVATE" not in ran.stdout
    [found] = [one for one in json.loads(ran.stdout)["findings"] if one["code"] == "KI302"]
    return dict(found)


def presents(subject: str) -> Any:
    """A load balancer that shows this certificate, which nobody trusts."""
    shown = Certificate(subject, subject, (HOST,), "2036-01-01T00:00:00Z")
    return lambda plan: Unreachable(
        Failure.TLS, "self-signed", "tls", Timings(0.1), certificate=shown
    )


@pytest.mark.parametrize(
    ("tls", "why", "fix"),
    [
        (
            {"hosts": ["*.example"], "secretName": "wild"},
            "Secret default/wild does not exist",
            "kubectl create secret tls wild -n default --cert=FILE --key=FILE",
        ),
        (
            {"hosts": ["*.example"]},
            "the entry of spec.tls for a.example names no Secret",
            "kubectl create secret tls wildcard-example -n default --cert=FILE --key=FILE &&"
            " kubectl patch ingress web -n default --type=json -p"
            ' \'[{"op":"add","path":"/spec/tls/0/secretName","value":"wildcard-example"}]\'',
        ),
        (
            {"hosts": [HOST], "secretName": "x;id>&2"},
            "Secret default/x;id>&2 does not exist",
            "kubectl create secret tls 'x;id>&2' -n default --cert=FILE --key=FILE",
        ),
    ],
)
def test_the_entry_that_names_the_host_or_its_wildcard(
    tls: dict[str, Any], why: str, fix: str
) -> None:
    found = finding(ingress(tls=[tls]))
    assert (found["message"].partition(", so clients")[0], found["fix"]) == (why, fix)


@pytest.mark.parametrize(
    ("stored", "why", "fix"),
    [
        ((), "Secret default/a-tls does not exist", ANEW),
        (
            (secret(OWN[0], OTHER[1]),),
            "Secret default/a-tls: tls.key is not the key of the first certificate in tls.crt",
            INSTEAD,
        ),
        (
            (secret(OWN[0], b"no key"),),
            "Secret default/a-tls: tls.key holds no private key",
            INSTEAD,
        ),
        (
            (secret(*self_signed(["b.example"], NOW)),),
            "the certificate of Secret default/a-tls is for b.example, not for a.example",
            INSTEAD,
        ),
        ((secret(b"", OWN[1]),), "Secret default/a-tls has no tls.crt", INSTEAD),
        ((secret(b"x", OWN[1]),), "tls.crt of Secret default/a-tls holds no certificate", INSTEAD),
        ((secret(*OVER),), "the certificate of Secret default/a-tls expired 664 days ago", INSTEAD),
        (
            (secret(b"", b"", type="Opaque"),),
            "Secret default/a-tls has no tls.crt and no tls.key",
            f"kubectl delete secret a-tls -n default && {ANEW}",
        ),
        (
            (
                secret(
                    *OVER, metadata={"annotations": {"cert-manager.io/certificate-name": "made"}}
                ),
            ),
            "the certificate of Secret default/a-tls expired 664 days ago",
            "kubectl describe certificate made -n default",
        ),
    ],
)
def test_all_say_the_same(stored: tuple[Any, ...], why: str, fix: str) -> None:
    objects = (ingress(tls=TLS), *stored)
    found = finding(*objects)
    assert (found["message"].partition(", so clients")[0], found["fix"]) == (why, fix)

    ran = run(["lint", "-o", "json"], FakeCluster([*world(*objects), *controller()]))
    [said] = [one for one in json.loads(ran.stdout)["findings"] if one["code"] == "KI302"]
    assert (said["message"].partition(": clients")[0], said["fix"]) == (why, fix)
    assert said["level"] == "error"

    cluster = FakeCluster([*world(*objects), *controller()])
    url = f"https://{HOST}/"
    ran = run(["test", url, "-L", "-o", "json"], cluster, presents(FAKE))
    verdict = json.loads(ran.stdout)["verdict"]
    assert verdict["code"] == "KI301"
    assert verdict["sentence"].endswith(f"(self-signed); {why}")
    assert verdict["fix"] == f"{fix}\nkubectl ingress test {url} -k -L"


@pytest.mark.parametrize(
    ("spec", "why", "patch"),
    [
        (
            {},
            "no TLS section covers a.example",
            [
                {
                    "op": "add",
                    "path": "/spec/tls",
                    "value": [{"hosts": [HOST], "secretName": "a-example"}],
                }
            ],
        ),
        (
            {"tls": [{"hosts": ["b.example"], "secretName": "b"}]},
            "no entry of spec.tls names a.example, and no certificate there is for it",
            [
                {
                    "op": "add",
                    "path": "/spec/tls/-",
                    "value": {"hosts": [HOST], "secretName": "a-example"},
                }
            ],
        ),
        (
            {"tls": [{"hosts": [HOST]}]},
            "the entry of spec.tls for a.example names no Secret",
            [{"op": "add", "path": "/spec/tls/0/secretName", "value": "a-example"}],
        ),
    ],
)
def test_an_ingress_that_names_no_secret_for_it(
    spec: dict[str, Any], why: str, patch: list[Any]
) -> None:
    found = finding(ingress(**spec))
    assert (
        found["message"] == f"{why}, so clients are shown the controller's own certificate ({FAKE})"
    )
    create, _, then = found["fix"].partition(" && ")
    # First the Secret: an Ingress with TLS redirects plain HTTP.
    assert create == "kubectl create secret tls a-example -n default --cert=FILE --key=FILE"
    start, _, text = then.partition(" -p ")
    assert start == "kubectl patch ingress web -n default --type=json"
    assert json.loads(text.strip("'")) == patch


def test_what_nobody_has_looked_for_is_not_blamed() -> None:
    cluster = FakeCluster([*world(ingress(tls=TLS)), *controller()])
    cluster.fail("GET", "/secrets", ApiForbidden("you may not get secrets", "ask"))
    ran = run(["test", f"https://{HOST}/", "-o", "json"], cluster, presents(FAKE))
    verdict = json.loads(ran.stdout)["verdict"]
    assert "a Secret in its spec.tls gives it one" in verdict["sentence"]
    assert verdict["fix"].startswith(f"kubectl ingress trace https://{HOST}/")


def test_secrets_are_read_only_where_tls_fails() -> None:
    cluster = FakeCluster([*world(ingress(tls=TLS), secret(*OWN)), *controller()])
    assert run(["test", f"https://{HOST}/"], cluster, lambda plan: answer(200)).status == 0
    assert not [one.path for one in cluster.requests if "secrets" in one.path]
    run(["test", f"https://{HOST}/"], cluster, presents(FAKE))
    assert [one.path for one in cluster.requests if "secrets" in one.path]


def test_a_list_shows_what_clients_are_shown() -> None:
    for pair, shown in ((OWN, "89d"), ((OWN[0], OTHER[1]), "default")):
        objects = world(ingress(tls=TLS), secret(*pair))
        ran = run(["list"], FakeCluster([*objects, *controller()]))
        assert ran.stdout.splitlines()[1].split()[6] == shown


@pytest.mark.parametrize(("pair", "found"), [(OWN, []), ((OWN[0], OTHER[1]), ["KI302"])])
def test_files_too(pair: tuple[bytes, bytes], found: list[str]) -> None:
    stdin = json.dumps(
        {"kind": "List", "apiVersion": "v1", "items": world(ingress(tls=TLS), secret(*pair))}
    )
    for command in (["lint"], ["trace", f"https://{HOST}/"]):
        ran = run([*command, "-f", "-", "-o", "json"], stdin=stdin)
        assert [
            one["code"] for one in json.loads(ran.stdout)["findings"] if one["code"] == "KI302"
        ] == found
        assert "PRIVATE" not in ran.stdout
