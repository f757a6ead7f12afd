"""The words of Conclave as types: what travels between agents, the engine and a pack.

Everything here is frozen and built from plain values, so that a record can be compared, hashed and stored as JSON by
``conclave.codec``. Times are ISO 8601 strings in UTC (``2026-11-21T06:35:00Z``), money is in US dollars, durations are
named with their unit. The file is longer than others because a vocabulary is read as a whole.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Any

from msgspec import Struct, field

# Words that are read where nothing else of a run is.
from conclave.codes import Reader as Reader
from conclave.codes import RunStatus as RunStatus

Value = str | int | float | bool | None
"""One cell: of an option, of a fact. Never nested."""
Reported = Value | Sequence[Value | Mapping[str, Value]]
"""One field of an incident: a plain value, or a list of plain values or of flat records."""


JUDGED = "model:"
"""The beginning of the ids of constraints that a model found."""


class AgentKind(StrEnum):
    """The kind of an agent: the failure of safety halts the run, that of business degrades it, the arbiter chooses."""

    SAFETY = "safety"
    BUSINESS = "business"
    ARBITER = "arbiter"


class Phase(StrEnum):
    """The three phases in which agents answer."""

    RECOMMEND = "recommend"
    REVISE = "revise"
    ARBITRATE = "arbitrate"


class Verdict(StrEnum):
    """An agent's answer in one word, ordered from permissive to strict."""

    APPROVE = "approve"
    CAUTION = "caution"
    REJECT = "reject"


class Stance(StrEnum):
    """The reaction of an agent to its peers in the phase ``revise``."""

    CONFIRM = "confirm"
    REVISE = "revise"
    STRENGTHEN = "strengthen"


class AssessmentStatus(StrEnum):
    """``ok``: the agent answered. ``unavailable``: it did not, and ``failure`` says why."""

    OK = "ok"
    UNAVAILABLE = "unavailable"


class Operator(StrEnum):
    """The comparisons a constraint may make."""

    LE = "<="
    LT = "<"
    GE = ">="
    GT = ">"
    EQ = "=="
    NE = "!="


class GapReason(StrEnum):
    """The reason why a tool could not give what it was asked for."""

    MISSING = "missing"
    FAILED = "failed"
    STALE = "stale"
    REFUSED = "refused"


class Fact(Struct, frozen=True, kw_only=True):
    """One piece of data that a run looked at.

    Attributes:
        id: Evidence id, ``<table>/<key>`` for a table item. Constraints and rationales point at it.
        kind: What it is, in the pack's words (``flight``, ``mel_item``).
        values: The cells that matter, flat.
        text: Free text that came with the item (a NOTAM, a maintenance note). Untrusted; never interpreted by code.
    """

    id: str
    kind: str
    values: Mapping[str, Value]
    text: str = ""


class Option(Struct, frozen=True, kw_only=True):
    """A candidate course of action, made by the pack's planner and by nothing else.

    Attributes:
        id: Short and unique within the run (``O1``).
        action: The kind of action in the pack's words (``delay``, ``swap_aircraft``, ``cancel``).
        parameters: What would be done, enough to carry it out (tail, crew, new times).
        fields: One value for every ``Field`` that the pack declares. ``None`` says that the field does not apply.
        summary: One line for a person.
    """

    id: str
    action: str
    parameters: Mapping[str, Value]
    fields: Mapping[str, Value]
    summary: str


class Constraint(Struct, frozen=True, kw_only=True):
    """A predicate on one option field: an option complies when ``option.fields[field] <operator> value`` holds.

    Attributes:
        id: Unique within the run; the same rule on the same field has the same id whoever found it.
        field: Name of an option field.
        operator: The comparison.
        value: Right-hand side of the comparison.
        unit: Unit of both sides (``min``, ``usd``, ``count``; empty for names and booleans).
        hard: A violated hard constraint makes an option infeasible; a soft one costs nothing and is shown.
        source: Where the rule stands (``EASA ORO.FTL.205(b)``, ``EASA MMEL 21-31-01``), or the agent for one that a model found.
        evidence_id: Id of the fact it follows from.
        reason: One line for a person.
        agent: The agent whose check or model brought it; filled by the engine.
    """

    id: str
    field: str
    operator: Operator
    value: Value
    unit: str
    hard: bool
    source: str
    evidence_id: str
    reason: str
    agent: str = ""

    @property
    def judged(self) -> bool:
        """True if a model found it in a text; any other is a rule that a check or a tool computed."""
        return self.id.startswith(JUDGED)


