from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace

import pytest

from bench.same_decisions import Difference, Times, Unplayable, canonical, differences, differing, found_in, roots, told


def test_canonical_form_does_not_depend_on_the_order_of_keys() -> None:
    assert canonical({"b": [1, None], "a": True}) == canonical({"a": True, "b": [1, None]}) == '{"a":true,"b":[1,null]}'


def test_equal_records_differ_nowhere() -> None:
    played = {"0 crew": canonical({"decision": {"status": "decided"}, "options": {}})}
    assert differences(played, dict(played)) == []


def test_difference_names_scenario_field_and_both_values() -> None:
    before = {"0 crew": canonical({"options": {"O1": {"fields": {"care_usd": 10, "tail": "A6-BAA"}}}})}
    after = {"0 crew": canonical({"options": {"O1": {"fields": {"care_usd": 20, "tail": "A6-BAA"}}}})}
    assert differences(before, after) == [
        Difference(scenario="0 crew", fields=["options.O1.fields.care_usd: 10 before, 20 after"])
    ]


def test_places_that_are_meant_to_differ_are_left_aside_and_named() -> None:
    before = {"0 crew": canonical({"decision": {"usage": {"input_tokens": 9}, "total": 0.5}})}
    cheaper = {"0 crew": canonical({"decision": {"usage": {"input_tokens": 8}, "total": 0.5}, "options": {}})}
    other = {"0 crew": canonical({"decision": {"usage": {"input_tokens": 8}, "total": 0.4}, "options": {}})}
    assert differences(before, {"0 crew": cheaper["0 crew"]}, ["decision.usage", "options"]) == []
    (found,) = differences(before, other, ["decision.usage", "options"])
    assert found.fields == ["decision.total: 0.5 before, 0.4 after"]
    assert told(1, cheaper, [], ["decision.usage"]) == [
        "seed 1: 1 scenarios, 0 options, byte-equal but for decision.usage"
    ]


def test_scenario_that_one_side_lacks_differs() -> None:
    assert [each.fields for each in differences({"0 crew": "{}"}, {"1 atc": "{}"})] == [["only before"], ["only after"]]


@pytest.mark.parametrize(
    ("before", "after", "place"),
    [
        ({"a": 1}, {"a": 1.0}, "a: 1 before, 1.0 after"),
        ({"a": 1}, {"a": True}, "a: 1 before, true after"),
        ({"a": [1, 2]}, {"a": [1, 3]}, "a[1]: 2 before, 3 after"),
        ({"a": [1]}, {"a": [1, 2]}, "a: [1] before, [1,2] after"),
        ({}, {"a": None}, 'a: "absent" before, null after'),
    ],
)
def test_each_place_that_differs_is_told(before: object, after: object, place: str) -> None:
    assert list(differing(before, after)) == [place]


def test_seed_is_told_with_its_first_differences() -> None:
    played = {"0 crew": json.dumps({"options": {"O1": {}, "O2": {}}})}
    assert told(1, played, []) == ["seed 1: 1 scenarios, 2 options, byte-equal"]
    lines = told(1, played, [Difference(scenario="0 crew", fields=[f"f{number}" for number in range(7)])])
    assert lines[:2] == ["seed 1: 1 scenarios differ, 1 were played", "  0 crew: 7 fields"]
    assert [line.strip() for line in lines[2:]] == ["f0", "f1", "f2", "f3", "f4"]


def test_ratios_are_those_of_the_rounds() -> None:
    times = Times(before=[2.0, 4.0, 2.0], after=[1.0, 3.0, 1.2])
    assert times.ratios == [0.5, 0.75, 0.6]
    assert times.told.endswith("ratio 0.500 at least, 0.600 in the median of 3 rounds")
    assert times.record["median_ratio"] == 0.6


def test_name_is_looked_for_in_one_layout_after_the_other() -> None:
    modules = {"old": SimpleNamespace(), "new": SimpleNamespace(decide="here")}

    def load(name: str) -> object:
        if name not in modules:
            raise ModuleNotFoundError(name)
        return modules[name]

    assert found_in(["gone", "old", "new"], "decide", load) == "here"
    with pytest.raises(Unplayable, match="decide is in none of gone, old; add where it is now"):
        found_in(["gone", "old"], "decide", load)


def test_roots_are_those_of_the_project_file(tmp_path: Path) -> None:
    with pytest.raises(Unplayable, match="is not a checkout of this project"):
        roots(tmp_path)
    (tmp_path / "pyproject.toml").write_text('[tool.hatch.build]\ndev-mode-dirs = [".", "layers/x"]\n')
    assert roots(tmp_path) == [str(tmp_path), str(tmp_path / "layers" / "x")]
