"""Nine providers, three versions: our objects are upstream's, but for what is named."""

from __future__ import annotations

import json

import pytest

from tests.providers import upstream
from tests.providers.upstream import FOLDERS, PROVIDERS, SETS, UPSTREAM

needs_upstream = pytest.mark.skipif(not UPSTREAM.exists(), reason=upstream.NOT_THERE)


@needs_upstream
@pytest.mark.parametrize(("provider", "version"), SETS)
def test_equal_field_by_field_but_for_what_is_meant(provider, version):
    found = upstream.differences(provider, version)
    assert [each for each in found if not upstream.name_of(each)] == []
    names = [upstream.name_of(each) for each in found]
    assert names.count(upstream.MARK) == 19
    # What is named is really different: a difference that has gone is to be taken off the list.
    assert len(names) == (22 if provider == "aws-nlb-tls" else 19)
    assert len(set(names)) == (4 if provider == "aws-nlb-tls" else 1)


@needs_upstream
def test_the_table_of_all_of_them(record_property):
    text = upstream.table()
    record_property("upstream", text)
    print(text)
    assert "UNNAMED" not in text
    assert len(SETS) == 27


@needs_upstream
def test_no_provider_of_upstream_is_missing():
    folder = UPSTREAM / "v1.15.1"
    there = {str(file.parent.relative_to(folder)) for file in folder.glob("**/deploy.yaml")}
    assert set(FOLDERS.values()) == there
    assert set(FOLDERS) <= set(PROVIDERS)


def test_what_was_compared_then_is_what_is_made_now():
    made = upstream.digests()
    if upstream.UPDATE:
        # A digest stands for what was compared: nothing is written down uncompared.
        assert "UNNAMED" not in upstream.table()
        upstream.DIGESTS.write_text(json.dumps(made, indent=1) + "\n")
    assert made == json.loads(upstream.DIGESTS.read_text()), (
        "compare with upstream first; meant? UPDATE_GOLDEN=1 pytest tests/providers"
    )


def test_no_placeholder_is_ever_made():
    for provider in PROVIDERS:
        assert "XXX" not in json.dumps(upstream.ours(provider, "1.15.1"))
