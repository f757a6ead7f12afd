"""The offline policy: answers where no model is, from the prompt alone, the same for the same prompt.

It is not a model and says so in every rationale. It knows no domain: it reads the objectives, options and constraints that
the prompt states, scores by them, and answers with the typed tool it is offered. Planner, tools and rules are real code over
real data, so the decisions that come out are real ones.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from local.bedrock.offline import conversing
from local.bedrock.offline.prompt import Cell, Preference, Prompt, Rule, read
from local.bedrock.reading import extraction, schema
from local.bedrock.reading.hints import with_hints

_NEUTRAL = 0.5
_EARLIER = "earlier_score"
_PREFIX = "Offline policy:"
_COMPARE: Mapping[str, Callable[[Any, Any], bool]] = {
    "<=": operator.le,
    "<": operator.lt,
    ">=": operator.ge,
    ">": operator.gt,
    "==": operator.eq,
    "!=": operator.ne,
}
_FORMS: Mapping[str, Callable[[float], Any]] = {"integer": int, "number": float, "boolean": bool}
_STRICTNESS = {"approve": 0, "caution": 1, "reject": 2}
_MAX_REJECTED_ANSWERS = 2


@dataclass(frozen=True, slots=True)
class ToolCall:
    """A tool that the answer calls."""

    name: str
    input: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer: prose, tool calls, or both."""

    text: str = ""
    calls: tuple[ToolCall, ...] = ()


@dataclass(frozen=True, slots=True)
class _Tool:
    name: str
    schema: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class _Judgement:
    """The options as the objectives and constraints judge them."""

    scores: Mapping[str, float]
    broken: Mapping[str, tuple[str, ...]]
    verdict: str

    @property
    def ranked(self) -> list[str]:
        """Option ids, best first."""
        return sorted(self.scores, key=lambda each: (-self.scores[each], each))

    @property
    def best(self) -> str:
        """The option it would take; empty when there is none."""
        return next(iter(self.ranked), "")


def reply(parameters: Mapping[str, Any], reader: Callable[[Sequence[str]], Prompt] = read) -> Reply:
    """Answers a Converse request.

    Args:
        parameters: The checked parameters of ``Converse`` or ``ConverseStream``.
        reader: Reads the sections of the user's messages.
    """
    messages = parameters.get("messages") or ()
    if conversing.asked(_written(messages)):
        return _conversed(parameters)
    prompt = reader([block["text"] for message in messages if message["role"] == "user" for block in _texts(message)])
    tools = [
        _Tool(each["toolSpec"]["name"], each["toolSpec"]["inputSchema"].get("json", {}))
        for each in (parameters.get("toolConfig") or {}).get("tools") or ()
        if "toolSpec" in each
    ]
    choice = (parameters.get("toolConfig") or {}).get("toolChoice") or {}
    typed = typed_answer(tools, (choice.get("tool") or {}).get("name", ""), prompt)
    results = [block["toolResult"] for message in messages for block in message["content"] if "toolResult" in block]
    if prompt.task == "recommend" and not results and "tool" not in choice:
        calls = (*_fillable(tools, typed, prompt.incident), *_asked(tools, prompt.questions))
        if calls:
            return Reply(calls=calls)
    if typed is None:
        return Reply(
            text=f"{_PREFIX} no typed answer was asked for; {len(prompt.options)} options, {len(results)} tool results."
        )
    if _rejected(results, messages, typed.name) >= _MAX_REJECTED_ANSWERS:
        return Reply(text=f"{_PREFIX} the answer to {typed.name} was refused {_MAX_REJECTED_ANSWERS} times.")
    agent = (parameters.get("requestMetadata") or {}).get("agent", "")
    return Reply(calls=(ToolCall(typed.name, answer(typed.schema, prompt, agent)),))


def _written(messages: Sequence[Mapping[str, Any]]) -> list[str]:
    """The texts that the user's messages hold beside the results of tools."""
    return [block["text"] for message in messages if message["role"] == "user" for block in _texts(message)]


