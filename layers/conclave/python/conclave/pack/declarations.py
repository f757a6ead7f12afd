"""The declarations of a pack. The engine runs from these declarations, the infrastructure is derived from them.

A pack is a folder ``packs/<name>/`` whose ``__init__`` holds ``PACK = Pack(...)``. It is plain Python over the types of the
engine: it imports neither boto3 nor strands nor the CDK.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Iterable, Mapping, Sequence
from copy import deepcopy
from functools import cache, cached_property
from pathlib import Path
from typing import Any

from msgspec import Struct, field, structs

from conclave.pack.arbitration import ArbitrationLimits
from conclave.pack.feeding import Feeds
from conclave.pack.incident_fields import free_texts
from conclave.pack.plain_reading import PlainReading
from conclave.pack.signatures import arguments_schema, description
from conclave.pack.tables import Item, Table, Tables
from conclave.routing.inference import NOTHING_STATED, Inference
from conclave.types import (
    AgentKind,
    Complexity,
    Constraint,
    Operator,
    Option,
    Picture,
    Plan,
    Reported,
    ToolResult,
    Value,
)

NAMESPACE = "packs"
FRAMER = "frame"
"""Under this name ``frame`` leaves its texts in the journal; no agent may be called so."""
TALKER = "converse"
"""The name under which what people ask about runs is kept beside what agents leave; no agent has it."""


class Field(Struct, frozen=True, kw_only=True):
    """A field that every option of the pack carries.

    Attributes:
        name: Snake case, with the unit in the name where a person would want it (``delay_minutes``).
        type: Type of its values; ``None`` is allowed in all of them and says that the field does not apply.
        unit: ``min``, ``usd``, ``count``, ``km``; empty for names and booleans.
        description: One line for people.
        least: What it may not be below. A field has one limit at most: the planner keeps it, and a check holds options to it.
        most: What it may not be above.
        must: What it has to be.
        applies_to: Options that have it, in the pack's words (``flying``); empty for all. In the others it is ``None``.
    """

    name: str
    type: type[str] | type[int] | type[float] | type[bool]
    unit: str = ""
    description: str
    least: float | None = None
    most: float | None = None
    must: str | bool | None = None
    applies_to: str = ""

    @property
    def limits(self) -> Sequence[tuple[Operator, Value]]:
        """The limits that are declared, as comparisons; a field that fits has one or none."""
        declared = ((Operator.GE, self.least), (Operator.LE, self.most), (Operator.EQ, self.must))
        return tuple((operator, value) for operator, value in declared if value is not None)

    def constraint(self, identifier: str, *, source: str, evidence_id: str, reason: str) -> Constraint:
        """Its limit as a hard constraint.

        Args:
            identifier: Id of the constraint.
            source: Where the rule stands.
            evidence_id: Id of the fact that it follows from.
            reason: One line for a person.

        Returns:
            The constraint.

        Raises:
            PackInvalid: The field has no limit.
        """
        if not self.limits:
            raise PackInvalid(f"field {self.name} has no limit; declare least, most or must")
        ((operator, value),) = self.limits
        return Constraint(
            id=identifier,
            field=self.name,
            operator=operator,
            value=value,
            unit=self.unit,
            hard=True,
            source=source,
            evidence_id=evidence_id,
            reason=reason,
        )


class ToolContext(Struct, frozen=True, kw_only=True):
    """Everything that a tool may look at. ``tables`` is narrowed to the tool's declared reads.

    Attributes:
        incident: The typed incident, an instance of the pack's incident class.
        options: The options of the run.
        tables: Batch reads.
        now: Time of the incident's receipt, ISO 8601 UTC; the only clock a tool has.
        strict: A read that a tool does not declare is raised, in tests and on the stage ``local``. Otherwise it is a gap, as
            any defect of a tool is.
    """

    incident: Any
    options: Sequence[Option]
    tables: Tables
    now: str
    strict: bool = True


class Tool(Struct, frozen=True, dict=True):
    """A read-only function that an agent may call, or that the engine calls as its check.

    Packs declare one with ``@tool``.

    Attributes:
        function: The function; its name is the tool's name.
        reads: Tables (``flights``) and indexes (``flights/by_tail``) that it reads. Its role allows these only.
        dangerous: Runs only with a live consent to the very call (``conclave.agents.consent``); never as a check.
        serves: Option fields that it has something to say about. A model is offered it where some option has more than nothing in
            one of them; a tool without is always offered.
    """

    function: Callable[..., ToolResult]
    reads: Sequence[str]
    dangerous: bool = False
    serves: Sequence[str] = ()

    def fits(self, options: Iterable[Option]) -> bool:
        """True if the tool serves what these options differ in, and so is worth its place in a prompt."""
        return not self.serves or any(option.fields.get(name) for option in options for name in self.serves)

    @property
    def name(self) -> str:
        """Name of the tool."""
        return self.function.__name__

    @property
    def description(self) -> str:
        """The part of the function's docstring that the model reads: its first paragraph."""
        return description(self.function)

    @property
    def input_schema(self) -> dict[str, Any]:
        """JSON schema of the tool's arguments, each with its line under ``Args``; raises ``ArgumentUnusable``."""
        return deepcopy(self._arguments)

    @cached_property
    def _arguments(self) -> dict[str, Any]:
        """The schema, read from the signature once and kept with the tool: a function may enclose a run and all its texts."""
        return arguments_schema(self.function)

    @property
    def spec(self) -> dict[str, Any]:
        """The tool as a model is offered it, in the form of Converse."""
        return {"name": self.name, "description": self.description, "inputSchema": {"json": self.input_schema}}


