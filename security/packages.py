"""Packages of an environment that write into each other's files: whichever was installed last decides what runs."""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path


def written_twice(environment: Path) -> Mapping[tuple[str, ...], int]:
    """Returns how many files of a virtual environment each group of packages claims at once; empty when none is shared.

    Args:
        environment: Its folder. What a package installed stands in its ``RECORD`` (packaging.python.org, "Recording installed
            projects").
    """
    owners: dict[str, set[str]] = defaultdict(set)
    for record in environment.glob("lib/python*/site-packages/*.dist-info/RECORD"):
        package = record.parent.name.removesuffix(".dist-info").partition("-")[0]
        with record.open(encoding="utf-8", newline="") as rows:
            for row in csv.reader(rows):
                owners[row[0]].add(package)
    shared: dict[tuple[str, ...], int] = defaultdict(int)
    for packages in owners.values():
        if len(packages) > 1:
            shared[tuple(sorted(packages))] += 1
    return dict(shared)
