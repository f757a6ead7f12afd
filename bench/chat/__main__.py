"""Twenty questions over five runs: ``python -m bench.chat [--json]``.

The offline policy answers, over the engine's own look-ups, planner and checks. Of each question: whether it was answered with
evidence that exists, whether every figure of the answer stands in a record of its run, what it cost, and what the
same question costs again. Then a table is written, and nothing that rests on it may be given again. Exit code 1 when one of
the bars is missed. Tokens are estimates of the stand-in.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from conclave.conversation.converse import Reply

from bench.chat.scene import DAY, Scene
from bench.report import options, report

RUNS = (0, 2, 3, 5, 10)
"""Places of the runs' reports among the pack's examples."""
QUESTIONS = (
    "Why was this decided?",
    "Why not O1?",
    "What did cargo worry about?",
    "What if the crew came an hour earlier?",
)
AGAIN_AT_MOST = 0.5
"""Of the tokens of the first time."""
_NUMBER = re.compile(r"\d+(?:\.\d+)?")


def asked() -> dict[str, Any]:
    """The figures."""
    scene, examples = Scene(), Scene().pack.examples(DAY)
    names = [f"run-{place:024d}" for place in RUNS]
    for name, place in zip(names, RUNS, strict=True):
        scene.decide(name, examples[place])
    before = {name: scene.runs.audit(name) for name in names}
    rows = [_row(scene, name, question) for name in names for question in QUESTIONS]
    unchanged = all(scene.runs.audit(name) == audit for name, audit in before.items())
    scene.write(["weather"])
    scene.now += timedelta(minutes=1)
    stale = sum(scene.ask(name, QUESTIONS[1]).kept for name in names)
    first, again = (sum(row[key] for row in rows) for key in ("tokens", "tokens_again"))
    return {
        "runs": len(names),
        "questions": len(rows),
        "with_evidence": sum(row["evidence"] > 0 for row in rows),
        "unfounded": sum(row["unfounded"] for row in rows),
        "struck": sum(row["struck"] for row in rows),
        "tokens": first,
        "tokens_again": again,
        "worst_again": max(row["tokens_again"] / row["tokens"] for row in rows),
        "given_after_a_table_was_written": stale,
        "runs_changed": not unchanged,
        "cost_usd": round(sum(row["cost_usd"] for row in rows), 6),
        "asked": rows,
    }


def _row(scene: Scene, name: str, question: str) -> dict[str, Any]:
    first = scene.ask(name, question)
    again = scene.ask(name, question)
    used, answered = first.answered.usage, first.answered
    return {
        "name": f"{name[-2:].lstrip('0') or '0'}: {question}",
        "evidence": len(answered.evidence),
        "unfounded": len([*_unfounded(scene, name, first)]),
        "struck": answered.struck,
        "tools": " ".join(sorted(set(first.tools))),
        "tokens": used.input_tokens + used.output_tokens,
        "tokens_again": 0 if again.kept else again.answered.usage.input_tokens + again.answered.usage.output_tokens,
        "cost_usd": used.cost_usd,
    }


def _unfounded(scene: Scene, name: str, reply: Reply) -> Iterator[str]:
    """Figures of an answer that no record of its run has; by a search that shares nothing with the check.

    What a variant is computed to has no record: its figures are left out.
    """
    if "what_if" in reply.tools:
        return
    kept = scene.runs.load(name, ["FRAME", "DECISION", "COLLATION#recommend", "COLLATION#revise"])[1]
    texts = [record.body.decode() for record in kept.values()]
    assessments = scene.runs.load(
        name, [f"ASSESSMENT#{phase}#{each.name}" for phase in ("recommend", "revise") for each in scene.pack.agents]
    )[1]
    everything = " ".join([*texts, *(record.body.decode() for record in assessments.values())])
    known = {float(each) for each in _NUMBER.findall(everything)} | {float(each) for each in range(60)}
    yield from (
        each
        for each in _NUMBER.findall(reply.answered.answer)
        if round(float(each), 6) not in {round(n, 6) for n in known}
    )


def main() -> int:
    """The command."""
    options_asked = options(__doc__).parse_args()
    figures = asked()
    bars = {
        "every question is answered with evidence": figures["with_evidence"] == figures["questions"],
        "no figure that no record has": figures["unfounded"] == 0,
        f"a repeated question costs at most {AGAIN_AT_MOST} of the first": figures["worst_again"] <= AGAIN_AT_MOST,
        "nothing is given again after a table was written": figures["given_after_a_table_was_written"] == 0,
        "no run is changed": not figures["runs_changed"],
    }
    return report("chat", figures, bars=bars, asked=options_asked)


if __name__ == "__main__":
    sys.exit(main())
