"""What is deployed: the functions of the synthesised templates, their code, layers and environment; and stock libraries."""

from __future__ import annotations

import importlib.metadata
import json
import os
import subprocess
import sys
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from infra.constructs.layers import UV, _compile
from infra.stage import find_stage
from local.cdk import node_folder

ROOT = Path(__file__).resolve().parents[2]
HERE = Path(__file__).parent
STAGE, PACK = "local", "airline"
PREFIX = f"conclave-{STAGE}-{PACK}"
MEGABYTE = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Function:
    """Something that answers an event in a process of its own.

    Attributes:
        name: The deployed name without its prefix, or that of a stock library.
        code: Folder with ``handler.py``.
        layers: Folders with packages, the first found first.
        environment: Its variables.
        memory_mb: Its memory, MB.
    """

    name: str
    code: Path
    layers: tuple[Path, ...]
    environment: Mapping[str, str]
    memory_mb: int = 512


def functions(folder: Path) -> dict[str, Function]:
    """The functions of the stacks in a folder by name; synthesised into it, layers filled, where there are none.

    Raises:
        subprocess.CalledProcessError: The app failed; it has said why.
    """
    if not (folder / "manifest.json").exists():
        _synthesise(folder)
    return _functions(folder)


def _synthesise(folder: Path) -> None:
    context = {"stage": STAGE, "pack": PACK, "aws:cdk:bundling-stacks": ["**"]}
    environment = {
        **os.environ,
        "PATH": os.pathsep.join((str(node_folder()), str(Path(sys.executable).parent), os.environ.get("PATH", ""))),
        "CDK_OUTDIR": str(folder),
        "CDK_CONTEXT_JSON": json.dumps(context),
        "JSII_SILENCE_WARNING_UNTESTED_NODE_VERSION": "1",
    }
    subprocess.run([sys.executable, ROOT / "app.py"], cwd=ROOT, env=environment, check=True, capture_output=True)


def _functions(folder: Path) -> dict[str, Function]:
    resources = _resources(folder)
    found = {}
    for resource in resources.values():
        if resource["Type"] != "AWS::Lambda::Function":
            continue
        properties = resource["Properties"]
        name = str(properties["FunctionName"]).removeprefix(f"{PREFIX}-")
        contents = [resources[each["Ref"]]["Properties"]["Content"] for each in properties["Layers"]]
        found[name] = Function(
            name=name,
            code=_asset(folder, properties["Code"]),
            layers=tuple(_asset(folder, content) / "python" for content in contents),
            environment=_plain(properties["Environment"]["Variables"]),
            memory_mb=int(properties["MemorySize"]),
        )
    return found


def stock(folder: Path) -> dict[str, Function]:
    """Stock boto3 and a stock Strands agent, of the locked versions and unmodified, with byte code, each alone."""
    runtime = find_stage(STAGE).runtime
    found = {}
    for name, package in (("stock_boto3", "boto3"), ("stock_strands", "strands-agents")):
        target = folder / name / "python"
        wanted = f"{package}=={importlib.metadata.version(package)}"
        command: list[str | Path] = [
            UV,
            "pip",
            "install",
            "--quiet",
            "--target",
            target,
            "--python",
            sys.executable,
            "--only-binary",
            ":all:",
        ]
        subprocess.run([*command, "--constraints", ROOT / "requirements.txt", wanted], check=True)
        _compile(target, replace(runtime, byte_code=True))
        found[name] = Function(name=name, code=HERE / name, layers=(target,), environment={})
    return found


def sizes(function: Function) -> tuple[float, float]:
    """Layers of a function, MB unzipped and zipped."""
    files = [(path, layer) for layer in function.layers for path in sorted(layer.rglob("*")) if path.is_file()]
    archive = function.code.parent / "measured.zip"
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as zipped:
        for path, layer in files:
            zipped.write(path, path.relative_to(layer.parent))
    packed = archive.stat().st_size
    archive.unlink()
    return sum(path.stat().st_size for path, _ in files) / MEGABYTE, packed / MEGABYTE


def _resources(folder: Path) -> dict[str, Any]:
    artifacts = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))["artifacts"].values()
    files: Sequence[str] = [
        each["properties"]["templateFile"] for each in artifacts if each["type"] == "aws:cloudformation:stack"
    ]
    templates = [json.loads((folder / name).read_text(encoding="utf-8")) for name in files]
    return {name: each for template in templates for name, each in template["Resources"].items()}


def _asset(folder: Path, content: Mapping[str, Any]) -> Path:
    """The folder that the CDK CLI zips; the key of the zip is its hash."""
    return folder / f"asset.{str(content['S3Key']).removesuffix('.zip')}"


def _plain(variables: Mapping[str, Any]) -> dict[str, str]:
    """The variables, with what only CloudFormation knows replaced by ``references``."""
    return {name: value if isinstance(value, str) else references(name) for name, value in variables.items()}


def references(name: str) -> str:
    """A value for a variable that refers to a resource of another stack, or to one without a name of its own."""
    if name.endswith("_TABLE"):
        return f"{PREFIX}-{name.removesuffix('_TABLE').lower()}"
    return {"GUARDRAIL_VERSION": "1", "EVENT_BUS_NAME": PREFIX}.get(name, f"{name.lower().replace('_', '-')}")
