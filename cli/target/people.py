"""Another person than the caller, on the local cloud: ``--as``. See ``local.people``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cli.errors import CliError, ExitCode
from cli.ports import Target

if TYPE_CHECKING:
    from cli.target.account import Account


def credentials_of(account: Account, target: Target, prefix: str, person: str, group: str) -> Any:
    """Credentials of a person, who is made where there is none of the name. An earlier key of theirs ends.

    Args:
        account: The local cloud.
        target: The deployment.
        prefix: What the names of its groups begin with.
        person: Their name.
        group: The group that they are in, without the prefix.

    Raises:
        CliError: The target is not the laptop, or the person cannot be that.
    """
    from local import people

    if not target.is_local:
        raise _wrong("--as is for the local cloud", f"elsewhere a person signs in: conclave login{target.options}")
    try:
        return people.credentials_of(account.client("iam"), prefix, person, group)
    except people.PersonUnusable as error:
        raise _wrong(str(error), f"--as: {error.advice}") from error


def _wrong(message: str, advice: str) -> CliError:
    return CliError(message, advice=advice, code="person_unusable", exit_code=ExitCode.BAD_INPUT)
