"""The feeds of a pack: texts as others send them all day, and what they change in its tables."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from msgspec import Struct

from conclave.pack.tables import Item, Key, Tables


class FeedFault(Struct, frozen=True, kw_only=True):
    """A place that could not be read, or only with a doubt.

    Attributes:
        file: Name of the text that it stands in.
        line: Its first line, from 1.
        reason: What is wrong, and what to do.
    """

    file: str
    line: int
    reason: str


class FeedIncident(Struct, frozen=True, kw_only=True):
    """Something that a feed tells of and that may have to be decided about.

    Attributes:
        key: Names it: the same thing told again has the same one.
        minutes: How much time it costs, as far as is known.
        incident: The incident, as the API takes it.
        always: Whether it is one however few minutes it costs: a flight that goes elsewhere.
    """

    key: str
    minutes: int
    incident: Mapping[str, Any]
    always: bool = False

    def counts(self, least: int) -> bool:
        """True if it is an incident where one of so many minutes is."""
        return self.always or self.minutes >= least


class Fed(Struct, frozen=True, kw_only=True):
    """What texts come to.

    Attributes:
        put: Rows to write, whole, by table; what is there already need not be among them.
        remove: Keys of rows to remove, by table.
        read: Records that were read, by kind of feed.
        faults: Places that could not be read.
        warnings: Places that were read with a doubt.
        late: What may be an incident.
    """

    put: Mapping[str, Sequence[Item]]
    remove: Mapping[str, Sequence[Key]]
    read: Mapping[str, int]
    faults: Sequence[FeedFault]
    warnings: Sequence[FeedFault]
    late: Sequence[FeedIncident] = ()


class Feeds(Struct, frozen=True, kw_only=True):
    """The feeds that a pack reads.

    Attributes:
        kinds: The tables that each kind of feed writes, by the name of the kind (``notams``). The function that takes feeds may
            write these tables and no others.
        read: ``read(texts, near, tables)`` answers what texts come to: by their names, in the order in which they came. ``near``
            is a moment near which they were sent, ISO 8601 UTC: texts leave out months and years. It sees the kind of a
            text in the text, names what it cannot read and raises for none of it. A ``ReadFailed`` of the tables goes through.
        reads: Tables and indexes that ``read`` reads.
    """

    kinds: Mapping[str, Sequence[str]]
    read: Callable[[Mapping[str, str], str, Tables], Fed]
    reads: Sequence[str]

    @property
    def tables(self) -> tuple[str, ...]:
        """Names of the tables that feeds write, each once."""
        return tuple(sorted({table for tables in self.kinds.values() for table in tables}))

    def behind(self, table: str, read: Mapping[str, int]) -> str:
        """The kinds, of those that were read, that write a table: ``movements+schedule``."""
        return "+".join(sorted(kind for kind in read if table in self.kinds.get(kind, ())))
