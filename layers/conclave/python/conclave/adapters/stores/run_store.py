"""The runs table and the audit table: ``RunStore`` on DynamoDB."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol

from conclave.adapters.stores.bodies import body_as, body_in
from conclave.adapters.stores.dynamodb import READ_BATCH, batch_get, chunks, to_attribute, to_item, transact
from conclave.adapters.stores.run_lists import as_run, listed
from conclave.adapters.stores.spending import additions
from conclave.audit.chain import Act, Head, NewEntry, seal
from conclave.clock import Sleep, parse_timestamp, system_clock
from conclave.codes import Moment
from conclave.money.spending import NOTHING, Spent
from conclave.records.journal import check_size
from conclave.records.runs import (
    DECISION,
    META,
    Amendment,
    AuditContended,
    Ended,
    Marking,
    Page,
    Publication,
    RecordStands,
    Run,
    RunExpired,
    RunNotFound,
    StaleFence,
    Stored,
    Waiting,
    accepted,
    after,
    check_amendable,
)
from conclave.types import RunStatus

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.client import DynamoDBClient

Change = Callable[[Run], tuple[list[Any], dict[str, Any]]]
"""From a run as it is: the items to write, and the attributes of its head to set. Raises ``StaleFence`` when it must not."""

SECONDS_PER_DAY = 86_400
APPEND_ATTEMPTS = 60
"""Times that a writer tries to come next in an audit that others append to. Two rarely meet; a run's steps take turns."""
LONGEST_WAIT_SECONDS = 0.25
_ID = re.compile(r"[\w#./:-]{1,200}", re.ASCII)
"""The ids that may be asked for: DynamoDB refuses a key that is empty or of more than 2,048 bytes, and callers write any path."""


class Rider(Protocol):
    """Somebody who needs items of the runs table that belong to no run."""

    def keys(self) -> Iterable[dict[str, Any]]:
        """The keys of the items that it has not got yet."""
        ...

    def take(self, item: Mapping[str, Any]) -> None:
        """Takes one of them."""
        ...


