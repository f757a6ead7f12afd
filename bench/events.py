"""How soon a client hears of a run, on the local cloud: ``python -m bench.events [--json]``.

Uses the local cloud that ``CONCLAVE_CLOUD`` and the ports name, and starts it first when it does not run (then stops it, too).
Its stand-in answers as soon as it can, so a run would have its decision within a second: here each of its answers comes a second
late, less than a model takes. Reports an example of the airline pack, opens a connection with the first ticket, and takes events
until the run has its outcome: the seconds from the report to the first event and to the decision, as this client has them, and
their ratio in the same run. Ordinals are held against what the API keeps. The clock is that of the client, and the same for both.
Exit code 1 when a bar is missed.
"""

from __future__ import annotations

import argparse
import statistics
import sys
from contextlib import AbstractContextManager
from datetime import timedelta
from typing import Any

from conclave.pack import load_pack

from bench.alarms.stand_in import faults
from bench.load import running_cloud
from bench.report import options, report
from cli.ports import Target
from cli.services import Services

RUNS = 5
AT_MOST = 0.3
MODEL_SECONDS = 1.0
PATIENCE_SECONDS = 180.0


def main() -> int:
    """Measures and prints; answers the exit code."""
    asked = options(__doc__).parse_args()
    with running_cloud() as cloud, models_take(MODEL_SECONDS, cloud.settings.bedrock_endpoint):
        return _measured(asked)


def _measured(asked: argparse.Namespace) -> int:
    services, target = Services(), Target("local", "airline")
    day = (services.now() + timedelta(days=1, hours=4)).date().isoformat()
    sentences = load_pack("airline").examples(day)
    runs = [measured(services, target, sentences[number % len(sentences)]) for number in range(RUNS)]
    figures = {
        "model_seconds": MODEL_SECONDS,
        "runs": runs,
        "first_seconds": round(statistics.median(each["first_seconds"] for each in runs), 2),
        "decided_seconds": round(statistics.median(each["decided_seconds"] for each in runs), 2),
        "ratio": round(statistics.median(each["ratio"] for each in runs), 3),
        "ratio_most": max(each["ratio"] for each in runs),
    }
    bars = {
        f"the first event comes within {AT_MOST} of the time to the decision": figures["ratio_most"] <= AT_MOST,
        "no event is missed or doubled": not any(each["missed"] or each["doubled"] for each in runs),
        "events come over a connection": all(each["pushed"] for each in runs),
    }
    return report("events", figures, bars=bars, asked=asked)


def models_take(seconds: float, endpoint: str) -> AbstractContextManager[None]:
    """Every answer of the stand-in behind an endpoint comes so much later, until the end."""
    return faults(endpoint, kind="delay", seconds=seconds, match={})


def measured(services: Services, target: Target, text: str) -> dict[str, Any]:
    """The figures of one run that is reported now."""
    api, began = services.api(target), services.clock()
    run_id = str(api.submit({"text": text}, services.fresh_key())["run_id"])
    heard, seen, first = services.events(target, api, run_id, (), 0), list[int](), 0.0
    pushed = True
    while not heard.over and services.clock() - began < PATIENCE_SECONDS:
        new = heard.next(5.0)
        pushed = pushed and getattr(heard, "pushed", False)
        if new and not seen:
            first = services.clock() - began
        seen += [int(event["ordinal"]) for event in new]
    decided = services.clock() - began
    heard.close()
    kept = [int(event["ordinal"]) for event in api.events(run_id, 0, ())["events"]]
    return {
        "name": run_id,
        "first_seconds": round(first, 2),
        "decided_seconds": round(decided, 2),
        "ratio": round(first / decided, 3),
        "events": len(seen),
        "missed": len(set(kept) - set(seen)),
        "doubled": len(seen) - len(set(seen)),
        "pushed": pushed,
    }


if __name__ == "__main__":
    sys.exit(main())
