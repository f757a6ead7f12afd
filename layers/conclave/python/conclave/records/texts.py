"""The texts of a run, word for word: what was asked of a model or a tool, and what came back.

The audit holds their hashes for ever; the texts stand apart, in the journal, and can be erased. They are canonical JSON, so the
hash of a kept request is the one in the audit. They are bounded: a text too many is counted, never cut.

Nothing is encrypted here. The journal's table is, with the customer's key, and no function may use that key but through the
table. A data key per run would only help against backups, if its wrapped form stood where no backup reaches; and agents
would have to decrypt by themselves. The table's backups end after 35 days.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from msgspec import Struct

from conclave.audit.canonical import sha256
from conclave.codec import RecordInvalid, as_text, decode, encode
from conclave.records.journal import MAX_RECORD_BYTES

MAX_CHARACTERS = 2_000_000
"""Of all texts of one agent in one phase. A prompt has at most 120,000, and four turns repeat it."""
MAX_BYTES = MAX_RECORD_BYTES
"""Of the same, compressed: what an item of DynamoDB holds, with room."""

MODEL = "model"
TOOL = "tool"
ERROR = "error"


class Text(Struct, frozen=True, kw_only=True):
    """One exchange.

    Attributes:
        kind: ``model``, ``tool`` or ``error``.
        hash: SHA-256 of the request, as the audit has it.
        request: Canonical JSON.
        answer: Canonical JSON; empty when there was no answer.
    """

    kind: str
    hash: str
    request: str
    answer: str = ""


class Texts(Struct, frozen=True, kw_only=True):
    """All exchanges of an agent in a phase, in their order; ``left_out`` says how many were too large to keep."""

    texts: Sequence[Text] = ()
    left_out: int = 0


def texts_record(phase: str) -> str:
    """Name of the journal's record of an agent's texts in a phase."""
    return f"{phase}#texts"


def model_text(request: Any, answer: Any) -> Text:
    """An exchange with a model; ``answer`` is ``None`` when there was none."""
    asked = as_text(request)
    return Text(kind=MODEL, hash=sha256(asked.encode()), request=asked, answer=as_text(answer) if answer else "")


def tool_text(name: str, arguments: Mapping[str, Any], result: Any) -> Text:
    """A call of a tool or check."""
    request = as_text({"tool": name, "arguments": dict(arguments)})
    return Text(kind=TOOL, hash=sha256(request.encode()), request=request, answer=as_text(result))


def error_text(error: Exception) -> Text:
    """The error that stopped a step, word for word. A service or a library may quote a prompt, so it stands only here."""
    request = as_text({"error": type(error).__name__})
    return Text(kind=ERROR, hash=sha256(request.encode()), request=request, answer=as_text({"message": str(error)}))


def packed(texts: Iterable[Text]) -> bytes:
    """The texts as they are kept: as many as fit, from the first on."""
    everything = list(texts)
    kept: list[Text] = []
    room = MAX_CHARACTERS
    for text in everything:
        room -= len(text.request) + len(text.answer)
        if room < 0:
            break
        kept.append(text)
    while True:
        record = Texts(texts=kept, left_out=len(everything) - len(kept))
        data = zlib.compress(encode(record))
        if len(data) <= MAX_BYTES or not kept:
            return data
        kept.pop()


def unpacked(data: bytes) -> Texts:
    """The reverse of ``packed``.

    Raises:
        RecordInvalid: The bytes were not made by it.
    """
    reader = zlib.decompressobj()
    try:
        # JSON escapes a character by six at most, and the texts are JSON within JSON.
        plain = reader.decompress(data, 12 * MAX_CHARACTERS)
    except zlib.error as error:
        raise RecordInvalid("texts: not compressed") from error
    return decode(plain, Texts)
