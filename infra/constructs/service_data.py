"""botocore's descriptions of services, cut to what a function reads of them.

A client reads the description of its service, the rules for its endpoints, and the list of all endpoints of all services of AWS.
Half of that is documentation, and nearly all endpoints are those of others; parsing it was half of the time of a client.
Operations, shapes, pages, waiters and rules stay, since they decide what is sent. Files are no longer packed: the layer is
packed as a whole, and a function need not unpack them one by one.
"""

from __future__ import annotations

import gzip
import json
import shutil
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

_NEVER_READ = ("examples-1.json",)
_WHOLE = frozenset({"clientContextParams"})
"""botocore asks each of these for its documentation."""


def cut(data: Path, services: Collection[str]) -> None:
    """Cuts ``botocore/data`` to some services, and each to what is read of it.

    Args:
        data: The folder.
        services: Names of the services that stay.
    """
    prefixes = set()
    for service in (path for path in data.iterdir() if path.is_dir()):
        if service.name not in services:
            shutil.rmtree(service)
            continue
        versions = sorted(path for path in service.iterdir() if path.is_dir())
        for old in versions[:-1]:  # botocore takes the newest
            shutil.rmtree(old)
        for packed in versions[-1].glob("*.json.gz"):
            packed.with_suffix("").write_bytes(gzip.decompress(packed.read_bytes()))
            packed.unlink()
        for file in versions[-1].glob("*.json"):
            if file.name in _NEVER_READ:
                file.unlink()
                continue
            described = json.loads(file.read_text(encoding="utf-8"))
            prefixes.add(described.get("metadata", {}).get("endpointPrefix", service.name))
            _write(file, _undocumented(described))
    endpoints = data / "endpoints.json"
    if endpoints.exists():
        _write(endpoints, _of(json.loads(endpoints.read_text(encoding="utf-8")), prefixes))


def _undocumented(node: Any) -> Any:
    """The same without texts for people. A member of that name is no text, and stays."""
    if isinstance(node, dict):
        return {
            key: value if key in _WHOLE else _undocumented(value)
            for key, value in node.items()
            if not (key == "documentation" and isinstance(value, str))
        }
    return [_undocumented(each) for each in node] if isinstance(node, list) else node


def _of(endpoints: Mapping[str, Any], prefixes: Collection[str]) -> dict[str, Any]:
    """The list of endpoints with those services alone; botocore derives the endpoint of a service that is not listed."""
    partitions = [
        {**each, "services": {name: found for name, found in each["services"].items() if name in prefixes}}
        for each in endpoints["partitions"]
    ]
    return {**endpoints, "partitions": partitions}


def _write(file: Path, value: Any) -> None:
    file.unlink()  # it may be a link to uv's cache, which every environment of this machine shares
    file.write_text(json.dumps(value, separators=(",", ":")), encoding="utf-8")
