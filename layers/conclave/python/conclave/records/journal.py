"""The journal: where agents leave their answers and the texts that led to them, each in its own part; and one in memory."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol, Self

FRAME_PHASE = "frame"

MAX_RECORD_BYTES = 350 * 1024
"""DynamoDB refuses items above 400 KB; a record stays clear of that."""


class RecordTooLarge(Exception):
    """A record above ``MAX_RECORD_BYTES``; the message names it and its size."""


class Journal(Protocol):
    """The store of agents' answers: each agent can add to its own part and read nothing."""

    def append(self, run_id: str, agent: str, entries: Mapping[str, bytes], fence: int) -> bool:
        """Adds entries that belong together, by record: all of them or none.

        The first writer of a fence wins: where one of them stands under this fence or a newer one, nothing is written. So a late
        duplicate changes nothing that was read or audited, and texts and answer are always of the same writer.

        Returns:
            Whether they were written.

        Raises:
            RecordTooLarge: An entry is too large; nothing is written.
        """
        ...

    def replace(self, run_id: str, agent: str, entries: Mapping[str, bytes], fence: int) -> None:
        """Puts entries in place of others, whoever wrote them. For texts that have to go, and nothing else."""
        ...

    def read(self, run_id: str, agents: Sequence[str], records: Sequence[str]) -> dict[tuple[str, str], bytes]:
        """The entries that exist, by agent and record."""
        ...

    def once(self, run_id: str, agent: str, record: str, data: bytes) -> bool:
        """Adds an entry of which there can be one only; of several writers, at once or later, one gets True."""
        ...

    def until(self, expires_at: int) -> Self:
        """The same journal, whose entries expire at a time at latest: that of their run, in epoch seconds; 0 is no bound."""
        ...

    def remove(self, run_id: str, agents: Sequence[str], records: Sequence[str]) -> None:
        """Removes entries; those that do not exist are none. Only who erases texts has the right."""
        ...


def check_size(record: str, data: bytes) -> None:
    """Raises ``RecordTooLarge`` when a record would not fit."""
    if len(data) > MAX_RECORD_BYTES:
        raise RecordTooLarge(f"the record {record} has {len(data)} bytes; at most {MAX_RECORD_BYTES} fit")
