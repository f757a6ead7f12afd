"""Events of runs in process memory, and connections that keep what they are sent."""

from __future__ import annotations

from threading import Lock

from conclave.streaming.events import Log
from conclave.streaming.listeners import MAX_LISTENERS, Listener, opened


class MemoryEvents:
    """Events and listeners in process memory. See ``conclave.streaming.listeners.EventStore``."""

    def __init__(self) -> None:
        self._logs: dict[str, Log] = {}
        self._listeners: dict[tuple[str, str], Listener] = {}
        self._hearing: set[tuple[str, str]] = set()
        self._one_at_a_time = Lock()

    def __len__(self) -> int:
        return len(self._logs)

    def __contains__(self, run_id: str) -> bool:
        return run_id in self._logs

    def log(self, run_id: str) -> Log:
        """See ``EventStore.log``."""
        return self._logs.get(run_id, Log(run_id=run_id))

    def extend(self, log: Log, known: int, expires_at: int) -> bool:
        """See ``EventStore.extend``."""
        del expires_at
        with self._one_at_a_time:
            if self.log(log.run_id).last != known:
                return False
            self._logs[log.run_id] = log
            return True

    def invite(self, listener: Listener) -> None:
        """See ``EventStore.invite``."""
        with self._one_at_a_time:
            self._listeners[listener.run_id, listener.id] = listener

    def open(self, run_id: str, id: str, connection: str, now: int) -> Listener | None:
        """See ``EventStore.open``."""
        with self._one_at_a_time:
            known = self._listeners.get((run_id, id))
            if known is None or known.connection or known.opens_until < now:
                return None
            return self._put(opened(known, connection))

    def _put(self, listener: Listener) -> Listener:
        self._listeners[listener.run_id, listener.id] = listener
        return listener

    def hear(self, run_id: str, id: str) -> None:
        """See ``EventStore.hear``."""
        with self._one_at_a_time:
            if (run_id, id) in self._listeners and self._listeners[run_id, id].connection:
                self._hearing.add((run_id, id))

    def close(self, run_id: str, id: str) -> None:
        """See ``EventStore.close``."""
        with self._one_at_a_time:
            self._hearing.discard((run_id, id))

    def listeners(self, run_id: str, now: int) -> tuple[Listener, ...]:
        """See ``EventStore.listeners``."""
        with self._one_at_a_time:
            known = [self._listeners[key] for key in sorted(self._hearing)]
        there = [each for each in known if each.run_id == run_id and each.expires_at > now]
        return tuple(there[:MAX_LISTENERS])
