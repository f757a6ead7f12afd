"""Reports and steps over moto: events in, answers out, one run from its report to its published decision."""

from __future__ import annotations

import inspect
import json
import time
from datetime import UTC, datetime
from typing import Any

import boto3
import pytest
from conclave.adapters import clients
from conclave.agents.prices import price_table
from conclave.api.intake import run_id_for
from conclave.clock import SystemClock
from conclave.functions import wiring
from conclave.functions.settings import Settings
from conclave.functions.wiring import Wiring
from conclave.pack import load_pack
from conclave.records.admission import ADMISSION, HOLDERS
from conclave.records.runs import Run
from conclave.routing.breakers import BREAKERS, FAILURES_TO_OPEN
from conclave.steps.frame import FramingFailed
from conclave.types import RunStatus
from handled import (
    PREFIX,
    REGION,
    Context,
    answered,
    event,
    halted,
    reported,
    request,
)

PLACES: dict[str, Any] = {"run_id": {"S": ADMISSION}, "record": {"S": HOLDERS}}


def test_a_report_is_accepted_once(cloud: Any) -> None:
    take = cloud("intake")
    first = answered(take(request("POST", "/v1/incidents", {"text": "P101 is stuck"}), Context()))
    again = answered(take(request("POST", "/v1/incidents", {"text": "p101  is stuck"}), Context()))
    other = answered(take(request("POST", "/v1/incidents", {"text": "P101 is stuck"}, key="k"), Context()))
    assert (first[0], first[1]["status"], first[1]["duplicate"]) == (202, "running", False)
    assert (again[1]["run_id"], again[1]["duplicate"]) == (first[1]["run_id"], True)
    assert other[1]["run_id"] != first[1]["run_id"]
    assert [each[1]["earlier"]["why_not"] for each in (first, again, other)] == ["first", "in_flight", "own_key"]


def test_a_report_whose_run_ended_without_a_decision_says_so(cloud: Any) -> None:
    halted(cloud, {"text": "P101 is stuck"})
    status, again = answered(cloud("intake")(request("POST", "/v1/incidents", {"text": "P101 is stuck"}), Context()))
    assert (status, again["status"], again["earlier"]["why_not"]) == (202, "halted", "halted")


def test_no_report_becomes_a_run_once_the_money_of_the_day_is_spent(cloud: Any) -> None:
    known, new = ({"text": f"{parcel} is stuck"} for parcel in ("P101", "P102"))
    take = cloud("intake")
    assert answered(take(request("POST", "/v1/incidents", known), Context()))[0] == 202
    now = Wiring.from_env().clock()
    sum_of = {"period": {"S": f"day#{now:%Y-%m-%d}"}, "settled_nanos": {"N": str(10**15)}}
    boto3.client("dynamodb", region_name=REGION).put_item(TableName=PREFIX + "spending", Item=sum_of)
    status, refused = answered(take(request("POST", "/v1/incidents", new), Context()))
    assert (status, refused["error"]["code"]) == (503, "money_spent")
    assert answered(take(request("POST", "/v1/incidents", known), Context()))[0] == 202
    kept = boto3.client("dynamodb", region_name=REGION).scan(TableName=PREFIX + "runs")["Items"]
    assert len({item["run_id"]["S"] for item in kept if item["record"]["S"] == "META"}) == 1


def test_a_key_is_one_incident(cloud: Any) -> None:
    take = cloud("intake")
    for text in ("P101 is stuck", "P101  is Stuck"):
        assert answered(take(request("POST", "/v1/incidents", {"text": text}, key="k"), Context()))[0] == 202
    got, answer = answered(take(request("POST", "/v1/incidents", {"text": "P102 is stuck"}, key="k"), Context()))
    assert (got, answer["error"]["code"]) == (409, "idempotency_key_reused")


