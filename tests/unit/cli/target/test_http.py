"""What goes over the wire, and what the answers mean."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pytest
from botocore.credentials import Credentials

from cli.errors import CliError, ExitCode
from cli.ports import Target
from cli.target.http import EventBus, HttpApi, Signature, Token


@dataclass
class FakeAnswer:
    status: int
    data: bytes


class FakeHttp:
    """Answers every request with the same, and keeps the requests."""

    def __init__(self, status: int = 200, document: Any = None) -> None:
        self.answer = FakeAnswer(status, json.dumps(document if document is not None else {}).encode())
        self.requests: list[tuple[str, str, bytes | None, dict[str, str]]] = []
        self.down = self.costly = False

    def request(
        self, method: str, url: str, *, body: bytes | None, headers: Mapping[str, str], costly: bool = False
    ) -> FakeAnswer:
        self.costly = costly
        if self.down:
            raise ConnectionError("refused")
        self.requests.append((method, url, body, dict(headers)))
        return self.answer


def api(http: FakeHttp, *, key: str = "") -> HttpApi:
    signature = Signature(Credentials("AKIDEXAMPLE", "secret", "token"), "eu-west-1")
    return HttpApi("https://api.example/local/", signature, key=key, advice="conclave up", http=http)


def api_by_token(http: FakeHttp) -> HttpApi:
    return HttpApi("https://api.example/prod/", Token("a.b.c"), key="k-1", advice="", http=http)


def test_requests_are_signed_for_the_api() -> None:
    http = FakeHttp(202, {"run_id": "run-1"})

    answer = api(http).submit({"text": "CV017 is grounded"}, "k-1")

    ((method, url, body, headers),) = http.requests
    assert answer == {"run_id": "run-1"}
    assert (method, url) == ("POST", "https://api.example/local/v1/incidents")
    assert json.loads(body or b"") == {"text": "CV017 is grounded"}
    assert headers["Idempotency-Key"] == "k-1"
    assert headers["X-Amz-Security-Token"] == "token"
    assert headers["Authorization"].startswith("AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/")
    assert "/eu-west-1/execute-api/aws4_request" in headers["Authorization"]


def test_a_token_and_an_api_key_go_as_headers() -> None:
    http = FakeHttp(202, {"run_id": "run-1"})

    api_by_token(http).submit({"text": "x"}, "k")

    headers = http.requests[0][3]
    assert headers["Authorization"] == "Bearer a.b.c"
    assert headers["x-api-key"] == "k-1"
    assert headers["Idempotency-Key"] == "k"
    assert not [name for name in headers if name.lower().startswith("x-amz")]


def test_an_api_key_is_signed_with_the_rest() -> None:
    http = FakeHttp(202)

    api(http, key="k-1").submit({"text": "x"})

    assert http.requests[0][3]["x-api-key"] == "k-1"
    assert "x-api-key" in http.requests[0][3]["Authorization"]


@pytest.mark.parametrize(("status", "advice"), [(401, "get a new token"), (403, "is CONCLAVE_API_KEY set")])
def test_a_token_that_is_refused_is_told_in_one_line(status: int, advice: str) -> None:
    http = FakeHttp(status, {"error": {"code": "unauthorised", "message": "the token has expired"}})

    with pytest.raises(CliError, match=f"the token has expired .*{advice}") as caught:
        api_by_token(http).runs()

    assert caught.value.exit_code == (ExitCode.SETUP if status == 401 else ExitCode.UNEXPECTED)


def test_without_a_key_none_is_sent() -> None:
    http = FakeHttp(202)

    api(http).submit({"text": "x"})

    assert "Idempotency-Key" not in http.requests[0][3]


def test_lists_carry_only_what_was_asked() -> None:
    http = FakeHttp(200, {"runs": [], "next": None})

    api(http).runs(status="decided", limit=5)

    assert http.requests[0][1] == "https://api.example/local/v1/runs?status=decided&limit=5"


def test_acts_are_posted_to_their_run() -> None:
    http = FakeHttp(200)

    api(http).texts("run-1", "a&b", "revise")
    assert http.requests.pop()[:2] == ("GET", "https://api.example/local/v1/runs/run-1/texts?agent=a%26b&phase=revise")
    api(http).erase("run-1", "request 17")
    api(http).consent("run-1", {"tool": "t"})

    assert [(method, url, json.loads(body or b"")) for method, url, body, _ in http.requests] == [
        ("POST", "https://api.example/local/v1/runs/run-1/erasure", {"reason": "request 17"}),
        ("POST", "https://api.example/local/v1/runs/run-1/consents", {"tool": "t"}),
    ]
    with pytest.raises(CliError, match="no run 'run-9'"):
        api(FakeHttp(404)).erase("run-9", "r")


def test_a_run_id_cannot_leave_its_place_in_the_path() -> None:
    http = FakeHttp(200)

    for run_id in ("", "../incidents?x=1", "run-1/audit", "run 1", "run-1\n", "."):
        with pytest.raises(CliError, match="there is no run") as caught:
            api(http).run(run_id)
        assert (caught.value.code, caught.value.exit_code) == ("run_unknown", ExitCode.BAD_INPUT)

    assert not http.requests


def test_an_unknown_run_is_looked_for_in_the_same_deployment() -> None:
    signature = Signature(Credentials("AKIDEXAMPLE", "secret", "token"), "eu-west-1")
    target = Target(stage="dev", pack="example")
    asked = HttpApi("https://x", signature, key="", advice="", options=target.options, http=FakeHttp(404))

    with pytest.raises(CliError, match=r"\(conclave runs --stage dev --pack example lists them\)"):
        asked.run("run-9")


@pytest.mark.parametrize(
    ("status", "code", "exit_code"),
    [
        (400, "text_empty", ExitCode.BAD_INPUT),
        (413, "text_too_large", ExitCode.BAD_INPUT),
        (403, "forbidden", ExitCode.UNEXPECTED),
        (429, "throttled", ExitCode.UNEXPECTED),
        (500, "internal", ExitCode.UNEXPECTED),
    ],
)
def test_a_refusal_speaks_with_the_words_of_the_api(status: int, code: str, exit_code: ExitCode) -> None:
    http = FakeHttp(status, {"error": {"code": code, "message": "so\nit is"}})

    with pytest.raises(CliError, match="so it is") as caught:
        api(http).submit({"text": ""})

    assert caught.value.code == code
    assert caught.value.exit_code == exit_code


@pytest.mark.parametrize(
    ("code", "advice"),
    [("intake_closed", ""), ("money_spent", ""), ("budget_spent", ""), ("unavailable", "try again in a moment")],
)
def test_what_says_itself_when_to_try_again_gets_no_other_advice(code: str, advice: str) -> None:
    http = FakeHttp(503, {"error": {"code": code, "message": "send it again next month"}})
    with pytest.raises(CliError) as refused:
        api(http).submit({"text": "x"}, "k")
    assert refused.value.advice == advice


@pytest.mark.parametrize(("status", "code"), [(502, "no_answer"), (429, "questions_spent")])
def test_a_question_that_is_not_answered_sends_nobody_to_the_logs(status: int, code: str) -> None:
    http = FakeHttp(status, {"error": {"code": code, "message": "name an option or an agent"}})
    with pytest.raises(CliError) as refused:
        api(http).ask("run-1", "why?")
    assert (refused.value.advice, http.costly) == ("", True)


def test_a_refusal_of_the_gateway_itself_is_understood() -> None:
    with pytest.raises(CliError, match=r"Missing Authentication Token .*execute-api:Invoke") as caught:
        api(FakeHttp(403, {"message": "Missing Authentication Token"})).runs()

    assert caught.value.code == "http_403"


def test_an_unknown_run_is_bad_input() -> None:
    with pytest.raises(CliError, match="there is no run 'run-9'") as caught:
        api(FakeHttp(404, {"error": {"code": "not_found", "message": "no"}})).run("run-9")

    assert (caught.value.code, caught.value.exit_code) == ("run_unknown", ExitCode.BAD_INPUT)


def test_unknown_run_may_have_gone_with_an_earlier_cloud() -> None:
    known = HttpApi(
        "http://x",
        Signature(Credentials("a", "b"), "r"),
        key="",
        advice="",
        forgotten="started at 10:00",
        http=FakeHttp(404),
    )
    with pytest.raises(CliError, match=r"no run 'run-9' \(started at 10:00; conclave runs lists them\)"):
        known.run("run-9")


def test_nobody_there() -> None:
    http = FakeHttp()
    http.down = True

    with pytest.raises(CliError, match=r"nobody answers at https://api.example/local \(conclave up\)") as caught:
        api(http).runs()

    assert caught.value.exit_code == ExitCode.UNREACHABLE


def test_an_answer_that_is_no_json() -> None:
    http = FakeHttp()
    http.answer = FakeAnswer(200, b"<html>")

    with pytest.raises(CliError, match="something else than JSON"):
        api(http).runs()


class FakeEvents:
    """EventBridge that takes an event, or does not."""

    def __init__(self, failed: int = 0) -> None:
        self.entries: list[dict[str, Any]] = []
        self._failed = failed

    def put_events(self, *, Entries: list[dict[str, Any]]) -> dict[str, Any]:
        self.entries += Entries
        return {
            "FailedEntryCount": self._failed,
            "Entries": [{"ErrorCode": "InternalFailure", "ErrorMessage": "later"}],
        }


def test_an_event_is_put_on_the_bus() -> None:
    events: Any = FakeEvents()

    EventBus(events, "conclave-local-airline").report({"text": "x", "idempotency_key": "k"})

    (entry,) = events.entries
    assert entry["DetailType"] == "IncidentReported"
    assert entry["EventBusName"] == "conclave-local-airline"
    assert json.loads(entry["Detail"]) == {"text": "x", "idempotency_key": "k"}


def test_the_event_that_warms_up_is_the_one_that_rules_wait_for() -> None:
    events: Any = FakeEvents()
    EventBus(events, "conclave-local-airline").warm_up()
    (entry,) = events.entries
    assert (entry["Source"], entry["DetailType"], entry["EventBusName"]) == (
        "conclave",
        "WarmUp",
        "conclave-local-airline",
    )


def test_a_refused_event_is_an_error() -> None:
    events: Any = FakeEvents(failed=1)

    with pytest.raises(CliError, match="EventBridge took no event: InternalFailure later"):
        EventBus(events, "bus").report({"text": "x"})
