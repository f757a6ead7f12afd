"""Every metric of the engine: the one list that functions, alarms and widgets share, and the port that takes figures.

What is not listed here cannot be emitted. What no function emits (``emitted_by``) can be neither watched nor shown: synthesis
refuses it, and a test runs the code path of each metric and holds ``emitted_by`` against what came out. So a new metric is an
entry here, an ``observe`` call, and a scenario in ``tests/integration/functions/test_metrics.py`` where none runs its path yet.

Each combination of values of a set of dimensions is a metric of its own to CloudWatch, and is paid for: sets are few, and their
values are names of a pack, of the price table or of the code, never texts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Protocol

from msgspec import Struct


class Unit(StrEnum):
    """Units, as CloudWatch calls them."""

    COUNT = "Count"
    SECONDS = "Seconds"
    NONE = "None"
    """US dollars: CloudWatch has no unit for money."""


class Part(StrEnum):
    """The dimensions besides ``service``, which every metric has: the stage and pack, as the prefix of all names."""

    AGENT = "agent"
    MODEL = "model"
    PHASE = "phase"
    FUNCTION = "function"
    WAY = "way"
    FIELD = "field"
    RULE = "rule"


Parts = tuple[Part, ...]
"""A set of dimensions; the empty one adds up whatever the others tell apart."""

_TOTAL: Parts = ()
_BY_AGENT: Parts = (Part.AGENT,)
_BY_MODEL: Parts = (Part.MODEL,)
_BY_PHASE: Parts = (Part.PHASE,)
_BY_FUNCTION: Parts = (Part.FUNCTION,)
_BY_WAY: Parts = (Part.WAY,)
_BY_FIELD: Parts = (Part.FIELD,)
_BY_RULE: Parts = (Part.RULE,)


class Metric(Struct, frozen=True, kw_only=True):
    """A metric.

    Attributes:
        name: Its name in CloudWatch.
        unit: Its unit.
        meaning: One line for a person.
        by: The sets of dimensions that it is kept under, each besides ``service``.
        emitted_by: The verbs of the functions that emit it; none while nobody does.
    """

    name: str
    unit: Unit
    meaning: str
    by: tuple[Parts, ...]
    emitted_by: tuple[str, ...]

    @property
    def parts(self) -> frozenset[Part]:
        """The dimensions that have to come with each figure."""
        return frozenset(part for parts in self.by for part in parts)


class Retreat(StrEnum):
    """Values of ``way``: what becomes of an answer for which the money does not suffice."""

    ECONOMY = "economy"
    """A cheaper model was asked first, since the run is frugal."""
    CHEAPER_TIER = "cheaper_tier"
    """A cheaper model answered, since a call of the agent's own did not fit what was left."""
    LAST_ANSWER = "last_answer"
    """The agent's answer of the phase before stands."""
    NO_ANSWER = "no_answer"
    """There is none: a business agent is left out; for any other, and for framing, the run halts."""


class Timed(Struct, frozen=True, kw_only=True):
    """A part of the work in time: a run, a phase, an agent's, a call of a model until its stream ended, or a tool.

    Attributes:
        path: Its place in the run, as in the run's trace (``run/recommend/cargo/model-1``).
        name: The run, phase, agent, model or tool.
        kind: ``run``, ``phase``, ``agent``, ``model`` or ``tool``.
        start: Seconds since the epoch.
        end: The same.
        facts: What is known of it: ids, codes and numbers, never texts.
        error: Name of the error, where there was one.
        within: The parts of this part.
    """

    path: str
    name: str
    kind: str
    start: float
    end: float
    facts: Mapping[str, str | int | float]
    error: str = ""
    within: Sequence[Timed] = ()


class Observe(Protocol):
    """Takes figures and times for operators. Nothing comes back from it."""

    def __call__(self, metric: Metric, value: float, **parts: str) -> None:
        """Takes a value of a metric, with a value for each of its dimensions by name (``agent="cargo"``)."""
        ...

    def timed(self, part: Timed) -> None:
        """Takes a part of the work in time, for the trace."""
        ...


class Unobserved:
    """Lets everything go."""

    def __call__(self, metric: Metric, value: float, **parts: str) -> None:
        """See ``Observe``."""
        del metric, value, parts

    def timed(self, part: Timed) -> None:
        """See ``Observe``."""
        del part


unobserved: Observe = Unobserved()


METRICS: dict[str, Metric] = {}
"""All metrics by name."""


def _listed(
    name: str,
    meaning: str,
    *emitted_by: str,
    unit: Unit = Unit.COUNT,
    by: tuple[Parts, ...] = (_TOTAL,),
) -> Metric:
    METRICS[name] = Metric(name=name, unit=unit, meaning=meaning, by=by, emitted_by=emitted_by)
    return METRICS[name]


