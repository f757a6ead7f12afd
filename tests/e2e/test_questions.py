"""People ask about runs of the running local cloud: with evidence, again for nothing, and not once the run's texts are gone."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from conclave.caches.versions import SETTLED_AFTER_SECONDS
from conclave.pack import load_pack

from bench.events import MODEL_SECONDS, models_take
from cli.ports import Target
from cli.services import Services

pytestmark = pytest.mark.e2e


@pytest.fixture(scope="module")
def run_id(conclave: Any) -> str:
    sentence = load_pack("airline").examples(str(conclave.json("seed")["date"]))[0]
    return str(conclave.ask(sentence)["run_id"])


def chat(conclave: Any, run_id: str, question: str, code: int = 0) -> Any:
    return conclave.json("chat", run_id, question, code=code)


def audit(conclave: Any, run_id: str) -> Any:
    return conclave.client("dynamodb").query(
        TableName=conclave.outputs()["AuditTable"],
        KeyConditionExpression="run_id = :r",
        ExpressionAttributeValues={":r": {"S": run_id}},
    )["Items"]


def test_why_not_an_option_is_answered_from_the_rules_that_it_breaks(conclave: Any, run_id: str) -> None:
    shown = conclave.json("show", run_id)
    broken = next(each for each in shown["options"] if each["violations"])
    answered = chat(conclave, run_id, f"why not {broken['id']}?")
    rules = {f"violations/{broken['id']}/{each}" for each in broken["violations"]}
    assert rules & {*answered["evidence"]}
    assert answered["tokens"] > 0
    assert answered["struck"] == 0


def test_a_specialist_answers_for_its_own_part(conclave: Any, run_id: str) -> None:
    answered = chat(conclave, run_id, "what did cargo worry about?")
    assert "ask_cargo" in answered["tools"]
    assert "assessments/recommend/cargo" in answered["evidence"]


def test_what_if_leaves_the_run_and_its_audit_as_they_are(conclave: Any, run_id: str) -> None:
    before, entries = conclave.json("show", run_id), audit(conclave, run_id)
    answered = chat(conclave, run_id, "what if the crew came an hour earlier?")
    assert "variants/crew_there" in answered["evidence"]
    assert "change -60" in answered["answer"]
    assert conclave.json("show", run_id)["decision"] == before["decision"]
    assert audit(conclave, run_id) == entries


def test_a_question_costs_nothing_the_second_time(conclave: Any, run_id: str) -> None:
    # Answers are kept for data that have rested; others of this session may have loaded some a moment ago.
    time.sleep(SETTLED_AFTER_SECONDS)
    first, again = (chat(conclave, run_id, "why was this decided?") for _ in range(2))
    assert again["answer"] == first["answer"]
    assert again["tokens"] <= first["tokens"] / 2


def test_what_is_done_for_a_question_is_heard_before_its_answer(conclave: Any, services: Services, run_id: str) -> None:
    target = Target("local", "airline")
    heard = services.events(target, services.api(target), run_id, ("question",), 0)
    before, early, seen = set[int](), False, list[Any]()
    while told := heard.next(1):
        before |= {each["turn"] for each in told}
    with models_take(MODEL_SECONDS, conclave.bedrock_endpoint), ThreadPoolExecutor(1) as pool:
        asked = pool.submit(chat, conclave, run_id, "what did network worry about?")
        end = time.monotonic() + 60
        while not any(each["state"] == "answered" for each in seen if asked.done()) and time.monotonic() < end:
            seen += [each for each in heard.next(2) if each["turn"] not in before]
            early = early or (not asked.done() and any(each["state"] == "called" for each in seen))
    heard.close()
    answered = asked.result()
    mine = [each for each in seen if each["turn"] == answered["turn"]]
    assert [mine[0]["state"], mine[-1]["state"]] == ["asked", "answered"]
    assert sorted(each["tool"] for each in mine[1:-1]) == sorted(answered["tools"])
    assert {each["kind"] for each in seen} == {"question"}
    assert early


def test_what_cannot_be_asked_is_refused_in_one_line(conclave: Any, run_id: str) -> None:
    assert chat(conclave, run_id, " ", code=2)["error"]["code"] == "question_unusable"
    assert chat(conclave, f"run-{'0' * 24}", "why?", code=2)["error"]["code"] == "run_unknown"


def test_erasing_takes_the_conversation_with_it(conclave: Any) -> None:
    sentence = load_pack("airline").examples(str(conclave.json("seed")["date"]))[3]
    run_id = str(conclave.ask(sentence)["run_id"])
    chat(conclave, run_id, "why not O1?")
    client, table = conclave.client("dynamodb"), conclave.outputs()["JournalTable"]
    kept = {
        "TableName": table,
        "KeyConditionExpression": "entry = :e",
        "ExpressionAttributeValues": {":e": {"S": f"{run_id}#converse"}},
    }

    def records() -> set[str]:
        return {each["record"]["S"] for each in client.query(**kept)["Items"]}

    assert {"question#01", "answer#01"} < records()
    conclave.json("erase", run_id, "--reason", "a test of questions", "--yes")
    assert {each.partition("#")[0] for each in records()} == {"step"}  # codes, as its events
    assert chat(conclave, run_id, "why not O1?", code=2)["error"]["code"] == "nothing_to_ask"
