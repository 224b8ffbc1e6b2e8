"""A checkup as people, JSON and JUnit get it; what a cluster says is hostile until printed."""

from __future__ import annotations

import io
import json
from pathlib import Path
from xml.etree import ElementTree

from kubectl_ingress.core.checkup import Checked, Checkup, Section, State
from kubectl_ingress.core.objects import Finding
from kubectl_ingress.render.doctor import render_json, render_junit, render_text
from tests.golden import check

BROKEN = Finding(
    "KI109",
    "error",
    "GET http://shop.example.com/api fails first at the application's pod web-6d5f7c9b8-x2x4z: "
    "nothing listens on port 9, to which Service shop/web leads",
    "Ingress shop/web",
    fix="kubectl patch service web -n shop --type=json -p '[]'\nkubectl get pods -n shop",
)
LOOK = Finding("KI701", "warning", "ingress-nginx is \x1b[31mretired\x1b[0m", fix="kubectl x")
KNOW = Finding("KI905", "info", "you may not list nodes")
CHECKUP = Checkup(
    (
        Section("Program", "unread", (Checked("not read", "no right to", KNOW),)),
        Section(
            "Controller",
            "pods",
            (Checked("ingress-nginx 1.15.1", "1/1 ready (ingress-nginx/controller)"),),
        ),
        Section("Controller", "versions", (Checked("version", "no longer maintained", LOOK),)),
        Section(
            "Webhook",
            "webhook",
            (
                Checked(
                    "ingress-nginx-admission",
                    "not asked: you may not create ingresses in namespace ingress-nginx; "
                    "needed: create ingresses.networking.k8s.io",
                    otherwise=State.SKIPPED,
                ),
            ),
        ),
        Section(
            "Requests",
            "hops",
            (
                Checked("GET http://shop.example.com/a-long-path/below/it", "502, 3 ms", BROKEN),
                Checked("  pod", "connection refused   web-6d5f7c9b8-x2x4z", otherwise=State.ERROR),
                Checked("  service", "not reached from here", otherwise=State.SKIPPED),
                Checked("  lb", "502, 3 ms   " + "x" * 200, otherwise=State.ERROR),
            ),
        ),
    )
)


def text(checkup: Checkup, colour: bool = False) -> str:
    stream = io.StringIO()
    render_text(checkup, stream, colour=colour)
    return stream.getvalue()


def test_text() -> None:
    check(Path("doctor/checkup.txt"), text(CHECKUP))


def test_colours_change_no_letter() -> None:
    painted = text(CHECKUP, colour=True)
    assert "\x1b[31m×\x1b[0m" in painted
    for code in ("31", "32", "33", "2", "0"):
        painted = painted.replace(f"\x1b[{code}m", "")
    assert painted == text(CHECKUP)


def test_a_label_is_never_cut() -> None:
    """The host of a request is compared with those that there are."""
    url = "GET http://jko.some-team.example.com/echo-hostname"
    long = Checked("GET http://" + "a" * 90, "no address to send it to", otherwise=State.SKIPPED)
    lines = (Checked(url, "200, 3 ms"), long, Checked("short", "fine"))
    shown = text(Checkup((Section("Requests", "hops", lines),))).splitlines()
    assert shown[1:5] == [
        f"  √ {url}  200, 3 ms",
        f"  · {long.label}",
        f"{'':<36}no address to send it to",
        f"  √ {'short':<30}  fine",
    ]


def test_nothing_is_wrong() -> None:
    fine = Checkup((Section("Controller", "pods", (Checked("a", "1/1 ready"),)),))
    assert text(fine) == "Controller\n  √ a  1/1 ready\n\nhealthy\n"
    assert fine.healthy
    assert not CHECKUP.healthy
    assert CHECKUP.problems == (1, 1)


def test_json() -> None:
    stream = io.StringIO()
    render_json(CHECKUP, stream)
    data = json.loads(stream.getvalue())
    assert data["summary"] == {"fine": 1, "info": 1, "warning": 1, "error": 3, "skipped": 2}
    assert [one["state"] for one in data["checks"]][:3] == ["info", "fine", "warning"]
    broken = data["checks"][4]
    assert (broken["area"], broken["check"], broken["code"]) == ("Requests", "hops", "KI109")
    assert broken["object"] == {"kind": "Ingress", "namespace": "shop", "name": "web"}
    assert data["checks"][5]["code"] is None


def test_cases_of_junit_have_names_of_their_own() -> None:
    """Of two findings about one Ingress, and of the hops of two requests."""
    lines = (Checked("shop/web", "a-rule", LOOK), Checked("shop/web", "another-rule", LOOK))
    stream = io.StringIO()
    render_junit(Checkup((Section("Ingresses", "routes", lines),)), stream)
    cases = ElementTree.fromstring(stream.getvalue()).iter("testcase")
    assert [one.get("name") for one in cases] == ["routes shop/web", "routes shop/web (2)"]


def test_junit() -> None:
    stream = io.StringIO()
    render_junit(CHECKUP, stream)
    root = ElementTree.fromstring(stream.getvalue())
    assert (root.get("tests"), root.get("failures")) == ("8", "3")
    assert [suite.get("name") for suite in root] == [
        "Program",
        "Controller",
        "Webhook",
        "Requests",
    ]
    requests = root[3]
    assert (requests.get("failures"), requests.get("skipped")) == ("3", "1")
    first = requests[0].find("failure")
    assert first is not None
    assert first.get("message", "").startswith("KI109 GET http://shop.example.com/api fails first")
    assert "fix: kubectl patch service" in (first.text or "")
    assert "\x1b" not in stream.getvalue()
