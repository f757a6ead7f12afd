"""Imports of large libraries without the parts that they load in advance and nobody here uses.

Python runs the ``__init__`` of every package above a module, and those of Strands load all of Strands and what its other uses
need: schema validation, YAML, a file watcher, the SDK of OpenTelemetry. Here, the packages that a ``Lean`` names run theirs
when something is asked of them that neither a module below nor the ``Lean`` gives, so nothing is lost, only later. The import
system's own hook does it (``sys.meta_path``, PEP 451); the libraries stay as they are.
"""

from __future__ import annotations

import importlib
import importlib.machinery
import sys
from collections.abc import Mapping, Sequence
from importlib.machinery import ModuleSpec, PathFinder
from threading import RLock
from types import MappingProxyType, ModuleType
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from importlib.abc import Loader, MetaPathFinder
else:
    # They are shapes, and loading them loads archives and temporary files.
    Loader = MetaPathFinder = object


class Lean(NamedTuple):
    """What stands for a module until something else is asked of it.

    It is a named tuple, since modules that msgspec imports are loaded lean, too.

    Attributes:
        found_in: Names that other modules define, with the name of that module.
        deferred: Classes and functions of the module itself that are named by whoever imports it, and perhaps never called.
        inert: Classes that do nothing, whatever is called on them, where the module is not installed; ``()`` for a package above
            such modules. Where it is installed, it is what it is.
    """

    found_in: Mapping[str, str] = MappingProxyType({})
    deferred: frozenset[str] = frozenset()
    inert: tuple[str, ...] | None = None


def install(modules: Mapping[str, Lean]) -> None:
    """Lets these modules be lean from now on; one that is loaded already stays as it is."""
    sys.meta_path.insert(0, _Finder(modules))


class _Finder(MetaPathFinder):
    def __init__(self, modules: Mapping[str, Lean]) -> None:
        self._modules = modules

    def find_spec(self, name: str, path: Sequence[str] | None, target: ModuleType | None = None) -> ModuleSpec | None:
        """The module's own spec with another loader."""
        lean = self._modules.get(name)
        if lean is None:
            return None
        spec = PathFinder.find_spec(name, path, target)
        if lean.inert is not None:
            return spec or ModuleSpec(name, _Loader(None, lean), is_package=True)
        if spec and spec.loader:
            spec.loader = _Loader(spec.loader, lean)
        return spec


class _Loader(Loader):
    def __init__(self, real: Loader | None, lean: Lean) -> None:
        self.real = real
        self.lean = lean
        self.lock = RLock()
        self.running = False

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        """The usual module."""
        return self.real.create_module(spec) if self.real else None

    def exec_module(self, module: ModuleType) -> None:
        """Runs nothing of it yet."""
        module.__class__ = _LeanModule


class _LeanModule(ModuleType):
    """A module whose code has not run."""

    def __getattr__(self, name: str) -> Any:
        """What the module has under that name; runs its code if need be."""
        loader = self.__spec__.loader if self.__spec__ else None
        given = loader.lean.found_in if isinstance(loader, _Loader) else {}
        if not isinstance(loader, _Loader) or (
            name.startswith("__") and name not in {*given, "__all__", "__version__"}
        ):
            raise AttributeError(f"module {self.__name__!r} has no attribute {name!r}")
        if name in given:
            value = getattr(importlib.import_module(given[name]), name)
        elif name in loader.lean.deferred:
            value = _deferred(self, name)
        elif name in (loader.lean.inert or ()):
            value = type(name, (_Inert,), {"__module__": self.__name__})
        elif _is_module(self, name):
            raise AttributeError(name)  # the import statement then imports it
        elif name in vars(run(self)):
            return vars(self)[name]
        else:
            raise AttributeError(f"module {self.__name__!r} has no attribute {name!r}")
        return vars(self).setdefault(name, value)


class _Inert:
    """An object whose methods do nothing."""

    def __init__(self, *_: Any, **__: Any) -> None:
        pass

    def __getattr__(self, name: str) -> Any:
        return lambda *_, **__: None


def run(module: ModuleType) -> ModuleType:
    """The module after its code has run: once, whichever thread comes first; others wait for it.

    Raises:
        ImportError: It is left out altogether.
    """
    loader = module.__spec__.loader if module.__spec__ else None
    if isinstance(module, _LeanModule) and isinstance(loader, _Loader):
        if loader.real is None:
            raise ImportError(f"{module.__name__} is left out here, and something needs more of it; see lean_libraries")
        with loader.lock:
            if isinstance(module, _LeanModule) and not loader.running:
                loader.running = True
                try:
                    loader.real.exec_module(module)
                    module.__class__ = ModuleType  # type: ignore[assignment]  # it is one already
                finally:
                    loader.running = False
    return module


def _is_module(package: ModuleType, name: str) -> bool:
    path = getattr(package, "__path__", None)
    return path is not None and PathFinder.find_spec(f"{package.__name__}.{name}", path) is not None


class _Deferring(type):
    """The type of classes that stand for others."""

    def __instancecheck__(cls, instance: Any) -> bool:
        return isinstance(instance, cls.real())  # type: ignore[attr-defined]

    def __subclasscheck__(cls, subclass: type) -> bool:
        return issubclass(subclass, cls.real())  # type: ignore[attr-defined]


def _deferred(module: ModuleType, name: str) -> type:
    """A class that is another one as soon as somebody calls it or compares with it. It has no subclasses."""

    def real() -> Any:
        found = vars(run(module))[name]
        if found is standing:
            raise ImportError(f"{module.__name__} is asked for {name} while it makes it")
        return found

    def new(cls: type, *arguments: Any, **named: Any) -> Any:
        del cls
        return real()(*arguments, **named)

    standing = _Deferring(name, (), {"real": staticmethod(real), "__new__": new, "__module__": module.__name__})
    return standing
