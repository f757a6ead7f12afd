"""The document that sets settings: a sparse object, merged over what is packaged. The version of settings is their hash.

A document names only what it changes, so that a new release brings its own values for everything else, and an empty one is the
configuration as it is packaged.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from conclave.codec import RecordInvalid, convert, digest, encode, plain
from conclave.configuration.settings import PACKAGED, Settings
from conclave.types import Manifest, RunSettings, SettingsSource

VERSION_CHARACTERS = 16
MAX_DOCUMENT_BYTES = 16_384
"""Of a document: a run keeps its settings, and four times this is what AppConfig takes."""


class SettingsInvalid(ValueError):
    """A document does not set settings; the message has one line for each fault."""


def settings_from(document: Mapping[str, Any], packaged: Mapping[str, Any] | None = None) -> Settings:
    """The settings that a document makes, complete.

    Args:
        document: What is set.
        packaged: What the stage sets, for everything that the document does not.

    Raises:
        SettingsInvalid: It fits neither the schema nor its bounds; the message names the first fault, and no value.
    """
    if len(encode(document)) > MAX_DOCUMENT_BYTES:
        raise SettingsInvalid(
            f"the document has more than {MAX_DOCUMENT_BYTES:,} bytes; set less, or remove old prices"
        )
    try:
        return convert(merged(packaged or {}, document), Settings)
    except RecordInvalid as error:
        raise SettingsInvalid(str(error)) from error


def recorded(settings: Settings, source: SettingsSource, fault: str = "") -> RunSettings:
    """Settings as a run keeps them in its manifest."""
    return RunSettings(version=version_of(settings), source=source, fault=fault, settings=plain(settings))


def settings_of(manifest: Manifest) -> Settings:
    """The settings that a run began with; the packaged ones for a run that was kept without.

    Raises:
        SettingsInvalid: A value is out of the bounds of this release.
    """
    return kept_settings(manifest.settings.settings) if manifest.settings else PACKAGED


def kept_settings(values: Mapping[str, Any]) -> Settings:
    """The settings that a run keeps. Names that this release does not know any more are passed over.

    Raises:
        SettingsInvalid: A value is out of the bounds of this release.
    """
    try:
        return convert(_known(values, _packaged_names()), Settings)
    except RecordInvalid as error:
        raise SettingsInvalid(str(error)) from error


@lru_cache(maxsize=1)
def _packaged_names() -> Mapping[str, Any]:
    names: Mapping[str, Any] = plain(PACKAGED)
    return names


def _known(values: Mapping[str, Any], names: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: _known(value, names[name]) if isinstance(value, Mapping) and isinstance(names[name], Mapping) else value
        for name, value in values.items()
        if name in names
    }


def merged(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    """Two documents as one: groups are united, and where both set a value, or a list, the one above holds."""
    united = dict(below)
    for name, value in above.items():
        under = united.get(name)
        united[name] = merged(under, value) if isinstance(under, Mapping) and isinstance(value, Mapping) else value
    return united


def version_of(settings: Settings) -> str:
    """The version of settings, 16 hexadecimal digits: equal settings have the same one, whoever set them and when."""
    return digest(settings)[:VERSION_CHARACTERS]