class Gap(Struct, frozen=True, kw_only=True):
    """Something a tool was asked for and could not give.

    Attributes:
        tool: Name of the tool.
        item: What was asked for (``crew_rosters/C1234``).
        reason: Missing item, failed query or stale data.
        mandatory: True when a safety agent must not answer without it: the run halts. Of a business agent it halts nothing.
        detail: One line for a person.
    """

    tool: str
    item: str
    reason: GapReason
    mandatory: bool
    detail: str


class ToolResult(Struct, frozen=True, kw_only=True):
    """The answer of every tool: facts, constraints and gaps, never prose."""

    facts: Sequence[Fact] = ()
    constraints: Sequence[Constraint] = ()
    gaps: Sequence[Gap] = ()


class ToolCall(Struct, frozen=True, kw_only=True):
    """One execution of a tool or check within an assessment.

    ``arguments`` and ``binding`` stand there for a dangerous tool only: the call that a person is asked to consent to, and the
    hash that the consent has to be for (``conclave.agents.consent``). ``after_seconds`` is the time from the beginning of the
    agent's work to that of the tool's; None in records that were written without it. ``hash`` is that of arguments and
    answer: equal where the same tool was asked the same and answered the same; empty in records that were written without it.
    """

    name: str
    check: bool
    duration_seconds: float
    facts: int
    constraints: int
    gaps: int
    after_seconds: float | None = None
    arguments: Mapping[str, Any] = field(default_factory=dict)
    binding: str = ""
    hash: str = ""


class Usage(Struct, frozen=True, kw_only=True):
    """The usage and cost of model calls. Tokens as the provider reports them.

    ``cost_usd`` is what was reported, at the prices in force. ``reserved_usd`` was set aside for calls of which nobody reported
    anything, and stays spent: the most that they can have cost.
    """

    input_tokens: int = 0
    output_tokens: int = 0
    cache_read_tokens: int = 0
    cache_write_tokens: int = 0
    model_calls: int = 0
    cost_usd: float = 0.0
    reserved_usd: float = 0.0


class Exchange(Struct, frozen=True, kw_only=True):
    """One request to a model and its answer, as the meter saw it.

    Attributes:
        request_hash: SHA-256 of the canonical request.
        model: Model id.
        usage: What it used and cost.
        duration_seconds: From the request to the end of the answer.
        stop_reason: As the provider says it (``tool_use``, ``end_turn``, ``guardrail_intervened``).
        error: Name of the error when there was no answer.
        after_seconds: From the beginning of the work that asked (an agent's, or framing) to the request; None in records that
            were written without it.
    """

    request_hash: str
    model: str
    usage: Usage
    duration_seconds: float
    stop_reason: str = ""
    error: str = ""
    after_seconds: float | None = None


class Trouble(StrEnum):
    """What was wrong with a model for which another one answered."""

    THROTTLED = "throttled"
    ABSENT = "absent"
    """It does not exist in this region."""
    DENIED = "denied"
    """It may not be called."""
    REFUSED = "refused_request"
    """It took the request for invalid, or the account's quota for used up."""
    TOO_LONG = "too_long"
    """The request did not fit what it can read at once."""
    LATE = "late"
    """It gave no answer within its share of the time."""
    CUT = "cut"
    """Its answer broke off, or was damaged on the way."""
    FAILED = "failed"
    """The service or the connection failed."""
    UNUSABLE = "unusable_answer"
    """It answered something that is not an answer to the question."""
    NOT_ASKED = "not_asked"
    """Nobody asked it: its breaker was open."""
    TOO_DEAR = "too_dear"
    """The call did not fit what the agent may spend."""


class StandIn(Struct, frozen=True, kw_only=True):
    """A model that answered in place of another.

    Attributes:
        model: Who answered.
        wanted: The model that should have.
        because: What was wrong with it.
        agent: Whose answer it is; filled by the engine.
    """

    model: str
    wanted: str
    because: Trouble
    agent: str = ""


class Failure(Struct, frozen=True, kw_only=True):
    """The reason why an agent is unavailable.

    Attributes:
        error: The name of the error (``States.Timeout``, ``ThrottlingException``, ``AnswerInvalid``).
        cause: One line for a person, cut at 300 characters.
    """

    error: str
    cause: str


