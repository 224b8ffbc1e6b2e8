"""What stands before the word being completed."""

import pytest

from kubectl_ingress.completion.grammar import Argument, Command, Option
from kubectl_ingress.completion.line import Line, read_line

NAMESPACE = Option(("-n", "--namespace"), takes_value=True)
VERBOSE = Option(("-v", "--verbose"), repeatable=True)
TEST = Command(options=(NAMESPACE, VERBOSE), arguments=(Argument("URL"),))
INNER = Command(options=(NAMESPACE,))
GROUP = Command(commands={"inner": INNER})
ROOT = Command(options=(Option(("--version",)),), commands={"test": TEST, "group": GROUP})


def read(*words: str) -> Line:
    return read_line(ROOT, words)


def test_nothing_typed_yet() -> None:
    assert read("") == Line(ROOT, "")
    assert read() == Line(ROOT, "")


def test_the_word_being_completed_is_not_read() -> None:
    assert read("test") == Line(ROOT, "test")


def test_commands_and_groups() -> None:
    assert read("test", "") == Line(TEST, "")
    assert read("group", "inner", "x") == Line(INNER, "x")


def test_an_unknown_command_leaves_nothing_to_complete() -> None:
    assert read("tset", "") == Line(None, "")


def test_flags_before_the_command() -> None:
    assert read("--version", "test", "").command is TEST


@pytest.mark.parametrize("words", [("-n",), ("--namespace",), ("-vn",), ("-v", "-n")])
def test_an_option_waits_for_its_value(words: tuple[str, ...]) -> None:
    line = read("test", *words, "sh")
    assert line.pending is NAMESPACE
    assert line.current == "sh"


@pytest.mark.parametrize(
    "words",
    [("-n", "shop"), ("-nshop",), ("--namespace", "shop"), ("--namespace=shop",), ("-vnshop",)],
)
def test_a_value_is_known_by_every_name(words: tuple[str, ...]) -> None:
    line = read("test", *words, "")
    assert line.pending is None
    assert line.position == 0
    assert line.typed["-n"] == line.typed["--namespace"] == ["shop"]


def test_a_value_that_looks_like_an_option() -> None:
    assert read("test", "-n", "--verbose", "").typed == {
        "-n": ["--verbose"],
        "--namespace": ["--verbose"],
    }


def test_arguments_are_counted_and_a_dash_is_one() -> None:
    assert read("test", "a", "-v", "-", "").position == 2


def test_after_two_dashes_all_are_arguments() -> None:
    line = read("test", "--", "-n", "")
    assert line.ended
    assert line.position == 1
    assert line.typed == {}


@pytest.mark.parametrize("word", ["--unknown", "--unknown=x", "-x", "-xn"])
def test_unknown_options_take_nothing_with_them(word: str) -> None:
    line = read("test", word, "a", "")
    assert line.pending is None
    assert line.position == 1
