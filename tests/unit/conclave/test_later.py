from __future__ import annotations

import json
import subprocess
import sys

import pytest
from conclave.pack import PackInvalid, later
from msgspec import structs
from packs.airline import PACK

LOADED = """
import json, sys
from packs.airline import PACK
before = [name for name in sys.modules if name.startswith("packs.airline.")]
names = [agent.name for agent in PACK.agents]
tools = [tool.name for tool in PACK.agent("cargo").checks]
after = [name for name in sys.modules if name.startswith("packs.airline.tools.")]
print(json.dumps({"before": before, "names": names, "tools": tools, "after": after}))
"""
PARTS = ("tools", "planning", "sample_data", "resolve", "reading.rereading", "reading.plainly", "reported")


def test_a_pack_loads_neither_tools_nor_planner_before_somebody_uses_them() -> None:
    done = subprocess.run([sys.executable, "-c", LOADED], capture_output=True, text=True, check=True)
    found = json.loads(done.stdout)
    heavy = tuple(f"packs.airline.{part}" for part in PARTS)
    assert [name for name in found["before"] if name.startswith(heavy)] == []
    assert "arbiter" in found["names"]
    assert found["tools"] == ["shipments"]
    assert "packs.airline.tools.cargo" in found["after"]
    assert "packs.airline.tools.finance" not in found["after"]


def test_a_reference_is_what_it_leads_to() -> None:
    assert later.function("json", "dumps")([1]) == "[1]"
    pair = later.tools("json", "dumps", "loads")
    assert list(pair) == [json.dumps, json.loads]
    assert (pair[0], pair[1:], len(pair)) == (json.dumps, (json.loads,), 2)


def test_a_pack_with_a_reference_to_nothing_is_refused() -> None:
    agents = [structs.replace(PACK.agents[0], tools=later.tools("json", "whistle")), *PACK.agents[1:]]
    lost = structs.replace(PACK, plan=later.function("packs.airline.planner_of_old", "plan"), agents=agents)
    with pytest.raises(PackInvalid) as refused:
        lost.validate()
    assert "planner_of_old" in str(refused.value)
    assert "whistle" in str(refused.value)
