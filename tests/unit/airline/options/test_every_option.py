"""Every option, whatever the cause and the duty regime: declared actions and fields, no figure that a check refutes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from packs.airline.fields import ACTIONS, FIELDS
from packs.airline.models import Cause

pytestmark = pytest.mark.slow

Decide = Callable[..., Any]

CASES: list[dict[str, Any]] = [
    {"flight": "EY17", "cause": Cause.TECHNICAL},
    {"flight": "EY17", "cause": Cause.ATC, "delay_minutes": 420},
    {"flight": "EY18", "cause": Cause.TECHNICAL, "delay_minutes": 300},
    {"flight": "EY33", "cause": Cause.CREW},
    {"flight": "EY33", "cause": Cause.OTHER, "delay_minutes": 600},
    {"flight": "EY34", "cause": Cause.CREW},
    {"flight": "EY73", "cause": Cause.AIRPORT, "delay_minutes": 330},
    {"flight": "EY103", "cause": Cause.TECHNICAL},
    {"flight": "EY454", "cause": Cause.CARGO, "delay_minutes": 180},
    {"flight": "EY715", "cause": Cause.TECHNICAL},
    {"flight": "EY759", "cause": Cause.WEATHER},
    {"flight": "EY73", "cause": Cause.WEATHER},
    {"flight": "EY789", "cause": Cause.AIRPORT, "delay_minutes": 300},
    {"flight": "EY790", "cause": Cause.LATE_INBOUND, "delay_minutes": 300},
]
NAMES = {field.name: field.type for field in FIELDS}


@pytest.mark.parametrize("regime", ["easa", "faa"])
@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case['flight']}-{case['cause']}")
def test_options_are_declared_whole_and_hold_before_the_checks(
    decide: Decide, case: dict[str, Any], regime: str, without: Any
) -> None:
    room = decide(without("operators", duty_regime=regime), **case)
    assert not [gap for gap in room.gaps if gap.item.startswith("options/")]
    for option in room.options:
        assert option.action in ACTIONS
        assert set(option.fields) == set(NAMES), option.action
        wrong = {
            name: value for name, value in option.fields.items() if value is not None and type(value) is not NAMES[name]
        }
        assert not wrong, option.action
    assert any(not score.violations for score in room.scored)


def test_every_action_is_offered_somewhere(decide: Decide) -> None:
    # An action that is declared and never built would be a promise in the documentation only.
    offered = {option.action for case in CASES for option in decide(**case).options}
    assert offered == set(ACTIONS)
