"""EventBridge: telling the world about a decision."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mypy_boto3_events.client import EventBridgeClient

SOURCE = "conclave"


class EventNotAccepted(Exception):
    """The bus did not take the event; publishing is repeated by the phase machine."""


class EventBridgeBus:
    """The deployed bus. See ``conclave.steps.publish.Bus``."""

    def __init__(self, client: EventBridgeClient, name: str) -> None:
        self._client = client
        self._name = name

    def send(self, detail_type: str, detail: Mapping[str, Any]) -> None:
        """Sends one event; raises ``EventNotAccepted`` when the bus refuses it."""
        entry: Any = {
            "EventBusName": self._name,
            "Source": SOURCE,
            "DetailType": detail_type,
            "Detail": json.dumps(detail, sort_keys=True),
        }
        answer = self._client.put_events(Entries=[entry])
        if answer.get("FailedEntryCount"):
            raise EventNotAccepted(str(answer["Entries"][0].get("ErrorCode", "unknown")))
