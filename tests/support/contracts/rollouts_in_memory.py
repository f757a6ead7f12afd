"""The record of a rollout in memory: ``conclave.rollout.acting.Rollouts``."""

from __future__ import annotations

import threading

from conclave.audit.chain import NewEntry
from conclave.codec import decode, encode
from conclave.rollout.acting import RolloutContended
from conclave.rollout.record import NONE, Record


class MemoryRollouts:
    """See ``Rollouts``."""

    def __init__(self) -> None:
        self._record, self._entries = encode(NONE), list[bytes]()
        self._lock = threading.Lock()

    def read(self) -> Record:
        """See ``Rollouts.read``."""
        return decode(self._record, Record)

    def entries(self) -> list[bytes]:
        """See ``Rollouts.entries``."""
        return list(self._entries)

    def move(self, before: Record, after: Record, entry: NewEntry) -> None:
        """See ``Rollouts.move``."""
        with self._lock:
            if self.read().revision != before.revision or entry.entry.sequence != len(self._entries) + 1:
                raise RolloutContended("somebody else moved the rollout just now, and nothing of yours was done")
            self._record = encode(after)
            self._entries.append(entry.data)
