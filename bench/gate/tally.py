"""The figures over all versions, judged by several processes. Spawned ones find their work here, and not in the command."""

from __future__ import annotations

import multiprocessing
import time
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from typing import Any

from bench.gate.harmless import HARMLESS
from bench.gate.judging import Outcome, Size, outcomes
from bench.gate.regressions import REGRESSIONS

EVERY = (*REGRESSIONS, *HARMLESS)


def _share(size: Size, numbers: range) -> list[Outcome]:
    return outcomes([EVERY[number] for number in numbers], size)


def figures(size: Size, processes: int) -> dict[str, Any]:
    """The figures of all versions, judged by several processes."""
    began = time.monotonic()
    shares = [range(first, len(EVERY), processes) for first in range(processes)]
    found: dict[str, Outcome] = {}
    with ProcessPoolExecutor(processes, mp_context=multiprocessing.get_context("spawn")) as pool:
        for share in pool.map(partial(_share, size), shares):
            found.update({each.version: each for each in share})
    bad, good = ([found[each.name] for each in versions] for versions in (REGRESSIONS, HARMLESS))
    return {
        "bad_versions": len(bad),
        "stopped": sum(each.end != "promoted" for each in bad),
        "refused": sum(each.end == "refused" for each in bad),
        "rolled_back": sum(each.end == "rolled_back" for each in bad),
        "good_versions": len(good),
        "passed": sum(each.end == "promoted" for each in good),
        "cases": size.cases,
        "runs": size.runs,
        "seconds": round(time.monotonic() - began, 1),
        "versions": [
            {"version": each.version, "end": each.end, "reasons": list(each.reasons)} for each in (*bad, *good)
        ],
    }
