"""The proof by simulation: ``python -m bench.simulate --seeds N --rate R [--json]``.

Each seed is a world of its own: the real steps and the deployed definition of the phase machine, ports in memory, virtual time,
one thread, and faults at every call. Exit code 1 when a bar is missed. ``--seed S --trace`` tells the story of one seed.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from typing import Any

from conclave.testing.run_store import MemoryRunStore

from bench.simulation.deployed import Deployed, deployed
from bench.simulation.verdict import Verdict, judge
from bench.simulation.world import World

MOST_NEEDLESS = 0.02
"""Share of runs that may halt although only passing faults stand behind it."""
REPLAYED_EVERY = 128
BATCH = 50
NAMED = ("lost", "double", "stuck", "unaudited", "wrong")


def play(seed: int, rate: float, machine: Deployed, store: Callable[[], MemoryRunStore] = MemoryRunStore) -> Verdict:
    """Plays a seed over a store of runs, and judges it."""
    world = World(seed, rate, machine, runs=store())
    world.run()
    return judge(seed, world)


def play_all(seeds: Sequence[int], rate: float, machine: Deployed, every: int) -> list[tuple[Verdict, bool | None]]:
    """Plays seeds; answers each verdict, and whether its replay was equal: None where it was not replayed."""
    played: list[tuple[Verdict, bool | None]] = []
    for seed in seeds:
        verdict = play(seed, rate, machine)
        same = play(seed, rate, machine).digest == verdict.digest if seed % every == 0 else None
        played.append((verdict, same))
    return played


def tally(played: Iterator[tuple[Verdict, bool | None]], examples: int = 5) -> dict[str, Any]:
    """The figures over all seeds."""
    faults: Counter[str] = Counter()
    places: Counter[str] = Counter()
    causes: Counter[str] = Counter()
    letters: Counter[str] = Counter()
    found: dict[str, list[str]] = {name: [] for name in NAMED}
    seeds = runs = replayed = differs = 0
    needless: list[int] = []
    for verdict, same in played:
        seeds, runs = seeds + 1, runs + verdict.runs
        faults.update(verdict.faults)
        places.update(verdict.places)
        causes.update(verdict.needless)
        letters.update(verdict.dead_letters)
        needless += [verdict.seed] * len(verdict.needless)
        for name, what in verdict.findings:
            found[name].append(f"seed {verdict.seed}: {what}")
        replayed += same is not None
        differs += same is False
    return {
        "seeds": seeds,
        "faults": faults.total(),
        **{name: len(found[name]) for name in NAMED if name != "wrong"},
        "needless_halts": len(needless),
        "replayed": replayed,
        "replay_differs": differs,
        "wrong": len(found["wrong"]),
        "runs": runs,
        "needless_share": round(len(needless) / max(1, runs), 5),
        "needless_by_cause": dict(causes.most_common(20)),
        "faults_by_kind": dict(faults.most_common()),
        "faults_by_place": dict(places.most_common()),
        "dead_letters": dict(letters.most_common()),
        "examples": {name: lines[:examples] for name, lines in found.items() if lines}
        | ({"needless": needless[:examples]} if needless else {}),
    }


def missed(figures: dict[str, Any]) -> list[str]:
    """The bars that were missed."""
    bars = [name for name in (*NAMED, "replay_differs") if figures[name]]
    return [*bars, *(["needless_halts"] if figures["needless_share"] > MOST_NEEDLESS else [])]


def _play_in_processes(
    seeds: Sequence[int], workers: int, rate: float, machine: Deployed, every: int
) -> Iterator[tuple[Verdict, bool | None]]:
    work = partial(play_all, rate=rate, machine=machine, every=every)
    if workers < 2:
        yield from (each for batch in _batches(seeds) for each in _told(work(batch), batch, seeds))
        return
    with ProcessPoolExecutor(workers) as pool:
        batches = _batches(seeds)
        for batch, played in zip(batches, pool.map(work, batches), strict=True):
            yield from _told(played, batch, seeds)


def _batches(seeds: Sequence[int]) -> list[Sequence[int]]:
    return [seeds[start : start + BATCH] for start in range(0, len(seeds), BATCH)]


def _told(played: list[Any], batch: Sequence[int], seeds: Sequence[int]) -> list[Any]:
    done = batch[-1] - seeds[0] + 1
    if sys.stderr.isatty() or done % 5_000 == 0 or done == len(seeds):
        sys.stderr.write(f"\r{done:,} of {len(seeds):,} seeds" + ("\n" if done == len(seeds) else ""))
        sys.stderr.flush()
    return played


def _story(seed: int, rate: float, machine: Deployed) -> int:
    world = World(seed, rate, machine, story=True)
    world.run()
    verdict = judge(seed, world)
    sys.stdout.write("".join(world.chaos.story or ()))
    for name, what in [*verdict.findings, *(("needless", cause) for cause in verdict.needless)]:
        sys.stdout.write(f"{name}: {what}\n")
    sys.stdout.write(f"digest {verdict.digest}\n")
    return 1 if verdict.findings else 0


def _table(figures: dict[str, Any]) -> str:
    lines = []
    for name, value in figures.items():
        rows = value.items() if isinstance(value, dict) else ()
        lines.append(f"{name:18}{'' if isinstance(value, dict) else value}")
        lines += [f"  {row!s:52}{each}" for row, each in rows]
    return "\n".join(lines)


def main(arguments: Sequence[str] | None = None) -> int:
    """The command. Answers 0 when every bar is held."""
    parser = argparse.ArgumentParser(prog="python -m bench.simulate", description=__doc__)
    parser.add_argument("--seeds", type=int, default=1_000, help="how many worlds")
    parser.add_argument("--rate", type=float, default=0.01, help="probability of a fault of a call")
    parser.add_argument("--first", type=int, default=0, help="the first seed")
    parser.add_argument("--seed", type=int, default=None, help="one seed only")
    parser.add_argument("--trace", action="store_true", help="tell the story of --seed")
    parser.add_argument("--replay-every", type=int, default=REPLAYED_EVERY, help="play each Nth seed twice")
    parser.add_argument("--workers", type=int, default=1, help="processes")
    parser.add_argument("--json", action="store_true", help="one JSON document")
    asked = parser.parse_args(arguments)
    if asked.seeds < 1 or not 0 <= asked.rate <= 1 or asked.replay_every < 1:
        parser.error("--seeds and --replay-every are at least 1, --rate is between 0 and 1")
    if asked.trace and asked.seed is None:
        parser.error("--trace tells one story: give --seed as well")
    machine = deployed()
    if asked.trace:
        return _story(asked.seed, asked.rate, machine)
    seeds = range(asked.first, asked.first + asked.seeds) if asked.seed is None else range(asked.seed, asked.seed + 1)
    began = time.monotonic()
    figures = tally(_play_in_processes(seeds, asked.workers, asked.rate, machine, asked.replay_every))
    figures["seconds"] = round(time.monotonic() - began, 1)
    print(json.dumps(figures, indent=2) if asked.json else _table(figures))
    bars = missed(figures)
    if bars:
        sys.stderr.write(f"missed: {', '.join(bars)}\n")
    return 1 if bars else 0


if __name__ == "__main__":
    sys.exit(main())
