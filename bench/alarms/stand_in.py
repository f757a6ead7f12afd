"""What the local stand-in for models is told to do wrong, or slowly, for as long as something is measured."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import urllib3


@contextmanager
def faults(endpoint: str, **fault: Any) -> Iterator[None]:
    """Lets calls of models go wrong, as many as there are; afterwards every fault is taken away.

    Args:
        endpoint: Base URL of the stand-in.
        fault: The fields of ``local.bedrock.wire.faults.Fault``.

    Raises:
        RuntimeError: The stand-in refused the fault.
    """
    url = f"{endpoint}/_control/faults"
    _send(url, "POST", {"count": None, **fault})
    try:
        yield
    finally:
        _send(url, "DELETE")


def _send(url: str, method: str, body: Any = None) -> None:
    data = None if body is None else json.dumps(body).encode()
    answer = urllib3.request(
        method, url, body=data, headers={"content-type": "application/json"}, timeout=10, retries=False
    )
    if answer.status >= 400:
        raise RuntimeError(f"{url} answered {answer.status}")
