"""Light functions and ``frame`` run on their own layers: clients are whole without what was left out, and none loads what it
does not need."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from infra.constructs.layers import LAYERS, ROOT, Packages
from infra.constructs.service_data import OPERATIONS
from infra.stage import find_stage
from local.emulator.runtime import bare_interpreter

LIGHT = sorted(
    each.name
    for each in (ROOT / "lambdas").iterdir()
    if each.name not in {"converse", "frame", "run_agent", "settle", "take", "__pycache__"}
)
MOST_MODULES = {"conclave": 104, "aws_lambda_powertools": 34, "botocore": 62}
MOST_OF_CONCLAVE = {"approve": 111, "erase": 116, "feedback": 109, "fork": 106, "gate": 119, "intake": 107}
MOST_OF_POWERTOOLS = {
    **dict.fromkeys(("approve", "consent", "erase", "feedback", "fork", "listen", "receive", "runs"), 62),
    "intake": 82,
}
"""Of a package, in any of them. A new import at start is a decision: load what only some events need when they come."""
NEVER = (
    "_posixsubprocess",
    "asyncio.base_events",
    "aws_lambda_powertools.metrics.metrics",
    "boto3.session",
    "concurrent.futures.process",
    "dateutil.parser._parser",
    "highspy",
    "html.parser",
    "importlib.metadata",
    "multiprocessing",
    "pydantic",
    "s3transfer.utils",
    "strands",
)
NEVER_FOR_FRAME = (
    "conclave.language.dates",
    "conclave.language.durations",
    "conclave.language.messages",
    "conclave.language.statements.reading",
    "highspy",
    "numpy",
    "packs.airline.reading.rereading",
    "packs.airline.reading.telling",
    "pydantic",
    "strands",
    "tzdata",
)
"""What reads reports in words, and what the solver's own bindings load: a typed incident is planned without."""
PLANNED = """
import json, sys
sys.path.insert(0, sys.argv[1])
import handler
from conclave.codec import convert
from conclave.testing.tables import MemoryTables
from packs.airline import PACK
tables, now = MemoryTables(PACK.tables, PACK.sample("2026-11-21", 1)), "2026-11-20T18:00:00Z"
incident = PACK.resolve(convert(dict(PACK.typed_example("2026-11-21")), PACK.incident), tables, now)
plan = PACK.plan(incident, tables, now)
print(json.dumps({"options": len(plan.options), "reads": sorted(PACK.framing_reads), "names": sorted(sys.modules)}))
"""
CALLS = """
import json, sys
import botocore.endpoint
from conclave.adapters.clients import client
from botocore.exceptions import EndpointConnectionError
botocore.endpoint.time.sleep = lambda seconds: None  # between repeats
def filled(shape):
    match shape.type_name:
        case "structure" if shape.is_tagged_union:
            name = next(iter(shape.members))
            return {name: filled(shape.members[name])}
        case "structure":
            return {name: filled(shape.members[name]) for name in shape.required_members}
        case "list":
            return [filled(shape.member)]
        case "map":
            return {}
        case "blob":
            return b"x"
        case "integer" | "long":
            return 1
    return shape.enum[0] if shape.enum else "x" * 36
made = {}
for service in json.loads(sys.argv[1]):
    one = client(service)
    for method, operation in one.meta.method_to_api_mapping.items():
        shape = one.meta.service_model.operation_model(operation).input_shape
        try:
            getattr(one, method)(**(filled(shape) if shape else {}))
        except EndpointConnectionError:
            made.setdefault(service, []).append(operation)
        except Exception as error:
            made.setdefault(service, []).append(f"{operation}: {error!r}")
print(json.dumps(made))
"""
LOADED = """
import json, sys, collections
sys.path.insert(0, sys.argv[1])
import handler
found = collections.Counter(name.partition(".")[0] for name in sys.modules)
print(json.dumps({"by_package": found, "names": sorted(sys.modules)}))
"""


def bundled(folder: Path, name: str) -> Path:
    bundler = Packages(requirements=LAYERS / name / "requirements.txt", runtime=find_stage("local").runtime)
    assert bundler.try_bundle(str(folder))
    return folder / "python"


@pytest.fixture(scope="module")
def layer(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return bundled(tmp_path_factory.mktemp("layer"), "light_deps")


@pytest.fixture(scope="module")
def interpreter(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return bare_interpreter(tmp_path_factory.mktemp("runtime"))


def on_layer(interpreter: Path, layer: Path, code: str, argument: str) -> Any:
    environment = {
        "PATH": os.defpath,
        "PYTHONTZPATH": str(layer / "tzdata" / "zoneinfo"),
        "AWS_ENDPOINT_URL": "http://127.0.0.1:1",
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_REGION": "us-east-1",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_MAX_ATTEMPTS": "1",
        "POWERTOOLS_TRACE_DISABLED": "1",
        "POWERTOOLS_SERVICE_NAME": "layer",
        "POWERTOOLS_METRICS_NAMESPACE": "Layer",
    }
    paths = [str(each) for each in (layer, LAYERS / "conclave" / "python", LAYERS / "packs" / "python")]
    command: list[str | Path] = [interpreter, "-I", "-c", f"import sys; sys.path[:0] = {paths}\n{code}", argument]
    ran = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    return json.loads(ran.stdout.splitlines()[-1])


def test_every_client_is_whole_without_what_is_left_out(interpreter: Path, layer: Path) -> None:
    """Each is made, and each of its calls comes as far as the wire, where nobody listens."""
    assert not (layer / "botocore" / "docs").exists()
    made = on_layer(interpreter, layer, CALLS, json.dumps(sorted(OPERATIONS)))
    assert {service: set(names) for service, names in made.items()} == OPERATIONS


@pytest.mark.parametrize("verb", LIGHT)
def test_light_function_loads_only_what_it_needs(interpreter: Path, layer: Path, verb: str) -> None:
    found = on_layer(interpreter, layer, LOADED, str(ROOT / "lambdas" / verb))
    assert [name for name in NEVER if name in found["names"]] == []
    most = MOST_MODULES | {
        "aws_lambda_powertools": MOST_OF_POWERTOOLS.get(verb, MOST_MODULES["aws_lambda_powertools"]),
        "conclave": MOST_OF_CONCLAVE.get(verb, MOST_MODULES["conclave"]),
    }
    numbers = found["by_package"]
    assert {name: numbers[name] for name, bound in most.items() if numbers[name] > bound} == {}


def test_frame_plans_a_typed_incident_without_numpy_and_without_the_words_of_reports(
    interpreter: Path, tmp_path: Path
) -> None:
    """The plan of the example asks the solver, whose library is all that its layer has of it."""
    layer = bundled(tmp_path, "frame_deps")
    assert [path.name for path in (layer / "highspy").glob("*") if path.suffix != ".typed"] == ["libhighs.so.1"]
    found = on_layer(interpreter, layer, PLANNED, str(ROOT / "lambdas" / "frame"))
    assert found["options"] > 3
    assert "words" in found["reads"]
    assert "packs.airline.planning.seats.highs" in found["names"]
    assert [name for name in NEVER_FOR_FRAME if name in found["names"]] == []
