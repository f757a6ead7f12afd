"""Who may do what: the declared matrix is exactly what the templates allow. One grant more or less is a failure."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Iterable
from typing import Any

import pytest
from conclave.api.intake import run_id_for
from conclave.audit.anchoring import is_anchor_name

from infra.constructs.permissions import model_arns
from infra.engine_stack import MODELS
from security.authority import CONDITIONS, WRITE_KEY, Places, Right, condition, matrix
from security.templates import Role, Templates

AGENTS = ["guard", "cost_watch", "arbiter"]
FORBIDDEN_TO_AGENTS = re.compile(
    r"Scan|Delete|Update|BatchWrite|PartiQL|StartExecution|PutEvents|Invoke(?!Model)|s3:|iam:|sts:"
)
Said = set[tuple[str, str, str, str]]
"""Effect, action, ARN, and the condition as JSON."""


def several(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def written(role: Role) -> Said:
    """What a role's policies say."""
    assert not [each for each in role.statements if "NotAction" in each or "NotResource" in each]
    return {
        (statement["Effect"], action, resource, json.dumps(statement.get("Condition", {}), sort_keys=True))
        for statement in role.statements
        for action in several(statement["Action"])
        for resource in several(statement["Resource"])
    }


def allowed(role: Role) -> set[tuple[str, str]]:
    """What a role may do, and where."""
    return {(action, resource) for effect, action, resource, _ in written(role) if effect == "Allow"}


def declared(places: Places, rights: Iterable[Right], function: str) -> Said:
    """What the matrix says for a function."""
    return {
        (
            right.effect,
            right.action,
            place,
            json.dumps(condition(right.when, function).written if right.when else {}, sort_keys=True),
        )
        for right in rights
        for place in places.of(right.on, function)
    }


class Deployment:
    """A deployed stage in plain values."""

    def __init__(self, deployed: Any, *, templates: list[Any] | None = None) -> None:
        self.prefix = deployed.stage.prefix(deployed.pack)
        self.pack = deployed.pack
        self.templates = Templates(templates or [deployed.data, deployed.engine, deployed.operations])
        tiers = json.loads(MODELS.read_text(encoding="utf-8"))["tiers"]
        self.places = Places(self.templates, prefix=self.prefix, tiers=tiers)
        self.matrix = matrix(deployed.pack, regulated=deployed.stage.regulated)
        self.roles = {role.function.removeprefix(f"{self.prefix}-"): role for role in self.templates.roles()}

    def differing(self) -> set[str]:
        """The functions whose role is not what the matrix says."""
        return {
            name
            for name, role in self.roles.items()
            if written(role) != declared(self.places, self.matrix[name], role.function)
        }

    def statements(self, function: str, action: str) -> list[Any]:
        return [each for each in self.roles[function].statements if action in several(each["Action"])]


@pytest.fixture(scope="module")
def deployment(prod: Any) -> Deployment:
    return Deployment(prod)


@pytest.mark.parametrize("stage", ["dev", "prod", "prod regulated"])
def test_every_role_says_exactly_what_the_matrix_says(deployed: Any, stage: str) -> None:
    deployment = Deployment(deployed(stage))
    assert set(deployment.matrix) == set(deployment.roles)
    for name, role in deployment.roles.items():
        assert written(role) == declared(deployment.places, deployment.matrix[name], role.function), name


def test_only_a_network_needs_a_denial(deployment: Deployment) -> None:
    assert {effect for role in deployment.roles.values() for effect, *_ in written(role)} == {"Allow"}


