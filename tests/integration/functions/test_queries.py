"""Questions about runs, erasures and consents over moto: every bad one has its status and its line."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from handled import (
    CALLER,
    Context,
    answered,
    halted,
    reported,
    request,
)


def token(text: str) -> str:
    return base64.urlsafe_b64encode(text.encode()).decode()


@pytest.mark.parametrize(
    ("path", "query", "status", "code"),
    [
        ("/v1/runs/run-x", None, 404, "run_not_found"),
        ("/v1/runs", {"limit": "0"}, 400, "query_invalid"),
        ("/v1/runs", {"limit": "many"}, 400, "query_invalid"),
        ("/v1/runs", {"status": "odd"}, 400, "query_invalid"),
        ("/v1/runs", {"day": "soon"}, 400, "query_invalid"),
        ("/v1/runs", {"status": "running", "day": "2026-11-21"}, 400, "query_invalid"),
        ("/v1/runs", {"next": "?"}, 400, "query_invalid"),
        ("/v1/runs", {"next": "é"}, 400, "query_invalid"),
        ("/v1/runs", {"next": token("x")}, 400, "query_invalid"),
        ("/v1/runs", {"next": token("[1]")}, 400, "query_invalid"),
        ("/v1/runs", {"next": token('{"run_id": {"a": [1]}}')}, 400, "query_invalid"),
        ("/v1/runs", {"next": token('{"run_id": "r", "record": "META"}')}, 400, "query_invalid"),
        ("/v1/runs", {"next": token("[" * 5_000)}, 400, "query_invalid"),
        ("/v1/runs", {"limit": "9" * 5_000}, 400, "query_invalid"),
        ("/v1/runs/" + "x" * 3_000, None, 404, "run_not_found"),
        ("/v1/runs/" + "x" * 3_000 + "/audit", None, 404, "run_not_found"),
        ("/v1/runs/" + "%20" * 40 + "é/audit", None, 404, "run_not_found"),
        ('/v1/runs/"', None, 404, "not_found"),
        ("/v1/runs/run-x\n/audit", None, 404, "not_found"),
        ("/v1/runs/run-x#META", None, 404, "not_found"),
        ("/v1/runs/run-x/texts", {"agent": "frame", "phase": "frame"}, 404, "run_not_found"),
        ("/v1/runs/run-x/picture", None, 404, "run_not_found"),
        ("/v1/runs/run-x/texts", None, 400, "query_invalid"),
    ],
)
def test_queries_without_an_answer(cloud: Any, path: str, query: Any, status: int, code: str) -> None:
    got, answer = answered(cloud("runs")(request("GET", path, query=query), Context()))
    assert (got, answer["error"]["code"]) == (status, code)


def test_the_token_of_one_list_does_not_go_on_in_another(cloud: Any) -> None:
    for number in range(3):
        reported(cloud, {"text": f"P10{number} is stuck"})
    look = cloud("runs")
    _, first = answered(look(request("GET", "/v1/runs", query={"limit": "2"}), Context()))
    sent = request("GET", "/v1/runs", query={"status": "running", "next": first["next"]})
    status, answer = answered(look(sent, Context()))
    assert (status, answer["error"]["code"]) == (400, "query_invalid")


@pytest.mark.parametrize("path", ["/v1/runs", "/v1/runs/run-x", "/v1/runs/run-x/audit"])
def test_a_look_that_fails_is_answered_with_advice(cloud: Any, monkeypatch: pytest.MonkeyPatch, path: str) -> None:
    monkeypatch.setenv("RUNS_TABLE", "nowhere")
    monkeypatch.setenv("AUDIT_TABLE", "nowhere")
    status, answer = answered(cloud("runs")(request("GET", path), Context()))
    assert (status, answer["error"]["code"]) == (503, "unavailable")
    assert "nowhere" not in answer["error"]["message"]
    assert len(answer["error"]["message"].splitlines()) == 1


def test_runs_come_in_pages(cloud: Any) -> None:
    for number in range(3):
        reported(cloud, {"text": f"P10{number} is stuck"})
    look = cloud("runs")
    _, first = answered(look(request("GET", "/v1/runs", query={"limit": "2"}), Context()))
    _, second = answered(look(request("GET", "/v1/runs", query={"limit": "2", "next": first["next"]}), Context()))
    assert len(first["runs"]) == 2
    assert len(second["runs"]) == 1
    assert second["next"] is None


def test_texts_of_a_run_are_erased_once_it_has_its_outcome(cloud: Any) -> None:
    running = reported(cloud, {"text": "P102 is stuck"})
    run_id = halted(cloud, {"text": "P101 is stuck, says CNRY-1"})
    erase, look = cloud("erase"), cloud("runs")

    def asked(run: str, body: Any) -> tuple[int, Any]:
        return answered(erase(request("POST", f"/v1/runs/{run}/erasure", body), Context()))

    for run, body, status, code in (
        ("run-x", {"reason": "r"}, 404, "run_not_found"),
        (running, {"reason": "r"}, 409, "run_unfinished"),
        (run_id, {}, 400, "reason_missing"),
        (run_id, {"reason": 7}, 400, "reason_missing"),
        (run_id, "[]", 400, "body_invalid"),
        (run_id, "{oops", 400, "json_invalid"),
    ):
        got, answer = asked(run, body)
        assert (got, answer["error"]["code"]) == (status, code)
        assert len(answer["error"]["message"].splitlines()) == 1
    nobody = request("POST", f"/v1/runs/{run_id}/erasure", {"reason": "r"})
    nobody["requestContext"]["identity"] = {}
    assert answered(erase(nobody, Context()))[0] == 403
    assert answered(look(request("GET", f"/v1/runs/{run_id}"), Context()))[1]["texts"] == "kept"
    status, answer = asked(run_id, {"reason": "request 17"})
    assert (status, answer["texts"]) == (200, "erased")
    assert asked(run_id, {"reason": "again"}) == (200, answer)
    _, run = answered(look(request("GET", f"/v1/runs/{run_id}"), Context()))
    assert "CNRY-1" not in json.dumps(run)
    assert (run["texts"], run["texts_erased_at"]) == ("erased", answer["erased_at"])
    _, audit = answered(look(request("GET", f"/v1/runs/{run_id}/audit"), Context()))
    (done,) = [json.loads(each)["entry"] for each in audit["entries"] if '"texts_erased"' in each]
    assert done["body"] == {"by": CALLER, "reason": "request 17"}


def test_an_erasure_that_fails_says_that_it_goes_on(cloud: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    run_id = halted(cloud, {"text": "P101 is stuck"})
    with monkeypatch.context() as broken:
        broken.setenv("JOURNAL_TABLE", "nowhere")
        path = f"/v1/runs/{run_id}/erasure"
        status, answer = answered(cloud("erase")(request("POST", path, {"reason": "r"}), Context()))
        assert (status, answer["error"]["code"]) == (503, "unavailable")
    status, answer = answered(cloud("erase")(request("POST", path, {"reason": "r"}), Context()))
    assert (status, answer["texts"]) == (200, "erased")


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({}, 400, "body_invalid"),
        ({"agent": "a", "phase": "odd", "tool": "t", "arguments": {}, "binding": "b"}, 400, "body_invalid"),
        ({"agent": "a", "phase": "recommend", "tool": "t", "arguments": {}, "binding": "b"}, 400, "tool_unknown"),
        ({"agent": "a", "phase": "recommend", "tool": "t", "arguments": [], "binding": "b"}, 400, "body_invalid"),
        ("[]", 400, "body_invalid"),
    ],
)
def test_a_consent_that_cannot_be_given_is_refused(cloud: Any, body: Any, status: int, code: str) -> None:
    run_id = reported(cloud, {"text": "P101 is stuck"})
    path = f"/v1/runs/{run_id}/consents"
    got, answer = answered(cloud("consent")(request("POST", path, body), Context()))
    assert (got, answer["error"]["code"]) == (status, code)
    assert len(answer["error"]["message"].splitlines()) == 1
    unknown = answered(cloud("consent")(request("POST", "/v1/runs/run-x/consents", body), Context()))
    assert unknown[0] in (400, 404)
    nobody = request("POST", path, body)
    nobody["requestContext"]["identity"] = {}
    assert answered(cloud("consent")(nobody, Context()))[0] in (400, 403)


@pytest.mark.parametrize(("verb", "act"), [("consent", "consents"), ("erase", "erasure")])
def test_an_act_on_what_can_be_no_run_is_not_asked_for_again(cloud: Any, verb: str, act: str) -> None:
    for odd in ('"', "\n", "a#b", "\u202e"):
        got, answer = answered(cloud(verb)(request("POST", f"/v1/runs/{odd}/{act}", body={}), Context()))
        assert (got, answer["error"]["code"]) == (404, "not_found")
