"""Quantities and times as they are sent, and as the real API server writes them back."""

from __future__ import annotations

QUANTITIES = {
    "0": "0",
    "1": "1",
    "1.0": "1",
    "0.5": "500m",
    "1.5": "1500m",
    ".5": "500m",
    "1.": "1.",
    "100m": "100m",
    "1000m": "1",
    "1500m": "1500m",
    "0.1m": "100u",
    "0.0001n": "1n",
    "2048": "2048",
    "10000000": "10M",
    "1000k": "1M",
    "129M": "129M",
    "1E": "1E",
    "128974848000m": "128974848",
    "00100m": "00100m",
    "+5": "+5",
    "1024Ki": "1Mi",
    "1024Mi": "1Gi",
    "123Mi": "123Mi",
    "8Mi": "8Mi",
    "1.5Gi": "1536Mi",
    "0.5Ki": "512",
    "1000Ki": "1000Ki",
    "1e3": "1e3",
    "1E3": "1E3",
    "12e6": "12e6",
    "1000e3": "1e6",
    "1e1": "10",
    "5e-1": "500e-3",
}
NO_FORM = (
    "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'"
)
NO_SUFFIX = "unable to parse quantity's suffix"
NO_QUANTITIES = {
    "": NO_FORM,
    "lots": NO_FORM,
    "5x": NO_FORM,
    "1 Gi": NO_FORM,
    "1,5": NO_FORM,
    "1e": NO_SUFFIX,
    "1K": NO_SUFFIX,
    "1GiB": NO_FORM,
    "1MM": NO_SUFFIX,
}
TIMES = {
    "2020-12-01T10:00:00Z": "2020-12-01T10:00:00Z",
    "2020-12-01T10:00:00.999Z": "2020-12-01T10:00:00Z",
    "2020-12-01T10:00:00+02:00": "2020-12-01T08:00:00Z",
    "2020-12-31T23:30:00-01:00": "2021-01-01T00:30:00Z",
}
LAYOUT = "2006-01-02T15:04:05Z07:00"
NO_TIMES = {
    "": f'parsing time "" as "{LAYOUT}": cannot parse "" as "2006"',
    "soon": f'parsing time "soon" as "{LAYOUT}": cannot parse "soon" as "2006"',
    "2020-12-01": f'parsing time "2020-12-01" as "{LAYOUT}": cannot parse "" as "T"',
    "2020-1-01T10:00:00Z": f'parsing time "2020-1-01T10:00:00Z" as "{LAYOUT}": '
    'cannot parse "1-01T10:00:00Z" as "01"',
    "2020-12-01 10:00:00Z": f'parsing time "2020-12-01 10:00:00Z" as "{LAYOUT}": '
    'cannot parse " 10:00:00Z" as "T"',
    "2020-12-01T10:00:00": f'parsing time "2020-12-01T10:00:00" as "{LAYOUT}": '
    'cannot parse "" as "Z07:00"',
    "2020-12-01T10:00:00ZZ": 'parsing time "2020-12-01T10:00:00ZZ": extra text: "Z"',
    "2020-13-01T10:00:00Z": 'parsing time "2020-13-01T10:00:00Z": month out of range',
    "2020-02-30T10:00:00Z": 'parsing time "2020-02-30T10:00:00Z": day out of range',
    "2020-12-01T24:00:00Z": 'parsing time "2020-12-01T24:00:00Z": hour out of range',
    "2020-12-01T10:60:00Z": 'parsing time "2020-12-01T10:60:00Z": minute out of range',
    "2020-12-01T10:00:60Z": 'parsing time "2020-12-01T10:00:60Z": second out of range',
}
BYTES = {"": "", "YWJj": "YWJj", "YW\nJj": "YWJj", "YR==": "YQ==", "YQ=\n=\n": "YQ=="}
NO_BYTES = {
    "***": 0,
    "YWJ": 0,
    "YWJjZ": 4,
    "Y\nWJ": 1,
    "not base64!": 3,
    "hunter2!": 7,
    "YQ=": 3,
    "YQ=x": 2,
    "YQ==x": 4,
    "YWI=\nYWI=": 5,
    "A===": 1,
}
