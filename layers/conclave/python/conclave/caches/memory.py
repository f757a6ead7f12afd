"""What a process keeps while it lives: bounded in size and age, and bytes only, so that nobody changes what others read."""

from __future__ import annotations

from collections import OrderedDict
from threading import Lock

from msgspec import Struct, field

from conclave.clock import Monotonic, system_clock


class Tally(Struct):
    """How often something was asked for, and what answered: this process, the table that processes share, or the data."""

    memory: int = 0
    shared: int = 0
    data: int = 0
    _one_at_a_time: Lock = field(default_factory=Lock)

    def add(self, *, memory: int = 0, shared: int = 0, data: int = 0) -> None:
        """Counts what answered; checks ask at once."""
        with self._one_at_a_time:
            self.memory += memory
            self.shared += shared
            self.data += data

    @property
    def asked(self) -> int:
        """How often something was asked for."""
        return self.memory + self.shared + self.data

    @property
    def hit_rate(self) -> float:
        """The share, 0 to 1, that needed no look at the data; 0 where nothing was asked for."""
        return (self.memory + self.shared) / self.asked if self.asked else 0.0


class BoundedMemory:
    """Bytes by key. Whatever was not used for longest goes first, when there is no room for something new.

    Args:
        most_bytes: Of keys and values together; something larger than an eighth of it is not kept.
        seconds: Age at which an entry is forgotten, whoever uses it.
        monotonic: Source of seconds.
    """

    def __init__(self, most_bytes: int, seconds: float, monotonic: Monotonic = system_clock.monotonic) -> None:
        self._most_bytes = most_bytes
        self._seconds = seconds
        self._monotonic = monotonic
        self._entries: OrderedDict[str, tuple[float, bytes]] = OrderedDict()
        self._bytes = 0
        self._one_at_a_time = Lock()

    def __len__(self) -> int:
        return len(self._entries)

    def __contains__(self, key: str) -> bool:
        return self.get(key) is not None

    @property
    def size(self) -> int:
        """Bytes of all keys and values."""
        return self._bytes

    def get(self, key: str) -> bytes | None:
        """The bytes; ``None`` where there are none, or none that are young enough."""
        with self._one_at_a_time:
            kept = self._entries.get(key)
            if kept is None:
                return None
            until, data = kept
            if self._monotonic() >= until:
                self._drop(key)
                return None
            self._entries.move_to_end(key)
            return data

    def put(self, key: str, data: bytes) -> None:
        """Keeps bytes under a key, instead of those that were there."""
        size = len(key) + len(data)
        if size > self._most_bytes // 8:
            return
        with self._one_at_a_time:
            self._drop(key)
            while self._bytes + size > self._most_bytes:
                self._drop(next(iter(self._entries)))
            self._entries[key] = (self._monotonic() + self._seconds, data)
            self._bytes += size

    def _drop(self, key: str) -> None:
        kept = self._entries.pop(key, None)
        if kept is not None:
            self._bytes -= len(key) + len(kept[1])
