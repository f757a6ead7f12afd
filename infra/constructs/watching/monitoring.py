"""Dashboard and alarms. Every alarm has an action, and watches a metric that somebody emits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_sns as sns
from conclave import figures
from conclave.figures import Metric, Part, Retreat
from conclave.pack import FRAMER, TALKER, Pack
from conclave.quality.rules import Rule
from conclave.records.journal import FRAME_PHASE
from conclave.types import Phase
from constructs import Construct

from infra.constructs.watching.throttling import model_throttles, table_throttles
from infra.constructs.watching.watch import FIVE_MINUTES, Watch, add_alarm, emitted
from infra.data_stack import DataStack
from infra.engine_stack import EngineStack
from infra.stage import Limits, Stage
from infra.thresholds import Thresholds

_HOUR = Duration.hours(1)
_DURATIONS = (figures.RUN_SECONDS, figures.AGENT_SECONDS, figures.MODEL_SECONDS, figures.TOOL_SECONDS)
_TOKENS = (figures.INPUT_TOKENS, figures.OUTPUT_TOKENS, figures.CACHE_READ_TOKENS, figures.CACHE_WRITE_TOKENS)
_READS = (figures.READS_MEMORY, figures.READS_SHARED, figures.READS_DATA)
_TROUBLES = (figures.MODEL_REPEATS, figures.MODEL_FALLBACKS, figures.BREAKER_OPENED, figures.BREAKER_REFUSED)
_FEEDS = (figures.FEED_RECORDS, figures.FEED_FAULTS, figures.FEED_ROWS, figures.RUNS_OUTDATED)
_BY_PEOPLE = (figures.RUNS_APPROVED, figures.RUNS_OVERRIDDEN, figures.RUNS_REFUSED, figures.RUNS_EXPIRED)
_PHASES = (FRAME_PHASE, *(phase.value for phase in Phase), "decide")


class Monitoring(Construct):
    """The dashboard and all alarms.

    Attributes:
        dashboard: The dashboard.
        alarms: The alarms by name.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        name: str,
        stage: Stage,
        pack: Pack,
        engine: EngineStack,
        data: DataStack,
        topic: sns.ITopic,
    ) -> None:
        """Makes them.

        Args:
            scope: The stack.
            id: Logical id.
            name: Name of the dashboard, and what the alarms' names begin with.
            stage: Thresholds.
            pack: Its agents, each with lines of its own.
            engine: What is watched.
            data: Its tables, which are watched, too.
            topic: Where alarms go.
        """
        super().__init__(scope, id)
        self._service, self._agents, self._models = name, [each.name for each in pack.agents], engine.models
        throttled = {**table_throttles(data), **model_throttles(engine.models)}
        watches = {
            **self._runs(stage.limits),
            **self._quality(stage.thresholds),
            **self._performance(stage.limits),
            **self._texts(),
            **_parts(engine),
            **throttled,
            **_functions(engine),
        }
        self.alarms = {
            **engine.configuration.alarms,
            **{
                alarm: add_alarm(self, alarm, watch, name=f"{name}-{alarm}", topic=topic)
                for alarm, watch in watches.items()
            },
        }
        self.dashboard = self._dashboard(name, engine, throttled)

    def _emitted(
        self, metric: Metric, period: Duration = FIVE_MINUTES, statistic: str = "Sum", **parts: str
    ) -> cloudwatch.Metric:
        """See ``emitted``."""
        return emitted(metric, service=self._service, period=period, statistic=statistic, **parts)

    def _by(self, metric: Metric, part: Part, values: Sequence[str], statistic: str = "Sum") -> list[cloudwatch.Metric]:
        """A line for each value of a dimension."""
        return [self._emitted(metric, FIVE_MINUTES, statistic, **{part.value: value}) for value in values]

    def _runs(self, limits: Limits) -> Mapping[str, Watch]:
        return {
            "RunsHalted": Watch(
                metric=self._emitted(figures.RUNS_HALTED),
                threshold=limits.halted_runs,
                meaning="Runs were halted: a person has to decide about their incidents.",
            ),
            "RunsDegraded": Watch(
                metric=self._emitted(figures.RUNS_DEGRADED),
                threshold=limits.degraded_runs,
                meaning="Runs were decided without all business agents.",
            ),
            "RunsExpired": Watch(
                metric=self._emitted(figures.RUNS_EXPIRED),
                threshold=1,
                meaning="Nobody who may act on a decision did so in time: it was not carried out, and a person has to take over.",
            ),
            "OldestOpenRun": Watch(
                metric=self._emitted(figures.OLDEST_OPEN_RUN_SECONDS, statistic="Maximum"),
                threshold=limits.start_seconds + limits.execution_seconds,
                meaning="A run is open for longer than any may be: neither its execution nor the sweep could end it.",
            ),
            "BudgetHeeded": Watch(
                metric=self._emitted(figures.BUDGET_HEEDED),
                threshold=1,
                meaning="The account's budget of the month is nearly spent, and runs are frugal; or spent, and none begins.",
            ),
            "BudgetUnreadable": Watch(
                metric=self._emitted(figures.BUDGET_UNREADABLE),
                threshold=1,
                meaning="A notice of the account's budget could not be heeded: nothing holds costs but the stage's own ceilings.",
            ),
            "CostUsd": Watch(
                metric=self._emitted(figures.COST_USD, _HOUR),
                threshold=limits.hourly_usd,
                meaning="Models cost more within an hour than this stage expects.",
            ),
        }

    def _performance(self, limits: Limits) -> Mapping[str, Watch]:
        slow = {
            "RunsSlow": (figures.RUN_SECONDS, "Runs take longer than they should, waiting for their turn included."),
            "AgentsSlow": (
                figures.AGENT_SECONDS,
                "Agents take longer than they should, and come close to their limits.",
            ),
            "ModelsSlow": (figures.MODEL_SECONDS, "Models answer more slowly than they should."),
        }
        return {
            **{
                name: Watch(
                    metric=self._emitted(metric, statistic="p95"),
                    threshold=limits.slow_seconds[metric.name],
                    meaning=f"{meaning} This is the 95th percentile, in seconds.",
                )
                for name, (metric, meaning) in slow.items()
            },
            "BreakerOpened": Watch(
                metric=self._emitted(figures.BREAKER_OPENED),
                threshold=1,
                meaning="A model failed so often that nobody asks it for now; others of its chain stand in for it.",
            ),
            "ModelErrors": Watch(
                metric=self._emitted(figures.MODEL_ERRORS),
                threshold=limits.model_errors,
                meaning="Calls of models fail: throttled, refused, broken, or not answered.",
            ),
        }

    def _quality(self, thresholds: Thresholds) -> Mapping[str, Watch]:
        return {
            "QualityDropped": Watch(
                metric=self._emitted(figures.QUALITY_DROP, statistic="Maximum"),
                threshold=thresholds.drop,
                meaning="Fewer of yesterday's answers keep the rules of quality than on the days before it: conclave evaluate, "
                "and compare with a baseline, before anything else changes.",
            ),
            "CandidateTakenBack": Watch(
                metric=self._emitted(figures.CANDIDATES_TAKEN_BACK),
                threshold=1,
                meaning="The runs on new versions were worse than those on the stable ones, so that no run begins on them any "
                "more: conclave rollout status has the reasons.",
            ),
        }

    def _texts(self) -> Mapping[str, Watch]:
        return {
            "AdversarialText": Watch(
                metric=self._emitted(figures.ADVERSARIAL_TEXT),
                threshold=1,
                meaning="A report or a remark reads as if it gave models orders.",
            ),
            "GuardrailIntervened": Watch(
                metric=self._emitted(figures.GUARDRAIL_INTERVENED),
                threshold=1,
                meaning="The guardrail stopped a report or an answer.",
            ),
        }

    def _details(self, functions: Sequence[str]) -> list[list[cloudwatch.IWidget]]:
        """Rows of what runs are made of: durations, calls of models, tokens, reads, starts."""
        agents, models = self._agents, self._models
        return [
            [
                _graph(
                    "p95 of runs, agents, models, tools, s",
                    [self._emitted(each, statistic="p95") for each in _DURATIONS],
                ),
                _graph("Agents: work, p95, s", self._by(figures.AGENT_SECONDS, Part.AGENT, agents, "p95")),
                _graph("Phases, p95, s", self._by(figures.PHASE_SECONDS, Part.PHASE, _PHASES, "p95")),
            ],
            [
                _graph("Model calls, p95, s", self._by(figures.MODEL_SECONDS, Part.MODEL, models, "p95")),
                _graph(
                    "Model calls: failed, made again, stood in for, left out",
                    [
                        self._emitted(figures.MODEL_ERRORS),
                        *(line for each in _TROUBLES for line in self._by(each, Part.MODEL, models)),
                    ],
                ),
                _graph(
                    "Money did not suffice: what became of the answer",
                    self._by(figures.MODEL_RETREATS, Part.WAY, [each.value for each in Retreat]),
                ),
                _graph("Answers repaired", self._by(figures.ANSWER_REPAIRS, Part.AGENT, agents)),
            ],
            [
                _graph("Tokens", [line for each in _TOKENS for line in self._by(each, Part.MODEL, models)]),
                _graph(
                    "Model cost by agent, USD", self._by(figures.MODEL_COST_USD, Part.AGENT, [*agents, FRAMER, TALKER])
                ),
                _graph("Reads: this process, others, tables", [self._emitted(each) for each in _READS]),
            ],
            [
                _graph("Cold starts", self._by(figures.COLD_STARTS, Part.FUNCTION, functions)),
                _graph("Start, p95, s", self._by(figures.START_SECONDS, Part.FUNCTION, functions, "p95")),
                _graph("Slow operations", [self._emitted(figures.SLOW_OPERATIONS)]),
            ],
        ]

    def _dashboard(self, name: str, engine: EngineStack, throttled: Mapping[str, Watch]) -> cloudwatch.Dashboard:
        machine = engine.machine.machine
        agents = [function for verb, function in engine.functions.items() if verb.startswith("agent-")]
        others = [function for verb, function in engine.functions.items() if not verb.startswith("agent-")]
        outcomes = (
            figures.RUNS_DECIDED,
            figures.RUNS_APPROVAL_REQUIRED,
            figures.RUNS_HALTED,
            figures.RUNS_DEGRADED,
            figures.RUNS_FORKED,
        )
        rows: list[list[cloudwatch.IWidget]] = [
            [
                _graph("Outcomes", [self._emitted(each) for each in outcomes]),
                _graph(
                    "Intake",
                    [self._emitted(each) for each in (figures.RUNS_ACCEPTED, figures.RUNS_DUPLICATE)],
                ),
                _graph("Model cost, USD", [self._emitted(figures.COST_USD)]),
                _graph("Feeds, and the runs that they outdate", [self._emitted(each) for each in _FEEDS]),
            ],
            [
                _graph("What people did about decisions", [self._emitted(each) for each in _BY_PEOPLE]),
                _graph(
                    "From the proposal to the outcome, s",
                    [self._emitted(figures.APPROVAL_SECONDS, statistic=each) for each in ("p50", "p95")],
                ),
                _graph(
                    "What people said came of it, 1 to 5",
                    [
                        self._emitted(figures.FEEDBACK_RATING, statistic="Average"),
                        self._emitted(figures.FEEDBACK_GIVEN),
                    ],
                ),
            ],
            [
                _graph("Run duration, ms", [machine.metric_time(statistic=each) for each in ("p50", "p95")]),
                _graph(
                    "Runs that broke", [machine.metric_failed(), machine.metric_timed_out(), machine.metric_aborted()]
                ),
                _graph("Agents unavailable", [self._emitted(figures.AGENT_UNAVAILABLE)]),
                _graph(
                    "Answers given again, and changed",
                    [self._emitted(each) for each in (figures.ANSWERS_REVISED, figures.ANSWERS_CHANGED)],
                ),
                _graph(
                    "From the report to the first event, s",
                    [self._emitted(figures.TIME_TO_FIRST_EVENT, statistic=each) for each in ("p50", "p95")],
                ),
                _graph("Oldest open run, s", [self._emitted(figures.OLDEST_OPEN_RUN_SECONDS, statistic="Maximum")]),
            ],
            [
                _graph("Agents: p95, ms", [each.alias.metric_duration(statistic="p95") for each in agents]),
                _graph("Other functions: p95, ms", [each.alias.metric_duration(statistic="p95") for each in others]),
                _graph("Errors", [each.alias.metric_errors() for each in (*agents, *others)]),
            ],
            *self._details(list(engine.functions)),
            [
                _graph(
                    "Suspicious text",
                    [self._emitted(each) for each in (figures.ADVERSARIAL_TEXT, figures.GUARDRAIL_INTERVENED)],
                ),
                _graph("Throttled by AWS", [each.metric for each in throttled.values()]),
                _graph("Machine throttled", [machine.metric_throttled()]),
            ],
            [
                _graph(
                    "Yesterday: share of answers that keep every rule, and its fall in standard deviations",
                    [
                        self._emitted(figures.SOUND_ANSWERS, statistic="Average"),
                        self._emitted(figures.QUALITY_DROP, statistic="Maximum"),
                    ],
                ),
                _graph(
                    "Yesterday: answers that break a rule",
                    [*self._by(figures.QUALITY_BREACHES, Part.RULE, list(Rule)), self._emitted(figures.QUALITY_RUNS)],
                ),
                _graph(
                    "New versions: refused, taken back",
                    [self._emitted(each) for each in (figures.CANDIDATES_REFUSED, figures.CANDIDATES_TAKEN_BACK)],
                ),
            ],
            [cloudwatch.AlarmStatusWidget(title="Alarms", alarms=list(self.alarms.values()), width=24, height=4)],
        ]
        return cloudwatch.Dashboard(self, "Dashboard", dashboard_name=name, widgets=rows)


