"""Warm functions, call after call: ``python -m bench.isolation [--calls N] [--json]``.

Every function is a process that lives through all calls, as on Lambda; a local cloud without functions is what they talk to. Each
call carries a mark of its own, in report, correlation id and note; what a function is asked twice about one run counts as one
call. Every decision needs a person, who approves it. Per function: memory (mean) of the last hundred calls over that of the
first hundred, after a warm-up, and how many calls sent, logged or answered anything of an earlier call; after the last call,
whether anything of an earlier one can still be reached. A machine that becomes busier makes everything slower, so the last
hundred calls go in turn with as many of a young process of the same function, warmed up only: what counts is the processor time
of an old one's call over that of the young one's before it (median of the pairs). Ids of runs that are still there are told
apart: botocore keeps the endpoints of its last hundred objects by their names. Of fewer than four hundred calls, the last quarter
is compared. Exits 1 when a bar is missed.
"""

from __future__ import annotations

import json
import os
import secrets
import statistics
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from http import HTTPStatus
from itertools import count
from pathlib import Path
from typing import Any

from conclave.records.runs import META

from bench.gateway import budget_notice, on_topic, request
from bench.isolation.packs.watched import GROUP
from bench.isolation.surroundings import NOTED, PREFIX, Surroundings, surroundings
from bench.report import ROOT, options, report
from local.errors import CloudError

ACCOUNT = "000000000000"
LAMBDAS = ROOT / "lambdas"
AGENTS = ("quality", "service", "lead")
VERBS = (
    "intake",
    "receive",
    "frame",
    "collate",
    "decide",
    "hold",
    "approve",
    "settle",
    "publish",
    "listen",
    "tell",
    "converse",
    "feedback",
    "take",
    "fork",
    "close_run",
    "anchor",
    "runs",
    "consent",
    "erase",
    "sweep",
    "review",
    "gate",
    "heed",
)
WINDOW, WARM_UP = 100, 10
AT_MOST = 1.05
APPROVER = f"arn:aws:iam::{ACCOUNT}:user/{PREFIX}{GROUP}/mia"
"""Who approves: an IAM user whose path names the group, as on the stage ``local``."""


