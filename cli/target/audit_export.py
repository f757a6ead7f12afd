"""Exports of audits: entries from the API, anchors and their key from where the engine cannot change them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from conclave.audit.anchoring import is_anchor_name
from conclave.audit.canonical import canonical
from conclave.codes import RunStatus

from cli.errors import CliError, ExitCode
from cli.ports import Anchors, Api, Target

if TYPE_CHECKING:
    from mypy_boto3_kms.client import KMSClient
    from mypy_boto3_s3.client import S3Client
else:
    KMSClient = S3Client = Any

FORMAT = "conclave-export/1"
OPEN = tuple(status for status in RunStatus if status.open)
CONCLUDED = tuple(status for status in RunStatus if not status.open)
PAGE = 100


class LockedAnchors:
    """The anchors of a stage, read with the caller's own rights: from the bucket under Object Lock, and from KMS.

    Args:
        s3: A client of S3.
        kms: A client of KMS.
        bucket: The bucket.
        key: ARN of the signing key.
    """

    def __init__(self, s3: S3Client, kms: KMSClient, bucket: str, key: str) -> None:
        self._s3 = s3
        self._kms = kms
        self._bucket = bucket
        self._key = key

    def names(self) -> list[str]:
        """See ``Anchors.names``."""
        return sorted({key for key, _ in self._versions("")})

    def of(self, run_id: str) -> list[tuple[str, str]]:
        """See ``Anchors.of``."""
        return [(key, self._read(key, version)) for key, version in sorted(self._versions(f"{run_id}/"))]

    def _versions(self, prefix: str) -> list[tuple[str, str]]:
        pages = self._s3.get_paginator("list_object_versions").paginate(Bucket=self._bucket, Prefix=prefix)
        return [(each["Key"], each["VersionId"]) for page in pages for each in page.get("Versions", ())]

    def _read(self, key: str, version: str) -> str:
        answer = self._s3.get_object(Bucket=self._bucket, Key=key, VersionId=version)
        return answer["Body"].read().decode(errors="replace")

    def key(self) -> tuple[str, bytes]:
        """See ``Anchors.key``."""
        return self._key, self._kms.get_public_key(KeyId=self._key)["PublicKey"]


@dataclass(slots=True)
class Aside:
    """Runs and objects that an export does not hold, and why.

    Attributes:
        running: Runs without an outcome, left out.
        unread: Runs that could not be read, left out: why, by run.
        foreign: Objects in the bucket that are not anchors: of another name, or not signed by the key.
    """

    running: list[str] = field(default_factory=list)
    unread: dict[str, str] = field(default_factory=dict)
    foreign: list[str] = field(default_factory=list)


def concluded_runs(api: Api, anchors: Anchors, aside: Aside) -> list[str]:
    """All runs with an outcome, and all that were ever anchored, whether or not the engine still knows them.

    Args:
        api: Lists runs.
        anchors: Lists anchors.
        aside: Is told of running runs, and of objects whose names no anchor has.
    """
    known: set[str] = set()
    for name in anchors.names():
        if is_anchor_name(name):
            known.add(name.partition("/")[0])
        else:
            aside.foreign.append(name)
    running = set[str]().union(*(_listed(api, each) for each in OPEN)) - known
    for status in CONCLUDED:  # after the running ones: who has an outcome meanwhile is listed here
        known |= _listed(api, status)
    aside.running += sorted(running - known)
    return sorted(known)


def _listed(api: Api, status: str) -> set[str]:
    found: set[str] = set()
    cursor = ""
    while True:
        page = api.runs(status=status, limit=PAGE, cursor=cursor)
        found.update(str(each["run_id"]) for each in page["runs"])
        cursor = str(page.get("next") or "")
        if not cursor:
            return found


def export_lines(
    runs: Iterable[str],
    *,
    api: Api,
    anchors: Anchors,
    target: Target,
    at: str,
    aside: Aside,
    everything: bool,
    progress: Callable[[str], None] = lambda run_id: None,
) -> Iterator[str]:
    """The lines of an export, as the verifier reads them.

    Args:
        runs: Run ids. One that only its anchors know is exported without entries, which the verifier reports.
        api: Gives the entries.
        anchors: Gives the anchors and the key.
        target: Stage and pack, for the header.
        at: When, ISO 8601.
        aside: Is told what is not in it.
        everything: Whether a run that cannot be read is left out; otherwise its error is raised.
        progress: Is told each run id before it is read.
    """
    from base64 import b64encode

    name, der = anchors.key()
    signed = _Signed(der)
    blocks: list[list[str]] = []
    for run_id in runs:
        progress(run_id)
        try:
            block = _block(run_id, api, anchors, signed, aside)
        except CliError as error:
            if not everything or error.exit_code in (ExitCode.UNREACHABLE, ExitCode.SETUP):
                raise
            aside.unread[run_id] = str(error)
            continue
        if block:
            blocks.append(block)
    header = {"format": FORMAT, "stage": target.stage, "pack": target.pack, "exported_at": at, "runs": len(blocks)}
    yield _line({"export": header})
    yield _line({"key": {"id": name, "public_key": b64encode(der).decode()}})
    for block in blocks:
        yield from block


class _Signed:
    """Tells anchors that the key signed from whatever else has the name of one."""

    def __init__(self, der: bytes) -> None:
        from verifier.anchors import PublicKey
        from verifier.canonical import Reader

        self._keys = [PublicKey.from_der(der)]
        self._reader = Reader()

    def __call__(self, text: str) -> bool:
        from verifier.anchors import AnchorInvalid, read_anchor
        from verifier.canonical import NotCanonical

        try:
            document = self._reader.read(text)
            return isinstance(document, dict) and bool(read_anchor(document, text, self._reader, self._keys))
        except (AnchorInvalid, NotCanonical, UnicodeEncodeError):
            return False


def _block(run_id: str, api: Api, anchors: Anchors, signed: Callable[[str], bool], aside: Aside) -> list[str]:
    """The lines of a run: its header, its entries, its anchors. Nothing for what is not a run but foreign objects alone."""
    locked, foreign = [], []
    for name, content in anchors.of(run_id):
        text = _one_line(content)
        if is_anchor_name(name) and signed(text):
            locked.append(text)
        else:
            foreign.append(name)
    aside.foreign += [name for name in dict.fromkeys(foreign) if name not in aside.foreign]
    try:
        entries = [_one_line(str(each)) for each in api.audit(run_id)["entries"]]
    except CliError as error:
        if error.code != "run_unknown" or not (locked or foreign):
            raise
        if not locked:
            return []
        entries = []
    about: dict[str, Any] = {"run_id": run_id, "entries": len(entries), "anchors": len(locked)}
    if not locked and _is_running(api, run_id):
        about["running"] = True
    return [_line({"run": about}), *entries, *locked]


def _is_running(api: Api, run_id: str) -> bool:
    try:
        return bool(api.run(run_id)["status"] in OPEN)
    except CliError as error:
        if error.code == "run_unknown":
            return False
        raise


def _line(document: dict[str, Any]) -> str:
    return canonical(document).decode()


def _one_line(text: str) -> str:
    return " ".join(text.splitlines())
