"""``kubectl ingress upgrade``: what it reads back, keeps, changes, and undoes."""

from __future__ import annotations

import shlex
from typing import Any

import pytest

from kubectl_ingress.errors import ApiRefused, ApiUnreachable, ExitStatus
from kubectl_ingress.install.settings import CONTROLLER_NAME
from kubectl_ingress.install.versions import VERSIONS
from tests.install.lasting import Lasting, image_of, replica_set
from tests.install.world import HOSTNAME, NS

NEW = VERSIONS["1.15.1"]


def installed(*words: str) -> Lasting:
    world = Lasting()
    done = world.run("install", *words)
    assert done.status is ExitStatus.OK, done.err
    return world


def test_only_what_was_named_changes() -> None:
    world = installed("--version", "1.13.9", "--replicas", "2", "--registry", "mirror.example")
    before = world.state()
    service = world.edit("Service", CONTROLLER_NAME)["metadata"]["uid"]
    done = world.run("upgrade", "--version", "1.15.1")
    assert done.status is ExitStatus.OK, done.err
    assert done.out == f"Ready. Address {HOSTNAME} (as before)\n"
    assert "Installed   ingress-nginx 1.13.9" in done.err
    assert "  16 objects: metadata.labels[app.kubernetes.io/version]: 1.13.9 -> 1.15.1" in done.err
    assert image_of(world).startswith("mirror.example/ingress-nginx/controller:v1.15.1@sha256:594")
    assert world.edit("Deployment", CONTROLLER_NAME)["spec"]["replicas"] == 2
    assert world.edit("Service", CONTROLLER_NAME)["metadata"]["uid"] == service
    fresh = installed("--version", "1.15.1", "--replicas", "2", "--registry", "mirror.example")
    assert world.state() == fresh.state()
    assert world.state() != before


def test_nothing_to_change_is_said_and_what_there_would_be() -> None:
    world = installed("--version", "1.14.5")
    before = len(world.writes)
    done = world.run("upgrade", "--registry", "registry.k8s.io")
    assert done.status is ExitStatus.OK
    assert done.out == "Nothing to change: ingress-nginx 1.14.5 is as it should be\n"
    assert "Newer       kubectl ingress upgrade --version 1.15.1" in done.err
    assert len(world.writes) == before


def test_with_nothing_named_it_goes_to_the_last_release() -> None:
    world = installed("--version", "1.13.9", "--replicas", "2")
    assert world.run("upgrade").status is ExitStatus.OK
    assert world.state() == installed("--replicas", "2").state()
    done = world.run("upgrade")
    assert done.out == "Nothing to change: ingress-nginx 1.15.1 is as it should be\n"
    # What runs an image of one's own is nothing that we could know the last of.
    own = installed("--version", "1.13.9", "--image", "registry.example/build:1")
    assert own.run("upgrade").out.startswith("Nothing to change: ingress-nginx 1.13.9 (registry")


def test_a_dry_run_gives_the_difference_and_writes_nothing() -> None:
    world = installed("--version", "1.13.9")
    before = len(world.writes)
    done = world.run("upgrade", "--version", "1.15.1", "--dry-run=server")
    assert done.status is ExitStatus.OK
    assert "controller:v1.13.9@sha256:d803625b… -> registry" in done.out
    assert len(world.writes) == before
    named = world.run("upgrade", "--version", "1.15.1", "--dry-run=server", "-o", "name")
    assert len(named.out.splitlines()) == 19
    assert "-> registry" in named.err
    # Named as in the other commands, the controller is no mistake.
    assert world.run("upgrade", "ingress-nginx", "--dry-run=server").status is ExitStatus.OK
    refused = world.run("upgrade", "--dry-run=client")
    assert refused.status is ExitStatus.COULD_NOT_RUN
    assert "--dry-run=server" in refused.err


def test_the_provider_s_decisions_stay_whatever_it_would_decide_now() -> None:
    world = installed("--internal", "--version", "1.13.9")
    world.cluster.mutating = ("mservice.elbv2.k8s.aws",)
    done = world.run("upgrade", "--version", "1.15.1", "--provider", "aws")
    assert done.status is ExitStatus.OK, done.err
    annotations = world.edit("Service", CONTROLLER_NAME)["metadata"]["annotations"]
    prefix = "service.beta.kubernetes.io/aws-load-balancer-"
    assert annotations[f"{prefix}internal"] == "true"
    assert f"{prefix}scheme" not in annotations