class Function:
    """A function that stays warm, and what was seen of its calls."""

    def __init__(self, verb: str, environment: dict[str, str]) -> None:
        command = [sys.executable, str(Path(__file__).parent / "worker.py"), str(LAMBDAS / verb / "handler.py")]
        self._process = subprocess.Popen(
            command, cwd=ROOT, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self.calls: list[dict[str, Any]] = []

    def __call__(self, event: Any, number: int, own: set[str], earlier: set[str]) -> Any:
        """Calls it; answers what its handler answered, None where that raised.

        Args:
            event: What the handler gets.
            number: The number of the run.
            own: The mark of the run and the ids of its runs, as far as they are known.
            earlier: Those of all calls before.
        """
        seen = self._told({"event": event})
        answer, sent = seen.pop("answer"), set(seen.pop("sent"))
        call = {"number": number, **seen, "marked": bool(sent & own), "sent": sorted(sent & earlier), "kept": []}
        before = self.calls.pop() if self.calls and self.calls[-1]["number"] == number else None
        self.calls.append(together(before, call) if before else call)
        return answer

    def look(self, earlier: set[str]) -> None:
        """Notes with the last call which of these it still holds. The search itself takes memory, so no call comes after it."""
        self.calls[-1]["kept"] = sorted(earlier & set(self._told({})["kept"]))

    def _told(self, call: dict[str, Any]) -> dict[str, Any]:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(call) + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        if not line:
            raise SystemExit("a function's process has ended; its errors stand above")
        return dict(json.loads(line))

    def close(self) -> None:
        """Ends the process."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(30)


def together(before: dict[str, Any], after: dict[str, Any]) -> dict[str, Any]:
    """Two calls about one run, as one."""
    return {
        **after,
        "cpu_ms": before["cpu_ms"] + after["cpu_ms"],
        "marked": before["marked"] or after["marked"],
        "sent": sorted({*before["sent"], *after["sent"]}),
    }


def main() -> int:
    """Measures and prints; answers the exit code."""
    parser = options(__doc__)
    parser.add_argument("--calls", type=int, default=1_000, metavar="N", help="warm calls of each function")
    asked = parser.parse_args()
    if asked.calls < 4:
        parser.error("first and last calls are compared; ask for four or more")
    rows = measured(asked.calls)
    figures = {"calls": asked.calls, "functions": rows}
    bars = {
        f"{each['name']}: time of the last calls at most {AT_MOST} of a young process's": each["over_young"] <= AT_MOST
        for each in rows
    }
    bars |= {
        f"{each['name']}: memory of the last calls at most {AT_MOST} of the first": each["ratio_memory"] <= AT_MOST
        for each in rows
    }
    bars |= {f"{each['name']}: sent nothing of an earlier call": each["sent_earlier"] == 0 for each in rows}
    bars |= {f"{each['name']}: kept nothing of an earlier call": each["kept_earlier"] == 0 for each in rows}
    # A mark that is never there proves nothing when it is not found later. A sweep finds no open run, a review none of yesterday,
    # a gate no candidate, and a notice of the budget is about none, so they name none.
    bars |= {
        f"{each['name']}: each call's own mark found": each["marked"] == asked.calls
        for each in rows
        if each["name"] not in ("sweep", "review", "gate", "heed")
    }
    return report("isolation", figures, bars=bars, asked=asked)


def measured(calls: int) -> list[dict[str, Any]]:
    """The figures of each function over so many calls after its warm-up."""
    window, numbers, earlier = min(WINDOW, max(1, calls // 4)), count(), set[str]()
    with surroundings() as around, functions(around) as old:

        def go(found: dict[str, Function], *, look: bool = False) -> None:
            own = run(found, around, next(numbers), earlier)
            for each in found.values() if look else ():
                each.look(earlier)
            earlier.update(own)

        for number in range(WARM_UP + calls - window):
            go(old)
            if number % 100 == 0:
                sys.stderr.write(f"{number} calls\n")
        with functions(around) as young:
            for _ in range(WARM_UP):
                go(young)
            for left in reversed(range(window)):
                go(young)
                go(old, look=left == 0)
    return [row(name, each.calls[WARM_UP:], young[name].calls[WARM_UP:]) for name, each in old.items()]


@contextmanager
def functions(around: Surroundings) -> Iterator[dict[str, Function]]:
    """All functions, each agent's its own."""
    environment = {**os.environ, **around.environment}
    found = {verb: Function(verb, environment) for verb in VERBS}
    found |= {f"run_agent.{agent}": Function("run_agent", {**environment, "AGENT": agent}) for agent in AGENTS}
    try:
        yield found
    finally:
        for each in found.values():
            each.close()


def run(found: dict[str, Function], around: Surroundings, number: int, earlier: set[str]) -> set[str]:
    """One run through every function, and a second that is closed; answers their ids and their mark."""
    mark = f"mark-{number:06d}"
    own = {mark}
    around.note(mark)

    def call(name: str, event: Any) -> Any:
        answer = found[name](event, number, own, earlier)
        if answer is None:
            raise SystemExit(f"{name} failed: {found[name].calls[-1]['error']}")
        return answer

    def agents(phase: str, asked: dict[str, bool]) -> list[Any]:
        return [
            call(f"run_agent.{name}", {**ids, "phase": phase})
            if asked[name]
            else {"agent": name, "phase": phase, "status": "skipped"}
            for name in AGENTS[:-1]
        ]

    text = f"Parcel {NOTED} is stuck for {1 + number % 20} hours, report {mark}"
    run_id = json.loads(call("intake", request("POST", "/v1/incidents", {"text": text}, request_id=mark))["body"])[
        "run_id"
    ]
    other = call("receive", reported(f"{text} on the bus", mark))["run_id"]
    own |= {run_id, other}
    ids: dict[str, Any] = {"run_id": run_id, "correlation_id": mark}
    ids["fence"] = call("frame", {**ids, "execution_arn": f"arn:{mark}"})["fence"]
    branches = agents("recommend", dict.fromkeys(AGENTS, True))
    route = call("collate", {**ids, "phase": "recommend", "branches": branches})
    if route["revise_any"]:
        branches = agents("revise", route["revise"])
        route = call("collate", {**ids, "phase": "revise", "branches": branches})
    arbiter = call("run_agent.lead", {**ids, "phase": "arbitrate"})
    proposed = call("decide", {**ids, "arbiter": arbiter, "failure": {}})
    approve(call, ids, proposed["fence"], mark)
    published = call("publish", {**ids, "fence": call("settle", ids)["fence"]})
    if published["status"] != "decided":
        raise SystemExit(f"the run ended as {published['status']}; the measurement expects a decision")
    listen(call, run_id, mark)
    call("tell", {"Records": [{"dynamodb": {"Keys": {"run_id": {"S": run_id}, "record": {"S": META}}}}]})
    question = {"question": f"why not O2, {mark}?"}
    answer = call("converse", request("POST", f"/v1/runs/{run_id}/questions", question, request_id=mark))
    if answer["statusCode"] != HTTPStatus.OK:
        raise SystemExit(f"converse answered {answer['body']}")
    said = {"done": "none", "rating": 3, "lesson": f"none, {mark}"}
    given = call("feedback", request("POST", f"/v1/runs/{run_id}/feedback", said, request_id=mark))
    if given["statusCode"] != HTTPStatus.CREATED:
        raise SystemExit(f"feedback answered {given['body']}")
    call("take", reported("", mark) | {"detail-type": "FeedReceived", "detail": scanned(number, mark)})
    asked = {"from": "arbitrate", "prompts": {"lead": {"text": f"Mind {mark}."}}}
    fork = call("fork", request("POST", f"/v1/runs/{run_id}/forks", asked, request_id=mark))
    answered = json.loads(fork["body"])
    # Once runs are frugal, as the first notice of the budget below has it, forks wait for money.
    if answered.get("error", {}).get("code") != "money_spent":
        own.add(answered["run_id"])
        # Whoever erases the run erases its fork, which has to be over by then.
        call("close_run", {"detail": {"name": answered["run_id"], "status": "ABORTED"}, "id": mark})
    call("close_run", {"detail": {"name": other, "status": "ABORTED"}, "id": mark})
    call("anchor", {"detail": {"run_id": run_id, "audit": around.head(run_id)}, "id": mark})
    call("runs", request("GET", f"/v1/runs/{run_id}", request_id=mark))
    # No tool of the pack is dangerous: refused, after the run was read.
    asked = {"agent": "service", "phase": "recommend", "tool": "contents", "arguments": {"said": mark}, "binding": mark}
    call("consent", request("POST", f"/v1/runs/{run_id}/consents", asked, request_id=mark))
    call("erase", request("POST", f"/v1/runs/{run_id}/erasure", {"reason": f"asked, {mark}"}, request_id=mark))
    call("sweep", {"id": mark})
    call("review", {"id": mark})
    call("gate", {"id": mark})
    # The first one makes runs frugal; the others find that it did.
    call("heed", on_topic(budget_notice(40.0 + number / 1_000, 50.0, account=ACCOUNT, at=datetime.now(UTC))))
    return own


def approve(call: Callable[[str, Any], Any], ids: dict[str, Any], fence: int, mark: str) -> None:
    """Holds a proposal for people, and lets one of them approve what the run's document shows."""
    run_id = ids["run_id"]
    call("hold", {**ids, "fence": fence})
    call("hold", {**ids, "token": f"token of {mark}"})
    shown = json.loads(call("runs", request("GET", f"/v1/runs/{run_id}", request_id=mark))["body"])["approval"]
    act = {
        "act": "approve",
        "option_id": shown["option_id"],
        "seen": shown["choices"][shown["option_id"]]["seen"],
        "reason": f"looked at, {mark}",
    }
    answer = call("approve", request("POST", f"/v1/runs/{run_id}/approval", act, request_id=mark, caller=APPROVER))
    if answer["statusCode"] != HTTPStatus.OK:
        raise SystemExit(f"approve answered {answer['body']}")


def listen(call: Callable[[str, Any], Any], run_id: str, mark: str) -> None:
    """Takes a ticket, opens a connection with it, and asks for what there is; to the emulator that connection has gone.

    Its id is drawn, as API Gateway's are: urllib keeps the last addresses that it took apart.
    """
    given = call("listen", request("POST", f"/v1/runs/{run_id}/listeners", {}, request_id=mark))
    if given["statusCode"] != HTTPStatus.CREATED:
        raise SystemExit(f"listen answered {given['body']}")
    context = {"connectionId": f"{secrets.token_urlsafe(8)}=", "extendedRequestId": mark}
    asking = {
        "type": "REQUEST",
        "methodArn": "arn:aws:execute-api:bench",
        "queryStringParameters": {"ticket": json.loads(given["body"])["ticket"]},
        "requestContext": {**context, "eventType": "CONNECT"},
    }
    context["authorizer"] = call("listen", asking)["context"]
    for kind, said in (("CONNECT", {}), ("MESSAGE", {"body": '{"after": 0}'})):
        answer = call("listen", {"requestContext": {**context, "eventType": kind}, **said})
        if answer["statusCode"] != HTTPStatus.OK:
            raise SystemExit(f"listen answered {answer}")


def scanned(number: int, mark: str) -> dict[str, Any]:
    """A feed that changes a parcel, and has a line that cannot be read."""
    return {"messages": [f"P105 cooled {1 + number % 9}\n{mark}"], "key": mark}


def reported(text: str, mark: str) -> dict[str, Any]:
    """An incident reported on the bus."""
    return {
        "version": "0",
        "id": mark,
        "detail-type": "IncidentReported",
        "source": "bench",
        "account": "000000000000",
        "time": "2026-11-21T06:00:00Z",
        "region": "us-east-1",
        "resources": [],
        "detail": {"text": text},
    }


def row(name: str, calls: list[dict[str, Any]], young: list[dict[str, Any]]) -> dict[str, Any]:
    """The figures of a function.

    Args:
        name: The function.
        calls: What was seen of each call, in their order.
        young: The same of a young process; its calls went in turn with the last ones.
    """
    first, last = calls[: len(young)], calls[-len(young) :]
    times = [statistics.median(each["cpu_ms"] for each in part) for part in (young, last)]
    pairs = [after["cpu_ms"] / before["cpu_ms"] for before, after in zip(young, last, strict=True)]
    sizes = [statistics.fmean(each["rss_mb"] for each in part) for part in (first, last)]
    return {
        "name": name,
        "calls": len(calls),
        "young_ms": round(times[0], 2),
        "last_ms": round(times[1], 2),
        "over_young": round(statistics.median(pairs), 3),
        "first_mb": round(sizes[0], 1),
        "last_mb": round(sizes[1], 1),
        "ratio_memory": round(sizes[1] / sizes[0], 3),
        "marked": sum(each["marked"] for each in calls),
        "sent_earlier": sum(bool(each["sent"]) for each in calls),
        "kept_earlier": sum(mark.startswith("mark-") for each in calls for mark in each["kept"]),
        "kept_run_ids": sum(mark.startswith("run-") for each in calls for mark in each["kept"]),
    }


if __name__ == "__main__":
    try:
        sys.exit(main())
    except CloudError as error:
        sys.exit(f"error: {error}")
