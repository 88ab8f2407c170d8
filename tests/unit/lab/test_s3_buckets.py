"""Names and Regions of buckets, what is answered before any policy, and the shape of errors."""

from __future__ import annotations

import re
from typing import Any

import boto3
import pytest
import requests
from botocore import xform_name
from botocore.config import Config
from botocore.exceptions import ClientError
from botocore.model import Shape
from lab_calls import ACCOUNT, allow, new_user, outcome, policy, refused, statement
from s3_calls import STRANGER, anonymous, bucket_policy, vault

from helpers import Lab
from helpers.lab import s3_subresources
from helpers.lab.services.s3_buckets import is_bucket_name

K = {"Bucket": "vault", "Key": "k"}
NO = {"Bucket": "vault", "Key": "no-such-key"}


def error_of(call: object, **parameters: object) -> dict:
    """The whole answer of a call that fails."""
    with pytest.raises(ClientError) as caught:
        call(**parameters)
    return caught.value.response


# Is it there? -------------------------------------------------------------------------------------


def test_that_there_is_no_such_bucket_everybody_learns(lab: Lab) -> None:
    nobody = new_user(lab, "nobody").client("s3")
    for who in (nobody, anonymous()):
        assert outcome(who.get_object, Bucket="nowhere-at-all", Key="k") == "NoSuchBucket"
        assert outcome(who.head_bucket, Bucket="nowhere-at-all") == "404"
        assert outcome(who.put_object, Bucket="nowhere-at-all", Key="k") == "NoSuchBucket"
    vault(lab)
    for who in (nobody, anonymous()):
        assert outcome(who.head_bucket, Bucket="vault") == "403"


def test_that_there_is_no_such_key_only_who_may_list_learns(lab: Lab) -> None:
    vault(lab)
    arn = "arn:aws:s3:::vault"
    reader = new_user(lab, "reader", allow("s3:GetObject*", f"{arn}/*")).client("s3")
    lister = new_user(
        lab, "lister", allow("s3:GetObject*", f"{arn}/*"), allow("s3:ListBucket", arn)
    ).client("s3")
    assert refused("AccessDenied", reader.get_object, **NO) == (
        f"User: arn:aws:iam::{ACCOUNT}:user/reader is not authorized to perform: s3:ListBucket on "
        f'resource: "{arn}" because no identity-based policy allows the s3:ListBucket action'
    )
    assert outcome(reader.head_object, **NO) == "403"
    assert outcome(reader.get_object_tagging, **NO) == "AccessDenied"
    assert outcome(reader.get_object, **K) == "allowed"
    assert refused("NoSuchKey", lister.get_object, **NO) == "The specified key does not exist."
    assert outcome(lister.head_object, **NO) == "404"
    assert outcome(lister.get_object, **K, VersionId="x" * 32) == "NoSuchVersion"
    # Who may not read at all is told of that, whether there is a key or not.
    nobody = new_user(lab, "nobody", allow("s3:ListBucket", arn)).client("s3")
    assert "s3:GetObject on" in refused("AccessDenied", nobody.get_object, **NO)


def test_the_key_that_a_copy_reads(lab: Lab) -> None:
    vault(lab)
    copier = new_user(lab, "copier", allow(["s3:GetObject", "s3:PutObject"])).client("s3")
    there, not_there = {"CopySource": "vault/k"}, {"CopySource": "vault/no-such-key"}
    assert outcome(copier.copy_object, Bucket="vault", Key="x", **there) == "allowed"
    assert outcome(copier.copy_object, Bucket="vault", Key="x", **not_there) == "AccessDenied"
    s3 = lab.root.client("s3")
    assert outcome(s3.copy_object, Bucket="vault", Key="x", **not_there) == "NoSuchKey"
    missing = {"CopySource": "nowhere-at-all/k"}
    assert outcome(copier.copy_object, Bucket="vault", Key="x", **missing) == "NoSuchBucket"


def test_a_bucket_of_another_account(lab: Lab) -> None:
    vault(lab)
    other = lab.add_account(STRANGER).root.client("s3")
    for call in (other.get_object, other.put_object, other.delete_object):
        assert refused("AccessDenied", call, **K) == "Access Denied"
    refused("AccessDenied", other.list_objects_v2, Bucket="vault")
    assert refused("BucketAlreadyExists", other.create_bucket, Bucket="vault").startswith(
        "The requested bucket name is not available."
    )
    assert other.list_buckets()["Buckets"] == []