def test_another_provider_is_told_with_what_it_means() -> None:
    world = installed("--internal")
    done = world.run("upgrade", "--provider", "oracle", "--dry-run=server")
    assert done.status is ExitStatus.OK, done.err
    assert "the provider changes from aws to oracle" in done.said
    assert "the load balancer was private and will be public" in done.said
    gone = world.run("upgrade", "--provider", "baremetal", "--dry-run=server")
    assert f"to baremetal: the load balancer goes, and its address {HOSTNAME} with it" in gone.said
    assert "will be public" not in gone.said
    by_install = world.run("install", "--provider", "baremetal", "--dry-run=server")
    assert f"the load balancer goes, and its address {HOSTNAME} with it" in by_install.said
    missing = world.run("upgrade", "--provider", "aws-nlb-tls")
    assert "needs --acm-certificate and --proxy-cidr" in missing.err


def test_what_no_provider_would_have_must_be_named() -> None:
    world = installed()
    container = world.edit("Deployment", CONTROLLER_NAME)["spec"]["template"]["spec"]["containers"]
    container[0]["ports"].append({"name": "tcp", "containerPort": 9000, "protocol": "TCP"})
    done = world.run("upgrade", "--version", "1.14.5")
    assert done.status is ExitStatus.COULD_NOT_RUN
    assert "name its provider: --provider NAME" in done.err
    del world.cluster.objects["Service", NS, CONTROLLER_NAME]
    gone = world.run("upgrade", "--version", "1.14.5")
    assert "Service ingress-nginx/ingress-nginx-controller is gone" in gone.err


def test_an_image_of_one_s_own_is_not_left_behind_by_a_version() -> None:
    world = installed("--version", "1.13.9", "--image", "registry.example/build:1")
    done = world.run("upgrade", "--version", "1.15.1")
    assert done.status is ExitStatus.COULD_NOT_RUN
    assert "the controller runs an image of its own, registry.example/build:1" in done.err
    own = NEW.controller.reference()
    assert f"--image {own}" in done.err
    assert world.run("upgrade", "--version", "1.15.1", "--image", own).status is ExitStatus.OK
    assert world.state() == installed("--version", "1.15.1").state()


def test_older_is_allowed_with_a_word_about_it() -> None:
    world = installed()
    done = world.run("upgrade", "--version", "1.13.9")
    assert done.status is ExitStatus.OK
    assert "1.13.9 is older than 1.15.1, which is installed" in done.said
    assert "with one replica, requests fail" in done.said


def test_what_does_not_become_ready_is_rolled_back() -> None:
    world = installed("--version", "1.13.9")
    before = world.state()
    world.broken.add("v1.15.1")
    done = world.run("upgrade", "--version", "1.15.1", "--timeout", "20s")
    assert done.status is ExitStatus.FAILED
    assert "error: rolled back to ingress-nginx 1.13.9, which is ready; before: not ready" in (
        done.said
    )
    assert world.state() == before
    left = world.run("upgrade", "--version", "1.15.1", "--timeout", "20s", "--no-rollback")
    assert left.status is ExitStatus.FAILED
    assert "to go back to ingress-nginx 1.13.9: kubectl ingress upgrade --version 1.13.9" in (
        left.said
    )
    assert ":v1.15.1@" in image_of(world)


ARN = "arn:aws:acm:eu-west-1:123456789012:certificate/12345678-1234-1234-1234-123456789012"
TLS = ("--provider", "aws-nlb-tls", "--acm-certificate", ARN, "--proxy-cidr", "10.0.0.0/16")
BROKEN = ("--image", "registry.example/broken:1")


def printed_way_back(said: str) -> list[str]:
    """The words behind ``kubectl ingress`` of the last line, which goes back."""
    last = said.splitlines()[-1]
    assert "to go back to ingress-nginx" in last
    return shlex.split(last.rpartition("kubectl ingress ")[2])


@pytest.mark.parametrize(
    ("there", "asked"),
    [
        ((), BROKEN),
        (("--version", "1.14.5"), ("--version", "1.15.1", *BROKEN)),
        (("--version", "1.14.5", "--registry", "mirror.example"), BROKEN),
        (("--version", "1.14.5", "--registry", "mirror.example"), ("--registry", "broken.example")),
        ((), ("--registry", "broken.example/mirror")),
        (("--image", "registry.example/build:1", "--replicas", "2"), ("--replicas", "3", *BROKEN)),
        (("--internal",), ("--provider", "oracle", *BROKEN)),
        (TLS, ("--provider", "aws", *BROKEN)),
        ((), ("--provider", "exoscale", *BROKEN)),
    ],
)
def test_the_way_back_that_is_printed_goes_back(
    there: tuple[str, ...], asked: tuple[str, ...]
) -> None:
    world = installed(*there)
    before = world.state()
    world.broken.add("broken")
    left = world.run("upgrade", *asked, "--no-rollback", "--timeout", "20s")
    assert left.status is ExitStatus.FAILED
    assert world.state() != before
    done = world.run(*printed_way_back(left.err), "--timeout", "20s")
    assert done.status is ExitStatus.OK, done.err
    assert world.state() == before


