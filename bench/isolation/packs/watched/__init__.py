"""The example's pack, but every decision needs a person, so that the functions of approvals are called, too."""

from __future__ import annotations

from conclave.pack import ApprovalRule
from conclave.types import Operator
from msgspec import structs
from packs import example

GROUP = "approvers"
PACK = structs.replace(
    example.PACK,
    name="watched",
    approvals=(
        ApprovalRule(
            field="cost_usd", operator=Operator.GE, value=0, reason="a person looks at everything", group=GROUP
        ),
    ),
)
