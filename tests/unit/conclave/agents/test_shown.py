"""What prompts show of options and facts: few cells, nothing twice, nothing lost, one order."""

from __future__ import annotations

from conclave.agents.prompts import user_prompt
from conclave.agents.shown.facts import fact_grid
from conclave.agents.shown.options import shown_options
from conclave.pack import Agent, Objective
from conclave.pack.incident_fields import told
from conclave.types import AgentKind, Constraint, Fact, Operator, Option, Phase, Value
from conclave.untrusted.sections import Content, read
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs
from packs.airline.models import Incident, Problem

from local.bedrock.offline import prompt as stand_in

AGENT = Agent(
    name="buyer",
    title="Buyer",
    kind=AgentKind.BUSINESS,
    tier="fast",
    fields=["delay", "tail", "cost"],
    objectives=(Objective(field="cost", goal="min", weight=0.4),),
)
VALUES = st.one_of(st.none(), st.integers(0, 2), st.sampled_from(["A6-BAD", "A6-BS2"]))
ROWS = st.lists(st.fixed_dictionaries({"delay": VALUES, "tail": VALUES, "cost": VALUES}), min_size=1, max_size=9)


def option(number: int, **fields: Value) -> Option:
    return Option(id=f"O{number}", action="delay", parameters={}, fields=fields, summary="")


def rule(field: str, value: Value = 0, **cells: object) -> Constraint:
    plain = Constraint(
        id=field,
        field=field,
        operator=Operator.LE,
        value=value,
        unit="min",
        hard=True,
        source="s",
        evidence_id="e",
        reason="r",
        agent="buyer",
    )
    return structs.replace(plain, **cells)


def prompt(options: list[Option], *constraints: Constraint, phase: Phase = Phase.RECOMMEND) -> str:
    return user_prompt(
        agent=AGENT, phase=phase, incident={}, options=options, constraints=constraints, gaps=(), facts=(), label="x"
    ).text


def sections(text: str) -> dict[str, Content]:
    return read(text[text.index("<data-") :], "x")


@given(ROWS)
def test_every_option_is_shown_once_and_the_order_is_that_of_the_scores(rows: list[dict[str, Value]]) -> None:
    options = [option(number, **fields) for number, fields in enumerate(rows)]
    asked = user_prompt(
        agent=AGENT, phase=Phase.RECOMMEND, incident={}, options=options, constraints=(), gaps=(), facts=(), label="x"
    )
    assert sorted(asked.option_ids) == sorted(each.id for each in options)
    seen = stand_in.read([asked.text]).options
    assert [each["id"] for each in seen] == list(asked.option_ids)
    by_id = {each["id"]: each for each in seen}
    for each in options:
        shown = {name: by_id[each.id].get(name) for name in AGENT.fields}
        assert shown == {name: float(value) if isinstance(value, int) else value for name, value in each.fields.items()}


def test_options_that_look_alike_share_a_row_and_those_without_most_fields_a_table() -> None:
    same: dict[str, Value] = {"delay": 30, "tail": "A6-BAD", "cost": 1}
    options = [
        option(1, **same),
        option(2, cost=9, delay=None, tail=None),
        option(3, **same),
        option(4, **same | {"cost": 2}),
    ]
    text = prompt(options)
    assert (
        "<options>\n[options 2] action=delay,delay=30,tail=A6-BAD\nid,cost:min:0.4\nO1 O3,1\nO4,2\n"
        "[others 1]\nid,action,cost:min:0.4\nO2,delay,9\n" in text
    )
    assert shown_options(AGENT, options).option_ids == ["O1", "O3", "O4", "O2"]
    (preference,) = stand_in.read([text]).preferences
    assert (preference.field, preference.goal, preference.weight) == ("cost", "min", 0.4)


def test_constraints_with_one_predicate_share_a_row_and_units_stand_where_no_name_tells_them() -> None:
    rules = (rule("delay_minutes"), rule("wait_minutes"), rule("delay_minutes", 9, hard=False), rule("waiting", 5))
    text = prompt([option(1, delay=1)], *rules)
    assert (
        "<constraints>\n[all] operator=<=\nfield,value,unit,soft\n"
        "delay_minutes wait_minutes,0,,\ndelay_minutes,9,,1\nwaiting,5,min,\n" in text
    )
    seen = stand_in.read([text]).rules
    assert [(each.field, each.value, each.hard) for each in seen] == [
        ("delay_minutes", 0.0, True),
        ("wait_minutes", 0.0, True),
        ("delay_minutes", 9.0, False),
        ("waiting", 5.0, True),
    ]
    foreign = prompt([option(1, delay=1)], rule("waiting", agent="guard"))
    assert "waiting,<=,0,min,guard" in foreign


def test_the_id_of_a_fact_is_its_columns_name_and_the_cell() -> None:
    grid = fact_grid(
        "forecast",
        [
            Fact(id=f"weather/AUH/{hour}", kind="forecast", values={"from_utc": hour, "station": "AUH", "wind_kt": 3})
            for hour in ("2026-11-21T06:00:00Z", "2026-11-21T12:00:00Z")
        ],
    )
    assert grid.columns == ["weather/AUH/", "wind_kt", "text"]
    assert [row[0] for row in grid.rows] == ["2026-11-21T06:00:00Z", "2026-11-21T12:00:00Z"]


@given(st.lists(st.text(alphabet='ab/<," \n', max_size=8), min_size=1, max_size=4))
def test_whatever_ids_look_like_they_read_back(ids: list[str]) -> None:
    facts = [Fact(id=each, kind="note", values={"x": 1}) for each in ids]
    grid = fact_grid("note", facts)
    begins = "" if grid.columns[0] == "id" else grid.columns[0]
    assert [f"{begins}{row[0]}" for row in grid.rows] == [" ".join(each.split()) for each in ids]
    text = user_prompt(
        agent=AGENT, phase=Phase.RECOMMEND, incident={}, options=(), constraints=(), gaps=(), facts=facts, label="x"
    ).text
    assert len(sections(text)["facts"].records["note"]) == len(ids)


def test_moments_go_without_the_year_and_other_texts_stay() -> None:
    values = {
        "start_utc": "2026-11-21T06:35:00Z",
        "local": "2026-11-21 10:35+04:00",
        "due_date": "2028-01-13",
        "odd": "2026-11-21T06:35:10Z",
        "curfew": "23:00",
    }
    (row,) = fact_grid("k", [Fact(id="a", kind="k", values=values)]).rows
    assert row[1:-1] == ["11-21 06:35Z", "11-21 10:35+04:00", "2028-01-13", "2026-11-21T06:35:10Z", "23:00"]


def test_of_an_incident_is_shown_what_was_told() -> None:
    values = {
        "flight": "XY17",
        "date": "2026-11-21",
        "flight_id": "XY17-2026-11-21",
        "position": "",
        "problems": [{"cause": "technical", "status": "reported", "minutes": 0, "of": "over"}],
    }
    shown = told(values, Incident)
    assert shown == {
        **{name: values[name] for name in ("flight", "date", "flight_id")},
        "problems": [{"cause": "technical"}],
    }
    assert Problem().status == "reported"
    text = user_prompt(
        agent=AGENT, phase=Phase.RECOMMEND, incident=shown, options=(), constraints=(), gaps=(), facts=(), label="x"
    ).text
    assert "<incident>\n[problems 1]\ncause\ntechnical\nflight,date\nXY17,2026-11-21\n" in text
