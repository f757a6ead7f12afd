"""The state that the local cloud remembers between two commands."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from local.processes import ProcessId


@dataclass(slots=True)
class State:
    """A record of what was started and deployed.

    Attributes:
        instance: Another one for every start of the emulator, which remembers nothing.
        port: Port of the emulator.
        bedrock_port: Port of the stand-in.
        started_at: Seconds since the epoch.
        emulator: Its process.
        bedrock: The process of the stand-in.
        bedrock_options: Command line of the stand-in.
        code: Hash of the code that both were started from.
        bootstrapped: ``cdk bootstrap`` has been done.
        deployed: Per pack the hash of what was deployed.
    """

    instance: str = ""
    port: int = 0
    bedrock_port: int = 0
    started_at: float = 0.0
    emulator: ProcessId = field(default_factory=lambda: ProcessId(0))
    bedrock: ProcessId = field(default_factory=lambda: ProcessId(0))
    bedrock_options: list[str] = field(default_factory=list)
    code: str = ""
    bootstrapped: bool = False
    deployed: dict[str, str] = field(default_factory=dict)

    @classmethod
    def load(cls, file: Path) -> State:
        """Reads what was saved; an absent or unreadable file means that nothing runs."""
        try:
            stored: Mapping[str, Any] = json.loads(file.read_text(encoding="utf-8"))
            processes = {name: ProcessId(**stored[name]) for name in ("emulator", "bedrock")}
            return cls(**{**stored, **processes})
        except (OSError, ValueError, KeyError, TypeError):
            return cls()

    def save(self, file: Path) -> None:
        """Writes it as a whole, or not at all."""
        file.parent.mkdir(parents=True, exist_ok=True)
        staging = file.with_suffix(".new")
        staging.write_text(json.dumps(asdict(self), indent=1), encoding="utf-8")
        staging.replace(file)
