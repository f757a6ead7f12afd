"""The fields of an option with their limits, its actions, and what of both is drawn."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from conclave.pack import Field, LaneKind, Picture

FLYING = "flying"
"""Options that fly: what applies to these only is ``None`` when the flight is cancelled."""

FIELDS: Sequence[Field] = (
    Field(
        name="delay_minutes",
        type=int,
        unit="min",
        description="Departure delay against schedule; none if cancelled",
        applies_to=FLYING,
    ),
    Field(name="departure_utc", type=str, description="New off-blocks time, UTC", applies_to=FLYING),
    Field(name="arrival_local", type=str, description="New arrival, local time of the destination", applies_to=FLYING),
    Field(name="arrival_airport", type=str, description="Where it lands", applies_to=FLYING),
    Field(
        name="ground_transfer_minutes",
        type=int,
        unit="min",
        description="By bus from there to the destination; 0 when it lands at the destination",
        applies_to=FLYING,
    ),
    Field(name="tail", type=str, description="Aircraft that flies", applies_to=FLYING),
    Field(name="aircraft_type", type=str, description="Its type", applies_to=FLYING),
    Field(
        name="cause_cleared",
        type=bool,
        description="The reported cause no longer holds the flight back",
        must=True,
        applies_to=FLYING,
    ),
    Field(
        name="aircraft_serviceable",
        type=bool,
        description="Released to service by the new departure",
        must=True,
        applies_to=FLYING,
    ),
    Field(
        name="mel_dispatchable",
        type=bool,
        description="Its open MEL items allow dispatch of this flight",
        must=True,
        applies_to=FLYING,
    ),
    Field(
        name="mel_days_left",
        type=int,
        unit="days",
        description="Whole days left on its tightest MEL interval",
        applies_to=FLYING,
    ),
    Field(
        name="turnaround_margin_minutes",
        type=int,
        unit="min",
        description="Time on the ground before departure beyond the shortest turnaround; capped at 720",
        least=0,
        applies_to=FLYING,
    ),
    Field(
        name="range_margin_km",
        type=int,
        unit="km",
        description="Planning range beyond the route's distance",
        least=0,
        applies_to=FLYING,
    ),
    Field(
        name="etops_margin_minutes",
        type=int,
        unit="min",
        description="Approved minus needed ETOPS diversion time; none when no point is more than 60 minutes from an airport",
        least=0,
        applies_to=FLYING,
    ),
    Field(
        name="maintenance_check_ok",
        type=bool,
        description="No maintenance check falls due before the aircraft is back",
        must=True,
        applies_to=FLYING,
    ),
    Field(
        name="seats_short",
        type=int,
        unit="count",
        description="Booked passengers without a seat on this aircraft",
        applies_to=FLYING,
    ),
    Field(
        name="lease_approved",
        type=bool,
        description="The authority has approved this lease; none without a lease",
        must=True,
        applies_to=FLYING,
    ),
    Field(name="crew_id", type=str, description="Crew that flies", applies_to=FLYING),
    Field(
        name="crew_available",
        type=bool,
        description="Crew is fit, present and reachable in time",
        must=True,
        applies_to=FLYING,
    ),
    Field(
        name="crew_qualified",
        type=bool,
        description="Crew, and who flies the return, holds the rating of the aircraft",
        must=True,
        applies_to=FLYING,
    ),
    Field(
        name="crew_duty_margin_minutes",
        type=int,
        unit="min",
        description="Flight duty limit minus planned flight duty; 0 where the commander lengthens the duty",
        least=0,
        applies_to=FLYING,
    ),
    Field(
        name="discretion_minutes",
        type=int,
        unit="min",
        description="By which the commander has to lengthen a flight duty beyond its limit; a person approves it",
    ),
    Field(
        name="crew_rest_margin_minutes",
        type=int,
        unit="min",
        description="Rest before this duty beyond the required minimum",
        least=0,
        applies_to=FLYING,
    ),
    Field(
        name="crew_next_rest_margin_minutes",
        type=int,
        unit="min",
        description="The same before its next duty; below 0 another crew flies that one. None without a next duty",
        applies_to=FLYING,
    ),
    Field(
        name="crew_cumulative_margin_minutes",
        type=int,
        unit="min",
        description="Room under the tightest limit of duty or flight time in 7, 14, 28 days; none without records",
        least=0,
        applies_to=FLYING,
    ),
    Field(
        name="curfew_violation_minutes",
        type=int,
        unit="min",
        description="Minutes by which departure or arrival lies inside a closed time: of a night, or by notice",
        most=0,
        applies_to=FLYING,
    ),
    Field(
        name="slot_ok",
        type=bool,
        description="Take-off lies within a slot, or no slot is needed",
        must=True,
        applies_to=FLYING,
    ),
    Field(
        name="noise_quota_ok",
        type=bool,
        description="What is left of the night quota of either airport bears the movement",
        must=True,
        applies_to=FLYING,
    ),
    Field(
        name="weather_ok",
        type=bool,
        description="Forecasts of origin and destination are above operating minima",
        must=True,
        applies_to=FLYING,
    ),
    Field(
        name="animal_welfare_margin_minutes",
        type=int,
        unit="min",
        description="Time left until live animals pass their longest journey; none without animals",
        least=0,
    ),
    Field(name="missed_connections", type=int, unit="count", description="Passengers who miss an onward flight"),
    Field(name="top_tier_disrupted", type=int, unit="count", description="Gold and platinum passengers not on plan"),
    Field(name="passengers_rebooked", type=int, unit="count", description="Passengers moved to another flight"),
    Field(
        name="other_carrier_seats",
        type=int,
        unit="count",
        description="Passengers who travel on another carrier's flight",
    ),
    Field(name="passengers_stranded", type=int, unit="count", description="Passengers without a seat within 30 hours"),
    Field(
        name="passenger_delay_minutes",
        type=int,
        unit="min",
        description="Mean delay at the final destination over all passengers",
    ),
    Field(
        name="cold_chain_margin_minutes",
        type=int,
        unit="min",
        description="Time left on the tightest cold-chain package at delivery; none without such cargo",
    ),
    Field(
        name="life_saving_margin_minutes",
        type=int,
        unit="min",
        description="The same over the shipments that save lives",
        least=0,
    ),
    Field(name="cargo_offloaded_kg", type=int, unit="kg", description="Cargo that does not travel with this option"),
    Field(name="downstream_delay_minutes", type=int, unit="min", description="Delay of later flights in 24 h, summed"),
    Field(name="downstream_flights", type=int, unit="count", description="Later flights delayed or cancelled"),
    Field(
        name="downstream_crews_short",
        type=int,
        unit="count",
        description="Later duties that need another crew: their crew runs out of duty time or rest",
    ),
    Field(name="compensation_usd", type=int, unit="usd", description="Fixed compensation due by regulation"),
    Field(name="care_usd", type=int, unit="usd", description="Meals, hotels, rebooking, refunds"),
    Field(name="operating_cost_usd", type=int, unit="usd", description="Aircraft, crew, cargo and follow-on costs"),
    Field(name="total_cost_usd", type=int, unit="usd", description="Compensation, care and operating cost"),
    Field(
        name="cost_needs_approval", type=bool, description="The total is above the airline's limit for the duty manager"
    ),
    Field(name="cancelled", type=bool, description="The flight does not operate"),
    Field(
        name="cancellation_needed",
        type=bool,
        description="It cannot leave soon with its own aircraft and crew; none if it flies",
        must=True,
    ),
)

FIELD: Mapping[str, Field] = {each.name: each for each in FIELDS}
"""The fields by name."""

ACTIONS: Mapping[str, str] = {
    "delay": "The planned aircraft and crew, later",
    "delay_swap_crew": "The planned aircraft, later, with a reserve crew",
    "swap_crew": "The planned aircraft with a reserve crew, when it is the crew that is missing",
    "delay_discretion": "The planned aircraft, later; the commander lengthens the crew's flight duty",
    "delay_crew_rest": "Away from the hub: the crew rests where it is and flies then",
    "delay_split_duty": "A long delay that the crew spends in rooms, which extends its flight duty",
    "augment_crew": "The planned aircraft with the rostered crew and pilots of a reserve crew, who rest in flight in turn",
    "position_crew": "Away from the hub: a reserve crew comes as passengers and flies",
    "delay_offload_cargo": "A delay without the cold-chain cargo, which stays in the cool store",
    "swap_aircraft": "Another aircraft of the cabin class",
    "swap_aircraft_and_crew": "Another aircraft and a reserve crew",
    "divert": "The planned aircraft lands near its closed or unlandable destination, and buses go on from there",
    "ferry_aircraft": "An idle aircraft of the hub comes without passengers, flown by a reserve crew",
    "wet_lease": "A leased aircraft that comes with its crew",
    "consolidate": "The flight does not operate; a larger aircraft flies a later one of the route and takes its passengers",
    "cancel_rebook": "The flight does not operate; its passengers travel later",
}
"""A description of each action that an option can have, by its name."""

AIRCRAFT, CREWS, SLOTS = "aircraft", "crews", "slots"
PICTURE = Picture(
    lanes=(
        LaneKind(name=AIRCRAFT, title="Aircraft"),
        LaneKind(name=CREWS, title="Crews"),
        LaneKind(name=SLOTS, title="Slots"),
    ),
    figures=(
        "delay_minutes",
        "total_cost_usd",
        "passengers_stranded",
        "missed_connections",
        "downstream_flights",
        "crew_duty_margin_minutes",
    ),
    map_title="Flights concerned",
)
"""The timeline and the map that ``packs.airline.planning.drawing`` draws, and the figures that a person compares first."""
