"""Every alarm rings when its cause occurs: ``python -m bench.alarms [--json]``.

Deploys to the local cloud that ``CONCLAVE_CLOUD`` and the ports name (else to one called ``alarms``) and stops it afterwards if
it did not run before. A run without trouble comes first, which may ring nothing. Then each cause is produced: before it all
alarms are put into the state OK and forget what they have seen, and what an earlier cause left is taken away; after it the alarms
that it is the cause of have to ring, and no others. Causes of alarms with a name of their own come by themselves; of those that
every function, table or model has, one of each kind at once, about different functions. Exits 1 when an alarm does not ring, or
rings for what is not its cause; alarms without a known cause are listed (``untested``).
"""

from __future__ import annotations

import os
import re
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from conclave.pack import load_pack

from bench.alarms import budget, candidates, causes, people, quality
from bench.alarms.causes import Produce
from bench.alarms.scene import Scene
from bench.load import TARGET, running_cloud, sentences
from bench.report import options, report
from cli.services import Services
from infra.stage import find_stage
from local.cloud import Cloud

OWN = {"CONCLAVE_CLOUD": "alarms", "CONCLAVE_PORT": "4577", "CONCLAVE_BEDROCK_PORT": "4610"}
"""The cloud where none is named."""
REPORTS = 20
RINGS_WITHIN_SECONDS = 25.0
AFTERWARDS_SECONDS = 2.0
"""After an alarm rang, others may still do so for the same cause; the bench looks after that."""

NAMED: Mapping[str, Produce] = {
    "ModelsSlow": causes.slow_models,
    "AgentsSlow": causes.slow_models,
    "RunsSlow": causes.slow_models,
    "RunsHalted": causes.throttled_models,
    "ModelErrors": causes.throttled_models,
    "AgentsUnavailable": causes.throttled_models,
    "BreakerOpened": causes.throttled_models,
    "RunsDegraded": causes.one_agent_less,
    "AdversarialText": causes.orders_in_a_report,
    "GuardrailIntervened": causes.orders_in_a_report,
    "CostUsd": causes.costly_run,
    "BudgetUnreadable": budget.notice_that_nobody_understands,
    "BudgetHeeded": budget.budget_nearly_spent,
    "RunsExpired": people.decision_that_nobody_looks_at,
    "OldestOpenRun": causes.run_that_stays_open,
    "MachineAborted": causes.stopped_execution,
    "MachineTimedOut": causes.execution_beyond_its_time,
    "MachineFailed": causes.broken_machine,
    "MachineThrottled": causes.hasty_machine,
    "Undelivered": causes.event_that_nobody_can_handle,
    "ApiErrors": causes.unreadable_answer,
    "QualityDropped": quality.answers_that_got_worse,
    "CandidateTakenBack": candidates.candidate_that_breaks_a_rule,
    "SettingsNotHosted": causes.settings_that_nobody_can_read,
}
"""The cause of each alarm that has a name of its own, in the order in which they are produced."""

KINDS: Mapping[str, Callable[[str], Produce]] = {
    r"(.+)-errors": causes.failing,
    r"(.+)-throttles": causes.without_room,
    r"table-(.+)-throttled": causes.table_beyond_its_throughput,
    r"model-(.+)-throttled": causes.model_beyond_its_quota,
}
"""The causes of alarms that each function, table or model has, by the form of their names."""

BESIDES: Mapping[Produce, tuple[str, ...]] = {
    causes.slow_models: ("ModelErrors",),  # a call that is slower than its share of the time is given up
    causes.throttled_models: ("RunsDegraded", r"model-.+-throttled"),
    causes.orders_in_a_report: ("RunsHalted",),  # the guardrail refuses it
    causes.costly_run: ("RunsHalted",),  # the run that costs so much
    causes.run_that_stays_open: ("MachineAborted", "RunsHalted", "RunsSlow"),  # it is ended, after all that time
    causes.stopped_execution: ("RunsHalted",),  # close_run halts the run of an execution that ended badly
    causes.execution_beyond_its_time: ("RunsHalted",),
    causes.broken_machine: ("RunsHalted", "decide-errors"),  # the machine hands on what has no run
    causes.event_that_nobody_can_handle: ("receive-errors",),
    causes.failing_heed: ("BudgetUnreadable",),
    budget.notice_that_nobody_understands: ("heed-errors", "Undelivered"),
}
"""Patterns of further alarms that a cause rings because it is a cause of theirs, too: each has one of its own as well."""


