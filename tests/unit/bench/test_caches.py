"""The recorded week: made anew the same, and an oracle that notices what is wrong."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from conclave.caches.versions import SETTLED_AFTER_SECONDS, Version
from conclave.pack import load_pack
from conclave.pack.tables import Key

from bench.caches.playing import Desk
from bench.caches.site import Site
from bench.caches.week import DAY, DAYS, close_share, week
from evaluation.data import Changes, Rows
from evaluation.scenarios import Network
from evaluation.suite import load_suite, network_rows

PACK = load_pack("example")


@pytest.fixture
def site() -> Site:
    return Site(PACK, Rows(PACK.tables, PACK.sample("2026-11-21", 1)))


def keys(site: Site) -> list[Key]:
    return [PACK.tables[0].key_of(item) for item in site.visible.all(PACK.tables[0].name)]


def test_a_week_is_the_same_for_the_same_seed_and_in_order() -> None:
    events = week(7, 30)
    assert events == week(7, 30) != week(8, 30)
    assert [each.at for each in events] == sorted(each.at for each in events)
    assert sum(each.kind == "report" for each in events) == 30
    assert {each.kind for each in events} == {"load", "change", "report", "same", "anew"}
    assert max(each.at for each in events if each.kind == "load") < DAYS * DAY
    assert 0 <= close_share(7, 30) <= 1


def test_reads_are_counted_and_a_load_is_seen(site: Site) -> None:
    table, names = PACK.tables[0].name, keys(site)
    site.clock.seconds = SETTLED_AFTER_SECONDS
    for _ in range(2):
        site.framing().get(table, names)
    assert (site.watch.tally.data, site.watch.tally.memory, site.watch.infinite) == (len(names), len(names), len(names))
    site.load(table, "anew")
    site.clock.seconds += SETTLED_AFTER_SECONDS
    site.framing().get(table, names)
    assert site.watch.stale == 0


def test_the_oracle_notices_a_stale_answer(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    table, names = PACK.tables[0].name, keys(site)
    site.clock.seconds = SETTLED_AFTER_SECONDS
    site.framing().get(table, names)
    before: Mapping[str, Version] = site.versions.read()
    site.load(table, "anew")
    site._rows = site._rows.changed(_all_new(site, table))
    site.clock.seconds += SETTLED_AFTER_SECONDS
    monkeypatch.setattr(site.versions, "read", lambda: before)  # as if nobody had told that the table was written
    site.framing().get(table, names)
    assert site.watch.stale > 0


def _all_new(site: Site, table: str) -> Any:
    return Changes(put={table: [{**each, "loaded": "unseen"} for each in site.visible.all(table)]})


@pytest.mark.slow
def test_a_short_week_of_the_airline_has_no_stale_answer() -> None:
    pack, network = load_pack("airline"), Network(date="2026-11-21", seed=1)
    load = network_rows(pack)
    desk = Desk(Site(pack, load(network)), load_suite("airline").scenarios(3, 4, load, (network,)))
    for event in week(3, 4):
        desk.take(event)
    watch = desk.site.watch
    assert watch.asked == watch.tally.asked > 100
    assert watch.tally.memory + watch.tally.shared > 0
    assert (watch.stale, desk.wrong) == (0, 0)
    assert sum(desk.told.values()) == sum(each.kind == "same" for each in week(3, 4))
