"""What is done for a question while it is: a line for each step that the run's events tell of."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from cli.errors import CliError
from cli.ports import Api, Document, Events
from cli.screen.format import duration, harmless

if TYPE_CHECKING:
    from rich.console import Console

KIND = "question"
LOOK_SECONDS = 0.5


@contextmanager
def following(api: Api, run: str, listen: Callable[[int], Events], console: Console) -> Iterator[None]:
    """Writes the steps of questions about a run that are told meanwhile. Whatever goes wrong with that, nobody waits for it.

    Args:
        api: Says which steps were told before.
        run: The run.
        listen: Takes the events of questions after an ordinal.
        console: Takes the lines.
    """
    over = threading.Event()
    thread = threading.Thread(target=_follow, args=(api, run, listen, console, over), daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join(2 * LOOK_SECONDS)


def _follow(api: Api, run: str, listen: Callable[[int], Events], console: Console, over: threading.Event) -> None:
    # The question itself tells its caller what is wrong: with the run, the API, or the way to it.
    with suppress(CliError, OSError, ValueError, KeyError):
        heard = listen(_seen(api, run))
        try:
            while not over.is_set():
                began = time.monotonic()
                for event in heard.next(LOOK_SECONDS):
                    console.print(step_line(harmless(event)), markup=False, highlight=False, style="dim")
                # Of a run that has its outcome nothing more is expected: without a connection the API answers at once.
                over.wait(max(0.0, LOOK_SECONDS - (time.monotonic() - began)))
        finally:
            heard.close()


def _seen(api: Api, run: str) -> int:
    """The ordinal of the newest event of a question that was told before; 0 where there is none."""
    seen = 0
    while told := api.events(run, seen, (KIND,))["events"]:
        seen = int(told[-1]["ordinal"])
    return seen


def step_line(event: Document) -> str:
    """A step of a question in one line."""
    tool, took = str(event.get("tool") or ""), f" ({duration(event['seconds'])})" if event.get("seconds") else ""
    if event.get("state") == "called":
        return (
            f"  {tool.removeprefix('ask_')} was asked{took}"
            if tool.startswith("ask_")
            else f"  {tool} was looked at{took}"
        )
    struck = f", {event['struck']} struck" if event.get("struck") else ""
    return f"  question {event.get('turn')} {event.get('state')}{took}{struck}"
