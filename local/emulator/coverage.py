"""Parts of AWS that this cloud does, only takes note of, or does not have. Data, for people to read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

COVERAGE: Mapping[str, Sequence[str]] = {
    "emulated": (
        "CloudFormation, by the real CDK CLI from the templates that AWS gets",
        "Lambda: deployed zips, layers, versions and aliases, in an interpreter that holds nothing else",
        "Step Functions Standard (JSONPath; Parallel, Choice, Catch, Retry without its jitter, TimeoutSeconds), status events",
        "task tokens of Step Functions, each judged by the machine that gave it out",
        "API Gateway REST with AWS_IAM (unsigned calls get 403); WebSocket with a Lambda authoriser, and sending to connections",
        "EventBridge buses, rules, targets; SQS; SNS",
        "asynchronous invocations: three attempts, seconds apart instead of minutes, then the function's dead letters",
        "IAM: callers, roles, policies; leading keys, source and type of events, machine of a task token, encryption context;"
        " each function acts as its own role",
        "AppConfig: hosted documents, deployments, what functions read; rollback on alarm while a change is rolled out",
        "DynamoDB with conditions, transactions, indexes; streams to functions, filtered",
        "S3 with versions and Object Lock",
        "KMS: asymmetric keys that sign; symmetric ones that encrypt what a function hands them",
        "CloudWatch metrics (embedded ones too) and alarms on them, sums of several metrics too; composite alarms of these",
        "metrics of Lambda, Step Functions, API Gateway, SQS and Bedrock about themselves: those that alarms look at",
        "Bedrock guardrails and their versions (control plane)",
        "Bedrock runtime: Converse, ConverseStream, CountTokens; answered by the offline policy, which is not a model",
        "ApplyGuardrail: custom words, regular expressions, personal data of a fixed form",
    ),
    "approximated": (
        "ApplyGuardrail: denied topics by their example phrases, prompt attacks by a short list of phrases",
        "token counts: an estimate, since no tokenizer is on this machine",
        "prompt caching: lifetimes and floors of the provider, held in the stand-in's memory",
        "the functions' processor: this machine's, without the limits of their memory size",
        "concurrency: a bounded number of workers (CONCLAVE_WORKERS, 28 unless set); further invocations wait where AWS starts"
        " more or throttles, and their waiting counts in no time limit of a state; a caller of the API waits 15 s, then gets 429",
        "alarms: looked at when one of their metrics gets a value, not each minute; other metric math than a sum is not computed;"
        " one that somebody put into a state looks at what comes after that",
        "state transitions: the quota of most regions (800, and 800 a second), retries and last states of a machine not counted",
        "Lambda's metrics by alias: an invocation counts under each alias of the version that ran",
        "throttling of DynamoDB: only tables with a maximum (OnDemandThroughput), each request one unit",
        "metrics: the newest 60 values of each, so that sums and percentiles over a burst are of these",
        "a function that is given a task token and fails: its state waits to the end, where on AWS it fails at once",
        "log streams: one per function, version and day",
    ),
    "recorded": (
        "AWS::Budgets::Budget (described, never exceeded, no mail); a notice published to its topic has its effect",
        "AWS::ApplicationAutoScaling::ScalableTarget and ScalingPolicy",
        "validators of AppConfig: never asked; the command and each function check the document themselves",
        "dashboards, log retention, masking of logs, reserved and provisioned concurrency",
        "symmetric keys of KMS on tables, queues, buses, logs and variables",
        "time to live of DynamoDB items; retries and dead letters of streams (a failed batch is tried until it is too old)",
        "throttling and access log of the WebSocket API",
    ),
    "absent": (
        "durability: nothing outlives the emulator, neither runs, audits, anchors nor keys",
        "X-Ray",
        "quotas of AWS services, but for state transitions",
        "managed word lists, content filters other than prompt attack, names and addresses in guardrails",
        "verification of signatures: who signs is read, not proved",
        "IAM on calls of bedrock-runtime: the stand-in takes any caller",
        "InvokeModel and every other operation of bedrock-runtime",
        "CloudWatch metrics of AWS services about themselves that no alarm looks at",
        "StateMachine versions and aliases, CodeDeploy, weights of aliases (a run is pinned to versions instead)",
    ),
}


def table() -> dict[str, list[str]]:
    """The lists by name, ready for JSON."""
    return {name: list(entries) for name, entries in COVERAGE.items()}
