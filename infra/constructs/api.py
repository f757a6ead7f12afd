"""The REST API: signed callers only, every error as ``{"error": {"code", "message"}}``."""

from __future__ import annotations

from collections.abc import Mapping

from aws_cdk import Aws, RemovalPolicy
from aws_cdk import aws_apigateway as apigw
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from infra.constructs.logs import Logs
from infra.constructs.permissions import allow
from infra.stage import Stage

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
"""What API Gateway tries out when it is given the role."""

_SAID = "$context.error.messageString"
_ERRORS: Mapping[str, tuple[apigw.ResponseType, int, str, str]] = {
    "BadBody": (
        apigw.ResponseType.BAD_REQUEST_BODY,
        400,
        "invalid_request",
        '"the body must be a JSON object with either text (a string) or incident (an object)"',
    ),
    "BadParameters": (apigw.ResponseType.BAD_REQUEST_PARAMETERS, 400, "invalid_request", _SAID),
    "Denied": (apigw.ResponseType.ACCESS_DENIED, 403, "forbidden", _SAID),
    "Unsigned": (
        apigw.ResponseType.MISSING_AUTHENTICATION_TOKEN,
        403,
        "forbidden",
        '"sign the request with AWS Signature Version 4, and check the path"',
    ),
    "TooLarge": (apigw.ResponseType.REQUEST_TOO_LARGE, 413, "too_large", _SAID),
    "Throttled": (apigw.ResponseType.THROTTLED, 429, "throttled", '"too many requests; try again in a moment"'),
    "Unavailable": (apigw.ResponseType.INTEGRATION_FAILURE, 503, "unavailable", _SAID),
    "TimedOut": (apigw.ResponseType.INTEGRATION_TIMEOUT, 503, "unavailable", _SAID),
    "Client": (apigw.ResponseType.DEFAULT_4_XX, 0, "invalid_request", _SAID),
    "Server": (apigw.ResponseType.DEFAULT_5_XX, 0, "internal", _SAID),
}
"""Gateway response: status (0 keeps the gateway's own), our code, the message as a JSON value."""


class Api(Construct):
    """``POST /v1/incidents``, ``GET /v1/runs``, ``GET /v1/runs/{run_id}`` and ``GET /v1/runs/{run_id}/audit``.

    Attributes:
        rest_api: The API.
        url: Address, with the stage and a slash at its end.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        name: str,
        stage: Stage,
        logs: Logs,
        intake: lambda_.IFunction,
        runs: lambda_.IFunction,
    ) -> None:
        """Makes the API.

        Args:
            scope: The stack.
            id: Logical id.
            name: Deployed name.
            stage: Throttling, tracing.
            logs: How the access log is kept.
            intake: Alias that takes incidents.
            runs: Alias that answers about runs.
        """
        super().__init__(scope, id)
        log = logs.group(self, "Log", name=f"/aws/apigateway/{name}")
        self.rest_api = apigw.RestApi(
            self,
            "Api",
            rest_api_name=name,
            endpoint_types=[apigw.EndpointType.REGIONAL],
            cloud_watch_role=False,
            default_method_options=apigw.MethodOptions(authorization_type=apigw.AuthorizationType.IAM),
            deploy_options=apigw.StageOptions(
                stage_name=API_STAGE,
                throttling_rate_limit=stage.limits.requests_per_second,
                throttling_burst_limit=stage.limits.burst,
                metrics_enabled=True,
                tracing_enabled=stage.tracing,
                logging_level=apigw.MethodLoggingLevel.ERROR,
                data_trace_enabled=False,
                access_log_destination=apigw.LogGroupLogDestination(log),
                access_log_format=apigw.AccessLogFormat.json_with_standard_fields(
                    caller=True, http_method=True, ip=True, protocol=True, request_time=True,
                    resource_path=True, response_length=True, status=True, user=True,
                ),
            ),
        )  # fmt: skip
        self._account()
        self._errors()
        self._routes(intake, runs)
        self.url = self.rest_api.url

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

    def _errors(self) -> None:
        for id, (kind, status, code, message) in _ERRORS.items():
            self.rest_api.add_gateway_response(
                id,
                type=kind,
                status_code=str(status) if status else None,
                templates={"application/json": f'{{"error":{{"code":"{code}","message":{message}}}}}'},
            )

    def _routes(self, intake: lambda_.IFunction, runs: lambda_.IFunction) -> None:
        version = self.rest_api.root.add_resource("v1")
        version.add_resource("incidents").add_method(
            "POST",
            _integration(intake),
            request_validator=self.rest_api.add_request_validator(
                "Validator", validate_request_body=True, validate_request_parameters=True
            ),
            request_models={"application/json": self._incident()},
        )
        collection = version.add_resource("runs")
        collection.add_method("GET", _integration(runs))
        run = collection.add_resource("{run_id}")
        run.add_method("GET", _integration(runs))
        run.add_resource("audit").add_method("GET", _integration(runs))

    def _incident(self) -> apigw.Model:
        # The shape only: how long a text may be, and what an incident holds, is said by intake with a better message.
        return self.rest_api.add_model(
            "Incident",
            content_type="application/json",
            model_name="Incident",
            schema=apigw.JsonSchema(
                schema=apigw.JsonSchemaVersion.DRAFT4,
                type=apigw.JsonSchemaType.OBJECT,
                properties={
                    "text": apigw.JsonSchema(type=apigw.JsonSchemaType.STRING),
                    "incident": apigw.JsonSchema(type=apigw.JsonSchemaType.OBJECT),
                },
                one_of=[apigw.JsonSchema(required=["text"]), apigw.JsonSchema(required=["incident"])],
            ),
        )


def _integration(alias: lambda_.IFunction) -> apigw.LambdaIntegration:
    return apigw.LambdaIntegration(alias, proxy=True, allow_test_invoke=False)
