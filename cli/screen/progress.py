"""Following a run until it ends: the polling, and what a person sees meanwhile.

On a terminal the state is redrawn in place. Elsewhere every change is one line, so that a log of a pipeline reads well.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from conclave.codes import RunStatus

from cli.errors import CliError, ExitCode
from cli.ports import Api, Events
from cli.screen.format import duration, harmless, money, words

if TYPE_CHECKING:
    from rich.console import Console, RenderableType

Document = Mapping[str, Any]
Sink = Callable[[Document, float], None]
"""Takes the run as it is now and the seconds since the wait began."""

FIRST_INTERVAL = 0.3
LONGEST_INTERVAL = 2.0
SLOWDOWN = 1.3
SECONDS_BETWEEN_LINES = 5.0
"""Between two lines about a long count in a log."""
IDLE = {"pending", "skipped"}
"""States of phases and agents of which there is nothing to tell."""
PHASES = ("frame", "recommend", "revise", "arbitrate", "decide")
WAITING = "waiting for its turn"
"""Of a run that is not let in yet: others deliberate."""
UNSTAFFED = {"frame", "decide"}
"""Phases that are the engine's own work."""


def follow(
    api: Api,
    run_id: str,
    *,
    sink: Sink,
    timeout: float,
    appears_within: float,
    options: str = "",
    clock: Callable[[], float],
    sleep: Callable[[float], None],
) -> dict[str, Any]:
    """Polls a run until it is no longer running.

    While something changes the next look comes soon; while nothing does, the interval grows, with jitter.

    Args:
        api: The API.
        run_id: The run.
        sink: Told about every state seen.
        timeout: Seconds until the wait is given up; the run itself goes on.
        appears_within: Seconds in which an unknown run counts as not there yet: an event takes its time.
        options: Options that lead a further command to the same stage and pack.
        clock: Monotonic seconds.
        sleep: Waits for seconds.

    Returns:
        The finished run.

    Raises:
        CliError: The time is over, or the API refuses.
    """
    started = clock()
    interval = FIRST_INTERVAL
    seen: Document = {}
    while True:
        run = _peek(api, run_id, may_be_missing=clock() - started < appears_within)
        elapsed = clock() - started
        if run:
            sink(run, elapsed)
            if run.get("status") != RunStatus.RUNNING:
                return run
        if elapsed >= timeout:
            raise CliError(
                f"run {run_id} was still running after {timeout:.0f} s",
                advice=f"it goes on: conclave watch {run_id}{options}",
                code="timeout",
                exit_code=ExitCode.TIMEOUT,
            )
        interval = FIRST_INTERVAL if run != seen else min(LONGEST_INTERVAL, interval * SLOWDOWN)
        seen = run
        sleep(min(interval * random.uniform(0.9, 1.1), max(0.05, timeout - elapsed)))


def woken(events: Events, sleep: Callable[[float], None], seconds: float) -> None:
    """Waits for seconds, and not so long where an event of the run says that there is something to see.

    Args:
        events: The events of the run. Where they do not come by themselves, nobody is asked for them.
        sleep: Waits for seconds.
        seconds: How long to wait at most.
    """
    if not events.wait(seconds):
        sleep(seconds)


def event_line(event: Document) -> str:
    """An event in one line."""
    names = ("kind", "state", "phase", "agent", "tool", "verdict", "stance", "option_id")
    said = " ".join(str(event[name]) for name in names if event.get(name))
    took = f" ({duration(event['seconds'])})" if event.get("seconds") else ""
    text = f": {event.get('text') or 'erased'}" if event.get("kind") == "text" else ""
    return f"{event.get('ordinal', 0):>4}  {said}{took}{text}"


def _peek(api: Api, run_id: str, *, may_be_missing: bool) -> dict[str, Any]:
    try:
        return api.run(run_id)
    except CliError as error:
        if error.code == "run_unknown" and may_be_missing:
            return {}
        raise


@contextmanager
def watching(console: Console) -> Iterator[Sink]:
    """The sink that fits the console: redrawn in place on a terminal, lines elsewhere."""
    if not console.is_terminal:
        yield LineSink(console.print)
        return
    from rich.live import Live

    with Live(console=console, transient=True, refresh_per_second=8) as live:
        yield lambda run, elapsed: live.update(live_view(harmless(run), elapsed))


class LineSink:
    """One line per change.

    Args:
        write: Takes a line.
    """

    def __init__(self, write: Callable[[str], None]) -> None:
        self._write = write
        self._told: set[tuple[str, str]] = set()

    def __call__(self, run: Document, elapsed: float) -> None:
        """Writes what was not told before."""
        for phase, line in state_lines(harmless(run)):
            if (phase, line) not in self._told:
                self._told.add((phase, line))
                self._write(f"{elapsed:6.1f} s  {line}")


