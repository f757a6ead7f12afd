"""Fifty changes of prompts, prices, rules, roundings and orders, each with the steps at which it may be seen first."""

from __future__ import annotations

from dataclasses import dataclass

_ENGINE = "layers/conclave/python/conclave"
_AIRLINE = "layers/packs/python/packs/airline"
FIRST_CALL = ("frame", "recommend/crew_compliance")
"""The first exchange of a run: in framing where a model reads the report, or the first agent's."""


@dataclass(frozen=True, slots=True)
class Change:
    """One change: a text that stands exactly once in a file, and its replacement.

    Attributes:
        name: What is another then.
        path: Of the file, from the root.
        before: The text that stands there.
        after: The text that comes in its place.
        steps: The steps of which one has to be named; one that ends with ``/`` names those that begin so.
    """

    name: str
    path: str
    before: str
    after: str
    steps: tuple[str, ...]


def _prompt(agent: str, before: str, after: str, phase: str = "recommend") -> Change:
    path = f"{_AIRLINE}/prompts/{agent}.md"
    return Change(f"a line of the prompt of {agent}", path, before, after, (f"{phase}/{agent}", "frame"))


def _engine(name: str, module: str, before: str, after: str, *steps: str) -> Change:
    return Change(name, f"{_ENGINE}/{module}", before, after, steps)


def _airline(name: str, module: str, before: str, after: str, *steps: str) -> Change:
    return Change(name, f"{_AIRLINE}/{module}", before, after, steps or ("frame",))