def test_a_request_whose_first_delivery_died_under_way_is_accepted_when_it_comes_again(cloud: Any) -> None:
    sent = request("POST", "/v1/incidents", {"text": "P101 is stuck"}, key="k")
    _, first = answered(cloud("intake")(sent, Context()))
    # As a function leaves it that is killed after its record and before its run.
    dynamodb = boto3.client("dynamodb", region_name=REGION)
    (record,) = dynamodb.scan(TableName=PREFIX + "idempotency")["Items"]
    soon = {"N": str(int(time.time() * 1000) + 60_000)}
    dynamodb.put_item(
        TableName=PREFIX + "idempotency",
        Item={**record, "status": {"S": "INPROGRESS"}, "in_progress_expiration": soon},
    )
    for table, key, sort in (("runs", "run_id", "record"), ("audit", "run_id", "sequence")):
        for item in dynamodb.scan(TableName=PREFIX + table)["Items"]:
            dynamodb.delete_item(TableName=PREFIX + table, Key={name: item[name] for name in (key, sort)})
    status, again = answered(cloud("intake")(sent, Context()))
    assert (status, again["run_id"]) == (202, first["run_id"])
    assert answered(cloud("runs")(request("GET", f"/v1/runs/{again['run_id']}"), Context()))[0] == 200


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ("{oops", 400, "json_invalid"),
        (None, 400, "json_invalid"),
        ({"text": ""}, 400, "text_empty"),
        ({"text": "x" * 5_000}, 413, "text_too_large"),
        ({"text": "x", "more": "y" * 40_000}, 413, "body_too_large"),
    ],
)
def test_a_bad_report_is_refused(cloud: Any, body: Any, status: int, code: str) -> None:
    got, answer = answered(cloud("intake")(request("POST", "/v1/incidents", body), Context()))
    assert (got, answer["error"]["code"]) == (status, code)


@pytest.mark.parametrize(
    "body",
    [
        '{"text": "\\ud800"}',
        '{"text": "\\u0000"}',
        '{"text": "P101", "text": "P102"}',
        '{"text": NaN}',
        '{"incident": {"wait_hours": 1e999}}',
        '{"incident": {"wait_hours": ' + "9" * 5_000 + "}}",
        '{"incident": {"parcel": "\\udfff"}}',
        "[" * 15_000,
        '{"text": "P101", "idempotency_key": "\\ud800"}',
    ],
)
def test_a_malformed_report_is_a_400_of_one_line(cloud: Any, body: str) -> None:
    got, answer = answered(cloud("intake")(request("POST", "/v1/incidents", body), Context()))
    assert got == 400
    assert len(answer["error"]["message"].splitlines()) == 1
    _, listed = answered(cloud("runs")(request("GET", "/v1/runs"), Context()))
    assert listed["runs"] == []


def test_another_media_type_is_refused(cloud: Any) -> None:
    sent = request("POST", "/v1/incidents", {"text": "P101"})
    sent["headers"] = {"Content-Type": "text/plain"}
    got, answer = answered(cloud("intake")(sent, Context()))
    assert (got, answer["error"]["code"]) == (415, "content_type_invalid")


@pytest.mark.parametrize(
    ("context", "source"),
    [
        ({"identity": {}}, "api"),
        ({"identity": {"userArn": "arn:aws:iam::1:user/x"}}, "api:arn:aws:iam::1:user/x"),
        ({"authorizer": {"claims": {"client_id": "c1", "sub": "c1"}}}, "api:c1"),
        (
            {"authorizer": {"claims": {"client_id": "c1", "sub": "s1", "cognito:groups": PREFIX + "reporters"}}},
            "api:c1",
        ),
    ],
)
def test_the_audit_says_who_reported(cloud: Any, context: Any, source: str) -> None:
    sent = request("POST", "/v1/incidents", {"text": "P101 is stuck"})
    sent["requestContext"] |= context
    _, accepted = answered(cloud("intake")(sent, Context()))
    _, audit = answered(cloud("runs")(request("GET", f"/v1/runs/{accepted['run_id']}/audit"), Context()))
    (entry,) = map(json.loads, audit["entries"])
    assert (entry["entry"]["event"], entry["entry"]["body"]["source"]) == ("incident_accepted", source)


ACTS = {
    "reporters": ("intake", "POST", "/v1/incidents", {"text": "P101 is stuck"}),
    "consenters": ("consent", "POST", "/v1/runs/{run}/consents", {"binding": "b"}),
    "erasers": ("erase", "POST", "/v1/runs/{run}/erasure", {"reason": "asked"}),
    "erasers, to read": ("runs", "GET", "/v1/runs/{run}/texts", None),
}


