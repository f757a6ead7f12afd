"""Folder and ports of the local cloud. Only this, and the servers' start, reads the environment in ``local``."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from local.errors import CloudError

ACCOUNT = "000000000000"
REGION = "us-east-1"
LOOPBACK = "127.0.0.1"
AWS_MODELS = "aws"
DEFAULT_PORT = 4566
DEFAULT_BEDROCK_PORT = 4599
DEFAULT_WORKERS = 28
FEWEST_WORKERS, MOST_WORKERS = 8, 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Ports and folders of a local cloud.

    Attributes:
        root: The project's folder.
        port: The emulator's port.
        bedrock_port: The port of the stand-in for Bedrock.
        model_endpoint: Base URL of an OpenAI-compatible server that answers instead of the offline policy, or ``aws`` for
            Bedrock in the user's account; empty for none.
        model_name: The model to ask there.
        latency: Latency model of the stand-in; empty for none.
        name: Sets a second cloud apart from the usual one: its folder is ``.local/<name>``.
        workers: Processes of functions that may be there at once, each of about 90 MB; further invocations wait.
        console_port: The port of the console's page server; the one after the other two unless another is given.
        invocations: File in which the emulator notes which process serves which invocation; None for nowhere.
    """

    root: Path
    port: int = DEFAULT_PORT
    bedrock_port: int = DEFAULT_BEDROCK_PORT
    model_endpoint: str = ""
    model_name: str = ""
    latency: str = ""
    name: str = ""
    workers: int = DEFAULT_WORKERS
    console_port: int = DEFAULT_BEDROCK_PORT + 1
    invocations: Path | None = None

    @classmethod
    def from_env(cls, root: Path, environment: Mapping[str, str] | None = None) -> Settings:
        """Reads the environment.

        ``CONCLAVE_PORT``, ``CONCLAVE_BEDROCK_PORT``, ``CONCLAVE_CONSOLE_PORT``,
        ``CONCLAVE_MODEL_ENDPOINT``, ``CONCLAVE_MODEL_NAME``,
        ``CONCLAVE_LATENCY``, ``CONCLAVE_CLOUD``, ``CONCLAVE_WORKERS`` and ``CONCLAVE_INVOCATIONS``, each optional.

        Raises:
            CloudError: A port is not a port, both are the same, the name is not usable, or the workers are too few or many.
        """
        values = os.environ if environment is None else environment
        port = _port(values, "CONCLAVE_PORT", DEFAULT_PORT)
        bedrock_port = _port(values, "CONCLAVE_BEDROCK_PORT", DEFAULT_BEDROCK_PORT)
        settings = cls(
            root=root.resolve(),
            port=port,
            bedrock_port=bedrock_port,
            console_port=_port(values, "CONCLAVE_CONSOLE_PORT", max(port, bedrock_port) + 1),
            model_endpoint=values.get("CONCLAVE_MODEL_ENDPOINT", ""),
            model_name=values.get("CONCLAVE_MODEL_NAME", ""),
            latency=values.get("CONCLAVE_LATENCY", ""),
            name=_name(values.get("CONCLAVE_CLOUD", "")),
            workers=_workers(values.get("CONCLAVE_WORKERS", str(DEFAULT_WORKERS))),
            invocations=Path(noted).resolve() if (noted := values.get("CONCLAVE_INVOCATIONS", "")) else None,
        )
        if settings.port == settings.bedrock_port:
            raise CloudError(f"CONCLAVE_PORT and CONCLAVE_BEDROCK_PORT are both {settings.port}; choose two ports")
        if settings.console_port in (settings.port, settings.bedrock_port):
            raise CloudError(
                f"CONCLAVE_CONSOLE_PORT is {settings.console_port}, which another part uses; choose another"
            )
        return settings

    @property
    def folder(self) -> Path:
        """Everything the local cloud writes."""
        return self.root / ".local" / self.name

    @property
    def logs(self) -> Path:
        """Logs of the processes and of the CDK CLI."""
        return self.folder / "logs"

    @property
    def endpoint(self) -> str:
        """The emulator."""
        return f"http://{LOOPBACK}:{self.port}"

    @property
    def bedrock_endpoint(self) -> str:
        """The stand-in for ``bedrock-runtime``."""
        return f"http://{LOOPBACK}:{self.bedrock_port}"

    @property
    def console_endpoint(self) -> str:
        """The console's page."""
        return f"http://{LOOPBACK}:{self.console_port}"

    @property
    def credentials(self) -> dict[str, str]:
        """Variables that an AWS SDK or the CDK CLI needs to talk to the emulator and to nothing else."""
        return {
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_REGION": REGION,
            "AWS_DEFAULT_REGION": REGION,
            "AWS_EC2_METADATA_DISABLED": "true",
        }


def _name(text: str) -> str:
    if text and not text.replace("-", "").isalnum():
        raise CloudError(f"CONCLAVE_CLOUD is '{text}'; a name has letters, digits and hyphens only")
    return text


def _workers(text: str) -> int:
    if not text.isascii() or not text.isdigit() or not FEWEST_WORKERS <= int(text) <= MOST_WORKERS:
        raise CloudError(f"CONCLAVE_WORKERS is '{text}'; write a number from {FEWEST_WORKERS} to {MOST_WORKERS}")
    return int(text)


def _port(values: Mapping[str, str], name: str, default: int) -> int:
    text = values.get(name, str(default))
    if not text.isdigit() or not 1 <= int(text) <= 65535:
        raise CloudError(f"{name} is '{text}'; a port is a number from 1 to 65535")
    return int(text)
