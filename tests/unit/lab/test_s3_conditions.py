"""The condition keys of S3, and pre-signed URLs and forms under them."""

from __future__ import annotations

import datetime
from typing import Any

import pytest
import requests
from botocore.config import Config
from lab_calls import (
    ACCOUNT,
    DENY_WITHOUT_MFA,
    allow,
    client,
    new_user,
    outcome,
    policy,
    refused,
    statement,
)
from s3_calls import BUCKET, OBJECTS, STRANGER, bucket_policy, vault

from helpers import Lab
from helpers.lab.authorization.s3 import ALSO, CONTEXT, CONTEXT_INSIDE, SEES_OBJECT_TAGS
from helpers.policy import catalogue

K = {"Bucket": "vault", "Key": "k"}


def test_the_keys_of_the_table_are_aws_own() -> None:
    for key in {*CONTEXT, *CONTEXT_INSIDE}:
        assert catalogue.condition_key(key) is not None, key
    known = {
        name.partition(":")[2]
        for name in catalogue.actions("s3")
        if catalogue.carries(name, "s3:ExistingObjectTag/k")
    }
    assert known == SEES_OBJECT_TAGS
    assert all(catalogue.action_exists(f"s3:{action}") for action in ALSO.values())


LIST = ("list_objects_v2", {"Bucket": "vault"})
PUT = ("put_object", {**K, "Body": b"x"})


@pytest.mark.parametrize(
    ("call", "condition", "passing", "failing"),
    [
        (LIST, {"StringLike": {"s3:prefix": "home/*"}}, {"Prefix": "home/ann"}, {"Prefix": "x"}),
        (LIST, {"StringEquals": {"s3:prefix": ""}}, {"Prefix": ""}, {"Prefix": "x"}),
        (LIST, {"StringEquals": {"s3:delimiter": "/"}}, {"Delimiter": "/"}, {}),
        (LIST, {"NumericLessThanEquals": {"s3:max-keys": "10"}}, {"MaxKeys": 10}, {"MaxKeys": 11}),
        (PUT, {"StringEquals": {"s3:x-amz-acl": "bucket-owner-full-control"}},
         {"ACL": "bucket-owner-full-control"}, {}),
        (PUT, {"StringEquals": {"s3:x-amz-server-side-encryption": "AES256"}},
         {"ServerSideEncryption": "AES256"}, {}),
        (PUT, {"StringEquals": {"s3:x-amz-storage-class": "STANDARD_IA"}},
         {"StorageClass": "STANDARD_IA"}, {"StorageClass": "GLACIER"}),
        (PUT, {"Null": {"s3:if-none-match": "false"}}, {"Key": "new", "IfNoneMatch": "*"}, {}),
        (PUT, {"StringEquals": {"s3:RequestObjectTag/team": "red"}},
         {"Tagging": "team=red&x=y"}, {"Tagging": "team=blue"}),
        (PUT, {"ForAllValues:StringEquals": {"s3:RequestObjectTagKeys": ["team"]}},
         {"Tagging": "team=red"}, {"Tagging": "team=red&x=y"}),
        (PUT, {"StringEquals": {"s3:RequestObjectTag/Team": "red"}},
         {"Tagging": "TEAM=red"}, {"Tagging": "tea=red"}),
        (("put_object_tagging", K), {"StringEquals": {"s3:RequestObjectTag/team": "red"}},
         {"Tagging": {"TagSet": [{"Key": "team", "Value": "red"}]}},
         {"Tagging": {"TagSet": []}}),
        (("copy_object", {"Bucket": "vault", "Key": "new"}),
         {"StringLikeIfExists": {"s3:x-amz-copy-source": "vault/k*"}},
         {"CopySource": "/vault/k"}, {"CopySource": "vault/other"}),
        (("copy_object", {"Bucket": "vault", "Key": "new", "CopySource": "vault/k"}),
         {"StringEqualsIfExists": {"s3:x-amz-metadata-directive": "REPLACE"},
          "StringLike": {"s3:ResourceAccount": ACCOUNT}},
         {"MetadataDirective": "REPLACE"}, {"MetadataDirective": "COPY"}),
        (("create_bucket", {"Bucket": "new-one"}),
         {"StringEquals": {"s3:LocationConstraint": "eu-west-1"}},
         {"CreateBucketConfiguration": {"LocationConstraint": "eu-west-1"}}, {}),
        (("create_bucket", {"Bucket": "new-one"}),
         {"StringEquals": {"s3:x-amz-object-ownership": "BucketOwnerEnforced"}},
         {"ObjectOwnership": "BucketOwnerEnforced"}, {"ObjectOwnership": "ObjectWriter"}),
        (("create_bucket", {"Bucket": "new-one"}),
         {"StringEquals": {"aws:RequestTag/team": "red"}},
         {"CreateBucketConfiguration": {"Tags": [{"Key": "team", "Value": "red"}]}}, {}),
        (("put_object_retention", K), {"NumericLessThan": {
            "s3:object-lock-remaining-retention-days": "30"}},
         {"Retention": {"Mode": "GOVERNANCE", "RetainUntilDate": datetime.datetime(2026, 11, 12)}},
         {"Retention": {"Mode": "GOVERNANCE", "RetainUntilDate": datetime.datetime(2027, 11, 12)}}),
        (("put_object_retention", K), {"StringEquals": {"s3:object-lock-mode": "COMPLIANCE"}},
         {"Retention": {"Mode": "COMPLIANCE", "RetainUntilDate": datetime.datetime(2027, 1, 1)}},
         {"Retention": {"Mode": "GOVERNANCE", "RetainUntilDate": datetime.datetime(2027, 1, 1)}}),
    ],
)  # fmt: skip
def test_keys_from_parameters(
    lab: Lab, call: tuple[str, dict], condition: dict, passing: dict, failing: dict
) -> None:
    s3 = vault(lab)
    s3.put_object(Bucket="vault", Key="other", Body=b"x")
    ann = new_user(lab, "ann", allow("s3:*", Condition=condition)).client("s3")
    method, parameters = call
    # Whether moto then makes something of it is not the point here.
    assert outcome(getattr(ann, method), **{**parameters, **passing}) != "AccessDenied"
    assert outcome(getattr(ann, method), **{**parameters, **failing}) == "AccessDenied"


