"""Ports to all that the commands need from the world. Tests hand in fakes; ``cli.services`` hands in the real ones."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from conclave.audit.chain import NewEntry
    from conclave.configuration.changing import Rollout
    from conclave.pack.tables import Batch, Item, Key, Tables
    from conclave.rollout.record import Record


DEFAULT_STAGE = "local"
DEFAULT_PACK = "airline"

Document = dict[str, Any]
"""A JSON object."""

Progress = Callable[[str], None]
"""Takes one line about what happens now."""


@dataclass(frozen=True, slots=True)
class Target:
    """Which deployment a command talks to."""

    stage: str
    pack: str

    @property
    def is_local(self) -> bool:
        """True for the laptop's own cloud."""
        return self.stage == DEFAULT_STAGE

    @property
    def options(self) -> str:
        """The options that lead a further command to the same target; empty for the defaults."""
        stage = "" if self.is_local else f" --stage {self.stage}"
        return stage + ("" if self.pack == DEFAULT_PACK else f" --pack {self.pack}")

    def stack(self, part: str) -> str:
        """Name of one of its stacks: ``data``, ``engine`` or ``operations``."""
        return f"Conclave-{self.stage}-{self.pack.replace('_', '-')}-{part}"


class Api(Protocol):
    """The HTTP API. Every method raises ``CliError`` with the answer's own message when the API refuses."""

    def submit(self, body: Mapping[str, Any], key: str = "") -> Document:
        """Posts an incident; answers ``run_id``, ``status`` and ``duplicate``. ``key`` is the Idempotency-Key."""
        ...

    def run(self, run_id: str) -> Document:
        """The whole run. Raises ``CliError`` with code ``run_unknown`` when there is none."""
        ...

    def trace(self, run_id: str) -> Document:
        """The spans of a run. Raises ``CliError`` with code ``run_unknown`` when there is none."""
        ...

    def audit(self, run_id: str) -> Document:
        """The entries of a run's audit, as text. Raises ``CliError`` with code ``run_unknown`` when there is none."""
        ...

    def texts(self, run_id: str, agent: str, phase: str) -> Document:
        """The texts of an agent in a phase. Raises ``CliError`` with code ``run_unknown`` when there is no such run."""
        ...

    def recording(self, run_id: str, agent: str = "") -> Document:
        """A part of a recorded run: its head, or an agent's entries. Raises ``CliError`` with code ``run_unknown``."""
        ...

    def events(self, run_id: str, after: int, kinds: Sequence[str]) -> Document:
        """The next events of a run after an ordinal. Raises ``CliError`` with code ``run_unknown`` when there is none."""
        ...

    def listen(self, run_id: str, kinds: Sequence[str]) -> Document:
        """Asks for a ``ticket`` that opens a connection. Raises ``CliError`` with code ``run_unknown`` when there is no run."""
        ...

    def erase(self, run_id: str, reason: str) -> Document:
        """Erases the texts of a run. Raises ``CliError`` with code ``run_unknown`` when there is none."""
        ...

    def act(self, run_id: str, act: Mapping[str, Any]) -> Document:
        """Approves, refuses or overrides a decision. Raises ``CliError`` with code ``run_unknown`` when there is no such run."""
        ...

    def feedback(self, run_id: str, said: Mapping[str, Any]) -> Document:
        """Says what came of a run. Raises ``CliError`` with code ``run_unknown`` when there is no such run."""
        ...

    def fork(self, run_id: str, asked: Mapping[str, Any], key: str = "") -> Document:
        """Forks a run; answers ``run_id`` of the fork and ``duplicate``. Raises ``CliError`` with code ``run_unknown``."""
        ...

    def ask(self, run_id: str, question: str) -> Document:
        """Asks about a run. Raises ``CliError`` with code ``run_unknown`` when there is no such run."""
        ...

    def consent(self, run_id: str, call: Mapping[str, Any]) -> Document:
        """Consents to one call of a dangerous tool. Raises ``CliError`` with code ``run_unknown`` when there is no such run."""
        ...

    def runs(self, *, status: str = "", day: str = "", limit: int = 20, cursor: str = "") -> Document:
        """One page of runs, newest first."""
        ...


class Events(Protocol):
    """The events of one run, as they are told."""

    @property
    def over(self) -> bool:
        """True once the run has its outcome, and everything before it was seen."""
        ...

    def wait(self, seconds: float) -> bool:
        """Waits for the next event, and for seconds at most; False, and at once, where events do not come by themselves."""
        ...

    def next(self, seconds: float) -> list[Document]:
        """The events that come next, none where nothing comes within the seconds. Raises ``CliError``."""
        ...

    def close(self) -> None:
        """Ends what is open."""
        ...


