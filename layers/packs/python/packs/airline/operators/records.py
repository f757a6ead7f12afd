"""Reading an airline from the tables."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping

from conclave.pack import Batch, Fact, Item, Key, Tables

from packs.airline.codes import carrier_of
from packs.airline.operators.air_operator import AircraftType, AirOperator
from packs.airline.operators.figures import figures_of

OPERATOR_READS = ("operators", "figures", "aircraft_types", "exchange_rates", "airports")
"""Tables that ``read_operator`` reads."""
KIND = "operator"
"""Partition of ``operators``: all of them are one read."""
LAW_CURRENCIES = ("CAD", "EUR", "GBP", "THB", "XDR")
"""Currencies of amounts that a regulation gives."""
_CONVERTED = ("hourly_cost", "ground_hourly_cost")


class OperatorIncomplete(Exception):
    """A record that an airline needs does not exist or does not fit; the message names it and says what to load."""


def read_operators(tables: Tables) -> dict[str, Item]:
    """The rows of all airlines of the data, by carrier; raises ``ReadFailed``."""
    return {str(row["carrier"]): row for row in tables.query("operators", [KIND])[KIND]}


def operator_keys(number: str) -> dict[str, list[Key]]:
    """Keys of what ``read_operator`` reads first, by table: for who reads other items together with them."""
    return {"operators": [(KIND, carrier_of(number))], "exchange_rates": [*LAW_CURRENCIES]}


def read_operator(tables: Tables, number: str, beside: Mapping[str, Iterable[Key]] | None = None) -> AirOperator:
    """The airline that a flight belongs to.

    Args:
        tables: Where ``OPERATOR_READS`` may be read.
        number: Flight number with its carrier.
        beside: Keys of items, by table, that are read in the same request and asked for later; no airports.

    Raises:
        OperatorIncomplete: There is no such airline, or a hub, type, figure or rate of it is missing.
        ReadFailed: A table could not be read.
    """
    carrier, first = carrier_of(number), tables.get_across(operator_keys(number))
    row = first["operators"].items.get((KIND, carrier))
    if row is None:
        told = ", ".join(sorted(read_operators(tables))) or "none"
        raise OperatorIncomplete(
            f"{carrier} is not an operator of the loaded data ({told}); load operators.csv with it"
        )
    figures = tables.query("figures", [carrier])[carrier]
    currencies = sorted({row["currency"], *LAW_CURRENCIES} - {"USD"})
    wanted = {"aircraft_types": row["types"], "airports": row["hubs"], "exchange_rates": currencies}
    found = tables.get_across({**wanted, **(beside or {})})
    types, hubs = (
        _all(found[table], table, row[name]) for table, name in (("aircraft_types", "types"), ("airports", "hubs"))
    )
    rates = found["exchange_rates"].items
    usd = {"USD": 1.0, **{str(code): rate["usd"] for code, rate in rates.items()}}
    if row["currency"] not in usd:
        raise OperatorIncomplete(f"exchange_rates/{row['currency']} is missing; load exchange_rates.csv with it")
    try:
        own = figures_of({each["name"]: (each["value"], each["unit"]) for each in figures}, usd)
    except ValueError as error:
        raise OperatorIncomplete(str(error)) from error
    return AirOperator(
        carrier=carrier,
        name=row["name"],
        country=row["country"],
        hubs=tuple(row["hubs"]),
        zones={code: hub["tz"] for code, hub in hubs.items()},
        currency=row["currency"],
        duty_regime=row["duty_regime"],
        types={code: _type(each, usd[row["currency"]]) for code, each in types.items()},
        figures=own,
        usd=usd,
        version=_digest([row, *figures, *types.values(), *rates.values()]),
    )


def operator_fact(operator: AirOperator) -> Fact:
    """The airline and the version of its figures that a run used."""
    return Fact(
        id=f"operators/{operator.carrier}",
        kind="operator",
        values={
            "carrier": operator.carrier,
            "country": operator.country,
            "duty_regime": operator.duty_regime,
            "figures_version": operator.version,
        },
    )


def _all(found: Batch, table: str, keys: list[str]) -> Mapping[str, Item]:
    if found.missing:
        raise OperatorIncomplete(f"{table}/{found.missing[0]} is missing; load {table}.csv with it")
    return {key: found.items[key] for key in keys}


def _type(row: Item, usd: float) -> AircraftType:
    known = {name: row[name] for name in AircraftType.__struct_fields__}
    # Dollars stay whole numbers; another currency is converted to the cent.
    converted = {name: known[name] if usd == 1.0 else round(known[name] * usd, 2) for name in _CONVERTED}
    return AircraftType(**{**known, **converted})


def _digest(rows: list[Item]) -> str:
    return hashlib.sha256(json.dumps(rows, sort_keys=True, default=str).encode()).hexdigest()[:16]