def _conversed(parameters: Mapping[str, Any]) -> Reply:
    """Answers a question about a run: first the tools that fit it, then the answer from their facts."""
    messages = parameters["messages"]
    texts = _written(messages)
    tools = [each["toolSpec"] for each in (parameters.get("toolConfig") or {}).get("tools") or () if "toolSpec" in each]
    typed = next(
        (each for each in tools if {"answer", "evidence"} <= {*schema.properties(each["inputSchema"]["json"])}), None
    )
    if typed is None:
        return Reply(text=f"{_PREFIX} no typed answer was asked for.")
    results = [block["toolResult"] for message in messages for block in message["content"] if "toolResult" in block]
    if not results:
        offered = [(each["name"], each["inputSchema"]["json"]) for each in tools if each is not typed]
        calls = tuple(ToolCall(name, arguments) for name, arguments in conversing.calls(offered, texts))
        if calls:
            return Reply(calls=calls)
    if _rejected(results, messages, typed["name"]) >= _MAX_REJECTED_ANSWERS:
        return Reply(text=f"{_PREFIX} the answer was refused {_MAX_REJECTED_ANSWERS} times.")
    brought = [part["text"] for result in results for part in result["content"] if "text" in part]
    text, evidence = conversing.answer([*texts, *brought], _PREFIX)
    return Reply(calls=(ToolCall(typed["name"], {"answer": text, "evidence": evidence}),))


def answer(tool_schema: Mapping[str, Any], prompt: Prompt, agent: str = "") -> dict[str, Any]:
    """The input of a typed-answer tool, chosen by what its schema asks for."""
    names = set(schema.properties(tool_schema))
    if {"option_id", "ranking"} <= names:
        return _choice(tool_schema, prompt)
    if "scores" in names:
        return _assessment(tool_schema, prompt, agent)
    return extraction.extract(with_hints(tool_schema), prompt.text, prompt.received)


def typed_answer(tools: Sequence[_Tool], forced: str, prompt: Prompt) -> _Tool | None:
    """The tool that carries the typed answer: the forced one, or the one whose schema looks like an answer."""
    for tool in tools:
        names = set(schema.properties(tool.schema))
        if tool.name == forced or (not forced and ("scores" in names or {"option_id", "ranking"} <= names)):
            return tool
    return tools[0] if len(tools) == 1 and prompt.text else None


def _texts(message: Mapping[str, Any]) -> Iterable[dict[str, str]]:
    for block in message["content"]:
        if "text" in block:
            yield block
        elif "text" in block.get("guardContent", {}):
            yield {"text": block["guardContent"]["text"]["text"]}


def _rejected(results: Sequence[Mapping[str, Any]], messages: Sequence[Mapping[str, Any]], name: str) -> int:
    """The number of answers through this tool that came back as an error."""
    failed = {result["toolUseId"] for result in results if result.get("status") == "error"}
    uses = [block["toolUse"] for message in messages for block in message["content"] if "toolUse" in block]
    return sum(1 for use in uses if use["name"] == name and use["toolUseId"] in failed)


def _fillable(tools: Sequence[_Tool], typed: _Tool | None, incident: Mapping[str, Any]) -> Iterable[ToolCall]:
    """The offered tools whose required arguments stand in the incident under the same names."""
    for tool in tools:
        if typed is not None and tool.name == typed.name:
            continue
        declared = schema.properties(tool.schema)
        needed = schema.required(tool.schema)
        if all(incident.get(name) not in (None, "") for name in needed):
            yield ToolCall(tool.name, {name: _shaped(incident[name], declared.get(name, {})) for name in needed})


def _asked(tools: Sequence[_Tool], questions: Iterable[Mapping[str, Cell]]) -> Iterable[ToolCall]:
    """The offered tools that answer what the facts leave open, with the arguments that these give."""
    by_name = {tool.name: tool for tool in tools}
    for question in questions:
        tool = by_name.get(str(question.get("asks")))
        needed = schema.required(tool.schema) if tool else []
        if tool and all(question.get(name) not in (None, "") for name in needed):
            declared = schema.properties(tool.schema)
            yield ToolCall(tool.name, {name: _shaped(question[name], declared.get(name, {})) for name in needed})