def main() -> int:
    """Rings and prints; answers the exit code."""
    parser = options(__doc__)
    parser.add_argument(
        "--only", metavar="PATTERN", default=".*", help="those whose whole name fits, such as '.*-errors'"
    )
    asked = parser.parse_args()
    if "CONCLAVE_CLOUD" not in os.environ:
        os.environ.update(OWN)
    with running_cloud() as cloud:
        scene = scene_on(cloud)
        told = rung(scene, asked.only)
    heard = {each["name"] for each in told["rung"]}
    silent = sorted(set(told.pop("names")) - heard - set(told["untested"]))
    bars = {
        "a run without trouble rings nothing": not told["without_cause"],
        "every alarm rings": not silent,
        "no alarm rings for what is not its cause": not told["foreign"],
    }
    return report("alarms", {**told, "silent": silent}, bars=bars, asked=asked)


def scene_on(cloud: Cloud) -> Scene:
    """The deployment of the airline on a local cloud."""
    services = Services()
    stage, pack = find_stage(TARGET.stage), load_pack(TARGET.pack)
    return Scene(
        cloud=cloud,
        api=services.api(TARGET),
        pack=pack,
        prefix=stage.prefix(pack),
        limits=stage.limits,
        seen_seconds=stage.rollout.seen_seconds,
        texts=iter(sentences(services, REPORTS)),
    )


def rung(scene: Scene, pattern: str) -> dict[str, Any]:
    """The alarms whose names fit: which rang, for which cause and how soon, and which rang without being meant."""
    everything = sorted(scene.states())
    names = [name for name in everything if re.fullmatch(pattern, name)]
    scene.clear()
    scene.ask()
    time.sleep(causes.SETTLED_SECONDS)
    without_cause = sorted(scene.ringing())
    found: list[dict[str, Any]] = []
    foreign: list[dict[str, str]] = []
    untested = [name for name in names if cause_of(name) is nothing]
    for together, of_cause in [*by_cause([name for name in everything if name in NAMED]), *by_kind(names)]:
        wanted = {name for name in of_cause if name in names}
        if not wanted:
            continue
        scene.clear()
        before, began = scene.ringing(), time.monotonic()
        for produce in together:
            produce(scene)
        heard = sorted(_ringing(scene, wanted) - before)
        found += [{"name": name, "seconds": round(time.monotonic() - began, 1)} for name in heard]
        time.sleep(AFTERWARDS_SECONDS)
        besides = [re.compile(each) for produce in together for each in BESIDES.get(produce, ())]
        others = scene.ringing() - set(of_cause)
        meant = ", ".join(of_cause)
        foreign += [
            {"name": name, "cause": meant}
            for name in sorted(others)
            if not any(each.fullmatch(name) for each in besides)
        ]
        sys.stderr.write(f"{meant}: {time.monotonic() - began:.0f} s; besides: {', '.join(sorted(others)) or 'none'}\n")
    return {
        "alarms": len(names),
        "names": names,
        "rung": found,
        "untested": untested,
        "without_cause": without_cause,
        "foreign": foreign,
    }


def by_cause(names: list[str]) -> Iterator[tuple[list[Produce], list[str]]]:
    """Each cause of alarms that have a name of their own, by itself, with those that it has to ring."""
    grouped: dict[Produce, list[str]] = {}
    for name in NAMED:
        if name in names:
            grouped.setdefault(NAMED[name], []).append(name)
    for produce, of_cause in grouped.items():
        yield [produce], of_cause


def by_kind(names: list[str]) -> Iterator[tuple[list[Produce], list[str]]]:
    """Causes of alarms that each function, table or model has: one of each kind at once, with those that they have to ring.

    A function never fails and lacks room in the same round, so that an alarm on the one that rings for the other is noticed.
    """
    kinds = [[name for name in names if name not in NAMED and re.fullmatch(pattern, name)] for pattern in KINDS]
    for at in range(max(map(len, kinds))):
        of_causes = [kind[(at + shift) % len(kind)] for shift, kind in enumerate(kinds) if at < len(kind)]
        yield [cause_of(name) for name in of_causes], of_causes


def cause_of(name: str) -> Produce:
    """How an alarm is made to ring; see ``nothing`` for one that nobody knows a cause of."""
    if name in NAMED:
        return NAMED[name]
    for pattern, cause in KINDS.items():
        if match := re.fullmatch(pattern, name):
            return cause(match.group(1))
    return nothing


def nothing(scene: Scene) -> None:
    """Lets nothing happen, so that the alarm stays silent and the bench says so."""
    del scene


def _ringing(scene: Scene, expected: set[str]) -> set[str]:
    """Those of the expected alarms that ring, as soon as all do, or when there was time enough."""
    patience = time.monotonic() + RINGS_WITHIN_SECONDS
    while True:
        ringing = scene.ringing() & expected
        if ringing == expected or time.monotonic() > patience:
            return ringing
        time.sleep(0.5)


if __name__ == "__main__":
    sys.exit(main())
