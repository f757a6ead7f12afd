"""Erasing texts: nothing of them is left anywhere, the audit still proves the run, and whoever dies is resumed."""

from __future__ import annotations

import random
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import pytest
from conclave.agents.assess import Question
from conclave.agents.meter import Meter
from conclave.agents.prices import price_table
from conclave.api.documents import run_document
from conclave.api.erasure import ERASED, ErasureInvalid, RunUnfinished, erase_texts
from conclave.api.queries import QueryInvalid, texts_document
from conclave.audit.canonical import sha256
from conclave.audit.chain import read_chain
from conclave.codec import decode, encode
from conclave.pack import Tool, ToolContext
from conclave.records.journal_entries import NOTHING
from conclave.records.runs import CHOICE, FRAME_TEXTS, AuditContended, RunNotFound, StaleFence, TextState
from conclave.records.texts import MAX_BYTES, MAX_CHARACTERS, model_text, packed, tool_text, unpacked
from conclave.steps.close_run import close
from conclave.testing.bus import RecordingBus
from conclave.testing.journal import MemoryJournal
from conclave.testing.models import agreeable
from conclave.testing.run_store import MemoryRunStore
from conclave.testing.tables import MemoryTables
from conclave.types import Choice, Fact, Phase, RunStatus, ToolResult, Verdict
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import Meta, structs
from pipe_domain import MODEL, Scene, clock, make_pack, make_scene

SECRET = "CNRY-7731"
BY = "arn:aws:iam::1:user/me"


@dataclass(frozen=True)
class Told:
    """A leak with words."""

    pipe: Annotated[str, Meta(pattern="^(P[0-9])?$")] = ""
    words: str = ""


class Reader:
    """Extracts what a test says."""

    model_id = MODEL

    def extract(self, text: str, schema: Mapping[str, Any], received: str, meter: Meter) -> Mapping[str, Any]:
        with meter.exchange(MODEL, {"text": text}) as exchange:
            exchange.answer = {"pipe": "P1", "words": text}
        return {"pipe": "P1", "words": text}


def notes_of(context: ToolContext) -> ToolResult:
    """Notes."""
    return ToolResult(facts=[Fact(id="notes/1", kind="note", values={"by": SECRET}, text=f"note {SECRET}")])


def talkative(question: Question) -> Mapping[str, Any]:
    reason = {"rationale": f"because {SECRET}", "justification": f"because {SECRET}"}
    more = [{"field": "people", "operator": ">=", "value": 0, "evidence_id": "", "reason": SECRET}]
    answer = agreeable(question)
    return {**answer, **{name: text for name, text in reason.items() if name in answer}, "constraints": more}


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    return made(tmp_path)


def made(folder: Path, **given: Any) -> Scene:
    pack = make_pack(folder)
    agents = [
        structs.replace(each, checks=(*each.checks, Tool(notes_of, ()))) if each.name == "crew_guard" else each
        for each in pack.agents
    ]
    scene = make_scene(
        folder,
        {each.name: talkative for each in agents},
        extractor=Reader(),
        agents=agents,
        summarise=lambda incident: f"{incident.pipe}: {incident.words}",
        **(given or {"text": f"P1 leaks, says {SECRET}"}),
    )
    object.__setattr__(scene.room, "pack", structs.replace(scene.room.pack, incident=Told))
    return scene


def erase(scene: Scene, reason: str = "request 17", by: str = BY, **ports: Any) -> Any:
    room = scene.room
    given: dict[str, Any] = {"runs": scene.runs, "journal": scene.journal, "bus": scene.bus, **ports}
    return erase_texts("run-1", by=by, reason=reason, pack=room.pack, clock=clock, **given)


def everything(scene: Scene) -> str:
    """All that the stores hold, with texts and recordings unpacked."""
    kept = [encode(scene.runs.get("run-1"))]
    kept += [plainly(name, data) for name, (_, data) in scene.runs._records["run-1"].items()]
    kept += scene.runs.audit("run-1")
    kept += [plainly(record, data) for (_, _, record), (_, data) in scene.journal._entries.items()]
    return "\n".join(each.decode(errors="replace") for each in kept)