def _shaped(value: Any, node: Mapping[str, Any]) -> Any:
    """An incident's value, which a prompt gives as text, as the tool wants it."""
    form = schema.kind(node)
    if form == "array":
        return value if isinstance(value, list) else [value]
    if form in ("integer", "number", "boolean") and isinstance(value, str):
        return _FORMS[form](float(value))
    return value


def breaks(option: Mapping[str, Cell], rule: Rule) -> bool:
    """True if an option visibly violates a rule. A field that is not shown, or does not apply, breaks nothing."""
    actual, compare = option.get(rule.field), _COMPARE.get(rule.operator)
    if actual is None or rule.value is None or compare is None:
        return False
    if isinstance(actual, str) or isinstance(rule.value, str):
        actual, expected = str(actual), str(rule.value)
        return not compare(actual, expected)
    return not compare(float(actual), float(rule.value))


def _number(value: Cell) -> float | None:
    return float(value) if isinstance(value, (int, float)) else None


def preference_scores(options: Sequence[Mapping[str, Cell]], preferences: Sequence[Preference]) -> dict[str, float]:
    """Weighted min-max over the objectives, 0..1: truth values as they are, what is empty or equal for all counts half."""
    total = sum(each.weight for each in preferences) or 1.0
    scores = {str(option["id"]): 0.0 if preferences else _NEUTRAL for option in options}
    for preference in preferences:
        numbers = [_number(option.get(preference.field)) for option in options]
        known = [number for number in numbers if number is not None]
        truths = any(isinstance(option.get(preference.field), bool) for option in options)
        low, high = (0.0, 1.0) if truths else (min(known, default=0.0), max(known, default=0.0))
        for option, number in zip(options, numbers, strict=True):
            share = _NEUTRAL if number is None or high == low else (number - low) / (high - low)
            value = 1 - share if preference.goal == "min" else share
            scores[str(option["id"])] += value * preference.weight / total
    return scores


def _earlier(prompt: Prompt) -> dict[str, float]:
    """What it gave the options when it answered first; nothing where that does not tell them apart."""
    found = {str(option["id"]): _number(option.get(_EARLIER)) for option in prompt.options}
    known = {option: score for option, score in found.items() if score is not None}
    alike = len(known) > 1 and len({*known.values()}) == 1
    return {} if alike or len(known) < len(found) else known


def _judge(prompt: Prompt, rules: Sequence[Rule]) -> _Judgement:
    broken = {
        str(option["id"]): tuple(rule.id for rule in rules if rule.hard and breaks(option, rule))
        for option in prompt.options
    }
    liked = _earlier(prompt) or preference_scores(prompt.options, prompt.preferences)
    scores = {option: 0.0 if broken[option] else round(score, 3) for option, score in liked.items()}
    violating = sum(1 for each in broken.values() if each)
    cautious = bool(violating or prompt.gaps)
    verdict = "reject" if violating == len(broken) else "caution" if cautious else "approve"
    return _Judgement(scores, broken, verdict)


def _stance(prompt: Prompt, now: _Judgement, agent: str) -> str:
    """Its reaction to its peers, against its own earlier answer or, failing that, the answer of its own rules alone."""
    own = [rule for rule in prompt.rules if rule.agent == agent]
    alone = _judge(prompt, own)
    said = _said(prompt, agent)
    before = str(next(iter(said.get("best") or ()), "")) or alone.best
    verdict = str(said.get("verdict") or alone.verdict)
    from_peers = {rule.id for rule in prompt.rules if rule.agent != agent}
    ruled_out = from_peers.intersection(now.broken.get(before, ()))
    if ruled_out or _STRICTNESS[now.verdict] > _STRICTNESS.get(verdict, 0):
        return "strengthen"
    return "confirm" if now.best == before else "revise"


def _said(prompt: Prompt, agent: str) -> Mapping[str, Any]:
    """Its own claim among those of its peers."""
    return next((peer for peer in prompt.peers if peer.get("agent") == agent), {})


