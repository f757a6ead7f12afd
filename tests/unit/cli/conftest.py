"""Fakes of everything outside the command line, and a way to run a command on them."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from threading import Lock
from typing import Any

import pytest
import typer.testing
from conclave.audit.chain import NewEntry
from conclave.configuration.changing import Rollout
from conclave.pack.tables import Batch, Item, Key
from conclave.testing.tables import MemoryTables
from msgspec import structs
from rollouts_in_memory import MemoryRollouts
from typer.main import get_command
from typer.testing import CliRunner, Result

from cli.errors import CliError, ExitCode
from cli.main import app
from cli.ports import Alarm, Api, Notice, Progress, Target
from cli.services import Services
from cli.target.events import RunEvents

HERE = Path(__file__).parent


class FakeApi:
    """An API over runs in memory. A run may be a list of states: each look sees the next one."""

    def __init__(self) -> None:
        self.states: dict[str, list[dict[str, Any]]] = {}
        self.submitted: list[tuple[dict[str, Any], str]] = []
        self.refusal: CliError | None = None
        self.next_run = "run-1"
        self.duplicate = False
        self.asked: dict[str, Any] = {}
        self.audits: dict[str, list[str]] = {}
        self.traces: dict[str, dict[str, Any]] = {}
        self.told: list[dict[str, Any]] = []
        self.recordings: dict[str, dict[str, Any]] = {}

    def __contains__(self, run_id: str) -> bool:
        return run_id in self.states

    def submit(self, body: Mapping[str, Any], key: str = "") -> dict[str, Any]:
        if self.refusal:
            raise self.refusal
        self.submitted.append((dict(body), key))
        return {"run_id": self.next_run, "status": "running", "duplicate": self.duplicate}

    def run(self, run_id: str) -> dict[str, Any]:
        if run_id not in self.states:
            raise CliError(
                f"there is no run '{run_id}'",
                advice="conclave runs lists them",
                code="run_unknown",
                exit_code=ExitCode.BAD_INPUT,
            )
        states = self.states[run_id]
        return states.pop(0) if len(states) > 1 else states[0]

    def trace(self, run_id: str) -> dict[str, Any]:
        self.run(run_id)
        return self.traces[run_id]

    def audit(self, run_id: str) -> dict[str, Any]:
        if run_id not in self.audits:
            raise CliError(f"there is no run '{run_id}'", code="run_unknown", exit_code=ExitCode.BAD_INPUT)
        return {"run_id": run_id, "entries": self.audits[run_id]}

    def act(self, run_id: str, act: Mapping[str, Any]) -> dict[str, Any]:
        self.asked = {"run_id": run_id, **act}
        return {"run_id": run_id, "approval": {"state": self.run(run_id).get("state_after", "approved")}}

    def feedback(self, run_id: str, said: Mapping[str, Any]) -> dict[str, Any]:
        self.run(run_id)
        self.asked = {"run_id": run_id, **said}
        return {"run_id": run_id, "feedback": dict(said)}

    def fork(self, run_id: str, asked: Mapping[str, Any], key: str = "") -> dict[str, Any]:
        self.run(run_id)
        self.asked = {"run_id": run_id, **asked, "key": key}
        return {"run_id": "run-2", "of": run_id, "duplicate": False}

    def ask(self, run_id: str, question: str) -> dict[str, Any]:
        self.run(run_id)
        self.asked = {"run_id": run_id, "question": question}
        kept = {"kept": "again" in question, "struck": 1, "moved": ["weather"], "tokens": 5_321, "cached_tokens": 0}
        said = {"answer": "It breaks a rule.", "infeasible": ["O4"], "evidence": ["violations/O4/crew.duty"]}
        return {"run_id": run_id, **said, **kept}

    def texts(self, run_id: str, agent: str, phase: str) -> dict[str, Any]:
        run = self.run(run_id)
        self.asked = {"agent": agent, "phase": phase}
        return {"run_id": run_id, "state": run.get("texts", "kept"), "texts": run.get("kept", []), "left_out": 1}

    def recording(self, run_id: str, agent: str = "") -> dict[str, Any]:
        if run_id not in self.recordings:
            raise CliError(f"there is no run '{run_id}'", code="run_unknown", exit_code=ExitCode.BAD_INPUT)
        parts = copy.deepcopy(self.recordings[run_id])
        journal = parts.pop("journal")
        if agent:
            return {"journal": {name: each for name, each in journal.items() if name == agent}}
        return {**parts, "journal": {}}

    def events(self, run_id: str, after: int, kinds: Sequence[str]) -> dict[str, Any]:
        self.run(run_id)
        self.asked = {"events": run_id, "after": after, "kinds": list(kinds)}
        return self.told.pop(0) if self.told else {"after": after, "events": [], "over": False}

    def listen(self, run_id: str, kinds: Sequence[str]) -> dict[str, Any]:
        self.run(run_id)
        self.asked = {"listen": run_id, "kinds": list(kinds)}
        return {"run_id": run_id, "ticket": f"{run_id}.secret", "seconds": 60}

    def erase(self, run_id: str, reason: str) -> dict[str, Any]:
        run = self.run(run_id)
        run.update(texts="erased", texts_erased_at="2026-11-21T07:00:00.000Z")
        self.asked = {"erase": run_id, "reason": reason}
        return {"run_id": run_id, "texts": "erased", "erased_at": run["texts_erased_at"]}

    def consent(self, run_id: str, call: Mapping[str, Any]) -> dict[str, Any]:
        self.run(run_id)
        self.asked = {"consent": run_id, **call}
        return {"run_id": run_id, "binding": call["binding"], "expires_at": "2026-11-21T07:15:00.000Z"}

    def runs(self, *, status: str = "", day: str = "", limit: int = 20, cursor: str = "") -> dict[str, Any]:
        self.asked = {"status": status, "day": day, "limit": limit, "cursor": cursor}
        states = [each[-1] for each in self.states.values()]
        summaries = [
            {
                "run_id": run["run_id"],
                "status": run["status"],
                "created_at": run["created_at"],
                "summary": run["summary"],
                "option_id": (run.get("decision") or {}).get("option_id", ""),
                "degraded": run["degraded"],
                "outdated": (run.get("outdated") or {}).get("since"),
            }
            for run in states
            if status in ("", run["status"])
        ]
        begin = int(cursor or 0)
        end = begin + limit
        return {"runs": summaries[begin:end], "next": str(end) if len(summaries) > end else None}


class FakeConfiguration:
    """The configuration of a stage in memory. Deployments are complete at once, unless a test says otherwise."""

    def __init__(self) -> None:
        self.sets: dict[str, Any] = {"money": {"month_usd": 50.0, "day_usd": 10.0}}
        self.rolled_out: list[Rollout] = [Rollout(number=1, state="COMPLETE", percent=100.0, version=1)]
        self.documents = {1: b"{}"}
        self.audit: list[bytes] = []
        self.state = "COMPLETE"
        self.refusal: CliError | None = None
        self.labels: list[str] = []
        self.at_once = False
        self.gated = False

    def packaged(self) -> dict[str, Any]:
        return self.sets

    def seen_seconds(self) -> int:
        return 15

    def tried(self) -> bool:
        return self.gated

    def rollouts(self) -> list[Rollout]:
        return list(reversed(self.rolled_out))

    def document(self, version: int) -> bytes:
        return self.documents[version]

    def entries(self) -> list[bytes]:
        return list(self.audit)

    def enter(self, entry: NewEntry) -> None:
        if entry.entry.sequence != len(self.audit) + 1:
            raise CliError("somebody else came first", code="configuration_contended")
        self.audit.append(entry.data)

    def deploy(self, document: bytes, *, label: str, why: str, at_once: bool) -> int:
        if self.refusal:
            raise self.refusal
        number = len(self.rolled_out) + 1
        percent = 100.0 if self.state == "COMPLETE" else 20.0
        self.rolled_out.append(Rollout(number=number, state=self.state, percent=percent, version=number))
        self.documents[number] = document
        self.labels.append(label)
        self.at_once = at_once
        return number

    def stop(self, number: int) -> None:
        stopped = structs.replace(self.rolled_out[number - 1], state="ROLLED_BACK", percent=0.0)
        self.rolled_out[number - 1] = stopped

    @staticmethod
    def caller() -> str:
        return "arn:aws:iam::123456789012:user/ops"


class FakeAnchors:
    """Anchors in memory."""

    def __init__(self) -> None:
        self.kept: dict[str, list[str]] = {}
        self.strange: dict[str, str] = {}
        self.public_key = b""

    def names(self) -> list[str]:
        return sorted({name for run_id in self.kept for name, _ in self.of(run_id)} | set(self.strange))

    def of(self, run_id: str) -> list[tuple[str, str]]:
        own = [(f"{run_id}/{number:06d}.json", text) for number, text in enumerate(self.kept.get(run_id, ()), start=6)]
        return own + [(name, text) for name, text in self.strange.items() if name.startswith(f"{run_id}/")]

    def key(self) -> tuple[str, bytes]:
        return "arn:aws:kms:us-east-1:000000000000:key/anchor", self.public_key


class FakeAlarms:
    """Alarms in memory whose topic takes every notice, unless a test says otherwise."""

    def __init__(self, prefix: str) -> None:
        topic = "arn:aws:sns:us-east-1:000000000000:conclave"
        self.alarms = {
            name: Alarm(name=name, state="INSUFFICIENT_DATA", actions=(topic,))
            for name in (f"{prefix}-ApiErrors", f"{prefix}-RunsHalted")
        }
        self.history: list[Notice] = [Notice(at="2026-11-20T00:00:00+00:00", sent=False, detail="of another day")]
        self.changes: list[tuple[str, str]] = []
        self.people = (1, 0)
        self.takes_notices: bool | None = True

    def __len__(self) -> int:
        return len(self.alarms)

    def named(self, prefix: str) -> list[Alarm]:
        return [alarm for name, alarm in sorted(self.alarms.items()) if name.startswith(prefix)]

    def set(self, name: str, state: str, reason: str) -> None:
        self.changes.append((name, state))
        self.alarms[name] = replace(self.alarms[name], state=state)
        if state == "ALARM" and self.takes_notices is not None:
            told = Notice(at=f"2026-11-21T00:00:{len(self.changes):02d}+00:00", sent=self.takes_notices, detail="KMS")
            self.history.insert(0, told)

    def notices(self, name: str) -> list[Notice]:
        return list(self.history)

    def subscribers(self, topic: str) -> tuple[int, int]:
        return self.people


class FakeBus:
    """A bus that keeps its events, and after some looks at the API lets the run appear."""

    def __init__(self, arrives: Callable[[dict[str, Any]], None]) -> None:
        self.events: list[dict[str, Any]] = []
        self._arrives = arrives

    def __len__(self) -> int:
        return len(self.events)

    def report(self, detail: Mapping[str, Any]) -> None:
        self.events.append(dict(detail))
        self._arrives(dict(detail))

    def feed(self, detail: Mapping[str, Any]) -> None:
        self.events.append({"feed": dict(detail)})

    def warm_up(self) -> None:
        self.events.append({"warm": "up"})


class FakeCloud:
    """A cloud in which everything is deployed."""

    def __init__(self, *, total: int = 1000, unreserved: int = 1000, failure: CliError | None = None) -> None:
        self.account = {"total": total, "unreserved": unreserved}
        self.failure = failure
        self.deployed = True
        self.runs_at_once = ""
        self.page = ""

    def concurrency(self) -> dict[str, int]:
        if self.failure:
            raise self.failure
        return self.account

    def outputs(self, target: Target) -> dict[str, str]:
        if not self.deployed:
            raise CliError("not deployed")
        more = {"RunsAtOnce": self.runs_at_once} if self.runs_at_once else {}
        return more | {"StateMachineArn": f"arn:aws:states:us-east-1:000000000000:stateMachine:conclave-{target.stage}"}

    def console(self, target: Target) -> dict[str, str]:
        return {"ConsoleUrl": self.page} if self.page else {}

    def stacks(self, target: Target) -> list[dict[str, Any]]:
        return [{"name": target.stack(part), "status": "CREATE_COMPLETE"} for part in ("data", "engine", "operations")]

    def events(self, target: Target, correlation_id: str, since: str) -> list[dict[str, Any]]:
        times = {"timestamp": "2026-11-21T14:03:12.123+00:00", "correlation_id": correlation_id}
        return [{**times, "function": "frame", "level": "INFO", "message": f"framed since {since}"}]


class FakeLaptop:
    """A local cloud that remembers what was done with it."""

    def __init__(self) -> None:
        self.done: list[str] = []
        self.running = False
        self.failure: CliError | None = None
        self.models = "offline policy"
        self.models_failure: CliError | None = None
        self.page = ("http://127.0.0.1:4600", "")

    def console(self) -> tuple[str, str]:
        self.done.append("console")
        return self.page

    def start(self, progress: Progress, *, real_model: bool) -> bool:
        if self.failure:
            raise self.failure
        progress("starting the AWS emulator")
        self.done.append("start with a real model" if real_model else "start")
        started, self.running = not self.running, True
        return started

    def bootstrap(self, progress: Progress) -> bool:
        self.done.append("bootstrap")
        return True

    def deploy(self, pack: str, progress: Progress) -> bool:
        self.done.append(f"deploy {pack}")
        return True

    def stop(self) -> bool:
        self.done.append("stop")
        stopped, self.running = self.running, False
        return stopped

    def status(self) -> dict[str, Any]:
        return {
            "running": self.running,
            "emulator": 17 if self.running else 0,
            "packs": ("airline",),
            "models": self.models,
        }

    def require_models(self) -> None:
        if self.models_failure:
            raise self.models_failure

    def coverage(self) -> dict[str, list[str]]:
        return {"emulated": ["Lambda", "DynamoDB"], "recorded": ["Budgets"], "absent": ["X-Ray"]}


@dataclass
class FakeMachine:
    """A machine on which nothing is missing, unless a test takes it away."""

    python_version: tuple[int, int, int] = (3, 13, 0)
    versions: dict[str, str] = field(default_factory=lambda: {"node": "24.1.0", "cdk": "2.1148.1", "uv": "0.13.8"})
    missing: list[str] = field(default_factory=list)
    port_states: dict[int, str] = field(default_factory=lambda: {4566: "free", 4599: "ours"})
    free: int = 50 * 10**9

    def python(self) -> tuple[int, int, int]:
        return self.python_version

    def version(self, tool: str) -> str:
        return self.versions.get(tool, "")

    def missing_packages(self) -> list[str]:
        return self.missing

    def ports(self) -> dict[int, str]:
        return self.port_states

    def free_bytes(self) -> int:
        return self.free


class FakeStore:
    """Tables in memory that count what is written to them."""

    def __init__(self, declarations: Any) -> None:
        self._declarations = declarations
        self.rows: dict[str, list[Item]] = {}
        self.writes = 0
        self.broken = ""
        self._lock = Lock()

    def __len__(self) -> int:
        return sum(map(len, self.rows.values()))

    def put(self, table: str, items: Iterable[Item]) -> int:
        written = list(items)
        if table == self.broken:
            raise CliError(f"the table {table} took no items", advice="run it again", code="write_failed")
        (declared,) = (each for each in self._declarations if each.name == table)
        with self._lock:
            self.remove(table, map(declared.key_of, written))
            self.rows[table].extend(copy.deepcopy(written))
            self.writes += 1
        return len(written)

    def tables(self) -> MemoryTables:
        return MemoryTables(self._declarations, self.rows)

    def keys(self, table: str) -> Iterator[Key]:
        (declared,) = (each for each in self._declarations if each.name == table)
        yield from map(declared.key_of, list(self.rows.get(table, ())))

    def remove(self, table: str, keys: Iterable[Key]) -> None:
        (declared,) = (each for each in self._declarations if each.name == table)
        gone = set(keys)
        self.rows[table] = [item for item in self.rows.get(table, ()) if declared.key_of(item) not in gone]

    def get(self, table: str, keys: Iterable[Key]) -> Batch:
        return MemoryTables(self._declarations, self.rows).get(table, keys)


class FakePages:
    """A stage's page that says what was published."""

    def publish(self, outputs: Mapping[str, str], reference: str) -> list[str]:
        assert outputs["ConsoleUrl"]
        return [f"index.html once {reference}"]