def test_expected_owners(lab: Lab) -> None:
    s3 = vault(lab)
    assert outcome(s3.get_object, **K, ExpectedBucketOwner=ACCOUNT) == "allowed"
    assert outcome(s3.get_object, **K, ExpectedBucketOwner=STRANGER) == "AccessDenied"
    copy = {"Bucket": "vault", "Key": "x", "CopySource": "vault/k"}
    assert outcome(s3.copy_object, **copy, ExpectedSourceBucketOwner=STRANGER) == "AccessDenied"


# Names and Regions --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "good"),
    [
        ("abc", True), ("a.b-c.9", True), ("a" * 63, True), ("1-2", True),
        ("ab", False), ("a" * 64, False), ("Payroll", False), ("pay_roll", False),
        ("-abc", False), ("abc-", False), ("a..b", False), ("192.168.5.4", False),
        ("xn--bucket", False), ("sthree-x1", False), ("amzn-s3-demo-x", False),
        ("x-s3alias", False), ("x1--ol-s3", False), ("x1--x-s3", False), ("x1.mrap", False),
    ],
)  # fmt: skip
def test_names(lab: Lab, name: str, good: bool) -> None:
    assert is_bucket_name(name) is good
    # boto3 sends the last kinds elsewhere, or spells their host otherwise.
    if len(name) < 20 and "--" not in name:
        s3 = lab.root.client("s3")
        code = "allowed" if good else "InvalidBucketName"
        assert outcome(s3.create_bucket, Bucket=name) == code


def test_the_same_bucket_again(lab: Lab) -> None:
    s3 = vault(lab)
    eu = lab.root.session.client("s3", region_name="eu-west-1")
    there = {"CreateBucketConfiguration": {"LocationConstraint": "eu-west-1"}}
    s3.create_bucket(Bucket="vault")  # in us-east-1, one's own may be made again
    assert outcome(s3.get_public_access_block, Bucket="vault") != "allowed"  # and is not made anew
    eu.create_bucket(Bucket="far", **there)
    assert outcome(eu.create_bucket, Bucket="far", **there) == "BucketAlreadyOwnedByYou"
    assert outcome(eu.create_bucket, Bucket="vault", **there) == "BucketAlreadyOwnedByYou"


def test_the_address_of_a_new_bucket(lab: Lab) -> None:
    here = lab.root.client("s3").create_bucket(Bucket="vault")
    assert here["Location"] == "/vault"
    there = {"LocationConstraint": "eu-west-1"}
    s3 = lab.root.client("s3", region_name="eu-west-1")
    answer = s3.create_bucket(Bucket="tresor", CreateBucketConfiguration=there)
    assert answer["Location"] == "http://tresor.s3.amazonaws.com/"


def test_where_a_bucket_is_made(lab: Lab) -> None:
    us = lab.root.client("s3")
    eu = lab.root.session.client("s3", region_name="eu-west-1")

    def made(client: object, place: str | None) -> str:
        given = {"CreateBucketConfiguration": {"LocationConstraint": place}} if place else {}
        return outcome(client.create_bucket, Bucket="somewhere", **given)

    assert made(us, "mars-1") == "InvalidLocationConstraint"
    assert made(us, "us-east-1") == "InvalidLocationConstraint"
    assert made(eu, None) == "IllegalLocationConstraintException"
    assert made(eu, "us-west-2") == "IllegalLocationConstraintException"
    assert made(us, "eu-west-1") == "allowed"
    assert us.get_bucket_location(Bucket="somewhere")["LocationConstraint"] == "eu-west-1"


@pytest.mark.parametrize("style", ["virtual", "path"])
def test_boto3_finds_its_way_to_another_region(lab: Lab, style: str) -> None:
    here = lab.root.client("s3", config=Config(s3={"addressing_style": style}))
    here.create_bucket(
        Bucket="far", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"}
    )  # fmt: skip
    lab.root.client("s3").put_object(Bucket="far", Key="k", Body=b"x")
    assert here.get_object(Bucket="far", Key="k")["Body"].read() == b"x"
    west = lab.root.session.client("s3", region_name="us-west-2")
    assert west.head_object(Bucket="far", Key="k")["ContentLength"] == 1
    codes = {event.get("errorCode") for event in lab.trail.events if "Object" in event["eventName"]}
    assert codes & {"PermanentRedirect", "AuthorizationHeaderMalformed"}


def test_a_url_for_another_region(lab: Lab) -> None:
    vault(lab)
    eu = lab.root.session.client(
        "s3", region_name="eu-west-1", config=Config(signature_version="s3v4")
    )
    answer = requests.get(eu.generate_presigned_url("get_object", Params=K))
    assert answer.status_code == 400
    assert "<Code>AuthorizationQueryParametersError</Code>" in answer.text
    assert "the region 'eu-west-1' is wrong; expecting 'us-east-1'" in answer.text


