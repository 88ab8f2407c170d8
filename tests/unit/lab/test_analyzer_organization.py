"""Analyzers whose zone of trust is an organization."""

from __future__ import annotations

from typing import Any

import pytest
from analyzer_calls import analyzer_client, external, findings
from lab_calls import ACCOUNT, client, policy, refused, trust
from organization_calls import Organization

from helpers import Lab


@pytest.fixture
def organization(lab: Lab) -> Organization:
    return Organization(lab)


@pytest.fixture
def analyzer(lab: Lab, organization: Organization) -> Any:
    """A client of the management account, in which the organization is."""
    assert organization.id
    return analyzer_client(lab)


def in_member(organization: Organization, service: str) -> Any:
    """A client in the member account."""
    role = f"arn:aws:iam::{organization.member}:role/OrganizationAccountAccessRole"
    sts = organization.admin.client("sts")
    made = sts.assume_role(RoleArn=role, RoleSessionName="admin")
    return client(made["Credentials"], service)


def whole(analyzer: Any, kind: str = "ORGANIZATION", **others: Any) -> str:
    """An analyzer of the whole organization; its ARN."""
    return analyzer.create_analyzer(analyzerName=kind.lower(), type=kind, **others)["arn"]


def test_what_is_shared_within_is_not_external(organization: Organization, analyzer: Any) -> None:
    alone = in_member(organization, "accessanalyzer")
    inside = findings(alone, external(alone))
    # To the member account by itself, the management account is somebody else.
    assert [one["resource"].rpartition("/")[2] for one in inside] == [
        "OrganizationAccountAccessRole"
    ]
    arn = whole(analyzer)
    assert findings(analyzer, arn) == []
    s3 = in_member(organization, "s3")
    s3.create_bucket(Bucket="shared-by-dev")
    s3.delete_public_access_block(Bucket="shared-by-dev")
    statement = {
        "Effect": "Allow",
        "Action": "s3:GetObject",
        "Resource": "arn:aws:s3:::shared-by-dev/*",
    }
    condition = {"StringEquals": {"aws:PrincipalOrgID": organization.id}}
    all_of_us = {**statement, "Principal": "*", "Condition": condition}
    partner = {**statement, "Principal": {"AWS": "777788889999"}}
    s3.put_bucket_policy(Bucket="shared-by-dev", Policy=policy(all_of_us, partner))
    (found,) = analyzer.list_findings(analyzerArn=arn)["findings"]
    assert found["principal"] == {"AWS": "777788889999"}
    assert found["resourceOwnerAccount"] == organization.member


def test_unused_access_in_all_accounts(lab: Lab, organization: Organization, analyzer: Any) -> None:
    arn = whole(analyzer, "ORGANIZATION_UNUSED_ACCESS")
    in_member(organization, "iam").create_role(
        RoleName="idle", AssumeRolePolicyDocument=trust({"AWS": organization.member})
    )
    lab.clock.advance(days=100)
    found = findings(analyzer, arn, findingType="UnusedIAMRole")
    assert {one["resourceOwnerAccount"] for one in found} == {organization.member}
    assert "idle" in {one["resource"].rpartition("/")[2] for one in found}
    rule = {"exclusions": [{"accountIds": [organization.member]}]}
    analyzer.update_analyzer(
        analyzerName="organization_unused_access",
        configuration={"unusedAccess": {"analysisRule": rule}},
    )
    left = findings(analyzer, arn, status="ACTIVE")
    assert {one["resourceOwnerAccount"] for one in left} <= {ACCOUNT}


def test_a_member_has_no_say_over_the_organization(organization: Organization) -> None:
    member = in_member(organization, "accessanalyzer")
    call = {"analyzerName": "o", "type": "ORGANIZATION"}
    refused("ValidationException", member.create_analyzer, **call)
    api = organization.api
    service = "access-analyzer.amazonaws.com"
    api.enable_aws_service_access(ServicePrincipal=service)
    api.register_delegated_administrator(AccountId=organization.member, ServicePrincipal=service)
    assert member.create_analyzer(**call)["arn"].endswith("analyzer/o")


def test_five_of_an_organization(analyzer: Any) -> None:
    for number in range(5):
        analyzer.create_analyzer(analyzerName=f"o{number}", type="ORGANIZATION")
    refused(
        "ServiceQuotaExceededException",
        analyzer.create_analyzer,
        analyzerName="o5",
        type="ORGANIZATION",
    )
