"""Exports of audits: entries from the API, anchors and their key from where the engine cannot change them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any

from conclave.canonical import canonical

from cli.errors import CliError
from cli.ports import Anchors, Api, Target

if TYPE_CHECKING:
    from mypy_boto3_kms.client import KMSClient
    from mypy_boto3_s3.client import S3Client
else:
    KMSClient = S3Client = Any

FORMAT = "conclave-export/1"
CONCLUDED = ("decided", "approval_required", "halted")
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

    def runs(self) -> list[str]:
        """See ``Anchors.runs``."""
        pages = self._s3.get_paginator("list_objects_v2").paginate(Bucket=self._bucket, Delimiter="/")
        return [each["Prefix"].removesuffix("/") for page in pages for each in page.get("CommonPrefixes", ())]

    def of(self, run_id: str) -> list[str]:
        """See ``Anchors.of``."""
        pages = self._s3.get_paginator("list_object_versions").paginate(Bucket=self._bucket, Prefix=f"{run_id}/")
        versions = [each for page in pages for each in page.get("Versions", ())]
        return [self._read(each["Key"], each["VersionId"]) for each in sorted(versions, key=lambda each: each["Key"])]

    def _read(self, key: str, version: str) -> str:
        answer = self._s3.get_object(Bucket=self._bucket, Key=key, VersionId=version)
        return answer["Body"].read().decode(errors="replace")

    def key(self) -> tuple[str, bytes]:
        """See ``Anchors.key``."""
        return self._key, self._kms.get_public_key(KeyId=self._key)["PublicKey"]


def concluded_runs(api: Api, anchors: Anchors) -> list[str]:
    """All runs with an outcome, and all that were ever anchored, whether or not the engine still knows them."""
    known = set(anchors.runs())
    for status in CONCLUDED:
        cursor = ""
        while True:
            page = api.runs(status=status, limit=PAGE, cursor=cursor)
            known.update(str(each["run_id"]) for each in page["runs"])
            cursor = str(page.get("next") or "")
            if not cursor:
                break
    return sorted(known)


def export_lines(
    runs: Iterable[str],
    *,
    api: Api,
    anchors: Anchors,
    target: Target,
    at: str,
    progress: Callable[[str], None] = lambda run_id: None,
) -> Iterator[str]:
    """The lines of an export, as the verifier reads them.

    Args:
        runs: Run ids. One that only its anchors know is exported without entries, which the verifier reports.
        api: Gives the entries.
        anchors: Gives the anchors and the key.
        target: Stage and pack, for the header.
        at: When, ISO 8601.
        progress: Is told each run id before it is read.
    """
    wanted = list(runs)
    header = {"format": FORMAT, "stage": target.stage, "pack": target.pack, "exported_at": at, "runs": len(wanted)}
    yield _line({"export": header})
    yield _key(anchors)
    for run_id in wanted:
        progress(run_id)
        locked = [_one_line(each) for each in anchors.of(run_id)]
        entries = [_one_line(each) for each in _entries(api, run_id, anchored=bool(locked))]
        yield _line({"run": {"run_id": run_id, "entries": len(entries), "anchors": len(locked)}})
        yield from entries
        yield from locked


def _entries(api: Api, run_id: str, *, anchored: bool) -> list[str]:
    try:
        return [str(each) for each in api.audit(run_id)["entries"]]
    except CliError as error:
        if anchored and error.code == "run_unknown":
            return []
        raise


def _key(anchors: Anchors) -> str:
    from base64 import b64encode

    name, der = anchors.key()
    return _line({"key": {"id": name, "public_key": b64encode(der).decode()}})


def _line(document: dict[str, Any]) -> str:
    return canonical(document).decode()


def _one_line(text: str) -> str:
    return " ".join(text.splitlines())
