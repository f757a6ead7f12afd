"""The cause of a failed command of the CDK: the line of its output that tells it, out of many that do not."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

LONGEST = 500
"""Characters of a cause that are shown."""
_NOISE = ("Subprocess exited with error", "ELIFECYCLE", "npm ERR!", "Found errors", "NOTICES")
_FULL_DISK = re.compile(r"ENOSPC|No space left on device", re.IGNORECASE)
_GONE = re.compile(r"ECONNREFUSED|ECONNRESET|socket hang up")
_KINDS: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("finding", re.compile(r"^\[Error at (?P<told>/.+)")),
    ("synthesis", re.compile(r"^(?P<told>conclave: .+)")),
    ("resource", re.compile(r"(?P<told>\b(?:CREATE|UPDATE|DELETE)_FAILED\b.+)")),
    ("bundling", re.compile(r"^(?P<told>(?:error: |\u00d7 ).+)")),
    ("stack", re.compile(r"❌\s*(?P<told>.+)")),
    ("exception", re.compile(r"^(?P<told>(?:[\w.]+\.)?[A-Z]\w*(?:Error|Exception|Invalid|Unknown|Contradiction)\b.*)")),
)
_CANCELLED = ("cancelled", "canceled")


def cause(output: str, returned: int) -> str:
    """The cause in one line.

    Args:
        output: All that the command printed.
        returned: What it returned; negative for the signal that ended it.

    Returns:
        The first line of the kind that says most; the last line that says anything where there is none.
    """
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    telling = [line for line in lines if not any(noise in line for noise in _NOISE)]
    if any(_FULL_DISK.search(line) for line in lines):
        return "the disk is full; free some space and run it again"
    if returned < 0 or returned in {137, 143}:
        number = -returned if returned < 0 else returned - 128
        return f"it was ended by signal {number}; was there too little memory? Run it again"
    for _, pattern in _KINDS:
        found = [match["told"] for line in telling if (match := pattern.search(line))]
        if found:
            more = f" (and {len(found) - 1} more)" if len(found) > 1 else ""
            return found[0][: LONGEST - len(more)] + more
    if any(_GONE.search(line) for line in lines):
        return "the AWS emulator does not answer any more; run: conclave up"
    return (telling or lines or ["no output"])[-1][:LONGEST]


def failed_resource(events: Iterable[Mapping[str, object]]) -> str:
    """The resource that made a stack fail, with CloudFormation's reason; empty when no event tells one.

    Args:
        events: Events of the stack, newest first, as DescribeStackEvents gives them.
    """
    told = ""
    for event in events:
        reason = str(event.get("ResourceStatusReason") or "")
        if event.get("ResourceType") == "AWS::CloudFormation::Stack" and event.get("ResourceStatus") in _BEGUN:
            return told
        if not str(event.get("ResourceStatus")).endswith("_FAILED") or not reason:
            continue
        if any(word in reason.lower() for word in _CANCELLED):
            continue
        # The oldest failure is the cause; the others follow from it.
        told = f"{event.get('LogicalResourceId')} ({event.get('ResourceType')}): {' '.join(reason.split())}"[:LONGEST]
    return told


_BEGUN = frozenset({"CREATE_IN_PROGRESS", "UPDATE_IN_PROGRESS"})
