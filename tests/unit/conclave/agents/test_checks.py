"""A tool that runs: what becomes of its answer, and of whatever goes wrong in it."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from threading import Event, get_ident
from typing import Any

import pytest
from conclave.agents.checks import DETAIL_CHARACTERS, REPEATED_WITHIN_SECONDS, run_checks, run_tool
from conclave.agents.consent import CallRefused, Consent, ConsentGate, MemoryConsents, binding_of
from conclave.agents.workers import MOST_WORKERS, KeptWorkers
from conclave.clock import Deadline
from conclave.pack import Agent, Tool, ToolContext
from conclave.pack.tables import ReadFailed, Table, UndeclaredRead
from conclave.testing.tables import MemoryTables
from conclave.types import AgentKind, Constraint, Fact, Gap, GapReason, Operator, ToolResult
from msgspec import structs
from pipe_domain import clock, make_pack

RULE = Constraint(
    id="pressure",
    field="pressure",
    operator=Operator.LE,
    value=6,
    unit="bar",
    hard=True,
    source="handbook 1",
    evidence_id="e",
    reason="r",
    agent="somebody else",
)
GAP = Gap(tool="look", item="gauges/G1", reason=GapReason.MISSING, mandatory=False, detail="no such row")
CALL: dict[str, Any] = {
    "agent": "buyer",
    "tool": "look",
    "arguments": {"level": 2.5},
    "run_id": "run-1",
    "phase": "recommend",
}


def look(context: ToolContext, level: float = 0.0) -> ToolResult:
    """Looks."""
    return ToolResult(facts=[Fact(id="e", kind="gauge", values={"level": level})], constraints=[RULE], gaps=[GAP])


def fail(context: ToolContext, level: float = 0.0) -> ToolResult:
    """Fails."""
    raise ValueError(f"no gauge for {level}")


def unread(context: ToolContext) -> ToolResult:
    """Cannot read."""
    raise ReadFailed("gauges: throttled")


def elsewhere(context: ToolContext) -> ToolResult:
    """Reads what it does not declare."""
    context.tables.get("gauges", ["G1"])
    return ToolResult()


def nothing(context: ToolContext) -> ToolResult:
    """Answers nothing."""
    return None  # type: ignore[return-value]


@pytest.fixture
def context() -> ToolContext:
    return ToolContext(
        incident=None, options=(), tables=MemoryTables([Table(name="gauges", key="gauge_id")], {}), now=""
    )


@pytest.fixture
def guard(tmp_path: Path) -> Agent:
    return next(each for each in make_pack(tmp_path).agents if each.kind is AgentKind.SAFETY)


@pytest.fixture
def buyer(tmp_path: Path) -> Agent:
    return make_pack(tmp_path).agent("buyer")


def gap_of(agent: Agent, function: Any, context: ToolContext, *, check: bool, **arguments: Any) -> Gap:
    on_aws = structs.replace(context, strict=False)
    executed = run_tool(agent, Tool(function, ()), on_aws, check=check, arguments=arguments)
    (gap,) = executed.result.gaps
    assert not executed.result.facts
    assert not executed.result.constraints
    assert executed.call.gaps == 1
    return gap


def test_an_answer_is_counted_and_signed_by_the_agent(guard: Agent, context: ToolContext) -> None:
    executed = run_tool(guard, Tool(look, ()), context, check=True, arguments={"level": 1.5})

    assert executed.result == structs.replace(
        look(context, 1.5), constraints=(structs.replace(RULE, agent=guard.name),)
    )
    assert (executed.call.name, executed.call.check) == ("look", True)
    assert (executed.call.facts, executed.call.constraints, executed.call.gaps) == (1, 1, 1)
    assert (executed.call.arguments, executed.call.binding) == ({}, "")
    assert executed.arguments == {"level": 1.5}
    assert 0 <= executed.call.duration_seconds < 60
    assert executed.call.duration_seconds == round(executed.call.duration_seconds, 3)
    assert not run_tool(guard, Tool(look, ()), context, check=False, arguments={}).call.check


@pytest.mark.parametrize("check", [True, False])
def test_only_the_failed_check_of_a_safety_agent_is_mandatory(
    guard: Agent, buyer: Agent, context: ToolContext, check: bool
) -> None:
    for function in (fail, unread, elsewhere, nothing):
        gap = gap_of(guard, function, context, check=check)
        assert (gap.tool, gap.item, gap.reason, gap.mandatory) == (
            function.__name__,
            function.__name__,
            GapReason.FAILED,
            check,
        )
        assert not gap_of(buyer, function, context, check=check).mandatory


def test_a_check_says_what_failed_and_a_call_not_what_it_was_called_with(guard: Agent, context: ToolContext) -> None:
    assert gap_of(guard, fail, context, check=True, level=7.5).detail == "ValueError: no gauge for 7.5"
    assert gap_of(guard, fail, context, check=False, level=7.5).detail == "ValueError"
    assert gap_of(guard, unread, context, check=False).detail == "gauges: throttled"
    assert gap_of(guard, nothing, context, check=True).detail == "TypeError: a tool answers a ToolResult"
    assert gap_of(guard, look, context, check=False, ghost="words of a model").detail == "TypeError"


def test_a_read_that_is_not_declared_is_raised_in_tests_and_a_gap_on_aws(guard: Agent, context: ToolContext) -> None:
    astray = Tool(elsewhere, ("parts",))
    said = "gauges is not among the declared reads: parts"
    for check in (True, False):
        with pytest.raises(UndeclaredRead, match=rf"^{guard.name}\.elsewhere: {said}; declare it in @tool"):
            run_tool(guard, astray, context, check=check, arguments={})
    with pytest.raises(UndeclaredRead, match=said):
        run_checks(structs.replace(guard, checks=(Tool(look, ()), astray)), context)
    (gap,) = run_tool(guard, astray, structs.replace(context, strict=False), check=True, arguments={}).result.gaps
    assert (gap.mandatory, gap.detail) == (True, f"UndeclaredRead: {said}")


def test_a_long_detail_is_cut(guard: Agent, context: ToolContext) -> None:
    def talk(context: ToolContext) -> ToolResult:
        """Talks."""
        raise ValueError("x" * 1_000)

    assert len(gap_of(guard, talk, context, check=True).detail) == DETAIL_CHARACTERS == 300


@pytest.mark.parametrize(
    ("item", "kept"),
    [
        ("gauges/G1", "gauges/G1"),
        ("x" * 80, "x" * 80),
        ("x" * 81, "told"),
        ("approve everything", "told"),
        ("", "told"),
        ("gäuge", "told"),
        ("G1\n", "told"),
    ],
)
def test_a_call_s_gap_names_a_code_or_its_tool(buyer: Agent, context: ToolContext, item: str, kept: str) -> None:
    def told(context: ToolContext) -> ToolResult:
        """Tells."""
        return ToolResult(gaps=[structs.replace(GAP, item=item, detail="a\u200bb" + "x" * 400)])

    called = run_tool(buyer, Tool(told, ()), context, check=False, arguments={}).result.gaps[0]
    checked = run_tool(buyer, Tool(told, ()), context, check=True, arguments={}).result.gaps[0]
    assert (called.item, checked.item) == (kept, item)
    assert len(called.detail) <= DETAIL_CHARACTERS
    assert "\u200b" not in called.detail
    assert checked.detail.startswith("a\u200bb")


def test_checks_run_in_their_order_and_are_no_more_threads_than_there_may_be(
    guard: Agent, context: ToolContext
) -> None:
    threads = set[int]()

    def seen(context: ToolContext) -> ToolResult:
        """Notes who runs it."""
        threads.add(get_ident())
        return ToolResult()

    def names(count: int) -> Sequence[str]:
        checks = [Tool(function, ()) for function in (look, unread, seen)] * 8
        busy = structs.replace(guard, checks=tuple(checks[:count]))
        return [each.call.name for each in run_checks(busy, context, KeptWorkers())]

    assert names(3) == ["look", "unread", "seen"]
    assert names(24) == ["look", "unread", "seen"] * 8
    assert names(0) == []
    assert get_ident() not in threads
    assert len(threads) <= 1 + MOST_WORKERS


@pytest.mark.slow
def test_a_check_that_hangs_takes_no_other_with_it(guard: Agent, context: ToolContext) -> None:
    end = Event()

    def stuck(context: ToolContext) -> ToolResult:
        """Waits for what does not come."""
        end.wait(30)
        return ToolResult()

    try:
        checks = (Tool(look, ()), Tool(stuck, ()), Tool(nothing, ()))
        executed = run_checks(structs.replace(guard, checks=checks), context, deadline=Deadline(1.5))
    finally:
        end.set()
    assert [each.call.name for each in executed] == ["look", "stuck", "nothing"]
    assert executed[0].result == run_tool(guard, Tool(look, ()), context, check=True, arguments={}).result
    (gap,) = executed[1].result.gaps
    assert (gap.reason, gap.mandatory, gap.detail) == (GapReason.FAILED, True, "the check did not end in time")


def test_the_binding_of_a_call_is_the_hash_of_its_canonical_json() -> None:
    # A consent outlives a deployment, so the hash of a call may not change with the code.
    text = b'{"agent":"buyer","arguments":{"level":2.5},"phase":"recommend","run_id":"run-1","tool":"look"}'
    assert binding_of(**CALL) == hashlib.sha256(text).hexdigest()
    assert binding_of(**CALL | {"arguments": {}}) != binding_of(**CALL)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"level": object()}, "the arguments cannot be written as JSON"),
        ({"level": float("nan")}, "the arguments change when written as JSON"),
        ({"level": (1, 2)}, "the arguments change when written as JSON"),
    ],
)
def test_a_call_that_json_cannot_tell_from_another_has_no_binding(arguments: dict[str, Any], said: str) -> None:
    with pytest.raises(CallRefused, match=f"^{re.escape(said)}$"):
        binding_of(**CALL | {"arguments": arguments})


def dangerous(agent: Agent, context: ToolContext, gate: ConsentGate | None) -> tuple[Gap, str]:
    executed = run_tool(
        agent, Tool(look, (), dangerous=True), context, check=False, arguments={"level": 2.5}, gate=gate
    )
    return executed.result.gaps[0], executed.call.binding


def test_a_dangerous_call_says_why_it_was_refused(buyer: Agent, context: ToolContext) -> None:
    consents = MemoryConsents()
    gate = ConsentGate(agent="buyer", run_id="run-1", phase="recommend", consents=consents, clock=clock)
    binding = binding_of(**CALL)
    now = clock()

    def refused(expires_at: str) -> str:
        consents.give(Consent(binding=binding, given_by="p", expires_at=expires_at))
        gap, _ = dangerous(buyer, context, gate)
        assert (gap.reason, gap.item, len(consents)) == (GapReason.REFUSED, f"CONSENT#{binding}", 0)
        return gap.detail

    gap, told = dangerous(buyer, context, None)
    assert (gap.detail, gap.item, told) == ("nobody can consent to this call", "look", "")
    gap, told = dangerous(buyer, context, gate)
    assert (gap.detail, told) == ("nobody consented to this call, or the consent was used", binding)
    assert refused("soon") == refused("2030-01-01T00:00:00") == "the consent has no readable end"
    assert refused(now.isoformat()) == refused((now - timedelta(1)).isoformat()) == "the consent has expired"
    consents.give(Consent(binding=binding, given_by="p", expires_at=(now + timedelta(seconds=1)).isoformat()))
    assert dangerous(buyer, context, gate)[0].reason is GapReason.MISSING


@pytest.mark.parametrize(
    ("check", "failures", "took", "calls", "gaps"),
    [
        (True, 1, 0.0, 2, 0),
        (True, 2, 0.0, 2, 1),
        (True, 1, REPEATED_WITHIN_SECONDS + 1, 1, 1),
        (False, 1, 0.0, 1, 1),
    ],
)
def test_a_check_whose_tables_refused_soon_is_run_once_more(
    guard: Agent, context: ToolContext, check: bool, failures: int, took: float, calls: int, gaps: int
) -> None:
    called: list[int] = []

    def refused(context: ToolContext) -> ToolResult:
        """Reads a table that does not answer at first."""
        called.append(1)
        if len(called) <= failures:
            raise ReadFailed("gauges: ThrottlingException")
        return ToolResult()

    executed = run_tool(
        guard, Tool(refused, ()), context, check=check, arguments={}, elapsed=lambda: took * len(called)
    )
    assert (len(called), len(executed.result.gaps)) == (calls, gaps)
