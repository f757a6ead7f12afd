"""The emulator's Cognito in a process of its own: pages to sign in at, PKCE, addresses and scopes checked; no revocation."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import boto3

NAME, PASSWORD = "mia", "Correct-horse-9-battery"
SCOPES = ("conclave-dev-airline/runs.read", "conclave-dev-airline/decisions.act")
SERVE = "import sys; from ministack.app import main; sys.argv = sys.argv[:1]; main()"
LOOPBACK = "127.0.0.1"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        return int(probe.getsockname()[1])


@contextmanager
def cognito(folder: Path) -> Iterator[str]:
    """The emulator, for as long as it is needed; gives its URL."""
    port = free_port()
    hosts = dict.fromkeys(("BIND_HOST", "SFTP_HOST", "MINISTACK_HOST"), LOOPBACK)
    own = {
        "PATH": os.defpath,
        "HOME": str(folder),
        "TMPDIR": str(folder),
        "GATEWAY_PORT": str(port),
        "LOG_LEVEL": "ERROR",
    }
    process = subprocess.Popen(
        [sys.executable, "-I", "-c", SERVE],
        env={**hosts, **own, "IOT_MTLS_ENABLED": "0"},
        cwd=folder,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.STDOUT,
    )
    try:
        for _ in range(600):
            with socket.socket() as probe:
                if probe.connect_ex((LOOPBACK, port)) == 0:
                    break
            assert process.poll() is None, "the emulator has ended"
            time.sleep(0.1)
        yield f"http://localhost:{port}"
    finally:
        process.kill()
        process.wait()


class People:
    """A user pool with one person in it.

    Attributes:
        url: Base URL of its pages.
    """

    def __init__(self, url: str) -> None:
        self.url = url
        keys = {"aws_access_key_id": "test", "aws_secret_access_key": "test", "region_name": "us-east-1"}
        self._idp: Any = boto3.client("cognito-idp", endpoint_url=url, **keys)  # type: ignore[call-overload]
        self._pool_id = self._idp.create_user_pool(PoolName="people")["UserPool"]["Id"]
        self._idp.create_resource_server(
            UserPoolId=self._pool_id,
            Identifier="conclave-dev-airline",
            Name="conclave-dev-airline",
            Scopes=[{"ScopeName": each.partition("/")[2], "ScopeDescription": each} for each in SCOPES],
        )
        self._idp.admin_create_user(UserPoolId=self._pool_id, Username=NAME, MessageAction="SUPPRESS")
        self._idp.admin_set_user_password(UserPoolId=self._pool_id, Username=NAME, Password=PASSWORD, Permanent=True)

    def client(self, addresses: Sequence[str]) -> str:
        """Id of a client as the stacks make it, whose people come back to these addresses, signed in or out."""
        made = self._idp.create_user_pool_client(
            UserPoolId=self._pool_id,
            ClientName="people",
            GenerateSecret=False,
            AllowedOAuthFlows=["code"],
            AllowedOAuthFlowsUserPoolClient=True,
            AllowedOAuthScopes=[*SCOPES],
            CallbackURLs=[*addresses],
            LogoutURLs=[*addresses],
            SupportedIdentityProviders=["COGNITO"],
        )
        return str(made["UserPoolClient"]["ClientId"])
