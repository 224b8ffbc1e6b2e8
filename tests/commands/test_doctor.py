"""``kubectl ingress doctor``: what is refused before anything is asked.

What it finds is played in tests/scenarios/test_doctor.py and test_failures_traffic.py.
"""

from __future__ import annotations

import pytest

from tests.running import run


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["-o", "yaml"], "-o 'yaml' is not known"),
        (["-A", "web"], "-A goes with neither -n nor an INGRESS"),
        (["-A", "-n", "shop"], "-A goes with neither -n nor an INGRESS"),
        (["--resolver", "dns.example"], "'dns.example' is no IP address"),
        (["--max-time", "0"], "--max-time must be more than 0"),
        (["--wait", "soon"], "soon"),
    ],
)
def test_wrong_words_cost_no_round_trip(words: list[str], sentence: str) -> None:
    ran = run(["doctor", *words])
    assert (ran.status, ran.stdout) == (2, "")
    assert sentence in ran.stderr
