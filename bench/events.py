"""How soon a client hears of a run, on the local cloud that is up: ``python -m bench.events [--json]``.

Reports an example of the airline pack, opens a connection with the first ticket, and takes events until the run has its outcome:
the seconds from the report to the first event and to the decision, as this client has them, and their ratio in the same run.
Ordinals are held against what the API keeps. The clock is that of the client, and the same for both figures.
"""

from __future__ import annotations

import statistics
import sys
from datetime import timedelta
from typing import Any

from conclave.pack import load_pack

from bench.report import options, report
from cli.ports import Target
from cli.services import Services

RUNS = 5
AT_MOST = 0.3
PATIENCE_SECONDS = 180.0


def main() -> int:
    """Measures and prints; answers the exit code."""
    asked = options(__doc__).parse_args()
    services, target = Services(), Target("local", "airline")
    day = (services.now() + timedelta(days=1, hours=4)).date().isoformat()
    sentences = load_pack("airline").examples(day)
    runs = [measured(services, target, sentences[number % len(sentences)]) for number in range(RUNS)]
    figures = {
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
