#!/usr/bin/env bash
# Expected: tac-validate, which checks METARs for what Annex 3 and the WMO's code FM 15 allow, passes the wind shear group of a runway,
# "WS R18C" (FM 15, 15.13.3: WS, then the runway as R and its number; or WS ALL RWY), and refuses the old form "WS RWY18C".
# Seen (tac-validate 2026.9.22, PyPI): "R18C" behind WS is an error, "invalid RVR token", so a report that warns of wind shear fails a
# gate of errors; "WS RWY18C" passes without a remark. A state of the runway, as Russian and Norwegian reports had it, is read as a
# visual range and once more as a visibility: two errors for one group that is neither.
set -euo pipefail
python= # it asks for 3.12
for each in python3.14 python3.13 python3.12 python3; do
  if "$each" -c 'import sys; sys.exit(sys.version_info < (3, 12))' 2> /dev/null; then python=$each && break; fi
done
test -n "$python" || { echo "no Python 3.12 or newer on the path"; exit 1; }
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"$python" -m venv "$folder/tools"
cd "$folder"
tools/bin/pip install --quiet --disable-pip-version-check tac-validate==2026.9.22
cat > check.py <<'PY'
from tac_validate import lint


def errors(groups):
    report = lint(f"METAR EHAM 301225Z 22010KT 9999 -RA BKN012 08/07 Q1006 {groups}=")
    return [each.code for each in report.issues if getattr(each.severity, "value", each.severity) == "error"]


for groups in ("WS ALL RWY", "WS R18C", "WS R03", "WS RWY18C", "R06L/290050"):
    print(groups, errors(groups))
assert errors("WS ALL RWY") == []
assert errors("WS R18C") == errors("WS R03") == ["INVALID_RVR"], "changed: wind shear of a runway passes"
assert errors("WS RWY18C") == [], "changed: the old form is refused"
assert errors("R06L/290050") == ["INVALID_VISIBILITY", "INVALID_RVR"], "changed: a state of the runway"
PY
tools/bin/python check.py
