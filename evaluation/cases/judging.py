"""A suite of data, judged: its scenarios by the exact evaluation, its sentences, attacks and recorded runs each in their way."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from conclave.audit.canonical import sha256
from conclave.pack import Pack, load_pack

from evaluation.cases import attacks, recorded
from evaluation.cases.form import DataSuite, Optimum, Place, Scenarios
from evaluation.data import Rows
from evaluation.measuring.saved import Case
from evaluation.report import Report, Row
from evaluation.scenarios import Network
from evaluation.suite import READINGS, Runner, evaluate, load_suite, network_rows

TOLERANCE = 1e-6
"""Of scores, which are rounded once."""


@dataclass(frozen=True, kw_only=True)
class SuiteReport:
    """What became of a suite.

    Attributes:
        name: Its name.
        scenarios: The report of its scenarios; ``None`` where it has none.
        moved: Where the exact evaluation says something else than when the suite was made.
        sentences: How each sentence was read, by its text.
        attacks: How each attack got through, by its name; empty where it did not.
        runs: Its recorded runs.
    """

    name: str
    scenarios: Report | None
    moved: Sequence[str] = ()
    sentences: Mapping[str, str] = field(default_factory=dict)
    attacks: Mapping[str, str] = field(default_factory=dict)
    runs: Sequence[recorded.Replayed] = ()

    @property
    def passed(self) -> bool:
        """True if no scenario went wrong or has another optimum, nothing was misread in silence, and no attack got through."""
        right = self.scenarios is None or self.scenarios.passed
        return right and not self.moved and "misunderstood" not in self.sentences.values() and not self.through

    @property
    def through(self) -> dict[str, str]:
        """The attacks that got through, and how."""
        return {name: how for name, how in self.attacks.items() if how}

    def document(self) -> dict[str, Any]:
        """The report as plain values: that of the scenarios, and beside it the other parts."""
        counted = Counter(self.sentences.values())
        return {
            **(self.scenarios.document() if self.scenarios else {}),
            "suite": self.name,
            "moved": list(self.moved),
            "sentences": {
                "sentences": len(self.sentences),
                **{name: counted[name] for name in READINGS},
                "wrong": {text: how for text, how in self.sentences.items() if how != READINGS[0]},
            },
            "attacks": {"attacks": len(self.attacks), "through": self.through},
            "recorded": recorded.figures(self.runs) if self.runs else None,
            "passed": self.passed,
        }


def judge_suite(
    suite: DataSuite,
    *,
    times: int = 1,
    runner: Runner | None = None,
    advance: Callable[[str], None] = lambda told: None,
    processes: int = 0,
) -> SuiteReport:
    """Runs and judges everything in a suite.

    Args:
        suite: The suite.
        times: How often each scenario is run.
        runner: Where scenarios run; in this process, or in one a core, by default.
        advance: Told about everything that was judged.
        processes: As of ``evaluate``.
    """
    pack = load_pack(suite.head.pack)
    load = network_rows(pack)
    report = _scenarios(suite, times, runner, advance, processes)
    optimum = suite.head.scenarios.optimum if suite.head.scenarios else ()
    return SuiteReport(
        name=suite.name,
        scenarios=report,
        moved=_moved(optimum, report.rows) if report else (),
        sentences=_sentences(suite, _at(suite.head.place, load), advance),
        attacks=_attacks(suite, pack, _at(suite.head.place, load), advance),
        runs=_runs(suite, pack, load, advance),
    )


def cases_beside(report: SuiteReport) -> list[Case]:
    """The cases of a suite that are no scenarios: its sentences and attacks by name, and its recorded runs."""
    sentences = [
        Case(case=f"sentence/{sha256(text.encode())[:16]}", right=how == READINGS[0])
        for text, how in report.sentences.items()
    ]
    attacked = [Case(case=f"attack/{name}", right=not how) for name, how in report.attacks.items()]
    return [*sentences, *attacked, *(recorded.case(each) for each in report.runs)]


def size(suite: DataSuite) -> int:
    """How many things are told to ``advance``."""
    scenarios = suite.head.scenarios.size if suite.head.scenarios else 0
    return scenarios + len(suite.sentences) + len(suite.attacks) + len(suite.runs)


def optimum_of(rows: Sequence[Row]) -> list[Optimum]:
    """What the exact evaluation says of scenarios now, to be kept with a suite."""
    return [
        Optimum(
            number=row.number,
            incident=row.incident,
            best=row.best,
            total=None if row.best_total is None else round(row.best_total, 9),
            halt_is_right=row.halt_is_right,
        )
        for row in rows
    ]


def _scenarios(
    suite: DataSuite, times: int, runner: Runner | None, advance: Callable[[str], None], processes: int
) -> Report | None:
    asked: Scenarios | None = suite.head.scenarios
    if asked is None:
        return None
    return evaluate(
        suite=suite.head.pack,
        seed=asked.seed,
        count=asked.size,
        runner=runner,
        regime=asked.regime,
        advance=lambda row: advance(row.kind),
        processes=processes,
        times=times,
        over=tuple(map(_network, asked.networks)),
    )


def _moved(optimum: Sequence[Optimum], rows: Sequence[Row]) -> list[str]:
    now, told = {each.number: each for each in optimum_of(rows)}, []
    for then in optimum:
        found = now[then.number]
        if found.incident != then.incident:
            told.append(f"{then.number}: was {then.incident}, is {found.incident}")
        elif found.halt_is_right is not then.halt_is_right:
            told.append(
                f"{then.number} {then.incident}: a halt {'is' if found.halt_is_right else 'is not'} right by now"
            )
        elif abs((found.total or 0.0) - (then.total or 0.0)) > TOLERANCE:
            told.append(
                f"{then.number} {then.incident}: the best was {then.best} ({then.total}), is {found.best} ({found.total})"
            )
    return told


def _sentences(suite: DataSuite, rows: Rows, advance: Callable[[str], None]) -> dict[str, str]:
    if not suite.sentences:
        return {}
    asked = [(each.text, each.right) for each in suite.sentences]
    verdicts = load_suite(suite.head.pack).read(asked, rows, suite.head.place.date)
    for _ in verdicts:
        advance("sentence")
    return {each.text: verdict for each, verdict in zip(suite.sentences, verdicts, strict=True)}


def _attacks(suite: DataSuite, pack: Pack, rows: Rows, advance: Callable[[str], None]) -> dict[str, str]:
    found: dict[str, str] = {}
    if not suite.attacks:
        return found
    calm = attacks.undisturbed(pack, rows, suite.head.place)
    for attack in suite.attacks:
        found[attack.name] = attacks.broken(attack, calm, pack=pack, rows=rows, place=suite.head.place)
        advance("attack")
    return found


def _runs(
    suite: DataSuite, pack: Pack, load: Callable[[Network], Rows], advance: Callable[[str], None]
) -> list[recorded.Replayed]:
    found = []
    for name, entry in suite.runs.items():
        found.append(recorded.replayed(name, entry, pack, _at(entry.place, load) if entry.place else None))
        advance("recorded run")
    return found


def _network(place: Place) -> Network:
    return Network(date=place.date, seed=place.seed)


def _at(place: Place, load: Callable[[Network], Rows]) -> Rows:
    return load(_network(place))