def test_the_way_back_takes_an_option_of_the_same_provider_back_and_keeps_flags() -> None:
    world = installed()
    deployment = world.edit("Deployment", CONTROLLER_NAME)
    deployment["spec"]["template"]["spec"]["containers"][0]["args"].append("--http-port=80")
    before = world.state()
    world.broken.add("broken")
    left = world.run("upgrade", "--internal", *BROKEN, "--no-rollback", "--timeout", "20s")
    back, then = left.err.splitlines()[-1].split(" && ")
    key = "service.beta.kubernetes.io/aws-load-balancer-internal"
    place = f"--namespace {NS} --overwrite"
    assert then == f"kubectl annotate service {CONTROLLER_NAME} {key}- {place}"
    done = world.run(*printed_way_back(back), "--timeout", "20s")
    assert done.status is ExitStatus.OK, done.err
    assert world.edit("Service", CONTROLLER_NAME)["metadata"]["annotations"].pop(key) == "true"
    assert world.state() == before


def test_the_way_back_to_a_number_of_replicas_that_nobody_asked_for() -> None:
    world = installed()
    world.broken.add("broken")
    left = world.run("upgrade", "--replicas", "3", *BROKEN, "--no-rollback", "--timeout", "20s")
    assert left.err.count("The same command again goes on") == 1
    assert world.run(*printed_way_back(left.err)).status is ExitStatus.OK
    assert world.edit("Deployment", CONTROLLER_NAME)["spec"]["replicas"] == 1


def test_who_waits_for_nothing_gets_nothing_undone() -> None:
    world = installed("--version", "1.13.9")
    world.edit("Deployment", CONTROLLER_NAME)["status"] = {}
    done = world.run("upgrade", "--version", "1.15.1", "--timeout", "0")
    assert done.status is ExitStatus.FAILED
    assert "Rolling back" not in done.err
    assert ":v1.15.1@" in image_of(world)


def test_commands_that_are_told_lead_to_the_same_cluster() -> None:
    world = installed("--version", "1.13.9")
    done = world.run("upgrade", "--version", "1.13.9", "--context", "there")
    assert "kubectl ingress upgrade --version 1.15.1 --context there" in done.said


def test_a_refusal_half_way_is_rolled_back_too() -> None:
    world = installed("--version", "1.13.9")
    before = world.state()
    seen: list[Any] = []

    def refuse(asked: Any) -> None:
        if (
            asked.method == "PATCH"
            and "/deployments/" in asked.path
            and not asked.query.get("dryRun")
        ):
            seen.append(asked)
            if len(seen) == 1:
                raise ApiRefused("deployment is refused: a policy")

    world.cluster.on_request = refuse
    done = world.run("upgrade", "--version", "1.15.1")
    assert done.status is ExitStatus.COULD_NOT_RUN
    assert "rolled back to ingress-nginx 1.13.9, which is ready; before: deployment is" in done.said
    assert world.state() == before


def test_a_rollback_that_fails_says_both() -> None:
    world = installed("--version", "1.13.9")
    world.broken |= {"v1.15.1", "v1.13.9"}
    done = world.run("upgrade", "--version", "1.15.1", "--timeout", "20s")
    assert done.status is ExitStatus.FAILED
    assert "and rolling back to ingress-nginx 1.13.9 failed: not ready" in done.said
    assert "to go back: kubectl ingress upgrade --version 1.13.9" in done.said


def test_a_rollback_that_is_interrupted_says_how_to_go_on() -> None:
    world = installed("--version", "1.13.9")
    world.broken.add("v1.15.1")

    def interrupt(asked: Any) -> None:
        body = str(asked.body)
        if asked.method == "PATCH" and not asked.query.get("dryRun") and "v1.13.9@" in body:
            raise KeyboardInterrupt

    world.cluster.on_request = interrupt
    done = world.run("upgrade", "--version", "1.15.1", "--timeout", "20s")
    assert done.status is ExitStatus.INTERRUPTED
    back = "kubectl ingress upgrade --version 1.13.9"
    assert f"Interrupted while rolling back to ingress-nginx 1.13.9; to go on: {back}" in done.said


