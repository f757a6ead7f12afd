"""Which process serves which invocation: lines in a file, for measurements that disturb functions. Off unless a file is named.

The emulator's log names no processes, and writes of an invocation when it is over.
"""

from __future__ import annotations

import itertools
import json
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, TextIO

DIED = "Worker process died"
"""The emulator's words for an invocation whose process ended under it."""


class Ledger:
    """Two lines for each invocation, JSON documents: where it began, and how it ended.

    ``{"began": number, "function": name, "pid": process, "event": payload}``, then ``{"ended": number, "died": whether}``. An
    invocation that finds its process dead begins twice, the second time in another process.

    Args:
        lines: Takes them.
    """

    def __init__(self, lines: TextIO) -> None:
        self._lines = lines
        self._lock = threading.Lock()
        self._numbers = itertools.count(1)

    def number(self) -> int:
        """A number for a further invocation."""
        return next(self._numbers)

    def began(self, number: int, function: str, pid: int, event: Any) -> None:
        """Notes that a process has the event from now on."""
        self._write({"began": number, "function": function, "pid": pid, "event": event})

    def ended(self, number: int, *, died: bool) -> None:
        """Notes that an invocation is over, and whether its process died under it."""
        self._write({"ended": number, "died": died})

    def _write(self, line: dict[str, Any]) -> None:
        with self._lock:
            self._lines.write(json.dumps(line, separators=(",", ":")) + "\n")
            self._lines.flush()


def install(file: Path) -> None:
    """Notes the invocations of all functions in a file, written anew. To be called last: it sees the answers that others make."""
    from ministack.core import lambda_runtime

    kind, ledger = lambda_runtime.Worker, Ledger(file.open("w", encoding="utf-8"))
    kind.invocation = None
    kind._spawn, kind.invoke = noted(ledger, kind._spawn, kind.invoke)


def noted(
    ledger: Ledger, spawn: Callable[[Any], None], invoke: Callable[..., dict[str, Any]]
) -> tuple[Callable[[Any], None], Callable[..., dict[str, Any]]]:
    """A worker's two methods, which start its process and serve an invocation, with notes for the ledger.

    A process that has to start first serves the invocation from the end of its start on.
    """

    def note(worker: Any) -> None:
        if worker.invocation is not None:
            number, event = worker.invocation
            ledger.began(number, worker.func_name, worker._proc.pid, event)

    def spawn_noted(worker: Any) -> None:
        spawn(worker)
        note(worker)

    def invoke_noted(worker: Any, event: Any, *args: Any, **kwargs: Any) -> dict[str, Any]:
        number, died = ledger.number(), True
        worker.invocation = (number, event)
        try:
            if worker._proc is not None and worker._proc.poll() is None:
                note(worker)
            answer = invoke(worker, event, *args, **kwargs)
            died = answer.get("error") == DIED
            return answer
        finally:
            worker.invocation = None
            ledger.ended(number, died=died)

    return spawn_noted, invoke_noted
