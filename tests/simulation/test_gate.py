"""Some of the worse and harmless versions before the gate; ``python -m bench.gate`` judges all of them, and lets runs come in."""

from __future__ import annotations

import pytest

from bench.gate.harmless import HARMLESS
from bench.gate.judging import SMALL, Bench
from bench.gate.regressions import REGRESSIONS

WORSE = {
    "the arbiter a tier lower": "lower_tier",
    "prompts without the rule on remarks": "unheeded_remark",
    "a tool that drops a row": "lost_evidence",
    "twice the time": "seconds",
}


@pytest.fixture(scope="module")
def bench() -> Bench:
    return Bench(SMALL)


def test_there_are_enough_of_both() -> None:
    assert len({each.name for each in REGRESSIONS}) == len(REGRESSIONS) >= 20
    assert len({each.name for each in HARMLESS}) == len(HARMLESS) >= 20


@pytest.mark.slow
@pytest.mark.parametrize("name", WORSE)
def test_a_worse_version_is_refused(bench: Bench, name: str) -> None:
    (version,) = (each for each in REGRESSIONS if each.name == name)
    outcome = bench.judge(version)
    assert outcome.end == "refused"
    assert WORSE[name] in outcome.reasons


@pytest.mark.slow
@pytest.mark.parametrize("name", ["nothing", "a tool that brings one more row"])
def test_a_harmless_version_passes(bench: Bench, name: str) -> None:
    (version,) = (each for each in HARMLESS if each.name == name)
    outcome = bench.judge(version)
    assert (outcome.end, outcome.reasons) == ("promoted", ())
