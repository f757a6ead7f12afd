"""The part of a message that reports something: without signature, older messages, address lines and telephone numbers."""

from __future__ import annotations

import re
from collections.abc import Sequence

from msgspec import Struct

_QUOTED = re.compile(r"\s*(?:>|\|\s*>)")
_OLDER = re.compile(
    r"\s*(?:[-_=\s]*(?:original message|forwarded message|begin forwarded message|urspr\w+ nachricht|message d'origine"
    r"|mensaje original|messaggio originale|mensagem original)[-_=\s:]*"
    r"|(?:on|am|le|el|il|em)\b.{5,120}"
    r"\b(?:wrote|schrieb|a \u00e9crit|a ecrit|escribi\u00f3|escribio|ha scritto|escreveu)\b.{0,80}:)\s*$",
    re.IGNORECASE,
)
_ADDRESS = re.compile(
    r"\s*(?:from|to|cc|bcc|sent|date|reply-to|von|an|gesendet|datum|de|\u00e0|envoy\u00e9|para|enviado|da|inviato)\s*:",
    re.IGNORECASE,
)
_SUBJECT = re.compile(
    r"\s*(?:subject|betreff|objet|asunto|oggetto|assunto)\s*:\s*(?:(?:re|fw|fwd|aw|wg|tr|rv)\s*:\s*)*", re.IGNORECASE
)
_CLOSINGS = (
    r"(?:(?:kind|kindest|best|warm|with\s+best|with\s+kind)\s+)?(?:regards|rgds|rgs)|brgds|b\.?\s?rgds|br|mfg|cheers|thanks"
    r"|many\s+thanks|thank\s+you|thx|tks|sincerely|yours\s+sincerely|mit\s+freundlichen\s+gr\w+|(?:viele|beste|sch\u00f6ne)\s+gr\w+"
    r"|cordialement|bien\s+\u00e0\s+vous|salutations|saludos|un\s+saludo|atentamente|cordiali\s+saluti|distinti\s+saluti"
    r"|saluti|atenciosamente|cumprimentos"
)
_CLOSING = re.compile(
    rf"\s*(?:(?:--|__+)\s*$|(?:{_CLOSINGS})\s*[,.!]?\s*(?:[/-]\s*)?(?:[^\W\d_][\w.'-]*\s*[,/.]?\s*){{0,4}}$"
    r"|(?:sent\s+from\s+my|gesendet\s+von|envoy\u00e9\s+de\s+mon|enviado\s+desde\s+mi|inviato\s+da|get\s+outlook)\b)",
    re.IGNORECASE,
)
_SIGNED = re.compile(
    r"(?<=[.;,!?\n])\s*(?:(?:kind|best|warm)\s+)?(?:regards|rgds|brgds|mfg|mit\s+freundlichen\s+gr\w+|cordialement|saludos"
    r"|cordiali\s+saluti)\b(?!\s+to\b)[^\n]*$",
    re.IGNORECASE,
)
_RESUMES = re.compile(r"\s*P\.?S\.?\s*[:.-]?\s", re.IGNORECASE)
_CONTACTS = re.compile(
    r"\bhttps?://\S+|\bwww\.\S+|[\w.+-]+@[\w-]+(?:\.[\w-]+)+"
    r"|\b(?:tel|phone|ph|mob|mobile|cell|fax|call|ext|extn|desk|hotline|sita|vhf|freq|frequency|duty\s+phone|handy|m\u00f3vil)\b"
    r"\s*(?:no)?[.:#]?\s*\+?\(?\d[\d ()./-]{2,18}\d"
    r"|(?<![\w+])\+\d[\d ()-]{7,18}\d|(?<!\w)00\d[\d ()-]{8,18}\d"
    r"|(?:\b(?:desk|line|hotline|service|support|ops|occ|open|available|centre|center|on\s+duty)\s+)?\b24\s?/\s?7(?:\s?/\s?365)?\b"
    r"|(?:\b(?:desk|ops)\s+)?\b24x7\b|\b(?:desk|ops)\s+h24\b",
    re.IGNORECASE,
)


LINE = "\u21b5"
"""The end of a line of a message that is shown on one line."""


class Message(Struct, frozen=True):
    """The report in a message, and what stands around it.

    Attributes:
        body: What is reported, by lines; contact data are blanked out.
        older: The text of older messages that it quotes or carries along.
    """

    body: str
    older: str = ""


def message_of(text: str) -> Message:
    """Parts a message. One that is nothing but quotes, or a forwarded one, is read whole."""
    lines = text.replace("\r\n", "\n").replace(f" {LINE} ", "\n").split("\n")
    body, older = _parted(lines)
    if not any(character.isalnum() for character in body):
        body, older = "\n".join(_QUOTED.sub("", line) for line in lines), ""
    return Message(_without_contacts(body), older)


def on_one_line(message: Message) -> str:
    """What a message reports, on one line; ``message_of`` finds its lines again."""
    return f" {LINE} ".join(each.strip() for each in message.body.split("\n") if each.strip())


def _parted(lines: Sequence[str]) -> tuple[str, str]:
    body: list[str] = []
    older: list[str] = []
    signed = False
    index = 0
    while index < len(lines):
        line = lines[index]
        heads = _address_lines(lines, index)
        if _OLDER.match(line) or (heads and any(each.strip() for each in body)):
            older += lines[index:]
            break
        if heads:
            body += [_SUBJECT.sub("", each) for each in lines[index : index + heads] if _SUBJECT.match(each)]
            index += heads
            continue
        if _QUOTED.match(line):
            older.append(_QUOTED.sub("", line))
        else:
            signed = (signed or bool(_CLOSING.match(line) and index)) and not _RESUMES.match(line)
            if not signed:
                body.append(_SUBJECT.sub("", line))
        index += 1
    return "\n".join(body), "\n".join(older)


def _address_lines(lines: Sequence[str], index: int) -> int:
    """The number of lines of a mail's head that begin here; 0 when they are none: a form may say "From: AUH", too."""
    end = index
    while end < len(lines) and (_ADDRESS.match(lines[end]) or _SUBJECT.match(lines[end])):
        end += 1
    head = lines[index:end]
    addressed = any("@" in each or (_SUBJECT.match(each) and len(head) > 1) for each in head)
    return len(head) if addressed else 0


def _without_contacts(text: str) -> str:
    blank = _CONTACTS.sub(lambda match: " " * len(match[0]), text)
    return _SIGNED.sub("", blank)
