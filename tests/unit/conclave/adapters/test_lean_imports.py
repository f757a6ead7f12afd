from __future__ import annotations

import importlib
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from conclave.adapters import lean_imports
from conclave.adapters.lean_imports import Lean
from conclave.adapters.lean_libraries import BOTO3, BOTOCORE, POWERTOOLS, STANDARD, STRANDS, URLLIB3

FILES = {
    "heavy_library/__init__.py": "RAN = True\nfrom heavy_library.parts import Part\nimport heavy_library.burden\n",
    "heavy_library/parts.py": "class Part:\n    pass\n",
    "heavy_library/burden.py": "",
    "heavy_library/watching.py": "RAN = True\nclass Watcher:\n    def __init__(self, path):\n        self.path = path\n",
    "heavy_library/user.py": (
        "from heavy_library.watching import Watcher\n"
        "def accepts(it: Watcher | None = None):\n    return isinstance(it, Watcher)\n"
    ),
    "heavy_library/slow.py": "import time\ntime.sleep(0.2)\nclass Thing:\n    made = True\n",
    "heavy_library/broken.py": "import a_library_that_is_not_there\nclass Thing:\n    pass\n",
}
Leaning = Callable[[dict[str, Lean]], None]


@pytest.fixture
def leaning(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Leaning]:
    for name, text in FILES.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(sys, "meta_path", list(sys.meta_path))
    yield lean_imports.install
    for name in [each for each in sys.modules if each.startswith(("heavy_library", "absent_library"))]:
        del sys.modules[name]


def module(name: str) -> ModuleType:
    return importlib.import_module(name)


def test_a_package_runs_nothing_when_a_module_below_is_imported(leaning: Leaning) -> None:
    leaning({"heavy_library": Lean()})
    assert module("heavy_library.parts").Part
    assert "RAN" not in vars(module("heavy_library"))
    assert "heavy_library.burden" not in sys.modules


def test_whatever_else_is_asked_of_it_runs_it(leaning: Leaning) -> None:
    leaning({"heavy_library": Lean()})
    assert module("heavy_library").RAN
    assert "heavy_library.burden" in sys.modules
    with pytest.raises(AttributeError):
        _ = module("heavy_library").nothing


def test_a_module_below_is_found_by_name_without_running_it(leaning: Leaning) -> None:
    leaning({"heavy_library": Lean()})
    names: dict[str, Any] = {}
    exec("from heavy_library import parts", names)
    assert names["parts"].Part
    assert "heavy_library.burden" not in sys.modules


def test_a_name_comes_from_where_it_is_found(leaning: Leaning) -> None:
    leaning({"heavy_library": Lean(found_in={"Part": "heavy_library.parts"})})
    assert module("heavy_library").Part is module("heavy_library.parts").Part
    assert "heavy_library.burden" not in sys.modules


def test_a_deferred_class_is_the_real_one_once_it_is_called_or_compared(leaning: Leaning) -> None:
    leaning({"heavy_library.watching": Lean(deferred=frozenset({"Watcher"}))})
    user = module("heavy_library.user")
    assert "RAN" not in vars(module("heavy_library.watching"))
    made = user.Watcher("here")
    assert made.path == "here"
    assert type(made) is module("heavy_library.watching").Watcher
    assert user.accepts(made)
    assert not user.accepts("there")


@pytest.mark.slow
def test_threads_wait_for_the_one_that_runs_a_module(leaning: Leaning) -> None:
    leaning({"heavy_library.slow": Lean(deferred=frozenset({"Thing"}))})
    thing = module("heavy_library.slow").Thing
    with ThreadPoolExecutor(4) as threads:
        made = list(threads.map(lambda _: thing(), range(4)))
    assert all(each.made for each in made)
    assert len({type(each) for each in made}) == 1


def test_what_fails_to_load_fails_each_time(leaning: Leaning) -> None:
    leaning({"heavy_library.broken": Lean(deferred=frozenset({"Thing"}))})
    thing = module("heavy_library.broken").Thing
    for _ in range(2):
        with pytest.raises(ModuleNotFoundError, match="a_library_that_is_not_there"):
            thing()


def test_an_inert_class_does_nothing_where_the_library_is_absent(leaning: Leaning) -> None:
    leaning({"absent_library": Lean(inert=()), "absent_library.threads": Lean(inert=("Instrumentor",))})
    assert module("absent_library.threads").Instrumentor().instrument(1, two=2) is None
    with pytest.raises(ImportError, match="left out"):
        _ = module("absent_library.threads").Other


def test_an_inert_class_is_itself_where_the_library_is_installed(leaning: Leaning) -> None:
    leaning({"heavy_library": Lean(inert=()), "heavy_library.watching": Lean(inert=("Watcher",))})
    assert module("heavy_library").RAN
    assert module("heavy_library.watching").Watcher("here").path == "here"


@pytest.mark.parametrize(
    ("name", "lean"), sorted({**BOTOCORE, **BOTO3, **POWERTOOLS, **STANDARD, **STRANDS, **URLLIB3}.items())
)
def test_libraries_still_have_what_is_said_of_them(name: str, lean: Lean) -> None:
    """A new version that moves a class fails here, and not only in the layer."""
    found = lean_imports.run(module(name))
    for each, where in lean.found_in.items():
        assert hasattr(module(where), each)
    for each in (*lean.deferred, *(lean.inert or ())):
        assert isinstance(getattr(found, each), type)


@pytest.mark.skipif(sys.version_info < (3, 13), reason="an older typing lacks what is asked of typing_extensions")
def test_reading_records_runs_none_of_what_only_their_schemas_and_older_pythons_need() -> None:
    code = (
        "import sys, conclave.adapters, msgspec.json; "
        "print(*(type(sys.modules[each]).__name__ for each in ('textwrap', 'typing_extensions')))"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout.split() == ["_LeanModule", "_LeanModule"]
