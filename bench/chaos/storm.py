"""Incidents that go in by API and by event while functions are killed, and what is seen of them."""

from __future__ import annotations

import json
import random
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any, TypeVar

from botocore.exceptions import ClientError
from conclave.api.intake import run_id_for

from bench.chaos.killer import POLL_SECONDS, Killer
from bench.chaos.verdict import Outcome, Seen
from cli.errors import CliError
from cli.ports import Api, Bus

T = TypeVar("T")
IN_FLIGHT = 3
"""Incidents that are followed at a time; two deliberate, the others wait for a place."""
STOPPED_EVERY = 10
"""Of so many incidents the execution of one is stopped, or ``close_run`` would have nothing to do."""
LATEST_STOP = 6.0
LOOK_SECONDS = 1.0
RUN_SECONDS = 600.0
"""Seconds to wait for the end of a run."""
CALL_SECONDS = 180.0
"""Seconds to repeat a call; intake holds the key of a request that died for as long as its function may take."""


class Storm:
    """Incidents one after the other, a few at a time, until there were enough kills.

    Args:
        api: The API.
        bus: The event bus.
        stop: Stops the execution of that ARN; raises ``ClientError`` if there is nothing to stop.
        texts: Reports, each about another flight.
        name: Tells the keys of this storm from those of others.
        seed: Of what is stopped when.
        pause: Seconds between two looks, and before a call is repeated.

    Attributes:
        seen: What was seen of each incident.
        runs: The run of every key that may be used.
    """

    def __init__(
        self,
        api: Api,
        bus: Bus,
        stop: Callable[[str], None],
        texts: Sequence[str],
        *,
        name: str,
        seed: int,
        pause: float = LOOK_SECONDS,
    ) -> None:
        self._api, self._bus, self._stop, self._texts = api, bus, stop, texts
        self._name, self._random = name, random.Random(seed)
        self._pause = pause
        self.seen: list[Seen] = []
        self._lock = threading.Lock()
        self._keys = {number: f"{name}-{number}" for number in range(len(texts))}
        self.runs = {key: run_id_for("local", "airline", key) for key in self._keys.values()}

    def rage(self, killer: Killer, kills: int) -> None:
        """Reports incidents and kills until there were ``kills`` kills, then waits until every run has ended."""
        over = threading.Event()

        def kill() -> None:
            while not over.is_set():
                killer.work()
                over.wait(POLL_SECONDS)

        murderer = threading.Thread(target=kill, daemon=True)
        murderer.start()
        numbers = iter(range(len(self._texts)))

        def follow() -> None:
            while killer.kills < kills and murderer.is_alive():
                with self._lock:
                    number = next(numbers, None)
                if number is None:
                    return
                self._follow(number)
                sys.stderr.write(f"{number + 1} incidents, {killer.kills} kills\n")

        try:
            with ThreadPoolExecutor(IN_FLIGHT) as pool:
                for each in [pool.submit(follow) for _ in range(IN_FLIGHT)]:
                    each.result()
        finally:
            over.set()
            murderer.join()

    def settle(self) -> None:
        """Looks at every run once more, at its audit, and at what an undisturbed run makes of a report that halted."""
        for each in self.seen:
            if each.last.ended:
                each.outcomes.append(Outcome.of(patiently(partial(self._api.run, each.run))))
                entries = patiently(partial(self._api.audit, each.run))["entries"]
                each.acts = tuple(json.loads(line)["entry"]["event"] for line in entries)
            if each.suspicious:
                each.undisturbed = self._undisturbed(each)

    def _follow(self, number: int) -> None:
        key, text, began = self._keys[number], self._texts[number], time.monotonic()
        each = Seen(run=self.runs[key], by="event" if number % 2 else "api", text=text)
        with self._lock:
            self.seen.append(each)
            stop_after = self._random.uniform(0, LATEST_STOP) if number % STOPPED_EVERY == 1 else None
        if each.by == "event":
            patiently(partial(self._bus.report, {"text": text, "idempotency_key": key}), self._pause)
        else:
            patiently(partial(self._submit, each, key), self._pause)
        for run in self._looks(each.run, began):
            if Outcome.of(run).ended:
                each.outcomes.append(Outcome.of(run))
                each.seconds = time.monotonic() - began
                return
            if stop_after is not None and not each.stopped and run.get("execution_arn") and not run["waiting"]:
                time.sleep(stop_after)
                each.stopped = self._stopped(run["execution_arn"])

    def _submit(self, each: Seen, key: str) -> None:
        """Sends a report; raises ``CliError`` where that failed and left no run behind. One that is there has to go on alone."""
        try:
            self._api.submit({"text": each.text}, key)
        except CliError:
            time.sleep(self._pause)
            self._api.run(each.run)
            each.unanswered = True

    def _stopped(self, execution: str) -> bool:
        try:
            self._stop(execution)
        except ClientError:
            return False
        return True

    def _looks(self, run_id: str, began: float) -> Iterator[dict[str, Any]]:
        while time.monotonic() - began < RUN_SECONDS:
            time.sleep(self._pause)
            try:
                yield self._api.run(run_id)
            except CliError:
                continue  # it was killed, or the run is not there yet

    def _undisturbed(self, each: Seen) -> Outcome | None:
        key = f"{self._name}-again-{each.run}"
        run_id = str(patiently(partial(self._api.submit, {"text": each.text}, key))["run_id"])
        self.runs[key] = run_id
        ends = (Outcome.of(run) for run in self._looks(run_id, time.monotonic()))
        return next((end for end in ends if end.ended), None)


def patiently(call: Callable[[], T], pause: float = LOOK_SECONDS) -> T:
    """Returns the answer of a call, repeated after a pause while it fails; its last error is raised once patience is over."""
    patience = time.monotonic() + CALL_SECONDS
    while True:
        try:
            return call()
        except (CliError, ClientError):
            if time.monotonic() > patience:
                raise
        time.sleep(pause)
