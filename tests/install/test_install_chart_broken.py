"""Charts of which something failed, was broken off, or is under way: against a played helm."""

from __future__ import annotations

import json

import pytest

from tests.helm.fake import FakeHelm
from tests.install.charts import ALREADY, install, said
from tests.install.test_install_manifest_file import Cluster
from tests.running import FakeClock


@pytest.mark.parametrize(
    ("revisions", "verb", "told"),
    [
        ([(1, "pending-install")], ["uninstall"], "is pending-install, broken off; it is removed"),
        ([(1, "uninstalling")], ["uninstall"], "is uninstalling, broken off; it is removed"),
        ([(1, "failed"), (2, "pending-upgrade")], ["uninstall"], "it is removed first"),
        (
            [(1, "deployed"), (2, "pending-upgrade")],
            ["rollback", "kong", "1"],
            "it goes back to revision 1 (ingress-0.23.0) first",
        ),
        (
            [(1, "superseded"), (2, "deployed"), (3, "failed"), (4, "pending-rollback")],
            ["rollback", "kong", "2"],
            "it goes back to revision 2",
        ),
        ([(1, "failed")], [], "revision 1, failed"),
    ],
)
def test_what_was_broken_off_is_taken_back_first(
    helm: FakeHelm, charted: Cluster, revisions: list[tuple[int, str]], verb: list[str], told: str
) -> None:
    rows = [{"revision": n, "status": s, "chart": "ingress-0.23.0"} for n, s in revisions]
    helm.answer(**{**ALREADY, "history": {"out": json.dumps(rows)}})
    clock = FakeClock()
    ran = install(helm, charted, "kong", "--no-wait", clock=clock)
    assert ran.status == 0, ran.stderr
    assert told in said(ran)
    written = [c.words for c in helm.calls if c.words[0] in ("uninstall", "rollback", "upgrade")]
    assert written[-1][0] == "upgrade"
    assert [each[: len(verb)] for each in written[:-1]] == ([verb] if verb else [])


def test_a_helm_that_is_at_work_is_waited_for(helm: FakeHelm, charted: Cluster) -> None:
    row = {"revision": 1, "chart": "ingress-0.23.0"}
    pending = {"out": json.dumps([{**row, "status": "pending-install"}])}
    done = {"out": json.dumps([{**row, "status": "deployed"}])}
    helm.answer(**{**ALREADY, "history": [pending, pending, pending, done]})
    clock = FakeClock()
    ran = install(helm, charted, "kong", "--timeout", "60s", clock=clock)
    assert "is pending-install: waiting whether helm ends it" in ran.stderr
    assert not {"uninstall", "rollback"} & {*helm.verbs}


def test_a_hook_that_runs_is_work(helm: FakeHelm, charted: Cluster) -> None:
    row = {"revision": 1, "chart": "ingress-0.23.0", "status": "pending-install"}
    helm.answer(**{**ALREADY, "history": {"out": json.dumps([row])}})
    charted.add({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "kong"}})
    meta = {"name": "j", "namespace": "kong", "annotations": {"helm.sh/hook": "pre-install"}}
    job = {"apiVersion": "batch/v1", "kind": "Job", "metadata": meta, "status": {"active": 1}}
    charted.add(job)
    clock = FakeClock()
    install(helm, charted, "kong", "--timeout", "45s", clock=clock)
    assert clock.now >= 45


def test_a_failure_of_the_first_installation_says_what_stands(
    helm: FakeHelm, charted: Cluster
) -> None:
    helm.answer(
        upgrade={"status": 1, "err": 'Error: INSTALLATION FAILED: "x" is invalid: \x1b[1m\n'}
    )
    ran = install(helm, charted, "kong")
    assert ran.status == 2
    assert r'error: helm upgrade failed: INSTALLATION FAILED: "x" is invalid: \x1b[1m' in ran.stderr
    assert "what was applied stays; the same command again goes on from there" in ran.stderr
    assert "or remove it: kubectl ingress uninstall kong" in ran.stderr
    assert "rollback" not in helm.verbs


def test_a_failure_of_a_change_is_taken_back(helm: FakeHelm, charted: Cluster) -> None:
    rows = [{"revision": 1, "status": "deployed", "chart": "ingress-0.23.0"}]
    failed = [*rows, {"revision": 2, "status": "failed", "chart": "ingress-0.24.0"}]
    history = [{"out": json.dumps(rows)}, {"out": json.dumps(failed)}]
    upgrade = {"status": 1, "err": "Error: UPGRADE FAILED: who knows\n"}
    helm.answer(**{**ALREADY, "history": history, "upgrade": upgrade})
    ran = install(helm, charted, "kong")
    assert ran.status == 2
    assert helm.last("rollback").words[:3] == ["rollback", "kong", "1"]
    assert "who knows; Helm release kong/kong is as it was (ingress-0.23.0)" in said(ran)
