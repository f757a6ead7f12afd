"""Makes suites: a new folder with scenarios and their optimum, and recorded runs put into one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

from evaluation.cases.form import FORMAT, RUNS, SUITE, Head, Place, Recorded, Scenarios
from evaluation.cases.judging import optimum_of
from evaluation.measuring.faults import BadFile
from evaluation.report import Report

PEOPLE = frozenset({"by", "asked_by"})
OPEN = ("running", "awaiting_approval")


def new_suite(folder: Path, *, about: str, place: Place, report: Report, regime: str, over: Sequence[Place]) -> Head:
    """Writes a new suite with the scenarios of a report.

    Args:
        folder: Where; it must not exist, or hold nothing.
        about: What it is for.
        place: The data of sentences and attacks.
        report: Of scenarios that were evaluated.
        regime: The rules that these were decided under; empty for the operator's own.
        over: Where they happen; the networks of the seed where there are none.

    Raises:
        BadFile: The folder holds something, or cannot be written.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise BadFile(f"{folder}: is there already; name a new folder")
    head = Head(
        conclave_suite=FORMAT,
        pack=report.suite,
        about=about,
        place=place,
        scenarios=Scenarios(
            seed=report.seed,
            size=len(report.rows),
            regime=regime,
            networks=tuple(over),
            optimum=optimum_of(report.rows),
        ),
    )
    _write(folder / SUITE, head)
    return head


def add_run(folder: Path, run: Mapping[str, Any], place: Place | None) -> Path:
    """Puts a finished run into a suite, as ``GET /v1/runs/{run_id}`` gives it; one that is there is replaced.

    Raises:
        BadFile: The folder is not a suite, the run has no outcome yet, its texts are erased, or it cannot be written.
    """
    if not (folder / SUITE).is_file():
        raise BadFile(f"{folder}: has no {SUITE}, so it is not a suite")
    name = str(run["run_id"])
    if run["status"] in OPEN:
        raise BadFile(f"{name}: has no outcome yet; add it when it has")
    if run.get("texts", "kept") != "kept":
        raise BadFile(f"{name}: its texts are erased, and so it must not be kept elsewhere")
    file = folder / RUNS / f"{name}.json"
    _write(file, Recorded(run=without_people(run), place=place))
    return file


def without_people(value: Any) -> Any:
    """A document of a run without the names of people: a suite needs what they did, not who they are."""
    if isinstance(value, Mapping):
        return {
            name: "" if name in PEOPLE and isinstance(each, str) else without_people(each)
            for name, each in value.items()
        }
    return [without_people(each) for each in value] if isinstance(value, list) else value


def _write(file: Path, value: Any) -> None:
    beside = file.with_name(f".{file.name}")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        beside.write_bytes(msgspec.json.format(msgspec.json.encode(value), indent=1) + b"\n")
        beside.replace(file)
    except OSError as error:
        raise BadFile(f"{file}: cannot be written: {error.strerror or error}") from error
