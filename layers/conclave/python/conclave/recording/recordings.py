"""The recording of a step, and how it is kept: compressed, in as many records as it takes.

It holds what a step got from outside and what stands in no other record: the reads of tables, the answers that models gave
beside the exchanges (which stand with the texts), the readings of the clock, what the machine handed over, and the versions of
the code. Times that were measured stand in the answers themselves. So a step, its texts and its recording are all that a replay
needs.

A recording is written in the transaction of what the step made, into the same table and part: no request more, no right more, and
none without the other. What was read is kept with the run that read it, not once for all: it may hold free texts, and goes when
the run's texts are erased, whoever else read the same.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping, Sequence

from msgspec import Raw, Struct, field

from conclave.codec import RecordInvalid, decode, encode
from conclave.records.journal import FRAME_PHASE, MAX_RECORD_BYTES
from conclave.results import Branch
from conclave.types import Failure, Phase

FORM = 1
"""Form of recordings; one of another form is not played."""
PARTS = 4
"""Records that a recording has at most: 1.4 MB compressed. DynamoDB takes 4 MB in a transaction."""
MOST_BYTES = 64 * 1024 * 1024
"""Of a recording, read back: what is written has no bound but that of its parts."""
NUL = "\0"


class Raised(Struct, frozen=True, kw_only=True):
    """An error that came from outside: its class, and what it said."""

    module: str
    name: str
    message: str


def noted_error(error: BaseException) -> Raised:
    """An error as a recording has it."""
    kind = type(error)
    return Raised(
        module=kind.__module__, name=kind.__qualname__, message=str(error).encode("utf-8", "backslashreplace").decode()
    )


class Ask(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One question to a model.

    Attributes:
        model: The model that should answer.
        texts: Exchanges of models and tools that it took; they stand with the texts, in their order.
        output_tokens: The most that each of these calls of a model might write: what it reserved follows from it.
        answer: The answer, as the adapter gave it, as JSON in ASCII: models may write half a surrogate pair.
        raised: What came instead.
        too_dear: Models of which a call was not made, since it did not fit what was left.
    """

    model: str
    texts: int
    output_tokens: Sequence[int] = ()
    answer: str = ""
    raised: Raised | None = None
    too_dear: Sequence[str] = ()


class FailedRead(Struct, frozen=True, kw_only=True):
    """A read that failed: in which way (``flights``, ``flights/by_tail``), of what, and how."""

    way: str
    names: Sequence[str]
    raised: Raised


class Reads(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The reads of a step.

    Attributes:
        versions: Of the tables, as far as they could be shown before the first read.
        items: By table and key: the item, or null where there is none.
        groups: By way (``flights/by_tail``) and value, with what narrowed the query: the items.
        failed: Those that failed, in their order.
    """

    versions: Mapping[str, str] = field(default_factory=dict)
    items: Mapping[str, Mapping[str, Raw]] = field(default_factory=dict)
    groups: Mapping[str, Mapping[str, Raw]] = field(default_factory=dict)
    failed: Sequence[FailedRead] = ()


class Screened(Struct, frozen=True, kw_only=True):
    """What the guardrail said of a report: hash of the texts that it was shown, and its objections."""

    hash: str
    objections: Sequence[str]


class Recording(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a step got from outside.

    Attributes:
        form: Form of the recording.
        code: Versions of what ran: ``engine``, ``pack``, ``prices``, ``tzdata``; as far as the step knew them.
        day: The day whose prices were in force.
        moments: Readings of the clock, in their order, ISO 8601.
        strict: Whether a read that is not declared was raised.
        slice: Number of the slice of money that was taken; 0 when none was left, None where nobody asked.
        reads: Of the pack's tables.
        asks: Questions to models.
        screened: What the guardrail said of the report.
        consents: Consents that were taken, as they were stored, by binding.
        branches: How the agents' functions ended, as the machine says.
        arbiter: The same of the arbiter.
        failure: The step that failed, as the machine says.
        left_out: Bytes of a recording that was too large to be kept; then nothing else is in it.
    """

    form: int = FORM
    code: Mapping[str, str] = field(default_factory=dict)
    day: str = ""
    moments: Sequence[str] = ()
    strict: bool = True
    slice: int | None = None
    reads: Reads = field(default_factory=Reads)
    asks: Sequence[Ask] = ()
    screened: Screened | None = None
    consents: Mapping[str, str] = field(default_factory=dict)
    branches: Sequence[Branch] = ()
    arbiter: Branch | None = None
    failure: Failure | None = None
    left_out: int = 0


DECIDE = "decide"
STEPS = (FRAME_PHASE, Phase.RECOMMEND.value, Phase.REVISE.value, DECIDE)
"""The steps whose recordings stand with the run's records; those of agents stand in the journal."""


def step_records(step: str) -> list[str]:
    """Names of the records of a run that may hold the recording of a step (``frame``, ``recommend``, ``decide``)."""
    return _parts(f"RECORDING#{step}")


def entry_records(phase: str) -> list[str]:
    """Names of the journal's records that may hold the recording of an agent's work in a phase."""
    return _parts(f"{phase}#recording")


def _parts(name: str) -> list[str]:
    return [name, *(f"{name}#{number}" for number in range(2, PARTS + 1))]


def kept_as(names: Sequence[str], recording: Recording) -> dict[str, bytes]:
    """A recording as its records. One that is too large says so, and is not replayed: the run matters more."""
    data = _compressed(recording)
    if len(data) > MAX_RECORD_BYTES * len(names):
        data = _compressed(Recording(code=recording.code, left_out=len(data)))
    cut = [data[at : at + MAX_RECORD_BYTES] for at in range(0, len(data), MAX_RECORD_BYTES)]
    return dict(zip(names, cut, strict=False))


def _compressed(recording: Recording) -> bytes:
    # Speed before size, as with what processes leave for one another.
    return zlib.compress(encode(recording), zlib.Z_BEST_SPEED)


def recording_in(names: Sequence[str], records: Mapping[str, bytes]) -> Recording | None:
    """The recording in records; None where there is none.

    Raises:
        RecordInvalid: It is damaged, or a part of it is missing.
    """
    data = b"".join(records[name] for name in names if name in records)
    if not data:
        return None
    reader = zlib.decompressobj()
    try:
        plain = reader.decompress(data, MOST_BYTES)
    except zlib.error as error:
        raise RecordInvalid("recording: not compressed") from error
    if not reader.eof:
        raise RecordInvalid("recording: cut")
    return decode(plain, Recording)
