"""Requests and errors of ``bedrock-runtime``: checked against botocore's own description of the service."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from itertools import pairwise
from typing import Any

from botocore.loaders import Loader
from botocore.model import OperationModel, Shape
from botocore.model import ServiceModel as BotocoreService
from botocore.validate import ParamValidator

_MAX_CACHE_POINTS = 4
_WITHOUT_SAMPLING = "anthropic.claude-"


class ServiceError(Exception):
    """An error as the service answers it.

    Args:
        code: Name of the exception in the service model.
        message: What the client shows.
        status: HTTP status.
    """

    def __init__(self, code: str, message: str, status: int) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.status = status


def invalid(message: str) -> ServiceError:
    """A ``ValidationException``."""
    return ServiceError("ValidationException", message, 400)


def error_named(code: str, message: str) -> ServiceError:
    """An error of the service model by name, with the status that the model gives it; unknown names count as 500."""
    known = code in service().shape_names
    status = int(service().shape_for(code).metadata.get("error", {}).get("httpStatusCode", 500)) if known else 500
    return ServiceError(code, message, status)


@cache
def service() -> BotocoreService:
    """Botocore's description of ``bedrock-runtime``."""
    return BotocoreService(Loader().load_service_model("bedrock-runtime", "service-2"), "bedrock-runtime")


def parse(operation: str, body: bytes, uri: Mapping[str, str]) -> dict[str, Any]:
    """The checked parameters of a request.

    Args:
        operation: Name in the service model (``ConverseStream``).
        body: The request's JSON.
        uri: Parameters that travel in the path, by their name in the service model.

    Raises:
        ServiceError: ``ValidationException`` with botocore's own words, or those of the service for rules that the
            model cannot express.
    """
    try:
        parsed = json.loads(body or b"{}")
    except ValueError as error:
        raise invalid("The request body is not valid JSON.") from error
    if not isinstance(parsed, dict):
        raise invalid("The request body must be a JSON object.")
    parameters = {**parsed, **uri}
    model: OperationModel = service().operation_model(operation)
    shape = model.input_shape
    if shape is None:
        raise invalid(f"{operation} takes no input.")
    report = ParamValidator().validate(parameters, shape)
    if report.has_errors():
        raise invalid(report.generate_report())
    for problem in _enum_problems(parameters, shape, ""):
        raise invalid(problem)
    if operation in ("Converse", "ConverseStream"):
        _check_conversation(parameters)
    return parameters


def _enum_problems(value: Any, shape: Shape | None, path: str) -> Iterator[str]:
    """Values outside their enumeration; botocore leaves these to the service."""
    if shape is None or getattr(shape, "is_document_type", False):
        return
    if shape.type_name == "structure" and isinstance(value, dict):
        for name, each in value.items():
            yield from _enum_problems(each, shape.members.get(name), f"{path}.{name}")  # type: ignore[attr-defined]
    elif shape.type_name == "list" and isinstance(value, list):
        for index, each in enumerate(value):
            yield from _enum_problems(each, shape.member, f"{path}[{index}]")  # type: ignore[attr-defined]
    elif shape.type_name == "string" and getattr(shape, "enum", None) and value not in shape.enum:  # type: ignore[attr-defined]
        allowed = ", ".join(shape.enum)  # type: ignore[attr-defined]
        yield f"Value '{value}' at '{path.lstrip('.')}' failed to satisfy enum value set: [{allowed}]"


def _check_conversation(parameters: dict[str, Any]) -> None:
    """The rules of a conversation that the service enforces and its model does not state."""
    messages = parameters.get("messages") or []
    if not messages:
        raise invalid(
            "A conversation must have at least one message. Try again with a conversation that has at least one message."
        )
    if messages[0]["role"] != "user":
        raise invalid(
            "A conversation must start with a user message. Try again with a conversation that starts with a user message."
        )
    roles = [message["role"] for message in messages]
    if any(first == second == "assistant" for first, second in pairwise(roles)):
        raise invalid("A conversation must alternate between user and assistant roles.")
    for index, message in enumerate(messages):
        for position, block in enumerate(message["content"]):
            if "text" in block and not block["text"].strip():
                raise invalid(
                    f"The text field in the ContentBlock object at messages.{index}.content.{position} is blank. "
                    "Add text to the text field, and try again."
                )
    _check_tools(parameters, messages)
    _check_sampling(parameters)
    points = list(cache_points(parameters))
    if len(points) > _MAX_CACHE_POINTS:
        raise invalid(
            f"A maximum of {_MAX_CACHE_POINTS} blocks with cache points may be provided. Found {len(points)}."
        )


def _check_sampling(parameters: Mapping[str, Any]) -> None:
    """Claude since 4.7 takes no sampling parameters; seen at https://github.com/pydantic/pydantic-ai/issues/7791."""
    stated = parameters.get("inferenceConfig") or {}
    for name, said in (("temperature", "temperature"), ("topP", "top_p")):
        if name in stated and _WITHOUT_SAMPLING in str(parameters.get("modelId")):
            raise invalid(f"The model returned the following errors: `{said}` is deprecated for this model.")


def _check_tools(parameters: dict[str, Any], messages: Sequence[dict[str, Any]]) -> None:
    names = [each["toolSpec"]["name"] for each in tool_blocks(parameters) if "toolSpec" in each]
    if len(set(names)) != len(names):
        raise invalid("The toolConfig field contains tools with the same name.")
    chosen = (parameters.get("toolConfig", {}).get("toolChoice") or {}).get("tool")
    if chosen and chosen["name"] not in names:
        raise invalid(f"The tool {chosen['name']} in toolChoice is not defined in toolConfig.tools.")
    uses: list[str] = []
    for index, message in enumerate(messages):
        results = [block["toolResult"]["toolUseId"] for block in message["content"] if "toolResult" in block]
        if (results or uses) and not names:
            raise invalid("The toolConfig field must be defined when using toolUse and toolResult content blocks.")
        if set(results) - set(uses):
            raise invalid(
                f"The number of toolResult blocks at messages.{index}.content exceeds the number of "
                "toolUse blocks of previous turn."
            )
        missing = set(uses) - set(results)
        if missing:
            raise invalid(
                f"Expected toolResult blocks at messages.{index}.content for the following Ids: {', '.join(sorted(missing))}"
            )
        uses = [block["toolUse"]["toolUseId"] for block in message["content"] if "toolUse" in block]


def tool_blocks(parameters: Mapping[str, Any]) -> Sequence[dict[str, Any]]:
    """The blocks of ``toolConfig.tools``."""
    blocks: Sequence[dict[str, Any]] = (parameters.get("toolConfig") or {}).get("tools") or ()
    return blocks


def prompt_blocks(parameters: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Everything that a model reads, in the order in which prefixes are cached: tools, system, messages."""
    yield from tool_blocks(parameters)
    yield from parameters.get("system") or ()
    for message in parameters.get("messages") or ():
        yield from message["content"]


def cache_points(parameters: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """The cache points of a request, in order."""
    yield from (block["cachePoint"] for block in prompt_blocks(parameters) if "cachePoint" in block)
