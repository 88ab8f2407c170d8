"""What a call needs to be allowed: an action on a resource, with what AWS knows of both."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Requirement:
    """One question for the policy engine; most calls ask one, CopyObject two.

    ``resource`` is an ARN or "*". ``context`` holds the condition keys that come from the
    call's own parameters. ``resource_policy`` is (name, document) of the policy on the
    resource: a bucket policy, or a role's trust policy.
    """

    action: str
    resource: str
    context: Mapping[str, Any] = field(default_factory=dict)
    resource_policy: tuple[str, str] | None = None
    resource_account: str | None = None
