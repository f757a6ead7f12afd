"""Settings of every test."""

from __future__ import annotations

from importlib.util import find_spec
from zoneinfo import reset_tzpath

from hypothesis import settings

# A machine under load is slow, not wrong.
settings.register_profile("patient", deadline=None)
settings.register_profile("quick", deadline=None, max_examples=20)
settings.load_profile("patient")
if find_spec("tzdata"):  # an environment that is older than the lock has the zones of the system
    reset_tzpath(to=())