def tool(
    *, reads: Sequence[str], dangerous: bool = False, serves: Sequence[str] = ()
) -> Callable[[Callable[..., ToolResult]], Tool]:
    """Makes a function a tool, beside the function: ``@tool(reads=("parcels",))``.

    The function takes a ``ToolContext`` and keyword arguments of type ``str``, ``int``, ``float``, ``bool`` or
    ``list[str]``. A tool used as a check has none, or defaults for all. Its docstring is written for the model, each
    argument but the context under ``Args``.

    Args:
        reads: See ``Tool.reads``.
        dangerous: See ``Tool.dangerous``.
        serves: See ``Tool.serves``.

    Returns:
        What makes the ``Tool`` of a function.
    """
    return lambda function: Tool(function, reads, dangerous, serves)


class Objective(Struct, frozen=True, kw_only=True):
    """A preference of an agent, on one option field. The prompt states it; the offline policy ranks by it.

    Attributes:
        field: Name of a numeric or boolean option field (False counts 0, True counts 1, ``None`` counts as neutral).
        goal: ``min`` or ``max``.
        weight: Share among the agent's objectives.
    """

    field: str
    goal: str
    weight: float = 1.0


class Inferences(Struct, frozen=True, kw_only=True):
    """Parameters of inference by kind of agent, and for framing; the tier's where nothing is stated."""

    safety: Inference = NOTHING_STATED
    business: Inference = NOTHING_STATED
    arbiter: Inference = NOTHING_STATED
    framing: Inference = NOTHING_STATED

    def of(self, kind: AgentKind | None) -> Inference:
        """Those of a kind; ``None`` for framing."""
        stated: Inference = getattr(self, kind.value if kind else "framing")
        return stated


