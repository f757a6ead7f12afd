"""The start of a function, in processes of their own: it changes the whole process."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

PROBE = """
import gc, json, os, sys
os.environ.update(json.loads(sys.argv[1]))
import conclave.functions.loading as loading
made, off = [], not gc.isenabled()
ready = loading.ready(lambda: made.append("always"), lambda: made.append("warm"))
handler = ready(lambda event, context: made.append("event") or "answer")
started, waited = list(made), loading.waited_for()
found = {"off": off, "on": gc.isenabled(), "made": started, "frozen": gc.get_freeze_count() > 0}
answers = [handler(each, None) for each in ({"conclave": "warm"}, {}, {"conclave": "warm-up"})]
warm = answers.pop()
assert answers == ["answer"] * 2 and warm.pop("seconds") >= 0 and warm == {"warm": True, "connections": 0}, answers
assert made == [*started, "event", "event", "always", "warm"], made
assert waited is not loading.KEPT_WARM and not loading.waited_for()
print(json.dumps(found))
"""
ELSEWHERE = {"off": False, "on": True, "made": [], "frozen": False}
STARTED = {"off": True, "on": True, "made": ["always"], "frozen": True}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("environment", "found"),
    [
        ({}, ELSEWHERE),
        ({"AWS_LAMBDA_FUNCTION_NAME": "f", "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand"}, STARTED),
        (
            {"AWS_LAMBDA_FUNCTION_NAME": "f", "AWS_LAMBDA_INITIALIZATION_TYPE": "provisioned-concurrency"},
            {**STARTED, "made": ["always", "warm"]},
        ),
    ],
)
def test_a_start_prepares_on_lambda_only_and_leaves_the_collector_on(
    environment: dict[str, str], found: dict[str, object]
) -> None:
    done = subprocess.run(
        [sys.executable, "-c", PROBE, json.dumps(environment)], capture_output=True, text=True, check=True
    )
    assert json.loads(done.stdout) == found


FAILING = "import conclave.functions.loading as loading\nloading.ready(lambda: 1 / 0)(print)"


def test_a_preparation_that_fails_fails_the_start() -> None:
    done = subprocess.run(
        [sys.executable, "-c", FAILING],
        env={"AWS_LAMBDA_FUNCTION_NAME": "f"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert "ZeroDivisionError" in done.stderr
