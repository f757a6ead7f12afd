"""The state of stacks as CloudFormation knows it: whether they stand, and why they do not."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from local.causes import failed_resource
from local.errors import CloudError

GOOD = frozenset({"CREATE_COMPLETE", "UPDATE_COMPLETE", "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS", "IMPORT_COMPLETE"})
"""States of a stack that stands as it was deployed last."""


def stand(client: Any, names: Sequence[str]) -> bool:
    """True if all of these stacks, one at least, are there and in a good state.

    Args:
        client: A client of CloudFormation.
        names: Names of the stacks.

    Raises:
        CloudError: CloudFormation does not answer.
    """
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        pages = client.get_paginator("describe_stacks").paginate()
        good = {stack["StackName"] for page in pages for stack in page["Stacks"] if stack["StackStatus"] in GOOD}
    except (BotoCoreError, ClientError) as error:
        raise CloudError("CloudFormation does not answer; run: conclave down, then conclave up") from error
    return bool(names) and good.issuperset(names)


def failure(client: Any, names: Sequence[str]) -> str:
    """The resource that made one of these stacks fail, with the reason; empty when CloudFormation tells none.

    Args:
        client: A client of CloudFormation.
        names: Names of the stacks, in the order of their deployment.
    """
    from botocore.exceptions import BotoCoreError, ClientError

    for name in names:
        try:
            told = failed_resource(client.describe_stack_events(StackName=name)["StackEvents"])
        except (BotoCoreError, ClientError):
            continue
        if told:
            return f"{name}: {told}"
    return ""
