"""Recommendations: money that records show to be spent for nothing. Made from traces, and from nothing else."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence

from cli.ports import Document
from cli.screen.format import count, counted, duration

ENOUGH_CALLS, ENOUGH_RUNS, ENOUGH_FACTS = 5, 3, 10
"""From so many on a recommendation is more than chance."""


def recommendations(traces: Sequence[Document], slow_seconds: float) -> list[Document]:
    """The things that could cost less in the runs of some traces: a ``code``, what it is ``about``, and a sentence (``detail``).

    Args:
        traces: Traces of runs.
        slow_seconds: From which duration on a tool is slow.
    """
    return [*_prefixes(traces), *_facts(traces), *_tiers(traces), *_tools(traces, slow_seconds)]


def _prefixes(traces: Sequence[Document]) -> list[Document]:
    """Agents that pay for keeping a prefix with the provider which no call of them ever found there."""
    calls: dict[str, list[Document]] = {}
    for trace in traces:
        for span in trace.get("spans") or ():
            if span.get("kind") == "model" and not span.get("error"):
                calls.setdefault(str(span.get("id")).split("/")[2], []).append(span)
    found = []
    for agent, spans in sorted(calls.items()):
        written, read = (sum(int(each.get(f"cache_{way}_tokens") or 0) for each in spans) for way in ("write", "read"))
        if len(spans) >= ENOUGH_CALLS and written and not read:
            detail = (
                f"wrote {count(written)} tokens to the provider's cache in {count(len(spans))} calls and read none back"
            )
            found.append(
                {
                    "code": "prefix_never_hits",
                    "about": agent,
                    "detail": f"{detail}; leave the cache point out",
                }
            )
    return found


def _facts(traces: Sequence[Document]) -> list[Document]:
    """Kinds of facts that agents are shown and on which no constraint of any of these runs rests."""
    shown: dict[tuple[str, str], list[int]] = {}
    for trace in traces:
        for each in trace.get("facts") or ():
            numbers = shown.setdefault((str(each["agent"]), str(each["kind"])), [0, 0])
            numbers[0] += int(each["shown"])
            numbers[1] += int(each["cited"])
    return [
        {
            "code": "facts_unused",
            "about": f"{agent}: {kind}",
            "detail": f"shown {count(number)} times, and no constraint rests on one; a model may still have weighed them, so "
            "compare decisions before a check stops bringing them",
        }
        for (agent, kind), (number, cited) in sorted(shown.items())
        if number >= ENOUGH_FACTS and not cited
    ]


def _tiers(traces: Sequence[Document]) -> list[Document]:
    """Models of the arbiter that always chose what stood first by its total, which a cheaper one would, too."""
    chosen: dict[str, list[bool]] = {}
    for trace in traces:
        choice = trace.get("choice")
        if choice and choice.get("model"):
            chosen.setdefault(str(choice["model"]), []).append(bool(choice["stood_first"]))
    return [
        {
            "code": "tier_changes_nothing",
            "about": model,
            "detail": f"in {counted(len(firsts), 'run')} of {count(len(firsts))} it chose the option that stood first by total; "
            "try a cheaper tier for such choices",
        }
        for model, firsts in sorted(chosen.items())
        if len(firsts) >= ENOUGH_RUNS and all(firsts)
    ]


def _tools(traces: Sequence[Document], slow_seconds: float) -> Iterator[Document]:
    """Tools that are slow, never called, called again in vain, or whose answers could be kept."""
    calls: dict[str, list[tuple[str, Document]]] = defaultdict(list)
    offered: Counter[tuple[str, str]] = Counter()
    called: set[tuple[str, str]] = set()
    for trace in traces:
        for agent, names in (trace.get("offered") or {}).items():
            offered.update((str(agent), str(name)) for name in names)
        for each in trace.get("tools") or ():
            calls[str(each["name"])].append((str(trace.get("run_id")), each))
            if not each["check"]:
                called.add((str(each["agent"]), str(each["name"])))
    for (agent, name), times in sorted(offered.items()):
        if times >= ENOUGH_RUNS and (agent, name) not in called:
            yield {
                "code": "tool_unused",
                "about": f"{agent}: {name}",
                "detail": f"offered in {counted(times, 'run')} and never called, and every request carries its description; "
                "offer it where it fits, or not at all",
            }
    for name, of in sorted(calls.items()):
        yield from _calls_of(name, of, slow_seconds)


def _calls_of(name: str, calls: Sequence[tuple[str, Document]], slow_seconds: float) -> Iterator[Document]:
    slow = [each for _, each in calls if float(each["duration_seconds"]) > slow_seconds]
    if slow:
        longest = max(float(each["duration_seconds"]) for each in slow)
        detail = f"{count(len(slow))} of {counted(len(calls), 'call')} were slow, the longest took {duration(longest)}"
        yield {
            "code": "tool_slow",
            "about": name,
            "detail": f"{detail}; an agent waits for it before its model is asked",
        }
    # The same question and answer: within one answer of a model it took a turn for nothing; elsewhere it was worked out anew.
    # A check has no arguments, and so two of them with the same answer need not have been asked the same.
    asked = Counter((run, each["agent"], each["phase"], each["hash"]) for run, each in calls if _told(each))
    again = sum(times - 1 for times in asked.values())
    if again:
        detail = f"a model called it {counted(again, 'time')} more with the same arguments, and got the same answer"
        yield {"code": "tool_repeated", "about": name, "detail": f"{detail}; each took a turn of the model"}
    same = sum(times - 1 for times in Counter(each["hash"] for _, each in calls if _told(each)).values()) - again
    if same >= ENOUGH_CALLS:
        detail = f"{count(same)} of {counted(len(calls), 'call')} had the arguments and the answer of an earlier one"
        yield {"code": "tool_cacheable", "about": name, "detail": f"{detail}; what it answers could be kept"}


def _told(call: Document) -> bool:
    """True of a call by a model of which the record tells what it was, by its hash."""
    return bool(call["hash"]) and not call["check"]
