"""Functions under a configuration that changes, is not valid or does not answer."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import boto3
import pytest
from conclave.adapters import clients
from conclave.adapters.app_config.hosted_settings import AppConfigSettings
from conclave.agents.prices import price_table
from conclave.codec import decode
from conclave.configuration.applied import pack_under
from conclave.configuration.reading import HostedUnreachable
from conclave.functions import loading
from conclave.functions.settings import SettingMissing
from conclave.functions.wiring import Wiring
from conclave.money.prices import PriceUnknown
from conclave.types import Frame
from configured import AppConfigData, at_bounds
from handled import REGION, Context, answered, module_of, request

SECONDS = 5


class Seconds:
    """A clock that a test moves on."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def seconds() -> Seconds:
    return Seconds()


@pytest.fixture
def settings(cloud: Any, configured: AppConfigData, seconds: Seconds) -> AppConfigSettings:
    client = boto3.client("appconfigdata", region_name=REGION)
    configured.attach(client)
    return AppConfigSettings(client, "application", "environment", "settings", SECONDS, seconds)


def test_document_is_fetched_once_and_is_the_same_object(
    settings: AppConfigSettings, configured: AppConfigData
) -> None:
    configured.document = {"intake": "closed"}
    assert settings.document() == b'{"intake": "closed"}'
    assert settings.document() is settings.document()
    assert configured.paths == ["/configurationsessions", "/configuration"]


def test_what_was_read_is_kept_for_as_long_as_the_stage_says(settings: AppConfigSettings) -> None:
    before = datetime.now()
    settings.document()
    assert settings._provider is not None
    (kept,) = settings._provider.store.values()
    assert before + timedelta(seconds=SECONDS) <= kept.ttl <= datetime.now() + timedelta(seconds=SECONDS)


def test_who_does_not_answer_is_asked_again_after_a_while(
    settings: AppConfigSettings, configured: AppConfigData, seconds: Seconds
) -> None:
    configured.down = True
    for _ in range(2):
        with pytest.raises(HostedUnreachable):
            settings.document()
    configured.down = False
    with pytest.raises(HostedUnreachable, match="a moment ago"):
        settings.document()
    assert configured.paths == []
    seconds.now = SECONDS
    assert settings.document() == b"{}"


def test_a_spent_token_is_followed_by_a_new_session(
    settings: AppConfigSettings, configured: AppConfigData, seconds: Seconds
) -> None:
    """Powertools would offer the same token for ever."""
    settings.document()
    configured._good = "another"
    assert settings._provider is not None
    settings._provider.store.clear()
    with pytest.raises(HostedUnreachable):
        settings.document()
    seconds.now = SECONDS
    assert settings.document() == b"{}"
    assert configured.paths.count("/configurationsessions") == 2


def report(cloud: Any, text: str) -> tuple[int, dict[str, Any]]:
    return answered(cloud("intake")(request("POST", "/v1/incidents", {"text": text}), Context()))


def test_closed_intake_takes_no_new_incident_and_still_answers_about_known_ones(
    cloud: Any, configured: AppConfigData
) -> None:
    _, before = report(cloud, "P101 is stuck")
    reread(configured, {"intake": "closed"})
    status, refused = report(cloud, "P102 is stuck")
    assert (status, refused["error"]["code"]) == (503, "intake_closed")
    status, again = report(cloud, "P101 is stuck")
    assert (status, again["run_id"], again["duplicate"]) == (202, before["run_id"], True)
    with pytest.raises(Exception, match="intake_closed"):
        cloud("receive")(
            {"id": "e", "source": "ops", "time": "2026-11-21T06:00:00Z", "detail": {"text": "P103 is stuck"}}, Context()
        )
    reread(configured, {})
    assert report(cloud, "P102 is stuck")[0] == 202


def reread(configured: AppConfigData, document: dict[str, Any] | bytes) -> None:
    """Deploys a document, and lets the process forget how young what it has read is."""
    configured.document = document
    hosted = Wiring.from_env()
    _ = hosted.in_force
    from conclave.functions import wiring

    reader = wiring._settings_reader(
        clients.client("appconfigdata"),
        hosted.settings.configuration,
        hosted.settings.packaged_settings,
        hosted.settings.settings_seconds,
    )
    reader._hosted._provider.store.clear()  # type: ignore[attr-defined]