CHANGES = (
    _prompt("crew_compliance", "legal but fragile", "legal and sound"),
    _prompt("maintenance", "small margins, an interval that ends", "small margins"),
    _prompt("regulatory", "within 30 minutes of a closure", "within 20 minutes of a closure"),
    _prompt("network", "1 is no knock-on", "0 is no knock-on"),
    _prompt("guest_experience", "or wait over four hours", "or wait over five hours"),
    _prompt("cargo", "under two hours of margin", "under three hours of margin"),
    _prompt("finance", "exceeds a third of", "exceeds half of"),
    _prompt("arbiter", "another is within 0.02", "another is within 0.05", "arbitrate"),
    _engine("a rule for specialists", "agents/prompts.py", "you lift none.", "you may lift one.", "frame"),
    _engine("a rule for the arbiter", "agents/prompts.py", "Justification: two sentences.", "Justify.", "frame"),
    _engine("what is asked again", "agents/prompts.py", "scores: [] if all stand.", "scores: all.", "revise/"),
    _engine(
        "the form of an answer",
        "agents/answer_form.py",
        "all option ids, best first",
        "option ids, best first",
        "arbitrate/arbiter",
    ),
    _engine("the price of input", "money/prices.json", '"input": "0.10"', '"input": "0.11"', *FIRST_CALL),
    _engine("the price of output", "money/prices.json", '"output": "0.50"', '"output": "0.51"', *FIRST_CALL),
    _engine("the day of the prices", "money/prices.json", '"as_of": "2026-11-21"', '"as_of": "2026-11-22"', "frame"),
    _engine(
        "the model of a tier",
        "agents/models.json",
        '"strong": "global.anthropic.claude-sonnet-5-5"',
        '"strong": "global.anthropic.claude-haiku-5-5"',
        "frame",
    ),
    _engine("the share of framing", "money/allotments.py", "FRAMING_PERCENT = 8", "FRAMING_PERCENT = 9", "frame"),
    _engine("digits of a score", "deliberation/scoring.py", "SCORE_DIGITS = 6", "SCORE_DIGITS = 5", "frame"),
    _engine("digits of an amount", "money/amounts.py", "DIGITS = 9", "DIGITS = 3", *FIRST_CALL),
    _engine(
        "rounding of nano-dollars",
        "money/amounts.py",
        "to_integral_value(ROUND_CEILING)",
        "to_integral_value() + 1",
        *FIRST_CALL,
    ),
    _engine(
        "rounding of a call's time",
        "agents/meter.py",
        "after_seconds=round(started, 3)",
        "after_seconds=round(started + 0.01, 2)",
        *FIRST_CALL,
    ),
    _engine(
        "rounding of a check's time",
        "agents/checks.py",
        "after_seconds=round(started, 3)",
        "after_seconds=round(started + 0.01, 2)",
        "recommend/crew_compliance",
    ),
    _engine(
        "the order of constraints",
        "deliberation/constraints.py",
        "for identity in sorted(united)",
        "for identity in sorted(united, reverse=True)",
        "recommend/",
    ),
    _engine(
        "what is feasible",
        "deliberation/collate.py",
        "if not violations(option, constraints))",
        "if not violations(option, constraints, hard=False))",
        "collate recommend",
    ),
    _engine(
        "who answers again",
        "deliberation/collate.py",
        "() if phase is not Phase.RECOMMEND else",
        "() if phase is not Phase.ARBITRATE else",
        "collate recommend",
    ),
    _engine(
        "what a decision's total is",
        "deliberation/decide.py",
        "total=chosen.total",
        "total=choice.confidence",
        "decide",
    ),
    _engine(
        "what is told of a decision's cost",
        "steps/audit_entries.py",
        '"cost_usd": decision.usage.cost_usd',
        '"cost_usd": round(decision.usage.cost_usd, 3)',
        "decide",
    ),
    _engine(
        "what is told of an incident",
        "steps/audit_entries.py",
        '"incident": digest(outcome.incident)',
        '"incident": digest(dict(outcome.incident, x=1))',
        "frame",
    ),
    _engine(
        "what is told at the end",
        "steps/audit_entries.py",
        '"records": {name: sha256(data) for name, data in records.items()}',
        '"records": {name: sha256(data) for name, data in list(records.items())[:1]}',
        "publish",
    ),
    _engine(
        "where a choice is close",
        "pack/arbitration.py",
        "clear: float = 0.10",
        "clear: float = 0.0001",
        "arbitrate/arbiter",
    ),
    _engine(
        "facts in a prompt", "agents/prompts.py", "FACTS_CHARACTERS = 16_000", "FACTS_CHARACTERS = 160", "recommend/"
    ),
    _airline("what counts as cheap", "scores.py", "COST_SCALE_USD = 120_000.0", "COST_SCALE_USD = 125_000.0"),
    _airline("the floor of safety", "scores.py", "SAFETY_FLOOR = 0.4", "SAFETY_FLOOR = 0.41"),
    _airline(
        "when range counts in full",
        "scores.py",
        '("range_margin_km", 500.0, 0.10)',
        '("range_margin_km", 9_000.0, 0.10)',
    ),
    _airline("what waiting weighs", "scores.py", "PASSENGER_SCALE_MINUTES = 180.0", "PASSENGER_SCALE_MINUTES = 175.0"),
    _airline("the weights", "scores.py", 'name="cost", weight=0.2', 'name="cost", weight=0.2000001'),
    _airline("rounding of dollars", "planning/costs.py", "return round(round(amount, 4))", "return int(amount) + 1"),
    _airline(
        "rounding of a place",
        "planning/drawing.py",
        "lat=round(each.lat, 3)",
        "lat=round(each.lat, 1)",
    ),
    _airline("how often there is a meal", "planning/costs.py", "MEAL_EVERY_MINUTES = 360", "MEAL_EVERY_MINUTES = 60"),
    _airline("options that are offered", "bounds.py", "BEST_OPTIONS = 6", "BEST_OPTIONS = 1"),
    _airline(
        "the order of delays",
        "planning/options/waiting.py",
        "return sorted(delays | weather_delays(situation, first)",
        "return sorted(-each for each in delays | weather_delays(situation, first)",
    ),
    _airline(
        "flights of a rotation",
        "tools/network.py",
        "for each in later[:5]",
        "for each in later[:1]",
        "recommend/network",
    ),
    _airline(
        "how late a rotation may be",
        "tools/network.py",
        '"downstream_delay_minutes", 360',
        '"downstream_delay_minutes", 300',
        "recommend/network",
    ),
    _airline(
        "groups that connect",
        "tools/guest_experience.py",
        "onward.most_common(8)",
        "onward.most_common(1)",
        "recommend/guest_experience",
    ),
    _airline(
        "whom guests want stranded",
        "tools/guest_experience.py",
        '"passengers_stranded", 0',
        '"passengers_stranded", 1',
        "recommend/guest_experience",
    ),
    _airline("what finance prefers", "tools/finance.py", "// 3, evidence", "// 4, evidence", "recommend/finance"),
    _airline(
        "what a tool is called for",
        "tools/finance.py",
        "Hourly rates and seats of an aircraft type.",
        "Rates of an aircraft type.",
        "recommend/finance",
    ),
    _airline(
        "what an agent weighs",
        "agents.py",
        'Objective(field="total_cost_usd", goal="min")',
        'Objective(field="total_cost_usd", goal="max")',
        "recommend/finance",
    ),
    _airline(
        "what finance is shown",
        "agents.py",
        '"compensation_usd", "care_usd"',
        '"care_usd", "compensation_usd"',
        "recommend/finance",
    ),
    _airline("when people are asked", "__init__.py", "value=1_440", "value=30", "decide"),
    _airline("the version of the pack", "__init__.py", 'version="1.0.0"', 'version="1.0.1"'),
)