def plainly(name: str, data: bytes) -> bytes:
    return zlib.decompress(data) if {"texts", "recording"} & set(name.lower().split("#")) else data


def shown(scene: Scene) -> Any:
    room = scene.room
    return run_document("run-1", pack=room.pack, runs=scene.runs, journal=scene.journal, stage="t", clock=clock)


def test_nothing_is_left_and_what_was_decided_stays(scene: Scene) -> None:
    decision = scene.room.deliberate("run-1")
    assert decision.status is RunStatus.DECIDED, decision.reasons
    before, old = everything(scene), shown(scene)
    assert before.count(SECRET) > 10
    sealed = scene.runs.audit("run-1")
    run = erase(scene)
    assert SECRET not in everything(scene)
    assert (run.texts, run.text) == (TextState.ERASED, "")
    new = shown(scene)
    assert (new["texts"], new["text"], old["texts"]) == ("erased", "", "kept")
    assert new["texts_erased_at"]
    assert new["summary"] == "P1: "
    assert new["decision"] == {**old["decision"], "justification": ERASED if old["decision"]["justification"] else ""}
    for same in ("status", "options", "created_at", "totals"):
        assert new[same] == old[same]
    assert [row["id"] for row in new["constraints"]] == [row["id"] for row in old["constraints"]]
    assert [(row["name"], row["phase"], row["cost_usd"]) for row in new["agents"]] == [
        (row["name"], row["phase"], row["cost_usd"]) for row in old["agents"]
    ]
    verdicts = {row["verdict"] for row in new["agents"] if row["verdict"]}
    assert verdicts <= {each.value for each in Verdict}
    chain = read_chain("run-1", scene.runs.audit("run-1"))
    assert [each.entry.event for each in chain][-2:] == ["erasure_begun", "texts_erased"]
    assert scene.runs.audit("run-1")[: len(sealed)] == sealed
    assert {chain[-1].entry.body["by"], chain[-2].entry.body["by"]} == {BY}
    assert chain[-1].entry.body["reason"] == "request 17"


def test_the_new_end_of_the_audit_is_announced(scene: Scene) -> None:
    scene.room.deliberate("run-1")
    run = erase(scene)
    kind, detail = scene.bus.sent[-1]
    assert kind == "TextsErased"
    assert detail["audit"] == {"entries": run.audit_entries, "head": run.audit_head}
    assert "reason" not in detail


def test_a_typed_incident_loses_its_free_texts(tmp_path: Path) -> None:
    scene = made(tmp_path, incident={"pipe": "P1", "words": SECRET})
    scene.room.deliberate("run-1")
    erase(scene)
    assert SECRET not in everything(scene)
    assert scene.runs.get("run-1").incident == {"pipe": "P1", "words": ""}


@dataclass(frozen=True)
class Leak:
    """A part of a leak."""

    words: str = ""
    litres: int = 0


@dataclass(frozen=True)
class Leaks:
    """Several leaks, with what nobody understood."""

    pipe: Annotated[str, Meta(pattern="^(P[0-9])?$")] = ""
    leaks: Annotated[tuple[Leak, ...], Meta(max_length=3)] = ()
    remarks: Annotated[tuple[str, ...], Meta(max_length=3)] = ()


@dataclass(frozen=True)
class Renamed:
    """The same on another day of the pack."""

    pipe: Annotated[str, Meta(pattern="^(P[0-9])?$")] = ""


@pytest.mark.parametrize("today", [Leaks, Renamed])
def test_the_entries_of_lists_lose_their_free_texts(tmp_path: Path, today: Any) -> None:
    told = {"pipe": "P1", "leaks": [{"words": SECRET, "litres": 7}, {"litres": 8}], "remarks": [SECRET, ""]}
    scene = made(tmp_path, incident=told, resolve=lambda incident, tables, now: incident)
    room = scene.room
    object.__setattr__(room, "pack", structs.replace(room.pack, incident=Leaks, summarise=lambda leaks: leaks.pipe))
    assert room.deliberate("run-1").status is RunStatus.DECIDED
    object.__setattr__(room, "pack", structs.replace(room.pack, incident=today))
    erase(scene)
    assert SECRET not in everything(scene)
    kept: Any = scene.runs.get("run-1").incident
    for left in (kept, shown(scene)["incident"]):
        assert [each["litres"] for each in left["leaks"]] == [7, 8]
        assert left["remarks"] in ([], [""])


