"""People on the local cloud: an IAM user for each, whose path says in which group they are, and who may act on decisions."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from cli.errors import CliError, ExitCode
from cli.ports import Target

if TYPE_CHECKING:
    from cli.target.account import Account

_NAME = re.compile(r"[a-z][a-z0-9-]{0,30}")
POLICY = "acts-on-decisions"
_MAY = ("GET/v1/runs", "GET/v1/runs/*", "POST/v1/runs/*/approval", "POST/v1/runs/*/feedback")


def credentials_of(account: Account, target: Target, prefix: str, person: str, group: str) -> Any:
    """Credentials of a person, who is made where there is none of the name. An earlier key of theirs ends.

    Args:
        account: The local cloud.
        target: The deployment.
        prefix: What the names of its groups begin with.
        person: Their name.
        group: The group that they are in, without the prefix.

    Raises:
        CliError: The target is not the laptop, or the person cannot be that.
    """
    if not target.is_local:
        raise _wrong("--as is for the local cloud", "elsewhere a person signs in: docs/operations.md, Callers")
    if not _NAME.fullmatch(person):
        raise _wrong("a name has small letters, digits and hyphens", "as in --as mia")
    from botocore.credentials import Credentials

    iam, path = account.client("iam"), f"/{prefix}{group}/"
    try:
        known = iam.get_user(UserName=person)["User"]["Path"]
    except iam.exceptions.NoSuchEntityException:
        iam.create_user(UserName=person, Path=path)
        where = [f"arn:aws:execute-api:*:*:*/*/{each}" for each in _MAY]
        allowed = {"Effect": "Allow", "Action": "execute-api:Invoke", "Resource": where}
        document = json.dumps({"Version": "2012-10-17", "Statement": [allowed]})
        iam.put_user_policy(UserName=person, PolicyName=POLICY, PolicyDocument=document)
    else:
        if group and known != path:
            of = known.strip("/").removeprefix(prefix) or "no group"
            raise _wrong(f"{person} is in {of}, not in {group}", "take another name with --as")
    for old in iam.list_access_keys(UserName=person)["AccessKeyMetadata"]:
        iam.delete_access_key(UserName=person, AccessKeyId=old["AccessKeyId"])
    key = iam.create_access_key(UserName=person)["AccessKey"]
    return Credentials(key["AccessKeyId"], key["SecretAccessKey"])


def _wrong(message: str, advice: str) -> CliError:
    return CliError(message, advice=advice, code="person_unusable", exit_code=ExitCode.BAD_INPUT)
