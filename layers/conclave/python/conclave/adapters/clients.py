"""Clients of AWS, straight from botocore: boto3 only adds what no function uses."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, lru_cache
from threading import Lock
from typing import Any, cast

import botocore
import botocore.session
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.exceptions import ConnectionError, HTTPClientError

from conclave.adapters.attribute_values import ParsersOfAnswers, Requests

CONNECT_TIMEOUT_SECONDS = 3
READ_TIMEOUT_SECONDS = 10
ATTEMPTS = 3
ONE_ATTEMPT = {"bedrock-runtime": 1, "appconfigdata": 1}
"""Of a model, the adapters repeat every kind of failure that passes, once: botocore's standard mode repeats neither 408 nor 424.
A token of AppConfig is good for one call, and whoever cannot read the configuration has another."""
PATIENCE_SECONDS = {"appconfigdata": (1, 2)}
"""Seconds to connect and to read, where something else than waiting is left to do."""
NOT_VALIDATED = {"dynamodb"}
"""Services that are sent what the adapters make, and judge it themselves: botocore's look at every value of a request took a
twentieth of its time. The tests' clients do look."""

USER_AGENT = f"conclave Botocore/{botocore.__version__}"
"""Who asks, as CloudTrail shows it. botocore otherwise puts the words together anew for each request, twice, letter by letter."""

_made: list[Any] = []

_one_at_a_time = Lock()
"""A session makes one client at a time; the clients themselves are good for any thread."""


@cache
def _session() -> botocore.session.Session:
    """The session of all clients: to set one up takes longer than to make a client, and it keeps what it read.

    Services had other names before 2018, 65 in all, and botocore holds each name of an event against all of them, letter by
    letter. Its own hooks that still have such a name are those of services that are not called here.
    """
    session: Any = botocore.session.Session(include_builtin_handlers=False)
    events = session.get_component("event_emitter")
    events._event_aliases = {}
    session._register_builtin_handlers(events)
    session.register_component("response_parser_factory", ParsersOfAnswers())
    return cast("botocore.session.Session", session)


@lru_cache(maxsize=8)
def client(service: str) -> Any:
    """A client, built once per process and service."""
    connect, read = PATIENCE_SECONDS.get(service, (CONNECT_TIMEOUT_SECONDS, READ_TIMEOUT_SECONDS))
    with _one_at_a_time:
        config = Config(
            connect_timeout=connect,
            read_timeout=read,
            retries={"total_max_attempts": ONE_ATTEMPT.get(service, ATTEMPTS), "mode": "standard"},
            parameter_validation=service not in NOT_VALIDATED,
            user_agent=USER_AGENT,
        )
        made: Any = _session().create_client(service, config=config)
        if service == "dynamodb":
            made._serializer = Requests()  # botocore has no component for it, as it has for parsers
        return kept(made)


class OnFirstUse:
    """A client that is made when something is asked of it.

    Args:
        make: Makes it, or gives the one that is made.
    """

    def __init__(self, make: Callable[[], Any]) -> None:
        self._make = make

    def __getattr__(self, name: str) -> Any:
        """What the client has under that name."""
        return getattr(self._make(), name)


def kept(made: Any) -> Any:
    """A client that ``connect`` opens a connection of, too."""
    _made.append(made)
    return made


def connect() -> int:
    """Opens a connection of each client of this process, which its next request finds open; the number that is open now.

    It asks for the root of the service, unsigned, and takes any answer; what cannot be reached is left to that request.
    """
    opened = 0
    for each in _made:
        try:
            # The session of a client's own requests: botocore has no other way to its connections.
            each._endpoint.http_session.send(AWSRequest("GET", each.meta.endpoint_url).prepare())
        except (ConnectionError, HTTPClientError):
            continue
        opened += 1
    return opened
