"""What the engine needs of the emulator, asked of a small stack: the same features that the real stacks use."""

from __future__ import annotations

import json
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from probe_stack import FUNCTION, archive, template

from local.cloud import Cloud


@pytest.fixture(scope="module")
def stack(cloud: Cloud) -> Iterator[dict[str, str]]:
    s3, formation = cloud.client("s3"), cloud.client("cloudformation")
    s3.create_bucket(Bucket="assets")
    s3.put_object(Bucket="assets", Key="layer.zip", Body=archive(python__layered="WORD = 1\n"))
    s3.put_object(Bucket="assets", Key="code.zip", Body=archive(index=FUNCTION))
    formation.create_stack(
        StackName="everything", TemplateBody=json.dumps(template()), Capabilities=["CAPABILITY_NAMED_IAM"]
    )
    formation.get_waiter("stack_create_complete").wait(
        StackName="everything", WaiterConfig={"Delay": 1, "MaxAttempts": 30}
    )
    (described,) = formation.describe_stacks(StackName="everything")["Stacks"]
    yield {each["OutputKey"]: each["OutputValue"] for each in described["Outputs"]}
    formation.delete_stack(StackName="everything")
    formation.get_waiter("stack_delete_complete").wait(
        StackName="everything", WaiterConfig={"Delay": 1, "MaxAttempts": 30}
    )


def invoke(cloud: Cloud, payload: dict[str, Any]) -> Any:
    answered = cloud.client("lambda").invoke(FunctionName="probe", Qualifier="live", Payload=json.dumps(payload))
    return json.loads(answered["Payload"].read())


def until(condition: Callable[[], Any], seconds: float = 15) -> Any:
    deadline = time.monotonic() + seconds
    while not (value := condition()):
        assert time.monotonic() < deadline, "did not happen in time"
        time.sleep(0.1)
    return value


def test_functions_see_nothing_but_their_layers(cloud: Cloud, stack: dict[str, str]) -> None:
    seen = invoke(cloud, {"probe": True})
    assert seen["visible"] == []
    assert not {"PYTHONPATH", "VIRTUAL_ENV", "PYTHONDONTWRITEBYTECODE"} & set(seen["environment"])
    assert (seen["endpoint"], seen["bedrock"]) == (cloud.settings.endpoint, cloud.settings.bedrock_endpoint)


def test_notes_name_the_process_that_serves_an_invocation(cloud: Cloud, stack: dict[str, str]) -> None:
    event = {"probe": True, "noted": True}
    invoke(cloud, event)
    assert cloud.settings.invocations is not None
    notes = [json.loads(line) for line in cloud.settings.invocations.read_text(encoding="utf-8").splitlines()]
    last = next(each for each in notes if each.get("event") == event)
    assert Path(f"/proc/{last['pid']}/stat").read_text().rpartition(")")[2].split()[1] == str(cloud.status().emulator)
    assert {"ended": last["began"], "died": False} in notes


def test_layers_are_unpacked_once(cloud: Cloud, stack: dict[str, str]) -> None:
    seen = Path(invoke(cloud, {"probe": True})["layered"])
    assert seen.is_relative_to(cloud.settings.folder / "runtime" / "unpacked")


def test_unsigned_calls_are_refused_and_signed_ones_served(cloud: Cloud, stack: dict[str, str]) -> None:
    from botocore.auth import SigV4Auth
    from botocore.awsrequest import AWSRequest
    from botocore.credentials import Credentials

    url = f"{cloud.settings.endpoint}/restapis/{stack['Api']}/v1/_user_request_/"
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with pytest.raises(urllib.error.HTTPError) as refused:
        opener.open(url)
    refused.value.close()
    assert refused.value.code == 403
    signed = AWSRequest(method="GET", url=url)
    SigV4Auth(Credentials("test", "test"), "execute-api", "us-east-1").add_auth(signed)
    with opener.open(urllib.request.Request(url, headers=dict(signed.headers))) as response:
        assert response.read() == b"hello"


def test_a_machine_catches_what_its_branches_throw(cloud: Cloud, stack: dict[str, str]) -> None:
    states = cloud.client("stepfunctions")
    execution = states.start_execution(stateMachineArn=stack["Machine"], name="one", input="{}")["executionArn"]
    again = states.start_execution(stateMachineArn=stack["Machine"], name="one", input="{}")["executionArn"]
    assert again == execution
    ended = until(lambda: (d := states.describe_execution(executionArn=execution))["status"] != "RUNNING" and d)
    assert ended["status"] == "SUCCEEDED"
    quick, slow, broken = json.loads(ended["output"])
    assert quick == {"body": "hello"}
    assert (slow["status"], slow["error"]) == ("failed", "States.Timeout")
    assert (broken["status"], broken["error"]) == ("failed", "ValueError")
    with pytest.raises(states.exceptions.ExecutionAlreadyExists):
        states.start_execution(stateMachineArn=stack["Machine"], name="one", input="{}")


