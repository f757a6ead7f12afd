"""Figures for operators: the names that steps report, and the port that takes them."""

from __future__ import annotations

from collections.abc import Callable

Observe = Callable[[str, float], None]
"""Takes a figure for operators: name and value. Nothing comes back from it."""

INTERVENED = "GuardrailIntervened"


def unobserved(name: str, value: float) -> None:
    """Lets a figure go."""
    del name, value
