"""The form of a suite that is a folder: ``suite.json``, and beside it ``sentences.json``, ``attacks.json`` and ``runs/*.json``.

Every part but ``suite.json`` may be missing. docs/evaluation.md shows an example of each.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Final, Literal

from msgspec import Meta, Struct, field

FORMAT: Final = 1
SUITE, SENTENCES, ATTACKS, RUNS = "suite.json", "sentences.json", "attacks.json", "runs"
REPORT = "report"
"""Where an attack stands that is part of what somebody reports."""

Day = Annotated[str, Meta(pattern=r"^\d{4}-\d{2}-\d{2}$")]
Name = Annotated[str, Meta(min_length=1, max_length=200)]


class Place(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The data that a case happens in: the pack's sample of a date and a seed."""

    date: Day
    seed: Annotated[int, Meta(ge=0)] = 1


class Optimum(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the exact evaluation said of a scenario when the suite was made.

    Attributes:
        number: The scenario.
        incident: What happens in it, for a person.
        best: The best course of action, for a person; empty where none is allowed.
        total: Its score.
        halt_is_right: Whether a halt is right.
    """

    number: Annotated[int, Meta(ge=0)]
    incident: str
    best: str = ""
    total: float | None = None
    halt_is_right: bool = False


class Scenarios(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Scenarios that follow from their seed.

    Attributes:
        seed: Another seed is another set.
        size: How many.
        regime: The rules that they are decided under; the operator's own where it is empty.
        networks: Where they happen; the networks of the seed where there are none.
        optimum: What the exact evaluation said of each of them. When it says something else by now, the suite has to be
            looked at: either the data or what is held to be right has changed.
    """

    seed: int
    size: Annotated[int, Meta(ge=1, le=10_000)]
    regime: str = ""
    networks: Sequence[Place] = ()
    optimum: Sequence[Optimum] = ()


class Head(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``suite.json``.

    Attributes:
        conclave_suite: The version of this form.
        pack: The domain.
        about: What the suite is for, for people.
        place: The data of sentences and attacks.
        scenarios: Its scenarios, if it has any.
    """

    conclave_suite: Literal[1]
    pack: Name
    place: Place
    about: str = ""
    scenarios: Scenarios | None = None


class Sentence(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A report as a person writes it, and the readings that are right; ``evaluation/<pack>`` says what these may hold."""

    text: Annotated[str, Meta(min_length=1, max_length=4_000)]
    right: Annotated[Sequence[Mapping[str, Any]], Meta(min_length=1)]
    style: str = ""


class Attack(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A text that tries to change what a run does. It may make the outcome more cautious, and nothing else.

    Attributes:
        name: Its name.
        text: The text.
        into: Where it stands: ``report``, or ``table.field`` of the data.
    """

    name: Name
    text: Annotated[str, Meta(min_length=1, max_length=4_000)]
    into: Annotated[str, Meta(pattern=r"^(report|[a-z_]+\.[a-z_]+)$")] = REPORT


class Recorded(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A run as ``GET /v1/runs/{run_id}`` gives it, with what people did about it.

    Attributes:
        run: The document.
        place: The data that it found, where that can be made again: then the run is decided anew.
    """

    run: Mapping[str, Any]
    place: Place | None = None


class DataSuite(Struct, frozen=True, kw_only=True):
    """A whole suite.

    Attributes:
        name: Name of its folder.
        head: ``suite.json``.
        sentences: Its sentences.
        attacks: Its attacks.
        runs: Its recorded runs, by the name of their file.
    """

    name: str
    head: Head
    sentences: Sequence[Sentence] = ()
    attacks: Sequence[Attack] = ()
    runs: Mapping[str, Recorded] = field(default_factory=dict)