_ENDS = ("publish", "close_run", "sweep")
_WORKED = (*_ENDS, "hold")
_ASKS = ("frame", "run_agent")
_CALLS = (*_ASKS, "converse")
_TELLS = ("frame", "collate", "decide", "converse")
_ALL = (
    "anchor", "approve", "close_run", "collate", "consent", "converse", "decide", "erase", "feedback", "fork", "frame", "gate",
    "heed", "hold", "intake", "listen", "publish", "receive", "review", "run_agent", "runs", "settle", "sweep", "take", "tell",
)  # fmt: skip

RUNS_ACCEPTED = _listed("RunsAccepted", "Reports that became a run", "intake", "receive", "take")
RUNS_DUPLICATE = _listed("RunsDuplicate", "Reports of a run that was there already", "intake", "receive", "take")
FEED_RECORDS = _listed("FeedRecords", "Reports, notices and messages of feeds that were read", "take")
FEED_FAULTS = _listed("FeedFaults", "Places of feeds that could not be read, each logged", "take")
FEED_ROWS = _listed("FeedRows", "Items of tables that feeds changed", "take")
RUNS_OUTDATED = _listed("RunsOutdated", "Runs that rest on what a feed changed, once each", "take")
DECISIONS_GIVEN = _listed("DecisionsGiven", "Repeated reports that were answered with the decision", "intake")
RUNS_DECIDED = _listed("RunsDecided", "Runs with a decision, once each", "publish")
RUNS_APPROVAL_REQUIRED = _listed(
    "RunsApprovalRequired", "Runs whose decision a person has to approve, once each", "hold"
)
RUNS_APPROVED = _listed("RunsApproved", "Runs whose decision people approved, once each", "publish")
RUNS_OVERRIDDEN = _listed("RunsOverridden", "Runs for which people chose another option, once each", "publish")
RUNS_REFUSED = _listed("RunsRefused", "Runs whose decision a person refused, once each", "publish")
RUNS_EXPIRED = _listed("RunsExpired", "Runs on whose decision nobody acted in time, once each", "publish")
RUNS_FORKED = _listed("RunsForked", "Forks that came to an end, once each", *_ENDS)
FEEDBACK_GIVEN = _listed("FeedbackGiven", "What people said of runs", "feedback")
FEEDBACK_RATING = _listed("FeedbackRating", "How good people found a decision, 1 to 5", "feedback", unit=Unit.NONE)
PREDICTED = _listed(
    "Predicted", "What a run said of the option that was carried out", "feedback", unit=Unit.NONE, by=(_BY_FIELD,)
)
ACTUAL = _listed("Actual", "What that option came to", "feedback", unit=Unit.NONE, by=(_BY_FIELD,))
APPROVAL_SECONDS = _listed(
    "ApprovalSeconds",
    "From the proposal to the outcome of runs that people were asked about",
    "publish",
    unit=Unit.SECONDS,
)
RUNS_HALTED = _listed("RunsHalted", "Runs that a person has to take over, once each", *_ENDS)
RUNS_DEGRADED = _listed("RunsDegraded", "Runs that ended without some business agent, once each", *_ENDS)
COST_USD = _listed("CostUsd", "Cost of the models of runs that ended, once each", *_WORKED, unit=Unit.NONE)
RUN_SECONDS = _listed(
    "RunSeconds", "From the report to the end of its run, or until people are asked", *_WORKED, unit=Unit.SECONDS
)
WAITED_SECONDS = _listed("WaitedSeconds", "From the report to the first step of its run", *_WORKED, unit=Unit.SECONDS)
PHASE_SECONDS = _listed("PhaseSeconds", "Phases of runs that ended", *_WORKED, unit=Unit.SECONDS, by=(_BY_PHASE,))
TIME_TO_FIRST_EVENT = _listed(
    "TimeToFirstEvent", "From the report to the first event that clients hear of", "tell", unit=Unit.SECONDS
)
OLDEST_OPEN_RUN_SECONDS = _listed("OldestOpenRunSeconds", "Age of the oldest open run", "sweep", unit=Unit.SECONDS)

AGENT_SECONDS = _listed(
    "AgentSeconds", "An agent's work in a phase", "run_agent", unit=Unit.SECONDS, by=(_TOTAL, _BY_AGENT)
)
AGENT_UNAVAILABLE = _listed("AgentUnavailable", "Agents that gave no answer", "collate", by=(_TOTAL, _BY_AGENT))
ANSWERS_REVISED = _listed("AnswersRevised", "Answers that were given again", "collate")
ANSWERS_CHANGED = _listed("AnswersChanged", "Those of them that changed anything", "collate")
TOOL_SECONDS = _listed("ToolSeconds", "Tools and checks", "run_agent", unit=Unit.SECONDS, by=(_TOTAL, _BY_AGENT))
ADVERSARIAL_TEXT = _listed("AdversarialText", "Texts that read as if they gave models orders", *_ASKS)
GUARDRAIL_INTERVENED = _listed("GuardrailIntervened", "Reports and answers that the guardrail stopped", *_ASKS)

