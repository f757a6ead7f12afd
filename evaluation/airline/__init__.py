"""The airline suite: seeded disruptions, and an exact evaluation written apart from the pack's planner and checks."""

from evaluation.airline.faults import FAULTS
from evaluation.airline.judging import judge
from evaluation.airline.reading import read_all
from evaluation.airline.regimes import REGIMES, working_under
from evaluation.airline.scenarios import making
from evaluation.suite import Suite

SUITE = Suite(
    scenarios=making.scenarios,
    judge=judge,
    regimes=REGIMES,
    faults=FAULTS,
    working_under=working_under,
    read=read_all,
)
