"""``kubectl ingress install`` on top of what it made: what is not named stays as it is."""

from __future__ import annotations

import shlex
from typing import Any

import pytest

from kubectl_ingress.errors import ApiForbidden, ExitStatus
from kubectl_ingress.install.settings import CONTROLLER_NAME
from tests.install.lasting import Lasting, image_of
from tests.install.world import NS

INTERNAL = "service.beta.kubernetes.io/aws-load-balancer-internal"
OWN = "registry.example/build:1"
ARN = "arn:aws:acm:eu-west-1:123456789012:certificate/00000000-0000-0000-0000-000000000000"


def installed(*words: str) -> Lasting:
    world = Lasting()
    done = world.run("install", *words)
    assert done.status is ExitStatus.OK, done.err
    return world


def replicas(world: Lasting) -> object:
    return world.edit("Deployment", CONTROLLER_NAME)["spec"].get("replicas")


def annotations(world: Lasting) -> dict[str, Any]:
    found: dict[str, Any] = world.edit("Service", CONTROLLER_NAME)["metadata"]["annotations"]
    return found


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--replicas", "3"], "ingress-nginx 1.15.1, 3 replicas;"),
        (["--version", "1.13.9"], "ingress-nginx 1.13.9;"),
        (["--image", OWN], f"ingress-nginx 1.15.1 ({OWN});"),
        (["--registry", "mirror.example"], "ingress-nginx 1.15.1, from mirror.example;"),
        (["--internal"], "ingress-nginx 1.15.1;"),
        (["--provider", "baremetal"], "ingress-nginx 1.15.1;"),
        (
            ["--provider", "aws-nlb-tls", "--acm-certificate", ARN, "--proxy-cidr", "10.0.0.0/16"],
            "ingress-nginx 1.15.1;",
        ),
    ],
    ids=lambda value: value[-2] if isinstance(value, list) and value[1:] else None,
)
def test_a_plain_one_keeps_what_was_chosen(words: list[str], said: str) -> None:
    world = installed(*words)
    before, count = world.state(), len(world.writes)
    done = world.run("install")
    assert done.status is ExitStatus.OK, done.err
    assert f"Installed {said} what is not named stays as it is" in done.said
    assert "0 objects to create, 0 to change, 19 as they should be" in done.said
    assert len(world.writes) == count
    assert world.state() == before


def test_it_does_as_upgrade_does_but_for_the_last_release() -> None:
    words = ("--version", "1.13.9", "--replicas", "2", "--registry", "mirror.example", "--internal")
    by_install, by_upgrade = installed(*words), installed(*words)
    assert by_install.run("install", "--replicas", "4").status is ExitStatus.OK
    assert by_upgrade.run("upgrade", "--replicas", "4").status is ExitStatus.OK
    assert by_install.state() == by_upgrade.state()
    assert replicas(by_install) == 4
    plain = by_install.run("install")
    assert "Newer kubectl ingress upgrade --version 1.15.1" in plain.said
    # What is known of it is said each time.
    assert "KI710" in plain.err
    assert ":v1.13.9@" in image_of(by_install)


def test_what_is_named_changes_and_each_field_is_shown() -> None:
    world = installed("--version", "1.14.5", "--replicas", "3")
    done = world.run("install", "--replicas", "1", "--version", "1.15.1")
    assert done.status is ExitStatus.OK, done.err
    assert f"  Deployment {CONTROLLER_NAME}: spec.replicas: 3 -> 1\n" in done.err
    assert "  16 objects: metadata.labels[app.kubernetes.io/version]: 1.14.5 -> 1.15.1" in done.err
    assert "Newer" not in done.err
    assert world.state() == installed("--replicas", "1").state()
    # A dry run shows the same and writes nothing.
    before = len(world.writes)
    shown = world.run("install", "--replicas", "5", "--dry-run=server")
    assert f"  Deployment {CONTROLLER_NAME}: spec.replicas: 1 -> 5\n" in shown.err
    assert len(world.writes) == before


