"""What is read and written of a stage's configuration, request by request."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber
from conclave.configuration.changes import entered

from cli.errors import CliError, ExitCode
from cli.ports import Target
from cli.services import Services
from cli.target.configuration import AppConfigConfiguration

OUTPUTS = {
    "ConfigurationApplication": "appabcd",
    "ConfigurationEnvironment": "envabcd",
    "ConfigurationProfile": "proabcd",
    "ConfigurationStrategy": "straegy",
    "ConfigurationUndo": "undoabc",
    "AuditTable": "audit",
    "PackagedSettings": "{}",
    "SettingsSeconds": "15",
}
PLACE = {"ApplicationId": "appabcd", "EnvironmentId": "envabcd", "MaxResults": 50}


class FakeAccount:
    """An account whose clients are stubbed: a request that nobody expects fails."""

    def __init__(self) -> None:
        session = boto3.Session(aws_access_key_id="a", aws_secret_access_key="b", region_name="us-east-1")
        self.clients: dict[str, Any] = {
            "appconfig": session.client("appconfig"),
            "dynamodb": session.client("dynamodb"),
        }
        self.stubs = {name: Stubber(client) for name, client in self.clients.items()}
        self.of_stack = dict(OUTPUTS)

    def client(self, service: str) -> Any:
        return self.clients[service]

    def outputs(self, target: Target) -> dict[str, str]:
        return self.of_stack


@pytest.fixture
def account() -> Iterator[FakeAccount]:
    fake = FakeAccount()
    for stub in fake.stubs.values():
        stub.activate()
    yield fake
    for stub in fake.stubs.values():
        stub.assert_no_pending_responses()


def of(account: Any) -> AppConfigConfiguration:
    return AppConfigConfiguration(account, OUTPUTS)


def deployment(number: int, state: str) -> dict[str, Any]:
    return {
        "DeploymentNumber": number,
        "State": state,
        "PercentageComplete": 1.0,
        "ConfigurationVersion": str(100 + number),
    }


def test_deployments_are_read_until_one_is_complete_and_no_document_is(account: FakeAccount) -> None:
    taken_back = [deployment(number, "ROLLED_BACK") for number in range(12, 2, -1)]
    appconfig = account.stubs["appconfig"]
    appconfig.add_response("list_deployments", {"Items": taken_back, "NextToken": "more"}, PLACE)
    older = [deployment(2, "COMPLETE"), deployment(1, "COMPLETE")]
    appconfig.add_response("list_deployments", {"Items": older, "NextToken": "never"}, {**PLACE, "NextToken": "more"})
    found = of(account).rollouts()
    assert [each.number for each in found] == list(range(12, 0, -1))
    assert (found[10].state, found[10].version) == ("COMPLETE", 102)


def test_document_is_fetched_by_its_version(account: FakeAccount) -> None:
    profile = {"ApplicationId": "appabcd", "ConfigurationProfileId": "proabcd"}
    answer = {"Content": b'{"intake":"open"}'}
    account.stubs["appconfig"].add_response(
        "get_hosted_configuration_version", answer, {**profile, "VersionNumber": 102}
    )
    assert of(account).document(102) == b'{"intake":"open"}'


@pytest.mark.parametrize(
    ("reason", "code", "said"),
    [
        ("ConditionalCheckFailed", "configuration_contended", "somebody else changed the configuration just now"),
        ("ThrottlingError", "audit_busy", "the audit is busy, and nothing was done: ThrottlingError"),
    ],
)
def test_refused_entry_says_whether_somebody_else_was_first(
    account: FakeAccount, reason: str, code: str, said: str
) -> None:
    account.stubs["dynamodb"].add_client_error(
        "transact_write_items",
        "TransactionCanceledException",
        modeled_fields={"CancellationReasons": [{"Code": reason}]},
    )
    entry = entered([], {}, by="ops", why="costs", at="2026-11-21T09:30:00.000Z", paths=[])
    with pytest.raises(CliError) as refused:
        of(account).enter(entry)
    assert (refused.value.code, said in refused.value.message) == (code, True)


def test_stack_of_an_older_release_is_told(account: FakeAccount, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cli.target.account.account_for", lambda target: account)
    target = Target("dev", "airline")
    assert isinstance(Services().configuration(target), AppConfigConfiguration)
    del account.of_stack["ConfigurationApplication"]
    with pytest.raises(CliError, match="what is deployed has no configuration yet") as refused:
        Services().configuration(target)
    assert (refused.value.code, refused.value.exit_code) == ("not_deployed", ExitCode.UNREACHABLE)
    assert "cdk deploy --all -c stage=dev -c pack=airline" in refused.value.advice
