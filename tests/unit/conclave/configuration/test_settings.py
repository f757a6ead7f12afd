"""The settings, their bounds, and the two forms of the schema, which agree."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest
from conclave.codec import decode, encode, plain
from conclave.configuration.document import (
    MAX_DOCUMENT_BYTES,
    SettingsInvalid,
    kept_settings,
    merged,
    recorded,
    settings_from,
    settings_of,
    version_of,
)
from conclave.configuration.faults import every_setting, faults, may_be
from conclave.configuration.schema import validator_schema
from conclave.configuration.settings import ByComplexity, Settings
from conclave.pack import load_pack
from conclave.records.manifest import manifest_of
from conclave.types import Complexity, Manifest, SettingsSource
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft4Validator
from msgspec import structs

VALIDATOR = Draft4Validator(validator_schema())
SETTINGS = dict(every_setting())
PRICE = {"model": "m", "effective_from": "2026-12-01", "input": 1, "output": 5, "cache_read": 0.1, "cache_write": 1.25}


def document(path: str, value: Any) -> dict[str, Any]:
    *above, name = path.split(".")
    made = {name: value}
    for each in reversed(above):
        made = {each: made}
    return made


def beyond(kind: Any) -> Iterator[Any]:
    """Values that just miss the bounds of a type, and values of other types."""
    schema = msgspec.json.schema(kind)
    branches = [each for each in schema.get("anyOf", [schema]) if each.get("type") != "null"]
    for each in branches:
        if "minimum" in each:
            yield from (each["minimum"] - 0.0001, each["maximum"] + 0.0001, each["minimum"] - 1, each["maximum"] + 1)
            yield from (True, "1", float("inf"), float("nan"))
        if "enum" in each:
            yield from ("", "other", 1, True)
        if each.get("type") == "boolean":
            yield from (None, 0, 1, "true")
    yield from ({}, {"a": 1}, "x" * 300)


@pytest.mark.parametrize("path", SETTINGS)
def test_value_out_of_bounds_is_refused_in_one_line_that_says_what_it_can_be(path: str) -> None:
    tried = list(beyond(SETTINGS[path]))
    assert len(tried) > 2
    for value in tried:
        (line,) = faults(document(path, value))
        assert line == f"{path} can be {may_be(SETTINGS[path])}"
        with pytest.raises(SettingsInvalid):
            settings_from(document(path, value))


def test_every_fault_is_told_and_no_value_repeated() -> None:
    wrong = {"intake": "SECRET", "limits": {"seconds": 3, "turns": 4}, "flags": {"guardrail": False}, "money": []}
    lines = faults(wrong)
    assert len(lines) == 5
    assert [line.split()[0] for line in lines] == ["intake", "limits.seconds", "there", "there", "money"]
    assert "SECRET" not in "\n".join(lines)
    assert "flags.guardrail" in "\n".join(lines)


def test_what_is_not_an_object_is_told() -> None:
    assert faults([]) == ['the configuration is an object of settings; write it like {"intake": "open"}']


def test_document_that_is_too_long_is_refused() -> None:
    prices = [{**PRICE, "model": "m" * 200, "effective_from": f"20{year}-01-01"} for year in range(10, 50)]
    assert not faults({"prices": prices})
    with pytest.raises(SettingsInvalid, match=f"{MAX_DOCUMENT_BYTES:,} bytes"):
        settings_from({"prices": [*prices, *prices]})


def test_ceiling_above_a_wider_one_is_refused() -> None:
    assert faults({"money": {"run_usd": 11}}) == [
        "a ceiling is above a wider one; run_usd is at most day_usd, and day_usd at most month_usd"
    ]
    assert faults({"money": {"run_usd": 11}}, {"money": {"day_usd": 20.0}}) == []


def test_empty_document_is_the_configuration_as_packaged() -> None:
    assert settings_from({}) == Settings()
    assert settings_from({}, {"money": {"month_usd": 2000}}).money.month_usd == 2000


def test_document_goes_before_what_the_stage_sets_and_lists_are_not_united() -> None:
    packaged = {"money": {"month_usd": 2000, "day_usd": 100}, "prices": [PRICE]}
    settings = settings_from({"money": {"day_usd": 50}, "prices": []}, packaged)
    assert (settings.money.day_usd, settings.money.month_usd, settings.prices) == (50, 2000, ())


def test_merging_changes_neither_document() -> None:
    below, above = {"a": {"b": 1}}, {"a": {"c": 2}}
    assert merged(below, above) == {"a": {"b": 1, "c": 2}}
    assert (below, above) == ({"a": {"b": 1}}, {"a": {"c": 2}})


def test_version_is_that_of_the_settings_whoever_set_them() -> None:
    first = version_of(settings_from({"intake": "open"}))
    assert first == version_of(Settings())
    assert len(first) == 16
    assert first != version_of(settings_from({"intake": "closed"}))
    assert version_of(settings_from({"money": {"run_usd": 1}})) == version_of(
        settings_from({"money": {"run_usd": 1.0}})
    )


def test_a_run_keeps_its_settings_though_a_release_forgets_names() -> None:
    settings = settings_from({"limits": {"model_turns": 3}, "prices": [PRICE]})
    kept = json.loads(encode(settings))
    assert kept_settings(kept) == settings
    kept["limits"]["gone"] = 4
    kept["gone"] = {"too": 1}
    assert kept_settings(kept) == settings
    kept["limits"]["model_turns"] = 99
    with pytest.raises(SettingsInvalid):
        kept_settings(kept)


def test_manifest_gives_back_the_settings_that_the_run_began_with() -> None:
    settings = settings_from({"limits": {"model_turns": 3}})
    kept = recorded(settings, SettingsSource.KEPT, "unreachable")
    manifest = decode(encode(structs.replace(manifest_of(load_pack("example")), settings=kept)), Manifest)
    assert settings_of(manifest) == settings
    assert manifest.settings is not None
    assert (manifest.settings.version, manifest.settings.source) == (version_of(settings), SettingsSource.KEPT)
    assert settings_of(manifest_of(load_pack("example"))) == Settings()


def test_the_schema_is_one_of_draft_4_and_small_enough_for_a_validator() -> None:
    Draft4Validator.check_schema(validator_schema())
    assert len(json.dumps(validator_schema())) < 32_768


def _values(kind: Any) -> st.SearchStrategy[Any]:
    wild = st.one_of(
        st.none(), st.booleans(), st.integers(-5, 5_000), st.floats(-1, 2), st.sampled_from(["on", "fast"])
    )
    return st.one_of(
        wild, st.lists(st.sampled_from(["fast", "strong", "x"]), max_size=4), st.sampled_from([*beyond(kind)])
    )


@given(st.data(), st.lists(st.sampled_from([*SETTINGS]), min_size=1, max_size=4, unique=True))
def test_both_forms_of_the_schema_refuse_the_same(data: st.DataObject, paths: list[str]) -> None:
    made: dict[str, Any] = {}
    for path in paths:
        made = merged(made, document(path, data.draw(_values(SETTINGS[path]))))
    if "NaN" in json.dumps(made) or "Infinity" in json.dumps(made):
        return
    lines = [line for line in faults(made) if not line.startswith("a ceiling")]
    # JSON schema takes 3.0 for an integer; what functions decode with does not, and refuses more.
    assert VALIDATOR.is_valid(made) or lines
    assert not lines or not VALIDATOR.is_valid(made) or any(isinstance(each, float) for each in _leaves(made))


def _leaves(value: Any) -> Iterator[Any]:
    for each in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from _leaves(each)
    if not isinstance(value, dict | list):
        yield value


def test_complexities_are_those_of_the_engine() -> None:
    assert set(plain(ByComplexity())) == {each.value for each in Complexity}
