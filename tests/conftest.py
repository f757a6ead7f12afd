"""Settings of every test."""

from __future__ import annotations

from hypothesis import settings

# A machine under load is slow, not wrong.
settings.register_profile("patient", deadline=None)
settings.load_profile("patient")
