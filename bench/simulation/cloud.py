"""The cloud of the simulation: functions, executions and the bus, each as unreliable as AWS says that it is.

A function that the machine invokes may fail before or after it ran, run twice, begin late, die at any call of a port, or go on
after the machine has given it up. An event is delivered at least once and in any order; Lambda repeats an asynchronous
invocation twice, then lays the event aside ("Error handling and automatic retries in AWS Lambda", developer guide).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from bench.simulation.faults import DELIVER, INVOKE, UNKNOWN, Chaos
from bench.simulation.scheduler import Killed, Scheduler, Task
from bench.simulation.states import Execution, StateFailed

ASYNCHRONOUS_PAUSES = (0.0, 60.0, 120.0)
"""Before each attempt of an asynchronous invocation, seconds."""

Handler = Callable[[Mapping[str, Any]], Any]


@dataclass(slots=True)
class Process:
    """The process that a function runs in.

    Attributes:
        verb: The function.
        ends: When Lambda ends it.
        naps_after: Calls of ports after which it stands still for a while; negative for never.
    """

    verb: str
    ends: float
    naps_after: int = -1


@dataclass(frozen=True, slots=True)
class Function:
    """A deployed function: its handler, and the seconds after which Lambda ends it."""

    handler: Handler
    limit: float


@dataclass(slots=True)
class Cloud:
    """Everything that invokes something.

    Attributes:
        chaos: The faults.
        machine: The definition of the phase machine.
        functions: By name.
        rules: Which function an event goes to, by detail type.
        resources: What else the machine calls, by resource.
        executions: What became of each, by name; ``RUNNING`` until it ended.
        dead_letters: Events that were laid aside, with the function that could not take them.
        events: Everything that the bus accepted.
    """

    chaos: Chaos
    machine: Mapping[str, Any]
    functions: dict[str, Function] = field(default_factory=dict)
    rules: dict[str, str] = field(default_factory=dict)
    resources: dict[str, Callable[[Mapping[str, Any]], Any]] = field(default_factory=dict)
    executions: dict[str, str] = field(default_factory=dict)
    dead_letters: list[tuple[str, Mapping[str, Any]]] = field(default_factory=list)
    events: list[tuple[str, Mapping[str, Any]]] = field(default_factory=list)

    @property
    def scheduler(self) -> Scheduler:
        """The time."""
        return self.chaos.scheduler

    def begin(self, name: str, event: Mapping[str, Any], *, delay: float = 0.0, nap: bool = False) -> Task:
        """Begins an invocation of a function."""
        function, process = self.functions[name], Process(name, float("inf"))

        def invoked() -> Any:
            process.ends = self.scheduler.now + function.limit
            process.naps_after = self.chaos.random.randrange(12) if nap else -1
            return function.handler(event)

        return self.scheduler.spawn(name, invoked, delay=delay, process=process)

    def invoke(self, parameters: Mapping[str, Any], limit: float) -> Any:
        """``lambda:invoke`` for a machine. Answers as the integration does; raises ``StateFailed``."""
        # There is one version of each function here: what a run is pinned to changes nothing but the name.
        name, event, chaos = parameters["FunctionName"].partition(":")[0], parameters["Payload"], self.chaos
        fault = chaos.draw("lambda.invoke", INVOKE)
        chaos.tell(f"invoke {name} {fault}")
        if fault in _NOT_INVOKED:
            self.scheduler.sleep(chaos.random.uniform(0.01, 1.0))
            raise StateFailed(_NOT_INVOKED[fault])
        if fault == "twice":
            self.begin(name, event, delay=chaos.random.uniform(0.0, 2.0))
        task = self.begin(name, event, delay=chaos.delay() if fault == "late" else 0.05, nap=fault == "zombie")
        if fault == "after":
            self.scheduler.sleep(chaos.random.uniform(0.01, 2.0))
            raise StateFailed("Lambda.SdkClientException")
        if not self.scheduler.wait(task, limit):
            raise StateFailed("States.Timeout")
        if task.error is not None:
            raise StateFailed(_error_name(task.error), str(task.error))
        return {"StatusCode": 200, "Payload": task.result}

    def call(self, resource: str) -> Callable[[Mapping[str, Any], float], Any]:
        """Another integration of the machine, with what may go wrong in it."""

        def perform(parameters: Mapping[str, Any], limit: float) -> Any:
            fault = self.chaos.draw(resource, ("before", "after", "throttled", "twice", "late"))
            self.chaos.tell(f"{resource} {fault}")
            self.scheduler.sleep(0.02)
            if fault in ("before", "throttled"):
                raise StateFailed(_OF_DYNAMODB[fault])
            if fault == "late":
                delay = self.chaos.delay()
                self.scheduler.sleep(min(delay, limit))
                if delay >= limit:
                    raise StateFailed("States.Timeout")
            if fault == "twice":
                self.resources[resource](parameters)
            answer = self.resources[resource](parameters)
            if fault == "after":
                raise StateFailed(_OF_DYNAMODB[fault])
            return answer

        return perform

    def invoke_later(self, name: str, event: Mapping[str, Any], *, delay: float = 0.0) -> None:
        """An asynchronous invocation: repeated twice, then laid aside."""

        def attempts() -> None:
            for pause in ASYNCHRONOUS_PAUSES:
                self.scheduler.sleep(pause * self.chaos.random.uniform(0.9, 1.1))
                fault = self.chaos.draw("lambda.async", ("twice", "late", "killed"))
                if fault == "twice":
                    self.begin(name, event, delay=self.chaos.random.uniform(0.0, 5.0))
                task = self.begin(name, event, delay=self.chaos.delay() if fault == "late" else 0.05)
                self.scheduler.wait(task, 1e6)
                if task.error is None and fault != "killed":
                    return
                self.chaos.tell(f"async {name} failed: {_error_name(task.error) if task.error else fault}")
            self.chaos.tell(f"dead letter of {name}")
            self.dead_letters.append((name, event))

        self.scheduler.spawn(f"async {name}", attempts, delay=delay)

    def send(self, detail_type: str, detail: Mapping[str, Any]) -> None:
        """The bus takes an event and delivers it, once or more, now or later."""
        event = {"detail-type": detail_type, "time": "2026-11-21T06:00:00Z", "detail": dict(detail)}
        self.events.append((detail_type, event["detail"]))  # type: ignore[arg-type]
        self._deliver(detail_type, event)

    def _deliver(self, detail_type: str, event: Mapping[str, Any]) -> None:
        target = self.rules.get(detail_type)
        if target is None:
            return
        fault = self.chaos.draw("bus.deliver", DELIVER)
        delay = self.chaos.delay() if fault == "late" else self.chaos.random.uniform(0.1, 0.6)
        for _ in range(2 if fault == "twice" else 1):
            self.invoke_later(target, event, delay=delay)

    def start_execution(self, name: str, payload: Mapping[str, str]) -> bool:
        """``StartExecution``; see ``conclave.steps.executions.Machine``. A name is used once."""
        if name in self.executions:
            return False
        self.executions[name] = "RUNNING"
        services: dict[str, Any] = {"lambda:invoke": self.invoke}
        services |= {resource: self.call(resource) for resource in self.resources}
        execution = Execution(
            name,
            self.machine,
            scheduler=self.scheduler,
            random=self.chaos.random,
            resources=services,
            tell=self.chaos.tell,
        )

        def run() -> None:
            status = execution.run(dict(payload))
            self.executions[name] = status
            self.chaos.tell(f"{name} {status}")
            if status != "SUCCEEDED":
                self._deliver("Step Functions Execution Status Change", {"detail": {"name": name, "status": status}})

        self.scheduler.spawn(name, run)
        return True


_NOT_INVOKED = {
    "before": "Lambda.ServiceException",
    "throttled": "Lambda.TooManyRequestsException",
    "killed": UNKNOWN,
}
_OF_DYNAMODB = {
    "before": "DynamoDB.InternalServerErrorException",
    "after": "DynamoDB.SdkClientException",
    "throttled": "DynamoDB.ProvisionedThroughputExceededException",
}


def _error_name(error: BaseException) -> str:
    """The machine's name for the error that a function ended with."""
    return error.error if isinstance(error, Killed) else type(error).__name__
