"""Notices of DynamoDB that something was written: which run, and which entries of its agents. They carry keys and no more."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def written_in(event: Mapping[str, Any]) -> dict[str, set[tuple[str, str]]]:
    """The runs that were written to, in the order of the first notice of each, with the entries of the journal: agent, record.

    Args:
        event: What Lambda hands to the function that reads the streams of the runs table and of the journal.
    """
    found: dict[str, set[tuple[str, str]]] = {}
    for record in event["Records"]:
        keys = record["dynamodb"]["Keys"]
        if "entry" in keys:
            run_id, _, agent = keys["entry"]["S"].rpartition("#")
            found.setdefault(run_id, set()).add((agent, keys["record"]["S"]))
        else:
            found.setdefault(keys["run_id"]["S"], set())
    return found
