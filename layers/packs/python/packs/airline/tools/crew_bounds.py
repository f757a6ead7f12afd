"""Bounds that the crew check works out itself: the most room that an option's crews can have, whatever the planner says.

A bound needs only roster, records and the option's times: no option ends a duty before its planned last on-blocks time, nor
before the disrupted flight is on blocks where and as late as the option says.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from conclave.pack import Item, Option
from msgspec import Struct, structs

from packs.airline import times
from packs.airline.operators.air_operator import AirOperator
from packs.airline.operators.figures import Figures
from packs.airline.rules.crew.duty_regime import Work, regime
from packs.airline.rules.crew.flight_time import SPLIT_BREAK_MINUTES
from packs.airline.rules.crew.rotation import rest_after, rest_before
from packs.airline.rules.crew.time_zones import Clock, Rest, time_difference
from packs.airline.tools.crew_figures import Roster, block_minutes, enlarged, room_after, standby_before, work_of
from packs.airline.tools.movements import landing


class Shift(Struct, frozen=True, kw_only=True):
    """The duty of one of the crews of an option, as short as it can be. All in minutes.

    Attributes:
        operator: The airline.
        row: Its row in ``duties``, or in ``crews`` for a reserve.
        work: The flight duty as its limits see it.
        report_utc: When the flight duty begins.
        began_utc: When what counts over days begins: with airport standby, and as if a duty before a rest went on.
        end_utc: Last on blocks.
        sector_minutes: Block time of the flight duty.
        flown_minutes: Block time that counts over days.
        totals: Duty and flight time behind it.
        rest_before: Room of the rest before.
        extension: What a break adds to the flight duty limit.
    """

    operator: AirOperator
    row: Item
    work: Work
    report_utc: int
    began_utc: int
    end_utc: int
    sector_minutes: int
    flown_minutes: int
    totals: Mapping[str, int]
    rest_before: int
    extension: int = 0

    @property
    def called(self) -> bool:
        """True for a reserve crew."""
        return "standby_start_utc" in self.row

    @property
    def in_standby(self) -> bool:
        """True if a reserve reports within its standby; true for a rostered crew."""
        starts, ends = (self.row.get(name) for name in ("standby_start_utc", "standby_end_utc"))
        return starts is None or ends is None or starts <= self.report_utc <= ends

    @property
    def duty_margin(self) -> int:
        """Room under the flight duty limit and, where there is one, the flight time limit."""
        minutes = self.end_utc - self.report_utc
        margin = regime(self.operator.duty_regime).duty_minutes(self.work) + self.extension - minutes
        most_flight = regime(self.operator.duty_regime).flight_minutes(self.work)
        return margin if most_flight is None else min(margin, most_flight - self.sector_minutes)

    @property
    def most_discretion(self) -> int:
        """Minutes by which the commander may lengthen the duty; a flight time limit stays."""
        rules = regime(self.operator.duty_regime)
        most_flight = rules.flight_minutes(self.work)
        return (
            0 if most_flight is not None and self.sector_minutes > most_flight else rules.discretion_minutes(self.work)
        )

    @property
    def next_rest_margin(self) -> int | None:
        """Room of the rest before the next duty; ``None`` where none is known."""
        if not self.row.get("next_report_utc"):
            return None
        release = self.end_utc + self.operator.figures.post_flight_minutes
        began = min(self.row.get("standby_start_utc", self.report_utc), self.report_utc)
        rules = regime(self.operator.duty_regime)
        extended = rules.rests_extended(self.work, self.end_utc - self.report_utc)
        after = rest_after(self.row, self.work.clock, began_utc=began, release_utc=release, extended=extended)
        return int(self.row["next_report_utc"]) - rules.rested_at(after)

    @property
    def cumulative_room(self) -> int | None:
        """Room under the limits over days; ``None`` without any record."""
        return room_after(
            self.operator, self.totals, began_utc=self.began_utc, end_utc=self.end_utc, flown_minutes=self.flown_minutes
        )


def too_generous(option: Option, roster: Roster) -> str:
    """The reason that the option's crew figures cannot be true; empty when nothing speaks against them.

    An option without a crew of its own is not judged here, nor a crew without a record, which is a gap of its own.
    """
    fields = option.fields
    found = list(_shifts(option, roster)) if fields["crew_id"] and "crew_report_utc" in option.parameters else []
    if not found:
        return ""
    if fields["crew_available"] and not all(each.in_standby for each in found):
        return "a reserve crew reports outside its standby"
    if any(each.called and each.report_utc < roster.received for each in found):
        return "a reserve crew reports before it can be called"
    if any(each.work.planned_utc is not None for each in found) and not _told_in_time(roster):
        return "the crew can no longer be told to report later"
    handed_over = _handed_over(option, roster)
    if handed_over and (handed_over[0]["origin"] not in roster.operator.hubs or not fields["downstream_crews_short"]):
        return "nobody is there to fly the rest of the duty"
    rooms = [each.cumulative_room for each in found]
    beyond = int(str(fields["discretion_minutes"]))
    if beyond > (allowed := max(each.most_discretion for each in found)):
        return f"the commander may lengthen the duty by {allowed} min at most"
    rest = min((each.next_rest_margin for each in found if each.next_rest_margin is not None), default=None)
    if fields["downstream_crews_short"] == 0 and rest is not None and rest < 0:
        return "it leaves too little rest before a next duty, and counts no crew short"
    for name, field, most in (
        ("duty margin", "crew_duty_margin_minutes", min(each.duty_margin for each in found) + beyond),
        ("rest margin", "crew_rest_margin_minutes", min(each.rest_before for each in found)),
        ("margin of the next rest", "crew_next_rest_margin_minutes", rest),
        ("cumulative margin", "crew_cumulative_margin_minutes", min((each for each in rooms if each is not None), default=None)),
    ):  # fmt: skip
        claimed = fields[field]
        if most is not None and (not isinstance(claimed, int) or claimed > most):
            return f"{name} above {most} min, the most that roster, records and delay leave"
    return ""


def _shifts(option: Option, roster: Roster) -> Iterator[Shift]:
    """The duties of everybody whom the option needs; the first is that of the crew that it names."""
    departure, flown = times.minutes(str(option.fields["departure_utc"])), _as_flown(roster, option)
    reports = roster.operator.report_minutes(roster.flight["type"])
    joining, fetching = (str(option.parameters.get(name, "")) for name in ("joined_by", "ferried_by"))
    delay = departure - roster.flight["departure_utc"]
    if option.fields["crew_id"] == roster.duty["crew_id"]:
        yield _rostered(flown, option, delay, joined=bool(joining))
    elif (crew := roster.crews.get(str(option.fields["crew_id"]))) is not None:
        report, crew = times.minutes(str(option.parameters["crew_report_utc"])), roster.relieving(crew)
        yield _reserve(flown, crew, report, flown.from_here(), _end(flown, delay))
    if (crew := roster.crews.get(joining)) is not None:
        shift = _reserve(flown, crew, departure - reports, flown.from_here(), _end(flown, delay))
        larger = structs.replace(shift.work, pilots=enlarged(roster.duty), rest_class=roster.duty["rest_class"])
        yield structs.replace(shift, work=larger)
    if (crew := roster.crews.get(fetching)) is not None:
        leaves = times.minutes(str(option.parameters["ferry_departure_utc"]))
        comes = leaves + roster.flight["block_minutes"]
        yield _reserve(flown, crew, leaves - reports, [roster.flight], comes)


def _as_flown(roster: Roster, option: Option) -> Roster:
    """The roster with the disrupted flight to where the option lands, at its scheduled departure."""
    planned = roster.flight
    _, arrival = landing(roster.operator, option, planned, planned["departure_utc"], roster.places)
    block = arrival - planned["departure_utc"]
    flight = planned | {"arrival_utc": arrival, "block_minutes": block}
    kept = roster.sectors[: len(roster.sectors) - len(_handed_over(option, roster))]
    sectors = [flight if each["flight_id"] == flight["flight_id"] else each for each in kept]
    return structs.replace(roster, flight=flight, sectors=sectors)


def _handed_over(option: Option, roster: Roster) -> Sequence[Item]:
    """The sectors of the duty that other crews fly, by the option."""
    starts = next(
        (at for at, each in enumerate(roster.sectors) if each["flight_id"] == option.parameters.get("recrewed_from")),
        len(roster.sectors),
    )
    return roster.sectors[starts:]


def _told_in_time(roster: Roster) -> bool:
    """True if the crew of the roster could be told to report later: the flight is its first, and it had not left for it."""
    notice = roster.operator.figures.delayed_report_notice_minutes
    first = bool(roster.sectors[0]["flight_id"] == roster.flight["flight_id"])
    return first and bool(roster.received + notice <= roster.duty["report_utc"])


def _end(roster: Roster, delay: int) -> int:
    return max(int(roster.flight["arrival_utc"]) + delay, int(roster.sectors[-1]["arrival_utc"]))


def _rostered(roster: Roster, option: Option, delay: int, *, joined: bool) -> Shift:
    """The crew of the roster: reported as planned or as late as it was told, or stood down at departure and rested since."""
    duty, report = roster.duty, times.minutes(str(option.parameters["crew_report_utc"]))
    stood_down, clock = max(roster.flight["departure_utc"], roster.received), roster.clock
    rest, worked, sectors = rest_before(duty, clock), 0, roster.sectors
    if option.parameters.get("crew_rested"):
        clock, rest = _resting(roster, stood_down)
        worked, sectors = rest.duty_minutes, roster.from_here()
    work = work_of(duty, report, sectors, clock=clock, rested_minutes=report - rest.from_utc)
    if report > duty["report_utc"] and not worked:
        work = structs.replace(work, planned_utc=duty["report_utc"])
    return Shift(
        operator=roster.operator,
        row=duty,
        work=structs.replace(work, pilots=enlarged(duty)) if joined else work,
        report_utc=report,
        began_utc=report - worked,
        end_utc=_end(roster, delay),
        sector_minutes=block_minutes(sectors),
        flown_minutes=block_minutes(roster.sectors),
        totals=roster.totals(duty["crew_id"]),
        rest_before=report - regime(roster.operator.duty_regime).rested_at(rest),
        extension=_break_extension(roster.operator.figures, roster.flight["departure_utc"] + delay - stood_down)
        if option.action == "delay_split_duty"
        else 0,
    )


def _resting(roster: Roster, stood_down: int) -> tuple[Clock, Rest]:
    """The clock where the crew of the roster rests instead of flying, and that rest."""
    clock = roster.clock
    here = roster.places.get(roster.flight["origin"]) or clock.begins
    rest = Rest(
        from_utc=stood_down,
        duty_minutes=stood_down - roster.duty["report_utc"],
        at_base=False,
        zone=clock.base.tz,
        difference_minutes=time_difference(clock.begins.tz, here.tz, stood_down),
    )
    return structs.replace(clock, begins=here), rest


def _reserve(roster: Roster, crew: Item, report_utc: int, sectors: Sequence[Item], end_utc: int) -> Shift:
    standby = crew["standby_start_utc"]
    clock = roster.reserve_clock(crew, report_utc)
    work = work_of(crew, report_utc, sectors, clock=clock, rested_minutes=standby - crew["previous_end_utc"])
    return Shift(
        operator=roster.operator,
        row=crew,
        work=structs.replace(work, standby_minutes=standby_before(crew, report_utc)),
        report_utc=report_utc,
        began_utc=min(standby, report_utc),
        end_utc=end_utc,
        sector_minutes=block_minutes(sectors),
        flown_minutes=block_minutes(sectors),
        totals=roster.totals(crew["crew_id"]),
        rest_before=standby - regime(roster.operator.duty_regime).rested_at(rest_before(crew, clock)),
    )


def _break_extension(figures: Figures, wait: int) -> int:
    """Minutes that a break in a wait adds to the flight duty limit: half of it from three hours on, without an hour around it."""
    pause = min(wait - figures.split_duty_away_minutes, figures.split_duty_counted_minutes)
    return pause // 2 if pause >= SPLIT_BREAK_MINUTES else 0