MODEL_SECONDS = _listed(
    "ModelSeconds", "Calls of models, to the end of their streams", *_CALLS, unit=Unit.SECONDS, by=(_TOTAL, _BY_MODEL)
)
MODEL_ERRORS = _listed("ModelErrors", "Calls of models that failed", *_CALLS, by=(_TOTAL, _BY_MODEL))
MODEL_REPEATS = _listed("ModelRepeats", "Calls that were made again after a failure", *_CALLS, by=(_BY_MODEL,))
MODEL_FALLBACKS = _listed(
    "ModelFallbacks", "Calls of a model that stood in for one that failed", *_CALLS, by=(_TOTAL, _BY_MODEL)
)
MODEL_RETREATS = _listed(
    "ModelRetreats", "Answers for which the money of their agent or run did not suffice", *_ASKS, by=(_TOTAL, _BY_WAY)
)
BREAKER_OPENED = _listed("BreakerOpened", "Breakers of a model that opened", *_TELLS, by=(_TOTAL, _BY_MODEL))
BREAKER_CLOSED = _listed("BreakerClosed", "Breakers of a model that closed again", *_TELLS, by=(_BY_MODEL,))
BREAKER_REFUSED = _listed(
    "BreakerRefused", "Questions that another model got because nobody asked this one", *_CALLS, by=(_BY_MODEL,)
)
ANSWER_REPAIRS = _listed(
    "AnswerRepairs", "Answers that a model had to give once more, in the right form", "run_agent", by=(_BY_AGENT,)
)
INPUT_TOKENS = _listed("InputTokens", "Tokens read at the full price", *_CALLS, by=(_BY_MODEL,))
OUTPUT_TOKENS = _listed("OutputTokens", "Tokens written", *_CALLS, by=(_BY_MODEL,))
CACHE_READ_TOKENS = _listed("CacheReadTokens", "Tokens read from prompt caches", *_CALLS, by=(_BY_MODEL,))
CACHE_WRITE_TOKENS = _listed("CacheWriteTokens", "Tokens written to prompt caches", *_CALLS, by=(_BY_MODEL,))
MODEL_COST_USD = _listed(
    "ModelCostUsd", "Cost of calls of models, as they are made", *_CALLS, unit=Unit.NONE, by=(_BY_AGENT, _BY_MODEL, _BY_PHASE)
)  # fmt: skip

SETTINGS_NOT_HOSTED = _listed(
    "SettingsNotHosted", "Runs that began with other settings than those that operators deployed", "frame"
)
BUDGET_HEEDED = _listed("BudgetHeeded", "Notices of the budget by which the configuration was changed", "heed")
BUDGET_UNREADABLE = _listed("BudgetUnreadable", "Notices of the budget that could not be heeded", "heed")
READS_MEMORY = _listed("ReadsMemory", "Reads of the data that the process itself answered", *_ASKS)
READS_SHARED = _listed("ReadsShared", "Reads that were answered by what another process left", *_ASKS)
READS_DATA = _listed("ReadsData", "Reads that the tables answered", *_ASKS)

QUALITY_RUNS = _listed("QualityRuns", "Runs of yesterday whose answers were judged by rule", "review")
QUALITY_BREACHES = _listed("QualityBreaches", "Answers of them that break a rule of quality", "review", by=(_BY_RULE,))
SOUND_ANSWERS = _listed("SoundAnswers", "Share of their answers that break none", "review", unit=Unit.NONE)
QUALITY_DROP = _listed(
    "QualityDrop", "Standard deviations by which that share lies below the days before", "review", unit=Unit.NONE
)

CANDIDATES_REFUSED = _listed("CandidatesRefused", "New versions, or settings, that their gate refused", "gate")
CANDIDATES_TAKEN_BACK = _listed(
    "CandidatesTakenBack", "New versions that lost their share of the runs to what the runs on them showed", "gate"
)

COLD_STARTS = _listed("ColdStarts", "Processes that started while somebody waited", *_ALL, by=(_BY_FUNCTION,))
START_SECONDS = _listed(
    "StartSeconds", "From the first import to readiness", *_ALL, unit=Unit.SECONDS, by=(_BY_FUNCTION,)
)
SLOW_OPERATIONS = _listed("SlowOperations", "Durations beyond the stage's threshold for them, each logged", *_ALL)
