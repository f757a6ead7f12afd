"""The console's page on a stage: the built files into its bucket, and the distribution told to fetch them anew."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol

from cli.errors import CliError, ExitCode
from local.console.media_types import MEDIA_TYPES

CONFIGURATION = "config.json"


class Account(Protocol):
    """Where the clients come from."""

    def client(self, service: str) -> Any:
        """A client of a service."""
        ...


class StagePages:
    """The console's bucket and distribution on a stage.

    Args:
        account: The account.
        built: The folder of the built page.
    """

    def __init__(self, account: Account, built: Path) -> None:
        self._account = account
        self._built = built

    def publish(self, outputs: Mapping[str, str], reference: str) -> list[str]:
        """See ``Pages.publish``."""
        from botocore.exceptions import BotoCoreError, ClientError

        files = sorted(each for each in self._built.glob("*") if each.suffix in MEDIA_TYPES)
        if not any(each.name == "index.html" for each in files):
            raise CliError(
                "the console is not built", advice="make console", code="not_built", exit_code=ExitCode.SETUP
            )
        # The page last: whoever opens it meanwhile gets the old one with its old parts, or the new one with the new.
        ordered = sorted(files, key=lambda each: each.suffix == ".html")
        content = [
            (CONFIGURATION, outputs["ConsoleConfiguration"].encode()),
            *((each.name, each.read_bytes()) for each in ordered),
        ]
        store, distribution = self._account.client("s3"), self._account.client("cloudfront")
        try:
            for name, body in content:
                store.put_object(
                    Bucket=outputs["ConsoleBucket"],
                    Key=name,
                    Body=body,
                    ContentType="application/json" if name == CONFIGURATION else MEDIA_TYPES[Path(name).suffix],
                    CacheControl="no-cache",
                )
            distribution.create_invalidation(
                DistributionId=outputs["ConsoleDistribution"],
                InvalidationBatch={"Paths": {"Quantity": 1, "Items": ["/*"]}, "CallerReference": reference},
            )
        except (BotoCoreError, ClientError) as error:
            raise CliError(
                f"the console was not published: {type(error).__name__}",
                advice="it takes s3:PutObject on its bucket and cloudfront:CreateInvalidation; run it again",
                code="publish_failed",
            ) from error
        return [name for name, _ in content]
