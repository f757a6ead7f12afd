"""Functions that the tools share: the flight of the incident, facts and constraints with their evidence."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from conclave.pack import Constraint, Fact, Gap, GapReason, Item, Key, Operator, Tables, ToolContext, Value

from packs.airline import times
from packs.airline.fields import FIELD
from packs.airline.operators.air_operator import AirOperator
from packs.airline.operators.records import operator_keys, read_operator
from packs.airline.planning.reads.stays import day_and_next
from packs.airline.reported.operating import Operating
from packs.airline.rules.cargo import COLD_CHAIN_SOURCE

KEPT_COLD = "packaging keeps its temperature until delivery"


def rows(context: ToolContext) -> Tables:
    """The tables of a run without cancelled flights; the rows have their times in minutes."""
    return times.InMinutes(Operating(context.tables))


def the_flight(context: ToolContext, beside: Mapping[str, Iterable[Key]] | None = None) -> Item | None:
    """The flight of the incident; the tool must declare ``flights``.

    Args:
        context: The run.
        beside: Keys of other items, by table, that are read in the same request and asked for later.
    """
    key = context.incident.flight_id
    return rows(context).get_across({"flights": [key], **(beside or {})})["flights"].items.get(key)


def with_operator(context: ToolContext, *airports: str) -> dict[str, list[Key]]:
    """Keys of the first items of the airline, by table, and of the ends of the flight and more airports, for ``the_flight``."""
    incident = context.incident
    return {**operator_keys(incident.flight), "airports": sorted({incident.origin, incident.destination, *airports})}


def the_operator(context: ToolContext, flight: Item, beside: Mapping[str, Iterable[Key]] | None = None) -> AirOperator:
    """The airline of a flight; the tool must declare ``OPERATOR_READS``. ``beside`` as ``the_flight``; no airports."""
    return read_operator(rows(context), flight["number"], beside)


def fact(table: str, key: str, kind: str, values: dict[str, Value], text: str = "") -> Fact:
    """A fact whose evidence id is the table and key of the item it came from."""
    return Fact(id=f"{table}/{key}", kind=kind, values=values, text=text)


def picked(item: Item, names: Sequence[str]) -> dict[str, Value]:
    """The named cells of an item, as people and models have them."""
    return {name: times.shown(item, name) for name in names}


def rule(
    identifier: str,
    field: str,
    operator: Operator,
    value: Value,
    *,
    hard: bool = True,
    source: str,
    evidence: str,
    reason: str,
) -> Constraint:
    """A constraint of this incident, or a preference; what holds for every incident is ``limit``."""
    return Constraint(
        id=identifier,
        field=field,
        operator=operator,
        value=value,
        unit=FIELD[field].unit,
        hard=hard,
        source=source,
        evidence_id=evidence,
        reason=reason,
    )


def limit(identifier: str, field: str, *, source: str, evidence: str, reason: str) -> Constraint:
    """The limit that a field declares, as a constraint."""
    return FIELD[field].constraint(identifier, source=source, evidence_id=evidence, reason=reason)


def saving_lives(shipments: Iterable[Item]) -> list[Item]:
    """The cold-chain shipments that lives depend on."""
    return [each for each in shipments if each["kind"] == "cold_chain" and each.get("life_saving")]


def cold_chain(shipment: Item) -> Constraint:
    """The preference that a shipment is delivered while its packaging keeps its temperature."""
    return rule(
        "cargo.cold_chain", "cold_chain_margin_minutes", Operator.GE, 0, hard=False, source=COLD_CHAIN_SOURCE,
        evidence=f"shipments/{shipment['awb']}", reason=KEPT_COLD,
    )  # fmt: skip


def life_saving(shipments: Iterable[Item]) -> list[Constraint]:
    """The one rule for all shipments that lives depend on; the field is the least margin of them."""
    return [
        limit(
            "cargo.life_saving", "life_saving_margin_minutes", source=COLD_CHAIN_SOURCE,
            evidence=f"shipments/{each['awb']}", reason=KEPT_COLD,
        )
        for each in saving_lives(shipments)[:1]
    ]  # fmt: skip


def missing(tool: str, item: str, detail: str, *, mandatory: bool) -> Gap:
    """A gap for a record that does not exist."""
    return Gap(tool=tool, item=item, reason=GapReason.MISSING, mandatory=mandatory, detail=detail)


def leased(context: ToolContext) -> dict[str, str]:
    """Offers that the options lease, by registration; the id of the offer as the option names it."""
    return {
        str(option.fields["tail"]): str(option.parameters.get("offer_id", ""))
        for option in context.options
        if option.fields["lease_approved"] is not None
    }


def lease_offers(context: ToolContext, flight: Item) -> dict[str, Item]:
    """Offers for lease on the day of a flight and the next by registration; the tool must declare ``lease_offers``."""
    wanted, keys = leased(context), day_and_next(flight)
    found = rows(context).query("lease_offers", keys) if wanted else {}
    offers = [each for key in keys for each in found.get(key, ())]
    return {each["tail"]: each for each in offers if wanted.get(each["tail"]) == each["offer_id"]}


def contradicted(tool: str, option_id: str, detail: str) -> Gap:
    """A gap for an option whose figures disagree with what the check computed on its own: nobody may rely on them."""
    return Gap(tool=tool, item=f"options/{option_id}", reason=GapReason.FAILED, mandatory=True, detail=detail)


def option_values(context: ToolContext, field: str) -> list[str]:
    """The distinct texts that the options have in a field, sorted."""
    return sorted({str(option.fields[field]) for option in context.options if option.fields.get(field)})