class FakeTime:
    """A clock that moves only when somebody sleeps."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        return self.seconds

    def sleep(self, seconds: float) -> None:
        self.seconds += seconds


class FakeRollouts(MemoryRollouts):
    """The rollout of a stage in memory, and what is deployed."""

    def __init__(self) -> None:
        super().__init__()
        self.versions = {"crew": "1", "arbiter": "1"}
        self.gate: Callable[[], dict[str, Any]] = lambda: {}
        self.looks: list[bool] = []

    def deployed(self) -> dict[str, str]:
        return dict(self.versions)

    def caller(self) -> str:
        return "arn:aws:iam::123456789012:user/ops"

    def look(self, *, step: bool) -> dict[str, Any]:
        """What the gate did, told by the record afterwards."""
        self.looks.append(step)
        told = self.gate()
        record = self.read()
        return {"rollout": record.rollout, "state": record.state.value, "open": 0, "findings": [], **told}


class Room:
    """The command line with fakes all around it."""

    def __init__(self, run: dict[str, Any]) -> None:
        self.decided = run
        self.api = FakeApi()
        self.api.states["run-1"] = [run]
        self.anchors = FakeAnchors()
        self.alarms = FakeAlarms("conclave-dev-airline")
        self.conflicts: list[str] = []
        self.laptop = FakeLaptop()
        self.machine = FakeMachine()
        self.cloud = FakeCloud()
        self.configuration = FakeConfiguration()
        self.rollouts = FakeRollouts()
        self.time = FakeTime()
        self.bus = FakeBus(lambda detail: None)
        self.stores: dict[Target, FakeStore] = {}
        self.targets: list[Target] = []
        self.browsed: list[str] = []
        self.browser = True
        self.signing_in: Any = None

    def _api_as(self, target: Target, person: str, group: str) -> FakeApi:
        self.person = (person, group)
        return self._api(target)

    def _api(self, target: Target) -> FakeApi:
        self.targets.append(target)
        return self.api

    def _store(self, target: Target) -> FakeStore:
        from conclave.pack import load_pack

        return self.stores.setdefault(target, FakeStore(load_pack(target.pack).tables))

    def _browse(self, url: str) -> bool:
        self.browsed.append(url)
        return self.browser

    def _events(self, target: Target, api: Api, run_id: str, kinds: Sequence[str], after: int) -> RunEvents:
        """Events as they come where nobody can hold a connection."""
        return RunEvents(api, "", run_id, kinds=kinds, after=after, clock=self.time, sleep=self.time.sleep)

    def __call__(self, *arguments: str, stdin: str = "", columns: int = 120, **environment: str) -> Result:
        services = Services(
            api=self._api,
            api_as=self._api_as,
            events=self._events,
            anchors=lambda target: self.anchors,
            alarms=lambda target: self.alarms,
            bus=lambda target: self.bus,
            cloud=lambda target: self.cloud,
            configuration=lambda target: self.configuration,
            rollouts=lambda target: self.rollouts,
            store=self._store,
            indexes=lambda target: self.conflicts,
            laptop=lambda: self.laptop,
            machine=lambda: self.machine,
            clock=self.time,
            sleep=self.time.sleep,
            now=lambda: datetime(2026, 11, 21, 9, 30, tzinfo=UTC),
            fresh_key=lambda: "fresh",
            browse=self._browse,
            pages=lambda target: FakePages(),
            sign_in=lambda target, pages: self.signing_in,
        )
        clean = {"CONCLAVE_STAGE": None, "CONCLAVE_PACK": None, "CONCLAVE_DEBUG": None, "FORCE_COLOR": None}
        runner = CliRunner(env={**clean, "COLUMNS": str(columns), **environment})
        return runner.invoke(app, list(arguments), input=stdin, obj=services, prog_name="conclave")


@pytest.fixture(autouse=True, scope="session")
def command_built_once() -> Iterator[None]:
    """Typer's runner builds all commands anew for every call, which is two thirds of what these tests take."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(typer.testing, "_get_command", cache(get_command))
        yield


@pytest.fixture
def decided() -> dict[str, Any]:
    run: dict[str, Any] = json.loads((HERE / "decided_run.json").read_text(encoding="utf-8"))
    return run


@pytest.fixture
def room(decided: dict[str, Any]) -> Room:
    return Room(decided)