def test_an_api_server_that_is_gone_is_not_asked_to_roll_back() -> None:
    world = installed("--version", "1.13.9")
    world.interrupt_at(9, after=False, raises=lambda: ApiUnreachable("nobody answers"))
    done = world.run("upgrade", "--version", "1.15.1")
    assert done.status is ExitStatus.COULD_NOT_RUN
    assert "Rolling back" not in done.err
    assert "error: nobody answers" in done.err
    world.go_on()
    assert world.run("upgrade", "--version", "1.15.1").status is ExitStatus.OK
    assert world.state() == installed("--version", "1.15.1").state()


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("count", range(1, 17))
def test_interrupted_anywhere_the_same_command_finishes_it(count: int, after: bool) -> None:
    world = installed("--version", "1.13.9")
    world.interrupt_at(count, after=after, raises=KeyboardInterrupt)  # type: ignore[arg-type]
    stopped = world.run("upgrade", "--version", "1.15.1")
    assert stopped.status is ExitStatus.INTERRUPTED
    assert "to go back: kubectl ingress upgrade --version 1.13.9" in stopped.said
    world.go_on()
    done = world.run("upgrade", "--version", "1.15.1")
    assert done.status is ExitStatus.OK, done.err
    assert world.state() == installed("--version", "1.15.1").state()


def test_after_an_interrupted_upgrade_that_fails_it_goes_back_to_what_ran() -> None:
    world = installed("--version", "1.13.9")
    good = world.state()
    template = world.edit("Deployment", CONTROLLER_NAME)["spec"]["template"]
    older = {"spec": {"containers": [{"name": "controller", "image": "older", "args": []}]}}
    world.cluster.add(replica_set(world, "1", older))
    world.cluster.add(replica_set(world, "2", template))
    world.broken.add("v1.15.1")
    world.interrupt_at(16, after=True, raises=KeyboardInterrupt)  # type: ignore[arg-type]
    world.run("upgrade", "--version", "1.15.1")
    world.go_on()
    world.edit("Deployment", CONTROLLER_NAME)["status"] = {}
    done = world.run("upgrade", "--version", "1.15.1", "--timeout", "20s")
    assert done.status is ExitStatus.FAILED
    assert "rolled back to ingress-nginx 1.13.9, which is ready" in done.said
    left = {key: value for key, value in world.state().items() if key[0] != "ReplicaSet"}
    assert left == good


def test_a_namespace_that_goes_away_is_told() -> None:
    world = installed()
    world.edit("Namespace", NS, "")["metadata"]["deletionTimestamp"] = "2026-01-01T00:00:00Z"
    done = world.run("upgrade", "--version", "1.14.5")
    assert done.status is ExitStatus.FAILED
    assert "namespace ingress-nginx is being deleted (KI706)" in done.err


def test_without_the_right_to_write_nothing_is_begun() -> None:
    world = installed("--version", "1.13.9")
    before = len(world.writes)
    world.cluster.may = lambda asked: asked.get("verb") not in ("*", "patch")
    done = world.run("upgrade", "--version", "1.15.1")
    assert done.status is ExitStatus.COULD_NOT_RUN
    assert "you may not patch" in done.err
    assert len(world.writes) == before


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["kong"], "upgrade is for ingress-nginx; kong goes to another version by install"),
        (["contour", "--version", "1"], "kubectl ingress install contour --version 1\n"),
        (["knog"], 'there is no controller "knog" to upgrade; did you mean kong?'),
        (["--version", "9"], "known versions"),
        (["--version", "0.41.2"], "is gone"),
        (["--provider", "gcp2"], 'unknown provider "gcp2"'),
        (["--replicas", "0"], "would serve nobody"),
        (["--image", "a b"], "is no image"),
        (["--registry", "https://x"], "is no registry"),
        (["--class", "other"], "there is no ingress-nginx of class other to upgrade"),
        (["-n", "other"], "there is no ingress-nginx in namespace other to upgrade"),
        (["--timeout", "soon"], "soon"),
    ],
)
def test_what_cannot_be_meant_is_told_and_changes_nothing(words: list[str], says: str) -> None:
    world = installed()
    before = len(world.writes)
    done = world.run("upgrade", *words)
    assert done.status is ExitStatus.COULD_NOT_RUN
    assert says in done.err
    assert len(world.writes) == before
