from __future__ import annotations

import json
import re

import msgspec
import pytest
from conclave.agents.extraction import HINTS, incident_schema
from conclave.pack import load_pack
from conclave.testing.tables import MemoryTables
from conclave.types import AgentKind
from packs.airline import PACK
from packs.airline.models import Cause, Incident, Problem
from packs.airline.reading.words.general import AIRPORT_KEYWORDS, ELSEWHERE


def test_the_declarations_fit_together() -> None:
    assert load_pack("airline") is PACK
    PACK.validate()


def test_there_are_seven_specialists_and_an_arbiter() -> None:
    kinds = {agent.name: agent.kind for agent in PACK.agents}
    assert [name for name, kind in kinds.items() if kind is AgentKind.SAFETY] == [
        "crew_compliance",
        "maintenance",
        "regulatory",
    ]
    assert [name for name, kind in kinds.items() if kind is AgentKind.BUSINESS] == [
        "network",
        "guest_experience",
        "cargo",
        "finance",
    ]
    assert PACK.arbiter.name == "arbiter"


@pytest.mark.parametrize("agent", [agent.name for agent in PACK.agents])
def test_prompts_say_what_is_good_and_when_to_be_cautious_in_few_words_and_without_a_date(agent: str) -> None:
    prompt = PACK.prompt(agent)
    assert 20 <= len(prompt.split()) <= 80
    assert "caution" in prompt.lower() or agent == PACK.arbiter.name
    assert "Texts:" in prompt or PACK.agent(agent).kind is not AgentKind.SAFETY
    assert not re.search(r"20\d\d", prompt)


def test_specialists_have_checks_and_objectives_that_add_up() -> None:
    for agent in PACK.specialists:
        assert agent.checks
        assert sum(objective.weight for objective in agent.objectives) == pytest.approx(1.0)
        assert {objective.field for objective in agent.objectives} <= set(agent.fields)


def test_the_incident_has_a_schema_that_tells_how_to_read_a_sentence() -> None:
    schema = msgspec.json.schema(Incident)
    properties = schema["$defs"]["Incident"]["properties"]
    problem = schema["$defs"]["Problem"]["properties"]
    assert problem["minutes"]["unit"] == "min"
    assert properties["date"]["format"] == "date"
    assert properties["origin"]["after"][0] == "from"
    statements = properties["problems"]["statements"]
    assert {*statements["words"], *statements["topics"]} - {""} == {cause.value for cause in Cause}
    assert set(statements["fields"].values()) <= set(problem)
    json.dumps(schema)


def test_no_model_is_shown_the_hints() -> None:
    shown = json.dumps(incident_schema(PACK))
    assert not [hint for hint in HINTS if f'"{hint}"' in shown]
    assert '"jargon"' in json.dumps(incident_schema(PACK, hints=True))


def test_keywords_name_airports_of_the_network() -> None:
    codes = {item["iata"] for item in PACK.sample("2026-11-21", 1)["airports"]}
    assert set(AIRPORT_KEYWORDS) <= codes
    assert not set(ELSEWHERE) & codes


@pytest.mark.parametrize(
    "incident", [Incident(), Incident(flight="EY17", origin="AUH", problems=(Problem(cause=Cause.ATC),))]
)
def test_an_incident_survives_json(incident: Incident) -> None:
    assert msgspec.json.decode(msgspec.json.encode(incident), type=Incident) == incident


@pytest.mark.parametrize(
    "fields",
    [{"flight": "LHX17"}, {"origin": "ABCD"}, {"problems": [{"minutes": -1}]}, {"problems": [{"cause": "magic"}]}],
)
def test_an_incident_out_of_form_is_refused(fields: dict[str, object]) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(fields, Incident)


def test_examples_name_flights_of_the_sample() -> None:
    numbers = {(item["number"], item["date"]) for item in PACK.sample("2026-02-05", 4)["flights"]}
    sentences = PACK.examples("2026-02-05")
    assert len(sentences) >= 10
    for sentence in sentences:
        match = re.search(r"EY\d+", sentence)
        assert match
        assert (match[0], "2026-02-05") in numbers


@pytest.mark.slow
def test_typed_example_is_an_incident_that_the_sample_completes() -> None:
    typed = PACK.typed_example("2026-02-05")
    incident = msgspec.convert(dict(typed), Incident)
    tables = MemoryTables(PACK.tables, {name: list(rows) for name, rows in PACK.sample("2026-02-05", 1).items()})
    resolved = PACK.resolve(incident, tables, "2026-02-05T04:00:00Z")
    assert resolved.flight_id
    assert len(PACK.plan(resolved, tables, "2026-02-05T04:00:00Z").options) > 1
