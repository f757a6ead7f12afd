"""Large things that are seldom read again, kept in a file instead of in the emulator's memory."""

from __future__ import annotations

import json
import os
import tempfile
import threading
import weakref
import zlib
from bisect import bisect_right
from collections.abc import Iterator, MutableMapping, Sequence
from operator import itemgetter
from pathlib import Path
from typing import Any, NamedTuple

LARGE_BYTES = 600
"""From here on a value goes into the file."""


class Place(NamedTuple):
    """Where in the file a value is, in bytes."""

    offset: int
    length: int


class Spool:
    """Values in a temporary file that has no name and goes with the process. Nothing is ever taken out."""

    def __init__(self) -> None:
        self._file, path = tempfile.mkstemp(prefix="conclave-spool-")
        Path(path).unlink()
        weakref.finalize(self, os.close, self._file)
        self._lock = threading.Lock()
        self._end = 0

    def put(self, value: Any) -> Place:
        """Writes a JSON value; answers where it is.

        Raises:
            TypeError: It is not a JSON value.
            OSError: The disk is full.
        """
        return self._write(json.dumps(value, separators=(",", ":")).encode())

    def pack(self, value: Any) -> Place | bytes | None:
        """The value in as little memory as can be: its place, or its bytes if it is small; None if it is not a JSON value."""
        try:
            text = json.dumps(value, separators=(",", ":")).encode()
        except (TypeError, ValueError):
            return None
        return self._write(text) if len(text) >= LARGE_BYTES else text

    def get(self, place: Place) -> Any:
        """The value, read anew each time."""
        return json.loads(zlib.decompress(os.pread(self._file, place.length, place.offset)))

    def _write(self, text: bytes) -> Place:
        packed = zlib.compress(text, 1)
        with self._lock:
            place = Place(self._end, len(packed))
            os.pwrite(self._file, packed, place.offset)
            self._end += place.length
        return place


class SpooledItems(dict[str, Any]):
    """A dictionary of JSON values, packed; large ones are in a spool. What is read is a copy: change it by setting it anew.

    Args:
        spool: Where large values go.
        items: What is in it from the beginning.
    """

    __slots__ = ("_spool",)

    def __init__(self, spool: Spool, items: MutableMapping[str, Any] | None = None) -> None:
        super().__init__()
        self._spool = spool
        for key, value in (items or {}).items():
            self[key] = value

    def __setitem__(self, key: str, value: Any) -> None:
        super().__setitem__(key, self._spool.pack(value) or value)

    def __getitem__(self, key: str) -> Any:
        return self._read(super().__getitem__(key))

    def get(self, key: str, default: Any = None) -> Any:
        """See ``dict.get``."""
        return self._read(super().get(key, default))

    def pop(self, key: str, *default: Any) -> Any:
        """See ``dict.pop``."""
        return self._read(super().pop(key, *default))

    def values(self) -> Any:
        """See ``dict.values``; a list here."""
        return [self._read(value) for value in super().values()]

    def items(self) -> Any:
        """See ``dict.items``; a list here."""
        return [(key, self._read(value)) for key, value in super().items()]

    def __deepcopy__(self, memo: dict[int, Any]) -> dict[str, Any]:
        return dict(self.items())

    def _read(self, value: Any) -> Any:
        if isinstance(value, bytes):
            return json.loads(value)
        return self._spool.get(value) if isinstance(value, Place) else value


class SpooledList(Sequence[Any]):
    """A list that is over, in a spool as a whole.

    Args:
        spool: Where it goes.
        entries: The list.
    """

    def __init__(self, spool: Spool, entries: Sequence[Any]) -> None:
        self._spool, self._length, self._place = spool, len(entries), spool.put(list(entries))

    def __len__(self) -> int:
        return self._length

    def __getitem__(self, index: Any) -> Any:
        return self._spool.get(self._place)[index]

    def __iter__(self) -> Iterator[Any]:
        return iter(self._spool.get(self._place))

    def __deepcopy__(self, memo: dict[int, Any]) -> list[Any]:
        return list(self)


class SpooledLog(Sequence[dict[str, Any]]):
    """The events of a log stream, oldest first, each on its own in a spool.

    Args:
        spool: Where they go.
    """

    def __init__(self, spool: Spool) -> None:
        self._spool = spool
        self._batches: list[tuple[int, Place]] = []
        self._length = 0
        self._last: tuple[Place | None, list[dict[str, Any]]] = (None, [])

    def extend(self, events: Sequence[dict[str, Any]]) -> None:
        """Adds events behind the others."""
        self._batches.append((self._length, self._spool.put(list(events))))
        self._length += len(events)

    def __len__(self) -> int:
        return self._length

    def __getitem__(self, index: Any) -> Any:
        if isinstance(index, slice):
            return [self[each] for each in range(*index.indices(self._length))]
        wanted = index + self._length if index < 0 else index
        if not 0 <= wanted < self._length:
            raise IndexError(index)
        first, place = self._batches[bisect_right(self._batches, wanted, key=itemgetter(0)) - 1]
        return self._batch(place)[wanted - first]

    def __iter__(self) -> Iterator[dict[str, Any]]:
        for _, place in list(self._batches):
            yield from self._spool.get(place)

    def __deepcopy__(self, memo: dict[int, Any]) -> list[dict[str, Any]]:
        return list(self)

    def _batch(self, place: Place) -> list[dict[str, Any]]:
        # Events are read one after the other.
        read, events = self._last
        if read != place:
            events = self._spool.get(place)
            self._last = (place, events)
        return events
