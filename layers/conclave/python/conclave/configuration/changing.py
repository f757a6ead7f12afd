"""Changing the configuration, whoever does it: what is found valid is entered in its audit, and then deployed."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from msgspec import Struct

from conclave.audit.chain import NewEntry
from conclave.configuration.changes import Change, changes_in, differing, entered
from conclave.configuration.document import SettingsInvalid
from conclave.configuration.faults import faults

UNDER_WAY = frozenset({"DEPLOYING", "VALIDATING", "BAKING", "ROLLING_BACK"})
ROLLED_OUT = frozenset({"COMPLETE", "BAKING"})
TAKEN_BACK = frozenset({"ROLLED_BACK", "REVERTED"})
"""States of a deployment, as AppConfig says them."""


class ChangeContended(Exception):
    """Somebody else's change was entered first; nothing was done."""


class AuditBusy(Exception):
    """The audit did not take the entry, and nothing was done; the message says why."""


class DocumentUnreadable(Exception):
    """The deployed document is not JSON."""


class Unchanged(ValueError):
    """The document to be set is deployed already."""


class NotDeployed(Exception):
    """A change is entered, and its deployment failed; ``number`` is the change's, the cause is chained."""

    def __init__(self, number: int) -> None:
        super().__init__(f"change {number} is entered, and not deployed")
        self.number = number


class TakenBack(Exception):
    """A change was taken back at once, since an alarm rings; ``number`` is the change's."""

    def __init__(self, number: int) -> None:
        super().__init__(f"change {number} was taken back at once: an alarm of the configuration rings")
        self.number = number


class Rollout(Struct, frozen=True, kw_only=True):
    """A deployment of the configuration.

    Attributes:
        number: Its number.
        state: ``COMPLETE``, ``DEPLOYING``, ``BAKING``, ``ROLLED_BACK`` and what else AppConfig says.
        percent: Share of the functions that have it.
        version: Version of the document that it deploys.
    """

    number: int
    state: str
    percent: float
    version: int


class Deployed(Protocol):
    """The configuration of a stage, for whoever changes it."""

    def packaged(self) -> dict[str, Any]:
        """The settings of the stage, which those of operators overrule."""
        ...

    def rollouts(self) -> list[Rollout]:
        """The newest deployments, newest first: at least one that is complete, if there is any."""
        ...

    def document(self, version: int) -> bytes:
        """The document of a version."""
        ...

    def entries(self) -> list[bytes]:
        """The audit of the changes, oldest first."""
        ...

    def enter(self, entry: NewEntry) -> None:
        """Adds an entry to the audit.

        Raises:
            ChangeContended: Somebody else's came first.
            AuditBusy: The audit did not take it.
        """
        ...

    def deploy(self, document: bytes, *, label: str, why: str, at_once: bool) -> int:
        """Begins to roll out a document, step by step as the stage does it, or ``at_once``; answers the deployment's number."""
        ...


class Made(Struct, frozen=True, kw_only=True):
    """A change that is entered and deployed.

    Attributes:
        change: The change, as its audit has it.
        deployment: Number of its deployment.
        rollout: The newest deployment, just after it began.
    """

    change: Change
    deployment: int
    rollout: Rollout


def under_way(configuration: Deployed) -> Rollout | None:
    """The deployment that is being rolled out or taken back; ``None`` where there is none."""
    newest = configuration.rollouts()[:1]
    return newest[0] if newest and newest[0].state in UNDER_WAY else None


def in_force(configuration: Deployed) -> dict[str, Any]:
    """The document of the newest deployment that was not taken back.

    Raises:
        DocumentUnreadable: It is not JSON: somebody deployed it by another way.
    """
    standing = [each for each in configuration.rollouts() if each.state not in TAKEN_BACK]
    if not standing:
        return {}
    try:
        document = json.loads(configuration.document(standing[0].version))
    except ValueError as error:
        raise DocumentUnreadable("what is deployed is not JSON; somebody deployed it by another way") from error
    return dict(document) if isinstance(document, dict) else {"": document}


def recorded(changes: Sequence[Change], deployed: Mapping[str, Any]) -> bool:
    """Whether the last change is what is deployed; without any, the configuration as packaged."""
    return (changes[-1].document if changes else {}) == deployed


def make_change(
    configuration: Deployed,
    before: Mapping[str, Any],
    after: Mapping[str, Any],
    *,
    by: str,
    why: str,
    at: str,
    to: int | None = None,
    at_once: bool,
) -> Made:
    """Enters a change in the audit, then deploys it.

    Args:
        configuration: The configuration.
        before: What is in force.
        after: What is set from now on.
        by: Who changes it.
        why: Their reason, which is kept for ever.
        at: When.
        to: Of a rollback, the change that it goes back to.
        at_once: Whether it is deployed at once, and not step by step.

    Raises:
        SettingsInvalid: The document is not valid; one fault after the other.
        Unchanged: It is what is deployed.
        ReasonMissing: Nobody, or no reason, is given.
        ChangeContended: Somebody else's change came first.
        NotDeployed: It is entered, and not deployed.
        TakenBack: An alarm took it back at once.
    """
    if found := faults(after, configuration.packaged()):
        raise SettingsInvalid("; ".join(found))
    paths = differing(before, after)
    entries = configuration.entries()
    changes = changes_in(entries)
    if not paths and (to is None or recorded(changes, in_force(configuration))):
        raise Unchanged("this is what is deployed already; nothing was changed")
    entry = entered(changes, after, by=by, why=why, at=at, paths=paths, to=to)
    configuration.enter(entry)
    # Read back from what was entered, and not from the audit, where somebody else's change may stand behind it by now.
    return deploy_entered(configuration, changes_in([*entries, entry.data])[-1], at_once=at_once)


def deploy_entered(configuration: Deployed, change: Change, *, at_once: bool) -> Made:
    """Deploys a change that is entered.

    Raises:
        NotDeployed: It cannot be deployed.
        TakenBack: An alarm took it back at once.
    """
    try:
        label = f"change-{change.number}"
        deployment = configuration.deploy(change.data, label=label, why=change.why, at_once=at_once)
    except Exception as error:
        raise NotDeployed(change.number) from error
    (newest,) = configuration.rollouts()[:1]
    if newest.state in TAKEN_BACK:
        raise TakenBack(change.number)
    return Made(change=change, deployment=deployment, rollout=newest)
