"""The bench for warm functions finds what it looks for."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from textwrap import dedent
from typing import Any

from bench.isolation import worker
from bench.isolation.__main__ import LAMBDAS, VERBS, row, together

WORKER = Path(worker.__file__)
CALLS = """
import io, json, runpy, sys
worker = runpy.run_path(sys.argv[1])
def mark(number): return f"mark-{number:06d}"
def call(function, number, sent=()):
    seen = worker["_served"](function, {"event": {"said": mark(number)}}, list(sent), io.StringIO())
    print(json.dumps(seen | {"kept": sorted(worker["_reachable"]())}), flush=True)
"""
"""Calls in a process of their own: looking at everything that can be reached takes seconds in one that has loaded all tests."""


def mark(number: int) -> str:
    return f"mark-{number:06d}"


def told(code: str) -> list[Any]:
    """What the code tells behind ``CALLS``; it keeps nothing of that, or it would be found."""
    whole = f"{CALLS}\n{dedent(code)}"
    ran = subprocess.run([sys.executable, "-I", "-c", whole, WORKER], check=True, capture_output=True, text=True)
    return [json.loads(line) for line in ran.stdout.splitlines()]


def test_what_a_function_keeps_of_an_earlier_call_is_found() -> None:
    _, kept, forgotten = told(
        """
        held = []
        def leaking(event, context): held.append(event)
        call(leaking, 1)
        call(leaking, 2)
        held.clear()
        call(lambda event, context: "done", 2)
        """
    )
    assert mark(1) in kept["kept"]
    assert mark(1) not in forgotten["kept"]


def test_what_goes_out_is_searched_the_error_included() -> None:
    (seen,) = told(
        """
        def failing(event, context): raise ValueError(event["said"])
        call(failing, 1, [f"http://nowhere/ {{}} {mark(2)} of run-0123456789abcdef01234567"])
        """
    )
    assert seen["sent"] == [mark(1), mark(2), "run-0123456789abcdef01234567"]
    assert seen["requests"] == 1


def test_the_last_run_of_a_page_may_stand_in_the_request_for_the_next_and_its_mark_may_not() -> None:
    ((first, second, third),) = told(
        """
        from types import SimpleNamespace
        from botocore.httpsession import URLLib3Session
        run, other = "run-0123456789abcdef01234567", "run-fedcba9876543210fedcba98"
        def answering(self, request):
            return SimpleNamespace(content=f'{{"last": "{run}", "text": "{mark(7)}"}}'.encode())
        URLLib3Session.send = answering
        sent, named = [], set()
        worker["_watch_requests"](sent, named)
        def ask(body):
            request = SimpleNamespace(url="http://nowhere", headers={}, body=body.encode(), stream_output=False)
            URLLib3Session.send(None, request)
        ask(f"{run} {other}")
        ask(f"{run} {other} {mark(7)}")
        named.clear()
        ask(run)
        print(json.dumps([sorted(worker["MARK"].findall(text)) for text in sent]))
        """
    )
    assert first == ["run-0123456789abcdef01234567", "run-fedcba9876543210fedcba98"]
    assert second == [mark(7), "run-fedcba9876543210fedcba98"]
    assert third == ["run-0123456789abcdef01234567"]


def test_every_function_is_called() -> None:
    assert {*VERBS, "run_agent"} == {each.parent.name for each in LAMBDAS.glob("*/handler.py")}


def test_two_calls_about_one_run_count_as_one() -> None:
    first = {"number": 1, "cpu_ms": 2.0, "rss_mb": 50.0, "marked": True, "sent": [mark(0)]}
    second = {"number": 1, "cpu_ms": 3.0, "rss_mb": 51.0, "marked": False, "sent": []}
    both = together(first, second)
    assert (both["cpu_ms"], both["rss_mb"], both["marked"]) == (5.0, 51.0, True)
    assert both["sent"] == [mark(0)]


def test_the_last_calls_stand_over_those_of_a_young_process() -> None:
    calls: list[dict[str, Any]] = [
        {
            "cpu_ms": 1.0 + number // 600,
            "rss_mb": 50.0 + number / 20,
            "marked": number > 0,
            "sent": [mark(1)] * (number == 7),
            "kept": [mark(1), "run-1"] * (number == 999),
        }
        for number in range(1_000)
    ]
    figures = row("frame", calls, [{"cpu_ms": 1.6}] * 100)
    assert (figures["young_ms"], figures["last_ms"], figures["over_young"]) == (1.6, 2.0, 1.25)
    assert figures["ratio_memory"] == round((50 + 949.5 / 20) / (50 + 49.5 / 20), 3)
    assert (figures["calls"], figures["marked"]) == (1_000, 999)
    assert (figures["sent_earlier"], figures["kept_earlier"], figures["kept_run_ids"]) == (1, 1, 1)


def test_a_machine_that_changes_its_speed_changes_both_sides_of_a_pair() -> None:
    def seen(times: list[float]) -> list[dict[str, Any]]:
        return [{"cpu_ms": each, "rss_mb": 50.0, "marked": True, "sent": [], "kept": []} for each in times]

    # Half of the calls are slow; the medians of the two sides fall on different halves.
    figures = row("sweep", seen([3.0] * 49 + [5.0] * 51), seen([3.0] * 51 + [5.0] * 49))
    assert (figures["young_ms"], figures["last_ms"]) == (3.0, 5.0)
    assert figures["over_young"] == 1.0
    assert row("sweep", seen([3.3] * 50 + [5.5] * 50), seen([3.0] * 50 + [5.0] * 50))["over_young"] == 1.1
