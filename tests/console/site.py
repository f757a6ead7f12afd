"""The console over real records: runs decided in process by the offline policy, shown through the API's own view code."""

from __future__ import annotations

import json
import threading
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import uvicorn
from conclave.agents.assess import Question
from conclave.agents.meter import Meter
from conclave.agents.prices import price_table
from conclave.api.approving.acts import Person, act_on, asked_from
from conclave.api.approving.feedback import give_feedback, said_from
from conclave.api.asking.questions import answer_question, asked_in
from conclave.api.documents import audit_document, run_document
from conclave.api.erasure import erase_texts
from conclave.api.errors import RequestRefused
from conclave.api.forking.asked import asked_from as fork_from
from conclave.api.forking.fork import fork_run
from conclave.api.queries import list_runs
from conclave.api.trace import trace_document
from conclave.api.views.picture import picture_document
from conclave.caches.tables import VersionedTables
from conclave.caches.versions import writing
from conclave.clock import Deadline, SystemClock, timestamp
from conclave.configuration.settings import PACKAGED, MoneySettings
from conclave.conversation.converse import Talk
from conclave.conversation.progress import MOST_TOOLS, step_record
from conclave.pack import TALKER, ApprovalRule, Operator, Pack, Plan
from conclave.records.runs import RunNotFound
from conclave.steps.approving.hold import wait_for_people
from conclave.steps.approving.settle import settle
from conclave.streaming.reading import events_document
from conclave.streaming.telling import tell
from conclave.testing.bus import RecordingBus
from conclave.testing.data_versions import MemoryDataVersions
from conclave.testing.journal import MemoryJournal
from conclave.testing.room import Room
from conclave.testing.run_store import MemoryRunStore
from conclave.testing.streaming.memory import MemoryEvents
from conclave.testing.tables import MemoryTables
from msgspec import structs
from packs.airline import PACK
from rooms import MANY, listed, reported, room_of

from local.bedrock.offline.in_process import PolicyModel
from local.console.pages import application

ROOT = Path(__file__).parents[2]
DATE = "2026-11-21"
RECEIVED = datetime(2026, 11, 21, 4, 0, tzinfo=UTC)
RUNS = 500
HELD_SECONDS = 30.0
"""How long a model waits at most for the script to have seen it at work."""
ANSWER_SECONDS = 35.0
QUESTION = "question"
"""What stands for a phase where a person asks about a run."""


ASKED = structs.replace(
    PACK,
    approvals=(
        ApprovalRule(
            field="total_cost_usd", operator=Operator.GE, value=0, reason="whatever it costs", group="duty_managers"
        ),
    ),
)
"""The airline's pack with a rule that asks a person about every option."""
PERSON = Person("a duty manager", ("duty_managers",))


class Holds:
    """Phases whose models wait, so that a page can be seen to follow them however slow the machine is."""

    def __init__(self) -> None:
        self._let_go: dict[str, threading.Event] = defaultdict(threading.Event)

    def wait(self, phase: str) -> None:
        """Waits until the phase was let go."""
        self._let_go[phase].wait(HELD_SECONDS)

    def let_go(self, phase: str) -> None:
        """Lets those go on that wait in a phase, and all that come to it."""
        self._let_go[phase].set()


HOLDS = Holds()


class HeldModel(PolicyModel):
    """The offline policy, which answers in a phase once the script has let it go."""

    def ask(self, question: Question, meter: Meter) -> Mapping[str, Any]:
        HOLDS.wait(question.phase.value if question.phase else QUESTION)
        return super().ask(question, meter)


