"""``evaluate``, ``compare`` and ``suite`` as commands: what they write, refuse, and exit with."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from cli.main import app

SENTENCES = [
    {"text": "EY17 is AOG", "right": [{"flight": "EY17", "problems": [{"cause": "technical"}]}]},
    {"text": "EY19 is AOG", "right": [{"flight": "EY19", "problems": [{"cause": "technical"}]}]},
]


def run(*words: Any) -> Any:
    return CliRunner().invoke(app, [str(each) for each in words])


@pytest.fixture
def suite(tmp_path: Path) -> Path:
    folder = tmp_path / "mine"
    folder.mkdir()
    (folder / "suite.json").write_text(
        json.dumps({"conclave_suite": 1, "pack": "airline", "place": {"date": "2026-11-21", "seed": 1}})
    )
    (folder / "sentences.json").write_text(json.dumps(SENTENCES))
    return folder


@pytest.mark.slow
def test_an_evaluation_is_kept_and_held_against(suite: Path, tmp_path: Path) -> None:
    kept = tmp_path / "base.json"
    first = run("evaluate", "--suite", suite, "--save", kept, "--json")
    assert (first.exit_code, json.loads(first.stdout)["sentences"]["right"]) == (0, 2)
    assert {"machine", "versions", "cases", "figures"} <= set(json.loads(kept.read_text()))
    again = run("evaluate", "--suite", suite, "--against", kept, "--json")
    assert (again.exit_code, json.loads(again.stdout)["against"]["pairs"]) == (0, 2)
    shown = run("evaluate", "--suite", suite, "--against", kept)
    assert "passes: nothing is shown to be worse" in shown.stdout
    proof = run("evaluate", "--suite", suite, "--against", kept, "--stage", "prod", "--json")
    assert (proof.exit_code, json.loads(proof.stdout)["against"]["passed"]) == (1, "not shown")
    compared = run("compare", kept, kept, "--json")
    assert (compared.exit_code, json.loads(compared.stdout)["same_option"]) == (0, 2)


@pytest.mark.slow
def test_a_misread_sentence_fails_the_command(suite: Path) -> None:
    said = [{**SENTENCES[0], "right": [{"flight": "EY21", "problems": [{"cause": "technical"}]}]}]
    (suite / "sentences.json").write_text(json.dumps(said))
    answered = run("evaluate", "--suite", suite)
    assert answered.exit_code == 1
    assert "misunderstood: 'EY17 is AOG'" in answered.stdout


def saved(path: Path, **changes: Any) -> Path:
    case = {
        "option": "delay()",
        "right": True,
        "sound": True,
        "regret": 0.0,
        "tokens": 100,
        "cost_usd": 0.1,
        "seconds": 1.0,
    }
    cases = [{"case": f"c{number}", **case, **changes} for number in range(12)]
    machine = {"cpu": "x", "cores": 2, "python": "3", "system": "Linux"}
    path.write_text(
        json.dumps(
            {"conclave_evaluation": 1, "at": "2026-11-29T00:00:00Z", "suite": "s", "where": "here", "times": 1,
             "machine": machine, "versions": {}, "figures": {}, "cases": cases}
        )
    )  # fmt: skip
    return path


def test_a_change_that_is_worse_fails_compare(tmp_path: Path) -> None:
    base, dear, wrong = (tmp_path / name for name in ("base.json", "dear.json", "wrong.json"))
    saved(base), saved(dear, tokens=200), saved(wrong, right=False)
    assert run("compare", base, base).exit_code == 0
    for worse, measure in ((dear, "tokens"), (wrong, "right")):
        answered = run("compare", base, worse, "--json")
        assert answered.exit_code == 1
        document = json.loads(answered.stdout)
        assert document["passed"] == "worse"
        assert [each["measure"] for each in document["lines"] if each["verdict"] == "worse"] == [measure]
    assert run("compare", base, dear).stdout.rstrip().endswith("does not pass: it is worse than the stage allows")


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("evaluate", "--suite", "nothing"), "there is no suite 'nothing'"),
        (("evaluate", "--against", "nowhere.json"), "nowhere.json: No such file or directory"),
        (("evaluate", "--suite", "{suite}", "--seed", "3"), "leave out --seed"),
        (("evaluate", "--suite", "{suite}", "--cloud"), "leave out --cloud"),
        (("compare", "nowhere.json", "nowhere.json"), "nowhere.json: No such file or directory"),
        (("compare", "{suite}", "{suite}"), "holds no recorded runs"),
        (
            ("compare", "{suite}/sentences.json", "{suite}/sentences.json"),
            "sentences.json: expected 'object', got 'array'",
        ),
        (("compare", "a", "b", "--stage", "moon"), "there is no stage 'moon'"),
        (("suite", "new", "{suite}"), "is there already; name a new folder"),
        (("suite", "new", "{suite}/x", "--date", "soon"), "'soon' is not a date"),
        (("suite", "new", "{suite}/x", "--regime", "icao"), "there are no duty rules 'icao'"),
        (("suite", "new", "{suite}/x", "--pack", "example"), "nothing judges decisions of 'example'"),
    ],
)
def test_bad_input_is_one_line_and_exits_with_2(suite: Path, words: tuple[str, ...], told: str) -> None:
    answered = run(*(each.format(suite=suite) for each in words))
    assert answered.exit_code == 2, answered.stderr
    assert told in answered.stderr
    assert answered.stderr.count("\n") == 1


def test_a_file_of_a_suite_that_is_bad_is_told_with_its_place(suite: Path) -> None:
    (suite / "sentences.json").write_text('[{"text": 7}]')
    answered = run("evaluate", "--suite", suite, "--json")
    assert answered.exit_code == 2
    error = json.loads(answered.stdout)["error"]
    assert error["code"] == "file_invalid"
    assert error["message"].endswith("sentences.json: [0].text: expected 'str', got 'int'")
