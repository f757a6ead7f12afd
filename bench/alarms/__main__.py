"""Every alarm rings when its cause occurs: ``python -m bench.alarms [--json]``.

Deploys to the local cloud that ``CONCLAVE_CLOUD`` and the ports name (else to one called ``alarms``) and stops it afterwards if
it did not run before. A run without trouble comes first, which may ring nothing. Then the cause of each alarm is produced, and
the alarm has to go to ALARM by itself. Exits 1 when an alarm does not ring, or rings without a cause; alarms whose cause cannot
be produced here are listed.
"""

from __future__ import annotations

import os
import re
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from conclave.pack import load_pack

from bench.alarms import causes
from bench.alarms.causes import Produce, Scene
from bench.load import TARGET, running_cloud, sentences
from bench.report import options, report
from cli.services import Services
from infra.stage import find_stage
from local.cloud import Cloud
from local.emulator.coverage import CANNOT_RING

OWN = {"CONCLAVE_CLOUD": "alarms", "CONCLAVE_PORT": "4577", "CONCLAVE_BEDROCK_PORT": "4610"}
"""The cloud where none is named."""
REPORTS = 20
RINGS_WITHIN_SECONDS = 25.0

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
    "OldestOpenRun": causes.run_that_stays_open,
    "MachineAborted": causes.stopped_execution,
    "MachineTimedOut": causes.execution_beyond_its_time,
    "MachineFailed": causes.broken_machine,
    "Undelivered": causes.event_that_nobody_can_handle,
    "ApiErrors": causes.unreadable_answer,
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
    silent = sorted(set(told["names"]) - {each["name"] for each in told["rung"]} - set(told["untested"]))
    bars = {"a run without trouble rings nothing": not told["without_cause"], "every alarm rings": not silent}
    del told["names"]
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
        texts=iter(sentences(services, REPORTS)),
    )


def rung(scene: Scene, pattern: str) -> dict[str, Any]:
    """The alarms whose names fit: which rang, for which cause and how soon, and which rang without one."""
    names = sorted(name for name in states(scene) if re.fullmatch(pattern, name))
    for name, state in states(scene).items():
        if state == "ALARM":
            scene.silence(name)
    scene.ask()
    time.sleep(causes.SETTLED_SECONDS)
    without_cause = sorted(name for name, state in states(scene).items() if state == "ALARM")
    found: list[dict[str, Any]] = []
    untested = [name for name in names if name in CANNOT_RING]
    for produce, expected in by_cause([name for name in names if name not in untested]):
        for name in expected:
            scene.silence(name)
        began = time.monotonic()
        produce(scene)
        ringing = sorted(_ringing(scene, set(expected)))
        found += [{"name": name, "seconds": round(time.monotonic() - began, 1)} for name in ringing]
        sys.stderr.write(f"{', '.join(expected)}: {time.monotonic() - began:.0f} s\n")
    return {
        "alarms": len(names),
        "names": names,
        "rung": found,
        "untested": untested,
        "without_cause": without_cause,
    }


def by_cause(names: list[str]) -> Iterator[tuple[Produce, list[str]]]:
    """Each cause with the alarms that it has to ring; alarms without a known cause come with nothing that happens."""
    grouped: dict[Produce, list[str]] = {}
    known = [name for name in NAMED if name in names]
    for name in (*known, *(name for name in names if name not in known)):
        grouped.setdefault(cause_of(name), []).append(name)
    yield from grouped.items()


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


def states(scene: Scene) -> dict[str, str]:
    """The state of each alarm, by its name without the prefix."""
    pages = scene.cloud.client("cloudwatch").get_paginator("describe_alarms").paginate(AlarmNamePrefix=scene.prefix)
    return {
        each["AlarmName"].removeprefix(f"{scene.prefix}-"): each["StateValue"]
        for page in pages
        for each in page["MetricAlarms"]
    }


def _ringing(scene: Scene, expected: set[str]) -> set[str]:
    """Those of the expected alarms that ring, as soon as all do, or when there was time enough."""
    patience = time.monotonic() + RINGS_WITHIN_SECONDS
    while True:
        ringing = {name for name, state in states(scene).items() if state == "ALARM"} & expected
        if ringing == expected or time.monotonic() > patience:
            return ringing
        time.sleep(0.5)


if __name__ == "__main__":
    sys.exit(main())
