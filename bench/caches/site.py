"""A deployment in one process: tables with versions, processes of functions that come and go, and a look at every answer."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random
from threading import Lock
from typing import Any

from conclave.adapters.stores.shared_reads import MOST_BUNDLE_BYTES, SECONDS
from conclave.caches.memory import BoundedMemory, Tally
from conclave.caches.tables import CachedTables, Kept, VersionedTables
from conclave.caches.versions import writing
from conclave.functions.wiring import MEMORY_BYTES, MEMORY_SECONDS
from conclave.pack import Agent, Pack
from conclave.pack.tables import Batch, Item, Key, Only, signature
from conclave.testing.data_versions import MemoryDataVersions
from conclave.testing.shared_reads import MemorySharedReads
from conclave.types import AgentKind

from bench.caches.week import CHANGED, CHANGED_ELSE
from evaluation.data import Changes, Rows

BEGIN = datetime(2026, 11, 16, tzinfo=UTC)
LAG_SECONDS = 3.0
"""So long after a write readers see what was before it: worse than a copy or an index usually is."""
IDLE_SECONDS, LIFE_SECONDS = 900.0, 7_200.0
"""A process ends when nobody needed it for so long, or at this age. Lambda promises neither; both are on the short side."""


class WeekClock:
    """The time of the week; what is measured in between is real. See ``conclave.clock.Timepiece``."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> datetime:
        """The time of the week."""
        return BEGIN + timedelta(seconds=self.seconds)

    def monotonic(self) -> float:
        """The machine's seconds."""
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        """Waits."""
        time.sleep(seconds)


class Expiring(MemorySharedReads):
    """The table that processes share, with its bounds: bundles expire, and large ones are not left."""

    def __init__(self, clock: WeekClock) -> None:
        super().__init__()
        self._clock = clock
        self._left_at: dict[str, float] = {}
        self.written = 0

    def get(self, names: Any) -> Mapping[str, bytes]:
        """See ``Shared.get``."""
        young = [name for name in names if self._clock.seconds - self._left_at.get(name, -1e9) < SECONDS]
        return super().get(young)

    def put(self, bundles: Mapping[str, bytes]) -> None:
        """See ``Shared.put``."""
        small = {name: body for name, body in bundles.items() if len(body) <= MOST_BUNDLE_BYTES}
        self._left_at |= dict.fromkeys(small, self._clock.seconds)
        self.written += sum(map(len, small.values()))
        super().put(small)


@dataclass(slots=True)
class Process:
    """A process of a function."""

    memory: BoundedMemory
    begun: float
    used: float


@dataclass(slots=True)
class Watch:
    """What was seen: what answered, what an infinite cache would have answered, what was wrong, and how long hits took."""

    tally: Tally = field(default_factory=Tally)
    asked: int = 0
    infinite: int = 0
    stale: int = 0
    hit_seconds: list[float] = field(default_factory=list)
    processes: int = 0
    seen: set[tuple[str, ...]] = field(default_factory=set)


