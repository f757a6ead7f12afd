"""Layers: third-party packages from the lock, and our own packages, both with byte code.

``/opt`` is read-only on Lambda, so a package without byte code is compiled again at every cold start. The CDK zips with
a fixed modification time, so byte code that is checked against the source's time would be thrown away: it is compiled
unchecked. That takes the functions' own Python on the machine that bundles. Where it is missing, synthesis goes on and the
template refuses its own deployment (``refuse_without_byte_code``). Bundling runs at synthesis, without Docker, and only when an
input changed: the asset's hash is that of its inputs.
"""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import jsii
from aws_cdk import (
    AssetHashType,
    BundlingOptions,
    CfnParameter,
    CfnRule,
    CfnRuleAssertion,
    DockerImage,
    Fn,
    ILocalBundling,
    Stack,
)
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from infra.constructs import service_data
from infra.stage import Runtime

ROOT = Path(__file__).resolve().parents[2]
LAYERS = ROOT / "layers"
LOCK = ROOT / "requirements.txt"
LEFT_OUT = Path(__file__).with_name("left_out.txt")
UV = Path(sys.executable).with_name("uv")

_METADATA = frozenset({"METADATA", "entry_points.txt"})
"""The files that stay of ``*.dist-info``: packages ask for their own version, OpenTelemetry finds its parts by entry points."""

_NEVER_NEEDED = frozenset({"tests", "examples", "__pycache__"})


_PARTS_LEFT_OUT = (
    # Pages for browsers, and helpers for what no function does.
    "aws_lambda_powertools/event_handler/openapi/swagger_ui",
    *(f"aws_lambda_powertools/utilities/{each}" for each in ("auth_alpha", "batch", "circuit_breaker", "data_masking")),
    *(f"aws_lambda_powertools/utilities/{each}" for each in ("feature_flags", "kafka", "parser", "streaming")),
    # Pages for people who ask a client for help.
    "botocore/docs",
    # Recurring dates, and HTTP from within a browser.
    "dateutil/rrule.py",
    "urllib3/contrib/emscripten",
    # The Python bindings of HiGHS, and its library a second time, under the name of its version.
    *(f"highspy/{each}" for each in ("_core*", "highs.py", "__init__.py*", "libhighs.so.*.*", "libhighs.*.*.dylib")),
    # Resources; clients are botocore's.
    *(f"boto3/{each}" for each in ("data", "docs", "ec2", "resources", "s3")),
    # pydantic before version 2.
    "pydantic/v1",
    # Several agents at once, agents over voice, and agents with a shell, which are not what ours are.
    *(f"strands/{each}" for each in ("bidi", "multiagent", "vended_interventions", "vended_memory_stores")),
    "strands/vended_tools",
    "wrapt-stubs",
    # Time zones of its own; ours come from tzdata or the system.
    "dateutil/zoneinfo",
)
"""What is not loaded of packages that stay, see ``conclave.adapters.lean_libraries``. A test runs every function without it."""


class BundlingFailed(Exception):
    """A layer could not be filled; the message is what the tool said."""


@jsii.implements(ILocalBundling)
class Packages:
    """Installs a requirements file for the functions' platform, at the versions and hashes of the lock."""

    def __init__(self, *, requirements: Path, runtime: Runtime) -> None:
        self._requirements = requirements
        self._runtime = runtime

    def try_bundle(self, output_dir: str, *_: Any, **__: Any) -> bool:
        """Fills the directory. Raises ``BundlingFailed``; there is no other way of bundling to fall back to."""
        target = Path(output_dir) / "python"
        self.install(target)
        _prune(target)
        _compile(target, self._runtime)
        return True

    def install(self, target: Path, *options: str) -> None:
        """Installs into a folder; with the option ``--dry-run`` only says whether the platform has all wheels.

        The lock names each version, so what was fetched before is right: an index is asked only for what is not at hand.
        """
        try:
            self._install(target, *options, "--offline")
        except BundlingFailed:
            self._install(target, *options)

    def _install(self, target: Path, *options: str) -> None:
        platform = ["--python-platform", self._runtime.wheels] if self._runtime.wheels else []
        _run(
            [UV, "pip", "install", "--quiet", "--target", target, *options],
            ["--python", sys.executable, "--python-version", self._runtime.python, *platform],
            ["--only-binary", ":all:", "--requirements", self._requirements],
            ["--constraints", LOCK, "--excludes", LEFT_OUT],
        )


@jsii.implements(ILocalBundling)
class Sources:
    """Copies our own packages as they are."""

    def __init__(self, *, root: Path, folders: Sequence[str], runtime: Runtime) -> None:
        self._root = root
        self._folders = folders
        self._runtime = runtime

    def try_bundle(self, output_dir: str, *_: Any, **__: Any) -> bool:
        """Fills the directory. Raises ``BundlingFailed``."""
        target = Path(output_dir) / "python"
        for path in _files(self._root, self._folders):
            copy = target / path.relative_to(self._root)
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(path, copy)
        _compile(target, self._runtime)
        return True


