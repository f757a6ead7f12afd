"""The page server as a process beside the local cloud's: started where the console was built, found again by its id."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from pathlib import Path

from local.errors import CloudError
from local.processes import ProcessId, spawn, wait_for, wait_until_free
from local.settings import Settings

BUILD = "make console"


def built(settings: Settings) -> bool:
    """True if the console's page was built in this checkout."""
    return (settings.root / "console" / "dist" / "index.html").is_file()


def running(settings: Settings) -> bool:
    """True if the page server of this local cloud runs."""
    return _kept(settings).alive()


def start(settings: Settings, environment: Mapping[str, str]) -> str:
    """Starts the page server unless it runs.

    Args:
        settings: Where, and at which port.
        environment: Variables of the process.

    Returns:
        Why it does not run, with what to do, in one line; empty when it does. The local cloud works without.
    """
    if running(settings):
        return ""
    if not built(settings):
        return f"the console is not built; to have it: {BUILD}"
    if not wait_until_free(settings.console_port, seconds=1.0):
        return f"the console did not start: port {settings.console_port} is in use; set CONCLAVE_CONSOLE_PORT=<port>"
    process = spawn(
        [sys.executable, "-I", "-m", "local.console.start", "--root", str(settings.root)],
        environment={**environment, **_names(settings)},
        cwd=settings.folder,
        log=settings.logs / "console.log",
    )
    _file(settings).write_text(json.dumps({"pid": process.pid, "started": process.started}), encoding="utf-8")
    log = settings.logs / "console.log"
    try:
        wait_for(f"{settings.console_endpoint}/icon.svg", process, name="console", log=log)
    except CloudError as error:
        stop(settings)
        return f"the console did not start: {error}"
    return ""


def stop(settings: Settings) -> None:
    """Ends the page server, if it runs."""
    _kept(settings).stop()
    _file(settings).unlink(missing_ok=True)


def _names(settings: Settings) -> dict[str, str]:
    """The settings of the cloud, as its own process reads them."""
    return {
        "CONCLAVE_PORT": str(settings.port),
        "CONCLAVE_BEDROCK_PORT": str(settings.bedrock_port),
        "CONCLAVE_CONSOLE_PORT": str(settings.console_port),
        "CONCLAVE_CLOUD": settings.name,
    }


def _file(settings: Settings) -> Path:
    return settings.folder / "console.json"


def _kept(settings: Settings) -> ProcessId:
    try:
        return ProcessId(**json.loads(_file(settings).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return ProcessId(0)
