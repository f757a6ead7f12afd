"""What has to hold in one run of all benches."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from bench.criteria import CRITERIA, Criterion, at, judged, kept_since, largest

TOKENS = Criterion(what="tokens", result="deliberation", figure=at("ratios", "tokens"), bar=0.4)
MEMORY = Criterion(
    what="memory", result="cold_start", figure=largest("functions", "rss_mb", of=lambda name: name != "frame"), bar=65
)


def test_a_line_has_its_bar_its_figure_and_how_it_ended() -> None:
    results: dict[str, dict[str, Any]] = {
        "deliberation": {"ratios": {"tokens": 0.4}},
        "cold_start": {"functions": [{"name": "a", "rss_mb": 65.25}, {"name": "frame", "rss_mb": 90}]},
    }
    assert judged(results, (TOKENS, MEMORY)) == [
        {"what has to hold": "tokens", "bar": "at most 0.4", "figure": "0.4", "ended": "held"},
        {"what has to hold": "memory", "bar": "at most 65", "figure": "65.25", "ended": "missed"},
    ]


def test_what_was_not_measured_is_not_held() -> None:
    without: tuple[dict[str, dict[str, Any]], ...] = ({}, {"deliberation": {}}, {"deliberation": {"ratios": None}})
    for results in without:
        (row,) = judged(results, (TOKENS,))
        assert (row["figure"], row["ended"]) == ("", "not measured")
    assert {each["ended"] for each in judged({})} == {"not measured"}


def test_only_results_of_this_run_count(tmp_path: Path) -> None:
    for name, written in (("frame.2000", 1_000), ("load.10", 2_000)):
        path = tmp_path / f"{name}.json"
        path.write_text(json.dumps({"name": name}), encoding="utf-8")
        os.utime(path, (written, written))
    assert kept_since(tmp_path, 1_500) == {"load.10": {"name": "load.10"}}
    assert kept_since(tmp_path / "nothing", 0) == {}


def test_figures_are_found_in_the_results_that_are_committed() -> None:
    folder = Path(__file__).parents[3] / "bench/results"
    found = kept_since(folder, 0)
    measured = {each.result for each in CRITERIA} & found.keys()
    rows = judged({name: found[name] for name in measured})
    told = {row["what has to hold"]: row["ended"] for row in rows}
    assert "not measured" not in {told[each.what] for each in CRITERIA if each.result in measured}
