"""A guardrail's policy, evaluated on this machine, as far as that can honestly be done.

Evaluated: custom words, regular expressions, personal data with a fixed form (``PII_PATTERNS``), denied topics by their
example phrases, prompt attacks by a short list of turns of phrase. AWS uses trained models for the last two and finds far
more; what this finds is enough to see an intervention travel through the system, never to judge a policy.
Not evaluated, and said so in ``Evaluation.ignored``: managed word lists, the other content filters, names and addresses,
contextual grounding.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

Source = Literal["INPUT", "OUTPUT"]
Policy = Mapping[str, Any]

PII_PATTERNS: Mapping[str, str] = {
    "EMAIL": r"[\w.+-]+@[\w-]+\.[\w.-]+\w",
    "PHONE": r"\+\d[\d ()-]{7,}\d",
    "CREDIT_DEBIT_CARD_NUMBER": r"\b\d(?:[ -]?\d){12,18}\b",
    "US_SOCIAL_SECURITY_NUMBER": r"\b\d{3}-\d{2}-\d{4}\b",
    "INTERNATIONAL_BANK_ACCOUNT_NUMBER": r"\b[A-Z]{2}\d{2}[A-Z0-9]{11,30}\b",
    "IP_ADDRESS": r"\b(?:\d{1,3}\.){3}\d{1,3}\b",
    "MAC_ADDRESS": r"\b(?:[0-9A-Fa-f]{2}[:-]){5}[0-9A-Fa-f]{2}\b",
    "URL": r"\bhttps?://\S+",
    "AWS_ACCESS_KEY": r"\b(?:AKIA|ASIA)[A-Z0-9]{16}\b",
}
ATTACK_PHRASES = (
    r"\b(?:ignore|disregard|forget|bypass)\b.{0,30}\b(?:previous|prior|above|earlier|all|any|your|the)\b.{0,20}"
    r"\b(?:instructions?|rules?|prompts?|constraints?|guidelines?)\b",
    r"\b(?:reveal|print|show|repeat|output)\b.{0,30}\b(?:system prompt|hidden instructions?|initial instructions?)\b",
    r"\byou are (?:now|no longer)\b",
    r"\b(?:developer|god|jailbreak|dan) mode\b",
    r"\b(?:pretend|act as if|act as though)\b.{0,40}\b(?:no|without)\b.{0,20}\b(?:rules?|restrictions?|limits?)\b",
    r"\boverride\b.{0,30}\b(?:safety|guardrails?|instructions?|polic(?:y|ies))\b",
    r"\bnew (?:system )?instructions?\s*:",
)
_ATTACKS = tuple(re.compile(phrase, re.IGNORECASE | re.DOTALL) for phrase in ATTACK_PHRASES)
_TOPIC_SHARE = 0.8
_TOPIC_WORDS = 3
_SMALL_WORDS = (
    "a an and are as at be by can do for from how i in is it me my of on or should that the this to what with you"
)
_STOP_WORDS = frozenset(_SMALL_WORDS.split(" "))
_UNIT_CHARACTERS = 1000
_MASKED = "ANONYMIZED"
_BLOCKED = "BLOCKED"


@dataclass(frozen=True, slots=True)
class Evaluation:
    """The findings of a guardrail in a text.

    Attributes:
        assessment: As the service reports it (``GuardrailAssessment``).
        blocked: Something is to be blocked.
        masked: The text with personal data replaced by ``{TYPE}``; the text itself when there is nothing to replace.
        ignored: Parts of the policy that this stand-in cannot evaluate.
        units: Text units of the policies that were evaluated, by the names of ``GuardrailUsage``.
    """

    assessment: dict[str, Any]
    blocked: bool
    masked: str
    ignored: tuple[str, ...]
    units: dict[str, int]


def evaluate(policy: Policy, text: str, source: Source) -> Evaluation:
    """Evaluates a text against a guardrail as ``GetGuardrail`` describes it."""
    words = _words(policy.get("wordPolicy") or {}, text)
    topics = _topics(policy.get("topicPolicy") or {}, text)
    filters = _content(policy.get("contentPolicy") or {}, text, source)
    entities, masked = _entities(policy.get("sensitiveInformationPolicy") or {}, text, source)
    regexes, masked = _regexes(policy.get("sensitiveInformationPolicy") or {}, masked, source)
    assessment: dict[str, Any] = {}
    if topics:
        assessment["topicPolicy"] = {"topics": topics}
    if filters:
        assessment["contentPolicy"] = {"filters": filters}
    if words:
        assessment["wordPolicy"] = {"customWords": words, "managedWordLists": []}
    if entities or regexes:
        assessment["sensitiveInformationPolicy"] = {"piiEntities": entities, "regexes": regexes}
    found = (*topics, *filters, *words, *entities, *regexes)
    return Evaluation(
        assessment=assessment,
        blocked=any(each["action"] == _BLOCKED for each in found),
        masked=masked,
        ignored=ignored_parts(policy),
        units=_units(policy, text),
    )


def ignored_parts(policy: Policy) -> tuple[str, ...]:
    """The parts of a policy that are not evaluated here, by their names."""
    lists = (policy.get("wordPolicy") or {}).get("managedWordLists") or ()
    filters = (policy.get("contentPolicy") or {}).get("filters") or ()
    entities = (policy.get("sensitiveInformationPolicy") or {}).get("piiEntities") or ()
    return (
        *(f"managedWordLists.{each['type']}" for each in lists),
        *(f"filters.{each['type']}" for each in filters if each["type"] != "PROMPT_ATTACK"),
        *(f"piiEntities.{each['type']}" for each in entities if each["type"] not in PII_PATTERNS),
        *(("contextualGrounding",) if policy.get("contextualGroundingPolicy") else ()),
    )


def _action(entry: Mapping[str, Any], source: Source, default: str) -> str | None:
    """The action that the policy has for this direction, or ``None`` when it is switched off there."""
    side = "input" if source == "INPUT" else "output"
    if entry.get(f"{side}Enabled") is False:
        return None
    return str(entry.get(f"{side}Action") or entry.get("action") or default)


def _reported(action: str) -> str:
    return {"BLOCK": _BLOCKED, "ANONYMIZE": _MASKED}.get(action, "NONE")


def _words(policy: Policy, text: str) -> list[dict[str, Any]]:
    return [
        {"match": found.group(0), "action": _BLOCKED, "detected": True}
        for entry in policy.get("words") or ()
        if (found := re.search(rf"(?<!\w){re.escape(entry['text'])}(?!\w)", text, re.IGNORECASE))
    ]


def _topics(policy: Policy, text: str) -> list[dict[str, Any]]:
    sentences = [_content_words(sentence) for sentence in re.split(r"[.!?\n]+", text)]
    return [
        {"name": topic["name"], "type": "DENY", "action": _BLOCKED, "detected": True}
        for topic in policy.get("topics") or ()
        if any(_resembles(example, sentences) for example in topic.get("examples") or ())
    ]


def _content_words(text: str) -> frozenset[str]:
    return frozenset(re.findall(r"[^\W\d_]+", text.lower())) - _STOP_WORDS


def _resembles(example: str, sentences: Sequence[frozenset[str]]) -> bool:
    """True if a sentence holds most of the words of an example that carry meaning."""
    wanted = _content_words(example)
    if len(wanted) < _TOPIC_WORDS:
        return any(wanted and wanted <= sentence for sentence in sentences)
    return any(len(wanted & sentence) / len(wanted) >= _TOPIC_SHARE for sentence in sentences)


def _content(policy: Policy, text: str, source: Source) -> list[dict[str, Any]]:
    return [
        {
            "type": "PROMPT_ATTACK",
            "confidence": confidence,
            "filterStrength": strength,
            "action": _BLOCKED,
            "detected": True,
        }
        for entry in policy.get("filters") or ()
        if entry["type"] == "PROMPT_ATTACK" and source == "INPUT"
        if (strength := entry.get("inputStrength", "NONE")) != "NONE"
        if (confidence := attack_confidence(text)) and not (strength == "LOW" and confidence != "HIGH")
    ]


def attack_confidence(text: str) -> str:
    """``HIGH`` for two or more turns of phrase of an attack, ``MEDIUM`` for one, empty for none."""
    hits = sum(bool(attack.search(text)) for attack in _ATTACKS)
    return "HIGH" if hits > 1 else "MEDIUM" if hits else ""


def _luhn(digits: str) -> bool:
    numbers = [int(digit) for digit in digits if digit.isdigit()][::-1]
    doubled = (sum(divmod(2 * number, 10)) for number in numbers[1::2])
    return (sum(numbers[::2]) + sum(doubled)) % 10 == 0


_EXTRA_CHECKS: Mapping[str, Callable[[str], bool]] = {"CREDIT_DEBIT_CARD_NUMBER": _luhn}


def _entities(policy: Policy, text: str, source: Source) -> tuple[list[dict[str, Any]], str]:
    found: list[dict[str, Any]] = []
    for entry in policy.get("piiEntities") or ():
        kind = entry["type"]
        action = _action(entry, source, "BLOCK")
        if action is None or kind not in PII_PATTERNS:
            continue
        accepted = _EXTRA_CHECKS.get(kind, bool)
        matches = [match for match in re.findall(PII_PATTERNS[kind], text) if accepted(match)]
        found += [
            {"match": match, "type": kind, "action": _reported(action), "detected": True} for match in _unique(matches)
        ]
        text = _mask(text, matches, kind) if action == "ANONYMIZE" else text
    return found, text


def _regexes(policy: Policy, text: str, source: Source) -> tuple[list[dict[str, Any]], str]:
    found: list[dict[str, Any]] = []
    for entry in policy.get("regexes") or ():
        action = _action(entry, source, "BLOCK")
        if action is None:
            continue
        matches = [match.group(0) for match in re.finditer(entry["pattern"], text) if match.group(0)]
        found += [
            {
                "name": entry["name"],
                "match": match,
                "regex": entry["pattern"],
                "action": _reported(action),
                "detected": True,
            }
            for match in _unique(matches)
        ]
        text = _mask(text, matches, entry["name"]) if action == "ANONYMIZE" else text
    return found, text


def _unique(values: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(values))


def _mask(text: str, matches: Iterable[str], label: str) -> str:
    for match in sorted(_unique(matches), key=len, reverse=True):
        text = text.replace(match, f"{{{label}}}")
    return text


def _units(policy: Policy, text: str) -> dict[str, int]:
    units = -(-len(text) // _UNIT_CHARACTERS)
    sensitive = policy.get("sensitiveInformationPolicy") or {}
    return {
        "topicPolicyUnits": units if policy.get("topicPolicy") else 0,
        "contentPolicyUnits": units if policy.get("contentPolicy") else 0,
        "wordPolicyUnits": units if policy.get("wordPolicy") else 0,
        "sensitiveInformationPolicyUnits": units if sensitive.get("piiEntities") else 0,
        "sensitiveInformationPolicyFreeUnits": units if sensitive.get("regexes") else 0,
        "contextualGroundingPolicyUnits": 0,
    }
