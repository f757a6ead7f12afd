"""What of AWS the local cloud does, what it only takes note of, and what it does not have: ``conclave status``."""

from __future__ import annotations

EMULATED = (
    "CloudFormation, by the real CDK CLI",
    "Lambda: the deployed zips and layers in worker processes",
    "Step Functions (JSONPath)",
    "API Gateway",
    "EventBridge",
    "DynamoDB",
    "SQS",
    "SNS",
    "S3",
    "CloudWatch metrics and single-metric alarms",
    "Bedrock runtime and guardrail: Conclave's stand-in with the offline policy, which is no model",
)
"""Runs, with the behaviour that Conclave needs."""
RECORDED = (
    "IAM policies (not enforced)",
    "Budgets",
    "Application Auto Scaling",
    "metric-math and composite alarms (not evaluated)",
    "dashboards",
)
"""Deploys from the same template, and then nothing happens."""
ABSENT = ("X-Ray", "provisioned concurrency", "throttling and quotas of AWS")
"""Not there at all."""


def table() -> dict[str, list[str]]:
    """The three lists by name."""
    return {"emulated": list(EMULATED), "recorded": list(RECORDED), "absent": list(ABSENT)}