def test_a_refused_report_is_erased_too(tmp_path: Path) -> None:
    scene = made(tmp_path)

    class Refusing:
        def refuses(self, texts: Any) -> Any:
            return ["PROMPT_ATTACK"]

    object.__setattr__(scene.room, "screen", Refusing())
    decision = scene.room.deliberate("run-1")
    assert [reason.code for reason in decision.reasons] == ["incident_refused"]
    assert SECRET not in decision.reasons[0].detail
    erase(scene)
    assert SECRET not in everything(scene)
    assert [reason["code"] for reason in shown(scene)["reasons"]] == ["incident_refused"]


def test_erasing_again_changes_nothing_but_what_came_late(scene: Scene) -> None:
    scene.room.deliberate("run-1")
    first = erase(scene)
    scene.journal.append("run-1", "buyer", {"revise": SECRET.encode()}, 9)
    assert erase(scene, reason="again", by="arn:other") == first
    assert SECRET not in everything(scene)
    assert [kind for kind, _ in scene.bus.sent].count("TextsErased") == 2


def read_texts(scene: Scene, agent: str, phase: str) -> Any:
    asked = {"agent": agent, "phase": phase}
    return texts_document("run-1", asked, pack=scene.room.pack, runs=scene.runs, journal=scene.journal)


def test_what_a_late_function_brings_is_not_kept(scene: Scene) -> None:
    """The machine gives a function up and it lives on: it answers when its run is decided and its texts are gone."""
    scene.room.deliberate("run-1")
    erase(scene)
    for agent in scene.room.pack.agents:
        for phase in [Phase.ARBITRATE] if agent.name == "arbiter" else [Phase.RECOMMEND, Phase.REVISE]:
            assert scene.room.answer("run-1", phase, 1, agent).status == "ok"
    assert SECRET not in everything(scene)
    assert not read_texts(scene, "crew_guard", "recommend")["texts"]


def test_a_late_framing_leaves_nothing(tmp_path: Path) -> None:
    scene = made(tmp_path)

    class Slow(Reader):
        def extract(self, *arguments: Any) -> Mapping[str, Any]:
            close("run-1", "c", pack=scene.room.pack, runs=scene.runs, bus=scene.bus, clock=clock)
            erase(scene)
            return super().extract(*arguments)

    object.__setattr__(scene.room, "extractor", Slow())
    with pytest.raises(StaleFence):
        scene.room.frame("run-1")
    assert FRAME_TEXTS in scene.runs.read("run-1", [FRAME_TEXTS])
    assert SECRET not in everything(scene)


def test_what_steps_read_goes_with_the_run_that_read_it(tmp_path: Path) -> None:
    """A notice that a table still has is in no recording of an erased run, nor is what models were asked about it."""
    rows = {"pipes": [{"pipe": "P1", "limit": 6, "notice": f"notice {SECRET}"}], "parts": []}
    scene = make_scene(tmp_path, tables=MemoryTables(make_pack(tmp_path).tables, rows))
    scene.room.deliberate("run-1")
    recordings = [(agent, name) for _, agent, name in scene.journal._entries if "#recording" in name]
    assert ("pressure_guard", "recommend#recording") in recordings
    assert SECRET in everything(scene)
    beside = [name for name in scene.runs._records["run-1"] if name.startswith("RECORDING#")]
    assert len(beside) == 4
    erase(scene)
    assert SECRET not in everything(scene)
    assert not [name for _, _, name in scene.journal._entries if "#recording" in name]
    assert {scene.runs.read("run-1", [name])[name] for name in beside} == {NOTHING}


