"""The lines that have to hold in one run of all benches: each with its bar, the figure, and whether it was held.

Figures are read from the results that the benches of that run kept; one that was not measured then counts as missed.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from operator import ge, le, lt
from pathlib import Path
from typing import Any

HELD, MISSED, NOT_MEASURED = "held", "missed", "not measured"
GIGABYTES_MB = 1024
Result = Mapping[str, Any]
Figure = Callable[[Result], float]
_SIGNS: Mapping[Callable[[float, float], bool], str] = {le: "at most", lt: "under", ge: "at least"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Criterion:
    """One thing that has to hold.

    Attributes:
        what: In words.
        result: Name of the result that has the figure.
        figure: Finds the figure in it; raises ``LookupError`` or ``ValueError`` where it is not there.
        bar: What it is held against.
        holds: Whether a figure keeps the bar.
    """

    what: str
    result: str
    figure: Figure
    bar: float
    holds: Callable[[float, float], bool] = le


def at(*names: str) -> Figure:
    """Finds a figure by the names that lead to it."""

    def found(result: Result) -> float:
        value: Any = result
        for name in names:
            value = value[name]
        return float(value)

    return found


def largest(records: str, figure: str, *, of: Callable[[str], bool] = lambda name: True) -> Figure:
    """Finds the largest figure among the records of a result whose names fit."""
    return lambda result: max(float(each[figure]) for each in result[records] if of(each["name"]))


def _agent(name: str) -> bool:
    return name.startswith("agent")


CRITERIA: Sequence[Criterion] = (
    Criterion(what="tokens of a run over the baseline's", result="deliberation", figure=at("ratio_tokens"), bar=0.40),
    Criterion(what="tokens of a run, mean", result="deliberation", figure=at("tokens_per_run"), bar=10_500),
    Criterion(
        what="cost of a run over the baseline's, constant prices",
        result="deliberation",
        figure=at("ratio_cost"),
        bar=0.30,
    ),
    Criterion(
        what="duration over the baseline's, median", result="deliberation", figure=at("ratio_duration_p50"), bar=0.40
    ),
    Criterion(
        what="duration over the baseline's, p95", result="deliberation", figure=at("ratio_duration_p95"), bar=0.40
    ),
    Criterion(what="scenarios", result="deliberation", figure=at("scenarios"), bar=100, holds=ge),
    Criterion(what="same decision, of 100", result="deliberation", figure=at("same_options"), bar=100, holds=ge),
    Criterion(
        what="same hard constraints, of 100", result="deliberation", figure=at("same_constraints"), bar=100, holds=ge
    ),
    Criterion(
        what="first answer of an agent over stock Strands",
        result="cold_start",
        figure=at("ratios", "agent"),
        bar=0.90,
    ),
    Criterion(
        what="memory of an agent, MB", result="cold_start", figure=largest("functions", "rss_mb", of=_agent), bar=65
    ),
    Criterion(
        what="first answer of a light function over stock boto3",
        result="cold_start",
        figure=at("ratios", "light"),
        bar=1.1,
    ),
    Criterion(
        what="first answer of frame over stock boto3", result="cold_start", figure=at("ratios", "frame"), bar=1.8
    ),
    Criterion(
        what="layers of an agent, MB", result="cold_start", figure=largest("layers", "unzipped_mb", of=_agent), bar=34
    ),
    Criterion(
        what="layers of a light function, MB",
        result="cold_start",
        figure=largest("layers", "unzipped_mb", of=lambda name: name == "light"),
        bar=15,
    ),
    Criterion(
        what="engine work of a run over commit 73546f3",
        result="overhead",
        figure=at("ratios", "decision_of_base"),
        bar=0.45,
    ),
    Criterion(
        what="orchestration over Strands Graph",
        result="overhead",
        figure=at("ratios", "orchestration_of_strands_graph"),
        bar=1.0,
    ),
    Criterion(what="store requests of a run over commit 73546f3", result="reads", figure=at("ratio"), bar=0.45),
    Criterion(
        what="frame deployed at 2,000 flights a day over 250",
        result="frame.2000",
        figure=at("ratio_seconds"),
        bar=1.5,
    ),
    Criterion(
        what="2,000 flights, 600 TAF and 2,000 NOTAM loaded, seconds",
        result="loading",
        figure=at("seconds"),
        bar=60,
        holds=lt,
    ),
    Criterion(
        what="ten times as much: time over ten times the time", result="loading", figure=at("ratio_of_size"), bar=1.1
    ),
    Criterion(
        what="a decision over loaded forecasts and notices over today's rows",
        result="loading",
        figure=at("ratio_decision"),
        bar=1.1,
    ),
    Criterion(what="warm calls of a function", result="isolation", figure=at("calls"), bar=1_000, holds=ge),
    Criterion(
        what="time of the last 100 calls over a young process's",
        result="isolation",
        figure=largest("functions", "over_young"),
        bar=1.05,
    ),
    Criterion(
        what="memory of the last 100 calls over the first 100",
        result="isolation",
        figure=largest("functions", "ratio_memory"),
        bar=1.05,
    ),
    Criterion(what="ten incidents at once: decided of 20", result="load.10", figure=at("decided"), bar=20, holds=ge),
    Criterion(
        what="ten incidents at once: memory, MB",
        result="load.10",
        figure=at("memory_mb"),
        bar=3 * GIGABYTES_MB,
        holds=lt,
    ),
    Criterion(
        what="hit rate over an infinite cache's", result="caches", figure=at("ratio_of_infinite"), bar=0.95, holds=ge
    ),
    Criterion(what="hit rate", result="caches", figure=at("hit_rate"), bar=0.70, holds=ge),
    Criterion(what="stale answers", result="caches", figure=at("stale"), bar=0),
    Criterion(
        what="a repeated request through the API, p95 in ms",
        result="caches",
        figure=at("api", "p95_ms"),
        bar=100,
        holds=lt,
    ),
    Criterion(
        what="of these with the decision, share",
        result="caches",
        figure=lambda result: float(result["api"]["given"] / result["api"]["asked"]),
        bar=1.0,
        holds=ge,
    ),
    Criterion(
        what="interleavings of people, clock and faults",
        result="approvals",
        figure=at("schedules"),
        bar=10_000,
        holds=ge,
    ),
    Criterion(what="of these with two outcomes", result="approvals", figure=at("double"), bar=0),
    Criterion(what="of these with an effect without its entry", result="approvals", figure=at("unaudited"), bar=0),
    Criterion(
        what="questions answered with evidence, of 20", result="chat", figure=at("with_evidence"), bar=20, holds=ge
    ),
    Criterion(what="figures in answers that no record has", result="chat", figure=at("unfounded"), bar=0),
    Criterion(
        what="tokens of a repeated question over the first's, at worst",
        result="chat",
        figure=at("worst_again"),
        bar=0.5,
    ),
    Criterion(
        what="answers given again after a table was written",
        result="chat",
        figure=at("given_after_a_table_was_written"),
        bar=0,
    ),
    Criterion(
        what="first event over the time to the decision, at worst",
        result="events",
        figure=at("ratio_most"),
        bar=0.3,
    ),
    Criterion(
        what="events of a run that a client missed or got twice",
        result="events",
        figure=lambda result: float(sum(each["missed"] + each["doubled"] for each in result["runs"])),
        bar=0,
    ),
    Criterion(
        what="recorded runs that are byte-equal when they are played, share",
        result="replay",
        figure=lambda result: float(result["equal"] / result["runs"]),
        bar=1.0,
        holds=ge,
    ),
    Criterion(what="recorded runs that are played", result="replay", figure=at("runs"), bar=1_000, holds=ge),
    Criterion(
        what="changes of the code named at their first effect",
        result="replay",
        figure=at("changes_named"),
        bar=50,
        holds=ge,
    ),
    Criterion(what="make unit, seconds", result="commands", figure=at("unit_seconds"), bar=60),
    Criterion(what="make demo, seconds", result="commands", figure=at("demo_seconds"), bar=60, holds=lt),
)


def judged(results: Mapping[str, Result], criteria: Sequence[Criterion] = CRITERIA) -> list[dict[str, Any]]:
    """Rows with each line, its bar, its figure, and how it ended.

    Args:
        results: What was measured, by name.
        criteria: The lines.
    """
    return [_judged(each, results.get(each.result)) for each in criteria]


def _judged(each: Criterion, result: Result | None) -> dict[str, Any]:
    row: dict[str, Any] = {"what has to hold": each.what, "bar": f"{_SIGNS[each.holds]} {each.bar:,g}"}
    try:
        figure = each.figure(result or {})
    except (LookupError, TypeError, ValueError, ZeroDivisionError):
        return row | {"figure": "", "ended": NOT_MEASURED}
    return row | {"figure": f"{figure:,.6g}", "ended": HELD if each.holds(figure, each.bar) else MISSED}


def kept_since(folder: Path, moment: float) -> dict[str, Result]:
    """The results that were written since a moment (seconds since 1970), by name."""
    return {
        path.stem: json.loads(path.read_text(encoding="utf-8"))
        for path in sorted(folder.glob("*.json"))
        if path.stat().st_mtime >= moment
    }
