#!/usr/bin/env bash
# Expected: flydenity, which tells the state of an aircraft from its registration, knows the airliners of Switzerland, Luxembourg,
# Kazakhstan and Hong Kong, or names all states that share a mark.
# Seen (flydenity 0.1.6, PyPI): HB-JHA is an aircraft of Liechtenstein, which shares the mark HB with Switzerland and has no
# airline; the answer is one state, and strict reading gives the same. LX-VCB (a mark of Luxembourg's cargo airline) and UP-B1801 (the
# form that Kazakhstan gives its airliners) are of no state, and B-K.., Hong Kong's, are China's without a word of Hong Kong, while
# Taiwan's five figures behind the same B are told apart.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv tools
tools/bin/pip install --quiet --disable-pip-version-check flydenity==0.1.6
cat > check.py <<'PY'
import warnings

warnings.simplefilter("ignore")
from flydenity import Parser

parser = Parser()
seen = {mark: parser.parse(mark) for mark in ("HB-JHA", "LX-VCB", "UP-B1801", "B-KPO", "B-18901", "9H-QAA")}
for mark, found in seen.items():
    print(mark, found and found["nation"])
assert seen["9H-QAA"]["nation"] == "Malta"
assert seen["HB-JHA"]["iso2"] == "LI", "changed: HB is not Liechtenstein's alone"
assert parser.parse("HB-JHA", strict=True)["iso2"] == "LI"
assert seen["LX-VCB"] is None, "changed: Luxembourg's airliners are known"
assert seen["UP-B1801"] is None, "changed: Kazakhstan's airliners are known"
assert (seen["B-KPO"]["iso2"], seen["B-18901"]["iso2"]) == ("CN", "TW"), "changed: Hong Kong is told apart"
PY
tools/bin/python check.py