class Site:
    """A deployment. Time passes when it is told to."""

    def __init__(self, pack: Pack, rows: Rows) -> None:
        self.pack, self.clock, self.versions = pack, WeekClock(), MemoryDataVersions()
        self.shared, self.watch = Expiring(self.clock), Watch()
        self._rows = self._before = rows
        self._written_at = -1e9
        self._processes: dict[str, Process] = {}
        self._one_at_a_time = Lock()
        self.counting = Lock()
        self.meanwhile = ""
        for table in pack.tables:
            with writing(self.versions, table.name, self.clock):
                pass

    @property
    def visible(self) -> Rows:
        """The rows as a reader sees them now: a moment after a write still those before it."""
        return self._before if self.clock.seconds - self._written_at < LAG_SECONDS else self._rows

    def write(self, changes: Changes) -> None:
        """Writes and removes items, as a load does."""
        self._before, self._written_at = self.visible, self.clock.seconds
        self._rows = self._rows.changed(changes)
        declared = {table.name: table for table in self.pack.tables}
        for table in {*changes.put, *changes.remove}:
            put = [declared[table].key_of(item) for item in changes.put.get(table, ())]
            keys = [*put, *changes.remove.get(table, ())]
            with writing(self.versions, table, self.clock, [key if isinstance(key, str) else key[0] for key in keys]):
                pass

    def load(self, table: str, mark: str) -> None:
        """Loads a table again: some rows have something new, which a stale answer would not have."""
        random, share = Random(f"{table}/{mark}"), CHANGED.get(table, CHANGED_ELSE)
        rows = [each for each in self._rows.all(table) if random.random() < share]
        self.write(Changes(put={table: [{**each, "loaded": mark} for each in rows]}))

    def load_meanwhile(self) -> None:
        """Loads the table that is to be loaded while a run is under way, once."""
        with self._one_at_a_time:
            table, self.meanwhile = self.meanwhile, ""
            if table:
                self.load(table, f"{self.clock.seconds:.0f} meanwhile")

    def framing(self) -> Watched:
        """The tables of ``frame`` in an invocation that begins now."""
        return Watched(self, self._kept("frame"), self.pack.framing_reads)

    def of_agent(self, agent: Agent) -> VersionedTables:
        """The tables of an agent in an invocation that begins now."""
        if agent.kind is AgentKind.BUSINESS:
            return Watched(self, self._kept(agent.name), agent.reads)
        return VersionedTables(self.visible, self.versions, self.clock)

    def _kept(self, function: str) -> Kept:
        with self._one_at_a_time:
            return self._process(function)

    def _process(self, function: str) -> Kept:
        process, now = self._processes.get(function), self.clock.seconds
        if process is None or now - process.used > IDLE_SECONDS or now - process.begun > LIFE_SECONDS:
            memory = BoundedMemory(MEMORY_BYTES, MEMORY_SECONDS, lambda: self.clock.seconds)
            process = self._processes[function] = Process(memory=memory, begun=now, used=now)
            self.watch.processes += 1
        process.used = now
        return Kept(process.memory, self.shared, self.watch.tally)


class Watched(CachedTables):
    """Cached tables of which each answer is compared with the data themselves."""

    def __init__(self, site: Site, kept: Kept, reads: Iterable[str]) -> None:
        super().__init__(site.visible, site.versions, site.clock, kept, reads)
        self._site = site

    def get_across(self, wanted: Mapping[str, Iterable[Key]]) -> dict[str, Batch]:
        """See ``Tables.get_across``."""
        asked = {table: list(dict.fromkeys(keys)) for table, keys in wanted.items()}
        for table, keys in asked.items():
            self._count(table, table, [key if isinstance(key, str) else key[0] for key in keys], map(str, keys))
        answer: dict[str, Batch] = self._timed(lambda: super(Watched, self).get_across(asked))
        right = self._site.visible.get_across(asked)
        self._site.watch.stale += sum(answer[table] != right[table] for table in asked)
        return answer

    def query(
        self, table: str, values: Iterable[str], index: str = "", only: Only | None = None
    ) -> dict[str, list[Item]]:
        """See ``Tables.query``."""
        asked = list(dict.fromkeys(values))
        self._count(table, f"{table}/{index}/{signature(only)}", None if index else asked, asked)
        answer: dict[str, list[Item]] = self._timed(lambda: super(Watched, self).query(table, asked, index, only))
        right = self._site.visible.query(table, asked, index, only)
        self._site.watch.stale += sum(answer[value] != right[value] for value in asked)
        return answer

    def _timed(self, ask: Any) -> Any:
        """An answer; its processor time counts where memory alone gave it, which waits for nothing."""
        tally = self._site.watch.tally
        others, began = tally.data + tally.shared, time.thread_time()
        answer = ask()
        if tally.data + tally.shared == others:
            self._site.watch.hit_seconds.append(time.thread_time() - began)
        return answer

    def _count(self, table: str, way: str, partitions: Sequence[str] | None, names: Iterable[str]) -> None:
        """Counts what is asked, and what a cache would know that never forgets, is never lost, and that all share."""
        watch, version = self._site.watch, self._site.versions.read()[table]
        with self._site.counting:
            for number, name in enumerate(names):
                key = (way, version.id if partitions is None else version.of(partitions[number]), name)
                watch.asked += 1
                watch.infinite += key in watch.seen
                watch.seen.add(key)
