"""The lab's tables beside those that a real API server makes of the same objects."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from kubectl_ingress.lab.apiserver.resources import BY_KIND
from kubectl_ingress.lab.apiserver.tables import SCALE, to_table
from tests.lab.tables_compared import LISTED, called, columns_of, differences
from tests.live.tables_bed import Reader, fill, running_bed
from tests.live.tables_objects import NAMESPACE
from tests.realcluster.fixture import REASON, inside

pytestmark = pytest.mark.skipif(not inside(), reason=REASON)
every_kind = pytest.mark.parametrize("resource", LISTED, ids=called)


@pytest.fixture(scope="module")
def reader() -> Iterator[Reader]:
    with running_bed() as bed:
        yield fill(bed)


@every_kind
def test_a_list(reader, resource):
    reading = reader.read(resource)
    ours = to_table(resource, reading.objects, reading.now)
    names = [column["name"] for column in ours["columnDefinitions"]]
    assert reading.objects
    assert columns_of(ours) == columns_of(reading.table)
    assert differences(names, reading.table["rows"], ours["rows"]) == []
    # What cells do not show: conditions, and the object's metadata.
    assert [row | {"cells": []} for row in ours["rows"]] == [
        row | {"cells": []} for row in reading.table["rows"]
    ]


@every_kind
def test_the_bookmark_of_a_watch(reader, resource):
    theirs = reader.bookmark(resource)
    told = {"metadata": theirs["rows"][0]["object"]["metadata"]}
    ours = to_table(resource, [told], datetime.now(UTC), headers=False)
    assert ours | {"metadata": theirs["metadata"]} == theirs


@every_kind
@pytest.mark.parametrize("include", ["Object", "None"])
def test_what_a_row_carries(reader, resource, include):
    reading = reader.read(resource, include)
    ours = to_table(resource, reading.objects, reading.now, include)
    carried = [row["object"] for row in reading.table["rows"]]
    assert [row["object"] for row in ours["rows"]] == carried


def test_a_scale(reader):
    path = BY_KIND["apps", "Deployment"].path(NAMESPACE, "plain") + "/scale"
    scale = reader.send("GET", path)
    theirs = reader.table(path)
    ours = to_table(SCALE, [scale], datetime.now(UTC))
    assert columns_of(ours) == columns_of(theirs)
    assert ours["rows"][0]["cells"][:3] == theirs["rows"][0]["cells"][:3] == ["plain", 2, 2]
