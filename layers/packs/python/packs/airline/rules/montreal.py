"""The Montreal Convention of 1999: liability for delay, with the limits in force since 28 December 2024.

Articles 19 and 22; the limits are reviewed every five years (Article 24). A carrier is not liable for delay if it proves
that it took all measures that could reasonably be required (Article 19). Limits are ceilings for proven damage, never lump sums.
"""

from __future__ import annotations

SOURCE = "Montreal Convention Art. 19, 22 (limits revised 28 December 2024)"

PASSENGER_DELAY_SDR = 6303
BAGGAGE_SDR = 1519
CARGO_SDR_PER_KG = 26


def delay_liability_sdr(*, proven_damage_sdr: float, all_measures_taken: bool) -> float:
    """Liability to a passenger for delay, Article 22(1), in special drawing rights."""
    return 0.0 if all_measures_taken else min(proven_damage_sdr, float(PASSENGER_DELAY_SDR))


def cargo_liability_sdr(*, proven_damage_sdr: float, weight_kg: float, declared_sdr: float | None = None) -> float:
    """Liability for cargo, Article 22(3): per kilogram of the packages concerned, or the declared interest."""
    limit = CARGO_SDR_PER_KG * weight_kg if declared_sdr is None else declared_sdr
    return min(proven_damage_sdr, limit)
