"""Prices of models: dated rows, checked against a schema, of which the newest that has begun is in force.

The packaged rows are ``prices.json``; the settings of a run add newer ones to them (``PriceBook.plus``).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any

import msgspec
from msgspec import Struct, structs

from conclave.codec import RecordInvalid, convert, decode
from conclave.money.amounts import rounded_up, usd
from conclave.types import Usage

DATA = Path(__file__).parent / "prices.json"

Day = Annotated[str, msgspec.Meta(pattern=r"^20\d\d-\d\d-\d\d$")]
Dollars = Annotated[str, msgspec.Meta(pattern=r"^\d{1,4}(\.\d{1,6})?$")]
"""US dollars per million tokens as decimal text: a number of JSON would be binary."""
Model = Annotated[str, msgspec.Meta(pattern=r"^[\w.:/-]{1,200}$")]


class PricesInvalid(Exception):
    """The rows do not fit the schema, or contradict themselves; the message names the place."""


class PriceUnknown(Exception):
    """No price of a model is in force that day; the message says what to add."""


class LongRow(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """From more than so many input tokens on, everything of a call costs so many times as much."""

    above_tokens: Annotated[int, msgspec.Meta(ge=1)]
    times: Dollars


class PriceRow(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The prices of a model from a day on, in US dollars per million tokens."""

    begins: Day = msgspec.field(name="from")
    input: Dollars
    output: Dollars
    cache_read: Dollars
    cache_write: Dollars
    long: LongRow | None = None


class PriceRows(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The schema of the rows: by model, oldest first; with the day on which somebody last compared them, and with what."""

    as_of: Day
    unit: str
    source: str
    models: dict[Model, Annotated[list[PriceRow], msgspec.Meta(min_length=1)]]


class ModelPrice(Struct, frozen=True, kw_only=True):
    """US dollars per million tokens, which are micro-dollars per token.

    Attributes:
        input: Of input that the provider's cache neither had nor kept.
        output: Of output.
        cache_read: Of input that came from the cache.
        cache_write: Of input that the cache kept.
        long_above: Input tokens, cached or not, above which a call is long; None where length does not matter.
        long_times: How many times as much all of a long call costs.
    """

    input: Decimal
    output: Decimal
    cache_read: Decimal
    cache_write: Decimal
    long_above: int | None = None
    long_times: Decimal = Decimal(1)

    def nanos(self, usage: Usage) -> int:
        """The cost of one call in nano-dollars, exactly, a part of one counted as one."""
        micro = (
            usage.input_tokens * self.input
            + usage.output_tokens * self.output
            + usage.cache_read_tokens * self.cache_read
            + usage.cache_write_tokens * self.cache_write
        )
        sent = usage.input_tokens + usage.cache_read_tokens + usage.cache_write_tokens
        return rounded_up(micro * self._times(sent))

    def cost(self, usage: Usage) -> float:
        """The cost of one call in US dollars, as records keep it."""
        return usd(self.nanos(usage))

    def worst(self, input_tokens: int, output_tokens: int) -> int:
        """The most that a call of at most so many tokens costs, in nano-dollars: all input at its dearest way."""
        dearest = max(self.input, self.cache_read, self.cache_write)
        times = max(Decimal(1), self._times(input_tokens))
        return rounded_up((input_tokens * dearest + output_tokens * self.output) * times)

    def _times(self, sent: int) -> Decimal:
        return self.long_times if self.long_above is not None and sent > self.long_above else Decimal(1)


class PriceBook(Struct, frozen=True, kw_only=True):
    """All prices that are known: rows by model, oldest first, each with the day from which it is in force."""

    as_of: str
    models: Mapping[str, Sequence[tuple[str, ModelPrice]]]

    def on(self, day: str) -> dict[str, ModelPrice]:
        """The prices in force on a UTC day (``2026-11-28``), by model; models without one are missing."""
        rows = {model: [price for begins, price in dated if begins <= day] for model, dated in self.models.items()}
        return {model: begun[-1] for model, begun in rows.items() if begun}

    def plus(self, model: str, day: str, **usd_per_million: float) -> PriceBook:
        """The book with the price of a model from a day on; calls that are long for it stay so many times as dear.

        Args:
            model: Id of the model.
            day: The first UTC day; a row that was there for it gives way.
            usd_per_million: ``input``, ``output``, ``cache_read`` and ``cache_write``.
        """
        dated = dict(self.models.get(model, ()))
        kinds = {kind: Decimal(str(value)) for kind, value in usd_per_million.items()}
        before = [price for begins, price in sorted(dated.items()) if begins <= day]
        dated[day] = structs.replace(before[-1], **kinds) if before else ModelPrice(**kinds)  # type: ignore[arg-type]
        return PriceBook(as_of=self.as_of, models={**self.models, model: sorted(dated.items())})


def price_book(data: Mapping[str, Any] | None = None) -> PriceBook:
    """The book of the packaged rows, or of others given as plain values.

    Raises:
        PricesInvalid: The rows do not fit.
    """
    if data is None:
        return _packaged()
    try:
        return _book(convert(data, PriceRows))
    except RecordInvalid as error:
        raise PricesInvalid(f"the prices do not fit their schema: {error}") from None


@lru_cache(maxsize=1)
def _packaged() -> PriceBook:
    return _book(decode(DATA.read_bytes(), PriceRows))


def _book(rows: PriceRows) -> PriceBook:
    if not _is_day(rows.as_of):
        raise PricesInvalid(f"as_of is {rows.as_of}, which is no day of the calendar")
    for model, dated in rows.models.items():
        days = [each.begins for each in dated]
        if days != sorted(set(days)):
            raise PricesInvalid(f"the rows of {model} do not stand oldest first, one a day: {', '.join(days)}")
        for day in days:
            if not _is_day(day):
                raise PricesInvalid(f"a row of {model} begins on {day}, which is no day of the calendar")
    return PriceBook(
        as_of=rows.as_of,
        models={model: [(each.begins, _price(each)) for each in dated] for model, dated in rows.models.items()},
    )


def _is_day(day: str) -> bool:
    try:
        date.fromisoformat(day)
    except ValueError:
        return False
    return True


def _price(row: PriceRow) -> ModelPrice:
    price = ModelPrice(
        input=Decimal(row.input),
        output=Decimal(row.output),
        cache_read=Decimal(row.cache_read),
        cache_write=Decimal(row.cache_write),
    )
    return (
        structs.replace(price, long_above=row.long.above_tokens, long_times=Decimal(row.long.times))
        if row.long
        else price
    )
