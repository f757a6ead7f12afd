"""The document of settings on AppConfig, through Powertools: asked for once in a poll interval, kept until it changes."""

from __future__ import annotations

from typing import Any

from aws_lambda_powertools.utilities.parameters.appconfig import AppConfigProvider
from aws_lambda_powertools.utilities.parameters.exceptions import GetParameterError

from conclave.clock import Monotonic, system_clock
from conclave.configuration.reading import LEAST_SECONDS, HostedUnreachable


class AppConfigSettings:
    """See ``conclave.configuration.reading.Hosted``.

    Args:
        client: A client of AppConfig's data plane.
        application: Id of the application.
        environment: Id of the environment.
        profile: Id of the configuration profile.
        seconds: So long at most a warm function goes on under settings that were replaced. AppConfig on AWS
            answers nobody sooner than after ``LEAST_SECONDS``.
        monotonic: Seconds that never go back.
    """

    def __init__(
        self,
        client: Any,
        application: str,
        environment: str,
        profile: str,
        seconds: int,
        monotonic: Monotonic = system_clock.monotonic,
    ) -> None:
        self._client, self._application, self._environment = client, application, environment
        self._profile, self._seconds, self._monotonic = profile, seconds, monotonic
        self._provider: AppConfigProvider | None = None
        self._failed_at: float | None = None

    def document(self) -> bytes:
        """See ``Hosted.document``. After a failure nobody is asked again for a poll interval, so that it costs one wait."""
        if self._failed_at is not None and self._monotonic() - self._failed_at < self._seconds:
            raise HostedUnreachable("the configuration could not be read a moment ago")
        self._provider = self._provider or AppConfigProvider(
            self._environment, self._application, boto3_client=self._client
        )
        try:
            read = self._provider.get(
                self._profile, max_age=self._seconds, RequiredMinimumPollIntervalInSeconds=LEAST_SECONDS
            )
        except GetParameterError as error:
            # Its token is spent or has expired, and it would be offered again for ever: the next attempt opens a session.
            self._provider, self._failed_at = None, self._monotonic()
            raise HostedUnreachable(
                f"the configuration could not be read ({type(error.__context__).__name__})"
            ) from None
        self._failed_at = None
        if not isinstance(read, bytes):
            raise HostedUnreachable("the configuration is not bytes")
        return read
