"""Bounds of what strangers may send, each in one place."""

from __future__ import annotations

MAX_TEXT_CHARACTERS = 4_000
"""Of a report, and of every text of a typed incident."""
MAX_BODY_BYTES = 32_768
"""Of a request to the API."""
MAX_KEY_CHARACTERS = 200
"""Of an idempotency key."""
RATIONALE_CHARACTERS = 400
"""Of the rationale of a specialist's answer: what its model is asked for, and what is kept."""
JUSTIFICATION_CHARACTERS = 600
"""Of the arbiter's justification."""
REASON_CHARACTERS = 200
"""Of the reason of a constraint that a model adds, and of the reason of an erasure or of an approval."""
LESSON_CHARACTERS = 600
"""Of what a person learnt from a run."""
MOST_ACTUAL = 1e12
"""Size of a figure that a person says a decision came to, in the unit of its field."""
PROMPT_TEXT_CHARACTERS = 4_000
"""Of the words that a fork has for an agent: ten times what roles have."""
QUESTION_CHARACTERS = 600
"""Of a question about a run."""
MAX_OPTIONS = 100
"""Of a run: as many as agents can compare, and an answer can rank."""
MAX_BARS = 800
"""Of a drawing, all its options together: it stands in the record with them, and none may be above 350 KB."""
