"""The options as a prompt shows them: few rows, few cells, and one order that everybody reads alike.

What is equal for all options stands once before the header. Options that agree in everything that an agent sees share a row,
``O2 O5 O6``: whoever cannot tell them apart scores them alike. Options to which most of the fields do not apply (a flight that
does not operate) stand in a table of their own, so that what is equal for the others can stand once. An objective stands behind
the name of its field, ``delay_minutes:min:0.4``. The order of the scores in an answer is the order of the ids as they stand here,
from the first row to the last.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from msgspec import Struct

from conclave.pack import Agent
from conclave.types import Assessment, Option, ScoredOption
from conclave.untrusted.sections import Grid, cell

EARLIER = "earlier_score"
"""The column with what an agent gave an option when it answered first."""
FULL, SPARSE = "options", "others"


class Shown(Struct, frozen=True, kw_only=True):
    """The options as they are shown.

    Attributes:
        grids: Their tables.
        option_ids: All of them, in the order of the ids in the tables.
    """

    grids: Sequence[Grid]
    option_ids: Sequence[str]


def shown_options(
    agent: Agent,
    options: Sequence[Option],
    *,
    earlier: Assessment | None = None,
    scored: Mapping[str, ScoredOption] | None = None,
    preferences: Mapping[str, float] | None = None,
) -> Shown:
    """The options with the fields of an agent.

    Args:
        agent: Whose fields count.
        options: The options to show.
        earlier: The agent's own answer in ``recommend``, when it answers again.
        scored: The published scores, for the arbiter.
        preferences: Mean score of the business agents by option id, for the arbiter.
    """
    goals = {each.field: f":{each.goal}:{each.weight:g}" for each in agent.objectives}
    header = ["id", "action", *(f"{name}{goals.get(name, '')}" for name in agent.fields)]
    rows = {each.id: [each.action, *(cell(each.fields.get(name)) for name in agent.fields)] for each in options}
    if scored:
        header += ["total", "business"]
        for option_id, row in rows.items():
            row += [f"{scored[option_id].total:.4g}", f"{(preferences or {}).get(option_id, 0.0):.3g}"]
    if earlier is not None:
        header.append(EARLIER)
        for option_id, row in rows.items():
            row.append(cell(earlier.scores.get(option_id)))
    sparse = {each.id for each in options if _applying(agent, each) * 2 < len(agent.fields)}
    parts = {FULL: [each for each in rows if each not in sparse], SPARSE: [each for each in rows if each in sparse]}
    grids, order = [], []
    for kind, ids in parts.items():
        merged: dict[tuple[str, ...], list[str]] = {}
        for option_id in ids:
            merged.setdefault(tuple(rows[option_id]), []).append(option_id)
        grids.append(Grid(header, [[" ".join(named), *cells] for cells, named in merged.items()], kind))
        order += [option_id for named in merged.values() for option_id in named]
    return Shown(grids=grids, option_ids=order)


def _applying(agent: Agent, option: Option) -> int:
    return sum(option.fields.get(name) is not None for name in agent.fields)
