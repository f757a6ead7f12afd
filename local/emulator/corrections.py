"""Answers of the emulator that differ from those of AWS where Conclave depends on the difference, or that take far longer."""

from __future__ import annotations

import json
import re
from math import inf
from threading import RLock
from typing import Any

import msgspec
from ministack.core import iam_evaluator, lambda_runtime
from ministack.services import dynamodb, stepfunctions

_API = re.compile(r"\Ahttps://(\w+)\.execute-api\.[\w.-]+(/[\w/-]*)\Z", re.ASCII)
_EQUAL = re.compile(r"(#\w+) = (:\w+)")
_ANY_OF = re.compile(r"(#\w+) IN \((:\w+(?:, :\w+)*)\)(?: OR \1 IN \((:\w+(?:, :\w+)*)\))*")
_BETWEEN = re.compile(r"(#\w+) BETWEEN (:\w+) AND (:\w+)")
_AND = re.compile(r" AND (?=[#(])")
_VALUE = re.compile(r":\w+")


def install(endpoint: str) -> None:
    """Replaces what differs. To be called before the emulator's ``main``.

    Args:
        endpoint: URL of the emulator, as functions reach it.
    """
    _lead_functions_to_apis(endpoint)
    _answer_repeated_starts()
    _trust_the_loopback_interface()
    _update_one_item_at_a_time()
    dynamodb._evaluate_condition = ReadOnce(dynamodb._evaluate_condition)
    dynamodb._paginate_evaluated_items = Pages(dynamodb._paginate_evaluated_items, dynamodb._DDB_PAGE_SIZE_BYTES)


def _update_one_item_at_a_time() -> None:
    """Makes UpdateItem atomic, as it is on AWS: executions call it from threads of their own, and it reads before it writes."""
    update, one_at_a_time = dynamodb._update_item, RLock()

    def update_item(request: dict[str, Any]) -> Any:
        with one_at_a_time:
            return update(request)

    dynamodb._update_item = update_item


def _lead_functions_to_apis(endpoint: str) -> None:
    """Gives functions the addresses of APIs by path: the names of their hosts are resolved by nobody here."""
    made = lambda_runtime.Worker.__init__

    def init(worker: Any, func_name: str, config: dict[str, Any], code_zip: bytes) -> None:
        made(worker, func_name, with_reachable_apis(config, endpoint), code_zip)

    lambda_runtime.Worker.__init__ = init


def with_reachable_apis(config: dict[str, Any], endpoint: str) -> dict[str, Any]:
    """The configuration of a function whose variables name an API by its path at the emulator, where one is an API's URL."""
    given = config.get("Environment", {}).get("Variables", {})
    led = {name: _API.sub(rf"{endpoint}/_aws/execute-api/\1\2", value) for name, value in given.items()}
    return config if led == given else {**config, "Environment": {**config["Environment"], "Variables": led}}


def _trust_the_loopback_interface() -> None:
    """Counts plain HTTP as ``aws:SecureTransport``: nothing here leaves the machine, and policies demand it on AWS."""
    resolve = iam_evaluator._resolve_condition_key

    def resolve_key(key: str, context: Any) -> Any:
        return "true" if key.lower() == "aws:securetransport" else resolve(key, context)

    iam_evaluator._resolve_condition_key = resolve_key


def _answer_repeated_starts() -> None:
    start = stepfunctions._start_execution

    def start_execution(request: dict[str, Any]) -> tuple[int, dict[str, str], bytes]:
        """StartExecution repeated with the same name and input answers the running execution, as AWS does."""
        answer: tuple[int, dict[str, str], bytes] = start(request)
        status, _, body = answer
        if status != 400 or json.loads(body).get("__type") != "ExecutionAlreadyExists":
            return answer
        machine = str(request.get("stateMachineArn", "")).replace(":stateMachine:", ":execution:")
        running = stepfunctions._executions.get(f"{machine}:{request.get('name')}")
        if not running or running["status"] != "RUNNING" or running["input"] != request.get("input", "{}"):
            return answer
        started = {"executionArn": running["executionArn"], "startDate": running["startDate"]}
        repeated: tuple[int, dict[str, str], bytes] = stepfunctions.json_response(started)
        return repeated

    stepfunctions._start_execution = start_execution


class ReadOnce:
    """Evaluates conditions as the emulator does, which reads the expression again for every item that a query looks at.

    Equality with a text, one text of many, a text between two, and several of these at once are read once for a query.

    Args:
        evaluate: What the emulator does; it judges every expression the first time, and all others every time.
    """

    def __init__(self, evaluate: Any) -> None:
        self._evaluate = evaluate
        self._last: tuple[Any, ...] = ()

    def __call__(self, expression: str, item: Any, values: Any, names: Any, slot: str = "ConditionExpression") -> bool:
        """See the emulator's ``_evaluate_condition``."""
        last = self._last
        if last and last[0] == (expression, slot) and last[1] is values and last[2] is names:
            for attribute, wanted in last[3]:  # noqa: SIM110  # a generator takes twice as long
                if item.get(attribute) not in wanted:
                    return False
            return True
        answer = bool(self._evaluate(expression, item, values, names, slot=slot))
        parts = [_read(each, values, names) for each in _AND.split(expression)] if isinstance(expression, str) else []
        wanted = [each for each in parts if each]
        if wanted and len(wanted) == len(parts):
            self._last = ((expression, slot), values, names, wanted)
        return answer


class Pages:
    """Ends pages as the emulator does, which adds up the size of every value of every item: 0.1 ms an item, also of short pages.

    An item is never larger than its JSON: names and texts have their own bytes in both, and all else is longer as text. So
    what has less JSON than a page may have is a page, and so are so few items that the table's largest would fit as often.

    Args:
        paginate: What the emulator does; it is asked about everything that may be more than a page.
        most: Bytes of a page.
    """

    def __init__(self, paginate: Any, most: int) -> None:
        self._paginate = paginate
        self._most = most

    def __call__(self, items: Any, limit: Any, table: Any, index: str | None = None) -> Any:
        """See the emulator's ``_paginate_evaluated_items``."""
        if limit is None and (self._so_few(items, table) or len(msgspec.json.encode(items)) < self._most):
            return items, False
        return self._paginate(items, limit, table, index)

    def _so_few(self, items: Any, table: Any) -> bool:
        return len(items) * getattr(table["items"], "largest", inf) < self._most


def _read(condition: str, values: Any, names: Any) -> tuple[str, _Texts | _Between] | None:
    """The attribute and the texts that a condition asks for; ``None`` where it asks for something else."""
    among = condition[1:-1] if condition.startswith("(") else condition
    match = _EQUAL.fullmatch(condition) or _ANY_OF.fullmatch(among) or _BETWEEN.fullmatch(condition)
    told = [values[each] for each in _VALUE.findall(condition)] if match else []
    if match is None or any(set(each) != {"S"} for each in told):
        return None
    texts = [each["S"] for each in told]
    return names[match.group(1)], _Between(*texts) if match.re is _BETWEEN else _Texts(texts)


class _Texts:
    """Attributes with one of some texts."""

    def __init__(self, wanted: list[str]) -> None:
        self._texts = frozenset(wanted)

    def __contains__(self, attribute: Any) -> bool:
        return isinstance(attribute, dict) and attribute.get("S") in self._texts


class _Between:
    """Attributes with a text between two, in the order of UTF-8, which is that of code points."""

    def __init__(self, first: str, last: str) -> None:
        self._first, self._last = first, last

    def __contains__(self, attribute: Any) -> bool:
        return isinstance(attribute, dict) and "S" in attribute and self._first <= attribute["S"] <= self._last