def _confidence(scores: Sequence[float], gaps: int) -> float:
    """Less for gaps, less when the best option hardly stands out."""
    ordered = sorted(scores, reverse=True)
    separation = min(1.0, (ordered[0] - ordered[1]) / 0.25) if len(ordered) > 1 else 1.0
    return round(max(0.05, 0.95 - 0.15 * min(gaps, 3) - 0.2 * (1 - separation)), 2)


def _facts_of(option: Mapping[str, Cell], names: Iterable[str]) -> str:
    shown = (f"{name}={_plain(option[name])}" for name in names if option.get(name) is not None)
    return " ".join(dict.fromkeys(shown))


def _plain(value: Cell) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value).lower() if isinstance(value, bool) else str(value)


def _assessment(tool_schema: Mapping[str, Any], prompt: Prompt, agent: str) -> dict[str, Any]:
    declared = schema.properties(tool_schema)
    judged = _judge(prompt, prompt.rules)
    violating = {option: rules for option, rules in judged.broken.items() if rules}
    parts = [f"{_PREFIX} best {judged.best or 'none'}"]
    if violating:
        rules = ", ".join(sorted({rule for each in violating.values() for rule in each}))
        parts.append(f"{len(violating)} of {len(judged.broken)} options break {rules}")
    if prompt.gaps:
        parts.append(f"{len(prompt.gaps)} gaps: " + ", ".join(_plain(gap.get("item")) for gap in prompt.gaps))
    earlier = _earlier(prompt)
    said = str(_said(prompt, agent).get("verdict") or judged.verdict)
    values: dict[str, Any] = {
        "verdict": max(judged.verdict, said, key=lambda each: _STRICTNESS.get(each, 0)),
        "stance": _stance(prompt, judged, agent) if prompt.task == "revise" else "",
        "scores": _listed(declared["scores"], judged, prompt, earlier),
        "confidence": _confidence(list(judged.scores.values()), len(prompt.gaps)),
        "rationale": schema.clip("; ".join(parts) + ".", declared.get("rationale", {})),
    }
    needed = schema.required(tool_schema)
    return {
        name: value for name, value in values.items() if name in declared and (value not in ("", []) or name in needed)
    }


def _listed(
    declared: Mapping[str, Any], judged: _Judgement, prompt: Prompt, earlier: Mapping[str, float]
) -> list[Any] | dict[str, float]:
    """The scores in the form that is asked for: by place, as records, or by id. None where the earlier ones stand."""
    if schema.kind(declared) != "array":
        return dict(judged.scores)
    if judged.scores == earlier:
        return []
    if schema.kind(declared.get("items") or {}) == "number":
        return [judged.scores[str(option["id"])] for option in prompt.options]
    return [{"option_id": each, "score": judged.scores[each]} for each in judged.ranked]


def _choice(tool_schema: Mapping[str, Any], prompt: Prompt) -> dict[str, Any]:
    declared = schema.properties(tool_schema)
    allowed = declared["option_id"].get("enum")
    options = [option for option in prompt.options if allowed is None or option["id"] in allowed]
    ranked = sorted(
        options,
        key=lambda each: (
            -(_number(each.get("total")) or 0.0),
            -(_number(each.get("business")) or 0.0),
            str(each["id"]),
        ),
    )
    ids = [str(option["id"]) for option in ranked] or [str(each) for each in allowed or ()]
    best = ranked[0] if ranked else {}
    shown = ("action", "total", "business")
    listed = f"{len(ids)} option{'' if len(ids) == 1 else 's'}"
    text = f"{_PREFIX} {ids[0] if ids else 'none'} has the highest total of {listed}: {_facts_of(best, shown)}."
    if len(ranked) > 1:
        text += f" Next is {ids[1]}: {_facts_of(ranked[1], shown)}."
    values = {
        "option_id": ids[0] if ids else "",
        "ranking": ids,
        "justification": schema.clip(text, declared.get("justification", {})),
        "confidence": _confidence(
            [_number(option.get("total")) or 0.0 for option in ranked] or [0.0], len(prompt.gaps)
        ),
    }
    return {name: value for name, value in values.items() if name in declared}