@pytest.mark.parametrize("act", ACTS)
def test_person_acts_only_as_a_member_of_the_group(cloud: Any, act: str) -> None:
    verb, method, path, body = ACTS[act]
    needed = PREFIX + act.partition(",")[0]
    others = [PREFIX + group for group in ("reporters", "consenters", "erasers") if PREFIX + group != needed]
    run_id = halted(cloud, {"text": "P101 is stuck"})

    def status_as(groups: str) -> tuple[int, Any]:
        sent = request(method, path.format(run=run_id), body)
        sent["requestContext"]["authorizer"] = {
            "claims": {"client_id": "people", "sub": "ann", "cognito:groups": groups}
        }
        return answered(cloud(verb)(sent, Context()))

    for groups in ("", ",".join(others), f"{needed}s", needed.removeprefix(PREFIX)):
        status, answer = status_as(groups)
        assert (status, answer["error"]["code"]) == (403, "group_missing")
        assert needed in answer["error"]["message"]
        assert len(answer["error"]["message"].splitlines()) == 1
    for groups in (needed, f"{others[0]},{needed}", f"[{others[0]} {needed}]"):
        assert status_as(groups)[0] != 403


@pytest.mark.parametrize("verb", ["intake", "runs", "consent", "erase"])
def test_the_id_of_a_request_that_its_caller_may_choose_gets_nowhere(
    cloud: Any, capsys: pytest.CaptureFixture[str], verb: str
) -> None:
    """The gateway takes it from a header; logs, the machine's history, events and the audit would keep it."""
    path, body = "/v1/incidents", {"text": "P101 is stuck"}
    if verb != "intake":
        path, body = f"/v1/runs/{halted(cloud, body)}", {"reason": "r"}
        path += {"runs": "", "consent": "/consents", "erase": "/erasure"}[verb]
    sent = request("GET" if verb == "runs" else "POST", path, None if verb == "runs" else body)
    sent["requestContext"]["requestId"] = "CNRY-7731"
    status, _ = answered(cloud(verb)(sent, Context()))
    assert status in (200, 202, 400)
    output = capsys.readouterr()
    assert "CNRY-7731" not in output.out + output.err
    dynamodb = boto3.client("dynamodb", region_name=REGION)
    kept = [dynamodb.scan(TableName=PREFIX + table)["Items"] for table in ("runs", "audit", "idempotency")]
    assert "CNRY-7731" not in str(kept)
    if verb == "intake":
        assert "ext-1" in str(kept)