def test_the_matrix_reads_what_the_pack_declares_and_no_more(pack: Any) -> None:
    """Written out once by hand, so that matrix and grants cannot share a mistake in reading declarations."""
    reads = {
        name: {
            (right.action.removeprefix("dynamodb:"), right.on)
            for right in rights
            if right.on.startswith(("things", "spare"))
        }
        for name, rights in matrix(pack, regulated=False).items()
    }
    assert {name: each for name, each in reads.items() if each} == {
        "frame": {("BatchGetItem", "things"), ("Query", "things"), ("Query", "spare_parts/index/by_depot")},
        "agent-guard": {("BatchGetItem", "things"), ("Query", "things"), ("Query", "spare_parts/index/by_depot")},
        "agent-cost_watch": {("BatchGetItem", "spare_parts"), ("Query", "spare_parts")},
        "converse": {
            ("BatchGetItem", "things"),
            ("Query", "things"),
            ("BatchGetItem", "spare_parts"),
            ("Query", "spare_parts"),
            ("Query", "spare_parts/index/by_depot"),
        },
        "take": {
            ("BatchGetItem", "things"),
            ("Query", "things"),
            ("BatchGetItem", "spare_parts"),
            ("Query", "spare_parts"),
            ("Query", "spare_parts/index/by_depot"),
            ("DeleteItem", "spare_parts"),
            ("PutItem", "spare_parts"),
            ("UpdateItem", "spare_parts"),
        },
        "settle": {
            ("BatchGetItem", "things"),
            ("Query", "things"),
            ("BatchGetItem", "spare_parts"),
            ("Query", "spare_parts"),
            ("Query", "spare_parts/index/by_depot"),
        },
    }


def _policy_of(template: Any, function: str) -> Any:
    (role,) = (
        each["Properties"]["Role"]["Fn::GetAtt"][0]
        for each in template["Resources"].values()
        if each["Type"] == "AWS::Lambda::Function" and each["Properties"]["FunctionName"].endswith(function)
    )
    return next(
        each["Properties"]["PolicyDocument"]
        for each in template["Resources"].values()
        if each["Type"] == "AWS::IAM::Policy" and {"Ref": role} in each["Properties"]["Roles"]
    )


def _is(action: str) -> Any:
    return lambda each: action in several(each["Action"])


def _without(action: str) -> Any:
    def change(policy: Any) -> None:
        policy["Statement"] = [each for each in policy["Statement"] if not _is(action)(each)]

    return change


def _with(**changed: Any) -> Any:
    def change(policy: Any) -> None:
        policy["Statement"].append({"Effect": "Allow", **changed})

    return change


def _altered(action: str, **changed: Any) -> Any:
    def change(policy: Any) -> None:
        next(filter(_is(action), policy["Statement"])).update(changed)

    return change


@pytest.mark.parametrize(
    ("function", "change"),
    [
        ("-agent-guard", _with(Action="dynamodb:Scan", Resource="*")),
        ("-agent-guard", _with(Action="dynamodb:*", Resource={"Fn::GetAtt": ["Undelivered0", "Arn"]})),
        ("-agent-guard", _without("dynamodb:Query")),
        ("-agent-guard", _altered("bedrock:InvokeModel", Condition={})),
        ("-agent-guard", _altered("bedrock:InvokeModel", Resource="*")),
        ("-agent-cost_watch", _altered("xray:PutTraceSegments", Action=["xray:*"])),
        ("-agent-cost_watch", _without("bedrock:ApplyGuardrail")),
        ("-publish", _altered("events:PutEvents", Condition={})),
        ("-publish", _without("events:PutEvents")),
        ("-anchor", _without("kms:Sign")),
        ("-anchor", _altered("s3:PutObject", Resource={"Fn::Join": ["", ["arn:aws:s3:::anchors", "/*"]]})),
        ("-sweep", _without("states:DescribeExecution")),
        ("-intake", _without("states:StartExecution")),
        ("-runs", _with(Action="dynamodb:PutItem", Resource="*")),
        ("-heed", _without("appconfig:StartDeployment")),
        ("-review", _without("dynamodb:Query")),
        ("-gate", _without("dynamodb:Query")),
        ("-gate", _with(Action="lambda:UpdateAlias", Resource="*")),
        ("-review", _with(Action="dynamodb:PutItem", Resource="*")),
        ("-heed", _altered("dynamodb:Query", Condition={})),
        ("-heed", _with(Action="appconfig:StopDeployment", Resource="*")),
    ],
)
def test_a_right_more_or_less_is_noticed(prod: Any, deployment: Deployment, function: str, change: Any) -> None:
    template = copy.deepcopy(prod.engine)
    template["Resources"]["Undelivered0"] = {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": "q"}}
    change(_policy_of(template, function))
    assert deployment.differing() == set()
    changed = Deployment(prod, templates=[prod.data, template, prod.operations])
    assert changed.differing() == {function.removeprefix("-")}


def test_a_second_policy_of_a_role_is_noticed(prod: Any) -> None:
    template = copy.deepcopy(prod.engine)
    role = prod.function("runs")["Role"]["Fn::GetAtt"][0]
    statement = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}
    template["Resources"]["More"] = {
        "Type": "AWS::IAM::Policy",
        "Properties": {"Roles": [{"Ref": role}], "PolicyDocument": {"Statement": [statement]}},
    }
    assert Deployment(prod, templates=[prod.data, template, prod.operations]).differing() == {"runs"}


