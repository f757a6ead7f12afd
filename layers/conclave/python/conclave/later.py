"""References to parts of a pack whose modules are loaded when the part is first used.

A function of a run needs one part of its pack: ``frame`` plans, an agent calls its own tools, ``collate`` does neither. What a
pack declares by a reference costs the others nothing at their start.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterable, Sequence
from functools import cached_property
from typing import Any, cast, overload

from msgspec import Struct


class Later(Sequence[Any]):
    """A sequence whose items are made when somebody looks at it; after that it is a tuple by another name.

    Args:
        load: Makes the items.
    """

    def __init__(self, load: Callable[[], Iterable[Any]]) -> None:
        self._load = load

    @cached_property
    def _items(self) -> tuple[Any, ...]:
        return tuple(self._load())

    @overload
    def __getitem__(self, index: int) -> Any: ...

    @overload
    def __getitem__(self, index: slice) -> Sequence[Any]: ...

    def __getitem__(self, index: int | slice) -> Any:
        """An item, or several."""
        return self._items[index]

    def __len__(self) -> int:
        """The number of items."""
        return len(self._items)


class Function(Struct, frozen=True):
    """A function that loads its module with its first call.

    Attributes:
        module: Full name of the module.
        name: Name of the function in it.
    """

    module: str
    name: str

    def resolve(self) -> Callable[..., Any]:
        """The function itself; raises ``ImportError`` or ``AttributeError`` where there is none."""
        return cast("Callable[..., Any]", getattr(importlib.import_module(self.module), self.name))

    def __call__(self, *arguments: Any, **named: Any) -> Any:
        """The answer of the function."""
        return self.resolve()(*arguments, **named)


def function(module: str, name: str) -> Callable[..., Any]:
    """A function by reference: ``function("packs.airline.planning.planner", "plan")``."""
    return Function(module, name)


def tools(module: str, *names: str) -> Sequence[Any]:
    """The tools of those names, in that order; their module is loaded when an agent's tools are looked at."""
    return Later(lambda: (Function(module, name).resolve() for name in names))


def reads(module: str) -> Sequence[str]:
    """What ``READS`` of a module lists: the tables and indexes that its function reads."""
    return Later(lambda: importlib.import_module(module).READS)


def load(*parts: Any) -> None:
    """Loads the modules of parts now; a part that is not a reference is there already."""
    for part in parts:
        if isinstance(part, Function):
            part.resolve()
        elif isinstance(part, Later):
            len(part)


def broken(values: Iterable[Any]) -> Iterable[str]:
    """One line for each reference among values that leads nowhere; a pack that is deployed has none."""
    for value in values:
        try:
            load(value)
        except (ImportError, AttributeError) as error:
            yield f"a reference leads nowhere: {error}"
