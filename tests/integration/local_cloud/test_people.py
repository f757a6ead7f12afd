"""People on the local cloud: made when they are first named, in one group, with one key; and the console signs as them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import boto3
import pytest
from moto import mock_aws

from local.console.upstream import SignedApi
from local.people import PersonUnusable, credentials_of

PREFIX = "conclave-local-airline-"


@pytest.fixture
def iam(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    with mock_aws():
        yield boto3.client("iam", region_name="us-east-1")


def test_a_person_is_made_once_and_has_one_key(iam: Any) -> None:
    first = credentials_of(iam, PREFIX, "mia", "duty_managers")
    again = credentials_of(iam, PREFIX, "mia", "")
    assert first.access_key != again.access_key
    (key,) = iam.list_access_keys(UserName="mia")["AccessKeyMetadata"]
    assert key["AccessKeyId"] == again.access_key
    assert iam.get_user(UserName="mia")["User"]["Path"] == f"/{PREFIX}duty_managers/"


@pytest.mark.parametrize(
    ("person", "group", "said"),
    [
        ("Mia", "duty_managers", "a name has small letters"),
        ("mia/../x", "duty_managers", "a name has small letters"),
        ("mia", "duty managers/", "a group has small letters"),
        ("noor", "directors", "noor is in duty_managers, not in directors"),
    ],
)
def test_who_cannot_act_like_that_is_not_made(iam: Any, person: str, group: str, said: str) -> None:
    credentials_of(iam, PREFIX, "noor", "duty_managers")
    with pytest.raises(PersonUnusable, match=said):
        credentials_of(iam, PREFIX, person, group)
    assert [each["UserName"] for each in iam.list_users()["Users"]] == ["noor"]


def test_the_console_signs_as_who_is_named(iam: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    own = {"AWS_ACCESS_KEY_ID": "OWNKEY", "AWS_SECRET_ACCESS_KEY": "secret"}
    cloud: Any = SimpleNamespace(
        settings=SimpleNamespace(credentials=own, endpoint="http://127.0.0.1:1"),
        status=lambda: SimpleNamespace(packs=["airline"]),
        outputs=lambda stage, pack: {"ApiUrl": "https://abc.execute-api.us-east-1.amazonaws.com/live/"},
    )
    api, signed = SignedApi(cloud), []

    def answer(method: str, url: str, *, body: bytes, headers: dict[str, str]) -> Any:
        signed.append(headers["Authorization"].partition("Credential=")[2].partition("/")[0])
        return SimpleNamespace(status=200, data=b"{}")

    monkeypatch.setattr(api, "_iam", lambda: iam)
    monkeypatch.setattr(api, "_pool", SimpleNamespace(request=answer))
    ask: tuple[Any, ...] = ("airline", "POST", "/v1/runs/run-1/approval", b"{}", {})
    assert api.call(*ask)[0] == 200
    assert api.call(*ask, person="mia", group="duty_managers")[0] == 200
    (key,) = iam.list_access_keys(UserName="mia")["AccessKeyMetadata"]
    assert signed == ["OWNKEY", key["AccessKeyId"]]
    status, refused = api.call(*ask, person="mia", group="directors")
    assert (status, json.loads(refused)["error"]["code"], len(signed)) == (400, "person_unusable", 2)
