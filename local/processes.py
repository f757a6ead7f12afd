"""Processes that outlive the command that started them: found again by id, never by name."""

from __future__ import annotations

import fcntl
import os
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPException
from pathlib import Path

from local.errors import CloudError

_POLL_SECONDS = 0.05
_MODEL_SERVER_SECONDS = 5.0
_LOOPBACK = "127.0.0.1"
_NOISE = ("Subprocess exited with error", "ELIFECYCLE")


@dataclass(frozen=True, slots=True)
class ProcessId:
    """A process, told apart from a later one that happens to get the same number by the time it was started.

    Attributes:
        pid: Process id. It leads its own session, so its children can be signalled with it.
        started: Start time in clock ticks since boot, from ``/proc``; empty where there is no ``/proc``.
    """

    pid: int
    started: str = ""

    @classmethod
    def of(cls, pid: int) -> ProcessId:
        """The running process of that id."""
        return cls(pid, _start_time(pid))

    def alive(self) -> bool:
        """True if it still runs. A finished child that nobody has waited for does not count."""
        if self.pid <= 0:
            return False
        try:
            os.kill(self.pid, 0)
        except ProcessLookupError:
            return False
        except PermissionError:
            return not self.started
        return _start_time(self.pid) == self.started and _state(self.pid) != "Z"

    def stop(self, *, grace_seconds: float = 5.0) -> None:
        """Ends it and everything in its session: asks first, insists after ``grace_seconds``."""
        if not self.alive():
            return
        for sign, seconds in ((signal.SIGTERM, grace_seconds), (signal.SIGKILL, grace_seconds)):
            try:
                os.killpg(self.pid, sign)
            except ProcessLookupError:
                return
            if _wait_until_gone(self, seconds):
                break
        try:
            # Workers of a process that is gone keep its process group.
            os.killpg(self.pid, signal.SIGKILL)
        except ProcessLookupError:
            return


def _stat(pid: int) -> list[str]:
    try:
        text = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8")
    except OSError:
        return []
    # The name stands in brackets and may hold anything; what follows it does not.
    return text.rpartition(")")[2].split()


def _start_time(pid: int) -> str:
    fields = _stat(pid)
    return fields[19] if len(fields) > 19 else ""


def _state(pid: int) -> str:
    fields = _stat(pid)
    return fields[0] if fields else ""


def _wait_until_gone(process: ProcessId, seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        reap(process.pid)
        if not process.alive():
            return True
        time.sleep(_POLL_SECONDS)
    return False


def reap(pid: int) -> None:
    """Collects a child of this very process that has ended; does nothing for any other."""
    try:
        os.waitpid(pid, os.WNOHANG)
    except ChildProcessError:
        return


def spawn(command: Sequence[str], *, environment: Mapping[str, str], cwd: Path, log: Path) -> ProcessId:
    """Starts a command in a session of its own, with nothing but ``environment``; its output goes to ``log``."""
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as output:
        child = subprocess.Popen(
            list(command),
            cwd=cwd,
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    # It is meant to outlive us; without this Python warns when the handle is collected.
    child.returncode = 0
    return ProcessId.of(child.pid)


@contextmanager
def alone(lock: Path) -> Iterator[None]:
    """Waits until no other process is inside with the same file. The lock ends with its holder, however that ends."""
    lock.parent.mkdir(parents=True, exist_ok=True)
    with lock.open("a") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        yield


def port_in_use(port: int) -> bool:
    """True if something listens on the loopback port."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.settimeout(1)
        return probe.connect_ex((_LOOPBACK, port)) == 0


def wait_until_free(port: int, *, seconds: float) -> bool:
    """Waits until nothing listens on the loopback port any more; says whether that came to be."""
    deadline = time.monotonic() + seconds
    while port_in_use(port):
        if time.monotonic() > deadline:
            return False
        time.sleep(_POLL_SECONDS)
    return True


def answers(url: str, *, timeout_seconds: float = 1.0) -> bool:
    """True if an HTTP GET on the URL gives 200."""
    # Proxies of the user's environment must not see loopback traffic.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(url, timeout=timeout_seconds) as response:
            return bool(response.status == 200)
    except urllib.error.HTTPError as answer:
        answer.close()
        return False
    except OSError:
        return False


def require_model_server(endpoint: str, model: str) -> None:
    """Makes sure that a model can be asked before anything is deployed that would ask it.

    Args:
        endpoint: Base URL of an OpenAI-compatible server. Any answer counts: few of them serve this path.
        model: Name of the model.

    Raises:
        CloudError: No model is named, or nobody answers.
    """
    if not model:
        raise CloudError(f"no model is named for {endpoint}; set CONCLAVE_MODEL_NAME=<model>")
    silent = CloudError(
        f"no model server answers at {endpoint}; start it, or correct CONCLAVE_MODEL_ENDPOINT"
        " (such as http://127.0.0.1:11434/v1)"
    )
    if not endpoint.startswith(("http://", "https://")):
        raise silent
    try:
        with urllib.request.build_opener().open(endpoint, timeout=_MODEL_SERVER_SECONDS):
            return
    except urllib.error.HTTPError as answer:
        answer.close()
    except (OSError, ValueError, HTTPException) as error:
        raise silent from error


def wait_for(url: str, process: ProcessId, *, name: str, log: Path, seconds: float = 60.0) -> None:
    """Waits until the URL answers.

    Raises:
        CloudError: The process ended, or did not answer in time.
    """
    deadline = time.monotonic() + seconds
    while not answers(url):
        reap(process.pid)
        if not process.alive():
            raise CloudError(f"the {name} ended while starting: {last_line(log)}", log)
        if time.monotonic() > deadline:
            raise CloudError(f"the {name} did not answer within {seconds:.0f} s", log)
        time.sleep(_POLL_SECONDS)


def last_line(log: Path, *markers: str) -> str:
    """The last line of a log that says something; of those with one of ``markers`` if there are any."""
    try:
        lines = [
            line.strip() for line in log.read_text(encoding="utf-8", errors="replace").splitlines() if line.strip()
        ]
    except OSError:
        return "no output"
    telling = [line for line in lines if not any(noise in line for noise in _NOISE)]
    marked = [line for line in telling if any(marker in line for marker in markers)]
    chosen = marked or telling or lines or ["no output"]
    return chosen[-1][:500]