@pytest.mark.parametrize("state", [TextState.ERASING, TextState.ERASED])
def test_what_died_into_the_journal_is_shown_to_nobody(scene: Scene, state: TextState) -> None:
    """A function may die after its entry and before it looks whether the texts are gone; the next erasure takes that away."""
    scene.room.deliberate("run-1")
    late = {key: data for key, (_, data) in scene.journal._entries.items() if not key[2].endswith("#started")}
    if state is TextState.ERASED:
        erase(scene)
    else:
        with pytest.raises(TimeoutError):
            erase(scene, journal=Dying(scene.journal, "remove", after=True))
    for (run_id, agent, record), data in late.items():
        scene.journal.append(run_id, agent, {record: data}, 9)
    assert SECRET in everything(scene)
    assert shown(scene)["texts"] == state
    assert SECRET not in encode(shown(scene)).decode()
    for agent, phase in (("crew_guard", "recommend"), ("arbiter", "arbitrate"), ("frame", "frame")):
        assert not read_texts(scene, agent, phase)["texts"]
    erase(scene)
    assert SECRET not in everything(scene)


@pytest.mark.parametrize("ranking", [(), ("O2", SECRET)])
def test_an_option_that_an_arbiter_made_up_goes_with_its_words(scene: Scene, ranking: tuple[str, ...]) -> None:
    scene.room.deliberate("run-1")
    entry = scene.journal.read("run-1", ["arbiter"], ["arbitrate"])["arbiter", "arbitrate"]
    invented = structs.replace(decode(entry, Choice), option_id=f"choose {SECRET}", ranking=ranking)
    scene.journal.append("run-1", "arbiter", {"arbitrate": encode(invented)}, 9)
    erase(scene)
    assert SECRET not in everything(scene)
    assert decode(scene.runs.read("run-1", [CHOICE])[CHOICE], Choice).ranking == list(ranking[:1])


class Dying:
    """A port that dies once, before or after its method did its work."""

    def __init__(self, port: Any, method: str, after: bool) -> None:
        self._port, self._method, self._after, self._died = port, method, after, False

    def __getattr__(self, name: str) -> Any:
        member = getattr(self._port, name)
        if name != self._method or self._died:
            return member

        def dying(*arguments: Any, **named: Any) -> Any:
            self._died = True
            if self._after:
                member(*arguments, **named)
            raise TimeoutError

        return dying


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize(("port", "method"), [("runs", "amend"), ("journal", "remove"), ("bus", "send")])
def test_whoever_dies_is_resumed(scene: Scene, port: str, method: str, after: bool) -> None:
    scene.room.deliberate("run-1")
    dying: dict[str, Any] = {port: Dying(getattr(scene, port), method, after)}
    with pytest.raises(TimeoutError):
        erase(scene, **dying)
    read_chain("run-1", scene.runs.audit("run-1"))
    if shown(scene)["texts"] == "erased":
        assert SECRET not in everything(scene)
    erase(scene)
    assert SECRET not in everything(scene)
    events = [each.entry.event for each in read_chain("run-1", scene.runs.audit("run-1"))]
    assert events.count("erasure_begun") == events.count("texts_erased") == 1
    assert scene.bus.sent[-1][0] == "TextsErased"


def test_what_cannot_be_erased_is_left_alone(scene: Scene) -> None:
    with pytest.raises(RunUnfinished):
        erase(scene)
    scene.room.deliberate("run-1")
    for wrong in ({"by": ""}, {"reason": ""}, {"reason": " \u200b\n"}):
        with pytest.raises(ErasureInvalid):
            erase(scene, **wrong)
    room = scene.room
    with pytest.raises(RunNotFound):
        erase_texts(
            "run-9",
            by=BY,
            reason="r",
            pack=room.pack,
            runs=scene.runs,
            journal=MemoryJournal(),
            bus=RecordingBus(),
            clock=clock,
        )
    assert shown(scene)["texts"] == "kept"
    assert SECRET in everything(scene)


def test_every_exchange_is_kept_under_the_hash_that_the_audit_has(scene: Scene) -> None:
    scene.room.deliberate("run-1")
    audit = "\n".join(each.decode() for each in scene.runs.audit("run-1"))
    found = {
        (agent, record): unpacked(data)
        for (_, agent, record), (_, data) in scene.journal._entries.items()
        if record.endswith("#texts")
    }
    found["frame", "frame#texts"] = unpacked(scene.runs.read("run-1", [FRAME_TEXTS])[FRAME_TEXTS])
    kinds = {text.kind for texts in found.values() for text in texts.texts}
    assert kinds == {"model", "tool"}
    for texts in found.values():
        assert texts.left_out == 0
        assert all(text.hash in audit for text in texts.texts if text.kind == "model")
    (check, *_) = found["crew_guard", "recommend#texts"].texts
    assert check.request == '{"arguments":{},"tool":"crew_on_site"}'
    assert "nobody works alone" in check.answer


