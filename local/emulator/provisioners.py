"""CloudFormation resource types that the emulator's services know but its CloudFormation does not.

Each entry has the shape of the emulator's own table: ``create(logical_id, properties, stack)`` and
``update(physical_id, old, new, stack)`` answer ``(physical id, attributes)``, ``delete(physical_id, properties)`` nothing.
The physical id is what ``Ref`` gives, the attributes what ``Fn::GetAtt`` gives, both as on AWS.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from ministack.core.responses import get_account_id, get_region
from ministack.services import bedrock, budgets, cloudwatch, lambda_svc
from ministack.services.cloudformation import provisioners

from local.emulator.watching.storing import computed

Properties = dict[str, Any]
Provisioned = tuple[str, dict[str, Any]]

_POLICIES: Mapping[str, str] = {
    "TopicPolicyConfig": "TopicPolicy",
    "ContentPolicyConfig": "ContentPolicy",
    "WordPolicyConfig": "WordPolicy",
    "SensitiveInformationPolicyConfig": "SensitiveInformationPolicy",
    "ContextualGroundingPolicyConfig": "ContextualGroundingPolicy",
}
_emulated_alarm = dict(provisioners._RESOURCE_HANDLERS["AWS::CloudWatch::Alarm"])
_emulated_function = dict(provisioners._RESOURCE_HANDLERS["AWS::Lambda::Function"])


class ProvisioningFailed(ValueError):
    """A service of the emulator refused what the template asks for; CloudFormation reports the message."""


def _body(answer: tuple[Any, ...], what: str) -> dict[str, Any]:
    """The parsed body of a service's answer; an error of the service fails the resource."""
    status, _, raw = answer
    text = raw.decode() if isinstance(raw, bytes) else str(raw or "")
    if status >= 400:
        raise ProvisioningFailed(f"{what}: {text}")
    return json.loads(text) if text.lstrip().startswith("{") else {}


def policies_from(properties: Properties) -> dict[str, Any]:
    """A guardrail's policies as GetGuardrail answers them: ``TopicsConfig`` becomes ``Topics``, and so on.

    The emulator stores what CreateGuardrail was given under the answer's name, in the request's shape, which SDKs then drop.
    """
    return {
        stored: _without_config(properties[declared]) if properties.get(declared) else None
        for declared, stored in _POLICIES.items()
    }


def _without_config(policy: dict[str, Any]) -> dict[str, Any]:
    return {
        "Tier" if key.endswith("TierConfig") else key.removesuffix("Config"): value for key, value in policy.items()
    }


def _guardrail_request(properties: Properties) -> bytes:
    return json.dumps(
        {
            "name": properties["Name"],
            "description": properties.get("Description", ""),
            "blockedInputMessaging": properties["BlockedInputMessaging"],
            "blockedOutputsMessaging": properties["BlockedOutputsMessaging"],
            "kmsKeyId": properties.get("KmsKeyArn"),
            "tags": [{"key": tag["Key"], "value": tag["Value"]} for tag in properties.get("Tags", [])],
        }
    ).encode()


def _guardrail_attributes(record: dict[str, Any]) -> Provisioned:
    names = ("GuardrailArn", "GuardrailId", "Version", "Status", "CreatedAt", "UpdatedAt")
    return record["GuardrailArn"], {name: record[name] for name in names}


def _create_guardrail(logical_id: str, properties: Properties, stack: str) -> Provisioned:
    created = _body(bedrock._create_guardrail(_guardrail_request(properties)), logical_id)
    record = bedrock._guardrails[created["guardrailId"]]
    record.update(policies_from(properties))
    return _guardrail_attributes(record)


def _update_guardrail(physical_id: str, old: Properties, new: Properties, stack: str) -> Provisioned:
    updated = _body(bedrock._update_guardrail(physical_id, _guardrail_request(new)), physical_id)
    record = bedrock._guardrails[updated["guardrailId"]]
    record.update(policies_from(new))
    return _guardrail_attributes(record)


def _delete_guardrail(physical_id: str, properties: Properties) -> None:
    bedrock._delete_guardrail(physical_id, {})


