"""What -f reads, what it refuses and where, and that what is written reads the same."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest
import yaml

from kubectl_ingress.core.objects import Origin
from kubectl_ingress.errors import InputError, UsageError
from kubectl_ingress.ports import files
from kubectl_ingress.ports.files import Source, documents, dump_yaml, read_manifests
from kubectl_ingress.ports.yaml_words import resolve
from tests.yaml_samples import TEXTS, WORDS

OBJECT = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: %s}\n"


def read(text: str) -> list[dict[str, object]]:
    return [data for data, _ in read_manifests(["-"], io.StringIO(text))]


def refused(text: str | bytes) -> InputError:
    raw = text.encode() if isinstance(text, str) else text
    with pytest.raises(InputError) as caught:
        read_manifests(["-"], io.TextIOWrapper(io.BytesIO(raw)))
    return caught.value


@pytest.mark.parametrize(("word", "value"), WORDS)
def test_words_are_what_kubectl_takes_them_for(word, value):
    got = resolve(word)
    assert (got, type(got)) == (value, type(value))
    assert read(f"a: {word}\n") == [{"a": value}]
    assert read(f"a: '{word}'\n") == [{"a": word}]


@pytest.mark.parametrize("word", [".inf", "-.Inf", "+.INF", ".nan"])
def test_what_json_cannot_hold_is_refused(word):
    assert refused(f"a:\n- {word}\n").sentence == f"stdin:2:3: {word} is no value in JSON"


def test_keys_are_text_as_kubectl_makes_them():
    text = "{1: a, 1.5: b, yes: c, 0x10: d, 1e-7: e, 'no': f, 2020-01-01: g}"
    assert list(read(f"data: {text}\n")[0]["data"]) == [
        "1", "1.5", "true", "16", "1e-07", "no", "2020-01-01",
    ]  # fmt: skip


@pytest.mark.parametrize("key", ["~: a", "[a]: b", "? {a: b}\n: c"])
def test_what_kubectl_cannot_use_as_a_key_is_refused(key):
    assert "cannot be a key" in refused(f"{key}\n").sentence


def test_of_equal_keys_the_last_wins_as_with_kubectl():
    assert read("a: 1\na: 2\n") == [{"a": 2}]
    assert read('{"a": 1, "a": 2}') == [{"a": 2}]


def test_a_merge_acts_where_it_stands():
    text = "base: &b {p: 1, q: 2}\nfirst: {<<: *b, q: 3}\nlast: {q: 3, <<: *b}\n"
    text += "several: {<<: [*b, {p: 9, z: 1}]}\nquoted: {'<<': 5}\n"
    got = read(text)[0]
    assert got["first"] == {"p": 1, "q": 3}
    assert got["last"] == {"p": 1, "q": 2}
    assert got["several"] == {"p": 1, "q": 2, "z": 1}
    assert got["quoted"] == {"<<": 5}


def test_tags():
    text = "[!!str 5, !!int '5', !!float 5, !!bool 'yes', !!binary aGk=, !foo yes, ! 5]"
    assert read(f"a: {text}\n") == [{"a": ["5", 5, 5, True, "hi", "yes", "5"]}]
    assert "no !!int" in refused("a: !!int x\n").sentence
    assert "base64" in refused("a: !!binary a\n").sentence


def test_aliases_are_copies():
    (got,) = read("a: &x {b: 1}\nc: *x\n")
    assert got == {"a": {"b": 1}, "c": {"b": 1}}
    assert got["a"] is not got["c"]


def test_documents_with_their_lines_and_empty_ones_left_out():
    text = (
        "# head\n---\n\n" + OBJECT % "a" + "---\n---\n# nothing\n---\n~\n--- # c\n" + OBJECT % "b"
    )
    found = read_manifests(["-"], io.StringIO(text))
    assert [(o["metadata"]["name"], origin) for o, origin in found] == [
        ("a", Origin("stdin", 4)),
        ("b", Origin("stdin", 13)),
    ]


LIST_IN_YAML = """
kind: List
items:
- kind: A
# between
- kind: List
  items: [{kind: B}]
"""
LIST_IN_JSON = """
{ "kind": "List",
  "items": [
    {"kind": "A"},
    {"kind": "List",
     "items": [{"kind": "B"}]} ] }