class Site:
    """Runs in memory behind the API's view functions. See ``local.console.pages.Upstream``."""

    def __init__(self) -> None:
        self.runs, self.journal, self.bus = MemoryRunStore(), MemoryJournal(), RecordingBus()
        self.events = MemoryEvents()
        rows = {name: list(items) for name, items in PACK.sample(DATE, 1).items()}
        self._tables = MemoryTables(PACK.tables, rows)
        self._live = threading.Event()
        self._person = PERSON
        now = SystemClock()
        self.clock = _Shifted(now, RECEIVED - now())
        self._versions = MemoryDataVersions()
        for table in PACK.tables:
            with writing(self._versions, table.name, SystemClock(RECEIVED - timedelta(hours=1))):
                pass
        examples = PACK.examples(DATE)
        self.decide("run-real", examples[0])
        self.decide("run-many", examples[0], pack=MANY)
        self.decide("run-erase", examples[1])
        self._fork("run-real")
        for name in ("run-approve", "run-override", "run-refuse"):
            self.decide(name, examples[0], pack=ASKED)
            wait_for_people(self._room(ASKED).context(name, 1), "token", sealer=self, bus=self.bus)
        for number in range(RUNS - 8):
            self.runs.create(listed(number, RECEIVED))
        self.runs.create(reported("run-live", examples[0], timestamp(RECEIVED)))

    def packs(self) -> Sequence[str]:
        """See ``Upstream.packs``."""
        return ["airline"]

    def call(
        self,
        pack: str,
        method: str,
        target: str,
        body: bytes | None,
        headers: Mapping[str, str],
        *,
        person: str = "",
        group: str = "",
    ) -> tuple[int, bytes]:
        """See ``Upstream.call``. Who is named acts, in the group that is named."""
        self._person = structs.replace(PERSON, name=person or PERSON.name, groups=(group,) if person else PERSON.groups)
        asked = urlsplit(target)
        parts = asked.path.strip("/").split("/")[1:]
        try:
            document = self._answer(method, parts, dict(parse_qsl(asked.query)), json.loads(body or b"{}"))
        except RequestRefused as error:
            return int(error.status), _error(error.code, error.message)
        except RunNotFound as error:
            return int(HTTPStatus.NOT_FOUND), _error("run_not_found", str(error))
        return 200, json.dumps(document).encode()

    def seal(self, text: str, run_id: str) -> str:
        """See ``Sealer.seal``. Nobody outside of this process sees the token."""
        return text

    def wake(self, sealed: str, run_id: str) -> bool:
        """See ``Waker.wake``: goes on at once, as the phase machine does, by reading the facts again and publishing."""
        room = self._room(ASKED)
        settled = settle(room.context(run_id, 1), tables=lambda: self._tables)
        if not settled.again:
            room.publish(run_id, settled.fence)
        return True

    def _act(self, name: str, part: str, body: Mapping[str, Any]) -> Any:
        """What a person does about a run."""
        acting: dict[str, Any] = {"pack": ASKED, "runs": self.runs, "bus": self.bus, "clock": self.clock}
        if part == "erasure":
            erase_texts(name, by=PERSON.name, reason=body["reason"], journal=self.journal, **acting)
            return {"run_id": name}
        if part == "questions":
            return answer_question(name, asked_in(body), self._talk(), Deadline(ANSWER_SECONDS), by=PERSON.name)
        if part == "feedback":
            return {"by": give_feedback(name, said_from(body), by=PERSON.name, **acting).by}
        approval = act_on(name, asked_from(body), person=self._person, waker=self, **acting)
        return {"run_id": name, "state": approval.state.value}

    def _talk(self) -> Talk:
        prices = price_table()
        return Talk(
            pack=PACK,
            runs=self.runs,
            journal=self.journal,
            tables=VersionedTables(self._tables, self._versions, self.clock),
            models=lambda agent: HeldModel(prices.model(agent.tier)),
            prices=prices,
            spending=self.runs,
            ceilings=MoneySettings(),
            clock=self.clock,
        )

    def _answer(self, method: str, parts: Sequence[str], query: Mapping[str, str], body: Mapping[str, Any]) -> Any:
        stored: dict[str, Any] = {"pack": PACK, "runs": self.runs}
        if parts == ["runs"]:
            return list_runs(query, self.runs, self.clock)
        if parts[0] == "let-go":
            HOLDS.let_go(parts[1])
            return {}
        name, part = parts[1], parts[2] if len(parts) > 2 else ""
        if name == "run-live" and not self._live.is_set():
            self._live.set()
            threading.Thread(target=self._room(PACK, HeldModel).deliberate, args=(name,), daemon=True).start()
        if method == "POST":
            return self._act(name, part, body)
        return {
            "": lambda: run_document(name, journal=self.journal, stage="local", clock=self.clock, **stored),
            "trace": lambda: trace_document(name, journal=self.journal, clock=self.clock, **stored),
            "picture": lambda: picture_document(name, **stored),
            "audit": lambda: audit_document(name, runs=self.runs),
            "events": lambda: self._events(name, query),
        }[part]()

    def _events(self, name: str, query: Mapping[str, str]) -> dict[str, Any]:
        """What was told of a run, once the steps of the questions about it are told as well."""
        stored: dict[str, Any] = {"pack": PACK, "runs": self.runs, "journal": self.journal, "events": self.events}
        named = [step_record(turn, place) for turn in range(1, 10) for place in range(MOST_TOOLS + 2)]
        tell(name, list(self.journal.read(name, [TALKER], named)), connections=None, clock=self.clock, **stored)
        return events_document(name, query, **stored)

    def decide(self, name: str, text: str, *, pack: Pack = PACK) -> None:
        """Takes a sentence to its published decision; the clock goes on meanwhile, so that the run takes time."""
        self.runs.create(reported(name, text, timestamp(self.clock())))
        self._room(pack).deliberate(name)

    def _fork(self, of: str) -> None:
        """Forks a run before its arbiter, with a constraint that rules out what was chosen, and takes the fork to its end."""
        chosen = run_document(of, pack=PACK, runs=self.runs, journal=self.journal, stage="local", clock=self.clock)[
            "decision"
        ]["option_id"]
        (cost,) = (
            option.fields["total_cost_usd"]
            for option in (self._room(PACK).context(of).records().frame or Plan(options=(), facts=())).options
            if option.id == chosen
        )
        asked = fork_from(
            {
                "from": "arbitrate",
                "constraints": [{"field": "total_cost_usd", "operator": "!=", "value": cost}],
                "prompts": {"arbiter": {"text": "Mind the passengers."}},
            }
        )
        forked = fork_run(
            of,
            asked,
            by=PERSON.name,
            source="api",
            correlation_id="fork",
            pack=PACK,
            runs=self.runs,
            machine=self,
            bus=self.bus,
            spending=self.runs,
            clock=self.clock,
            in_force=PACKAGED,
            packaged={},
            tiers=price_table().tiers,
            stage="local",
        )
        self._room(PACK).deliberate(forked.run_id)

    def start(self, name: str, payload: Mapping[str, str]) -> bool:
        """See ``Machine.start``: whoever forks takes the fork to its end."""
        return True

    def _room(self, pack: Pack, kind: type[PolicyModel] = PolicyModel) -> Room:
        return room_of(
            pack,
            runs=self.runs,
            journal=self.journal,
            tables=self._tables,
            bus=self.bus,
            clock=self.clock,
            kind=kind,
        )


class _Shifted:
    """A clock that goes as fast as another, at another time."""

    def __init__(self, clock: SystemClock, by: timedelta) -> None:
        self._clock = clock
        self._by = by
        self.monotonic = clock.monotonic
        self.sleep = clock.sleep

    def __call__(self) -> datetime:
        return self._clock() + self._by


def _error(code: str, message: str) -> bytes:
    return json.dumps({"error": {"code": code, "message": message}}).encode()


@contextmanager
def served(port: int) -> Iterator[str]:
    """The console at a port of loopback, until the block ends."""
    app = application(ROOT / "console", Site(), [f"127.0.0.1:{port}"])
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=port, log_level="warning", lifespan="off"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.05)
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join(10)


if __name__ == "__main__":
    import sys

    with served(int(sys.argv[1])) as url:
        print(url, flush=True)
        threading.Event().wait()
