"""One bad file or document among good ones is told, and the good ones are read."""

from __future__ import annotations

import io
import os
from pathlib import Path

import pytest

from kubectl_ingress.core.objects import Origin
from kubectl_ingress.errors import InputError, UsageError
from kubectl_ingress.ports.manifests import Manifests, read_what_can_be
from kubectl_ingress.ports.places import Places, rereadable

GOOD = "kind: ConfigMap\nmetadata:\n  name: {}\n"


def read(*paths: object, stdin: str = "", recursive: bool = False) -> Manifests:
    return read_what_can_be([str(path) for path in paths], io.StringIO(stdin), recursive=recursive)


def told(manifests: Manifests) -> list[tuple[str, str, int | None]]:
    assert {one.code for one in manifests.findings} <= {"KI904"}
    return [(one.message, one.origin.source, one.origin.line) for one in manifests.findings]


def names(manifests: Manifests) -> list[tuple[str, int | None]]:
    return [(data["metadata"]["name"], origin.line) for data, origin in manifests.objects]


def test_a_broken_document_among_good_ones() -> None:
    text = f"{GOOD.format('a')}---\nkind: [\n---\n- 1\n---\n# c\n{GOOD.format('b')}"
    found = read("-", stdin=text)
    assert names(found) == [("a", 1), ("b", 10)]
    [(first, source, line), (second, _, second_line)] = told(found)
    assert (source, line, second_line) == ("stdin", 6, 7)
    assert first.endswith("this document is left out")
    assert "this is not a Kubernetes object" in second


def test_a_broken_item_of_a_list() -> None:
    item = "- kind: A\n  metadata: {name: %s}\n"
    text = f"kind: List\nitems:\n{item % 'a'}- 5\n{item % 'b'}"
    found = read("-", stdin=text)
    assert names(found) == [("a", 3), ("b", 6)]
    assert told(found)[0][2] == 5


def test_what_the_whole_reader_must_read_has_the_lines_of_the_file() -> None:
    text = f"{GOOD.format('a')}---\nkind: &k X\nmetadata: {{name: b, kind: *k}}\n---\na: *x\n"
    found = read("-", stdin=text)
    assert names(found) == [("a", 1), ("b", 5)]
    assert told(found)[0][2] == 8


def test_what_cannot_be_divided_is_read_as_a_whole() -> None:
    text = f"%YAML 1.1\n---\n{GOOD.format('a')}...\n---\n{GOOD.format('b')}"
    assert names(read("-", stdin=text)) == [("a", 3), ("b", 8)]


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(GOOD.format("a"))
    (tmp_path / "binary.yaml").write_bytes(b"\x89PNG\r\n\x1a\n\xff\xfe")
    (tmp_path / "loop.yaml").symlink_to("loop.yaml")
    (tmp_path / "control.yaml").write_text(f"{GOOD.format('c')}---\nkind: X\nname: \x1b\n")
    os.mkfifo(tmp_path / "pipe.yaml")
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "up").symlink_to("..")
    (tmp_path / "empty").mkdir()
    found = read(tmp_path, tmp_path / "nowhere.yaml", tmp_path / "empty", recursive=True)
    assert names(found) == [("a", 1), ("c", 1)]
    sentences = " ".join(message for message, _, _ in told(found))
    for part in ("not UTF-8", "symbolic links", "control character", "no regular file",
                 "does not exist", "holds no manifests"):  # fmt: skip
        assert part in sentences, part
    assert len(found.findings) == 6


