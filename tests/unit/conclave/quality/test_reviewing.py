"""A review judges yesterday against the days before, tells figures, and writes nothing."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from conclave.audit.chain import Act
from conclave.clock import timestamp
from conclave.figures import QUALITY_BREACHES, QUALITY_DROP, QUALITY_RUNS, SOUND_ANSWERS
from conclave.quality.reviewing import Day, Reviewed, Sample, drop, review, sampled
from conclave.records.runs import Amendment, TextState
from conclave.testing.journal import MemoryJournal
from conclave.testing.run_store import MemoryRunStore
from days_of_runs import Days, careless
from noted import Noted
from packs.example import PACK

TODAY = datetime(2026, 11, 29, 3, 30, tzinfo=UTC)
SAMPLE = Sample(runs=25, band_days=7, fewest_days=3)


class House(Days):
    """Runs of many days in memory, and the figures that a review of them tells."""

    def __init__(self) -> None:
        super().__init__(MemoryRunStore(), MemoryJournal(), TODAY)
        self.figures = Noted()

    def days(self, numbers: range, each: int = 4) -> None:
        for days_ago in numbers:
            for number in range(each):
                self.decided(days_ago, number)

    def review(self, sample: Sample = SAMPLE, **more: Any) -> Reviewed:
        return review(
            pack=PACK,
            runs=self.runs,
            journal=self.journal,
            clock=lambda: TODAY,
            sample=sample,
            observe=self.figures,
            **more,
        )


@pytest.fixture
def house() -> House:
    return House()


def test_a_day_like_the_others_is_no_drop(house: House) -> None:
    house.days(range(1, 6))
    found = house.review()
    assert (found.day.day, found.day.runs, found.day.sound) == ("2026-11-28", 4, found.day.answers)
    assert [each.day for each in found.band] == ["2026-11-24", "2026-11-25", "2026-11-26", "2026-11-27"]
    assert found.day.answers >= 8
    assert found.drop is not None
    assert found.drop <= 0
    assert house.figures.of(QUALITY_DROP) == [0.0]
    assert (house.figures.of(SOUND_ANSWERS), house.figures.of(QUALITY_RUNS)) == ([1.0], [4])


def test_answers_that_got_worse_are_a_drop_beyond_the_band(house: House) -> None:
    house.days(range(2, 6))
    for number in range(4):
        house.decided(1, number, careless)
    found = house.review()
    assert found.day.sound < found.day.answers
    assert found.drop is not None
    assert found.drop > 3
    assert house.figures.of(QUALITY_DROP) == [found.drop]
    told = {
        parts["rule"]: value
        for (metric, value), parts in zip(house.figures.told, house.figures.parts, strict=True)
        if metric is QUALITY_BREACHES
    }
    assert set(told) == {"evidence", "figure", "length", "language"}
    assert told["figure"] == found.day.answers - found.day.sound


def test_too_few_days_before_say_nothing(house: House) -> None:
    house.days(range(2, 4))
    house.decided(1, 0, careless)
    assert house.review().drop is None
    assert house.figures.of(QUALITY_DROP) == []
    assert len(house.figures.of(SOUND_ANSWERS)) == 1


def test_a_day_without_runs_says_nothing(house: House) -> None:
    house.days(range(2, 6), each=1)
    found = house.review()
    assert (found.day.answers, found.drop) == (0, None)
    assert house.figures.of(SOUND_ANSWERS) == []
    assert house.figures.of(QUALITY_RUNS) == [0]


def test_a_run_whose_texts_are_erased_is_not_judged(house: House) -> None:
    run_id = house.decided(1, 0, careless)
    erased = Amendment(
        run_id=run_id, expected=TextState.KEPT, texts=TextState.ERASED, changes={"text": ""}, records={},
        act=Act(event="texts_erased", at=timestamp(TODAY), body={}),
    )  # fmt: skip
    house.runs.amend(erased)
    assert house.review().day.answers == 0


def test_one_bad_run_does_not_keep_the_others_from_being_judged(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    bad, good = house.decided(1, 0), house.decided(1, 1)
    load = house.runs.load
    broken = RuntimeError("unreadable")

    def loaded(run_id: str, records: Any) -> Any:
        if run_id == bad:
            raise broken
        return load(run_id, records)

    monkeypatch.setattr(house.runs, "load", loaded)
    failed: list[tuple[str, Exception]] = []
    found = house.review(failed=lambda run_id, error: failed.append((run_id, error)))
    assert (found.day.runs, found.unread, failed) == (1, 1, [(bad, broken)])
    assert good != bad


def test_the_sample_is_the_same_whenever_it_is_drawn_and_no_larger(house: House) -> None:
    house.days(range(1, 2), each=6)
    first = sampled(house.runs, "2026-11-28", 4)
    assert len(first) == len(set(first)) == 4
    assert first == sampled(house.runs, "2026-11-28", 4)
    assert set(first) < set(sampled(house.runs, "2026-11-28", 100))


def test_nothing_is_written(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    house.days(range(1, 3), each=1)
    for name in ("create", "claim", "seize", "write", "publish", "wait", "amend"):
        monkeypatch.setattr(house.runs, name, None)
    for name in ("append", "replace", "once", "remove"):
        monkeypatch.setattr(house.journal, name, None)
    assert house.review().day.runs == 1


def test_a_steady_band_does_not_make_one_slip_remarkable() -> None:
    band = [Day(day=f"d{each}", runs=10, answers=100, sound=98, breaches={}) for each in range(7)]
    slip = Day(day="now", runs=10, answers=100, sound=96, breaches={})
    fall = Day(day="now", runs=10, answers=100, sound=85, breaches={})
    assert 0 < drop(slip, band) < 3 < drop(fall, band)
