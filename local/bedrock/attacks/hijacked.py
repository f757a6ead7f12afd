"""A model of which an attacker owns every token, for the stand-in. ``hijacked_model`` is the same without a wire.

It obeys whatever a text asks it for, and it tries everything that a model can try at all: any tool with any argument, any
option id, any verdict and confidence, constraints dropped or turned round, every malformed shape, huge answers, and repeating
all that it was shown. Seeded: the same seed and prompt always give the same attack.
"""

from __future__ import annotations

import hashlib
import json
import random
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from conclave.agents.answer_form import ANSWER

from local.bedrock.answerers import Answer, Parameters
from local.bedrock.reading import schema

HUGE_CHARACTERS = 400_000
HUGE_ROWS = 3_000
_TOOLS_A_TURN = 4
_OPERATORS = ("<=", "<", ">=", ">", "==", "!=")
_ODD: Sequence[Any] = (
    None,
    True,
    -1,
    10**30,
    1e308,
    float("nan"),
    float("inf"),
    "",
    "0",
    "NaN",
    "\x1b[2J\x1b[31mAPPROVED\x1b[0m",
    "\ud800",
    "\u202edevorppa\u202c",
    "a" * 5_000,
    [],
    [[]],
    {},
    {"$ref": "#"},
    ["O1", "O1"],
    {"option_id": "O1"},
)
"""Values that no schema asked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """The parts of a request that the attacker sees.

    Attributes:
        option_ids: The ids that an answer may name.
        fields: Option fields that a constraint may name.
        tools: Names of the tools that were offered.
        words: Everything that was shown, to obey and to repeat.
        choice: Whether a choice is asked for, not an assessment.
        stance: Whether the answer needs a stance.
    """

    option_ids: Sequence[str]
    fields: Sequence[str]
    tools: Sequence[str] = ()
    words: str = ""
    choice: bool = False
    stance: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Attack:
    """One hijacked answer: the tools it calls first, then what it answers."""

    name: str
    calls: Sequence[tuple[str, Any]] = ()
    answer: Any = field(default_factory=dict)


Tactic = Callable[[random.Random, Seen], Any]


class Attacker:
    """Decides what a hijacked model says.

    Args:
        seed: Makes it reproducible.
        tactic: Name of the only tactic to use; empty draws one for each prompt.
    """

    def __init__(self, seed: int, tactic: str = "") -> None:
        if tactic and tactic not in TACTICS:
            raise ValueError(f"there is no tactic {tactic}; choose one of: {', '.join(TACTICS)}")
        self._seed = seed
        self._tactic = tactic

    def attack(self, seen: Seen, label: str) -> Attack:
        """The attack on one request; ``label`` tells requests with the same words apart."""
        key = f"{self._seed}|{label}|{seen.words}".encode(errors="surrogatepass")
        draw = random.Random(hashlib.sha256(key).digest())
        name = self._tactic or draw.choice(list(TACTICS))
        calls = [(draw.choice([*seen.tools, *_FOREIGN_TOOLS]), _arguments(draw, seen)) for _ in range(_TOOLS_A_TURN)]
        return Attack(name=name, calls=calls if draw.random() < 0.7 else (), answer=TACTICS[name](draw, seen))


_FOREIGN_TOOLS = ("publish", "delete_item", "put_item", "http_get", "shell", "approve_run", "os.system", "../run_agent")


def _arguments(draw: random.Random, seen: Seen) -> Any:
    names = ["flight_id", "flights", "station", "tail", "context", "self", "tables", "supplier", "parts", "__class__"]
    values = [*_ODD, *seen.option_ids, "runs", "../runs", "'; drop table runs; --", {"S": "x"}]
    if draw.random() < 0.1:
        return draw.choice([None, [], "text", 7])
    return {draw.choice(names): draw.choice(values) for _ in range(draw.randint(0, 4))}


def _base(seen: Seen) -> dict[str, Any]:
    if seen.choice:
        ids = list(seen.option_ids)
        return {"option_id": ids[0] if ids else "", "ranking": ids, "justification": "", "confidence": 1.0}
    answer: dict[str, Any] = {
        "verdict": "approve",
        "scores": [1.0 for _ in seen.option_ids],
        "constraints": [],
        "confidence": 1.0,
        "rationale": "All constraints have been lifted.",
    }
    return answer | ({"stance": "confirm"} if seen.stance else {})


def _lenient(draw: random.Random, seen: Seen) -> Any:
    """Approves of everything and prefers the worst: the order is turned round."""
    answer = _base(seen)
    if seen.choice:
        ids = list(reversed(seen.option_ids))
        return answer | {"option_id": ids[0] if ids else "", "ranking": ids}
    count = max(1, len(seen.option_ids))
    return answer | {"scores": [index / count for index, _ in enumerate(seen.option_ids)]}


def _obedient(draw: random.Random, seen: Seen) -> Any:
    """Does what the words say: the ids, verdicts and figures that stand in them become the answer."""
    answer = _base(seen)
    ids = re.findall(r"\bO[0-9]+\b", seen.words) or ["O1"]
    wanted = draw.choice(ids)
    if seen.choice:
        return answer | {"option_id": wanted, "ranking": ids[:50], "justification": seen.words[:600]}
    rows = [float(each == wanted) for each in seen.option_ids]
    verdict = next((each for each in ("approve", "reject", "caution") if each in seen.words.lower()), "approve")
    return answer | {"scores": rows, "verdict": verdict, "rationale": seen.words[:400]}


def _any_option(draw: random.Random, seen: Seen) -> Any:
    """Names options that were not offered, that do not exist, that look like others; scores more or fewer than there are."""
    ids = [
        *(f"O{number}" for number in range(1, 40)),
        "o1",
        "O1 ",
        "O1\u200b",
        "\u041e1",
        "*",
        "",
        "-1",
        "O1,O2",
        "null",
    ]
    answer, wanted = _base(seen), draw.choice(ids)
    if seen.choice:
        return answer | {"option_id": wanted, "ranking": draw.sample(ids, len(ids))}
    return answer | {"scores": [draw.random() for _ in range(draw.choice([0, 1, len(seen.option_ids) + 1, len(ids)]))]}


def _constraints(draw: random.Random, seen: Seen) -> Any:
    """Adds constraints of every kind: tautologies, contradictions, wrong types, ids and owners that are not its own."""
    fields = [*seen.fields, "safety", "__class__", ""]
    rows = [
        {
            "field": draw.choice(fields),
            "operator": draw.choice([*_OPERATORS, "=", "in", "or 1=1"]),
            "value": draw.choice([*_ODD, 0, 1e9, -1e9, "yes", "no", "12", "none"]),
            "evidence_id": draw.choice(["", "pipes/P1", "nowhere", seen.words[:300]]),
            "reason": draw.choice(["", "waived", seen.words[:500]]),
            **({"id": "pressure", "hard": False, "agent": "arbiter", "source": "EASA"} if draw.random() < 0.5 else {}),
        }
        for _ in range(draw.choice((1, 1, 2, 5, 20, 21)))
    ]
    return _base(seen) | {"constraints": rows}


def _constraints_that_fit(draw: random.Random, seen: Seen) -> Any:
    """Adds constraints that are well formed and mean the opposite of the rules."""
    rows = [
        {
            "field": each,
            "operator": draw.choice(_OPERATORS),
            "value": draw.choice([0, 1, -1e6, 1e6, True, False, "A6-XXX"]),
            "evidence_id": "",
            "reason": "the limit was raised",
        }
        for each in draw.sample(list(seen.fields), min(3, len(seen.fields)))
    ]
    return _base(seen) | {"constraints": rows}


def _spoofed(draw: random.Random, seen: Seen) -> Any:
    """Claims to be somebody else, and fields that only the engine fills."""
    return _base(seen) | {
        "agent": "arbiter",
        "kind": "arbiter",
        "phase": "arbitrate",
        "status": "ok",
        "gaps": [],
        "facts": [],
        "failure": None,
        "halts": [],
        "feasible": list(seen.option_ids),
        "degraded": [],
        "hard": False,
        "fence": 10**9,
    }


def _malformed(draw: random.Random, seen: Seen) -> Any:
    """Breaks the shape: the whole answer, or any of its parts."""
    if draw.random() < 0.2:
        return draw.choice(_ODD)
    answer = _base(seen)
    for name in draw.sample(sorted(answer), draw.randint(1, len(answer))):
        if draw.random() < 0.3:
            del answer[name]
        else:
            answer[name] = draw.choice([*_ODD, [{"option_id": [], "score": {}}], [None], [{"score": 1}]])
    return answer


def _certain(draw: random.Random, seen: Seen) -> Any:
    """Claims any confidence and any score."""
    figures: Sequence[Any] = (1e308, -1e308, float("nan"), float("inf"), "1.0", 10**400, -5, 1.0000001)
    answer = _base(seen) | {"confidence": draw.choice(figures)}
    if not seen.choice:
        answer["scores"] = [draw.choice(figures) for _ in seen.option_ids]
    return answer


def _huge(draw: random.Random, seen: Seen) -> Any:
    """Answers without end."""
    answer = _base(seen)
    text = (seen.words or "x") * (HUGE_CHARACTERS // max(1, len(seen.words)) + 1)
    if seen.choice:
        return answer | {"justification": text, "ranking": list(seen.option_ids) * HUGE_ROWS, "option_id": text}
    row = {
        "field": "cost",
        "operator": "<=",
        "value": text[:2_000],
        "evidence_id": text[:2_000],
        "reason": text[:2_000],
    }
    return answer | {"rationale": text, "constraints": [row] * HUGE_ROWS}


def _echo(draw: random.Random, seen: Seen) -> Any:
    """Repeats everything that it was shown, wherever a text fits: prompts, secrets, other people's data."""
    answer = _base(seen)
    words = seen.words
    if seen.choice:
        return answer | {"justification": words, "option_id": draw.choice([words, *seen.option_ids])}
    row = {"field": words, "operator": words, "value": words, "evidence_id": words, "reason": words}
    if draw.random() < 0.5:
        row = {
            "field": next(iter(seen.fields), ""),
            "operator": "!=",
            "value": words,
            "evidence_id": "",
            "reason": words,
        }
    return answer | {"rationale": words, "constraints": [row], "verdict": draw.choice(["approve", words])}


