from __future__ import annotations

import os
from pathlib import Path

import pytest

from local import cdk
from local.cloud import Cloud
from local.errors import CloudError
from local.processes import ProcessId, last_line
from local.settings import Settings


def test_ports_come_from_the_environment(tmp_path: Path) -> None:
    settings = Settings.from_env(tmp_path, {"CONCLAVE_PORT": "5000", "CONCLAVE_BEDROCK_PORT": "5001"})
    assert settings.endpoint == "http://127.0.0.1:5000"
    assert settings.bedrock_endpoint == "http://127.0.0.1:5001"
    assert settings.console_endpoint == "http://127.0.0.1:5002"


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"CONCLAVE_PORT": "many"}, "CONCLAVE_PORT is 'many'"),
        ({"CONCLAVE_PORT": "70000"}, "from 1 to 65535"),
        ({"CONCLAVE_PORT": "4599"}, "choose two ports"),
        ({"CONCLAVE_CONSOLE_PORT": "4566"}, "another part uses"),
    ],
)
def test_ports_that_are_none_are_refused(tmp_path: Path, values: dict[str, str], words: str) -> None:
    with pytest.raises(CloudError, match=words):
        Settings.from_env(tmp_path, values)


def test_invocations_are_noted_where_a_file_is_named(tmp_path: Path) -> None:
    assert Settings.from_env(tmp_path, {}).invocations is None
    assert (
        Settings.from_env(tmp_path, {"CONCLAVE_INVOCATIONS": str(tmp_path / "notes")}).invocations == tmp_path / "notes"
    )


def test_nothing_runs_where_nothing_was_started(tmp_path: Path) -> None:
    cloud = Cloud(tmp_path, Settings(root=tmp_path))
    assert not cloud.status().running
    assert cloud.stop() is False
    with pytest.raises(CloudError, match="run: conclave up"):
        cloud.deploy("example")


@pytest.mark.parametrize("text", ["", "{", "[]", '{"emulator": 1}'])
def test_a_broken_state_file_counts_as_none(tmp_path: Path, text: str) -> None:
    (tmp_path / ".local").mkdir()
    (tmp_path / ".local" / "state.json").write_text(text, encoding="utf-8")
    assert not Cloud(tmp_path, Settings(root=tmp_path)).status().running


def test_a_process_is_known_by_its_start_too() -> None:
    here = ProcessId.of(os.getpid())
    assert here.alive()
    assert not ProcessId(here.pid, "1").alive()
    assert not ProcessId(0).alive()


def test_the_fingerprint_follows_sources_and_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "infra" / "__pycache__").mkdir(parents=True)
    (tmp_path / "app.py").write_text("1", encoding="utf-8")
    before = cdk.fingerprint(tmp_path, ("airline",))
    (tmp_path / "infra" / "__pycache__" / "x.pyc").write_text("1", encoding="utf-8")
    (tmp_path / "README.md").write_text("1", encoding="utf-8")
    assert cdk.fingerprint(tmp_path, ("airline",)) == before
    assert cdk.fingerprint(tmp_path, ("example",)) != before
    (tmp_path / "infra" / "x.py").write_text("1", encoding="utf-8")
    assert cdk.fingerprint(tmp_path, ("airline",)) != before


def test_the_users_account_does_not_decide_where_a_deploy_goes(tmp_path: Path) -> None:
    base = {"AWS_PROFILE": "prod", "AWS_SESSION_TOKEN": "x", "PYTHONPATH": "/x", "PATH": "/bin", "HOME": "/home/me"}
    values = cdk.environment(Settings(root=tmp_path), base)
    assert not {"AWS_PROFILE", "AWS_SESSION_TOKEN", "PYTHONPATH"} & set(values)
    assert values["AWS_ENDPOINT_URL"] == values["AWS_ENDPOINT_URL_S3"] == "http://127.0.0.1:4566"
    assert values["PATH"].split(os.pathsep)[0] == str(cdk.node_folder())
    assert values["HOME"] == "/home/me"


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("one\nconclave: no such pack\napp: Subprocess exited with error 1\n", "conclave: no such pack"),
        ("❌ failed: Bucket\nnote\n\n", "❌ failed: Bucket"),
        ("only this\n\n", "only this"),
        ("", "no output"),
    ],
)
def test_the_line_that_says_why(tmp_path: Path, text: str, line: str) -> None:
    log = tmp_path / "log"
    log.write_text(text, encoding="utf-8")
    assert last_line(log, "❌", "conclave:") == line


def test_an_error_is_one_line_with_its_log() -> None:
    assert str(CloudError("it failed", Path("/logs/x.log"))) == "it failed (log: /logs/x.log)"


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("✨  Synthesis time: 12.88s\n", "wrote the templates"),
        ("✅  Conclave-local-airline-data\n", "deployed Conclave-local-airline-data"),
        ("✨  Deployment time: 0.19s\n", ""),
        ("Conclave-local-airline-engine | 3/9 | CREATE_COMPLETE | AWS::S3::Bucket | Anchors\n", ""),
    ],
)
def test_what_the_cdk_says_of_its_progress_is_told_in_words(line: str, told: str) -> None:
    assert cdk.milestone(line) == told