@pytest.mark.parametrize("command", ["install", "upgrade"])
@pytest.mark.parametrize("provider", ["cloud", "baremetal", "kind"])
def test_flags_of_one_s_own_stay_under_another_provider_too(command: str, provider: str) -> None:
    world = installed()
    pod = world.edit("Deployment", CONTROLLER_NAME)["spec"]["template"]["spec"]
    pod["containers"][0]["args"].append("--http-port=80")
    for name in (provider, "aws"):
        done = world.run(command, "--provider", name, "--dry-run=server")
        assert done.status is ExitStatus.OK, done.err
        assert "args[--http-port]" not in done.err + done.out
        assert world.run(command, "--provider", name).status is ExitStatus.OK
    pod = world.edit("Deployment", CONTROLLER_NAME)["spec"]["template"]["spec"]
    assert pod["containers"][0]["args"][-1] == "--http-port=80"
    # What the other provider had decided itself went with it.
    assert "--publish-status-address=localhost" not in pod["containers"][0]["args"]


def test_a_first_one_has_nothing_to_keep() -> None:
    done = Lasting().run("install")
    assert "Installed" not in done.err
    assert "created" not in done.err
    assert "Newer" not in done.err


def test_in_another_namespace_the_class_stays_too() -> None:
    world = Lasting()
    words = ("-n", "inner", "--no-wait")
    assert world.run("install", *words, "--class", "inner").status is ExitStatus.OK
    done = world.run("install", *words)
    assert done.status is ExitStatus.OK, done.err
    assert "class inner" in done.said
    other = world.run("install", *words, "--class", "other")
    assert other.status is ExitStatus.COULD_NOT_RUN
    assert "namespace inner holds an installation of class inner" in other.said


def test_an_image_of_one_s_own_is_not_left_behind_by_a_version() -> None:
    world = installed("--image", OWN)
    done = world.run("install", "--version", "1.14.5")
    assert done.status is ExitStatus.COULD_NOT_RUN
    assert f"the controller runs an image of its own, {OWN}" in done.err
    assert image_of(world) == OWN


@pytest.mark.parametrize("command", ["install", "upgrade"])
def test_a_registry_that_an_image_of_one_s_own_hides_is_told(command: str) -> None:
    world = installed("--image", OWN)
    refused = world.run(command, "--registry", "mirror.example")
    assert refused.status is ExitStatus.COULD_NOT_RUN
    assert f"an image of its own, {OWN}: another registry would not change it" in refused.said
    named = shlex.split(refused.said.rpartition("from there: ")[2])
    done = world.run(command, *named)
    assert done.status is ExitStatus.OK, done.err
    assert image_of(world).startswith("mirror.example/ingress-nginx/controller:v1.15.1@")


def test_without_its_service_the_provider_is_chosen_anew_and_that_is_said() -> None:
    world = installed("--internal", "--replicas", "3", "--version", "1.14.5")
    del world.cluster.objects["Service", NS, CONTROLLER_NAME]
    done = world.run("install")
    assert done.status is ExitStatus.OK, done.err
    assert "what its provider chose is not known, as its Service is gone: chosen anew" in done.said
    assert INTERNAL not in annotations(world)
    assert (replicas(world), ":v1.14.5@" in image_of(world)) == (3, True)


def test_what_no_provider_would_have_is_chosen_anew_and_shown() -> None:
    world = installed("--replicas", "3")
    container = world.edit("Deployment", CONTROLLER_NAME)["spec"]["template"]["spec"]["containers"]
    container[0]["ports"].append({"name": "tcp", "containerPort": 9000, "protocol": "TCP"})
    done = world.run("install", "--dry-run=server")
    assert done.status is ExitStatus.OK, done.err
    assert "as no provider would have it so: chosen anew" in done.said
    assert "ports[tcp]" in done.err
    assert "spec.replicas" not in done.err


def test_what_an_autoscaler_has_set_is_not_ours_to_keep() -> None:
    world = installed("--replicas", "3")
    owners = world.cluster._owners["Deployment", NS, CONTROLLER_NAME]
    owners[("spec", "replicas")] = {"autoscaler"}
    world.edit("Deployment", CONTROLLER_NAME)["spec"]["replicas"] = 7
    done = world.run("install")
    assert done.status is ExitStatus.OK, done.err
    assert "replicas;" not in done.said
    assert replicas(world) == 7


GRACE = ("spec", "template", "spec", "terminationGracePeriodSeconds")


