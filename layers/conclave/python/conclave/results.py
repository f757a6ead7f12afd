"""The results of a run's steps, as the phase machine reads them: references and booleans, no content.

The machine's selectors and choices are derived from these classes, so no step answers under one name and is asked by another.
"""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct

WARM_UP: Mapping[str, str] = {"conclave": "warm-up"}
"""The event that warms a function up; nothing else that invokes one looks like it."""
WARM_UP_ASKED = "WarmUp"
"""Type of the event on the bus, of which the functions on a run's path get ``WARM_UP``."""
SKIPPED = "skipped"
FAILED = "failed"


LIVE = "live"
"""The alias of each function, which stands for the version that was deployed last."""


class Framed(Struct, frozen=True, kw_only=True):
    """The result of ``frame``: whether there is a typed incident, and the fence that the rest of the run writes under.

    ``versions`` has for each agent the version of its function, or the alias, that answers in this run: the run's pin.
    ``recommended`` and ``revised`` say of a fork that it goes on behind the collation of that phase, which it took over.
    """

    run_id: str
    framed: bool
    fence: int
    versions: Mapping[str, str]
    recommended: bool = False
    revised: bool = False


class Branch(Struct, frozen=True, kw_only=True):
    """The end of an agent's branch. Written by the machine and ``run_agent``, never by a model.

    ``status`` is ``ok`` or ``unavailable`` (there is an entry in the journal), ``skipped``, or ``failed`` with the error's name.
    """

    agent: str
    phase: str
    status: str
    error: str = ""


class Route(Struct, frozen=True, kw_only=True):
    """The result of ``collate``: where the machine goes next.

    Attributes:
        halt: There is a reason to halt now.
        revise_any: Some agent has a reason to answer again.
        arbitrate: There is a feasible option to choose.
        revise: Whether each specialist answers again, by name.
    """

    halt: bool
    revise_any: bool
    arbitrate: bool
    revise: Mapping[str, bool]


class Settled(Struct, frozen=True, kw_only=True):
    """The result of ``settle``: whether people have to be waited for, how many seconds; and the fence to publish under."""

    run_id: str
    fence: int
    again: bool
    wait_seconds: int


class Proposed(Struct, frozen=True, kw_only=True):
    """The result of ``decide``: the status that is proposed, whether people have to act, and the fence to go on under."""

    status: str
    fence: int
    needs_people: bool = False
