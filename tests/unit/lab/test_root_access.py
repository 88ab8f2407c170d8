"""Root users of member accounts, ruled by the management account; AssumeRoot and its tasks."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest
from lab_calls import ACCOUNT, client, new_user, policy, refused, statement
from organization_calls import SCP, Organization

from helpers import Lab
from helpers.lab.console import SignInFailed

IAM = "iam.amazonaws.com"
TASK = "arn:aws:iam::aws:policy/root-task/"
AUDIT = "IAMAuditRootUserCredentials"
DELETE = "IAMDeleteRootUserCredentials"
CREATE = "IAMCreateRootUserPassword"


@pytest.fixture
def org(lab: Lab) -> Organization:
    """An organization that rules its root users, with an invited account that has such a user."""
    organization = Organization(lab)
    organization.api.enable_aws_service_access(ServicePrincipal=IAM)
    iam = organization.admin.client("iam")
    iam.enable_organizations_root_credentials_management()
    iam.enable_organizations_root_sessions()
    return organization


def assume(caller: Any, target: str, task: str, **others: Any) -> Mapping[str, Any]:
    sts = caller.client("sts") if hasattr(caller, "client") else caller
    return sts.assume_root(
        TargetPrincipal=target, TaskPolicyArn={"arn": f"{TASK}{task}"}, **others
    )["Credentials"]


def invited(org: Organization) -> Any:
    """An account that joined with a root user of its own, who has a password and a key."""
    account = org.lab.add_account("444455556666", "Joined")
    made = org.api.invite_account_to_organization(Target={"Id": account.id, "Type": "ACCOUNT"})
    theirs = account.root.client("organizations")
    theirs.accept_handshake(HandshakeId=made["Handshake"]["Id"])
    account.reset_root_password("correct-Horse-battery-7")
    account.root.client("iam").create_access_key()
    return account


def test_the_features_need_trusted_access(lab: Lab) -> None:
    iam = lab.root.client("iam")
    refused("OrganizationNotFoundException", iam.enable_organizations_root_sessions)
    org = Organization(lab)
    refused("ServiceAccessNotEnabledException", iam.enable_organizations_root_sessions)
    org.api.enable_aws_service_access(ServicePrincipal=IAM)
    found = iam.enable_organizations_root_sessions()
    assert (found["OrganizationId"], found["EnabledFeatures"]) == (org.id, ["RootSessions"])
    found = iam.enable_organizations_root_credentials_management()
    assert found["EnabledFeatures"] == ["RootCredentialsManagement", "RootSessions"]
    assert iam.list_organizations_features()["EnabledFeatures"] == found["EnabledFeatures"]
    found = iam.disable_organizations_root_sessions()
    assert found["EnabledFeatures"] == ["RootCredentialsManagement"]
    refused("AccountNotManagementOrDelegatedAdministratorException",
            org.inside("iam").list_organizations_features)  # fmt: skip


def test_a_delegated_administrator_rules_root_users_too(org: Organization) -> None:
    delegate, other = org.member, org.new_account("other")
    org.api.register_delegated_administrator(AccountId=delegate, ServicePrincipal=IAM)
    iam = org.inside("iam", delegate)
    assert "RootSessions" in iam.list_organizations_features()["EnabledFeatures"]
    refused("CallerIsNotManagementAccountException", iam.enable_organizations_root_sessions)
    session = assume(org.inside("sts", delegate), other, AUDIT)
    who = client(session, "sts").get_caller_identity()
    assert (who["Account"], who["Arn"]) == (other, f"arn:aws:iam::{other}:root")


def test_who_may_not_assume_root(org: Organization) -> None:
    stranger = org.lab.add_account("777788889999")
    weak = new_user(org.lab, "weak")
    other = org.new_account("other")
    cases = [
        (org.lab.root, org.member),  # a root user
        (org.inside("sts"), other),  # a member account that is no delegate
        (org.admin, ACCOUNT),  # the management account's own root user
        (org.admin, stranger.id),  # an account of no organization
        (org.admin, "999999999999"),  # no account at all
    ]
    for caller, target in cases:
        with pytest.raises(Exception, match="not authorized to perform: sts:AssumeRoot"):
            assume(caller, target, AUDIT)
    with pytest.raises(Exception, match="because no identity-based policy allows"):
        assume(weak, org.member, AUDIT)
    org.admin.client("iam").disable_organizations_root_sessions()
    with pytest.raises(Exception, match="AccessDenied"):
        assume(org.admin, org.member, AUDIT)


def test_a_policy_can_name_the_root_user_and_the_task(org: Organization) -> None:
    arn = f"arn:aws:iam::{org.member}:root"
    only = {"StringEquals": {"sts:TaskPolicyArn": f"{TASK}{AUDIT}"}}
    auditor = new_user(
        org.lab, "auditor", policy(statement("Allow", "sts:AssumeRoot", arn, Condition=only))
    )
    assert assume(auditor, org.member, AUDIT)
    assert assume(auditor, arn, AUDIT)
    for target, task in ((org.member, DELETE), (org.new_account("other"), AUDIT)):
        with pytest.raises(Exception, match="AccessDenied"):
            assume(auditor, target, task)


def test_a_session_lasts_a_quarter_of_an_hour(org: Organization) -> None:
    sts = org.admin.client("sts")
    parameters = {
        "TargetPrincipal": org.member,
        "TaskPolicyArn": {"arn": f"{TASK}{AUDIT}"},
    }
    message = refused("ValidationError", sts.assume_root, **parameters, DurationSeconds=901)
    assert "less than or equal to 900" in message
    parameters["TaskPolicyArn"] = {"arn": "arn:aws:iam::aws:policy/AdministratorAccess"}
    refused("ValidationError", sts.assume_root, **parameters)
    session = assume(org.admin, org.member, AUDIT)
    assert (session["Expiration"] - org.lab.clock.now).total_seconds() == 900
    org.lab.clock.advance(seconds=901)
    refused("ExpiredToken", client(session, "iam").get_account_summary)


def test_the_audit_of_a_root_user(org: Organization) -> None:
    account = invited(org)
    iam = client(assume(org.admin, account.id, AUDIT), "iam")
    summary = iam.get_account_summary()["SummaryMap"]
    assert (summary["AccountPasswordPresent"], summary["AccountAccessKeysPresent"]) == (1, 1)
    assert iam.get_user()["User"]["Arn"] == f"arn:aws:iam::{account.id}:root"
    assert iam.get_login_profile()["LoginProfile"]["CreateDate"].year == 2026
    (key,) = iam.list_access_keys()["AccessKeyMetadata"]
    assert "AccessKeyLastUsed" in iam.get_access_key_last_used(AccessKeyId=key["AccessKeyId"])
    assert not iam.list_mfa_devices()["MFADevices"]
    assert not iam.list_signing_certificates()["Certificates"]
    message = refused("AccessDenied", iam.list_users)
    assert "with an explicit deny in a session policy" in message
    refused("AccessDenied", iam.delete_login_profile)
    account.root.client("iam").create_user(UserName="ann")
    refused("AccessDenied", iam.get_login_profile, UserName="ann")
    refused("AccessDenied", client(assume(org.admin, account.id, AUDIT), "s3").list_buckets)


def test_taking_the_credentials_of_a_root_user_away_and_giving_a_password_back(
    org: Organization,
) -> None:
    account = invited(org)
    assert account.sign_in("root", "correct-Horse-battery-7")
    iam = client(assume(org.admin, account.id, DELETE), "iam")
    for key in iam.list_access_keys()["AccessKeyMetadata"]:
        iam.delete_access_key(AccessKeyId=key["AccessKeyId"])
    iam.delete_login_profile()
    refused("NoSuchEntity", iam.get_login_profile)
    refused("NoSuchEntity", iam.delete_login_profile)
    assert not iam.list_access_keys()["AccessKeyMetadata"]
    with pytest.raises(SignInFailed, match="Authentication failed"):
        account.sign_in("root", "correct-Horse-battery-7")
    with pytest.raises(SignInFailed, match="recovery"):
        account.reset_root_password("another-Horse-battery-7")

    iam = client(assume(org.admin, account.id, CREATE), "iam")
    refused("ValidationError", iam.create_login_profile, Password="chosen-For-them-7")
    assert iam.create_login_profile()["LoginProfile"]["UserName"] == "root"
    refused("EntityAlreadyExists", iam.create_login_profile)
    refused("AccessDenied", iam.delete_login_profile)
    with pytest.raises(SignInFailed):
        account.sign_in("root", "")
    account.reset_root_password("another-Horse-battery-7")
    root = account.sign_in("root", "another-Horse-battery-7")
    assert root.client("sts").get_caller_identity()["Arn"] == f"arn:aws:iam::{account.id}:root"


def test_a_new_account_gets_a_root_user_who_can_sign_in(org: Organization) -> None:
    account = org.lab.accounts[org.member]
    with pytest.raises(SignInFailed):
        account.reset_root_password("a-Password-of-root-7")
    client(assume(org.admin, org.member, CREATE), "iam").create_login_profile()
    account.reset_root_password("a-Password-of-root-7")
    assert account.sign_in("root", "a-Password-of-root-7").client("iam").list_users()


def test_a_bucket_that_denies_everyone_is_unlocked(org: Organization) -> None:
    s3 = org.inside("s3")
    s3.create_bucket(Bucket="locked")
    where = ["arn:aws:s3:::locked", "arn:aws:s3:::locked/*"]
    s3.put_bucket_policy(
        Bucket="locked", Policy=policy(statement("Deny", "s3:*", where, Principal="*"))
    )
    refused("AccessDenied", s3.delete_bucket_policy, Bucket="locked")
    root = client(assume(org.admin, org.member, "S3UnlockBucketPolicy"), "s3")
    assert json.loads(root.get_bucket_policy(Bucket="locked")["Policy"])["Statement"]
    refused("AccessDenied", root.list_objects_v2, Bucket="locked")
    root.delete_bucket_policy(Bucket="locked")
    assert s3.list_objects_v2(Bucket="locked")["KeyCount"] == 0


def test_a_queue_that_denies_everyone_is_unlocked(org: Organization) -> None:
    sqs = org.inside("sqs")
    url = sqs.create_queue(QueueName="locked")["QueueUrl"]
    where = f"arn:aws:sqs:us-east-1:{org.member}:locked"
    lock = policy(statement("Deny", "sqs:*", where, Principal="*"))
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": lock})
    refused("AccessDenied", sqs.get_queue_attributes, QueueUrl=url, AttributeNames=["Policy"])
    root = client(assume(org.admin, org.member, "SQSUnlockQueuePolicy"), "sqs")
    assert root.list_queues()["QueueUrls"] == [url]
    assert root.get_queue_url(QueueName="locked")["QueueUrl"] == url
    found = root.get_queue_attributes(QueueUrl=url, AttributeNames=["Policy"])["Attributes"]
    assert json.loads(found["Policy"]) == json.loads(lock)
    refused("AccessDenied", root.send_message, QueueUrl=url, MessageBody="x")
    root.set_queue_attributes(QueueUrl=url, Attributes={"Policy": ""})
    assert sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]


def test_scps_limit_a_root_session_too_and_can_tell_it(org: Organization) -> None:
    org.enable(SCP)
    is_session = {"Bool": {"aws:AssumedRoot": "true"}}
    org.limit(policy(statement("Deny", "iam:ListAccessKeys", Condition=is_session)), org.unit)
    iam = client(assume(org.admin, org.member, AUDIT), "iam")
    message = refused("AccessDenied", iam.list_access_keys)
    assert "with an explicit deny in a service control policy" in message
    assert iam.get_account_summary()
    inside = org.inside("iam")
    inside.create_user(UserName="ann")
    assert inside.list_access_keys(UserName="ann")["AccessKeyMetadata"] == []
