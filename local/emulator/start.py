"""Runs the emulator: ``python -m local.emulator.start FOLDER WORKERS [INVOCATIONS]``.

Port, interface and its own URL come from its own variables.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from ministack.app import main

from local.emulator import (
    asynchronous,
    corrections,
    event_conditions,
    invocations,
    leading_keys,
    object_lock,
    provisioners,
    retention,
    runtime,
    task_tokens,
    workers,
)
from local.emulator.watching import limits, services, storing


def start(folder: Path, workers_at_once: int, noted: Path | None = None) -> None:
    """Prepares the emulator and serves until it is told to end.

    Args:
        folder: Keeps the functions' interpreter and the unpacked archives.
        workers_at_once: Processes of functions that may be there at once.
        noted: Where to note the invocations; None for nowhere.
    """
    runtime.prune(folder / "unpacked")
    runtime.install(interpreter=runtime.bare_interpreter(folder), store=folder / "unpacked")
    provisioners.register()
    corrections.install(os.environ["AWS_ENDPOINT_URL"])
    asynchronous.install()
    leading_keys.install()
    event_conditions.install()
    task_tokens.install()
    object_lock.install()
    workers.install(workers.bounds_for(workers_at_once))
    retention.install()
    storing.install()
    services.install()
    limits.install()
    if noted is not None:
        invocations.install(noted)
    sys.argv = sys.argv[:1]
    main()


if __name__ == "__main__":
    start(Path(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3]) if len(sys.argv) > 3 else None)
