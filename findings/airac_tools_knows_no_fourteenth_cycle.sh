#!/usr/bin/env bash
# Expected: airac-tools, which computes the dates on which aeronautical data changes (AIRAC, every 28 days), knows that some years
# have fourteen cycles: 2020 had, from 2020-12-31 to 2021-01-27.
# Seen (airac-tools 1.0.11, PyPI): cycle 2014 is an invalid string, the last day of 2020 belongs to 2013 although that cycle's own
# end is the day before, `is_date_in_cycle` denies it, and the cycle after 2013 is 2101, four weeks too late.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv tools
tools/bin/pip install --quiet --disable-pip-version-check airac-tools==1.0.11
cat > check.py <<'PY'
from datetime import UTC, datetime

from airac_tools import cycle

day = datetime(2020, 12, 31, tzinfo=UTC)
of_day = cycle.get_current_cycle(day)
print("airac-tools 1.0.11: 2020-12-31 is in", of_day, "which ends", cycle.get_cycle_end_date(of_day))
print("the cycle after it:", cycle.get_next_cycle(day), "from", cycle.get_cycle_start_date(cycle.get_next_cycle(day)))
assert cycle.get_cycle_start_date("2001") == datetime(2020, 1, 2, tzinfo=UTC)
assert of_day == "2013", f"changed: {of_day}"
assert not cycle.is_date_in_cycle(day, of_day)
assert cycle.get_next_cycle(day) == "2101"
assert (cycle.get_cycle_start_date("2101") - cycle.get_cycle_start_date("2013")).days == 56
try:
    cycle.get_cycle_start_date("2014")
except ValueError as refused:
    print("2014:", refused)
else:
    raise AssertionError("changed: 2014 is known")
PY
tools/bin/python check.py
