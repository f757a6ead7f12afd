"""``conclave export`` and ``conclave verify``: what is proved, what is broken, and the exit codes."""

from __future__ import annotations

import json
from pathlib import Path
from random import Random
from typing import Any

import pytest
from conclave.audit.chain import Act, Head, seal
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from bench.audit import Export, anchor_line


def written(private: ec.EllipticCurvePrivateKey, form: Encoding) -> bytes:
    return private.public_key().public_bytes(form, PublicFormat.SubjectPublicKeyInfo)


@pytest.fixture
def audited(room: Any) -> Any:
    """The room with two concluded runs, ``run-000000`` and ``run-000001``, audited and anchored."""
    export = Export.make(2, Random(3))
    for name, entries in export.runs.items():
        room.api.audits[name] = [each.data.decode() for each in entries]
        room.anchors.kept[name] = export.block(name)[-1:]
    room.api.states = {}
    room.anchors.public_key = written(export.private, Encoding.DER)
    return room


def test_a_run_is_proved_against_the_key_that_kms_gives(audited: Any) -> None:
    done = audited("verify", "run-000000")
    assert done.exit_code == 0
    assert "proved: 6 entries of 1 run, 1 anchor" in done.stdout
    assert "own word" not in done.stdout


def test_all_runs_are_proved_and_the_answer_is_one_json_document(audited: Any) -> None:
    done = audited("verify", "--all", "--strict", "--json")
    assert done.exit_code == 0
    report = json.loads(done.stdout)
    assert (report["ok"], report["runs"], report["entries"], report["anchors"]) == (True, 2, 12, 2)


def test_the_first_broken_link_is_named_with_exit_code_1(audited: Any) -> None:
    entries = audited.api.audits["run-000001"]
    entries[3] = entries[3].replace('"fence":1', '"fence":2')
    done = audited("verify", "--all")
    assert done.exit_code == 1
    assert "run-000001 entry 4" in done.stdout
    assert audited("verify", "run-000000").exit_code == 0
    assert json.loads(audited("verify", "run-000001", "--json").stdout)["broken"][0]["sequence"] == 4


def test_an_audit_that_was_deleted_is_missed_by_its_anchor(audited: Any) -> None:
    del audited.api.audits["run-000001"]
    done = audited("verify", "--all")
    assert done.exit_code == 1
    assert "run-000001 entry 1" in done.stdout
    assert "6 entries are anchored" in done.stdout


def test_a_run_that_is_not_anchored_is_not_proved(audited: Any) -> None:
    audited.anchors.kept.clear()
    done = audited("verify", "run-000000")
    assert done.exit_code == 1
    assert "is not anchored" in done.stdout


def running(room: Any, decided: dict[str, Any], name: str = "run-00000a") -> str:
    """A run without an outcome."""
    room.api.states[name] = [{**decided, "run_id": name, "status": "running"}]
    room.api.audits[name] = [seal(name, Head(), Act(event="incident_accepted", at="now", body={})).data.decode()]
    return name


def test_a_run_without_an_outcome_is_still_running_and_not_broken(audited: Any, decided: dict[str, Any]) -> None:
    name = running(audited, decided)
    done = audited("verify", name)
    assert done.exit_code == 7
    assert f"{name} is still running" in done.stdout
    assert "broken" not in done.stdout
    report = json.loads(audited("verify", name, "--json").stdout)
    assert (report["ok"], report["broken"], report["running"]) == (False, [], [name])


def test_a_running_run_whose_entries_do_not_hold_is_broken(audited: Any, decided: dict[str, Any]) -> None:
    name = running(audited, decided)
    audited.api.audits[name] = [audited.api.audits[name][0].replace("incident_accepted", "incident_expected")]
    done = audited("verify", name)
    assert done.exit_code == 1
    assert f"{name} entry 1" in done.stdout


def test_all_names_what_it_left_out(audited: Any, decided: dict[str, Any]) -> None:
    name = running(audited, decided)
    done = audited("verify", "--all")
    assert done.exit_code == 0
    assert f"left out: {name} is still running" in done.stdout
    assert json.loads(audited("verify", "--all", "--json").stdout)["running"] == [name]


def test_a_run_that_cannot_be_read_is_named_and_the_others_are_proved(
    audited: Any, decided: dict[str, Any], tmp_path: Path
) -> None:
    lost = "run-00000b"
    audited.api.states[lost] = [{**decided, "run_id": lost}]
    done = audited("verify", "--all", "--json")
    report = json.loads(done.stdout)
    assert done.exit_code == 1
    assert (report["ok"], report["broken"], report["runs"]) == (False, [], 2)
    assert [each["run_id"] for each in report["unread"]] == [lost]
    exported = audited("export", "--all", str(tmp_path / "all.jsonl"))
    assert exported.exit_code == 1
    assert f"left out: {lost} could not be read" in exported.stdout


