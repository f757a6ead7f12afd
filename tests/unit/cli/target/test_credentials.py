"""A stage that wants a token or a key says so in one line, before anything is sent."""

from __future__ import annotations

import base64
import json
import time
from typing import Any

import pytest

from cli.errors import CliError, ExitCode
from cli.target.credentials import api_key, credential
from cli.target.http import Signature, Token

JWT = {"Authorisation": "jwt"}


def token(**claims: Any) -> str:
    body = base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=")
    return f"e30.{body}.c2ln"


def test_signatures_where_the_stage_believes_them() -> None:
    assert isinstance(credential({}, None, "eu-west-1", {"CONCLAVE_TOKEN": token()}), Signature)
    assert isinstance(credential({"Authorisation": "iam"}, None, "eu-west-1", {}), Signature)


@pytest.mark.parametrize("claims", [{}, {"exp": time.time() + 600}])
def test_a_token_where_the_stage_wants_one(claims: dict[str, Any]) -> None:
    found = credential(JWT, None, "", {"CONCLAVE_TOKEN": f" {token(**claims)}\n"})
    assert isinstance(found, Token)
    assert found.headers("GET", "u", None, {})["Authorization"] == f"Bearer {token(**claims)}"


@pytest.mark.parametrize(
    ("environment", "message"),
    [
        ({}, "this stage wants a token"),
        ({"CONCLAVE_TOKEN": " "}, "this stage wants a token"),
        ({"CONCLAVE_TOKEN": token(exp=1)}, "the token in CONCLAVE_TOKEN has expired"),
        ({"CONCLAVE_TOKEN": "secret"}, "what CONCLAVE_TOKEN holds is not a token"),
        ({"CONCLAVE_TOKEN": "a.b.c"}, "what CONCLAVE_TOKEN holds is not a token"),
        ({"CONCLAVE_TOKEN": "a.W10.c"}, "what CONCLAVE_TOKEN holds is not a token"),
    ],
)
def test_a_token_that_cannot_serve_is_told_in_one_line(environment: dict[str, str], message: str) -> None:
    with pytest.raises(CliError, match=message) as caught:
        credential(JWT, None, "", environment)
    assert caught.value.exit_code == ExitCode.SETUP
    assert "\n" not in str(caught.value)
    assert "secret" not in str(caught.value)


def test_a_key_where_the_stage_has_quotas() -> None:
    assert api_key({}, {"CONCLAVE_API_KEY": "k"}) == ""
    assert api_key({"ApiKeyId": "id"}, {"CONCLAVE_API_KEY": "k"}) == "k"
    with pytest.raises(CliError, match="this stage wants an API key"):
        api_key({"ApiKeyId": "id"}, {})
