from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from io import StringIO
from typing import Any

import pytest

from bench.chaos.__main__ import not_proved
from bench.chaos.killer import LONGEST_DELAY, Invocation, Killer, Plan, kill_child, run_of
from bench.chaos.storm import Storm
from bench.chaos.verdict import Outcome, Seen, Verdict, judge
from cli.errors import CliError

DECIDED = Outcome(status="decided", option="A1")
HALTED = Outcome(status="halted", reasons=("step_failed",))
CLOSED = Outcome(status="halted", reasons=("execution_failed",))
ONCE = ("run_accepted", "decision_published")


def seen(*outcomes: Outcome, **more: Any) -> Seen:
    return Seen(run="r", by="api", text="late", **{"outcomes": list(outcomes), "acts": ONCE, **more})


def verdict(each: Seen, kills: int = 1, *, unasked: tuple[str, ...] = (), unproved: tuple[str, ...] = ()) -> Verdict:
    return judge([each], {("r", "frame"): kills}, answered={}, unasked=unasked, unproved=unproved)


def test_recovered_run_misses_no_bar() -> None:
    found = verdict(seen(DECIDED, DECIDED))
    assert found.missed == []
    assert found.by_function == {"frame": {"kills": 1, "decided": 1}}


@pytest.mark.parametrize(
    ("each", "bar"),
    [
        (seen(), "stuck"),
        (seen(Outcome()), "stuck"),
        (seen(DECIDED, Outcome(status="decided", option="B2")), "double"),
        (seen(DECIDED, DECIDED, acts=("decision_published", "run_closed")), "double"),
        (seen(HALTED, HALTED), "needless"),
        (seen(HALTED, HALTED, undisturbed=DECIDED), "needless"),
        (seen(HALTED, HALTED, undisturbed=CLOSED), "needless"),
    ],
)
def test_faulty_run_misses_its_bar(each: Seen, bar: str) -> None:
    assert verdict(each).missed == [bar]


def test_run_that_nobody_asked_for_is_double() -> None:
    assert verdict(seen(DECIDED), unasked=("s",)).double == ("s",)


def test_unproved_run_misses_its_bar() -> None:
    assert verdict(seen(DECIDED), unproved=("r",)).missed == ["unproved"]


def test_step_killed_twice_may_halt_its_run_and_is_told() -> None:
    found = verdict(seen(HALTED, HALTED, undisturbed=DECIDED), kills=2)
    assert (found.repeated, found.missed) == (("r frame",), [])


def test_report_that_halts_undisturbed_may_halt() -> None:
    each = seen(HALTED, HALTED, undisturbed=HALTED)
    assert verdict(each).missed == []
    assert verdict(each).by_function["frame"]["halted"] == 1


def test_stopped_execution_may_halt_its_run() -> None:
    each = seen(CLOSED, CLOSED, stopped=True, acts=("run_accepted", "run_closed"))
    assert verdict(each).missed == []
    assert verdict(each).by_function["frame"]["stopped"] == 1


def test_run_without_an_agent_is_told_but_misses_no_bar() -> None:
    found = verdict(seen(Outcome(status="decided", degraded=True)))
    assert (found.degraded, found.missed) == (("r",), [])


def test_kills_without_a_run_tell_after_how_many_the_function_answered() -> None:
    found = judge([], {("", "sweep"): 3}, answered={"sweep": 2, "runs": 0}, unasked=(), unproved=())
    assert found.by_function == {"sweep": {"kills": 3, "answered": 2}}


def test_verifier_report_names_what_is_not_proved() -> None:
    report = {"broken": [{"run_id": ""}, {"run_id": "a"}], "unread": [{"run_id": "b"}], "running": ["c"]}
    assert not_proved(report) == {"export", "a", "b", "c"}
    assert not_proved({"broken": [], "unread": [], "running": []}) == set()


@pytest.mark.parametrize(
    ("event", "run"),
    [
        ({"run_id": "r", "fence": 1}, "r"),
        ({"detail": {"run_id": "r"}}, "r"),
        ({"detail": {"name": "r", "status": "ABORTED"}}, "r"),
        ({"detail": {"text": "late", "idempotency_key": "key"}}, "of-key"),
        ({"headers": {"Idempotency-Key": "key"}, "detail": None}, "of-key"),
        ({"headers": {"idempotency-key": "foreign"}}, ""),
        ({"headers": None, "path": "/v1/runs"}, ""),
        ([], ""),
    ],
)
def test_run_of_a_payload(event: Any, run: str) -> None:
    assert run_of(event, {"key": "of-key"}) == run


def invocation(number: int, run: str = "r", function: str = "frame") -> Invocation:
    return Invocation(number=number, function=function, run=run, pid=1, began=0.0)


def test_plan_follows_from_the_seed_and_stays_within_its_bounds() -> None:
    delays = [Plan(1).delay(invocation(1, run=f"r{n}"), 9.0) for n in range(200)]
    assert delays == [Plan(1).delay(invocation(1, run=f"r{n}"), 9.0) for n in range(200)]
    assert delays != [Plan(2).delay(invocation(1, run=f"r{n}"), 9.0) for n in range(200)]
    drawn = [each for each in delays if each is not None]
    assert 0 < len(drawn) < 200
    assert max(drawn) <= LONGEST_DELAY
    assert max(Plan(1).delay(invocation(1, run=f"r{n}"), 0.01) or 0.0 for n in range(200)) <= 0.01


