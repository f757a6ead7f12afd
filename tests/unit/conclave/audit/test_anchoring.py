"""Anchoring: what is signed, what is refused, and that repeating it changes nothing."""

from __future__ import annotations

import base64
import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
from conclave.api.documents import audit_document
from conclave.audit.anchoring import NothingToAnchor, anchor
from conclave.audit.canonical import canonical
from conclave.audit.chain import ChainBroken
from conclave.records.runs import RunNotFound
from conclave.testing.run_store import MemoryRunStore
from cryptography.hazmat.primitives.asymmetric import ec, utils
from cryptography.hazmat.primitives.hashes import SHA256
from pipe_domain import Scene, clock, make_scene

from bench.audit import Export, public_key, run_lines
from verifier.export import verify


class Pen:
    """A signer with a key of its own."""

    key = "arn:aws:kms:eu-central-1:000000000000:key/pen"

    def __init__(self) -> None:
        self.private = ec.generate_private_key(ec.SECP256R1())

    def sign(self, digest: bytes) -> bytes:
        return self.private.sign(digest, ec.ECDSA(utils.Prehashed(SHA256())))


class Safe(dict[str, bytes]):
    """A vault in memory."""

    def keep(self, name: str, content: bytes) -> bool:
        if name in self:
            return False
        self[name] = content
        return True


def anchored(scene: Scene, announced: Any, pen: Pen, safe: Safe) -> Any:
    return anchor("run-1", announced, audits=scene.runs, signer=pen, vault=safe, clock=clock)


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    scene = make_scene(tmp_path)
    scene.room.deliberate("run-1")
    return scene


def announced(scene: Scene) -> Any:
    ((_, detail),) = scene.bus.sent
    return detail["audit"]


def test_the_anchor_of_a_run_is_what_the_verifier_wants(scene: Scene) -> None:
    pen, safe = Pen(), Safe()
    statement = anchored(scene, announced(scene), pen, safe)
    assert statement.entries == 6
    ((name, content),) = safe.items()
    assert name == "run-1/000006.json"
    written = json.loads(content)
    pen.private.public_key().verify(
        base64.b64decode(written["signature"]), canonical(written["anchor"]), ec.ECDSA(SHA256())
    )
    entries = audit_document("run-1", runs=scene.runs)["entries"]
    export = Export({"run-1": []}, pen.private)
    lines = export.lines({"run-1": run_lines("run-1", entries, [content.decode()])})
    report = verify(lines, [public_key(pen.private)], strict=True)
    assert report.ok
    assert (report.entries, report.anchors) == (6, 1)


def test_a_repeated_event_changes_nothing(scene: Scene) -> None:
    pen, safe = Pen(), Safe()
    anchored(scene, announced(scene), pen, safe)
    before = dict(safe)
    anchored(scene, announced(scene), pen, safe)
    assert safe == before


@pytest.mark.parametrize("change", [{"entries": 7}, {"entries": 0}, {"entries": 5}, {"head": "0" * 64}])
def test_an_audit_that_is_not_the_one_announced_is_not_signed(scene: Scene, change: dict[str, Any]) -> None:
    safe = Safe()
    with pytest.raises(ChainBroken, match="announced"):
        anchored(scene, {**announced(scene), **change}, Pen(), safe)
    assert not safe


def test_a_broken_audit_is_not_signed_whoever_announced_it(scene: Scene) -> None:
    stored = scene.runs.audit("run-1")

    class Tampered:
        def audit(self, run_id: str) -> list[bytes]:
            return [*stored[:3], stored[3].replace(b"revise", b"decide"), *stored[4:]]

    safe = Safe()
    with pytest.raises(ChainBroken, match="entry 4"):
        anchor("run-1", announced(scene), audits=Tampered(), signer=Pen(), vault=safe, clock=clock)
    assert not safe


def test_a_sealed_entry_that_has_no_canonical_form_is_not_signed(scene: Scene) -> None:
    text = b'{"at":"now","body":{"n":9007199254740993},"event":"x","previous":"%s","run_id":"run-1","sequence":1}' % (
        b"0" * 64
    )
    digest = hashlib.sha256(text).hexdigest()

    class Sealed:
        def audit(self, run_id: str) -> list[bytes]:
            return [b'{"entry":%s,"hash":"%s"}' % (text, digest.encode())]

    with pytest.raises(ChainBroken, match="entry 1"):
        anchor("run-1", {"entries": 1, "head": digest}, audits=Sealed(), signer=Pen(), vault=Safe(), clock=clock)


def test_a_run_without_an_audit_has_nothing_to_anchor_nor_to_show() -> None:
    with pytest.raises(NothingToAnchor):
        anchor("run-9", {}, audits=MemoryRunStore(), signer=Pen(), vault=Safe(), clock=clock)
    with pytest.raises(RunNotFound):
        audit_document("run-9", runs=MemoryRunStore())
