"""The words of the loaded airlines: their codes and names, the cities of their airports, and what else they call things."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache

from conclave.language.statements.wording import Wording
from conclave.pack import Tables
from msgspec import Struct, field

from packs.airline.models import Cause
from packs.airline.operators.records import read_operators
from packs.airline.reading.wording import STATEMENTS
from packs.airline.reading.words.general import AIRPORT_KEYWORDS, ELSEWHERE

_FIELDS = ("flight", "airport", "cause")

Words = Mapping[str, tuple[str, ...]]


class OwnWords(Struct, frozen=True):
    """Words of the loaded airlines.

    Attributes:
        carriers: Words for each carrier: its designator, its name, and the airline's own ones.
        airports: Words for airports by IATA code, of several languages and of the airline's own.
        causes: The airline's own words for what is wrong, by cause.
    """

    carriers: Words = field(default_factory=dict)
    airports: Words = field(default_factory=dict)
    causes: Words = field(default_factory=dict)

    @property
    def wording(self) -> Wording:
        """The words by which statements are read, with the airline's own."""
        return _wording(tuple(sorted(self.causes.items())))

    def with_cities(self, tables: Tables, codes: Iterable[str]) -> OwnWords:
        """The same with the names of cities as the loaded records of these airports have them."""
        rows = tables.get("airports", sorted(set(codes))).items
        told = {str(code): str(row["city"]) for code, row in rows.items()}
        cities = {code: (*self.airports.get(code, ()), city) for code, city in told.items() if city}
        return OwnWords(self.carriers, {**self.airports, **cities}, self.causes)


@lru_cache(maxsize=8)
def _wording(causes: tuple[tuple[str, tuple[str, ...]], ...]) -> Wording:
    own = dict(causes)
    words = {kind: [*told, *own.get(kind, ())] for kind, told in STATEMENTS["words"].items()}
    return Wording.of({**STATEMENTS, "words": words})


def own_words(tables: Tables) -> OwnWords:
    """The words of the loaded airlines; raises ``ReadFailed``."""
    rows = tables.query("words", _FIELDS)
    own = {name: _by_value((str(row["value"]), str(row["word"])) for row in rows.get(name, ())) for name in _FIELDS}
    carriers = {code: (str(row["name"]), *own["flight"].get(code, ())) for code, row in read_operators(tables).items()}
    places = {code: tuple(words) for code, words in {**AIRPORT_KEYWORDS, **ELSEWHERE}.items()}
    airports = {code: (*places.get(code, ()), *own["airport"].get(code, ())) for code in {*places, *own["airport"]}}
    return OwnWords(carriers, airports, {cause: words for cause, words in own["cause"].items() if cause in set(Cause)})


def _by_value(pairs: Iterable[tuple[str, str]]) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for value, word in pairs:
        found[value] = (*found.get(value, ()), word)
    return found