@pytest.mark.parametrize(
    "text",
    [
        "resources: [web.yaml]\n",
        "apiVersion: v2\nname: web\nversion: 0.1.0\n",
        "kind: DaemonSet\nimage: &i {tag: x}\nother: *i\n",
        "- op: add\n  path: /x\n",
        '{"image": {"tag": "1"}}',
    ],
)
def test_what_is_no_object_is_passed_over_in_a_directory(text: str, tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(GOOD.format("a"))
    other = tmp_path / "other.yaml"
    other.write_text(text)
    found = read(tmp_path)
    assert names(found) == [("a", 1)]
    assert (told(found), found.passed_over) == ([], (Origin(str(other), 1),))
    # Who names it means that it holds some.
    named = read(tmp_path / "a.yaml", other)
    assert named.passed_over == ()
    assert len(named.objects) + len(named.findings) == 2
    other.rename(tmp_path / "a.yaml")
    with pytest.raises(InputError, match="no objects") as error:
        read(tmp_path)
    assert "kubectl kustomize" in error.value.next_step


@pytest.mark.parametrize(
    "text",
    ["kind: Ingress\nmetadata: {name: a}\n", "apiVersion: v1\nmetadata: {name: a}\n",
     "apiVersion: v1\nkind: ConfigMap\n", "kind: List\nitems: [{kind: A}]\n"],
)  # fmt: skip
def test_what_lacks_a_part_is_not_passed_over(text: str, tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(text)
    assert len(read(tmp_path).objects) == 1


def test_keys_that_stand_twice() -> None:
    text = (
        f"{GOOD.format('a')}  labels: {{x: 1, x: 2}}\n---\n"
        "kind: List\nitems:\n- kind: A\n  kind: B\n- spec: {rules: [{host: &h a, host: *h}]}\n"
        "---\nspec: &s {x: 1, x: 2}\nother: *s\nmerged: {<<: *s, <<: *s, x: 3}\n"
    )
    found = read("-", stdin=text).repeated
    assert {(origin.line, one.path, one.line) for origin in found for one in found[origin]} == {
        (1, ("metadata", "labels", "x"), 4),
        (8, ("kind",), 8),
        (10, ("spec", "rules", 0, "host"), 10),
        (12, ("spec", "x"), 12),
    }
    assert not read("-", stdin=GOOD.format("a")).repeated


@pytest.mark.parametrize("text", ["", "---\n", "a: [", "5\n"])
def test_where_nothing_can_be_read_it_is_an_error(text: str) -> None:
    with pytest.raises(InputError):
        read("-", stdin=text)


def test_paths_that_cannot_be_are_refused_at_once(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(GOOD.format("a"))
    for bad in ("", "https://example.com/a.yaml"):
        with pytest.raises(UsageError):
            read(tmp_path, bad)


def test_json_has_its_lines() -> None:
    found = read("-", stdin='{"kind": "A", "metadata": {"name": "a"}}\n{"metadata": {"name": "b"}}')
    assert names(found) == [("a", 1), ("b", 2)]


def test_ten_megabytes_in_one_file(tmp_path: Path) -> None:
    one = GOOD.format("a") + "data:\n  text: |\n" + "    x" * 50 + "\n"
    count = 10_000_000 // len(one)
    (tmp_path / "big.yaml").write_text("---\n".join([one] * count))
    assert len(read(tmp_path / "big.yaml").objects) == count


# ---------------------------------------------------------------- where a field stands

TEXT = """\
kind: A
spec: {x: 1}
---
kind: List
items:
- kind: B
- kind: C
  spec:
    rules:
    - host: a
    - host: b
"""


def test_the_line_of_a_field(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(TEXT)
    name = str(tmp_path / "a.yaml")
    places = Places(rereadable(io.StringIO(TEXT)))
    for source in (name, "stdin"):
        assert places.line_of(Origin(source, 1), ("spec", "x")) == 2
        assert places.line_of(Origin(source, 7), ("spec", "rules", 1, "host")) == 11
        # The innermost part that is there, and the object where there is none of it.
        assert places.line_of(Origin(source, 7), ("spec", "rules", 5, "host")) == 10
        assert places.line_of(Origin(source, 6), ("spec", "rules")) == 6
    assert places.line_of(Origin(), ("spec",)) is None
    # A file that has changed or gone meanwhile.
    assert places.line_of(Origin(name, 3), ("spec",)) == 3
    assert places.line_of(Origin(f"{name}.gone", 3), ("spec",)) == 3


def test_a_file_is_looked_at_without_stdin(tmp_path: Path) -> None:
    def asked() -> io.StringIO:
        raise AssertionError("a person would have to type an end")

    (tmp_path / "a.yaml").write_text(TEXT)
    assert Places(asked).line_of(Origin(str(tmp_path / "a.yaml"), 1), ("spec", "x")) == 2


def test_the_line_of_a_field_of_json(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text('{"kind": "A",\n "spec": {\n  "x": 1}}')
    places = Places(rereadable(io.StringIO()))
    assert places.line_of(Origin(str(tmp_path / "a.json"), 1), ("spec", "x")) == 3
