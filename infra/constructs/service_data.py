"""botocore's descriptions of services, cut to what a function reads of them.

A client reads the description of its service, the rules for its endpoints, and the list of all endpoints of all services of AWS.
Half of that is documentation, nearly all operations are called by nobody here, and nearly all endpoints are those of other
services; parsing it was half of the time of a client. Of the operations that are called, everything that decides what is sent
and how the answer is read stays. Files are no longer packed: the layer is packed as a whole, and a function need not unpack
them one by one.
"""

from __future__ import annotations

import gzip
import json
import shutil
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path
from typing import Any

OPERATIONS: Mapping[str, frozenset[str]] = {
    "apigatewaymanagementapi": frozenset({"PostToConnection"}),
    "appconfig": frozenset(
        {
            "CreateHostedConfigurationVersion",
            "GetHostedConfigurationVersion",
            "ListDeployments",
            "StartDeployment",
            "StopDeployment",
        }
    ),
    "appconfigdata": frozenset({"GetLatestConfiguration", "StartConfigurationSession"}),
    "bedrock-runtime": frozenset({"ApplyGuardrail", "Converse", "ConverseStream", "CountTokens"}),
    "dynamodb": frozenset(
        {
            "BatchGetItem",
            "BatchWriteItem",
            "DeleteItem",
            "GetItem",
            "PutItem",
            "Query",
            "Scan",
            "TransactWriteItems",
            "UpdateItem",
        }
    ),
    "events": frozenset({"PutEvents"}),
    "kms": frozenset({"Decrypt", "Encrypt", "Sign"}),
    "s3": frozenset({"PutObject"}),
    "stepfunctions": frozenset({"DescribeExecution", "SendTaskSuccess", "StartExecution"}),
}
"""What functions and their libraries call, by service; a client has no other operations. A test holds the code against it."""

_NEVER_READ = ("examples-1.json",)
_WHOLE = frozenset({"clientContextParams"})
"""botocore asks each of these for its documentation."""


def cut(data: Path, operations: Mapping[str, Collection[str]]) -> None:
    """Cuts ``botocore/data`` to some services, and each to what is read of it.

    Args:
        data: The folder.
        operations: Names of the operations that stay, by the service that stays.
    """
    prefixes = set()
    for service in (path for path in data.iterdir() if path.is_dir()):
        if service.name not in operations:
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
            _write(file, _undocumented(_called(described, operations[service.name])))
    endpoints = data / "endpoints.json"
    if endpoints.exists():
        _write(endpoints, _of(json.loads(endpoints.read_text(encoding="utf-8")), prefixes))


def _called(described: Mapping[str, Any], operations: Collection[str]) -> Mapping[str, Any]:
    """A description without what other operations have: themselves, their shapes, their pages and what waits by them."""
    match described:
        case {"operations": dict(all_of), "shapes": dict(shapes)}:
            kept = {name: each for name, each in all_of.items() if name in operations}
            needed = _reached(kept, shapes)
            return {
                **described,
                "operations": kept,
                "shapes": {name: shapes[name] for name in shapes if name in needed},
            }
        case {"pagination": dict(pages)}:
            return {**described, "pagination": {name: each for name, each in pages.items() if name in operations}}
        case {"waiters": dict(waiters)}:
            by_called = {name: each for name, each in waiters.items() if each["operation"] in operations}
            return {**described, "waiters": by_called}
    return described


def _reached(operations: Mapping[str, Any], shapes: Mapping[str, Any]) -> set[str]:
    """Names of the shapes that operations lead to."""
    found = set[str]()
    waiting = list(_named(operations))
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting.extend(_named(shapes[name]))
    return found


def _named(node: Any) -> Iterable[str]:
    """The shapes that a part of a description names: ``{"shape": "TableName"}``, wherever it stands."""
    if isinstance(node, dict):
        if isinstance(name := node.get("shape"), str):
            yield name
        node = list(node.values())
    if isinstance(node, list):
        for each in node:
            yield from _named(each)


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
