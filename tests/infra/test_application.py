"""The app as the CDK's command line runs it: every pack in every stage, and mistakes in one line."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from aws_cdk import App
from conclave.pack import Inference, Inferences, available_packs, load_pack
from msgspec import structs

import app
from infra.application import build, check_inference, check_prices
from infra.constructs.edge.request import SchemaUnknown
from infra.constructs.layers import ROOT
from infra.constructs.phase_machine import RunTooLong
from infra.nag import AcknowledgementUnused
from infra.stage import STAGES, Contradiction, StageUnsuitable, find_stage
from infra.tables import OF_THE_ENGINE


def run_app(tmp_path: Path, **context: Any) -> subprocess.CompletedProcess[str]:
    settings = json.loads((ROOT / "cdk.json").read_text(encoding="utf-8"))
    environment = {
        **{name: value for name, value in os.environ.items() if name != "JSII_NODE"},
        "CDK_CONTEXT_JSON": json.dumps({**settings["context"], "aws:cdk:bundling-stacks": [], **context}),
        "CDK_OUTDIR": str(tmp_path),
    }
    return subprocess.run(
        [sys.executable, "app.py"], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize(
    ("context", "message"),
    [
        ({"pack": "railway"}, "conclave: there is no pack 'railway'; choose one of: "),
        ({"notifiy": "you@example.org"}, "conclave: there is no context value 'notifiy'; did you mean -c notify="),
    ],
)
def test_a_mistake_of_the_caller_is_told_in_one_line(tmp_path: Path, context: Any, message: str) -> None:
    done = run_app(tmp_path, **context)
    assert done.returncode == 1
    assert done.stdout == ""
    (line,) = done.stderr.splitlines()
    assert line.startswith(message)
    assert not list(tmp_path.iterdir())


ROW = {"from": "2026-10-07", "input": "1", "output": "2", "cache_read": "0.1", "cache_write": "1.25"}
PRICED = {
    "as_of": "2026-11-21",
    "unit": "u",
    "source": "s",
    "models": {"global.anthropic.claude-haiku-5-5": [ROW], "global.anthropic.claude-sonnet-5-5": [ROW]},
}


@pytest.mark.parametrize(
    ("rows", "today", "said"),
    [
        (PRICED, "2027-11-23", "the prices are as of 2026-11-21, 367 days ago; compare them with their source"),
        (PRICED, "2026-10-06", "no price of global.anthropic.claude-haiku-5-5 is in force; add a row"),
        (
            {**PRICED, "models": {"global.anthropic.claude-haiku-5-5": [ROW]}},
            "2026-11-28",
            "no price of global.anthropic.claude-sonnet-5-5 is in force; add a row",
        ),
        ({**PRICED, "as_of": "yesterday"}, "2026-11-28", "the prices do not fit their schema"),
        ({**PRICED, "as_of": "2026-02-30"}, "2026-11-28", "as_of"),
    ],
)
def test_prices_by_which_nobody_should_spend_are_refused_in_one_line(rows: Any, today: str, said: str) -> None:
    with pytest.raises(Contradiction, match=said) as refused:
        check_prices(find_stage("prod"), date.fromisoformat(today), rows)
    assert "\n" not in str(refused.value)
    assert "prices.json" in str(refused.value)


def test_prices_of_today_are_taken_and_a_laptop_minds_no_age() -> None:
    for stage in STAGES.values():
        check_prices(stage, date(2026, 11, 29))
    check_prices(find_stage("dev"), date(2027, 11, 22), PRICED)
    check_prices(find_stage("local"), date(2030, 1, 1), PRICED)


def test_synthesis_checks_the_prices_before_anything_is_built(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any) -> None:
        raise Contradiction("too old")

    monkeypatch.setattr("app.check_prices", refuse)
    monkeypatch.setattr("app.build", lambda *_, **__: pytest.fail("it was built"))
    with pytest.raises(SystemExit, match="conclave: too old"):
        app.main()


@pytest.mark.parametrize("kind", [RunTooLong, SchemaUnknown, AcknowledgementUnused, StageUnsuitable])
def test_what_cannot_be_deployed_ends_in_its_message(
    kind: type[Contradiction], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: Any, **__: Any) -> None:
        raise kind("this and that")

    monkeypatch.setattr("app.build", refuse)
    with pytest.raises(SystemExit) as ended:
        app.main()
    assert ended.value.code == "conclave: this and that"


def test_the_app_says_nothing_when_all_is_well(tmp_path: Path) -> None:
    done = run_app(tmp_path, stage="local", pack="example")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    manifest = json.loads((tmp_path / "manifest.json").read_text(encoding="utf-8"))
    stacks = {name for name, each in manifest["artifacts"].items() if each["type"] == "aws:cloudformation:stack"}
    assert stacks == {f"Conclave-local-example-{part}" for part in ("data", "engine", "operations")}


@pytest.mark.parametrize("stage", STAGES)
@pytest.mark.parametrize("name", available_packs())
def test_every_pack_synthesises_in_every_stage(name: str, stage: str, fresh: Callable[..., Any]) -> None:
    pack = load_pack(name)
    pack.validate()
    deployed = fresh(find_stage(stage), pack)
    assert len(deployed.of_type("AWS::DynamoDB::Table")) == len(OF_THE_ENGINE) + len(pack.tables)
    assert max(len(each["Resources"]) for each in (deployed.data, deployed.engine, deployed.operations)) < 450


def test_parameters_that_a_model_does_not_take_are_refused() -> None:
    pack, stage = load_pack("example"), find_stage("dev")
    check_inference(replace(stage, inference={"arbiter": {"effort": "high", "max_tokens": 4096}}), pack)
    with pytest.raises(Contradiction, match=r"^models\.safety\.inference\.temperature: .*haiku.* does not take it"):
        check_inference(replace(stage, inference={"safety": {"temperature": 0.0}}), pack)
    declared = structs.replace(pack, inference=Inferences(framing=Inference(top_p=0.5)))
    with pytest.raises(Contradiction, match=r"^models\.framing\.inference\.top_p"):
        build(App(), stage=stage, pack=declared, notify=())


def test_parameters_of_a_stage_keep_to_the_bounds_of_settings() -> None:
    stage = replace(find_stage("dev"), inference={"arbiter": {"max_tokens": 100}})
    with pytest.raises(Contradiction, match=r"models\.arbiter\.inference\.max_tokens can be a whole number from 512"):
        build(App(), stage=stage, pack=load_pack("example"), notify=())
