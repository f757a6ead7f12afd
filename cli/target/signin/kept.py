"""What is kept of a sign-in: a file for each client of a user pool, readable by its owner alone."""

from __future__ import annotations

import os
import re
import stat
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Any

import msgspec

from cli.errors import CliError, ExitCode
from cli.target.signin.pool import Tokens

OWNER_ONLY = 0o600
FOLDER_RIGHTS = 0o700
_UNFIT = re.compile(r"[^A-Za-z0-9_-]")


class KeptSignIns:
    """The sign-ins of this person on this machine.

    Args:
        folder: Where they are kept; made when the first one is.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def read(self, client_id: str) -> Tokens | None:
        """What is kept for a client; None for nothing.

        Raises:
            CliError: Others can read it, or it is not what was kept.
        """
        file = self._file(client_id)
        try:
            rights = file.stat().st_mode
            data = file.read_bytes()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise _unusable(f"{file} cannot be read ({error.strerror})") from error
        if os.name == "posix" and rights & (stat.S_IRWXG | stat.S_IRWXO):
            raise _unusable(f"others can read {file}")
        try:
            return msgspec.json.decode(data, type=Tokens)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise _unusable(f"{file} is not what was kept there") from error

    def write(self, tokens: Tokens) -> None:
        """Keeps a sign-in, whole or not at all. Raises ``CliError`` when the disk does not take it."""
        try:
            self._folder.mkdir(mode=FOLDER_RIGHTS, parents=True, exist_ok=True)
            # mkstemp gives its file to its owner alone, before there is anything in it.
            handle, name = tempfile.mkstemp(dir=self._folder)
            try:
                with os.fdopen(handle, "wb") as file:
                    file.write(msgspec.json.encode(tokens))
                Path(name).chmod(OWNER_ONLY)
                Path(name).replace(self._file(tokens.client_id))
            except BaseException:
                with suppress(OSError):
                    Path(name).unlink()
                raise
        except OSError as error:
            raise _unusable(f"the sign-in cannot be kept in {self._folder} ({error.strerror})") from error

    def forget(self, client_id: str) -> None:
        """Deletes what is kept for a client."""
        self._file(client_id).unlink(missing_ok=True)

    def _file(self, client_id: str) -> Path:
        return self._folder / f"{_UNFIT.sub('_', client_id)}.json"


def _unusable(message: Any) -> CliError:
    return CliError(
        str(message),
        advice="conclave login writes it anew",
        code="signin_unusable",
        exit_code=ExitCode.SETUP,
    )