def test_what_others_have_set_since_is_a_conflict_that_is_told() -> None:
    world = installed("--version", "1.14.5", "--replicas", "3")
    world.cluster._owners["Deployment", NS, CONTROLLER_NAME][GRACE] = {"kubectl-edit"}
    pod = world.edit("Deployment", CONTROLLER_NAME)["spec"]["template"]["spec"]
    pod["terminationGracePeriodSeconds"] = 30
    before = world.state()
    done = world.run("install")
    assert done.status is ExitStatus.COULD_NOT_RUN
    assert "kubectl-edit (.spec.template.spec.terminationGracePeriodSeconds)" in done.said
    assert (
        "or take these fields over: kubectl ingress install --adopt --version 1.14.5" in done.said
    )
    assert world.state() == before
    # What was asked is in the command that is told.
    asked = ("--replicas", "5", "--registry", "mirror.example", "--internal")
    told = world.run("upgrade", *asked).err.splitlines()[-1].strip()
    assert told.startswith("kubectl ingress install --adopt --version 1.14.5 --registry")
    assert told.endswith(" mirror.example --replicas 5 --provider aws --internal")
    taken = world.run("install", "--adopt", "--yes")
    assert taken.status is ExitStatus.OK, taken.err
    pod = world.edit("Deployment", CONTROLLER_NAME)["spec"]["template"]["spec"]
    assert pod["terminationGracePeriodSeconds"] == 300
    assert (replicas(world), ":v1.14.5@" in image_of(world)) == (3, True)


def test_an_image_that_others_have_set_is_none_that_was_chosen() -> None:
    world = installed("--version", "1.14.5")
    path = ("spec", "template", "spec", "containers")
    world.cluster._owners["Deployment", NS, CONTROLLER_NAME][path] = {"kubectl-set"}
    pod = world.edit("Deployment", CONTROLLER_NAME)["spec"]["template"]["spec"]
    pod["containers"][0]["image"] = OWN
    done = world.run("install")
    assert done.status is ExitStatus.COULD_NOT_RUN
    assert "kubectl-set" in done.said
    assert "Installed ingress-nginx 1.14.5;" in done.said
    assert image_of(world) == OWN


def test_one_that_is_going_away_has_nothing_to_keep() -> None:
    world = installed("--replicas", "3")
    meta = world.edit("Namespace", NS, "")["metadata"]
    meta["deletionTimestamp"] = "2026-01-01T00:00:00Z"

    def gone() -> None:
        for key in [each for each in world.cluster.objects if NS in (each[1], each[2])]:
            del world.cluster.objects[key]

    world.at(world.now - 1000 + 5, gone)
    done = world.run("install")
    assert done.status is ExitStatus.OK, done.err
    assert "Installed" not in done.err
    assert replicas(world) is None


def test_what_may_not_be_read_is_told_with_all_that_is_missing() -> None:
    world = installed("--replicas", "3")
    world.cluster.fail("GET", "/deployments/", ApiForbidden("you may not get deployments"))
    world.cluster.may = lambda asked: asked.get("verb") == "list"
    done = world.run("install")
    assert done.status is ExitStatus.COULD_NOT_RUN
    assert "nothing was changed; needed: " in done.said


@pytest.mark.parametrize("command", ["install", "upgrade", "uninstall"])
def test_interrupted_before_it_writes_it_says_so(command: str) -> None:
    world = installed("--version", "1.14.5")
    before = len(world.writes)

    def interrupt(asked: Any) -> None:
        if "/services" in asked.path:
            raise KeyboardInterrupt

    world.cluster.on_request = interrupt
    done = world.run(command)
    assert done.status is ExitStatus.INTERRUPTED
    assert done.err.count("Nothing was changed yet.\n") == 1
    assert len(world.writes) == before


@pytest.mark.parametrize(
    ("command", "means"),
    [
        ("install", "Namespace; default: the controller's own."),
        ("upgrade", "Namespace of the installation; default: all."),
        ("uninstall", "Namespace of the installation; default: all."),
        ("status", "Look in this namespace; default: in all."),
        ("address", "Namespace; default: the context's."),
    ],
)
def test_what_n_means_is_said_for_each_command(
    command: str, means: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    Lasting().run(command, "--help")
    said = capsys.readouterr().out
    line = next(each for each in said.splitlines() if each.lstrip().startswith("-n, "))
    assert line.endswith(means)
