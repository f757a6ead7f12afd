"""Packages of the package index and public repositories, fetched into a folder that git does not keep."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

PIP_SECONDS, GIT_SECONDS = 300, 60


def packages(folder: Path, names: Sequence[str]) -> bool:
    """Brings the sources of packages; false when they cannot be had here."""
    return _pip("download", "--no-deps", "--no-binary", ":all:", "--dest", str(folder), *names)


def installed(folder: Path, name: str) -> bool:
    """Installs a package into a folder of its own; false when it cannot be had here."""
    return _pip("install", "--no-deps", "--upgrade", "--target", str(folder), name)


def repository(folder: Path, address: str, paths: Sequence[str] = ()) -> bool:
    """Brings the newest state of a repository; false when it cannot be had here.

    Args:
        folder: Where a folder of its name is made.
        address: Its address.
        paths: Folders of it that are wanted; all of it without them.
    """
    place = folder / address.rpartition("/")[2]
    if place.exists():
        return True
    part = ("--filter=blob:none", "--sparse") if paths else ()
    fetched = _ended(["git", "clone", "--quiet", "--depth", "1", *part, address, str(place)], GIT_SECONDS)
    chosen = ["git", "-C", str(place), "sparse-checkout", "set", "--no-cone", *paths]
    if fetched and (not paths or _ended(chosen, GIT_SECONDS)):
        return True
    shutil.rmtree(place, ignore_errors=True)  # a half of it would be taken for the whole the next time
    return False


def _pip(*words: str) -> bool:
    return _ended([sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check", *words], PIP_SECONDS)


def _ended(command: Sequence[str], seconds: int) -> bool:
    """Whether a command ended well in time. The user's settings count (proxies, mirrors); nobody is asked for a password."""
    environment = {**os.environ, "GIT_TERMINAL_PROMPT": "0"}
    try:
        return not subprocess.run(
            command, check=False, capture_output=True, stdin=subprocess.DEVNULL, timeout=seconds, env=environment
        ).returncode
    except (subprocess.TimeoutExpired, FileNotFoundError):
        return False
