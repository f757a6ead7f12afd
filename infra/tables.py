"""The engine's own tables, as declared; a pack declares its own. Loads no CDK, so that the command can read it."""

from __future__ import annotations

from conclave.pack.tables import Index, Table

RUNS = Table(
    name="runs",
    key="run_id",
    sort_key="record",
    indexes=[
        Index(name="by_status", key="status", sort_key="created_at"),
        Index(name="by_day", key="day", sort_key="created_at"),
    ],
)
JOURNAL = Table(name="journal", key="entry", sort_key="record")
AUDIT = Table(name="audit", key="run_id", sort_key="sequence")
IDEMPOTENCY = Table(name="idempotency", key="id")
"""Its key, and its TTL attribute, are those of Powertools."""
CACHE = Table(name="cache", key="bundle")
SPENDING = Table(name="spending", key="period")
"""Sums of money by day and month; they name no run."""
EVENTS = Table(name="events", key="run_id", sort_key="record")
"""Of each run what was told of it, and who listens; codes and hashes, no text."""
OF_THE_ENGINE = (RUNS, JOURNAL, AUDIT, IDEMPOTENCY, CACHE, SPENDING, EVENTS)
