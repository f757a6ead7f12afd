"""Functions are killed while they work: ``python -m bench.chaos --kills N [--seed S] [--json]``.

Deploys to a local cloud that ``CONCLAVE_CLOUD`` and the ports name (else to one called ``chaos``), reports incidents by API and
by event, and sends SIGKILL to processes of functions within 250 ms after an invocation began, at most once for each run and
function. Waits until every run has ended, then judges: no run is stuck, decided twice, unproved, or halted for no other reason
than a kill. Exits 1 when a bar is missed, 2 when the cloud cannot be used. The cloud is stopped afterwards if it did not run
before.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any

from bench.chaos.killer import Killer, Plan
from bench.chaos.storm import Storm, patiently
from bench.chaos.verdict import TERMINAL, Verdict, judge
from bench.load import PAGE, ROOT, TARGET, running_cloud, sentences
from cli.ports import Api
from cli.services import Services
from local.cloud import Cloud

OWN = {"CONCLAVE_CLOUD": "chaos", "CONCLAVE_PORT": "4576", "CONCLAVE_BEDROCK_PORT": "4609"}
"""The cloud where none is named."""
INCIDENTS = 200
PROOF_SECONDS = 180.0
"""Seconds after the last end for which an audit may be without its anchor."""
COMMAND = str(Path(sys.executable).parent / "conclave")


def main() -> int:
    """Kills, judges and prints; answers the exit code."""
    parser = argparse.ArgumentParser(prog="bench.chaos", description=__doc__)
    parser.add_argument("--kills", type=int, default=100, metavar="N", help="so many kills (100)")
    parser.add_argument("--seed", type=int, default=1, help="of what is killed when (1)")
    parser.add_argument("--json", action="store_true", help="one JSON document on stdout")
    asked = parser.parse_args()
    if asked.kills < 1:
        parser.error("--kills is a number from 1 on")
    if "CONCLAVE_CLOUD" not in os.environ:
        os.environ.update(OWN)
    cloud = Cloud(ROOT)
    notes = cloud.settings.folder / "invocations.jsonl"
    os.environ["CONCLAVE_INVOCATIONS"] = str(notes)
    if (running := cloud.status().emulator) and str(notes).encode() not in Path(
        f"/proc/{running}/cmdline"
    ).read_bytes():
        parser.error("the local cloud of this name was started without notes; stop it first: conclave down")
    with running_cloud() as cloud:
        told = measured(cloud, notes, kills=asked.kills, seed=asked.seed)
    sys.stdout.write(json.dumps(told) + "\n" if asked.json else table(told))
    return 1 if told["missed"] else 0


def measured(cloud: Cloud, notes: Path, *, kills: int, seed: int) -> dict[str, Any]:
    """The results of so many kills, as plain values."""
    services, began = Services(), time.monotonic()
    api, states = services.api(TARGET), cloud.client("stepfunctions")
    before = all_runs(api)
    storm = Storm(
        api,
        services.bus(TARGET),
        lambda execution: states.stop_execution(executionArn=execution),
        sentences(services, INCIDENTS),
        name=f"chaos-{seed}-{int(time.time())}",
        seed=seed,
    )
    with notes.open(encoding="utf-8") as lines:
        lines.seek(0, os.SEEK_END)
        killer = Killer(
            lines,
            emulator=cloud.status().emulator,
            prefix=f"conclave-{TARGET.stage}-{TARGET.pack}-",
            runs=storm.runs,
            plan=Plan(seed),
            most=kills,
        )
        storm.rage(killer, kills)
    raged = time.monotonic() - began
    storm.settle()
    tally = killer.tally
    unproved = unproved_runs()
    verdict = judge(
        storm.seen,
        tally.steps,
        answered=tally.answered,
        unasked=all_runs(api) - before - set(storm.runs.values()),
        unproved=unproved,
    )
    seconds = sorted(each.seconds for each in storm.seen if each.last.ended)
    return {
        "kills": tally.steps.total(),
        **{name: len(getattr(verdict, name)) for name in ("stuck", "double", "unproved", "needless", "degraded")},
        "runs": len(storm.seen),
        "stopped": sum(each.stopped for each in storm.seen),
        "unanswered": sum(each.unanswered for each in storm.seen),
        "halted": {each.run: list(each.last.reasons) for each in storm.seen if each.suspicious},
        "most_kills_of_a_step": max((n for (run, _), n in tally.steps.items() if run), default=0),
        "misses": tally.misses,
        "spared": sorted(tally.functions - verdict.by_function.keys()),
        "foreign_deaths": tally.foreign,
        "seconds": round(raged, 1),
        "p50": round(statistics.median(seconds), 1) if seconds else 0.0,
        "longest": round(seconds[-1], 1) if seconds else 0.0,
        "by_function": verdict.by_function,
        "named": named(verdict),
        "missed": [*verdict.missed, *([] if tally.steps.total() >= kills else ["kills"])],
    }


def named(verdict: Verdict) -> dict[str, list[str]]:
    """The runs behind the figures that are not 0."""
    found = asdict(verdict)
    return {name: list(runs) for name, runs in found.items() if name != "by_function" and runs}


def all_runs(api: Api) -> set[str]:
    """Ids of all runs that the API lists."""
    found = set[str]()
    for status in ("running", *sorted(TERMINAL)):
        cursor = ""
        while True:
            page = patiently(partial(api.runs, status=status, limit=PAGE, cursor=cursor))
            found |= {str(each["run_id"]) for each in page["runs"]}
            cursor = page["next"] or ""
            if not cursor:
                break
    return found


def unproved_runs() -> set[str]:
    """Runs that ``conclave verify --all`` does not prove, once whatever signs has had its time; the line itself if it fails."""
    patience = time.monotonic() + PROOF_SECONDS
    while True:
        done = subprocess.run([COMMAND, "verify", "--all", "--json"], capture_output=True, text=True, check=False)
        found = not_proved(json.loads(done.stdout)) if done.stdout.startswith("{") else {done.stderr.strip()}
        if not found or time.monotonic() > patience:
            return found
        time.sleep(5)


def not_proved(report: Mapping[str, Any]) -> set[str]:
    """Runs that a report of the verifier does not prove: broken, unread or still running; ``export`` for the file itself."""
    if "error" in report:
        return {str(report["error"])}
    named = [*report["broken"], *report["unread"]]
    return {str(each["run_id"] or "export") for each in named} | set(report["running"])


def table(told: Mapping[str, Any]) -> str:
    """The figures for people."""
    lines = [f"{name:21} {value}" for name, value in told.items() if not isinstance(value, dict | list)]
    lines += ["", f"{'function':24}{'kills':>6}  of these in runs that were"]
    for name, counts in told["by_function"].items():
        fates = ", ".join(f"{fate} {number}" for fate, number in counts.items() if fate != "kills")
        lines.append(f"{name:24}{counts['kills']:6}  {fates}")
    lines += [f"halted: {run} by {', '.join(reasons)}" for run, reasons in told["halted"].items()]
    lines += [f"{name}: {', '.join(runs)}" for name, runs in told["named"].items()]
    lines += [f"spared: {', '.join(told['spared'])}"] if told["spared"] else []
    lines += [f"missed: {', '.join(told['missed'])}" if told["missed"] else "all bars held"]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.exit(main())