def test_an_object_by_its_tags(lab: Lab) -> None:
    s3 = vault(lab)
    public = {"StringEquals": {"s3:ExistingObjectTag/class": "public"}}
    ann = new_user(lab, "ann", allow("s3:GetObject*", Condition=public)).client("s3")
    assert outcome(ann.get_object, **K) == "AccessDenied"
    s3.put_object_tagging(**K, Tagging={"TagSet": [{"Key": "class", "Value": "public"}]})
    for call in (ann.get_object, ann.head_object, ann.get_object_tagging):
        assert outcome(call, **K) == "allowed"
    s3.put_object(**K, Body=b"new")  # another object, without tags
    assert outcome(ann.get_object, **K) == "AccessDenied"


def test_a_version_by_its_id(lab: Lab) -> None:
    s3 = vault(lab)
    s3.put_bucket_versioning(Bucket="vault", VersioningConfiguration={"Status": "Enabled"})
    first, second = (s3.put_object(**K, Body=b"x")["VersionId"] for _ in range(2))
    only = {"StringEquals": {"s3:VersionId": first}}
    ann = new_user(lab, "ann", allow("s3:GetObjectVersion", Condition=only)).client("s3")
    assert outcome(ann.get_object, **K, VersionId=first) == "allowed"
    assert outcome(ann.get_object, **K, VersionId=second) == "AccessDenied"
    assert outcome(ann.get_object, **K) == "AccessDenied"


