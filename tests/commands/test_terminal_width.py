"""What `test` prints on terminals of usual widths: every line fits, and names stay whole."""

from __future__ import annotations

import re
from typing import Any

import pytest

from kubectl_ingress.core.answer import Answer, Failure, Plan, Timings, Unreachable
from tests.commands.test_repeat import interrupted
from tests.commands.test_test import PAGE, PODS, not_found, pods, road
from tests.manifests import ingress, service, slice_of
from tests.running import answer, run

LB = "a20d3c35e01f4aef97e50f032d56556f-1234567890abcdef.elb.eu-west-1.amazonaws.com"
URL = "http://jko.example.com/echo-hostname"
COLOURS = re.compile(r"\x1b\[\d*m")
# They are copied, so no line ends in the middle of one.
COPIED = ("  Fix ", "  Or ")
WIDTHS = pytest.mark.parametrize("columns", [60, 80, 100, 160])


def lines(columns: int, *words: str, reply: Any = None, **changes: Any) -> list[str]:
    cluster = road(address=LB, **changes)
    ran = run(["test", *words], cluster, reply or pods(), columns=columns)
    return COLOURS.sub("", ran.stdout).splitlines()


def timed_out(_: Plan) -> Unreachable:
    return Unreachable(Failure.TIMEOUT, "timed out", "answer", Timings(30.0, 0.012, 0.034))


def broken(_: Plan) -> Answer:
    return answer(502, PAGE)


@WIDTHS
@pytest.mark.parametrize(
    ("words", "reply"),
    [
        ((URL,), None),
        ((URL, "-v"), None),
        (("/echo-hostname",), not_found),
        ((URL,), broken),
        ((URL,), timed_out),
        ((URL, "--count", "30"), None),
        ((URL, "--count", "30"), broken),
        ((URL, "--watch"), (9, 3, 4)),
        ((URL, "--count", "30", "--rate", "1000"), (9,)),
    ],
)
def test_every_line_fits(columns: int, words: tuple[str, ...], reply: Any) -> None:
    if isinstance(reply, tuple):
        reply = interrupted(*reply)
    found = lines(columns, *words, reply=reply)
    told = [line for line in found if not line.startswith((*COPIED, "curl "))]
    assert len(told) > 3
    # In a sentence a host is whole, however long it is.
    assert max(len(line.replace(LB, "")) for line in told) < columns, "\n".join(found)
    assert "\xa0" not in "".join(found)


@WIDTHS
def test_times_stand_at_the_end_of_their_lines(columns: int) -> None:
    found = lines(columns, URL)
    times = [line for line in found if line.startswith(("  √ name", "  √ load"))]
    assert [line[-6:].strip() for line in times] == ["1.0 ms", "2.0 ms"]
    assert len({len(line) for line in times}) == 1
    assert "→ 203.0.113.10" in times[0]


def test_a_name_is_cut_in_its_middle_and_a_path_is_not() -> None:
    [asked, *_] = lines(80, "/echo-hostname", reply=not_found)
    assert len(asked) == 79
    assert re.fullmatch(r"GET http://a20d3c\w+…[-.\w]+\.amazonaws\.com/echo-hostname", asked)
    [whole, *_] = lines(160, "/echo-hostname", reply=not_found)
    assert whole == f"GET http://{LB}/echo-hostname"


def test_sentences_are_folded_at_words_under_themselves() -> None:
    found = lines(60, "/echo-hostname", reply=not_found)
    start = next(i for i, line in enumerate(found) if line.startswith("× KI101"))
    end = next(i for i, line in enumerate(found) if line.startswith("  Fix"))
    assert all(line.startswith("         ") for line in found[start + 1 : end])
    sentence = " ".join(line.strip() for line in found[start:end])
    assert f"no Ingress of class nginx has the host {LB}, so the controller" in sentence


def test_a_host_that_was_typed_is_whole() -> None:
    host = LB.replace("elb", "elbe")
    [asked, *rest] = lines(60, f"http://{host}/echo-hostname", reply=not_found)
    assert asked == f"GET http://{host}/echo-hostname"
    assert f"has the host {host}, so the" in " ".join(line.strip() for line in rest)


def test_the_shares_of_a_canary_fit() -> None:
    split = {"nginx.ingress.kubernetes.io/canary": "true"}
    split["nginx.ingress.kubernetes.io/canary-weight"] = "10"
    cluster = road(address=LB)
    canary = ingress("canary", "jko.example.com", annotations=split)
    name = "a-canary-of-the-hostname-service"
    rule = canary["spec"]["rules"][0]["http"]["paths"][0]
    rule |= {"path": "/echo-hostname"}
    rule["backend"]["service"]["name"] = name
    for one in (canary, service(name), slice_of(name, "canary-deployment-6c468cf567-1")):
        cluster.add(one)
    turn = iter(range(1000))

    def reply(_: Plan) -> Answer:
        return answer(200, PODS[0] if next(turn) % 10 else "canary-deployment-6c468cf567-1")

    ran = run(["test", URL, "--count", "50"], cluster, reply, columns=60)
    text = COLOURS.sub("", ran.stdout)
    assert "split" in text
    assert max(map(len, text.splitlines())) < 60
    assert "predicted 10.0%," in text


def test_without_a_terminal_each_event_is_one_line_however_long() -> None:
    ran = run(["test", URL, "--watch"], road(address=LB), interrupted(3, 1))
    changed = [line for line in ran.stdout.splitlines() if "× 502  KI109" in line]
    assert len(changed) == 1
    assert changed[0].endswith("(after 1 others in 1.0 s)")
    assert len(changed[0]) > 100
