"""The settings in force, as a process reads them: the hosted ones, else the last that it read, else the packaged ones.

What is not valid as a whole is not used at all, so that nothing ever runs under half a document.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from msgspec import Struct

from conclave.codec import RecordInvalid, decode
from conclave.configuration.document import SettingsInvalid, recorded, settings_from
from conclave.configuration.settings import Settings
from conclave.types import RunSettings, SettingsSource

LEAST_SECONDS = 15
"""The least time between two questions that AppConfig lets a session ask."""
UNREACHABLE = "unreachable"
"""Fault of settings: nobody could be asked for the hosted document."""
INVALID = "invalid"
"""Fault of settings: the hosted document does not fit this release."""


class HostedUnreachable(Exception):
    """The hosted document could not be read; the message says how it failed, and repeats nothing of it."""


class Hosted(Protocol):
    """The document that operators have deployed."""

    def document(self) -> bytes:
        """The document, JSON; the same object as before while it has not changed.

        Raises:
            HostedUnreachable: It cannot be read.
        """
        ...


class InForce(Struct, frozen=True):
    """Settings, typed, and as a run keeps them."""

    settings: Settings
    kept: RunSettings


class SettingsReader:
    """Reads settings for one process.

    Args:
        hosted: The document that operators have deployed.
        packaged: What the stage sets, under it.

    Raises:
        SettingsInvalid: What the stage sets is not valid: the function must not start.
    """

    def __init__(self, hosted: Hosted, packaged: Mapping[str, Any]) -> None:
        self._hosted = hosted
        self._packaged = packaged
        self._otherwise = settings_from({}, packaged)
        self._read: tuple[bytes, InForce] | None = None
        self._last: Settings | None = None

    def in_force(self) -> InForce:
        """The settings for what begins now. A document that has not changed is not read again."""
        try:
            document = self._hosted.document()
        except HostedUnreachable:
            return self._instead(UNREACHABLE)
        if self._read is None or self._read[0] is not document:
            self._read = (document, self._made(document))
        return self._read[1]

    def _made(self, document: bytes) -> InForce:
        try:
            settings = settings_from(decode(document, dict[str, Any]), self._packaged)
        except (RecordInvalid, SettingsInvalid):
            return self._instead(INVALID)
        self._last = settings
        return InForce(settings, recorded(settings, SettingsSource.HOSTED))

    def _instead(self, fault: str) -> InForce:
        if self._last is not None:
            return InForce(self._last, recorded(self._last, SettingsSource.KEPT, fault))
        return InForce(self._otherwise, recorded(self._otherwise, SettingsSource.PACKAGED, fault))
