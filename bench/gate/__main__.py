"""Worse and harmless versions of the agents before the gate and the canary: ``python -m bench.gate [--json] [--small]``.

The judges, the record and the pins are the product's own; runs happen in rooms of this process, with the offline policy as every
model. Exit code 1 when a worse version was promoted, or a harmless one was not.
"""

from __future__ import annotations

import argparse
import json
import os
import sys

from bench.gate.judging import SMALL, WHOLE
from bench.gate.tally import figures


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m bench.gate", description=__doc__)
    parser.add_argument("--small", action="store_true", help="fewer cases, and no canary")
    parser.add_argument("--processes", type=int, default=min(4, os.cpu_count() or 1))
    parser.add_argument("--json", action="store_true")
    chosen = parser.parse_args()
    told = figures(SMALL if chosen.small else WHOLE, chosen.processes)
    if chosen.json:
        print(json.dumps(told, indent=2))
    else:
        for each in told["versions"]:
            print(f"{each['end']:12}{each['version']:58}{', '.join(each['reasons'])}")
        print(f"stopped {told['stopped']} of {told['bad_versions']} worse versions; ", end="")
        print(f"passed {told['passed']} of {told['good_versions']} harmless ones; {told['seconds']} s")
    return 0 if told["stopped"] == told["bad_versions"] and told["passed"] == told["good_versions"] else 1


if __name__ == "__main__":
    sys.exit(main())
