"""The console's stack: a private bucket behind one distribution, the same policy as everywhere, and a sign-in of its own."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from infra.application import App, build
from infra.console_stack import CONSOLE, ConsoleUnsuitable
from infra.nag import ACKNOWLEDGED_CONSOLE
from infra.stage import adapted, find_stage

ROOT = Path(__file__).resolve().parents[2]
POOL = "arn:aws:cognito-idp:eu-west-1:123456789012:userpool/eu-west-1_AbCdEfGhI"
Template = dict[str, Any]


def synthesised(pack: Any, out: Path, stage: str = "prod") -> Template:
    context = json.loads((ROOT / "cdk.json").read_text(encoding="utf-8"))["context"]
    app = App(context={**context, "aws:cdk:bundling-stacks": []}, outdir=str(out))
    build(app, stage=find_stage(stage), pack=pack, notify=(), console=True)
    assembly = Path(app.synth().directory)
    report = json.loads((assembly / "validation-report.json").read_text(encoding="utf-8"))
    assert not [each for each in report["pluginReports"] if each["violations"]]
    found: Template = json.loads(
        (assembly / f"Conclave-{stage}-small-console.template.json").read_text(encoding="utf-8")
    )
    return found


@pytest.fixture(scope="module")
def template(pack: Any, tmp_path_factory: pytest.TempPathFactory) -> Template:
    return synthesised(pack, tmp_path_factory.mktemp("console"))


def of_type(template: Template, kind: str) -> list[Any]:
    return [each["Properties"] for each in template["Resources"].values() if each["Type"] == kind]


def test_nothing_in_it_runs_code_of_ours(template: Template) -> None:
    kinds = {each["Type"] for each in template["Resources"].values()}
    assert not {kind for kind in kinds if "Lambda" in kind or "Function" in kind or "Role" in kind or "Custom" in kind}


def test_the_bucket_is_private_and_read_by_the_distribution_alone(template: Template) -> None:
    buckets = of_type(template, "AWS::S3::Bucket")
    assert len(buckets) == 2
    for bucket in buckets:
        assert set(bucket["PublicAccessBlockConfiguration"].values()) == {True}
        assert bucket["BucketEncryption"]
        assert "WebsiteConfiguration" not in bucket
    statements = [
        each for policy in of_type(template, "AWS::S3::BucketPolicy") for each in policy["PolicyDocument"]["Statement"]
    ]
    allowed = [each for each in statements if each["Effect"] == "Allow" and each["Action"] == "s3:GetObject"]
    (reading,) = allowed
    assert reading["Principal"] == {"Service": "cloudfront.amazonaws.com"}
    assert "AWS:SourceArn" in reading["Condition"]["StringEquals"]
    (access,) = of_type(template, "AWS::CloudFront::OriginAccessControl")
    assert access["OriginAccessControlConfig"]["SigningBehavior"] == "always"


def test_page_and_api_have_one_address_and_answers_of_the_api_are_kept_nowhere(template: Template) -> None:
    (distribution,) = (each["DistributionConfig"] for each in of_type(template, "AWS::CloudFront::Distribution"))
    assert distribution["DefaultRootObject"] == "index.html"
    assert distribution["DefaultCacheBehavior"]["ViewerProtocolPolicy"] == "redirect-to-https"
    (api,) = distribution["CacheBehaviors"]
    assert (api["PathPattern"], api["ViewerProtocolPolicy"]) == ("/v1/*", "https-only")
    assert api["CachePolicyId"] == "4135ea2d-6df8-44a3-9df3-4b5a84be39ad", "CachingDisabled"
    (origin,) = [each for each in distribution["Origins"] if "CustomOriginConfig" in each]
    assert origin["OriginPath"] == "/live"
    assert origin["CustomOriginConfig"]["OriginProtocolPolicy"] == "https-only"
    (header,) = origin["OriginCustomHeaders"]
    assert header["HeaderName"] == "x-api-key"
    assert "{{resolve:secretsmanager:" in json.dumps(header["HeaderValue"]), "the key stands in no template"


def test_the_policy_is_the_declared_one_with_the_sign_in_besides(template: Template) -> None:
    (headers,) = (
        each["ResponseHeadersPolicyConfig"] for each in of_type(template, "AWS::CloudFront::ResponseHeadersPolicy")
    )
    declared = json.loads((CONSOLE / "headers.json").read_text(encoding="utf-8"))
    policy = json.dumps(headers["SecurityHeadersConfig"]["ContentSecurityPolicy"]["ContentSecurityPolicy"])
    for directive in declared["Content-Security-Policy"].split("; "):
        assert directive in policy
    assert "connect-src 'self' https://" in policy
    assert ".amazoncognito.com" in policy
    assert "unsafe" not in policy
    assert headers["SecurityHeadersConfig"]["FrameOptions"]["FrameOption"] == declared["X-Frame-Options"]
    assert headers["SecurityHeadersConfig"]["ReferrerPolicy"]["ReferrerPolicy"] == declared["Referrer-Policy"]
    assert headers["SecurityHeadersConfig"]["StrictTransportSecurity"]["AccessControlMaxAgeSec"] >= 31_536_000
    custom = {each["Header"]: each["Value"] for each in headers["CustomHeadersConfig"]["Items"]}
    assert custom.items() <= declared.items()
    built_in = {"Content-Security-Policy", "Referrer-Policy", "X-Content-Type-Options", "X-Frame-Options"}
    assert set(custom) | built_in == set(declared)


def test_people_sign_in_with_a_code_at_this_address_and_without_a_secret(template: Template) -> None:
    (client,) = of_type(template, "AWS::Cognito::UserPoolClient")
    assert client["AllowedOAuthFlows"] == ["code"]
    assert client["GenerateSecret"] is False
    (callback,) = client["CallbackURLs"]
    assert callback["Fn::Join"][1][0] == "https://"
    assert client["LogoutURLs"] == [callback], "who signs out comes back to the page, which says so"
    told = json.dumps(template["Outputs"]["ConsoleConfiguration"])
    for word in ("oauth2/authorize", "oauth2/token", "/logout", "clientId", "runs.read"):
        assert word in told
    assert {"ConsoleUrl", "ConsoleBucket", "ConsoleDistribution", "ConsoleConfiguration"} <= template["Outputs"].keys()


def test_the_key_counts_against_the_quota(template: Template) -> None:
    (counted,) = of_type(template, "AWS::ApiGateway::UsagePlanKey")
    assert counted["KeyType"] == "API_KEY"
    (key,) = of_type(template, "AWS::ApiGateway::ApiKey")
    assert "{{resolve:secretsmanager:" in json.dumps(key["Value"])


def test_what_is_acknowledged_has_its_reason() -> None:
    assert {each.kind for each in ACKNOWLEDGED_CONSOLE} == {
        "AwsSolutions-S1",
        "AwsSolutions-CFR1",
        "AwsSolutions-CFR2",
        "AwsSolutions-CFR4",
        "AwsSolutions-SMG4",
    }
    assert all(len(each.reason) > 40 for each in ACKNOWLEDGED_CONSOLE)


@pytest.mark.parametrize(
    ("stage", "asked", "said"),
    [
        ("local", {}, "conclave up serves the console"),
        ("dev", {"regulated": True}, "a regulated stage has no console yet"),
        ("dev", {"user_pool_arn": POOL}, "the stage's own user pool"),
    ],
)
def test_a_console_that_a_stage_cannot_have_is_refused_in_a_line(
    pack: Any, stage: str, asked: Any, said: str, fresh: Callable[..., Any]
) -> None:
    wanted = adapted(find_stage(stage), **{"regulated": False, "user_pool_arn": "", **asked})
    with pytest.raises(ConsoleUnsuitable, match=said):
        build(App(), stage=wanted, pack=pack, notify=(), console=True)
