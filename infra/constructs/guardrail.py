"""The guardrail of the models, as code. A change of the policy makes a new version; a version never changes."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from aws_cdk import aws_bedrock as bedrock
from constructs import Construct

FILTERS: Mapping[str, tuple[str, str]] = {
    "PROMPT_ATTACK": ("HIGH", "NONE"),
    "HATE": ("HIGH", "HIGH"),
    "INSULTS": ("HIGH", "HIGH"),
    "SEXUAL": ("HIGH", "HIGH"),
    "MISCONDUCT": ("LOW", "LOW"),
    "VIOLENCE": ("LOW", "LOW"),
}
"""Strength of each content filter on input and on output. The last two stay low: an incident report speaks of injuries,
threats and unlawful acts because they happened. Bedrock offers prompt-attack detection on input only."""

PERSONAL_DATA = (
    "EMAIL",
    "PHONE",
    "CREDIT_DEBIT_CARD_NUMBER",
    "INTERNATIONAL_BANK_ACCOUNT_NUMBER",
    "PASSWORD",
    "AWS_ACCESS_KEY",
    "AWS_SECRET_KEY",
)
"""Data that a model's answer must not carry; replaced by the name of its kind. Input is left alone: agents need it as it is."""

BLOCKED = "Blocked by the guardrail."


def policy() -> dict[str, Any]:
    """The whole policy as plain values, in the words of CloudFormation's properties."""
    return {
        "content": [
            {"type": kind, "inputStrength": on_input, "outputStrength": on_output}
            for kind, (on_input, on_output) in FILTERS.items()
        ],
        "personal_data": [
            {
                "type": kind,
                "action": "ANONYMIZE",
                "inputAction": "NONE",
                "inputEnabled": False,
                "outputAction": "ANONYMIZE",
                "outputEnabled": True,
            }
            for kind in PERSONAL_DATA
        ],
        "blocked": BLOCKED,
    }


class Guardrail(Construct):
    """A guardrail and the version of it that is in force.

    Attributes:
        guardrail_id: Id.
        arn: ARN without a version.
        version: Number of the version.
    """

    def __init__(self, scope: Construct, id: str, *, name: str, policy: Mapping[str, Any]) -> None:
        """Makes the guardrail.

        Args:
            scope: The stack.
            id: Logical id.
            name: Deployed name.
            policy: As ``policy()`` answers it.
        """
        super().__init__(scope, id)
        digest = hashlib.sha256(json.dumps(policy, sort_keys=True).encode()).hexdigest()[:12]
        guardrail = bedrock.CfnGuardrail(
            self,
            "Guardrail",
            name=name,
            description="Prompt attacks and harmful content in and out, personal data out",
            blocked_input_messaging=policy["blocked"],
            blocked_outputs_messaging=policy["blocked"],
            content_policy_config={"filtersConfig": policy["content"]},
            sensitive_information_policy_config={"piiEntitiesConfig": policy["personal_data"]},
        )
        # The logical id carries the hash: another policy is another resource, so CloudFormation takes a new snapshot.
        version = bedrock.CfnGuardrailVersion(
            self,
            f"Version{digest}",
            guardrail_identifier=guardrail.attr_guardrail_id,
            description=f"policy {digest}",
        )
        self.guardrail_id = guardrail.attr_guardrail_id
        self.arn = guardrail.attr_guardrail_arn
        self.version = version.attr_version

    @property
    def versioned_arn(self) -> str:
        """ARN with the version, as the condition ``bedrock:GuardrailIdentifier`` compares it."""
        return f"{self.arn}:{self.version}"
