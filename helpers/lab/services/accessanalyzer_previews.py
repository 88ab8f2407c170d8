"""Access previews: what a resource's proposed policy would give, before it is put in place.

AWS page: https://docs.aws.amazon.com/IAM/latest/UserGuide/access-analyzer-access-preview.html
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from helpers.lab.errors import not_simulated
from helpers.lab.seam_shared import Shared
from helpers.lab.services import accessanalyzer_external as external
from helpers.lab.services import accessanalyzer_filters as filters
from helpers.lab.services.accessanalyzer_refresh import refresh
from helpers.lab.services.accessanalyzer_store import (
    Analyzer,
    Finding,
    Issue,
    Preview,
    analyzer_of_arn,
    invalid,
    not_found,
    once,
    page,
    uuid_from,
)
from helpers.lab.services.registry import Asked, answers
from helpers.policy import PolicyError, PolicyType, parse_policy

Proposed = Callable[[str, Mapping[str, Any]], Shared]


def _bucket(arn: str, given: Mapping[str, Any]) -> Shared:
    block = given.get("bucketPublicAccessBlock") or {}
    grants = []
    for grant in given.get("bucketAclGrants") or ():
        kind = "uri" if grant["grantee"].get("uri") else "id"
        grants.append((kind, grant["grantee"][kind], grant["permission"]))
    return Shared(
        arn,
        "AWS::S3::Bucket",
        given.get("bucketPolicy"),
        tuple(grants),
        bool(block.get("ignorePublicAcls")),
        bool(block.get("restrictPublicBuckets")),
    )


def _with(member: str, resource_type: str) -> Proposed:
    return lambda arn, given: Shared(arn, resource_type, given.get(member))


def _key(arn: str, given: Mapping[str, Any]) -> Shared:
    policies = given.get("keyPolicies") or {}
    return Shared(arn, "AWS::KMS::Key", next(iter(policies.values()), None))


def _snapshot(arn: str, given: Mapping[str, Any]) -> Shared:
    grants = [("account", who, "") for who in given.get("userIds") or ()]
    grants += [("group", who, "") for who in given.get("groups") or ()]
    return Shared(arn, "AWS::EC2::Snapshot", None, tuple(grants))


CONFIGURATIONS: Mapping[str, Proposed] = {
    "ebsSnapshot": _snapshot,
    "iamRole": _with("trustPolicy", "AWS::IAM::Role"),
    "kmsKey": _key,
    "s3Bucket": _bucket,
    "secretsManagerSecret": _with("secretPolicy", "AWS::SecretsManager::Secret"),
    "snsTopic": _with("topicPolicy", "AWS::SNS::Topic"),
    "sqsQueue": _with("queuePolicy", "AWS::SQS::Queue"),
}


@answers("accessanalyzer", "CreateAccessPreview")
@once
def create_access_preview(asked: Asked) -> Any:
    analyzer = analyzer_of_arn(asked)
    if analyzer.type != "ACCOUNT":
        raise invalid("Access previews need an analyzer of the type ACCOUNT.", "analyzerArn")
    configurations = asked.parameters["configurations"]
    if len(configurations) != 1:
        raise invalid("Exactly one configuration is needed.", "configurations")
    ((arn, configuration),) = configurations.items()
    ((kind, given),) = configuration.items()
    if kind not in CONFIGURATIONS:
        raise not_simulated("accessanalyzer", f"CreateAccessPreview of {kind}")
    proposed = CONFIGURATIONS[kind](arn, given)
    identifier = uuid_from(f"{analyzer.arn} {asked.now.isoformat()} {arn}")
    preview = Preview(identifier, asked.now, configurations, [])
    if _is_valid(proposed):
        refresh(asked, analyzer)
        preview.findings = list(_findings(asked, analyzer, proposed))
    else:
        preview.status = "FAILED"
    analyzer.previews[identifier] = preview
    return {"id": identifier}


def _is_valid(proposed: Shared) -> bool:
    if not proposed.policy:
        return True
    trust = proposed.type == external.ROLE
    try:
        parse_policy(proposed.policy, PolicyType.TRUST if trust else PolicyType.RESOURCE)
    except PolicyError:
        return False
    return True


def _findings(asked: Asked, analyzer: Analyzer, proposed: Shared) -> Iterator[dict[str, Any]]:
    """The proposed access, each new or unchanged; then what would be gone."""
    owner, zone = asked.account.id, external.zone_of(analyzer, asked.account.id, asked.world)
    there = {
        one.id: one
        for one in analyzer.findings.values()
        if one.issue.resource == proposed.arn and one.status != "RESOLVED"
    }
    for issue in external.issues_of(proposed, owner, zone):
        known = there.pop(analyzer.id_of(issue.key), None)
        yield _finding(asked, analyzer, issue, known, "UNCHANGED" if known else "NEW")
    for known in there.values():
        yield {
            **_finding(asked, analyzer, known.issue, known, "CHANGED"),
            "status": "RESOLVED",
        }


def _finding(
    asked: Asked, analyzer: Analyzer, issue: Issue, known: Finding | None, change: str
) -> dict[str, Any]:
    found = {
        "id": analyzer.id_of(f"preview {asked.now.isoformat()} {issue.key}"),
        "resource": issue.resource,
        "resourceType": issue.resource_type,
        "resourceOwnerAccount": issue.owner,
        "createdAt": asked.now,
        "changeType": change,
        "status": known.status if known else "ACTIVE",
        **issue.details[0]["externalAccessDetails"],
    }
    if known is not None:
        found |= {"existingFindingId": known.id, "existingFindingStatus": known.status}
    return found


def _preview(asked: Asked) -> tuple[Analyzer, Preview]:
    analyzer, identifier = analyzer_of_arn(asked), asked.parameters["accessPreviewId"]
    if identifier not in analyzer.previews:
        raise not_found("AccessPreview", identifier)
    return analyzer, analyzer.previews[identifier]


def _summary(analyzer: Analyzer, preview: Preview) -> dict[str, Any]:
    found: dict[str, Any] = {
        "id": preview.id,
        "analyzerArn": analyzer.arn,
        "createdAt": preview.created_at,
        "status": preview.status,
    }
    if preview.status == "FAILED":
        found["statusReason"] = {"code": "INVALID_CONFIGURATION"}
    return found


@answers("accessanalyzer", "GetAccessPreview")
def get_access_preview(asked: Asked) -> Any:
    analyzer, preview = _preview(asked)
    whole = {**_summary(analyzer, preview), "configurations": preview.configurations}
    return {"accessPreview": whole}


@answers("accessanalyzer", "ListAccessPreviews")
def list_access_previews(asked: Asked) -> Any:
    analyzer = analyzer_of_arn(asked)
    previews = list(analyzer.previews.values())
    return page(asked, "accessPreviews", previews, lambda one: _summary(analyzer, one))


@answers("accessanalyzer", "ListAccessPreviewFindings")
def list_access_preview_findings(asked: Asked) -> Any:
    _, preview = _preview(asked)
    criteria = filters.check(asked.parameters.get("filter"))
    found = [one for one in preview.findings if filters.meets_values(_values(one), criteria)]
    return page(asked, "findings", found)


def _values(one: Mapping[str, Any]) -> dict[str, list[str]]:
    return filters.of_external(one) | {
        key: [str(one[key])]
        for key in ("id", "resource", "resourceType", "resourceOwnerAccount", "status")
    }
