"""People on the local cloud: an IAM user for each, whose path says in which group they are, and who may act on decisions."""

from __future__ import annotations

import json
import re
from typing import Any

_NAME = re.compile(r"[a-z][a-z0-9-]{0,30}")
_GROUP = re.compile(r"[a-z][a-z_]{0,39}")
POLICY = "acts-on-decisions"
_MAY = ("GET/v1/runs", "GET/v1/runs/*", "POST/v1/runs/*/approval", "POST/v1/runs/*/feedback")


class PersonUnusable(Exception):
    """Nobody can act like that; the message says why, ``advice`` what to do.

    Args:
        message: What is wrong.
        advice: What to do.
    """

    def __init__(self, message: str, advice: str) -> None:
        super().__init__(message)
        self.advice = advice


def credentials_of(iam: Any, prefix: str, person: str, group: str) -> Any:
    """Credentials of a person, who is made where there is none of the name. An earlier key of theirs ends.

    Args:
        iam: An IAM client of the local cloud.
        prefix: What the names of its groups begin with.
        person: Their name.
        group: The group that they are in, without the prefix; empty for whatever a person who is known is in.

    Raises:
        PersonUnusable: The person cannot be that.
    """
    if not _NAME.fullmatch(person):
        raise PersonUnusable("a name has small letters, digits and hyphens", "write it like mia")
    if group and not _GROUP.fullmatch(group):
        raise PersonUnusable("a group has small letters and underscores", "take one that the run names")
    from botocore.credentials import Credentials

    path = f"/{prefix}{group}/"
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
            raise PersonUnusable(f"{person} is in {of}, not in {group}", "take another name")
    for old in iam.list_access_keys(UserName=person)["AccessKeyMetadata"]:
        iam.delete_access_key(UserName=person, AccessKeyId=old["AccessKeyId"])
    key = iam.create_access_key(UserName=person)["AccessKey"]
    return Credentials(key["AccessKeyId"], key["SecretAccessKey"])
