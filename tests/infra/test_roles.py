"""Who may do what: the exact matrix. A grant that is missing here, or one more than here, is a failure."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from infra.constructs.permissions import model_arns

KEY_READ = ("kms:Decrypt", "kms:DescribeKey")
KEY_WRITE = (*KEY_READ, "kms:Encrypt", "kms:GenerateDataKey", "kms:ReEncryptFrom", "kms:ReEncryptTo")
MODEL = ("bedrock:InvokeModel", "bedrock:InvokeModelWithResponseStream")
EVERY_FUNCTION = {
    ("logs:CreateLogStream", "own log"),
    ("logs:PutLogEvents", "own log"),
    ("xray:PutTelemetryRecords", "*"),
    ("xray:PutTraceSegments", "*"),
}
APPEND = ("dynamodb:PutItem", "audit")
CONCLUDE = {
    *((f"dynamodb:{action}", "runs") for action in ("BatchGetItem", "GetItem", "PutItem", "UpdateItem")),
    APPEND,
    ("events:PutEvents", "bus"),
    *((action, "key") for action in KEY_WRITE),
}
ACCEPT = {
    APPEND,
    *((f"dynamodb:{action}", "runs") for action in ("GetItem", "PutItem", "UpdateItem")),
    *((f"dynamodb:{action}", "idempotency") for action in ("DeleteItem", "GetItem", "PutItem", "UpdateItem")),
    ("states:StartExecution", "machine"),
    *((action, "key") for action in KEY_WRITE),
}
READ_RUN = {("dynamodb:GetItem", "runs"), ("dynamodb:BatchGetItem", "runs")}
WRITE_RUN = {("dynamodb:PutItem", "runs"), ("dynamodb:UpdateItem", "runs"), *((action, "key") for action in KEY_WRITE)}
READ_JOURNAL = {("dynamodb:BatchGetItem", "journal")}
OF_AN_AGENT = {
    *READ_RUN,
    ("dynamodb:PutItem", "journal"),
    ("bedrock:ApplyGuardrail", "guardrail"),
    *((action, "model") for action in MODEL),
    *((action, "key") for action in KEY_WRITE),
}
MATRIX: dict[str, set[tuple[str, str]]] = {
    "intake": ACCEPT,
    "receive": ACCEPT
    | {
        (f"sqs:{action}", "reported")
        for action in (
            "ChangeMessageVisibility",
            "DeleteMessage",
            "GetQueueAttributes",
            "GetQueueUrl",
            "ReceiveMessage",
        )
    },
    "runs": READ_RUN
    | READ_JOURNAL
    | {("dynamodb:Query", "audit"), ("dynamodb:Query", "runs/index/by_status"), ("dynamodb:Query", "runs/index/by_day")}
    | {(action, "key") for action in KEY_READ},
    "frame": WRITE_RUN
    | {
        APPEND,
        ("dynamodb:GetItem", "runs"),
        ("dynamodb:BatchGetItem", "things"),
        ("dynamodb:Query", "things"),
        ("dynamodb:Query", "spare_parts/index/by_depot"),
        ("bedrock:InvokeModel", "model"),
        ("bedrock:ApplyGuardrail", "guardrail"),
    },
    "collate": READ_RUN | READ_JOURNAL | WRITE_RUN | {APPEND},
    "decide": READ_RUN | READ_JOURNAL | WRITE_RUN | {APPEND},
    "publish": CONCLUDE,
    "close_run": CONCLUDE | {("sqs:SendMessage", "undelivered")},
    "anchor": {
        ("dynamodb:Query", "audit"),
        ("kms:Sign", "anchor key"),
        ("s3:PutObject", "anchors"),
        ("sqs:SendMessage", "undelivered"),
        *((action, "key") for action in KEY_READ),
    },
    "agent-guard": OF_AN_AGENT
    | {
        ("dynamodb:BatchGetItem", "things"),
        ("dynamodb:Query", "things"),
        ("dynamodb:Query", "spare_parts/index/by_depot"),
    },
    "agent-cost_watch": OF_AN_AGENT | {("dynamodb:BatchGetItem", "spare_parts"), ("dynamodb:Query", "spare_parts")},
    "agent-arbiter": OF_AN_AGENT,
}
FORBIDDEN_TO_AGENTS = re.compile(
    r"Scan|Delete|Update|BatchWrite|PartiQL|StartExecution|PutEvents|SendMessage|Invoke(?!Model)"
)


def statements(prod: Any, function: str) -> list[dict[str, Any]]:
    role = prod.function(function)["Role"]["Fn::GetAtt"][0]
    return [
        statement
        for policy in prod.of_type("AWS::IAM::Policy").values()
        if {"Ref": role} in policy["Roles"]
        for statement in policy["PolicyDocument"]["Statement"]
    ]


def words(resource: Any) -> str:
    """A resource in the words of the matrix."""
    text = json.dumps(resource)
    if resource == "*":
        return "*"
    index = re.search(r"/index/(\w+)", text)
    table = re.search(r"ExportsOutputFnGetAtt(\w+?)Table[0-9A-F]{8}", text)
    if table:
        name = {"SpareParts": "spare_parts"}.get(table[1], table[1].lower())
        return f"{name}/index/{index[1]}" if index else name
    known = {
        r'"\w+Log[0-9A-F]{8}", "Arn"': "own log",
        "ExportsOutputFnGetAttKey": "key",
        "ExportsOutputFnGetAttAnchorKey": "anchor key",
        r'ExportsOutputFnGetAttAnchors.*/\*"': "anchors",
        ":stateMachine:conclave-prod-small": "machine",
        '"Bus': "bus",
        '"Reported': "reported",
        '"Undelivered': "undelivered",
        "GuardrailArn": "guardrail",
        ":bedrock:": "model",
    }
    return next((name for pattern, name in known.items() if re.search(pattern, text)), text)


def several(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def allowed(prod: Any, function: str) -> set[tuple[str, str]]:
    return {
        (action, words(resource))
        for statement in statements(prod, function)
        for action in several(statement["Action"])
        for resource in several(statement["Resource"])
    }


@pytest.mark.parametrize("function", MATRIX)
def test_the_role_of_each_function_allows_exactly_this(prod: Any, function: str) -> None:
    assert allowed(prod, function) == MATRIX[function] | EVERY_FUNCTION


def test_the_matrix_names_every_function(prod: Any) -> None:
    prefix = f"{prod.stage.prefix(prod.pack)}-"
    names = {each["FunctionName"].removeprefix(prefix) for each in prod.of_type("AWS::Lambda::Function").values()}
    assert names == set(MATRIX)


def test_each_function_has_a_role_of_its_own_without_managed_policies(prod: Any) -> None:
    roles = [each["Role"]["Fn::GetAtt"][0] for each in prod.of_type("AWS::Lambda::Function").values()]
    assert len(roles) == len(set(roles))
    assert not [role for role in roles if "ManagedPolicyArns" in prod.resources[role]["Properties"]]


@pytest.mark.parametrize("agent", ["guard", "cost_watch", "arbiter"])
def test_agents_only_read(prod: Any, agent: str) -> None:
    actions = {action for action, _ in allowed(prod, f"agent-{agent}")}
    assert not [action for action in actions if FORBIDDEN_TO_AGENTS.search(action)]
    assert {resource for action, resource in allowed(prod, f"agent-{agent}") if action == "dynamodb:PutItem"} == {
        "journal"
    }


@pytest.mark.parametrize("agent", ["guard", "cost_watch", "arbiter"])
def test_an_agent_writes_only_its_own_entries_of_the_journal(prod: Any, agent: str) -> None:
    (writing,) = (each for each in statements(prod, f"agent-{agent}") if each["Action"] == "dynamodb:PutItem")
    assert writing["Condition"] == {"ForAllValues:StringLike": {"dynamodb:LeadingKeys": [f"*#{agent}"]}}


def test_whoever_appends_to_the_audit_can_neither_read_change_delete_nor_sign_it(prod: Any) -> None:
    for function in MATRIX:
        of_the_audit = {action for action, resource in allowed(prod, function) if resource == "audit"}
        anchoring = {action for action, resource in allowed(prod, function) if resource in {"anchor key", "anchors"}}
        assert of_the_audit in (set(), {"dynamodb:PutItem"}, {"dynamodb:Query"}), function
        assert bool(anchoring) == (function == "anchor")
    writers = {function for function in MATRIX if APPEND in allowed(prod, function)}
    assert writers == {"intake", "receive", "frame", "collate", "decide", "publish", "close_run"}


@pytest.mark.parametrize("function", ["intake", "frame", "collate", "decide", "publish", "close_run"])
def test_the_audit_grows_only_within_a_transaction(prod: Any, function: str) -> None:
    (writing,) = (each for each in statements(prod, function) if words(each["Resource"]) == "audit")
    assert writing["Condition"] == {"ForAnyValue:StringEquals": {"dynamodb:EnclosingOperation": ["TransactWriteItems"]}}


@pytest.mark.parametrize("function", ["frame", "agent-guard", "agent-cost_watch", "agent-arbiter"])
def test_a_model_answers_only_behind_the_guardrail_of_this_version(prod: Any, function: str) -> None:
    calling = [each for each in statements(prod, function) if "bedrock:InvokeModel" in several(each["Action"])]
    assert len(calling) == 1
    condition = calling[0]["Condition"]["StringEquals"]["bedrock:GuardrailIdentifier"]
    (guardrail, version) = (part["Fn::GetAtt"] for part in condition["Fn::Join"][1] if isinstance(part, dict))
    assert guardrail[1] == "GuardrailArn"
    assert version[1] == "Version"


@pytest.mark.parametrize(
    ("function", "model"),
    [("agent-guard", "fast"), ("agent-cost_watch", "balanced"), ("agent-arbiter", "strong"), ("frame", "fast")],
)
def test_each_function_calls_the_model_of_its_tier_and_no_other(prod: Any, function: str, model: str) -> None:
    from infra.engine_stack import MODELS

    id = json.loads(MODELS.read_text(encoding="utf-8"))["tiers"][model]
    (calling,) = (each for each in statements(prod, function) if "bedrock:InvokeModel" in several(each["Action"]))
    arns = [
        "".join(part if isinstance(part, str) else "x" for part in arn["Fn::Join"][1]) for arn in calling["Resource"]
    ]
    base = id.removeprefix("global.")
    assert {arn.rpartition("/")[2] for arn in arns} == {id, base}
    assert not [arn for arn in arns if "*" in arn]


def test_only_global_profiles_need_no_wildcard() -> None:
    assert [arn.rpartition(":")[2] for arn in model_arns("anthropic.one")] == ["foundation-model/anthropic.one"]
    assert [arn.rpartition(":")[2] for arn in model_arns("global.anthropic.one")] == [
        "inference-profile/global.anthropic.one",
        "foundation-model/anthropic.one",
        "foundation-model/anthropic.one",
    ]
    assert model_arns("eu.anthropic.one")[1].endswith(":bedrock:*::foundation-model/anthropic.one")


def test_the_machine_invokes_exactly_its_steps_by_their_alias(prod: Any) -> None:
    (machine,) = prod.of_type("AWS::StepFunctions::StateMachine").values()
    role = machine["RoleArn"]["Fn::GetAtt"][0]
    documents = [each for each in prod.of_type("AWS::IAM::Policy").values() if {"Ref": role} in each["Roles"]]
    invoking = [
        statement
        for document in documents
        for statement in document["PolicyDocument"]["Statement"]
        if statement["Action"] == "lambda:InvokeFunction"
    ]
    targets = {each["Ref"] for statement in invoking for each in statement["Resource"]}
    assert {prod.resources[target]["Type"] for target in targets} == {"AWS::Lambda::Alias"}
    assert len(targets) == 4 + len(prod.pack.agents)


def test_on_everything_only_tracing_and_log_delivery_are_allowed(prod: Any) -> None:
    actions = {
        action
        for policy in prod.of_type("AWS::IAM::Policy").values()
        for statement in policy["PolicyDocument"]["Statement"]
        if "*" in several(statement["Resource"])
        for action in several(statement["Action"])
    }
    assert {action.partition(":")[0] for action in actions} == {"logs", "xray"}
    assert not [action for action in actions if "*" in action]
