"""Powertools' idempotency around the acceptance of a request: a repeated one is answered from its record."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import TYPE_CHECKING

from aws_lambda_powertools.utilities.idempotency import (
    DynamoDBPersistenceLayer,
    IdempotencyConfig,
    idempotent_function,
)
from aws_lambda_powertools.utilities.idempotency.exceptions import (
    IdempotencyAlreadyInProgressError,
    IdempotencyValidationError,
)

from conclave.api.intake import Accepted

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext
    from mypy_boto3_dynamodb.client import DynamoDBClient

KEY_PREFIX = "intake"
EXPIRES_AFTER_SECONDS = 86_400


@lru_cache(maxsize=2)
def _records(table: str, client: DynamoDBClient) -> DynamoDBPersistenceLayer:
    """The records in a table, made once per client: each one that is made hangs one more hook on every request of the client.

    It keeps the configuration of its first use, and that is the same in all of them but for the context of the invocation,
    which Powertools reads from each use's own.
    """
    return DynamoDBPersistenceLayer(table_name=table, boto3_client=client)


def accept_once(
    run_id: str,
    content: str,
    accept: Callable[[], Accepted],
    *,
    table: str,
    client: DynamoDBClient,
    context: LambdaContext | None,
) -> Accepted:
    """Accepts a request, or answers from the record of the same request within the last day.

    The record is a short cut, not the guarantee: the run and the execution are created once even without it. So whenever it
    does not say that exactly this request was accepted, the request is: who left the record may have died since.

    Args:
        run_id: The run that the request becomes.
        content: Hash of what it reports.
        accept: Accepts it; may be repeated.
        table: Name of the idempotency table.
        client: A DynamoDB client.
        context: Of the invocation.
    """
    accepted: list[Accepted] = []

    def accept_run(*, request: dict[str, str]) -> str:
        accepted.append(accept())
        return request["run"]

    config = IdempotencyConfig(
        event_key_jmespath="run", payload_validation_jmespath="content", expires_after_seconds=EXPIRES_AFTER_SECONDS
    )
    if context is not None:
        config.register_lambda_context(context)
    guarded = idempotent_function(
        accept_run,
        data_keyword_argument="request",
        persistence_store=_records(table, client),
        config=config,
        key_prefix=KEY_PREFIX,
    )
    try:
        guarded(request={"run": run_id, "content": content})
    except (IdempotencyAlreadyInProgressError, IdempotencyValidationError):
        return accept()
    return accepted[0] if accepted else Accepted(run_id=run_id, duplicate=True)
