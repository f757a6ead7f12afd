"""The checks of a seed's world after it is at rest. They read bytes, events and statuses, and ask no step of the engine.

``lost``: an incident whose sender was told that it was accepted, or whose event the bus took, has no run and is not a dead
letter.
``double``: a run with two outcomes, in its entries, its events or its statuses. ``stuck``: a run without an outcome.
``unaudited``: a record, an outcome or an event without its entry, a broken or unanchored chain. ``needless``: halted although its
incident is decided by its content alone. ``wrong``: decided although its incident has to halt.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from bench.audit import anchor_line
from bench.simulation.functions import PRIVATE_KEY
from bench.simulation.world import World
from verifier.anchors import PublicKey
from verifier.export import verify

_DER = PRIVATE_KEY.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
_PUBLIC = PublicKey.from_der(_DER)
_EVENTS = {
    "FRAME": {"run_framed"},
    "REFUSAL": {"run_framed"},
    "ASSESSMENT": {"phase_collated"},
    "COLLATION": {"phase_collated"},
    "PROPOSAL": {"decision_proposed"},
}
"""The event that tells of a record when it is written; the decision's is one of ``_OUTCOMES``."""
_OUTCOMES = frozenset({"decision_published", "run_closed"})


@dataclass(slots=True, kw_only=True)
class Verdict:
    """Everything that was found in a seed.

    Attributes:
        seed: The seed.
        runs: Its runs.
        faults: How many faults happened, by kind.
        places: The same, by place and kind.
        findings: What is wrong: kind of finding and what it is about.
        needless: Causes of halts that need not be, one per run.
        dead_letters: Events that were laid aside, by function.
        digest: Hash over all events and stores.
    """

    seed: int
    runs: int
    faults: Mapping[str, int]
    places: Mapping[str, int]
    findings: list[tuple[str, str]] = field(default_factory=list)
    needless: list[str] = field(default_factory=list)
    dead_letters: list[str] = field(default_factory=list)
    digest: str = ""


def judge(seed: int, world: World) -> Verdict:
    """The verdict on a world that is at rest."""
    heads = sorted(world.run_heads(), key=lambda run: run.run_id)
    verdict = Verdict(seed=seed, runs=len(heads), faults=dict(world.chaos.faults), places=dict(world.chaos.places))
    verdict.dead_letters = [name for name, _ in world.cloud.dead_letters]
    verdict.findings += [("lost", each) for each in _lost(world)]
    for run in heads:
        entries = [json.loads(data) for data in world.runs._audits[run.run_id]]
        verdict.findings += [("double", f"{run.run_id}: {each}") for each in _double(run, entries, world)]
        verdict.findings += [("unaudited", f"{run.run_id}: {each}") for each in _unaudited(run, entries, world)]
        if run.status == "running":
            verdict.findings.append(("stuck", f"{run.run_id}: {_last(entries)}, {_execution(run.run_id, world)}"))
            continue
        _judge_outcome(run, world, verdict)
    verdict.digest = _digest(world)
    return verdict


def _lost(world: World) -> Iterator[str]:
    known = {run.correlation_id for run in world.run_heads()}
    aside = {event["detail"].get("idempotency_key") for name, event in world.cloud.dead_letters if name == "receive"}
    sent = {detail.get("idempotency_key") for kind, detail in world.cloud.events if kind == "IncidentReported"}
    for report in world.reports:
        accepted = report.taken or (report.key in sent and report.key not in aside)
        if accepted and report.key not in known:
            yield report.key


def _double(run: Any, entries: list[Any], world: World) -> Iterator[str]:
    concluded = [each["entry"] for each in entries if each["entry"]["event"] in _OUTCOMES]
    if len(concluded) > 1:
        yield f"{len(concluded)} outcomes in the audit"
    told = {
        (detail["status"], detail["option_id"], tuple(detail["reasons"]))
        for kind, detail in world.cloud.events
        if kind == "DecisionPublished" and detail["run_id"] == run.run_id
    }
    if len(told) > 1:
        yield f"events tell {sorted(told)}"
    if len(world.statuses.get(run.run_id, ())) > 1:
        yield f"was {' and '.join(world.statuses[run.run_id])}"