FOREIGN = {
    "notes.txt": "hello",
    "else/000001.json": "{}",
    "run-000000/readme.json": "{}",
    "run-000001/000009.json": '{"anchor":{},"signature":"AA=="}',
    "run-000001/000010.json": "no JSON\nat all",
    "run-00000f/000001.json": "a run that never was",
}


def test_foreign_objects_are_named_apart_and_break_nothing(audited: Any) -> None:
    audited.anchors.strange = FOREIGN
    audited.anchors.kept.setdefault("run-00000f", [])
    done = audited("verify", "--all", "--json")
    report = json.loads(done.stdout)
    assert done.exit_code == 0
    assert (report["ok"], report["runs"], report["anchors"]) == (True, 2, 2)
    assert sorted(report["foreign"]) == sorted(FOREIGN)
    assert "not an anchor: notes.txt" in audited("verify", "--all").stdout
    one = json.loads(audited("verify", "run-000000", "--json").stdout)
    assert (one["ok"], one["foreign"]) == (True, ["run-000000/readme.json"])


def test_foreign_objects_prove_nothing(audited: Any, decided: dict[str, Any]) -> None:
    audited.anchors.strange = {"run-000001/000006.json": '{"anchor":{},"signature":"AA=="}'}
    del audited.anchors.kept["run-000001"]
    audited.api.states["run-000001"] = [{**decided, "run_id": "run-000001"}]
    done = audited("verify", "--all")
    assert done.exit_code == 1
    assert "run-000001 entry 1" in done.stdout
    assert "is not anchored" in done.stdout
    audited.api.audits.clear()
    assert audited("verify", "run-000001").exit_code == 1


def test_concluded_runs_of_the_api_are_exported_too(audited: Any, decided: dict[str, Any], tmp_path: Path) -> None:
    audited.api.states = {decided["run_id"]: [decided]}
    audited.api.audits[decided["run_id"]] = audited.api.audits["run-000000"]
    done = audited("export", "--all", str(tmp_path / "all.jsonl"), "--json")
    assert json.loads(done.stdout)["runs"] == 3
    assert audited("verify", "--all", "--export", str(tmp_path / "all.jsonl")).exit_code == 1


def test_an_export_is_proved_offline(audited: Any, tmp_path: Path) -> None:
    file, key = tmp_path / "all.jsonl", tmp_path / "key.pem"
    done = audited("export", "--all", str(file))
    assert done.exit_code == 0
    assert "wrote 12 entries of 2 runs" in done.stdout
    audited.api.audits.clear()
    offline = audited("verify", "--all", "--export", str(file))
    assert offline.exit_code == 0
    assert "own word" in offline.stdout
    assert audited("verify", "run-000001", "--export", str(file)).exit_code == 0
    other = ec.generate_private_key(ec.SECP256R1())
    key.write_bytes(written(other, Encoding.PEM))
    assert audited("verify", "--all", "--export", str(file), "--key", str(key)).exit_code == 1


def test_a_byte_that_is_no_text_is_no_proof(audited: Any, tmp_path: Path) -> None:
    export = Export.make(1, Random(3))
    entry = seal("run-000000", Head(), Act(event="e", at="now", body={"said": "a\ufffdb"}))
    audited.api.audits = {"run-000000": [entry.data.decode()]}
    audited.anchors.kept = {"run-000000": [anchor_line("run-000000", [entry.hash], export.private)]}
    file = tmp_path / "all.jsonl"
    assert audited("export", "--all", str(file)).exit_code == 0
    assert audited("verify", "--all", "--export", str(file)).exit_code == 0
    file.write_bytes(file.read_bytes().replace(b"a\xef\xbf\xbdb", b"a\xffb"))
    done = audited("verify", "--all", "--export", str(file))
    assert done.exit_code == 1
    assert "run-000000 entry 1" in done.stdout


@pytest.mark.parametrize(
    "arguments",
    [
        ("verify",),
        ("verify", "run-1", "--all"),
        ("export", "run-1"),
        ("export", "--all", "run-1", "file"),
        ("verify", "run-9"),
        ("verify", "--all", "--export", "does/not/exist"),
        ("verify", "run-000000", "--key", "does/not/exist"),
        ("export", "run-000000", "does/not/exist"),
    ],
)
def test_wrong_usage_ends_with_exit_code_2(audited: Any, arguments: tuple[str, ...]) -> None:
    done = audited(*arguments)
    assert done.exit_code == 2
    assert done.stderr.startswith("error: ")


def test_a_run_that_an_export_does_not_hold_and_a_file_that_is_no_key_are_bad_input(
    audited: Any, tmp_path: Path
) -> None:
    file = tmp_path / "one.jsonl"
    audited("export", "run-000000", str(file))
    assert audited("verify", "run-000001", "--export", str(file)).exit_code == 2
    done = audited("verify", "--all", "--export", str(file), "--key", str(file))
    assert done.exit_code == 2
    assert "PEM" in done.stderr