def test_the_texts_behind_an_answer_can_be_read_until_they_are_erased(scene: Scene) -> None:
    scene.room.deliberate("run-1")

    def read(**asked: str) -> Any:
        return texts_document("run-1", asked, pack=scene.room.pack, runs=scene.runs, journal=scene.journal)

    kept = read(agent="buyer", phase="recommend")
    assert (kept["state"], kept["left_out"], [each["kind"] for each in kept["texts"]]) == ("kept", 0, ["model"])
    assert read(agent="frame", phase="frame")["texts"][0]["answer"]
    assert not read(agent="arbiter", phase="revise")["texts"]
    for wrong in ({}, {"agent": "buyer"}, {"agent": "frame", "phase": "revise"}, {"agent": "x", "phase": "revise"}):
        with pytest.raises(QueryInvalid):
            read(**wrong)
    erase(scene)
    gone = read(agent="buyer", phase="recommend")
    assert (gone["state"], list(gone["texts"])) == ("erased", [])


@settings(max_examples=50, deadline=None)
@given(st.lists(st.text(st.characters(), max_size=200), max_size=8))
def test_texts_come_back_as_they_were_whatever_they_hold(words: list[str]) -> None:
    texts = [tool_text("t", {"x": each}, [each]) for each in words]
    assert list(unpacked(packed(texts)).texts) == texts
    assert unpacked(packed([])).texts == []


def test_texts_that_do_not_fit_are_counted() -> None:
    large = model_text("x" * (MAX_CHARACTERS // 2), "y")
    kept = unpacked(packed([large, large, large]))
    assert (len(kept.texts), kept.left_out) == (1, 2)
    noise = random.Random(1)
    hard = [model_text(noise.randbytes(200_000).hex(), "") for _ in range(4)]
    data = packed(hard)
    assert len(data) <= MAX_BYTES
    assert unpacked(data).left_out + len(unpacked(data).texts) == 4
    assert unpacked(data).left_out > 0


def test_an_erasure_that_never_gets_its_turn_says_so_and_announces_nothing(scene: Scene) -> None:
    scene.room.deliberate("run-1")
    sent = len(scene.bus.sent)

    class Busy(MemoryRunStore):
        def amend(self, amendment: Any) -> None:
            raise StaleFence("somebody else was faster")

    scene.runs.__class__ = Busy
    with pytest.raises(AuditContended):
        erase(scene)
    assert len(scene.bus.sent) == sent
    assert scene.runs.get("run-1").texts is TextState.KEPT


@pytest.mark.parametrize("left", [b"oops", b"{}", b'{"option_id": 7}'])
def test_what_a_taken_over_arbiter_leaves_can_be_erased(scene: Scene, left: bytes) -> None:
    scene.room.deliberate("run-1")
    scene.journal.replace("run-1", "arbiter", {"arbitrate": left}, 1)
    assert erase(scene).texts is TextState.ERASED
    assert SECRET not in everything(scene)


def test_an_exchange_counts_whatever_its_request_holds() -> None:
    meter = Meter(price_table())
    request = {"messages": [{"role": "assistant", "content": [{"text": "half a pair: \ud800"}]}]}
    with meter.exchange(MODEL, request) as exchange:
        exchange.use({"inputTokens": 7, "outputTokens": 1})
    (text,) = meter.texts
    assert meter.total().input_tokens == 7
    assert meter.exchanges[0].request_hash == text.hash == sha256(text.request.encode())
    assert unpacked(packed(meter.texts)).texts == [text]


def test_what_a_service_said_of_a_failed_exchange_stands_with_its_text() -> None:
    meter = Meter(price_table())
    with pytest.raises(ValueError, match="quoted"), meter.exchange(MODEL, {"text": "x"}):
        raise ValueError("quoted: words of the prompt")
    assert meter.exchanges[0].error == "ValueError"
    assert decode(meter.texts[0].answer, dict) == {"error": "ValueError", "message": "quoted: words of the prompt"}
