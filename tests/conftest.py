"""Settings of every test."""

from __future__ import annotations

import gc
from importlib.util import find_spec
from zoneinfo import reset_tzpath

from hypothesis import settings

# A machine under load is slow, not wrong.
settings.register_profile("patient", deadline=None)
settings.register_profile("quick", deadline=None, max_examples=10)
settings.load_profile("patient")
if find_spec("tzdata"):  # an environment that is older than the lock has the zones of the system
    reset_tzpath(to=())


def pytest_collection_finish() -> None:
    """What was collected lives to the end: the collector need not look at it for each 2,000 new objects."""
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)