def test_plain_http(lab: Lab) -> None:
    """CIS 3.1.1: a bucket that takes nothing over plain HTTP."""
    s3 = vault(lab)
    deny = statement("Deny", "s3:*", [BUCKET, OBJECTS], Principal="*",
                     Condition={"Bool": {"aws:SecureTransport": "false"}})  # fmt: skip
    s3.put_bucket_policy(**bucket_policy(deny))
    plain = lab.root.client("s3", use_ssl=False)
    assert outcome(s3.get_object, **K) == "allowed"
    assert outcome(plain.get_object, **K) == "AccessDenied"
    old = {"NumericLessThan": {"s3:TlsVersion": "1.2"}}
    s3.put_bucket_policy(**bucket_policy({**deny, "Condition": old}))
    assert outcome(s3.get_object, **K) == "allowed"
    missing = {"Null": {"s3:TlsVersion": "true"}}
    s3.put_bucket_policy(**bucket_policy({**deny, "Condition": missing}))
    assert outcome(plain.get_object, **K) == "AccessDenied"


def test_a_buckets_tags_count_once_they_are_made_to(lab: Lab) -> None:
    s3 = vault(lab)
    s3.put_bucket_tagging(
        Bucket="vault", Tagging={"TagSet": [{"Key": "team", "Value": "red"}]}
    )  # fmt: skip
    red = {"StringEquals": {"aws:ResourceTag/team": "red"}}
    ann = new_user(lab, "ann", allow("s3:*", Condition=red)).client("s3")
    assert s3.get_bucket_abac(Bucket="vault")["AbacStatus"] == {"Status": "Disabled"}
    assert outcome(ann.get_object, **K) == "AccessDenied"
    s3.put_bucket_abac(Bucket="vault", AbacStatus={"Status": "Enabled"})
    assert outcome(ann.get_object, **K) == outcome(ann.list_objects_v2, Bucket="vault") == "allowed"
    # From now on tags are a matter of permissions, and changed as such.
    refused("InvalidRequest", s3.put_bucket_tagging, Bucket="vault", Tagging={"TagSet": []})
    control = lab.root.client("s3control")
    about = {"AccountId": ACCOUNT, "ResourceArn": BUCKET}
    control.tag_resource(**about, Tags=[{"Key": "team", "Value": "blue"}])
    assert control.list_tags_for_resource(**about)["Tags"] == [{"Key": "team", "Value": "blue"}]
    assert outcome(ann.get_object, **K) == "AccessDenied"
    control.untag_resource(**about, TagKeys=["team"])
    assert control.list_tags_for_resource(**about)["Tags"] == []


def test_what_a_new_bucket_needs(lab: Lab) -> None:
    ann = new_user(lab, "ann", allow("s3:CreateBucket")).client("s3")
    for given, action in (
        ({"ObjectOwnership": "ObjectWriter"}, "s3:PutBucketOwnershipControls"),
        ({"ACL": "private"}, "s3:PutBucketAcl"),
        ({"ObjectLockEnabledForBucket": True}, "s3:PutBucketObjectLockConfiguration"),
        ({"CreateBucketConfiguration": {"Tags": [{"Key": "a", "Value": "b"}]}}, "s3:TagResource"),
    ):
        message = refused("AccessDenied", ann.create_bucket, Bucket="new-one", **given)
        assert f"perform: {action} on" in message
    assert outcome(ann.create_bucket, Bucket="new-one") == "allowed"


def test_what_replication_needs(lab: Lab) -> None:
    s3 = vault(lab)
    s3.put_bucket_versioning(Bucket="vault", VersioningConfiguration={"Status": "Enabled"})
    role = f"arn:aws:iam::{ACCOUNT}:role/copier"
    ann = new_user(lab, "ann", allow("s3:*")).client("s3")
    rule = {"Status": "Enabled", "Destination": {"Bucket": "arn:aws:s3:::elsewhere"},
            "Priority": 1, "Filter": {"Prefix": ""}, "ID": "r"}  # fmt: skip
    message = refused("AccessDenied", ann.put_bucket_replication, Bucket="vault",
                      ReplicationConfiguration={"Role": role, "Rules": [rule]})  # fmt: skip
    assert f"perform: iam:PassRole on resource: {role}" in message


# Pre-signed URLs and forms ------------------------------------------------------------------------