def _create_guardrail_version(logical_id: str, properties: Properties, stack: str) -> Provisioned:
    identifier = properties["GuardrailIdentifier"]
    created = _body(bedrock._create_guardrail_version(identifier, b"{}"), logical_id)
    guardrail, version = created["guardrailId"], created["version"]
    arn = bedrock._guardrails[guardrail]["GuardrailArn"]
    return f"{guardrail}|{version}", {"GuardrailArn": arn, "GuardrailId": guardrail, "Version": version}


def _update_guardrail_version(physical_id: str, old: Properties, new: Properties, stack: str) -> Provisioned:
    if old != new:
        return _create_guardrail_version(physical_id, new, stack)
    guardrail, version = physical_id.split("|")
    arn = bedrock._guardrails[guardrail]["GuardrailArn"]
    return physical_id, {"GuardrailArn": arn, "GuardrailId": guardrail, "Version": version}


def _delete_guardrail_version(physical_id: str, properties: Properties) -> None:
    bedrock._guardrail_versions.pop(physical_id.replace("|", "/"), None)


def budget_from(logical_id: str, properties: Properties, stack: str) -> dict[str, Any]:
    """The CreateBudget form of a template's budget: amounts are strings there, and it must have a name."""
    budget = dict(properties["Budget"])
    budget.setdefault("BudgetName", f"{stack}-{logical_id}")
    if "BudgetLimit" in budget:
        budget["BudgetLimit"] = {**budget["BudgetLimit"], "Amount": str(budget["BudgetLimit"]["Amount"])}
    return budget


def _create_budget(logical_id: str, properties: Properties, stack: str) -> Provisioned:
    budget = budget_from(logical_id, properties, stack)
    notifications = [
        {
            "Notification": {**entry["Notification"], "Threshold": float(entry["Notification"]["Threshold"])},
            "Subscribers": entry["Subscribers"],
        }
        for entry in properties.get("NotificationsWithSubscribers", [])
    ]
    _body(budgets._create_budget({"Budget": budget, "NotificationsWithSubscribers": notifications}), logical_id)
    return budget["BudgetName"], {}


def _update_budget(physical_id: str, old: Properties, new: Properties, stack: str) -> Provisioned:
    _delete_budget(physical_id, old)
    named = {**new, "Budget": {"BudgetName": physical_id, **new["Budget"]}}
    return _create_budget(physical_id, named, stack)


def _delete_budget(physical_id: str, properties: Properties) -> None:
    budgets._delete_budget({"BudgetName": physical_id})


def _create_target(logical_id: str, properties: Properties, stack: str) -> Provisioned:
    identity = "|".join(properties[key] for key in ("ResourceId", "ScalableDimension", "ServiceNamespace"))
    return identity, {"Id": identity}


def _update_target(physical_id: str, old: Properties, new: Properties, stack: str) -> Provisioned:
    return _create_target("", new, stack)


def _create_scaling_policy(logical_id: str, properties: Properties, stack: str) -> Provisioned:
    name = properties["PolicyName"]
    arn = f"arn:aws:autoscaling:{get_region()}:{get_account_id()}:scalingPolicy:{stack}:policyName/{name}"
    return arn, {"Arn": arn, "PolicyName": name}


def _update_scaling_policy(physical_id: str, old: Properties, new: Properties, stack: str) -> Provisioned:
    return _create_scaling_policy("", new, stack)


def _forget(physical_id: str, properties: Properties) -> None:
    """Nothing runs behind a resource that is recorded only."""


def _create_composite_alarm(logical_id: str, properties: Properties, stack: str) -> Provisioned:
    name = properties.get("AlarmName") or provisioners._physical_name(stack, logical_id, max_len=255)
    request = {**properties, "AlarmName": name}
    _body(cloudwatch._put_composite_alarm({}, request, False, is_json=True), logical_id)
    return name, {"Arn": cloudwatch._composite_alarms[name]["AlarmArn"]}


def _update_composite_alarm(physical_id: str, old: Properties, new: Properties, stack: str) -> Provisioned:
    return _create_composite_alarm(physical_id, {**new, "AlarmName": new.get("AlarmName") or physical_id}, stack)


def _delete_composite_alarm(physical_id: str, properties: Properties) -> None:
    cloudwatch._composite_alarms.pop(physical_id, None)


