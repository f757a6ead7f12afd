"""How a deployment is found, and what is said when it is not there."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

from cli.errors import CliError, ExitCode
from cli.ports import Target
from cli.target.account import Account, api_url, socket_url

DEV = Target("dev", "air_cargo")


class FakeCloudFormation:
    """Stacks by name, or an error for every question."""

    def __init__(self, stacks: dict[str, dict[str, str]], error: Exception | None = None) -> None:
        self._stacks = stacks
        self._error = error
        self.asked: list[str] = []

    def describe_stacks(self, *, StackName: str) -> dict[str, Any]:
        self.asked.append(StackName)
        if self._error:
            raise self._error
        if StackName not in self._stacks:
            message = f"Stack with id {StackName} does not exist"
            raise ClientError({"Error": {"Code": "ValidationError", "Message": message}}, "DescribeStacks")
        outputs = [{"OutputKey": key, "OutputValue": value} for key, value in self._stacks[StackName].items()]
        return {"Stacks": [{"StackStatus": "UPDATE_COMPLETE", "Outputs": outputs}]}


class FakeSession:
    """A boto3 session whose every client is the same fake."""

    def __init__(self, client: Any, region: str | None = "eu-west-1", credentials: Any = "credentials") -> None:
        self.region_name = region
        self._client = client
        self._credentials = credentials

    def client(self, service: str, **options: Any) -> Any:
        return self._client

    def get_credentials(self) -> Any:
        return self._credentials


def account(client: Any = None, *, endpoint: str = "", **session: Any) -> Account:
    anything: Any = FakeSession(client, **session)
    return Account(anything, endpoint=endpoint)


def test_outputs_come_from_the_engine_stack_and_are_asked_for_once() -> None:
    cloudformation = FakeCloudFormation({"Conclave-dev-air-cargo-engine": {"ApiUrl": "https://a.example/dev/"}})
    dev = account(cloudformation)

    assert api_url(dev, DEV) == "https://a.example/dev/"
    assert dev.outputs(DEV) == {"ApiUrl": "https://a.example/dev/"}
    assert cloudformation.asked == ["Conclave-dev-air-cargo-engine"]


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (
            "https://abc123.execute-api.us-east-1.amazonaws.com/local/",
            "http://127.0.0.1:4566/restapis/abc123/local/_user_request_",
        ),
        ("http://127.0.0.1:4566/somewhere/", "http://127.0.0.1:4566/somewhere/"),
    ],
)
def test_an_emulated_api_is_called_by_path(given: str, expected: str) -> None:
    local = Target("local", "airline")
    cloudformation = FakeCloudFormation({local.stack("engine"): {"ApiUrl": given}})

    assert api_url(account(cloudformation, endpoint="http://127.0.0.1:4566"), local) == expected


def test_connections_are_opened_where_the_stage_says_and_on_the_laptop_by_path() -> None:
    given = {"SocketUrl": "wss://abc123.execute-api.us-east-1.amazonaws.com/live"}
    dev = account(FakeCloudFormation({DEV.stack("engine"): given}))
    assert socket_url(dev, DEV) == given["SocketUrl"]
    local = Target("local", "airline")
    emulated = account(FakeCloudFormation({local.stack("engine"): given}), endpoint="http://127.0.0.1:4566")
    assert socket_url(emulated, local) == "ws://127.0.0.1:4566/_aws/execute-api/abc123/live"
    for endpoint in ("", "http://127.0.0.1:4566"):
        without = account(FakeCloudFormation({local.stack("engine"): {}}), endpoint=endpoint)
        assert socket_url(without, local) == ""


@pytest.mark.parametrize(
    ("target", "advice"),
    [
        (DEV, "cdk deploy --all -c stage=dev -c pack=air_cargo"),
        (Target("local", "example"), "conclave up --pack example"),
    ],
)
def test_a_pack_that_is_not_deployed(target: Target, advice: str) -> None:
    with pytest.raises(CliError, match="is not deployed") as caught:
        account(FakeCloudFormation({})).outputs(target)

    assert advice in str(caught.value)
    assert caught.value.exit_code == ExitCode.UNREACHABLE


def test_stacks_that_are_absent_are_told_as_absent() -> None:
    stacks = account(FakeCloudFormation({DEV.stack("data"): {}})).stacks(DEV)

    assert [each["status"] for each in stacks] == ["UPDATE_COMPLETE", "absent", "absent"]


def test_without_a_region_or_credentials_nothing_is_asked() -> None:
    with pytest.raises(CliError, match="no AWS region is set") as region:
        account(region=None).outputs(DEV)
    with pytest.raises(CliError, match="no AWS credentials found") as credentials:
        account(credentials=None).outputs(DEV)

    assert {region.value.exit_code, credentials.value.exit_code} == {ExitCode.SETUP}


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (
            ClientError({"Error": {"Code": "ExpiredToken", "Message": "too\nold"}}, "DescribeStacks"),
            "ExpiredToken: too old",
        ),
        (EndpointConnectionError(endpoint_url="https://x.example"), "AWS cannot be reached"),
    ],
)
def test_a_cloud_that_refuses_or_is_away(error: Exception, message: str) -> None:
    with pytest.raises(CliError, match=message) as caught:
        account(FakeCloudFormation({}, error)).outputs(DEV)

    assert caught.value.exit_code == ExitCode.UNREACHABLE


class FakeLogs:
    """Log groups with their events."""

    def __init__(self, groups: dict[str, list[tuple[int, str]]]) -> None:
        self._groups = groups
        self.filters: list[tuple[str, int]] = []

    def get_paginator(self, name: str) -> Any:
        return self if name == "filter_log_events" else FakeGroups(list(self._groups))

    def paginate(self, *, logGroupName: str, filterPattern: str, startTime: int) -> Any:
        self.filters.append((filterPattern, startTime))
        events = [{"timestamp": when, "message": message} for when, message in self._groups[logGroupName]]
        return [{"events": events}]


class FakeGroups:
    """The names of log groups, page by page."""

    def __init__(self, names: list[str]) -> None:
        self._names = names

    def paginate(self, *, logGroupNamePrefix: str) -> Any:
        return [{"logGroups": [{"logGroupName": name}]} for name in self._names if name.startswith(logGroupNamePrefix)]


def test_what_functions_logged_comes_in_order() -> None:
    prefix = "/aws/lambda/conclave-dev-air_cargo-"
    logs = FakeLogs(
        {
            f"{prefix}publish": [(2000, '{"level": "INFO", "message": "published"}')],
            f"{prefix}frame": [(1000, "Task timed out\n")],
            "/aws/lambda/other": [(0, "no")],
        }
    )

    events = account(logs).events(DEV, "c-1", "1970-01-01T00:00:01+00:00")

    assert [(event["function"], event["level"], event["message"]) for event in events] == [
        ("frame", "", "Task timed out"),
        ("publish", "INFO", "published"),
    ]
    assert set(logs.filters) == {('"c-1"', 1000)}
