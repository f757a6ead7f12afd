"""Scenarios, the runner in process and on a cloud, the report, and the command."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from conclave.testing.tables import MemoryTables
from msgspec import structs
from packs.airline import PACK
from packs.airline.models import Cause, Problem
from typer.testing import CliRunner

from cli.main import app
from evaluation.airline.exact.truth import Truth
from evaluation.airline.judging import judge
from evaluation.airline.rules.crews import legs
from evaluation.airline.scenarios.making import KINDS, scenarios
from evaluation.cloud import OnCloud, finished, undoing
from evaluation.data import Changes, Rows
from evaluation.report import Report
from evaluation.room import decide
from evaluation.scenarios import Network, networks
from evaluation.suite import InProcess, SuiteUnknown, available_suites, evaluate, load_suite, network_rows

HERE = Network(date="2026-11-21", seed=1)


@pytest.fixture(scope="module")
def report() -> Report:
    return evaluate(suite="airline", seed=5, count=10)


@pytest.mark.slow
def test_scenarios_are_a_function_of_their_seed() -> None:
    load = network_rows(PACK)
    first, again, other = (scenarios(seed, 20, load) for seed in (3, 3, 4))
    assert first == again
    assert [each.incident for each in first] != [each.incident for each in other]
    assert Counter(each.kind for each in first) == dict.fromkeys(KINDS, 2)
    assert len({each.network for each in first}) == len(set(networks(3)))
    assert {bool(each.text) for each in first} == {True, False}


@pytest.mark.slow
def test_every_hundred_has_the_disruptions_that_rarer_ways_out_are_for() -> None:
    load = network_rows(PACK)
    made = scenarios(8, 100, load)
    assert Counter(each.kind for each in made) == dict.fromkeys(KINDS, 10)
    changed = {
        (table, name) for each in made for table, items in each.changes.put.items() for row in items for name in row
    }
    assert {
        ("lease_offers", "approved"),
        ("other_flights", "seats_free"),
        ("airports", "night_quota_left"),
        ("mel_items", "etops_minutes"),
        ("aircraft", "parts_at_utc"),
        ("duties", "duty_7_days_minutes"),
        ("crews", "pilots"),
    } <= changed
    away = [
        each for each in made if each.incident.problems[0].cause == "technical" and each.incident.destination == "AUH"
    ]
    assert any(item["spare"] and item["serviceable"] for each in away for item in each.changes.put.get("aircraft", ()))


@pytest.mark.slow
def test_a_disruption_leaves_the_plan_before_it_legal() -> None:
    load = network_rows(PACK)
    for each in scenarios(8, 100, load):
        truth = Truth(
            load(each.network).changed(each.changes),
            structs.replace(each.incident, problems=(Problem(cause=Cause.OTHER),)),
        )
        if each.gap or not truth.case.landable(each.incident.destination, truth.case.arrival):
            continue
        broken = {*truth.evaluate(truth.own(0)).broken} & {
            "maintenance_check_ok",
            "etops_margin_minutes",
            "crew_cumulative_margin_minutes",
            "crew_duty_margin_minutes",
            "crew_rest_margin_minutes",
            "noise_quota_ok",
            "range_margin_km",
        }
        on_time = truth.case.trip(truth.case.flight["type"], 0)
        if any(leg.late for leg in legs(truth.case, on_time)):
            broken.discard(
                "crew_duty_margin_minutes"
            )  # the closed period that it brings catches the return of the same duty
        assert not broken, (each.number, broken)


@pytest.mark.slow
def test_a_report_has_a_row_for_each_scenario(report: Report) -> None:
    document = report.document()
    assert document["scenarios"] == len(document["rows"]) == 10
    assert {row["kind"] for row in document["rows"]} == set(KINDS)
    assert document["violations"] == sum(bool(row["violations"]) for row in document["rows"])
    assert document["halts_right"] + document["halts_wrong"] <= 10
    assert all(row["regret"] is None or 0 <= row["regret"] <= 1 for row in document["rows"])
    assert document["worst_regret"] >= document["mean_regret"] >= 0


@pytest.mark.slow
def test_the_command_answers_the_report() -> None:
    answered = CliRunner().invoke(app, ["evaluate", "--seed", "5", "--scenarios", "3", "--json"])
    document = json.loads(answered.stdout)
    assert len(document["rows"]) == document["scenarios"] == 3
    assert {"violations", "mean_regret", "worst_regret", "halts_right", "halts_wrong"} <= set(document)
    assert document["decided"] == sum(bool(row["chosen"]) for row in document["rows"])
    wrong = ("violations", "halts_wrong", "cancelled_needlessly", "departed_before_receipt")
    assert answered.exit_code == (1 if any(document[name] for name in wrong) else 0)
    shown = CliRunner().invoke(app, ["evaluate", "--seed", "5", "--scenarios", "3"]).stdout
    assert shown.startswith("3 scenarios of seed 5, in process")
    assert f"departed before receipt: {document['departed_before_receipt']}\n" in shown


@pytest.mark.slow
def test_the_command_knows_the_duty_rules_and_days() -> None:
    american = CliRunner().invoke(
        app, ["evaluate", "--scenarios", "2", "--regime", "faa", "--date", "2026-11-21", "--json"]
    )
    document = json.loads(american.stdout)
    assert (document["regime"], document["networks"]) == ("faa", ["2026-11-21/1"])
    for wrong in (["--regime", "icao"], ["--regime", "faa", "--cloud"], ["--date", "tomorrow"]):
        assert CliRunner().invoke(app, ["evaluate", *wrong]).exit_code == 2, wrong


def test_the_command_knows_its_suites() -> None:
    answered = CliRunner().invoke(app, ["evaluate", "--suite", "example", "--json"])
    assert json.loads(answered.stdout)["error"]["code"] == "suite_unknown"


def test_a_suite_is_found_by_the_name_of_its_pack() -> None:
    assert available_suites() == ("airline",)
    assert load_suite("airline").regimes == ("easa", "faa")
    with pytest.raises(SuiteUnknown, match="there is no suite 'example'; choose one of: airline"):
        load_suite("example")


class DictStore:
    """Deployed tables in memory."""

    def __init__(self, rows: Mapping[str, Any]) -> None:
        self.declared = {table.name: table for table in PACK.tables}
        self.items = {name: {self.declared[name].key_of(item): item for item in items} for name, items in rows.items()}

    def put(self, table: str, items: Any) -> int:
        self.items[table].update({self.declared[table].key_of(item): item for item in items})
        return len(items)

    def remove(self, table: str, keys: Any) -> None:
        for key in keys:
            self.items[table].pop(key, None)

    def tables(self) -> MemoryTables:
        return MemoryTables(PACK.tables, {name: items.values() for name, items in self.items.items()})


@pytest.mark.slow
def test_on_a_cloud_the_data_is_changed_and_put_back() -> None:
    base = network_rows(PACK)(HERE)
    store = DictStore(PACK.sample(HERE.date, HERE.seed))
    untouched = {name: dict(items) for name, items in store.items.items()}
    seen = []
    came = iter([each.received for each in scenarios(2, 10, lambda network: base, (HERE,))])

    def ask(body: Mapping[str, Any]) -> Mapping[str, Any]:
        seen.append({name: dict(items) for name, items in store.items.items()} != untouched)
        received = next(came)
        outcome = decide(pack=PACK, tables=store.tables(), received=received, **body)
        decision = outcome.decision
        return {
            "status": decision.status.value,
            "reasons": [{"code": reason.code} for reason in decision.reasons],
            "incident": dict(outcome.frame.incident) if outcome.frame else None,
            "decision": {"option_id": decision.option_id, "total": decision.total} if decision.option_id else None,
            "options": outcome.options,
            "created_at": received,
            **{name: outcome.document[name] for name in ("constraints", "agents", "totals")},
        }

    runner = OnCloud(where="stage test", network=HERE, base=base, store=store, ask=ask, settle=lambda: None)
    told = evaluate(suite="airline", seed=2, count=10, runner=runner)
    assert store.items == untouched
    assert any(seen)
    here = evaluate(suite="airline", seed=2, count=10, runner=InProcess(PACK, (HERE,)))
    assert here.networks == told.networks == ["2026-11-21/1"]
    unjudged: dict[str, Any] = {"duration": 0.0, "answers": 0, "breaches": []}
    assert [replace(row, **unjudged) for row in here.rows] == [replace(row, **unjudged) for row in told.rows]
    assert not any(row.answers for row in told.rows)
    assert len(told.rows) == 10
    assert {row.kind for row in told.rows} == set(KINDS)


@pytest.mark.slow
def test_undoing_a_change_restores_what_was_there_and_removes_what_was_not() -> None:
    base = network_rows(PACK)(HERE)
    airport = base.item("airports", "LHR")
    assert airport is not None
    changes = Changes(
        put={"airports": [airport | {"name": "x"}, airport | {"iata": "XXX"}]}, remove={"aircraft": ["A6-BS1"]}
    )
    back = undoing(changes, base)
    assert list(back.put["airports"]) == [airport]
    assert list(back.remove["airports"]) == ["XXX"]
    assert base.changed(changes).changed(back).item("aircraft", "A6-BS1") == base.item("aircraft", "A6-BS1")


def test_a_run_without_decision_has_no_option() -> None:
    document: dict[str, Any] = {
        "status": "halted",
        "reasons": [],
        "options": [],
        "decision": None,
        "created_at": "2026-11-21T01:00:00Z",
        "totals": {"duration_seconds": 1.0},
    }
    assert finished(document).option is None


def test_changed_rows_answer_like_tables_made_from_them(network: Rows) -> None:
    flight = network.where("flights", "number", "EY17")[1]
    moved = flight | {"tail": "A6-NEW"}
    changes = Changes(put={"flights": [moved]}, remove={"flights": ["EY18-2026-11-21"]})
    over = network.changed(changes)
    rows = {name: over.all(name) for name in (table.name for table in PACK.tables)}
    plain = MemoryTables(PACK.tables, rows)
    for index, value in (
        ("by_number", "EY17"),
        ("by_tail", "A6-NEW"),
        ("by_tail", flight["tail"]),
        ("by_number", "EY18"),
    ):
        assert over.query("flights", [value], index) == plain.query("flights", [value], index)
    asked = ["EY17-2026-11-21", "EY18-2026-11-21"]
    assert over.get("flights", asked) == plain.get("flights", asked)
    assert network.item("flights", "EY18-2026-11-21") is not None


@pytest.mark.slow
def test_every_option_is_compared_not_only_the_chosen_one() -> None:
    load = network_rows(PACK)
    (scenario,) = [each for each in scenarios(2, 20, load, (HERE,)) if not each.changes][:1]
    rows = load(scenario.network).changed(scenario.changes)
    run = InProcess(PACK, (HERE,)).run(scenario, rows)
    other = next(each for each in run.options if each["id"] != run.option_id)
    assert judge(scenario, rows, run).disagreements == []

    late = {**other, "fields": {**other["fields"], "delay_minutes": 7}}
    free = {**other, "violations": [] if other["violations"] else ["rule"]}
    for changed, told in ((late, "delay_minutes 7 in the plan"), (free, "breaks ")):
        options = [changed if each is other else each for each in run.options]
        (line,) = judge(scenario, rows, replace(run, options=options)).disagreements
        assert line.startswith(f"{other['id']} {other['action']}: {told}")
