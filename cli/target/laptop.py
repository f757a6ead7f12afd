"""The local cloud behind the port ``Laptop``: its errors become lines with exit codes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from cli.checkout import ROOT
from cli.errors import CliError, ExitCode
from cli.ports import Document, Progress

if TYPE_CHECKING:
    from local.cloud import Cloud
    from local.settings import Settings


KEEPS = "nothing: runs, audits, anchors and their key end with the emulator"
"""Words for what the local cloud keeps when it is stopped or killed."""
BEDROCK = "aws"
"""The model endpoint that stands for Bedrock in the user's own account."""


class LocalLaptop:
    """The local cloud of this checkout."""

    def start(self, progress: Progress, *, real_model: bool) -> bool:
        """See ``Laptop.start``."""
        with _told(ExitCode.SETUP, "start_failed"):
            return _cloud(real_model=real_model).start(progress)

    def bootstrap(self, progress: Progress) -> bool:
        """See ``Laptop.bootstrap``."""
        with _told(ExitCode.UNEXPECTED, "bootstrap_failed"):
            return _cloud().bootstrap(progress)

    def deploy(self, pack: str, progress: Progress) -> bool:
        """See ``Laptop.deploy``."""
        with _told(ExitCode.UNEXPECTED, "deploy_failed"):
            return _cloud().deploy(pack, progress=progress)

    def console(self) -> tuple[str, str]:
        """See ``Laptop.console``."""
        settings = running_settings()
        with _told(ExitCode.UNEXPECTED, "console_failed"):
            why_not = _cloud().show_console()
        return ("", why_not) if why_not else (settings.console_endpoint, "")

    def stop(self) -> bool:
        """See ``Laptop.stop``."""
        with _told(ExitCode.UNEXPECTED, "stop_failed"):
            return _cloud().stop()

    def status(self) -> Document:
        """See ``Laptop.status``."""
        with _told(ExitCode.SETUP, "settings_invalid"):
            cloud = _cloud()
            status = cloud.status()
        started = (
            datetime.fromtimestamp(status.started_at, UTC).isoformat(timespec="seconds") if status.started_at else ""
        )
        return {**asdict(status), "started_at": started, "keeps": KEEPS, "logs": str(cloud.settings.logs)}

    def require_models(self) -> None:
        """See ``Laptop.require_models``."""
        with _told(ExitCode.SETUP, "settings_invalid"):
            status = _cloud().status()
        if status.emulator and not status.bedrock:
            raise CliError(
                "nobody answers for the models: the stand-in for Bedrock does not run",
                advice="conclave up starts it again; nothing is lost",
                code="models_unreachable",
                exit_code=ExitCode.UNREACHABLE,
            )

    def coverage(self) -> dict[str, list[str]]:
        """See ``Laptop.coverage``."""
        from local.emulator.coverage import table

        return table()


def running_settings() -> Settings:
    """The settings of the local cloud. Whether somebody answers for the models is another question.

    Raises:
        CliError: Its emulator does not run.
    """
    with _told(ExitCode.SETUP, "settings_invalid"):
        cloud = _cloud()
        status = cloud.status()
    if not status.emulator:
        lost = ", it ended without being stopped, and its runs are gone" if status.lost else ""
        raise CliError(
            f"no cloud reachable: the local one does not run{lost}",
            advice="conclave up",
            code="unreachable",
            exit_code=ExitCode.UNREACHABLE,
        )
    return cloud.settings


def forgotten() -> str:
    """A note on a run that the local cloud does not have: since when it remembers anything."""
    with _told(ExitCode.SETUP, "settings_invalid"):
        started = _cloud().status().started_at
    when = datetime.fromtimestamp(started, UTC).isoformat(timespec="seconds")
    return f"the local cloud was started at {when} and what was there before is gone"


def _cloud(*, real_model: bool | None = None) -> Cloud:
    from local.cloud import Cloud
    from local.settings import Settings

    settings = Settings.from_env(ROOT)
    if real_model is False:
        settings = replace(settings, model_endpoint="", model_name="")
    elif real_model and not settings.model_endpoint:
        settings = replace(settings, model_endpoint=BEDROCK)
    return Cloud(ROOT, settings)


@contextmanager
def _told(exit_code: ExitCode, code: str) -> Iterator[None]:
    from local.errors import CloudError

    try:
        yield
    except CloudError as error:
        incomplete = "make setup" in str(error)
        raise CliError(str(error), code=code, exit_code=ExitCode.SETUP if incomplete else exit_code) from error
