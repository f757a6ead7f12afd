"""Signs that a text addresses the model instead of describing the world. Telemetry only: nothing is decided by them.

What keeps an attack without effect is that text has no path to one. The signs tell operators that somebody tries. Each is a
plain rule over the normalised text, so the same text always gives the same signs and anyone can recompute them. Rules miss
paraphrases; the recall that they reach is measured by ``bench/attacks/injection.py`` and published, zeros included.
"""

from __future__ import annotations

import base64
import binascii
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from hashlib import blake2b

from conclave.untrusted.plain_text import visible

MAX_CHARACTERS = 8_000
"""Longer texts are read up to here: telemetry must not cost more than the work it watches."""

KNOWN_TEXTS = 4_096
"""Texts that a process remembers the answer for: the notices of an airport come again with each of its runs."""

_LOOKALIKES = str.maketrans(
    "аеорсухкіјѕԁһԛԝνοαερτικγυωπσηλμьгмтнвАВЕКМНОРСТХΑΒΕΖΗΙΚΜΝΟΡΤΥΧıİɡɑ",
    "aeopcyxkijsdhqwvoaeptikyuwponlmbrmthbABEKMHOPCTXABEZHIKMNOPTYXiIga",
)
"""Letters that look like Latin ones: Cyrillic, Greek, and some of Latin itself."""

_LEET = str.maketrans("013457@$", "oieastas")
_SIGNS: Mapping[str, str] = {
    "override": r"\b(ignore|disregard|forget|neglect)\b(?! (if|unless)\b) \w+|\b(bypass|overrule|set aside|discard|skip|"
    r"replace|remove|withdraw|treat)\b.{0,30}\b(instruction|rule|constraint|prompt|guideline|check|limit|polic|restriction|"
    r"orders|safety|gap|as healthy|as approve)|\b(do not|don't|never|nobody|no) (mention|reason about|tell|raise|follow|"
    r"revise|ask maintenance|halts?|constraint|entry needed)\b",
    "new_orders": r"\b(new|updated|revised|real|actual|true|following|hidden) (system )?(instruction|task|objective|orders?|"
    r"directive|prompt|goal|policy)s?\b.{0,3}[:.\-]",
    "role": r"\b(you are (now|no longer)|act as|pretend|roleplay|developer mode|jailbreak|dan mode|do anything now|"
    r"god mode|debug mode|maintenance mode|unrestricted|from now on,? you)\b",
    "speaker": r"(^|[\n>\]\"'.;] ?|\b)(system|assistant|user|developer|human)\s*+(message|prompt|note|override)?\s*+[:>\]]|"
    r"<\|?/?\s*(system|im_start|im_end|assistant|user|inst|sys)\b|\[/?(inst|system)\]|###\s*(system|instruction|response)",
    "delimiter": r"</?\s*(task|instructions?|incident|objectives|options|constraints|gaps|facts|peers|rules|text|received|"
    r"data|untrusted|tool_result|function_calls?|invoke|information|important)\b[^>]{0,60}>|\\u003c/?[a-z]+",
    "addresses_model": r"\b(ai|a\.i\.|llm|language model|(?<!aircraft )(?<!engine )model|gpt|claude|chatbot)s?\b.{0,40}"
    r"\b(must|should|shall|need to|have to|has to|is to|are to|please|will|can|may|now|instructed|authori[sz]ed|required|"
    r"reading this|say|selects?|note)\b|\b(dear|attention|notes?|note to|note for|attn|handling for|if you are|to|by"
    r"|reviewing)\W{1,3}(the |a )?(ai|llm|model|language model|arbiter|assistant)s?\b|\bas the \w+ agent\b|\b(safety|"
    r"regulatory|maintenance|compliance|review) agents?\b|\b(?=agents )(?<!handling )(?<!ground )(?<!station )(?<!cargo )"
    r"(?<!ticket )(?<!sales )agents (must|shall|should|are to|may)\b|\bautomated dispatch\b",
    "machinery": r"\b(?:(constraints|constraint ids?|verdicts?|rationale|arbiter|option_id|system prompt|feasible|stance|"
    r"confidence [01]|credentials|environment variables|consensus|poisoned)\b|(choose|approve|pick|rank|decision|decided|on|"
    r"over|option|publish|proof that) o[0-9]{1,2}\b|[a-z]++(_[a-z]+)+\b\W{0,3}(=|:|to |true|false|is |<=|>=|has |[0-9])|"
    r"approved?[:;.]? (everything|anyway|the swap|all|carriage|at once)|approve\.|(fly|depart) anyway\b|(what is|print|repeat|"
    r"show|your|the) (system )?(prompt|api keys?)\b|veto\b|other run|passport numbers\b|trust me\b|new (weighting|objective)|"
    r"assume the best\b|rules? (say|are|was|were)\b)|another (run|user)\b|[\[{]\s*\"?[a-z_]+\"?\s*[:\]]|\{\{|"
    r"no rule is in force",
    "answers": r"\b(option_id|verdict|confidence|ranking|justification|stance|scores?)\b\s*(to|=|:|of|is|as|\")"
    r"|\b(answer|respond|reply|output|print|return|say|choose|select|approve|pick|rank|recommend|score|vote)\b.{0,30}"
    r"\b(option|o\d+|approve[d]?|verdict|first|everything|all options|with|only|json|1\.0)\b",
    "secrets": r"\b(reveal|print|show|repeat|output|disclose|leak|send|exfiltrate|dump|display|list|quote|recite|include|copy"
    r")\b.{0,50}\b(system prompt|prompt|instructions|api key|keys?|secrets?|credentials?|token|password|environment|env|"
    r"variables?|configuration|canary|passenger list|table|context)\b",
    "lifts_rules": r"\b(constraint|rule|limit|check|requirement|restriction|curfew|duty limit|mel|rest|minimum|regulation"
    r")s?\b.{0,40}\b(waived|lifted|suspended|void|ignored?|not apply|does not apply|no longer appl|removed?|dropped?|"
    r"disabled?|cancelled|inactive|off|drop it|soft|exempt)\b|"
    r"\b(waive|lift|suspend|drop|remove|disable|delete|relax|void)\b.{0,30}\b(constraint|rule|limit|check|"
    r"requirement|restriction|curfew|duty limit|regulation)s?\b",
    "tools": r"\b(call|invoke|execute|run|use|trigger)\b.{0,20}\b(tool|function|api|command|shell|delete_|drop_|publish|"
    r"approve_|[a-z]+_[a-z_]+\(|[a-z]+_[a-z_]+)\b|\b(curl|wget|rm -rf|drop table|sudo|eval\(|os\.system|__import__)",
    "claims_authority": r"\b(authori[sz]ed by|on behalf of|signed[:,]?|by order of|approved by|as agreed with|per)\b.{0,40}"
    r"\b(ceo|coo|cto|openai|anthropic|developer|administrator|admin|accountable manager|regulator|easa|gcaa|faa|"
    r"security team|engineer|system)\b|\badmin(istrator)? override\b|\boverride code\b",
    "exfiltrates": r"https?://\S+|!\[[^\]]{0,80}\]\(|\bwebhook\b|\bdata:[a-z]+/[a-z]+;base64",
}
_HIDDEN_LIMIT = 3
_BLOB = re.compile(r"[A-Za-z0-9+/_-]{24,}={0,2}")