def signed(lab: Lab, who: Any, method: str, seconds: int = 3600, **parameters: Any) -> str:
    s3 = who.client("s3", config=Config(signature_version="s3v4"))
    return s3.generate_presigned_url(method, Params={**K, **parameters}, ExpiresIn=seconds)


def code_of(answer: requests.Response) -> str:
    return answer.text.partition("<Code>")[2].partition("</Code>")[0] or str(answer.status_code)


@pytest.mark.parametrize(
    ("method", "verb", "action"),
    [
        ("get_object", "GET", "s3:GetObject"),
        ("put_object", "PUT", "s3:PutObject"),
        ("head_object", "HEAD", "s3:GetObject"),
        ("delete_object", "DELETE", "s3:DeleteObject"),
    ],
)
def test_each_kind_of_url_is_its_signers(lab: Lab, method: str, verb: str, action: str) -> None:
    vault(lab)
    may = new_user(lab, "may", allow(action, OBJECTS))
    may_not = new_user(lab, "may-not", policy(statement("Allow", "s3:*"),
                                              statement("Deny", action)))  # fmt: skip
    url = signed(lab, may, method)
    assert requests.request(verb, signed(lab, may_not, method)).status_code == 403
    assert requests.request(verb, url).ok
    lab.root.client("iam").delete_user_policy(UserName="may", PolicyName="inline-0")
    assert requests.request(verb, url).status_code == 403


def test_what_is_added_to_a_url_has_to_be_signed(lab: Lab) -> None:
    vault(lab)
    url = signed(lab, lab.root, "put_object")
    answer = requests.put(url, data=b"x", headers={"x-amz-acl": "public-read"})
    assert (answer.status_code, code_of(answer)) == (403, "AccessDenied")
    assert "<HeadersNotSigned>x-amz-acl</HeadersNotSigned>" in answer.text
    assert requests.put(url, data=b"x", headers={"Cache-Control": "no-store"}).ok


def test_a_url_for_longer_than_a_week(lab: Lab) -> None:
    vault(lab)
    assert requests.get(signed(lab, lab.root, "get_object", 604_800)).ok
    answer = requests.get(signed(lab, lab.root, "get_object", 604_801))
    assert (answer.status_code, code_of(answer)) == (400, "AuthorizationQueryParametersError")
    assert "X-Amz-Expires must be less than a week (in seconds)" in answer.text


def test_a_url_ends_with_the_session_that_signed_it(lab: Lab) -> None:
    vault(lab)
    ann = new_user(lab, "ann", allow("s3:*"))
    made = ann.client("sts").get_session_token(DurationSeconds=900)["Credentials"]
    s3 = client(made, "s3", config=Config(signature_version="s3v4"))
    url = s3.generate_presigned_url("get_object", Params=K, ExpiresIn=86_400)
    assert requests.get(url).ok
    lab.clock.advance(minutes=16)
    assert code_of(requests.get(url)) == "ExpiredToken"


def test_a_limit_on_the_age_of_signatures(lab: Lab) -> None:
    """AWS's own example: no pre-signed URL that is older than ten minutes."""
    s3 = vault(lab)
    old = {"NumericGreaterThan": {"s3:signatureAge": "600000"}}
    s3.put_bucket_policy(
        **bucket_policy(statement("Deny", "s3:*", OBJECTS, Principal="*", Condition=old))
    )
    url = signed(lab, lab.root, "get_object", 86_400)
    lab.clock.advance(minutes=9)
    assert requests.get(url).ok
    lab.clock.advance(minutes=2)
    assert code_of(requests.get(url)) == "AccessDenied"
    assert outcome(s3.get_object, **K) == "allowed"  # not a URL


