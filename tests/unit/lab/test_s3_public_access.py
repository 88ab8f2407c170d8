"""Who may reach a bucket from outside: Block Public Access, Object Ownership, lists."""

from __future__ import annotations

import pytest
from lab_calls import ACCOUNT, allow, new_user, outcome, policy, refused, statement
from s3_calls import (
    OBJECTS,
    STRANGER,
    anonymous,
    bucket_policy,
    everybody,
    switch,
    switch_account,
    vault,
)

from helpers import Lab

K = {"Bucket": "vault", "Key": "k"}
ALL_USERS = "http://acs.amazonaws.com/groups/global/AllUsers"


# New buckets --------------------------------------------------------------------------------------


def test_a_new_bucket_is_closed_and_encrypted(lab: Lab) -> None:
    s3 = vault(lab, closed=True)
    block = s3.get_public_access_block(Bucket="vault")["PublicAccessBlockConfiguration"]
    assert list(block.values()) == [True] * 4
    owner = s3.get_bucket_ownership_controls(Bucket="vault")["OwnershipControls"]["Rules"]
    assert owner == [{"ObjectOwnership": "BucketOwnerEnforced"}]
    rule = s3.get_bucket_encryption(Bucket="vault")["ServerSideEncryptionConfiguration"]["Rules"][0]
    assert rule["ApplyServerSideEncryptionByDefault"] == {"SSEAlgorithm": "AES256"}
    assert s3.put_object(**K, Body=b"x")["ServerSideEncryption"] == "AES256"
    assert s3.head_object(**K)["ServerSideEncryption"] == "AES256"
    s3.delete_bucket_encryption(Bucket="vault")  # takes back what was set; SSE-S3 stays
    again = s3.get_bucket_encryption(Bucket="vault")["ServerSideEncryptionConfiguration"]["Rules"]
    assert again[0]["ApplyServerSideEncryptionByDefault"] == {"SSEAlgorithm": "AES256"}


def test_a_switch_that_is_not_named_is_off(lab: Lab) -> None:
    s3 = vault(lab)
    refused("NoSuchPublicAccessBlockConfiguration", s3.get_public_access_block, Bucket="vault")
    switch(s3, "BlockPublicAcls")
    block = s3.get_public_access_block(Bucket="vault")["PublicAccessBlockConfiguration"]
    assert [name for name, on in block.items() if on] == ["BlockPublicAcls"]


# Access points ------------------------------------------------------------------------------------

OPEN = dict.fromkeys(
    ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"), False
)
DELEGATED = {"StringEquals": {"s3:DataAccessPointAccount": ACCOUNT}}


def test_an_access_point_has_switches_of_its_own(lab: Lab) -> None:
    s3, control = vault(lab), lab.root.client("s3control")
    s3.put_bucket_policy(**bucket_policy(everybody(Condition=DELEGATED)))
    reads = {}
    for name, block in (("shut", {}), ("open", {"PublicAccessBlockConfiguration": OPEN})):
        point = {"AccountId": ACCOUNT, "Name": name}
        arn = control.create_access_point(**point, Bucket="vault", **block)["AccessPointArn"]
        world = policy(everybody(resource=f"{arn}/object/*"))
        put = outcome(control.put_access_point_policy, **point, Policy=world)
        assert put == ("AccessDenied" if name == "shut" else "allowed")
        refused("MalformedPolicy", control.put_access_point_policy, **point, Policy="nonsense")
        reads[name] = {"Bucket": arn, "Key": "k"}
    refused("AccessDenied", anonymous().get_object, **reads["shut"])
    assert outcome(anonymous().get_object, **reads["open"]) == "allowed"
    # The bucket's switches and the account's count for what comes through the point as well.
    switch(s3, "RestrictPublicBuckets")
    refused("AccessDenied", anonymous().get_object, **reads["open"])
    ann = new_user(lab, "ann", allow("s3:GetObject")).client("s3")
    assert outcome(ann.get_object, **reads["open"]) == "allowed"
    switch(s3, "BlockPublicPolicy")
    refused("AccessDenied", control.put_access_point_policy, **point, Policy=world)