def math_alarm(name: str, properties: Properties, arn: str) -> dict[str, Any]:
    """The record of a metric-math alarm. It has no metric of its own, so the emulator never evaluates it."""
    return {
        "AlarmName": name,
        "AlarmArn": arn,
        "AlarmDescription": properties.get("AlarmDescription", ""),
        "Metrics": properties["Metrics"],
        "EvaluationPeriods": int(properties["EvaluationPeriods"]),
        "Threshold": float(properties.get("Threshold", 0)),
        "ComparisonOperator": properties["ComparisonOperator"],
        "TreatMissingData": properties.get("TreatMissingData", "missing"),
        "StateValue": "INSUFFICIENT_DATA",
        "StateReason": "Unchecked: Initial alarm creation"
        if computed(properties["Metrics"])
        else "Recorded only: the local emulator computes no metric math but a sum",
        "StateUpdatedTimestamp": 0,
        "ActionsEnabled": properties.get("ActionsEnabled", True),
        "AlarmActions": properties.get("AlarmActions", []),
        "OKActions": properties.get("OKActions", []),
        "InsufficientDataActions": properties.get("InsufficientDataActions", []),
        "Dimensions": [],
        "AlarmConfigurationUpdatedTimestamp": 0,
    }


def _create_alarm(logical_id: str, properties: Properties, stack: str) -> Provisioned:
    if not properties.get("Metrics"):
        created: Provisioned = _emulated_alarm["create"](logical_id, properties, stack)
        return created
    name = properties.get("AlarmName") or provisioners._physical_name(stack, logical_id, max_len=255)
    arn = f"arn:aws:cloudwatch:{get_region()}:{get_account_id()}:alarm:{name}"
    cloudwatch.cloudformation_put_metric_alarm(math_alarm(name, properties, arn))
    return name, {"Arn": arn}


def _update_alarm(physical_id: str, old: Properties, new: Properties, stack: str, logical_id: str = "") -> Provisioned:
    if new.get("Metrics"):
        return _create_alarm(logical_id, {**new, "AlarmName": new.get("AlarmName") or physical_id}, stack)
    updated: Provisioned = _emulated_alarm["update"](physical_id, old, new, stack, logical_id)
    return updated


def _with_dead_letters(properties: Properties, made: Provisioned) -> Provisioned:
    # The emulator's Lambda knows dead letters; its CloudFormation drops them on the way.
    target = (properties.get("DeadLetterConfig") or {}).get("TargetArn")
    if target:
        lambda_svc._functions[made[0]]["config"]["DeadLetterConfig"] = {"TargetArn": target}
    return made


def _create_function(logical_id: str, properties: Properties, stack: str) -> Provisioned:
    return _with_dead_letters(properties, _emulated_function["create"](logical_id, properties, stack))


def _update_function(physical_id: str, old: Properties, new: Properties, *more: Any) -> Provisioned:
    return _with_dead_letters(new, _emulated_function["update"](physical_id, old, new, *more))


Handler = Callable[..., Any]

HANDLERS: Mapping[str, dict[str, Handler | bool]] = {
    "AWS::Bedrock::Guardrail": {
        "create": _create_guardrail,
        "update": _update_guardrail,
        "delete": _delete_guardrail,
    },
    "AWS::Bedrock::GuardrailVersion": {
        "create": _create_guardrail_version,
        "update": _update_guardrail_version,
        "delete": _delete_guardrail_version,
    },
    "AWS::Budgets::Budget": {"create": _create_budget, "update": _update_budget, "delete": _delete_budget},
    "AWS::ApplicationAutoScaling::ScalableTarget": {
        "create": _create_target,
        "update": _update_target,
        "delete": _forget,
    },
    "AWS::ApplicationAutoScaling::ScalingPolicy": {
        "create": _create_scaling_policy,
        "update": _update_scaling_policy,
        "delete": _forget,
    },
    "AWS::CloudWatch::CompositeAlarm": {
        "create": _create_composite_alarm,
        "update": _update_composite_alarm,
        "delete": _delete_composite_alarm,
    },
    "AWS::Lambda::Function": {**_emulated_function, "create": _create_function, "update": _update_function},
    "AWS::CloudWatch::Alarm": {
        **_emulated_alarm,
        "create": _create_alarm,
        "update": _update_alarm,
        "update_with_logical_id": True,
    },
}


def register() -> None:
    """Adds the handlers to the emulator's table. To be called before its ``main``."""
    provisioners._RESOURCE_HANDLERS.update(HANDLERS)