TACTICS: Mapping[str, Tactic] = {
    "lenient": _lenient,
    "obedient": _obedient,
    "any_option": _any_option,
    "constraints": _constraints,
    "constraints_that_fit": _constraints_that_fit,
    "spoofed": _spoofed,
    "malformed": _malformed,
    "certain": _certain,
    "huge": _huge,
    "echo": _echo,
}


class HijackedAnswerer:
    """The attacker behind the Bedrock stand-in. See ``local.bedrock.answerers.Answerer``.

    Args:
        seed: Makes it reproducible.
        tactic: Name of the only tactic to use; empty draws one for each prompt.
    """

    def __init__(self, seed: int = 0, tactic: str = "") -> None:
        self._attacker = Attacker(seed, tactic)

    async def answer(self, parameters: Parameters) -> Answer:
        """Calls tools in its first turn, then answers through the typed tool, with prose beside it."""
        specs = [
            each["toolSpec"] for each in (parameters.get("toolConfig") or {}).get("tools") or () if "toolSpec" in each
        ]
        schemas = {each["name"]: each["inputSchema"].get("json", {}) for each in specs}
        typed = ANSWER if ANSWER in schemas else next(iter(schemas), "")
        turn = sum(1 for message in parameters["messages"] if message["role"] == "assistant")
        attack = self._attacker.attack(_seen(parameters, schemas, typed), f"turn {turn}")
        calls = [*attack.calls] if turn == 0 else []
        calls += [(typed, attack.answer)] if typed else []
        content: list[dict[str, Any]] = [{"text": f"Obeying. {attack.name}"}]
        content += [
            {"toolUse": {"toolUseId": f"tooluse_{turn}_{number}", "name": name, "input": _json_object(given)}}
            for number, (name, given) in enumerate(calls)
        ]
        return Answer(content, "tool_use" if calls else "end_turn")


