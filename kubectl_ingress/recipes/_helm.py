"""A Chart as the command that installs it: pure."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping

from kubectl_ingress.recipes import Chart

_SPECIAL = str.maketrans({",": r"\,", ".": r"\.", "=": r"\=", "[": r"\[", "]": r"\]"})


def command(chart: Chart) -> str:
    """What to type where the program `helm` is at hand."""
    is_image = chart.repository.startswith("oci://")
    named = f"{chart.repository}/{chart.chart}" if is_image else chart.chart
    words = ["helm", "upgrade", "--install", chart.release, named]
    if not is_image:
        words += ["--repo", chart.repository]
    words += ["--version", chart.version, "-n", chart.namespace, "--create-namespace"]
    return shlex.join([*words, *_settings(chart.values)])


def _settings(values: Mapping[str, object], path: str = "") -> Iterator[str]:
    """``--set a.b=true`` for each leaf; texts stay texts."""
    for key, value in values.items():
        place = f"{path}.{key.translate(_SPECIAL)}".lstrip(".")
        if isinstance(value, Mapping):
            yield from _settings(value, place)
        elif isinstance(value, str):
            yield from ("--set-string", f"{place}={value.replace(',', chr(92) + ',')}")
        else:
            yield from ("--set", f"{place}={str(value).lower()}")
