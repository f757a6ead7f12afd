"""Files as an operations centre receives them, by the readers of a pack: what cannot be read is named, the rest goes in."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cli.data.loading import load
from cli.data.replacing import SLICE
from cli.errors import CliError, ExitCode
from cli.ports import Api, Bus, SampleStore
from cli.screen.format import count

if TYPE_CHECKING:
    from conclave.pack import Fed, FeedFault, Pack

MAX_BYTES = 200_000_000
"""Bytes of one file: a season of a large network has about a tenth of it."""

WORTH_A_LINE = 10_000
"""Lines from which people are told that files are read: it takes seconds."""

YEARS = range(1970, 2100)
"""Years of reports: their times have two digits or none for the year, and are counted around the day that is given."""


def read(pack: Pack, paths: Sequence[Path], day: str, store: SampleStore, say: Callable[[str], None]) -> Fed:
    """Reads files with the readers of a pack.

    Args:
        pack: The pack.
        paths: The files.
        day: An ISO date near which reports were issued.
        store: The tables as they are.
        say: Told what is read, where that takes a while.

    Raises:
        CliError: The pack has no readers, the day is not one, or a file cannot be read at all.
    """
    if pack.feeds is None:
        raise _no_feeds(pack)
    try:
        if datetime.fromisoformat(f"{day}T12:00:00Z").year not in YEARS:
            raise ValueError
    except ValueError as error:
        raise CliError(
            f"{day!r} is not a date near which reports were issued",
            advice="write it like 2026-11-29",
            code="date_invalid",
            exit_code=ExitCode.BAD_INPUT,
        ) from error
    texts = {str(path): _text(path) for path in paths}
    lines = sum(text.count("\n") for text in texts.values())
    if lines >= WORTH_A_LINE:
        say(f"reading {count(lines)} lines of {count(len(texts))} files")
    return pack.feeds.read(texts, f"{day}T12:00:00Z", store.tables())


def _no_feeds(pack: Pack) -> CliError:
    return CliError(
        f"the pack {pack.name} reads no such files; give a folder of CSV files",
        code="readers_missing",
        exit_code=ExitCode.BAD_INPUT,
    )


def _text(path: Path) -> str:
    try:
        if path.stat().st_size > MAX_BYTES:
            raise CliError(
                f"{path} is larger than {MAX_BYTES:,} bytes", advice="split it", code="file_too_large",
                exit_code=ExitCode.BAD_INPUT,
            )  # fmt: skip
        return path.read_bytes().decode("utf-8", "replace")
    except OSError as error:
        raise CliError(
            f"{path} cannot be read ({error.strerror})", code="file_unreadable", exit_code=ExitCode.BAD_INPUT
        ) from error


def write(store: SampleStore, fed: Fed, advance: Callable[[str, int, int], None]) -> None:
    """Writes rows and removes those that they take the place of: first the new, so that no time is without both."""
    load(store, fed.put, advance)
    for table, keys in fed.remove.items():
        for start in range(0, len(keys), SLICE):
            store.remove(table, keys[start : start + SLICE])
            advance(f"{table} that had their place", min(start + SLICE, len(keys)), len(keys))


def send(bus: Bus, pack: Pack, paths: Sequence[Path], day: str) -> list[dict[str, Any]]:
    """Sends files as events ``FeedReceived``, each as one: the function of the stage reads them.

    Args:
        bus: The bus.
        pack: The pack.
        paths: The files.
        day: An ISO date near which reports were issued; empty for today.

    Returns:
        File and characters of each.

    Raises:
        CliError: The pack has no feeds, a file cannot be read, or it is more than an event takes; nothing is sent then.
    """
    from conclave.feeds.receiving import FeedInvalid, received_in

    if pack.feeds is None:
        raise _no_feeds(pack)
    texts = {str(path): _text(path) for path in paths}
    details = {name: {"messages": [text], **({"issued": day} if day else {})} for name, text in texts.items()}
    for name, detail in details.items():
        try:
            received_in(detail, event="", at="")
        except FeedInvalid as error:
            raise CliError(
                f"{name} cannot be sent as an event: {error}",
                advice="load it without --event, or split it",
                code="feed_invalid",
                exit_code=ExitCode.BAD_INPUT,
            ) from error
    for detail in details.values():
        bus.feed(detail)
    return [{"file": name, "characters": len(text)} for name, text in texts.items()]


def submit(api: Api, fed: Fed, least: int) -> list[dict[str, Any]]:
    """Submits what is late by so many minutes, or more, and what goes elsewhere, as incidents; told again it is the same run.

    Args:
        api: The HTTP API.
        fed: What was read.
        least: Minutes from which it is an incident.

    Returns:
        Key, minutes, run, status and whether there was such a run already, of each.

    Raises:
        CliError: The API refuses one; those before it were submitted.
    """
    late = [each for each in fed.late if each.counts(least)]
    return [
        {"key": each.key, "minutes": each.minutes, **api.submit({"incident": dict(each.incident)}, each.key)}
        for each in late
    ]


def document(fed: Fed) -> dict[str, Any]:
    """What was read and written as a JSON object."""
    return {
        "read": dict(fed.read),
        "rows": {name: len(items) for name, items in fed.put.items()},
        "removed": {name: len(keys) for name, keys in fed.remove.items()},
        "faults": [_place(each) for each in fed.faults],
        "warnings": [_place(each) for each in fed.warnings],
    }


def _place(each: FeedFault) -> dict[str, Any]:
    return {"file": each.file, "line": each.line, "message": each.reason}


def view(fed: Fed, most: int, submitted: Sequence[Mapping[str, Any]], *, check: bool) -> str:
    """What was read, written and submitted, for people; at most so many findings of each kind."""
    found = ", ".join(f"{count(number)} of {name}" for name, number in fed.read.items()) or "nothing"
    rows = ", ".join(f"{count(len(items))} rows of {name}" for name, items in fed.put.items()) or "no rows"
    gone = sum(len(keys) for keys in fed.remove.values())
    lines = [
        f"read {found}; {'would write' if check else 'wrote'} {rows}" + (f", removed {count(gone)}" if gone else "")
    ]
    lines += [
        f"{each['key']}{_late(each['minutes'])}: {each['run_id']}{' already' if each['duplicate'] else ''}"
        for each in submitted
    ]
    if fed.faults:
        lines += [f"{count(len(fed.faults))} could not be read:", *_listed(fed.faults, most)]
    return "\n".join([*lines, *(["worth a look:", *_listed(fed.warnings, most)] if fed.warnings else [])])


def _late(minutes: int) -> str:
    return f" is {minutes} min late" if minutes else ""


def _listed(places: Sequence[FeedFault], most: int) -> list[str]:
    more = [f"and {count(len(places) - most)} more; --json lists all"] if len(places) > most else []
    return [*(f"{each.file}:{each.line}: {each.reason}" for each in places[:most]), *more]
