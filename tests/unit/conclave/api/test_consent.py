"""Dangerous tools: refused with a binding, consented to by a person, run once, and never otherwise."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from conclave.agents.consent import binding_of, consent_record
from conclave.api.consent import ConsentRefused
from conclave.api.documents import run_document
from conclave.audit.chain import read_chain
from conclave.codes import Moment
from conclave.records.runs import RunNotFound
from conclave.types import GapReason, Phase
from dangerous_site import ARGUMENTS, BINDING, Site
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from marking import mark
from pipe_domain import clock


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path)


def test_without_a_consent_the_call_is_a_gap_that_names_its_binding(site: Site) -> None:
    answer = site.ask()
    assert site.shut == []
    (gap,) = [gap for gap in answer.gaps if gap.tool == "shut_valve"]
    assert (gap.reason, gap.item, gap.mandatory) == (GapReason.REFUSED, consent_record(BINDING), False)
    (call,) = answer.tool_calls
    assert (call.binding, call.arguments) == (BINDING, ARGUMENTS)
    room = site.scene.room
    shown = run_document("run-1", pack=room.pack, runs=room.runs, journal=room.journal, stage="t", clock=clock)
    (row,) = [row for row in shown["agents"] if row["name"] == "buyer"]
    assert row["tool_calls"][0]["arguments"] == ARGUMENTS


def test_a_call_with_consent_runs_once(site: Site) -> None:
    consent = site.consent()
    assert consent.given_by == "arn:me"
    assert not [gap for gap in site.ask().gaps if gap.tool == "shut_valve"]
    assert site.shut == [("V1", 2.5)]
    for _ in range(2):
        assert [gap.reason for gap in site.ask().gaps if gap.tool == "shut_valve"] == [GapReason.REFUSED]
    assert len(site.shut) == 1
    site.consent(by="arn:other")
    site.ask()
    assert len(site.shut) == 2


def test_a_request_that_is_sent_twice_is_one_consent(site: Site) -> None:
    site.consent(key="k")
    site.ask()
    site.consent(key="k")
    site.ask()
    assert len(site.shut) == 1


def test_a_consent_ends(site: Site) -> None:
    site.consent(minutes=10)
    answer = site.ask(later=timedelta(minutes=10))
    assert "expired" in next(gap.detail for gap in answer.gaps if gap.tool == "shut_valve")
    assert site.shut == []
    assert site.ask().gaps  # what has expired is used up, whatever a clock says later
    assert site.shut == []


def test_the_audit_says_who_consented_to_what_and_holds_no_argument(site: Site) -> None:
    site.consent()
    chain = read_chain("run-1", site.scene.runs.audit("run-1"))
    (entry,) = [each.entry for each in chain if each.entry.event == "call_consented"]
    assert (entry.body["by"], entry.body["tool"], entry.body["binding"]) == ("arn:me", "shut_valve", BINDING)
    assert "V1" not in str(entry.body)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"arguments": {**ARGUMENTS, "valve": "V2"}}, "binding_mismatch"),
        ({"binding": BINDING[::-1]}, "binding_mismatch"),
        ({"binding": ""}, "binding_mismatch"),
        ({"phase": Phase.REVISE}, "binding_mismatch"),
        ({"tool": "prices_of"}, "tool_unknown"),
        ({"agent": "planner"}, "tool_unknown"),
        ({"agent": "arbiter"}, "tool_unknown"),
        ({"arguments": {"valve": float("nan")}}, "arguments_invalid"),
        ({"minutes": 0}, "minutes_invalid"),
        ({"minutes": 61}, "minutes_invalid"),
        ({"by": ""}, "caller_unknown"),
    ],
)
def test_what_cannot_be_consented_to_leaves_nothing(site: Site, changes: dict[str, Any], code: str) -> None:
    with pytest.raises(ConsentRefused) as caught:
        site.consent(**changes)
    assert caught.value.code == code
    assert "\n" not in caught.value.message
    site.ask()
    assert site.shut == []
    assert "call_consented" not in str(site.scene.runs.audit("run-1"))


def test_there_is_no_consent_in_a_run_or_phase_that_is_over(site: Site) -> None:
    with pytest.raises(RunNotFound):
        site.consent(run_id="run-9")
    mark(site.scene.runs, Moment.RECOMMEND_ENDED, "2026-11-21T06:00:01.000Z")
    with pytest.raises(ConsentRefused, match="phase"):
        site.consent()
    site.scene.room.deliberate("run-1")
    with pytest.raises(ConsentRefused) as caught:
        site.consent()
    assert (caught.value.code, caught.value.status) == ("run_over", 409)


def test_whoever_comes_after_its_phase_runs_nothing(site: Site) -> None:
    """A function that the machine has given up lives on for a while; the consent in its hands was for the phase."""
    site.consent()
    mark(site.scene.runs, Moment.RECOMMEND_ENDED, "2026-11-21T06:00:01.000Z")
    assert [gap.reason for gap in site.ask().gaps if gap.tool == "shut_valve"] == [GapReason.REFUSED]
    assert site.shut == []


def test_a_consent_of_one_run_does_not_fit_another(tmp_path: Path) -> None:
    """The record of a consent, carried into another run, fits no call there."""
    first, second = Site(tmp_path), Site(tmp_path)
    first.consent()
    name = consent_record(BINDING)
    stolen = first.scene.runs.read("run-1", [name])[name]
    other = binding_of(agent="buyer", tool="shut_valve", arguments=ARGUMENTS, run_id="run-2", phase="recommend")
    second.scene.runs._records["run-1"][consent_record(other)] = (1, stolen)
    second.ask()
    assert second.shut == []


values = st.one_of(
    st.text(st.characters(codec="utf-8"), max_size=12),
    st.integers(-(2**40), 2**40),
    st.floats(allow_nan=False, allow_infinity=False),
    st.booleans(),
    st.none(),
    st.lists(st.text(st.characters(codec="utf-8"), max_size=4), max_size=3),
)
calls = st.fixed_dictionaries(
    {
        "agent": st.sampled_from(["a", "b"]),
        "tool": st.sampled_from(["shut", "open"]),
        "arguments": st.dictionaries(st.sampled_from(["valve", "level", "tags"]), values, max_size=3),
        "run_id": st.sampled_from(["run-1", "run-2"]),
        "phase": st.sampled_from(["recommend", "revise"]),
    }
)


@pytest.mark.slow
@settings(max_examples=400, suppress_health_check=[HealthCheck.too_slow])
@given(calls, calls)
def test_two_calls_share_a_binding_only_if_they_are_the_same(first: dict[str, Any], second: dict[str, Any]) -> None:
    same = repr(sorted_call(first)) == repr(sorted_call(second))
    assert (binding_of(**first) == binding_of(**second)) is same
    assert binding_of(**first) == binding_of(**{**first, "arguments": dict(reversed(first["arguments"].items()))})


def sorted_call(call: dict[str, Any]) -> list[Any]:
    return [call["agent"], call["tool"], sorted(call["arguments"].items()), call["run_id"], call["phase"]]
