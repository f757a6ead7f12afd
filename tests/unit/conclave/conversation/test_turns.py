"""Turns of a conversation: one each, and together never more money than the ceiling."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from conclave.conversation.turns import (
    CEILING_USD,
    MOST_QUESTIONS,
    Answered,
    Asked,
    NoTurn,
    conversation_of,
    entry_names,
    key_of,
    leave_answer,
    stamp_of,
    take_turn,
)
from conclave.money.amounts import nanos, usd
from conclave.pack import TALKER
from conclave.records.runs import Run
from conclave.testing.journal import MemoryJournal
from conclave.types import RunStatus, Usage
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

RUN, NOW = "run-1", "2026-11-21T05:00:00Z"
HEAD = Run(
    run_id=RUN,
    status=RunStatus.DECIDED,
    pack="p",
    created_at=NOW,
    updated_at=NOW,
    correlation_id="c",
    text="",
    audit_head="h1",
)
TABLES = {"flights": "v1", "crews": "v2"}


def turn(journal: MemoryJournal, reserve: int) -> int:
    return take_turn(RUN, journal, conversation_of(RUN, journal), Asked(at=NOW, reserved_nanos=reserve))


def answered(cost: int, answer: str = "") -> Answered:
    return Answered(at=NOW, usage=Usage(cost_usd=usd(cost)), answer=answer)


def test_turns_are_numbered_and_an_answer_gives_back_what_it_did_not_use() -> None:
    journal = MemoryJournal()
    assert turn(journal, 500) == 1
    leave_answer(RUN, journal, None, 1, answered(20))
    assert turn(journal, 500) == 2
    seen = conversation_of(RUN, journal)
    assert (seen.spent_before(2), seen.spent_before(3)) == (20, 520)


def test_a_question_that_does_not_fit_the_ceiling_is_refused_and_costs_nothing() -> None:
    journal, most = MemoryJournal(), nanos(CEILING_USD)
    turn(journal, most - 10)
    with pytest.raises(NoTurn, match="spent"):
        turn(journal, 11)
    assert conversation_of(RUN, journal).spent_before(99) == most - 10
    assert turn(journal, 10) == 2  # the refused one took no turn


def test_a_run_takes_only_so_many_questions() -> None:
    journal = MemoryJournal()
    for _ in range(MOST_QUESTIONS):
        turn(journal, 1)
    with pytest.raises(NoTurn, match=str(MOST_QUESTIONS)):
        turn(journal, 1)


@given(st.lists(st.tuples(st.integers(1, nanos(CEILING_USD)), st.integers(0, 100)), max_size=20))
def test_settled_plus_reserved_never_passes_the_ceiling(asked: list[tuple[int, int]]) -> None:
    journal = MemoryJournal()
    for reserve, percent in asked:
        try:
            number = turn(journal, reserve)
        except NoTurn:
            continue
        if percent < 80:  # the others died on the way
            leave_answer(RUN, journal, None, number, answered(reserve * percent // 100))
        assert conversation_of(RUN, journal).spent_before(99) <= nanos(CEILING_USD)


def test_many_who_ask_at_once_get_turns_of_their_own_within_the_ceiling() -> None:
    journal, part = MemoryJournal(), nanos(CEILING_USD) // 5
    seen = conversation_of(RUN, journal)

    def ask(_: int) -> int:
        try:
            return take_turn(RUN, journal, seen, Asked(at=NOW, reserved_nanos=part))
        except NoTurn:
            return 0

    with ThreadPoolExecutor(12) as pool:
        numbers = [each for each in pool.map(ask, range(12)) if each]
    assert len(set(numbers)) == len(numbers) == 5
    assert {*conversation_of(RUN, journal).asked} == {*numbers}, "a refused question takes no turn"


def test_an_answer_is_known_by_the_same_words_about_the_same_data_only() -> None:
    stamp = stamp_of(HEAD, "1", TABLES, TABLES)
    key = key_of(stamp, "Why not  O4?")
    assert key == key_of(stamp, "why not o4?") != key_of(stamp, "why not O5?")
    moved = (
        stamp_of(HEAD, "1", {**TABLES, "crews": "v3"}, TABLES),
        stamp_of(structs.replace(HEAD, audit_head="h2"), "1", TABLES, TABLES),
        stamp_of(HEAD, "2", TABLES, TABLES),
    )
    assert len({stamp, *moved}) == 4


def test_where_a_version_cannot_be_shown_nothing_is_known_again() -> None:
    assert stamp_of(HEAD, "1", {"flights": "v1"}, TABLES) == ""
    assert stamp_of(HEAD, "1", TABLES, ()) == ""
    assert key_of("", "why?") == ""
    journal = MemoryJournal()
    leave_answer(RUN, journal, None, 1, answered(1, answer="because"))
    seen = conversation_of(RUN, journal)
    assert seen.known("") is None
    assert seen.under("") == ()


def test_every_entry_of_a_conversation_has_a_name_that_erasing_knows() -> None:
    journal = MemoryJournal()
    leave_answer(RUN, journal, None, turn(journal, 5), answered(1))
    journal.remove(RUN, [TALKER], entry_names())
    assert len(journal) == 0
