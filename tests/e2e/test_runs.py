"""Runs on the deployed stacks: what is decided, what each failure means, what is refused."""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from airline_rows import EXAMPLES_COME_TO
from botocore.exceptions import ClientError
from conclave.adapters.stores.data_versions import DynamoDataVersions
from conclave.adapters.stores.dynamodb import DynamoTableWriter
from conclave.money.spending import periods_of
from conclave.pack import load_pack

pytestmark = pytest.mark.e2e
MAX_STATE_BYTES = 200_000
OUTCOMES = {"decided": 0, "halted": 3, "awaiting_approval": 4}


@pytest.fixture(scope="module")
def example_runs(conclave: Any, day: str) -> list[Any]:
    """Every example sentence of the pack, decided."""
    runs = []
    for done in conclave.asks(load_pack("airline").examples(day)):
        run = json.loads(done.stdout)
        assert done.returncode == OUTCOMES[run["status"]], done.stderr
        runs.append(run)
    return runs


def by_text(runs: list[Any], *words: str) -> Any:
    return next(run for run in runs if all(word in run["text"] for word in words))


def test_every_example_ends_in_an_outcome_that_holds(example_runs: list[Any]) -> None:
    assert len(example_runs) >= 10
    for run in example_runs:
        if run["decision"] is None:
            assert run["status"] == "halted"
            assert run["reasons"]
            continue
        chosen = next(option for option in run["options"] if option["id"] == run["decision"]["option_id"])
        assert chosen["violations"] == []
        assert chosen["total"] == run["decision"]["total"]
        weights = {"safety": 0.4, "cost": 0.2, "passengers": 0.2, "network": 0.2}
        assert chosen["total"] == pytest.approx(
            sum(weights[name] * chosen["scores"][name] for name in weights), abs=1e-5
        )


def test_the_examples_differ_in_what_is_done(example_runs: list[Any]) -> None:
    actions = set()
    for run in example_runs:
        chosen = run["decision"] and next(o for o in run["options"] if o["id"] == run["decision"]["option_id"])
        actions.add((run["status"], chosen["action"] if chosen else ""))
    assert {action for _, action in actions} >= EXAMPLES_COME_TO
    assert "halted" in {status for status, _ in actions}


RULES: list[tuple[str, str, Any, str]] = [
    (
        "EY715 on {day} from AUH to BAH is AOG",
        "mel_items",
        lambda item, chosen: not item["relief"] and {**item, "tail": chosen["tail"]},
        "tail",
    ),
    (
        "EY789 on {day} from AUH to IST: the runway is closed for 2 hours",
        "duties",
        lambda item, chosen: "EY789-" in item["duty_id"] and {**item, "duty_7_days_minutes": 60 * 60},
        "crew_id",
    ),
    (
        "EY454 on {day} from AUH to SYD: reloading the cargo takes 3 hours",
        "airports",
        lambda item, chosen: item.get("curfew_closed") and {**item, "curfew_closed": False},
        "delay_minutes",
    ),
]


@pytest.fixture(scope="module")
def unchanged(conclave: Any, day: str) -> dict[str, Any]:
    """What is chosen for each sentence over the data of the sample."""
    done = conclave.asks([sentence.format(day=day) for sentence, *_ in RULES])
    return {sentence: _chosen(json.loads(each.stdout)) for (sentence, *_), each in zip(RULES, done, strict=True)}


@pytest.mark.parametrize(
    ("sentence", "table", "change", "field"), RULES, ids=["grounding MEL item", "a week worked", "curfew"]
)
def test_a_rule_changes_the_chosen_option(
    conclave: Any, day: str, unchanged: dict[str, Any], sentence: str, table: str, change: Any, field: str
) -> None:
    """With one change in the data, which makes a rule bind or lifts it, another option is chosen."""
    chosen = unchanged[sentence]
    with changed(conclave, day, table, lambda item: change(item, chosen)):
        assert _chosen(conclave.ask(sentence.format(day=day)))[field] != chosen[field]


def _chosen(run: Any) -> dict[str, Any]:
    option = next(each for each in run["options"] if each["id"] == run["decision"]["option_id"])
    return {**option["fields"], "action": option["action"]}