def test_list_buckets_in_pages(lab: Lab) -> None:
    s3 = lab.root.client("s3")
    for name in ("bbb", "aaa", "ccc"):
        s3.create_bucket(Bucket=name)
    assert [b["Name"] for b in s3.list_buckets()["Buckets"]] == ["aaa", "bbb", "ccc"]
    first = s3.list_buckets(MaxBuckets=2)
    rest = s3.list_buckets(MaxBuckets=2, ContinuationToken=first["ContinuationToken"])
    assert [b["Name"] for b in first["Buckets"] + rest["Buckets"]] == ["aaa", "bbb", "ccc"]
    assert "ContinuationToken" not in rest
    assert s3.list_buckets(Prefix="b")["Buckets"][0]["BucketRegion"] == "us-east-1"


# Errors -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("method", "parameters", "code", "status", "extra"),
    [
        ("get_object", NO, "NoSuchKey", 404, {"Key": "no-such-key"}),
        ("get_object", {"Bucket": "nowhere-at-all", "Key": "k"}, "NoSuchBucket", 404,
         {"BucketName": "nowhere-at-all"}),
        ("delete_bucket", {"Bucket": "vault"}, "BucketNotEmpty", 409, {"BucketName": "vault"}),
        ("get_bucket_policy", {"Bucket": "vault"}, "NoSuchBucketPolicy", 404,
         {"BucketName": "vault"}),
        ("get_bucket_tagging", {"Bucket": "vault"}, "NoSuchTagSet", 404, {}),
        ("get_bucket_lifecycle_configuration", {"Bucket": "vault"},
         "NoSuchLifecycleConfiguration", 404, {}),
        ("get_bucket_cors", {"Bucket": "vault"}, "NoSuchCORSConfiguration", 404, {}),
        ("get_object_lock_configuration", {"Bucket": "vault"},
         "ObjectLockConfigurationNotFoundError", 404, {}),
        ("put_object", {**K, "StorageClass": "VELVET"}, "InvalidStorageClass", 400, {}),
        ("put_object", {**K, "ServerSideEncryption": "rot13"}, "InvalidArgument", 400,
         {"ArgumentValue": "rot13"}),
    ],
)  # fmt: skip
def test_the_shape_of_errors(
    lab: Lab, method: str, parameters: dict, code: str, status: int, extra: dict
) -> None:
    answer = error_of(getattr(vault(lab), method), **parameters)
    assert answer["Error"]["Code"] == code
    assert answer["Error"].items() >= extra.items()
    about = answer["ResponseMetadata"]
    assert about["HTTPStatusCode"] == status
    assert re.fullmatch(r"[A-Z0-9]{16}", about["RequestId"])
    assert len(about["HostId"]) == 76


def test_an_error_in_xml(lab: Lab) -> None:
    vault(lab)
    for path in ("vault/k", "nowhere-at-all/k"):  # one error of the gate, one of a check
        answer = requests.get(f"https://s3.amazonaws.com/{path}")
        assert re.match(
            r'<\?xml version="1.0" encoding="UTF-8"\?>\n<Error><Code>\w+</Code><Message>[^<]+'
            r"</Message>.*<RequestId>[A-Z0-9]{16}</RequestId><HostId>[^<]{76}</HostId></Error>$",
            answer.text,
        )
        assert answer.headers["x-amz-request-id"] in answer.text
        assert requests.head(f"https://s3.amazonaws.com/{path}").content == b""


# Bucket policies against the account itself -------------------------------------------------------


def test_locked_out_by_a_policy(lab: Lab) -> None:
    """A policy that denies all to everybody: only root gets past it, and only to the policy."""
    s3 = vault(lab)
    admin = new_user(lab, "admin", allow("*")).client("s3")
    everything = {"Principal": "*", "Resource": ["arn:aws:s3:::vault", "arn:aws:s3:::vault/*"]}
    lock = bucket_policy({"Effect": "Deny", "Action": "s3:*", **everything})
    admin.put_bucket_policy(**lock)
    for who in (admin, s3):
        message = refused("AccessDenied", who.get_object, **K)
        assert message.endswith("with an explicit deny in a resource-based policy")
        refused("AccessDenied", who.list_objects_v2, Bucket="vault")
    refused("AccessDenied", admin.get_bucket_policy, Bucket="vault")
    refused("AccessDenied", admin.put_bucket_policy, **lock)
    refused("AccessDenied", admin.delete_bucket_policy, Bucket="vault")
    assert "s3:*" in s3.get_bucket_policy(Bucket="vault")["Policy"]
    assert outcome(s3.put_bucket_policy, **lock) == "allowed"
    s3.delete_bucket_policy(Bucket="vault")
    assert outcome(admin.get_object, **K) == "allowed"


