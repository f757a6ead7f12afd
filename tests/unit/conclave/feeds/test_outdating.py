"""Runs of two days are looked at page by page: a day has thousands, and none is held that is not concerned."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from conclave.feeds.outdating import _standing
from conclave.records.runs import Page, Run
from conclave.types import RunStatus
from pipe_domain import NOW, clock

PAGES = 4


def test_a_page_of_runs_is_looked_at_before_the_next_is_read() -> None:
    asked = list[str]()

    def waiting(status: RunStatus, limit: int, next_token: str = "") -> Page:
        assert status is RunStatus.AWAITING_APPROVAL
        return Page((run("run-waits", status),), "")

    def by_day(day: str, limit: int, next_token: str = "") -> Page:
        asked.append(day)
        again, decided = run("run-waits", RunStatus.AWAITING_APPROVAL), run(f"run-{len(asked)}", RunStatus.DECIDED)
        return Page((again, decided, run("run-open", RunStatus.RUNNING)), "more" if len(asked) % PAGES else "")

    runs: Any = SimpleNamespace(by_status=waiting, by_day=by_day)
    seen = [(each.run_id, len(asked)) for each in _standing(runs, clock)]
    assert seen == [("run-waits", 0), *((f"run-{number}", number) for number in range(1, 2 * PAGES + 1))]
    assert sorted(set(asked), reverse=True) == list(dict.fromkeys(asked))


def run(name: str, status: RunStatus) -> Run:
    return Run(run_id=name, status=status, pack="pipe", created_at=NOW, updated_at=NOW, correlation_id="c", text="")
