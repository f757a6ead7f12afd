"""Recorded runs: what people did about them, and what today's code makes of the same report on the same data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import mean
from typing import Any

from conclave.audit.canonical import sha256
from conclave.codec import as_text
from conclave.pack import Pack

from evaluation.cases.form import Recorded
from evaluation.data import Rows
from evaluation.measuring.saved import Case
from evaluation.report import in_document, option_key
from evaluation.room import decide

NOTHING_OF_IT = "none"
OVERRIDE = "override"
HALTED = "halted"


@dataclass(frozen=True, slots=True, kw_only=True)
class Replayed:
    """A recorded run beside what people did, and beside what is decided today.

    Attributes:
        name: Its name in the suite.
        case: What the same report is called in another suite.
        recorded: The option that the run chose, by what it does; ``halted`` without one.
        done: The option that people carried out or chose instead; empty where nobody said.
        overridden: Whether they chose another one than the run.
        rating: What they thought of it, mean, 1 to 5; 0 where nobody rated.
        now: What is decided today; empty where the data cannot be made again.
        tokens: Of the run.
        cost_usd: Of the run.
        seconds: Of the run.
    """

    name: str
    case: str
    recorded: str
    done: str
    overridden: bool
    rating: float
    now: str
    tokens: int
    cost_usd: float
    seconds: float


def replayed(name: str, entry: Recorded, pack: Pack, rows: Rows | None) -> Replayed:
    """A recorded run, decided anew on rows where there are any."""
    run = entry.run
    done = done_about(run)
    decision = run.get("decision") or {}
    chosen = _option(run, str(decision.get("option_id") or ""))
    figures = in_document(run)
    given = [int(each.get("rating") or 0) for each in run.get("feedback") or () if each.get("rating")]
    return Replayed(
        name=name,
        case=case_of(run),
        recorded=chosen or HALTED,
        done=done,
        overridden=any(each["act"] == OVERRIDE for each in _acts(run)),
        rating=mean(given) if given else 0.0,
        now=_now(run, pack, rows) if rows is not None else "",
        tokens=figures["tokens"],
        cost_usd=figures["cost_usd"],
        seconds=float(run["totals"].get("duration_seconds", 0.0)),
    )


def case_of(run: Mapping[str, Any]) -> str:
    """The same for the same report: of its words, or of its fields where it came typed; and of its day."""
    said = run.get("text") or as_text(dict(run.get("incident") or {}))
    return f"{run['created_at'][:10]}/{sha256(str(said).encode())[:16]}"


def done_about(run: Mapping[str, Any]) -> str:
    """The option that people carried out, or else chose, by what it does; empty where nobody said.

    What was carried out counts more than what was decided, and the newest word more than an older one.
    """
    carried = [str(each.get("done") or "") for each in run.get("feedback") or ()]
    carried = [each for each in carried if each]
    if carried:
        return HALTED if carried[-1] == NOTHING_OF_IT else _option(run, carried[-1])
    chosen = [str(each["option_id"]) for each in _acts(run) if each["act"] in (OVERRIDE, "approve")]
    return _option(run, chosen[-1]) if chosen else ""


def case(found: Replayed) -> Case:
    """A recorded run as a case that can be compared with another run of the same report: as it is decided today, or was.

    It is right where it comes to what people did. Tokens, cost and time are those of the run as it was.
    """
    return Case(
        case=found.case,
        option="" if (found.now or found.recorded) == HALTED else found.now or found.recorded,
        right=(found.now or found.recorded) == found.done if found.done else None,
        tokens=found.tokens,
        cost_usd=found.cost_usd,
        seconds=found.seconds,
    )


def figures(found: Sequence[Replayed]) -> dict[str, Any]:
    """What people did about runs, and how many are decided today as they were, and as people did."""
    told = [each for each in found if each.done]
    again = [each for each in found if each.now]
    again_told = [each for each in again if each.done]
    rated = [each.rating for each in found if each.rating]
    return {
        "runs": len(found),
        "overridden": sum(each.overridden for each in found),
        "rating": round(mean(rated), 3) if rated else None,
        "done": {"of": len(told), "as_recorded": sum(each.done == each.recorded for each in told)},
        "decided_again": {
            "of": len(again),
            "as_recorded": sum(each.now == each.recorded for each in again),
            "people_said": len(again_told),
            "as_people": sum(each.now == each.done for each in again_told),
        },
        "otherwise": [
            {"run": each.name, "recorded": each.recorded, "now": each.now, "done": each.done}
            for each in again
            if each.now != each.recorded
        ],
    }


def _now(run: Mapping[str, Any], pack: Pack, rows: Rows) -> str:
    """The option that today's code chooses for the report, at the time at which it came."""
    report: dict[str, Any] = {"text": run["text"]} if run.get("text") else {"incident": dict(run.get("incident") or {})}
    outcome = decide(pack=pack, tables=rows, received=run["created_at"], **report)
    option = next((each for each in outcome.options if each["id"] == outcome.decision.option_id), None)
    return option_key(option) or HALTED


def _acts(run: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    return (run.get("approval") or {}).get("acts") or ()


def _option(run: Mapping[str, Any], option_id: str) -> str:
    return option_key(next((each for each in run["options"] if each["id"] == option_id), None))


def as_recorded(runs: Mapping[str, Recorded], pack: Pack) -> list[Case]:
    """Recorded runs as cases, as they were: nothing is decided anew."""
    return [case(replayed(name, entry, pack, None)) for name, entry in runs.items()]
