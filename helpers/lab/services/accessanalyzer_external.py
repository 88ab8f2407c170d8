"""External access in an account, as issues: what resources are shared beyond a zone of trust.

AWS page: https://docs.aws.amazon.com/IAM/latest/UserGuide/access-analyzer-resources.html
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from typing import Any

from helpers.analysis.permissions.external import (
    External,
    Source,
    Zone,
    external_access,
    external_grants,
)
from helpers.lab import seam_shared
from helpers.lab.authorization.s3_grants import canonical_id
from helpers.lab.seam_shared import Shared
from helpers.lab.services.accessanalyzer_store import Analyzer, Issue
from helpers.lab.world import World
from helpers.policy import PolicyError, PolicyType, parse_policy
from helpers.policy.public_access import is_public

ROLE = "AWS::IAM::Role"
WITH_SOURCES = frozenset({"AWS::S3::Bucket"})
"""Types of resources whose findings say how the access is granted."""

SNAPSHOT_ACTIONS = ("ec2:CreateVolume", "ec2:CopySnapshot")

_ACCOUNT = re.compile(r"arn:[^:]+:iam::(\d{12}):root")


def zone_of(analyzer: Analyzer, account_id: str, world: World) -> Zone:
    """What an analyzer takes for inside."""
    accounts, organization = {account_id}, None
    if analyzer.is_of_organization and (found := world.organization_of(account_id)) is not None:
        accounts, organization = set(found.members), found.id
    ids = frozenset(map(canonical_id, accounts))
    return Zone(frozenset(accounts), organization, ids)


def resources(analyzer: Analyzer, account_id: str, world: World) -> Iterator[tuple[str, Shared]]:
    """Every resource that an analyzer looks at, with the account that owns it."""
    accounts = sorted(zone_of(analyzer, account_id, world).accounts)
    for owner in accounts if analyzer.is_of_organization else [account_id]:
        if owner in world.accounts:
            for resource in seam_shared.shared(owner, analyzer.region):
                yield owner, resource


def issues(analyzer: Analyzer, account_id: str, world: World) -> Iterator[Issue]:
    """What each resource gives to principals outside."""
    zone = zone_of(analyzer, account_id, world)
    for owner, resource in resources(analyzer, account_id, world):
        yield from issues_of(resource, owner, zone)


def issues_of(resource: Shared, owner: str, zone: Zone) -> Iterator[Issue]:
    """What one resource gives to principals outside."""
    for access in external(resource, zone):
        yield _issue(resource, owner, access)


def external(resource: Shared, zone: Zone) -> list[External]:
    """The external access to a resource, less what Block Public Access blocks."""
    if resource.type == "AWS::EC2::Snapshot":
        return list(_of_snapshot(resource, zone))
    found: list[External] = []
    if resource.policy:
        found += _of_policy(resource, zone)
    grants = external_grants(resource.grants, zone)
    found += [one for one in grants if not (one.is_public and resource.ignores_public_grants)]
    return found


def _of_policy(resource: Shared, zone: Zone) -> Iterable[External]:
    trust = resource.type == ROLE
    try:
        policy = parse_policy(
            resource.policy or "", PolicyType.TRUST if trust else PolicyType.RESOURCE
        )
    except PolicyError:  # moto takes what AWS would refuse; it grants nothing here
        return ()
    # A public policy then lets in nobody but the account's own and AWS services.
    if resource.restricts_public_policy and is_public(policy):
        return ()
    return external_access(policy, zone, trust=trust)


def _of_snapshot(resource: Shared, zone: Zone) -> Iterator[External]:
    for kind, who, _ in resource.grants:
        if kind == "group":
            yield External(("AWS", "*"), SNAPSHOT_ACTIONS, {}, is_public=True)
        elif who not in zone.accounts:
            yield External(("AWS", who), SNAPSHOT_ACTIONS, {})


def _issue(resource: Shared, owner: str, access: External) -> Issue:
    kind, name = access.principal
    details: dict[str, Any] = {
        "action": list(access.actions),
        "condition": dict(access.conditions),
        "isPublic": access.is_public,
        # An account by its number, as in the example at
        # https://docs.aws.amazon.com/IAM/latest/UserGuide/access-analyzer-eventbridge.html
        "principal": {kind: _ACCOUNT.sub(r"\1", name)},
    }
    if resource.type in WITH_SOURCES:
        details["sources"] = [{"type": str(access.source)}]
    key = json.dumps(
        [
            resource.arn,
            access.principal,
            access.actions,
            dict(access.conditions),
            access.source == Source.ACL,
        ]
    )
    return Issue(
        key,
        "ExternalAccess",
        resource.arn,
        resource.type,
        owner,
        ({"externalAccessDetails": details},),
    )
