"""Tampered exports: found, and found in the right place. The bench does the same ten thousand times."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path
from random import Random

import pytest
from conclave.audit.canonical import sha256
from conclave.audit.chain import Act, Head, seal
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.audit import TAMPERINGS_BY_NAME, Export, anchor_line, located, public_key, run_lines, tamper
from verifier.__main__ import main, verify_file
from verifier.anchors import KeyUnusable, PublicKey
from verifier.export import Report, verify


@cache
def sound() -> tuple[Export, dict[str, list[str]]]:
    export = Export.make(3, Random(1))
    return export, {name: export.block(name) for name in export.runs}


def lines(**changed: list[str]) -> list[str]:
    export, blocks = sound()
    return export.lines({**blocks, **{name.replace("_", "-"): block for name, block in changed.items()}})


def checked(text: list[str], **options: bool) -> Report:
    return verify(text, [public_key(sound()[0].private)], **options)


def told(report: Report) -> list[tuple[str, int, str]]:
    return [(each.run_id, each.sequence, each.reason) for each in report.broken]


@pytest.mark.parametrize("strict", [False, True])
def test_a_sound_export_is_proved(strict: bool) -> None:
    report = checked(lines(), strict=strict)
    assert report.ok
    assert (report.runs, report.entries, report.anchors, report.pinned) == (3, 18, 3, True)


@settings(max_examples=25, deadline=None)
@given(st.randoms(use_true_random=False))
@pytest.mark.parametrize("name", TAMPERINGS_BY_NAME)
def test_a_tampering_is_found_and_located(name: str, random: Random) -> None:
    export, blocks = sound()
    tampered = tamper(name, export, blocks, random)
    assert located(tampered, checked(tampered.lines))


def test_without_a_trusted_key_the_exports_own_is_taken_and_named() -> None:
    report = verify(lines())
    assert report.ok
    assert not report.pinned
    assert report.fingerprints == [public_key(sound()[0].private).fingerprint]


def test_an_export_signed_with_another_key_does_not_stand_up_to_the_trusted_one() -> None:
    export, _ = sound()
    forged = replace(export, private=ec.generate_private_key(ec.SECP256R1()))
    text = forged.lines({name: forged.block(name) for name in forged.runs})
    assert verify(text).ok
    report = checked(text)
    assert {each.run_id for each in report.broken} == set(export.runs)
    assert report.anchors == 0


def test_an_entry_after_the_anchored_ones_is_not_proved() -> None:
    export, blocks = sound()
    entries = export.runs["run-000001"]
    late = seal("run-000001", entries[-1].head, Act(event="override", at="2026-11-21T07:00:00.000Z", body={}))
    block = blocks["run-000001"]
    longer = run_lines("run-000001", [*block[1:-1], late.data.decode()], block[-1:])
    report = checked(lines(run_000001=longer))
    assert told(report) == [("run-000001", 7, "is not anchored: nothing proves that it was not rewritten")]


def test_a_run_whose_entries_are_all_gone_is_missed_by_its_anchor() -> None:
    _, blocks = sound()
    report = checked(lines(run_000002=run_lines("run-000002", [], blocks["run-000002"][-1:])))
    assert told(report) == [("run-000002", 1, "is missing: 6 entries are anchored")]


def test_a_run_that_is_gone_or_there_twice_is_noticed() -> None:
    export, blocks = sound()
    gone = export.lines({name: block for name, block in blocks.items() if name != "run-000001"})
    assert told(checked(gone)) == [("", 0, "the export announces 3 runs and holds 2")]
    assert ("run-000001", 0, "the run stands in the export twice") in told(checked([*lines(), *blocks["run-000001"]]))


def test_an_anchor_of_another_run_proves_nothing() -> None:
    _, blocks = sound()
    own, other = blocks["run-000000"], blocks["run-000001"]
    report = checked(lines(run_000000=[*own[:-1], other[-1]]))
    assert report.broken[0].run_id == "run-000000"


def test_strict_refuses_a_sealed_entry_that_can_be_read_in_two_ways() -> None:
    export, _ = sound()
    text = json.dumps(
        {"at": "now", "previous": Head().hash, "run_id": "run-000000", "sequence": 1}, separators=(",", ":")
    )
    ambiguous = text.replace('{"at":', '{"at":"then","at":')
    digest = sha256(ambiguous.encode())
    anchor = anchor_line("run-000000", [digest], export.private)
    block = run_lines("run-000000", [f'{{"entry":{ambiguous},"hash":"{digest}"}}'], [anchor])
    assert checked(lines(run_000000=block)).ok
    assert told(checked(lines(run_000000=block), strict=True)) == [("run-000000", 1, "is not in canonical form")]


@pytest.mark.parametrize("runs", ["0", "false"])
def test_an_export_without_a_run_proves_nothing(runs: str) -> None:
    report = checked([f'{{"export":{{"format":"conclave-export/1","runs":{runs}}}}}', lines()[1]])
    assert told(report) == [("", 0, "there is no run in it: nothing is proved")]


def test_bytes_that_are_no_text_are_not_taken_for_the_text_they_are_shown_as(tmp_path: Path) -> None:
    export, _ = sound()
    entry = seal("run-000000", Head(), Act(event="e", at="now", body={"said": "a\ufffdb"}))
    anchor = anchor_line("run-000000", [entry.hash], export.private)
    block = run_lines("run-000000", [entry.data.decode()], [anchor])
    data = ("\n".join(lines(run_000000=block)) + "\n").encode()
    file = tmp_path / "export.jsonl"
    for written, proved in ((data, True), (data.replace(b"a\xef\xbf\xbdb", b"a\xffb"), False)):
        file.write_bytes(written)
        report = verify_file(file, [public_key(export.private)])
        assert told(report) == ([] if proved else [("run-000000", 1, "cannot be read")])


@pytest.mark.parametrize("line", ['{"anchor":{"x":"\udcff"},"signature":"AA=="}', '{"other":"\udcff"}', "\ud800"])
def test_half_a_surrogate_pair_is_a_line_that_cannot_be_read_and_no_crash(line: str) -> None:
    assert not checked([*lines()[:-1], line]).ok


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda text: [], "the export does not begin with its header"),
        (lambda text: text[1:], "the export does not begin with its header"),
        (lambda text: [text[0], '{"key":{"id":"k","public_key":"AAAA"}}', *text[2:]], "the key is unusable"),
        (lambda text: [*text[:2], '{"other":1}', *text[2:]], "the line cannot be read"),
        (lambda text: ['{"export":{"format":"other","runs":3}}', *text[1:]], "the line cannot be read"),
        (lambda text: [*text[:2], '{"run":{"run_id":1}}', *text[2:]], "the line cannot be read"),
    ],
)
def test_a_damaged_frame_is_noticed(change: Callable[[list[str]], list[str]], reason: str) -> None:
    assert any(each.reason.startswith(reason) for each in verify(change(lines())).broken)


def test_only_keys_of_the_right_kind_are_taken() -> None:
    other = ed25519.Ed25519PrivateKey.generate().public_key()
    form = PublicFormat.SubjectPublicKeyInfo
    with pytest.raises(KeyUnusable, match="P-256"):
        PublicKey.from_der(other.public_bytes(Encoding.DER, form))
    with pytest.raises(KeyUnusable, match="not a public key"):
        PublicKey.from_pem(b"hello")


def test_the_verifier_runs_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    export, _ = sound()
    file, key = tmp_path / "export.jsonl", tmp_path / "key.pem"
    file.write_text("\n".join(lines()) + "\n", encoding="utf-8")
    key.write_bytes(export.private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
    assert main([str(file), "--key", str(key)]) == 0
    assert capsys.readouterr().out.startswith("proved: 18 entries of 3 runs, 3 anchors\n")
    file.write_text("\n".join(lines()[:-2]) + "\n", encoding="utf-8")
    assert main([str(file), "--json"]) == 1
    report = json.loads(capsys.readouterr().out)
    assert (report["broken"][0]["run_id"], report["broken"][0]["sequence"]) == ("run-000002", 1)
    assert main([str(file)]) == 1
    assert "run-000002 entry 1, line 20: is not anchored" in capsys.readouterr().out
    assert main([str(tmp_path / "none")]) == 2
