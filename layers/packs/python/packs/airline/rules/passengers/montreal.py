"""The Montreal Convention of 1999: liability for death and injury, delay, baggage and cargo.

Articles 17 to 22; the limits are reviewed every five years (Article 24), the last revision counts from 28 December 2024. A
carrier is not liable for delay if it proves that it took all measures that could reasonably be required (Article 19). Limits
are ceilings for proven damage, never lump sums. Left out: time limits for complaints (Article 31), conversion of the special
drawing right (Article 23), states whose own law still holds older limits.
"""

from __future__ import annotations

from msgspec import Struct

SOURCE = "Montreal Convention Art. 19, 21, 22 (limits revised 28 December 2024)"
REVISED_ON = "2024-12-28"


class Limits(Struct, frozen=True, kw_only=True):
    """Limits in special drawing rights.

    Attributes:
        injury: Each passenger, death or injury: up to here without fault (Art. 21(1)).
        delay: Each passenger, delay (Art. 22(1)).
        baggage: Each passenger, baggage destroyed, lost, damaged or delayed (Art. 22(2)).
        cargo_per_kg: Each kilogram of cargo (Art. 22(3)).
    """

    injury: int
    delay: int
    baggage: int
    cargo_per_kg: int


_REVISED = Limits(injury=151_880, delay=6_303, baggage=1_519, cargo_per_kg=26)
_BEFORE = Limits(injury=128_821, delay=5_346, baggage=1_288, cargo_per_kg=22)

PASSENGER_DELAY_SDR = _REVISED.delay
BAGGAGE_SDR = _REVISED.baggage
CARGO_SDR_PER_KG = _REVISED.cargo_per_kg


def limits_on(day: str) -> Limits:
    """Limits of an ISO date: those of 28 December 2024 from that day on, those of 2019 before."""
    return _REVISED if day >= REVISED_ON else _BEFORE


def delay_liability_sdr(*, proven_damage_sdr: float, all_measures_taken: bool) -> float:
    """Liability to a passenger for delay, Articles 19 and 22(1), in special drawing rights."""
    return 0.0 if all_measures_taken else min(proven_damage_sdr, float(PASSENGER_DELAY_SDR))


def baggage_liability_sdr(*, proven_damage_sdr: float, declared_sdr: float | None = None) -> float:
    """Liability to a passenger for baggage, Article 22(2): up to the limit, or the declared interest."""
    return min(proven_damage_sdr, float(BAGGAGE_SDR) if declared_sdr is None else declared_sdr)


def cargo_liability_sdr(*, proven_damage_sdr: float, weight_kg: float, declared_sdr: float | None = None) -> float:
    """Liability for cargo, Article 22(3): per kilogram of the packages concerned, or the declared interest."""
    limit = CARGO_SDR_PER_KG * weight_kg if declared_sdr is None else declared_sdr
    return min(proven_damage_sdr, limit)


def strict_injury_sdr(proven_damage_sdr: float) -> float:
    """Part of the damage of death or injury that the carrier cannot exclude, Article 21(1)."""
    return min(proven_damage_sdr, float(_REVISED.injury))