def refuse_without_byte_code(stack: Stack, runtime: Runtime) -> None:
    """Makes CloudFormation refuse the stack before it changes anything, if its layers were bundled without byte code unwillingly.

    The app cannot know whether it is synthesised or deployed; a rule of the template is evaluated by CloudFormation only, before
    resources are created or updated (CloudFormation user guide, "Rules").

    Args:
        stack: The stack.
        runtime: What the functions run on, and whether byte code is wanted.
    """
    if not (stack.bundling_required and runtime.byte_code) or _interpreter(runtime.python) is not None:
        return
    said = (
        f"no Python {runtime.python} on the machine that bundled the layers, so they carry no byte code and every cold start "
        f"compiles them again. Install it (uv python install {runtime.python}) and deploy again, or add -c byte_code=false"
    )
    print(f"conclave: this deploys nothing: {said}", file=sys.stderr)
    bundled = CfnParameter(
        stack,
        "LayersWithoutByteCode",
        default="refused",
        allowed_values=["refused"],
        description="Layers without byte code are not deployed unknowingly; see docs/operations.md",
    )
    CfnRule(
        stack,
        "ByteCode",
        assertions=[
            CfnRuleAssertion(
                assert_=Fn.condition_equals(bundled.value_as_string, "accepted"), assert_description=f"conclave: {said}"
            )
        ],
    )


def packages_layer(scope: Construct, id: str, *, folder: str, runtime: Runtime) -> lambda_.LayerVersion:
    """A layer of third-party packages.

    Args:
        scope: The stack.
        id: Logical id.
        folder: Folder under ``layers/`` that holds ``requirements.txt``.
        runtime: What the functions run on.
    """
    requirements = LAYERS / folder / "requirements.txt"
    inputs = [LOCK, LEFT_OUT, *sorted(LAYERS.glob("*/requirements.txt"))]
    return _layer(
        scope,
        id,
        source=LAYERS / folder,
        bundler=Packages(requirements=requirements, runtime=runtime),
        inputs=inputs,
        runtime=runtime,
    )


def source_layer(
    scope: Construct, id: str, *, folder: str, packages: Sequence[str], runtime: Runtime
) -> lambda_.LayerVersion:
    """A layer of our own packages.

    Args:
        scope: The stack.
        id: Logical id.
        folder: Folder under ``layers/``.
        packages: Files and folders under its ``python/`` that go in.
        runtime: What the functions run on.
    """
    root = LAYERS / folder / "python"
    return _layer(
        scope,
        id,
        source=root,
        bundler=Sources(root=root, folders=packages, runtime=runtime),
        inputs=list(_files(root, packages)),
        runtime=runtime,
    )


def _layer(
    scope: Construct, id: str, *, source: Path, bundler: ILocalBundling, inputs: Iterable[Path], runtime: Runtime
) -> lambda_.LayerVersion:
    return lambda_.LayerVersion(
        scope,
        id,
        description=f"{source.relative_to(LAYERS)} for Python {runtime.python} on {runtime.architecture}",
        compatible_runtimes=[python_runtime(runtime)],
        compatible_architectures=[architecture(runtime)],
        code=lambda_.Code.from_asset(
            str(source),
            asset_hash=_digest(inputs, runtime, salt=str(source.relative_to(LAYERS))),
            asset_hash_type=AssetHashType.CUSTOM,
            bundling=BundlingOptions(image=DockerImage.from_registry("never-used"), local=bundler),
        ),
    )


def python_runtime(runtime: Runtime) -> lambda_.Runtime:
    """The Lambda runtime of that Python version."""
    return lambda_.Runtime(f"python{runtime.python}", lambda_.RuntimeFamily.PYTHON)


def architecture(runtime: Runtime) -> lambda_.Architecture:
    """The Lambda architecture."""
    return lambda_.Architecture.ARM_64 if runtime.architecture == "arm64" else lambda_.Architecture.X86_64


def _files(root: Path, names: Sequence[str]) -> Iterator[Path]:
    for name in names:
        path = root / name
        found = [path] if path.is_file() else path.rglob("*")
        yield from (each for each in sorted(found) if each.is_file() and "__pycache__" not in each.parts)


def _digest(inputs: Iterable[Path], runtime: Runtime, *, salt: str) -> str:
    compiled = runtime.byte_code and _interpreter(runtime.python) is not None
    digest = hashlib.sha256(f"{salt} {runtime} {compiled}".encode())
    for path in (Path(__file__), Path(service_data.__file__), *inputs):
        digest.update(f"\0{path.relative_to(ROOT)}\0".encode() + path.read_bytes())
    return digest.hexdigest()


def _prune(target: Path) -> None:
    unneeded = [path for path in target.rglob("*") if path.name in _NEVER_NEEDED and path.is_dir()]
    for path in [target / "bin", *unneeded, *(found for part in _PARTS_LEFT_OUT for found in target.glob(part))]:
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
    (target / ".lock").unlink(missing_ok=True)
    for info in target.glob("*.dist-info"):
        for path in info.iterdir():
            if path.name not in _METADATA:
                shutil.rmtree(path) if path.is_dir() else path.unlink()
    if (target / "botocore" / "data").exists():
        service_data.cut(target / "botocore" / "data", service_data.OPERATIONS)


def _compile(target: Path, runtime: Runtime) -> None:
    python = _interpreter(runtime.python) if runtime.byte_code else None
    if python is None:
        return
    _run(
        [python, "-m", "compileall", "-q", "-j", "0", "--invalidation-mode", "unchecked-hash"],
        ["-s", target.parent, "-p", "/opt", target],
    )


@cache
def _interpreter(version: str) -> str | None:
    if version == f"{sys.version_info.major}.{sys.version_info.minor}":
        return sys.executable
    asked = ["python", "find", "--quiet", "--no-project", "--no-python-downloads", version]
    found = subprocess.run([UV, *asked], capture_output=True, text=True, check=False)
    return found.stdout.strip() or None


def _run(*arguments: Sequence[str | Path]) -> None:
    command = [str(part) for group in arguments for part in group]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise BundlingFailed(f"{' '.join(command)}\n{done.stdout}{done.stderr}")
