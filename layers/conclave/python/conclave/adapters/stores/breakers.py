"""The circuits of models: ``Breakers`` on items of the runs table, read along with the records of a run."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError
from msgspec import structs

from conclave.adapters.stores.dynamodb import to_item
from conclave.clock import Clock
from conclave.routing.breakers import BREAKERS, CLOSED, Circuit, State, first_to_try

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.client import DynamoDBClient

KEPT_SECONDS = 86_400
ATTEMPTS = 5
"""Times that a caller tries to tell something while others do."""
_FIELDS = ("since", "failures", "successes", "opened_at")
_logger = logging.getLogger(__name__)


class DynamoBreakers:
    """Circuits in DynamoDB. See ``conclave.routing.breakers.Breakers`` and ``run_store.Rider``.

    Made for one invocation: what it knows is what was read with the run. A store that fails leaves circuits closed.

    Args:
        client: A DynamoDB client.
        table: Name of the runs table.
        region: Region whose models these are.
        models: The models of the price table.
        clock: The time.
        run_id: The caller's run.
        probes: Whether this caller tries a model whose circuit is half-open, if its run has the lease.
    """

    def __init__(
        self,
        client: DynamoDBClient,
        table: str,
        region: str,
        models: Iterable[str],
        clock: Clock,
        *,
        run_id: str = "",
        probes: bool = False,
    ) -> None:
        self._run_id, self._probes = run_id, probes
        self._client = client
        self._table = table
        self._clock = clock
        self._names = {model: f"{region}#{model}" for model in models}
        self._asked = False
        self._known: dict[str, Circuit] = {}
        self._noted: dict[str, list[bool]] = {}

    def keys(self) -> Iterable[dict[str, Any]]:
        """See ``Rider.keys``: with the first read of the invocation, and no other."""
        if self._asked:
            return []
        self._asked = True
        return [self._key(model) for model in self._names]

    def take(self, item: Mapping[str, Any]) -> None:
        """See ``Rider.take``."""
        model = item["record"]["S"].partition("#")[2]
        self._known[model] = _circuit(item)

    def lets(self, model: str) -> bool:
        """See ``Breakers.lets``."""
        return self._known.get(model, CLOSED).lets(self._run_id if self._probes else "", self._now)

    def lease(self, chains: Iterable[Sequence[str]]) -> None:
        """See ``Breakers.lease``. One conditional write for each model that is to be tried, and none where all is well."""
        now = self._now
        for model in first_to_try(chains, lambda each: self._known.get(each, CLOSED), now):
            circuit = self._known[model]
            leased = circuit.leased(self._run_id, now)
            done = self._changed(
                model,
                "SET holder = :holder, held_until = :held_until",
                "opened_at = :opened_at AND (attribute_not_exists(held_until) OR held_until <= :now)",
                {
                    ":holder": leased.holder,
                    ":held_until": _whole(leased.held_until),
                    ":opened_at": _whole(circuit.opened_at),
                    ":now": _whole(now),
                },
            )
            if done:
                self._known[model] = leased

    def give_back(self) -> None:
        """See ``Breakers.give_back``. One conditional write for each lease that the run has, and none where it has none."""
        for model, circuit in list(self._known.items()):
            if model in self._noted or not circuit.held(self._run_id, self._now):
                continue
            self._changed(model, "REMOVE holder, held_until", "holder = :holder", {":holder": self._run_id})
            self._known[model] = structs.replace(circuit, holder="", held_until=0.0)

    def _changed(self, model: str, update: str, condition: str, values: Mapping[str, Any]) -> bool:
        """Changes who has the lease; False where another run was quicker, an answer is there, or the store fails."""
        try:
            self._client.update_item(
                TableName=self._table,
                Key=self._key(model),
                UpdateExpression=update,
                ConditionExpression=condition,
                ExpressionAttributeValues=to_item(values),
            )
        except self._client.exceptions.ConditionalCheckFailedException:
            return False
        except (ClientError, BotoCoreError) as error:
            _logger.warning("lease of a circuit not changed: %s", type(error).__name__)
            return False
        return True

    def note(self, model: str, *, failed: bool) -> None:
        """See ``Breakers.note``. Of a model that is not one of these nothing is noted: entries of agents may name any."""
        if model in self._names:
            self._noted.setdefault(model, []).append(failed)

    def settle(self) -> Mapping[str, State]:
        """See ``Breakers.settle``. Nothing is written where every call succeeded and there was no trouble before."""
        noted, self._noted = self._noted, {}
        changed: dict[str, State] = {}
        for model, ends in noted.items():
            try:
                before, after = self._told(model, sum(ends), len(ends) - sum(ends))
            except (ClientError, BotoCoreError) as error:
                _logger.warning("circuit not told: %s", type(error).__name__)
                continue
            if bool(after.opened_at) != bool(before.opened_at):
                changed[model] = State.OPEN if after.opened_at else State.CLOSED
        return changed

    def _told(self, model: str, failures: int, successes: int) -> tuple[Circuit, Circuit]:
        """The circuit before and after calls; where another one was quicker, on top of what that one told."""
        before = self._known.get(model, CLOSED)
        for _ in range(ATTEMPTS):
            after = before.after(failures, successes, self._now)
            if after is before or self._put(model, before, after):
                return before, after
            answer = self._client.get_item(TableName=self._table, Key=self._key(model), ConsistentRead=True)
            before = self._known[model] = _circuit(answer.get("Item", {}))
        return before, before

    def _put(self, model: str, before: Circuit, after: Circuit) -> bool:
        """Replaces a circuit, if it is still as it was."""
        values: dict[str, Any] = {f":{name}": _whole(getattr(after, name)) for name in _FIELDS}
        seen: dict[str, Any] = {f":seen_{name}": _whole(getattr(before, name)) for name in _FIELDS}
        is_as_it_was = " AND ".join(f"{name} = :seen_{name}" for name in _FIELDS)
        new = "attribute_not_exists(run_id)" if before == CLOSED else ""
        try:
            self._client.update_item(
                TableName=self._table,
                Key=self._key(model),
                UpdateExpression="SET "
                + ", ".join(f"{name} = :{name}" for name in (*_FIELDS, "expires_at"))
                + " REMOVE holder, held_until",
                ConditionExpression=f"{new} OR ({is_as_it_was})" if new else is_as_it_was,
                ExpressionAttributeValues=to_item({**values, **seen, ":expires_at": int(self._now) + KEPT_SECONDS}),
            )
        except self._client.exceptions.ConditionalCheckFailedException:
            return False
        return True

    def _key(self, model: str) -> dict[str, Any]:
        return to_item({"run_id": BREAKERS, "record": self._names[model]})

    @property
    def _now(self) -> float:
        return self._clock().timestamp()


def _whole(seconds: float) -> int:
    """Whole milliseconds: what is compared for equality has to be stored exactly."""
    return round(seconds * 1000) if isinstance(seconds, float) else seconds


def _circuit(item: Mapping[str, Any]) -> Circuit:
    numbers = {name: int(item[name]["N"]) for name in _FIELDS if name in item}
    times = {name: numbers.get(name, 0) / 1000 for name in ("since", "opened_at")}
    return Circuit(
        **times,
        failures=numbers.get("failures", 0),
        successes=numbers.get("successes", 0),
        holder=item.get("holder", {}).get("S", ""),
        held_until=int(item.get("held_until", {}).get("N", 0)) / 1000,
    )
