"""The cost of the arbiter's tiers, and what they put at stake: ``python -m bench.tiers [--scenarios N] [--json]``.

The scenarios are those of the evaluation's generator, decided in this process by the offline policy. The arbiter's tokens are
counted once and charged three times: at the small model always, at the tier that the class of the choice gets, at the large
model always. The policy answers the same under every name, so the regret that it shows is the same for all three, and says
nothing about models. What a weaker model could lose is bounded instead: ``at_stake`` is the lead of the best total over the
next, by class, which whoever takes the second best loses.
"""

from __future__ import annotations

import statistics
import sys
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from conclave.agents.prices import PriceTable, price_table
from conclave.clock import SystemClock
from conclave.codec import decode
from conclave.pack import Agent, Pack
from conclave.testing.bus import RecordingBus
from conclave.testing.journal import MemoryJournal
from conclave.testing.room import Room
from conclave.testing.run_store import MemoryRunStore
from conclave.types import Choice, Complexity, Decision, Usage

from bench.deliberation.comparing import cases
from bench.deliberation.played import Case
from bench.report import options, report
from local.bedrock.offline.in_process import PolicyModel, policy_extractor

WEAK, STRONG = "fast", "reasoning"


@dataclass(frozen=True, slots=True)
class Chosen:
    """A choice of an arbiter.

    Attributes:
        complexity: Its class.
        usage: What the arbiter's calls used.
        lead: Of the best open total over the next; None where one option was open.
        regret: What the best open total has more than the chosen one.
    """

    complexity: Complexity
    usage: Usage
    lead: float | None
    regret: float


def chosen(pack: Pack, case: Case) -> Chosen | None:
    """The arbiter's choice in a case; None where nothing was left to choose."""
    prices, moment = price_table(), datetime.fromisoformat(case.received).astimezone(UTC)
    runs, journal = MemoryRunStore(), MemoryJournal()
    runs.create(case.run)

    def model(agent: Agent) -> PolicyModel:
        return PolicyModel(prices.model(agent.tier))

    room = Room(
        pack=pack,
        runs=runs,
        journal=journal,
        tables=case.tables,
        extractor=policy_extractor(prices.model(WEAK)),
        models=model,
        prices=prices,
        bus=RecordingBus(),
        clock=SystemClock(moment),
    )
    decision = room.deliberate("run")
    left = journal.read("run", [pack.arbiter.name], ["arbitrate"])
    if not left or not decision.option_id:
        return None
    choice = decode(next(iter(left.values())), Choice)
    return _weighed(choice, decision)


def _weighed(choice: Choice, decision: Decision) -> Chosen:
    totals = sorted((each.total for each in decision.options if not each.violations), reverse=True)
    lead = round(totals[0] - totals[1], 4) if len(totals) > 1 else None
    return Chosen(choice.complexity or Complexity.SIMPLE, choice.usage, lead, round(totals[0] - decision.total, 4))


def figures(pack: Pack, found: Sequence[Chosen]) -> dict[str, Any]:
    """Costs of the arbiter a choice, in US dollars, and what is at stake by class."""
    prices = price_table()
    by_class: dict[str, list[Chosen]] = defaultdict(list)
    for each in found:
        by_class[each.complexity.value].append(each)
    costs = {
        "always_fast": _mean_cost(found, prices, lambda _: WEAK),
        "by_class": _mean_cost(found, prices, lambda each: pack.arbiter.for_choice(each.complexity).tier),
        "always_strong": _mean_cost(found, prices, lambda _: STRONG),
    }
    return {
        "choices": len(found),
        "arbiter_usd_a_choice": costs,
        "ratio_to_always_strong": round(costs["by_class"] / costs["always_strong"], 3),
        "regret_mean": round(statistics.fmean(each.regret for each in found), 5),
        "classes": [
            {
                "name": name,
                "tier": pack.arbiter.for_choice(Complexity(name)).tier,
                "choices": len(by_class[name]),
                "at_stake_median": _at_stake(by_class[name]),
            }
            for name in Complexity
        ],
    }


def _mean_cost(found: Sequence[Chosen], prices: PriceTable, tier: Any) -> float:
    return round(statistics.fmean(prices.price(prices.model(tier(each))).cost(each.usage) for each in found), 6)


def _at_stake(found: Sequence[Chosen]) -> float | None:
    leads = [each.lead for each in found if each.lead is not None]
    return round(statistics.median(leads), 4) if leads else None


def bars(found: Mapping[str, Any]) -> dict[str, bool]:
    """The bars of this bench."""
    costs = found["arbiter_usd_a_choice"]
    return {
        "tiers by class cost at most 0.6 of the large model always": found["ratio_to_always_strong"] <= 0.6,
        "and no less than the small one always": costs["by_class"] >= costs["always_fast"],
        "the policy's regret is nothing under any tier": found["regret_mean"] == 0,
    }


def main() -> int:
    """Measures and prints; answers the exit code."""
    parser = options(__doc__)
    parser.add_argument("--scenarios", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    pack, asked_cases = cases(asked.scenarios, asked.seed)
    answered = [chosen(pack, case) for case in asked_cases]
    found = figures(pack, [each for each in answered if each is not None])
    return report("tiers", {"scenarios": asked.scenarios, **found}, bars=bars(found), asked=asked)


if __name__ == "__main__":
    sys.exit(main())