def test_each_function_has_a_role_of_its_own_without_managed_policies(prod: Any) -> None:
    roles = [each["Role"]["Fn::GetAtt"][0] for each in prod.of_type("AWS::Lambda::Function").values()]
    assert len(roles) == len(set(roles))
    for role in prod.of_type("AWS::IAM::Role").values():
        assert "ManagedPolicyArns" not in role


def test_who_changes_the_configuration_is_the_budget_or_a_person_and_enters_every_change(prod: Any) -> None:
    changing = re.compile(r"appconfig:(?!StartConfigurationSession|GetLatestConfiguration)")
    assert {
        name for name, role in Deployment(prod).roles.items() for action, _ in allowed(role) if changing.match(action)
    } == {"heed"}
    managed = {each["ManagedPolicyName"]: each for each in prod.of_type("AWS::IAM::ManagedPolicy").values()}
    assert managed.keys() == {"conclave-prod-small-configure", "conclave-prod-small-rollout"}
    policy = managed["conclave-prod-small-configure"]
    assert not {"Roles", "Users", "Groups"} & policy.keys()
    statements = {
        action: statement
        for statement in policy["PolicyDocument"]["Statement"]
        for action in several(statement["Action"])
    }
    assert {each for each in statements if not each.startswith("kms:")} == {
        *(
            f"appconfig:{each}"
            for each in (
                "CreateHostedConfigurationVersion",
                "GetHostedConfigurationVersion",
                "ListDeployments",
                "StartDeployment",
                "StopDeployment",
            )
        ),
        "cloudformation:DescribeStacks",
        "dynamodb:PutItem",
        "dynamodb:Query",
    }
    stack = json.dumps(statements["cloudformation:DescribeStacks"]["Resource"])
    assert '":stack/", {"Ref": "AWS::StackName"}, "/*"]' in stack
    own = {"dynamodb:LeadingKeys": ["configuration"]}
    entry = statements["dynamodb:PutItem"]["Condition"]
    assert (
        entry["ForAllValues:StringEquals"]
        == statements["dynamodb:Query"]["Condition"]["ForAllValues:StringEquals"]
        == own
    )
    assert entry["ForAnyValue:StringEquals"] == {"dynamodb:EnclosingOperation": ["TransactWriteItems"]}
    assert all(each["Resource"] != "*" for each in policy["PolicyDocument"]["Statement"])


def test_who_rolls_versions_out_asks_the_gate_and_changes_no_function(prod: Any) -> None:
    policies = prod.of_type("AWS::IAM::ManagedPolicy").values()
    (policy,) = (each for each in policies if each["ManagedPolicyName"].endswith("-rollout"))
    assert not {"Roles", "Users", "Groups"} & policy.keys()
    statements = [each for each in policy["PolicyDocument"]["Statement"] if "lambda:" in json.dumps(each["Action"])]
    assert {action for each in statements for action in several(each["Action"])} == {
        "lambda:GetAlias",
        "lambda:InvokeFunction",
    }
    (invoked,) = (each["Resource"] for each in statements if each["Action"] == "lambda:InvokeFunction")
    assert json.dumps(invoked).rstrip('"]}').endswith(":function:conclave-prod-small-gate:live")


