"""A bus in process memory."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass
class RecordingBus:
    """A bus that keeps what it was told.

    Attributes:
        sent: Detail type and detail of each event, in order.
    """

    sent: list[tuple[str, Mapping[str, Any]]] = field(default_factory=list)

    def send(self, detail_type: str, detail: Mapping[str, Any]) -> None:
        """See ``Bus.send``."""
        self.sent.append((detail_type, detail))