def test_the_policy_is_not_for_other_accounts(lab: Lab) -> None:
    s3 = vault(lab)
    stranger = lab.add_account(STRANGER).root.client("s3")
    actions = ["s3:GetBucketPolicy", "s3:PutBucketPolicy", "s3:DeleteBucketPolicy"]
    given = statement("Allow", actions, "arn:aws:s3:::vault", Principal={"AWS": STRANGER})
    s3.put_bucket_policy(**bucket_policy(given))
    refused("MethodNotAllowed", stranger.get_bucket_policy, Bucket="vault")
    refused("MethodNotAllowed", stranger.delete_bucket_policy, Bucket="vault")
    refused("MethodNotAllowed", stranger.put_bucket_policy, Bucket="vault", Policy=policy(given))


GOOD = {
    "Effect": "Deny",
    "Principal": "*",
    "Action": "s3:GetObject",
    "Resource": "arn:aws:s3:::vault/*",
}


@pytest.mark.parametrize(
    ("document", "message"),
    [
        ("", "Policies must be valid JSON and the first byte must be '{'"),
        (" {}", "Policies must be valid JSON and the first byte must be '{'"),
        ("[]", "Policies must be valid JSON and the first byte must be '{'"),
        ('{"Version": "2012-10-17"}', "Missing required field Statement"),
        ({"Principal": None}, "Missing required field Principal"),
        ({"Action": None}, "Missing required field Action"),
        ({"Resource": None}, "Missing required field Resource"),
        ({"Effect": None}, "Missing required field Effect"),
        ({"Effect": "deny"}, "Invalid effect: deny"),
        ({"Resource": "arn:aws:s3:::other/*"}, "Policy has invalid resource"),
        ({"Resource": "arn:aws:s3:::vault-2/*"}, "Policy has invalid resource"),
        ({"Resource": "vault/*"}, "Policy has invalid resource"),
        ({"Resource": ["arn:aws:s3:::vault/*", "arn:aws:s3:::x/*"]}, "Policy has invalid resource"),
        ({"Resource": "arn:aws:s3:::vault"},
         "Action does not apply to any resource(s) in statement"),
        ({"Action": "s3:ListBucket"}, "Action does not apply to any resource(s) in statement"),
        ({"Action": ["s3:GetObject", "s3:ListBucket"]},
         "Action does not apply to any resource(s) in statement"),
        ({"Action": "s3:Fly"}, "Policy has invalid action"),
        ({"Action": "ec2:RunInstances"}, "Policy has invalid action"),
        ({"Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:user/nobody"}},
         "Invalid principal in policy"),
        ({"Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:role/nobody"}},
         "Invalid principal in policy"),
        ({"Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:user/*"}}, "Invalid principal in policy"),
        ({"Principal": {"AWS": "nobody"}}, "Invalid principal in policy"),
        ({"Principal": {"Service": "nobody"}}, "Invalid principal in policy"),
        ({"Principal": {"CanonicalUser": "0" * 64}}, "Invalid principal in policy"),
        ({"Principal": "nobody"}, "Invalid principal in policy"),
        ({"Condition": {"StringEqual": {"aws:x": "y"}}}, "Invalid Condition type : StringEqual"),
        ({"Colour": "red"}, "Unknown field Colour"),
        ({"Sid": "x" * 20_480},
         "Policy document exceeds the maximum allowed data size of 20480 bytes"),
    ],
)  # fmt: skip
def test_malformed_policies(lab: Lab, document: object, message: str) -> None:
    s3 = vault(lab)
    if isinstance(document, dict):
        changed = {k: v for k, v in {**GOOD, **document}.items() if v is not None}
        document = policy(changed)
    found = refused("MalformedPolicy", s3.put_bucket_policy, Bucket="vault", Policy=document)
    assert found == message
    refused("NoSuchBucketPolicy", s3.get_bucket_policy, Bucket="vault")


