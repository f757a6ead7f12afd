"""Reading records from several threads at once."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier, Lock
from time import sleep
from typing import Any

import pytest
from conclave import codec
from msgspec import Struct

THREADS = 6


class Alone:
    """Builds what a type needs, and counts how many do so at once."""

    def __init__(self, build: Callable[[Any], None]) -> None:
        self._build = build
        self._lock = Lock()
        self.now = self.most = 0

    def __call__(self, record: Any) -> None:
        with self._lock:
            self.now += 1
            self.most = max(self.most, self.now)
        sleep(0.01)
        self._build(record)
        with self._lock:
            self.now -= 1


@pytest.mark.parametrize(
    "read", [lambda kind: codec.decode(b'{"at":1}', kind), lambda kind: codec.convert({"at": 1}, kind)]
)
def test_what_reading_a_type_needs_is_built_by_one_thread_at_a_time(
    monkeypatch: pytest.MonkeyPatch, read: Callable[[Any], Any]
) -> None:
    """Two that build at once end the process (msgspec 0.22.0)."""
    alone = Alone(codec._build)
    monkeypatch.setattr(codec, "_build", alone)

    class Fresh(Struct, frozen=True):
        at: int

    start = Barrier(THREADS)

    def first(_: int) -> Any:
        start.wait()
        return read(Fresh)

    with ThreadPoolExecutor(THREADS) as pool:
        assert list(pool.map(first, range(THREADS))) == [Fresh(1)] * THREADS
    assert alone.most == 1
    read(Fresh)
    assert Fresh in codec._READABLE