class Assessment(Struct, frozen=True, kw_only=True):
    """An agent's typed answer in a phase.

    ``scores`` maps option ids to 0 (worst) .. 1 (best) from this agent's point of view. ``constraints`` unite what its
    checks, its tools and its model brought. ``rationale`` is a model's prose: shown to people, read by no code.
    ``versions`` has the versions of the tables before the checks read them, as far as they could be shown to be current.
    ``reused`` says that the agent's answer of the phase before stands, since there was no money left to ask its model again.
    ``model`` answered; ``stood_in`` says so where it is not the agent's own.
    ``looks`` says where its checks and tools looked in tables that feeds write, see ``conclave.caches.looks``.
    """

    agent: str
    kind: AgentKind
    phase: Phase
    status: AssessmentStatus
    verdict: Verdict | None = None
    stance: Stance | None = None
    scores: Mapping[str, float] = field(default_factory=dict)
    constraints: Sequence[Constraint] = ()
    gaps: Sequence[Gap] = ()
    facts: Sequence[Fact] = ()
    confidence: float = 0.0
    rationale: str = ""
    model: str = ""
    duration_seconds: float = 0.0
    usage: Usage = Usage()
    tool_calls: Sequence[ToolCall] = ()
    exchanges: Sequence[Exchange] = ()
    failure: Failure | None = None
    versions: Mapping[str, str] = field(default_factory=dict)
    reused: bool = False
    stood_in: StandIn | None = None
    looks: str = ""


class Complexity(StrEnum):
    """How hard a choice among options is."""

    SIMPLE = "simple"
    MODERATE = "moderate"
    COMPLEX = "complex"
    """One thing makes it hard."""
    REASONING = "reasoning"
    """Several such things come together, and have to be weighed against each other."""


class Ground(StrEnum):
    """Why a choice is not simple."""

    NOT_CLEAR = "lead_not_clear"
    CLOSE = "totals_close"
    MANY_OPTIONS = "many_options"
    GAPS = "gaps"
    MANY_GAPS = "many_gaps"
    CONFLICT = "conflict_about_an_open_option"
    SAFETY_CONFLICT = "safety_conflict"
    REMARK = "constraint_by_a_model"
    DEGRADED = "business_agent_missing"


class Choice(Struct, frozen=True, kw_only=True):
    """The arbiter's answer, before ``decide`` has checked it.

    ``ranking`` holds option ids, best first. ``failure`` is set when there is no answer. ``complexity`` says how hard the choice
    was, and so which tier of model it was left to; ``grounds`` why it was not simple. None in records that were written without.
    ``model`` answered; ``stood_in`` says so where it is not the one that the choice was left to.
    """

    option_id: str
    ranking: Sequence[str]
    justification: str
    confidence: float
    model: str = ""
    duration_seconds: float = 0.0
    usage: Usage = Usage()
    exchanges: Sequence[Exchange] = ()
    failure: Failure | None = None
    complexity: Complexity | None = None
    grounds: Sequence[Ground] = ()
    stood_in: StandIn | None = None


class ConflictKind(StrEnum):
    """Between whom a conflict stands."""

    SAFETY_BUSINESS = "safety_business"
    SAFETY_SAFETY = "safety_safety"
    BUSINESS_BUSINESS = "business_business"


class Conflict(Struct, frozen=True, kw_only=True):
    """Two agents that cannot both have their way.

    Attributes:
        kind: Between whom.
        agents: The two agents, the stricter or the earlier by name first.
        option_id: The option they disagree on; empty when the conflict is about constraints.
        constraint_ids: The constraints that cause it; empty when it is about preferences.
        detail: One line for a person.
    """

    kind: ConflictKind
    agents: Sequence[str]
    option_id: str = ""
    constraint_ids: Sequence[str] = ()
    detail: str = ""


class Claim(Struct, frozen=True, kw_only=True):
    """The claim of an agent to its peers: structured and complete, without its prose."""

    agent: str
    kind: AgentKind
    verdict: Verdict
    confidence: float
    constraint_ids: Sequence[str]
    best: Sequence[str]
    worst: Sequence[str]