def test_only_the_service_may_assume_a_role(prod: Any) -> None:
    trusted = {
        json.dumps(statement["Principal"])
        for role in prod.of_type("AWS::IAM::Role").values()
        for statement in role["AssumeRolePolicyDocument"]["Statement"]
    }
    services = ("lambda", "states", "apigateway", "appconfig")
    assert trusted == {json.dumps({"Service": f"{service}.amazonaws.com"}) for service in services}


@pytest.mark.parametrize("agent", AGENTS)
def test_agents_only_read(deployment: Deployment, agent: str) -> None:
    own = allowed(deployment.roles[f"agent-{agent}"])
    assert not [action for action, _ in own if FORBIDDEN_TO_AGENTS.search(action)]
    writing = {
        (action, place.rpartition("-")[2])
        for action, place in own
        if not re.search(r"Get|Query|Decrypt|Describe|kms:|bedrock:|xray:|logs:", action)
    }
    assert writing == {("dynamodb:PutItem", "journal"), ("sqs:SendMessage", "undelivered")}


def test_whoever_appends_to_the_audit_can_neither_read_change_delete_nor_sign_it(deployment: Deployment) -> None:
    rights = {
        name: {(right.action, right.on, right.when) for right in each} for name, each in deployment.matrix.items()
    }
    for name, each in rights.items():
        # The chains of the configuration's changes and of rollouts stand there, too; they are nobody's run.
        of_the_audit = {
            action
            for action, place, when in each
            if place == "audit" and not when.startswith(("of the configuration", "of rollouts"))
        }
        assert of_the_audit in (set(), {"dynamodb:PutItem"}, {"dynamodb:Query"}), name
        assert any(place in {"anchor key", "anchors"} for _, place, _ in each) == (name == "anchor")
    append = ("dynamodb:PutItem", "audit", "in a transaction")
    writers = {name for name, each in rights.items() if append in each}
    assert writers == {
        "intake",
        "receive",
        "frame",
        "collate",
        "decide",
        "publish",
        "close_run",
        "sweep",
        "consent",
        "erase",
        "hold",
        "settle",
        "approve",
        "feedback",
        "take",
        "fork",
        "gate",
    }


def test_only_who_erases_texts_and_who_takes_feeds_deletes_each_where_it_has_to(deployment: Deployment) -> None:
    deleting = {
        (name, right.on, right.when)
        for name, each in deployment.matrix.items()
        for right in each
        if right.action == "dynamodb:DeleteItem" and right.on != "idempotency"
    }
    assert deleting == {("erase", "journal", "in a transaction"), ("take", "spare_parts", "in a transaction")}


def test_only_who_takes_feeds_writes_a_table_of_the_pack_and_only_those_of_its_feeds(deployment: Deployment) -> None:
    tables = {table.name for table in deployment.pack.tables}
    writing = {
        (name, right.on, right.when)
        for name, each in deployment.matrix.items()
        for right in each
        if right.on in tables and re.search(r"dynamodb:(Put|Update|Delete|BatchWrite)", right.action)
    }
    assert writing == {("take", "spare_parts", "in a transaction")}


def test_an_anchor_is_written_under_a_name_of_an_anchor_only(deployment: Deployment) -> None:
    (place,) = {place for action, place in allowed(deployment.roles["anchor"]) if action == "s3:PutObject"}
    name = f"{run_id_for('prod', 'small', 'key')}/{6:06d}.json"
    assert is_anchor_name(name)
    assert len(place.partition("/")[2]) == len(name)
    pattern = place.partition("/")[2]
    assert all(each in ("?", letter) for each, letter in zip(pattern, name, strict=True))
    assert "*" not in pattern


