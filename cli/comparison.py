"""Two runs side by side, from their documents: what differs in options, constraints, assessments, ranking, cost and durations.

Nothing here is a text of a person or a model: of rationales it says whether they differ, and that only where both runs still have
theirs. A pair is ``[of the first, of the second]``; ``None`` stands where a run has no such thing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

Document = Mapping[str, Any]
Pair = list[Any]

KEPT = "kept"
_ASSESSED = ("status", "verdict", "stance", "confidence", "model", "reused")
_SPENT = ("model_calls", "input_tokens", "output_tokens", "cache_read_tokens", "cost_usd", "reserved_usd")
_PREDICATE = ("id", "field", "operator", "value", "unit", "hard", "source", "agent")


def compared(first: Document, second: Document) -> dict[str, Any]:
    """Where two runs differ. Plain values, ready for JSON.

    Args:
        first: A run, as the API answers it.
        second: Another one.

    Returns:
        ``runs`` (head of each), ``related`` (which one is the other's parent), ``same`` (names of parts that do not differ),
        and ``incident``, ``options``, ``constraints``, ``assessments``, ``ranking``, ``cost``, ``durations``.
    """
    runs = (first, second)
    parts: dict[str, Any] = {
        "incident": _incident(runs),
        "options": _options(runs),
        "constraints": _constraints(runs),
        "assessments": _assessments(runs),
        "ranking": _ranking(runs),
        "cost": _differing({name: [(each.get("totals") or {}).get(name) for each in runs] for name in _SPENT}),
        "durations": _differing(_durations(runs)),
    }
    equal = {"constraints": not parts["constraints"]["first"] and not parts["constraints"]["second"]}
    same = [name for name, each in parts.items() if equal.get(name, not each)]
    return {"runs": [_head(each) for each in runs], "related": _related(runs), "same": same, **parts}


def _head(run: Document) -> dict[str, Any]:
    fork = run.get("fork") or {}
    head = {name: run.get(name) for name in ("run_id", "status", "created_at", "texts", "degraded")}
    outcome = fork.get("outcome") or run.get("status")
    reasons = [each.get("code") for each in run.get("reasons") or ()]
    shown = {name: each for name, each in fork.items() if name not in ("head", "outcome")}
    if shown.get("prompts"):
        # That an agent was told something else is enough; what it was told is shown with the run itself.
        shown["prompts"] = [{"agent": each.get("agent"), "instead": each.get("instead")} for each in shown["prompts"]]
    counts = {
        "options": len(run.get("options") or ()),
        "constraints": len(run.get("constraints") or ()),
    }
    return {**head, "outcome": outcome, "reasons": reasons, "fork": shown or None, **counts}


def _related(runs: Sequence[Document]) -> str:
    """``fork`` where the second is one of the first, ``parent`` the other way round, ``forks`` of two of one run; or empty."""
    names = [each.get("run_id") for each in runs]
    parents = [(each.get("fork") or {}).get("of") for each in runs]
    if parents[1] is not None and parents[1] == names[0]:
        return "fork"
    if parents[0] is not None and parents[0] == names[1]:
        return "parent"
    return "forks" if parents[0] is not None and parents[0] == parents[1] else ""


def _incident(runs: Sequence[Document]) -> list[str]:
    """Names of the fields of the incident that differ. Their values may be words of a reporter."""
    if any(each.get("texts") != KEPT for each in runs):
        return []
    one, other = (each.get("incident") or {} for each in runs)
    return [name for name in sorted(one.keys() | other.keys()) if one.get(name) != other.get(name)]


def _options(runs: Sequence[Document]) -> list[dict[str, Any]]:
    found = []
    for name, pair in _paired(runs, "options", lambda each: str(each.get("id"))):
        entry: dict[str, Any] = {
            "fields": _differing(_of_maps(pair, "fields")),
            "scores": _differing({**_of_maps(pair, "scores"), "total": [_get(each, "total") for each in pair]}),
            "violations": _differing_one([_listed(each, "violations") for each in pair]),
        }
        missing = None in pair
        if missing or any(entry.values()):
            found.append({"id": name, "in": _in(pair), **({} if missing else entry)})
    return found


def _constraints(runs: Sequence[Document]) -> dict[str, Any]:
    pairs = _paired(runs, "constraints", lambda each: "|".join(str(each.get(name)) for name in _PREDICATE[:6]))
    shown = [[each and {name: each.get(name) for name in _PREDICATE} for each in pair] for _, pair in pairs]
    return {
        "both": sum(None not in pair for pair in shown),
        "first": [one for one, other in shown if other is None],
        "second": [other for one, other in shown if one is None],
    }


def _assessments(runs: Sequence[Document]) -> list[dict[str, Any]]:
    kept = all(each.get("texts") == KEPT for each in runs)
    found = []
    for _, pair in _paired(runs, "agents", lambda each: f"{each.get('phase')} {each.get('name')}"):
        there = next(each for each in pair if each is not None)
        entry: dict[str, Any] = _differing({name: [_get(each, name) for each in pair] for name in _ASSESSED})
        if kept and None not in pair and _get(pair[0], "rationale") != _get(pair[1], "rationale"):
            entry["rationale"] = "differs"
        if None in pair or entry:
            whose = {"agent": there.get("name"), "phase": there.get("phase"), "in": _in(pair)}
            found.append({**whose, **({} if None in pair else entry)})
    return found


def _ranking(runs: Sequence[Document]) -> dict[str, Pair]:
    decisions = [each.get("decision") or {} for each in runs]
    names = ("option_id", "ranking", "total", "confidence")
    pairs = {name: [each.get(name) for each in decisions] for name in names}
    outcomes = [_head(each) for each in runs]
    told = {"outcome": [each["outcome"] for each in outcomes], "reasons": [each["reasons"] for each in outcomes]}
    return _differing({**told, **pairs})


def _durations(runs: Sequence[Document]) -> dict[str, Pair]:
    by_phase = [
        {str(phase.get("name")): phase.get("duration_seconds") for phase in each.get("phases") or ()} for each in runs
    ]
    names = list(dict.fromkeys(name for each in by_phase for name in each))
    totals = [(each.get("totals") or {}).get("duration_seconds") for each in runs]
    return {**{name: [each.get(name) for each in by_phase] for name in names}, "total": totals}


def _paired(
    runs: Sequence[Document], part: str, key: Callable[[Document], str]
) -> Iterable[tuple[str, list[Document | None]]]:
    """The entries of a part of both runs by key, those of the first in their order, then what only the second has."""
    one, other = ({key(each): each for each in run.get(part) or ()} for run in runs)
    return [(name, [one.get(name), other.get(name)]) for name in dict.fromkeys((*one, *other))]


def _of_maps(pair: Sequence[Document | None], part: str) -> dict[str, Pair]:
    maps = [(each or {}).get(part) or {} for each in pair]
    return {name: [each.get(name) for each in maps] for name in dict.fromkeys((*maps[0], *maps[1]))}


def _differing(pairs: Mapping[str, Pair]) -> dict[str, Pair]:
    return {name: pair for name, pair in pairs.items() if pair[0] != pair[1]}


def _differing_one(pair: Pair) -> Pair:
    return pair if pair[0] != pair[1] else []


def _get(of: Document | None, name: str) -> Any:
    return None if of is None else of.get(name)


def _listed(of: Document | None, name: str) -> list[Any]:
    return sorted((of or {}).get(name) or ())


def _in(pair: Sequence[Document | None]) -> str:
    return "second" if pair[0] is None else "first" if pair[1] is None else "both"
