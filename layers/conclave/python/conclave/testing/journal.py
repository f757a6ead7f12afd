"""A journal in process memory, with the conditions of the real one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from threading import Lock
from typing import Self

from conclave.records.journal import check_size


class MemoryJournal:
    """A journal in process memory."""

    def __init__(self) -> None:
        self._entries: dict[tuple[str, str, str], tuple[int, bytes]] = {}
        self._one_at_a_time = Lock()

    def __len__(self) -> int:
        return len(self._entries)

    def __contains__(self, entry: tuple[str, str, str]) -> bool:
        return entry in self._entries

    def append(self, run_id: str, agent: str, entries: Mapping[str, bytes], fence: int) -> bool:
        """See ``Journal.append``."""
        for record, data in entries.items():
            check_size(record, data)
        with self._one_at_a_time:
            known = [self._entries.get((run_id, agent, record)) for record in entries]
            if any(each is not None and each[0] >= fence for each in known):
                return False
            self._entries.update({(run_id, agent, record): (fence, data) for record, data in entries.items()})
        return True

    def replace(self, run_id: str, agent: str, entries: Mapping[str, bytes], fence: int) -> None:
        """See ``Journal.replace``."""
        with self._one_at_a_time:
            self._entries.update({(run_id, agent, record): (fence, data) for record, data in entries.items()})

    def read(self, run_id: str, agents: Sequence[str], records: Sequence[str]) -> dict[tuple[str, str], bytes]:
        """See ``Journal.read``."""
        wanted = [(agent, record) for agent in agents for record in records]
        return {
            (agent, record): self._entries[run_id, agent, record][1]
            for agent, record in wanted
            if (run_id, agent, record) in self._entries
        }

    def once(self, run_id: str, agent: str, record: str, data: bytes) -> bool:
        """See ``Journal.once``."""
        check_size(record, data)
        return self._entries.setdefault((run_id, agent, record), entry := (0, data)) is entry

    def until(self, expires_at: int) -> Self:
        """See ``Journal.until``: nothing expires here."""
        return self

    def remove(self, run_id: str, agents: Sequence[str], records: Sequence[str]) -> None:
        """See ``Journal.remove``."""
        for agent in agents:
            for record in records:
                self._entries.pop((run_id, agent, record), None)
