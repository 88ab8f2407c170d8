"""AWS Organizations through stock boto3: the tree, the accounts, the policies that are kept."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from botocore.exceptions import ClientError
from lab_calls import ACCOUNT, allow, client, new_user, policy, refused, statement
from organization_calls import RCP, SCP, Organization

from helpers import Lab
from helpers.lab.console import SignInFailed

DENY_LEAVING = policy(statement("Deny", "organizations:LeaveOrganization"))


@pytest.fixture
def org(lab: Lab) -> Organization:
    return Organization(lab)


def reason(call: Any, **parameters: Any) -> tuple[str, str]:
    """The code and the reason of a call that has to fail."""
    with pytest.raises(ClientError) as caught:
        call(**parameters)
    return caught.value.response["Error"]["Code"], caught.value.response.get("Reason", "")


def test_ids_have_the_form_of_aws_and_come_again(org: Organization) -> None:
    assert re.fullmatch(r"o-[a-z0-9]{10}", org.id)
    assert re.fullmatch(r"r-[a-z0-9]{4}", org.root)
    assert re.fullmatch(rf"ou-{org.root[2:]}-[a-z0-9]{{8}}", org.unit)
    assert re.fullmatch(r"\d{12}", org.member)
    assert re.fullmatch(r"p-[a-z0-9]{8}", org.policy(DENY_LEAVING))
    first = (org.id, org.root, org.unit, org.member)
    again = Organization(Lab.start())
    assert (again.id, again.root, again.unit, again.member) == first


def test_an_account_outside_an_organization(lab: Lab) -> None:
    organizations = lab.root.client("organizations")
    for call in (organizations.describe_organization, organizations.list_accounts):
        message = refused("AWSOrganizationsNotInUseException", call)
        assert message == "Your account is not a member of an organization."


def test_the_organization_describes_itself(org: Organization) -> None:
    found = org.api.describe_organization()["Organization"]
    assert found["Arn"] == f"arn:aws:organizations::{ACCOUNT}:organization/{org.id}"
    assert (
        found["MasterAccountArn"] == f"arn:aws:organizations::{ACCOUNT}:account/{org.id}/{ACCOUNT}"
    )
    assert (found["FeatureSet"], found["MasterAccountId"]) == ("ALL", ACCOUNT)
    refused("AlreadyInOrganizationException", org.api.create_organization, FeatureSet="ALL")
    refused("OrganizationNotEmptyException", org.api.delete_organization)


def test_a_new_account_is_described_and_has_a_root_user_without_password(org: Organization) -> None:
    found = org.api.describe_account(AccountId=org.member)["Account"]
    assert found["Arn"] == f"arn:aws:organizations::{ACCOUNT}:account/{org.id}/{org.member}"
    assert (found["Name"], found["Email"], found["JoinedMethod"]) == (
        "dev",
        "dev@example.com",
        "CREATED",
    )
    assert found["JoinedTimestamp"].year == 2026
    assert found["Paths"] == [f"{org.id}/{org.root}/{org.unit}/{org.member}/"]
    with pytest.raises(SignInFailed):
        org.lab.accounts[org.member].sign_in("root", "")
    with pytest.raises(SignInFailed):
        _ = org.lab.accounts[org.member].root
    summary = org.inside("iam").get_account_summary()["SummaryMap"]
    assert summary["AccountPasswordPresent"] == 0


def test_the_way_into_a_new_account_is_its_role(org: Organization) -> None:
    iam = org.inside("iam")
    role = iam.get_role(RoleName="OrganizationAccountAccessRole")["Role"]
    principal = role["AssumeRolePolicyDocument"]["Statement"][0]["Principal"]
    assert principal == {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}
    attached = iam.list_attached_role_policies(RoleName="OrganizationAccountAccessRole")
    assert [p["PolicyName"] for p in attached["AttachedPolicies"]] == ["AdministratorAccess"]
    nobody = new_user(org.lab, "nobody").client("sts")
    refused("AccessDenied", nobody.assume_role, RoleArn=role["Arn"], RoleSessionName="try")


def test_an_address_has_one_account_and_an_organization_ten(org: Organization) -> None:
    request = org.api.create_account(Email="dev@example.com", AccountName="again")
    assert request["CreateAccountStatus"]["State"] == "IN_PROGRESS"
    status = org.api.describe_create_account_status(
        CreateAccountRequestId=request["CreateAccountStatus"]["Id"]
    )["CreateAccountStatus"]
    assert (status["State"], status["FailureReason"]) == ("FAILED", "EMAIL_ALREADY_EXISTS")
    for number in range(7):
        org.new_account(f"more-{number}")
    stranger = {"Id": "nobody@example.com", "Type": "EMAIL"}
    invited = org.api.invite_account_to_organization(Target=stranger)["Handshake"]["Id"]
    assert reason(org.api.create_account, Email="x@example.com", AccountName="x") == (
        "ConstraintViolationException",
        "ACCOUNT_NUMBER_LIMIT_EXCEEDED",
    )
    org.api.cancel_handshake(HandshakeId=invited)
    org.new_account("last")
    assert reason(org.api.invite_account_to_organization, Target=stranger)[1] == (
        "ACCOUNT_NUMBER_LIMIT_EXCEEDED"
    )
    failed = org.api.list_create_account_status(States=["FAILED"])["CreateAccountStatuses"]
    assert [s["AccountName"] for s in failed] == ["again"]


def test_the_tree(org: Organization) -> None:
    inner = org.new_unit("Inner", org.unit)
    parents = org.api.list_parents(ChildId=inner)["Parents"]
    assert parents == [{"Id": org.unit, "Type": "ORGANIZATIONAL_UNIT"}]
    assert org.api.list_parents(ChildId=org.unit)["Parents"] == [{"Id": org.root, "Type": "ROOT"}]
    children = org.api.list_children(ParentId=org.unit, ChildType="ACCOUNT")["Children"]
    assert children == [{"Id": org.member, "Type": "ACCOUNT"}]
    units = org.api.list_organizational_units_for_parent(ParentId=org.unit)["OrganizationalUnits"]
    assert [u["Name"] for u in units] == ["Inner"]
    accounts = org.api.list_accounts_for_parent(ParentId=org.unit)["Accounts"]
    assert [a["Id"] for a in accounts] == [org.member]
    refused("OrganizationalUnitNotEmptyException", org.api.delete_organizational_unit,
            OrganizationalUnitId=org.unit)  # fmt: skip
    org.api.delete_organizational_unit(OrganizationalUnitId=inner)
    refused("OrganizationalUnitNotFoundException", org.api.describe_organizational_unit,
            OrganizationalUnitId=inner)  # fmt: skip


NOT_THERE = [
    ("ChildNotFoundException", "list_parents", {"ChildId": "999999999999"}),
    ("ParentNotFoundException", "list_children",
     {"ParentId": "r-none", "ChildType": "ACCOUNT"}),
    ("InvalidInputException", "list_children", {"ParentId": "no id", "ChildType": "ACCOUNT"}),
    ("InvalidInputException", "list_policies", {"Filter": "NO_POLICY"}),
    ("InvalidInputException", "list_accounts", {"NextToken": "no token"}),
    ("AccountNotFoundException", "describe_account", {"AccountId": "999999999999"}),
    ("PolicyNotFoundException", "describe_policy", {"PolicyId": "p-12345678"}),
    ("RootNotFoundException", "enable_policy_type", {"RootId": "r-none", "PolicyType": SCP}),
    ("TargetNotFoundException", "list_policies_for_target",
     {"TargetId": "999999999999", "Filter": SCP}),
    ("CreateAccountStatusNotFoundException", "describe_create_account_status",
     {"CreateAccountRequestId": "car-12345678"}),
]  # fmt: skip


def test_what_there_is_not(org: Organization) -> None:
    for code, operation, parameters in NOT_THERE:
        refused(code, getattr(org.api, operation), **parameters)


def test_moving_an_account(org: Organization) -> None:
    there, away = org.unit, org.root
    refused("SourceParentNotFoundException", org.api.move_account, AccountId=org.member,
            SourceParentId=away, DestinationParentId=there)  # fmt: skip
    refused("DuplicateAccountException", org.api.move_account, AccountId=org.member,
            SourceParentId=there, DestinationParentId=there)  # fmt: skip
    refused("DestinationParentNotFoundException", org.api.move_account, AccountId=org.member,
            SourceParentId=there, DestinationParentId=f"ou-{org.root[2:]}-00000000")  # fmt: skip
    org.api.move_account(AccountId=org.member, SourceParentId=there, DestinationParentId=away)
    assert org.api.list_parents(ChildId=org.member)["Parents"][0]["Id"] == away


def test_names_of_units_and_their_depth(org: Organization) -> None:
    refused("DuplicateOrganizationalUnitException", org.api.create_organizational_unit,
            ParentId=org.root, Name="Workloads")  # fmt: skip
    unit = org.unit
    for depth in range(4):
        unit = org.new_unit(f"deeper-{depth}", unit)
    assert reason(org.api.create_organizational_unit, ParentId=unit, Name="too deep") == (
        "ConstraintViolationException",
        "OU_DEPTH_LIMIT_EXCEEDED",
    )


def test_lists_come_in_pages(org: Organization) -> None:
    for number in range(3):
        org.new_unit(f"unit-{number}")
    pages = org.api.get_paginator("list_organizational_units_for_parent").paginate(
        ParentId=org.root, PaginationConfig={"PageSize": 2}
    )
    names = [[u["Name"] for u in page["OrganizationalUnits"]] for page in pages]
    assert names == [["Workloads", "unit-0"], ["unit-1", "unit-2"]]


def test_a_member_account_sees_the_organization_and_rules_nothing(org: Organization) -> None:
    inside = org.inside("organizations")
    assert inside.describe_organization()["Organization"]["Id"] == org.id
    for call in (inside.list_accounts, inside.list_roots, inside.delete_organization):
        message = refused("AccessDeniedException", call)
        assert message == "You don't have permissions to access this resource."
    refused("AlreadyInOrganizationException", inside.create_organization)


def test_a_delegated_administrator_may_look(org: Organization) -> None:
    service = "access-analyzer.amazonaws.com"
    register = {"AccountId": org.member, "ServicePrincipal": service}
    assert reason(org.api.register_delegated_administrator, **register)[1] == (
        "SERVICE_ACCESS_NOT_ENABLED"
    )
    org.api.enable_aws_service_access(ServicePrincipal=service)
    enabled = org.api.list_aws_service_access_for_organization()["EnabledServicePrincipals"]
    assert [s["ServicePrincipal"] for s in enabled] == [service]
    org.api.register_delegated_administrator(**register)
    refused("AccountAlreadyRegisteredException",
            org.api.register_delegated_administrator, **register)  # fmt: skip
    admins = org.api.list_delegated_administrators(ServicePrincipal=service)
    assert [a["Id"] for a in admins["DelegatedAdministrators"]] == [org.member]
    found = org.inside("organizations").describe_policy(PolicyId="p-FullAWSAccess")["Policy"]
    assert found["PolicySummary"]["Name"] == "FullAWSAccess"
    services = org.api.list_delegated_services_for_account(AccountId=org.member)
    assert services["DelegatedServices"][0]["ServicePrincipal"] == service
    inside = org.inside("organizations")
    assert len(inside.list_accounts()["Accounts"]) == 2
    refused("AccessDeniedException", inside.create_organizational_unit,
            ParentId=org.root, Name="own")  # fmt: skip
    org.api.deregister_delegated_administrator(**register)
    refused("AccessDeniedException", inside.list_accounts)
    assert reason(
        org.api.register_delegated_administrator, AccountId=ACCOUNT, ServicePrincipal=service
    )[1] == "CANNOT_REGISTER_MASTER_AS_DELEGATED_ADMINISTRATOR"  # fmt: skip


def test_the_organizations_own_policy_lets_a_member_manage_policies(org: Organization) -> None:
    inside = org.inside("organizations")
    refused("ResourcePolicyNotFoundException", org.api.describe_resource_policy)
    refused("AccessDeniedException", inside.list_policies, Filter=SCP)
    of_type = {"StringEquals": {"organizations:PolicyType": SCP}}
    actions = [f"organizations:{name}" for name in ("CreatePolicy", "AttachPolicy", "ListPolicies")]
    content = policy(statement("Allow", actions, Principal={"AWS": org.member}, Condition=of_type))
    made = org.api.put_resource_policy(Content=content)["ResourcePolicy"]
    assert made["Content"] == content
    assert re.fullmatch(r"rp-[a-z0-9]{8}", made["ResourcePolicySummary"]["Id"])
    org.enable(SCP)
    assert inside.list_policies(Filter=SCP)["Policies"]
    identifier = inside.create_policy(
        Name="theirs", Description="", Type=SCP, Content=DENY_LEAVING
    )["Policy"]["PolicySummary"]["Id"]
    inside.attach_policy(PolicyId=identifier, TargetId=org.member)
    refused("AccessDeniedException", inside.list_policies, Filter=RCP)
    refused("AccessDeniedException", inside.delete_policy, PolicyId=identifier)
    refused("AccessDeniedException", inside.put_resource_policy, Content=content)
    refused("AccessDeniedException", org.inside("organizations", org.new_account("other"))
            .list_policies, Filter=SCP)  # fmt: skip
    org.api.delete_resource_policy()
    refused("AccessDeniedException", inside.list_policies, Filter=SCP)


def test_what_the_organizations_own_policy_cannot_say(org: Organization) -> None:
    closing = policy(statement("Allow", "organizations:CloseAccount", Principal="*"))
    for content, why in (
        ("not json", "INVALID_RESOURCE_POLICY_JSON"),
        (closing, "UNSUPPORTED_ACTION_IN_RESOURCE_POLICY"),
    ):
        assert reason(org.api.put_resource_policy, Content=content) == (
            "InvalidInputException",
            why,
        )


def test_enabling_and_disabling_a_type_of_policy(org: Organization) -> None:
    attach = {"PolicyId": org.policy(DENY_LEAVING), "TargetId": org.unit}
    refused("PolicyTypeNotEnabledException", org.api.attach_policy, **attach)
    org.enable(SCP)
    refused("PolicyTypeAlreadyEnabledException", org.api.enable_policy_type,
            RootId=org.root, PolicyType=SCP)  # fmt: skip
    types = org.api.list_roots()["Roots"][0]["PolicyTypes"]
    assert types == [{"Type": SCP, "Status": "ENABLED"}]
    everywhere = org.api.list_targets_for_policy(PolicyId="p-FullAWSAccess")["Targets"]
    assert {t["TargetId"] for t in everywhere} == {org.root, org.unit, org.member, ACCOUNT}
    org.api.attach_policy(**attach)
    org.api.disable_policy_type(RootId=org.root, PolicyType=SCP)
    assert not org.api.list_targets_for_policy(PolicyId=attach["PolicyId"])["Targets"]
    refused("PolicyTypeNotEnabledException", org.api.disable_policy_type,
            RootId=org.root, PolicyType=SCP)  # fmt: skip


def test_what_is_new_gets_full_access(org: Organization) -> None:
    org.enable(SCP, RCP)
    unit = org.new_unit("New")
    account = org.new_account("new", unit)
    for target in (unit, account):
        for type_, name in ((SCP, "FullAWSAccess"), (RCP, "RCPFullAWSAccess")):
            found = org.api.list_policies_for_target(TargetId=target, Filter=type_)["Policies"]
            assert [(p["Name"], p["AwsManaged"]) for p in found] == [(name, True)]


def test_attaching_and_detaching(org: Organization) -> None:
    org.enable(SCP, RCP)
    identifier = org.limit(DENY_LEAVING, org.unit)
    attach = {"PolicyId": identifier, "TargetId": org.unit}
    refused("DuplicatePolicyAttachmentException", org.api.attach_policy, **attach)
    refused("PolicyInUseException", org.api.delete_policy, PolicyId=identifier)
    targets = org.api.list_targets_for_policy(PolicyId=identifier)["Targets"]
    assert [(t["TargetId"], t["Name"], t["Type"]) for t in targets] == [
        (org.unit, "Workloads", "ORGANIZATIONAL_UNIT")
    ]
    for number in range(3):
        org.limit(DENY_LEAVING, org.unit, name=f"more-{number}")
    attach["PolicyId"] = org.policy(DENY_LEAVING, name="one too many")
    assert reason(org.api.attach_policy, **attach)[1] == "MAX_POLICY_TYPE_ATTACHMENT_LIMIT_EXCEEDED"
    org.api.detach_policy(PolicyId=identifier, TargetId=org.unit)
    refused("PolicyNotAttachedException", org.api.detach_policy,
            PolicyId=identifier, TargetId=org.unit)  # fmt: skip
    org.api.delete_policy(PolicyId=identifier)
    assert reason(org.api.detach_policy, PolicyId="p-FullAWSAccess", TargetId=org.member) == (
        "ConstraintViolationException",
        "MIN_POLICY_TYPE_ATTACHMENT_LIMIT_EXCEEDED",
    )
    org.limit(allow("*"), org.member, name="in its place")
    org.api.detach_policy(PolicyId="p-FullAWSAccess", TargetId=org.member)
    assert reason(org.api.detach_policy, PolicyId="p-RCPFullAWSAccess", TargetId=org.member)[1] == (
        "NON_DETACHABLE_POLICY"
    )


def test_changing_a_policy(org: Organization) -> None:
    identifier = org.policy(DENY_LEAVING)
    content = policy(statement("Deny", "ec2:*"))
    org.api.update_policy(PolicyId=identifier, Name="new name", Content=content)
    found = org.api.describe_policy(PolicyId=identifier)["Policy"]
    assert (found["PolicySummary"]["Name"], found["Content"]) == ("new name", content)
    assert found["PolicySummary"]["Arn"] == (
        f"arn:aws:organizations::{ACCOUNT}:policy/{org.id}/service_control_policy/{identifier}"
    )
    refused("DuplicatePolicyException", org.api.create_policy,
            Name="new name", Description="", Type=SCP, Content=content)  # fmt: skip
    assert reason(org.api.delete_policy, PolicyId="p-FullAWSAccess")[1] == "IMMUTABLE_POLICY"


S3_OF_THE_ORGANIZATION = statement("Deny", "s3:*", Principal="*")


NO_POLICY = [
    (SCP, "not json"),
    (SCP, policy(statement("Deny", "ec2:*", Principal="*"))),
    (SCP, policy({"Effect": "Deny", "Resource": "*"})),
    (SCP, policy(statement("Refuse", "ec2:*"))),
    (RCP, policy(statement("Allow", "s3:*", Principal="*"))),
    (RCP, policy(statement("Deny", "s3:*"))),
    (RCP, policy(statement("Deny", "s3:*", Principal={"AWS": ACCOUNT}))),
    (RCP, policy(statement("Deny", "*", Principal="*"))),
    (RCP, policy(statement("Deny", ["s3:*", "ec2:*"], Principal="*"))),
    (RCP, policy({"Effect": "Deny", "NotAction": "s3:*", "Resource": "*", "Principal": "*"})),
]


def test_what_is_no_policy_of_its_type(org: Organization) -> None:
    for type_, document in NO_POLICY:
        message = refused("MalformedPolicyDocumentException", org.api.create_policy,
                          Name="n", Description="", Type=type_, Content=document)  # fmt: skip
        assert message.startswith(
            "The provided policy document does not meet the requirements of the specified policy "
            "type."
        )


POLICIES = [
    # Since 2025 an SCP may use the whole language of IAM policies.
    (SCP, allow("s3:Get*Object", "arn:aws:s3:::b/*",
                Condition={"Bool": {"aws:ViaAWSService": "true"}})),
    (SCP, policy({"Effect": "Allow", "NotAction": "iam:*", "NotResource": "arn:aws:s3:::b"})),
    (RCP, policy(S3_OF_THE_ORGANIZATION)),
    (RCP, policy(statement("Deny", ["s3:*", "sts:AssumeRole"], Principal="*", Sid="Both"))),
]  # fmt: skip


def test_what_is_one(org: Organization) -> None:
    for number, (type_, document) in enumerate(POLICIES):
        identifier = org.policy(document, type_, f"n{number}")
        assert org.api.describe_policy(PolicyId=identifier)["Policy"]["Content"] == document


def test_a_policy_that_is_too_long(org: Organization) -> None:
    long = json.dumps({"Version": "2012-10-17", "Statement": [statement("Deny", "ec2:*")]})
    fits = long + " " * (5_120 - len(long))
    org.policy(fits)
    new = {"Name": "n", "Description": "", "Type": SCP}
    assert reason(org.api.create_policy, **new, Content=fits + " ") == (
        "ConstraintViolationException",
        "POLICY_CONTENT_LIMIT_EXCEEDED",
    )


def test_types_of_policy_that_the_lab_does_not_know(org: Organization) -> None:
    message = refused("NotSimulated", org.api.enable_policy_type,
                      RootId=org.root, PolicyType="TAG_POLICY")  # fmt: skip
    assert "TAG_POLICY" in message
    refused("EffectivePolicyNotFoundException", org.api.describe_effective_policy,
            PolicyType="TAG_POLICY")  # fmt: skip


def test_permission_for_a_part_of_the_organization(org: Organization) -> None:
    """Policies name units, accounts and policies by their ARNs, tags and types."""
    unit = f"arn:aws:organizations::{ACCOUNT}:ou/{org.id}/{org.unit}"
    of_type = {"StringEquals": {"organizations:PolicyType": RCP}}
    reader = new_user(
        org.lab,
        "reader",
        policy(
            statement("Allow", "organizations:ListAccountsForParent", unit),
            statement("Allow", "organizations:DescribePolicy", Condition=of_type),
        ),
    ).client("organizations")
    assert len(reader.list_accounts_for_parent(ParentId=org.unit)["Accounts"]) == 1
    message = refused("AccessDeniedException", reader.list_accounts_for_parent, ParentId=org.root)
    assert message.startswith(
        f"User: arn:aws:iam::{ACCOUNT}:user/reader is not authorized to perform: "
        "organizations:ListAccountsForParent on resource: "
        f"arn:aws:organizations::{ACCOUNT}:root/{org.id}/{org.root} because no identity-based"
    )
    assert reader.describe_policy(PolicyId="p-RCPFullAWSAccess")
    refused("AccessDeniedException", reader.describe_policy, PolicyId="p-FullAWSAccess")


def test_session_policies_are_those_of_the_roles_account(org: Organization) -> None:
    made = org.inside("iam").create_policy(PolicyName="only-ec2", PolicyDocument=allow("ec2:*"))
    key = org.admin.client("sts").assume_role(
        RoleArn=f"arn:aws:iam::{org.member}:role/OrganizationAccountAccessRole",
        RoleSessionName="narrow",
        PolicyArns=[{"arn": made["Policy"]["Arn"]}],
    )["Credentials"]
    assert client(key, "ec2").describe_vpcs()["Vpcs"]
    message = refused("AccessDenied", client(key, "iam").list_users)
    assert "because no session policy allows" in message


def test_an_organization_ends(lab: Lab) -> None:
    organizations = lab.root.client("organizations")
    first = organizations.create_organization()["Organization"]["Id"]
    organizations.delete_organization()
    refused("AWSOrganizationsNotInUseException", organizations.describe_organization)
    assert organizations.create_organization()["Organization"]["Id"] != first


def test_an_organization_that_only_pays_bills(lab: Lab) -> None:
    organizations = lab.root.client("organizations")
    found = organizations.create_organization(FeatureSet="CONSOLIDATED_BILLING")["Organization"]
    assert (found["FeatureSet"], found["AvailablePolicyTypes"]) == ("CONSOLIDATED_BILLING", [])
    root = organizations.list_roots()["Roots"][0]["Id"]
    enable = {"RootId": root, "PolicyType": SCP}
    refused(
        "PolicyTypeNotAvailableForOrganizationException",
        organizations.enable_policy_type,
        **enable,
    )
    organizations.enable_all_features()
    assert organizations.enable_policy_type(**enable)["Root"]["PolicyTypes"]


def test_tags(org: Organization) -> None:
    org.api.tag_resource(ResourceId=org.member, Tags=[{"Key": "team", "Value": "red"}])
    assert org.api.list_tags_for_resource(ResourceId=org.member)["Tags"] == [
        {"Key": "team", "Value": "red"}
    ]
    org.api.untag_resource(ResourceId=org.member, TagKeys=["team"])
    assert not org.api.list_tags_for_resource(ResourceId=org.member)["Tags"]


def test_an_invited_account_accepts_and_may_leave_again(org: Organization) -> None:
    partner = org.lab.add_account("777788889999")
    handshake = org.api.invite_account_to_organization(
        Target={"Id": partner.id, "Type": "ACCOUNT"}, Notes="join us"
    )["Handshake"]
    assert handshake["State"] == "REQUESTED"
    theirs = partner.root.client("organizations")
    waiting = theirs.list_handshakes_for_account()["Handshakes"]
    assert [h["Id"] for h in waiting] == [handshake["Id"]]
    refused("HandshakeNotFoundException", org.api.accept_handshake, HandshakeId=handshake["Id"])
    accepted = theirs.accept_handshake(HandshakeId=handshake["Id"])["Handshake"]
    assert accepted["State"] == "ACCEPTED"
    found = org.api.describe_account(AccountId=partner.id)["Account"]
    assert found["JoinedMethod"] == "INVITED"
    refused("HandshakeAlreadyInStateException", theirs.accept_handshake,
            HandshakeId=handshake["Id"])  # fmt: skip
    theirs.leave_organization()
    refused("AWSOrganizationsNotInUseException", theirs.describe_organization)


def test_an_invitation_ends(org: Organization) -> None:
    partner = org.lab.add_account("777788889999")
    target = {"Id": partner.id, "Type": "ACCOUNT"}
    theirs = partner.root.client("organizations")
    made = org.api.invite_account_to_organization(Target=target)["Handshake"]
    refused("DuplicateHandshakeException", org.api.invite_account_to_organization, Target=target)
    theirs.decline_handshake(HandshakeId=made["Id"])
    refused("InvalidHandshakeTransitionException", org.api.cancel_handshake, HandshakeId=made["Id"])
    made = org.api.invite_account_to_organization(Target=target)["Handshake"]
    org.lab.clock.advance(days=15)
    assert org.api.describe_handshake(HandshakeId=made["Id"])["Handshake"]["State"] == "EXPIRED"
    refused("InvalidHandshakeTransitionException", theirs.accept_handshake, HandshakeId=made["Id"])


def test_who_cannot_leave(org: Organization) -> None:
    refused("MasterCannotLeaveOrganizationException", org.api.leave_organization)
    assert reason(org.inside("organizations").leave_organization) == (
        "ConstraintViolationException",
        "MEMBER_ACCOUNT_PAYMENT_INSTRUMENT_REQUIRED",
    )
    refused("AccountNotFoundException", org.api.remove_account_from_organization,
            AccountId="999999999999")  # fmt: skip


def test_another_start_forgets_all_accounts(org: Organization) -> None:
    org.inside("iam").create_user(UserName="left-behind")
    key = org.role()
    lab = Lab.start()
    assert list(lab.accounts) == [ACCOUNT]
    again = Organization(lab)
    assert again.member == org.member
    refused("InvalidClientTokenId", client(key, "sts").get_caller_identity)
    assert not again.inside("iam").list_users()["Users"]


def test_accounts_of_the_lab(lab: Lab) -> None:
    with pytest.raises(ValueError, match="twelve digits"):
        lab.add_account("12")
    with pytest.raises(ValueError, match="already"):
        lab.add_account(ACCOUNT)
    with pytest.raises(LookupError, match="444455556666"):
        _ = lab.accounts["444455556666"]
    other = lab.add_account("444455556666", "Stranger")
    assert other is lab.accounts["444455556666"]
    assert other.root.client("sts").get_caller_identity()["Account"] == "444455556666"
    with pytest.raises(LookupError, match="nobody"):
        other.caller("nobody")
    refused("AWSOrganizationsNotInUseException",
            other.root.client("organizations").describe_organization)  # fmt: skip
