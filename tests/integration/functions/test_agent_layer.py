"""Agents run on their own layer: nothing that was left out of it is missed, on any path of a model's answer."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from infra.constructs.layers import LAYERS, ROOT, Packages
from infra.stage import find_stage

PATHS = ("test_models.py", "test_answers.py")
"""Whole runs, tools, repairs, throttling, hangs, guardrails: the tests of the adapter, run again on the layer."""


@pytest.fixture(scope="module")
def layer(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("layer")
    bundler = Packages(requirements=LAYERS / "agent_deps" / "requirements.txt", runtime=find_stage("local").runtime)
    assert bundler.try_bundle(str(folder))
    return folder / "python"


def on_layer(layer: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    support = ROOT / "tests" / "support"
    environment = {**os.environ, "PYTHONPATH": f"{layer}{os.pathsep}{support}", "LAYER": str(layer)}
    return subprocess.run(
        [sys.executable, *arguments], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )


def test_every_path_of_an_agent_runs_on_its_layer(layer: Path) -> None:
    folder = ROOT / "tests" / "integration" / "model"
    quiet = ("-q", "-p", "no:cacheprovider", "-p", "no:xdist", "-p", "only_the_layer")
    ran = on_layer(layer, "-m", "pytest", *quiet, *(str(folder / name) for name in PATHS))
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert " passed" in ran.stdout


def test_a_part_that_is_left_out_is_missed_as_soon_as_something_needs_it(layer: Path) -> None:
    code = "import only_the_layer, strands.agent.agent; from strands import Agent"
    ran = on_layer(layer, "-c", code)
    assert ran.returncode != 0
    assert "ModuleNotFoundError" in ran.stderr
