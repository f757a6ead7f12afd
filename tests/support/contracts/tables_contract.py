"""What every implementation of ``Tables`` must do."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from conclave.pack.tables import Between, Index, Table, Tables
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

PEOPLE = Table(name="people", key="name", indexes=(Index(name="by_city", key="city", sort_key="name"),))
VISITS = Table(name="visits", key="city", sort_key="day")
TABLES = (PEOPLE, VISITS)
Load = Callable[[Mapping[str, Iterable[dict[str, Any]]]], Tables]

relaxed = settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.differing_executors],
    deadline=None,
    max_examples=8,
)


class TablesContract:
    """Subclasses give the fixture ``load``, which makes tables with the given rows."""

    @relaxed
    @given(
        size=st.sampled_from([0, 1, 99, 100, 101, 250, 1_000]),
        absent=st.integers(0, 5),
        repeated=st.booleans(),
    )
    def test_returned_plus_missing_equals_asked(self, load: Load, size: int, absent: int, repeated: bool) -> None:
        tables = load({"people": [{"name": f"n{i}", "city": "X", "age": i} for i in range(size)]})
        asked = [f"n{i}" for i in range(size + absent)] * (2 if repeated else 1)
        batch = tables.get("people", asked)
        assert set(batch.items) == {f"n{i}" for i in range(size)}
        assert list(batch.missing) == [f"n{i}" for i in range(size, size + absent)]
        assert all(item["age"] == int(str(key)[1:]) for key, item in batch.items.items())

    def test_values_survive(self, load: Load) -> None:
        row = {
            "name": "n",
            "whole": 7,
            "part": 0.25,
            "yes": True,
            "none": None,
            "list": ["a", 1],
            "map": {"x": 1.5},
            "text": "ä<b>",
        }
        assert load({"people": [row]}).get("people", ["n"]).items["n"] == row

    def test_two_part_keys(self, load: Load) -> None:
        tables = load({"visits": [{"city": "X", "day": "2"}, {"city": "X", "day": "1"}, {"city": "Y", "day": "1"}]})
        batch = tables.get("visits", [("X", "1"), ("X", "9")])
        assert list(batch.items) == [("X", "1")]
        assert batch.missing == (("X", "9"),)
        found = tables.query("visits", ["X", "Z", "X"])
        assert [row["day"] for row in found["X"]] == ["1", "2"]
        assert found["Z"] == []
        assert list(found) == ["X", "Z"]

    def test_indexes(self, load: Load) -> None:
        rows = [{"name": "b", "city": "X"}, {"name": "a", "city": "X"}, {"name": "c", "city": "Y"}, {"name": "d"}]
        found = load({"people": rows}).query("people", ["X", "Y"], "by_city")
        assert [[row["name"] for row in found[city]] for city in ("X", "Y")] == [["a", "b"], ["c"]]

    def test_tables_are_read_together(self, load: Load) -> None:
        tables = load(
            {"people": [{"name": f"n{i}", "city": "X"} for i in range(150)], "visits": [{"city": "X", "day": "1"}]}
        )
        found = tables.get_across({"people": [*(f"n{i}" for i in range(150)), "n1", "gone"], "visits": [("X", "1")]})
        assert list(found) == ["people", "visits"]
        assert len(found["people"].items) == 150
        assert found["people"].missing == ("gone",)
        assert found["visits"].items == {("X", "1"): {"city": "X", "day": "1"}}
        assert tables.get_across({"people": [], "visits": []})["visits"].items == {}

    @relaxed
    @given(wanted=st.sets(st.integers(0, 120)))
    def test_a_query_leaves_out_what_is_not_wanted(self, load: Load, wanted: set[int]) -> None:
        tables = load({"people": [{"name": f"n{i:03}", "city": "XY"[i % 2]} for i in range(110)]})
        texts = [f"n{i:03}" for i in wanted]
        found = tables.query("people", ["X", "Y"], "by_city", {"name": texts})
        assert [row["name"] for row in found["X"]] == sorted(
            text for text in texts if int(text[1:]) in range(0, 110, 2)
        )
        assert [row["name"] for row in found["Y"]] == sorted(
            text for text in texts if int(text[1:]) in range(1, 110, 2)
        )

    def test_more_texts_than_a_store_filters_by(self, load: Load) -> None:
        tables = load({"visits": [{"city": "X", "day": f"{i}", "who": f"w{i}"} for i in range(5)]})
        found = tables.query("visits", ["X"], only={"who": [f"w{i}" for i in range(3, 3_000)]})
        assert [row["day"] for row in found["X"]] == ["3", "4"]

    @relaxed
    @given(first=st.integers(0, 60), last=st.integers(0, 60))
    def test_a_query_between_two_texts(self, load: Load, first: int, last: int) -> None:
        tables = load({"visits": [{"city": "X", "day": f"{i:02}", "who": f"w{60 - i:02}"} for i in range(60)]})
        wanted = list(range(first, last + 1))
        by_key = tables.query("visits", ["X"], only={"day": Between(f"{first:02}", f"{last:02}")})
        assert [row["day"] for row in by_key["X"]] == [f"{i:02}" for i in wanted if i < 60]
        by_both = {"day": Between(f"{first:02}", f"{last:02}"), "who": Between("w10", "w20")}
        found = tables.query("visits", ["X", "Y"], only=by_both)
        assert [row["day"] for row in found["X"]] == [f"{i:02}" for i in wanted if 40 <= i <= 50]
        assert found["Y"] == []

    def test_what_is_not_a_text_lies_between_no_texts(self, load: Load) -> None:
        tables = load({"visits": [{"city": "X", "day": "1", "who": None}, {"city": "X", "day": "2"}]})
        assert tables.query("visits", ["X"], only={"who": Between("", "z")}) == {"X": []}

    def test_nothing_asked_is_nothing_answered(self, load: Load) -> None:
        tables = load({})
        assert tables.get("people", []).items == {}
        assert tables.query("people", []) == {}
