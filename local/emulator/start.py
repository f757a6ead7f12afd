"""Runs the emulator: ``python -m local.emulator.start FOLDER``. Port and interface come from its own variables."""

from __future__ import annotations

import sys
from pathlib import Path

from ministack.app import main

from local.emulator import asynchronous, corrections, event_source, leading_keys, object_lock, provisioners, runtime


def start(folder: Path) -> None:
    """Prepares the emulator and serves until it is told to end.

    Args:
        folder: Keeps the functions' interpreter and the unpacked archives.
    """
    runtime.prune(folder / "unpacked")
    runtime.install(interpreter=runtime.bare_interpreter(folder), store=folder / "unpacked")
    provisioners.register()
    corrections.install()
    asynchronous.install()
    leading_keys.install()
    event_source.install()
    object_lock.install()
    sys.argv = sys.argv[:1]
    main()


if __name__ == "__main__":
    start(Path(sys.argv[1]))
