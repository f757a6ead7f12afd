"""Object Lock of buckets made by CloudFormation: the emulator's S3 has it, its CloudFormation leaves it out."""

from __future__ import annotations

from typing import Any

from ministack.services import s3
from ministack.services.cloudformation import provisioners

Properties = dict[str, Any]


def lock_from(properties: Properties) -> dict[str, Any] | None:
    """The lock of a bucket as the emulator keeps it; None for a bucket without one."""
    if not properties.get("ObjectLockEnabled"):
        return None
    rule = (properties.get("ObjectLockConfiguration") or {}).get("Rule") or {}
    retention = rule.get("DefaultRetention") or {}
    periods = {name: int(retention[name]) for name in ("Days", "Years") if name in retention}
    return {"enabled": True, "default_retention": {"Mode": retention["Mode"], **periods} if retention else None}


def _apply(name: str, properties: Properties) -> None:
    lock = lock_from(properties)
    if lock is not None:
        s3._bucket_object_lock[name] = lock
        s3._bucket_versioning[name] = "Enabled"


def install() -> None:
    """Makes buckets from templates be locked as they say. To be called before the emulator's ``main``."""
    known = dict(provisioners._RESOURCE_HANDLERS["AWS::S3::Bucket"])

    def create(logical_id: str, properties: Properties, stack: str) -> tuple[str, dict[str, Any]]:
        name, attributes = known["create"](logical_id, properties, stack)
        _apply(name, properties)
        return name, attributes

    def update(physical_id: str, old: Properties, new: Properties, stack: str) -> tuple[str, dict[str, Any]]:
        name, attributes = known["update"](physical_id, old, new, stack)
        _apply(name, new)
        return name, attributes

    provisioners._RESOURCE_HANDLERS["AWS::S3::Bucket"] = {**known, "create": create, "update": update}
