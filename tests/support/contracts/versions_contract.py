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


def check_slices(versions: DataVersions) -> None:
    """What stands under one key has another version after a write of it, and what stands elsewhere the same."""
    clock = Watch()
    with writing(versions, "flights", clock):
        pass
    before = versions.read()["flights"]
    assert before.of("F1") == before.of("F2") != ""
    with writing(versions, "flights", clock, ["F1"]):
        pass
    after = versions.read()["flights"]
    assert after.of("F2") == before.of("F2")
    assert after.of("F1") != before.of("F1")
    with writing(versions, "flights", clock, map(str, range(1_000))):
        pass
    assert versions.read()["flights"].of("F2") not in ("", after.of("F2"))


def check_unknown_slices(versions: DataVersions) -> None:
    """What nobody wrote with a version has none."""
    with writing(versions, "flights", Watch(), ["F1"]):
        pass
    assert versions.read()["flights"].of("F1")
    assert versions.read()["flights"].of("F2") == ""


CHECKS = (check_writing, check_writers_at_once, check_dead_writer, check_slices, check_unknown_slices)
