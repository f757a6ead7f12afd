"""``docs/api.md`` says of every route and every code what it is and what to do, and names none that there is not."""

from __future__ import annotations

import re
from collections.abc import Iterable
from enum import StrEnum
from pathlib import Path

import pytest
from conclave.codes import INCIDENT_PREFIX, Moment, ReasonCode, RequestCode, Withheld
from conclave.types import Phase, RunStatus

ROOT = Path(__file__).parents[4]
SECTIONS = {
    "Statuses of a run": RunStatus,
    "Reports that came before": Withheld,
    "Reasons of a decision": ReasonCode,
    "Refusals": RequestCode,
}


def rows(section: str) -> list[list[str]]:
    """The cells of the rows of a section's table."""
    page = (ROOT / "docs/api.md").read_text()
    (body,) = re.findall(rf"^## {section}$(.*?)(?=^## |\Z)", page, re.MULTILINE | re.DOTALL)
    lines = [line for line in body.splitlines() if line.startswith("| `")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def routes() -> set[str]:
    """The routes of the functions, as a caller writes them."""
    found = re.findall(
        r'^@app\.(\w+)\("([^"]+)"\)',
        "\n".join(path.read_text() for path in (ROOT / "lambdas").glob("*/handler.py")),
        re.MULTILINE,
    )
    return {f"{method.upper()} {path.replace('<', '{').replace('>', '}')}" for method, path in found}


@pytest.mark.parametrize("section", SECTIONS)
def test_the_page_has_every_code_once_with_what_to_do(section: str) -> None:
    table = rows(section)
    assert sorted(row[0].strip("`") for row in table) == sorted(SECTIONS[section])
    assert all(len(row) == len(table[0]) and all(row) for row in table)


def test_the_page_has_every_route_once() -> None:
    assert sorted(row[0].strip("`") for row in rows("Routes")) == sorted(routes())


def documented(members: Iterable[StrEnum], source: str) -> bool:
    """Whether a docstring follows each member where it is defined."""
    return all(re.search(rf'^    {each.name} = "{each.value}"\n    """\S', source, re.MULTILINE) for each in members)


@pytest.mark.parametrize("codes", [ReasonCode, RequestCode, Moment, RunStatus, Withheld])
def test_every_code_says_what_it_means(codes: type[StrEnum]) -> None:
    module = codes.__module__.replace(".", "/")
    assert documented(codes, (ROOT / f"layers/conclave/python/{module}.py").read_text())


def test_reasons_of_the_report_and_only_they_begin_with_the_prefix() -> None:
    ours = {code for code in ReasonCode if code.startswith(INCIDENT_PREFIX)}
    assert ours == {ReasonCode.INCIDENT_REFUSED, ReasonCode.INCIDENT_UNREADABLE, ReasonCode.INCIDENT_OUT_OF_RANGE}


def test_every_phase_has_an_end() -> None:
    ends = {Moment.end_of(phase) for phase in ("frame", *Phase, "decide")}
    assert ends == set(Moment) - {Moment.FRAME_STARTED, Moment.APPROVAL_ENDED}
