"""Log groups: they end, are encrypted with our key, and do not show who a passenger is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from aws_cdk import RemovalPolicy
from aws_cdk import aws_kms as kms
from aws_cdk import aws_logs as logs
from constructs import Construct

MASKED = (
    "ADDRESS",
    "AWSSECRETKEY",
    "CREDITCARDNUMBER",
    "CREDITCARDSECURITYCODE",
    "EMAILADDRESS",
    "IPADDRESS",
    "NAME",
    "OPENSSHPRIVATEKEY",
    "PASSPORTNUMBER_CA",
    "PASSPORTNUMBER_DE",
    "PASSPORTNUMBER_ES",
    "PASSPORTNUMBER_FR",
    "PASSPORTNUMBER_GB",
    "PASSPORTNUMBER_IT",
    "PASSPORTNUMBER_US",
    "PHONENUMBER_BR",
    "PHONENUMBER_DE",
    "PHONENUMBER_ES",
    "PHONENUMBER_FR",
    "PHONENUMBER_GB",
    "PHONENUMBER_IT",
    "PHONENUMBER_US",
)
"""CloudWatch's own data identifiers that are masked: whoever reads a log without ``logs:Unmask`` sees asterisks. There is none
for passports or telephones of other countries."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Logs:
    """The settings with which logs are kept.

    Attributes:
        days: For how long.
        key: Encrypts them.
        masked: Patterns of the pack that are masked as well, by name.
    """

    days: int
    key: kms.IKey
    masked: Mapping[str, str]

    def group(self, scope: Construct, id: str, *, name: str) -> logs.LogGroup:
        """A log group of that deployed name. It goes with its stack."""
        return logs.LogGroup(
            scope,
            id,
            log_group_name=name,
            retention=_retention(self.days),
            encryption_key=self.key,
            data_protection_policy=self._masking(),
            removal_policy=RemovalPolicy.DESTROY,
        )

    def _masking(self) -> logs.DataProtectionPolicy:
        # Findings are counted by CloudWatch (LogEventsWithFindings), not written anywhere: a second log that says where the
        # personal data stands would be one more place to protect.
        own = [logs.CustomDataIdentifier(name, pattern) for name, pattern in sorted(self.masked.items())]
        return logs.DataProtectionPolicy(
            name="masking",
            description="Personal data is masked for whoever reads",
            identifiers=[*(getattr(logs.DataIdentifier, name) for name in MASKED), *own],
        )


def _retention(days: int) -> logs.RetentionDays:
    return {
        1: logs.RetentionDays.ONE_DAY,
        7: logs.RetentionDays.ONE_WEEK,
        365: logs.RetentionDays.ONE_YEAR,
    }[days]