def test_no_function_may_call_the_api_so_no_agent_consents_to_its_own_call(deployment: Deployment) -> None:
    """Sending to the connections of clients is all that anybody may of API Gateway, and only who tells or answers them."""
    for name, role in deployment.roles.items():
        of_the_gateway = {action for action, _ in allowed(role) if action.startswith("execute-api:")}
        sends = "listen" in deployment.roles and name in {"tell", "listen"}
        assert of_the_gateway == ({"execute-api:ManageConnections"} if sends else set()), name


def test_who_faces_clients_writes_nothing_of_a_run(deployment: Deployment) -> None:
    for name in {"tell", "listen"} & deployment.matrix.keys():
        written = {
            right.on
            for right in deployment.matrix[name]
            if re.search(r"dynamodb:(Put|Update|Delete|BatchWrite)", right.action)
        }
        assert written == {"events"}, name


def test_what_a_run_needs_is_allowed(deployment: Deployment) -> None:
    """Clean must not mean broken: what each step does, said once more from the side of the work."""
    needed = {
        "intake": {("states:StartExecution", "machine"), ("dynamodb:PutItem", "runs"), ("dynamodb:PutItem", "audit")},
        "receive": {("states:StartExecution", "machine"), ("dynamodb:UpdateItem", "idempotency")},
        "frame": {("bedrock:InvokeModel", "fast model"), ("dynamodb:UpdateItem", "runs")},
        "collate": {("dynamodb:BatchGetItem", "journal"), ("dynamodb:UpdateItem", "runs")},
        "decide": {("dynamodb:BatchGetItem", "journal"), ("dynamodb:UpdateItem", "runs")},
        "consent": {("dynamodb:PutItem", "runs"), ("dynamodb:PutItem", "audit")},
        "erase": {("dynamodb:DeleteItem", "journal"), ("dynamodb:PutItem", "runs"), ("events:PutEvents", "bus")},
        "publish": {("events:PutEvents", "bus"), ("dynamodb:PutItem", "audit")},
        "hold": {("states:StartExecution", "approvals"), ("kms:Encrypt", "key"), ("dynamodb:PutItem", "audit")},
        "settle": {("dynamodb:BatchGetItem", "runs"), ("dynamodb:PutItem", "runs"), ("dynamodb:PutItem", "audit")},
        "approve": {("states:SendTaskSuccess", "approvals"), ("kms:Decrypt", "key"), ("dynamodb:PutItem", "audit")},
        "feedback": {("events:PutEvents", "bus"), ("dynamodb:PutItem", "runs"), ("dynamodb:PutItem", "audit")},
        "fork": {("states:StartExecution", "machine"), ("dynamodb:PutItem", "runs"), ("events:PutEvents", "bus")},
        "gate": {
            ("states:StartExecution", "machine"),
            ("dynamodb:Query", "runs/index/by_day"),
            ("dynamodb:Query", "audit"),
            ("dynamodb:PutItem", "audit"),
        },
        "converse": {
            ("bedrock:InvokeModelWithResponseStream", "fast model"),
            ("dynamodb:PutItem", "journal"),
            ("dynamodb:UpdateItem", "spending"),
        },
        "take": {
            ("dynamodb:UpdateItem", "spare_parts"),
            ("dynamodb:UpdateItem", "runs"),
            ("dynamodb:Query", "runs/index/by_day"),
            ("events:PutEvents", "bus"),
            ("states:StartExecution", "machine"),
        },
        "close_run": {("events:PutEvents", "bus"), ("dynamodb:PutItem", "audit")},
        "anchor": {("kms:Sign", "anchor key"), ("s3:PutObject", "anchors"), ("dynamodb:Query", "audit")},
        "tell": {
            ("dynamodb:GetRecords", "stream of journal"),
            ("dynamodb:PutItem", "events"),
            ("dynamodb:GetItem", "runs"),
        },
        "sweep": {("states:DescribeExecution", "executions"), ("states:StartExecution", "machine")},
        "runs": {("dynamodb:Query", "runs/index/by_day"), ("dynamodb:Query", "audit")},
        "review": {("dynamodb:Query", "runs/index/by_day"), ("dynamodb:BatchGetItem", "journal")},
        "heed": {("appconfig:StartDeployment", "at once"), ("dynamodb:PutItem", "audit")},
        "agent-guard": {("bedrock:InvokeModelWithResponseStream", "fast model"), ("dynamodb:PutItem", "journal")},
        "agent-arbiter": {("bedrock:InvokeModelWithResponseStream", "strong model"), ("dynamodb:GetItem", "runs")},
    }
    for name, cells in needed.items():
        role = deployment.roles[name]
        wanted = {(action, place) for action, word in cells for place in deployment.places.of(word, role.function)}
        assert wanted <= allowed(role), name


