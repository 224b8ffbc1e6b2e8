"""Failures of docs/failures.md with certificates: what is presented, and what mends it."""

from __future__ import annotations

import base64
import datetime
import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from kubectl_ingress.lab import certs

from .failing import NAMESPACE, SECONDS, ingress, install, quiet, told

if TYPE_CHECKING:
    from .world import World

FAKE = "Kubernetes Ingress Controller Fake Certificate"
HOST = "a.example"
SECRET = "shop-tls"


@pytest.fixture(scope="module", autouse=True)
def authority(bed: World) -> certs.Authority:
    """Signs what the application is to present; `ca.crt` is for clients."""
    install(bed)
    made = certs.Authority("failures")
    (bed.directory / "ca.crt").write_bytes(made.pair.certificate)
    return made


@pytest.fixture(autouse=True)
def _restored(bed: World) -> Iterator[None]:
    yield
    bed.kubectl("delete", "ingress,secret", "--all")


def with_tls(*hosts: str, host: str = HOST) -> str:
    listed = json.dumps(list(hosts))
    return f"{ingress(host=host)}  tls: [{{hosts: {listed}, secretName: {SECRET}}}]\n"


def files(bed: World, pair: certs.Pair) -> tuple[Path, Path]:
    certificate, key = bed.directory / "tls.crt", bed.directory / "tls.key"
    certificate.write_bytes(pair.certificate)
    key.write_bytes(pair.key)
    return certificate, key


def store(bed: World, pair: certs.Pair, namespace: str = NAMESPACE) -> None:
    """As a Secret, in place of what is there."""
    certificate, key = files(bed, pair)
    flags = (f"--cert={certificate}", f"--key={key}", "--dry-run=client", "-o=yaml")
    made = bed.kubectl("create", "secret", "tls", SECRET, "-n", namespace, *flags)
    bed.apply(made.stdout)


def presented(bed: World, word: str, code: str | None, host: str = HOST) -> Any:
    """What `test` sees, once a certificate with this word in it is presented."""

    def look() -> Any:
        ca = str(bed.directory / "ca.crt")
        done = bed.ingress("test", f"https://{host}/", "--cacert", ca, "-o", "json")
        assert done.returncode in (0, 1), done.stderr
        result = json.loads(done.stdout)
        assert word in json.dumps(result), result
        assert result["verdict"]["code"] == code, result["verdict"]
        return result

    return bed.wait_for(look, SECONDS, f"{host} presents {word}")


def works(bed: World, host: str = HOST) -> None:
    presented(bed, '"status": 200', None, host)
    quiet(bed, "KI302")


def test_the_secret_is_missing(bed: World, authority: certs.Authority) -> None:
    """Row 21."""
    bed.apply(with_tls(HOST))
    presented(bed, "fake", "KI301")
    finding = told(bed, "KI302", "web")
    assert "does not exist" in finding["message"]
    certificate, key = files(bed, authority.issue(HOST, [HOST]))
    command = finding["fix"].replace("--cert=FILE", f"--cert={certificate}")
    done = bed.run("bash", "-c", command.replace("--key=FILE", f"--key={key}"))
    assert done.returncode == 0, done.stderr
    works(bed)


def test_the_secret_is_in_another_namespace(bed: World, authority: certs.Authority) -> None:
    """Row 22."""
    pair = authority.issue(HOST, [HOST])
    bed.kubectl("create", "namespace", "elsewhere")
    try:
        store(bed, pair, "elsewhere")
        bed.apply(with_tls(HOST))
        presented(bed, "fake", "KI301")
        found = bed.kubectl("get", "secret", SECRET, "-n", "elsewhere", "-o", "yaml").stdout
        both = f"{with_tls(HOST)}---\n{found}"
        finding = told(bed, "KI302", "web", "-f", "-", "-n", NAMESPACE, input=both)
        assert "there is one in namespace elsewhere" in finding["message"]
        told(bed, "KI302", "web")
        store(bed, pair)
        works(bed)
    finally:
        bed.kubectl("delete", "namespace", "elsewhere")


