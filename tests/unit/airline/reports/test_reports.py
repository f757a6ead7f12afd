"""Reports that used to be read wrongly in silence: each gives its right value, or the right question."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from conclave.agents.meter import Meter
from conclave.agents.prices import price_table
from conclave.api.intake import SubmissionInvalid, parse_submission
from conclave.pack import Unresolvable
from conclave.pack.tables import Item
from conclave.records.runs import Run
from conclave.steps.frame import frame_run
from conclave.testing.room import Unscreened
from conclave.testing.tables import MemoryTables
from conclave.types import Frame, Plan, RunStatus
from msgspec import structs
from packs.airline import PACK
from packs.airline.models import Cause, Incident, Problem
from packs.airline.reading.rereading import reread

from local.bedrock.offline.in_process import policy_extractor

pytestmark = pytest.mark.slow

MORNING = "2026-11-21T04:00:00Z"
LATE = "2026-11-20T21:30:00Z"
"""01:30 of the next day at the hub, 16:30 of the same day in New York."""
FRAMING_ONLY = structs.replace(PACK, plan=lambda incident, tables, now: Plan(options=(), facts=()), read_plainly=None)
"""Every report is read by a model: what it misreads is what is tested here."""


class Model:
    """A model that reads this in whatever it is shown: fields of the incident, and of its one problem, a technical one."""

    model_id = ""

    def __init__(self, **read: Any) -> None:
        self._read = read

    def extract(self, text: str, schema: Mapping[str, Any], received: str, meter: Meter) -> Mapping[str, Any]:
        del text, schema, received, meter
        told = {name: value for name, value in self._read.items() if name in ("cause", "minutes")}
        return {**self._read, "problems": [{"cause": "technical", **told}]}


def framed(text: str, tables: MemoryTables, *, now: str = MORNING, model: Any = None) -> Any:
    """The incident, or the code of the question."""
    run = Run(
        run_id="run-1",
        status=RunStatus.RUNNING,
        pack="airline",
        created_at=now,
        updated_at=now,
        correlation_id="c",
        text=text,
    )
    prices = price_table()
    extractor = model or policy_extractor(prices.model("fast"))
    outcome = frame_run(run, FRAMING_ONLY, tables, extractor, Unscreened(), Meter(prices))
    return with_first_problem(outcome) if isinstance(outcome, Frame) else outcome.code


def with_first_problem(frame: Frame) -> Mapping[str, Any]:
    """The incident of a report, with the fields of its first problem beside its own."""
    told: Any = frame.incident["problems"]
    return {**frame.incident, **next(iter(told), {})}


DURATIONS = [
    ("1 day 4 hours", 1680),
    ("2 days and 30 minutes", "incident_out_of_range"),
    ("1 day and 30 minutes", 1470),
    ("one day, four hours", 1680),
    ("1 day, 4 hours and 30 minutes", 1710),
    ("1d 4h", 1680),
    ("1d4h", 1680),
    ("a day and a half", 2160),
    ("half a day", 720),
    ("2 days", 2880),
    ("1h30", 90),
    ("1 hr 30", 90),
    ("1 hour and thirty minutes", 90),
    ("two hours forty minutes", 160),
    ("2 hours, 30 minutes", 150),
    ("an hour and three quarters", 105),
    ("90 min", 90),
    ("twenty-five minutes", 25),
    ("forty five minutes", 45),
    ("2 1/2 hours", 150),
    ("2\u00bd hours", 150),
    ("1/2 hour", 30),
    ("half an hour", 30),
    ("three quarters of an hour", 45),
    ("PT1H30M", 90),
    ("P1DT4H", 1680),
    ("1 Tag und 4 Stunden", 1680),
    ("un jour et 4 heures", 1680),
    ("1 dia y 4 horas", 1680),
    ("1 giorno e 4 ore", 1680),
    ("48 hours", 2880),
    ("1 day, 2 hours and 15 minutes", 1575),
    ("2h30m", 150),
    ("1,440 minutes", 1440),
    ("1.440 minutes", 1440),
    ("1,5 hours", 90),
    ("a couple of hours", 120),
    ("an hour or two", 120),
    ("4 to 6 hours", 360),
    ("fourty minutes", 40),
    ("one and a half days", 2160),
    ("two and a half days", "incident_out_of_range"),
    ("49 hours", "incident_out_of_range"),
    ("3 days", "incident_out_of_range"),
    ("a week", "incident_out_of_range"),
]


@pytest.mark.parametrize(("said", "wanted"), DURATIONS)
def test_a_duration_counts_all_its_terms(tables: MemoryTables, said: str, wanted: Any) -> None:
    outcome = framed(f"EY17 hydraulic leak, needs {said} to fix", tables)
    assert (outcome if isinstance(outcome, str) else outcome["minutes"]) == wanted


@pytest.mark.parametrize(
    ("said", "wanted"),
    [
        ("since 2 hours", 0),
        ("for the last 2 hours", 0),
        ("seit 2 Stunden", 0),
        ("since 2 hours, 3 hours more", 180),
        ("delayed from 2 hours to 5 hours", 300),
        ("started 1 hour ago, needs 4 hours", 240),
        ("1 hour already lost, 2 hours to go", 120),
        ("ready in 2 hours", 120),
        ("2:30 to fix", 150),
        ("STD 2:30 h", 0),
    ],
)
def test_a_duration_that_is_over_is_not_a_delay(tables: MemoryTables, said: str, wanted: int) -> None:
    assert framed(f"EY17 AOG {said}", tables)["minutes"] == wanted


@pytest.mark.parametrize(
    "said",
    [
        "on 31 September",
        "on 31/09",
        "on 0 November",
        "on 00.11.2026",
        "on 31st of June",
        "on 29 Feb 2027",
        "on 20261131",
        "on 31NOV26",
        "on Nov 31",
        "el 31 de noviembre",
        "on 31-11",
        "on 31.11",
        "on the 32nd",
        "on 31 November",
        "on November 31st",
        "on 30 Feb",
        "on 21.13.2026",
        "on 31.11.2026",
        "on 2026-02-29",
        "on 2026-13-01",
        "31/11",
        "on 31/11/2026",
        "on 11/31/2026",
        "31NOV",
        "on 29 February",
        "on 32 November",
        "am 31. November",
        "le 31 novembre",
        "am 31.11.",
    ],
)
def test_a_day_that_does_not_exist_is_asked_back(tables: MemoryTables, said: str) -> None:
    assert framed(f"EY17 {said} is AOG", tables) == "incident_date_impossible"


@pytest.mark.parametrize(
    "text",
    [
        "EY17 fog at LHR, METAR EGLL 18010KT 0300 FG BKN001 06/06 Q1013",
        "EY17 held by fog, CAVOK 06/06 later",
        "EY17 rwy 12/30 closed",
        "EY17: runway 09/27 closed, snow",
        "EY17 is AOG, needs 1/2 hour",
        "EY17 AOG, engineers on it 24/7",
        "EY17 AOG, 24/7 support called",
        "EY17 AOG, 2/3 of passengers boarded",
        "EY17 AOG at gate 12/3",
        "EY17 AOG, tank 3/4 full",
        "EY17 fog, visibility 1.5. More later",
        "EY17 engine 1/2 fault",
        "EY17 METAR OMAA 211200Z 24008KT 9999 FEW020 31/12 Q1013 fog",
        "EY17 fog, taxiway 12/3 closed",
        "EY17 AOG, tyre 3/4 flat",
        "EY17 AOG, flap 5/10 fault",
        "EY17 AOG, row 12/11 seat broken",
        "EY17 24-22-01 AOG",
        "EY17 AOG, on 4-6 hours notice",
        "EY17 AOG on the 2nd engine",
    ],
)
def test_figures_that_are_not_a_day_leave_it_at_today(tables: MemoryTables, text: str) -> None:
    outcome = framed(text, tables)
    assert outcome["date"] == "2026-11-21"


@pytest.mark.parametrize(
    "said",
    [
        "22/11",
        "on 22/11",
        "on 22.11.2026",
        "(22/11)",
        "on 22-11",
        "on 22-11-26",
        "on 22.11",
        "on the 22nd",
        "on 2026-11-22",
        "am 22.11.",
    ],
)
def test_figures_that_are_a_day_stay_one(tables: MemoryTables, said: str) -> None:
    assert framed(f"EY17 {said} is AOG", tables)["date"] == "2026-11-22"


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("EY17 today is AOG", "2026-11-21"),
        ("EY17 tonight is AOG", "2026-11-21"),
        ("EY17 tomorrow is AOG", "2026-11-22"),
        ("EY17 yesterday was AOG", "2026-11-20"),
        ("EY17 heute defekt", "2026-11-21"),
        ("Saturday's EY17 is AOG", "2026-11-21"),
        ("Sunday's EY17 is AOG", "2026-11-22"),
        ("last Friday's EY17 is AOG", "2026-11-20"),
        ("AUH to ZRH today: fog", "2026-11-21"),
        ("EY17 is AOG", "2026-11-21"),
        ("EY104 today is AOG", "2026-11-20"),
        ("EY104 tomorrow is AOG", "2026-11-21"),
    ],
)
def test_a_relative_day_is_one_of_the_place_of_departure(tables: MemoryTables, text: str, day: str) -> None:
    """Half past one at night at the hub, and afternoon of the day before in New York (EY104)."""
    assert framed(text, tables, now=LATE)["date"] == day


def test_two_relative_days_are_asked_back_as_days_of_the_place(tables: MemoryTables) -> None:
    with pytest.raises(Unresolvable) as asked:
        PACK.resolve(Incident(flight="EY17", unclear="today today+1"), tables, LATE)
    assert asked.value.code == "date_ambiguous"
    assert asked.value.candidates == ("EY17 2026-11-21 AUH-LHR", "EY17 2026-11-22 AUH-LHR")


def test_a_relative_and_a_written_day_that_are_one_need_no_question(tables: MemoryTables) -> None:
    assert framed("EY17 today, 21 November, is AOG", tables, now=LATE)["date"] == "2026-11-21"


CAUSES = [
    ("captain reports smoke in the cabin", "technical"),
    ("the captain says hydraulic leak", "technical"),
    ("captain says there is a hydraulic leak", "technical"),
    ("FO reports tyre burst", "technical"),
    ("crew noticed a bird strike", "technical"),
    ("crew has just reported fumes", "technical"),
    ("cabin crew report a burning smell in the galley", "technical"),
    ("purser smelled something burning", "technical"),
    ("pilot: pressurisation fault", "technical"),
    ("smoke in the cockpit, according to the first officer", "technical"),
    ("fire in the cargo hold", "technical"),
    ("smoke from cargo, captain informed", "technical"),
    ("loadmaster found a fuel leak", "technical"),
    ("ATC reports smoke from the left engine", "technical"),
    ("tower saw flames", "technical"),
    ("passengers smell fumes", "technical"),
    ("Kapitän meldet Rauch in der Kabine", "technical"),
    ("le commandant signale de la fumée en cabine", "technical"),
    ("el capitán informa de humo en cabina", "technical"),
    ("il comandante segnala fumo in cabina", "technical"),
    ("captain is sick", "crew"),
    ("captain reports sick", "crew"),
    ("captain called in sick", "crew"),
    ("captain reports the first officer is ill", "crew"),
    ("station reports the captain is sick", "crew"),
    ("crew out of hours", "crew"),
    ("captain: fatigued", "crew"),
    ("engineers say the captain is sick", "crew"),
    ("captain reports fog at destination", "weather"),
    ("crew report a late slot from ATC", "atc"),
    ("captain says the runway is closed", "airport"),
    ("purser reports a sick passenger", "other"),
    ("fire brigade on strike", "airport"),
    ("wildfire smoke over the field", "weather"),
    ("captain requests a doctor for a passenger", "other"),
    ("smoke reported in the galley by the purser", "technical"),
    ("purser says the captain collapsed", "crew"),
    ("captain reports wubble", "incident_cause_unclear"),
]


@pytest.mark.parametrize(("said", "wanted"), CAUSES)
def test_who_reports_is_not_what_is_wrong(tables: MemoryTables, said: str, wanted: str) -> None:
    outcome = framed(f"EY17: {said}", tables)
    assert (outcome if isinstance(outcome, str) else outcome["cause"]) == wanted


def spelled(rows: dict[str, list[Item]], number: str) -> MemoryTables:
    """The sample with EY61-like numbers as another system wrote them: EY17 is called ``number``."""
    flights = [each | ({"number": number} if each["number"] == "EY17" else {}) for each in rows["flights"]]
    return MemoryTables(PACK.tables, {**rows, "flights": flights})


@pytest.mark.parametrize("scheduled", ["EY17", "EY017", "EY0017"])
@pytest.mark.parametrize("said", ["EY17", "EY017", "EY 17", "EY 017", "ey0017", "flight 17", "Etihad 017", "EY-17"])
def test_leading_zeros_reach_their_flight(rows: Any, scheduled: str, said: str) -> None:
    assert framed(f"{said} is AOG", spelled(rows, scheduled))["flight_id"] == "EY17-2026-11-21"


@pytest.mark.parametrize("said", ["EY17D", "ey17d", "EY 17D", "EY017D", "EY-17D", "flight 17D"])
def test_a_suffix_reaches_its_flight(rows: Any, said: str) -> None:
    assert framed(f"{said} is AOG", spelled(rows, "EY17D"))["flight_id"] == "EY17-2026-11-21"


def test_a_suffix_that_is_not_scheduled_is_asked_back_with_the_flight_without(tables: MemoryTables) -> None:
    assert framed("EY17D is AOG", tables) == "incident_flight_unknown"
    with pytest.raises(Unresolvable) as asked:
        PACK.resolve(Incident(flight="EY17D"), tables, MORNING)
    assert "EY17 2026-11-21 AUH-LHR" in asked.value.candidates


@pytest.mark.parametrize(
    ("text", "read", "wanted"),
    [
        ("EY17 on 31 November is AOG", {"date": "2026-11-30"}, "incident_date_impossible"),
        ("EY17 AOG", {"date": "2026-11-31"}, "incident_date_impossible"),
        ("EY17 AOG, 1 day 4 hours", {"minutes": 240}, "incident_delay_unclear"),
        ("EY17 AOG, 49 hours", {"minutes": 2880}, "incident_delay_too_long"),
        ("EY17 AOG, 49 hours", {"minutes": 2940}, "incident_out_of_range"),
        ("EY17 AOG since 2 hours", {"minutes": 120}, "incident_delay_unclear"),
        ("EY17 AOG, in 2 hours it is 3 hours old", {"minutes": 0}, "incident_delay_unclear"),
        ("EY17 captain sick of fumes", {"cause": "crew"}, "incident_cause_unclear"),
    ],
)
def test_a_model_that_misreads_leads_to_a_question(
    tables: MemoryTables, text: str, read: dict[str, Any], wanted: str
) -> None:
    model = Model(**{"flight": "EY17", **read})
    assert framed(text, tables, model=model) == wanted


@pytest.mark.parametrize(
    ("text", "read", "wanted"),
    [
        ("EY17 today is AOG", {"date": "2026-11-20"}, {"date": "2026-11-21"}),
        ("EY17 today is AOG", {"date": "today"}, {"date": "2026-11-21"}),
        ("EY17 captain reports smoke", {"cause": "crew"}, {"cause": "technical"}),
        ("EY17 captain reports smoke", {"cause": "other"}, {"cause": "technical"}),
        ("EY17 captain is sick", {"cause": "crew"}, {"cause": "crew"}),
        ("EY17 AOG, needs 4 hours, started 1 hour ago", {"minutes": 180}, {"minutes": 180}),
    ],
)
def test_what_code_reads_goes_before_what_a_model_read(
    tables: MemoryTables, text: str, read: dict[str, Any], wanted: dict[str, Any]
) -> None:
    model = Model(**{"flight": "EY17", **read})
    outcome = framed(text, tables, now=LATE, model=model)
    assert {name: outcome[name] for name in wanted} == wanted


@pytest.mark.parametrize(
    ("incident", "said"),
    [
        (
            {"problems": [{"minutes": 2940}]},
            ["problems[0].minutes can be at most 2,880 min", "48 hours", "Report 2880"],
        ),
        ({"problems": [{"minutes": -1}]}, ["problems[0].minutes can be at least 0 min"]),
        ({"problems": [{"minutes": "soon"}]}, ["problems[0].minutes must be a whole number"]),
        ({"date": "21.11.2026"}, ["date has another form", "2026-11-21"]),
        ({"flight": "17"}, ["flight has another form", "XY17"]),
        ({"problems": [{"cause": "gremlins"}]}, ["problems[0].cause is not one of its values", "technical"]),
    ],
)
def test_a_typed_incident_is_refused_in_a_sentence(incident: dict[str, Any], said: Sequence[str]) -> None:
    with pytest.raises(SubmissionInvalid) as refused:
        parse_submission({"incident": {"flight": "EY17", **incident}}, PACK, "2026-11-21")
    message = str(refused.value)
    assert refused.value.status == 400
    assert all(words in message for words in said), message
    assert not any(word in message for word in ("Expected", "$.", "regex"))


def test_a_typed_day_that_does_not_exist_is_told(tables: MemoryTables) -> None:
    with pytest.raises(Unresolvable) as asked:
        PACK.resolve(Incident(flight="EY17", date="2026-02-29"), tables, MORNING)
    assert asked.value.code == "date_impossible"
    assert "2026-02-29 is not a day of the calendar" in asked.value.message


def test_what_the_text_has_no_known_words_for_is_told(tables: MemoryTables) -> None:
    read = Incident(flight="EY17", problems=(Problem(cause=Cause.WEATHER, minutes=120),))
    again = reread(read, "EY17 is wubble", MORNING, tables)
    assert again == structs.replace(read, not_understood=("weather: no known word says so", "EY17 is wubble"))


def test_a_sick_captain_and_fumes_are_two_problems(tables: MemoryTables) -> None:
    outcome = framed("EY17: captain sick from fumes", tables)
    assert [each["cause"] for each in outcome["problems"]] == ["crew", "technical"]
