"""The recorder of a step: stands between a step and what it gets from outside, and notes that."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from msgspec import structs

from conclave.codec import digest, encode
from conclave.recording.recordings import Ask, Recording, Screened, kept_as, noted_error

if TYPE_CHECKING:
    # Steps that ask no model and read no table load nothing of them for their recording.
    from conclave.agents.assess import ModelPort, Question
    from conclave.agents.consent import Consent, Consents
    from conclave.agents.extraction import Extractor
    from conclave.agents.meter import Meter
    from conclave.agents.prices import PriceTable
    from conclave.clock import Timepiece
    from conclave.pack.tables import Tables
    from conclave.recording.noted_tables import NotedTables

CODE_CHARACTERS = 16


class NotedClock:
    """The time, and a note of every look at it. What is measured stands in records.

    Args:
        clock: The time.
    """

    def __init__(self, clock: Timepiece) -> None:
        self._clock = clock
        self.moments: list[str] = []

    def __call__(self) -> datetime:
        """The time in UTC."""
        now = self._clock()
        self.moments.append(now.isoformat())
        return now

    def monotonic(self) -> float:
        """See ``Timepiece.monotonic``."""
        return self._clock.monotonic()

    def sleep(self, seconds: float) -> None:
        """See ``Timepiece.sleep``."""
        self._clock.sleep(seconds)


class Recorder:
    """Notes what one step gets from outside. Made when the step begins.

    Args:
        clock: The time.
        code: Versions of what runs.
        strict: Whether a read that is not declared is raised.

    Attributes:
        clock: The time, noted.
    """

    def __init__(self, clock: Timepiece, code: Mapping[str, str], *, strict: bool = True) -> None:
        self.clock = NotedClock(clock)
        self._noted = Recording(code=code, strict=strict)
        self._tables: NotedTables | None = None
        self._asks: list[Ask] = []
        self._consents: dict[str, str] = {}

    def note(self, **noted: Any) -> None:
        """Notes attributes of the recording."""
        self._noted = structs.replace(self._noted, **noted)

    def prices(self, prices: PriceTable) -> None:
        """Notes the prices in force: their day, and what they are."""
        code = {**self._noted.code, "prices": digest(prices)[:CODE_CHARACTERS]}
        self.note(day=prices.day, code=code)

    def tables(self, tables: Tables) -> NotedTables:
        """The tables, noted."""
        from conclave.recording.noted_tables import NotedTables

        self._tables = NotedTables(tables)
        return self._tables

    def screened(self, refuses: Callable[[Sequence[str]], Sequence[str]], texts: Sequence[str]) -> Sequence[str]:
        """What the guardrail objects to in the texts, noted."""
        objections = refuses(texts)
        self.note(screened=Screened(hash=digest(list(texts)), objections=tuple(objections)))
        return objections

    def extractor(self, extractor: Extractor) -> NotedExtractor:
        """The extractor, noted."""
        return NotedExtractor(extractor, self._asks)

    def model(self, model: ModelPort) -> NotedModel:
        """A model, noted."""
        return NotedModel(model, self._asks)

    def consents(self, consents: Consents) -> NotedConsents:
        """The consents, noted."""
        return NotedConsents(consents, self._consents)

    def records(self, names: Sequence[str]) -> dict[str, bytes]:
        """The recording as the records of these names, to be written together with what the step made."""
        reads = {"reads": self._tables.reads} if self._tables else {}
        self.note(moments=tuple(self.clock.moments), asks=tuple(self._asks), consents=dict(self._consents), **reads)
        return kept_as(names, self._noted)


def _asked(asks: list[Ask], model: str, meter: Meter, ask: Callable[[], Mapping[str, Any]]) -> Mapping[str, Any]:
    """Asks, and notes how that went."""
    texts, calls, too_dear = len(meter.texts), len(meter.exchanges), set(meter.too_dear)

    def note(**ended: Any) -> None:
        asks.append(
            Ask(
                model=model,
                texts=len(meter.texts) - texts,
                output_tokens=tuple(meter.output_tokens[calls:]),
                too_dear=tuple(sorted(meter.too_dear - too_dear)),
                **ended,
            )
        )

    try:
        answer = ask()
    except Exception as error:
        note(raised=noted_error(error))
        raise
    note(answer=json.dumps(answer))
    return answer


class NotedModel:
    """A model whose answers are noted. See ``conclave.agents.assess.ModelPort``."""

    def __init__(self, model: ModelPort, asks: list[Ask]) -> None:
        self.model_id = model.model_id
        self._model, self._asks = model, asks

    def ask(self, question: Question, meter: Meter) -> Mapping[str, Any]:
        """See ``ModelPort.ask``."""
        return _asked(self._asks, self.model_id, meter, lambda: self._model.ask(question, meter))


class NotedExtractor:
    """An extractor whose answers are noted. See ``conclave.agents.extraction.Extractor``."""

    def __init__(self, extractor: Extractor, asks: list[Ask]) -> None:
        # Where reports are typed or read by code there may be none.
        self.model_id: str = getattr(extractor, "model_id", "")
        self._extractor, self._asks = extractor, asks

    def extract(self, text: str, schema: Mapping[str, Any], received: str, meter: Meter) -> Mapping[str, Any]:
        """See ``Extractor.extract``."""

        def ask() -> Mapping[str, Any]:
            return self._extractor.extract(text, schema, received, meter)

        return _asked(self._asks, self.model_id, meter, ask)


class NotedConsents:
    """Consents whose taking is noted. See ``conclave.agents.consent.Consents``."""

    def __init__(self, consents: Consents, taken: dict[str, str]) -> None:
        self._consents, self._taken = consents, taken

    def take(self, binding: str) -> Consent | None:
        """See ``Consents.take``."""
        consent = self._consents.take(binding)
        if consent is not None:
            self._taken[binding] = encode(consent).decode()
        return consent
