"""An evaluation as it is kept: its figures by case, and what made them, so that another can be held against it."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Final, Literal

import msgspec
from msgspec import Meta, Struct, field

from evaluation.measuring.consistency import disagrees
from evaluation.measuring.faults import BadFile, told
from evaluation.measuring.figures import percentile
from evaluation.report import Report, Row

FORMAT: Final = 1
IN_PROCESS = "in process"
SAME_MACHINE = ("cpu", "cores", "python")
"""What has to be the same for seconds to be compared."""
ROOT = Path(__file__).parents[2]

Share = Annotated[float, Meta(ge=0.0)]
Count = Annotated[int, Meta(ge=0)]


class Machine(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What an evaluation ran on.

    Attributes:
        cpu: Name of the processor.
        cores: How many of them the process may use.
        python: Version of Python.
        system: Name of the system.
    """

    cpu: str
    cores: int
    python: str
    system: str

    def same(self, other: Machine) -> bool:
        """True if seconds of the one may be held against those of the other."""
        return all(getattr(self, name) == getattr(other, name) for name in SAME_MACHINE)


class Case(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One case of an evaluation, over all times that it was run.

    Attributes:
        case: What the same case of another evaluation is called, too.
        option: The chosen option by what it does; empty after a halt.
        right: False if a rule was broken, a fault found, or a halt wrong, in any run; None where nobody can say.
        sound: Whether every answer kept the rules of quality; None where none was judged.
        agreed: Whether all runs came to the same option, constraints and verdicts; None where it was run once.
        regret: Share of the best score that was left, mean; None where nothing is known of it.
        tokens: Of a run, mean; None where it is not a run.
        cost_usd: Of a run, mean; the same.
        seconds: Of a run, median; the same.
    """

    case: str
    option: str = ""
    right: bool | None = None
    sound: bool | None = None
    agreed: bool | None = None
    regret: float | None = None
    tokens: Share | None = None
    cost_usd: Share | None = None
    seconds: Share | None = None


class Saved(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An evaluation.

    Attributes:
        conclave_evaluation: The version of this form.
        at: When it ended, ISO 8601 UTC.
        suite: Which suite.
        where: Where its runs were.
        times: How often each case was run.
        machine: On what.
        versions: Of what was evaluated: ``commit``, and ``pack``.
        figures: Its figures, for whoever reads the file.
        cases: Its cases.
    """

    conclave_evaluation: Literal[1]
    at: str
    suite: str
    where: str
    times: Count
    machine: Machine
    versions: Mapping[str, str]
    figures: Mapping[str, Any]
    cases: Sequence[Case] = field(default_factory=list)


def saved(
    report: Report | None,
    *,
    at: str,
    versions: Mapping[str, str],
    suite: str = "",
    beside: Sequence[Case] = (),
    figures: Mapping[str, Any] | None = None,
) -> Saved:
    """An evaluation, to be kept.

    Args:
        report: Of its scenarios, if it has any.
        at: When it ended.
        versions: Of what was evaluated.
        suite: Its name, if it is not the report's.
        beside: Cases that are no scenarios.
        figures: All its figures, if they are not the report's.
    """
    shown = figures or (report.document() if report else {})
    return Saved(
        conclave_evaluation=FORMAT,
        at=at,
        suite=suite or (report.suite if report else ""),
        where=report.where if report else IN_PROCESS,
        times=report.times if report else 1,
        machine=this_machine(),
        versions=dict(versions),
        figures={name: value for name, value in shown.items() if name not in ("rows", "consistency")},
        cases=[*(_cases(report) if report else ()), *beside],
    )


def _cases(report: Report) -> list[Case]:
    of_case: dict[int, list[Row]] = {}
    for row in report.every:
        of_case.setdefault(row.number, []).append(row)
    return [_case(f"{report.seed}/{row.number}/{row.incident}", of_case[row.number]) for row in report.rows]


def _case(name: str, rows: Sequence[Row]) -> Case:
    regrets = [row.regret for row in rows if row.regret is not None]
    return Case(
        case=name,
        option=rows[0].option,
        right=not any(row.wrong for row in rows),
        sound=not any(row.breaches for row in rows) if any(row.answers for row in rows) else None,
        agreed=not disagrees(rows) if len(rows) > 1 else None,
        regret=sum(regrets) / len(regrets) if regrets else None,
        tokens=sum(row.tokens for row in rows) / len(rows),
        cost_usd=sum(row.cost_usd for row in rows) / len(rows),
        seconds=percentile([row.duration for row in rows], 50),
    )


def write(kept: Saved, path: Path) -> None:
    """Writes an evaluation; whoever reads the file meanwhile finds the old one or the new one.

    Raises:
        BadFile: It cannot be written.
    """
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        beside.write_bytes(msgspec.json.format(msgspec.json.encode(kept), indent=1) + b"\n")
        beside.replace(path)
    except OSError as error:
        raise BadFile(f"{path}: cannot be written: {error.strerror or error}") from error
    finally:
        beside.unlink(missing_ok=True)


def read(path: Path) -> Saved:
    """An evaluation that was kept.

    Raises:
        BadFile: There is none, or not a whole one; the message has the file and the place in it.
    """
    kept = told(path, Saved)
    if not kept.cases:
        raise BadFile(f"{path}: has no cases")
    twice = {each.case for each in kept.cases if sum(other.case == each.case for other in kept.cases) > 1}
    if twice:
        raise BadFile(f"{path}: cases: {min(twice)!r} stands there twice")
    return kept


def this_machine() -> Machine:
    """The machine of this process."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return Machine(cpu=_cpu(), cores=cores, python=platform.python_version(), system=platform.system())


def commit() -> str:
    """The commit that is evaluated, with a plus where files differ from it; empty outside a checkout."""
    if not (head := _git("rev-parse", "--short", "HEAD")):
        return ""
    return head + ("+" if _git("status", "--porcelain", "--untracked-files=no") else "")


def _cpu() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        lines = []
    named = next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "")
    return named or platform.processor() or platform.machine()


def _git(*words: str) -> str:
    program = shutil.which("git")
    if program is None:
        return ""
    ran = subprocess.run([program, *words], cwd=ROOT, capture_output=True, text=True, check=False)
    return ran.stdout.strip() if ran.returncode == 0 else ""
