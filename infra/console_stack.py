"""The stack of the console: a private bucket with the page, and a distribution that shows it and passes calls on to the API.

Nothing in here runs code of ours. ``conclave console --publish`` puts the built page into the bucket: no function stands
around that may write what people's browsers execute.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from aws_cdk import Aws, CfnOutput, Duration, RemovalPolicy, SecretValue, Stack
from aws_cdk import aws_apigateway as apigw
from aws_cdk import aws_cloudfront as cloudfront
from aws_cdk import aws_cloudfront_origins as origins
from aws_cdk import aws_cognito as cognito
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_secretsmanager as secrets
from conclave.pack import Pack
from constructs import Construct

from infra.constructs.edge.api import API_STAGE
from infra.constructs.edge.callers import SCOPES
from infra.data_stack import DataStack
from infra.engine_stack import EngineStack
from infra.stage import Contradiction, Stage

CONSOLE = Path(__file__).resolve().parents[1] / "console"
PAGE = "index.html"
LOG_DAYS = 90
_OF_THE_POLICY = frozenset(
    {
        "Content-Security-Policy",
        "Referrer-Policy",
        "X-Content-Type-Options",
        "X-Frame-Options",
        "Strict-Transport-Security",
    }
)


class ConsoleUnsuitable(Contradiction):
    """The stage cannot have a console; the message says what to leave out, or to do."""


def require_console(stage: Stage) -> None:
    """Raises ``ConsoleUnsuitable`` when a console was asked for that the stage cannot have.

    The local cloud serves the page itself. On AWS a person signs in at the pages of the stage's own user pool.
    """
    if not stage.on_aws:
        raise ConsoleUnsuitable("on the stage local, conclave up serves the console; leave out -c console=true")
    if stage.regulated:
        raise ConsoleUnsuitable("a regulated stage has no console yet; leave out -c console=true")
    if stage.authorisation.value != "jwt" or stage.user_pool_arn:
        raise ConsoleUnsuitable(
            "the console needs the stage's own user pool; leave out -c console=true, or user_pool_arn"
        )


class ConsoleStack(Stack):
    """The console of a stage and a pack. It may be deleted and deployed again at any time.

    Attributes:
        pages: The bucket of the built page.
        distribution: The one address of page and API.
    """

    def __init__(
        self, scope: Construct, id: str, *, stage: Stage, pack: Pack, data: DataStack, engine: EngineStack
    ) -> None:
        super().__init__(
            scope,
            id,
            description=f"{pack.title} ({stage.name}): console",
            termination_protection=stage.retain,
        )
        callers = data.callers
        if callers is None:
            raise ConsoleUnsuitable("the console needs the stage's own user pool; leave out -c console=true")
        self._prefix = stage.prefix(pack)
        self._token_url = callers.token_url
        self._log = self._bucket("Log", object_ownership=s3.ObjectOwnership.OBJECT_WRITER)
        self.pages = self._bucket("Pages", server_access_logs_bucket=self._log, server_access_logs_prefix="pages/")
        self.distribution = self._distribution(engine, self._api_key(engine))
        url = f"https://{self.distribution.distribution_domain_name}/"
        client = cognito.UserPoolClient(
            self,
            "People",
            user_pool=callers.pool,
            user_pool_client_name=f"{self._prefix}-console",
            generate_secret=False,
            auth_flows=cognito.AuthFlow(),
            o_auth=cognito.OAuthSettings(
                flows=cognito.OAuthFlows(authorization_code_grant=True),
                callback_urls=[url],
                logout_urls=[url],
                scopes=[cognito.OAuthScope.custom(callers.scope(each)) for each in SCOPES],
            ),
            access_token_validity=Duration.hours(1),
            enable_token_revocation=True,
            prevent_user_existence_errors=True,
        )
        configuration = {
            "stage": stage.name,
            "packs": [{"name": pack.name, "base": ""}],
            "signIn": {
                "authorize": self._token_url.removesuffix("token") + "authorize",
                "token": self._token_url,
                "signOut": self._token_url.removesuffix("oauth2/token") + "logout",
                "clientId": client.user_pool_client_id,
                "scopes": [callers.scope(each) for each in SCOPES],
            },
        }
        for name, value in {
            "ConsoleUrl": url,
            "ConsoleBucket": self.pages.bucket_name,
            "ConsoleDistribution": self.distribution.distribution_id,
            "ConsoleConfiguration": self.to_json_string(configuration),
        }.items():
            CfnOutput(self, name, value=value)

    def _bucket(self, id: str, **more: Any) -> s3.Bucket:
        return s3.Bucket(
            self,
            id,
            encryption=s3.BucketEncryption.S3_MANAGED,
            block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
            enforce_ssl=True,
            versioned=True,
            lifecycle_rules=[
                s3.LifecycleRule(
                    noncurrent_version_expiration=Duration.days(LOG_DAYS),
                    expiration=Duration.days(LOG_DAYS) if id == "Log" else None,
                )
            ],
            removal_policy=RemovalPolicy.RETAIN,
            **more,
        )

    def _api_key(self, engine: EngineStack) -> SecretValue | None:
        """The key that the distribution sends along, in the API's usage plan: the page itself has none to lose."""
        if engine.api.plan is None:
            return None
        secret = secrets.Secret(
            self,
            "Key",
            secret_name=f"{self._prefix}-console-key",
            description="API key of the console's distribution: it counts against the quota, and lets nobody in",
            generate_secret_string=secrets.SecretStringGenerator(exclude_punctuation=True, password_length=40),
        )
        key = apigw.CfnApiKey(
            self, "ApiKey", name=f"{self._prefix}-console", enabled=True, value=secret.secret_value.unsafe_unwrap()
        )
        apigw.CfnUsagePlanKey(
            self, "Counted", key_id=key.attr_api_key_id, key_type="API_KEY", usage_plan_id=engine.api.plan.usage_plan_id
        )
        return secret.secret_value

    def _distribution(self, engine: EngineStack, key: SecretValue | None) -> cloudfront.Distribution:
        api = f"{engine.api.rest_api.rest_api_id}.execute-api.{Aws.REGION}.{Aws.URL_SUFFIX}"
        https = cloudfront.ViewerProtocolPolicy
        headers = self._headers()
        return cloudfront.Distribution(
            self,
            "Distribution",
            comment=f"Console of {self._prefix}",
            default_root_object=PAGE,
            price_class=cloudfront.PriceClass.PRICE_CLASS_100,
            http_version=cloudfront.HttpVersion.HTTP2_AND_3,
            enable_logging=True,
            log_bucket=self._log,
            log_file_prefix="distribution/",
            default_behavior=cloudfront.BehaviorOptions(
                origin=origins.S3BucketOrigin.with_origin_access_control(self.pages),
                viewer_protocol_policy=https.REDIRECT_TO_HTTPS,
                response_headers_policy=headers,
                compress=True,
            ),
            additional_behaviors={
                "/v1/*": cloudfront.BehaviorOptions(
                    origin=origins.HttpOrigin(
                        api,
                        origin_path=f"/{API_STAGE}",
                        protocol_policy=cloudfront.OriginProtocolPolicy.HTTPS_ONLY,
                        origin_ssl_protocols=[cloudfront.OriginSslPolicy.TLS_V1_2],
                        custom_headers={"x-api-key": key.unsafe_unwrap()} if key else None,
                    ),
                    allowed_methods=cloudfront.AllowedMethods.ALLOW_ALL,
                    cache_policy=cloudfront.CachePolicy.CACHING_DISABLED,
                    origin_request_policy=cloudfront.OriginRequestPolicy.ALL_VIEWER_EXCEPT_HOST_HEADER,
                    viewer_protocol_policy=https.HTTPS_ONLY,
                    response_headers_policy=headers,
                )
            },
        )

    def _headers(self) -> cloudfront.ResponseHeadersPolicy:
        """The headers that the console's folder declares, with the one address besides its own that the page may call."""
        declared: Mapping[str, str] = json.loads((CONSOLE / "headers.json").read_text(encoding="utf-8"))
        policy = declared["Content-Security-Policy"].replace(
            "connect-src 'self'", f"connect-src 'self' {self._token_url.removesuffix('/oauth2/token')}"
        )
        return cloudfront.ResponseHeadersPolicy(
            self,
            "Headers",
            response_headers_policy_name=f"{self._prefix}-console",
            security_headers_behavior=cloudfront.ResponseSecurityHeadersBehavior(
                content_security_policy=cloudfront.ResponseHeadersContentSecurityPolicy(
                    content_security_policy=policy, override=True
                ),
                content_type_options=cloudfront.ResponseHeadersContentTypeOptions(override=True),
                frame_options=cloudfront.ResponseHeadersFrameOptions(
                    frame_option=cloudfront.HeadersFrameOption.DENY, override=True
                ),
                referrer_policy=cloudfront.ResponseHeadersReferrerPolicy(
                    referrer_policy=cloudfront.HeadersReferrerPolicy.NO_REFERRER, override=True
                ),
                strict_transport_security=cloudfront.ResponseHeadersStrictTransportSecurity(
                    access_control_max_age=Duration.days(365), include_subdomains=True, override=True
                ),
            ),
            custom_headers_behavior=cloudfront.ResponseCustomHeadersBehavior(
                custom_headers=[
                    cloudfront.ResponseCustomHeader(header=name, value=value, override=True)
                    for name, value in declared.items()
                    if name not in _OF_THE_POLICY
                ]
            ),
        )
