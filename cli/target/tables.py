"""The deployed tables of a pack behind the port ``SampleStore``."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from cli.errors import CliError, ExitCode

if TYPE_CHECKING:
    from conclave.pack.tables import Batch, Item, Key, Table, Tables


class DynamoSampleStore:
    """The pack's tables in DynamoDB.

    Args:
        client: A DynamoDB client.
        prefix: What stands before the pack's table names.
        declarations: The pack's tables.
    """

    def __init__(self, client: Any, prefix: str, declarations: Sequence[Table]) -> None:
        from conclave.adapters.stores.data_versions import DynamoDataVersions
        from conclave.adapters.stores.dynamodb import DynamoTables, DynamoTableWriter

        from infra.tables import RUNS

        self._reader = DynamoTables(client, prefix, declarations)
        versions = DynamoDataVersions(client, prefix + RUNS.name, [table.name for table in declarations])
        self._writer = DynamoTableWriter(client, prefix, versions, declarations)
        self._tables = {table.name: table for table in declarations}

    def put(self, table: str, items: Iterable[Item]) -> int:
        """See ``SampleStore.put``."""
        with _writing(table):
            return self._writer.put(table, items)

    def remove(self, table: str, keys: Iterable[Key]) -> None:
        """See ``SampleStore.remove``."""
        with _writing(table):
            self._writer.remove(self._tables[table], keys)

    def tables(self) -> Tables:
        """See ``SampleStore.tables``."""
        return self._reader

    def keys(self, table: str) -> Iterator[Key]:
        """See ``SampleStore.keys``."""
        with _writing(table):
            yield from self._writer.keys(self._tables[table])

    def get(self, table: str, keys: Iterable[Key]) -> Batch:
        """See ``SampleStore.get``."""
        from conclave.pack.tables import ReadFailed

        try:
            return self._reader.get(table, keys)
        except ReadFailed as error:
            raise CliError(
                f"the tables cannot be read: {error}",
                advice="deploy first: conclave up",
                code="read_failed",
                exit_code=ExitCode.UNREACHABLE,
            ) from error


@contextmanager
def _writing(table: str) -> Iterator[None]:
    from botocore.exceptions import BotoCoreError, ClientError
    from conclave.adapters.stores.dynamodb import WriteFailed

    try:
        yield
    except (WriteFailed, ClientError, BotoCoreError) as error:
        raise CliError(
            f"the table {table} took no items: {error}", advice="run it again", code="write_failed"
        ) from error
