from __future__ import annotations

import sys
from types import ModuleType
from typing import Any

import msgspec
import pytest
from conclave.agents.checks import run_checks
from conclave.deliberation.constraints import unite
from conclave.deliberation.scoring import score_options, scoring_of
from conclave.pack import PackInvalid, ToolContext, Unresolvable, load_pack
from conclave.pack.tables import ScopedTables
from conclave.testing.tables import MemoryTables
from packs.example import PACK, Incident

NOW = "2026-11-21T04:00:00Z"
TABLES = MemoryTables(PACK.tables, PACK.sample("2026-11-21", 1))


def best(**incident: Any) -> tuple[str | None, bool]:
    """Action of the best feasible option, and whether a mandatory gap halts the run."""
    resolved = PACK.resolve(Incident(**incident), ScopedTables(TABLES, PACK.resolve_reads), NOW)
    plan = PACK.plan(resolved, ScopedTables(TABLES, PACK.plan_reads), NOW)
    context = ToolContext(incident=resolved, options=plan.options, tables=TABLES, now=NOW)
    results = [each.result for agent in PACK.specialists for each in run_checks(agent, context)]
    scored = score_options(
        plan.options, unite(*(each.constraints for each in results)), scoring_of(plan.options, PACK.dimensions)
    )
    feasible = [each for each in scored if not each.violations]
    chosen = max(feasible, key=lambda each: each.total, default=None)
    actions = {option.id: option.action for option in plan.options}
    halts = any(gap.mandatory for each in results for gap in each.gaps)
    return actions[chosen.option_id] if chosen else None, halts


def test_the_declarations_fit_together() -> None:
    assert load_pack("example") is PACK
    PACK.validate()
    assert msgspec.json.schema(Incident)
    assert PACK.summarise(Incident(parcel="P101", wait_hours=2)) == "Parcel P101 is stuck for 2 hours"


@pytest.mark.parametrize(
    ("parcel", "hours", "action"), [("P101", 2, "wait"), ("P101", 40, "courier"), ("P102", 20, "courier")]
)
def test_parcels_get_different_answers(parcel: str, hours: int, action: str) -> None:
    assert best(parcel=parcel, wait_hours=hours) == (action, False)


def test_chilled_goods_never_wait_past_their_cooling() -> None:
    resolved = Incident(parcel="P103", wait_hours=7)
    plan = PACK.plan(resolved, TABLES, NOW)
    waiting = plan.options[0]
    assert waiting.fields["cold_margin_hours"] == -1
    assert best(parcel="P103", wait_hours=7)[0] != "wait"


def test_undeclared_contents_halt() -> None:
    assert best(parcel="P104")[1] is True


def test_an_unknown_parcel_names_others() -> None:
    with pytest.raises(Unresolvable) as caught:
        PACK.resolve(Incident(parcel="P999"), TABLES, NOW)
    assert "P101" in caught.value.candidates


def test_examples_are_sentences_about_parcels() -> None:
    assert all("P10" in sentence for sentence in PACK.examples("2026-11-21"))


def test_typed_example_comes_to_a_feasible_option() -> None:
    assert best(**PACK.typed_example("2026-11-21"))[0]


def test_a_copy_that_kept_the_name_of_its_original_is_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    copy = ModuleType("packs.kiosk")
    copy.PACK = PACK  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "packs.kiosk", copy)
    monkeypatch.setattr("conclave.pack.declarations.available_packs", lambda: ("example", "kiosk"))

    with pytest.raises(PackInvalid, match="packs/kiosk is named 'example'"):
        load_pack("kiosk")
