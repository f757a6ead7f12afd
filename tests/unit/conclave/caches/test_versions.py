"""Versions of the data, in memory."""

from __future__ import annotations

from typing import Any

import pytest
from conclave.caches.versions import WRITING_SECONDS, writing
from conclave.testing.data_versions import MemoryDataVersions
from versions_contract import CHECKS, Watch


@pytest.mark.parametrize("check", CHECKS)
def test_versions_in_memory_keep_the_contract(check: Any) -> None:
    check(MemoryDataVersions())


def test_a_writer_that_fails_has_ended_too() -> None:
    versions = MemoryDataVersions()
    with pytest.raises(OSError, match="full"), writing(versions, "flights", Watch()):
        raise OSError("the disk is full")
    assert versions.read()["flights"].writers == frozenset()


def test_a_writer_is_told_until_when_it_may_write() -> None:
    clock = Watch()
    clock.sleep(5)
    with writing(MemoryDataVersions(), "flights", clock) as until:
        assert until == 5 + WRITING_SECONDS
