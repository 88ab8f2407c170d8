"""What the account records: CloudTrail's events, of every call and of every sign-in.

``Trail`` takes down what happened while it happens, and writes CloudTrail's records of it when
somebody looks: each call pays for the first, only readers for the second.

AWS page: https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference.html
"""

from __future__ import annotations

from helpers.lab.trail.notes import Attempt
from helpers.lab.trail.trail import Trail

__all__ = ["Attempt", "Trail"]