def _unaudited(run: Any, entries: list[Any], world: World) -> Iterator[str]:
    lines = [data.decode() for data in world.runs._audits[run.run_id]]
    anchors = [
        content.decode() for name, content in sorted(world.bucket.objects.items()) if name.startswith(run.run_id)
    ]
    sealed = _sealed(entries)
    for name, (_, data) in sorted(world.runs._records[run.run_id].items()):
        if name.startswith(("TEXTS#", "RECORDING#")):
            # What binds texts is the hash of each request, which the entry has, and recordings, that playing them comes to the
            # records that entries seal. Both may go.
            continue
        if not (_EVENTS.get(name.partition("#")[0], _OUTCOMES) | {"erasure_begun"}) & sealed.get(
            hashlib.sha256(data).hexdigest(), set()
        ):
            yield f"the record {name} has no entry of its own"
    outcomes = [each["entry"]["body"]["decision"]["status"] for each in entries if each["entry"]["event"] in _OUTCOMES]
    if run.status != "running" and outcomes[-1:] != [run.status]:
        yield f"is {run.status}, its entries say {outcomes}"
    events = [
        detail for kind, detail in world.cloud.events if kind != "IncidentReported" and detail["run_id"] == run.run_id
    ]
    for detail in events:
        number = detail["audit"]["entries"]
        if number > len(entries) or entries[number - 1]["hash"] != detail["audit"]["head"]:
            yield "an event tells of an entry that is not there"
    if run.status != "running" and not events:
        yield "nobody was told of its outcome"
    if run.texts != "kept" and not any(each["entry"]["event"] == "erasure_begun" for each in entries):
        yield "its texts went without an entry"
    if run.status != "running":
        yield from _unproved(run, lines, anchors, world)


def _unproved(run: Any, lines: list[str], anchors: list[str], world: World) -> Iterator[str]:
    """The independent verifier's objections to the chain. An end that nobody signed is excused while its event lies aside."""
    header = {"run_id": run.run_id, "entries": len(lines), "anchors": len(anchors)}
    top = [
        '{"export":{"format":"conclave-export/1","runs":1}}',
        json.dumps({"run": header}, sort_keys=True, separators=(",", ":")),
    ]
    aside = any(
        name == "anchor" and event["detail"]["run_id"] == run.run_id for name, event in world.cloud.dead_letters
    )
    unfinished = run.texts == "erasing" or (run.texts == "erased" and not _told_of_erasure(run, world))
    broken = verify([*top, *lines, *anchors], [_PUBLIC]).broken
    if (aside or unfinished) and all("is not anchored" in each.reason for each in broken):
        # The missing signature hides what else may be wrong with the links, so the rest is checked as if it were there.
        links = [json.loads(line)["hash"] for line in lines]
        header["anchors"] = 1
        top[1] = json.dumps({"run": header}, sort_keys=True, separators=(",", ":"))
        broken = verify([*top, *lines, anchor_line(run.run_id, links, PRIVATE_KEY)], [_PUBLIC]).broken
    for each in broken:
        yield f"entry {each.sequence} {each.reason}"


def _told_of_erasure(run: Any, world: World) -> bool:
    """True if the person who erased was told that it is done; until then they, or others, have to repeat it."""
    return any(report.erased for report in world.reports if report.key == run.correlation_id)


def _judge_outcome(run: Any, world: World, verdict: Verdict) -> None:
    kind = world.kind_of(run.run_id)
    decision = json.loads(world.runs._records[run.run_id]["DECISION"][1])
    if run.status != "halted":
        if kind.outcome == "halted":
            verdict.findings.append(("wrong", f"{run.run_id}: {kind.name} is {run.status}"))
    elif kind.outcome != "halted":
        told = next(iter(decision["reasons"]), {"code": "", "detail": "", "agent": ""})
        verdict.needless.append(f"{told['code']} {told.get('agent', '')} {told['detail']}"[:110])


def _sealed(entries: list[Any]) -> dict[str, set[str]]:
    """The events whose entries hold a hash, by hash."""
    found: dict[str, set[str]] = {}
    for each in entries:
        for hash in _hashes(each["entry"]["body"]):
            found.setdefault(hash, set()).add(each["entry"]["event"])
    return found


def _hashes(value: Any) -> set[str]:
    if isinstance(value, str):
        return {value} if len(value) == 64 else set()
    parts = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return set().union(*(_hashes(each) for each in parts)) if parts else set()


def _last(entries: list[Any]) -> str:
    return str(entries[-1]["entry"]["event"])


def _execution(run_id: str, world: World) -> str:
    return f"its execution is {world.cloud.executions.get(run_id, 'absent')}"


def _digest(world: World) -> str:
    """Hash over everything that happened and everything that is left."""
    digest = world.chaos.digest.copy()
    for part in (
        world.runs._runs,
        world.runs._records,
        world.runs._audits,
        world.journal._entries,
        world.bucket.objects,
        world.cloud.executions,
        world.cloud.events,
        world.cloud.dead_letters,
        world.statuses,
    ):
        digest.update(repr(part).encode())
    return digest.hexdigest()