@pytest.mark.parametrize("function", ["frame", "converse", *(f"agent-{agent}" for agent in AGENTS)])
def test_a_model_answers_only_behind_the_guardrail_of_this_version(prod: Any, function: str) -> None:
    role = prod.function(function)["Role"]["Fn::GetAtt"][0]
    calling = [
        statement
        for policy in prod.of_type("AWS::IAM::Policy").values()
        if {"Ref": role} in policy["Roles"]
        for statement in policy["PolicyDocument"]["Statement"]
        if "bedrock:InvokeModel" in several(statement["Action"])
    ]
    assert len(calling) == 1
    condition = calling[0]["Condition"]["StringEquals"]["bedrock:GuardrailIdentifier"]
    (guardrail, version) = (part["Fn::GetAtt"] for part in condition["Fn::Join"][1] if isinstance(part, dict))
    assert guardrail[1] == "GuardrailArn"
    assert version[1] == "Version"
    assert version[0] in prod.of_type("AWS::Bedrock::GuardrailVersion")


def test_only_global_profiles_need_no_wildcard() -> None:
    assert [arn.rpartition(":")[2] for arn in model_arns("anthropic.one")] == ["foundation-model/anthropic.one"]
    assert [arn.rpartition(":")[2] for arn in model_arns("global.anthropic.one")] == [
        "inference-profile/global.anthropic.one",
        "foundation-model/anthropic.one",
        "foundation-model/anthropic.one",
    ]
    assert model_arns("eu.anthropic.one")[1].endswith(":bedrock:*::foundation-model/anthropic.one")


def phase_machine(prod: Any) -> Any:
    machines = prod.of_type("AWS::StepFunctions::StateMachine").values()
    return next(each for each in machines if each["StateMachineName"] == "conclave-prod-small")


def test_the_machine_of_approvals_invokes_its_three_steps_and_does_nothing_else(prod: Any) -> None:
    (machine,) = (
        each
        for each in prod.of_type("AWS::StepFunctions::StateMachine").values()
        if each["StateMachineName"] == "conclave-prod-small-approvals"
    )
    role = machine["RoleArn"]["Fn::GetAtt"][0]
    documents = [each for each in prod.of_type("AWS::IAM::Policy").values() if {"Ref": role} in each["Roles"]]
    statements = [statement for document in documents for statement in document["PolicyDocument"]["Statement"]]
    (invoking,) = (each for each in statements if each["Action"] == "lambda:InvokeFunction")
    assert sorted(each["Ref"].partition("Live")[0] for each in invoking["Resource"]) == ["Hold", "Publish", "Settle"]
    others = {
        action.partition(":")[0] for each in statements if each is not invoking for action in several(each["Action"])
    }
    assert others == {"logs", "xray"}


def test_only_who_asks_encrypts_and_only_who_acts_decrypts_what_wakes_an_execution(deployment: Deployment) -> None:
    sealed = {
        (name, right.action)
        for name, each in deployment.matrix.items()
        for right in each
        if right.when == "for approvals" or right.action == "states:SendTaskSuccess"
    }
    assert sealed == {
        ("hold", "kms:Encrypt"),
        ("approve", "kms:Decrypt"),
        ("approve", "states:SendTaskSuccess"),
    }


