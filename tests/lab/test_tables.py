"""Our tables beside those of a real API server, as tests/live/tables_bed.py wrote them down."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from functools import cache

import pytest

from kubectl_ingress.lab.api import Json
from kubectl_ingress.lab.apiserver.ages import between, human_duration, since
from kubectl_ingress.lab.apiserver.resources import BY_KIND, RESOURCES, Resource
from kubectl_ingress.lab.apiserver.tables import COLUMNS, SCALE, to_table
from tests.lab.tables_compared import LISTED, called, columns_of, differences, file_of

NOW = datetime(2026, 3, 4, 5, 6, 7, 800_000, tzinfo=UTC)
every_kind = pytest.mark.parametrize("resource", LISTED, ids=called)


@cache
def recorded(resource: Resource) -> Json:
    return json.loads(file_of(resource).read_text())


def table_of(resource: Resource) -> Json:
    told = recorded(resource)
    return to_table(resource, told["objects"], datetime.fromisoformat(told["now"][0]))


@every_kind
def test_columns_are_those_of_the_real_server(resource):
    assert columns_of(table_of(resource)) == recorded(resource)["columns"]


@every_kind
def test_cells_are_those_of_the_real_server(resource):
    theirs = recorded(resource)
    names = [column[0] for column in theirs["columns"]]
    assert theirs["rows"]
    assert differences(names, theirs["rows"], table_of(resource)["rows"]) == []


@every_kind
def test_conditions_are_those_of_the_real_server(resource):
    mine = [row.get("conditions", []) for row in table_of(resource)["rows"]]
    assert mine == [row["conditions"] for row in recorded(resource)["rows"]]


@every_kind
def test_a_bookmark_of_a_watch_is_a_row_too(resource):
    bookmark = {"metadata": {"resourceVersion": "7"}}
    (row,) = to_table(resource, [bookmark], NOW, headers=False)["rows"]
    assert [row["cells"]] == recorded(resource)["bookmark"]
    assert row["object"]["metadata"] == {"resourceVersion": "7"}


def test_what_was_recorded_has_the_states_that_matter():
    def column(kind: str, place: int, group: str = "") -> set[str]:
        return {row["cells"][place] for row in recorded(BY_KIND[group, kind])["rows"]}

    reasons = {"CrashLoopBackOff", "ImagePullBackOff", "Completed", "Terminating", "Init:1/2"}
    assert reasons | {"Unknown", "SchedulingGated", "NotReady"} <= column("Pod", 2)
    assert {"Complete", "Failed", "Suspended", "Terminating"} <= column("Job", 1, "batch")
    assert {"<none>", "<pending>", "www.example.com"} <= column("Service", 3)
    assert {"NotReady,SchedulingDisabled", "Unknown"} <= column("Node", 1)
    assert {"80", "80, 443"} == column("Ingress", 4, "networking.k8s.io")


def test_no_column_is_for_a_kind_that_is_not_served():
    assert set(COLUMNS) <= {resource.kind for resource in (*RESOURCES, SCALE)}


def test_rows_carry_metadata_the_object_or_nothing():
    pods = BY_KIND["", "Pod"]
    obj = recorded(pods)["objects"][0]
    (metadata, whole, nothing) = (
        to_table(pods, [obj], NOW, include)["rows"][0]["object"]
        for include in ("Metadata", "Object", "None")
    )
    assert metadata == {
        "kind": "PartialObjectMetadata",
        "apiVersion": "meta.k8s.io/v1",
        "metadata": obj["metadata"],
    }
    assert whole == {"kind": "Pod", "apiVersion": "v1", **obj}
    assert nothing is None


def test_rows_of_daemon_sets_leave_out_what_only_apps_v1_has():
    kind = BY_KIND["apps", "DaemonSet"]
    added = {"deprecated.daemonset.template.generation": "1"}
    metadata = {"name": "a", "annotations": added}
    both = {"name": "b", "annotations": added | {"own": "x"}}
    rows = to_table(kind, [{"metadata": metadata}, {"metadata": both}], NOW)["rows"]
    assert [row["object"]["metadata"] for row in rows] == [
        {"name": "a"},
        {"name": "b", "annotations": {"own": "x"}},
    ]
    assert metadata["annotations"] == added


def test_a_row_without_conditions_does_not_speak_of_them():
    pods = BY_KIND["", "Pod"]
    assert set(to_table(pods, [{"metadata": {}}], NOW)["rows"][0]) == {"cells", "object"}


def test_rows_are_in_the_order_of_the_objects():
    pods = BY_KIND["", "Pod"]
    objects = recorded(pods)["objects"][::-1]
    names = [row["cells"][0] for row in to_table(pods, objects, NOW)["rows"]]
    assert names == [obj["metadata"]["name"] for obj in objects]


def test_a_table_without_objects_has_columns_and_no_rows():
    table = to_table(BY_KIND["", "Secret"], [], NOW)
    assert (table["kind"], table["apiVersion"]) == ("Table", "meta.k8s.io/v1")
    assert table["metadata"] == {}
    assert [column["name"] for column in table["columnDefinitions"]] == [
        "Name",
        "Type",
        "Data",
        "Age",
    ]
    assert table["rows"] == []


def test_a_scale():
    scale = {"metadata": {"name": "web"}, "spec": {"replicas": 3}, "status": {"replicas": 2}}
    table = to_table(SCALE, [scale], NOW)
    names = [column["name"] for column in table["columnDefinitions"]]
    assert names == ["Name", "Desired", "Available", "Age"]
    # The only kind whose name is not of the format "name".
    assert table["columnDefinitions"][0]["format"] == ""
    assert table["rows"][0]["cells"] == ["web", 3, 2, "<unknown>"]
    (row,) = to_table(SCALE, [scale], NOW, "Object")["rows"]
    assert row["object"] == {"kind": "Scale", "apiVersion": "autoscaling/v1", **scale}


def test_later_events_of_a_watch_have_no_columns():
    assert to_table(BY_KIND["", "Secret"], [], NOW, headers=False)["columnDefinitions"] is None


@every_kind
def test_fields_may_be_null(resource):
    """A status that is not written yet, and fields that a client has set to null."""

    def nulled(obj: Json) -> Json:
        return {key: None if isinstance(value, list) else value for key, value in obj.items()}

    for obj in recorded(resource)["objects"]:
        bare = {**nulled(obj), "status": {}}
        halfway = {**bare, "status": nulled(obj.get("status", {}))}
        rows = to_table(resource, [bare, halfway], NOW)["rows"]
        assert [None in row["cells"] for row in rows] == [False, False]


SECOND, HOUR, DAY, YEAR = 1, 3600, 86400, 365 * 86400


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (-2, "<invalid>"),
        (-1.999, "0s"),
        (-1, "0s"),
        (0.999, "0s"),
        (119.999, "119s"),
        (120, "2m"),
        (121, "2m1s"),
        (599, "9m59s"),
        (600, "10m"),
        (3 * HOUR - 1, "179m"),
        (3 * HOUR, "3h"),
        (3 * HOUR + 60, "3h1m"),
        (8 * HOUR - 1, "7h59m"),
        (8 * HOUR, "8h"),
        (8 * HOUR + 1800, "8h"),
        (2 * DAY - 1, "47h"),
        (2 * DAY, "2d"),
        (2 * DAY + HOUR, "2d1h"),
        (8 * DAY - 1, "7d23h"),
        (8 * DAY, "8d"),
        (8 * DAY + HOUR, "8d"),
        (2 * YEAR - 1, "729d"),
        (2 * YEAR, "2y"),
        (2 * YEAR + DAY, "2y1d"),
        (8 * YEAR - 1, "7y364d"),
        (8 * YEAR, "8y"),
        (8 * YEAR + DAY, "8y"),
    ],
)
def test_durations_are_rounded_as_kubectl_does(seconds, text):
    assert human_duration(timedelta(seconds=seconds)) == text


def test_the_age_of_what_has_no_time_is_unknown():
    assert since(None, NOW) == since("", NOW) == "<unknown>"
    assert since("2026-03-04T05:04:06Z", NOW) == "2m1s"
    assert since("2026-03-04T05:06:06.900000Z", NOW) == "0s"
    assert between("2026-03-04T05:06:07Z", "2026-03-04T05:09:07Z") == "3m"
