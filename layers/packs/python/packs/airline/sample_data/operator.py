"""The sample's airline: a fictional carrier with one hub. Its figures are the defaults; exchange rates are assumptions."""

from __future__ import annotations

from collections.abc import Mapping

from conclave.pack import Item
from msgspec import structs

from packs.airline.operators.air_operator import AircraftType
from packs.airline.operators.figures import COSTS, DEFAULTS, UNITS, Figures
from packs.airline.operators.records import KIND

CARRIER = "EY"
_WORDS = ("Etihad", "ETD")
"""Names of the airline in reports, besides its own."""
HUB = "AUH"
HUB_ZONE = "Asia/Dubai"
FIGURES = Figures()
CONNECTION_MINUTES_ELSEWHERE = 75
_RATES = {"CAD": 0.73, "EUR": 1.08, "GBP": 1.27, "THB": 0.029, "XDR": 1.36}
_RATES_DATE, _RATES_SOURCE = "2026-01-01", "assumption of the sample"

TYPES: Mapping[str, AircraftType] = {
    each.code: each
    for each in (
        AircraftType(
            code="A320",
            rating="A320",
            seats=158,
            range_km=5600,
            turnaround_minutes=45,
            cruise_kmh=800,
            hourly_cost=4200,
            ground_hourly_cost=1900,
            wide=False,
            one_engine_kmh=720,
            etops_minutes=120,
            take_off_epndb=87.4,
            landing_epndb=85.6,
        ),
        AircraftType(
            code="A321",
            rating="A320",
            seats=188,
            range_km=6400,
            turnaround_minutes=50,
            cruise_kmh=800,
            hourly_cost=4700,
            ground_hourly_cost=2200,
            wide=False,
            one_engine_kmh=720,
            etops_minutes=180,
            take_off_epndb=90.2,
            landing_epndb=86.8,
        ),
        AircraftType(
            code="A359",
            rating="A350",
            seats=330,
            range_km=14500,
            turnaround_minutes=80,
            cruise_kmh=880,
            hourly_cost=8600,
            ground_hourly_cost=4600,
            wide=True,
            one_engine_kmh=770,
            etops_minutes=240,
            take_off_epndb=87.2,
            landing_epndb=87.8,
        ),
        AircraftType(
            code="B789",
            rating="B787",
            seats=299,
            range_km=13200,
            turnaround_minutes=75,
            cruise_kmh=880,
            hourly_cost=8100,
            ground_hourly_cost=4300,
            wide=True,
            one_engine_kmh=770,
            etops_minutes=180,
            take_off_epndb=88.6,
            landing_epndb=87.4,
        ),
        AircraftType(
            code="B77W",
            rating="B777",
            seats=382,
            range_km=13600,
            turnaround_minutes=90,
            cruise_kmh=880,
            hourly_cost=11200,
            ground_hourly_cost=5400,
            wide=True,
            one_engine_kmh=770,
            etops_minutes=240,
            take_off_epndb=94.3,
            landing_epndb=91.5,
        ),
    )
}


def report_minutes(kind: str) -> int:
    """Reporting time before a departure with this type, in minutes."""
    return FIGURES.report_minutes(wide=TYPES[kind].wide)


def operator_rows() -> dict[str, list[Item]]:
    """Rows of the tables that describe the airline, by table."""
    return {
        "operators": [
            {
                "kind": KIND,
                "carrier": CARRIER,
                "name": "Example Airways",
                "country": "AE",
                "hubs": [HUB],
                "types": list(TYPES),
                "currency": "USD",
                "duty_regime": "easa",
            }
        ],
        "words": [{"field": "flight", "word": word, "value": CARRIER} for word in _WORDS],
        "figures": [
            {"carrier": CARRIER, "name": name, "value": value, "unit": UNITS[name].replace(COSTS[0], "USD")}
            for name, value in DEFAULTS.items()
        ],
        "aircraft_types": [structs.asdict(each) for each in TYPES.values()],
        "exchange_rates": [
            {"currency": code, "usd": usd, "date": _RATES_DATE, "source": _RATES_SOURCE} for code, usd in _RATES.items()
        ],
    }
