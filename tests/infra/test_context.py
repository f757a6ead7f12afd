"""What a deployment may ask for: each documented value and combination synthesises clean, anything else is one line."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from infra.constructs.layers import ROOT
from infra.context import WORDS, ContextWrong, asked
from infra.stage import STAGES, StageUnknown, StageUnsuitable

POOL = "arn:aws:cognito-idp:eu-west-1:123456789012:userpool/eu-west-1_AbCdEfGhI"
BESIDE = "http://localhost:4318"
ONE, SEVERAL = "you@example.org", "you@example.org, night.shift+ops@ops.example.co.uk"


@pytest.mark.parametrize(
    "context",
    [
        {"stage": "local", "notify": SEVERAL},
        {"stage": "dev", "notify": ONE, "byte_code": "false"},
        {"stage": "prod", "notify": SEVERAL, "regulated": "false"},
        {"stage": "dev", "notify": ONE, "user_pool_arn": POOL},
        {"stage": "prod", "user_pool_arn": POOL},
        {"stage": "dev", "notify": SEVERAL, "regulated": "true", "user_pool_arn": POOL},
        {"stage": "prod", "notify": ONE, "regulated": "true", "zones": "eu-west-1a,eu-west-1c", "otlp": BESIDE},
    ],
    ids=lambda context: ",".join(context),
)
def test_documented_values_synthesise_together(
    context: dict[str, str], synthesise: Any, pack: Any, tmp_path: Path
) -> None:
    """On stages in AWS the rule packs run. All stages without any value are synthesised by other tests."""
    wanted = asked(context)
    deployed = synthesise(wanted.stage, pack, out=tmp_path, notify=wanted.notify)
    subscriptions = deployed.of_type("AWS::SNS::Subscription").values()
    addresses = {each["Endpoint"] for each in subscriptions if each["Protocol"] == "email"}
    assert addresses == {each.strip() for each in context.get("notify", "").split(",")} - {""}
    assert bool(deployed.of_type("AWS::EC2::VPC")) is (context.get("regulated") == "true")
    own_pool = context["stage"] != "local" and "user_pool_arn" not in context
    assert bool(deployed.of_type("AWS::Cognito::UserPool")) is own_pool
    endpoints = {each.get("OTLP_ENDPOINT") for each in variables(deployed)}
    assert endpoints == {context.get("otlp")}
    if "zones" in context:
        zones = {each["AvailabilityZone"] for each in deployed.of_type("AWS::EC2::Subnet").values()}
        assert zones == set(context["zones"].split(","))


def variables(deployed: Any) -> list[dict[str, Any]]:
    """The environment of each of our functions."""
    every = [
        each.get("Environment", {}).get("Variables", {}) for each in deployed.of_type("AWS::Lambda::Function").values()
    ]
    return [each for each in every if "CONCLAVE_STAGE" in each]


def test_a_regulated_stage_takes_no_collector_that_its_network_does_not_lead_to() -> None:
    assert asked({"stage": "prod", "otlp": "https://otlp.example.org:4318/base"}).stage.otlp
    for url in ("https://otlp.example.org", "http://localhost.example.org:4318"):
        with pytest.raises(StageUnsuitable, match="leads to no collector"):
            asked({"stage": "prod", "regulated": "true", "otlp": url})


def test_nothing_asked_for_is_the_local_airline() -> None:
    wanted = asked({})
    assert (wanted.stage, wanted.pack, wanted.notify) == (STAGES["local"], "airline", ())
    assert asked({"regulated": False, "byte_code": True, "stage": "dev"}).stage == STAGES["dev"]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *(("regulated", each) for each in ("yes", "True", "TRUE", "1", "no", "", " true", 1)),
        *(("byte_code", each) for each in ("yes", "False", "")),
        *(("runs_at_once", each) for each in ("0", "-1", "many", "2.5", "1001", "٣", "")),
        *(
            ("notify", each)
            for each in (
                "notanaddress", "a@b", "@example.org", "a@example.org,", ",", "", " ", "a@example.org;b@example.org",
                "a@example.org b@example.org", "Ann <a@example.org>", "a@exam ple.org", "a@example.org\nb@example.org",
                "a@example..org", "a@-example.org", "mailto:a@example.org", True, ["a@example.org"],
            )
        ),
        *(("zones", each) for each in ("eu-west-1a", "eu-west-1a,eu-west-1a", "eu-west-1a,us-east-1b", "use1-az1,use1-az2")),
        *(
            ("otlp", each)
            for each in (
                "localhost:4318", "ftp://a.example.org", "http://", "https://user:word@a.example.org", "http://a b", "",
                "https://a.example.org/?token=1",
            )
        ),
        *(("stage", each) for each in ("", " dev")),
        *(("pack", each) for each in ("", "airline ")),
        ("user_pool_arn", ""),
    ],
)  # fmt: skip
def test_value_that_cannot_be_meant_is_told_with_the_right_form(name: str, value: Any) -> None:
    with pytest.raises(ContextWrong) as caught:
        asked({"stage": "prod", "regulated": "true", name: value})
    (line,) = str(caught.value).splitlines()
    assert line.startswith(f"the context value {name} is ")
    assert WORDS[name] in line


@pytest.mark.parametrize("notify", ["a@example.org,a@example.org", ",".join(f"a{n}@example.org" for n in range(11))])
def test_addresses_are_few_and_each_stands_once(notify: str) -> None:
    with pytest.raises(ContextWrong, match="up to 10 addresses, each of them once"):
        asked({"notify": notify})


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("Stage", "stage"), ("stages", "stage"), ("notiy", "notify"), ("notfiy", "notify"),
        ("regulate", "regulated"), ("Regulated", "regulated"), ("user-pool-arn", "user_pool_arn"),
        ("user_pool", "user_pool_arn"), ("userPoolArn", "user_pool_arn"), ("packs", "pack"), ("zone", "zones"),
        ("bytecode", "byte_code"),
    ],
)  # fmt: skip
def test_mistyped_name_is_told_with_the_one_that_was_meant(written: str, meant: str) -> None:
    with pytest.raises(ContextWrong, match=f"no context value '{written}'; did you mean -c {meant}="):
        asked({"stage": "dev", written: "true"})


@pytest.mark.parametrize(
    "name", ["@aws-cdk/core:stackRelativeExports", "aws:cdk:bundling-stacks", "availability-zones:x", "owner"]
)
def test_context_of_others_is_left_alone(name: str) -> None:
    assert asked({name: "x"}) == asked({})


def test_flags_of_the_cdk_are_not_taken_for_ours() -> None:
    assert asked(json.loads((ROOT / "cdk.json").read_text(encoding="utf-8"))["context"]) == asked({})


def test_stage_is_found_by_its_exact_name() -> None:
    with pytest.raises(StageUnknown, match="there is no stage 'Prod'; choose one of: local, dev, prod"):
        asked({"stage": "Prod"})


def test_zones_are_those_of_a_regulated_stage() -> None:
    with pytest.raises(StageUnsuitable, match=r"add -c regulated=true"):
        asked({"stage": "dev", "zones": "eu-west-1a,eu-west-1b"})


def test_every_value_is_documented() -> None:
    text = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    assert set(re.findall(r"^\| `-c (\w+)=", text, re.MULTILINE)) == WORDS.keys()
