"""Tables as they were read: each read answers what was noted; one that was not made before is a divergence."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from msgspec import Raw

from conclave.caches.tables import VersionedTables
from conclave.codec import decode
from conclave.pack.tables import Batch, Item, Key, Only
from conclave.recording.noted_tables import NOTHING, group_of, name_of
from conclave.recording.recordings import NUL, Raised, Reads
from conclave.replaying.diverged import Diverged
from conclave.replaying.raising import error_of


class ReplayedTables(VersionedTables):
    """Tables from a recording.

    Args:
        reads: The reads that were noted.

    Attributes:
        failing: Whether the last read failed; with ``repeated``, whether the same was read once more.
    """

    def __init__(self, reads: Reads) -> None:
        # No tables and no versions but the noted ones.
        self._reads = reads
        self._left: dict[tuple[str, str], list[Raised]] = defaultdict(list)
        for each in reads.failed:
            for name in each.names:
                self._left[each.way, name].append(each.raised)
        self.failing = self.repeated = False

    @property
    def versions(self) -> Mapping[str, str]:
        """See ``VersionedTables.versions``."""
        return self._reads.versions

    @property
    def written(self) -> frozenset[str]:
        """See ``VersionedTables.written``."""
        return frozenset(self._reads.versions)

    def get_across(self, wanted: Mapping[str, Iterable[Key]]) -> dict[str, Batch]:
        """See ``Tables.get_across``."""
        asked = {table: {key: name_of(key) for key in keys} for table, keys in wanted.items()}
        self._fail([(table, name) for table, names in asked.items() for name in names.values()])
        return {table: self._batch(table, names) for table, names in asked.items()}

    def _batch(self, table: str, names: Mapping[Key, str]) -> Batch:
        noted = self._reads.items.get(table, {})
        found = {key: self._known(table, noted, name) for key, name in names.items()}
        return Batch(
            items={key: decode(bytes(raw), dict) for key, raw in found.items() if raw != NOTHING},
            missing=tuple(key for key, raw in found.items() if raw == NOTHING),
        )

    def query(
        self, table: str, values: Iterable[str], index: str = "", only: Only | None = None
    ) -> dict[str, list[Item]]:
        """See ``Tables.query``."""
        way = f"{table}/{index}"
        names = {value: group_of(value, only) for value in values}
        self._fail([(way, name) for name in names.values()])
        noted = self._reads.groups.get(way, {})
        return {value: decode(bytes(self._known(way, noted, name)), list[Item]) for value, name in names.items()}

    def _known(self, way: str, noted: Mapping[str, Raw], name: str) -> Raw:
        if name not in noted:
            raise Diverged("read", way, "not read", f"read of {name.replace(NUL, ' ')}")
        return noted[name]

    def _fail(self, asked: Sequence[tuple[str, str]]) -> None:
        """Fails as it failed when it was recorded, and as often."""
        failed = [(each, self._left[each].pop(0)) for each in asked if self._left.get(each)]
        self.failing = bool(failed)
        if failed:
            first, raised = failed[0]
            self.repeated = bool(self._left[first]) or self._found(*first)
            raise error_of(raised)

    def _found(self, way: str, name: str) -> bool:
        noted = self._reads.groups if "/" in way else self._reads.items
        return name in noted.get(way, {})
