"""What the lab keeps of an account's EC2 beside moto's stores.

AWS page: https://docs.aws.amazon.com/ec2/latest/instancetypes/ec2-instance-quotas.html
"""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import dataclass, field

from helpers.lab.account import Account
from helpers.policy import Decision

VCPU_LIMITS = {
    "Standard": 32,
    "F": 0,
    "G and VT": 0,
    "P": 0,
    "Inf": 0,
    "Trn": 0,
    "X": 0,
    "DL": 0,
    "HPC": 0,
    "High Memory": 0,
}
"""How many vCPUs a young account may run On-Demand in a Region, by bucket of instance types.

The accelerated ones begin at nothing. AWS raises the others as an account is used; this one
has some use behind it.
"""

_BUCKETS = {
    "f": "F",
    "g": "G and VT",
    "gr": "G and VT",
    "vt": "G and VT",
    "p": "P",
    "inf": "Inf",
    "trn": "Trn",
    "x": "X",
    "dl": "DL",
    "hpc": "HPC",
    "u": "High Memory",
}


def bucket_of(instance_type: str) -> str:
    """The bucket of limits that a type of instance counts in.

    >>> bucket_of("t3.micro"), bucket_of("p4d.24xlarge"), bucket_of("g5.xlarge")
    ('Standard', 'P', 'G and VT')
    """
    letters = re.match(r"[a-z]*", instance_type)
    return _BUCKETS.get(letters[0] if letters else "", "Standard")


@dataclass
class RegionSettings:
    """An account's settings in one Region: whether images and snapshots may become public.

    Images may not, in accounts since October 2023 that have no public ones.
    """

    image_block: str = "block-new-sharing"
    snapshot_block: str = "unblocked"
    serial_console: bool = False
    raised_limits: dict[str, int] = field(default_factory=dict)
    """Bucket of instance types → the vCPUs that AWS granted in this Region on request."""


@dataclass
class Ec2State:
    """An account's EC2: limits, settings, and the denials that encoded messages stand for."""

    vcpu_limits: dict[str, int] = field(default_factory=lambda: dict(VCPU_LIMITS))
    denials: dict[str, Decision] = field(default_factory=dict)
    """Encoded authorization failure message → the decision that it stands for."""

    settings: dict[str, RegionSettings] = field(default_factory=dict)
    """Region → what is set there."""

    def settings_of(self, region: str) -> RegionSettings:
        """What is set in a Region."""
        return self.settings.setdefault(region, RegionSettings())

    def vcpu_limit(self, bucket: str, region: str) -> int | None:
        """How many vCPUs of a bucket may run On-Demand in a Region; ``None``: no limit is kept."""
        raised = self.settings_of(region).raised_limits
        return raised.get(bucket, self.vcpu_limits.get(bucket))

    def encode(self, decision: Decision, account: Account) -> str:
        """A message that says nothing to who does not have this account."""
        seed = f"{account.id}/{account.root.password}/{len(self.denials)}".encode()
        message = base64.urlsafe_b64encode(hashlib.shake_256(seed).digest(360)).decode()
        self.denials[message] = decision
        return message


def state_of(account: Account) -> Ec2State:
    """What the lab keeps of an account's EC2."""
    found = account.own.setdefault("ec2", Ec2State())
    assert isinstance(found, Ec2State)
    return found
