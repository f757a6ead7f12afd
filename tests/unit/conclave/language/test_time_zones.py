"""Local clocks are read by the locked package, and a run says by which version."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from importlib.metadata import distribution, version
from pathlib import Path
from zoneinfo import ZoneInfo, reset_tzpath

import pytest
from conclave.language.time_zones import time_zones

PACKAGE = Path(str(distribution("tzdata").locate_file("tzdata")))
ZONES = PACKAGE / "zoneinfo"
LOCKED = re.findall(r'IANA_VERSION = "(\w+)"', (PACKAGE / "__init__.py").read_text(encoding="utf-8"))[0]


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
    time_zones.cache_clear()
    yield
    reset_tzpath(to=())
    time_zones.cache_clear()


def test_the_package_is_told_where_no_folder_has_zones() -> None:
    reset_tzpath(to=())
    assert time_zones() == LOCKED


def test_the_package_is_told_where_functions_read_it_from_its_folder() -> None:
    reset_tzpath(to=[str(ZONES)])
    assert time_zones() == LOCKED


def test_the_zones_of_a_system_are_told_as_such(tmp_path: Path) -> None:
    system = tmp_path / "zoneinfo"
    (system / "Etc").mkdir(parents=True)
    (system / "Etc" / "UTC").write_bytes((ZONES / "Etc" / "UTC").read_bytes())
    reset_tzpath(to=[str(tmp_path / "nowhere"), str(system)])
    assert time_zones() == "unknown (of the system)"
    time_zones.cache_clear()
    (system / "tzdata.zi").write_text("# version 2025b\nR d 1916 o - Jun 14 23s 1 S\n", encoding="utf-8")
    assert time_zones() == "2025b (of the system)"


def test_a_function_finds_out_without_loading_the_package() -> None:
    asked = (
        "import sys; from conclave.language.time_zones import time_zones; print(time_zones(), 'tzdata' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", asked], env={"PYTHONTZPATH": str(ZONES)}, capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == [LOCKED, "False"]


def test_the_command_reads_the_locked_package_whatever_the_system_has() -> None:
    """Vancouver keeps its summer time from autumn 2026 on: a copy of an earlier year says otherwise."""
    asked = (
        "from cli.main import main; import contextlib, sys\n"
        "sys.argv = ['conclave', '--version']\n"
        "with contextlib.suppress(SystemExit): main()\n"
        "from zoneinfo import TZPATH; print(TZPATH)"
    )
    done = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=False)
    assert done.stdout.splitlines()[-1] == "()", done.stderr
    locked = (Path(__file__).parents[4] / "requirements.txt").read_text(encoding="utf-8")
    assert f"tzdata=={version('tzdata')} " in locked
    assert ZoneInfo("America/Vancouver").key
