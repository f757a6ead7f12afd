from __future__ import annotations

from conclave.pack import load_pack
from conclave.types import Complexity, Usage

from bench.tiers import Chosen, bars, figures

AIRLINE = load_pack("airline")
USED = Usage(input_tokens=1_000, output_tokens=100)


def found(*classes: Complexity, regret: float = 0.0) -> list[Chosen]:
    return [Chosen(each, USED, 0.1, regret) for each in classes]


def test_each_choice_is_charged_at_the_tier_of_its_class() -> None:
    made = figures(AIRLINE, found(Complexity.SIMPLE, Complexity.COMPLEX))
    costs = made["arbiter_usd_a_choice"]
    small, large = 1_000 * 0.10e-6 + 100 * 0.50e-6, 1_000 * 2.0e-6 + 100 * 10e-6
    assert costs["always_fast"] == round(small, 6)
    assert costs["always_strong"] == round(large, 6)
    assert costs["by_class"] == round((small + large) / 2, 6)
    assert [(each["name"], each["choices"]) for each in made["classes"]] == [
        ("simple", 1), ("moderate", 0), ("complex", 1), ("reasoning", 0),
    ]  # fmt: skip


def test_the_bars_can_be_missed() -> None:
    hard = figures(AIRLINE, found(Complexity.COMPLEX, Complexity.REASONING))
    assert bars(hard)["tiers by class cost at most 0.6 of the large model always"] is False
    wrong = figures(AIRLINE, found(Complexity.SIMPLE, regret=0.1))
    assert bars(wrong)["the policy's regret is nothing under any tier"] is False
    assert all(bars(figures(AIRLINE, found(Complexity.SIMPLE, Complexity.MODERATE))).values())