def test_an_outage_is_answered_with_advice(cloud: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RUNS_TABLE", "nowhere")
    status, answer = answered(cloud("intake")(request("POST", "/v1/incidents", {"text": "P101"}), Context()))
    assert (status, answer["error"]["code"]) == (503, "unavailable")
    assert "nowhere" not in answer["error"]["message"]


def test_a_reported_event_is_one_run_however_often_it_is_delivered(cloud: Any) -> None:
    receive = cloud("receive")
    first, again = (receive(event({"text": "P101 is stuck"}), Context()) for _ in range(2))
    assert (first["duplicate"], again["duplicate"]) == (False, True)
    assert first["run_id"] == again["run_id"]
    status, listed = answered(cloud("runs")(request("GET", "/v1/runs"), Context()))
    assert (status, [row["summary"] for row in listed["runs"]]) == (200, ["P101 is stuck"])


@pytest.mark.parametrize("verb", ["intake", "receive"])
def test_a_warm_function_hangs_no_further_hook_on_its_client(
    cloud: Any, verb: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    function = cloud(verb)

    def call(parcel: str) -> None:
        detail = {"text": f"{parcel} is stuck"}
        function(request("POST", "/v1/incidents", detail) if verb == "intake" else event(detail), Context())

    call("P101")
    hooks, hung = type(clients.client("dynamodb").meta.events), list[str]()
    register = hooks.register

    def counted(self: Any, name: str, *args: Any, **kwargs: Any) -> None:
        hung.append(name)
        register(self, name, *args, **kwargs)

    monkeypatch.setattr(hooks, "register", counted)
    call("P102")
    assert hung == []


def test_an_event_is_the_same_run_when_it_is_delivered_again_after_midnight(
    cloud: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    receive, found = cloud("receive"), []
    for day in (21, 22):
        late = wiring.Wiring(Settings.from_env(), SystemClock(datetime(2026, 11, day, 0, 1, tzinfo=UTC)))
        monkeypatch.setattr(wiring.Wiring, "from_env", lambda late=late: late)
        found.append(receive(event({"text": "P101 is stuck"}), Context())["run_id"])
    assert found[0] == found[1]
    other = {**event({"text": "P101 is stuck"}), "time": "2026-11-22T06:00:00Z"}
    assert receive(other, Context())["run_id"] != found[0]


@pytest.mark.parametrize(
    "source", ["api:arn:aws:iam::1:user/x", "api", "shop\x1b[2J", "x" * 5_000, "Ann Doe of seat 4A is ill", ""]
)
def test_an_event_cannot_claim_another_source_in_the_audit(cloud: Any, source: str) -> None:
    run_id = cloud("receive")({**event({"text": "P101 is stuck"}), "source": source}, Context())["run_id"]
    _, audit = answered(cloud("runs")(request("GET", f"/v1/runs/{run_id}/audit"), Context()))
    said = json.loads(audit["entries"][0])["entry"]["body"]["source"]
    assert said == (f"bus:{source}" if source.startswith("api") else "bus")


@pytest.mark.parametrize(
    "detail",
    [
        {"nothing": "secret"},
        {"text": "\ud800"},
        {"incident": {"wait_hours": 1e300}},
        {"text": "\x00"},
        json.loads("[" * 50 + "]" * 50),
        {},
    ],
)
def test_an_event_that_is_no_incident_fails_by_a_word_and_leaves_nothing(cloud: Any, detail: Any) -> None:
    with pytest.raises(Exception, match=r"\A[a-z_]+\Z"):
        cloud("receive")(event(detail), Context())
    _, listed = answered(cloud("runs")(request("GET", "/v1/runs"), Context()))
    assert listed["runs"] == []


def test_a_run_from_report_to_publication(cloud: Any) -> None:
    run_id = reported(cloud, {"incident": {"parcel": "P101", "wait_hours": 2}})
    ids = {"run_id": run_id, "correlation_id": "c"}
    framed = cloud("frame")({**ids, "execution_arn": "arn"}, Context())
    assert framed == {
        "run_id": run_id,
        "framed": True,
        "fence": 1,
        "versions": dict.fromkeys(("lead", "quality", "service"), "live"),
        "recommended": False,
        "revised": False,
    }
    dead = [
        {"agent": agent.name, "phase": "recommend", "status": "failed", "error": "States.Timeout"}
        for agent in load_pack("example").specialists
    ]
    route = cloud("collate")({**ids, "phase": "recommend", "fence": 1, "branches": dead}, Context())
    assert route["halt"] is True
    assert all(isinstance(value, bool) for value in route["revise"].values())
    decided = cloud("decide")({**ids, "fence": 1, "arbiter": {}, "failure": {}}, Context())
    assert decided == {"status": "halted", "fence": 1, "needs_people": False}
    assert cloud("publish")({**ids, "fence": 1}, Context()) == {"run_id": run_id, "status": "halted"}
    event = {"detail": {"name": run_id, "status": "ABORTED"}}
    boto3.client("dynamodb", region_name=REGION).put_item(
        TableName=f"{PREFIX}runs", Item={**PLACES, "holders": {"SS": [run_id, "run-2"]}}
    )
    assert cloud("close_run")(event, Context()) == {"run_id": run_id, "status": "halted"}
    status, run = answered(cloud("runs")(request("GET", f"/v1/runs/{run_id}"), Context()))
    assert status == 200
    assert {reason["code"] for reason in run["reasons"]} == {"safety_agent_unavailable"}
    assert Wiring.from_env().places.holders() == {"run-2"}
    assert [row["failure"]["error"] for row in run["agents"]] == ["States.Timeout"] * len(dead)
    status, halted = answered(cloud("runs")(request("GET", "/v1/runs", query={"status": "halted"}), Context()))
    assert [row["run_id"] for row in halted["runs"]] == [run_id]


def test_an_incident_that_fits_no_data_is_not_framed(cloud: Any) -> None:
    run_id = reported(cloud, {"incident": {"parcel": "P999"}})
    ids = {"run_id": run_id, "correlation_id": "c"}
    framed = cloud("frame")({**ids, "execution_arn": "arn"}, Context())
    assert framed["framed"] is False
    decided = cloud("decide")({**ids, "fence": 1, "arbiter": {}, "failure": {}}, Context())
    assert decided["status"] == "halted"
    _, run = answered(cloud("runs")(request("GET", f"/v1/runs/{run_id}"), Context()))
    assert run["candidates"] == ["P101", "P102", "P103"]


def test_a_framing_that_fails_tells_the_others_of_the_model(cloud: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    frame, model = cloud("frame"), price_table().model("fast")

    def fails(context: Any, *_: Any, **__: Any) -> Any:
        for _each in range(FAILURES_TO_OPEN):
            context.breakers.note(model, failed=True)
        raise FramingFailed("the model was throttled")

    monkeypatch.setitem(inspect.unwrap(frame).__globals__, "perform_frame", fails)
    with pytest.raises(FramingFailed):
        frame({"run_id": "run-1", "correlation_id": "c", "execution_arn": "arn"}, Context())
    key = {"run_id": {"S": BREAKERS}, "record": {"S": f"{REGION}#{model}"}}
    kept: Any = boto3.client("dynamodb", region_name=REGION).get_item(TableName=f"{PREFIX}runs", Key=key)
    assert int(kept["Item"]["failures"]["N"]) == FAILURES_TO_OPEN


def test_a_failed_step_is_decided(cloud: Any) -> None:
    run_id = reported(cloud, {"text": "P101 is stuck"})
    failure = {"state": "Frame", "error": "States.Timeout"}
    decided = cloud("decide")({"run_id": run_id, "fence": 0, "arbiter": {}, "failure": failure}, Context())
    assert decided == {"status": "halted", "fence": 0, "needs_people": False}


def expire_everything() -> None:
    """What time does in the end: the records of runs and of requests go, audits stay."""
    dynamodb = boto3.client("dynamodb", region_name=REGION)
    for table, key in (("runs", ["run_id", "record"]), ("idempotency", ["id"])):
        for item in dynamodb.scan(TableName=PREFIX + table)["Items"]:
            dynamodb.delete_item(TableName=PREFIX + table, Key={name: item[name] for name in key})


def test_a_key_whose_run_has_expired_is_answered_for_good(cloud: Any) -> None:
    sent = request("POST", "/v1/incidents", {"text": "P101 is stuck"}, key="k")
    assert answered(cloud("intake")(sent, Context()))[0] == 202
    expire_everything()
    for _ in range(2):
        status, answer = answered(cloud("intake")(sent, Context()))
        assert (status, answer["error"]["code"]) == (410, "idempotency_key_spent")
        assert len(answer["error"]["message"].splitlines()) == 1


def test_a_letter_says_that_its_key_is_spent(cloud: Any) -> None:
    sent = event({"text": "P101 is stuck", "idempotency_key": "k"})
    cloud("receive")(sent, Context())
    expire_everything()
    with pytest.raises(Exception, match=r"\Aidempotency_key_spent\Z"):
        cloud("receive")(sent, Context())


@pytest.fixture
def open_run(cloud: Any) -> str:
    """A run whose acceptance died before it was started."""
    settings = Settings.from_env()
    runs = wiring.Wiring(settings).runs
    now = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    run_id = run_id_for("test", "example", "k")
    runs.create(
        Run(
            run_id=run_id,
            status=RunStatus.RUNNING,
            pack="example",
            created_at=now,
            updated_at=now,
            correlation_id="c",
            text="P101 is stuck",
        )
    )
    return run_id


def test_a_run_that_was_never_started_is_started_by_the_sweep(
    cloud: Any, open_run: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("START_SECONDS", "900")
    sweep = cloud("sweep")
    assert sweep({}, Context())["started"] == 1
    assert '"OldestOpenRunSeconds":[' in capsys.readouterr().out
    states = boto3.client("stepfunctions", region_name=REGION)
    (execution,) = states.list_executions(stateMachineArn=Settings.from_env().state_machine_arn)["executions"]
    assert execution["name"] == open_run
    given = json.loads(states.describe_execution(executionArn=execution["executionArn"])["input"])
    assert given == {"run_id": open_run, "correlation_id": "c"}
    assert sweep({}, Context())["left"] == 1
    states.stop_execution(executionArn=execution["executionArn"])
    assert sweep({}, Context())["closed"] == 1
    _, shown = answered(cloud("runs")(request("GET", f"/v1/runs/{open_run}"), Context()))
    assert (shown["status"], shown["reasons"][0]["code"]) == ("halted", "execution_failed")
    assert sweep({}, Context()) == {"left": 0, "started": 0, "closed": 0, "failed": 0, "unseen": 0}


def test_a_run_that_was_never_started_in_time_is_halted_by_the_sweep(
    cloud: Any, open_run: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("START_SECONDS", "-1")
    assert cloud("sweep")({}, Context())["closed"] == 1
    _, shown = answered(cloud("runs")(request("GET", f"/v1/runs/{open_run}"), Context()))
    assert shown["reasons"][0]["code"] == "run_never_started"
