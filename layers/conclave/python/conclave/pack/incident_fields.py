"""The fields of an incident: plain values, and bounded lists of plain values or of flat records.

A field is named by its path: ``flight``, and ``problems.cause`` for the cause of every entry of the list ``problems``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache
from typing import Any

import msgspec.inspect

FREE = "free"
"""In ``extra_json_schema``: a text with a pattern that still holds words of a reporter."""

_PLAIN = (
    msgspec.inspect.StrType,
    msgspec.inspect.IntType,
    msgspec.inspect.FloatType,
    msgspec.inspect.BoolType,
    msgspec.inspect.EnumType,
    msgspec.inspect.LiteralType,
    msgspec.inspect.NoneType,
)
_RECORD = (msgspec.inspect.StructType, msgspec.inspect.DataclassType)
_WANTED = "needs a default and a plain value: text, number, true or false, enum, or that or None"


def paths(record: type[Any]) -> frozenset[str]:
    """The paths of all fields of an incident."""
    return frozenset(path for path, _ in _leaves(record))


def paths_in(values: Mapping[str, Any], above: str = "") -> frozenset[str]:
    """The paths that the plain values of an incident stand at.

    Args:
        values: The values of an incident, or of an entry.
        above: Path of the list that the values are an entry of, with a point behind it.
    """
    found: set[str] = set()
    for name, value in values.items():
        entries = [each for each in _listed(value) if isinstance(each, Mapping)]
        found.update(*(paths_in(each, f"{above}{name}.") for each in entries), () if entries else {f"{above}{name}"})
    return frozenset(found)


def free_texts(record: type[Any]) -> frozenset[str]:
    """The paths of the fields that hold whatever a reporter writes: texts without a pattern, and those declared ``free``."""
    return frozenset(path for path, kind in _leaves(record) if _is_free(kind))


def faults(record: type[Any]) -> Iterator[str]:
    """One line for each field that an incident cannot have: open ones, nested ones, lists without an end."""
    for each in _fields(record):
        kind = _bare(each.type)
        if not isinstance(kind, msgspec.inspect.VarTupleType):
            if each.required or not _is_plain(kind):
                yield f"field {each.name} of the incident {_WANTED}, or a tuple of them or of flat records with a max_length"
            continue
        if kind.max_length is None:
            yield f"field {each.name} of the incident is a list without an end; give it a max_length in its Meta"
        if each.required:
            yield f"field {each.name} of the incident needs a default, such as an empty tuple"
        entry = _bare(kind.item_type)
        if isinstance(entry, _RECORD):
            inner = (part for part in entry.fields if part.required or not _is_plain(_bare(part.type)))
            yield from (
                f"field {each.name}.{part.name} of the incident {_WANTED}; lists are not nested" for part in inner
            )
        elif not _is_plain(entry):
            yield f"field {each.name} of the incident is a list of neither plain values nor flat records"


def entries_of(record: type[Any], name: str) -> type[Any] | None:
    """The dataclass of the entries of a list; ``None`` for every other field."""
    kind = next((_bare(each.type) for each in _fields(record) if each.name == name), None)
    entry = _bare(kind.item_type) if isinstance(kind, msgspec.inspect.VarTupleType) else None
    return entry.cls if isinstance(entry, _RECORD) else None


def foreign_fields(values: Mapping[str, Any], record: type[Any]) -> Iterator[str]:
    """One line for the values, or an entry of a list, that have a field which no incident has. It quotes no name of theirs."""
    known = _names(record)
    if not known.keys() >= values.keys():
        yield f"there is a field that no incident has; it has: {', '.join(known)}"
    for name in known.keys() & values.keys():
        entry = entries_of(record, name)
        for number, each in enumerate(_listed(values[name]) if entry else ()):
            if isinstance(each, Mapping) and not _names(entry).keys() >= each.keys():
                had = ", ".join(_names(entry))
                yield f"{name}[{number}] has a field that no entry of {name} has; it has: {had}"


def stated(values: Mapping[str, Any], record: type[Any]) -> dict[str, Any]:
    """The values of fields that the record has, also in the entries of its lists, without those that say nothing (``None``)."""
    told = {name: value for name, value in values.items() if name in _names(record) and value is not None}
    for name, value in told.items():
        if entry := entries_of(record, name):
            told[name] = [
                stated(each, entry) if isinstance(each, Mapping) else each for each in _listed(value)
            ] or value
    return told


def told(values: Mapping[str, Any], record: type[Any]) -> dict[str, Any]:
    """The values that are not at their defaults, also in the entries of lists: what somebody told, or resolving found."""
    defaults = {each.name: each.default for each in _fields(record)}
    shown = {name: value for name, value in values.items() if value is not None and value != defaults.get(name)}
    for name, value in shown.items():
        if entry := entries_of(record, name):
            shown[name] = [told(each, entry) if isinstance(each, Mapping) else each for each in _listed(value)]
    return shown


def texts_at(values: Mapping[str, Any], wanted: Iterable[str]) -> Iterator[str]:
    """The texts that stand at paths, those in lists included, in the order of the paths and of the entries."""
    for path in wanted:
        name, _, inner = path.partition(".")
        for each in _listed(values.get(name)):
            found = each.get(inner) if inner and isinstance(each, Mapping) else each
            if isinstance(found, str):
                yield found


def without(values: Mapping[str, Any], stays: Callable[[str, Any], bool], above: str = "") -> dict[str, Any]:
    """The values with an empty text instead of every value that does not stay; in a list of plain values it goes.

    Args:
        values: The values of an incident, or of an entry.
        stays: Asked for the path and value of each plain value that says something.
        above: Path of the list that the values are an entry of, with a point behind it.
    """
    return {name: _without(value, stays, f"{above}{name}") for name, value in values.items()}


def _without(value: Any, stays: Callable[[str, Any], bool], path: str) -> Any:
    if isinstance(value, Mapping):
        return without(value, stays, f"{path}.")
    if isinstance(value, list | tuple):
        kept = [_without(each, stays, path) for each in value]
        return [each for each, before in zip(kept, value, strict=True) if each != "" or before == ""]
    return value if not value or stays(path, value) else ""


def _listed(value: Any) -> list[Any]:
    return list(value) if isinstance(value, list | tuple) else [value]


def _names(record: type[Any] | None) -> Mapping[str, None]:
    return dict.fromkeys(each.name for each in _fields(record))


def _fields(record: Any) -> tuple[msgspec.inspect.Field, ...]:
    """The fields of a dataclass; none of anything else."""
    return _inspected(record)


@cache
def _inspected(record: Any) -> tuple[msgspec.inspect.Field, ...]:
    described = msgspec.inspect.type_info(record) if record is not None else None
    return described.fields if isinstance(described, _RECORD) else ()


def _leaves(record: type[Any], above: str = "") -> Iterator[tuple[str, msgspec.inspect.Type]]:
    for each in _fields(record):
        kind = _bare(each.type)
        if not isinstance(kind, msgspec.inspect.VarTupleType):
            yield f"{above}{each.name}", each.type
        elif entry := entries_of(record, each.name):
            yield from _leaves(entry, f"{each.name}.")
        else:
            yield f"{above}{each.name}", kind.item_type


def _bare(kind: msgspec.inspect.Type) -> msgspec.inspect.Type:
    return _bare(kind.type) if isinstance(kind, msgspec.inspect.Metadata) else kind


def _is_plain(kind: msgspec.inspect.Type) -> bool:
    if isinstance(kind, msgspec.inspect.UnionType):
        return all(_is_plain(_bare(each)) for each in kind.types)
    return isinstance(kind, _PLAIN)


def _is_free(kind: msgspec.inspect.Type) -> bool:
    match kind:
        case msgspec.inspect.Metadata(type=inner, extra_json_schema=extra):
            return bool((extra or {}).get(FREE)) or _is_free(inner)
        case msgspec.inspect.UnionType(types=kinds):
            return any(map(_is_free, kinds))
        case msgspec.inspect.StrType(pattern=pattern):
            return not pattern
        case _:
            return False
