"""The function behind feeds: where their texts go, what they tell of that is an incident, and runs that are looked at again."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from conclave.adapters.event_bus import EventBridgeBus
from conclave.adapters.feeding.keys import DynamoKeys
from conclave.adapters.feeding.rows import DynamoRows
from conclave.api.intake import SubmissionInvalid
from conclave.caches.versions import SETTLED_AFTER_SECONDS
from conclave.clock import parse_timestamp
from conclave.feeds.outdating import Marker, looks_again
from conclave.feeds.taking import Place
from conclave.figures import RUNS_ACCEPTED, RUNS_DUPLICATE, RUNS_OUTDATED, Observe
from conclave.functions.acceptance import accept_request
from conclave.functions.wiring import Wiring
from conclave.pack import FeedIncident

if TYPE_CHECKING:
    from aws_lambda_powertools import Logger
    from aws_lambda_powertools.utilities.typing import LambdaContext

RECEIVED = "FeedReceived"
"""The event that brings texts. What else comes is about a run that is to be looked at again."""


def place_of(wiring: Wiring) -> Place:
    """Where feeds go on the deployed parts."""
    settings = wiring.settings
    return Place(
        pack=wiring.pack,
        tables=wiring.tables,
        rows=DynamoRows(wiring.dynamodb, settings.table_prefix, wiring.data_versions, wiring.clock),
        keys=DynamoKeys(wiring.dynamodb, settings.runs_table, wiring.clock),
        runs=wiring.runs,
        bus=EventBridgeBus(wiring.events, settings.event_bus_name),
        clock=wiring.clock,
        strict=settings.strict,
    )


def reporter(
    wiring: Wiring, source: str, event: str, context: LambdaContext, logger: Logger, observe: Observe
) -> Callable[[FeedIncident], str] | None:
    """What reports an incident of a feed and answers its run; None where settings say that feeds tell of none.

    One that is refused, since intake is closed or money is spent, is logged with its code and has no run.
    """
    least = wiring.in_force.settings.feeds.incident_minutes
    if least is None:
        return None

    def report(told: FeedIncident) -> str:
        if not told.counts(least):
            return ""
        body: dict[str, Any] = {"incident": dict(told.incident)}
        try:
            accepted = accept_request(
                body, wiring=wiring, correlation_id=event, source=source, idempotency_key=told.key, context=context
            )
        except SubmissionInvalid as error:
            logger.warning("incident of a feed refused", key=told.key, code=error.code)
            return ""
        observe(RUNS_DUPLICATE if accepted.duplicate else RUNS_ACCEPTED, 1)
        return accepted.run_id

    return report


def look_again(run_id: str, wiring: Wiring, observe: Observe) -> bool:
    """Says of a run under which a feed changed something whether it is outdated; waits until indexes show the change."""
    place = place_of(wiring)
    mark = wiring.runs.get(run_id).mark
    if mark is None:
        return False
    age = (wiring.clock() - parse_timestamp(mark.since)).total_seconds()
    wiring.clock.sleep(max(0.0, SETTLED_AFTER_SECONDS - age))
    marker = Marker(pack=place.pack, runs=place.runs, bus=place.bus, clock=place.clock)
    outdated = marker.look_again(run_id, looks_again(place.pack, place.tables, strict=place.strict))
    observe(RUNS_OUTDATED, float(outdated))
    return outdated
