#!/usr/bin/env bash
# Expected: readers of EventBridge's cron expressions find the next times of every expression that EventBridge documents: a day that
# not every month has, the last working day, and L as a day of the week, which is Saturday.
# Seen (PyPI): pyawscron 1.0.7 raises ValueError for the 31st of each month, for the 29th of February and for LW, and gives up with a
# plain Exception for L as a day of the week. aws-croniter 2.1.1 finds the first two, but raises ValueError for LW and TypeError for
# L as a day of the week. aws_cron_expression_validator 1.1.15 takes them all.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv tools
tools/bin/pip install --quiet --disable-pip-version-check pyawscron==1.0.7 aws-croniter==2.1.1 aws_cron_expression_validator==1.1.15
cat > check.py <<'PY'
from datetime import datetime, timezone

from aws_cron_expression_validator.validator import AWSCronExpressionValidator
from aws_croniter import AwsCroniter
from pyawscron import AWSCron

FROM = datetime(2026, 11, 1, tzinfo=timezone.utc)
READERS = {
    "pyawscron": lambda expression: AWSCron.get_next_n_schedule(2, FROM, expression),
    "aws-croniter": lambda expression: AwsCroniter(expression).get_next(FROM, 2),
}
SEEN = {
    "0 10 L * ? *": ("11-30 12-31", "11-30 12-31"),
    "0 10 31 * ? *": ("ValueError", "12-31 01-31"),
    "0 10 29 2 ? *": ("ValueError", "02-29 02-29"),
    "0 10 LW * ? *": ("ValueError", "ValueError"),
    "0 10 ? * L *": ("Exception", "TypeError"),
}


def found(read, expression):
    try:
        return " ".join(f"{time:%m-%d}" for time in read(expression))
    except Exception as error:
        return type(error).__name__


for expression, seen in SEEN.items():
    AWSCronExpressionValidator.validate(expression)
    now = tuple(found(read, expression) for read in READERS.values())
    print(f"{expression:22}", dict(zip(READERS, now)))
    assert now == seen, f"changed: {now}"
PY
tools/bin/python check.py
