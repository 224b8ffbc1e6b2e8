"""Sets of fields: read, written, told."""

from __future__ import annotations

import json

import pytest

from kubectl_ingress.lab.apiserver.field_sets import (
    below,
    in_order,
    item_equal,
    item_with,
    named,
    parse,
    text,
    without_below,
    write,
)

SPEC, PORTS = named("spec"), named("ports")
PORT = item_with({"protocol": "TCP", "port": 80})


def test_a_field_with_parts_is_a_member_only_where_it_says_so():
    fields = {"f:spec": {"f:a": {".": {}, "f:b": {}}, "f:c": {}, "f:d": {"f:e": {}}}}
    expected = {("f:spec", "f:a"), ("f:spec", "f:a", "f:b"), ("f:spec", "f:c")}
    assert parse(fields) == expected | {("f:spec", "f:d", "f:e")}
    assert write(parse(fields)) == fields


def test_written_in_the_order_of_the_real_server():
    fields = {
        "f:b": {},
        'k:{"name":"b"}': {},
        "f:a": {'v:"y"': {}, 'v:"x"': {}, "v:10": {}, "v:9": {}, "v:true": {}},
        'k:{"name":"a","port":10}': {},
        'k:{"name":"a","port":9}': {},
        "i:10": {},
        "i:9": {},
        'k:{"name":"a"}': {},
    }
    assert list(write(parse(fields))) == [
        "f:a",
        "f:b",
        'k:{"name":"a"}',
        'k:{"name":"a","port":9}',
        'k:{"name":"a","port":10}',
        'k:{"name":"b"}',
        "i:9",
        "i:10",
    ]
    inner = write(parse(fields))["f:a"]
    assert list(inner) == ["v:9", "v:10", 'v:"x"', 'v:"y"', "v:true"]


def test_spelling_does_not_matter():
    loose = {'k: {"protocol" : "TCP", "port": 80}': {}, "v:1.50": {}, "i:03": {}}
    assert parse(loose) == {(PORT,), ("v:1.5",), ("i:3",)}
    assert PORT == 'k:{"port":80,"protocol":"TCP"}'


def test_html_is_escaped_as_go_does():
    assert item_equal("<é&>") == 'v:"\\u003cé\\u0026\\u003e"'
    assert text((item_equal("<é&>"),)) == '[="<é&>"]'


def test_unknown_kinds_are_left_out():
    assert parse({"x:odd": {}, "f:a": {"z:odd": {"f:b": {}}}}) == {("f:a",)}


@pytest.mark.parametrize(
    ("bad", "why"),
    [
        ([], "no set of fields"),
        ("x", "no set of fields"),
        ({"f:a": None}, "no set of fields"),
        ({"odd": {}}, "missing colon"),
        ({"": {}}, "missing colon"),
        ({"k:[]": {}}, "no keys"),
        ({"v:": {}}, "Expecting value"),
        ({"i:x": {}}, "invalid literal"),
    ],
    ids=repr,
)
def test_what_is_no_set(bad, why):
    with pytest.raises(ValueError, match=why):
        parse(bad)


def test_text():
    assert text((SPEC, PORTS, PORT, named("a.b/c"))) == '.spec.ports[port=80,protocol="TCP"].a.b/c'
    assert text((named("f"), item_equal('a"b'), "i:3")) == '.f[="a\\"b"][3]'


def test_what_ends_at_a_level_is_told_before_what_goes_deeper():
    paths = [(SPEC, named("a"), named("z")), (SPEC, named("b")), (SPEC, named("a")), (named("x"),)]
    assert in_order(paths) == [paths[3], paths[2], paths[1], paths[0]]


def test_below_and_without():
    paths = parse({"f:spec": {".": {}, "f:a": {"f:b": {}}}, "f:specs": {}})
    assert below(paths, SPEC) == {("f:a", "f:b")}
    assert without_below(paths, frozenset({(SPEC,)})) == {("f:specs",)}
    assert without_below(paths, frozenset({(SPEC, "f:a")})) == {("f:specs",), (SPEC,)}


def test_a_set_is_json():
    assert json.loads(json.dumps(write(frozenset()))) == {}
