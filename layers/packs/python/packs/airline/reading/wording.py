"""The words of a report as the engine's reading of statements takes them: for the second reading, and without a model."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from packs.airline.reading.words import delay_codes, telegrams
from packs.airline.reading.words.causes import HAZARDS
from packs.airline.reading.words.general import COMMON, JARGON
from packs.airline.reading.words.matters import MATTERS, TOPICS
from packs.airline.reading.words.reporters import REPORTERS
from packs.airline.reading.words.statements import (
    ABOUT,
    CUES,
    MARKS,
    NOT_OVER,
    OTHER_ROLES,
    PLACE_FORMS,
    SUBJECT_FORMS,
    SUBJECTS,
    UTC,
    WINDOWS,
    WITHDRAWN,
)

STATEMENTS: Mapping[str, Any] = {
    "default": "other",
    "fields": {
        "kind": "cause",
        "status": "status",
        "minutes": "minutes",
        "subject": "about",
        "mark": "item",
        "code": "delay_code",
        "about": "of",
    },
    "words": MATTERS,
    "topics": TOPICS,
    "urgent": HAZARDS,
    "reporters": REPORTERS,
    "withdrawn": WITHDRAWN,
    "not_over": NOT_OVER,
    "common": COMMON,
    "cues": CUES,
    "other_roles": OTHER_ROLES,
    "about": ABOUT,
    "usual": {"atc": "take_off"},
    "utc": UTC,
    "windows": WINDOWS,
    "code_forms": delay_codes.FORMS,
    "codes": delay_codes.CAUSES,
    "code_names": delay_codes.NUMBERS,
    "marks": MARKS,
    "mark_kinds": {"mel": "technical"},
    "subjects": SUBJECTS,
    "place_forms": PLACE_FORMS,
    "subject_forms": SUBJECT_FORMS,
    "rewrites": telegrams.REWRITES,
    "jargon": JARGON,
}
"""See ``conclave.language.statements.wording.Wording``."""
