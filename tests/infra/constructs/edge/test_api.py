"""The API: who may call it, how often, with what, and what it says when it refuses."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Annotated, Any

import pytest
from conclave.api.callers import Group
from conclave.api.intake import SubmissionInvalid, parse_submission
from conclave.pack import load_pack
from conclave.untrusted.limits import MAX_KEY_CHARACTERS, MAX_TEXT_CHARACTERS
from hypothesis import example, given, settings
from hypothesis import strategies as st
from jsonschema import Draft4Validator
from msgspec import Meta, structs

from infra.constructs.edge.callers import OF_PEOPLE, SIGNED_IN
from infra.constructs.edge.firewall import MANAGED
from infra.constructs.edge.request import SchemaUnknown, body_schema
from infra.stage import Authorisation, StageUnsuitable, adapted, find_stage

POOL = "arn:aws:cognito-idp:eu-west-1:123456789012:userpool/eu-west-1_AbCdEfGhI"
SCOPE = {
    "POST incidents": "incidents.write",
    "GET runs": "runs.read",
    "GET {run_id}": "runs.read",
    "GET audit": "audits.read",
    "GET trace": "runs.read",
    "GET picture": "runs.read",
    "GET events": "runs.read",
    "POST listeners": "runs.read",
    "GET texts": "texts.read",
    "GET recording": "texts.read",
    "POST consents": "calls.consent",
    "POST erasure": "texts.erase",
    "POST approval": "decisions.act",
    "POST feedback": "feedback.give",
    "POST questions": "runs.ask",
    "POST forks": "runs.fork",
}


def methods(deployed: Any) -> dict[str, dict[str, Any]]:
    parts = {id: each["PathPart"] for id, each in deployed.of_type("AWS::ApiGateway::Resource").items()}
    return {
        f"{each['HttpMethod']} {parts[each['ResourceId']['Ref']]}": each
        for each in deployed.of_type("AWS::ApiGateway::Method").values()
    }


@pytest.mark.parametrize("stage", ["dev", "prod"])
def test_on_aws_every_method_wants_a_token_with_its_scope_and_a_key(deployed: Any, stage: str) -> None:
    found = methods(deployed(stage))
    assert set(found) == set(SCOPE)
    for name, method in found.items():
        assert method["AuthorizationType"] == "COGNITO_USER_POOLS"
        assert method["AuthorizationScopes"] == [f"conclave-{stage}-small/{SCOPE[name]}"]
        assert method["ApiKeyRequired"] is True
    (authorizer,) = deployed(stage).of_type("AWS::ApiGateway::Authorizer").values()
    assert len(authorizer["ProviderARNs"]) == 1


def test_locally_every_method_wants_a_signature(deployed: Any) -> None:
    found = methods(deployed("local"))
    assert set(found) == set(SCOPE)
    assert {each["AuthorizationType"] for each in found.values()} == {"AWS_IAM"}
    assert not any(each.get("ApiKeyRequired") for each in found.values())


def scopes(client: Any) -> set[str]:
    return {json.dumps(each).rpartition("/")[2].strip('"]} ') for each in client["AllowedOAuthScopes"]}


def test_programs_and_people_get_tokens_and_what_needs_a_person_is_for_people_only(prod: Any) -> None:
    clients = {
        each["ClientName"].rpartition("-")[2]: each for each in prod.of_type("AWS::Cognito::UserPoolClient").values()
    }
    programs, people = clients.pop("programs"), clients.pop("people")
    assert not clients
    assert (programs["AllowedOAuthFlows"], programs["GenerateSecret"]) == (["client_credentials"], True)
    assert (people["AllowedOAuthFlows"], people["GenerateSecret"]) == (["code"], False)
    assert people["CallbackURLs"] == [*SIGNED_IN]
    assert all(re.fullmatch(r"http://localhost:\d{4}/", each) for each in SIGNED_IN)
    assert len(SIGNED_IN) <= 100, "Cognito takes so many"
    assert scopes(people) == set(SCOPE.values())
    assert scopes(people) - scopes(programs) == OF_PEOPLE
    assert scopes(programs) < scopes(people)
    for client in (programs, people):
        assert client.get("SupportedIdentityProviders", ["COGNITO"]) == ["COGNITO"]
    (server,) = prod.of_type("AWS::Cognito::UserPoolResourceServer").values()
    assert server["Identifier"] == "conclave-prod-small"
    assert {each["ScopeName"] for each in server["Scopes"]} == set(SCOPE.values())
    (pool,) = prod.of_type("AWS::Cognito::UserPool").values()
    assert pool["AdminCreateUserConfig"]["AllowAdminCreateUserOnly"] is True
    assert (pool["MfaConfiguration"], pool["EnabledMfas"]) == ("ON", ["SOFTWARE_TOKEN_MFA"])
    assert pool["Policies"]["PasswordPolicy"]["MinimumLength"] == 14
    assert pool["UserPoolAddOns"] == {"AdvancedSecurityMode": "ENFORCED"}
    assert pool["DeletionProtection"] == "ACTIVE"


def test_a_user_pool_that_exists_is_used(fresh: Callable[..., Any], pack: Any) -> None:
    deployed = fresh(replace(adapted(find_stage("prod"), regulated=False, user_pool_arn=POOL), on_aws=False), pack)
    assert not deployed.of_type("AWS::Cognito::UserPool")
    (authorizer,) = deployed.of_type("AWS::ApiGateway::Authorizer").values()
    assert POOL in json.dumps(authorizer["ProviderARNs"]) or "eu-west-1_AbCdEfGhI" in json.dumps(authorizer)
    clients = deployed.of_type("AWS::Cognito::UserPoolClient").values()
    assert [each["UserPoolId"] for each in clients] == ["eu-west-1_AbCdEfGhI"] * 2
    assert "TokenUrl" not in deployed.engine["Outputs"]


@pytest.mark.parametrize(
    ("stage", "asked", "message"),
    [
        ("local", {"regulated": True, "user_pool_arn": ""}, "stage local cannot be regulated"),
        ("local", {"regulated": False, "user_pool_arn": POOL}, "stage local authorises by iam"),
        ("prod", {"regulated": False, "user_pool_arn": "pool"}, "user_pool_arn is not the ARN of a user pool"),
    ],
)
def test_what_a_stage_cannot_be_is_refused(stage: str, asked: Any, message: str) -> None:
    with pytest.raises(StageUnsuitable, match=message):
        adapted(find_stage(stage), **asked)


def test_an_aws_stage_may_believe_signatures(fresh: Callable[..., Any], pack: Any) -> None:
    deployed = fresh(replace(find_stage("prod"), authorisation=Authorisation.IAM, on_aws=False), pack)
    assert {each["AuthorizationType"] for each in methods(deployed).values()} == {"AWS_IAM"}
    assert not deployed.of_type("AWS::Cognito::UserPool")


def test_the_stage_is_throttled_incidents_more_than_the_rest(prod: Any) -> None:
    (stage,) = prod.of_type("AWS::ApiGateway::Stage").values()
    rates = {
        f"{each['HttpMethod']} {each['ResourcePath']}": each["ThrottlingRateLimit"] for each in stage["MethodSettings"]
    }
    assert rates == {
        "* /*": prod.stage.limits.requests_per_second,
        "POST /~1v1~1incidents": prod.stage.limits.incidents_per_second,
    }


def test_a_client_has_a_key_with_a_quota_and_a_rate(prod: Any) -> None:
    (plan,) = prod.of_type("AWS::ApiGateway::UsagePlan").values()
    limits = prod.stage.limits
    assert plan["Quota"] == {"Limit": limits.requests_per_day, "Period": "DAY"}
    assert plan["Throttle"] == {"RateLimit": limits.requests_per_second, "BurstLimit": limits.burst}
    assert len(plan["ApiStages"]) == 1
    (joined,) = prod.of_type("AWS::ApiGateway::UsagePlanKey").values()
    assert joined["KeyId"]["Ref"] in prod.of_type("AWS::ApiGateway::ApiKey")
    assert "Value" not in next(iter(prod.of_type("AWS::ApiGateway::ApiKey").values()))
    assert prod.engine["Outputs"]["ApiKeyId"]["Value"] == joined["KeyId"]


@pytest.mark.parametrize("name", ["dev", "prod"])
def test_the_firewall_stands_before_the_stage(deployed: Any, name: str) -> None:
    resources = deployed(name)
    acls = {each["Name"]: each for each in resources.of_type("AWS::WAFv2::WebACL").values()}
    acl = acls.pop(f"conclave-{name}-small")
    flood, *managed = sorted(acl["Rules"], key=lambda rule: rule["Priority"])
    assert flood["Action"] == {"Block": {}}
    assert flood["Statement"]["RateBasedStatement"]["Limit"] == resources.stage.limits.requests_per_address
    assert flood["Statement"]["RateBasedStatement"]["AggregateKeyType"] == "IP"
    assert [each["Name"] for each in managed] == list(MANAGED)
    for rule in managed:
        statement = rule["Statement"]["ManagedRuleGroupStatement"]
        assert (statement["VendorName"], rule["OverrideAction"]) == ("AWS", {"None": {}})
        counting = {each["Name"] for each in statement.get("RuleActionOverrides", ())}
        assert counting == set(MANAGED[rule["Name"]])
    joined = {
        resources.resources[each["WebACLArn"]["Fn::GetAtt"][0]]["Properties"]["Name"]: json.dumps(each["ResourceArn"])
        for each in resources.of_type("AWS::WAFv2::WebACLAssociation").values()
    }
    (stage,) = resources.of_type("AWS::ApiGateway::Stage")
    assert stage in joined.pop(acl["Name"])
    ((sign_in, pages),) = acls.items()
    assert "CallersPool" in joined[sign_in]
    assert [each["Name"] for each in sorted(pages["Rules"], key=lambda rule: rule["Priority"])] == [
        "flood",
        "AWSManagedRulesAmazonIpReputationList",
    ]


def test_groups_of_people_are_made_in_our_pool_and_in_one_that_exists(fresh: Any, pack: Any, prod: Any) -> None:
    foreign = fresh(replace(adapted(find_stage("prod"), regulated=False, user_pool_arn=POOL), on_aws=False), pack)
    assert len(foreign.of_type("AWS::WAFv2::WebACL")) == 1
    for deployed in (prod, foreign):
        groups = deployed.of_type("AWS::Cognito::UserPoolGroup").values()
        assert {each["GroupName"] for each in groups} == {f"conclave-prod-small-{group}" for group in Group}
        prefix = deployed.function("intake")["Environment"]["Variables"]["TABLE_PREFIX"]
        assert all(each["GroupName"].startswith(prefix) and each["Description"] for each in groups)
        (programs,) = {json.dumps(each["UserPoolId"]) for each in groups}
        assert programs in {
            json.dumps(each["UserPoolId"]) for each in deployed.of_type("AWS::Cognito::UserPoolClient").values()
        }


def test_the_firewall_logs_what_it_refuses_without_credentials(prod: Any) -> None:
    found = prod.of_type("AWS::WAFv2::LoggingConfiguration").values()
    assert len(found) == 2
    for logging in found:
        assert {each["SingleHeader"]["Name"] for each in logging["RedactedFields"]} == {
            "authorization",
            "x-api-key",
            "x-amz-security-token",
        }
        assert ":*" not in json.dumps(logging["LogDestinationConfigs"])
    assert "aws-waf-logs-" in json.dumps(
        [each["LogGroupName"] for each in prod.of_type("AWS::Logs::LogGroup").values()]
    )


def test_every_error_of_the_gateway_is_json_in_our_shape(prod: Any) -> None:
    responses = {each["ResponseType"]: each for each in prod.of_type("AWS::ApiGateway::GatewayResponse").values()}
    statuses = {
        "REQUEST_TOO_LARGE": "413",
        "THROTTLED": "429",
        "QUOTA_EXCEEDED": "429",
        "MISSING_AUTHENTICATION_TOKEN": "403",
        "UNAUTHORIZED": "401",
        "INVALID_API_KEY": "403",
        "WAF_FILTERED": "403",
    }
    assert {kind: responses[kind]["StatusCode"] for kind in statuses} == statuses
    for response in responses.values():
        text = re.sub(r"\$context\.error\.messageString", '"said"', response["ResponseTemplates"]["application/json"])
        assert set(json.loads(text)["error"]) == {"code", "message"}


def test_a_post_is_checked_against_the_schema_of_the_pack(prod: Any) -> None:
    (model,) = prod.of_type("AWS::ApiGateway::Model").values()
    assert model["Schema"] == json.loads(json.dumps(body_schema(prod.pack)))
    post = methods(prod)["POST incidents"]
    assert post["RequestModels"]["application/json"]["Ref"] in prod.of_type("AWS::ApiGateway::Model")
    validator = prod.resources[post["RequestValidatorId"]["Ref"]]["Properties"]
    assert (validator["ValidateRequestBody"], validator["ValidateRequestParameters"]) == (True, True)


@pytest.mark.parametrize("name", ["airline", "example"])
def test_schemas_are_draft_4_without_references(name: str) -> None:
    schema = body_schema(load_pack(name))
    Draft4Validator.check_schema(schema)
    assert "$ref" not in json.dumps(schema)
    assert "$defs" not in json.dumps(schema)


@dataclass
class Odd:
    """An incident with a bound that draft 4 writes otherwise."""

    days: Annotated[int, Meta(gt=3)] = 4


@dataclass
class Nested:
    """An incident with a field that is an object of any keys."""

    counts: dict[str, int] = field(default_factory=dict)


@dataclass
class Listed:
    """An incident with a list."""

    places: tuple[str, ...] = ()


@dataclass
class Related:
    """An incident with another dataclass in it."""

    other: Odd = field(default_factory=Odd)


@dataclass
class Deep:
    """An incident whose entries have entries."""

    others: Annotated[tuple[Listed, ...], Meta(max_length=2)] = ()


@pytest.mark.parametrize(
    ("incident", "said"),
    [
        (Deep, "an array; .*flat records"),
        (Odd, "exclusiveMinimum.*ge and le"),
        (Nested, "an object; .*plain values"),
        (Listed, "an array; .*plain values"),
        (Related, "an object; .*plain values"),
    ],
)
def test_an_incident_that_draft_4_cannot_say_is_refused(pack: Any, incident: Any, said: str) -> None:
    with pytest.raises(SchemaUnknown, match=said):
        body_schema(structs.replace(pack, incident=incident))


def intake_takes(body: Any, pack: Any) -> bool:
    try:
        parse_submission(body, pack, "2026-11-21")
    except SubmissionInvalid:
        return False
    return True


def _printable(**bounds: Any) -> st.SearchStrategy[str]:
    return st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Zs", "Zl", "Zp")), **bounds)


ANYTHING = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-10, 10**16),
    st.floats(-10.0, 500.0),
    _printable(max_size=20),
    st.sampled_from(["T1", "T12345", "worn", "", " ", "x" * MAX_TEXT_CHARACTERS, "x" * (MAX_TEXT_CHARACTERS + 1)]),
    st.lists(st.integers(), max_size=2),
    st.dictionaries(_printable(max_size=5), st.integers(), max_size=2),
)
PARTS = st.lists(
    st.fixed_dictionaries({}, optional={"name": _printable(max_size=10), "count": st.integers(-1, 10)}), max_size=3
)
GOOD_PARTS = st.lists(
    st.fixed_dictionaries({}, optional={"name": _printable(max_size=9), "count": st.integers(0, 9)}), max_size=2
)
INCIDENTS = st.fixed_dictionaries(
    {},
    optional={
        "thing": st.one_of(st.sampled_from(["T1", "T9999", ""]), ANYTHING),
        "cause": st.one_of(st.sampled_from(["worn", "lost", None]), ANYTHING),
        "days": st.one_of(st.integers(-1, 401), st.just(2.0), st.just(2.5), ANYTHING),
        "weight": st.one_of(st.floats(-5, 5), st.integers(0, 9), ANYTHING),
        "urgent": st.one_of(st.booleans(), ANYTHING),
        "parts": st.one_of(PARTS, st.lists(ANYTHING, max_size=2), ANYTHING),
        "words": st.one_of(st.lists(_printable(max_size=10), max_size=3), ANYTHING),
        "colour": ANYTHING,
    },
)
GOOD_INCIDENTS = st.fixed_dictionaries(
    {},
    optional={
        "thing": st.sampled_from(["T1", "T9999", ""]),
        "cause": st.sampled_from(["worn", "lost", None]),
        "days": st.integers(0, 400),
        "weight": st.one_of(st.floats(-5, 5), st.integers(0, 9)),
        "urgent": st.booleans(),
        "parts": GOOD_PARTS,
        "words": st.lists(_printable(max_size=9), max_size=2),
    },
)
BODIES = st.one_of(
    ANYTHING,
    st.fixed_dictionaries({"incident": GOOD_INCIDENTS}),
    st.fixed_dictionaries({"text": _printable(min_size=1, max_size=40)}, optional={"more": st.just(1)}),
    st.fixed_dictionaries(
        {},
        optional={
            "text": st.one_of(_printable(min_size=1, max_size=40), ANYTHING),
            "incident": st.one_of(INCIDENTS, ANYTHING),
            "idempotency_key": st.one_of(_printable(max_size=20), st.just("k" * (MAX_KEY_CHARACTERS + 1)), ANYTHING),
            "more": st.sampled_from([1, "x", None]),
        },
    ),
    st.fixed_dictionaries({"incident": INCIDENTS}),
)


@pytest.fixture(scope="module")
def gateway(pack: Any) -> Draft4Validator:
    return Draft4Validator(body_schema(pack))


@settings(max_examples=600, deadline=None)
@given(body=BODIES)
@example(body={"text": "x", "incident": None})
@example(body={"text": None, "incident": {}})
@example(body={"text": "x", "incident": {}})
@example(body={"text": " "})
@example(body={"incident": {"days": 2.0}})
@example(body={"incident": {"days": True}})
@example(body={"incident": {"colour": 1}})
@example(body={"incident": {"parts": [{"colour": 1}]}})
@example(body={"incident": {"parts": [None]}})
@example(body={"incident": {"parts": [{}, {}, {}]}})
@example(body={"incident": {"words": ["x" * 10]}})
@example(body={"text": "x", "idempotency_key": 0})
@example(body={"text": "x" * MAX_TEXT_CHARACTERS})
@example(body={"text": "x" * (MAX_TEXT_CHARACTERS + 1)})
def test_gateway_and_intake_agree_on_every_body(gateway: Draft4Validator, pack: Any, body: Any) -> None:
    assert gateway.is_valid(body) == intake_takes(body, pack)


def test_the_generated_bodies_are_good_and_bad(pack: Any) -> None:
    """Agreement on bad bodies alone would prove little."""
    counted = {True: 0, False: 0}

    @settings(max_examples=300, deadline=None, database=None)
    @given(body=BODIES)
    def count(body: Any) -> None:
        counted[intake_takes(body, pack)] += 1

    count()
    assert min(counted.values()) > 30


@pytest.mark.parametrize("name", ["airline", "example"])
def test_the_gateway_takes_the_examples_of_every_pack(name: str) -> None:
    pack = load_pack(name)
    validator = Draft4Validator(body_schema(pack))
    for text in pack.examples("2026-11-21"):
        assert validator.is_valid({"text": text})


def test_what_only_intake_sees_is_left_to_it(pack: Any) -> None:
    """Characters and depth: the schema lets them pass, intake does not."""
    deep: Any = 1
    for _ in range(20):
        deep = [deep]
    for body in ({"text": "a\x00b"}, {"text": "x", "more": deep}, {"text": "x", "more": 1e300}, {"text": " "}):
        assert not intake_takes(body, pack)
    assert Draft4Validator(body_schema(pack)).is_valid({"text": "a\x00b"})


def test_a_connection_for_events_takes_a_ticket_and_is_throttled_and_logged_without_it(prod: Any) -> None:
    (api,) = prod.of_type("AWS::ApiGatewayV2::Api").values()
    assert api["ProtocolType"] == "WEBSOCKET"
    routes = {each["RouteKey"]: each for each in prod.of_type("AWS::ApiGatewayV2::Route").values()}
    assert routes.keys() == {"$connect", "$default", "$disconnect"}
    assert routes["$connect"]["AuthorizationType"] == "CUSTOM"
    (authorizer,) = prod.of_type("AWS::ApiGatewayV2::Authorizer").values()
    assert (authorizer["AuthorizerType"], authorizer["IdentitySource"]) == (
        "REQUEST",
        ["route.request.querystring.ticket"],
    )
    (stage,) = prod.of_type("AWS::ApiGatewayV2::Stage").values()
    assert stage["DefaultRouteSettings"]["ThrottlingRateLimit"] == prod.stage.limits.requests_per_second
    assert "query" not in stage["AccessLogSettings"]["Format"].lower()
