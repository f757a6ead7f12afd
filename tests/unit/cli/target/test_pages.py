"""The built page goes into its bucket, the document last, and the distribution fetches it anew."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from cli.errors import CliError, ExitCode
from cli.target.pages import StagePages

OUTPUTS = {"ConsoleBucket": "pages", "ConsoleDistribution": "D1", "ConsoleConfiguration": '{"stage":"dev"}'}


class FakeAccount:
    """S3 and CloudFront in one."""

    def __init__(self, error: Exception | None = None) -> None:
        self.put: list[dict[str, Any]] = []
        self.invalidated: list[dict[str, Any]] = []
        self.error = error

    def client(self, service: str) -> Any:
        return self

    def put_object(self, **asked: Any) -> None:
        if self.error:
            raise self.error
        self.put.append(asked)

    def create_invalidation(self, **asked: Any) -> None:
        assert self.put, "the files are there before the distribution looks for them"
        self.invalidated.append(asked)


@pytest.fixture
def built(tmp_path: Path) -> Path:
    for name in ("index.html", "console.js", "style.css", "icon.svg", "notes.md"):
        (tmp_path / name).write_text(name)
    return tmp_path


def test_files_are_published_with_their_types_and_the_page_last(built: Path) -> None:
    account = FakeAccount()
    names = StagePages(account, built).publish(OUTPUTS, "once")
    assert names == ["config.json", "console.js", "icon.svg", "style.css", "index.html"]
    types = {each["Key"]: each["ContentType"] for each in account.put}
    assert types["console.js"] == "text/javascript; charset=utf-8"
    assert account.put[0]["Body"] == b'{"stage":"dev"}'
    assert {(each["Bucket"], each["CacheControl"]) for each in account.put} == {("pages", "no-cache")}
    (told,) = account.invalidated
    assert told["DistributionId"] == "D1"
    assert told["InvalidationBatch"] == {"Paths": {"Quantity": 1, "Items": ["/*"]}, "CallerReference": "once"}


def test_a_page_that_is_not_built_and_an_account_that_refuses_are_told_in_a_line(built: Path, tmp_path: Path) -> None:
    empty = tmp_path / "none"
    empty.mkdir()
    with pytest.raises(CliError, match="the console is not built") as refused:
        StagePages(FakeAccount(), empty).publish(OUTPUTS, "once")
    assert refused.value.exit_code is ExitCode.SETUP
    account = FakeAccount(ClientError({"Error": {"Code": "AccessDenied"}}, "PutObject"))
    with pytest.raises(CliError, match="it takes s3:PutObject"):
        StagePages(account, built).publish(OUTPUTS, "once")
    assert not account.invalidated
