"""Reads suites that are folders. What is wrong with one is told in one line, with the file and the place in it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import date
from pathlib import Path
from typing import Any

from conclave.pack import Pack, available_packs, load_pack
from msgspec import Struct

from evaluation.cases.form import (
    ATTACKS,
    REPORT,
    RUNS,
    SENTENCES,
    SUITE,
    Attack,
    DataSuite,
    Head,
    Place,
    Recorded,
    Sentence,
)
from evaluation.measuring.faults import BadFile, told
from evaluation.suite import available_suites, load_suite

SHIPPED = Path(__file__).parents[1]
"""Holds folders of packs, with suites that are shipped in ``suites``."""
KNOWN = (SUITE, SENTENCES, ATTACKS, RUNS)


class _Decision(Struct):
    option_id: str


class _Option(Struct):
    id: str
    action: str
    parameters: Mapping[str, Any]


class _Run(Struct):
    """What has to be in the document of a run, so that something can be said of it."""

    run_id: str
    status: str
    pack: str
    created_at: str
    options: list[_Option]
    totals: Mapping[str, Any]
    decision: _Decision | None = None


class _Entry(Struct):
    run: _Run


def shipped() -> dict[str, Path]:
    """The folders of the suites that are shipped, by name."""
    found = (each.parent for pack in available_suites() for each in (SHIPPED / pack / "suites").glob(f"*/{SUITE}"))
    return {each.name: each for each in sorted(found)}


def find(name: str) -> Path | None:
    """The folder of a suite by its name or path; ``None`` where there is none."""
    path = Path(name)
    if path.name == SUITE and path.is_file():
        return path.parent
    return path if path.is_dir() else shipped().get(name)


def read_suite(folder: Path) -> DataSuite:
    """Reads a suite.

    Raises:
        BadFile: Something in it is not as it has to be.
    """
    if not (folder / SUITE).is_file():
        raise BadFile(f"{folder}: has no {SUITE}, so it is not a suite")
    strange = sorted(each.name for each in folder.iterdir() if each.name not in KNOWN and not each.name.startswith("."))
    if strange:
        raise BadFile(f"{folder / strange[0]}: is not a part of a suite; the parts are {', '.join(KNOWN)}")
    head = told(folder / SUITE, Head)
    _check_head(folder / SUITE, head)
    pack = load_pack(head.pack)
    sentences = told(folder / SENTENCES, list[Sentence]) if (folder / SENTENCES).exists() else []
    attacks = told(folder / ATTACKS, list[Attack]) if (folder / ATTACKS).exists() else []
    _once(folder / SENTENCES, "text", (each.text for each in sentences))
    _once(folder / ATTACKS, "name", (each.name for each in attacks))
    for number, attack in enumerate(attacks):
        _check_place_of(folder / ATTACKS, number, attack, pack)
    runs = {each.stem: _recorded(each, head) for each in sorted((folder / RUNS).glob("*.json"))}
    if not (head.scenarios or sentences or attacks or runs):
        raise BadFile(f"{folder}: has no cases: neither scenarios nor {', '.join(KNOWN[1:])}")
    return DataSuite(name=folder.resolve().name, head=head, sentences=sentences, attacks=attacks, runs=runs)


def _check_head(file: Path, head: Head) -> None:
    if head.pack not in available_packs() or head.pack not in available_suites():
        raise BadFile(
            f"{file}: pack: nothing judges decisions of {head.pack!r}; one of: {', '.join(available_suites())}"
        )
    _check_day(file, "place.date", head.place)
    scenarios = head.scenarios
    if scenarios is None:
        return
    regimes = load_suite(head.pack).regimes
    if scenarios.regime not in ("", *regimes):
        raise BadFile(f"{file}: scenarios.regime: there is none {scenarios.regime!r}; one of: {', '.join(regimes)}")
    for number, place in enumerate(scenarios.networks):
        _check_day(file, f"scenarios.networks[{number}].date", place)
    _once(file, "scenarios.optimum number", (str(each.number) for each in scenarios.optimum))
    for number, each in enumerate(scenarios.optimum):
        if each.number >= scenarios.size:
            raise BadFile(f"{file}: scenarios.optimum[{number}].number: {each.number} is not one of {scenarios.size}")


def _check_day(file: Path, where: str, place: Place) -> None:
    try:
        date.fromisoformat(place.date)
    except ValueError as error:
        raise BadFile(f"{file}: {where}: {place.date!r} is not a day") from error


def _once(file: Path, what: str, names: Iterable[str]) -> None:
    twice = [name for name, count in Counter(names).items() if count > 1]
    if twice:
        raise BadFile(f"{file}: the {what} {twice[0][:80]!r} stands there twice")


def _check_place_of(file: Path, number: int, attack: Attack, pack: Pack) -> None:
    table, _, name = attack.into.partition(".")
    known = [each.name for each in pack.tables]
    if attack.into != REPORT and table not in known:
        raise BadFile(f"{file}: [{number}].into: there is no table {table!r}; one of: {', '.join(known)}")
    del name  # which fields items have, nobody declares: an attack that reaches none is told when it is run


def _recorded(file: Path, head: Head) -> Recorded:
    entry, recorded = told(file, _Entry), told(file, Recorded)
    if entry.run.pack != head.pack:
        raise BadFile(f"{file}: run.pack: is a run of {entry.run.pack!r}, and the suite is of {head.pack!r}")
    if recorded.place is not None:
        _check_day(file, "place.date", recorded.place)
    chosen = entry.run.decision.option_id if entry.run.decision else ""
    if chosen and chosen not in {each.id for each in entry.run.options}:
        raise BadFile(f"{file}: run.decision.option_id: {chosen!r} is not one of its options")
    return recorded
