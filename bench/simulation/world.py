"""One seed: who reports what, when, through which door, and the deployed functions that meet it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache, partial
from random import Random
from random import seed as seed_everywhere
from typing import Any

from conclave.pack import Pack
from conclave.testing.journal import MemoryJournal
from conclave.testing.places import MemoryPlaces
from conclave.testing.run_store import MemoryRunStore
from conclave.testing.tables import MemoryTables

from bench.simulation.cloud import Cloud, Function
from bench.simulation.deployed import Deployed
from bench.simulation.domain import KINDS, ROWS, Kind, pack
from bench.simulation.faults import START, WRITE, Chaos, Through
from bench.simulation.functions import Bucket, Handlers, Key, Machine, update_item
from bench.simulation.scheduler import Scheduler

STORM_SECONDS = 3_600.0
"""Faults happen for this long; every door is closed long before."""
END_SECONDS = 4 * 3_600.0
PATIENCE = 8
"""Times that a person sends a request that is not taken."""

RUNS = {
    "create": WRITE,
    "claim": WRITE,
    "seize": WRITE,
    "write": WRITE,
    "publish": WRITE,
    "amend": WRITE,
}
JOURNAL = {"append": WRITE, "replace": WRITE, "once": WRITE, "remove": WRITE}


@dataclass(slots=True, kw_only=True)
class Report:
    """An incident that somebody reports.

    Attributes:
        kind: What it is.
        key: Its business key.
        times: How often it is sent, at once.
        by_event: Whether it comes over the bus.
        erased_after: Seconds after which somebody wants its texts gone; None for never.
        taken: Whether a sender was told that it was accepted.
        run_id: As the sender was told.
        erased: Whether who erased was told so.
    """

    kind: Kind
    key: str
    times: int
    by_event: bool
    erased_after: float | None
    taken: bool = False
    run_id: str = ""
    erased: bool = False


class World:
    """A seed's world.

    Args:
        seed: Everything follows from it.
        rate: Probability of a fault of a call.
        deployed: What is deployed.
        story: Keeps the story as text.
        runs: The store behind the faults; a sound one if it is None.
    """

    def __init__(
        self, seed: int, rate: float, deployed: Deployed, *, story: bool = False, runs: MemoryRunStore | None = None
    ) -> None:
        self.random = Random(seed)
        seed_everywhere(seed)  # the jitter of the adapters is drawn from the module
        self.scheduler = Scheduler(END_SECONDS)
        self.chaos = Chaos(self.scheduler, self.random, rate, story=story)
        self.deployed = deployed
        self.pack: Pack = pack()
        self.runs = MemoryRunStore() if runs is None else runs
        self.journal = MemoryJournal()
        self.bucket = Bucket()
        self.places = MemoryPlaces()
        self.cloud = Cloud(self.chaos, deployed.machine)
        self.statuses: dict[str, list[str]] = {}
        self.reports = [self._report(number) for number in range(self.random.choice((1, 1, 1, 1, 1, 2)))]
        self._kinds = {report.key: report.kind for report in self.reports}
        self._wire()

    def run(self) -> None:
        """Lets everything happen."""
        for report in self.reports:
            for copy in range(report.times):
                self._enter(report, copy)
            if report.erased_after is not None:
                self.scheduler.spawn("person", partial(self._erase, report), delay=report.erased_after)
        self.scheduler.spawn("calm", self._calm, delay=STORM_SECONDS, daemon=True)
        if self.deployed.sweep_seconds < END_SECONDS:
            self.scheduler.spawn("schedule", self._sweep, daemon=True)
        self.scheduler.run(self._at_rest)

    def _calm(self) -> None:
        self.chaos.quiet = True

    def _at_rest(self) -> bool:
        """Nothing is left to do for a sweeper either, or there is none."""
        return all(run.status != "running" for run in self.run_heads()) or self.deployed.sweep_seconds >= END_SECONDS

    def run_heads(self) -> list[Any]:
        """All runs as they are."""
        return list(self.runs._runs.values())

    def _report(self, number: int) -> Report:
        draw = self.random
        kind = draw.choices(KINDS, [each.weight for each in KINDS])[0]
        return Report(
            kind=kind,
            key=f"report-{number}",
            times=draw.choice((1, 1, 1, 1, 1, 2, 3)),
            by_event=draw.random() < 0.3,
            erased_after=draw.uniform(5, 200) if draw.random() < 0.15 else None,
        )

    def _enter(self, report: Report, copy: int) -> None:
        delay = self.random.uniform(0, 3) if self.random.random() < 0.5 else 0.0
        if report.by_event:
            body = self._body(report)
            self.scheduler.spawn("sender", lambda: self.cloud.send("IncidentReported", body), delay=delay)
        else:
            self.scheduler.spawn(f"person {copy}", lambda: self._ask(report), delay=delay)

    @staticmethod
    def _body(report: Report) -> dict[str, Any]:
        said: Mapping[str, Any] = (
            {"text": f"the lamp {report.key} is stuck"}
            if report.kind.sentence
            else {"incident": dict(report.kind.incident)}
        )
        return {**said, "idempotency_key": report.key}

    def _ask(self, report: Report) -> None:
        """A person reports over the API, and again while it is not taken; some give up after the first time."""
        for _ in range(PATIENCE if self.random.random() < 0.8 else 1):
            answer = self._request("intake", self._body(report))
            if answer is not None:
                report.taken, report.run_id = True, answer["run_id"]
                return
            self.scheduler.sleep(self.random.uniform(1, 20))

    def _erase(self, report: Report) -> None:
        for _ in range(PATIENCE):
            run_id = self._run_of(report)
            if run_id and self._request("erase", {"run_id": run_id}) is not None:
                report.erased = True
                return
            self.scheduler.sleep(self.random.uniform(10, 120))

    def _run_of(self, report: Report) -> str:
        return next((run.run_id for run in self.run_heads() if run.correlation_id == report.key), "")

    def _request(self, verb: str, body: Mapping[str, Any]) -> Any:
        """The API's answer; None for an error of 500 and more, or for none within its 29 s."""
        task = self.cloud.begin(verb, body)
        self.scheduler.wait(task, 29.0)
        return task.result if task.done and task.error is None else None

    def _sweep(self) -> None:
        while True:
            self.scheduler.sleep(self.deployed.sweep_seconds)
            self.cloud.invoke_later("sweep", {})

    def _wire(self) -> None:
        chaos = self.chaos
        store = Through(chaos, "runs", self.runs, RUNS, dict.fromkeys(("write", "publish", "amend"), self._head))
        ports: dict[str, Any] = {"pack": self.pack, "runs": Watched(store, self), "clock": self.scheduler}
        journal = Through(chaos, "journal", self.journal, JOURNAL)
        bus = Through(chaos, "bus", self.cloud, {"send": WRITE})
        limits = self.deployed.limits
        handlers = Handlers(
            world=self,
            ports=ports,
            journal=journal,
            bus=bus,
            tables=Through(chaos, "tables", _tables(), {}),
            machine=Through(chaos, "states", Machine(self.cloud), {"start": START}),
            signer=Through(chaos, "kms", Key(), {}),
            places=Through(chaos, "places", self.places, {"release": WRITE}),
            vault=Through(chaos, "bucket", self.bucket, {"keep": WRITE}),
            limits=limits,
            start_seconds=self.deployed.start_seconds,
        )
        for verb in (
            "intake",
            "receive",
            "frame",
            "collate",
            "decide",
            "publish",
            "close_run",
            "erase",
            "anchor",
            "sweep",
        ):
            self.cloud.functions[verb] = Function(getattr(handlers, verb), limits[verb])
        for each in self.pack.agents:
            self.cloud.functions[each.name] = Function(handlers.agent(each.name, limits[each.name]), limits[each.name])
        self.cloud.resources["dynamodb:updateItem"] = partial(update_item, self.places)
        self.cloud.rules |= {
            "IncidentReported": "receive",
            "Step Functions Execution Status Change": "close_run",
            "DecisionPublished": "anchor",
            "DecisionGiven": "anchor",
            "TextsErased": "anchor",
        }

    def _head(self, change: Any, *_: Any) -> Any:
        """The parts of the head of its run that a transaction compares."""
        run = self.runs._runs.get(change if isinstance(change, str) else change.run_id)
        return (run.audit_entries, run.fence, run.status) if run else None

    def kind_of(self, run_id: str) -> Kind:
        """The kind of incident of a run."""
        return self._kinds[self.runs.get(run_id).correlation_id]


@lru_cache(maxsize=1)
def _tables() -> MemoryTables:
    return MemoryTables(pack().tables, ROWS)


class Watched:
    """A store of runs that notes each status a run is seen in after a write; no engine code is asked what it did."""

    def __init__(self, store: Any, world: World) -> None:
        self._store = store
        self._world = world

    def __getattr__(self, method: str) -> Any:
        target = getattr(self._store, method)
        if method not in ("publish", "amend"):
            return target

        def call(*given: Any, **named: Any) -> Any:
            try:
                return target(*given, **named)
            finally:
                run = self._world.runs._runs.get(given[0].run_id)
                if run is not None:
                    seen = self._world.statuses.setdefault(run.run_id, [])
                    if run.status not in ("running", *seen):
                        seen.append(str(run.status))

        return call