def test_the_certificate_is_for_another_name(bed: World, authority: certs.Authority) -> None:
    """Row 23: the controller presents its own one then."""
    store(bed, authority.issue("other.example", ["other.example"]))
    bed.apply(with_tls(HOST))
    presented(bed, "fake", "KI301")
    finding = told(bed, "KI302", "web")
    assert "is for other.example, not for a.example" in finding["message"]
    store(bed, authority.issue(HOST, [HOST]))
    works(bed)


def test_the_key_is_that_of_another_certificate(bed: World, authority: certs.Authority) -> None:
    """Row 23: nothing can be encrypted with it, so that it is not loaded."""
    pair, other = authority.issue(HOST, [HOST]), authority.issue(HOST, [HOST])
    # kubectl create would refuse it.
    data = {"tls.crt": pair.certificate, "tls.key": other.key}
    coded = {name: base64.b64encode(value).decode() for name, value in data.items()}
    meta = {"name": SECRET, "namespace": NAMESPACE}
    kind = {"apiVersion": "v1", "kind": "Secret", "type": "kubernetes.io/tls"}
    bed.apply(json.dumps({**kind, "metadata": meta, "data": coded}))
    bed.apply(with_tls(HOST))
    found = presented(bed, "fake", "KI301")["verdict"]
    said = f"Secret {NAMESPACE}/{SECRET}: tls.key is not the key of the first certificate"
    assert said in found["sentence"]
    assert said in told(bed, "KI302", "web")["message"]
    certificate, key = files(bed, pair)
    command = found["fix"].splitlines()[0].replace("--cert=FILE", f"--cert={certificate}")
    done = bed.run("bash", "-c", command.replace("--key=FILE", f"--key={key}"))
    assert done.returncode == 0, done.stderr
    works(bed)


def test_no_entry_names_the_host(bed: World, authority: certs.Authority) -> None:
    """Row 24: the controller takes a certificate for the host from any entry, and there is none."""
    store(bed, authority.issue(HOST, [HOST]))
    wrong = with_tls(HOST, host="b.example")
    bed.apply(wrong)
    presented(bed, "fake", "KI301", "b.example")
    finding = told(bed, "KI302", "web", "-f", "-", input=wrong)
    assert (
        finding["fix"] == told(bed, "KI302", "web")["fix"] == "add b.example to spec.tls[0].hosts"
    )
    bed.apply(wrong.replace(f'["{HOST}"]', f'["{HOST}", "b.example"]'))
    then = told(bed, "KI302", "web")
    assert "is for a.example, not for b.example" in then["message"]
    store(bed, authority.issue(HOST, [HOST, "b.example"]))
    works(bed, "b.example")


def test_the_certificate_has_expired(
    bed: World, authority: certs.Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Row 25: the controller serves it on."""
    with monkeypatch.context() as patched:
        patched.setattr(certs, "LIFETIME", datetime.timedelta(minutes=-30))
        store(bed, authority.issue(HOST, [HOST]))
    bed.apply(with_tls(HOST))
    presented(bed, "expired", "KI301")
    finding = told(bed, "KI302", "web")
    assert "expired" in finding["message"]
    store(bed, authority.issue(HOST, [HOST]))
    works(bed)


def test_the_solver_of_a_challenge_has_a_class_that_is_not_there(bed: World) -> None:
    """Row 26, from a file: cert-manager's kinds are not installed here."""
    classes = bed.kubectl("get", "ingressclass", "nginx", "-o", "yaml").stdout
    wrong = (
        f"{classes}---\napiVersion: cert-manager.io/v1\nkind: ClusterIssuer\n"
        "metadata: {name: letsencrypt}\nspec:\n  acme:\n    solvers:\n    - http01:\n"
        "        ingress:\n          ingressClassName: ngnix\n"
    )
    finding = told(bed, "KI304", "letsencrypt", "-f", "-", input=wrong)
    assert finding["fix"] == "ingressClassName: nginx"
    quiet(bed, "KI304", "-f", "-", input=wrong.replace("ngnix", "nginx"))