@pytest.mark.parametrize(
    "change",
    [
        {},
        {"Resource": "*"},
        {"Resource": ["arn:aws:s3:::vault", "arn:aws:s3:::vault/*"], "Action": "s3:*"},
        {"Resource": "arn:aws:s3:::vau*", "Action": ["s3:ListBucket", "s3:GetObject"]},
        {"Resource": "arn:aws:s3:::vault/${aws:username}/*"},
        {"Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}},
        {
            "Principal": {
                "AWS": [f"arn:aws:iam::{STRANGER}:root", f"arn:aws:iam::{ACCOUNT}:user/ann"]
            }
        },
        {"Principal": {"Service": "logging.s3.amazonaws.com"}},
        {"Action": "*"},
    ],
)
def test_good_policies(lab: Lab, change: dict) -> None:
    s3 = vault(lab)
    new_user(lab, "ann")
    text = policy({**GOOD, **change})
    answer = s3.put_bucket_policy(Bucket="vault", Policy=text)
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 204
    assert s3.get_bucket_policy(Bucket="vault")["Policy"] == text


# Access logging -----------------------------------------------------------------------------------


def test_access_logging_needs_a_place_that_takes_it(lab: Lab) -> None:
    s3 = vault(lab)
    s3.create_bucket(Bucket="logs")
    to = {"LoggingEnabled": {"TargetBucket": "logs", "TargetPrefix": "vault/"}}
    refused("InvalidTargetBucketForLogging", s3.put_bucket_logging,
            Bucket="vault", BucketLoggingStatus=to)  # fmt: skip
    given = statement("Allow", "s3:PutObject", "arn:aws:s3:::logs/*",
                      Principal={"Service": "logging.s3.amazonaws.com"})  # fmt: skip
    s3.put_bucket_policy(Bucket="logs", Policy=policy(given))
    s3.put_bucket_logging(Bucket="vault", BucketLoggingStatus=to)
    found = s3.get_bucket_logging(Bucket="vault")["LoggingEnabled"]
    assert (found["TargetBucket"], found["TargetPrefix"]) == ("logs", "vault/")


# Subresources that are not simulated --------------------------------------------------------------

MODEL = boto3.client("s3", region_name="us-east-1").meta.service_model


def is_known(operation: str) -> bool:
    http = MODEL.operation_model(operation).http
    return s3_subresources.is_known(http["method"], http["requestUri"])


UNKNOWN = [name for name in MODEL.operation_names if not is_known(name)]
SPECIAL = {"GetBucketRequestPayment", "GetBucketAbac", "PutBucketAbac", "GetObjectRetention"}
"""moto does not know them; the lab answers them itself."""


def least(shape: Shape, name: str = "") -> Any:
    """The smallest value that a parameter may have."""
    if shape.type_name == "structure":
        return {
            key: least(member, key)
            for key, member in shape.members.items()
            if key in (list(shape.members)[:1] if shape.is_tagged_union else shape.required_members)
        }
    if shape.type_name == "list":
        return [least(shape.member)]
    given = {"Bucket": "vault", "Key": "k"}.get(name, (shape.metadata.get("enum") or ["a" * 20])[0])
    return {"boolean": True, "integer": 1, "long": 1, "blob": b"x"}.get(shape.type_name, given)


@pytest.mark.parametrize("operation", sorted(set(UNKNOWN) - SPECIAL))
def test_a_setting_that_is_not_simulated_is_not_taken_for_its_bucket_or_object(
    lab: Lab, operation: str
) -> None:
    """moto would delete the bucket with its metrics, and write an annotation over the object."""
    s3 = vault(lab)
    shape = MODEL.operation_model(operation).input_shape
    call = getattr(s3, xform_name(operation))
    with pytest.raises(ClientError, match="does not simulate"):
        call(**least(shape))
    assert s3.get_object(**K)["Body"].read() == b"secret"
    s3.delete_object(**K)
    with pytest.raises(ClientError, match="does not simulate"):
        call(**least(shape))
    s3.head_bucket(Bucket="vault")


def test_there_are_settings_that_are_not_simulated() -> None:
    assert {"DeleteBucketMetricsConfiguration", "PutObjectAnnotation"} <= set(UNKNOWN)
    assert set(UNKNOWN) >= SPECIAL
    assert not {"GetObject", "DeleteBucket", "PutBucketPolicy", "ListObjectsV2"} & set(UNKNOWN)


def test_the_owner_of_a_bucket_pays(lab: Lab) -> None:
    s3 = vault(lab)
    assert s3.get_bucket_request_payment(Bucket="vault")["Payer"] == "BucketOwner"
    assert outcome(s3.get_bucket_request_payment, Bucket="nowhere-at-all") == "NoSuchBucket"
    user = new_user(lab, "user").client("s3")
    assert outcome(user.get_bucket_request_payment, Bucket="vault") == "AccessDenied"