def test_how_it_was_signed(lab: Lab) -> None:
    s3 = vault(lab)
    url, form = signed(lab, lab.root, "get_object"), s3.generate_presigned_post("vault", "up")
    v2 = s3.generate_presigned_url("get_object", Params=K)

    def deny(condition: dict) -> list[bool]:
        s3.put_bucket_policy(
            **bucket_policy(statement("Deny", "s3:*", OBJECTS, Principal="*", Condition=condition))
        )
        sent = requests.post(form["url"], data=form["fields"], files={"file": ("f", b"x")})
        return [outcome(s3.get_object, **K) == "allowed", requests.get(url).ok,
                requests.get(v2).ok, sent.ok]  # fmt: skip

    assert deny({"StringNotEquals": {"s3:authType": "REST-HEADER"}}) == [True, False, False, False]
    assert deny({"StringEquals": {"s3:authType": "REST-QUERY-STRING"}}) == [
        True, False, False, True]  # fmt: skip
    assert deny({"StringEquals": {"s3:authType": "POST"}}) == [True, True, True, False]
    assert deny({"StringEquals": {"s3:signatureversion": "AWS"}})[:3] == [True, True, False]
    assert deny({"StringEquals": {"s3:x-amz-content-sha256": "UNSIGNED-PAYLOAD"}})[0]


# S3 Control ---------------------------------------------------------------------------------------


def test_an_accounts_switches_are_its_own(lab: Lab) -> None:
    mine = {"AccountId": ACCOUNT}
    block = {"PublicAccessBlockConfiguration": {"BlockPublicAcls": True}}
    ann = new_user(lab, "ann", allow("s3:GetAccountPublicAccessBlock")).client("s3control")
    root, other = lab.root.client("s3control"), lab.add_account(STRANGER).root.client("s3control")
    refused("NoSuchPublicAccessBlockConfiguration", ann.get_public_access_block, **mine)
    message = refused("AccessDenied", ann.put_public_access_block, **mine, **block)
    assert "s3:PutAccountPublicAccessBlock" in message
    refused("AccessDenied", other.get_public_access_block, **mine)
    refused("AccessDenied", other.put_public_access_block, **mine, **block)
    root.put_public_access_block(**mine, **block)
    found = ann.get_public_access_block(**mine)["PublicAccessBlockConfiguration"]
    assert [name for name, on in found.items() if on] == ["BlockPublicAcls"]
    refused("AccessDenied", ann.delete_public_access_block, **mine)
    root.delete_public_access_block(**mine)
    refused("NoSuchPublicAccessBlockConfiguration", root.get_public_access_block, **mine)


def test_through_an_access_point(lab: Lab) -> None:
    vault(lab)
    control = lab.root.client("s3control")
    arn = control.create_access_point(AccountId=ACCOUNT, Name="reports", Bucket="vault")[
        "AccessPointArn"
    ]
    on_point = allow("s3:GetObject", f"{arn}/object/*")
    ann = new_user(lab, "ann", on_point).client("s3")
    # The access point is asked, and the bucket behind it as well.
    assert '"arn:aws:s3:::vault/k"' in refused("AccessDenied", ann.get_object, Bucket=arn, Key="k")
    through = {"StringEquals": {"s3:DataAccessPointArn": arn}}
    lab.root.client("iam").put_user_policy(
        UserName="ann", PolicyName="more",
        PolicyDocument=allow("s3:GetObject", OBJECTS, Condition=through),
    )  # fmt: skip
    assert ann.get_object(Bucket=arn, Key="k")["Body"].read() == b"secret"
    refused("AccessDenied", ann.get_object, **K)
    message = refused("AccessDenied", ann.put_object, Bucket=arn, Key="k", Body=b"x")
    assert f'on resource: "{arn}/object/k"' in message
    assert outcome(ann.get_object, Bucket=arn.replace("reports", "nothing"), Key="k") == (
        "NoSuchAccessPoint"
    )


def test_mfa_in_a_bucket_policy(lab: Lab) -> None:
    s3 = vault(lab)
    deny = {**DENY_WITHOUT_MFA["Statement"][0], "Principal": "*", "Resource": OBJECTS}
    deny["Action"] = "s3:*"
    del deny["NotAction"]
    s3.put_bucket_policy(**bucket_policy(deny))
    assert outcome(s3.get_object, **K) == "AccessDenied"
    assert outcome(s3.list_objects_v2, Bucket="vault") == "allowed"
