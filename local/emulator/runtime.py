"""The surroundings that functions run in: an interpreter that holds nothing, and layers that are unpacked once.

The emulator runs Python functions with its own interpreter, in which every package of the project is installed; a package
missing from a layer would go unnoticed. Each of its workers unpacks every layer again, where AWS mounts them. And an error
that a handler raises loses its name and its environment, where AWS reports the one and keeps the other.
"""

from __future__ import annotations

import fcntl
import hashlib
import shutil
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from ministack.core import lambda_runtime
from ministack.services import lambda_svc

from local.emulator import workers
from local.emulator.invocations import DIED
from local.emulator.watching import embedded

_RAISED = "__raised__"
_BROKEN_PIPE = "[Errno 32] Broken pipe"
_EMULATORS_ANSWER = """json.dumps({"status": "error", "error": str(e), "trace": traceback.format_exc()})"""
_OUR_ANSWER = (
    f"""json.dumps({{"status": "ok", "result": {{"{_RAISED}": {{"errorType": type(e).__name__, "errorMessage": str(e), """
    """"stackTrace": traceback.format_tb(e.__traceback__), "requestId": context.aws_request_id}}})"""
)


def base_interpreter() -> Path:
    """The interpreter that the project's environment was made from."""
    return Path(getattr(sys, "_base_executable", "") or sys.executable)


def bare_interpreter(folder: Path) -> Path:
    """An interpreter of this Python version with an empty ``site-packages``, made on first use.

    Args:
        folder: Where environments are kept; the version is part of the name below it.

    Raises:
        subprocess.CalledProcessError: The environment could not be made.
    """
    version = ".".join(str(part) for part in sys.version_info[:3])
    home = folder / f"python-{version}"
    python = home / "bin" / "python"
    if not python.exists():
        subprocess.run(
            [str(base_interpreter()), "-I", "-m", "venv", "--without-pip", "--clear", str(home)],
            check=True,
            capture_output=True,
        )
    return python


class UnpackOnce(zipfile.ZipFile):
    """A zip whose ``extractall`` unpacks each content once per machine and then only links to it.

    The emulator extracts into an empty folder of its own; that folder becomes a symbolic link to the shared copy. Nothing
    writes there: on AWS ``/opt`` and ``/var/task`` are read-only too.
    """

    store: Path

    def __init__(self, file: str, *args: Any, **kwargs: Any) -> None:
        super().__init__(file, *args, **kwargs)
        with Path(file).open("rb") as content:
            self._unpacked = self.store / hashlib.file_digest(content, "sha256").hexdigest()

    def namelist(self) -> list[str]:
        """The names to check before unpacking: none when that has been done before."""
        return [] if self._unpacked.exists() else super().namelist()

    def extractall(self, path: Any = None, members: Any = None, pwd: Any = None) -> None:
        """Makes ``path`` a link to the unpacked content."""
        target = Path(path)
        self._unpack()
        target.rmdir()
        target.symlink_to(self._unpacked, target_is_directory=True)
        # The emulator leaves its copy of the archive beside each worker: 30 MB for the layer of libraries.
        Path(str(self.filename)).unlink(missing_ok=True)

    def _unpack(self) -> None:
        if self._unpacked.exists():
            return
        self.store.mkdir(parents=True, exist_ok=True)
        with (self.store / f"{self._unpacked.name}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if self._unpacked.exists():
                return
            staging = Path(tempfile.mkdtemp(dir=self.store, prefix="unpacking-"))
            super().extractall(staging)
            staging.chmod(0o755)
            # The rename makes it visible as a whole: a killed worker never leaves half a layer behind.
            staging.rename(self._unpacked)


def prune(store: Path, *, days: float = 2.0) -> None:
    """Removes archives that were unpacked longer ago; what is still deployed is unpacked again when it is used."""
    oldest = time.time() - days * 86400
    for path in store.glob("*"):
        if path.stat().st_mtime > oldest:
            continue
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)


class EmulatorChanged(RuntimeError):
    """The emulator is not the version that this module was written for."""


def error_named(answer: dict[str, Any]) -> dict[str, Any]:
    """A worker's answer, with what the handler raised as the error that AWS makes of it."""
    body = answer.get("body")
    if isinstance(body, dict) and body.get("errorMessage") == DIED:
        # Within an execution AWS reports it as Lambda.Unknown (Step Functions guide, "Handle Lambda service exceptions").
        name = "Runtime.ExitError" if workers.rank.get() == workers.EVENT_RANK else "Lambda.Unknown"
        return {
            **answer,
            "body": {"errorType": name, "errorMessage": "Error: Runtime exited with error: signal: killed"},
        }
    raised = body.get(_RAISED) if isinstance(body, dict) else None
    if raised is None:
        return answer
    lines = f"[ERROR] {raised['errorType']}: {raised['errorMessage']}\n" + "".join(raised["stackTrace"])
    return {"body": raised, "error": True, "log": "\n".join(filter(None, (answer.get("log", ""), lines)))}


def _surviving(invoke: Callable[..., dict[str, Any]]) -> Callable[..., dict[str, Any]]:
    """The same, with what goes wrong as its answer: the emulator would end every other worker of the function, busy or not."""

    def invoke_surviving(worker: Any, *args: Any, **kwargs: Any) -> dict[str, Any]:
        try:
            answer = invoke(worker, *args, **kwargs)
        except (OSError, RuntimeError) as error:
            gone = isinstance(error, BrokenPipeError) or str(error).startswith("Worker process exited immediately")
            return {"status": "error", "error": DIED if gone else str(error), "trace": str(error)}
        # A process that ends before it has read the event breaks the pipe to it.
        return {**answer, "error": DIED} if answer.get("error") == _BROKEN_PIPE else answer

    return invoke_surviving


def install(*, interpreter: Path, store: Path) -> None:
    """Makes the emulator run Python functions with ``interpreter`` and unpack archives into ``store``, once each.

    Raises:
        EmulatorChanged: Another version of the emulator is installed.
    """
    detect, execute = lambda_runtime._detect_runtime_binary, lambda_svc._execute_function_warm
    if _EMULATORS_ANSWER not in lambda_runtime._PYTHON_WORKER_SCRIPT:
        raise EmulatorChanged("the installed ministack is not the pinned one; run: make setup")

    def detect_bare(runtime: str) -> tuple[str, str]:
        binary, script = detect(runtime)
        if not runtime.startswith("python"):
            return binary, script
        return str(interpreter), script.replace(_EMULATORS_ANSWER, _OUR_ANSWER)

    def execute_named(*args: Any, **kwargs: Any) -> dict[str, Any]:
        answer = error_named(execute(*args, **kwargs))
        embedded.put(answer.get("log") or "")
        return answer

    lambda_svc._execute_function_warm = execute_named
    lambda_runtime.Worker.invoke = _surviving(lambda_runtime.Worker.invoke)
    cached = type("CachedZipFile", (UnpackOnce,), {"store": store})
    lambda_runtime._detect_runtime_binary = detect_bare
    lambda_runtime.zipfile = SimpleNamespace(
        ZipFile=cached, BadZipFile=zipfile.BadZipFile, LargeFileError=getattr(zipfile, "LargeZipFile", OSError)
    )
