"""Dashboard and alarms. Every alarm has an action, and watches a metric that somebody emits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_sns as sns
from conclave import figures
from conclave.figures import Metric
from conclave.pack import Pack
from conclave.records.journal import FRAME_PHASE
from conclave.types import Phase
from constructs import Construct

from infra.constructs.watching.throttling import model_throttles, table_throttles
from infra.constructs.watching.watch import FIVE_MINUTES, Watch, add_alarm, emitted
from infra.data_stack import DataStack
from infra.engine_stack import EngineStack
from infra.stage import Limits, Stage

_HOUR = Duration.hours(1)
_DURATIONS = (figures.RUN_SECONDS, figures.AGENT_SECONDS, figures.MODEL_SECONDS, figures.TOOL_SECONDS)
_TOKENS = (figures.INPUT_TOKENS, figures.OUTPUT_TOKENS, figures.CACHE_READ_TOKENS, figures.CACHE_WRITE_TOKENS)
_READS = (figures.READS_MEMORY, figures.READS_SHARED, figures.READS_DATA)
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

    def _by(self, metric: Metric, statistic: str = "Sum", **values: Sequence[str]) -> list[cloudwatch.Metric]:
        """A line for each value of a dimension."""
        ((part, found),) = values.items()
        return [self._emitted(metric, FIVE_MINUTES, statistic, **{part: value}) for value in found]

    def _runs(self, limits: Limits) -> Mapping[str, Watch]:
        return {
            "RunsHalted": Watch(
                metric=self._emitted(figures.RUNS_HALTED, FIVE_MINUTES),
                threshold=limits.halted_runs,
                meaning="Runs were halted: a person has to decide about their incidents.",
            ),
            "RunsDegraded": Watch(
                metric=self._emitted(figures.RUNS_DEGRADED, FIVE_MINUTES),
                threshold=limits.degraded_runs,
                meaning="Runs were decided without all business agents.",
            ),
            "OldestOpenRun": Watch(
                metric=self._emitted(figures.OLDEST_OPEN_RUN_SECONDS, FIVE_MINUTES, "Maximum"),
                threshold=limits.start_seconds + limits.execution_seconds,
                meaning="A run is open for longer than any may be: neither its execution nor the sweep could end it.",
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
                    metric=self._emitted(metric, FIVE_MINUTES, "p95"),
                    threshold=limits.slow_seconds[metric.name],
                    meaning=f"{meaning} This is the 95th percentile, in seconds.",
                )
                for name, (metric, meaning) in slow.items()
            },
            "ModelErrors": Watch(
                metric=self._emitted(figures.MODEL_ERRORS),
                threshold=limits.model_errors,
                meaning="Calls of models fail: throttled, refused, broken, or not answered.",
            ),
        }

    def _texts(self) -> Mapping[str, Watch]:
        return {
            "AdversarialText": Watch(
                metric=self._emitted(figures.ADVERSARIAL_TEXT, FIVE_MINUTES),
                threshold=1,
                meaning="A report or a remark reads as if it gave models orders.",
            ),
            "GuardrailIntervened": Watch(
                metric=self._emitted(figures.GUARDRAIL_INTERVENED, FIVE_MINUTES),
                threshold=1,
                meaning="The guardrail stopped a report or an answer.",
            ),
        }

    def _dashboard(self, name: str, engine: EngineStack, throttled: Mapping[str, Watch]) -> cloudwatch.Dashboard:
        machine = engine.machine.machine
        agents = [function for verb, function in engine.functions.items() if verb.startswith("agent-")]
        others = [function for verb, function in engine.functions.items() if not verb.startswith("agent-")]
        outcomes = (figures.RUNS_DECIDED, figures.RUNS_APPROVAL_REQUIRED, figures.RUNS_HALTED, figures.RUNS_DEGRADED)
        rows: list[list[cloudwatch.IWidget]] = [
            [
                _graph("Outcomes", [self._emitted(each, FIVE_MINUTES) for each in outcomes]),
                _graph(
                    "Intake",
                    [self._emitted(each, FIVE_MINUTES) for each in (figures.RUNS_ACCEPTED, figures.RUNS_DUPLICATE)],
                ),
                _graph("Model cost, USD", [self._emitted(figures.COST_USD, FIVE_MINUTES)]),
            ],
            [
                _graph("Run duration, ms", [machine.metric_time(statistic=each) for each in ("p50", "p95")]),
                _graph(
                    "Runs that broke", [machine.metric_failed(), machine.metric_timed_out(), machine.metric_aborted()]
                ),
                _graph("Agents unavailable", [self._emitted(figures.AGENT_UNAVAILABLE, FIVE_MINUTES)]),
                _graph(
                    "Answers given again, and changed",
                    [self._emitted(each, FIVE_MINUTES) for each in (figures.ANSWERS_REVISED, figures.ANSWERS_CHANGED)],
                ),
                _graph("Oldest open run, s", [self._emitted(figures.OLDEST_OPEN_RUN_SECONDS, FIVE_MINUTES, "Maximum")]),
            ],
            [
                _graph("Agents: p95, ms", [each.alias.metric_duration(statistic="p95") for each in agents]),
                _graph("Other functions: p95, ms", [each.alias.metric_duration(statistic="p95") for each in others]),
                _graph("Errors", [each.alias.metric_errors() for each in (*agents, *others)]),
            ],
            [
                _graph(
                    "Suspicious text",
                    [
                        self._emitted(each, FIVE_MINUTES)
                        for each in (figures.ADVERSARIAL_TEXT, figures.GUARDRAIL_INTERVENED)
                    ],
                ),
                _graph("Throttled by AWS", [each.metric for each in throttled.values()]),
                _graph("Machine throttled", [machine.metric_throttled()]),
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
