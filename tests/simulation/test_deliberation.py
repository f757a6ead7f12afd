"""Whole decisions beside those of the baseline, and the reports that they begin with."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from packs.airline import PACK
from packs.airline.reading.plainly import read_plainly

pytest.importorskip("ctok", reason="counting tokens needs Python 3.12")

from bench.deliberation import comparing
from bench.deliberation.__main__ import NOBODY, RATIOS, bars
from bench.deliberation.comparing import Pair, figures, play_all
from evaluation.airline.scenarios.making import scenarios
from evaluation.suite import network_rows


@pytest.fixture(scope="module")
def pairs() -> Iterator[list[Pair]]:
    with pytest.MonkeyPatch.context() as patch:
        for name, value in NOBODY.items():
            patch.setenv(name, value)
        yield play_all(2, 1)


def test_both_sides_decide_the_same_and_ours_costs_less(pairs: list[Pair]) -> None:
    found = figures(pairs, 1)
    assert found["same_options"] == found["same_constraints"] == found["confidence_close"] == 2
    assert all(each.ours.option and each.ours.hard for each in pairs)
    for name in RATIOS:
        assert 0 < found[name] < 1, name
    assert found["differing"] == []


def test_the_baseline_asks_everybody_twice_with_one_model(pairs: list[Pair]) -> None:
    agents = len(comparing._pack().specialists)
    for each in pairs:
        assert each.baseline.calls >= 3 * agents + 1  # tools, answer, second answer; and the arbiter
        assert each.baseline.cost == pytest.approx(each.baseline.strong)
        assert each.ours.cost < each.ours.strong


def test_factors_of_cost_multiply(pairs: list[Pair]) -> None:
    found = figures(pairs, 1)
    product = found["ratio_cost_by_tokens"] * found["ratio_cost_by_models"]
    assert found["ratio_cost"] == pytest.approx(product, rel=0.01)


def test_a_missed_bar_is_named(pairs: list[Pair]) -> None:
    found = figures(pairs, 1) | {"same_options": 1, "ratio_tokens": 0.41}
    missed = [words for words, held in bars(found).items() if not held]
    assert "the same option in all 2" in missed
    assert "ratio_tokens at most 0.4" in missed


def test_reports_of_scenarios_need_no_model_and_mean_what_they_were_made_of() -> None:
    load = network_rows(PACK)
    told = [each for each in scenarios(7, 40, load) if each.text]
    assert told
    for each in told:
        rows = load(each.network).changed(each.changes)
        incident = read_plainly(each.text, each.received, rows).incident
        assert incident is not None, each.text
        assert (incident.flight, incident.date) == (each.incident.flight, each.incident.date)
        read = [(problem.cause, problem.minutes) for problem in incident.problems]
        assert read == [(problem.cause, problem.minutes) for problem in each.incident.problems], each.text