def _parts(engine: EngineStack) -> Mapping[str, Watch]:
    machine = engine.machine.machine
    return {
        "MachineFailed": Watch(
            metric=machine.metric_failed(period=FIVE_MINUTES),
            threshold=1,
            meaning="The phase machine failed; close_run halts such runs.",
        ),
        "MachineTimedOut": Watch(
            metric=machine.metric_timed_out(period=FIVE_MINUTES),
            threshold=1,
            meaning="A run lived longer than it may; close_run halts such runs.",
        ),
        "MachineAborted": Watch(
            metric=machine.metric_aborted(period=FIVE_MINUTES),
            threshold=1,
            meaning="Somebody stopped an execution; close_run halts such runs.",
        ),
        "MachineThrottled": Watch(
            metric=machine.metric_throttled(period=FIVE_MINUTES),
            threshold=1,
            meaning="Step Functions slowed executions down: the account's quota of state transitions is used up.",
        ),
        "Undelivered": Watch(
            metric=engine.undelivered.metric_approximate_number_of_messages_visible(
                period=FIVE_MINUTES, statistic="Maximum"
            ),
            threshold=1,
            meaning="An event or a notice could not be delivered and waits in the queue.",
        ),
        "ApiErrors": Watch(
            metric=engine.api.rest_api.metric_server_error(period=FIVE_MINUTES, statistic="Sum"),
            threshold=1,
            meaning="The API answered 5xx.",
        ),
    }


def _functions(engine: EngineStack) -> Mapping[str, Watch]:
    watches = {}
    for verb, function in engine.functions.items():
        watches[f"{verb}-errors"] = Watch(
            metric=function.alias.metric_errors(period=FIVE_MINUTES),
            threshold=1,
            meaning=f"{function.name} raised or timed out.",
        )
        watches[f"{verb}-throttles"] = Watch(
            metric=function.alias.metric_throttles(period=FIVE_MINUTES),
            threshold=1,
            meaning=f"{function.name} was refused for lack of concurrency.",
        )
    return watches


def _graph(title: str, metrics: Sequence[cloudwatch.IMetric]) -> cloudwatch.GraphWidget:
    return cloudwatch.GraphWidget(title=title, left=list(metrics), width=8, height=6)