class Revision(Struct, frozen=True, kw_only=True):
    """What an agent changed when it was asked again.

    Attributes:
        agent: Whose answer it is.
        stance: What it said of it; None when it did not answer.
        verdict: Whether the verdict became another.
        scores: How many options it scored otherwise.
        constraints: How many constraints it brought that it had not brought before.
        favourite: Whether another of the open options stands first.
    """

    agent: str
    stance: Stance | None = None
    verdict: bool = False
    scores: int = 0
    constraints: int = 0
    favourite: bool = False

    @property
    def changed(self) -> bool:
        """True if asking made any difference."""
        return bool(self.verdict or self.scores or self.constraints or self.favourite)


class Reason(Struct, frozen=True, kw_only=True):
    """A reason for the outcome.

    Attributes:
        code: A ``ReasonCode``, or ``incident_`` and a word of the pack.
        detail: One line for a person.
        agent: The agent it concerns, if one.
    """

    code: str
    detail: str
    agent: str = ""


class Collation(Struct, frozen=True, kw_only=True):
    """The result of ``collate`` for a phase: pure code over its assessments.

    Attributes:
        phase: The phase that was collated.
        constraints: All constraints so far, united; never fewer than before.
        conflicts: Conflicts found.
        claims: One per agent that answered.
        revise: Names of the agents whose answer the news of their peers could change.
        gaps: All gaps so far.
        halts: Reasons to halt now; empty when the run goes on.
        degraded: Business agents without an answer.
        feasible: Ids of the options that violate no hard constraint.
        usage: What the answers of this phase and of those before it used; None in records that were written without it.
        revisions: What each agent that was asked again changed.
        stood_in: Models that answered in place of others, in this phase and before, by agent.
    """

    phase: Phase
    constraints: Sequence[Constraint]
    conflicts: Sequence[Conflict]
    claims: Sequence[Claim]
    revise: Sequence[str]
    gaps: Sequence[Gap]
    halts: Sequence[Reason]
    degraded: Sequence[str]
    feasible: Sequence[str]
    usage: Usage | None = None
    revisions: Sequence[Revision] = ()
    stood_in: Sequence[StandIn] = ()


class ScoredOption(Struct, frozen=True, kw_only=True):
    """An option with everything ``decide`` computed about it.

    ``scores`` maps each dimension of the pack to 0..1; ``total`` is their weighted sum; ``violations`` holds the ids of
    the hard constraints that it breaks.
    """

    option_id: str
    scores: Mapping[str, float]
    total: float
    violations: Sequence[str]
    soft_violations: Sequence[str] = ()


class Decision(Struct, frozen=True, kw_only=True):
    """The outcome of a run.

    ``option_id`` is empty exactly when the status is ``halted``. ``usage`` is the whole run's, but for an answer that nobody
    collated because the run was closed before.
    """

    status: RunStatus
    reasons: Sequence[Reason]
    option_id: str = ""
    ranking: Sequence[str] = ()
    scores: Mapping[str, float] = field(default_factory=dict)
    total: float = 0.0
    justification: str = ""
    confidence: float = 0.0
    degraded: bool = False
    options: Sequence[ScoredOption] = ()
    usage: Usage = Usage()


class LaneKind(Struct, frozen=True, kw_only=True):
    """A kind of line in a timeline: its name in the pack's words (``aircraft``), and its title for people."""

    name: str
    title: str


class Picture(Struct, frozen=True, kw_only=True):
    """The declaration of what a person is shown of options beside the table of their fields.

    Attributes:
        lanes: Kinds of lines of the timeline, in the order in which they are drawn.
        figures: Option fields that a person compares first, in this order.
        map_title: Title of the map on which bars between places are drawn; empty for none.
    """

    lanes: Sequence[LaneKind]
    figures: Sequence[str]
    map_title: str = ""


class BarState(StrEnum):
    """What an option makes of something that takes time."""

    PLANNED = "planned"
    """It takes place as planned, whatever is chosen, unless an option says otherwise of the same subject."""
    MOVED = "moved"
    """It takes place at another time, elsewhere, or with something else."""
    ADDED = "added"
    """It is not planned, and takes place with this option."""
    DROPPED = "dropped"
    """It does not take place with this option."""


class Place(Struct, frozen=True, kw_only=True):
    """Somewhere on a map: its id within the run, and its position in degrees, north and east positive."""

    id: str
    lat: float
    lon: float