@contextmanager
def changed(conclave: Any, day: str, table: str, change: Any) -> Iterator[None]:
    """Items of the sample changed in the deployed table, and put back."""
    client, prefix = conclave.client("dynamodb"), conclave.outputs()["TablePrefix"]
    pack = load_pack("airline")
    declaration = next(each for each in pack.tables if each.name == table)
    before = [item for item in pack.sample(day, 1)[table] if change(item)]
    after = [change(item) for item in before]
    writer = DynamoTableWriter(client, prefix, DynamoDataVersions(client, f"{prefix}runs", [table]))
    writer.remove(declaration, map(declaration.key_of, before))
    writer.put(table, after)
    yield
    writer.remove(declaration, map(declaration.key_of, after))
    writer.put(table, before)


def test_the_document_answers_what_is_promised(example_runs: list[Any]) -> None:
    run = example_runs[0]
    for name in ("run_id", "status", "reasons", "incident", "options", "constraints", "decision", "phases", "agents"):
        assert name in run
    assert {"option_id", "scores", "justification"} <= set(run["decision"])
    assert {"name", "duration_seconds"} <= set(run["phases"][0])
    assert {"duration_seconds", "input_tokens", "output_tokens", "cost_usd"} <= set(run["totals"])
    agents = {row["name"] for row in run["agents"]}
    assert {agent.name for agent in load_pack("airline").agents} <= agents
    for row in run["agents"]:
        assert {"kind", "phase", "status", "verdict", "model", "tool_calls"} <= set(row)
        assert row["input_tokens"] > 0
        assert row["cost_usd"] > 0
    for rule in run["constraints"]:
        assert rule["source"]
        assert rule["evidence_id"]
    assert run["totals"]["cost_usd"] == pytest.approx(sum(row["cost_usd"] for row in run["agents"]))
    phases = {phase["name"] for phase in run["phases"]}
    assert run["audit"]["entries"] == 4 + len(phases & {"recommend", "revise"})


def spent(conclave: Any) -> dict[str, dict[str, int]]:
    """The sums of day and month, by period."""
    table = f"{conclave.outputs()['TablePrefix']}spending"
    items = conclave.client("dynamodb").scan(TableName=table, ConsistentRead=True)["Items"]
    return {
        item["period"]["S"]: {name: int(item[name]["N"]) for name in ("settled_nanos", "reserved_nanos", "runs")}
        for item in items
    }


def test_the_money_of_a_run_is_the_same_wherever_it_is_told(conclave: Any, day: str) -> None:
    before = spent(conclave)
    run = conclave.ask(load_pack("airline").examples(day)[0])
    after, totals = spent(conclave), run["totals"]
    assert totals["cost_usd"] > 0
    assert totals["reserved_usd"] == 0
    assert run["money"]["spent_usd"] == totals["cost_usd"] < run["money"]["ceiling_usd"]
    periods = periods_of(run["updated_at"])
    for period in periods:
        known = before.get(period, {"settled_nanos": 0, "runs": 0})
        assert after[period]["settled_nanos"] - known["settled_nanos"] == round(totals["cost_usd"] * 10**9)
        assert after[period]["runs"] - known["runs"] == 1
    assert {period.partition("#")[0] for period in periods} == {"day", "month"}
    for way in ("agent", "phase", "model", "run", "day", "call"):
        told = conclave.json("cost", run["run_id"], "--by", way)["totals"]
        assert told == {name: totals[name] for name in told}


def test_the_audits_of_the_runs_are_proved_against_their_anchors(
    conclave: Any, example_runs: list[Any], wait_until: Any, tmp_path: Path
) -> None:
    with ThreadPoolExecutor(2) as pool:
        proofs = pool.map(
            lambda run: wait_until(lambda: _proved(conclave.run("verify", run["run_id"], "--strict", "--json"))),
            example_runs,
        )
    for run, report in zip(example_runs, proofs, strict=True):
        assert (report["runs"], report["pinned"]) == (1, True)
        assert report["entries"] == run["audit"]["entries"]
    file = tmp_path / "export.jsonl"
    run_id = example_runs[0]["run_id"]
    conclave.json("export", run_id, str(file))
    file.write_text(file.read_text(encoding="utf-8").replace('"fence":1', '"fence":2', 1), encoding="utf-8")
    (broken,) = conclave.json("verify", run_id, "--export", str(file), code=1)["broken"]
    assert (broken["run_id"], broken["sequence"]) == (run_id, 2)


