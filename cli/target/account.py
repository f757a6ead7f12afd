"""The clouds that a stage may be deployed to: an AWS account, or the emulator of one, found through CloudFormation."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from cli.errors import CliError, ExitCode
from cli.ports import Document, Target
from cli.screen.format import one_line

if TYPE_CHECKING:
    from boto3.session import Session
else:
    Session = Any

PARTS = ("data", "engine", "operations")
LOG_READERS = 8
"""Log groups read at once."""


@lru_cache
def account_for(target: Target) -> Account:
    """The account of a target: the local cloud's, or the one that the user's AWS configuration names.

    Raises:
        CliError: The local cloud is asked for and does not run.
    """
    import boto3

    if not target.is_local:
        # boto3 itself reads AWS_DEFAULT_REGION only.
        session = boto3.Session(region_name=os.environ.get("AWS_REGION") or None)
        return Account(session)
    from cli.target.laptop import running_settings

    settings = running_settings()
    session = boto3.Session(
        aws_access_key_id=settings.credentials["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=settings.credentials["AWS_SECRET_ACCESS_KEY"],
        region_name=settings.credentials["AWS_REGION"],
    )
    return Account(session, endpoint=settings.endpoint)


def api_url(account: Account, target: Target) -> str:
    """Base URL of the target's API.

    The emulator serves the host names of AWS by path, so that no name has to be resolved.
    """
    url = account.outputs(target)["ApiUrl"]
    if not account.endpoint:
        return url
    parts = urlsplit(url)
    if "execute-api" not in (parts.hostname or ""):
        return url
    api_id = (parts.hostname or "").partition(".")[0]
    return f"{account.endpoint}/restapis/{api_id}{parts.path.rstrip('/')}/_user_request_"


def socket_url(account: Account, target: Target) -> str:
    """Where connections for events are opened; empty where the stage has none, or was deployed before there were any."""
    url = account.outputs(target).get("SocketUrl", "")
    parts = urlsplit(url)
    if not url or not account.endpoint:
        return url
    api_id = (parts.hostname or "").partition(".")[0]
    return f"ws{account.endpoint.removeprefix('http')}/_aws/execute-api/{api_id}{parts.path}"


def advice_for(target: Target) -> str:
    """Advice for the case that nobody answers."""
    return "conclave up" if target.is_local else "check network, credentials and region"


class Account:
    """An AWS account, or the emulator of one: whatever the session's endpoints say.

    Args:
        session: Credentials and region.
        endpoint: URL of the emulator; empty for AWS.
    """

    def __init__(self, session: Session, *, endpoint: str = "") -> None:
        self._session = session
        self._outputs: dict[Target, dict[str, str]] = {}
        self.endpoint = endpoint

    def client(self, service: str) -> Any:
        """A client of a service, with the standard retries."""
        from botocore.config import Config

        config = Config(
            retries={"mode": "standard", "total_max_attempts": 4},
            connect_timeout=5,
            # A proxy of the user's environment must not see loopback traffic.
            proxies={} if self.endpoint else None,
        )
        return self._session.client(service, endpoint_url=self.endpoint or None, config=config)  # type: ignore[call-overload]

    def require(self) -> None:
        """Raises ``CliError`` when region or credentials are missing."""
        if not self._session.region_name:
            raise CliError(
                "no AWS region is set",
                advice="export AWS_REGION=us-east-1",
                code="region_missing",
                exit_code=ExitCode.SETUP,
            )
        if self._session.get_credentials() is None:
            raise CliError(
                "no AWS credentials found",
                advice="aws sso login, or export AWS_PROFILE",
                code="credentials_missing",
                exit_code=ExitCode.SETUP,
            )

    @property
    def region(self) -> str:
        """Region of the session."""
        return str(self._session.region_name)

    @property
    def credentials(self) -> Any:
        """Credentials of the session."""
        return self._session.get_credentials()

    def outputs(self, target: Target) -> dict[str, str]:
        """See ``Cloud.outputs``."""
        if target not in self._outputs:
            stack = self._stack(target.stack("engine"))
            if stack is None:
                raise not_deployed(target)
            self._outputs[target] = {each["OutputKey"]: each["OutputValue"] for each in stack.get("Outputs", ())}
        return self._outputs[target]

    def console(self, target: Target) -> dict[str, str]:
        """See ``Cloud.console``."""
        stack = self._stack(target.stack("console"))
        return {each["OutputKey"]: each["OutputValue"] for each in (stack or {}).get("Outputs", ())}

    def stacks(self, target: Target) -> list[Document]:
        """See ``Cloud.stacks``."""
        found = [(target.stack(part), self._stack(target.stack(part))) for part in PARTS]
        return [{"name": name, "status": stack["StackStatus"] if stack else "absent"} for name, stack in found]

    def concurrency(self) -> Document:
        """See ``Cloud.concurrency``."""
        from botocore.exceptions import BotoCoreError, ClientError

        self.require()
        try:
            limit = self.client("lambda").get_account_settings()["AccountLimit"]
        except (ClientError, BotoCoreError) as error:
            raise CliError(
                f"the account's concurrency cannot be read: {one_line(str(error))}",
                advice="it takes lambda:GetAccountSettings",
                code="quota_unreadable",
                exit_code=ExitCode.UNREACHABLE,
            ) from error
        return {"total": limit["ConcurrentExecutions"], "unreserved": limit["UnreservedConcurrentExecutions"]}

    def events(self, target: Target, correlation_id: str, since: str) -> list[Document]:
        """See ``Cloud.events``."""
        from concurrent.futures import ThreadPoolExecutor

        from botocore.exceptions import BotoCoreError, ClientError

        self.require()
        client = self.client("logs")
        prefix = f"/aws/lambda/conclave-{target.stage}-{target.pack}-"
        begin = int(datetime.fromisoformat(since).timestamp() * 1000) if since else 0
        pattern = f'"{correlation_id}"'

        def read(group: str) -> list[Document]:
            pages = client.get_paginator("filter_log_events").paginate(
                logGroupName=group, filterPattern=pattern, startTime=begin
            )
            return [_event(each, group.removeprefix(prefix)) for page in pages for each in page["events"]]

        try:
            pages = client.get_paginator("describe_log_groups").paginate(logGroupNamePrefix=prefix)
            groups = [each["logGroupName"] for page in pages for each in page["logGroups"]]
            with ThreadPoolExecutor(LOG_READERS) as pool:
                found = [event for events in pool.map(read, groups) for event in events]
        except (ClientError, BotoCoreError) as error:
            raise CliError(
                f"the logs cannot be read: {one_line(str(error))}",
                advice="it takes logs:DescribeLogGroups and logs:FilterLogEvents",
                code="logs_unreadable",
            ) from error
        return sorted(found, key=lambda event: str(event["timestamp"]))

    def _stack(self, name: str) -> Document | None:
        from botocore.exceptions import BotoCoreError, ClientError

        self.require()
        try:
            stacks = self.client("cloudformation").describe_stacks(StackName=name)["Stacks"]
        except ClientError as error:
            told = error.response.get("Error", {})
            if "does not exist" in told.get("Message", ""):
                return None
            raise CliError(
                f"CloudFormation refuses: {told.get('Code')}: {one_line(told.get('Message', ''))}",
                advice="check credentials and region",
                code="cloud_refused",
                exit_code=ExitCode.UNREACHABLE,
            ) from error
        except BotoCoreError as error:
            raise CliError(
                f"AWS cannot be reached: {one_line(str(error))}",
                advice="check network, credentials and region",
                code="unreachable",
                exit_code=ExitCode.UNREACHABLE,
            ) from error
        return dict(stacks[0]) if stacks else None


@contextmanager
def asked_of_cloud(of: str, *, rights: str, look: str, code: str) -> Iterator[None]:
    """Tells a refusal of AWS in one line.

    Args:
        of: What is asked, and what is not to be had (``the rollout: its audit cannot be read``).
        rights: Which rights it takes, for who lacks them.
        look: Where to look after another refusal.
        code: Of the error.
    """
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        yield
    except ClientError as error:
        told = error.response.get("Error", {})
        raise CliError(
            f"{of}: {told.get('Code')}: {one_line(str(told.get('Message', '')))}",
            advice=rights if "Denied" in str(told.get("Code")) else look,
            code=code,
            exit_code=ExitCode.UNREACHABLE,
        ) from error
    except BotoCoreError as error:
        raise CliError(
            f"{of}: {one_line(str(error))}",
            advice="check network, credentials and region",
            code="unreachable",
            exit_code=ExitCode.UNREACHABLE,
        ) from error


def not_deployed(target: Target) -> CliError:
    """The error for a pack that is not deployed to a stage."""
    command = (
        f"conclave up --pack {target.pack}"
        if target.is_local
        else f"cdk deploy --all -c stage={target.stage} -c pack={target.pack}"
    )
    return CliError(
        f"{target.stack('engine')} is not deployed", advice=command, code="not_deployed", exit_code=ExitCode.UNREACHABLE
    )


def _event(event: Mapping[str, Any], function: str) -> Document:
    """A log event as the function wrote it; a line that is not JSON is its own message."""
    when = datetime.fromtimestamp(event["timestamp"] / 1000, UTC).isoformat(timespec="milliseconds")
    try:
        logged = json.loads(event["message"])
    except ValueError:
        logged = None
    document = logged if isinstance(logged, dict) else {"level": "", "message": str(event["message"]).strip()}
    return {**document, "timestamp": when, "function": function}