class Anchors(Protocol):
    """The anchors of a target: what was signed and locked away about its audits."""

    def names(self) -> list[str]:
        """Names of all objects, deleted ones too where a version is left."""
        ...

    def of(self, run_id: str) -> list[tuple[str, str]]:
        """The objects of a run, every version of each, as they were written: name and content."""
        ...

    def key(self) -> tuple[str, bytes]:
        """Name of the signing key, and its public half (DER)."""
        ...


class Bus(Protocol):
    """The event bus that incidents may arrive on."""

    def report(self, detail: Mapping[str, Any]) -> None:
        """Puts one ``IncidentReported`` event."""
        ...

    def feed(self, detail: Mapping[str, Any]) -> None:
        """Puts one ``FeedReceived`` event."""
        ...

    def warm_up(self) -> None:
        """Puts the event that warms up the functions which a run waits for."""
        ...


class SampleStore(Protocol):
    """A pack's deployed tables, as the seeder sees them."""

    def put(self, table: str, items: Iterable[Item]) -> int:
        """Writes items in batches; answers how many."""
        ...

    def remove(self, table: str, keys: Iterable[Key]) -> None:
        """Deletes items in batches; a key without an item is not an error."""
        ...

    def tables(self) -> Tables:
        """The tables as the pack reads them."""
        ...

    def keys(self, table: str) -> Iterator[Key]:
        """The keys of all items of a table, read page by page."""
        ...

    def get(self, table: str, keys: Iterable[Key]) -> Batch:
        """Reads items in batches."""
        ...


class Cloud(Protocol):
    """The cloud that a stage is deployed in, as far as finding and naming things goes."""

    def outputs(self, target: Target) -> dict[str, str]:
        """Outputs of the target's engine stack. Raises ``CliError`` when the cloud or the stack is not there."""
        ...

    def console(self, target: Target) -> dict[str, str]:
        """Outputs of the target's console stack; none when it has no console. Raises ``CliError`` when the cloud is silent."""
        ...

    def stacks(self, target: Target) -> list[Document]:
        """Name and status of the target's stacks that exist."""
        ...

    def concurrency(self) -> Document:
        """The account's concurrent executions of Lambda: ``total``, and ``unreserved`` by any function.

        Raises:
            CliError: There are no credentials, or the account does not answer.
        """
        ...

    def events(self, target: Target, correlation_id: str, since: str) -> list[Document]:
        """Events that the target's functions logged under a correlation id since an ISO time, in order.

        Each event has ``timestamp``, ``function``, ``level`` and ``message``, and whatever else was logged.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarm:
    """An alarm as it is deployed.

    Attributes:
        name: Its name.
        state: ``OK``, ``ALARM`` or ``INSUFFICIENT_DATA``.
        actions: ARNs of what is told when it rings; empty when its actions are switched off.
    """

    name: str
    state: str
    actions: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """One notice to an action, as the alarm's history has it.

    Attributes:
        at: When, ISO 8601.
        sent: Whether the action took it.
        detail: The history's own summary.
    """

    at: str
    sent: bool
    detail: str


class Alarms(Protocol):
    """The alarms of an account, and whom they tell."""

    def named(self, prefix: str) -> list[Alarm]:
        """The alarms whose names begin with a prefix, by name."""
        ...

    def set(self, name: str, state: str, reason: str) -> None:
        """Puts an alarm into a state until it looks at its metric again."""
        ...

    def notices(self, name: str) -> list[Notice]:
        """The notices that the history of an alarm tells of, newest first, 100 at most."""
        ...

    def subscribers(self, topic: str) -> tuple[int, int]:
        """Subscriptions of a topic: confirmed ones, and ones that wait for their confirmation.

        Raises:
            CliError: There is no such topic.
        """
        ...


class Laptop(Protocol):
    """The local cloud, as the commands ``up``, ``down``, ``status`` and ``console`` drive it. Methods raise ``CliError``."""

    def start(self, progress: Progress, *, real_model: bool) -> bool:
        """Starts what is not running yet and comes back when it answers; False when everything ran already."""
        ...

    def bootstrap(self, progress: Progress) -> bool:
        """Runs ``cdk bootstrap`` unless that was done since the start; answers whether it ran."""
        ...

    def deploy(self, pack: str, progress: Progress) -> bool:
        """Runs ``cdk deploy`` of all stacks of the pack unless exactly that is deployed; answers whether it ran."""
        ...

    def console(self) -> tuple[str, str]:
        """Starts the console's page server unless it runs: its URL, or why there is none and what to do."""
        ...

    def stop(self) -> bool:
        """Stops what runs, by process id; answers whether anything ran."""
        ...

    def status(self) -> Document:
        """All that runs: process ids, URLs, packs, who answers for the models."""
        ...

    def require_models(self) -> None:
        """Raises ``CliError`` when the local cloud runs and nobody would answer for the models."""
        ...

    def coverage(self) -> dict[str, list[str]]:
        """Parts of AWS that are emulated, approximated, only recorded, or absent: entries by that word."""
        ...


