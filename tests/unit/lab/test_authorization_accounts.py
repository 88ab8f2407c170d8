"""Resources of another account: both sides have to allow, and only where AWS lets calls cross."""

from __future__ import annotations

from typing import Any

import pytest
from lab_calls import ACCOUNT, client, outcome, policy, refused, statement
from organization_calls import Organization

from helpers import Lab


@pytest.fixture
def member(lab: Lab) -> Any:
    """Clients of an administrator of the member account; ``member.id`` is its id."""
    organization = Organization(lab)
    role = f"arn:aws:iam::{organization.member}:role/OrganizationAccountAccessRole"
    sts = organization.admin.client("sts")
    credentials = sts.assume_role(RoleArn=role, RoleSessionName="admin")["Credentials"]

    def of(service: str) -> Any:
        return client(credentials, service)

    of.id = organization.member
    of.organization = organization.id
    return of


def shared(member: Any, action: str, **others: Any) -> str:
    """A policy for the member account's principals, beside the own account's."""
    own = statement("Allow", "*", Principal={"AWS": ACCOUNT})
    return policy(own, statement("Allow", action, Principal={"AWS": member.id}, **others))


def test_keys(lab: Lab, member: Any) -> None:
    kms = lab.root.client("kms")
    key = kms.create_key()["KeyMetadata"]["Arn"]
    theirs = member("kms")
    call = {"KeyId": key, "Plaintext": b"x"}
    message = refused("AccessDeniedException", theirs.encrypt, **call)
    # Callers from outside learn nothing of the reason.
    assert message.endswith(f"is not authorized to perform: kms:Encrypt on resource: {key}")
    kms.put_key_policy(KeyId=key, PolicyName="default", Policy=shared(member, "kms:*"))
    text = theirs.encrypt(**call)["CiphertextBlob"]
    assert theirs.decrypt(CiphertextBlob=text)["Plaintext"] == b"x"
    assert lab.root.client("kms").decrypt(CiphertextBlob=text)["Plaintext"] == b"x"
    # Managing a key is for its own account.
    assert outcome(theirs.disable_key, KeyId=key) == "AccessDeniedException"
    assert kms.describe_key(KeyId=key)["KeyMetadata"]["Enabled"]


def test_secrets(lab: Lab, member: Any) -> None:
    secrets, kms = lab.root.client("secretsmanager"), lab.root.client("kms")
    # AWS's own key for secrets serves one account only.
    key = kms.create_key()["KeyMetadata"]["KeyId"]
    kms.put_key_policy(KeyId=key, PolicyName="default", Policy=shared(member, "kms:*"))
    arn = secrets.create_secret(Name="app", SecretString="shared", KmsKeyId=key)["ARN"]
    theirs = member("secretsmanager")
    assert outcome(theirs.get_secret_value, SecretId=arn) == "AccessDeniedException"
    grant = shared(member, "secretsmanager:GetSecretValue")
    secrets.put_resource_policy(SecretId=arn, ResourcePolicy=grant)
    assert theirs.get_secret_value(SecretId=arn)["SecretString"] == "shared"
    # Its name alone is a secret of their own account.
    assert outcome(theirs.get_secret_value, SecretId="app") == "ResourceNotFoundException"


def test_tables(lab: Lab, member: Any) -> None:
    dynamodb = lab.root.client("dynamodb")
    table = dynamodb.create_table(
        TableName="music",
        KeySchema=[{"AttributeName": "owner", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "owner", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )["TableDescription"]["TableArn"]
    item = {"owner": {"S": "ann"}}
    theirs = member("dynamodb")
    assert outcome(theirs.put_item, TableName=table, Item=item) == "AccessDeniedException"
    document = shared(member, "dynamodb:PutItem")
    dynamodb.put_resource_policy(ResourceArn=table, Policy=document)
    assert outcome(theirs.put_item, TableName=table, Item=item) == "allowed"
    assert outcome(theirs.get_item, TableName=table, Key=item) == "AccessDeniedException"
    assert dynamodb.get_item(TableName="music", Key=item)["Item"] == item


def test_queues_of_the_organization(lab: Lab, member: Any) -> None:
    sqs = lab.root.client("sqs")
    url = sqs.create_queue(QueueName="jobs")["QueueUrl"]
    theirs = member("sqs")
    for organization, expected in (
        (member.organization, "allowed"),
        ("o-other00000", "AccessDenied"),
    ):
        inside = {"StringEquals": {"aws:PrincipalOrgID": organization}}
        document = policy(statement("Allow", "sqs:*", Principal="*", Condition=inside))
        sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": document})
        assert outcome(theirs.send_message, QueueUrl=url, MessageBody="m") == expected
    numbers = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    assert numbers["ApproximateNumberOfMessages"] == "1"


def test_the_own_side_has_to_allow_as_well(lab: Lab, member: Any) -> None:
    key = lab.root.client("kms").create_key(Policy=shared(member, "kms:*"))["KeyMetadata"]["Arn"]
    iam = member("iam")
    iam.create_user(UserName="bob")
    bob = client(iam.create_access_key(UserName="bob")["AccessKey"], "kms")
    call = {"KeyId": key, "Plaintext": b"x"}
    assert outcome(bob.encrypt, **call) == "AccessDeniedException"
    document = policy(statement("Allow", "kms:Encrypt", key))
    iam.put_user_policy(UserName="bob", PolicyName="p", PolicyDocument=document)
    assert outcome(bob.encrypt, **call) == "allowed"


def test_roles_of_other_accounts_are_not_passed(lab: Lab, member: Any) -> None:
    role = f"arn:aws:iam::{ACCOUNT}:role/exec"
    call = {"FunctionName": "f", "Runtime": "python3.12", "Handler": "a.b"}
    message = refused(
        "AccessDeniedException",
        member("lambda").create_function,
        Role=role,
        Code={"ZipFile": b"x"},
        **call,
    )
    assert f"iam:PassRole on resource: {role}" in message
