"""What a process keeps: bounded in size and age."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from conclave.caches.memory import BoundedMemory, Tally
from hypothesis import given
from hypothesis import strategies as st
from versions_contract import Watch


def memory(most_bytes: int = 800, seconds: float = 60, clock: Watch | None = None) -> BoundedMemory:
    return BoundedMemory(most_bytes, seconds, (clock or Watch()).monotonic)


def test_what_was_put_is_there_and_the_last_counts() -> None:
    kept = memory()
    kept.put("a", b"1")
    kept.put("a", b"22")
    assert (kept.get("a"), kept.get("b"), len(kept), kept.size) == (b"22", None, 1, 3)


def test_an_entry_is_forgotten_at_its_age_however_often_it_is_used() -> None:
    clock = Watch()
    kept = memory(seconds=60, clock=clock)
    kept.put("a", b"1")
    clock.sleep(59)
    assert kept.get("a") == b"1"
    clock.sleep(1)
    assert (kept.get("a"), len(kept), kept.size) == (None, 0, 0)


def test_what_was_not_used_for_longest_goes_first() -> None:
    kept = memory(most_bytes=80)
    for name in "abcdefgh":
        kept.put(name, b"123456789")
    assert kept.get("a")
    kept.put("i", b"123456789")
    assert "a" in kept
    assert "b" not in kept
    assert len(kept) == 8


def test_something_larger_than_an_eighth_is_not_kept() -> None:
    kept = memory(most_bytes=80)
    kept.put("a", b"1234567890")
    assert len(kept) == 0


@given(st.lists(st.tuples(st.sampled_from("abcdefghijkl"), st.integers(0, 40))))
def test_the_bytes_are_those_of_the_entries_and_never_more_than_may_be(puts: list[tuple[str, int]]) -> None:
    kept = memory(most_bytes=100)
    for name, size in puts:
        kept.put(name, b"x" * size)
        found = {each: kept.get(each) for each in "abcdefghijkl"}
        assert kept.size == sum(1 + len(data) for data in found.values() if data is not None) <= 100


def test_many_threads_leave_it_whole() -> None:
    kept = memory(most_bytes=2_000)

    def work(number: int) -> None:
        for turn in range(200):
            kept.put(f"{(number * turn) % 50}", b"x" * (turn % 60))
            kept.get(f"{turn % 50}")

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(work, range(8)))
    assert kept.size == sum(len(f"{n}") + len(data) for n in range(50) if (data := kept.get(f"{n}")) is not None)


def test_the_hit_rate_counts_what_needed_no_look_at_the_data() -> None:
    assert Tally().hit_rate == 0
    assert Tally(memory=2, shared=1, data=1).hit_rate == 0.75
