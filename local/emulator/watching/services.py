"""What AWS services count about themselves: Lambda, Step Functions, API Gateway, SQS, DynamoDB.

The emulator counts functions for direct calls only, and nothing else. Here every invocation counts, whoever makes it.
"""

from __future__ import annotations

import contextvars
import threading
import time
from collections.abc import Mapping
from typing import Any

from ministack.core import responses
from ministack.services import apigateway_v1, lambda_svc, sqs, stepfunctions

from local.emulator.watching.storing import count

QUEUE_SECONDS = 2.0
"""How often queues are looked at; AWS does it each minute."""
_EXECUTIONS = {
    "SUCCEEDED": "ExecutionsSucceeded",
    "FAILED": "ExecutionsFailed",
    "TIMED_OUT": "ExecutionsTimedOut",
    "ABORTED": "ExecutionsAborted",
}


def install() -> None:
    """Has the services count. To be called before the emulator's ``main``, and after whatever else replaces their parts."""
    _count_invocations()
    _count_executions()
    _count_requests()
    _count_messages()


def places_of(function: Mapping[str, Any], config: Mapping[str, Any]) -> list[dict[str, str]]:
    """The dimensions under which an invocation counts: the function, and each alias of the version that ran.

    Which of them was named is not known any more where the function runs.
    """
    name, version = config.get("FunctionName", "unknown"), config.get("Version", "$LATEST")
    known = lambda_svc._functions.get(name) or function
    aliases = [alias for alias, each in (known.get("aliases") or {}).items() if each.get("FunctionVersion") == version]
    return [{"FunctionName": name}, *({"FunctionName": name, "Resource": f"{name}:{alias}"} for alias in aliases)]


def _count_invocations() -> None:
    dispatch, acquire = lambda_svc._execute_function_dispatch, lambda_svc._acquire_execution_slot

    def dispatch_counted(
        function: dict[str, Any], config: dict[str, Any], event: Any, request: str, started: float
    ) -> Any:
        begun = time.time()
        answer = dispatch(function, config, event, request, started)
        places = places_of(function, config)
        if answer.get("throttle"):
            count("AWS/Lambda", {"Throttles": 1}, *places)
        else:
            figures = {
                "Invocations": 1,
                "Errors": float(bool(answer.get("error"))),
                "Throttles": 0,
                "Duration": (time.time() - begun) * 1000,
            }
            count("AWS/Lambda", figures, *places)
        return answer

    def acquire_counted(function: dict[str, Any], config: dict[str, Any]) -> Any:
        # The emulator looks at the copy of the function that a version is; AWS reserves for the function, whatever version runs.
        whole = lambda_svc._functions.get(config.get("FunctionName")) or function
        slot, limit = acquire({**function, "concurrency": whole.get("concurrency")}, config)
        if slot is None:
            count("AWS/Lambda", {"Throttles": 1}, *places_of(function, config))
        return slot, limit

    lambda_svc._execute_function_dispatch, lambda_svc._acquire_execution_slot = dispatch_counted, acquire_counted
    lambda_svc._emit_lambda_metrics = lambda *arguments, **named: None


def _count_executions() -> None:
    emit = stepfunctions._emit_execution_status_event

    def emit_counted(execution: dict[str, Any]) -> None:
        emit(execution)
        place = {"StateMachineArn": execution["stateMachineArn"]}
        if execution["status"] == "RUNNING":
            count("AWS/States", {"ExecutionsStarted": 1}, place)
            return
        took = stepfunctions._iso_to_epoch_ms(execution["stopDate"]) - stepfunctions._iso_to_epoch_ms(
            execution["startDate"]
        )
        count("AWS/States", {_EXECUTIONS[execution["status"]]: 1, "ExecutionTime": took}, place)

    stepfunctions._emit_execution_status_event = emit_counted


def _count_requests() -> None:
    handle = apigateway_v1._handle_execute_in_scope

    async def handle_counted(api: str, stage: str, *more: Any) -> Any:
        begun = time.time()
        answer = await handle(api, stage, *more)
        status = int(answer[0])
        figures = {
            "Count": 1,
            "4XXError": float(400 <= status < 500),
            "5XXError": float(status >= 500),
            "Latency": (time.time() - begun) * 1000,
        }
        name = (apigateway_v1._rest_apis.get(api) or {}).get("name", api)
        count("AWS/ApiGateway", figures, {"ApiName": name}, {"ApiName": name, "Stage": stage})
        return answer

    apigateway_v1._handle_execute_in_scope = handle_counted


def _count_messages() -> None:
    """Counts what waits in queues, as long as the process lives."""
    threading.Thread(target=contextvars.Context().run, args=(_look_at_queues,), daemon=True).start()


def _look_at_queues() -> None:
    while True:
        time.sleep(QUEUE_SECONDS)
        for _, queue in list(sqs._queues.all_items()):
            _, _, _, region, account, name = queue["attributes"]["QueueArn"].split(":")
            responses._request_account_id.set(account)
            responses._request_region.set(region)
            now = time.time()
            visible = sum(each["visible_at"] <= now for each in list(queue["messages"]))
            count("AWS/SQS", {"ApproximateNumberOfMessagesVisible": visible}, {"QueueName": name})
