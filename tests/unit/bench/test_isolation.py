"""The bench for warm functions finds what it looks for."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest

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


def seen(times: list[float]) -> list[dict[str, Any]]:
    return [{"cpu_ms": each, "rss_mb": 50.0, "marked": True, "sent": [], "kept": []} for each in times]


def test_the_figures_of_a_function() -> None:
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
    figures = row("frame", calls, seen([1.6] * 200))
    assert (figures["rested_ms"], figures["last_ms"]) == (1.6, 2.0)
    assert figures["ratio_memory"] == round((50 + 949.5 / 20) / (50 + 49.5 / 20), 3)
    assert (figures["calls"], figures["marked"]) == (1_000, 999)
    assert (figures["sent_earlier"], figures["kept_earlier"], figures["kept_run_ids"]) == (1, 1, 1)


def test_what_grows_by_each_call_is_told_as_if_the_other_had_rested_all_the_time() -> None:
    def age(calls: range) -> list[float]:
        return [10.0 + number / 1_000 for number in calls]

    figures = row("frame", seen(age(range(1_000))), seen(age(range(200))))
    assert figures["ratio_time"] == pytest.approx(1.09, abs=0.002), "0.9 ms more after 900 calls"


def test_neither_a_machine_nor_a_process_that_is_slower_counts() -> None:
    # The one process is a fifth slower from its start; half of the last calls are slow, of both on different halves.
    calls, rested = [1.2] * 900 + [1.2 * 3] * 49 + [1.2 * 5] * 51, [1.0] * 100 + [3.0] * 51 + [5.0] * 49
    figures = row("sweep", seen(calls), seen(rested))
    assert (figures["rested_ms"], figures["last_ms"]) == (3.0, 6.0)
    assert figures["ratio_time"] == 1.0
