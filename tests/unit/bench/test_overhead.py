"""The bench of the engine's own work: each part measures something, and they do the same."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from conclave.pack import load_pack
from conclave.testing.tables import MemoryTables

from bench.overhead import orchestration, whole
from bench.report import ROOT


def test_the_graph_is_seven_a_join_seven_a_join_and_one() -> None:
    edges = orchestration.edges()
    assert len({name for edge in edges for name in edge}) == 7 + 1 + 7 + 1 + 1
    assert sum(target == "collate" for _, target in edges) == 7
    assert [source for source, target in edges if target == "arbiter"] == ["collate_again"]


@pytest.mark.slow
@pytest.mark.parametrize("framework", ["conclave", "strands_graph"])
def test_a_framework_runs_to_the_arbiter_and_its_times_are_told(framework: str) -> None:
    script = Path(str(orchestration.__file__))
    command = [sys.executable, "-W", "ignore", str(script), framework, "3"]
    times = json.loads(subprocess.run(command, check=True, capture_output=True, text=True, cwd=ROOT).stdout)
    assert len(times) == 3
    assert all(each > 0 for each in times)


@pytest.mark.slow
def test_a_decision_is_the_same_whether_the_pack_works_or_remembers() -> None:
    pack = load_pack("airline")
    tables = MemoryTables(pack.tables, {name: list(rows) for name, rows in pack.sample(whole.DATE, whole.SEED).items()})
    remembering = whole.instant(pack)
    first, again = (whole.decide(remembering, tables) for _ in range(2))
    worked = whole.decide(pack, tables)
    assert worked.option_id
    assert worked.option_id == first.option_id == again.option_id
    assert whole.decide(remembering, MemoryTables(pack.tables, {})).options == worked.options