class DynamoRunStore:
    """Runs in DynamoDB. See ``conclave.records.runs.RunStore``.

    Args:
        client: A DynamoDB client.
        table: Name of the runs table: partition key ``run_id``, sort key ``record``.
        audit_table: Name of the audit table: partition key ``run_id``, sort key ``sequence``. Entries do not expire.
        ttl_days: Days after which records expire, counted from the creation of the run.
        sleep: Waits for seconds.
        rider: Has other items of the table read along with the records of a run, for no request of its own.
        spending: Name of the spending table; empty for functions that write no outcome, and cannot without.
    """

    def __init__(
        self,
        client: DynamoDBClient,
        table: str,
        audit_table: str,
        ttl_days: int,
        sleep: Sleep = system_clock.sleep,
        rider: Rider | None = None,
        *,
        spending: str = "",
    ) -> None:
        self._rider = rider
        self._spending = spending
        self._client = client
        self._table = table
        self._audit_table = audit_table
        self._ttl_days = ttl_days
        self._sleep = sleep

    def create(self, run: Run) -> bool:
        """See ``RunStore.create``."""
        later = int(parse_timestamp(run.created_at).timestamp()) + self._ttl_days * SECONDS_PER_DAY
        expires_at = run.expires_at or later
        sealed = seal(run.run_id, Head(), accepted(run))
        head = {
            "run_id": run.run_id,
            "record": META,
            "status": run.status,
            **({} if run.trial else {"day": run.day}),
            "pack": run.pack,
            "created_at": run.created_at,
            "updated_at": run.updated_at,
            "correlation_id": run.correlation_id,
            "text": run.text,
            "incident": dict(run.incident),
            "source": run.source,
            "fence": 0,
            "economy": run.economy,
            "asked_by": run.asked_by,
            "marks": dict(run.marks),
            **({"fork": dict(run.fork)} if run.fork else {}),
            "expires_at": expires_at,
            "audit_entries": sealed.head.entries,
            "audit_head": sealed.hash,
        }
        put = {
            "Put": {
                "TableName": self._table,
                "Item": to_item(head),
                "ConditionExpression": "attribute_not_exists(run_id)",
            }
        }
        for attempt in range(APPEND_ATTEMPTS):
            lost = transact(self._client, [put, self._entry(sealed)])
            if not lost:
                return True
            if lost[0] == "ConditionalCheckFailed":
                return False
            if lost[1] == "ConditionalCheckFailed":
                raise RunExpired(f"there was a run {run.run_id}; its audit stands, which no new run can continue")
            self._wait(attempt)
        raise AuditContended(f"the run {run.run_id} could not be stored; try again")

    def get(self, run_id: str) -> Run:
        """See ``RunStore.get``."""
        if not _ID.fullmatch(run_id):
            raise RunNotFound("no run has such an id")
        answer = self._client.get_item(TableName=self._table, Key=_key(run_id, META), ConsistentRead=True)
        if "Item" not in answer:
            raise RunNotFound(f"there is no run {run_id}")
        return as_run(answer["Item"])

    def load(self, run_id: str, records: Iterable[str]) -> tuple[Run, dict[str, Stored]]:
        """See ``RunStore.load``."""
        if not _ID.fullmatch(run_id):
            raise RunNotFound("no run has such an id")
        found = {item["record"]["S"]: item for item in self._items(run_id, [META, *records])}
        if META not in found:
            raise RunNotFound(f"there is no run {run_id}")
        head = found.pop(META)
        return as_run(head), {name: Stored(body_in(item), int(item["fence"]["N"])) for name, item in found.items()}

    def claim(self, run_id: str, execution_arn: str, now: str, moment: Moment | None = None) -> Run:
        """See ``RunStore.claim``."""
        another = "(attribute_not_exists(execution_arn) OR execution_arn <> :arn)"
        return self._fenced(run_id, now, execution_arn, condition=another, moment=moment)

    def seize(self, run_id: str, now: str) -> Run:
        """See ``RunStore.seize``."""
        return self._fenced(run_id, now, waiting=True)

    def _fenced(
        self,
        run_id: str,
        now: str,
        execution_arn: str = "",
        condition: str = "",
        moment: Moment | None = None,
        *,
        waiting: bool = False,
    ) -> Run:
        """Raises the fence of a run that is not decided; for an execution, where one is named, and under its condition.

        ``waiting`` says that it may wait for a person.
        """
        values: dict[str, Any] = {":now": {"S": now}, ":one": {"N": "1"}, ":running": {"S": RunStatus.RUNNING}}
        names, assigned, status = {"#status": "status"}, "updated_at = :now", "#status = :running"
        if waiting:
            values[":awaiting"] = {"S": RunStatus.AWAITING_APPROVAL}
            status = "#status IN (:running, :awaiting)"
        if execution_arn:
            values[":arn"] = {"S": execution_arn}
            assigned += ", execution_arn = :arn"
        if moment is not None:
            names["#moment"] = moment
            assigned += ", marks.#moment = if_not_exists(marks.#moment, :now)"
        try:
            answer = self._client.update_item(
                TableName=self._table,
                Key=_key(run_id, META),
                UpdateExpression=f"SET {assigned} ADD fence :one",
                ConditionExpression=" AND ".join(filter(None, [status, condition])),
                ExpressionAttributeNames=names,
                ExpressionAttributeValues=values,
                ReturnValues="ALL_NEW",
            )
        except self._client.exceptions.ConditionalCheckFailedException as error:
            run = self.get(run_id)
            if run.status is RunStatus.RUNNING and execution_arn and run.execution_arn == execution_arn:
                return run
            raise StaleFence(f"the run {run_id} is already decided") from error
        return as_run(answer["Attributes"])

    def write(
        self,
        run_id: str,
        records: Mapping[str, bytes],
        fence: int,
        act: Act,
        unless: Sequence[str] = (),
        *,
        ended: Ended | None = None,
        head: Run | None = None,
    ) -> None:
        """See ``RunStore.write``: one transaction, so that all records of a step and its audit entry appear together."""
        for name, data in records.items():
            check_size(name, data)

        def change(run: Run) -> tuple[list[Any], dict[str, Any]]:
            if run.status is not RunStatus.RUNNING:
                raise StaleFence(f"the run {run_id} is already {run.status}")
            if run.fence > fence:
                raise StaleFence(f"the run {run_id} was claimed under a newer fence")
            # Whoever writes one of them meanwhile moves the head on, which refuses the transaction: then this is asked again.
            if unless and run is not head and (found := self.read(run_id, unless, fence)):
                raise RecordStands(f"{', '.join(found)} of {run_id} was written before")
            common = {"run_id": run_id, "fence": fence, "expires_at": run.expires_at}
            puts = [
                {
                    "Put": {
                        "TableName": self._table,
                        "Item": to_item({**common, "record": name, **body_as(data)}),
                        "ConditionExpression": f"attribute_not_exists(fence) OR fence {'<' if name in unless else '<='} :fence",
                        "ExpressionAttributeValues": {":fence": to_attribute(fence)},
                    }
                }
                for name, data in records.items()
            ]
            return puts, ended.changes(run, act.at) if ended else {}

        self._append(run_id, act, change, f"a record of {run_id} was written under a newer fence", head)

    def read(self, run_id: str, records: Iterable[str], fence: int = 0) -> dict[str, bytes]:
        """See ``RunStore.read``."""
        return {
            item["record"]["S"]: body_in(item)
            for item in self._items(run_id, records)
            if int(item["fence"]["N"]) >= fence
        }

    def _items(self, run_id: str, records: Iterable[str]) -> Iterator[Mapping[str, Any]]:
        along = list(self._rider.keys()) if self._rider else []
        wanted = [*(_key(run_id, name) for name in dict.fromkeys(records)), *along]
        for keys in chunks(wanted, READ_BATCH):
            for item in batch_get(self._client, self._table, keys, consistent=True, sleep=self._sleep):
                if item["run_id"]["S"] == run_id:
                    yield item
                elif self._rider:
                    self._rider.take(item)

    def audit(self, run_id: str) -> list[bytes]:
        """See ``RunStore.audit``."""
        if not _ID.fullmatch(run_id):
            return []
        pages = self._client.get_paginator("query").paginate(
            TableName=self._audit_table,
            KeyConditionExpression="run_id = :run",
            ExpressionAttributeValues={":run": to_attribute(run_id)},
            ConsistentRead=True,
        )
        return [bytes(item["body"]["B"]) for page in pages for item in page["Items"]]

    def publish(self, publication: Publication, head: Run | None = None) -> Run:
        """See ``RunStore.publish``."""

        def change(run: Run) -> tuple[list[Any], dict[str, Any]]:
            changed = publication.changes(run)
            common = {"run_id": run.run_id, "fence": publication.fence, "expires_at": run.expires_at}
            put = {
                "Put": {
                    "TableName": self._table,
                    "Item": to_item({**common, "record": DECISION, **body_as(publication.decision)}),
                    "ConditionExpression": "attribute_not_exists(run_id)",
                }
            }
            return [put, *self._added(publication.charge, publication.now)], changed

        refusal = f"the run {publication.run_id} has a decision"
        return self._append(publication.run_id, publication.act, change, refusal, head)

    def wait(self, waiting: Waiting, head: Run | None = None) -> Run:
        """See ``RunStore.wait``."""

        def change(run: Run) -> tuple[list[Any], dict[str, Any]]:
            return [*self._puts(run, waiting.records), *self._added(waiting.charge, waiting.act.at)], waiting.changes(
                run
            )

        return self._append(waiting.run_id, waiting.act, change, "a wait has no conditions of its own", head)

    def amend(self, amendment: Amendment) -> None:
        """See ``RunStore.amend``."""

        def change(run: Run) -> tuple[list[Any], dict[str, Any]]:
            check_amendable(run, amendment)
            return self._puts(run, amendment.records), {**amendment.changes, "texts": str(amendment.texts)}

        self._append(amendment.run_id, amendment.act, change, "an amendment has no conditions of its own")

    def mark(self, marking: Marking) -> Run:
        """See ``RunStore.mark``."""

        def change(run: Run) -> tuple[list[Any], dict[str, Any]]:
            return [], marking.changes(run)

        return self._append(marking.run_id, marking.act, change, "a mark has no conditions of its own")

    def _puts(self, run: Run, records: Mapping[str, bytes]) -> list[dict[str, Any]]:
        """Records of a run whose head is the lock."""
        for name, data in records.items():
            check_size(name, data)
        common = {"run_id": run.run_id, "fence": run.fence, "expires_at": run.expires_at}
        return [
            {"Put": {"TableName": self._table, "Item": to_item({**common, "record": name, **body_as(data)})}}
            for name, data in records.items()
        ]

    def _added(self, charge: Spent, now: str) -> list[dict[str, Any]]:
        return additions(self._spending, charge, now) if self._spending and charge != NOTHING else []

    def by_status(self, status: RunStatus, limit: int, next_token: str = "") -> Page:
        """See ``RunStore.by_status``."""
        return listed(self._client, self._table, ("by_status", "status", status), limit, next_token)

    def by_day(self, day: str, limit: int, next_token: str = "") -> Page:
        """See ``RunStore.by_day``."""
        return listed(self._client, self._table, ("by_day", "day", day), limit, next_token)

    def _append(self, run_id: str, act: Act, change: Change, refusal: str, head: Run | None = None) -> Run:
        """Makes a change and its audit entry one transaction; tries again when somebody else's entry came first.

        The head of the run is the lock: its update holds only while nobody has appended, decided or claimed since it was
        read. It also makes the entries gapless, and lets writers append to a table that they cannot read.

        Args:
            run_id: The run.
            act: What is done.
            change: Says what is written.
            refusal: The message when an item must not be written.
            head: The head as the caller has read it; what it refuses is judged by a fresh one.

        Returns:
            The head as it is afterwards.
        """
        for attempt in range(APPEND_ATTEMPTS):
            known = head if attempt == 0 else None
            run = known or self.get(run_id)
            changes, changed = change(run)
            sealed = seal(run_id, run.head, act)
            lost = transact(self._client, [*changes, self._entry(sealed), self._advance(run, sealed, changed)])
            if not lost:
                return after(run, {**changed, "audit_entries": sealed.head.entries, "audit_head": sealed.hash})
            if known is None:
                # Where the head has moved on, too, the run is asked again: it knows why the item was refused.
                if "ConditionalCheckFailed" in lost[: len(changes)] and lost[-1] != "ConditionalCheckFailed":
                    raise StaleFence(refusal)
                self._wait(attempt)
        raise AuditContended(f"others keep appending to the audit of {run_id}; try again")

    def _entry(self, sealed: NewEntry) -> dict[str, Any]:
        item = {
            "run_id": sealed.entry.run_id,
            "sequence": f"{sealed.entry.sequence:06d}",
            "event": sealed.entry.event,
            "body": sealed.data,
        }
        return {
            "Put": {
                "TableName": self._audit_table,
                "Item": to_item(item),
                "ConditionExpression": "attribute_not_exists(run_id)",
            }
        }

    def _advance(self, run: Run, sealed: NewEntry, changed: Mapping[str, Any]) -> dict[str, Any]:
        """The update of the head of a run: where its audit ends now, and whatever else the act changes."""
        assigned = {**changed, "audit_entries": sealed.head.entries, "audit_head": sealed.hash}
        expected = {"audit_entries": run.audit_entries, "fence": run.fence, "status": str(run.status)}
        names = {part for path in (*assigned, *expected) for part in path.split(".")}
        return {
            "Update": {
                "TableName": self._table,
                "Key": _key(run.run_id, META),
                "UpdateExpression": "SET "
                + ", ".join(f"{_placeholder(path)} = :new{n}" for n, path in enumerate(assigned)),
                "ConditionExpression": " AND ".join(f"#{name} = :old_{name}" for name in expected),
                "ExpressionAttributeNames": {f"#{name}": name for name in names},
                "ExpressionAttributeValues": {
                    **{f":new{n}": to_attribute(value) for n, value in enumerate(assigned.values())},
                    **{f":old_{name}": to_attribute(value) for name, value in expected.items()},
                },
            }
        }

    def _wait(self, attempt: int) -> None:
        self._sleep(random.uniform(0, min(LONGEST_WAIT_SECONDS, 0.01 * 2**attempt)))


def _placeholder(path: str) -> str:
    return ".".join(f"#{part}" for part in path.split("."))


def _key(run_id: str, record: str) -> dict[str, dict[str, str]]:
    return {"run_id": {"S": run_id}, "record": {"S": record}}
