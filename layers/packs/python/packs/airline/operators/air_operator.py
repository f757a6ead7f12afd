"""The holder of an air operator certificate, as planner, checks and evaluation know it."""

from __future__ import annotations

from collections.abc import Mapping

from conclave.pack import Item
from msgspec import Struct

from packs.airline.operators.figures import Figures


class AircraftType(Struct, frozen=True, kw_only=True):
    """Data of an aircraft type for planning.

    Attributes:
        code: IATA-like code used in the tables.
        rating: Type rating that a crew needs; types that share one share their crews.
        seats: Seats in the operator's cabin.
        range_km: Planning range with full passengers and reserves.
        turnaround_minutes: Shortest turnaround, in blocks to off blocks.
        cruise_kmh: Block speed.
        hourly_cost: Direct cost of an hour of block time (fuel, maintenance reserve, navigation), USD.
        ground_hourly_cost: Cost of an hour of delay on the ground (crew, parking, handling), USD.
        wide: Widebody.
        one_engine_kmh: Speed with one engine out, for diversion times.
        etops_minutes: Diversion time that the operator is approved for.
        take_off_epndb: Mean of the certificated flyover and sideline noise levels, EPNdB.
        landing_epndb: Certificated approach noise level minus 9, EPNdB.
    """

    code: str
    rating: str
    seats: int
    range_km: int
    turnaround_minutes: int
    cruise_kmh: int
    hourly_cost: float
    ground_hourly_cost: float
    wide: bool
    one_engine_kmh: int
    etops_minutes: int
    take_off_epndb: float
    landing_epndb: float


class AirOperator(Struct, frozen=True, kw_only=True):
    """An airline: who it is, where it is at home, what it flies, and its figures.

    Attributes:
        carrier: IATA designator of two characters, as in its flight numbers.
        name: For people.
        country: ISO country that issued its licence.
        hubs: Airports where its aircraft and reserve crews are at home, the main one first.
        zones: IANA time zone of each hub.
        currency: Currency of its costs, ISO 4217.
        duty_regime: Flight time limitations that it works under: ``easa`` or ``faa``.
        types: Its aircraft types by code.
        figures: Its figures.
        usd: US dollars for one unit of each currency that is on record.
        version: Digest of the rows that all this was read from.
    """

    carrier: str
    name: str
    country: str
    hubs: tuple[str, ...]
    zones: Mapping[str, str]
    currency: str
    duty_regime: str
    types: Mapping[str, AircraftType]
    figures: Figures
    usd: Mapping[str, float]
    version: str

    @property
    def zone(self) -> str:
        """Time zone of the main hub."""
        return self.zones[self.hubs[0]]

    def report_minutes(self, kind: str) -> int:
        """Reporting time before a departure with an aircraft of this type, in minutes."""
        return self.figures.report_minutes(wide=self.types[kind].wide)

    def hub_of(self, flight: Item) -> str:
        """The hub that a flight leaves, or goes to; the main one for a flight between outstations."""
        ends = (flight["origin"], flight["destination"])
        return next((each for each in ends if each in self.hubs), self.hubs[0])
