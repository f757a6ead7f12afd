"""Whether two checkouts decide alike: every decision and every field of every option, byte for byte, over the suite's scenarios.

``python -m bench.same_decisions --before PATH --after PATH [--seeds 1,2,3] [--scenarios 100] [--time] [--json]``. For a change
that must not change a decision: ``--before`` is a checkout of what it was (``git worktree add --detach PATH main``), ``--after``
one of what it is. Both run under this interpreter, each with its own sources, in a fresh process that reads no cached byte code.
Prints what differs first; exit code 1 when anything does. ``--but decision.usage`` leaves aside what a change means to change:
a prompt with fewer words costs less, and decides the same.

With ``--time`` the planning of the first seed's scenarios is measured, too: over tables in memory, with incidents that are
resolved, in fresh processes in turn (before, after, before, after, ...), in processor time. The figure is the ratio of a pair.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from importlib import import_module
from pathlib import Path
from statistics import median
from typing import Any

import msgspec

ROUNDS = 5
SHOWN = 5
"""Scenarios that are named for a seed, and fields for a scenario."""
PACK = "airline"
HOMES: Mapping[str, Sequence[str]] = {
    "load_pack": ("evaluation.suite", "conclave.pack", "conclave.pack.declarations"),
    "network_rows": ("evaluation.suite",),
    "scenarios": ("evaluation.airline.scenarios.making", "evaluation.scenarios"),
    "decide": ("evaluation.room", "evaluation.suite"),
}
"""Modules in which a checkout may hold what a child needs: the first that has the name is taken."""
OWN_SOURCES = ("conclave", f"packs.{PACK}", "evaluation")
"""Packages that must come from the checkout that is played, and from nowhere else."""


class Unplayable(Exception):
    """A checkout could not be played; the message is one line that says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """A scenario that is decided differently, and the first of the fields that differ."""

    scenario: str
    fields: Sequence[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Times:
    """Processor seconds that planning took, by round."""

    before: Sequence[float]
    after: Sequence[float]

    @property
    def ratios(self) -> list[float]:
        """After by before, of each round."""
        return [after / before for before, after in zip(self.before, self.after, strict=True)]

    @property
    def told(self) -> str:
        """One line with the least and the median ratio."""
        return (
            f"planning: {min(self.before):.2f} s before, {min(self.after):.2f} s after; ratio {min(self.ratios):.3f} at least, "
            f"{median(self.ratios):.3f} in the median of {len(self.ratios)} rounds"
        )

    @property
    def record(self) -> dict[str, Any]:
        """The figures for a machine."""
        return asdict(self) | {"least_ratio": min(self.ratios), "median_ratio": median(self.ratios)}


def canonical(value: Any) -> str:
    """The value as JSON with sorted keys and no blanks; equal values give equal bytes."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True, default=str)


def differences(before: Mapping[str, str], after: Mapping[str, str], but: Sequence[str] = ()) -> list[Difference]:
    """The scenarios whose canonical JSON is not the same, in order; one that a side does not have differs as a whole.

    Places that begin with one of ``but`` may differ.
    """
    found = []
    for scenario in dict.fromkeys([*before, *after]):
        one, other = before.get(scenario), after.get(scenario)
        if one is None or other is None:
            found.append(Difference(scenario=scenario, fields=[f"only {'after' if one is None else 'before'}"]))
        elif one != other:
            places = [each for each in differing(json.loads(one), json.loads(other)) if not each.startswith(tuple(but))]
            found += [Difference(scenario=scenario, fields=places)] if places else []
    return found


def differing(before: Any, after: Any, path: str = "") -> Iterator[str]:
    """Each place at which two values of JSON differ, with both of its values."""
    if isinstance(before, dict) and isinstance(after, dict):
        for name in dict.fromkeys([*before, *after]):
            yield from differing(before.get(name, "absent"), after.get(name, "absent"), f"{path}.{name}".lstrip("."))
    elif isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        for number, (one, other) in enumerate(zip(before, after, strict=True)):
            yield from differing(one, other, f"{path}[{number}]")
    elif canonical(before) != canonical(after):
        yield f"{path}: {canonical(before)} before, {canonical(after)} after"


def found_in(homes: Sequence[str], name: str, load: Callable[[str], object] = import_module) -> Any:
    """The object of this name, from the first of the modules that has it.

    Raises:
        Unplayable: None has.
    """
    for home in homes:
        try:
            return getattr(load(home), name)
        except (ModuleNotFoundError, AttributeError):
            continue
    raise Unplayable(
        f"{name} is in none of {', '.join(homes)}; add where it is now to HOMES of bench/same_decisions.py"
    )


def roots(checkout: Path) -> list[str]:
    """The folders that a checkout's sources are imported from.

    Raises:
        Unplayable: It is not a checkout of this project.
    """
    try:
        settings = tomllib.loads((checkout / "pyproject.toml").read_text(encoding="utf-8"))
        return [str((checkout / each).resolve()) for each in settings["tool"]["hatch"]["build"]["dev-mode-dirs"]]
    except (OSError, KeyError) as error:
        raise Unplayable(f"{checkout} is not a checkout of this project; name its root folder") from error


def child(checkout: Path, task: str, seed: int, count: int) -> Any:
    """Runs one of ``TASKS`` in a fresh process with the checkout's sources and returns what it printed as JSON.

    Raises:
        Unplayable: The process failed.
    """
    about = [str(checkout.resolve()), str(seed), str(count)]
    with tempfile.TemporaryDirectory() as nothing_cached:
        fresh = ["-P", "-B", "-X", f"pycache_prefix={nothing_cached}"]
        ran = subprocess.run(
            [sys.executable, *fresh, str(Path(__file__).resolve()), "--child", task, *about],
            cwd=checkout,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(roots(checkout)), "PYTHONHASHSEED": "0"},
            capture_output=True,
            text=True,
            check=False,
        )
    if ran.returncode:
        raise Unplayable(f"{checkout} could not be played: {(ran.stderr.strip() or 'no word why').splitlines()[-1]}")
    return json.loads(ran.stdout)


def play(seed: int, count: int) -> dict[str, str]:
    """Canonical JSON of decision and options of each scenario, by its number and kind."""
    decide = found_in(HOMES["decide"], "decide")
    played = {}
    for name, scenario, rows, pack in _cases(seed, count):
        outcome = decide(pack=pack, tables=rows, received=scenario.received, **scenario.body)
        options = {each["id"]: each for each in outcome.options}
        played[name] = canonical({"decision": msgspec.to_builtins(outcome.decision), "options": options})
    return played


def plan_seconds(seed: int, count: int) -> float:
    """Processor seconds that planning all scenarios takes, without making and indexing their tables."""
    cases = list(_cases(seed, count))
    for _, _, rows, pack in cases:
        for read in pack.plan_reads:
            table, _, index = read.partition("/")
            rows.query(table, (), index)
    began = time.process_time()
    for _, scenario, rows, pack in cases:
        pack.plan(scenario.incident, rows, scenario.received)
    return time.process_time() - began


def _cases(seed: int, count: int) -> Iterator[tuple[str, Any, Any, Any]]:
    pack = found_in(HOMES["load_pack"], "load_pack")(PACK)
    load = found_in(HOMES["network_rows"], "network_rows")(pack)
    for each in found_in(HOMES["scenarios"], "scenarios")(seed, count, load):
        yield f"{each.number} {each.kind}", each, load(each.network).changed(each.changes), pack


TASKS: Mapping[str, Callable[[int, int], Any]] = {"play": play, "plan_seconds": plan_seconds}
"""The tasks that a child can be asked to do."""


def _as_child(task: str, checkout: str, seed: str, count: str) -> int:
    for name in OWN_SOURCES:
        came_from = import_module(name).__file__ or ""
        if not Path(came_from).resolve().is_relative_to(checkout):
            sys.exit(f"{name} came from {came_from}; only the checkout's own sources may be played")
    sys.stdout.write(json.dumps(TASKS[task](int(seed), int(count))))
    return 0


def timed(before: Path, after: Path, seed: int, count: int) -> Times:
    """Measures planning in both checkouts in turn."""
    rounds = [[child(checkout, "plan_seconds", seed, count) for checkout in (before, after)] for _ in range(ROUNDS)]
    return Times(before=[each[0] for each in rounds], after=[each[1] for each in rounds])


def told(seed: int, played: Mapping[str, str], differ: Sequence[Difference], but: Sequence[str] = ()) -> list[str]:
    """The lines that a person reads of a seed."""
    if not differ:
        options = sum(len(json.loads(each)["options"]) for each in played.values())
        apart = f" but for {', '.join(but)}" if but else ""
        return [f"seed {seed}: {len(played)} scenarios, {options} options, byte-equal{apart}"]
    lines = [f"seed {seed}: {len(differ)} scenarios differ, {len(played)} were played"]
    for each in differ[:SHOWN]:
        lines.append(f"  {each.scenario}: {len(each.fields)} fields")
        lines += [f"    {field}" for field in each.fields[:SHOWN]]
    return lines


def _seeds(text: str) -> list[int]:
    return [int(each) for each in text.split(",")]


def main() -> int:
    """Compares, measures and prints."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n\n")[0])
    parser.add_argument("--before", type=Path, required=True, help="root of the checkout that is compared with")
    parser.add_argument("--after", type=Path, required=True, help="root of the checkout that must decide alike")
    parser.add_argument("--seeds", type=_seeds, default=[1, 2, 3], help="like 1,2,3")
    parser.add_argument("--scenarios", type=int, default=100, help="of each seed")
    parser.add_argument("--but", type=lambda text: text.split(","), default=[], help="places that are meant to differ")
    parser.add_argument("--time", action="store_true", help="measure planning, too")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    lines: list[str] = []
    record: dict[str, Any] = {"scenarios": options.scenarios, "differing": {}}
    try:
        for seed in options.seeds:
            before, after = (child(each, "play", seed, options.scenarios) for each in (options.before, options.after))
            differ = differences(before, after, options.but)
            record["differing"][seed] = [asdict(each) for each in differ]
            lines += told(seed, after, differ, options.but)
        if options.time:
            times = timed(options.before, options.after, options.seeds[0], options.scenarios)
            record["planning"] = times.record
            lines.append(times.told)
    except Unplayable as error:
        sys.exit(str(error))
    sys.stdout.write(json.dumps(record, indent=2) + "\n" if options.json else "".join(f"{each}\n" for each in lines))
    return 1 if any(record["differing"].values()) else 0


if __name__ == "__main__":
    raise SystemExit(_as_child(*sys.argv[2:]) if sys.argv[1:2] == ["--child"] else main())
