"""Everything that may be done with a disrupted flight: a finer space than the planner's.

Every five minutes of delay up to a day, every aircraft at the hub, the rostered crew and every reserve, every flight that
carries a crew, every lease offer, alternate and later flight. An action that the pack does not declare is not looked at.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache, cached_property, partial
from typing import Any

from conclave.pack.tables import Item
from packs.airline import bounds
from packs.airline.fields import ACTIONS

from evaluation.airline.rules import crews
from evaluation.airline.rules.case import Case, Trip
from evaluation.airline.rules.clock import minutes
from evaluation.airline.rules.crews import Crew
from evaluation.airline.rules.duties import european
from evaluation.airline.rules.regulations import split_extension

STEP = 5
LONGEST_DELAY = 1_440
SPLIT_FROM, SPLIT_PILOTS, JOINED_PILOTS = 240, 2, (2, 3)
AT_DISCRETION = ("delay_swap_crew", "ferry_aircraft")
"""Ways to crew a flight, beside that of the roster, in which the commander may lengthen the duty."""
_WAITING = ("delay", "delay_swap_crew", "swap_crew")
LEAST_LEASED_SEATS = 0.5
"""Share of the booked passengers that a leased aircraft must seat to be offered."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """An action that is taken with the flight.

    Attributes:
        name: One of ``models.ACTIONS``.
        tail: Aircraft that flies it, or, when it is consolidated, the later flight.
        delay: Minutes after schedule.
        crew: ``own``, ``rested``, ``split`` or the id of a reserve crew that flies it.
        offload: Cold-chain cargo stays in the cool store.
        on_blocks: When the aircraft came to the origin, in minutes since 1970.
        helper: A reserve crew that joins, or that ferries the aircraft.
        carrier: Flight that a positioned crew comes on.
        offer: Lease offer, as its key.
        alternate: Airport where it lands instead.
        into: Later flight that takes the passengers.
        longer: The commander lengthens the crew's duty.
    """

    name: str
    tail: str = ""
    delay: int = 0
    crew: str = crews.OWN
    offload: bool = False
    on_blocks: int = 0
    helper: str = ""
    carrier: str = ""
    offer: tuple[str, str] | None = None
    alternate: str = ""
    into: str = ""
    longer: bool = False

    @property
    def flies(self) -> bool:
        """True if the disrupted flight operates."""
        return self.name not in ("cancel_rebook", "consolidate")

    def __str__(self) -> str:
        told = [self.name, self.tail, f"{self.delay} min late" if self.flies else "", f"crew {self.crew}"]
        told += [each for each in (self.helper, self.carrier, self.alternate, self.into) if each]
        told += [self.offer[1]] if self.offer else []
        told += ["commander's discretion"] if self.longer else []
        return ", ".join(each for each in [*told, "cold chain stays" if self.offload else ""] if each)


Worth = Callable[[Action], bool]
"""Whether an action can be wanted, whoever flies it."""


def always(_: Action) -> bool:
    """True: every action is wanted."""
    return True


class Space:
    """All actions of a disruption.

    Args:
        case: The disruption.
    """

    def __init__(self, case: Case) -> None:
        self.case = case
        self._own_stay = case.arrived(case.flight["tail"])
        self._own_type = str(case.flight["type"])
        self._alike: dict[str, str] = {}
        self._type_of = cache(self._aircraft_type)
        self._crews: dict[tuple[Any, ...], Crew] = {}
        self.rostered = cache(partial(crews.rostered, case))
        self._best = cache(self._find_best)
        station = case.airport(case.flight["origin"]) or {}
        cold = any(each["kind"] == "cold_chain" for each in case.shipments)
        self.may_offload = bool(station.get("cool_store")) and cold
        self.swappable = not case.causes.isdisjoint(bounds.SWAPPABLE_CAUSES)

    def type_of(self, action: Action) -> str:
        """The type that flies."""
        if action.offer is not None:
            return str(self.offer(action)["type"])
        return self._type_of(action.tail)

    def _aircraft_type(self, tail: str) -> str:
        aircraft = None if tail == self.case.flight["tail"] else self.case.rows.item("aircraft", tail)
        return str(aircraft["type"]) if aircraft else self._own_type

    def offer(self, action: Action) -> Item:
        """The lease offer of an action."""
        offer = self.case.rows.item("lease_offers", action.offer) if action.offer else None
        if offer is None:
            raise KeyError(action.offer)
        return offer

    def trip(self, action: Action) -> Trip:
        """The flight as it would be flown."""
        return self.case.trip(self.type_of(action), action.delay, action.alternate)

    def own(self, delay: int, crew: str = crews.OWN, offload: bool = False) -> Action:
        """Flying the planned aircraft with this delay."""
        on_blocks = self.case.departure if self._own_stay is None else self._own_stay
        name = {crews.RESTED: "delay_crew_rest", crews.SPLIT: "delay_split_duty"}.get(crew, "delay")
        return Action(
            name=name, tail=self.case.flight["tail"], delay=delay, crew=crew, offload=offload, on_blocks=on_blocks
        )

    def flying(self, delay: int, worth: Worth = always) -> Iterator[Action]:
        """Every way to fly to the destination with this delay: aircraft, crew, cargo.

        Args:
            delay: Minutes after schedule.
            worth: Told of an action, whoever flies it; no crew is looked for where it is false.
        """
        for action in self._flying(delay, worth):
            yield action
            if self.may_offload:
                name = "delay_offload_cargo" if action.name == "delay" else action.name
                yield replace(action, name=name, offload=True)

    def as_planned(self, delay: int) -> Iterator[Action]:
        """The planned aircraft and the crew of the roster, with everything on board and without what may stay behind."""
        for action in self._as_rostered(self.own(delay), always):
            yield action
            if self.may_offload:
                yield replace(action, offload=True)

    def _flying(self, delay: int, worth: Worth) -> Iterator[Action]:
        own = self.own(delay)
        yield from self._as_rostered(own, worth)
        yield from self._with_reserve(own, worth)
        for name, make in (
            ("delay_crew_rest", self._rested),
            ("delay_split_duty", self._split),
            ("augment_crew", self._augmented),
            ("position_crew", self._positioned),
            ("swap_aircraft", self._swapped),
            ("ferry_aircraft", self._ferried),
            ("wet_lease", self._leased),
        ):
            if name in ACTIONS:
                yield from make(delay, worth)

    def _as_rostered(self, action: Action, worth: Worth) -> Iterator[Action]:
        """The action with the crew of the roster, and at the commander's discretion where that lets it fly."""
        yield action
        if not worth(action):
            return
        crew = self.rostered(self.trip(action))
        if not crew.legal and crew.lengthened.legal:
            name = "delay_discretion" if action.name in _WAITING else action.name
            yield replace(action, name=name, longer=True)

    def diverted(self, delay: int, worth: Worth = always) -> Iterator[Action]:
        """Landing elsewhere, where the destination takes nobody then or took nobody at schedule; ``worth`` as above."""
        case = self.case
        if "divert" not in ACTIONS or not case.from_hub or not (case.shut(delay) or case.shut(0)):
            return
        for alternate in case.alternates:
            own = replace(self.own(delay), name="divert", alternate=alternate)
            for action in (*self._as_rostered(own, worth), *self._with_reserve(own, worth)):
                yield action
                if self.may_offload:
                    yield replace(action, offload=True)

    def grounded(self) -> Iterator[Action]:
        """Not flying: cancelled, or joined with a later flight of the route on a larger idle aircraft."""
        yield Action(name="cancel_rebook")
        case = self.case
        if "consolidate" not in ACTIONS or not case.from_hub:
            return
        last = case.departure + bounds.CONSOLIDATION_HORIZON_MINUTES
        for other in case.rows.where("flights", "route", case.flight["route"]):
            ready = max(case.departure + 1, case.received + case.figures.swap_ready_minutes)
            if ready <= minutes(other["departure_utc"]) <= last:
                for tail in self.idle:
                    aircraft = self.case.rows.item("aircraft", tail) or {}
                    rating = self.case.types[self.type_of(Action(name="", tail=tail))].rating
                    if rating == self.case.types[other["type"]].rating and aircraft.get("seats", 0) > other["seats"]:
                        yield Action(name="consolidate", tail=tail, into=other["flight_id"])

    def _rested(self, delay: int, worth: Worth) -> Iterator[Action]:
        if not self.case.from_hub and worth(action := self.own(delay, crews.RESTED)):
            yield action

    def _split(self, delay: int, worth: Worth) -> Iterator[Action]:
        duty = self.case.duty
        splits = european(self.case.operator) and duty is not None and duty["pilots"] == SPLIT_PILOTS
        wait = self.case.departure + delay - self.case.waits_from
        action = self.own(delay, crews.SPLIT)
        if splits and wait >= SPLIT_FROM and split_extension(wait) > 0 and worth(action):
            yield action

    def _with_reserve(self, action: Action, worth: Worth) -> Iterator[Action]:
        if not self.case.from_hub or not self._callable(action.delay, self.type_of(action)):
            return
        name = {"delay": "delay_swap_crew", "swap_aircraft": "swap_aircraft_and_crew"}.get(action.name, action.name)
        if name == "delay_swap_crew" and self.case.crew_missing:
            name = "swap_crew"
        yield from self._easiest(replace(action, name=name), "crew", worth)

    def _callable(self, delay: int, kind: str) -> bool:
        """True if a reserve crew that is called on receipt can leave with this delay."""
        return self.case.departure + delay >= self.case.received + crews.called_minutes(self.case, kind)

    def _augmented(self, delay: int, worth: Worth) -> Iterator[Action]:
        case, kind = self.case, self.case.types[self._own_type]
        if not case.from_hub or not kind.wide or not self._callable(delay, kind.code) or case.duty is None:
            return
        if not case.crew_missing and case.duty["pilots"] in JOINED_PILOTS:
            yield from self._easiest(replace(self.own(delay), name="augment_crew"), "helper", worth)

    def _positioned(self, delay: int, worth: Worth) -> Iterator[Action]:
        departure = self.case.departure + delay
        for flight in crews.carriers(self.case, self._own_type):
            if minutes(flight["arrival_utc"]) + self.case.figures.positioned_ready_minutes <= departure:
                action = replace(self.own(delay), name="position_crew", carrier=flight["flight_id"])
                yield from self._easiest(action, "crew", worth)

    def _swapped(self, delay: int, worth: Worth) -> Iterator[Action]:
        if not self.case.from_hub or not self.swappable:
            return
        for tail in self._tails:
            stays = [each for each in self.stays(tail) if each[1] <= delay]
            if stays:
                action = Action(name="swap_aircraft", tail=tail, delay=delay, on_blocks=stays[-1][0])
                yield from self._as_rostered(action, worth)
                yield from self._with_reserve(action, worth)

    def _ferried(self, delay: int, worth: Worth) -> Iterator[Action]:
        if self.case.from_hub or not self.swappable:
            return
        for tail in self.idle:
            action = Action(name="ferry_aircraft", tail=tail, delay=delay)
            if self.can_ferry(action):
                yield from self._easiest(action, "helper", worth)

    def can_ferry(self, action: Action) -> bool:
        """True if the aircraft idles at the hub, and leaves it no earlier than it and a reserve crew can be ready."""
        since = self.case.idle_since(action.tail)
        kind = self.type_of(action)
        turnaround = self.case.types[kind].turnaround_minutes
        ready = self.case.received + max(self.case.figures.swap_ready_minutes, crews.called_minutes(self.case, kind))
        return since is not None and self.ferry_departure(action) >= max(ready, since + turnaround)

    def ferry_departure(self, action: Action) -> int:
        """When the aircraft leaves the hub to be on blocks a turnaround before the flight."""
        turnaround = self.case.types[self.type_of(action)].turnaround_minutes
        return int(self.case.departure + action.delay - turnaround - self.case.flight["block_minutes"])

    def _leased(self, delay: int, worth: Worth) -> Iterator[Action]:
        case = self.case
        if not case.from_hub or not (self.swappable or case.crew_missing):
            return
        for offer in self.offers:
            key = (str(offer["station_day"]), str(offer["offer_id"]))
            action = Action(name="wet_lease", tail=str(offer["tail"]), delay=delay, crew="", offer=key)
            if offer["approved"] and worth(action) and self.lease_holds(action, offer):
                yield action

    def lease_holds(self, action: Action, offer: Item) -> bool:
        """True if a leased aircraft seats enough, and is there from the departure until the end of the rotation."""
        case, trip = self.case, self.trip(action)
        first = max(minutes(offer["available_from_utc"]), case.received + self.case.figures.wet_lease_notice_minutes)
        back = trip.arrival
        if case.back is not None:
            back = case.flown(case.back, trip.arrival + self.case.types[trip.kind].turnaround_minutes).arrival
        seats: bool = offer["seats"] >= LEAST_LEASED_SEATS * case.flight["booked"]
        return first <= trip.departure and back <= minutes(offer["available_until_utc"]) and seats

    @cached_property
    def offers(self) -> list[Item]:
        """Lease offers of the day of departure and the next."""
        case = self.case
        days = [f"{case.flight['origin']}#{case.day(case.departure + after)}" for after in (0, LONGEST_DELAY)]
        return [each for day in days for each in case.rows.where("lease_offers", "station_day", day)]

    def _easiest(self, action: Action, slot: str, worth: Worth) -> Iterator[Action]:
        """The action with the reserve crew that adds most to safety, of those that cost the same; all legal ones fly the same."""
        if not worth(action):
            return
        for chosen, longer in self._best(self._crew_key(action), slot):
            name = "delay_discretion" if longer and action.name in _WAITING else action.name
            yield replace(_with(action, slot, chosen), longer=longer, name=name)

    def _crew_key(self, action: Action) -> Action:
        """The same for every action that asks the same of a crew: aircraft of a type do not differ to it."""
        kind = self.type_of(action)
        alike = self._alike.setdefault(kind, action.tail)
        name = action.name if action.name in ("augment_crew", "ferry_aircraft", "position_crew") else "delay_swap_crew"
        return Action(name=name, tail=alike, delay=action.delay, carrier=action.carrier, alternate=action.alternate)

    def _find_best(self, action: Action, slot: str) -> list[tuple[str, bool]]:
        rating = self.case.types[self.type_of(action)].rating
        found: dict[tuple[int, bool], tuple[Any, str]] = {}
        report = self._report(action)
        for each in self._reserves(rating):
            if not minutes(each["standby_start_utc"]) <= report <= minutes(each["standby_end_utc"]):
                continue
            asked = _with(action, slot, each["crew_id"])
            crew, longer = self.crew_of(asked), False
            if not crew.legal and action.name in AT_DISCRETION:
                crew, longer = self._lengthened(asked, crew), True
            if crew.legal:
                key, state = (crew.replaced, longer), (crew.ease, str(each["crew_id"]))
                found[key] = max(state, found.get(key, state))
        return [(name, longer) for (_, longer), (_, name) in found.items()]

    def _report(self, action: Action) -> int:
        """When a reserve crew reports for an action."""
        leaves = self.case.departure + action.delay
        if action.name == "ferry_aircraft":
            leaves = self.ferry_departure(action)
        flight = self.case.rows.item("flights", action.carrier) if action.carrier else None
        leaves = minutes(flight["departure_utc"]) if flight else leaves
        return leaves - self.case.operator.report_minutes(self.type_of(action))

    def _lengthened(self, action: Action, crew: Crew) -> Crew:
        """The crew of an action with what the commander may add to its duty."""
        return self.crew_of(replace(action, longer=True)) if action.helper else crew.lengthened

    @cache  # noqa: B019  one object per disruption, gone with it
    def _reserves(self, rating: str) -> tuple[Item, ...]:
        return tuple(crews.reserves(self.case, rating))

    def crew_of(self, action: Action) -> Crew:
        """The crew of an action, its margins worked out."""
        ferried, leased = action.name == "ferry_aircraft", action.offer is not None
        who = (action.crew, action.helper, action.carrier, action.longer)
        key = (self.type_of(action), action.delay, action.alternate, ferried, leased, *who)
        if key not in self._crews:
            self._crews[key] = self._crew_of(action)
        return self._crews[key]

    def _crew_of(self, action: Action) -> Crew:
        if action.offer is not None:
            return crews.LEASED
        case, trip = self.case, self.trip(action)
        helper = case.rows.item("crews", action.helper) if action.helper else None
        if action.helper:
            if helper is None or "reserve_pool" not in helper:
                return crews.NOBODY
            own = self.rostered(trip)
            own = own.lengthened if action.longer else own
            if action.name == "ferry_aircraft":
                return crews.ferrying(case, own, helper, trip, self.ferry_departure(action))
            return crews.joined(case, helper, trip)
        if action.crew in (crews.OWN, crews.RESTED, crews.SPLIT):
            own = self.rostered(trip, action.crew)
            return own.lengthened if action.longer else own
        crew = case.rows.item("crews", action.crew)
        if crew is None or "reserve_pool" not in crew:
            return crews.NOBODY
        if action.carrier:
            flight = case.rows.item("flights", action.carrier)
            return crews.NOBODY if flight is None else crews.positioned(case, crew, trip, flight)
        called = crews.reserve(case, crew, trip)
        return called.lengthened if action.longer else called

    @cached_property
    def _tails(self) -> Sequence[str]:
        """Every other aircraft of the same cabin class."""
        wide = self.case.types[self._own_type].wide
        return [
            each["tail"]
            for each in self.case.rows.all("aircraft")
            if each["tail"] != self.case.flight["tail"] and self.case.types[each["type"]].wide == wide
        ]

    @cached_property
    def idle(self) -> list[str]:
        """Those of them that stand at the hub without flights for long."""
        return [tail for tail in self._tails if self.case.idle_since(tail) is not None]

    @cache  # noqa: B019  one object per disruption, gone with it
    def stays(self, tail: str) -> tuple[tuple[int, int], ...]:
        """When an aircraft came to the hub, and the least delay with which it can take the flight over."""
        turnaround = self.case.types[self.type_of(Action(name="", tail=tail))].turnaround_minutes
        line, found = self.case.line(tail), []
        arrivals = [self.case.stands_from(tail), *(minutes(each["arrival_utc"]) for each in line)]
        stations = [self.case.first_station(tail), *(each["destination"] for each in line)]
        leaves = [*(minutes(each["departure_utc"]) for each in line), None]
        for came, station, until in zip(arrivals, stations, leaves, strict=True):
            prepared = self.case.received + self.case.figures.swap_ready_minutes
            earliest = max(self.case.departure, prepared, came + turnaround)
            if station == self.case.hub and (until is None or earliest <= until):
                found.append((came, -(-(earliest - self.case.departure) // STEP) * STEP))
        return tuple(each for each in found if each[1] <= LONGEST_DELAY)


def _with(action: Action, slot: str, crew_id: str) -> Action:
    return replace(action, helper=crew_id) if slot == "helper" else replace(action, crew=crew_id)
