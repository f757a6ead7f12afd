"""The environment of a function, read in one place, when a handler runs and never at import."""

from __future__ import annotations

import os
from collections.abc import Mapping

from msgspec import Struct

from conclave.api.callers import Group
from conclave.configuration.reading import LEAST_SECONDS

MARGIN_SECONDS = 5.0
"""Of an agent's invocation, what is kept for writing its answer down."""


class SettingMissing(Exception):
    """A function was deployed without a variable that it needs; the message names it."""


class Settings(Struct, frozen=True, kw_only=True):
    """The values that the infrastructure gives a function. One that it does not get is empty, and asking for it raises."""

    values: Mapping[str, str]

    @classmethod
    def from_env(cls) -> Settings:
        """The settings of this process."""
        return cls(values=dict(os.environ))

    def _require(self, name: str) -> str:
        value = self.values.get(name, "")
        if not value:
            raise SettingMissing(f"the environment variable {name} is not set")
        return value

    @property
    def stage(self) -> str:
        """``local``, ``dev`` or ``prod``."""
        return self._require("CONCLAVE_STAGE")

    @property
    def strict(self) -> bool:
        """True if a read that a tool does not declare is raised: on the stage ``local``, where its author is."""
        return self.stage == "local"

    @property
    def pack(self) -> str:
        """Name of the pack."""
        return self._require("CONCLAVE_PACK")

    @property
    def code(self) -> str:
        """Versions of the engine, the pack and the time zones, JSON; none where nobody deployed them."""
        return self.values.get("CONCLAVE_CODE", "{}")

    @property
    def runs_table(self) -> str:
        """Name of the runs table."""
        return self._require("RUNS_TABLE")

    @property
    def audit_table(self) -> str:
        """Name of the audit table."""
        return self._require("AUDIT_TABLE")

    @property
    def journal_table(self) -> str:
        """Name of the journal table."""
        return self._require("JOURNAL_TABLE")

    @property
    def idempotency_table(self) -> str:
        """Name of the idempotency table."""
        return self._require("IDEMPOTENCY_TABLE")

    @property
    def events_table(self) -> str:
        """Name of the table of events and of who listens to them."""
        return self._require("EVENTS_TABLE")

    @property
    def has_connections(self) -> bool:
        """True where clients can hold a connection: botocore reads from the variable where they are reached."""
        return bool(self.values.get("AWS_ENDPOINT_URL_APIGATEWAYMANAGEMENTAPI"))

    @property
    def cache_table(self) -> str:
        """Name of the table in which functions leave what they read for one another."""
        return self._require("CACHE_TABLE")

    @property
    def spending_table(self) -> str:
        """Name of the table of what all runs have spent."""
        return self._require("SPENDING_TABLE")

    @property
    def spends(self) -> bool:
        """True of a function that counts what runs spent, or goes by it."""
        return "SPENDING_TABLE" in self.values

    @property
    def table_prefix(self) -> str:
        """The prefix of the name of each of the pack's tables."""
        return self._require("TABLE_PREFIX")

    def group(self, group: Group) -> str:
        """Name of a group of people as it is deployed; it begins as the names of the tables do."""
        return f"{self.table_prefix}{group}"

    @property
    def state_machine_arn(self) -> str:
        """ARN of the phase machine."""
        return self._require("STATE_MACHINE_ARN")

    @property
    def approval_machine_arn(self) -> str:
        """ARN of the machine of approvals."""
        return self._require("APPROVAL_MACHINE_ARN")

    @property
    def approval_key_arn(self) -> str:
        """ARN of the key that encrypts what wakes an execution that waits for people."""
        return self._require("APPROVAL_KEY_ARN")

    @property
    def start_seconds(self) -> float:
        """Age up to which a run that was never started still is."""
        return float(self._require("START_SECONDS"))

    @property
    def review(self) -> tuple[int, int, int]:
        """Of a review: runs of a day, days before it, and of these so many as must have answers."""
        runs, band, fewest = (int(self._require(name)) for name in ("REVIEW_RUNS", "REVIEW_DAYS", "REVIEW_FEWEST_DAYS"))
        return runs, band, fewest

    @property
    def event_bus_name(self) -> str:
        """Name of the bus that decisions are published on."""
        return self._require("EVENT_BUS_NAME")

    @property
    def anchors_bucket(self) -> str:
        """Name of the bucket that keeps the anchors of audits."""
        return self._require("ANCHORS_BUCKET")

    @property
    def anchor_key_arn(self) -> str:
        """ARN of the key that signs anchors."""
        return self._require("ANCHOR_KEY_ARN")

    @property
    def configuration(self) -> tuple[str, str, str]:
        """Ids of AppConfig's application, environment and profile that hold what may be changed at run time."""
        names = ("CONFIGURATION_APPLICATION", "CONFIGURATION_ENVIRONMENT", "CONFIGURATION_PROFILE")
        application, environment, profile = map(self._require, names)
        return application, environment, profile

    @property
    def configuration_at_once(self) -> str:
        """Id of AppConfig's strategy that deploys at once."""
        return self._require("CONFIGURATION_AT_ONCE")

    @property
    def packaged_settings(self) -> str:
        """What the stage sets of the settings, JSON."""
        return self._require("PACKAGED_SETTINGS")

    @property
    def settings_seconds(self) -> int:
        """So long at most the function goes on under settings that were replaced; the least that AWS allows if nobody says."""
        return int(self.values.get("SETTINGS_SECONDS", LEAST_SECONDS))

    @property
    def agent(self) -> str:
        """Name of the agent that this function is."""
        return self._require("AGENT")

    @property
    def guardrail_id(self) -> str:
        """Id of the guardrail, with ``guardrail_version``."""
        return self._require("GUARDRAIL_ID")

    @property
    def guardrail_version(self) -> str:
        """Version of the guardrail."""
        return self._require("GUARDRAIL_VERSION")

    @property
    def time_limit_seconds(self) -> float:
        """Seconds that an agent has, from the invocation to its answer."""
        return float(self._require("TIME_LIMIT_SECONDS"))

    @property
    def run_ttl_days(self) -> int:
        """Days after which a run's records expire."""
        return int(self._require("RUN_TTL_DAYS"))
