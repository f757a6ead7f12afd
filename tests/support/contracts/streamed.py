"""The history of a run, write by write, to be told again step by step; and clients of its events."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from conclave.codec import decode
from conclave.pack import Pack
from conclave.records.journal import Journal
from conclave.records.runs import Run, RunNotFound
from conclave.streaming.events import Event, Kind, Log
from conclave.streaming.listeners import Listener, hash_of, invited
from conclave.streaming.messages import Following
from conclave.streaming.reading import reply
from conclave.streaming.telling import SendFailed, tell
from conclave.testing.journal import MemoryJournal
from conclave.testing.run_store import MemoryRunStore
from conclave.testing.streaming.memory import MemoryEvents
from pipe_domain import Scene, clock, make_scene

NOW = int(clock().timestamp())


@dataclass(frozen=True)
class Write:
    """One write of a run: its head afterwards, or entries of an agent."""

    head: Run | None = None
    agent: str = ""
    entries: Mapping[str, bytes] = field(default_factory=dict)


class NotedRuns(MemoryRunStore):
    """Runs that note their heads."""

    def __init__(self, writes: list[Write]) -> None:
        super().__init__()
        self._writes = writes

    def _note(self, run_id: str) -> None:
        self._writes.append(Write(head=self.get(run_id)))

    def create(self, run: Run) -> bool:
        created = super().create(run)
        self._note(run.run_id)
        return created

    def claim(self, run_id: str, *given: Any, **more: Any) -> Run:
        run = super().claim(run_id, *given, **more)
        self._note(run_id)
        return run

    def write(self, run_id: str, *given: Any, **more: Any) -> None:
        super().write(run_id, *given, **more)
        self._note(run_id)

    def publish(self, *given: Any, **more: Any) -> Run:
        run = super().publish(*given, **more)
        self._note(run.run_id)
        return run

    def wait(self, *given: Any, **more: Any) -> Run:
        run = super().wait(*given, **more)
        self._note(run.run_id)
        return run


class NotedJournal(MemoryJournal):
    """A journal that notes what is written."""

    def __init__(self, writes: list[Write]) -> None:
        super().__init__()
        self._writes = writes

    def append(self, run_id: str, agent: str, entries: Mapping[str, bytes], fence: int) -> bool:
        written = super().append(run_id, agent, entries, fence)
        if written:
            self._writes.append(Write(agent=agent, entries=dict(entries)))
        return written

    def once(self, run_id: str, agent: str, record: str, data: bytes) -> bool:
        written = super().once(run_id, agent, record, data)
        if written:
            self._writes.append(Write(agent=agent, entries={record: data}))
        return written


def history(folder: Path, **scene: Any) -> tuple[Pack, list[Write]]:
    """A whole run as its steps wrote it."""
    from dataclasses import replace

    writes: list[Write] = []
    made: Scene = make_scene(folder, **scene)
    runs, journal = NotedRuns(writes), NotedJournal(writes)
    runs.create(made.runs.get("run-1"))
    replace(made.room, runs=runs, journal=journal).deliberate("run-1")
    return made.room.pack, writes


class Heads:
    """A run as far as it was told again."""

    def __init__(self) -> None:
        self.head: Run | None = None

    def get(self, run_id: str) -> Run:
        if self.head is None:
            raise RunNotFound(run_id)
        return self.head


class Wires:
    """Connections whose messages wait until they are delivered, lost or doubled."""

    def __init__(self) -> None:
        self.sent: dict[str, list[bytes]] = {}
        self.broken: set[str] = set()

    def send(self, connection: str, data: bytes) -> bool:
        if connection in self.broken:
            raise SendFailed(connection)
        if connection not in self.sent:
            return False
        self.sent[connection].append(data)
        return True


@dataclass
class Stage:
    """Stores and connections of one run."""

    pack: Pack
    heads: Any = field(default_factory=Heads)
    journal: Journal = field(default_factory=MemoryJournal)
    events: Any = field(default_factory=MemoryEvents)
    wires: Wires = field(default_factory=Wires)

    def apply(self, write: Write) -> tuple[tuple[str, str], ...]:
        """Does a write; answers what a notice of it names."""
        if write.head is not None:
            self.heads.head = write.head
            return ()
        self.journal.replace("run-1", write.agent, write.entries, 1)
        return tuple((write.agent, record) for record in write.entries)

    def tell(self, changed: Iterable[tuple[str, str]] = (), **more: Any) -> tuple[Event, ...]:
        ports = {"journal": self.journal, "events": self.events, "connections": self.wires, "clock": clock}
        return tell("run-1", list(changed), pack=self.pack, runs=self.heads, **ports, **more)

    def log(self) -> Log:
        found: Log = self.events.log("run-1")
        return found


class Client:
    """Somebody who listens, and has its place in the events."""

    def __init__(self, stage: Stage, kinds: tuple[Kind, ...], name: str) -> None:
        self.stage, self.kinds, self.name = stage, kinds, name
        self.following, self.got = Following(), list[Mapping[str, Any]]()
        self.times = 0
        self.listener: Listener | None = None

    @property
    def connection(self) -> str:
        return f"{self.name}-{self.times}"

    def connect(self, meanwhile: Callable[[], object] = lambda: None) -> None:
        """Comes, or comes back, and asks for what it has not seen.

        Args:
            meanwhile: Happens after the ticket was taken, and before the connection is open.
        """
        self.times += 1
        ticket, listener = invited("run-1", self.kinds, NOW)
        self.stage.events.invite(listener)
        self.listener = self.stage.events.open("run-1", hash_of(ticket), self.connection, NOW)
        assert self.listener is not None
        meanwhile()
        self.stage.wires.sent[self.connection] = []
        self.ask()

    def disconnect(self) -> None:
        self.stage.wires.sent.pop(self.connection, None)
        self.listener = None

    def ask(self) -> None:
        """Asks for what comes after its place."""
        assert self.listener is not None
        stage = self.stage
        ports = {"runs": stage.heads, "journal": stage.journal, "events": stage.events, "connections": stage.wires}
        reply(self.listener, f'{{"after": {self.following.seen}}}', pack=stage.pack, **ports)

    def take(self, number: int = 0, *, keep: bool = False) -> None:
        """Takes one of the messages that wait; ``keep`` leaves it there, to come again."""
        waiting = self.stage.wires.sent.get(self.connection, [])
        if not waiting:
            return
        at = number % len(waiting)
        data = waiting[at] if keep else waiting.pop(at)
        taken = self.following.take(decode(data, dict))
        if taken is None:
            self.ask()
        else:
            self.got.extend(taken)

    def lose(self, number: int) -> None:
        waiting = self.stage.wires.sent.get(self.connection, [])
        if waiting:
            waiting.pop(number % len(waiting))

    def drain(self) -> None:
        while self.stage.wires.sent.get(self.connection):
            self.take()
