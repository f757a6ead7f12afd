"""The composition root of the functions: adapters from settings, clients once per process."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any, cast

from conclave.adapters.clients import OnFirstUse, client
from conclave.adapters.stores.breakers import DynamoBreakers
from conclave.adapters.stores.data_versions import DynamoDataVersions
from conclave.adapters.stores.dynamodb import DynamoTables
from conclave.adapters.stores.journal import DynamoJournal
from conclave.adapters.stores.places import DynamoPlaces
from conclave.adapters.stores.run_store import DynamoRunStore, Rider
from conclave.adapters.stores.shared_reads import DynamoSharedReads
from conclave.adapters.stores.spending import DynamoSpending
from conclave.agents.prices import PriceTable, price_table
from conclave.caches.memory import BoundedMemory, Tally
from conclave.caches.tables import CachedTables, Kept, VersionedTables
from conclave.clock import Timepiece, system_clock, timestamp
from conclave.codec import decode
from conclave.configuration.reading import InForce, SettingsReader
from conclave.functions.settings import Settings
from conclave.pack import Agent, Pack, load_pack
from conclave.routing.breakers import NoBreakers
from conclave.steps.context import RunContext, as_deployed
from conclave.types import AgentKind, Pin

if TYPE_CHECKING:
    from mypy_boto3_bedrock_runtime.client import BedrockRuntimeClient
    from mypy_boto3_dynamodb.client import DynamoDBClient
    from mypy_boto3_events.client import EventBridgeClient
    from mypy_boto3_kms.client import KMSClient
    from mypy_boto3_s3.client import S3Client
    from mypy_boto3_stepfunctions.client import SFNClient

    from conclave.adapters.app_config.configuration_changes import AppConfigChanges
    from conclave.adapters.rollout.dynamo_rollouts import DynamoRollouts
    from conclave.adapters.streaming.connections import ApiGatewayConnections
    from conclave.adapters.streaming.events import DynamoEvents
    from conclave.rollout.record import Record

REPEAT_RESERVE_SECONDS = 25.0
"""``frame`` repeats a call only with more time left: a read that hangs, and as long again for what comes after it."""

MEMORY_BYTES = 16 * 1024 * 1024
MEMORY_SECONDS = 3_600.0
"""Size and age of what a process keeps of its reads: an agent has 1,024 MB, the others 512."""


@lru_cache(maxsize=1)
def memory() -> BoundedMemory:
    """What this process keeps of the data that it read."""
    return BoundedMemory(MEMORY_BYTES, MEMORY_SECONDS)


@lru_cache(maxsize=2)
def pack(name: str) -> Pack:
    """The pack, loaded once per process."""
    return load_pack(name)


@lru_cache(maxsize=2)
def _code(deployed: str) -> Mapping[str, str]:
    """Versions of the code as they were deployed, read once per process."""
    return decode(deployed, dict[str, str])


@lru_cache(maxsize=2)
def _settings_reader(client: Any, configuration: tuple[str, str, str], packaged: str, seconds: int) -> SettingsReader:
    """What reads settings, once per process: it keeps the last that it read."""
    from conclave.adapters.app_config.hosted_settings import (
        AppConfigSettings,
    )  # only functions that begin something read them

    return SettingsReader(AppConfigSettings(client, *configuration, seconds), decode(packaged, dict[str, Any]))


class Wiring:
    """The parts that a handler needs, made from its settings on first use.

    Args:
        settings: The function's environment.
        clock: The time.
        clients: Makes a client of a service.
    """

    def __init__(
        self, settings: Settings, clock: Timepiece = system_clock, clients: Callable[[str], Any] | None = None
    ) -> None:
        self.settings = settings
        self.clock = clock
        self._clients = clients or client

    @classmethod
    def from_env(cls) -> Wiring:
        """The wiring of this process."""
        return cls(Settings.from_env())

    def prepare(self, *services: str, spends: bool = False) -> None:
        """Makes what every event needs, once per process: clients of these services, and the pack.

        Args:
            services: Names of services.
            spends: Whether the function counts what runs spent, or goes by it: then it does not start without their table.

        Raises:
            SettingMissing: Nobody told the function where they are counted.
        """
        if spends:
            _ = self.settings.spending_table
        for service in services:
            self._clients(service)
        _ = self.pack

    @property
    def pack(self) -> Pack:
        """The function's pack."""
        return pack(self.settings.pack)

    @property
    def in_force(self) -> InForce:
        """The settings for what begins now."""
        client = self._clients("appconfigdata")
        given = self.settings
        return _settings_reader(client, given.configuration, given.packaged_settings, given.settings_seconds).in_force()

    @property
    def packaged(self) -> dict[str, Any]:
        """What the stage sets of the settings."""
        return decode(self.settings.packaged_settings, dict[str, Any])

    @property
    def configuration(self) -> AppConfigChanges:
        """The configuration, to be changed at once."""
        from conclave.adapters.app_config.configuration_changes import (
            AppConfigChanges,
            Places,
        )  # one function changes it

        application, environment, profile = self.settings.configuration
        places = Places(
            application=application,
            environment=environment,
            profile=profile,
            strategy="",
            at_once=self.settings.configuration_at_once,
            audit_table=self.settings.audit_table,
        )
        return AppConfigChanges(self._clients("appconfig"), self.dynamodb, places, self.packaged)

    @property
    def prices(self) -> PriceTable:
        """The prices in force today."""
        return price_table(timestamp(self.clock())[:10])

    @property
    def dynamodb(self) -> DynamoDBClient:
        """The DynamoDB client."""
        return cast("DynamoDBClient", self._clients("dynamodb"))

    @property
    def runs(self) -> DynamoRunStore:
        """The runs."""
        return self._runs()

    def _runs(self, rider: Rider | None = None) -> DynamoRunStore:
        settings = self.settings
        return DynamoRunStore(
            self.dynamodb,
            settings.runs_table,
            settings.audit_table,
            settings.run_ttl_days,
            self.clock.sleep,
            rider,
            spending=settings.spending_table if settings.spends else "",
        )

    @property
    def spending(self) -> DynamoSpending:
        """What all runs have spent."""
        return DynamoSpending(self.dynamodb, self.settings.spending_table, self.clock.sleep)

    def breakers(self, run_id: str, agent: Agent | None = None) -> DynamoBreakers:
        """What functions know together of the models, for one invocation of an agent or of a step.

        Of the agents of a run that has the lease, the first business agent and the arbiter try a model that is half-open.
        """
        return DynamoBreakers(
            self.dynamodb,
            self.settings.runs_table,
            self.dynamodb.meta.region_name,
            sorted(set(self.prices.tiers.values())),
            self.clock,
            run_id=run_id,
            probes=agent in (None, *self.pack.triers),
        )

    def context(
        self,
        run_id: str,
        fence: int = 0,
        breakers: DynamoBreakers | None = None,
        pin: Callable[[Pin | None], Pin] = as_deployed,
    ) -> RunContext:
        """The context of a run for the steps. ``breakers`` learn with the first read of the run's records."""
        return RunContext(
            run_id=run_id,
            pack=self.pack,
            runs=self._runs(breakers),
            journal=self.journal,
            clock=self.clock,
            strict=self.settings.strict,
            fence=fence,
            breakers=breakers or NoBreakers(),
            code=_code(self.settings.code),
            pin=pin,
        )

    @property
    def rollout(self) -> Record:
        """The rollout of the stage, read now."""
        from conclave.adapters.rollout.dynamo_rollouts import DynamoRollouts

        return DynamoRollouts(self.dynamodb, self.settings.runs_table).read()

    @property
    def rollouts(self) -> DynamoRollouts:
        """The rollout of the stage and its audit, to be moved."""
        from conclave.adapters.rollout.dynamo_rollouts import DynamoRollouts  # one function moves it

        return DynamoRollouts(self.dynamodb, self.settings.runs_table, self.settings.audit_table)

    @property
    def places(self) -> DynamoPlaces:
        """The holders of places among the runs that deliberate."""
        return DynamoPlaces(self.dynamodb, self.settings.runs_table)

    @property
    def journal(self) -> DynamoJournal:
        """The journal."""
        now_epoch = int(self.clock().timestamp())
        return DynamoJournal(self.dynamodb, self.settings.journal_table, self.settings.run_ttl_days, now_epoch)

    @property
    def told(self) -> DynamoEvents:
        """The events of runs, and who listens to them."""
        from conclave.adapters.streaming.events import DynamoEvents  # three functions tell or show events

        return DynamoEvents(self.dynamodb, self.settings.events_table)

    @property
    def connections(self) -> ApiGatewayConnections | None:
        """The connections of clients; None in a stage where they ask by themselves."""
        from conclave.adapters.streaming.connections import ApiGatewayConnections  # two functions send something

        return (
            ApiGatewayConnections(self._clients("apigatewaymanagementapi")) if self.settings.has_connections else None
        )

    @property
    def tables(self) -> VersionedTables:
        """The pack's tables, read through."""
        return VersionedTables(self._store, self.data_versions, self.clock)

    @property
    def _store(self) -> DynamoTables:
        return DynamoTables(self.dynamodb, self.settings.table_prefix, self.pack.tables, self.clock.sleep)

    def cached_tables(self, reads: Iterable[str], tally: Tally) -> CachedTables:
        """The pack's tables, with what is kept of the declared reads under their versions.

        Args:
            reads: The declared reads of the function.
            tally: Counts what answered.
        """
        shared = DynamoSharedReads(self.dynamodb, self.settings.cache_table, self.clock)
        return CachedTables(self._store, self.data_versions, self.clock, Kept(memory(), shared, tally), reads)

    def tables_of(self, agent: Agent, tally: Tally, *, shared: bool) -> VersionedTables:
        """The tables of an agent. A safety agent looks at the data itself: its role cannot even read what others left."""
        cached = shared and agent.kind is AgentKind.BUSINESS
        return self.cached_tables(agent.reads, tally) if cached else self.tables

    @property
    def data_versions(self) -> DynamoDataVersions:
        """The versions of the pack's tables."""
        names = [table.name for table in self.pack.tables]
        return DynamoDataVersions(self.dynamodb, self.settings.runs_table, names)

    @property
    def states(self) -> SFNClient:
        """The Step Functions client."""
        return cast("SFNClient", self._clients("stepfunctions"))

    @property
    def events(self) -> EventBridgeClient:
        """The EventBridge client."""
        return cast("EventBridgeClient", self._clients("events"))

    @property
    def kms(self) -> KMSClient:
        """The KMS client."""
        return cast("KMSClient", self._clients("kms"))

    @property
    def s3(self) -> S3Client:
        """The S3 client."""
        return cast("S3Client", self._clients("s3"))

    @property
    def bedrock(self) -> BedrockRuntimeClient:
        """The model client of framing, which most typed reports need for nothing."""
        return cast("BedrockRuntimeClient", OnFirstUse(lambda: self._clients("bedrock-runtime")))