def test_a_public_bucket_behind_an_access_point_that_is_not(lab: Lab) -> None:
    s3, control = vault(lab), lab.root.client("s3control")
    s3.put_bucket_policy(**bucket_policy(everybody()))
    stranger = lab.add_account(STRANGER, "Example Stranger").root.client("s3")
    assert outcome(stranger.get_object, **K) == "allowed"
    for name, block in (("shut", {}), ("open", {"PublicAccessBlockConfiguration": OPEN})):
        point = {"AccountId": ACCOUNT, "Name": name}
        arn = control.create_access_point(**point, Bucket="vault", **block)["AccessPointArn"]
        them = statement("Allow", "s3:GetObject", f"{arn}/object/*", Principal={"AWS": STRANGER})
        control.put_access_point_policy(**point, Policy=policy(them))
        found = outcome(stranger.get_object, Bucket=arn, Key="k")
        assert found == ("AccessDenied" if name == "shut" else "allowed")


# The switches -------------------------------------------------------------------------------------


@pytest.mark.parametrize("where", ["bucket", "account"])
def test_block_public_policy(lab: Lab, where: str) -> None:
    s3 = vault(lab)
    admin = new_user(lab, "admin", allow("s3:*")).client("s3")
    s3.put_bucket_policy(**bucket_policy(everybody("s3:ListBucket", "arn:aws:s3:::vault")))
    if where == "bucket":
        switch(s3, "BlockPublicPolicy")
    else:
        switch_account(lab, "BlockPublicPolicy")
    assert refused("AccessDenied", admin.put_bucket_policy, **bucket_policy(everybody())) == (
        f"User: arn:aws:iam::{ACCOUNT}:user/admin is not authorized to perform: "
        's3:PutBucketPolicy on resource: "arn:aws:s3:::vault" because public policies are '
        "prevented by the BlockPublicPolicy setting in S3 Block Public Access."
    )
    # What stands already stays, and what is not public may be put.
    assert "ListBucket" in s3.get_bucket_policy(Bucket="vault")["Policy"]
    assert anonymous().list_objects_v2(Bucket="vault")["KeyCount"] == 1
    near = {"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}}
    admin.put_bucket_policy(**bucket_policy(everybody(Condition=near)))
    assert outcome(anonymous().get_object, **K) == "allowed"  # from that very network


@pytest.mark.parametrize("where", ["bucket", "account"])
def test_restrict_public_buckets(lab: Lab, where: str) -> None:
    s3 = vault(lab)
    ann = new_user(lab, "ann").client("s3")
    stranger = lab.add_account(STRANGER).root.client("s3")
    s3.put_bucket_policy(
        **bucket_policy(
            everybody(),
            statement("Allow", "s3:GetObject", OBJECTS, Principal={"AWS": STRANGER}),
            statement("Deny", "s3:GetObject", f"{OBJECTS}.key", Principal="*"),
        )
    )
    for who in (anonymous(), ann, stranger, s3):
        assert outcome(who.get_object, **K) == "allowed"
    if where == "bucket":
        switch(s3, "RestrictPublicBuckets")
    else:
        switch_account(lab, "RestrictPublicBuckets")
    # Everybody outside the account is out, even the account that is named beside the public.
    assert refused("AccessDenied", anonymous().get_object, **K) == "Access Denied"
    assert refused("AccessDenied", stranger.get_object, **K) == "Access Denied"
    assert outcome(ann.get_object, **K) == outcome(s3.get_object, **K) == "allowed"
    # A policy without a public statement is none of the switch's business.
    s3.put_bucket_policy(
        **bucket_policy(statement("Allow", "s3:GetObject", OBJECTS, Principal={"AWS": STRANGER}))
    )
    assert outcome(stranger.get_object, **K) == "allowed"
    assert outcome(anonymous().get_object, **K) == "AccessDenied"


def test_policy_status(lab: Lab) -> None:
    s3 = vault(lab)
    refused("NoSuchBucketPolicy", s3.get_bucket_policy_status, Bucket="vault")
    for principal, expected in (("*", True), ({"AWS": ACCOUNT}, False)):
        s3.put_bucket_policy(**bucket_policy(everybody(Principal=principal)))
        status = s3.get_bucket_policy_status(Bucket="vault")["PolicyStatus"]
        assert status == {"IsPublic": expected}


@pytest.mark.parametrize("where", ["bucket", "account"])
def test_block_public_acls(lab: Lab, where: str) -> None:
    s3 = vault(lab, "ObjectWriter")
    if where == "bucket":
        switch(s3, "BlockPublicAcls")
    else:
        switch_account(lab, "BlockPublicAcls")
    group = f'uri="{ALL_USERS}"'
    for call, arguments in (
        (s3.put_bucket_acl, {"Bucket": "vault", "ACL": "public-read"}),
        (s3.put_bucket_acl, {"Bucket": "vault", "GrantRead": group}),
        (s3.put_object_acl, {**K, "ACL": "authenticated-read"}),
        (s3.put_object, {**K, "Body": b"x", "ACL": "public-read-write"}),
        (s3.copy_object, {**K, "CopySource": "vault/k", "GrantFullControl": group,
                          "StorageClass": "STANDARD_IA"}),
        (s3.create_multipart_upload, {**K, "ACL": "public-read"}),
    ):  # fmt: skip
        message = refused("AccessDenied", call, **arguments)
        assert "because public ACLs are prevented by the BlockPublicAcls setting" in message
    s3.put_object_acl(**K, ACL="bucket-owner-full-control")
    s3.put_object(**K, Body=b"x", ACL="private")


def test_ignore_public_acls(lab: Lab) -> None:
    s3 = vault(lab, "ObjectWriter")
    s3.put_object_acl(**K, ACL="public-read")
    assert outcome(anonymous().get_object, **K) == "allowed"
    switch(s3, "IgnorePublicAcls")
    assert outcome(anonymous().get_object, **K) == "AccessDenied"
    # It stays written, and counts again.
    assert len(s3.get_object_acl(**K)["Grants"]) == 2
    s3.delete_public_access_block(Bucket="vault")
    assert outcome(anonymous().get_object, **K) == "allowed"
    switch_account(lab, "IgnorePublicAcls")
    assert outcome(anonymous().get_object, **K) == "AccessDenied"


# Access control lists -----------------------------------------------------------------------------


def test_lists_are_off_in_a_new_bucket(lab: Lab) -> None:
    s3 = vault(lab)
    for call, arguments in (
        (s3.put_bucket_acl, {"Bucket": "vault", "ACL": "private"}),
        (s3.put_object_acl, {**K, "ACL": "public-read"}),
        (s3.put_object, {**K, "Body": b"x", "ACL": "public-read"}),
        (s3.put_object, {**K, "Body": b"x", "ACL": "private"}),
    ):
        message = refused("AccessControlListNotSupported", call, **arguments)
        assert message == "The bucket does not allow ACLs"
    s3.put_object(**K, Body=b"x", ACL="bucket-owner-full-control")
    acl = s3.get_object_acl(**K)
    assert acl["Grants"] == [{
        "Grantee": {"Type": "CanonicalUser", "ID": acl["Owner"]["ID"]},
        "Permission": "FULL_CONTROL",
    }]  # fmt: skip


def test_creating_a_bucket_with_a_list(lab: Lab) -> None:
    s3 = lab.root.client("s3")
    new = {"Bucket": "vault", "ACL": "public-read"}
    refused("InvalidBucketAclWithObjectOwnership", s3.create_bucket, **new)
    refused(
        "InvalidBucketAclWithBlockPublicAccessError",
        s3.create_bucket,
        **new,
        ObjectOwnership="ObjectWriter",
    )
    refused("NoSuchBucket", s3.get_bucket_acl, Bucket="vault")
    s3.create_bucket(Bucket="vault", ACL="private")


@pytest.mark.parametrize(
    ("acl", "world", "account", "may_write"),
    [
        ("private", False, False, False),
        ("public-read", True, True, False),
        ("public-read-write", True, True, True),
        ("authenticated-read", False, True, False),
    ],
)
def test_canned_lists_of_a_bucket(
    lab: Lab, acl: str, world: bool, account: bool, may_write: bool
) -> None:
    s3 = vault(lab, "ObjectWriter")
    stranger = lab.add_account(STRANGER).root.client("s3")
    s3.put_bucket_acl(Bucket="vault", ACL=acl)
    assert (outcome(anonymous().list_objects_v2, Bucket="vault") == "allowed") is world
    assert (outcome(stranger.list_objects_v2, Bucket="vault") == "allowed") is account
    new = {"Bucket": "vault", "Key": "new", "Body": b"x"}
    assert (outcome(stranger.put_object, **new) == "allowed") is may_write
    # The list of a bucket says nothing of what is in it, and what others own stays theirs.
    assert outcome(stranger.get_object, **K) == "AccessDenied"
    assert outcome(stranger.put_object, **K, Body=b"mine") == "AccessDenied"
    assert outcome(stranger.delete_object, **K) == "AccessDenied"


def test_grants_by_canonical_id(lab: Lab) -> None:
    s3 = vault(lab, "ObjectWriter")
    other = lab.add_account(STRANGER)
    canonical = other.root.client("s3").list_buckets()["Owner"]["ID"]
    iam = other.root.client("iam")
    iam.create_user(UserName="eve")
    eve = other.caller("eve").client("s3")
    s3.put_object_acl(**K, GrantRead=f"id={canonical}")
    assert outcome(other.root.client("s3").get_object, **K) == "allowed"
    # The grant is the account's; within it, the account says who may.
    assert outcome(eve.get_object, **K) == "AccessDenied"
    iam.put_user_policy(UserName="eve", PolicyName="p", PolicyDocument=allow("s3:GetObject"))
    assert outcome(eve.get_object, **K) == "allowed"
    assert outcome(eve.get_object_acl, **K) == "AccessDenied"
    s3.put_bucket_policy(
        **bucket_policy(statement("Deny", "s3:GetObject", OBJECTS, Principal={"AWS": STRANGER}))
    )
    assert outcome(eve.get_object, **K) == "AccessDenied"
    refused("InvalidArgument", s3.put_object_acl, **K, GrantRead="id=nobody")
    refused("InvalidArgument", s3.put_object_acl, **K, GrantRead='uri="http://example.org/all"')


def test_nobody_is_named_by_an_email_address_any_more(lab: Lab) -> None:
    s3 = vault(lab, "ObjectWriter")
    by_mail = {"Type": "AmazonCustomerByEmail", "EmailAddress": "ann@example.com"}
    own = s3.get_object_acl(**K)["Owner"]
    acl = {"Owner": own, "Grants": [{"Grantee": by_mail, "Permission": "READ"}]}
    refused("MethodNotAllowed", s3.put_object_acl, **K, AccessControlPolicy=acl)
    header = {"GrantRead": 'emailaddress="ann@example.com"'}
    refused("MethodNotAllowed", s3.put_object, **K, Body=b"x", **header)
    refused("MethodNotAllowed", s3.put_bucket_acl, Bucket="vault", **header)


def test_a_users_own_account_is_not_a_grant_to_the_user(lab: Lab) -> None:
    """The owner's full control, which every list begins with, is root's and not everybody's."""
    s3 = vault(lab, "ObjectWriter")
    nobody = new_user(lab, "nobody").client("s3")
    assert outcome(nobody.get_object, **K) == "AccessDenied"
    s3.put_object_acl(**K, ACL="authenticated-read")
    assert outcome(nobody.get_object, **K) == "allowed"


def test_the_policy_form_of_a_list(lab: Lab) -> None:
    s3 = vault(lab, "ObjectWriter")
    acl = s3.get_bucket_acl(Bucket="vault")
    del acl["ResponseMetadata"]
    acl["Grants"].append(
        {"Grantee": {"Type": "Group", "URI": ALL_USERS}, "Permission": "READ_ACP"}
    )  # fmt: skip
    s3.put_bucket_acl(Bucket="vault", AccessControlPolicy=acl)
    assert anonymous().get_bucket_acl(Bucket="vault")["Grants"] == acl["Grants"]
    other = {**acl, "Owner": {"ID": "0" * 64}}
    assert outcome(s3.put_bucket_acl, Bucket="vault", AccessControlPolicy=other) == (
        "MalformedACLError"
    )


@pytest.mark.parametrize(
    ("ownership", "acl", "owner"),
    [
        ("BucketOwnerEnforced", {}, ACCOUNT),
        ("BucketOwnerPreferred", {}, STRANGER),
        ("BucketOwnerPreferred", {"ACL": "bucket-owner-full-control"}, ACCOUNT),
        ("ObjectWriter", {}, STRANGER),
        ("ObjectWriter", {"ACL": "bucket-owner-full-control"}, STRANGER),
    ],
)
def test_whose_an_object_is(lab: Lab, ownership: str, acl: dict, owner: str) -> None:
    s3 = vault(lab, ownership)
    stranger = lab.add_account(STRANGER).root.client("s3")
    s3.put_bucket_policy(
        **bucket_policy(statement("Allow", "s3:PutObject*", OBJECTS, Principal={"AWS": STRANGER}))
    )
    theirs = {"Bucket": "vault", "Key": "theirs"}
    stranger.put_object(**theirs, Body=b"x", **acl)
    may_read = owner == ACCOUNT or bool(acl)
    assert (outcome(s3.get_object, **theirs) == "allowed") is may_read
    assert (outcome(stranger.get_object, **theirs) == "allowed") is (owner == STRANGER)
    # Turned off, all is the bucket owner's; and in any case, it may throw things out.
    s3.put_bucket_ownership_controls(
        Bucket="vault", OwnershipControls={"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}
    )
    assert outcome(s3.get_object, **theirs) == "allowed"
    assert outcome(s3.delete_object, **theirs) == "allowed"


def test_lists_that_share_have_to_go_before_they_are_turned_off(lab: Lab) -> None:
    s3 = vault(lab, "ObjectWriter")
    off = {
        "Bucket": "vault",
        "OwnershipControls": {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]},
    }
    s3.put_bucket_acl(Bucket="vault", ACL="public-read")
    refused("InvalidBucketAclWithObjectOwnership", s3.put_bucket_ownership_controls, **off)
    s3.put_bucket_acl(Bucket="vault", ACL="private")
    s3.put_object_acl(**K, ACL="public-read")
    assert outcome(anonymous().get_object, **K) == "allowed"
    s3.put_bucket_ownership_controls(**off)
    assert outcome(anonymous().get_object, **K) == "AccessDenied"
    s3.delete_bucket_ownership_controls(Bucket="vault")
    refused("OwnershipControlsNotFoundError", s3.get_bucket_ownership_controls, Bucket="vault")
    assert outcome(anonymous().get_object, **K) == "allowed"


def test_a_list_through_a_multipart_upload(lab: Lab) -> None:
    s3 = vault(lab, "ObjectWriter")
    where = {"Bucket": "vault", "Key": "big"}
    upload = {
        **where,
        "UploadId": s3.create_multipart_upload(**where, ACL="public-read")["UploadId"],
    }
    part = s3.upload_part(**upload, PartNumber=1, Body=b"x")
    s3.complete_multipart_upload(
        **upload, MultipartUpload={"Parts": [{"PartNumber": 1, "ETag": part["ETag"]}]}
    )
    assert anonymous().get_object(**where)["Body"].read() == b"x"
    s3.put_object(**where, Body=b"y")  # a new object has a list of its own
    assert outcome(anonymous().get_object, **where) == "AccessDenied"
