"""Task tokens as AWS judges them: whose machine a token is of, how long a state waits for it, and for what a key encrypts.

The emulator takes a token from anybody who may do anything with Step Functions, waits as long as a definition says in plain
numbers, and does not know the encryption context of a call of KMS when it evaluates policies.
"""

from __future__ import annotations

import json
from typing import Any

from ministack.core import iam_actions
from ministack.services import stepfunctions

_MACHINES: dict[str, str] = {}
"""The machine of each token that was ever given out: a token that is over is still that machine's."""


def install() -> None:
    """Replaces what differs. To be called before the emulator's ``main``."""
    _wait_as_the_state_says()
    _know_whose_token_it_is()
    _know_the_encryption_context()


def _wait_as_the_state_says() -> None:
    execute, invoke = stepfunctions._execute_task, stepfunctions._invoke_with_callback

    def execute_task(state: dict[str, Any], raw_input: Any, execution: Any, context: Any) -> Any:
        path = state.get("TimeoutSecondsPath")
        if path:
            effective = stepfunctions._apply_input_path(state, raw_input, context)
            seconds = effective
            for name in str(path).removeprefix("$.").split("."):
                seconds = seconds[name]
            state = {**state, "TimeoutSeconds": int(seconds)}
        machine = context.get("StateMachine", {}).get("Id", "")
        return execute({**state, "_machine": machine}, raw_input, execution, context)

    def invoke_with_callback(resource: str, given: Any, token: str, state: dict[str, Any]) -> Any:
        _MACHINES[token] = str(state.get("_machine", ""))
        return invoke(resource, given, token, state)

    stepfunctions._execute_task = execute_task
    stepfunctions._invoke_with_callback = invoke_with_callback


def _know_whose_token_it_is() -> None:
    known = iam_actions.extract_resource_arn

    def resource_arn(service: str, method: str, path: str, headers: Any, body: bytes, *others: Any) -> Any:
        token = _field(body, "taskToken") if service == "states" else ""
        return _MACHINES.get(str(token)) or known(service, method, path, headers, body, *others)

    iam_actions.extract_resource_arn = resource_arn


def _know_the_encryption_context() -> None:
    known = iam_actions.request_tag_context

    def request_context(service: str, action: str, body: bytes, params: dict[str, Any]) -> dict[str, Any]:
        context: dict[str, Any] = known(service, action, body, params)
        if service != "kms":
            return context
        pairs = _field(body, "EncryptionContext")
        own = {f"kms:EncryptionContext:{name}": str(value) for name, value in dict(pairs or {}).items()}
        return {**context, **own}

    iam_actions.request_tag_context = request_context


def _field(body: bytes, name: str) -> Any:
    """A field of a JSON request; nothing where there is none."""
    try:
        request = json.loads(body or b"{}")
    except ValueError:
        return ""
    return request.get(name, "") if isinstance(request, dict) else ""
