"""Ports for servers that are started later, by another process."""

from __future__ import annotations

import random
import socket

RANGE = range(20_000, 30_000)
"""Below the ports that kernels give to outgoing connections, so that none of those takes one before its server does."""


def free_ports(count: int) -> list[int]:
    """Different ports of the loopback interface on which nobody listens; drawn, so that parallel tests do not meet."""
    found: list[int] = []
    # Not of the tests' own seeded generator: two workers would draw the same.
    for port in random.SystemRandom().sample(RANGE, len(RANGE)):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) != 0:
                found.append(port)
        if len(found) == count:
            return found
    raise AssertionError("there is no free port")
