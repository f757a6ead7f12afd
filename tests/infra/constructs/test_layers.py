"""Layers: what goes in, with which byte code, and when they are filled again."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from aws_cdk import App, Stack
from aws_cdk.assertions import Template

from infra.constructs import layers, service_data
from infra.constructs.layers import ROOT, BundlingFailed, Packages, Sources
from infra.stage import Runtime, find_stage

HERE = find_stage("local").runtime
UNCHECKED_HASH = 0b01


def flags(compiled: Path) -> int:
    return int.from_bytes(compiled.read_bytes()[4:8], "little")


@pytest.fixture
def bundled(tmp_path: Path) -> Path:
    root = tmp_path / "source"
    for name, text in {
        "wanted/__init__.py": "VALUE = 1\n",
        "wanted/prompts/guard.md": "You guard.",
        "wanted/__pycache__/old.cpython-313.pyc": "stale",
        "other/__init__.py": "",
        "shared.py": "",
    }.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, encoding="utf-8")
    out = tmp_path / "out"
    assert Sources(root=root, folders=["wanted", "shared.py"], runtime=HERE).try_bundle(str(out))
    return out / "python"


def test_a_source_layer_holds_what_was_asked_for_and_its_data(bundled: Path) -> None:
    files = {str(path.relative_to(bundled)) for path in bundled.rglob("*") if path.suffix != ".pyc" and path.is_file()}
    assert files == {"wanted/__init__.py", "wanted/prompts/guard.md", "shared.py"}
    assert not (bundled / "wanted" / "__pycache__" / "old.cpython-313.pyc").exists()


def test_byte_code_is_valid_whatever_time_the_zip_gives_the_source(bundled: Path) -> None:
    compiled = list(bundled.rglob("*.pyc"))
    assert len(compiled) == 2
    assert {flags(each) for each in compiled} == {UNCHECKED_HASH}


def test_byte_code_names_the_file_as_it_lies_on_lambda(bundled: Path) -> None:
    (compiled,) = (bundled / "wanted" / "__pycache__").glob("*.pyc")
    assert b"/opt/python/wanted/__init__.py" in compiled.read_bytes()


def test_without_the_functions_interpreter_there_is_no_byte_code(tmp_path: Path) -> None:
    (tmp_path / "one.py").write_text("", encoding="utf-8")
    runtime = replace(HERE, python="2.7.0")
    Sources(root=tmp_path, folders=["one.py"], runtime=runtime).try_bundle(str(tmp_path / "out"))
    assert not list((tmp_path / "out").rglob("*.pyc"))


def test_another_interpreter_is_the_one_that_uv_finds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    uv = tmp_path / "uv"
    uv.write_text('#!/bin/sh\n[ "$1 $2" = "python find" ] && echo "/somewhere/python of $*"\n', encoding="utf-8")
    uv.chmod(0o755)
    monkeypatch.setattr(layers, "UV", uv)
    found = layers._interpreter("2.6")
    assert found is not None
    assert found.startswith("/somewhere/python of")
    assert found.endswith("2.6")


def test_a_requirements_file_that_cannot_be_installed_says_why(tmp_path: Path) -> None:
    bundler = Packages(requirements=tmp_path / "missing.txt", runtime=HERE)
    with pytest.raises(BundlingFailed, match=r"missing\.txt"):
        bundler.try_bundle(str(tmp_path / "out"))


@pytest.mark.parametrize("at_hand", [True, False])
def test_an_index_is_asked_only_for_what_is_not_at_hand(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, at_hand: bool
) -> None:
    asked: list[bool] = []

    def run(*arguments: Sequence[str | Path]) -> None:
        asked.append(any("--offline" in group for group in arguments))
        if asked[-1] and not at_hand:
            raise BundlingFailed("not in the cache")

    monkeypatch.setattr(layers, "_run", run)
    Packages(requirements=tmp_path / "requirements.txt", runtime=find_stage("dev").runtime).install(tmp_path)
    assert asked == ([True] if at_hand else [True, False])


def test_what_is_never_needed_goes_and_what_is_asked_for_stays(tmp_path: Path) -> None:
    kept = {
        "boto3/session.py",
        "thing-1.0.dist-info/METADATA",
        "thing-1.0.dist-info/entry_points.txt",
        "thing/core.py",
        "thing/bin/tool.py",
        "highspy/libhighs.so.1",
    }
    gone = {
        "boto3/data/ec2/2016-11-15/resources-1.json",
        "pydantic/v1/main.py",
        "bin/tool",
        "thing-1.0.dist-info/RECORD",
        "thing-1.0.dist-info/licenses/LICENSE",
        "thing/tests/test_core.py",
        "thing/examples/one.py",
        "highspy/__init__.py",
        "highspy/_core.cpython-313-x86_64-linux-gnu.so",
        "highspy/_core/__init__.pyi",
        "highspy/libhighs.so.1.15.1",
    }
    for name in kept | gone:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    layers._prune(tmp_path)
    assert {str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*") if path.is_file()} == kept


def test_the_hash_of_a_layer_follows_its_inputs_the_runtime_and_the_byte_code(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(layers, "_interpreter", lambda version: "python")
    source = ROOT / "pyproject.toml"
    runtime = Runtime(python="3.14", architecture="arm64", wheels="aarch64-manylinux_2_28")
    same = layers._digest([source], runtime, salt="x")
    assert layers._digest([source], runtime, salt="x") == same
    assert layers._digest([source, ROOT / "Makefile"], runtime, salt="x") != same
    assert layers._digest([source], replace(runtime, architecture="x86_64"), salt="x") != same
    assert layers._digest([source], runtime, salt="y") != same
    assert layers._digest([source], replace(runtime, byte_code=False), salt="x") != same
    monkeypatch.setattr(layers, "_interpreter", lambda version: None)
    assert layers._digest([source], runtime, salt="x") != same


@pytest.mark.parametrize(
    ("python", "wanted", "bundled", "refused"),
    [
        ("", True, ["**"], True),
        ("", False, ["**"], False),
        ("", True, [], False),
        ("python3.14", True, ["**"], False),
    ],
)
def test_template_refuses_its_deployment_without_byte_code(
    python: str, wanted: bool, bundled: list[str], refused: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A rule of the template is evaluated by CloudFormation, before anything changes; synthesis succeeds."""
    monkeypatch.setattr(layers, "_interpreter", lambda version: python or None)
    stack = Stack(App(context={"aws:cdk:bundling-stacks": bundled}), "Alone")
    layers.refuse_without_byte_code(stack, replace(find_stage("prod").runtime, byte_code=wanted))
    template = Template.from_stack(stack).to_json()
    assert ("ByteCode" in template.get("Rules", {})) is refused
    if refused:
        (assertion,) = template["Rules"]["ByteCode"]["Assertions"]
        parameter = template["Parameters"]["LayersWithoutByteCode"]
        assert assertion["Assert"] == {"Fn::Equals": [{"Ref": "LayersWithoutByteCode"}, "accepted"]}
        assert "accepted" not in (parameter["Default"], *parameter["AllowedValues"])
        assert "-c byte_code=false" in assertion["AssertDescription"]