@pytest.fixture
def process() -> Iterator[subprocess.Popen[bytes]]:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as started:
        yield started
        started.kill()


def test_child_of_another_process_is_left_alone(process: subprocess.Popen[bytes]) -> None:
    assert not kill_child(process.pid, os.getpid() + 1)
    assert process.poll() is None
    assert kill_child(process.pid, os.getpid())
    assert process.wait() == -signal.SIGKILL
    assert not kill_child(process.pid, os.getpid())


class Always(Plan):
    """Kills everything at once."""

    def delay(self, each: Invocation, usual: float) -> float:
        return 0.0


class Notes(StringIO):
    """The emulator's file, which grows at its end while it is read from its beginning."""

    def add(self, text: str) -> None:
        place = self.tell()
        self.seek(0, os.SEEK_END)
        self.write(text)
        self.seek(place)

    def began(self, number: int, pid: int, run: str = "r", function: str = "c-frame") -> None:
        event = f'{{"run_id":"{run}"}}' if run else "{}"
        self.add(f'{{"began":{number},"function":"{function}","pid":{pid},"event":{event}}}\n')

    def ended(self, number: int, died: str) -> None:
        self.add(f'{{"ended":{number},"died":{died}}}\n')


def killer(notes: Notes, most: int = 9) -> Killer:
    return Killer(notes, emulator=os.getpid(), prefix="c-", runs={}, plan=Always(1), most=most)


def test_kill_counts_once_the_process_died_under_its_invocation(process: subprocess.Popen[bytes]) -> None:
    notes = Notes()
    working = killer(notes)
    notes.began(1, process.pid)
    working.work()
    assert process.wait() == -signal.SIGKILL
    assert working.kills == 0
    notes.ended(1, "true")
    working.work()
    assert working.tally.steps == Counter({("r", "frame"): 1})


def test_answer_before_the_signal_is_a_miss_and_the_step_is_free_again(process: subprocess.Popen[bytes]) -> None:
    notes = Notes()
    working = killer(notes)
    notes.began(1, process.pid)
    working.work()
    process.wait()
    notes.ended(1, "false")
    notes.began(2, process.pid)
    working.work()
    assert (working.kills, working.tally.misses) == (0, 2)
    assert not working._taken


def test_step_of_a_run_is_not_killed_again(process: subprocess.Popen[bytes]) -> None:
    notes = Notes()
    working = killer(notes)
    notes.began(1, 0, run="s")
    notes.ended(1, "true")
    working.work()
    working._taken.add(("r", "frame"))
    notes.began(2, process.pid)
    working.work()
    assert process.poll() is None
    assert working.tally.foreign == 1


def test_late_signal_counts_for_whoever_got_the_process(process: subprocess.Popen[bytes]) -> None:
    notes = Notes()
    working = killer(notes)
    notes.began(1, process.pid)
    working.work()
    notes.ended(1, "false")
    notes.began(2, process.pid, run="s")
    notes.ended(2, "true")
    working.work()
    assert working.tally.steps == Counter({("s", "frame"): 1})
    assert working.tally.foreign == 0


def test_nothing_is_killed_once_there_were_enough(process: subprocess.Popen[bytes]) -> None:
    notes = Notes()
    working = killer(notes, most=0)
    notes.began(1, process.pid)
    working.work()
    assert process.poll() is None


def test_half_a_line_waits_for_its_end(process: subprocess.Popen[bytes]) -> None:
    notes = Notes()
    working = killer(notes)
    notes.add('{"began":1,"function":"c-frame",')
    working.work()
    notes.add(f'"pid":{process.pid},"event":{{}}}}\n')
    working.work()
    assert process.wait() == -signal.SIGKILL


@dataclass
class Intake:
    """An API whose intake dies a few times, leaving its run behind or not."""

    deaths: int
    leaves_run: bool
    calls: list[str] = field(default_factory=list)

    def submit(self, body: Any, key: str = "") -> Any:
        self.calls.append(key)
        if len(self.calls) <= self.deaths:
            raise CliError("the function died", code="http_502")
        return {}

    def run(self, run_id: str) -> Any:
        if not self.leaves_run and len(self.calls) <= self.deaths:
            raise CliError("there is no run", code="run_unknown")
        return {"status": "decided", "waiting": False}


@pytest.mark.parametrize(("leaves_run", "calls", "unanswered"), [(True, 1, True), (False, 3, False)])
def test_report_is_sent_again_only_while_there_is_no_run(leaves_run: bool, calls: int, unanswered: bool) -> None:
    intake: Any = Intake(deaths=2, leaves_run=leaves_run)
    storm = Storm(intake, intake, print, ["late"], name="n", seed=1, pause=0.0)
    storm._follow(0)
    assert intake.calls == ["n-0"] * calls
    assert [(each.unanswered, each.last.status) for each in storm.seen] == [(unanswered, "decided")]
