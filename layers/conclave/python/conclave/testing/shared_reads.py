"""What processes leave for one another, in the memory of one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence


class MemorySharedReads:
    """Bundles in process memory. See ``conclave.caches.tables.Shared``."""

    def __init__(self) -> None:
        self._bundles: dict[str, bytes] = {}

    def __len__(self) -> int:
        return len(self._bundles)

    def __contains__(self, name: str) -> bool:
        return name in self._bundles

    def get(self, names: Sequence[str]) -> Mapping[str, bytes]:
        """See ``Shared.get``."""
        return {name: self._bundles[name] for name in names if name in self._bundles}

    def put(self, bundles: Mapping[str, bytes]) -> None:
        """See ``Shared.put``."""
        self._bundles.update(bundles)
