"""Processes of this machine, as ``/proc`` has them: which descend from which, their memory, their processor time."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

KIBIBYTES = 1024
_USED = (11, 12, 13, 14)
"""Where a ``/proc/<pid>/stat`` has the ticks of a process and of its children that ended, behind its name."""


def family(*roots: int) -> set[int]:
    """Ids of some processes and of all that descend from them."""
    parents = {int(stat.parent.name): parent_of(stat) for stat in Path("/proc").glob("[0-9]*/stat")}
    found = {root for root in roots if root}
    while more := {pid for pid, parent in parents.items() if parent in found} - found:
        found |= more
    return found


def parent_of(stat: Path) -> int:
    """Id of the process that started the one of a ``/proc/<pid>/stat``; 0 when it has gone."""
    try:
        return int(stat.read_text().rpartition(")")[2].split()[1])
    except OSError:
        return 0


def shared_mb(pid: int) -> float:
    """Memory of a process, with its share of what it shares with others (PSS), in MB."""
    return _kibibytes(Path(f"/proc/{pid}/smaps_rollup"), "Pss:") / KIBIBYTES


def resident_mb(pid: int) -> float:
    """Memory of a process (RSS), in MB."""
    return _kibibytes(Path(f"/proc/{pid}/status"), "VmRSS:") / KIBIBYTES


def _kibibytes(file: Path, name: str) -> float:
    try:
        lines: Any = file.read_text().splitlines()
    except OSError:
        return 0.0
    return float(next((line.split()[1] for line in lines if line.startswith(name)), 0))


def processor_seconds(pid: int) -> float:
    """Processor time of a process, of all that descend from it, and of those of them that ended; 0 where there is none."""
    return sum(_ticks(each) for each in family(pid)) / os.sysconf("SC_CLK_TCK")


def _ticks(pid: int) -> int:
    try:
        parts = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0
    return sum(int(parts[at]) for at in _USED)