def test_the_machine_invokes_its_steps_by_their_alias_and_agents_in_any_version(prod: Any) -> None:
    role = phase_machine(prod)["RoleArn"]["Fn::GetAtt"][0]
    documents = [each for each in prod.of_type("AWS::IAM::Policy").values() if {"Ref": role} in each["Roles"]]
    statements = [statement for document in documents for statement in document["PolicyDocument"]["Statement"]]
    invoking = [each for each in statements if each["Action"] == "lambda:InvokeFunction"]
    targets = [each for statement in invoking for each in statement["Resource"]]
    steps = {each["Ref"] for each in targets if "Ref" in each}
    assert {prod.resources[target]["Type"] for target in steps} == {"AWS::Lambda::Alias"}
    assert len(steps) == 5
    (agents,) = (each["Fn::Join"][1] for each in targets if "Ref" not in each)
    assert agents[-1] == ":function:conclave-prod-small-agent-*:*"
    others = {
        action.partition(":")[0] for each in statements if each not in invoking for action in several(each["Action"])
    }
    assert others == {"dynamodb", "kms", "logs", "xray"}


def test_only_versions_of_agents_outlive_a_deployment(prod: Any) -> None:
    versions = prod.of_type("AWS::Lambda::Version")
    kept = {name for name in versions if prod.resources[name].get("DeletionPolicy") == "Retain"}
    assert {name for name in versions if name.startswith("Agent")} == kept


def test_the_machine_changes_one_item_of_one_table_and_reads_nothing(prod: Any, deployment: Deployment) -> None:
    machine = phase_machine(prod)
    (policy,) = (
        each
        for _, each in deployment.templates.resources("AWS::IAM::Policy")
        if any(role.endswith(machine["RoleArn"]["Fn::GetAtt"][0]) for role in each["Roles"])
    )
    own = [
        each
        for each in policy["PolicyDocument"]["Statement"]
        if several(each["Action"])[0].startswith(("dynamodb:", "kms:"))
    ]
    runs, key = deployment.places.of("runs", ""), deployment.places.of("key", "")
    assert own == [
        {
            "Effect": "Allow",
            "Action": "dynamodb:UpdateItem",
            "Resource": runs[0],
            "Condition": {
                "ForAllValues:StringEquals": {"dynamodb:LeadingKeys": ["ADMISSION"]},
                "Null": {"dynamodb:LeadingKeys": "false"},
            },
        },
        {
            "Effect": "Allow",
            "Action": sorted(right.action for right in WRITE_KEY),
            "Resource": key[0],
            "Condition": CONDITIONS["for tables"]("").written,
        },
    ]


def test_on_everything_only_tracing_log_delivery_and_listing_streams_are_allowed(prod: Any) -> None:
    actions = {
        action
        for policy in prod.of_type("AWS::IAM::Policy").values()
        for statement in policy["PolicyDocument"]["Statement"]
        if "*" in several(statement["Resource"])
        for action in several(statement["Action"])
    }
    assert {action.partition(":")[0] for action in actions} == {"dynamodb", "logs", "xray"}
    assert not [action for action in actions if "*" in action]


def test_a_safety_agent_cannot_read_what_others_left_and_no_agent_leaves_anything(deployment: Deployment) -> None:
    rights = {name: {right.action for right in each if right.on == "cache"} for name, each in deployment.matrix.items()}
    assert {name: actions for name, actions in rights.items() if actions} == {
        "frame": {"dynamodb:BatchGetItem", "dynamodb:BatchWriteItem"},
        "agent-cost_watch": {"dynamodb:BatchGetItem"},
    }
    places = set(deployment.places.of("cache", ""))
    reaching = {name for name, role in deployment.roles.items() if places & {place for _, place in allowed(role)}}
    assert reaching == {"frame", "agent-cost_watch"}