def kept(cloud: Any, key: str = "") -> Any:
    """The settings of a run that is reported and framed now."""
    body = {"incident": {"parcel": "P101"}}
    _, accepted = answered(cloud("intake")(request("POST", "/v1/incidents", body, key=key), Context()))
    run_id = accepted["run_id"]
    cloud("frame")({"run_id": run_id, "execution_arn": "execution", "correlation_id": "c"}, Context())
    wiring = Wiring.from_env()
    stored = wiring.runs.read(run_id, ["FRAME"])
    manifest = decode(stored["FRAME"], Frame).manifest
    assert manifest is not None
    return manifest.settings


def test_run_says_which_settings_it_began_with_and_why(cloud: Any, configured: AppConfigData) -> None:
    reread(configured, {"limits": {"model_turns": 3}})
    hosted = kept(cloud, "a")
    assert (hosted.source, hosted.fault, hosted.settings["limits"]["model_turns"]) == ("hosted", "", 3)
    assert hosted.settings["money"]["month_usd"] == 60
    for document in (b"[", {"limits": {"model_turns": 99}}, {"limits": {"model_turns": 4}, "guardrail": "off"}):
        reread(configured, document)
        invalid = kept(cloud, str(document))
        assert (invalid.source, invalid.fault, invalid.version) == ("kept", "invalid", hosted.version)


def test_no_setting_takes_a_model_from_behind_the_guardrail(cloud: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TIME_LIMIT_SECONDS", "45")
    handler, wiring = module_of("run_agent"), Wiring.from_env()
    for said, under in at_bounds():
        for agent in pack_under(wiring.pack, under).agents:
            config = handler.model_of(wiring, agent, under)._shared.config
            assert (config["guardrail_id"], config["guardrail_version"]) == ("gr-1", "1"), said


def test_without_an_answer_a_fresh_process_goes_by_what_is_packaged(cloud: Any, configured: AppConfigData) -> None:
    configured.down = True
    packaged = kept(cloud)
    assert (packaged.source, packaged.fault) == ("packaged", "unreachable")
    assert packaged.settings["money"]["month_usd"] == 60


@pytest.mark.parametrize("verb", ["intake", "receive", "publish", "close_run", "sweep"])
def test_a_function_that_counts_costs_does_not_start_without_the_table_of_sums(
    cloud: Any, monkeypatch: pytest.MonkeyPatch, verb: str
) -> None:
    monkeypatch.setattr(loading, "ON_LAMBDA", True)
    monkeypatch.delenv("SPENDING_TABLE")
    with pytest.raises(SettingMissing, match=r"^the environment variable SPENDING_TABLE is not set$"):
        cloud(verb)


@pytest.mark.parametrize("verb", ["frame", "run_agent"])
def test_a_function_that_asks_models_does_not_start_where_one_of_them_has_no_price(
    cloud: Any, monkeypatch: pytest.MonkeyPatch, verb: str
) -> None:
    whole = price_table
    monkeypatch.setattr(loading, "ON_LAMBDA", True)
    monkeypatch.setattr("conclave.functions.wiring.price_table", lambda day: whole("2020-01-01"))
    with pytest.raises(PriceUnknown, match=r"no price of global.anthropic.+ is in force; add a row"):
        cloud(verb)


def test_a_question_is_asked_of_the_models_that_settings_name(
    cloud: Any, configured: AppConfigData, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TIME_LIMIT_SECONDS", "20")
    configured.document = {
        "models": {"business": {"chain": ["balanced"], "inference": {"max_tokens": 900}}},
        "limits": {"output_tokens": 700},
    }
    del cloud
    module, wiring = module_of("converse"), Wiring.from_env()
    asked = module.model_of(wiring, module.COUNSEL.on_tier("strong"), wiring.in_force.settings)
    assert [each.tier for each in asked._chain] == ["strong", "balanced"]
    assert ([each.max_tokens for each in asked._chain], asked._output_tokens) == ([900, 900], 700)
