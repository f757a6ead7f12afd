"""What every reader gives back: records, and the places of a text that could not be read."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Generic, TypeVar

from conclave.pack import FeedFault
from msgspec import Struct

MAX_LINES = 500_000
"""Lines of one file that are read; a whole network's season has about a tenth of it."""
MAX_MESSAGE_CHARACTERS = 20_000
"""Characters of one message; the longest notices have a few thousand."""


Fault = FeedFault
"""A place that could not be read."""


class Unreadable(Exception):
    """A message that cannot be read; the text of the exception is the reason."""


class Message(Struct, frozen=True, kw_only=True):
    """One message of a file: its text on one line or several, and the line that it begins in."""

    text: str
    line: int


Record = TypeVar("Record")


class Read(Struct, Generic[Record], frozen=True, kw_only=True):
    """What a reader found in a file: its records in order, what is wrong, and what was read with a doubt."""

    records: tuple[Record, ...]
    faults: tuple[Fault, ...] = ()
    warnings: tuple[Fault, ...] = ()


def numbered(text: str) -> Iterator[tuple[int, str]]:
    """The lines of a text with their numbers, without what typewriters and files leave around them.

    Lines end with a line feed, whatever carriage returns stand before it; in a text without any, with carriage returns.
    """
    if "\n" not in text:
        text = text.replace("\r", "\n")
    for number, line in enumerate(text.replace("\x03", "").replace("\x01", "").split("\n"), start=1):
        if number > MAX_LINES:
            return
        yield number, line.strip("\r\ufeff \t\x0c")


def read_each(file: str, messages: Iterable[Message], read: Callable[[Message], Record]) -> Read[Record]:
    """Reads messages one by one; a message that cannot be read is a fault, and the rest goes on.

    Args:
        file: Name of the file, for the faults.
        messages: Its messages.
        read: Reads one; raises ``Unreadable`` with the reason.
    """
    records, faults = [], []
    for message in messages:
        try:
            if len(message.text) > MAX_MESSAGE_CHARACTERS:
                raise Unreadable(f"is longer than {MAX_MESSAGE_CHARACTERS:,} characters; check where the messages end")
            records.append(read(message))
        except Unreadable as error:
            faults.append(Fault(file=file, line=message.line, reason=str(error)))
    return Read(records=tuple(records), faults=tuple(faults))
