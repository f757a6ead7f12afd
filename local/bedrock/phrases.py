"""Dates, times and durations as the engine reads them: the offline policy and the checks read with the same eyes."""

from __future__ import annotations

from conclave.phrases import Found as Found
from conclave.phrases import dates as dates
from conclave.phrases import minutes as minutes
from conclave.phrases import normal as normal
from conclave.phrases import times as times
