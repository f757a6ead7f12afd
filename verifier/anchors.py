"""Anchors: what another role signed about an audit, and locked away, while it was fresh."""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_der_public_key, load_pem_public_key

from verifier.canonical import Reader

FORMAT = "conclave-anchor/1"


class KeyUnusable(ValueError):
    """The text or bytes given as a public key are none of the kind that signs anchors (ECDSA on P-256)."""


class AnchorInvalid(ValueError):
    """An anchor cannot be relied on; the message says why."""


@dataclass(frozen=True, slots=True)
class PublicKey:
    """A key that anchors are checked with.

    Attributes:
        key: The key.
        fingerprint: SHA-256 of its DER form, to compare with one that is trusted.
    """

    key: ec.EllipticCurvePublicKey
    fingerprint: str

    @classmethod
    def from_der(cls, data: bytes) -> PublicKey:
        """Reads the form that KMS gives; raises ``KeyUnusable``."""
        try:
            key = load_der_public_key(data)
        except (ValueError, UnsupportedAlgorithm) as error:
            raise KeyUnusable(f"not a public key: {error}") from error
        if not isinstance(key, ec.EllipticCurvePublicKey) or key.curve.name != "secp256r1":
            raise KeyUnusable("not a key on the curve P-256")
        return cls(key, hashlib.sha256(data).hexdigest())

    @classmethod
    def from_pem(cls, data: bytes) -> PublicKey:
        """Reads a PEM file; raises ``KeyUnusable``."""
        from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

        try:
            key = load_pem_public_key(data)
        except (ValueError, UnsupportedAlgorithm) as error:
            raise KeyUnusable("not a public key in PEM form") from error
        return cls.from_der(key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo))


@dataclass(frozen=True, slots=True)
class Anchor:
    """The signed content of an anchor: the hashes of the first entries of a run's audit."""

    run_id: str
    links: Sequence[str]


def read_anchor(document: Mapping[str, Any], text: str, reader: Reader, keys: Sequence[PublicKey]) -> Anchor:
    """Reads an anchor and checks its signature.

    Args:
        document: ``{"anchor": statement, "signature": base64}``.
        text: The line it was read from.
        reader: What read it.
        keys: One of them must have signed.

    Raises:
        AnchorInvalid: It is malformed, or none of the keys signed it.
    """
    statement, signature = document.get("anchor"), document.get("signature")
    if not isinstance(statement, dict) or not isinstance(signature, str):
        raise AnchorInvalid("the anchor is malformed")
    signed = reader.canonical(statement)
    if text != f'{{"anchor":{signed},"signature":"{signature}"}}':
        raise AnchorInvalid("the anchor is not in canonical form")
    if not any(_signed_by(each, signed.encode(), signature) for each in keys):
        raise AnchorInvalid("no known key signed the anchor")
    links = statement.get("links")
    if not isinstance(links, list):
        raise AnchorInvalid("the anchor is malformed")
    sound = (
        statement.get("format") == FORMAT
        and len(links) == statement.get("entries")
        and bool(links)
        and links[-1] == statement.get("head")
    )
    if not sound:
        raise AnchorInvalid("the anchor contradicts itself")
    return Anchor(run_id=str(statement.get("run_id")), links=links)


def _signed_by(key: PublicKey, message: bytes, signature: str) -> bool:
    try:
        key.key.verify(base64.b64decode(signature, validate=True), message, ec.ECDSA(SHA256()))
    except (InvalidSignature, binascii.Error, ValueError):
        return False
    return True
