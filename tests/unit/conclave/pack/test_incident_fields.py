"""Lists in an incident: what they may be, and that nothing in them is overlooked."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import pytest
from conclave.agents.extraction import incident_schema
from conclave.agents.prompts import user_prompt
from conclave.api.intake import SubmissionInvalid, parse_submission
from conclave.codec import convert, decode, encode, plain
from conclave.pack import PackInvalid
from conclave.pack.incident_fields import faults, free_texts, paths, paths_in, stated, texts_at, without
from conclave.steps.frame import reported_texts
from conclave.types import Phase
from conclave.untrusted.limits import MAX_TEXT_CHARACTERS
from conclave.untrusted.sections import read
from msgspec import Meta, structs
from pipe_domain import OPTIONS, Extractor, document, make_pack, make_scene

from local.bedrock.offline import prompt as offline

PART = "parts[1]"
TOO_LONG = f"a text of the incident is longer than {MAX_TEXT_CHARACTERS} characters"


@dataclass(frozen=True, kw_only=True)
class Part:
    """A part that leaks."""

    name: Annotated[str, Meta(pattern="^[A-Za-z ]{0,20}$", extra_json_schema={"free": True})] = ""
    minutes: Annotated[int, Meta(ge=0, le=90, extra_json_schema={"unit": "min", "advice": "report 90"})] = 0
    code: Annotated[str, Meta(pattern="^([0-9]{2})?$", examples=["93"])] = ""
    note: str = ""


@dataclass(frozen=True, kw_only=True)
class Leak:
    """A leak in several parts."""

    pipe: Annotated[str, Meta(pattern="^(P[0-9])?$")] = ""
    parts: Annotated[tuple[Part, ...], Meta(max_length=2)] = ()
    said: Annotated[tuple[Annotated[str, Meta(max_length=20)], ...], Meta(max_length=3)] = ()


@dataclass(frozen=True, kw_only=True)
class Deep:
    """An entry with a list."""

    parts: Annotated[tuple[Part, ...], Meta(max_length=2)] = ()
    needed: str


@dataclass(frozen=True, kw_only=True)
class Odd:
    """Lists that an incident cannot have."""

    endless: tuple[Part, ...] = ()
    deep: Annotated[tuple[Deep, ...], Meta(max_length=2)] = ()
    pairs: Annotated[tuple[tuple[int, int], ...], Meta(max_length=2)] = ()
    loose: Annotated[list[int], Meta(max_length=2)] | None = None
    needed: Annotated[tuple[int, ...], Meta(max_length=2)]


TOLD: dict[str, Any] = {
    "pipe": "P1",
    "parts": [{"name": "Ann Lee", "minutes": 5, "code": "93"}, {"note": "ask Bob"}],
    "said": ["call me", ""],
}


def test_a_field_is_named_by_its_path() -> None:
    inner = {f"parts.{name}" for name in ("name", "minutes", "code", "note")}
    assert paths(Leak) == {"pipe", "said", *inner}
    assert paths_in({"pipe": "P1", "parts": [{"code": "1"}], "said": ["x"], "none": []}) == {
        "pipe",
        "parts.code",
        "said",
        "none",
    }


def test_texts_in_lists_are_free_as_elsewhere() -> None:
    assert free_texts(Leak) == {"said", "parts.name", "parts.note"}
    assert list(texts_at(TOLD, sorted(free_texts(Leak)))) == ["Ann Lee", "ask Bob", "call me", ""]


def test_nested_and_endless_lists_are_contradictions(tmp_path: Path) -> None:
    make_pack(tmp_path, incident=Leak).validate()
    told = {line.split()[1]: line for line in faults(Odd)}
    assert set(told) == {"endless", "deep.parts", "deep.needed", "pairs", "loose", "needed"}
    assert "max_length" in told["endless"]
    assert "not nested" in told["deep.parts"]
    assert "neither plain values nor flat records" in told["pairs"]
    assert "default" in told["needed"]
    with pytest.raises(PackInvalid, match="endless"):
        make_pack(tmp_path, incident=Odd).validate()


@pytest.mark.parametrize(
    ("incident", "said"),
    [
        ({"parts": [{}, {"minutes": 91}]}, f"{PART}.minutes can be at most 90 min; report 90"),
        ({"parts": [{}, {"minutes": "x"}]}, f"{PART}.minutes must be a whole number"),
        ({"parts": [{}, {"code": "9"}]}, f"{PART}.code has another form; write it like 93"),
        ({"parts": [{}, {"colour": 1}]}, f"{PART} has a field that no entry of parts has; it has: name, minutes, code, note"),
        ({"parts": [{}, 7]}, f"{PART} must be an object"),
        ({"parts": [{}, None]}, f"{PART} must be an object"),
        ({"parts": [{}, {}, {}]}, "parts can have at most 2 entries"),
        ({"parts": {}}, "parts must be a list"),
        ({"said": ["x" * 21]}, "said[0] can have at most 20 characters"),
        ({"said": [1]}, "said[0] must be a text"),
        ({"parts": [{"note": "x" * (MAX_TEXT_CHARACTERS + 1)}]}, TOO_LONG),
    ],
)  # fmt: skip
def test_a_fault_in_a_list_is_one_line_that_names_its_place(tmp_path: Path, incident: Any, said: str) -> None:
    with pytest.raises(SubmissionInvalid) as caught:
        parse_submission({"incident": incident}, make_pack(tmp_path, incident=Leak), "2026-11-21")
    assert caught.value.message == said


def test_a_list_is_taken_kept_and_read_again(tmp_path: Path) -> None:
    taken = parse_submission({"incident": TOLD}, make_pack(tmp_path, incident=Leak), "2026-11-21").incident
    assert taken == TOLD
    typed = convert(dict(taken), Leak)
    assert plain(typed) == taken
    assert decode(encode(typed), Leak) == typed


def test_the_model_is_asked_for_entries_and_may_leave_what_it_likes(tmp_path: Path) -> None:
    pack = make_pack(tmp_path, incident=Leak)
    node = incident_schema(pack)["properties"]["parts"]
    assert (node["type"], node["maxItems"], node["default"]) == ("array", 2, [])
    assert set(node["items"]["properties"]) == {"name", "minutes", "code", "note"}
    assert "free" not in str(node)
    answer = {"pipe": None, "parts": [{"minutes": 5, "code": None, "colour": "red"}], "said": None, "more": 1}
    assert stated(answer, Leak) == {"parts": [{"minutes": 5}]}
    assert stated({"parts": "none"}, Leak) == {"parts": ["none"]}


def test_a_sentence_becomes_an_incident_with_entries(tmp_path: Path) -> None:
    read_as = Extractor({"pipe": "P1", "parts": [{"minutes": 5, "code": None}, {"colour": 1}]})
    scene = make_scene(tmp_path, text="P1 leaks", extractor=read_as)
    object.__setattr__(scene.room, "pack", structs.replace(scene.room.pack, incident=Leak))
    scene.room.deliberate("run-1")
    assert document(scene)["incident"]["parts"] == [{"minutes": 5}, {}]


def test_the_free_texts_of_entries_are_screened(tmp_path: Path) -> None:
    scene = make_scene(tmp_path, incident=TOLD)
    pack = structs.replace(scene.room.pack, incident=Leak)
    assert reported_texts(scene.runs.get("run-1"), pack) == ("Ann Lee", "ask Bob", "call me")


def test_what_does_not_stay_leaves_the_entries(tmp_path: Path) -> None:
    free = free_texts(Leak)
    kept = without(TOLD, lambda path, _: path not in free)
    assert kept == {
        "pipe": "P1",
        "parts": [{"name": "", "minutes": 5, "code": "93"}, {"note": ""}],
        "said": [""],
    }
    assert convert(kept, Leak)


def test_agents_read_each_list_as_a_table(tmp_path: Path) -> None:
    pack = make_pack(tmp_path)
    prompt = user_prompt(
        agent=pack.agent("buyer"),
        phase=Phase.RECOMMEND,
        incident=plain(convert(TOLD, Leak)),
        options=OPTIONS,
        constraints=(),
        gaps=(),
        facts=(),
        label="x",
    )
    sections = prompt.text[prompt.text.index("<data-") :]
    found = read(sections, "x")["incident"].records
    assert found[""] == ({"pipe": "P1"},)
    assert found["said"] == ({"place": "0", "value": "call me"}, {"place": "1"})
    assert [each.get("note") for each in found["parts"]] == [None, "ask Bob"]
    assert {piece.untrusted for piece in prompt.pieces if "Ann Lee" in piece.text} == {True}
    assert offline.read([prompt.text]).incident == {"pipe": "P1"}
