"""Firewalls before the API and before the pages where people sign in: AWS's managed rules, and a limit for each address."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from aws_cdk import Aws
from aws_cdk import aws_wafv2 as waf
from constructs import Construct

from infra.constructs.logs import Logs

MANAGED: Mapping[str, Sequence[str]] = {
    "AWSManagedRulesAmazonIpReputationList": (),
    "AWSManagedRulesKnownBadInputsRuleSet": (),
    # A body may have 32 KB here, not 8; intake refuses larger ones and says so.
    "AWSManagedRulesCommonRuleSet": ("SizeRestrictions_BODY",),
}
"""Rule groups before the API in the order of evaluation, each with the rules that only count."""
OF_SIGNING_IN: Mapping[str, Sequence[str]] = {"AWSManagedRulesAmazonIpReputationList": ()}
"""Before the pages of Cognito, where others would stop addresses to return to, and bodies that AWS WAF does not get to see."""


class Firewall(Construct):
    """A web ACL on a stage of an API or on a user pool, with a log of what it refused.

    Attributes:
        acl: The web ACL.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        name: str,
        protected_arn: str,
        managed: Mapping[str, Sequence[str]],
        requests_per_address: int,
        logs: Logs,
    ) -> None:
        """Makes it.

        Args:
            scope: The stack.
            id: Logical id.
            name: Deployed name.
            protected_arn: ARN of the API's stage, or of the user pool.
            managed: Rule groups of AWS in the order of evaluation, each with the rules that only count.
            requests_per_address: Requests from one address within five minutes, after which it is refused.
            logs: How the log is kept.
        """
        super().__init__(scope, id)
        rules = [_managed(group, priority, counting) for priority, (group, counting) in enumerate(managed.items(), 1)]
        self.acl = waf.CfnWebACL(
            self,
            "Acl",
            name=name,
            scope="REGIONAL",
            default_action=waf.CfnWebACL.DefaultActionProperty(allow={}),
            rules=[_flood(requests_per_address), *rules],
            visibility_config=_visibility(name),
        )
        waf.CfnWebACLAssociation(self, "Association", resource_arn=protected_arn, web_acl_arn=self.acl.attr_arn)
        # The service wants this beginning of the name, and the ARN without the star.
        log = logs.group(self, "Log", name=f"aws-waf-logs-{name}")
        arn = f"arn:{Aws.PARTITION}:logs:{Aws.REGION}:{Aws.ACCOUNT_ID}:log-group:{log.log_group_name}"
        waf.CfnLoggingConfiguration(
            self,
            "Logging",
            resource_arn=self.acl.attr_arn,
            log_destination_configs=[arn],
            redacted_fields=[
                waf.CfnLoggingConfiguration.FieldToMatchProperty(single_header={"Name": header})
                for header in ("authorization", "x-api-key", "x-amz-security-token")
            ],
            logging_filter={
                "DefaultBehavior": "DROP",
                "Filters": [
                    {
                        "Behavior": "KEEP",
                        "Requirement": "MEETS_ANY",
                        "Conditions": [{"ActionCondition": {"Action": action}} for action in ("BLOCK", "COUNT")],
                    }
                ],
            },
        )


def _flood(limit: int) -> waf.CfnWebACL.RuleProperty:
    return waf.CfnWebACL.RuleProperty(
        name="flood",
        priority=0,
        action=waf.CfnWebACL.RuleActionProperty(block={}),
        statement=waf.CfnWebACL.StatementProperty(
            rate_based_statement=waf.CfnWebACL.RateBasedStatementProperty(
                aggregate_key_type="IP", limit=limit, evaluation_window_sec=300
            )
        ),
        visibility_config=_visibility("flood"),
    )


def _managed(group: str, priority: int, counting: Sequence[str]) -> waf.CfnWebACL.RuleProperty:
    return waf.CfnWebACL.RuleProperty(
        name=group,
        priority=priority,
        override_action=waf.CfnWebACL.OverrideActionProperty(none={}),
        statement=waf.CfnWebACL.StatementProperty(
            managed_rule_group_statement=waf.CfnWebACL.ManagedRuleGroupStatementProperty(
                vendor_name="AWS",
                name=group,
                rule_action_overrides=[
                    waf.CfnWebACL.RuleActionOverrideProperty(
                        name=rule, action_to_use=waf.CfnWebACL.RuleActionProperty(count={})
                    )
                    for rule in counting
                ]
                or None,
            )
        ),
        visibility_config=_visibility(group),
    )


def _visibility(name: str) -> waf.CfnWebACL.VisibilityConfigProperty:
    return waf.CfnWebACL.VisibilityConfigProperty(
        cloud_watch_metrics_enabled=True, metric_name=name, sampled_requests_enabled=True
    )
