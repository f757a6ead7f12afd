"""Sentences as dispatchers write them: read rightly, told or asked, and never misunderstood in silence, by whatever model."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from conclave.agents.meter import Meter
from conclave.agents.prices import price_table
from conclave.codec import convert, plain
from conclave.pack import Unresolvable
from conclave.records.runs import Run
from conclave.steps.frame import typed_incident
from conclave.testing.tables import MemoryTables
from conclave.types import RunStatus
from msgspec import structs
from packs.airline import PACK
from packs.airline.models import Incident

from bench.sentences import main
from evaluation.airline.reading import RIGHT, SILENT, read_sentence, suite, verdict
from local.bedrock.offline.in_process import policy_extractor

pytestmark = pytest.mark.slow

DATE = "2026-11-21"
NOW = f"{DATE}T04:00:00Z"
CASES = suite()
IN_THE_FAST_LOOP = 4
"""One of so many sentences, for what is tried on each in many ways."""
STYLES = {
    "radio", "delay codes", "MVT", "e-mail", "voice", "mixed", "two problems", "withdrawal", "slots", "windows", "tails",
    "closures", "MEL", "position",
}  # fmt: skip
PRICES = price_table()
EXTRACTOR = policy_extractor(PRICES.model("fast"))


class Model:
    """A model that reads this in whatever it is shown."""

    model_id = ""

    def __init__(self, read: Mapping[str, Any]) -> None:
        self._read = read

    def extract(self, text: str, schema: Mapping[str, Any], received: str, meter: Meter) -> Mapping[str, Any]:
        del text, schema, received, meter
        return self._read


def test_the_suite_has_all_styles_and_enough_sentences() -> None:
    assert len({each["text"] for each in CASES}) == len(CASES) >= 140
    assert {each["style"] for each in CASES} == STYLES


@pytest.mark.parametrize("case", CASES, ids=[case["text"][:60] for case in CASES])
def test_a_sentence_is_read_rightly(case: Mapping[str, Any], tables: MemoryTables) -> None:
    read = read_sentence(case["text"], PACK, tables, EXTRACTOR, PRICES, NOW)
    assert verdict(read, case["right"], DATE) == RIGHT, read


def model_reads(text: str, tables: MemoryTables, answer: Mapping[str, Any] | None = None) -> Incident:
    """The incident of a text as the run takes it on, with the offline reader or with a model that answers this."""
    run = Run(
        run_id="r",
        status=RunStatus.RUNNING,
        pack="airline",
        created_at=NOW,
        updated_at=NOW,
        correlation_id="c",
        text=text,
    )
    extractor = EXTRACTOR if answer is None else Model(answer)
    incident: Incident = typed_incident(run, PACK, tables, extractor, Meter(PRICES))
    return incident


def spoiled(answer: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """The same answer with each field in turn left out, of itself and of each problem, and each problem left out.

    The scheduled time of departure tells flights apart that have no number; beside a number it says nothing.
    """
    for name, value in answer.items():
        if value and name not in ("problems", "unclear", "not_understood", "departure"):
            yield f"without {name}", {**answer, name: ""}
    problems = list(answer["problems"])
    for index, problem in enumerate(problems):
        yield f"without problem {index}", {**answer, "problems": problems[:index] + problems[index + 1 :]}
        for name, value in problem.items():
            if value and name not in ("about", "of", "assumed_minutes"):
                worse = {each: told for each, told in problem.items() if each != name}
                yield (
                    f"problem {index} without {name}",
                    {**answer, "problems": [*problems[:index], worse, *problems[index + 1 :]]},
                )


def understood(incident: Incident) -> Mapping[str, Any]:
    """What is read, without what is told beside it."""
    read: Mapping[str, Any] = plain(structs.replace(incident, not_understood=()))
    return read


SPOILED = [case for case in CASES if not any(each.get("asks") for each in case["right"])]


@pytest.mark.parametrize(
    "case",
    [pytest.param(each, marks=pytest.mark.slow if at % IN_THE_FAST_LOOP else ()) for at, each in enumerate(SPOILED)],
    ids=[case["text"][:60] for case in SPOILED],
)
def test_a_model_that_drops_a_field_is_corrected_told_or_asked(case: Mapping[str, Any], tables: MemoryTables) -> None:
    """Each drop is put right by code, told in ``not_understood``, or asked back."""
    right = model_reads(case["text"], tables)
    told = {name: value for name, value in plain(right).items() if name != "not_understood"}
    for what, answer in spoiled(told):
        convert(answer, Incident)
        try:
            read = model_reads(case["text"], tables, answer)
        except Unresolvable:
            continue
        more_told = set(read.not_understood) - set(right.not_understood)
        assert understood(read) == understood(right) or more_told, (what, read)


@pytest.mark.parametrize(
    ("text", "answer", "code"),
    [
        ("EY17 hyd leak 3 hrs", {"cause": "technical", "minutes": 30}, "delay_unclear"),
        ("EY17 hyd leak 3 hrs", {"cause": "crew", "minutes": 180}, "cause_unclear"),
        ("EY17 hyd leak, ETR 1430Z", {"cause": "technical", "not_before": "15:30Z"}, "time_unclear"),
        ("EY17 hyd leak, ETR 1430Z", {"cause": "technical"}, "time_unclear"),
        ("EY17 not AOG any more", {"cause": "technical"}, "status_unclear"),
        ("EY17 is AOG", {"cause": "technical", "status": "withdrawn"}, "status_unclear"),
        ("EY17 might have a fuel leak", {"cause": "technical"}, "status_unclear"),
        ("EY17 toilets u/s, MEL raised", {"cause": "technical"}, "item_unclear"),
        ("EY17 is AOG", {"cause": "technical", "item": "mel"}, "item_unclear"),
        ("EY17 DL93/0145", {"cause": "late_inbound", "minutes": 105, "delay_code": "41"}, "code_unclear"),
        ("EY17 FO sick and hyd leak 3 hrs", {"cause": "technical", "minutes": 180}, "cause_unclear"),
        ("EY17 leak. Disregard my last", {"cause": "technical"}, "status_unclear"),
        ("EY17 AOG, 2 hrs, 4 hrs", {"cause": "technical", "minutes": 120}, "delay_unclear"),
        ("EY17 AOG 1430Z", {"cause": "technical", "not_before": "14:30Z"}, "delay_unclear"),
    ],
)
def test_a_wrong_answer_is_asked_back(text: str, answer: Mapping[str, Any], code: str, tables: MemoryTables) -> None:
    with pytest.raises(Unresolvable) as asked:
        model_reads(text, tables, {"flight": "EY17", "problems": [answer]})
    assert asked.value.code == code
    assert asked.value.message


@pytest.mark.parametrize(
    ("text", "answer", "code"),
    [
        ("EY17 is AOG", {"flight": "EY19"}, "flight_unclear"),
        ("EY17 with A6-BBB is AOG", {"flight": "EY17", "tail": "A6-BAZ"}, "tail_unclear"),
        ("EY17 returned to stand, AOG", {"flight": "EY17", "position": "air"}, "position_unclear"),
        ("EY17 AOG, diverted to VIE", {"flight": "EY17", "position": "landed", "landed_at": "IST"}, "position_unclear"),
        ("EY17 on 22 November is AOG", {"flight": "EY17", "date": "2026-11-25"}, "date_unclear"),
    ],
)
def test_wrong_names_are_asked_back(text: str, answer: Mapping[str, Any], code: str, tables: MemoryTables) -> None:
    with pytest.raises(Unresolvable) as asked:
        model_reads(text, tables, {**answer, "problems": [{"cause": "technical"}]})
    assert asked.value.code == code


@pytest.mark.parametrize(
    ("text", "answer", "wanted"),
    [
        (
            "EY17 slot CTOT 1640",
            {"cause": "atc", "not_before": "16:40", "of": "over"},
            {"not_before": "16:40Z", "of": "take_off"},
        ),
        (
            "EY17 LHR closed until 1500Z",
            {"cause": "airport", "not_before": "15:00"},
            {"not_before": "", "closed_until": "15:00Z"},
        ),
        ("EY17 DL93/0145", {"cause": "late_inbound", "minutes": 105}, {"delay_code": "93"}),
    ],
)
def test_what_code_reads_for_certain_goes_before_the_model(
    text: str, answer: Mapping[str, Any], wanted: Mapping[str, Any], tables: MemoryTables
) -> None:
    (problem,) = plain(model_reads(text, tables, {"flight": "EY17", "problems": [answer]}))["problems"]
    assert {name: problem[name] for name in wanted} == wanted


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("EY17 AOG, swap to A6-BAT possible?", "A6-BAT"),
        ("EY17 hyd leak, 135 pax on board", "135 pax"),
        ("EY17 late inbound EY18, 40 min", "flight EY18"),
        ("EY17 runway closed because of snow", "snow"),
        ("EY17 fog at CDG", "airport CDG"),
        ("EY17 AOG, found at 0350Z", "found at 0350Z"),
        ("EY17 crew bus, pickup 30 late", "pickup 30 late"),
        ("EY17 hyd leak, parts arrive tomorrow", "arrive tomorrow"),
        ("EY17 wubble fizzed", "EY17 wubble fizzed"),
        ("EY17 AOG 2 hrs\n> EY17 AOG 6 hrs", "older message: EY17 AOG 6 hrs"),
    ],
)
def test_what_ends_in_no_field_is_told(text: str, told: str, tables: MemoryTables) -> None:
    incident = model_reads(text, tables)
    abouts = {each.about for each in incident.problems}
    assert told in incident.not_understood or told.removeprefix("airport ") in abouts


def test_of_two_flights_the_one_that_is_over_is_not_guessed(tables: MemoryTables) -> None:
    with pytest.raises(Unresolvable) as asked:
        model_reads("EY17 is not AOG, that was EY19", tables)
    assert (asked.value.code, asked.value.candidates) == ("flight_ambiguous", ("EY17", "EY19"))


def test_the_airport_of_the_flight_itself_is_not_told(tables: MemoryTables) -> None:
    read = read_sentence("EY17 AOG at AUH", PACK, tables, EXTRACTOR, PRICES, NOW)
    assert read.not_understood == ()


def test_an_airlines_own_words_come_from_its_tables(rows: Any) -> None:
    words = [
        {"field": "flight", "word": "Zephyr", "value": "EY"},
        {"field": "cause", "word": "gone bananas", "value": "technical"},
        {"field": "airport", "word": "the old field", "value": "ZRH"},
    ]
    tables = MemoryTables(PACK.tables, {**rows, "words": words})
    read = read_sentence("Zephyr 17 gone bananas, 2 hrs", PACK, tables, EXTRACTOR, PRICES, NOW)
    assert (read.understood["flight"], read.understood["problems"]) == (
        "EY17",
        [{"cause": "technical", "minutes": 120}],
    )
    assert read_sentence("Etihad 17 AOG", PACK, tables, EXTRACTOR, PRICES, NOW).asked.startswith("flight_missing")


def test_the_bench_reads_a_file_of_sentences(tmp_path: Any, capsys: pytest.CaptureFixture[str]) -> None:
    texts = tmp_path / "texts.txt"
    texts.write_text("EY17 AOG\\n> EY19 AOG\nwubble\n", encoding="utf-8")
    assert main(["--texts", str(texts), "--json"]) == 0
    shown = capsys.readouterr().out
    assert '"sentences": 2' in shown
    assert "flight_missing" in shown
    assert SILENT not in shown


@pytest.mark.parametrize("route", ["AUH-MEL", "to MEL", "from AUH to MEL"])
def test_the_code_of_melbourne_is_not_a_deferral(tables: MemoryTables, route: str) -> None:
    """A flight there was dispatched with its leak: the letters alone are an airport, too."""
    (problem,) = model_reads(f"EY460 {route} has a hydraulic leak, needs 3 hours", tables).problems
    assert (problem.item, problem.minutes) == ("", 180)
    (deferred,) = model_reads(f"EY460 {route}, pack inop, MEL applied", tables).problems
    assert deferred.item == "mel"
