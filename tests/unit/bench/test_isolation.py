"""The bench for warm functions finds what it looks for."""

from __future__ import annotations

from io import StringIO
from typing import Any

from bench.isolation import worker
from bench.isolation.__main__ import row


def mark(number: int) -> str:
    """Made anew each time: a constant could always be reached."""
    return f"mark-{number:06d}"


def served(function: Any, number: int, sent: list[str] | None = None) -> dict[str, Any]:
    return worker._served(function, {"event": {"said": mark(number)}, "look": True}, sent or [], StringIO())


def test_what_a_function_keeps_of_an_earlier_call_is_found() -> None:
    kept: list[Any] = []

    def leaking(event: Any, context: Any) -> str:
        kept.append(event)
        return "done"

    served(leaking, 1)
    assert mark(1) in served(leaking, 2)["kept"]
    kept.clear()
    assert mark(1) not in served(lambda event, context: "done", 2)["kept"]


def test_what_goes_out_is_searched_the_error_included() -> None:
    def failing(event: Any, context: Any) -> None:
        raise ValueError(event["said"])

    seen = served(failing, 1, [f"http://nowhere/ {{}} {mark(2)} of run-0123456789abcdef01234567"])
    assert seen["sent"] == [mark(1), mark(2), "run-0123456789abcdef01234567"]
    assert seen["requests"] == 1


def test_the_last_calls_stand_over_the_first() -> None:
    calls: list[dict[str, Any]] = [
        {
            "cpu_ms": 1.0 + number // 600,
            "rss_mb": 50.0 + number / 20,
            "marked": number > 0,
            "sent": [mark(1)] * (number == 7),
            "kept": [mark(1), "run-1"] * (number == 999),
        }
        for number in range(1_000)
    ]
    figures = row("frame", calls)
    assert (figures["first_ms"], figures["last_ms"], figures["ratio_time"]) == (1.0, 2.0, 2.0)
    assert figures["ratio_memory"] == round((50 + 949.5 / 20) / (50 + 49.5 / 20), 3)
    assert (figures["calls"], figures["marked"]) == (1_000, 999)
    assert (figures["sent_earlier"], figures["kept_earlier"], figures["kept_run_ids"]) == (1, 1, 1)
