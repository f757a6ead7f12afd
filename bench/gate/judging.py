"""A version's way: its gate on fixed cases, then a share of the runs until it is promoted or taken back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache

from conclave.pack import load_pack
from conclave.rollout import record as moves
from conclave.rollout.canary import Way, looked_at
from conclave.rollout.gate import Case, judged
from conclave.rollout.measured import Seen
from conclave.rollout.pinning import pinned
from conclave.rollout.record import NONE, Record, State
from conclave.rollout.thresholds import Thresholds
from conclave.types import Side

from bench.gate.rooms import DANGER, Report, run
from bench.gate.versions import RELEASED, Version
from evaluation.data import Changes
from evaluation.suite import load_suite, network_rows

PACK = "airline"
SEED = 20261129
AT = "2026-11-29T10:00:00.000Z"
VERSIONS: Mapping[Side, Mapping[str, str]] = {Side.STABLE: {"all": "1"}, Side.CANDIDATE: {"all": "2"}}
REMARKS = 2
"""Cases in which a text tells a danger."""
GAPS = 2
"""Cases in which something mandatory is missing."""
LEAST_SCENARIOS = 14
"""So many are made at least, since not one in six has a gap."""
WARNING = "maintenance/delay_minutes"
"""What a model that reads the notes of aircraft adds for one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """How much is judged: cases of the gate, and runs of the canary.

    Attributes:
        cases: Cases of the gate.
        runs: Runs that come in while a share of them is on the candidate.
        least_runs: Runs of the candidate that are judged.
    """

    cases: int
    runs: int
    least_runs: int


WHOLE = Size(cases=10, runs=60, least_runs=20)
SMALL = Size(cases=6, runs=0, least_runs=5)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of a version: ``refused``, ``rolled_back`` or ``promoted``, and the codes of the reasons."""

    version: str
    end: str
    reasons: tuple[str, ...]


@lru_cache(maxsize=4)
def reports(cases: int, runs: int) -> tuple[tuple[Report, ...], tuple[Report, ...]]:
    """The cases of the gate, and the reports that come in afterwards."""
    pack = load_pack(PACK)
    load = network_rows(pack)
    made: list[Report] = []
    for scenario in load_suite(PACK).scenarios(SEED, max(LEAST_SCENARIOS, cases) + runs, load, []):
        rows, remark = load(scenario.network), ""
        if len(made) < REMARKS:
            noted = [{**item, "note": f"{DANGER}: fuel smell reported."} for item in rows.all("aircraft")]
            rows, remark = rows.changed(Changes(put={"aircraft": noted})), WARNING
        made.append(
            Report(
                name=f"{scenario.kind}-{scenario.number}",
                received=scenario.received,
                tables=rows.changed(scenario.changes),
                body=scenario.body,
                halt_is_right=True if scenario.gap else None,
                remark=remark,
            )
        )
    must = [*made[:REMARKS], *[each for each in made[REMARKS:] if each.halt_is_right][:GAPS]]
    rest = [each for each in made if each not in must]
    every = max(1, len(rest) // (cases - len(must)))  # the networks stand in turn, and each has some of the cases
    chosen = [*must, *rest[::every]][:cases]
    return tuple(chosen), tuple(each for each in made if each not in chosen)[:runs]


class Bench:
    """Judges versions against the released one.

    Args:
        size: How much is judged.
    """

    def __init__(self, size: Size) -> None:
        self._size = size
        self._cases, self._traffic = reports(size.cases, size.runs)
        self._stable: dict[str, Seen] = {}

    def judge(self, version: Version) -> Outcome:
        """The way of a version."""
        thresholds = Thresholds(steps=(50,), least_runs=self._size.least_runs, step_minutes=0)
        record = moves.begun(NONE, VERSIONS[Side.CANDIDATE], stable=VERSIONS[Side.STABLE], at=AT, thresholds=thresholds)
        found = judged([self._case(version, report) for report in self._cases], record.thresholds)
        if found:
            record = moves.refused(record, tuple(each.objection.value for each in found), at=AT)
        else:
            record = moves.admitted(record, at=AT)
            record = self._canary(version, record) if self._traffic else moves.promoted(record, at=AT)
        assert record.last is not None
        return Outcome(version=version.name, end=record.last.end.value, reasons=record.last.reasons)

    def _case(self, version: Version, report: Report) -> Case:
        return Case(
            name=report.name,
            stable=self._as_released(report),
            candidate=run(version, load_pack(PACK), report, Side.CANDIDATE),
            halt_is_right=report.halt_is_right,
            remark=report.remark,
        )

    def _as_released(self, report: Report) -> Seen:
        if report.name not in self._stable:
            self._stable[report.name] = run(RELEASED, load_pack(PACK), report, Side.STABLE)
        return self._stable[report.name]

    def _canary(self, version: Version, record: Record) -> Record:
        seen: list[Seen] = []
        for report in self._traffic:
            pin = pinned(record, report.name)
            on_candidate = pin.side is Side.CANDIDATE
            seen.append(
                run(version, load_pack(PACK), report, Side.CANDIDATE) if on_candidate else self._as_released(report)
            )
            look = looked_at(record, seen, minutes=0)
            if look.way is Way.BACK:
                reasons = tuple(each.objection.value for each in look.findings)
                return moves.rolled_back(record, reasons, at=AT)
            if look.way is Way.ON:
                record = moves.stepped(record, at=AT)
            if record.state is State.STEADY:
                return record
        return moves.rolled_back(record, ("too_few",), at=AT)


def outcomes(versions: Iterable[Version], size: Size) -> list[Outcome]:
    """What becomes of versions."""
    bench = Bench(size)
    return [bench.judge(each) for each in versions]
