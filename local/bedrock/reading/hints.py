"""Hints of a pack for reading free text without a model: they do not travel with a request, so they are looked up here.

A model gets the schema of an incident without word lists. Who has no model finds the pack by that schema, and takes them from it.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from conclave.agents.extraction import incident_schema
from conclave.codec import digest
from conclave.pack import available_packs, load_pack


def with_hints(schema: Mapping[str, Any]) -> Mapping[str, Any]:
    """The schema with the word lists of the pack that it belongs to; the schema itself when it belongs to none."""
    return _known().get(digest(schema), schema)


@lru_cache(maxsize=1)
def _known() -> Mapping[str, Mapping[str, Any]]:
    packs = [load_pack(name) for name in available_packs()]
    return {digest(incident_schema(pack)): incident_schema(pack, hints=True) for pack in packs}