class SignIn(Protocol):
    """The sign-in of the person at this machine. Methods raise ``CliError`` when it cannot be."""

    def sign_in(self, show: Callable[[str], None], left: Callable[[], float]) -> str:
        """Signs in.

        Args:
            show: Gets the URL of the page at which the person signs in.
            left: Seconds that are left for it.

        Returns:
            When the token ends that commands use first, ISO.

        Raises:
            CliError: It was refused, or not done in time.
        """
        ...

    def sign_out(self) -> str:
        """Signs out: ``ended``, ``kept_by_pool`` where the pool did not do it, ``none`` where nobody was signed in."""
        ...


class Pages(Protocol):
    """The console's page on a stage."""

    def publish(self, outputs: Mapping[str, str], reference: str) -> list[str]:
        """Puts the built page where its distribution finds it.

        Args:
            outputs: Those of the console's stack.
            reference: Another one for each time.

        Returns:
            Names of the files.

        Raises:
            CliError: The page is not built, or the account refuses.
        """
        ...


class Machine(Protocol):
    """The machine that ``doctor`` looks at."""

    def python(self) -> tuple[int, int, int]:
        """Version of the interpreter."""
        ...

    def version(self, tool: str) -> str:
        """Version of ``node``, ``cdk`` or ``uv`` as this environment has it; empty when it is missing."""
        ...

    def missing_packages(self) -> list[str]:
        """Packages of the local cloud that cannot be imported."""
        ...

    def ports(self) -> dict[int, str]:
        """The local cloud's ports: ``free``, ``ours`` or ``taken``."""
        ...

    def free_bytes(self) -> int:
        """Free disk space where the checkout is."""
        ...


class StageRollouts(Protocol):
    """The rollout of a target, see ``conclave.rollout.acting.Rollouts``. Methods raise ``CliError`` when the cloud refuses."""

    def read(self) -> Record:
        """The record, consistently read; that before the first rollout where there is none."""
        ...

    def entries(self) -> list[bytes]:
        """The audit, oldest first."""
        ...

    def move(self, before: Record, after: Record, entry: NewEntry) -> None:
        """Writes the record and its entry, both or neither. Raises ``CliError`` when somebody else moved it first."""
        ...

    def deployed(self) -> dict[str, str]:
        """The versions that were deployed last, by agent."""
        ...

    def caller(self) -> str:
        """Who asks, as the cloud knows them."""
        ...

    def look(self, *, step: bool) -> Document:
        """Has the stage's gate do what there is to do now; answers what it found, see ``conclave.api.gating.gate.Looked``.

        Args:
            step: Whether a candidate that is no worse gets its next share.
        """
        ...


class Configuration(Protocol):
    """What operators may change at run time of a target. Methods raise ``CliError`` when the cloud refuses."""

    def packaged(self) -> dict[str, Any]:
        """The settings of the stage, which those of operators overrule."""
        ...

    def seen_seconds(self) -> int:
        """So long at most a warm function goes on under settings that were replaced."""
        ...

    def tried(self) -> bool:
        """Whether the stage has the gate try changes before they are deployed."""
        ...

    def rollouts(self) -> list[Rollout]:
        """The newest deployments, newest first: at least one that is complete, if there is any."""
        ...

    def document(self, version: int) -> bytes:
        """The document of a version."""
        ...

    def entries(self) -> list[bytes]:
        """The audit of the changes, oldest first."""
        ...

    def enter(self, entry: NewEntry) -> None:
        """Adds an entry to the audit. Raises ``CliError`` when somebody else's came first."""
        ...

    def deploy(self, document: bytes, *, label: str, why: str, at_once: bool) -> int:
        """Begins to roll out a document, step by step as the stage does it, or ``at_once``; answers the deployment's number."""
        ...

    def stop(self, number: int) -> None:
        """Takes back a deployment that is under way."""
        ...

    def caller(self) -> str:
        """Who asks, as the cloud knows them."""
        ...