class Agent(Struct, frozen=True, kw_only=True):
    """A role in the room.

    Attributes:
        name: Snake case; also the name of its function, its role, its prompt file ``prompts/<name>.md``.
        title: For people.
        kind: Safety, business or arbiter.
        tier: Model tier (``fast``, ``balanced``, ``strong``).
        tiers: Other tiers for choices of less than the full complexity. Of the arbiter only: what a safety agent misses, nobody
            finds afterwards, while a choice is checked by ``decide``.
        fields: Option fields that it sees, in this order.
        objectives: What it prefers.
        checks: Tools that the engine always runs for it before its model is asked.
        tools: Further tools that its model may call.
        time_limit: Seconds that it has for an answer; ``None`` leaves it to its kind (``Pack.time_limits``).
        role: Its role in words, where a fork changes it; empty for its prompt file.
    """

    name: str
    title: str
    kind: AgentKind
    tier: str
    fields: Sequence[str]
    objectives: Sequence[Objective] = ()
    checks: Sequence[Tool] = ()
    tools: Sequence[Tool] = ()
    time_limit: int | None = None
    tiers: Mapping[Complexity, str] = field(default_factory=dict)
    role: str = ""

    def for_choice(self, complexity: Complexity) -> Agent:
        """The same agent with the tier that it has for a choice of this complexity."""
        return structs.replace(self, tier=self.tiers.get(complexity, self.tier))

    def on_tier(self, tier: str) -> Agent:
        """The same agent with another tier."""
        return self if tier == self.tier else structs.replace(self, tier=tier)

    @property
    def every_tier(self) -> tuple[str, ...]:
        """All tiers that its model may have, each once."""
        return tuple(dict.fromkeys((self.tier, *self.tiers.values())))

    @property
    def reads(self) -> frozenset[str]:
        """Every table and index that its checks and tools read."""
        return frozenset(read for each in (*self.checks, *self.tools) for read in each.reads)


class Dimension(Struct, frozen=True, kw_only=True):
    """One dimension of the decision score: an exact function of the fields of an option.

    Attributes:
        name: ``safety``, ``cost`` ...
        weight: Share of the total; the weights of a pack add up to 1.
        score: Maps an option's fields to 0 (worst) .. 1 (best). Pure.
    """

    name: str
    weight: float
    score: Callable[[Mapping[str, Value]], float]


class ApprovalRule(Struct, frozen=True, kw_only=True):
    """A rule that asks for approval: the chosen option's field compares true with the value, or cannot be compared with it.

    Attributes:
        field: A field of the options.
        operator: How it is compared.
        value: With what.
        reason: Why a person has to approve, for that person.
        group: The people who may, a word like ``duty_managers``; the deployment makes a group of each.
        people: How many different ones of them have to.
    """

    field: str
    operator: Operator
    value: Value
    reason: str
    group: str = "approvers"
    people: int = 1


class Unresolvable(Exception):
    """The incident does not fit the data: unknown flight, wrong date, several candidates.

    Args:
        code: The pack's word for it (``flight_unknown``); the code of the reason is ``incident_`` and this word.
        message: One line that says what to do.
        candidates: What may have been meant.
    """

    def __init__(self, code: str, message: str, candidates: Sequence[str] = ()) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.candidates = tuple(candidates)


class Unvaried(Exception):
    """The figure cannot be changed in this run: it has none, or it is told in a way that does not move. One line says which."""


class Variation(Struct, frozen=True, kw_only=True):
    """A figure that a question may change in memory, for a plan that nobody carries out.

    Attributes:
        name: Snake case.
        unit: Unit of the change (``min``).
        description: What it is and what its sign means, for the model that reads it.
        least: Lowest change.
        most: Highest change.
        vary: ``vary(incident, tables, change)`` answers the incident and the tables with the changed figure; ``Varied`` makes the
            latter. Raises ``Unvaried``. It reads what planning reads.
    """

    name: str
    unit: str
    description: str
    least: int
    most: int
    vary: Callable[[Any, Tables, int], tuple[Any, Tables]]


