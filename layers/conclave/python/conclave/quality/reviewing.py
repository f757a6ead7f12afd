"""``review``: once a day, judges a sample of yesterday's runs by rule, and holds the day against those before it.

Nothing is written and nothing remembered: the days before are judged anew, by the same rules. So a rule that changes looks like
no drop, and whoever does this needs to read runs, and nothing else.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from hashlib import sha256
from statistics import fmean, pstdev

from msgspec import Struct

from conclave.clock import Clock, timestamp
from conclave.figures import QUALITY_BREACHES, QUALITY_DROP, QUALITY_RUNS, SOUND_ANSWERS, Observe
from conclave.pack import Pack
from conclave.quality.answers import Judged, judge_run
from conclave.quality.rules import Rule
from conclave.records.journal import Journal
from conclave.records.runs import RunNotFound, RunStore

PAGE = 100
MOST_PAGES = 50
"""Of the list of a day: the sample of a busier one is drawn from its newest 5,000 runs."""


class Sample(Struct, frozen=True, kw_only=True):
    """How much is looked at.

    Attributes:
        runs: Of a day, at most.
        band_days: Days before it.
        fewest_days: Of them, so many at least must have answers; else nothing is said of a drop.
    """

    runs: int
    band_days: int
    fewest_days: int


class Day(Struct, frozen=True, kw_only=True):
    """A day's sample, judged.

    Attributes:
        day: UTC day.
        runs: Runs that had answers to judge.
        answers: Their answers.
        sound: Those that break no rule.
        breaches: How often each rule was broken.
    """

    day: str
    runs: int
    answers: int
    sound: int
    breaches: Mapping[str, int]

    @property
    def share(self) -> float:
        """Share of sound answers; of a day without answers 1."""
        return self.sound / self.answers if self.answers else 1.0


class Reviewed(Struct, frozen=True, kw_only=True):
    """A review.

    Attributes:
        day: Yesterday.
        band: The days before it that had answers, oldest first.
        drop: By how many standard deviations of their shares the day lies below their mean; None where it cannot be said.
        unread: Runs that could not be judged.
    """

    day: Day
    band: Sequence[Day]
    drop: float | None
    unread: int


def review(
    *,
    pack: Pack,
    runs: RunStore,
    journal: Journal,
    clock: Clock,
    sample: Sample,
    observe: Observe,
    failed: Callable[[str, Exception], None] = lambda run_id, error: None,
) -> Reviewed:
    """Judges yesterday and the days before it, and tells the figures. Reads only; safe to repeat.

    Args:
        pack: The runs' domain.
        runs: The runs.
        journal: Where the arbiter's answers stand.
        clock: The time.
        sample: How much is looked at.
        observe: Takes the figures.
        failed: Is told of a run that could not be judged; the others are.
    """
    unread: list[str] = []

    def judged(run_id: str) -> Judged | None:
        try:
            return judge_run(run_id, pack=pack, runs=runs, journal=journal)
        except RunNotFound:
            return None  # the index still lists what has expired
        except Exception as error:  # one bad run must not keep the others from being judged
            unread.append(run_id)
            failed(run_id, error)
            return None

    def looked_at(days_ago: int) -> Day:
        day = timestamp(clock() - timedelta(days=days_ago))[:10]
        found = [one for run_id in sampled(runs, day, sample.runs) if (one := judged(run_id)) and one.answers]
        counted = Counter(breach.rule.value for one in found for breach in one.breaches)
        return Day(
            day=day,
            runs=len(found),
            answers=sum(one.answers for one in found),
            sound=sum(one.sound for one in found),
            breaches={rule.value: counted[rule.value] for rule in Rule},
        )

    before = [looked_at(days_ago) for days_ago in range(sample.band_days + 1, 1, -1)]
    day, band = looked_at(1), [each for each in before if each.answers]
    found = Reviewed(
        day=day,
        band=band,
        drop=drop(day, band) if day.answers and len(band) >= sample.fewest_days else None,
        unread=len(unread),
    )
    _tell(found, observe)
    return found


def sampled(runs: RunStore, day: str, most: int) -> list[str]:
    """Ids of runs of a day, at most so many: the same ones whenever they are drawn, and none for what is in them."""
    found, token = set[str](), ""
    for _ in range(MOST_PAGES):
        page = runs.by_day(day, PAGE, token)
        found |= {run.run_id for run in page.runs if not run.status.open}
        token = page.next
        if not token:
            break
    return sorted(found, key=lambda run_id: sha256(run_id.encode()).digest())[:most]


def drop(day: Day, band: Sequence[Day]) -> float:
    """By how many standard deviations the share of a day lies below the mean of days before it.

    A standard deviation is that of their shares, and no less than chance makes of as many answers as the day has: days that
    were all alike do not make every other day remarkable.
    """
    shares = [each.share for each in band]
    answers, sound = sum(each.answers for each in band), sum(each.sound for each in band)
    likely = (sound + 1) / (answers + 2)
    chance = math.sqrt(likely * (1 - likely) / day.answers)
    return (fmean(shares) - day.share) / max(pstdev(shares), chance)


def _tell(found: Reviewed, observe: Observe) -> None:
    observe(QUALITY_RUNS, found.day.runs)
    for rule, count in found.day.breaches.items():
        observe(QUALITY_BREACHES, count, rule=rule)
    if found.day.answers:
        observe(SOUND_ANSWERS, found.day.share)
    if found.drop is not None:
        observe(QUALITY_DROP, max(0.0, found.drop))
