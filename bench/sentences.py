r"""How many sentences are understood: each is read in process, without a cloud, and nothing misread may go unsaid.

``python -m bench.sentences --json``. Without ``--texts`` the sentences of ``evaluation/airline/sentences.json`` are read and
judged by the readings that stand there, written by hand. With ``--texts FILE`` one sentence a line is read (``\n`` in it breaks a
line) and shown: what was understood, what was not, and what a person would be asked. Exit code 1 when a sentence is misunderstood
in silence.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from conclave.agents.prices import price_table
from conclave.pack import load_pack
from conclave.testing.tables import MemoryTables

from evaluation.airline.reading import ASKED, RIGHT, SILENT, TOLD, Read, read_sentence, suite, verdict
from local.bedrock.offline.in_process import policy_extractor

DATE = "2026-11-21"
RECEIVED = f"{DATE}T04:00:00Z"


def main(arguments: Sequence[str] | None = None) -> int:
    """Reads the sentences and prints a table or JSON."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--texts", type=Path, help="a file with one sentence a line; without it the own suite is read")
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.add_argument("--date", default=DATE, help="day of the sample network")
    parser.add_argument(
        "--received", default="", help="when the sentences came, ISO 8601 UTC; by default 04:00 of that day"
    )
    options = parser.parse_args(arguments)
    received = options.received or f"{options.date}T04:00:00Z"
    cases = suite() if options.texts is None else _cases(options.texts)
    results = _results(cases, options.date, received)
    if options.json:
        print(json.dumps({"results": results, **_counts(results)}, ensure_ascii=False, indent=1))
    else:
        _show(results)
    return 1 if any(each.get("verdict") == SILENT for each in results) else 0


def _cases(file: Path) -> list[dict[str, Any]]:
    lines = file.read_text(encoding="utf-8").splitlines()
    return [{"text": line.replace("\\n", "\n")} for line in lines if line.strip()]


def _results(cases: Sequence[Mapping[str, Any]], date: str, received: str) -> list[dict[str, Any]]:
    pack, prices = load_pack("airline"), price_table()
    tables = MemoryTables(pack.tables, {name: list(rows) for name, rows in pack.sample(date, 1).items()})
    extractor = policy_extractor(prices.model("fast"))
    results = []
    for case in cases:
        read = read_sentence(case["text"], pack, tables, extractor, prices, received)
        results.append(_result(case, read, date))
    return results


def _result(case: Mapping[str, Any], read: Read, date: str) -> dict[str, Any]:
    shown = {
        "text": case["text"],
        "understood": dict(read.understood),
        "not_understood": list(read.not_understood),
        "asked": read.asked,
        "by_code": read.by_code,
    }
    if "right" in case:
        shown |= {"style": case["style"], "verdict": verdict(read, case["right"], date)}
    return shown


def _counts(results: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    counted = Counter(each["verdict"] for each in results if "verdict" in each)
    named = {name: counted[name] for name in (RIGHT, TOLD, ASKED, SILENT)} if counted else {}
    return {"sentences": len(results), "without_a_model": sum(each["by_code"] for each in results), **named}


def _show(results: Sequence[Mapping[str, Any]]) -> None:
    for each in results:
        if each.get("verdict") == RIGHT:
            continue
        print(f"{each.get('verdict', 'read')}: {each['text']!r}")
        print(f"    understood     {json.dumps(each['understood'], ensure_ascii=False)}")
        print(f"    not understood {json.dumps(each['not_understood'], ensure_ascii=False)}")
        print(f"    asked          {each['asked'] or '-'}")
    print(" ".join(f"{name} {value}" for name, value in _counts(results).items()))


if __name__ == "__main__":
    sys.exit(main())
