"""One cold start: ``python -I probe.py EVENT CODE LAYER...`` imports the handler, answers one event, prints what it took.

Runs in an interpreter that holds nothing. Times are those of the monotonic clock, which all processes of a machine share.
"""

import sys
import time

begun = time.monotonic()
sys.path[:0] = sys.argv[2:]

from handler import lambda_handler  # noqa: E402  # as the runtime does: nothing before the function's own imports

imported, modules_imported, processor_imported = time.monotonic(), len(sys.modules), time.process_time()

import json  # noqa: E402

event = json.loads(sys.argv[1])


class Context:
    """What Lambda hands to a handler."""

    function_name = "cold-start"
    memory_limit_in_mb = 512
    invoked_function_arn = "arn:aws:lambda:us-east-1:123456789012:function:cold-start"
    aws_request_id = "00000000-0000-0000-0000-000000000001"

    @staticmethod
    def get_remaining_time_in_millis() -> int:
        """Milliseconds that are left."""
        return 120_000


def answered(ask: dict[str, object]) -> tuple[object, float]:
    """The handler's answer, and when it came."""
    answer = lambda_handler(ask, Context())
    return answer, time.monotonic()


answer, first = answered(event)
processor_first = time.process_time()
again, second = answered(event)
with open("/proc/self/status", encoding="ascii") as status:  # noqa: PTH123  # pathlib would count among the modules
    peak = next(int(line.split()[1]) for line in status if line.startswith("VmHWM"))
figures = {
    "begun": begun,
    "imported": imported,
    "first": first,
    "second": second,
    "processor_imported": processor_imported,
    "processor_first": processor_first,
    "modules_imported": modules_imported,
    "modules": len(sys.modules),
    "rss_mb": peak / 1024,
    "answer": answer,
}
sys.stdout.write("\n" + json.dumps(figures))
