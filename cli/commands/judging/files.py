"""How these commands tell what is wrong with a file, or with what is installed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from cli.errors import CliError, ExitCode

T = TypeVar("T")


def told(work: Callable[[], T]) -> T:
    """Does something with files that people keep.

    Raises:
        CliError: One of them is not what it has to be.
    """
    from evaluation.measuring.faults import BadFile

    try:
        with needing_setup():
            return work()
    except BadFile as error:
        raise CliError(str(error), code="file_invalid", exit_code=ExitCode.BAD_INPUT) from error


@contextmanager
def needing_setup() -> Iterator[None]:
    """Says what to do where a package of the command is missing."""
    try:
        yield
    except ModuleNotFoundError as error:
        raise CliError(
            f"the evaluation needs {error.name}", advice="make setup", code="setup", exit_code=ExitCode.SETUP
        ) from error
