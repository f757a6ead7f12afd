#!/usr/bin/env bash
# Expected: pydifact reads the passenger list (PAXLST) that a carrier sends to border authorities, with its functional group
# (UNG ... UNE) between the interchange and its messages, as ISO 9735 allows and many authorities' guides ask for.
# Seen (pydifact 0.2.3, PyPI): the segments are read, but get_messages() raises "UNH segment was not closed with a UNT segment",
# although it is: the last segment before UNZ is UNE, which is not UNT. The same list without the group gives its message.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv tools
tools/bin/pip install --quiet --disable-pip-version-check pydifact==0.2.3
tools/bin/python -W ignore - <<'PY'
from pydifact.exceptions import EDISyntaxError
from pydifact.segmentcollection import Interchange

OPEN = "UNA:+.? 'UNB+UNOA:4+CARRIER+BORDER+261128:0730+REF1'"
MESSAGE = (
    "UNH+MSG1+PAXLST:D:12B:UN:IATA'BGM+745'TDT+20+XX017+++XX'LOC+125+AUH'DTM+189:2611281935:201'LOC+87+LHR'"
    "DTM+232:2611290005:201'NAD+FL+++DOE:JANE'ATT+2++F'DTM+329:800115'CNT+42:1'UNT+12+MSG1'"
)
GROUP, GROUP_END = "UNG+PAXLST+CARRIER+BORDER+261128:0730+1+UN+D:12B'", "UNE+1+1'"


def outcome(text):
    interchange = Interchange.from_str(text)
    try:
        return [message.type for message in interchange.get_messages()]
    except EDISyntaxError as error:
        return str(error)


plain = outcome(OPEN + MESSAGE + "UNZ+1+REF1'")
grouped = outcome(OPEN + GROUP + MESSAGE + GROUP_END + "UNZ+1+REF1'")
print("pydifact 0.2.3")
print("without a group:", plain)
print("with a group:   ", grouped)
assert plain == ["PAXLST"], f"changed: {plain}"
assert "UNH segment was not closed" in str(grouped), f"changed: {grouped}"
PY
