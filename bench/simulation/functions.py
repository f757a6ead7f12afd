"""The functions of the simulation: what stands in ``lambdas/*/handler.py``, with ports in memory."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import Executor, Future
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from conclave.agents.prices import price_table
from conclave.api.erasure import erase_texts
from conclave.api.intake import accept, parse_submission
from conclave.audit.anchoring import anchor
from conclave.clock import Deadline
from conclave.codec import convert, plain
from conclave.functions.settings import MARGIN_SECONDS
from conclave.results import Branch
from conclave.steps.close_run import close
from conclave.steps.collate import perform_collate
from conclave.steps.context import RunContext
from conclave.steps.decide import perform_decide
from conclave.steps.executions import Execution
from conclave.steps.frame import perform_frame
from conclave.steps.publish import publish
from conclave.steps.run_agent import perform_agent
from conclave.steps.sweep import Patience, sweep
from conclave.testing.places import MemoryPlaces
from conclave.types import Failure, Phase
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
from cryptography.hazmat.primitives.hashes import SHA256

from bench.simulation.cloud import Cloud
from bench.simulation.models import Extractor, Model, Screen
from bench.simulation.states import LanguageUnknown, StateFailed

if TYPE_CHECKING:
    from bench.simulation.world import World

STAGE = "simulation"
PRIVATE_KEY = ec.derive_private_key(20261128, ec.SECP256R1())
KEY = "arn:aws:kms:us-east-1:000000000000:key/anchor"
_ALGORITHM = ec.ECDSA(Prehashed(SHA256()), deterministic_signing=True)


class Inline(Executor):
    """Runs what it is given at once, in the thread of who gives it: checks in their declared order."""

    def submit(self, fn: Callable[..., Any], /, *given: Any, **named: Any) -> Future[Any]:
        """See ``Executor.submit``."""
        future: Future[Any] = Future()
        future.set_result(fn(*given, **named))
        return future


class Key:
    """A signing key. See ``conclave.audit.anchoring.Signer``."""

    key = KEY

    @staticmethod
    def sign(digest: bytes) -> bytes:
        """Signs without drawing anything, so that a replay signs alike (RFC 6979)."""
        return PRIVATE_KEY.sign(digest, _ALGORITHM)


@dataclass(slots=True)
class Bucket:
    """A bucket under Object Lock. See ``conclave.audit.anchoring.Vault``."""

    objects: dict[str, bytes] = field(default_factory=dict)

    def keep(self, name: str, content: bytes) -> bool:
        """See ``Vault.keep``."""
        return self.objects.setdefault(name, content) is content


def update_item(places: MemoryPlaces, parameters: Mapping[str, Any]) -> Any:
    """``dynamodb:updateItem`` of the two states of the admission, on places in memory. Raises ``StateFailed``."""
    values = parameters["ExpressionAttributeValues"]
    (run_id,) = values[":run"]["SS"]
    if parameters["UpdateExpression"] == "DELETE holders :run":
        places.release(run_id)
    elif parameters["UpdateExpression"] != "ADD holders :run":
        raise LanguageUnknown(parameters["UpdateExpression"])
    elif not places.take(run_id, int(values[":limit"]["N"])):
        raise StateFailed("DynamoDB.ConditionalCheckFailedException")
    return {}


@dataclass(slots=True)
class Machine:
    """See ``conclave.steps.sweep.Executions``."""

    cloud: Cloud

    def start(self, name: str, payload: Mapping[str, str]) -> bool:
        """See ``Machine.start``."""
        return self.cloud.start_execution(name, payload)

    def look(self, name: str) -> Execution:
        """See ``Executions.look``."""
        status = self.cloud.executions.get(name, "")
        return {"": Execution.ABSENT, "RUNNING": Execution.RUNNING}.get(status, Execution.ENDED)


@dataclass(slots=True, kw_only=True)
class Handlers:
    """The functions that stand in ``lambdas/*/handler.py``, with ports in memory."""

    world: World
    ports: dict[str, Any]
    journal: Any
    bus: Any
    tables: Any
    machine: Any
    signer: Any
    vault: Any
    places: Any
    limits: Mapping[str, float]
    start_seconds: float

    def intake(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """See ``lambdas/intake``."""
        submission = parse_submission(dict(body), self.world.pack, "2026-11-21")
        accepted = accept(
            submission,
            store=self.ports["runs"],
            machine=self.machine,
            clock=self.ports["clock"],
            stage=STAGE,
            pack=self.world.pack.name,
            correlation_id=submission.key,
            source="simulation",
        )
        return {"run_id": accepted.run_id}

    def receive(self, event: Mapping[str, Any]) -> dict[str, Any]:
        """See ``lambdas/receive``."""
        return self.intake(event["detail"])

    def context(self, event: Mapping[str, Any]) -> RunContext:
        """See ``Wiring.context``."""
        return RunContext(run_id=event["run_id"], fence=event.get("fence", 0), journal=self.journal, **self.ports)

    def frame(self, event: Mapping[str, Any]) -> dict[str, Any]:
        """See ``lambdas/frame``."""
        kind, chaos = self.world.kind_of(event["run_id"]), self.world.chaos
        framed = perform_frame(
            self.context(event),
            event["execution_arn"],
            tables=lambda _: self.tables,
            extractor=lambda _: Extractor(chaos, kind, self.limits["frame"]),
            screen=Screen(chaos, self.limits["frame"]),
            prices=price_table(),
        )
        return dict(plain(framed))

    def agent(self, name: str, limit: float) -> Callable[[Mapping[str, Any]], dict[str, Any]]:
        """See ``lambdas/run_agent``; one function per agent."""
        own = self.world.pack.time_limit(self.world.pack.agent(name))

        def run_agent(event: Mapping[str, Any]) -> dict[str, Any]:
            branch = perform_agent(
                self.context(event),
                Phase(event["phase"]),
                agent_name=name,
                tables=lambda _: self.tables,
                models=lambda _, __: Model(self.world.chaos, self.world.kind_of(event["run_id"]), own),
                prices=price_table(),
                deadline=Deadline(min(own, limit - MARGIN_SECONDS), self.world.scheduler.monotonic),
                pool=Inline,
            )
            return dict(plain(branch))

        return run_agent

    def collate(self, event: Mapping[str, Any]) -> dict[str, Any]:
        """See ``lambdas/collate``."""
        _, route = perform_collate(
            self.context(event),
            Phase(event["phase"]),
            [convert(branch, Branch) for branch in event["branches"]],
        )
        return dict(plain(route))

    def decide(self, event: Mapping[str, Any]) -> dict[str, Any]:
        """See ``lambdas/decide``."""
        arbiter, failure = event.get("arbiter"), event.get("failure")
        _, proposed = perform_decide(
            self.context(event),
            arbiter=convert(arbiter, Branch) if arbiter else None,
            failure=Failure(error=failure["error"], cause=failure["state"]) if failure else None,
        )
        return dict(plain(proposed))

    def publish(self, event: Mapping[str, Any]) -> dict[str, Any]:
        """See ``lambdas/publish``."""
        decision = publish(event["run_id"], event["fence"], bus=self.bus, **self.ports)
        return {"run_id": event["run_id"], "status": decision.status.value}

    def close_run(self, event: Mapping[str, Any]) -> dict[str, Any]:
        """See ``lambdas/close_run``."""
        detail = event["detail"]
        self.places.release(detail["name"])
        decision = close(detail["name"], f"the execution ended as {detail['status']}", bus=self.bus, **self.ports)
        return {"run_id": detail["name"], "status": decision.status.value}

    def sweep(self, event: Mapping[str, Any]) -> dict[str, Any]:
        """See ``lambdas/sweep``."""
        del event
        swept = sweep(
            bus=self.bus,
            executions=self.machine,
            patience=Patience(start_seconds=self.start_seconds),
            places=self.places,
            **self.ports,
        )
        self.world.chaos.tell(f"swept {sorted(swept.acts.items())}")
        return {"unseen": swept.unseen}

    def erase(self, event: Mapping[str, Any]) -> dict[str, Any]:
        """See ``lambdas/erase``."""
        run = erase_texts(
            event["run_id"], by="a person", reason="asked for", journal=self.journal, bus=self.bus, **self.ports
        )
        return {"texts": run.texts.value}

    def anchor(self, event: Mapping[str, Any]) -> dict[str, Any]:
        """See ``lambdas/anchor``."""
        detail = event["detail"]
        statement = anchor(
            detail["run_id"],
            detail["audit"],
            audits=self.ports["runs"],
            signer=self.signer,
            vault=self.vault,
            clock=self.ports["clock"],
        )
        return {"run_id": statement.run_id, "entries": statement.entries}
