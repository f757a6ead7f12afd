"""Errors on the laptop's side, each said in one line."""

from __future__ import annotations

from pathlib import Path


class CloudError(Exception):
    """The local cloud cannot do what was asked; the message is one line and says what to do.

    Args:
        message: One line for a person.
        log: Where to read more, if there is more.
    """

    def __init__(self, message: str, log: Path | None = None) -> None:
        super().__init__(f"{message} (log: {log})" if log else message)
        self.message = message
        self.log = log
