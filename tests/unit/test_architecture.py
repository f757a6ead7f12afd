"""``docs/architecture.md`` is held against the folders, and the folders against their bounds."""

from __future__ import annotations

import ast
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ENGINE = ROOT / "layers" / "conclave" / "python" / "conclave"
PAGE = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
MODULES_OF_A_PACKAGE = 10
FILES_OF_A_FOLDER = 15
"""About fourteen source files, and the ``__init__``."""
ARGUMENTS_OF_A_STEP = 9
NO_SOURCES = {"node_modules", "cdk.out"}


def rows(heading: str) -> dict[str, str]:
    """First and second cell of each row of the table under a heading."""
    (section,) = re.findall(rf"^## {re.escape(heading)}[^\n]*\n(.*?)(?=^## |\Z)", PAGE, re.MULTILINE | re.DOTALL)
    cells = [line.strip("|").split(" | ") for line in section.splitlines() if line.startswith("|")]
    return {each[0].strip().strip("`"): each[1].strip().strip("` |") for each in cells[2:]}


def folders(of: Path) -> set[str]:
    return {
        each.name
        for each in of.iterdir()
        if each.is_dir() and not each.name.startswith((".", "__")) and each.name not in NO_SOURCES
    }


def sources() -> dict[Path, list[Path]]:
    """Python files by folder, those that are kept."""
    listed = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard", "*.py"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    found: dict[Path, list[Path]] = {}
    for name in listed.stdout.splitlines():
        if (ROOT / name).is_file():
            found.setdefault(Path(name).parent, []).append(Path(name))
    return found


def test_the_page_lists_every_folder_of_the_engine_and_no_other() -> None:
    assert set(rows("The engine")) == folders(ENGINE)


def test_the_page_lists_every_folder_of_the_repository_and_no_other() -> None:
    listed = {name for name in rows("Around it") if "/" not in name}
    kept = {path.parts[0] for path in sources() if path.parts} | {"docs", "findings", "console"}
    assert listed == kept
    assert all((ROOT / name).is_dir() for name in rows("Around it"))


def test_no_folder_holds_too_many_sources() -> None:
    assert {str(at): len(files) for at, files in sources().items() if len(files) > FILES_OF_A_FOLDER} == {}
    packages = {at: files for at, files in sources().items() if ENGINE in (ROOT / at, *(ROOT / at).parents)}
    modules = {str(at): len([each for each in files if each.name != "__init__.py"]) for at, files in packages.items()}
    assert {at: number for at, number in modules.items() if number > MODULES_OF_A_PACKAGE} == {}


def test_no_step_takes_too_many_arguments() -> None:
    taken = {}
    for file in (ENGINE / "steps").glob("*.py"):
        for node in ast.parse(file.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.FunctionDef) and not node.name.startswith("_"):
                taken[f"{file.name}:{node.name}"] = len(node.args.args) + len(node.args.kwonlyargs)
    assert len(taken) > 10
    assert {name: number for name, number in taken.items() if number > ARGUMENTS_OF_A_STEP} == {}


def test_values_of_what_functions_load_are_structs() -> None:
    """A dataclass writes its methods as text and compiles them at every start of a function, a struct of msgspec does not."""
    loaded = [ENGINE, ROOT / "layers" / "packs" / "python" / "packs"]
    files = [file for folder in loaded for file in folder.rglob("*.py") if ENGINE / "testing" not in file.parents]
    assert len(files) > 150
    made = [str(file.relative_to(ROOT)) for file in files if "@dataclass" in file.read_text(encoding="utf-8")]
    assert made == [], "use msgspec.Struct; see docs/decisions.md"


CHANGES = [
    ("the weight of passengers in the score goes from .2 to .25", "how an option is scored", "scores.py"),
    ("a conflict between two safety agents halts", "two agents contradict each other", "collate.py"),
    ("the prompt names the answer's language", "a model is told before it answers", "prompts.py"),
    ("the entry of a proposal says which prices were used", "writes into the audit", "audit_entries.py"),
    ("an assessment keeps how sure each score is", "a record of a run is kept", "run_records.py"),
    ("the transaction retries once more under contention", "conditional write to DynamoDB", "run_store.py"),
    ("a ModelNotReady is repeated after a longer pause", "repeat a failing model gets", "passing.py"),
    ("the document of a run says how long it waited", "`GET /v1/runs/{id}` shows", "documents.py"),
    ("a report may have 6,000 characters", "how much a report may hold", "limits.py"),
    ("'overmorrow' is a day", "a way to say a date", "date_words.py"),
    ("an alarm on slow approvals", "an alarm, or a widget", "monitoring.py"),
    ("erasing takes option summaries, too", "what erasing takes away", "erasure.py"),
    ("a pack declares its own time limit for an agent", "declaration for authors of packs", "declarations.py"),
    ("`collate` is retried twice", "the phase machine repeats a task", "phase_machine.py"),
    ("a strike at the hub is among the scenarios", "a disruption that scenarios do not have", "disruptions.py"),
    ("a file of ASM messages is told by its first lines", "an operations centre is read", "loading.py"),
    ("a text in Morse code is an attack", "an attack that is not tried", "corpora.py"),
    ("the bar of a score is green above .8", "looks like in a terminal", "view.py"),
]


@pytest.mark.parametrize(("change", "row", "file"), CHANGES)
def test_the_page_leads_a_change_to_its_file(change: str, row: str, file: str) -> None:
    leads = [folder for asked, folder in rows("Where does my change go").items() if row in asked]
    assert len(leads) == 1, change
    assert (ROOT / leads[0] / file).is_file(), f"{change}: {leads[0]} has no {file}"


def test_twelve_changes_or_more_are_led() -> None:
    assert len(CHANGES) >= 12
    assert all((ROOT / folder).is_dir() for folder in rows("Where does my change go").values())
