"""Secondary indexes that cannot be deployed in one go: DynamoDB makes or removes one of a table in an update.

CloudFormation finds out in the middle of an update (aws/aws-cdk issue 12246); here the declared tables are compared before it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from conclave.pack.tables import Table

Keys = tuple[tuple[str, str], ...]
"""The key attributes of an index, each with its kind (``HASH``, ``RANGE``)."""


def refused(declared: Iterable[Table], *, prefix: str, dynamodb: Any) -> list[str]:
    """Returns one line for each table whose indexes DynamoDB would not change in one update; empty when all is well.

    Args:
        declared: The tables as they would be deployed.
        prefix: What the names of deployed tables begin with.
        dynamodb: A client of DynamoDB. A table that does not exist is made with all of its indexes.
    """
    return list(_lines(declared, prefix, dynamodb))


def _lines(declared: Iterable[Table], prefix: str, dynamodb: Any) -> Iterator[str]:
    for table in declared:
        wanted = {index.name: _keys(index.key, index.sort_key) for index in table.indexes}
        try:
            found = _deployed(dynamodb.describe_table(TableName=prefix + table.name)["Table"])
        except dynamodb.exceptions.ResourceNotFoundException:
            continue
        made = sorted(name for name in wanted if wanted[name] != found.get(name))
        removed = sorted(name for name in found if found[name] != wanted.get(name))
        if len(made) + len(removed) > 1:
            changes = [*(f"make {name}" for name in made), *(f"remove {name}" for name in removed)]
            yield (
                f"table {prefix}{table.name}: {', '.join(changes)}. DynamoDB changes one index of a table in an update: "
                "declare and deploy these changes one after the other"
            )


def _keys(key: str, sort_key: str) -> Keys:
    return ((key, "HASH"), (sort_key, "RANGE")) if sort_key else ((key, "HASH"),)


def _deployed(described: Mapping[str, Any]) -> dict[str, Keys]:
    return {
        index["IndexName"]: tuple((each["AttributeName"], each["KeyType"]) for each in index["KeySchema"])
        for index in described.get("GlobalSecondaryIndexes", [])
    }
