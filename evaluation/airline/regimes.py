"""Duty rules that scenarios may be decided under."""

from __future__ import annotations

from evaluation.data import Changes, Rows

REGIMES = ("easa", "faa")


def working_under(rows: Rows, regime: str) -> Rows:
    """Rows whose airlines work under these duty rules; the rows themselves for ``""``.

    Args:
        rows: Rows of a network.
        regime: One of ``REGIMES``, or ``""``.
    """
    if not regime:
        return rows
    return rows.changed(Changes(put={"operators": [row | {"duty_regime": regime} for row in rows.all("operators")]}))
