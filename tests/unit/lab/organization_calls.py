"""An organization for tests, built by stock boto3 alone: management account, unit, member."""

from __future__ import annotations

from typing import Any

from lab_calls import client, new_user

from helpers import Lab

SCP = "SERVICE_CONTROL_POLICY"
RCP = "RESOURCE_CONTROL_POLICY"
EVERYTHING = (
    '{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}'
)


class Organization:
    """A lab whose account founded an organization with one unit and one member account in it."""

    def __init__(self, lab: Lab) -> None:
        self.lab = lab
        self.admin = new_user(lab, "admin", EVERYTHING)
        self.api: Any = self.admin.client("organizations")
        self.id = self.api.create_organization(FeatureSet="ALL")["Organization"]["Id"]
        self.root = self.api.list_roots()["Roots"][0]["Id"]
        self.unit = self.new_unit("Workloads")
        self.member = self.new_account("dev", self.unit)

    def new_unit(self, name: str, parent: str | None = None) -> str:
        made = self.api.create_organizational_unit(ParentId=parent or self.root, Name=name)
        return made["OrganizationalUnit"]["Id"]

    def new_account(self, name: str, parent: str | None = None) -> str:
        request = self.api.create_account(Email=f"{name}@example.com", AccountName=name)
        status = self.api.describe_create_account_status(
            CreateAccountRequestId=request["CreateAccountStatus"]["Id"]
        )["CreateAccountStatus"]
        assert status["State"] == "SUCCEEDED", status
        if parent is not None:
            self.api.move_account(
                AccountId=status["AccountId"],
                SourceParentId=self.root,
                DestinationParentId=parent,
            )
        return status["AccountId"]

    def enable(self, *types: str) -> None:
        for type_ in types:
            self.api.enable_policy_type(RootId=self.root, PolicyType=type_)

    def policy(self, content: str, type_: str = SCP, name: str = "limit") -> str:
        made = self.api.create_policy(Name=name, Description="", Type=type_, Content=content)
        return made["Policy"]["PolicySummary"]["Id"]

    def limit(self, content: str, target: str, type_: str = SCP, name: str = "limit") -> str:
        """A policy made and attached."""
        identifier = self.policy(content, type_, name)
        self.api.attach_policy(PolicyId=identifier, TargetId=target)
        return identifier

    def role(self, account_id: str | None = None) -> dict[str, str]:
        """Credentials of the role through which the management account rules a member."""
        arn = f"arn:aws:iam::{account_id or self.member}:role/OrganizationAccountAccessRole"
        sts = self.admin.client("sts")
        return sts.assume_role(RoleArn=arn, RoleSessionName="admin")["Credentials"]

    def inside(self, service: str, account_id: str | None = None) -> Any:
        """A client that acts as that role, with everything allowed that nobody denies."""
        return client(self.role(account_id), service)
