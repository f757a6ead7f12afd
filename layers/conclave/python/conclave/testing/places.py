"""Places in process memory, with what the phase machine does to take one."""

from __future__ import annotations

from threading import Lock


class MemoryPlaces:
    """Places in process memory, with what the machine does to take one."""

    def __init__(self) -> None:
        self._holders: set[str] = set()
        self._one_at_a_time = Lock()

    def __len__(self) -> int:
        return len(self._holders)

    def __contains__(self, run_id: str) -> bool:
        return run_id in self._holders

    def take(self, run_id: str, limit: int) -> bool:
        """Takes a place for a run; False when ``limit`` others hold one. A run that holds one keeps it."""
        with self._one_at_a_time:
            if run_id not in self._holders and len(self._holders) >= limit:
                return False
            self._holders.add(run_id)
            return True

    def holders(self) -> frozenset[str]:
        """See ``Places.holders``."""
        return frozenset(self._holders)

    def release(self, run_id: str) -> None:
        """See ``Places.release``."""
        with self._one_at_a_time:
            self._holders.discard(run_id)