def signs(text: str) -> tuple[str, ...]:
    """Names of the signs that the text shows, sorted; none for an ordinary text.

    ``hidden`` stands for characters that no one sees (tags, zero widths, direction marks), ``mixed_script`` for words whose
    letters come from two alphabets, ``encoded`` for base64 or rot13 that shows a sign once decoded.
    """
    text = text[:MAX_CHARACTERS]
    plain = text.isascii()
    shown = text if plain else unicodedata.normalize("NFKC", visible("".join(_untagged(text))))
    found = set(_matches(shown))
    if not plain and len(text) - len(visible(text)) >= _HIDDEN_LIMIT:
        found.add("hidden")
    latin = shown if plain else shown.translate(_LOOKALIKES)
    if latin != shown and any(_mixed(word) for word in shown.split()):
        found.add("mixed_script")
    if latin != shown:
        found |= set(_matches(latin))
    joined = re.sub(r"\b(?:\w[ .\-_]){4,}\w\b", lambda match: re.sub(r"[ .\-_]", "", match[0]), latin)
    if joined != latin:
        found |= set(_matches(joined))
    if any(_matches(decoded) for decoded in _decoded(shown)):
        found.add("encoded")
    return tuple(sorted(found))


def adversarial(texts: Iterable[str]) -> int:
    """The number of texts that show a sign."""
    return sum(1 for text in texts if text and _shows(text))


_known: dict[bytes, bool] = {}
"""Whether a text shows a sign, by its hash: a process keeps no words of a run after it."""


def _shows(text: str) -> bool:
    key = blake2b(text[:MAX_CHARACTERS].encode("utf-8", "surrogatepass"), digest_size=16).digest()
    found = _known.get(key)
    if found is None:
        if len(_known) >= KNOWN_TEXTS:
            _known.clear()
        found = _known[key] = bool(signs(text))
    return found


def _matches(text: str) -> list[str]:
    small = text.lower()
    return [name for name, pattern in _patterns().items() if pattern.search(small)]


@cache
def _patterns() -> Mapping[str, re.Pattern[str]]:
    """The signs, ready to be looked for in small letters; made for the first text, since many a process sees none.

    Patterns that mind no case take twice the time, and most of it goes into ordinary texts.
    """
    return {name: re.compile(pattern, re.DOTALL) for name, pattern in _SIGNS.items()}


def _untagged(text: str) -> Iterator[str]:
    """Unicode tag characters mirror ASCII; as letters they can be read."""
    for character in text:
        code = ord(character)
        yield chr(code - 0xE0000) if 0xE0020 <= code <= 0xE007E else character


def _mixed(word: str) -> bool:
    scripts = {unicodedata.name(letter, "?").split()[0] for letter in word if letter.isalpha()}
    return len(scripts & {"LATIN", "CYRILLIC", "GREEK"}) > 1


def _decoded(text: str) -> Iterator[str]:
    """The texts that a text may be once decoded: base64 parts, rot13, reversed, digits for letters."""
    for blob in _BLOB.findall(text)[:20]:
        padded = blob.rstrip("=").replace("-", "+").replace("_", "/")
        try:
            yield base64.b64decode(padded + "=" * (-len(padded) % 4), validate=True).decode("utf-8")
        except (binascii.Error, UnicodeDecodeError, ValueError):
            continue
    yield text.translate(_ROT13)
    yield text[::-1]
    if re.search(r"[a-z][013457@$][a-z]", text, re.IGNORECASE):
        yield text.translate(_LEET)


_LETTERS = "abcdefghijklmnopqrstuvwxyz"
_ROT13 = str.maketrans(
    _LETTERS + _LETTERS.upper(), _LETTERS[13:] + _LETTERS[:13] + _LETTERS[13:].upper() + _LETTERS[:13].upper()
)
