"""What every implementation of ``Shared`` does."""

from __future__ import annotations

from conclave.caches.tables import Shared


def check_bundles(shared: Shared) -> None:
    """What was left is there, the last of each name; what was not, is not."""
    assert shared.get(["flights|a", "crews|b"]) == {}
    shared.put({"flights|a": b"one", "crews|b": b"two"})
    shared.put({"flights|a": b"more"})
    assert shared.get(["flights|a", "crews|b", "crews|c"]) == {"flights|a": b"more", "crews|b": b"two"}
    assert shared.get([]) == {}


def check_many(shared: Shared) -> None:
    """As many as there are."""
    bundles = {f"flights/{number}|a": str(number).encode() for number in range(130)}
    shared.put(bundles)
    assert shared.get(list(bundles)) == bundles


CHECKS = (check_bundles, check_many)
