"""Progress: redrawn on a terminal, one line per event elsewhere, and never wider than it may be."""

import io

import pytest

from kubectl_ingress.render.marks import BROKEN, DONE, NOT_REACHED, PROBLEM
from kubectl_ingress.render.plan import show_facts, show_warning
from kubectl_ingress.render.progress import WAITING, Progress, Row
from tests.terminals import Terminal

LABELS = ("namespace, permissions, configuration", "controller")


def progress(*, terminal=False, colour=False):
    stream = io.StringIO()
    return Progress(stream, terminal=terminal, colour=colour, labels=LABELS), stream


def test_elsewhere_each_event_is_one_line_and_waiting_is_none():
    shown, stream = progress()
    waiting = Row(WAITING, "controller", "0/1 ready")
    for elapsed in (1.0, 2.0, 3.0):
        shown.show([waiting], elapsed)
    assert stream.getvalue() == ""
    shown.show([Row(DONE, "controller", "1/1 ready", 4.0)], 4.0)
    shown.show([Row(DONE, "controller", "1/1 ready", 4.0)], 5.0)
    assert len(stream.getvalue().splitlines()) == 1
    assert stream.getvalue().startswith("  √ controller ")
    assert stream.getvalue().endswith("4.0 s\n")


def test_elsewhere_a_note_is_told_once_even_when_its_mark_changes():
    shown, stream = progress()
    why = ("KI702", "cannot be pulled")
    shown.show([Row(PROBLEM, "controller", "0/1", notes=(why,))], 1.0)
    shown.show([Row(PROBLEM, "controller", "0/1", notes=(why,))], 2.0)
    shown.finish([Row(BROKEN, "controller", "0/1", notes=(why, ("Fix", "--registry")))], 3.0)
    assert [line.split()[0] for line in stream.getvalue().splitlines()] == [
        "!",
        "KI702",
        "×",
        "Fix",
    ]


def test_at_the_end_what_was_never_told_is_told():
    shown, stream = progress()
    shown.finish([Row(NOT_REACHED, "controller", "waits")], 3.0)
    assert stream.getvalue().split() == ["·", "controller", "waits"]


def test_on_a_terminal_the_lines_are_drawn_over():
    shown, stream = progress(terminal=True)
    rows = [Row(DONE, LABELS[0], "12 objects", 1.0), Row(WAITING, "controller", "0/1 ready")]
    shown.show(rows, 1.0)
    first = stream.getvalue()
    assert first.count("\n") == 2
    assert "\x1b[2F" not in first
    shown.show(rows, 2.0)
    second = stream.getvalue()[len(first) :]
    # Two lines up, each cleared and written, then everything below cleared.
    assert second.startswith("\x1b[2F\x1b[2K")
    assert second.endswith("\x1b[J")
    assert "2.0 s" in second


def test_the_spinner_moves():
    shown, stream = progress(terminal=True)
    row = Row(WAITING, "controller", "0/1 ready")
    shown.show([row], 1.0)
    shown.show([row], 1.0)
    marks = [line.split("\x1b[2K")[1].split()[0] for line in stream.getvalue().splitlines()[:2]]
    assert marks[0] != marks[1]


def test_colours_only_where_wanted_and_only_on_marks():
    shown, stream = progress(colour=True)
    shown.show([Row(DONE, "controller", "1/1 ready", 4.0)], 4.0)
    assert stream.getvalue().startswith("  \x1b[32m√\x1b[0m controller")
    shown, stream = progress()
    shown.show([Row(DONE, "controller", "1/1 ready", 4.0)], 4.0)
    assert "\x1b" not in stream.getvalue()


def test_long_names_are_cut_in_the_middle_and_notes_are_folded():
    shown, stream = progress()
    note = ("KI601", "word " * 60)
    shown.show([Row(PROBLEM, "controller", "x" * 200, 3.0, (note,))], 3.0)
    lines = stream.getvalue().splitlines()
    assert max(map(len, lines)) <= 100
    assert "…" in lines[0]
    assert len(lines) > 3
    assert all(line.startswith(" " * 11) for line in lines[2:])


@pytest.mark.parametrize("hostile", ["a\x1b[31mb", "a\nb", "a\u202eb"])
def test_nothing_from_outside_controls_the_terminal(hostile):
    shown, stream = progress()
    shown.show([Row(DONE, hostile, hostile, 1.0, ((hostile, hostile),))], 1.0)
    assert hostile not in stream.getvalue()
    out = io.StringIO()
    show_facts(out, [("Provider", hostile)])
    show_warning(out, "KI701", hostile)
    assert hostile not in out.getvalue()


@pytest.mark.parametrize("columns", [80, 100])
def test_labels_are_whole_on_terminals_of_the_usual_width(columns):
    stream = Terminal(columns)
    shown = Progress(stream, terminal=True, colour=False, labels=LABELS)
    shown.finish([Row(DONE, LABELS[0], "LoadBalancer (NLB)", 12.5)], 20.0)
    line = stream.getvalue().partition("\x1b[2K")[2].partition("\n")[0]
    assert line.split() == ["√", *LABELS[0].split(), "LoadBalancer", "(NLB)", "12", "s"]
    assert len(line) < columns