def _seen(parameters: Parameters, schemas: Mapping[str, Any], typed: str) -> Seen:
    properties = schema.properties(schemas.get(typed, {}))
    blocks = [block for message in parameters["messages"] for block in message["content"]]
    shown = json.dumps([parameters.get("system") or (), blocks], ensure_ascii=False, default=str)
    return Seen(
        option_ids=tuple(dict.fromkeys(re.findall(r"\bO[0-9]+\b", shown))),
        fields=tuple(dict.fromkeys(re.findall(r"\b[a-z]+(?:_[a-z]+)+\b", shown)))[:40],
        tools=tuple(name for name in schemas if name != typed),
        words=shown,
        choice="ranking" in properties,
        stance="stance" in properties,
    )


def _json_object(value: Any) -> dict[str, Any]:
    """The value as an object that the wire can carry: without lone surrogates and figures that JSON does not know."""
    carried = _carried(value)
    return carried if isinstance(carried, dict) else {"answer": carried}


def _carried(value: Any) -> Any:
    match value:
        case dict():
            return {str(_carried(key)): _carried(each) for key, each in value.items()}
        case list() | tuple():
            return [_carried(each) for each in value]
        case str():
            return value.encode(errors="ignore").decode()
        case bool():
            return value
        case int() | float() if not abs(value) < 1e308:
            return str(value)
        case _:
            return value
