"""``up``, ``down``, ``status``, ``seed``, ``doctor``: the machine and what runs on it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from conclave.pack import PackInvalid

from cli.errors import CliError, ExitCode


def test_up_does_everything_in_order_and_again_nothing_new(room: Any) -> None:
    first = room("up", "--pack", "example", "--json")
    rows = len(next(iter(room.stores.values())))
    second = room("up", "--pack", "example", "--json")

    assert room.laptop.done[:3] == ["start", "bootstrap", "deploy example"]
    assert [each["step"] for each in json.loads(first.stdout)["steps"]] == [
        "local cloud",
        "bootstrap",
        "deploy",
        "sample",
    ]
    assert "wrote the sample of 2026-11-22" in first.stderr
    assert "already there: the sample of 2026-11-22" in second.stderr
    assert len(next(iter(room.stores.values()))) == rows > 0


def test_up_tells_what_is_wrong_with_a_pack_before_it_starts_anything(
    room: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def contradicts(name: str) -> None:
        raise PackInvalid(f"the pack in packs/{name} is named 'other'")

    monkeypatch.setattr("conclave.pack.load_pack", contradicts)
    result = room("up", "--pack", "example")

    assert result.exit_code == ExitCode.BAD_INPUT
    assert result.stderr == "error: the pack in packs/example is named 'other'\n"
    assert not room.laptop.done


def test_up_deploys_nothing_that_dynamodb_would_refuse(room: Any) -> None:
    room.conflicts = ["table t: make a, make b"]
    result = room("up")

    assert result.exit_code == ExitCode.BAD_INPUT
    assert "table t: make a, make b" in result.stderr
    assert not [each for each in room.laptop.done if each.startswith("deploy")]


def test_doctor_of_a_stage_names_indexes_that_cannot_be_deployed(room: Any) -> None:
    room.conflicts = ["table t: make a, make b"]
    result = room("doctor", "--stage", "dev", "--json")

    (check,) = (each for each in json.loads(result.stdout)["checks"] if each["name"] == "indexes")
    assert (check["ok"], check["found"]) == (False, "table t: make a, make b")
    assert result.exit_code == ExitCode.SETUP


def test_up_says_what_to_ask(room: Any) -> None:
    assert "--wait --pack example" in room("up", "--pack", "example").stdout


def test_up_is_for_this_machine_only(room: Any) -> None:
    result = room("--stage", "dev", "up")

    assert result.exit_code == ExitCode.BAD_INPUT
    assert "(cdk deploy --all -c stage=dev -c pack=airline)" in result.stderr


def test_down_does_not_touch_this_machine_for_another_stage(room: Any) -> None:
    result = room("down", "--stage", "dev")

    assert result.exit_code == ExitCode.BAD_INPUT
    assert not room.laptop.done


def test_up_with_a_port_in_use(room: Any) -> None:
    room.laptop.failure = CliError(
        "port 4566 is used by another program", code="start_failed", exit_code=ExitCode.SETUP
    )

    result = room("up")

    assert result.exit_code == ExitCode.SETUP
    assert result.stderr.splitlines()[-1] == "error: port 4566 is used by another program"


def test_down_tells_whether_anything_ran(room: Any) -> None:
    room.laptop.running = True

    assert json.loads(room("down", "--json").stdout) == {"stopped": True}
    assert room("down").stdout == "the local cloud was not running\n"


def test_warm_sends_one_event_to_the_bus_of_the_stage(room: Any) -> None:
    assert json.loads(room("warm", "--stage", "dev", "--json").stdout) == {"sent": True}
    assert room.bus.events == [{"warm": "up"}]
    assert "warm within seconds" in room("warm").stdout


def test_status_tells_what_runs_and_what_is_absent(room: Any) -> None:
    room.laptop.running = True
    result = room("status")

    assert "Conclave-local-airline-engine" in result.stdout
    assert "CREATE_COMPLETE" in result.stdout
    assert "X-Ray" in result.stdout
    assert set(json.loads(room("status", "--json").stdout)) == {"stage", "pack", "cloud", "coverage", "stacks"}


def test_status_of_a_stopped_cloud_asks_for_no_stacks(room: Any) -> None:
    assert json.loads(room("status", "--json").stdout)["stacks"] == []
    assert "process" not in room("status").stdout.partition("emulated")[0]


def test_status_of_an_account_is_about_its_stacks(room: Any) -> None:
    document = json.loads(room("status", "--stage", "dev", "--json").stdout)

    assert [each["name"] for each in document["stacks"]] == [
        f"Conclave-dev-airline-{part}" for part in ("data", "engine", "operations")
    ]
    assert "cloud" not in document


def test_seed_writes_once(room: Any) -> None:
    first = json.loads(room("seed", "--pack", "example", "--json").stdout)
    second = json.loads(room("seed", "--pack", "example", "--json").stdout)
    forced = json.loads(room("seed", "--pack", "example", "--force", "--json").stdout)

    assert (first["written"], second["written"], forced["written"]) == (True, False, True)
    assert first["date"] == "2026-11-22"
    assert first["rows"] == second["rows"]


def test_seed_notices_a_write_that_broke_off(room: Any) -> None:
    room("seed", "--pack", "example")
    (store,) = room.stores.values()
    table = max(store.rows, key=lambda name: len(store.rows[name]))
    store.rows[table].pop()

    assert json.loads(room("seed", "--pack", "example", "--json").stdout)["written"]


@pytest.mark.slow
def test_seed_of_another_date_or_seed_is_another_sample(room: Any) -> None:
    room("seed")

    assert not json.loads(room("seed", "--json").stdout)["written"]
    assert json.loads(room("seed", "--date", "2027-01-05", "--json").stdout)["written"]
    assert json.loads(room("seed", "--seed", "2", "--json").stdout)["written"]


def test_seed_refuses_production(room: Any) -> None:
    result = room("seed", "--stage", "prod", "--pack", "example")

    assert result.exit_code == ExitCode.BAD_INPUT
    assert result.stderr == "error: the stage prod is not for made-up data (--yes if you mean it)\n"
    assert not room.stores
    assert room("seed", "--stage", "prod", "--pack", "example", "--yes").exit_code == 0


def test_seed_of_a_wrong_date_is_bad_input(room: Any) -> None:
    assert room("seed", "--date", "5th Feb").stderr == "error: '5th Feb' is not a date (write it as 2026-11-21)\n"


def test_doctor_of_a_complete_machine(room: Any) -> None:
    result = room("doctor")

    assert result.exit_code == 0
    assert "not ok" not in result.stdout


@pytest.mark.parametrize(
    ("change", "name", "advice"),
    [
        ({"python_version": (3, 10, 4)}, "python", "install Python 3.14"),
        ({"versions": {"node": "20.11.0", "cdk": "2.1148.1", "uv": "0.13.8"}}, "node", "make setup brings Node 24"),
        ({"versions": {"node": "24.1.0", "uv": "0.13.8"}}, "cdk", "make setup"),
        ({"missing": ["ministack"]}, "packages", "make setup"),
        ({"port_states": {4566: "taken"}}, "port 4566", "CONCLAVE_PORT"),
        ({"free": 10**9}, "disk", "free at least 2 GB"),
    ],
)
def test_doctor_says_what_is_missing_and_how_to_get_it(
    room: Any, change: dict[str, Any], name: str, advice: str
) -> None:
    for attribute, value in change.items():
        setattr(room.machine, attribute, value)

    result = room("doctor", "--json")

    assert result.exit_code == ExitCode.SETUP
    (failed,) = (check for check in json.loads(result.stdout)["checks"] if not check["ok"])
    assert failed["name"] == name
    assert advice in failed["advice"]


def test_doctor_looks_for_a_deployment_in_aws(room: Any) -> None:
    checks = json.loads(room("doctor", "--stage", "dev", "--json").stdout)["checks"]

    assert checks[-2]["name"] == "Conclave-dev-airline-engine"
    assert checks[-2]["found"] == "deployed"


def quota(room: Any, *options: str, code: int = 0) -> dict[str, Any]:
    result = room("doctor", "--json", *options)
    assert result.exit_code == code
    check: dict[str, Any] = json.loads(result.stdout)["checks"][-1]
    assert check["name"] == "concurrency"
    return check


def test_doctor_finds_the_quota_of_an_account_that_has_enough(room: Any) -> None:
    for stage, needs in (("dev", "1 runs at once need 10"), ("prod", "20 runs at once need 143")):
        assert needs in quota(room, "--stage", stage)["found"]


def test_a_new_account_takes_dev_as_it_is_and_prod_with_fewer_runs_at_once(room: Any) -> None:
    room.cloud.account = {"total": 10, "unreserved": 10}
    room.cloud.deployed = False
    assert quota(room, "--stage", "dev", code=ExitCode.SETUP)["ok"]  # what fails is that nothing is deployed
    advice = quota(room, "--stage", "prod", code=ExitCode.SETUP)["advice"]
    assert advice == (
        "ask Service Quotas for 143 concurrent executions of AWS Lambda (L-B99A9384); until then deploy with "
        "-c runs_at_once=1; until then nothing is kept warm"
    )
    regulated = quota(room, "--stage", "prod", "--regulated", code=ExitCode.SETUP)
    assert "functions reserve 504" in regulated["found"]
    assert "for 604 concurrent executions" in regulated["advice"]


def test_doctor_counts_the_runs_at_once_that_are_deployed(room: Any) -> None:
    room.cloud.account = {"total": 200, "unreserved": 200}
    room.cloud.runs_at_once = "40"
    check = quota(room, "--stage", "prod", code=ExitCode.SETUP)
    assert "40 runs at once need 283" in check["found"]
    assert "for 283 concurrent executions" in check["advice"]
    assert "-c runs_at_once=28" in check["advice"]


def test_reservations_of_a_deployed_stage_are_not_counted_twice(room: Any) -> None:
    room.cloud.account = {"total": 1000, "unreserved": 570}
    assert quota(room, "--stage", "prod", "--regulated")["ok"]
    room.cloud.deployed = False
    room.cloud.account = {"total": 600, "unreserved": 500}
    assert not quota(room, "--stage", "prod", "--regulated", code=ExitCode.SETUP)["ok"]


def test_doctor_says_clearly_that_it_has_no_credentials(room: Any) -> None:
    room.cloud.failure = CliError("no AWS credentials found", advice="aws sso login, or export AWS_PROFILE")
    check = quota(room, "--stage", "dev", code=ExitCode.SETUP)
    assert check["found"] == "no AWS credentials found (aws sso login, or export AWS_PROFILE)"


def test_the_local_cloud_has_no_quota(room: Any) -> None:
    assert "no account" in quota(room)["found"]


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (("--stage", "staging"), "there is no stage 'staging'"),
        (("--regulated",), "stage local cannot be regulated"),
    ],
)
def test_doctor_refuses_a_stage_that_cannot_be(room: Any, options: tuple[str, ...], told: str) -> None:
    result = room("doctor", *options)
    assert (result.exit_code, told in result.stderr) == (ExitCode.BAD_INPUT, True)


def test_doctor_accepts_an_older_python_and_says_what_it_means(room: Any) -> None:
    room.machine.python_version = (3, 11, 9)

    assert "fine locally; Lambda runs 3.14" in room("doctor").stdout


def test_the_console_is_opened_at_the_pages_of_the_pack(room: Any) -> None:
    result = room("console", "--pack", "example")
    assert result.stdout == "http://127.0.0.1:4600/#/example/runs\n"
    assert room.browsed == ["http://127.0.0.1:4600/#/example/runs"]


@pytest.mark.parametrize("options", [["--print-url"], ["--json"]])
def test_the_address_of_the_console_is_only_printed_where_that_is_asked_for(room: Any, options: list[str]) -> None:
    result = room("console", *options)
    assert "http://127.0.0.1:4600/#/airline/runs" in result.stdout
    assert not room.browsed


def test_a_console_that_does_not_run_is_told_with_what_to_do(room: Any) -> None:
    room.laptop.page = ("", "the console is not built; to have it: make console")
    result = room("console")
    assert (result.exit_code, result.stderr) == (
        ExitCode.SETUP,
        "error: the console is not built; to have it: make console\n",
    )
    result = room("up", "--pack", "example", "--json")
    assert result.exit_code == 0
    assert json.loads(result.stdout)["console"] is None
    assert "make console" in result.stderr


@pytest.mark.slow
def test_the_console_of_a_stage_is_where_its_stack_says(room: Any) -> None:
    room.cloud.page = "https://d1.cloudfront.net/"
    assert room("console", "--stage", "dev", "--print-url").stdout == "https://d1.cloudfront.net/\n"
    room.cloud.page = ""
    missing = room("console", "--stage", "dev")
    assert missing.exit_code == ExitCode.UNREACHABLE
    assert "Conclave-dev-airline-console is not deployed (cdk deploy --all -c stage=dev" in missing.stderr


def test_up_prints_where_the_console_is(room: Any) -> None:
    assert "http://127.0.0.1:4600/#/example/runs" in room("up", "--pack", "example").stdout


def test_a_page_is_published_to_a_stage_and_not_to_this_machine(room: Any) -> None:
    assert room("console", "--publish").exit_code == ExitCode.BAD_INPUT
    room.cloud.page = "https://d1.cloudfront.net/"
    result = room("console", "--stage", "dev", "--publish", "--json")
    assert json.loads(result.stdout) == {
        "url": "https://d1.cloudfront.net/",
        "opened": False,
        "published": ["index.html once fresh"],
    }