def _proved(done: Any) -> Any:
    return json.loads(done.stdout) if done.returncode == 0 else None


def test_nobody_deletes_an_anchor(conclave: Any, example_runs: list[Any]) -> None:
    s3, outputs = conclave.client("s3"), conclave.outputs()
    kept = s3.list_object_versions(Bucket=outputs["AnchorsBucket"])["Versions"][0]
    with pytest.raises(ClientError, match="AccessDenied"):
        s3.delete_object(Bucket=outputs["AnchorsBucket"], Key=kept["Key"], VersionId=kept["VersionId"])


def test_no_state_is_near_the_limit(conclave: Any, example_runs: list[Any]) -> None:
    states = conclave.client("stepfunctions")
    pages = states.get_paginator("get_execution_history").paginate(executionArn=example_runs[0]["execution_arn"])
    payloads = [
        detail[name]
        for page in pages
        for event in page["events"]
        for key, detail in event.items()
        if key.endswith("EventDetails") and isinstance(detail, dict)
        for name in ("input", "output")
        if name in detail
    ]
    assert payloads
    assert max(len(payload.encode()) for payload in payloads) < MAX_STATE_BYTES


def test_five_at_once_are_one_run_and_one_execution(conclave: Any, day: str) -> None:
    text = f"Flight EY17 on {day} from AUH to LHR is AOG, five controllers say"
    with ThreadPoolExecutor(5) as pool:
        answers = list(pool.map(lambda _: conclave.json("ask", text), range(5)))
    assert len({answer["run_id"] for answer in answers}) == 1
    machine = conclave.outputs()["StateMachineArn"]
    executions = conclave.client("stepfunctions").list_executions(stateMachineArn=machine)["executions"]
    assert [each["name"] for each in executions].count(answers[0]["run_id"]) == 1


def test_an_event_becomes_a_run_and_its_decision_an_event(conclave: Any, day: str, wait_until: Any) -> None:
    queues, url = _listen(conclave)
    run = _submit_event(conclave, day)
    assert run["status"] == "decided"
    assert run["source"]
    detail = wait_until(lambda: _heard(queues, url, run["run_id"]))
    assert detail["status"] == "decided"
    assert detail["correlation_id"] == run["correlation_id"]


def _heard(queues: Any, url: str, run_id: str) -> Any:
    """What the bus said of a run; runs of other tests may end while this one listens."""
    messages = queues.receive_message(QueueUrl=url, WaitTimeSeconds=1, MaxNumberOfMessages=10).get("Messages", [])
    details = [json.loads(each["Body"])["detail"] for each in messages]
    return next((each for each in details if each["run_id"] == run_id), None)


def _submit_event(conclave: Any, day: str) -> Any:
    body = json.dumps({"text": f"EY33 on {day} from AUH to CDG: the captain is sick"})
    done = conclave.run("submit", "-", "--event", "--new", "--wait", "--json", input_text=body)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def _listen(conclave: Any) -> tuple[Any, str]:
    """A queue that hears what the bus publishes."""
    queues, events = conclave.client("sqs"), conclave.client("events")
    url = queues.create_queue(QueueName="heard")["QueueUrl"]
    arn = queues.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    bus = conclave.outputs()["EventBusName"]
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "events.amazonaws.com"},
        "Action": "sqs:SendMessage",
        "Resource": arn,
    }
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    queues.set_queue_attributes(QueueUrl=url, Attributes={"Policy": policy})
    events.put_rule(Name="heard", EventBusName=bus, EventPattern=json.dumps({"detail-type": ["DecisionPublished"]}))
    events.put_targets(Rule="heard", EventBusName=bus, Targets=[{"Id": "heard", "Arn": arn}])
    return queues, url


def test_the_example_pack_runs_beside_the_airline(conclave: Any, day: str) -> None:
    conclave.json("up", "--pack", "example")
    run = conclave.json("ask", "--example", "0", "--pack", "example", "--new", "--wait")
    assert run["pack"] == "example"
    assert run["decision"]["option_id"]
    assert run["status"] == "decided"
