"""Clients of AWS, straight from botocore: boto3 only adds what no function uses."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import botocore.session
from botocore.config import Config

CONNECT_TIMEOUT_SECONDS = 3
READ_TIMEOUT_SECONDS = 10
ATTEMPTS = 3
ONE_ATTEMPT = {"bedrock-runtime": 1, "appconfigdata": 1}
"""Of a model, the adapters repeat every kind of failure that passes, once: botocore's standard mode repeats neither 408 nor 424.
A token of AppConfig is good for one call, and whoever cannot read the configuration has another."""
PATIENCE_SECONDS = {"appconfigdata": (1, 2)}
"""Seconds to connect and to read, where something else than waiting is left to do."""


@lru_cache(maxsize=8)
def client(service: str) -> Any:
    """A client, built once per process and service."""
    connect, read = PATIENCE_SECONDS.get(service, (CONNECT_TIMEOUT_SECONDS, READ_TIMEOUT_SECONDS))
    config = Config(
        connect_timeout=connect,
        read_timeout=read,
        retries={"total_max_attempts": ONE_ATTEMPT.get(service, ATTEMPTS), "mode": "standard"},
    )
    return botocore.session.get_session().create_client(service, config=config)
