"""The report in a message stands without signature, older messages, address lines and telephone numbers."""

from __future__ import annotations

import pytest
from conclave.language.messages import message_of

MAIL = """From: Ali <ali@works.example>
To: Desk
Subject: RE: Pump 4

The pump leaks, ready at 1430Z.

Kind regards,
Ali Khan
Desk 24/7 +971 2 599 0000
"""


def test_a_mail_is_its_subject_and_what_stands_above_the_signature() -> None:
    assert message_of(MAIL).body.split() == ["Pump", "4", "The", "pump", "leaks,", "ready", "at", "1430Z."]


@pytest.mark.parametrize(
    ("text", "body", "older"),
    [
        ("pump leaks\n> it needs 6 hours", "pump leaks", "it needs 6 hours"),
        ("pump leaks\n\nOn Fri 20 Nov Bob wrote:\nit needs 6 hours", "pump leaks", "6 hours"),
        ("see below\n-----Original Message-----\nFrom: a@b.example\npump leaks", "see below", "pump leaks"),
        ("pump leaks\nFrom: a@b.example\nSubject: old\nit needs 6 hours", "pump leaks", "6 hours"),
    ],
)
def test_older_messages_are_kept_apart(text: str, body: str, older: str) -> None:
    message = message_of(text)
    assert message.body.strip() == body
    assert older in message.older


def test_a_forwarded_message_alone_is_the_report() -> None:
    assert message_of("> pump leaks").body.strip() == "pump leaks"


def test_a_form_is_not_the_head_of_a_mail() -> None:
    text = "From: AUH\nTo: LHR\npump leaks"
    assert message_of(text).body == text


@pytest.mark.parametrize(
    "contact",
    [
        "Desk 24/7",
        "Tel. 02 599 1640",
        "+971 2 511 1234",
        "ext 2345",
        "a.b@c.example",
        "https://ops.example/1640",
        "Ops 24x7",
    ],
)
def test_contact_data_are_blanked_out(contact: str) -> None:
    assert message_of(f"pump leaks {contact}").body.split() == ["pump", "leaks"]


def test_what_follows_a_signature_as_a_postscript_is_read() -> None:
    assert "2 hours" in message_of("pump leaks\nRegards\nBob\nPS: needs 2 hours").body


def test_regards_of_something_are_not_a_signature() -> None:
    assert "leaks" in message_of("Well, with regards to the pump: it leaks").body
