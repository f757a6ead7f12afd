"""Data of the past that the emulator keeps: on disk what can be read again, and a bounded part of what nobody reads.

It keeps all in memory for ever, and the requests of transactions for ten minutes: 0.9 MB a run. Records, logs and histories of
executions that have ended go into a file that ends with the process; of a request a digest is kept, of events only the newest,
and of a metric only the newest values.
"""

from __future__ import annotations

import threading
import time
from collections import defaultdict, deque
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from local.emulator.spool import Digest, Spool, SpooledItems, SpooledList, SpooledLog

EVENTS = 50
"""Events of the buses that are kept. They have been delivered; only a look at the emulator's memory shows them."""
VALUES = 60
"""Values of a metric, by dimensions, that are kept."""
_ended = frozenset({"SUCCEEDED", "FAILED", "ABORTED", "TIMED_OUT"})


class Buckets(defaultdict[Any, Any]):
    """The items of a table by partition key: packed, and those of some size on disk.

    Args:
        spool: Where large items go.
        items: What is in it from the beginning.

    Attributes:
        largest: Bytes as JSON of the largest item that was ever in it.
    """

    def __init__(self, spool: Spool, items: Mapping[Any, Any]) -> None:
        super().__init__(dict)
        self._spool = spool
        self.largest = 0.0
        for key, partition in items.items():
            self.setdefault(key, partition)

    def setdefault(self, key: Any, default: Any = None) -> Any:
        """See ``dict.setdefault``; a new partition is one that keeps its large items on disk."""
        if key not in self:
            self[key] = SpooledItems(self._spool, default, self._measure)
        return self[key]

    def _measure(self, size: float) -> None:
        if size > self.largest:
            self.largest = size

    def __deepcopy__(self, memo: dict[int, Any]) -> dict[Any, Any]:
        return {key: dict(partition.items()) for key, partition in self.items()}


def install() -> None:
    """Bounds what is kept. To be called before the emulator's ``main``."""
    spool = Spool()
    _spool_records(spool)
    _pack_transactions(spool)
    _spool_histories(spool)
    _spool_logs(spool)
    _keep_few_events()
    _keep_few_values()


def _spool_records(spool: Spool) -> None:
    from ministack.services import dynamodb

    put, lock = dynamodb._set_item, threading.Lock()

    def set_item(table: dict[str, Any], partition: Any, sort: Any, item: Any) -> Any:
        with lock:
            if not isinstance(table["items"], Buckets):
                table["items"] = Buckets(spool, table["items"])
        return put(table, partition, sort, item)

    dynamodb._set_item = set_item


def _pack_transactions(spool: Spool) -> None:
    from ministack.services import dynamodb

    store, look_up = dynamodb._txn_token_store, dynamodb._txn_token_lookup
    dynamodb._txn_idempotency._data = SpooledItems(spool, dynamodb._txn_idempotency._data)

    def store_packed(token: str, entry: dict[str, Any]) -> None:
        # A repetition is compared with the request, which itself is never shown again.
        store(token, {**entry, "signature": Digest.of(entry["signature"]).text})

    def look_up_packed(token: str) -> dict[str, Any] | None:
        prior: dict[str, Any] | None = look_up(token)
        return {**prior, "signature": Digest(prior["signature"])} if prior else None

    dynamodb._txn_token_store, dynamodb._txn_token_lookup = store_packed, look_up_packed


def _spool_histories(spool: Spool) -> None:
    from ministack.services import stepfunctions

    emit = stepfunctions._emit_execution_status_event

    def emit_and_spool(execution: dict[str, Any]) -> None:
        emit(execution)
        if execution["status"] in _ended and isinstance(execution["events"], list):
            execution["events"] = SpooledList(spool, execution["events"])

    stepfunctions._emit_execution_status_event = emit_and_spool


def log_lines(request: str, version: str, text: str, milliseconds: int, megabytes: int) -> list[str]:
    """Lines that CloudWatch Logs has of one invocation: the platform's lines around what the function wrote."""
    report = f"REPORT RequestId: {request}\tDuration: {milliseconds} ms\tBilled Duration: {milliseconds} ms"
    return [
        f"START RequestId: {request} Version: {version}",
        *text.splitlines(),
        f"END RequestId: {request}",
        f"{report}\tMemory Size: {megabytes} MB",
    ]


def _spool_logs(spool: Spool) -> None:
    from ministack.services import cloudwatch_logs, lambda_svc

    lock = threading.Lock()
    written = lambda_svc._emit_lambda_logs

    def emit(
        function: dict[str, Any],
        request: str,
        text: str,
        error: bool,
        milliseconds: int,
        *,
        log_source: str | None = None,
    ) -> None:
        if log_source is not None:
            written(function, request, text, error, milliseconds, log_source=log_source)
            return
        config = function.get("config") or function
        version, name = config.get("Version", "$LATEST"), config.get("FunctionName", "unknown")
        group = (config.get("LoggingConfig") or {}).get("LogGroup") or f"/aws/lambda/{name}"
        lines = log_lines(request, version, text or "", milliseconds, config.get("MemorySize", 128))
        with lock:
            now = int(time.time() * 1000)
            stream = f"{datetime.now(UTC):%Y/%m/%d}/[{version}]{'0' * 32}"
            streams = _streams(cloudwatch_logs, group, now)
            if stream not in streams:
                streams[stream] = _stream(spool, now)
            events = [{"timestamp": now, "message": line, "ingestionTime": now} for line in lines]
            cloudwatch_logs._append_log_events(streams[stream], events)
        cloudwatch_logs._fanout_to_subscription_filters(group, stream, events)

    lambda_svc._emit_lambda_logs = emit


def _streams(logs: Any, group: str, now: int) -> dict[str, Any]:
    if group not in logs._log_groups:
        logs._log_groups[group] = {
            "arn": logs._make_group_arn(group),
            "creationTime": now,
            "retentionInDays": None,
            "tags": {},
            "subscriptionFilters": {},
            "streams": {},
        }
    streams: dict[str, Any] = logs._log_groups[group]["streams"]
    return streams


def _stream(spool: Spool, now: int) -> dict[str, Any]:
    return {
        "events": SpooledLog(spool),
        "uploadSequenceToken": "1",
        "creationTime": now,
        "firstEventTimestamp": None,
        "lastEventTimestamp": None,
        "lastIngestionTime": None,
    }


def _keep_few_events() -> None:
    from ministack.services import eventbridge

    def entries() -> Any:
        if "entries" not in eventbridge._events_log:
            eventbridge._events_log["entries"] = deque(maxlen=EVENTS)
        return eventbridge._events_log["entries"]

    eventbridge._events_log_list = entries


def _keep_few_values() -> None:
    from ministack.services import cloudwatch

    store = cloudwatch._store_datum

    def store_bounded(namespace: str, name: str, dimensions: Any, *more: Any) -> None:
        store(namespace, name, dimensions, *more)
        values = cloudwatch._metric_bucket((namespace, name, cloudwatch._dims_key(dimensions)))
        del values[:-VALUES]

    cloudwatch._store_datum = store_bounded
