"""Prices: dated rows behind a schema, exact costs, and worst cases that no call exceeds."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest
from conclave.agents.meter import Meter
from conclave.agents.prices import price_table
from conclave.clock import SystemClock
from conclave.codec import encode
from conclave.configuration.settings import PACKAGED, PriceSetting
from conclave.functions.settings import Settings
from conclave.functions.wiring import Wiring
from conclave.money.amounts import nanos, usd, usd_sum
from conclave.money.prices import ModelPrice, PricesInvalid, PriceUnknown, price_book
from conclave.money.worst_case import PROVIDER_TOKENS, most_input_tokens, worst_case
from conclave.types import Usage
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

ROW = {"from": "2026-01-01", "input": "0.10", "output": "0.50", "cache_read": "0.01", "cache_write": "0.125"}
TOKENS = st.integers(0, 400_000)
PRICES = st.decimals(Decimal("0.000001"), Decimal(100), places=6)


def rows(*of: dict[str, Any]) -> dict[str, Any]:
    return {"as_of": "2026-01-01", "unit": "u", "source": "s", "models": {"m": list(of)}}


@pytest.mark.parametrize(
    ("day", "price"), [("2026-06-30", "0.10"), ("2026-07-01", "0.20"), ("2027-01-01", "0.20"), ("2026-01-01", "0.10")]
)
def test_the_newest_row_that_has_begun_is_in_force(day: str, price: str) -> None:
    book = price_book(rows(ROW, {**ROW, "from": "2026-07-01", "input": "0.20"}))
    assert price_table(day, book).price("m").input == Decimal(price)


def test_settings_add_prices_that_are_charged_from_their_day_on() -> None:
    model, long = "global.anthropic.claude-haiku-5-5", Usage(input_tokens=200_000)
    row = PriceSetting(
        model=model, effective_from="2026-12-01", input=0.3, output=1.0, cache_read=0.03, cache_write=0.375
    )
    settings = structs.replace(PACKAGED, prices=(row,))
    before, after = (price_table(day).under(settings).price(model) for day in ("2026-11-30", "2026-12-01"))
    assert before == price_table("2026-11-30").price(model)
    assert after.input == Decimal("0.3")
    assert after.nanos(long) == 5 * 200_000 * 300


@pytest.mark.parametrize(
    ("at", "usd_per_million"),
    [
        (datetime(2026, 11, 30, 23, 59, 59, 999_999, UTC), "0.10"),
        (datetime(2026, 12, 1, tzinfo=UTC), "0.30"),
        (datetime(2026, 12, 1, 1, 30, tzinfo=timezone(timedelta(hours=2))), "0.10"),
    ],
)
def test_a_call_costs_what_is_in_force_on_its_day_of_utc(at: datetime, usd_per_million: str) -> None:
    """As a function charges it: the price changes at midnight, and nobody deploys anything."""
    model = "global.anthropic.claude-haiku-5-5"
    row = PriceSetting(
        model=model, effective_from="2026-12-01", input=0.3, output=1.0, cache_read=0.03, cache_write=0.375
    )
    meter = Meter(Wiring(Settings(values={}), SystemClock(at)).prices.under(structs.replace(PACKAGED, prices=(row,))))
    with meter.exchange(model, {"user": "x"}) as exchange:
        exchange.use({"inputTokens": 1_000, "outputTokens": 0})
    assert nanos(meter.total().cost_usd) == int(Decimal(usd_per_million) * 1_000_000)


def test_a_tier_whose_model_has_no_price_is_refused_before_anybody_asks_it() -> None:
    price_table("2026-11-28").require_all()
    with pytest.raises(PriceUnknown, match=r"no price of global.anthropic.+ is in force; add a row with its first day"):
        price_table("2026-10-06").require_all()


def test_a_model_has_no_price_before_its_first_row() -> None:
    table = price_table("2025-12-31", price_book(rows(ROW)))
    with pytest.raises(PriceUnknown, match="no price of m is in force"):
        table.price("m")


@pytest.mark.parametrize(
    "wrong",
    [
        rows({**ROW, "input": 0.1}),
        rows({**ROW, "input": "-1"}),
        rows({**ROW, "input": "0.0000001"}),
        rows({**ROW, "inputs": "0.1"}),
        rows({key: each for key, each in ROW.items() if key != "output"}),
        rows({**ROW, "from": "2026-02-30"}),
        rows({**ROW, "from": "soon"}),
        rows({**ROW, "from": "2026-07-01"}, ROW),
        rows(ROW, ROW),
        rows(),
        {**rows(ROW), "currency": "EUR"},
        rows({**ROW, "long": {"above_tokens": 0, "times": "5"}}),
    ],
)
def test_rows_that_do_not_fit_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(PricesInvalid):
        price_book(wrong)


def test_every_tier_has_a_price_today() -> None:
    table = price_table("2026-11-28")
    assert all(table.price(model).output > 0 for model in table.tiers.values())


def test_a_long_call_costs_its_multiple_with_all_that_was_sent() -> None:
    price = price_book(rows({**ROW, "long": {"above_tokens": 100_000, "times": "5"}})).on("2026-11-28")["m"]
    short = Usage(input_tokens=60_000, cache_read_tokens=40_000, output_tokens=1_000)
    long = Usage(input_tokens=60_001, cache_read_tokens=40_000, output_tokens=1_000)
    assert price.nanos(short) == 6_900_000
    assert price.nanos(long) == 34_500_500


def test_a_part_of_a_nano_dollar_counts_as_one() -> None:
    price = ModelPrice(input=Decimal("0.0375"), output=Decimal(0), cache_read=Decimal(0), cache_write=Decimal(0))
    assert [price.nanos(Usage(input_tokens=each)) for each in (0, 1, 2, 1_000)] == [0, 38, 75, 37_500]


@given(st.integers(0, 10**15))
def test_what_a_record_keeps_comes_back_to_the_nano_dollar(amount: int) -> None:
    assert nanos(usd(amount)) == amount


@given(st.lists(st.integers(0, 10**12), max_size=50))
def test_sums_lose_nothing(amounts: list[int]) -> None:
    assert nanos(usd_sum(map(usd, amounts))) == sum(amounts)


@given(st.builds(ModelPrice, input=PRICES, output=PRICES, cache_read=PRICES, cache_write=PRICES,
                 long_above=st.none() | st.integers(1, 200_000), long_times=st.decimals(1, 9, places=2)),
       TOKENS, TOKENS, TOKENS, TOKENS)  # fmt: skip
def test_no_call_costs_more_than_its_worst_case(
    price: ModelPrice, plain: int, read: int, written: int, output: int
) -> None:
    used = Usage(input_tokens=plain, cache_read_tokens=read, cache_write_tokens=written, output_tokens=output)
    assert price.nanos(used) <= price.worst(plain + read + written, output)


@given(st.recursive(st.text(), lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner)))
def test_a_request_has_at_most_as_many_tokens_as_bytes(request: Any) -> None:
    def texts(value: Any) -> list[str]:
        if isinstance(value, str):
            return [value]
        return [text for each in value for text in texts(each)] + (
            [text for each in value.values() for text in texts(each)] if isinstance(value, dict) else []
        )

    # What a byte-level tokenizer makes of the texts when no merge of it applies: a token of each byte.
    assert sum(len(text.encode()) for text in texts(request)) <= most_input_tokens(request) - PROVIDER_TOKENS


def test_the_worst_case_is_that_of_every_byte_at_the_dearest_price() -> None:
    price = price_book(rows(ROW)).on("2026-11-28")["m"]
    request = {"text": "é" * 1_000}
    assert len(encode(request)) == 2_011
    assert worst_case(price, request, 100) == (2_011 + 1_024) * 125 + 100 * 500