class Pack(Struct, frozen=True, kw_only=True, dict=True):
    """A domain.

    Attributes:
        name: Name of the folder.
        title: For people.
        version: Changes whenever rules, planner, prompts or tools change.
        incident: Frozen struct (or dataclass) of the typed incident, its fields plain values with a default each, annotated with
            ``msgspec.Meta`` (description, pattern, examples). A field may also be a tuple with a ``max_length`` of plain values
            or of a frozen struct that has such fields itself. Its JSON schema is what the framing model answers in.
            ``extra_json_schema`` helps to read free text: ``keywords`` (words that mean each value), ``after`` (words before
            the value), ``prefixes`` (words for the letters of a number), ``format`` (``date``, ``time``), ``unit``, and
            ``reporters`` (``who``, ``says``, ``by``, ``amid``: who reports is not what is reported), ``urgent`` (keywords that go
            before longer ones), ``forms`` (regular expressions of a value), ``beside`` (words before a value that is another
            thing's), ``statements`` (of a list of records: ``conclave.language.statements.wording.Wording``), ``advice``
            (what to do when a value is refused), ``collects`` (fields between whose values the text leaves open which it
            means; ``resolve`` asks back), ``jargon`` (words of the domain beside figures, see
            ``conclave.language.text.Jargon``), and ``free`` (a text with a pattern that still holds words of a reporter).
        tables: The tables it needs.
        fields: The fields of its options.
        agents: Its agents: safety and business in the order of display, and exactly one arbiter.
        dimensions: How an option is scored.
        approvals: When a person has to approve.
        escalation: The people who may approve as well when those of a rule did not come in time; empty for nobody.
        arbitration: How hard a choice is, for the tier of the arbiter's model.
        read_plainly: Reads a report by code, where it can be read in one way only: ``read_plainly(text, received, tables)``
            with the reads of ``reread``. ``None``: a model reads every report.
        reread: Holds an incident that was read from free text against that text, by code: ``reread(incident, text, received,
            tables)`` answers it corrected, and raises ``Unresolvable`` for what is to be asked back. ``None``: nothing is held
            against it.
        reread_reads: Tables and indexes that ``reread`` reads.
        resolve: Checks a typed incident against the tables and completes it. Raises ``Unresolvable``.
        resolve_reads: Tables and indexes that ``resolve`` reads.
        plan: Builds the feasible options with all their fields from the completed incident, and ``now``.
        plan_reads: Tables and indexes that ``plan`` reads.
        summarise: One line about an incident for a person.
        sample: Makes the rows of a sample network from a date (ISO) and a seed: table name to items.
        examples: Sentences that work on the sample of that date: ``examples("2026-11-21")``.
        examples_of: Sentences that work on the data of the tables that day: ``examples_of(tables, "2026-11-21")``; ``None``: only
            those of the sample.
        typed_example: One incident, as the API takes it, that comes to a decision on the sample of that date. ``conclave smoke``
            proves a deployment with it.
        generate: Makes a sample network of another size, if the pack can: ``generate(date, seed, size)``.
        time_limits: Seconds by kind of agent, for those that name no time limit of their own.
        inference: How models are asked, by kind of agent, where the tier's way is not the right one.
        folder: Where the pack lives; set from ``__file__``.
        masked: Regular expressions of values that lead to a person (booking numbers), by name; logs do not show them.
        variations: The figures that a question about a run may change in memory, see ``conclave.pack.variations``.
        picture: What people are shown of the options: kinds of lines of a timeline, first figures, a map. The planner draws it.
        feeds: Texts that are sent all day and change the tables; None where nothing is sent.
    """

    name: str
    title: str
    version: str
    incident: type[Any]
    tables: Sequence[Table]
    fields: Sequence[Field]
    agents: Sequence[Agent]
    dimensions: Sequence[Dimension]
    approvals: Sequence[ApprovalRule]
    resolve: Callable[[Any, Tables, str], Any]
    resolve_reads: Sequence[str]
    plan: Callable[[Any, Tables, str], Plan]
    plan_reads: Sequence[str]
    summarise: Callable[[Any], str]
    sample: Callable[[str, int], dict[str, Iterable[Item]]]
    examples: Callable[[str], Sequence[str]]
    typed_example: Callable[[str], Mapping[str, Reported]]
    folder: Path
    read_plainly: Callable[[str, str, Tables], PlainReading] | None = None
    reread: Callable[[Any, str, str, Tables], Any] | None = None
    reread_reads: Sequence[str] = ()
    generate: Callable[[str, int, int], dict[str, Iterable[Item]]] | None = None
    examples_of: Callable[[Tables, str], Sequence[str]] | None = None
    arbitration: ArbitrationLimits = field(default_factory=ArbitrationLimits)
    masked: Mapping[str, str] = field(default_factory=dict)
    picture: Picture | None = None
    variations: Sequence[Variation] = ()
    feeds: Feeds | None = None
    escalation: str = ""
    inference: Inferences = Inferences()
    time_limits: Mapping[AgentKind, int] = field(
        default_factory=lambda: {AgentKind.SAFETY: 60, AgentKind.BUSINESS: 45, AgentKind.ARBITER: 90}
    )

    @property
    def approver_groups(self) -> tuple[str, ...]:
        """The groups of people who may act on decisions: those of the rules, and those whom an approval escalates to."""
        named = (*(rule.group for rule in self.approvals), *([self.escalation] if self.escalation else ()))
        return tuple(dict.fromkeys(named))

    @cached_property
    def specialists(self) -> tuple[Agent, ...]:
        """The safety and business agents, in the pack's order."""
        return tuple(agent for agent in self.agents if agent.kind is not AgentKind.ARBITER)

    @cached_property
    def arbiter(self) -> Agent:
        """The one arbiter."""
        (arbiter,) = (agent for agent in self.agents if agent.kind is AgentKind.ARBITER)
        return arbiter

    @cached_property
    def triers(self) -> tuple[Agent, ...]:
        """Who tries a model whose circuit is half-open, where a run has the lease: the first business agent and the arbiter."""
        business = [agent for agent in self.agents if agent.kind is AgentKind.BUSINESS]
        return (*business[:1], self.arbiter)

    @cached_property
    def free_text(self) -> frozenset[str]:
        """Paths of the fields of the incident that hold whatever a reporter writes, see ``conclave.pack.incident_fields``."""
        return free_texts(self.incident)

    @cached_property
    def framing_reads(self) -> frozenset[str]:
        """Every table and index that making a report an incident with options reads."""
        return frozenset((*self.reread_reads, *self.resolve_reads, *self.plan_reads))

    @cached_property
    def read_tables(self) -> frozenset[str]:
        """Names of the tables that a run may read."""
        reads = self.framing_reads.union(*(agent.reads for agent in self.agents))
        return frozenset(read.partition("/")[0] for read in reads)

    @cached_property
    def feed_tables(self) -> tuple[str, ...]:
        """Names of the tables that feeds write."""
        return self.feeds.tables if self.feeds else ()

    def agent(self, name: str) -> Agent:
        """The agent of that name; ``KeyError`` when there is none."""
        return {agent.name: agent for agent in self.agents}[name]

    def time_limit(self, agent: Agent) -> int:
        """Seconds that an agent has for an answer: its own limit, or that of its kind."""
        return self.time_limits[AgentKind(agent.kind)] if agent.time_limit is None else agent.time_limit

    def prompt(self, agent: str) -> str:
        """The agent's role as the pack's author wrote it (``prompts/<agent>.md``)."""
        return _read(self.folder / "prompts" / f"{agent}.md")

    def validate(self) -> None:
        """Checks that the declarations fit together.

        Raises:
            PackInvalid: With every contradiction found, one per line.
        """
        from conclave.pack.contradictions import contradictions

        problems = list(contradictions(self))
        if problems:
            raise PackInvalid("\n".join(problems))


@cache
def _read(file: Path) -> str:
    """The text of a file of a pack, which stays as it is while a process lives."""
    return file.read_text(encoding="utf-8").strip()


class PackInvalid(Exception):
    """A pack contradicts itself; the message lists how."""


class PackUnknown(Exception):
    """There is no pack of that name; the message lists those there are."""


def available_packs() -> tuple[str, ...]:
    """Names of all packs that can be imported."""
    namespace = importlib.import_module(NAMESPACE)
    return tuple(sorted(module.name for module in pkgutil.iter_modules(namespace.__path__) if module.ispkg))


def load_pack(name: str) -> Pack:
    """Loads a pack by name.

    Raises:
        PackUnknown: When there is none.
        PackInvalid: When it is not a pack, or goes by another name.
    """
    if name not in available_packs():
        raise PackUnknown(f"there is no pack '{name}'; choose one of: {', '.join(available_packs())}")
    pack = importlib.import_module(f"{NAMESPACE}.{name}").PACK
    if not isinstance(pack, Pack):
        raise PackInvalid(f"packs.{name}.PACK is not a Pack")
    if pack.name != name:
        raise PackInvalid(f"the pack in packs/{name} is named '{pack.name}'; name it '{name}', as its folder")
    return pack
