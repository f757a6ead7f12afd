"""What is deployed is complete: every handler starts with its asset and its layers and nothing else."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.e2e
PROBE = """
import importlib, json, sys
sys.path[:0] = sys.argv[1:]
importlib.import_module("handler")
print(json.dumps({"strands": "strands" in sys.modules, "modules": len(sys.modules)}))
"""
MAX_LAYER_BYTES = 250 * 1024 * 1024
"""All layers and the code of a function, unzipped (a limit of Lambda)."""


def _functions(folder: Path) -> dict[str, dict[str, Any]]:
    assembly = json.loads((folder / "manifest.json").read_text())
    templates = [
        json.loads((folder / artifact["properties"]["templateFile"]).read_text())
        for artifact in assembly["artifacts"].values()
        if artifact["type"] == "aws:cloudformation:stack"
    ]
    resources = {name: each for template in templates for name, each in template["Resources"].items()}
    found = {}
    for resource in resources.values():
        if resource["Type"] != "AWS::Lambda::Function":
            continue
        properties = resource["Properties"]
        layers = [resources[each["Ref"]]["Properties"]["Content"] for each in properties.get("Layers", [])]
        found[properties["FunctionName"]] = {
            "asset": _unzipped(folder, properties["Code"]),
            "layers": [_unzipped(folder, content) / "python" for content in layers],
            "environment": properties["Environment"]["Variables"],
        }
    return found


def _unzipped(folder: Path, content: Mapping[str, Any]) -> Path:
    """The folder that the CDK CLI zipped; the key of the zip is its hash."""
    return folder / f"asset.{str(content['S3Key']).removesuffix('.zip')}"


@pytest.fixture(scope="module")
def functions(conclave: Any) -> Mapping[str, dict[str, Any]]:
    return _functions(conclave.folder / "cdk.out.airline")


def test_every_handler_starts_in_a_clean_interpreter(conclave: Any, functions: Mapping[str, dict[str, Any]]) -> None:
    bare = next((conclave.folder / "runtime").rglob("bin/python"))
    assert len(functions) >= 16
    for name, function in functions.items():
        strings = {key: value for key, value in function["environment"].items() if isinstance(value, str)}
        done = subprocess.run(
            [str(bare), "-I", "-c", PROBE, str(function["asset"]), *map(str, function["layers"])],
            env={"PATH": os.defpath, "AWS_DEFAULT_REGION": "us-east-1", "AWS_REGION": "us-east-1", **strings},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, f"{name}: {done.stderr}"
        probe = json.loads(done.stdout)
        assert probe["strands"] == ("-agent-" in name or name.endswith("-converse")), name


def test_layers_fit_and_carry_byte_code(functions: Mapping[str, dict[str, Any]]) -> None:
    for name, function in functions.items():
        files = [path for layer in function["layers"] for path in layer.rglob("*") if path.is_file()]
        assert sum(path.stat().st_size for path in files) < MAX_LAYER_BYTES, name
        assert any(path.suffix == ".pyc" for path in files), name
