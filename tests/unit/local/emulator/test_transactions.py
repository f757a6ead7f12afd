"""Repeated transactions on the emulator, whose requests are not kept in its memory."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator
from typing import Any

import pytest
from ministack.services import dynamodb

from local.emulator import retention
from local.emulator.spool import Spool

BODY = "x" * 200_000


@pytest.fixture
def table(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    for name in ("_txn_token_store", "_txn_token_lookup"):
        monkeypatch.setattr(dynamodb, name, getattr(dynamodb, name))
    monkeypatch.setattr(dynamodb._txn_idempotency, "_data", {})
    retention._pack_transactions(Spool())
    request = {
        "TableName": "repeated",
        "KeySchema": [{"AttributeName": "key", "KeyType": "HASH"}],
        "AttributeDefinitions": [{"AttributeName": "key", "AttributeType": "S"}],
        "BillingMode": "PAY_PER_REQUEST",
    }
    assert dynamodb._create_table(request)[0] == 200
    yield "repeated"
    dynamodb._delete_table({"TableName": "repeated"})


def transaction(table: str, body: str = BODY, token: str = "token-1") -> dict[str, Any]:
    put = {
        "TableName": table,
        "Item": {"key": {"S": token}, "body": {"S": body}},
        "ConditionExpression": "attribute_not_exists(#k)",
        "ExpressionAttributeNames": {"#k": "key"},
    }
    return {"TransactItems": [{"Put": put}], "ClientRequestToken": token, "ReturnConsumedCapacity": "TOTAL"}


def answer(request: dict[str, Any]) -> tuple[int, dict[str, Any]]:
    status, _, body = dynamodb._transact_write_items(request)
    return status, json.loads(body)


def test_repeated_transaction_is_answered_and_not_applied_again(table: str) -> None:
    first, again = answer(transaction(table)), answer(transaction(table))
    assert [first[0], again[0]] == [200, 200]
    assert [each["TableName"] for each in again[1]["ConsumedCapacity"]] == [table]


def test_other_transaction_with_the_same_token_is_refused(table: str) -> None:
    assert answer(transaction(table))[0] == 200
    status, error = answer(transaction(table, BODY + "y"))
    assert status == 400
    assert error["__type"] == "IdempotentParameterMismatchException"


def test_same_transaction_with_another_token_is_a_new_one(table: str) -> None:
    assert answer(transaction(table))[0] == 200
    status, error = answer({**transaction(table), "ClientRequestToken": "token-2"})
    assert status == 400
    assert error["__type"] == "TransactionCanceledException"


def test_request_of_a_transaction_is_not_kept_in_memory(table: str) -> None:
    assert answer(transaction(table))[0] == 200
    (packed,) = dict.values(dynamodb._txn_idempotency._data)
    assert isinstance(packed, bytes)
    assert sys.getsizeof(packed) < 400


def test_token_is_forgotten_after_ten_minutes(table: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert answer(transaction(table))[0] == 200
    later = time.time() + dynamodb._TXN_TOKEN_TTL + 1
    monkeypatch.setattr(dynamodb.time, "time", lambda: later)
    assert dynamodb._txn_token_lookup("token-1") is None
    assert answer(transaction(table, token="token-2"))[0] == 200
    assert [token for *_, token in dynamodb._txn_idempotency._data] == ["token-2"]