def test_an_aborted_execution_becomes_an_event(cloud: Cloud, stack: dict[str, str]) -> None:
    states, queues = cloud.client("stepfunctions"), cloud.client("sqs")
    execution = states.start_execution(stateMachineArn=stack["Machine"], name="two", input="{}")["executionArn"]
    states.stop_execution(executionArn=execution)
    url = queues.get_queue_url(QueueName="ended")["QueueUrl"]
    (message,) = until(lambda: queues.receive_message(QueueUrl=url, WaitTimeSeconds=1).get("Messages"))
    event = json.loads(message["Body"])
    assert (event["detail"]["status"], event["detail"]["executionArn"]) == ("ABORTED", execution)


def test_an_event_that_a_function_cannot_handle_ends_in_its_dead_letters(cloud: Cloud, stack: dict[str, str]) -> None:
    events, queues = cloud.client("events"), cloud.client("sqs")
    url = queues.get_queue_url(QueueName="dead")["QueueUrl"]
    events.put_events(Entries=[{"Source": "test", "DetailType": "Wrong", "Detail": '{"fail": true}'}])
    (message,) = until(
        lambda: queues.receive_message(QueueUrl=url, WaitTimeSeconds=1, MessageAttributeNames=["All"]).get("Messages")
    )
    assert json.loads(message["Body"])["fail"] is True
    assert message["MessageAttributes"]["ErrorMessage"]["StringValue"] == "asked to"


def test_the_stand_in_applies_the_deployed_guardrail(cloud: Cloud, stack: dict[str, str]) -> None:
    assert stack["GuardrailArn"].startswith("arn:aws:bedrock:us-east-1:000000000000:guardrail/")
    applied = cloud.client("bedrock-runtime").apply_guardrail(
        guardrailIdentifier=stack["GuardrailArn"].rpartition("/")[2],
        guardrailVersion=stack["GuardrailVersion"],
        source="INPUT",
        content=[{"text": {"text": "Fly to Zanzibar"}}],
    )
    assert applied["action"] == "GUARDRAIL_INTERVENED"


def test_budget_and_alarms_can_be_described(cloud: Cloud, stack: dict[str, str]) -> None:
    budget = cloud.client("budgets").describe_budget(AccountId="000000000000", BudgetName="month")["Budget"]
    assert budget["BudgetLimit"] == {"Amount": "50", "Unit": "USD"}
    alarms = cloud.client("cloudwatch").describe_alarms(AlarmTypes=["MetricAlarm", "CompositeAlarm"])
    assert {each["AlarmName"] for each in alarms["MetricAlarms"]} >= {"plain", "math"}
    assert [each["AlarmName"] for each in alarms["CompositeAlarms"]] == ["both"]


def test_an_alarm_goes_off_on_a_metric_that_a_function_logs(cloud: Cloud, stack: dict[str, str]) -> None:
    invoke(cloud, {"metric": "Errors", "value": 5})
    watch = cloud.client("cloudwatch")
    (plain,) = watch.describe_alarms(AlarmNames=["plain"])["MetricAlarms"]
    assert plain["StateValue"] == "ALARM"


def test_a_function_may_do_what_its_role_may_and_nothing_else(cloud: Cloud, stack: dict[str, str]) -> None:
    keys = invoke(cloud, {"credentials": True})
    session: Any = boto3.Session(
        aws_access_key_id=keys["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=keys["AWS_SECRET_ACCESS_KEY"],
        aws_session_token=keys["AWS_SESSION_TOKEN"],
        region_name="us-east-1",
    )
    own = session.client("dynamodb", endpoint_url=cloud.settings.endpoint)
    own.put_item(TableName="journal", Item={"entry": {"S": "run#probe"}})
    with pytest.raises(ClientError, match="not authorized to perform: dynamodb:PutItem"):
        own.put_item(TableName="journal", Item={"entry": {"S": "run#finance"}})
    with pytest.raises(ClientError, match="not authorized to perform: dynamodb:Scan"):
        own.scan(TableName="journal")
    own.close()


def test_an_unknown_caller_is_refused(cloud: Cloud, stack: dict[str, str]) -> None:
    session: Any = boto3.Session(aws_access_key_id="AKIAUNKNOWN", aws_secret_access_key="x", region_name="us-east-1")
    unknown = session.client("dynamodb", endpoint_url=cloud.settings.endpoint)
    with pytest.raises(ClientError, match="security token included in the request is invalid"):
        unknown.list_tables()
    unknown.close()
