"""Large things that are seldom read again, kept in a file instead of in the emulator's memory."""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
import threading
import weakref
import zlib
from array import array
from bisect import bisect_right
from collections.abc import Callable, Iterator, MutableMapping, Sequence
from dataclasses import dataclass
from math import inf
from pathlib import Path
from typing import Any

import msgspec

LARGE_BYTES = 600
"""From here on a value goes into the file."""
_LENGTH_BITS = 32


class Place(int):
    """A value's place in the file. A run leaves a hundred of them, and one number takes half the memory of a pair."""

    __slots__ = ()

    @classmethod
    def of(cls, offset: int, length: int) -> Place:
        """The place of so many bytes from an offset on."""
        return cls(offset << _LENGTH_BITS | length)

    @property
    def offset(self) -> int:
        """Bytes before it."""
        return self >> _LENGTH_BITS

    @property
    def length(self) -> int:
        """Bytes of it."""
        return self & (1 << _LENGTH_BITS) - 1


@dataclass(frozen=True, slots=True, eq=False)
class Digest:
    """Stands for a JSON value that is only compared: equal to every value that is the same JSON.

    Attributes:
        text: Its digest.
    """

    text: str

    @classmethod
    def of(cls, value: Any) -> Digest:
        """The digest of a value."""
        text = json.dumps(value, separators=(",", ":"), sort_keys=True, default=repr)
        return cls(hashlib.sha256(text.encode()).hexdigest())

    def __eq__(self, other: object) -> bool:
        return self.text == (other if isinstance(other, Digest) else Digest.of(other)).text

    def __hash__(self) -> int:
        return hash(self.text)


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

    def keep(self, text: bytes) -> Place | bytes:
        """The place of a JSON text, or the text itself if it is small."""
        return self._write(text) if len(text) >= LARGE_BYTES else text

    def get(self, place: Place) -> Any:
        """The value, read anew each time."""
        return _decoded(zlib.decompress(os.pread(self._file, place.length, place.offset)))

    def _write(self, text: bytes) -> Place:
        packed = zlib.compress(text, 1)
        with self._lock:
            place = Place.of(self._end, len(packed))
            os.pwrite(self._file, packed, place.offset)
            self._end += place.length
        return place


def text_of(value: Any) -> bytes | None:
    """A value as JSON; None if it is not a JSON value."""
    try:
        return json.dumps(value, separators=(",", ":")).encode()
    except (TypeError, ValueError):
        return None


class SpooledItems(dict[Any, Any]):
    """A dictionary of JSON values, packed; large ones are in a spool. What is read is a copy: change it by setting it anew.

    Args:
        spool: Where large values go.
        items: What is in it from the beginning.
        measure: Is told the bytes of each value as JSON, infinite where a value is not JSON.
    """

    __slots__ = ("_measure", "_spool")

    def __init__(
        self,
        spool: Spool,
        items: MutableMapping[Any, Any] | None = None,
        measure: Callable[[float], None] = lambda size: None,
    ) -> None:
        super().__init__()
        self._spool, self._measure = spool, measure
        for key, value in (items or {}).items():
            self[key] = value

    def __setitem__(self, key: Any, value: Any) -> None:
        text = text_of(value)
        self._measure(inf if text is None else len(text))
        super().__setitem__(key, value if text is None else self._spool.keep(text))

    def __getitem__(self, key: Any) -> Any:
        return self._read(super().__getitem__(key))

    def get(self, key: Any, default: Any = None) -> Any:
        """See ``dict.get``."""
        return self._read(super().get(key, default))

    def pop(self, key: Any, *default: Any) -> Any:
        """See ``dict.pop``."""
        return self._read(super().pop(key, *default))

    def values(self) -> Any:
        """See ``dict.values``; a list here."""
        return [self._read(value) for value in super().values()]

    def items(self) -> Any:
        """See ``dict.items``; a list here."""
        return [(key, self._read(value)) for key, value in super().items()]

    def __deepcopy__(self, memo: dict[int, Any]) -> dict[Any, Any]:
        return dict(self.items())

    def _read(self, value: Any) -> Any:
        if isinstance(value, bytes):
            return _decoded(value)
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
        self._firsts = array("Q")
        self._places: list[Place] = []
        self._length = 0
        self._last: tuple[Place | None, list[dict[str, Any]]] = (None, [])

    def extend(self, events: Sequence[dict[str, Any]]) -> None:
        """Adds events behind the others."""
        place = self._spool.put(list(events))
        self._places.append(place)
        self._firsts.append(self._length)
        self._length += len(events)

    def __len__(self) -> int:
        return self._length

    def __getitem__(self, index: Any) -> Any:
        if isinstance(index, slice):
            return [self[each] for each in range(*index.indices(self._length))]
        wanted = index + self._length if index < 0 else index
        if not 0 <= wanted < self._length:
            raise IndexError(index)
        batch = bisect_right(self._firsts, wanted) - 1
        return self._batch(self._places[batch])[wanted - self._firsts[batch]]

    def __iter__(self) -> Iterator[dict[str, Any]]:
        for place in list(self._places):
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


def _decoded(text: bytes) -> Any:
    """The JSON value of what ``json.dumps`` wrote: a query decodes every item of its partition, and msgspec is six times as fast.

    It refuses what is not JSON outside Python (NaN, half of a surrogate pair), which ``json`` writes and reads.
    """
    try:
        return msgspec.json.decode(text)
    except msgspec.MsgspecError:
        return json.loads(text)
