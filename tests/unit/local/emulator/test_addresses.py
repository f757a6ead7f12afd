"""Functions on the emulator reach an API by its path, and everything else as it is written."""

from __future__ import annotations

from typing import Any

from local.emulator.corrections import with_reachable_apis

HERE = "http://127.0.0.1:4566"


def test_the_address_of_an_api_is_led_to_the_emulator() -> None:
    variables = {
        "A": "https://abc123.execute-api.us-east-1.amazonaws.com/live",
        "B": "https://bedrock.us-east-1.amazonaws.com/live",
        "C": "see https://abc123.execute-api.us-east-1.amazonaws.com/live",
        "D": "",
    }
    given: dict[str, Any] = {"FunctionName": "f", "Environment": {"Variables": variables}}
    led = with_reachable_apis(given, HERE)
    assert led["Environment"]["Variables"] == {**variables, "A": f"{HERE}/_aws/execute-api/abc123/live"}
    assert led["FunctionName"] == "f"
    assert given["Environment"]["Variables"]["A"].startswith("https")


def test_a_function_that_names_none_stays_as_it_is() -> None:
    for config in ({"FunctionName": "f"}, {"Environment": {"Variables": {"A": "x"}}}):
        assert with_reachable_apis(config, HERE) is config
