"""What every bench prints."""

from __future__ import annotations

import json
import platform
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest

from bench import report
from bench.criteria import CRITERIA

MACHINE = {
    "cpu": "a",
    "cores": 2,
    "memory_mb": 4,
    "system": "Linux 6",
    "python": "CPython 3.13.0",
    "commit": "c",
    "at": "t",
}


def result(**figures: Any) -> dict[str, Any]:
    return {**figures, "held": [], "missed": [], "machine": MACHINE}


def test_numbers_are_found_by_dotted_names_and_records_by_theirs() -> None:
    found = report.flat(
        {"ratios": {"agent": 0.9}, "functions": [{"name": "frame", "modules": 3, "tags": ["x"]}], "machine": MACHINE}
    )
    assert found == {"ratios.agent": 0.9, "functions.frame.modules": 3}


def test_a_figure_stands_beside_the_one_before() -> None:
    rows = report.comparison(result(reads=5, p50=3.0, new=1), result(reads=10, p50=2.0))
    assert rows == [
        {"figure": "reads", "now": 5, "before": 10, "ratio": 0.5},
        {"figure": "p50", "now": 3.0, "before": 2.0, "ratio": 1.5},
        {"figure": "new", "now": 1},
    ]


def test_times_of_another_machine_get_no_ratio_but_counts_do() -> None:
    before = {**result(reads=10, run_seconds=2.0), "machine": {**MACHINE, "cpu": "b"}}
    rows = report.comparison(result(reads=5, run_seconds=3.0), before)
    assert rows == [
        {"figure": "reads", "now": 5, "before": 10, "ratio": 0.5},
        {"figure": "run_seconds", "now": 3.0, "before": 2.0},
    ]


def test_numbers_stand_to_the_right_and_words_to_the_left() -> None:
    assert report.table([{"name": "a", "value": 1.5}, {"name": "bcd", "value": 10}]) == [
        "name  value",
        "a       1.5",
        "bcd      10",
    ]


def test_records_become_a_table_and_missed_bars_are_named() -> None:
    text = report.text_of(
        "cold_start", {**result(functions=[{"name": "frame", "modules": 3}]), "missed": ["at most 2 modules"]}, {}
    )
    assert "frame        3" in text
    assert "missed: at most 2 modules" in text


@pytest.mark.parametrize("held", [True, False])
def test_the_document_has_the_figures_the_machine_and_what_was_missed(
    held: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = report.options("").parse_args(["--json"])
    assert report.report("nothing", {"asked": 2}, bars={"a bar": held}, asked=asked) == (0 if held else 1)
    document = json.loads(capsys.readouterr().out)
    assert document["asked"] == 2
    assert (document["held"], document["missed"]) == ((["a bar"], []) if held else ([], ["a bar"]))
    assert document["machine"].keys() == MACHINE.keys()


def test_the_fingerprint_names_neither_host_nor_folder() -> None:
    text = json.dumps(report.fingerprint())
    assert platform.node() not in text
    assert str(Path.cwd()) not in text
    assert "/" not in report.fingerprint()["commit"]


def test_a_kept_result_is_compared_once_it_is_committed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(report, "ROOT", tmp_path)
    (tmp_path / "bench").mkdir()
    subprocess.run(["git", "init", "-q"], cwd=tmp_path, check=True)
    asked = report.options("").parse_args(["--keep"])
    report.report("reads", {"reads": 10}, bars={}, asked=asked)
    assert report.committed("reads") == {}
    who = ["-c", "user.name=a", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false"]
    subprocess.run(["git", "add", "."], cwd=tmp_path, check=True)
    subprocess.run(["git", *who, "commit", "-qm", "Keep"], cwd=tmp_path, check=True)
    capsys.readouterr()
    report.report("reads", {"reads": 5}, bars={}, asked=asked)
    (line,) = (each for each in capsys.readouterr().out.splitlines() if each.startswith("reads  "))
    assert line.split() == ["reads", "5", "10", "0.5"]


def test_a_bench_that_fails_does_not_keep_the_next_from_being_run(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["report", "no_such_bench", "report --help"])
    assert report.main() == 1
    told = capfd.readouterr().out
    assert "no_such_bench  missed a bar or failed (exit code 1)" in told
    assert "report --help  held" in told
    assert "1 of 2 benches held their bars" in told
    assert "make demo, seconds" in told
    assert f"0 of {len(CRITERIA)} lines were held" in told


@pytest.mark.slow
def test_a_bench_that_does_not_end_is_ended_with_what_it_started(tmp_path: Path) -> None:
    pid = tmp_path / "pid"
    assert report.ending(["sh", "-c", f"sh -c 'echo $$ > {pid}; exec sleep 300' & wait"], 1) == "not done after 1 s"
    stat, patience = Path(f"/proc/{pid.read_text().strip()}/stat"), time.monotonic() + 10
    while (
        runs := stat.exists() and stat.read_text().rpartition(")")[2].split()[0] != "Z"
    ) and time.monotonic() < patience:
        time.sleep(0.05)
    assert not runs