def test_services_that_the_code_asks_for_are_in_the_layer() -> None:
    clients = subprocess.run(
        [sys.executable, "-c", "import botocore, pathlib; print(pathlib.Path(botocore.__file__).parent / 'data')"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.strip()
    known = {path.name for path in Path(clients).iterdir() if path.is_dir()}
    assert known >= service_data.OPERATIONS.keys()
    wiring = (ROOT / "layers" / "conclave" / "python" / "conclave" / "functions" / "wiring.py").read_text(
        encoding="utf-8"
    )
    asked = {service for service in known if f'_clients("{service}")' in wiring}
    assert asked
    assert asked <= service_data.OPERATIONS.keys()


@pytest.mark.parametrize(
    "requirements", sorted((ROOT / "layers").glob("*_deps/requirements.txt")), ids=lambda path: path.parent.name
)
def test_lambda_has_a_wheel_for_everything_in_a_layer(tmp_path: Path, requirements: Path) -> None:
    """Asked of the package index, without installing: what this machine runs says nothing about Lambda's platform."""
    Packages(requirements=requirements, runtime=find_stage("prod").runtime).install(tmp_path, "--dry-run")
    old = replace(find_stage("prod").runtime, wheels="aarch64-manylinux2014")
    if "highspy" in requirements.read_text(encoding="utf-8"):
        with pytest.raises(BundlingFailed, match="highspy"):
            Packages(requirements=requirements, runtime=old).install(tmp_path, "--dry-run")
