"""A plugin of pytest: what lies in the layer named by ``LAYER`` may import nothing that only this environment has."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from importlib.machinery import ModuleSpec, PathFinder
from pathlib import Path
from types import ModuleType

LAYER = Path(os.environ["LAYER"])


class Guard:
    """Refuses imports from the layer that would be found beside it only."""

    @staticmethod
    def find_spec(name: str, path: Sequence[str] | None, target: ModuleType | None = None) -> ModuleSpec | None:
        """Finds nothing itself."""
        del target
        if (
            path is None
            and name not in sys.stdlib_module_names
            and _asks()
            and not PathFinder.find_spec(name, [str(LAYER)])
        ):
            raise ModuleNotFoundError(f"the layer has no {name}", name=name)
        return None


def _asks() -> bool:
    frame = sys._getframe(2)
    while "importlib" in frame.f_code.co_filename and frame.f_back is not None:
        frame = frame.f_back
    return Path(frame.f_code.co_filename).is_relative_to(LAYER)


sys.meta_path.insert(0, Guard)
