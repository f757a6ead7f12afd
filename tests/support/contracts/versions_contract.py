"""What every implementation of ``DataVersions`` does."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from conclave.caches.versions import (
    FORGOTTEN_AFTER_SECONDS,
    SETTLED_AFTER_SECONDS,
    DataVersions,
    Version,
    settled,
    writing,
)

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)


class Watch:
    """A clock that goes only when it is told to."""

    def __init__(self) -> None:
        self.at = NOON

    def __call__(self) -> datetime:
        return self.at

    def monotonic(self) -> float:
        return (self.at - NOON).total_seconds()

    def sleep(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)


def check_writing(versions: DataVersions) -> None:
    """A table has a version that can be shown when its writer has ended a while ago, and another one after each writer."""
    clock, seen = Watch(), set()
    assert versions.read() == {}
    for _ in range(3):
        with writing(versions, "flights", clock):
            clock.sleep(SETTLED_AFTER_SECONDS * 2)
            assert settled(versions.read(), clock()) == {}
        assert settled(versions.read(), clock()) == {}
        clock.sleep(SETTLED_AFTER_SECONDS)
        shown = settled(versions.read(), clock())
        assert shown.keys() == {"flights"}
        seen.add(shown["flights"])
    assert len(seen) == 3


def check_writers_at_once(versions: DataVersions) -> None:
    """A table that two write is changing until both have ended; other tables are not."""
    clock = Watch()
    with writing(versions, "crews", clock):
        pass
    with writing(versions, "flights", clock):
        with writing(versions, "flights", clock):
            pass
        clock.sleep(SETTLED_AFTER_SECONDS)
        assert settled(versions.read(), clock()).keys() == {"crews"}
    clock.sleep(SETTLED_AFTER_SECONDS)
    assert settled(versions.read(), clock()).keys() == {"crews", "flights"}


def check_dead_writer(versions: DataVersions) -> None:
    """A writer that dies leaves a table without a version to show, until it is dead for certain or the next one ends."""
    clock = Watch()
    died = f"{NOON.isoformat()}|a-writer"
    versions.begin("flights", died, Version(id="half", changed_at=NOON.isoformat()))
    clock.sleep(FORGOTTEN_AFTER_SECONDS - 1)
    assert settled(versions.read(), clock()) == {}
    clock.sleep(1)
    assert settled(versions.read(), clock()) == {"flights": "half"}
    with writing(versions, "flights", clock):
        pass
    assert versions.read()["flights"].writers == frozenset()
    assert versions.read()["flights"].id != "half"


CHECKS = (check_writing, check_writers_at_once, check_dead_writer)
