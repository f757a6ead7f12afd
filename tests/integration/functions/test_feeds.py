"""``take`` over moto: texts of a feed reach the tables once, and whoever rests on what they change is marked."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import boto3
import pytest
from conclave.adapters.stores.data_versions import DynamoDataVersions
from conclave.api.intake import run_id_for
from conclave.caches import versions
from conclave.feeds.receiving import FeedInvalid
from conclave.functions import feeding
from conclave.functions.wiring import Wiring
from conclave.records.runs import MarkState
from configured import AppConfigData
from handled import PREFIX, REGION, Context, answered, event, request

P102 = {"incident": {"parcel": "P102", "wait_hours": 20}}


def feed(*texts: str, id: str = "feed-1", **more: Any) -> dict[str, Any]:
    return {**event({"messages": list(texts), **more}), "detail-type": "FeedReceived", "id": id}


def parcel(name: str) -> dict[str, Any]:
    """A parcel as the tables have it."""
    return dict(Wiring.from_env().tables.get("parcels", [name]).items[name])


def document(cloud: Any, run_id: str) -> Any:
    path = f"/v1/runs/{run_id}"
    return answered(cloud("runs")(request("GET", path), Context()))[1]


@pytest.fixture
def bus(cloud: Any) -> Callable[[], list[Any]]:
    """What the bus delivered, each event with its kind."""
    sqs, events = boto3.client("sqs", region_name=REGION), boto3.client("events", region_name=REGION)
    queue = sqs.create_queue(QueueName="heard")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    events.put_rule(Name="all", EventBusName="bus", EventPattern=json.dumps({"source": ["conclave"]}))
    events.put_targets(Rule="all", EventBusName="bus", Targets=[{"Id": "1", "Arn": arn}])

    def heard() -> list[Any]:
        found = sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10).get("Messages", [])
        return [json.loads(each["Body"]) for each in found]

    return heard


def test_a_feed_changes_a_table_marks_a_run_and_is_told(
    cloud: Any, whole_run: Callable[[Any], dict[str, Any]], bus: Callable[[], list[Any]], capsys: Any
) -> None:
    run_id = whole_run(P102)["run_id"]
    bus()
    before = DynamoDataVersions(boto3.client("dynamodb", region_name=REGION), f"{PREFIX}runs", ["parcels"]).read()
    taken = cloud("take")(feed("P102 cooled 4\nP102 warm", "P105 cooled 1"), Context())
    assert taken["written"] == {"parcels": 2}
    assert taken["outdated"] == [run_id]
    assert (parcel("P102")["cooled_hours"], parcel("P102")["note"]) == (4, "gel packs, sealed")
    told = {each["detail-type"]: each["detail"] for each in bus()}
    assert told["RunOutdated"]["run_id"] == run_id
    assert told["FeedTaken"]["faults"] == [
        {
            "text": "message 1",
            "line": 2,
            "reason": "is not a scan of a parcel that is known; write P102 cooled 6, or P101 stuck 20",
        }
    ]
    shown = document(cloud, run_id)
    assert (shown["outdated"]["table"], shown["outdated"]["key"], shown["outdated"]["feed"]) == (
        "parcels",
        "P102",
        "scans",
    )
    assert shown["status"] == "decided"
    logged = [json.loads(line) for line in capsys.readouterr().out.splitlines() if line.startswith("{")]
    (unread,) = [each for each in logged if each.get("message") == "not read"]
    assert (unread["line"], unread["feed"]) == (2, "feed-1")
    after = DynamoDataVersions(boto3.client("dynamodb", region_name=REGION), f"{PREFIX}runs", ["parcels"]).read()
    assert before["parcels"].of("P102") != after["parcels"].of("P102")
    assert before["parcels"].of("P101") == after["parcels"].of("P101")


def test_a_repeated_event_changes_nothing(cloud: Any) -> None:
    take = cloud("take")
    assert not take(feed("P102 cooled 4"), Context())["repeated"]
    take(feed("P102 cooled 9", id="feed-2"), Context())
    again = take(feed("P102 cooled 4"), Context())
    assert again["repeated"]
    assert parcel("P102")["cooled_hours"] == 9
    assert take(feed("P102 cooled 4", id="feed-3", key="feed-1"), Context())["repeated"]


def test_an_event_without_texts_is_a_dead_letter(cloud: Any) -> None:
    with pytest.raises(FeedInvalid):
        cloud("take")({**feed(), "detail": {"text": "P102 cooled 4"}}, Context())
    assert parcel("P102")["cooled_hours"] == 12


def test_a_long_delay_becomes_a_run_once_where_settings_say_so(cloud: Any, configured: AppConfigData) -> None:
    configured.document = {"feeds": {"incident_minutes": 600}}
    take = cloud("take")
    first = take(feed("P101 stuck 9\nP103 stuck 20"), Context())
    run_id = run_id_for("test", "example", "stuck-P103-20")
    assert first["reported"] == {"stuck-P103-20": run_id}
    run = Wiring.from_env().runs.get(run_id)
    assert run.incident == {"parcel": "P103", "wait_hours": 20}
    assert run.source == "bus:shop"
    assert take(feed("P103 stuck 20", id="feed-2"), Context())["reported"] == {"stuck-P103-20": run_id}


def test_by_default_nothing_of_a_feed_becomes_a_run(cloud: Any) -> None:
    assert cloud("take")(feed("P103 stuck 20"), Context())["reported"] == {}


def test_what_intake_refuses_leaves_the_feed_taken(cloud: Any, configured: AppConfigData, capsys: Any) -> None:
    configured.document = {"intake": "closed", "feeds": {"incident_minutes": 60}}
    taken = cloud("take")(feed("P103 stuck 20\nP102 cooled 4"), Context())
    assert (taken["reported"], taken["written"]) == ({}, {"parcels": 1})
    assert "intake_closed" in capsys.readouterr().out


def test_a_run_that_was_overtaken_is_looked_at_again(
    cloud: Any, framed: Callable[[Any], dict[str, Any]], models: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    del models
    sent = framed(P102)
    assert cloud("take")(feed("P102 cooled 4"), Context())["outdated"] == []
    mark = Wiring.from_env().runs.get(sent["run_id"]).mark
    assert mark is not None
    assert mark.state is MarkState.UNCLEAR
    failure = {"state": "Frame", "error": "States.Timeout"}
    cloud("decide")({**sent, "arbiter": {}, "failure": failure}, Context())
    cloud("publish")(sent, Context())
    monkeypatch.setattr(feeding, "SETTLED_AFTER_SECONDS", 0.0)
    again = {**event({"run_id": sent["run_id"]}), "detail-type": "RunOvertaken"}
    # It was halted: nothing stands that could be outdated.
    assert cloud("take")(again, Context()) == {"run_id": sent["run_id"], "outdated": False}
    assert versions.SETTLED_AFTER_SECONDS > 0