"""


@pytest.mark.parametrize(("text", "lines"), [(LIST_IN_YAML, [4, 6]), (LIST_IN_JSON, [4, 5])])
def test_lists_are_unrolled_each_item_with_its_line(text, lines):
    found = read_manifests(["-"], io.StringIO(text))
    assert [item for item, _ in found] == [{"kind": "A"}, {"kind": "B"}]
    # An item of an inner list stands where that list does.
    assert [origin.line for _, origin in found] == lines


def test_the_items_of_a_typed_list_get_its_kind():
    text = "apiVersion: networking.k8s.io/v1\nkind: IngressList\nitems:\n- metadata: {name: a}\n"
    (item,) = read(text)
    assert (item["kind"], item["apiVersion"]) == ("Ingress", "networking.k8s.io/v1")


def test_whatever_has_a_list_of_items_is_a_list_as_with_kubectl():
    assert read("kind: Thing\nitems: [{kind: A}]\n") == [{"kind": "A"}]
    assert read("kind: Thing\nitems: {kind: A}\n") == [{"kind": "Thing", "items": {"kind": "A"}}]


def test_an_empty_list_holds_nothing():
    assert read("kind: List\nitems: []\n---\nkind: List\nitems:\n") == []


def test_json_objects_one_after_another():
    assert read('{"a": 1}\n\n {"b": [1.0, 1e3, "\\u00e9"]}') == [{"a": 1}, {"b": [1, 1000, "é"]}]


def test_json_that_is_only_yaml_is_read_as_yaml():
    assert read("{a: 1, b: yes,}") == [{"a": 1, "b": True}]


def test_half_a_surrogate_pair_becomes_the_replacement_character():
    assert read('{"a": "\\ud83d\\ude00 \\ud83d"}') == [{"a": "😀 �"}]


def test_files_directories_and_stdin(tmp_path):
    for name in ("b.yml", "a.yaml", "c.json", "notes.txt", "sub/d.yaml"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(json.dumps({"kind": "K", "name": name}))
    where = str(tmp_path)
    stdin = io.StringIO("kind: S\nname: in\n")

    def names(*paths, **how):
        return [item["name"] for item, _ in read_manifests(paths, stdin, **how)]

    assert names(where) == ["a.yaml", "b.yml", "c.json"]
    assert names(where, recursive=True) == ["a.yaml", "b.yml", "c.json", "sub/d.yaml"]
    assert names(f"{where}/b.yml,{where}/a.yaml") == ["b.yml", "a.yaml"]
    assert names(f"{where}/notes.txt", "-") == ["notes.txt", "in"]


def test_a_directory_without_manifests(tmp_path):
    (tmp_path / "a.txt").write_text("x")
    with pytest.raises(InputError, match="holds no manifests"):
        read_manifests([str(tmp_path)], io.StringIO())


def test_a_missing_file_and_one_that_may_not_be_read(tmp_path):
    with pytest.raises(InputError, match="does not exist"):
        read_manifests([str(tmp_path / "no.yaml")], io.StringIO())
    (tmp_path / "d.yaml").symlink_to("d.yaml")
    with pytest.raises(InputError, match=r"d\.yaml cannot be read"):
        read_manifests([str(tmp_path / "d.yaml")], io.StringIO())
    with pytest.raises(InputError, match="NUL"):
        read_manifests(["a\0b"], io.StringIO())


def test_a_directory_that_may_not_be_read(tmp_path, monkeypatch):
    def refused(_):
        raise PermissionError(13, "Permission denied")

    # Root, who may be running this, may read all of them.
    monkeypatch.setattr(Path, "iterdir", refused)
    with pytest.raises(InputError, match="cannot be read: Permission denied"):
        read_manifests([str(tmp_path)], io.StringIO())


@pytest.mark.parametrize("paths", [["-", "-"], [""], ["https://example.com/a.yaml"]])
def test_paths_that_cannot_be(paths):
    with pytest.raises(UsageError):
        read_manifests(paths, io.StringIO())


def test_windows_files_are_read():
    for data in ("﻿a: 1\r\nb: |\r\n  x\r\n".encode(), "a: 1\nb: |\n  x\n".encode("utf-16")):
        got = read_manifests(["-"], io.TextIOWrapper(io.BytesIO(data)))
        assert got[0][0] == {"a": 1, "b": "x\n"}


BROKEN = [
    ("a: b: c\n", "stdin:1:5: mapping values are not allowed in this context"),
    ("a: 1\n  b: 2\n", "stdin:2:4: mapping values are not allowed in this context"),
    ("a:\n\tb: c\n", "stdin:2:1: found character that cannot start any token"),
    ("ok: 1\n---\na: 'x\n", "stdin:4:1: found unexpected end of stream"),
    ("a: *x\n", "stdin:1:4: no anchor &x before this alias"),
    ("a: &a\n  b: *a\n", "stdin:2:6: the anchor &a would contain itself"),
    ("a: {<<: 5}\n", "stdin:1:9: << merges mappings only"),
    ("a: 1\nb: \x1b[31m\n", "stdin:2:4: control character U+001B"),
    ('a: "\x7f"\n', "stdin:1:5: control character U+007F"),
    (b"a: 1\nb: \xe9\n", "stdin:2:4: this is not UTF-8 text"),
    (b"\x89PNG\r\n", "stdin:1:1: this is not UTF-8 text"),
    ("just words\n", "stdin:1:1: this is not a Kubernetes object"),
    ("a: 1\n---\n- b\n", "stdin:3:1: this is not a Kubernetes object"),
    ("kind: List\nitems:\n- 5\n", "stdin:3:1: this is not a Kubernetes object"),
    ("kind: List\nitems: 5\n", "stdin:1:1: items of the List is not a list"),
    # Deeper than 1000 the parser itself may stop first, at another place.
    ("[" * 900, "stdin:1:201: nested more than 200 levels deep"),
    ("- " * 100_000, "stdin:1:401: nested more than 200 levels deep"),
    ('{"a":' * 300 + "1" + "}" * 300, "stdin:1:1: nested more than 200 levels deep"),
    ('{"a":' * 100_000, "stdin:1:1: nested more than 200 levels deep"),
]


@pytest.mark.parametrize(("text", "sentence"), BROKEN, ids=[sentence for _, sentence in BROKEN])
def test_broken_text_is_refused_with_its_place(text, sentence):
    error = refused(text)
    assert error.sentence == sentence
    assert error.next_step


def test_a_tab_and_a_template_have_their_own_next_steps():
    assert "tabs" in refused("a:\n\tb: c\n").next_step
    assert "helm template" in refused("a: b\n{{- if .Values.x }}\n").next_step
    assert "helm template" in refused("a: {{ .Values.x }}\n").next_step


def test_an_alias_bomb_is_refused_before_it_goes_off():
    text = "a: &a [x, x, x, x, x, x, x, x, x, x]\n"
    for one, other in zip("abcdefghijkl", "bcdefghijklm", strict=True):
        text += f"{other}: &{other} [{', '.join([f'*{one}'] * 10)}]\n"
    assert refused(text).sentence.endswith("aliases multiply the document")


def test_as_many_aliases_as_kubectl_allows_are_read():
    shared = ", ".join(["x"] * 1000)
    (got,) = read(f"a: &a [{shared}]\n" + "".join(f"b{i}: *a\n" for i in range(300)))
    assert len(got["b299"]) == 1000


def test_without_the_c_parser_the_events_are_the_same():
    text = OBJECT % "a" + "data:\n  k: [1, 'x']\n  t: |\n    lines\n  a: &x y\n  b: *x\n"

    def compose(loader):
        composer = files._Composer(Source("x", text))
        for event in yaml.parse(text, Loader=loader):
            composer.take(event)
        return composer.roots

    assert compose(yaml.SafeLoader) == compose(yaml.CSafeLoader)


@pytest.mark.parametrize("text", TEXTS, ids=[ascii(text) for text in TEXTS])
def test_every_text_comes_back_from_every_place(text):
    data = {
        "value": text,
        text: 1,
        "list": [text, [text], {"in": text}],
        "deep": {"a": {"b": text}},
    }
    written = dump_yaml([data])
    assert [d.data for d in documents(Source("x", written))] == [data]
    # A strict YAML 1.1 reader that is not ours takes it for the same.
    assert yaml.safe_load(written) == data


def test_what_is_written_looks_as_kubectl_prints_it():
    data = {
        "kind": "K",
        "list": ["a", {"b": 1, "c": [2, []]}, ["d"]],
        "text": "one\ntwo\n",
        "none": None,
        "yes": True,
        "word": "yes",
        "empty": {},
        "float": 1e30,
    }
    assert dump_yaml([data, {"a": 1}]) == (
        "kind: K\n"
        "list:\n"
        "- a\n"
        "- b: 1\n"
        "  c:\n"
        "  - 2\n"
        "  - []\n"
        "- - d\n"
        "text: |\n"
        "  one\n"
        "  two\n"
        "none: null\n"
        '"yes": true\n'
        'word: "yes"\n'
        "empty: {}\n"
        "float: 1.0e+30\n"
        "---\n"
        "a: 1\n"
    )


def test_comments_stand_beside_words_and_above_blocks():
    data = {"a": 1, "b": {"c": [{"d": "x"}, "e"]}, "long": "w" * 90}
    comments = {
        (): "the whole\nobject",
        ("a",): "one",
        ("b",): "a block",
        ("b", "c", 0): "an item",
        ("b", "c", 1): "a word",
        ("long",): "no room",
    }
    written = dump_yaml([data], [comments])
    assert written == (
        "# the whole\n# object\n"
        "a: 1  # one\n"
        "# a block\n"
        "b:\n"
        "  c:\n"
        "  # an item\n"
        "  - d: x\n"
        "  - e  # a word\n"
        "# no room\n"
        f"long: {'w' * 90}\n"
    )
    assert yaml.safe_load(written) == data


def test_a_key_too_long_for_the_simple_form():
    data = {"k" * 2000: {"a": 1}, "x": "y"}
    assert yaml.safe_load(dump_yaml([data])) == data


@pytest.mark.parametrize("value", [float("inf"), float("nan"), b"x", {1, 2}])
def test_what_json_could_not_hold_is_not_written(value):
    with pytest.raises((TypeError, ValueError)):
        dump_yaml([{"a": value}])