def state_lines(run: Document) -> list[tuple[str, str]]:
    """Everything that holds now, as statements with the phase they belong to; a statement that was made stays true."""
    lines = [("", WAITING)] if run.get("waiting") else []
    agents = [each for each in run.get("agents") or () if each.get("status") not in IDLE]
    for phase in phases_begun(run):
        lines.append((phase, phase))
        lines.extend((phase, f"  {agent_line(each)}") for each in agents if each.get("phase") == phase)
    if run.get("status") not in {None, RunStatus.RUNNING}:
        lines.append(("", words(str(run["status"]))))
    return lines


def phases_begun(run: Document) -> list[str]:
    """Names of the phases that have begun: they ended, or an agent works in them, or no agent ever does.

    Between two phases nobody knows yet which comes next, since ``revise`` may be left out.
    """
    begun = {str(each.get("phase")) for each in run.get("agents") or () if each.get("status") not in IDLE}
    for each in run.get("phases") or ():
        if each.get("status") == "done" or (each.get("status") == "running" and each.get("name") in UNSTAFFED):
            begun.add(str(each.get("name")))
    return [name for name in PHASES if name in begun]


def agent_line(agent: Document) -> str:
    """An agent's state in one line."""
    from cli.screen.agents import tools

    name, status = str(agent.get("name")), str(agent.get("status"))
    if status == "running":
        return f"{name}: working"
    failure = agent.get("failure") or {}
    if failure:
        return f"{name}: {status}, {failure.get('error')}: {failure.get('cause')}"
    parts = [str(agent.get("verdict") or status)]
    if agent.get("stance"):
        parts.append(str(agent["stance"]))
    parts.append(duration(agent.get("duration_seconds")))
    if agent.get("tool_calls"):
        parts.append(f"tools: {tools(agent)}")
    if agent.get("cost_usd"):
        parts.append(money(agent["cost_usd"]))
    return f"{name}: {', '.join(parts)}"


def _spent(run: Document) -> str:
    """What the run has spent so far, of its ceiling; nothing before it is framed."""
    of = run.get("money")
    return f"{money(of.get('spent_usd'))} of {money(of.get('ceiling_usd'))}  " if of else ""


def live_view(run: Document, elapsed: float) -> RenderableType:
    """The view that a terminal shows while the run goes on."""
    from rich.console import Group
    from rich.spinner import Spinner
    from rich.table import Table
    from rich.text import Text

    from cli.screen.agents import VERDICT_STYLE

    phases = phases_begun(run)
    current = phases[-1] if phases else ""
    heading = Text.assemble(
        (f"{run.get('run_id', '')}  {elapsed:.1f} s  {_spent(run)}", "bold"),
        (WAITING if run.get("waiting") else " → ".join(phases), "cyan"),
    )
    table = Table.grid(padding=(0, 1))
    for each in run.get("agents") or ():
        if each.get("phase") != current and each.get("status") != "running":
            continue
        style = VERDICT_STYLE.get(str(each.get("verdict")), "red" if each.get("failure") else "dim")
        mark: RenderableType = (
            Spinner("dots", style="cyan") if each.get("status") == "running" else Text("●", style=style)
        )
        table.add_row(mark, Text(agent_line(each), style="" if each.get("status") == "running" else style))
    return Group(heading, table)


@contextmanager
def counting(console: Console, what: str, total: int, clock: Callable[[], float]) -> Iterator[Callable[[str], None]]:
    """Progress through a known number of things: a bar on a terminal, elsewhere lines some seconds apart.

    Args:
        console: Where it is shown.
        what: The things, in the plural.
        total: How many there are.
        clock: Monotonic seconds.

    Yields:
        To be called with a name for each thing that is done.
    """
    done = 0
    if not console.is_terminal:
        began = told = clock()

        def line(name: str) -> None:
            nonlocal done, told
            done += 1
            if clock() - told >= SECONDS_BETWEEN_LINES:
                told = clock()
                console.print(f"{told - began:6.1f} s  {done} of {total} {what}")

        yield line
        return
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description}", markup=False), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task(what, total=total)
        yield lambda name: progress.update(task, advance=1, description=harmless(name))


class Steps:
    """The steps of a set-up, each told with the seconds since the beginning.

    Args:
        write: Takes a line.
        clock: Monotonic seconds.
    """

    def __init__(self, write: Callable[[str], None], clock: Callable[[], float]) -> None:
        self._write = write
        self._clock = clock
        self._started = clock()
        self.done: list[dict[str, Any]] = []

    def say(self, line: str) -> None:
        """One line with the elapsed seconds in front."""
        self._write(f"{self._clock() - self._started:6.1f} s  {line}")

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Tells that a step begins; records how long it took once it has ended."""
        began = self._clock()
        self.say(name)
        yield
        self.done.append({"step": name, "seconds": round(self._clock() - began, 2)})