class Bar(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Something that takes time, on a line of the timeline.

    Attributes:
        lane: The line: a declared kind and an id (``aircraft/A6-FE1``).
        subject: What it is, as evidence is named (``flights/EY11-2026-11-21``). An option's bar stands for the planned bar of the
            same subject on a line of the same kind.
        label: A few words for a person.
        start: ISO 8601 UTC.
        end: ISO 8601 UTC, after the start.
        state: What the option makes of it.
        origin: Id of the place where it starts; empty for what does not travel.
        destination: Id of the place where it ends.
    """

    lane: str
    subject: str
    label: str
    start: str
    end: str
    state: BarState = BarState.PLANNED
    origin: str = ""
    destination: str = ""


class Drawing(Struct, frozen=True, kw_only=True):
    """The timeline and the map of a plan: each bar once; those as planned and those of each option by number in ``bars``."""

    places: Sequence[Place] = ()
    bars: Sequence[Bar] = ()
    planned: Sequence[int] = ()
    options: Mapping[str, Sequence[int]] = field(default_factory=dict)


class Plan(Struct, frozen=True, kw_only=True):
    """The answer of a pack's planner: the options it can build, the facts it used and what it could not see.

    ``drawing`` is for people only: no code reads it.
    """

    options: Sequence[Option]
    facts: Sequence[Fact]
    gaps: Sequence[Gap] = ()
    drawing: Drawing | None = None


class ManifestAgent(Struct, frozen=True, kw_only=True):
    """An agent of a run: its name, its title for people, and its kind."""

    name: str
    title: str
    kind: AgentKind


class ManifestDimension(Struct, frozen=True, kw_only=True):
    """A dimension of the decision score, and its share of the total."""

    name: str
    weight: float


class ManifestField(Struct, frozen=True, kw_only=True):
    """An option field: its name, the name of its type, its unit (empty where it has none), and what it says in one line."""

    name: str
    type: str
    unit: str
    description: str = ""


class SettingsSource(StrEnum):
    """Where the settings of a run come from."""

    HOSTED = "hosted"
    """What operators have deployed, read when the run began."""
    KEPT = "kept"
    """The last that the process read; since then it could not, or what it read is not valid."""
    PACKAGED = "packaged"
    """What the release brings: nothing else could be read."""


class RunSettings(Struct, frozen=True, kw_only=True):
    """The settings that a run began with, which it keeps to its end.

    Attributes:
        version: Their version, see ``conclave.configuration.document.version_of``.
        source: Where they come from.
        fault: Why they are not the hosted ones: a code; empty where they are.
        settings: All of them, as plain values.
    """

    version: str
    source: SettingsSource
    settings: Mapping[str, Any]
    fault: str = ""


class Budget(Struct, frozen=True, kw_only=True):
    """What a run may spend on models, in whole nano-dollars. Made when it is framed, and never changed.

    Attributes:
        ceiling_nanos: Of the whole run: settled plus reserved never passes it.
        allotted_nanos: Of each agent, by name, and of framing; together at most the ceiling.
        economy: Whether agents whose kind allows it begin with their cheapest tier.
    """

    ceiling_nanos: int
    allotted_nanos: Mapping[str, int]
    economy: bool = False


class Side(StrEnum):
    """The sets of versions that a run can be pinned to."""

    STABLE = "stable"
    CANDIDATE = "candidate"


class Pin(Struct, frozen=True, kw_only=True):
    """The set of versions of the agents' functions that all agents of a run answer with, from its beginning to its end.

    Attributes:
        side: Which set it is.
        rollout: Number of the rollout that the set stands in; 0 before the first.
        versions: Version of each agent's function, by the agent's name; empty for those that are deployed.
    """

    side: Side
    rollout: int
    versions: Mapping[str, str]


class PromptChange(Struct, frozen=True, kw_only=True):
    """Words of a person for one agent: after its role, or ``instead`` of it; the engine's rules follow either way."""

    agent: str
    text: str
    instead: bool = False


class FieldChange(Struct, frozen=True, kw_only=True):
    """Another value of an option's field, as a what-if."""

    option_id: str
    field: str
    value: Value


class Fork(Struct, frozen=True, kw_only=True):
    """What a fork has of another run, and what is other. It is asked for once and never changed.

    Attributes:
        of: The run that it was forked from, its parent.
        head: Where the parent's audit ended then.
        received: When the report came in that all of it goes back to: the time by which checks go.
        start: The first phase that is its own; what comes before is the parent's.
        by: Who asked for it.
        models: Tier by agent, in place of the one that pack and settings give it.
        prompts: Words for agents, one for each at most.
        constraints: Added to those that agents bring. None is ever taken away.
        fields: Other values of options' fields.
        configured: The settings that differ from the parent's, by path.
        settings: All of its settings; ``None`` in a manifest, which has them beside.
    """

    of: str
    head: str
    received: str
    start: Phase
    by: str
    models: Mapping[str, str] = field(default_factory=dict)
    prompts: Sequence[PromptChange] = ()
    constraints: Sequence[Constraint] = ()
    fields: Sequence[FieldChange] = ()
    configured: Mapping[str, Any] = field(default_factory=dict)
    settings: RunSettings | None = None


class Manifest(Struct, frozen=True, kw_only=True):
    """The description of a run by itself, so that it is read back through itself and not through the pack of another day.

    Attributes:
        pack: Name of the pack.
        version: Version of the pack.
        agents: Its agents, in the pack's order.
        phases: Its phases, in their order.
        dimensions: Dimensions of the score, in the order in which the total adds them up.
        fields: Fields of its options.
        free_text: Paths of the incident's fields that hold whatever a reporter wrote (``words``, ``problems.about``).
        settings: The settings that it began with; ``None`` in records that were written without them.
        budget: What the run may spend; None in records that were written without it.
        picture: What people are shown of its options; None where the pack declares nothing.
        time_zones: Version of the time zones that local clocks were read by (``2026c``); empty in records that were written
            without it.
        pin: The versions of the agents' functions that answer; None in records that were written without it.
        fork: Which run it was forked from, and what is other; None of a run of its own.
    """

    pack: str
    version: str
    agents: Sequence[ManifestAgent]
    phases: Sequence[Phase]
    dimensions: Sequence[ManifestDimension]
    fields: Sequence[ManifestField]
    free_text: Sequence[str]
    settings: RunSettings | None = None
    budget: Budget | None = None
    picture: Picture | None = None
    time_zones: str = ""
    pin: Pin | None = None
    fork: Fork | None = None

    @property
    def specialists(self) -> tuple[ManifestAgent, ...]:
        """The safety and business agents."""
        return tuple(agent for agent in self.agents if agent.kind is not AgentKind.ARBITER)

    @property
    def arbiter(self) -> ManifestAgent:
        """The one arbiter."""
        (arbiter,) = (agent for agent in self.agents if agent.kind is AgentKind.ARBITER)
        return arbiter


class Reading(Struct, frozen=True, kw_only=True):
    """How a report was read.

    Attributes:
        by: Who read it.
        doubt: Why code left it to a model, a code of the pack; empty where code was not asked, or read it.
        stood_in: The model that read it in place of another.
    """

    by: Reader
    doubt: str = ""
    stood_in: StandIn | None = None


class Frame(Struct, frozen=True, kw_only=True):
    """The subject of a run: the typed incident and its plan. Written once by ``frame``, read by everyone after.

    ``manifest``, ``scores`` (by option and dimension, 0 to 1) and ``reading`` are missing in records that were written without
    them.
    ``versions`` has the versions of the tables as the run found them, but for those that could not be shown to be current.
    ``planned`` is the hash of what the planner made, and ``checked`` those of what checks answered, by agent and name, where they
    were run again for people: what the run rests on can be compared with them, also when its texts are gone.
    """

    incident: Mapping[str, Reported]
    summary: str
    options: Sequence[Option]
    facts: Sequence[Fact]
    gaps: Sequence[Gap] = ()
    usage: Usage = Usage()
    exchanges: Sequence[Exchange] = ()
    manifest: Manifest | None = None
    scores: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    versions: Mapping[str, str] = field(default_factory=dict)
    reading: Reading | None = None
    drawing: Drawing | None = None
    planned: str = ""
    checked: Mapping[str, str] = field(default_factory=dict)


class Refusal(Struct, frozen=True, kw_only=True):
    """The reason why an incident could not be framed: the run halts with this reason.

    ``candidates`` are what may have been meant, for a person to choose from.
    """

    code: str
    detail: str
    candidates: Sequence[str] = ()
    usage: Usage = Usage()
    exchanges: Sequence[Exchange] = ()
    manifest: Manifest | None = None
    reading: Reading | None = None
