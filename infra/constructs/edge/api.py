"""The REST API: known callers only, every error as ``{"error": {"code", "message"}}``."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from aws_cdk import Aws, RemovalPolicy
from aws_cdk import aws_apigateway as apigw
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from conclave.codes import RequestCode
from conclave.pack import Pack
from conclave.untrusted.limits import MAX_TEXT_CHARACTERS
from constructs import Construct

from infra.constructs.edge.callers import (
    ACT_ON_DECISIONS,
    ASK_ABOUT_RUNS,
    CONSENT_TO_CALLS,
    ERASE_TEXTS,
    FORK_RUNS,
    GIVE_FEEDBACK,
    READ_AUDITS,
    READ_RUNS,
    READ_TEXTS,
    WRITE_INCIDENTS,
    Callers,
)
from infra.constructs.edge.firewall import MANAGED, OF_SIGNING_IN, Firewall
from infra.constructs.edge.request import body_schema
from infra.constructs.logs import Logs
from infra.constructs.permissions import allow
from infra.stage import Limits, Stage

API_STAGE = "live"
_LOGGING = (
    "logs:CreateLogGroup",
    "logs:CreateLogStream",
    "logs:DescribeLogGroups",
    "logs:DescribeLogStreams",
    "logs:FilterLogEvents",
    "logs:GetLogEvents",
    "logs:PutLogEvents",
)
"""The actions that API Gateway tries out when it is given the role."""

_LOGGED: Mapping[str, str] = {
    "requestId": "$context.extendedRequestId",
    "ip": "$context.identity.sourceIp",
    "user": "$context.identity.user",
    "caller": "$context.identity.caller",
    "requestTime": "$context.requestTime",
    "httpMethod": "$context.httpMethod",
    "resourcePath": "$context.resourcePath",
    "status": "$context.status",
    "protocol": "$context.protocol",
    "responseLength": "$context.responseLength",
}
"""The fields of a request in the access log. The other id of a request, ``$context.requestId``, may be a caller's own words."""

_SAID = "$context.error.messageString"
_ERRORS: Mapping[str, tuple[apigw.ResponseType, int, RequestCode, str]] = {
    "BadBody": (
        apigw.ResponseType.BAD_REQUEST_BODY,
        400,
        RequestCode.INVALID_REQUEST,
        f'"the body must be a JSON object with either text (1 to {MAX_TEXT_CHARACTERS} characters) or incident (an object with '
        'the fields of an incident), and at most an idempotency_key besides"',
    ),
    "BadParameters": (apigw.ResponseType.BAD_REQUEST_PARAMETERS, 400, RequestCode.INVALID_REQUEST, _SAID),
    "Denied": (apigw.ResponseType.ACCESS_DENIED, 403, RequestCode.FORBIDDEN, _SAID),
    "Unsigned": (
        apigw.ResponseType.MISSING_AUTHENTICATION_TOKEN,
        403,
        RequestCode.FORBIDDEN,
        '"send a signature (AWS Signature Version 4) or a token, and check the path"',
    ),
    "Unauthorised": (
        apigw.ResponseType.UNAUTHORIZED,
        401,
        RequestCode.UNAUTHORISED,
        '"the token is missing, has expired or lacks the scope"',
    ),
    "KeyMissing": (apigw.ResponseType.INVALID_API_KEY, 403, RequestCode.FORBIDDEN, '"send an API key as x-api-key"'),
    "Filtered": (apigw.ResponseType.WAF_FILTERED, 403, RequestCode.FILTERED, '"the firewall refuses this request"'),
    "QuotaUsed": (apigw.ResponseType.QUOTA_EXCEEDED, 429, RequestCode.QUOTA_USED, '"the quota of the day is used up"'),
    "TooLarge": (apigw.ResponseType.REQUEST_TOO_LARGE, 413, RequestCode.TOO_LARGE, _SAID),
    "Throttled": (
        apigw.ResponseType.THROTTLED,
        429,
        RequestCode.THROTTLED,
        '"too many requests; try again in a moment"',
    ),
    "Unavailable": (apigw.ResponseType.INTEGRATION_FAILURE, 503, RequestCode.UNAVAILABLE, _SAID),
    "TimedOut": (apigw.ResponseType.INTEGRATION_TIMEOUT, 503, RequestCode.UNAVAILABLE, _SAID),
    "Client": (apigw.ResponseType.DEFAULT_4_XX, 0, RequestCode.INVALID_REQUEST, _SAID),
    "Server": (apigw.ResponseType.DEFAULT_5_XX, 0, RequestCode.INTERNAL, _SAID),
}
"""Gateway response: status (0 keeps the gateway's own), our code, the message as a JSON value."""


