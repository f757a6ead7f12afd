"""A function that is warmed up first, or not: ``python -I warm_probe.py EVENTS CODE LAYER...`` answers the events in turn.

Prints the seconds that each took, by the monotonic clock, after the handler was imported, and the last answer but for warm-ups.
"""

import json
import sys
import time

sys.path[:0] = sys.argv[2:]

from handler import lambda_handler  # noqa: E402  # as the runtime does


class Context:
    """What Lambda hands to a handler."""

    function_name = "warm-up"
    memory_limit_in_mb = 512
    invoked_function_arn = "arn:aws:lambda:us-east-1:123456789012:function:warm-up"
    aws_request_id = "00000000-0000-0000-0000-000000000001"

    @staticmethod
    def get_remaining_time_in_millis() -> int:
        """Milliseconds that are left."""
        return 120_000


took = []
answer = None
for event in json.loads(sys.argv[1]):
    begun = time.monotonic()
    answer = lambda_handler(event, Context())
    took.append(time.monotonic() - begun)
sys.stdout.write("\n" + json.dumps({"took": took, "answer": answer}))
