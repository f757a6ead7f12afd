"""What a pack answers that has tried to read a report without a model."""

from __future__ import annotations

import re
from typing import Any

from msgspec import Struct

_CODE = re.compile("[a-z_]{0,40}")


class PlainReading(Struct, frozen=True, kw_only=True):
    """A report as code reads it, where it can be read in one way only.

    Attributes:
        incident: The incident, not resolved; ``None`` where a model has to read the report.
        doubt: Why a model has to, a code of the pack in small letters that quotes nothing; empty where none has to.
    """

    incident: Any = None
    doubt: str = ""

    def __post_init__(self) -> None:
        """Refuses a doubt that is not a code: it stands in audits, which hold no free text."""
        if not _CODE.fullmatch(self.doubt):
            raise ValueError("a doubt is a code of small letters")
