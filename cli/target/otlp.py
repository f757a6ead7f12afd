"""The trace of a run, sent to a viewer of OpenTelemetry: made from its records when somebody asks for it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from conclave import otlp
from conclave.clock import parse_timestamp

from cli.errors import CliError, ExitCode

Document = Mapping[str, Any]
SECONDS = 10.0
_FACTS = (
    "status",
    "cache_read_tokens",
    "cache_write_tokens",
)


def request_of(trace: Document, *, service: str) -> dict[str, Any]:
    """The trace as an OTLP request. Spans without times are left out; ids follow from the run's, so it may be sent again.

    Args:
        trace: As the API answers it.
        service: The name under which viewers list it: stage and pack.
    """
    run_id = str(trace["run_id"])
    return otlp.request([_span(run_id, each) for each in trace["spans"] if each.get("start")], service=service)


def _span(run_id: str, told: Document) -> dict[str, Any]:
    kind = str(told["kind"])
    facts = {name: told.get(name) for name in _FACTS} | {"cost_usd": told["cost"]}
    if kind == "model":
        facts |= {name: told.get(name) for name in ("input_tokens", "output_tokens", "stop_reason")}
    start, end = (parse_timestamp(each).timestamp() for each in (told["start"], told.get("end") or told["start"]))
    return otlp.span(
        run_id,
        str(told["id"]),
        kind=kind,
        name=str(told["name"]),
        times=(start, end),
        facts=facts,
        error=str(told.get("error") or ""),
    )


def send(request: Document, endpoint: str) -> None:
    """Sends a request to a collector or viewer.

    Args:
        request: See ``request_of``.
        endpoint: Its base URL (``http://localhost:4318``).

    Raises:
        CliError: The URL is none, nobody answers, or the request was refused.
    """
    if not endpoint.startswith(("http://", "https://")):
        raise CliError(
            "that is not a URL of a collector",
            advice="write it like http://localhost:4318",
            code="usage",
            exit_code=ExitCode.BAD_INPUT,
        )
    url = endpoint.rstrip("/").removesuffix(otlp.PATH) + otlp.PATH
    import urllib3
    from urllib3.exceptions import HTTPError

    try:
        answer = urllib3.PoolManager(timeout=SECONDS, retries=False).request("POST", url, json=request)
        if answer.status < 300:
            return
        why, code = f"{url} answered {answer.status}", "collector_refused"
    except (HTTPError, OSError, ValueError) as error:
        why, code = f"nobody takes traces at {url} ({type(error).__name__})", "collector_unreachable"
    raise CliError(
        why,
        advice="start a collector with an OTLP/HTTP receiver (JSON) there",
        code=code,
        exit_code=ExitCode.UNREACHABLE,
    )
