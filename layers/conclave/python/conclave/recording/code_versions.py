"""Versions of the code of a run: hashes of what is deployed, made where it is deployed from, and where it is replayed."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from functools import lru_cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

CHARACTERS = 16
ENGINE = Path(__file__).parents[1]
_OUTSIDE_OF_RUNS = frozenset({"testing", "replaying"})
"""Folders of the engine that no function loads."""


@lru_cache(maxsize=4)
def code_versions(pack: Path) -> Mapping[str, str]:
    """Versions of the engine, of a pack, and of the time zones, as they lie here.

    Args:
        pack: Folder of the pack.
    """
    return {
        "engine": _hash(ENGINE, leave_out=_OUTSIDE_OF_RUNS),
        "pack": _hash(pack),
        "tzdata": _installed("tzdata"),
    }


def _installed(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return ""


def _hash(folder: Path, leave_out: frozenset[str] = frozenset()) -> str:
    hashed = hashlib.sha256()
    for path in _sources(folder, leave_out):
        hashed.update(f"\0{path.relative_to(folder).as_posix()}\0".encode() + path.read_bytes())
    return hashed.hexdigest()[:CHARACTERS]


def _sources(folder: Path, leave_out: frozenset[str]) -> Iterator[Path]:
    for path in sorted(folder.rglob("*")):
        parts = path.relative_to(folder).parts
        if path.is_file() and "__pycache__" not in parts and parts[0] not in leave_out:
            yield path
