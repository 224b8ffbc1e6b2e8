"""How the program helm is run: its arguments, its environment, and what its failures mean."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pytest

from kubectl_ingress.connection import ClusterOptions
from kubectl_ingress.errors import (
    ApiConflict,
    ApiFailed,
    ApiForbidden,
    ApiRefused,
    ApiUnauthorized,
    ApiUnreachable,
    IngressError,
    InputError,
    NotOurs,
    NotReady,
    UsageError,
)
from kubectl_ingress.ports import helm as port
from kubectl_ingress.ports.helm import Helm, HelmMissing, Release, Revision, find_helm
from tests.helm.fake import FakeHelm

KONG = Release("kong", "kong")


@pytest.fixture
def fake(tmp_path: Path) -> FakeHelm:
    return FakeHelm(tmp_path)


@pytest.fixture
def helm(fake: FakeHelm) -> Helm:
    return find_helm(fake.variables)


def test_it_is_looked_for_on_path_alone(tmp_path: Path) -> None:
    for path in ("", str(tmp_path)):
        with pytest.raises(HelmMissing) as caught:
            find_helm({"PATH": path})
        assert caught.value.sentence == "the program helm is not on PATH"
        assert "https://helm.sh/docs/intro/install/" in caught.value.next_step


@pytest.mark.parametrize(
    ("version", "said"),
    [
        ("v2.17.0", "3.13 or newer is needed"),
        ("v3.12.3", "is helm v3.12.3; 3.13 or newer is needed"),
        ("The Kubernetes cluster manager \x1b[31m", r"is not the helm that is meant"),
        ("", "is not the helm that is meant"),
    ],
)
def test_another_or_an_older_one_is_refused(fake: FakeHelm, version: str, said: str) -> None:
    fake.answer(version={"out": version})
    with pytest.raises(HelmMissing, match=said) as caught:
        find_helm(fake.variables)
    assert "\x1b" not in caught.value.sentence


@pytest.mark.parametrize("version", ["v3.13.0", "v3.22.0+g1234567", "v4.3.1", "v3.22"])
def test_newer_ones_are_taken(fake: FakeHelm, version: str) -> None:
    fake.answer(version={"out": f"{version}\n"})
    assert find_helm(fake.variables).version() == version


def test_it_is_led_to_the_cluster_and_to_no_other(fake: FakeHelm) -> None:
    elsewhere = {
        "HELM_KUBECONTEXT": "other",
        "HELM_KUBEAPISERVER": "https://other",
        "HELM_KUBETOKEN": "another",
        "HELM_KUBEASGROUPS": "system:masters",
        "HELM_NAMESPACE": "other",
        "HELM_DRIVER": "sql",
        "HELM_DRIVER_SQL_CONNECTION_STRING": "…",
        "HELM_DEBUG": "1",
        "HELM_CACHE_HOME": "/cache",
        "KUBECONFIG": "/a:/b",
    }
    helm = find_helm({**fake.variables, **elsewhere})
    options = ClusterOptions(
        kubeconfig="/some/config",
        server="https://10.0.0.1:6443",
        token="a-secret-token",
        certificate_authority="/ca.crt",
        tls_server_name="api.example",
        insecure_skip_tls_verify=True,
        as_user="jane",
        as_group=("ops", "dev"),
    )
    helm.to(options, "prod-eu")
    fake.answer(history={"out": "[]"})
    assert helm.history(KONG) == ()
    call = fake.last("history")
    assert call.words == [
        *("history", "kong", "--namespace", "kong", "--max", "256", "--output", "json"),
        *("--kube-context", "prod-eu", "--kubeconfig", "/some/config"),
        *("--kube-apiserver", "https://10.0.0.1:6443", "--kube-ca-file", "/ca.crt"),
        *("--kube-tls-server-name", "api.example", "--kube-as-user", "jane"),
        *("--kube-as-group", "ops", "--kube-as-group", "dev", "--kube-insecure-skip-tls-verify"),
    ]
    # A command line is everybody's to read.
    assert not any("a-secret-token" in word for each in fake.calls for word in each.words)
    told = {key: value for key, value in call.env.items() if key.startswith(("HELM_", "KUBE"))}
    assert told == {
        "HELM_KUBETOKEN": "a-secret-token",
        "HELM_CACHE_HOME": "/cache",
        "KUBECONFIG": "/a:/b",
    }


@pytest.mark.parametrize(
    "options",
    [
        ClusterOptions(user="jane"),
        ClusterOptions(cluster="prod"),
        ClusterOptions(client_certificate="a.crt", client_key="a.key"),
        ClusterOptions(as_user="jane", as_uid="1"),
    ],
)
def test_what_it_cannot_be_told_is_refused(helm: Helm, options: ClusterOptions) -> None:
    with pytest.raises(UsageError, match="helm has no flag for --"):
        helm.to(options, "")


@pytest.mark.parametrize(
    ("repository", "words"),
    [
        ("https://charts.konghq.com", ["ingress", "--repo", "https://charts.konghq.com"]),
        ("oci://docker.io/envoyproxy", ["oci://docker.io/envoyproxy/ingress"]),
    ],
)
def test_a_chart_is_pulled(
    fake: FakeHelm, helm: Helm, tmp_path: Path, repository: str, words: list[str]
) -> None:
    into = tmp_path / "into"
    into.mkdir()
    assert helm.pull(repository, "ingress", "0.24.0", into).read_bytes() == b"a chart"
    last = ["--version", "0.24.0", "--destination", str(into)]
    assert fake.last("pull").words == ["pull", *words, *last]


def test_a_chart_that_cannot_be_had(fake: FakeHelm, helm: Helm, tmp_path: Path) -> None:
    said = 'Error: looks like "https://charts.example" is not a valid chart repository: dial tcp\n'
    fake.answer(pull={"status": 1, "err": said})
    with pytest.raises(
        InputError, match=r"chart a 1 cannot be had from https://charts.example: lo"
    ):
        helm.pull("https://charts.example", "a", "1", tmp_path)
    fake.answer(pull={"files": []})
    with pytest.raises(InputError, match="left 0 charts"):
        helm.pull("https://charts.example", "a", "1", tmp_path)


def test_rendering_asks_a_cluster_only_for_an_upgrade(fake: FakeHelm, helm: Helm) -> None:
    helm.to(ClusterOptions(), "prod")
    fake.answer(template={"out": "kind: A\n"})
    chart, values = Path("/a.tgz"), {"a": {"b": "c, d"}}
    assert helm.template(KONG, chart, values) == b"kind: A\n"
    call = fake.last("template")
    plain = ["template", "kong", "/a.tgz", "--namespace", "kong", "--skip-tests", "--values", "-"]
    assert (call.words, call.values) == (plain, values)
    helm.template(KONG, chart, values, upgrade=True, kubernetes="v1.37.2", apis=("v1", "apps/v1"))
    assert fake.last("template").words == [
        *(*plain, "--kube-version", "v1.37.2", "--api-versions", "v1,apps/v1"),
        *("--is-upgrade", "--dry-run=server", "--kube-context", "prod"),
    ]
    # Helm 4 asks the cluster for kinds that are not there before the chart has brought them.
    lost = {"status": 1, "err": 'Error: resource mapping not found: no matches for kind "A"\n'}
    fake.answer(template=[*[{}] * 2, lost, {"out": "kind: A\n"}])
    assert helm.template(KONG, chart, values, upgrade=True) == b"kind: A\n"
    assert fake.last("template").words == [*plain, "--is-upgrade"]
    fake.answer(template={"status": 1, "err": "Error: values don't meet the specifications of …\n"})
    with pytest.raises(InputError, match="helm template failed: values don't meet"):
        helm.template(KONG, chart, values)


def test_a_release_is_written(fake: FakeHelm, helm: Helm) -> None:
    helm.to(ClusterOptions(), "prod")
    helm.upgrade(KONG, Path("/a.tgz"), {"a": 1}, "kubectl-ingress/controller=kong", 300)
    call = fake.last("upgrade")
    assert call.words == [
        *("upgrade", "kong", "/a.tgz", "--install", "--skip-crds", "--reset-values"),
        *("--namespace", "kong", "--labels", "kubectl-ingress/controller=kong", "--values", "-"),
        *("--history-max", "10", "--timeout", "300s", "--kube-context", "prod"),
    ]
    assert call.values == {"a": 1}
    helm.rollback(KONG, 3, 60.4)
    assert fake.last("rollback").words == [
        *("rollback", "kong", "3", "--namespace", "kong", "--history-max", "10"),
        *("--timeout", "60s", "--kube-context", "prod"),
    ]
    assert helm.uninstall(KONG, 0)
    assert fake.last("uninstall").words == [
        *("uninstall", "kong", "--namespace", "kong", "--wait", "--timeout", "1s"),
        *("--kube-context", "prod"),
    ]
    fake.answer(uninstall={"status": 1, "err": "Error: uninstall: Release not loaded: kong: …\n"})
    assert not helm.uninstall(KONG, 60)


def test_a_record_is_read(fake: FakeHelm, helm: Helm) -> None:
    assert helm.history(KONG) == ()
    rows = [
        {"revision": 1, "status": "superseded", "chart": "ingress-0.23.0", "description": "done"},
        {"revision": 2, "status": "pending-upgrade", "chart": "ingress-0.24.0\x1b[2J"},
        {"revision": "?", "status": "deployed"},
        "no row",
    ]
    fake.answer(history={"out": json.dumps(rows)})
    first, second = helm.history(KONG)
    assert first == Revision(1, "superseded", "ingress-0.23.0", "done")
    assert (second.pending, second.chart) == (True, r"ingress-0.24.0\x1b[2J")
    fake.answer(list={"out": '[{"name": "kong"}]'})
    assert helm.is_labelled(KONG, "a=b")
    words = fake.last("list").words
    assert words[-6:] == ["--filter", "^kong$", "--selector", "a=b", "--output", "json"]
    fake.answer(list={"out": "[]"})
    assert not helm.is_labelled(KONG, "a=b")
    fake.answer(get_values={"out": "null\n"}, get_manifest={"out": "kind: A\n"})
    assert helm.values(KONG) == {}
    assert helm.manifest(KONG) == b"kind: A\n"


def test_what_is_no_json_is_told(fake: FakeHelm, helm: Helm) -> None:
    fake.answer(history={"out": "WARNING: what?"})
    with pytest.raises(ApiFailed, match="helm history printed something else than JSON"):
        helm.history(KONG)


@pytest.mark.parametrize(
    ("said", "meaning"),
    [
        (
            "UPGRADE FAILED: another operation (install/upgrade/rollback) is in progress",
            ApiConflict,
        ),
        (
            'create: failed to create: secrets "sh.helm.release.v1.kong.v2" already exists',
            ApiConflict,
        ),
        (
            'ClusterRole "kong" in namespace "" exists and cannot be imported into the current '
            "release: invalid ownership metadata",
            NotOurs,
        ),
        ('secrets is forbidden: User "dev" cannot list resource "secrets"', ApiForbidden),
        ("Kubernetes cluster unreachable: Get https://10.0.0.1: i/o timeout", ApiUnreachable),
        (
            "the server has asked for the client to provide credentials: Unauthorized",
            ApiUnauthorized,
        ),
        ("failed pre-install: timed out waiting for the condition", NotReady),
        ("pre-upgrade hooks failed: job failed: BackoffLimitExceeded", NotReady),
        ('Deployment.apps "kong" is invalid: spec.selector: field is immutable', ApiRefused),
        ('admission webhook "a.b" denied the request: no', ApiRefused),
        ("Apply failed with 1 conflict: conflict with kubectl", ApiConflict),
        ("who knows", ApiFailed),
    ],
)
def test_what_a_failure_means(
    fake: FakeHelm, helm: Helm, said: str, meaning: type[IngressError]
) -> None:
    noise = "WARNING: Kubernetes configuration file is group-readable. Location: /c\n"
    fake.answer(rollback={"status": 1, "err": f"{noise}Error: {said}\n  and more\n"})
    with pytest.raises(IngressError) as caught:
        helm.rollback(KONG, 1, 1)
    assert type(caught.value) is meaning
    assert caught.value.sentence == f"helm rollback failed: {said} and more"


def test_what_it_says_is_made_harmless_and_short(fake: FakeHelm, helm: Helm) -> None:
    fake.answer(rollback={"status": 1, "err": "Error: \x1b[2J\u202eevil " + "long " * 1000})
    with pytest.raises(ApiFailed) as caught:
        helm.rollback(KONG, 1, 1)
    assert caught.value.sentence.isprintable()
    assert len(caught.value.sentence) < 700
    fake.answer(rollback={"status": 3})
    with pytest.raises(ApiFailed, match="helm rollback failed: exit status 3"):
        helm.rollback(KONG, 1, 1)


def test_one_that_takes_too_long_is_stopped(
    fake: FakeHelm, helm: Helm, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(port, "_WRITE_SECONDS", 0.3)
    fake.answer(rollback={"seconds": 30})
    with pytest.raises(NotReady, match="did not end within"):
        helm.rollback(KONG, 1, 0.3)
    assert (fake.directory / "stopped").read_text() == "SIGTERM"


def test_an_interruption_stops_it_and_it_ends_in_order(fake: FakeHelm, helm: Helm) -> None:
    fake.answer(upgrade={"seconds": 30})
    ticks: list[float] = []

    def interrupt() -> None:
        ticks.append(time.monotonic())
        if (fake.directory / "begun").exists():
            raise KeyboardInterrupt

    helm.tick = interrupt
    with pytest.raises(KeyboardInterrupt):
        helm.upgrade(KONG, Path("/a"), {}, "a=b", 1)
    assert ticks
    assert (fake.directory / "stopped").read_text() == "SIGTERM"


def test_many_values_and_much_output_pass(
    fake: FakeHelm, helm: Helm, monkeypatch: pytest.MonkeyPatch
) -> None:
    # It is looked at before it has begun to read.
    monkeypatch.setattr(port, "_TICK_SECONDS", 0.001)
    fake.answer(template={"out": "a" * 3_000_000})
    values: dict[str, Any] = {"a": "b" * 3_000_000}
    assert len(helm.template(KONG, Path("/a"), values)) == 3_000_000
    assert fake.last("template").values == values


def test_no_shell_is_given_anything(fake: FakeHelm, helm: Helm, tmp_path: Path) -> None:
    evil = f"$(touch {tmp_path}/evil);`touch {tmp_path}/evil`"
    helm.to(ClusterOptions(as_user=evil), evil)
    helm.rollback(Release(evil, evil), 1, 1)
    assert fake.last("rollback").words[1] == evil
    assert not (tmp_path / "evil").exists()