class Api(Construct):
    """``POST /v1/incidents``, ``GET /v1/runs``, and of each run: what is known of it, and what people do about it.

    Attributes:
        rest_api: The API.
        account: The setting without which no API of the account writes logs.
        url: Address, with the stage and a slash at its end.
        key_id: Id of the API key that comes with the quota; empty where there is none.
        plan: The usage plan with the quota; None where there is none.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        name: str,
        stage: Stage,
        logs: Logs,
        pack: Pack,
        callers: Callers | None,
        aliases: Mapping[str, lambda_.IFunction],
    ) -> None:
        """Makes the API.

        Args:
            scope: The stack.
            id: Logical id.
            name: Deployed name.
            stage: Throttling, tracing.
            logs: How the access log is kept.
            pack: What an incident looks like.
            callers: Whose tokens are believed; None to believe signatures.
            aliases: The functions by verb: ``intake``, ``runs``, ``consent``, ``approve``, ``feedback``, ``converse``,
                ``erase``; ``listen`` in a stage whose clients may hold connections.
        """
        super().__init__(scope, id)
        log = logs.group(self, "Log", name=f"/aws/apigateway/{name}")
        self.rest_api = apigw.RestApi(
            self,
            "Api",
            rest_api_name=name,
            endpoint_types=[apigw.EndpointType.REGIONAL],
            cloud_watch_role=False,
            deploy_options=apigw.StageOptions(
                stage_name=API_STAGE,
                throttling_rate_limit=stage.limits.requests_per_second,
                throttling_burst_limit=stage.limits.burst,
                method_options={
                    "/v1/incidents/POST": apigw.MethodDeploymentOptions(
                        throttling_rate_limit=stage.limits.incidents_per_second,
                        throttling_burst_limit=stage.limits.burst,
                        metrics_enabled=True,
                        logging_level=apigw.MethodLoggingLevel.ERROR,
                        data_trace_enabled=False,
                    )
                },
                metrics_enabled=True,
                tracing_enabled=stage.tracing,
                logging_level=apigw.MethodLoggingLevel.ERROR,
                data_trace_enabled=False,
                access_log_destination=apigw.LogGroupLogDestination(log),
                access_log_format=apigw.AccessLogFormat.custom(json.dumps(_LOGGED)),
            ),
        )
        self._callers = callers
        self._keyed = stage.limits.requests_per_day is not None
        self._authorizer = callers and apigw.CognitoUserPoolsAuthorizer(
            self, "Callers", cognito_user_pools=[callers.pool], authorizer_name=name
        )
        self._account()
        self._errors()
        self._routes(pack, aliases)
        self.url = self.rest_api.url
        self.plan: apigw.UsagePlan | None = None
        self.key_id = self._quota(name, stage.limits)
        if stage.limits.requests_per_address is not None:
            Firewall(
                self,
                "Firewall",
                name=name,
                protected_arn=self.rest_api.deployment_stage.stage_arn,
                managed=MANAGED,
                requests_per_address=stage.limits.requests_per_address,
                logs=logs,
            )
            if callers and callers.own:
                Firewall(
                    self,
                    "SignIn",
                    name=f"{name}-sign-in",
                    protected_arn=callers.pool.user_pool_arn,
                    managed=OF_SIGNING_IN,
                    requests_per_address=stage.limits.requests_per_address,
                    logs=logs,
                )

    def _quota(self, name: str, limits: Limits) -> str:
        if limits.requests_per_day is None:
            return ""
        plan = self.rest_api.add_usage_plan(
            "Plan",
            name=name,
            throttle=apigw.ThrottleSettings(rate_limit=limits.requests_per_second, burst_limit=limits.burst),
            quota=apigw.QuotaSettings(limit=limits.requests_per_day, period=apigw.Period.DAY),
        )
        plan.add_api_stage(stage=self.rest_api.deployment_stage)
        self.plan = plan
        key = self.rest_api.add_api_key("Key", api_key_name=name)
        plan.add_api_key(key)
        return key.key_id

    def _account(self) -> None:
        # One setting for the account and region, without which no API may write logs; it stays when this stack goes.
        # Its rights are those of AWS's managed policy, in this account and region only; the groups are named by API Gateway.
        groups = f"arn:{Aws.PARTITION}:logs:{Aws.REGION}:{Aws.ACCOUNT_ID}:log-group:*"
        writing = iam.PolicyDocument(statements=[allow(_LOGGING, [groups])])
        role = iam.Role(
            self,
            "LogRole",
            assumed_by=iam.ServicePrincipal("apigateway.amazonaws.com"),
            inline_policies={"Logging": writing},
        )
        role.apply_removal_policy(RemovalPolicy.RETAIN)
        account = apigw.CfnAccount(self, "Account", cloud_watch_role_arn=role.role_arn)
        account.apply_removal_policy(RemovalPolicy.RETAIN)
        self.rest_api.deployment_stage.node.add_dependency(account)
        self.account = account

    def _errors(self) -> None:
        for id, (kind, status, code, message) in _ERRORS.items():
            self.rest_api.add_gateway_response(
                id,
                type=kind,
                status_code=str(status) if status else None,
                templates={"application/json": f'{{"error":{{"code":"{code}","message":{message}}}}}'},
            )

    def _routes(self, pack: Pack, aliases: Mapping[str, lambda_.IFunction]) -> None:
        runs = _integration(aliases["runs"])
        version = self.rest_api.root.add_resource("v1")
        version.add_resource("incidents").add_method(
            "POST",
            _integration(aliases["intake"]),
            request_validator=self.rest_api.add_request_validator(
                "Validator", validate_request_body=True, validate_request_parameters=True
            ),
            request_models={"application/json": self._incident(pack)},
            **self._for(WRITE_INCIDENTS),
        )
        collection = version.add_resource("runs")
        collection.add_method("GET", runs, **self._for(READ_RUNS))
        run = collection.add_resource("{run_id}")
        run.add_method("GET", runs, **self._for(READ_RUNS))
        run.add_resource("audit").add_method("GET", runs, **self._for(READ_AUDITS))
        run.add_resource("trace").add_method("GET", runs, **self._for(READ_RUNS))
        run.add_resource("picture").add_method("GET", runs, **self._for(READ_RUNS))
        run.add_resource("events").add_method("GET", runs, **self._for(READ_RUNS))
        if "listen" in aliases:
            run.add_resource("listeners").add_method("POST", _integration(aliases["listen"]), **self._for(READ_RUNS))
        run.add_resource("texts").add_method("GET", runs, **self._for(READ_TEXTS))
        run.add_resource("recording").add_method("GET", runs, **self._for(READ_TEXTS))
        run.add_resource("consents").add_method("POST", _integration(aliases["consent"]), **self._for(CONSENT_TO_CALLS))
        run.add_resource("approval").add_method("POST", _integration(aliases["approve"]), **self._for(ACT_ON_DECISIONS))
        run.add_resource("feedback").add_method("POST", _integration(aliases["feedback"]), **self._for(GIVE_FEEDBACK))
        run.add_resource("questions").add_method("POST", _integration(aliases["converse"]), **self._for(ASK_ABOUT_RUNS))
        run.add_resource("forks").add_method("POST", _integration(aliases["fork"]), **self._for(FORK_RUNS))
        run.add_resource("erasure").add_method("POST", _integration(aliases["erase"]), **self._for(ERASE_TEXTS))

    def _for(self, scope: str) -> dict[str, Any]:
        """The arguments that say who may call a method."""
        if self._callers is None:
            return {"authorization_type": apigw.AuthorizationType.IAM, "api_key_required": self._keyed}
        return {
            "authorization_type": apigw.AuthorizationType.COGNITO,
            "authorizer": self._authorizer,
            "authorization_scopes": [self._callers.scope(scope)],
            "api_key_required": self._keyed,
        }

    def _incident(self, pack: Pack) -> apigw.IModel:
        schema = body_schema(pack)
        model = apigw.CfnModel(
            self,
            "Incident",
            rest_api_id=self.rest_api.rest_api_id,
            content_type="application/json",
            name="Incident",
            schema=schema,
        )
        deployment = self.rest_api.latest_deployment
        if deployment is not None:
            deployment.node.add_dependency(model)
            deployment.add_to_logical_id({"model": schema})
        return apigw.Model.from_model_name(self, "IncidentModel", model.ref)


def _integration(alias: lambda_.IFunction) -> apigw.LambdaIntegration:
    return apigw.LambdaIntegration(alias, proxy=True, allow_test_invoke=False)
