"""Errors that came from outside, raised again: with their class, as far as the engine goes by it, and with what they said."""

from __future__ import annotations

from conclave.agents.answer_form import AnswerInvalid
from conclave.agents.assess import TimeUp
from conclave.agents.extraction import ExtractionRefused
from conclave.money.ledger import CeilingReached
from conclave.pack.tables import ReadFailed, UndeclaredRead
from conclave.recording.recordings import Raised

_OWN: dict[tuple[str, str], type[Exception]] = {
    (each.__module__, each.__qualname__): each
    for each in (AnswerInvalid, CeilingReached, ExtractionRefused, ReadFailed, TimeUp, UndeclaredRead)
}
"""The errors that steps tell from others. Of any other they only say how it was called, and whose it was."""


def error_of(raised: Raised) -> Exception:
    """The error again. One of a library is another class of the same name, so that no library is needed."""
    own = _OWN.get((raised.module, raised.name))
    if own is not None:
        return own(raised.message)
    return error_named(raised.name.rpartition(".")[2], raised.module)(raised.message)


def error_named(name: str, module: str = "") -> type[Exception]:
    """A class of errors of that name."""
    return type(name, (Exception,), {"__module__": module})
