"""The causes of alarms about people, on the local cloud: decisions that somebody has to approve."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

from conclave.adapters.stores.data_versions import DynamoDataVersions
from conclave.adapters.stores.dynamodb import DynamoTableWriter
from conclave.types import RunStatus

from bench.alarms.causes import deploy_settings
from bench.alarms.scene import Scene, until

TABLE = "figures"
LOW = {"carrier": "EY", "name": "approval_cost", "value": 1.0, "unit": "USD"}
"""The cost from which on the airline's duty manager has to approve a decision: one dollar."""
HASTY = b'{"limits": {"approval_seconds": 10}}'
"""The least time that people can be given, each group of them."""
EXPIRED_SECONDS = 90.0


@contextmanager
def _everything_needs_a_person(scene: Scene) -> Iterator[None]:
    prefix, client = f"{scene.prefix}-", scene.client("dynamodb")
    declared = next(each for each in scene.pack.tables if each.name == TABLE)
    writer = DynamoTableWriter(client, prefix, DynamoDataVersions(client, f"{prefix}runs", [TABLE]))
    writer.put(TABLE, [LOW])
    try:
        yield
    finally:
        writer.remove(declared, [declared.key_of(LOW)])


def decision_that_nobody_looks_at(scene: Scene) -> None:
    """A decision needs a person, and the time of every group that is asked passes."""
    deploy_settings(scene, HASTY)
    try:
        time.sleep(scene.seen_seconds + 1)
        with _everything_needs_a_person(scene):
            run_id = scene.ask()
            until(lambda: scene.runs.get(run_id).status is RunStatus.EXPIRED, EXPIRED_SECONDS)
    finally:
        deploy_settings(scene, b"{}")
        time.sleep(scene.seen_seconds + 1)
