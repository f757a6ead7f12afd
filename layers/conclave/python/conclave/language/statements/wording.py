"""The words by which a domain's statements are read: data of a pack, as its schema of the incident holds them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any

from msgspec import Struct, field

from conclave.language.text import NO_JARGON, Jargon, any_of, normal

Words = Mapping[str, Sequence[str]]


class Wording(Struct, frozen=True, kw_only=True, dict=True):
    """Words and forms of a domain, and the names of the fields that take what they mean.

    Attributes:
        default: The kind of a thing whose kind is not told.
        words: What says that something of a kind is the matter, by kind.
        topics: What names a kind and is the matter only where nothing else is said of it ("crew"), by kind.
        urgent: Words that go before longer ones.
        reporters: Who reports, see ``without_reporters``.
        withdrawn: What says that something is over, by kind; under ``""`` for any kind.
        common: Words that say nothing of their own.
        not_over: What stands before such a word when it is not over yet ("until" of "until fixed").
        cues: What stands before a time: role, then what the time is about, then words. A role is a field, or one of
            ``other_roles``.
        other_roles: Roles of times that belong to no statement.
        about: Verbs near a time that say what it is about, by what it is about.
        usual: What a time is about where nothing says it, by kind.
        utc: Cues whose times are UTC, also where no zone is told.
        windows: Kinds whose times say from when to when, and the two roles for that.
        code_forms: Regular expressions with the groups ``code`` and, where hours and minutes may follow, ``length``.
        codes: The kind that a code means.
        code_names: The code that is kept, where several are spellings of one.
        marks: Words that mark a statement, by mark.
        mark_kinds: The kind of what a mark is about.
        place_forms: Regular expressions of places, in which no mark stands.
        subjects: Words for whom or what it is about, by the name that is kept.
        subject_forms: Regular expressions of subjects that are kept as written, in the group ``subject``.
        fields: Names of the fields for kind, status, minutes, subject, mark, code, ``about`` (of a time).
        rewrites: Regular expressions over a text as it came, and what they are replaced by: telegrams in plain words.
        jargon: Words beside figures.
    """

    default: str
    words: Words
    topics: Words = field(default_factory=dict)
    urgent: Sequence[str] = ()
    reporters: Words = field(default_factory=dict)
    withdrawn: Words = field(default_factory=dict)
    common: Sequence[str] = ()
    not_over: Sequence[str] = ()
    cues: Mapping[str, Words] = field(default_factory=dict)
    other_roles: Sequence[str] = ()
    about: Words = field(default_factory=dict)
    usual: Mapping[str, str] = field(default_factory=dict)
    utc: Sequence[str] = ()
    windows: Words = field(default_factory=dict)
    code_forms: Sequence[str] = ()
    codes: Mapping[str, str] = field(default_factory=dict)
    code_names: Mapping[str, str] = field(default_factory=dict)
    marks: Words = field(default_factory=dict)
    mark_kinds: Mapping[str, str] = field(default_factory=dict)
    place_forms: Sequence[str] = ()
    subjects: Words = field(default_factory=dict)
    subject_forms: Sequence[str] = ()
    fields: Mapping[str, str] = field(default_factory=dict)
    rewrites: Sequence[Sequence[str]] = ()
    jargon: Jargon = NO_JARGON

    @classmethod
    def of(cls, words: Mapping[str, Any]) -> Wording:
        """The same from plain values, as a schema holds them."""
        return cls(**{**words, "jargon": Jargon.of(words.get("jargon") or {})})

    def named(self, part: str) -> str:
        """The name of the field for a part of a statement."""
        return self.fields.get(part, part)

    @cached_property
    def cue_forms(self) -> Sequence[tuple[str, str, re.Pattern[str]]]:
        """Role, what a time is about, and the form of the words before it."""
        return [
            (role, about, re.compile(rf"(?:{any_of(words)})(?P<rest>.*)$", re.IGNORECASE | re.DOTALL))
            for role, by_about in self.cues.items()
            for about, words in by_about.items()
            if words
        ]

    @cached_property
    def vocabulary(self) -> frozenset[str]:
        """Every single word that the wording has, in small letters."""
        parts = (self.words, self.topics, self.withdrawn, self.marks, self.subjects, self.about, *self.cues.values())
        phrases = (phrase for part in parts for words in part.values() for phrase in words)
        plain = (
            *phrases,
            *self.not_over,
            *self.utc,
            *self.common,
            *(word for words in self.reporters.values() for word in words),
        )
        return frozenset(word for phrase in plain for word in normal(phrase).lower().split())

    @cached_property
    def utc_form(self) -> re.Pattern[str] | None:
        """The form of cues whose times are UTC."""
        return re.compile(any_of(self.utc), re.IGNORECASE) if self.utc else None

    @cached_property
    def about_forms(self) -> Sequence[tuple[str, re.Pattern[str]]]:
        """What a time is about, by the verbs before it."""
        return [(about, re.compile(any_of(words), re.IGNORECASE)) for about, words in self.about.items()]

    def plain(self, text: str) -> str:
        """A report in plain words, as ``text.normal`` leaves it; telegrams are written out."""
        for form, words in self.rewrites:
            text = re.sub(form, words, text)
        return normal(text)

    def subject(self, clause: str, kind: str, place: int) -> str:
        """Whom or what a clause is about, nearest to what it says at a place; empty when it does not say."""
        for form in self.subject_forms:
            if match := re.search(form, clause):
                return str(match["subject"]).upper()
        found = [
            (abs(match.start() - place), name)
            for name, words in self.subjects.items()
            if ":" not in name or name.startswith(f"{kind}:")
            for match in re.finditer(any_of(words), clause, re.IGNORECASE)
        ]
        return min(found)[1].rpartition(":")[2] if found else ""
