"""The parts of one run of all benches."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib.util import find_spec

import pytest

from bench import report
from bench.criteria import CRITERIA, HELD
from bench.criteria.parts import PARTS, Part, part_of

MOST_MINUTES = 40


def test_every_line_is_measured_by_a_part_that_exists() -> None:
    names = [each.words.split()[0] for each in PARTS]
    assert len(names) == len(set(names))
    assert all(find_spec(f"bench.{name}") for name in names)
    assert {each.result.partition(".")[0] for each in CRITERIA} <= set(names)


def test_all_of_them_are_expected_within_their_time_and_none_is_ended_before() -> None:
    seconds = [each.seconds for each in PARTS]
    assert None not in seconds
    assert sum(filter(None, seconds)) <= 60 * MOST_MINUTES
    assert max(filter(None, seconds)) * 2 <= report.PART_SECONDS


def test_a_part_is_known_by_its_words_and_anything_else_has_no_duration() -> None:
    assert part_of("scale").seconds
    assert part_of("scale --only agents") == Part(words="scale --only agents")
    assert report.expected([Part(words="a", seconds=90), Part(words="b", seconds=150), Part(words="c")]) == (
        "3 benches, about 4 minutes on a quiet machine of two cores, and c that nobody has timed"
    )


@pytest.fixture
def ran(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str]]:
    """The last word of each command, and the cloud that it was told of."""
    seen: list[tuple[str, str]] = []

    def ending(command: Sequence[str], seconds: float, environment: Mapping[str, str] | None = None) -> str:
        seen.append(
            (command[-1] if command[-1] != "--keep" else command[2], (environment or {}).get("CONCLAVE_CLOUD", ""))
        )
        return HELD

    monkeypatch.setattr(report, "ending", ending)
    monkeypatch.delenv("CONCLAVE_CLOUD", raising=False)
    return seen


TWO = [Part(words="load --at-once 10", seconds=9, on_cloud=True), Part(words="alarms", on_cloud=True)]


def test_benches_that_need_a_cloud_share_one_which_is_stopped(ran: list[tuple[str, str]]) -> None:
    rows = report._on_cloud(TWO)
    assert ran == [("up", "bench"), ("bench.load", "bench"), ("bench.alarms", "bench"), ("down", "bench")]
    assert [(row["bench"], row["about"], row["ended"]) for row in rows] == [
        ("load --at-once 10", "9", HELD),
        ("alarms", "", HELD),
    ]


@pytest.mark.parametrize(("parts", "named"), [(TWO[:1], ""), (TWO, "mine")])
def test_a_single_bench_or_a_cloud_that_is_named_needs_none(
    ran: list[tuple[str, str]], monkeypatch: pytest.MonkeyPatch, parts: list[Part], named: str
) -> None:
    if named:
        monkeypatch.setenv("CONCLAVE_CLOUD", named)
    report._on_cloud(parts)
    assert [word for word, _ in ran] == [f"bench.{each.words.split()[0]}" for each in parts]
