#!/usr/bin/env bash
# Expected: Strands reports a model's stream that ends in the middle of an answer, without its closing messageStop, as a failure.
# Seen (strands-agents 1.62.0, PyPI): the agent returns normally with the stop reason end_turn. What had been said in the block
# that was cut is dropped without a word, so half an answer looks like a whole one.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv tools
tools/bin/pip install --quiet --disable-pip-version-check strands-agents==1.62.0
cat > cut_stream.py <<'PY'
from strands import Agent
from strands.models.model import Model

BLOCK = [
    {"contentBlockStart": {"start": {}}},
    {"contentBlockDelta": {"delta": {"text": "Delay the flight."}}},
    {"contentBlockStop": {}},
]
CUT = [{"contentBlockStart": {"start": {}}}, {"contentBlockDelta": {"delta": {"text": "But not if"}}}]


class Recorded(Model):
    """A model that streams what was recorded."""

    def __init__(self, events):
        self.events = [{"messageStart": {"role": "assistant"}}, *events]

    def update_config(self, **config):
        pass

    def get_config(self):
        return {}

    async def structured_output(self, *args, **kwargs):
        yield {}

    async def stream(self, messages, tool_specs=None, system_prompt=None, **kwargs):
        for event in self.events:
            yield event


result = Agent(model=Recorded([*BLOCK, *CUT]), callback_handler=None)("What now?")
print("strands-agents 1.62.0:", result.stop_reason, result.message["content"])
assert result.stop_reason == "end_turn", f"changed: {result.stop_reason}"
assert result.message["content"] == [{"text": "Delay the flight."}], f"changed: {result.message['content']}"
PY
tools/bin/python cut_stream.py
