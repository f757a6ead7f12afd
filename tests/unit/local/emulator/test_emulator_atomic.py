"""The phase machine's own updates of an item, on the emulator, by many executions at once."""

from __future__ import annotations

import json
import sys
import threading
from collections.abc import Iterator
from contextvars import copy_context
from typing import Any

import pytest
from ministack.services import dynamodb, stepfunctions

from infra.constructs.admission import REFUSED, Admission, take_place
from local.emulator import corrections

LIMIT = 5
TAKERS = 16


@pytest.fixture
def table(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    monkeypatch.setattr(dynamodb, "_update_item", dynamodb._update_item)
    corrections._update_one_item_at_a_time()
    keys = {"run_id": "HASH", "record": "RANGE"}
    request = {
        "TableName": "atomic",
        "KeySchema": [{"AttributeName": name, "KeyType": kind} for name, kind in keys.items()],
        "AttributeDefinitions": [{"AttributeName": name, "AttributeType": "S"} for name in keys],
        "BillingMode": "PAY_PER_REQUEST",
    }
    assert dynamodb._create_table(request)[0] == 200
    often = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield "atomic"
    sys.setswitchinterval(often)
    dynamodb._delete_table({"TableName": "atomic"})


def test_no_more_executions_than_places_take_one_on_the_emulator(table: str) -> None:
    state = take_place(Admission(table=table, runs_at_once=LIMIT, waiting_seconds=60), then="", refused="", failed="")
    taken: list[str] = []
    refused: list[str] = []

    def take(run_id: str) -> None:
        request: dict[str, Any] = stepfunctions._resolve_params_obj(state["Parameters"], {"run_id": run_id}, {})
        try:
            stepfunctions._invoke_dynamodb("updateItem", request)
        except stepfunctions._ExecutionError as error:
            refused.append(error.error)
        else:
            taken.append(run_id)

    def together() -> None:
        threads = [threading.Thread(target=copy_context().run, args=(take, f"run-{n}")) for n in range(TAKERS)]
        for each in threads:
            each.start()
        for each in threads:
            each.join()

    together()
    _, _, answered = dynamodb._get_item({"TableName": table, "Key": state["Parameters"]["Key"]})
    assert sorted(json.loads(answered)["Item"]["holders"]["SS"]) == sorted(taken)
    assert len(taken) == LIMIT
    assert refused == [REFUSED] * (TAKERS - LIMIT)
    together()  # whoever holds a place keeps it, and nobody gets a second one
    assert len(taken) == 2 * LIMIT
    assert set(taken[LIMIT:]) == set(taken[:LIMIT])
