"""Writing, copying and deleting objects: what each needs, and what is left afterwards."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from boto3.s3.transfer import TransferConfig
from lab_calls import ACCOUNT, allow, enrol, new_phone, new_user, outcome, refused, statement
from s3_calls import BUCKET, OBJECTS, STRANGER, bucket_policy, vault, versions

from helpers import Lab

K = {"Bucket": "vault", "Key": "k"}


def versioned(lab: Lab, status: str = "Enabled"):
    """A bucket with the versions 1 and 2 of the object "k"."""
    s3 = lab.root.client("s3")
    s3.create_bucket(Bucket="vault")
    s3.put_bucket_versioning(Bucket="vault", VersioningConfiguration={"Status": "Enabled"})
    ids = [s3.put_object(**K, Body=body)["VersionId"] for body in (b"1", b"2")]
    if status != "Enabled":
        s3.put_bucket_versioning(Bucket="vault", VersioningConfiguration={"Status": status})
    return s3, ids


# Copies -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("lacking", ["s3:GetObject", "s3:PutObject", "s3:GetObjectTagging",
                                     "s3:PutObjectTagging", None])  # fmt: skip
def test_what_a_copy_needs(lab: Lab, lacking: str | None) -> None:
    s3 = vault(lab)
    s3.put_object_tagging(**K, Tagging={"TagSet": [{"Key": "team", "Value": "red"}]})
    needed = ["s3:GetObject", "s3:PutObject", "s3:GetObjectTagging", "s3:PutObjectTagging"]
    copier = new_user(lab, "copier", allow([a for a in needed if a != lacking])).client("s3")
    copy = {"Bucket": "vault", "Key": "copy", "CopySource": "vault/k"}
    if lacking is None:
        copier.copy_object(**copy)
        assert s3.get_object_tagging(Bucket="vault", Key="copy")["TagSet"][0]["Value"] == "red"
    else:
        assert f"perform: {lacking} on" in refused("AccessDenied", copier.copy_object, **copy)
    without_tags = outcome(copier.copy_object, **copy, TaggingDirective="REPLACE")
    assert (without_tags == "allowed") is (lacking in (None, "s3:GetObjectTagging",
                                                       "s3:PutObjectTagging"))  # fmt: skip


def test_a_copy_of_a_version(lab: Lab) -> None:
    s3, (first, _) = versioned(lab)
    copier = new_user(lab, "copier", allow(["s3:GetObject", "s3:PutObject"])).client("s3")
    source = {"Bucket": "vault", "Key": "k", "VersionId": first}
    message = refused("AccessDenied", copier.copy_object, Bucket="vault", Key="old",
                      CopySource=source)  # fmt: skip
    assert "s3:GetObjectVersion on" in message
    s3.copy_object(Bucket="vault", Key="old", CopySource=source)
    assert s3.get_object(Bucket="vault", Key="old")["Body"].read() == b"1"


def test_versions_that_cannot_be_read(lab: Lab) -> None:
    s3, _ = versioned(lab)
    marker = {**K, "VersionId": s3.delete_object(**K)["VersionId"]}
    refused("NoSuchKey", s3.get_object, **K)
    refused("MethodNotAllowed", s3.get_object, **marker)
    assert outcome(s3.head_object, **marker) == "405"
    refused("NoSuchKey", s3.copy_object, Bucket="vault", Key="copy", CopySource="vault/k")
    said = refused("InvalidRequest", s3.copy_object, Bucket="vault", Key="copy", CopySource=marker)
    assert "may not specifically refer to a delete marker" in said
    none = {**K, "VersionId": "x" * 32}
    refused("NoSuchVersion", s3.copy_object, Bucket="vault", Key="copy", CopySource=none)
    refused("NoSuchVersion", s3.get_object, **none)
    for call in (s3.get_object, s3.delete_object):
        message = refused("InvalidArgument", call, **K, VersionId="2")
        assert message == "Invalid version id specified"


def test_a_copy_onto_itself_has_to_change_something(lab: Lab) -> None:
    s3 = vault(lab)
    assert "trying to copy an object to itself" in refused(
        "InvalidRequest", s3.copy_object, **K, CopySource="vault/k"
    )
    s3.copy_object(**K, CopySource="vault/k", MetadataDirective="REPLACE", Metadata={"a": "b"})
    s3.copy_object(**K, CopySource="vault/k", StorageClass="STANDARD_IA")


def test_a_copy_across_accounts(lab: Lab) -> None:
    s3 = vault(lab)
    other = lab.add_account(STRANGER).root.client("s3")
    other.create_bucket(Bucket="theirs")
    copy = {"Bucket": "theirs", "Key": "k", "CopySource": "vault/k"}
    assert outcome(other.copy_object, **copy) == "AccessDenied"
    s3.put_bucket_policy(
        **bucket_policy(statement("Allow", "s3:GetObject", OBJECTS, Principal={"AWS": STRANGER}))
    )
    other.copy_object(**copy)
    assert other.get_object(Bucket="theirs", Key="k")["Body"].read() == b"secret"
    assert outcome(s3.get_object, Bucket="theirs", Key="k") == "AccessDenied"


# DeleteObjects ------------------------------------------------------------------------------------


def test_delete_objects_asks_for_each(lab: Lab) -> None:
    s3 = vault(lab)
    for key in ("mine/1", "mine/2", "yours"):
        s3.put_object(Bucket="vault", Key=key, Body=b"x")
    ann = new_user(lab, "ann", allow("s3:DeleteObject", f"{BUCKET}/mine/*")).client("s3")
    wanted = [{"Key": "mine/1"}, {"Key": "yours"}, {"Key": "mine/2", "VersionId": "null"}]
    answer = ann.delete_objects(Bucket="vault", Delete={"Objects": wanted})
    assert answer["Deleted"] == [{"Key": "mine/1"}]
    one, two = answer["Errors"]
    assert one == {
        "Key": "yours",
        "Code": "AccessDenied",
        "Message": f"User: arn:aws:iam::{ACCOUNT}:user/ann is not authorized to perform: "
        's3:DeleteObject on resource: "arn:aws:s3:::vault/yours" because no identity-based policy '
        "allows the s3:DeleteObject action",
    }
    assert (two["Key"], two["VersionId"]) == ("mine/2", "null")
    assert "s3:DeleteObjectVersion" in two["Message"]
    left = [o["Key"] for o in s3.list_objects_v2(Bucket="vault")["Contents"]]
    assert left == ["k", "mine/2", "yours"]
    quiet = ann.delete_objects(Bucket="vault", Delete={"Objects": wanted, "Quiet": True})
    assert "Deleted" not in quiet
    assert len(quiet["Errors"]) == 2


def test_one_key_with_and_without_its_version(lab: Lab) -> None:
    """The same ARN in two questions: each is judged for itself."""
    s3, (first, second) = versioned(lab)
    ann = new_user(lab, "ann", allow("s3:DeleteObject")).client("s3")
    wanted = [{"Key": "k"}, {"Key": "k", "VersionId": first}]
    for objects in (wanted, wanted[::-1]):
        answer = ann.delete_objects(Bucket="vault", Delete={"Objects": objects})
        assert [d["Key"] for d in answer["Deleted"]] == ["k"]
        assert [e["VersionId"] for e in answer["Errors"]] == [first]
    assert versions(s3)[0] == [second, first]


# Versions -----------------------------------------------------------------------------------------


def test_a_delete_hides_and_a_version_is_what_is_lost(lab: Lab) -> None:
    s3, (first, second) = versioned(lab)
    attacker = new_user(lab, "attacker", allow(["s3:DeleteObject", "s3:PutObject"])).client("s3")
    marker = attacker.delete_object(**K)
    assert marker["DeleteMarker"] is True
    refused("NoSuchKey", s3.get_object, **K)
    assert versions(s3) == ([second, first], [marker["VersionId"]])
    refused("AccessDenied", attacker.delete_object, **K, VersionId=second)
    attacker.put_object(**K, Body=b"gone")
    assert versions(s3)[0][1:] == [second, first]
    refused("MethodNotAllowed", s3.get_object_acl, **K, VersionId=marker["VersionId"])
    s3.delete_object(**K, VersionId=versions(s3)[0][0])
    gone = s3.delete_object(**K, VersionId=marker["VersionId"])
    assert gone["DeleteMarker"] is True
    assert s3.get_object(**K)["Body"].read() == b"2"
    assert outcome(s3.delete_bucket, Bucket="vault") == "BucketNotEmpty"
    lab.root.resource("s3").Bucket("vault").object_versions.delete()
    assert outcome(s3.delete_bucket, Bucket="vault") == "allowed"


def test_suspended_versioning_loses_no_version(lab: Lab) -> None:
    s3, (first, second) = versioned(lab, "Suspended")
    s3.put_object(**K, Body=b"3")
    s3.copy_object(Bucket="vault", Key="copy", CopySource="vault/k")
    s3.put_object(**K, Body=b"4")
    assert versions(s3)[0] == ["null", second, first]
    assert s3.get_object(**K)["Body"].read() == b"4"
    assert s3.delete_object(**K)["VersionId"] == "null"
    assert versions(s3) == ([second, first], ["null"])
    s3.delete_object(**K)
    assert versions(s3) == ([second, first], ["null"])
    assert s3.get_object(**K, VersionId=first)["Body"].read() == b"1"
    assert s3.head_object(**K, VersionId=first)["ContentLength"] == 1
    s3.delete_object(**K, VersionId="null")
    assert s3.get_object(**K)["Body"].read() == b"2"
    s3.delete_object(**K, VersionId=first)
    assert versions(s3) == ([second], [])


def test_object_lock(lab: Lab) -> None:
    s3 = lab.root.client("s3")
    s3.create_bucket(Bucket="vault", ObjectLockEnabledForBucket=True)
    until = lab.clock.now.replace(year=2027)
    version = s3.put_object(**K, Body=b"x", ObjectLockMode="GOVERNANCE",
                            ObjectLockRetainUntilDate=until)["VersionId"]  # fmt: skip
    one = {**K, "VersionId": version}
    assert "object lock" in refused("AccessDenied", s3.delete_object, **one)
    ann = new_user(lab, "ann", allow("s3:DeleteObject*")).client("s3")
    bypass = {"BypassGovernanceRetention": True}
    message = refused("AccessDenied", ann.delete_object, **one, **bypass)
    assert "s3:BypassGovernanceRetention on" in message
    s3.put_object_legal_hold(**one, LegalHold={"Status": "ON"})
    refused("AccessDenied", s3.delete_object, **one, **bypass)
    s3.put_object_legal_hold(**one, LegalHold={"Status": "OFF"})
    answer = s3.delete_objects(
        Bucket="vault", Delete={"Objects": [{"Key": "k", "VersionId": version}]}
    )
    assert answer["Errors"][0]["Code"] == "AccessDenied"
    s3.delete_object(**one, **bypass)
    refused("InvalidBucketState", s3.put_bucket_versioning, Bucket="vault",
            VersioningConfiguration={"Status": "Suspended"})  # fmt: skip


def test_a_lock_for_a_bucket_that_has_objects_already(lab: Lab) -> None:
    s3 = vault(lab)
    lock = {"ObjectLockEnabled": "Enabled",
            "Rule": {"DefaultRetention": {"Mode": "GOVERNANCE", "Days": 2}}}  # fmt: skip
    asked = {"Bucket": "vault", "ObjectLockConfiguration": lock}
    refused("InvalidBucketState", s3.put_object_lock_configuration, **asked)
    s3.put_bucket_versioning(Bucket="vault", VersioningConfiguration={"Status": "Enabled"})
    s3.put_object_lock_configuration(**asked)
    assert s3.get_object_lock_configuration(Bucket="vault")["ObjectLockConfiguration"] == lock
    one = {**K, "VersionId": s3.put_object(**K, Body=b"new")["VersionId"]}
    until = s3.get_object_retention(**one)["Retention"]["RetainUntilDate"]
    assert abs((until - lab.clock.now).total_seconds() - 2 * 86_400) < 60
    refused("AccessDenied", s3.delete_object, **one)
    s3.delete_object(**K, VersionId="null")  # from before, and not locked
    lab.clock.advance(days=3)
    s3.delete_object(**one)
    for rule in ({"Mode": "GOVERNANCE"}, {"Mode": "GOVERNANCE", "Days": 1, "Years": 1},
                 {"Mode": "NONE", "Days": 1}):  # fmt: skip
        wrong = {"ObjectLockEnabled": "Enabled", "Rule": {"DefaultRetention": rule}}
        refused("MalformedXML", s3.put_object_lock_configuration, Bucket="vault",
                ObjectLockConfiguration=wrong)  # fmt: skip


def test_a_lock_that_an_object_cannot_bring_along(lab: Lab) -> None:
    s3 = lab.root.client("s3")
    s3.create_bucket(Bucket="vault", ObjectLockEnabledForBucket=True)
    now = lab.clock.now
    for lock, said in (
        ({"ObjectLockMode": "COMPLIANCE"}, "must both be supplied"),
        ({"ObjectLockRetainUntilDate": now.replace(year=2030)}, "must both be supplied"),
        ({"ObjectLockMode": "COMPLIANCE", "ObjectLockRetainUntilDate": now.replace(year=2020)},
         "must be in the future"),
        ({"ObjectLockMode": "FOREVER", "ObjectLockRetainUntilDate": now.replace(year=2030)},
         "wormMode"),
    ):  # fmt: skip
        assert said in refused("InvalidArgument", s3.put_object, **K, Body=b"x", **lock)
        assert said in refused("InvalidArgument", s3.create_multipart_upload, **K, **lock)


def test_retention_is_not_shortened(lab: Lab) -> None:
    s3 = lab.root.client("s3")
    s3.create_bucket(Bucket="vault", ObjectLockEnabledForBucket=True)
    now = lab.clock.now

    def keep(mode: str, year: int, **others: object) -> str:
        until = {"Mode": mode, "RetainUntilDate": now.replace(year=year)}
        return outcome(s3.put_object_retention, **K, Retention=until, **others)

    s3.put_object(**K, Body=b"x")
    refused("NoSuchObjectLockConfiguration", s3.get_object_retention, **K)
    refused("NoSuchKey", s3.get_object_retention, Bucket="vault", Key="no-such-key")
    assert keep("GOVERNANCE", 2030) == "allowed"
    assert keep("GOVERNANCE", 2029) == "AccessDenied"
    assert keep("GOVERNANCE", 2029, BypassGovernanceRetention=True) == "allowed"
    assert keep("COMPLIANCE", 2031) == "allowed"
    assert keep("COMPLIANCE", 2030, BypassGovernanceRetention=True) == "AccessDenied"
    assert keep("GOVERNANCE", 2032, BypassGovernanceRetention=True) == "AccessDenied"
    found = s3.get_object_retention(**K)["Retention"]
    assert (found["Mode"], found["RetainUntilDate"].year) == ("COMPLIANCE", 2031)
    assert keep("COMPLIANCE", 2020) == "InvalidArgument"
    vault_without = {"Bucket": "open", "Key": "k"}
    s3.create_bucket(Bucket="open")
    s3.put_object(**vault_without, Body=b"x")
    refused("InvalidRequest", s3.get_object_retention, **vault_without)


def test_uploads_that_there_are_not(lab: Lab) -> None:
    s3 = vault(lab)
    nothing = {**K, "UploadId": "no-such-upload"}
    refused("NoSuchUpload", s3.upload_part, **nothing, PartNumber=1, Body=b"x")
    refused("NoSuchUpload", s3.upload_part_copy, **nothing, PartNumber=1, CopySource="vault/k")
    refused("NoSuchUpload", s3.complete_multipart_upload, **nothing,
            MultipartUpload={"Parts": [{"PartNumber": 1, "ETag": "x"}]})  # fmt: skip
    refused("NoSuchUpload", s3.abort_multipart_upload, **nothing)
    refused("NoSuchKey", s3.delete_object_tagging, Bucket="vault", Key="no-such-key")


# MFA Delete ---------------------------------------------------------------------------------------


ON = {"Bucket": "vault", "VersioningConfiguration": {"Status": "Enabled", "MFADelete": "Enabled"}}
NEEDS_MFA = "Mfa Authentication must be used for this request"


def root_with_phone(lab: Lab):
    """Root's device, and S3 by root's access key, as MFA Delete needs them."""
    iam = lab.root.client("iam")
    phone = new_phone(lab, iam)
    iam.enable_mfa_device(
        UserName="root",
        SerialNumber=phone.serial,
        AuthenticationCode1=phone.code(),
        AuthenticationCode2=phone.code(1),
    )
    lab.clock.advance(minutes=5)
    return phone


def test_mfa_delete(lab: Lab) -> None:
    s3, (first, second) = versioned(lab)
    phone = root_with_phone(lab)
    admin = new_user(lab, "admin", allow("*"))
    refused("AccessDenied", admin.client("s3").put_bucket_versioning, **ON,
            MFA=f"{phone.serial} {phone.code()}")  # fmt: skip
    for mfa in ({}, {"MFA": phone.serial}, {"MFA": f"{phone.serial} {phone.wrong()}"},
                {"MFA": f"nonsense {phone.code()}"}):  # fmt: skip
        assert refused("AccessDenied", s3.put_bucket_versioning, **ON, **mfa) == NEEDS_MFA
    assert s3.get_bucket_versioning(Bucket="vault")["MFADelete"] == "Disabled"
    used = f"{phone.serial} {phone.fresh()}"
    s3.put_bucket_versioning(**ON, MFA=used)
    assert s3.get_bucket_versioning(Bucket="vault")["MFADelete"] == "Enabled"

    # A version goes, and versioning changes, only by root's code, and a code only once.
    one = {**K, "VersionId": first}
    suspend = {"Bucket": "vault", "VersioningConfiguration": {"Status": "Suspended"}}
    assert refused("AccessDenied", s3.delete_object, **one) == NEEDS_MFA
    assert refused("AccessDenied", s3.delete_object, **one, MFA=used) == NEEDS_MFA
    assert refused("AccessDenied", s3.put_bucket_versioning, **suspend) == NEEDS_MFA
    own = enrol(lab, admin.client("iam"), "admin", "admins-phone")
    assert refused("AccessDenied", admin.client("s3").delete_object, **one) == NEEDS_MFA
    assert refused(
        "AccessDenied", admin.client("s3").delete_object, **one, MFA=f"{own.serial} {own.fresh()}"
    ) == "This operation may only be performed by the bucket owner"  # fmt: skip
    both = {"Objects": [{"Key": "k", "VersionId": v} for v in (first, second)]}
    refused("AccessDenied", s3.delete_objects, Bucket="vault", Delete=both)
    assert versions(s3) == ([second, first], [])

    # To hide an object takes no code.
    marker = admin.client("s3").delete_object(**K)["VersionId"]
    s3.delete_object(**one, MFA=f"{phone.serial} {phone.fresh()}")
    assert versions(s3) == ([second], [marker])
    refused("AccessDenied", s3.delete_object, **K, VersionId=marker)
    s3.delete_objects(Bucket="vault", MFA=f"{phone.serial} {phone.fresh()}", Delete={
        "Objects": [{"Key": "k", "VersionId": v} for v in (second, marker)]
    })  # fmt: skip
    assert versions(s3) == ([], [])
    off = {"Status": "Suspended", "MFADelete": "Disabled"}
    s3.put_bucket_versioning(Bucket="vault", VersioningConfiguration=off,
                             MFA=f"{phone.serial} {phone.fresh()}")  # fmt: skip
    assert s3.get_bucket_versioning(Bucket="vault")["MFADelete"] == "Disabled"


def test_mfa_delete_and_lifecycle_rules_exclude_each_other(lab: Lab) -> None:
    s3, _ = versioned(lab)
    phone = root_with_phone(lab)
    rules = {"Bucket": "vault", "LifecycleConfiguration": {"Rules": [
        {"ID": "r", "Status": "Enabled", "Filter": {"Prefix": ""}, "Expiration": {"Days": 1}}
    ]}}  # fmt: skip
    s3.put_bucket_versioning(**ON, MFA=f"{phone.serial} {phone.fresh()}")
    refused("InvalidBucketState", s3.put_bucket_lifecycle_configuration, **rules)


# The everyday way ---------------------------------------------------------------------------------


def test_the_transfer_manager(lab: Lab, tmp_path: Path) -> None:
    vault(lab)
    ann = new_user(lab, "ann", allow(["s3:PutObject", "s3:GetObject", "s3:ListBucket"]))
    s3 = ann.client("s3")
    body = bytes(range(256)) * 24_000  # 6 MB
    in_parts = TransferConfig(multipart_threshold=5 << 20, multipart_chunksize=5 << 20)
    (tmp_path / "up").write_bytes(body)
    s3.upload_file(str(tmp_path / "up"), "vault", "big", Config=in_parts)
    s3.download_file("vault", "big", str(tmp_path / "down"), Config=in_parts)
    assert (tmp_path / "down").read_bytes() == body
    s3.copy({"Bucket": "vault", "Key": "big"}, "vault", "copy", Config=in_parts)
    found = io.BytesIO()
    ann.resource("s3").Object("vault", "copy").download_fileobj(found)
    assert found.getvalue() == body
    keys = [o.key for o in ann.resource("s3").Bucket("vault").objects.all()]
    assert keys == ["big", "copy", "k"]
    actions = {decision.request.action for decision in lab.decisions[-8:]}
    assert actions == {"s3:PutObject", "s3:GetObject", "s3:ListBucket"}


def test_what_a_copy_in_parts_reads(lab: Lab) -> None:
    s3 = vault(lab)
    ann = new_user(lab, "ann", allow("s3:PutObject")).client("s3")
    new = {"Bucket": "vault", "Key": "copy"}
    upload = {**new, "UploadId": ann.create_multipart_upload(**new)["UploadId"]}
    message = refused("AccessDenied", ann.upload_part_copy, **upload, PartNumber=1,
                      CopySource="vault/k")  # fmt: skip
    assert 'perform: s3:GetObject on resource: "arn:aws:s3:::vault/k"' in message
    part = s3.upload_part_copy(**upload, PartNumber=1, CopySource="vault/k")
    parts = [{"PartNumber": 1, "ETag": part["CopyPartResult"]["ETag"]}]
    ann.complete_multipart_upload(**upload, MultipartUpload={"Parts": parts})
    assert s3.get_object(**new)["Body"].read() == b"secret"


# Objects under a key of KMS -----------------------------------------------------------------------


def test_an_object_under_a_key_is_for_those_who_may_use_the_key(lab: Lab) -> None:
    s3 = vault(lab)
    key = lab.root.client("kms").create_key()["KeyMetadata"]
    secret = {"Bucket": "vault", "Key": "secret"}
    under = {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": key["KeyId"]}
    s3.put_object(**secret, Body=b"x", **under)
    ann = new_user(lab, "ann", allow(["s3:GetObject", "s3:PutObject"])).client("s3")
    assert outcome(ann.get_object, **K) == outcome(ann.head_object, **secret) == "allowed"
    assert refused("AccessDenied", ann.get_object, **secret) == (
        f"User: arn:aws:iam::{ACCOUNT}:user/ann is not authorized to perform: kms:Decrypt on "
        f"resource: {key['Arn']} because no identity-based policy allows the kms:Decrypt action"
    )
    for call, given in (
        (ann.put_object, {"Body": b"y", **under}),
        (ann.create_multipart_upload, under),
        (ann.copy_object, {"CopySource": "vault/k", **under}),
    ):
        message = refused("AccessDenied", call, Bucket="vault", Key="new", **given)
        assert "perform: kms:GenerateDataKey on" in message
    assert "kms:Decrypt" in refused(
        "AccessDenied", ann.copy_object, Bucket="vault", Key="new", CopySource="vault/secret"
    )
    via = {"StringEquals": {"kms:ViaService": "s3.us-east-1.amazonaws.com",
                            "kms:EncryptionContext:aws:s3:arn": f"{BUCKET}/secret"}}  # fmt: skip
    lab.root.client("iam").put_user_policy(
        UserName="ann", PolicyName="key",
        PolicyDocument=allow("kms:Decrypt", key["Arn"], Condition=via),
    )  # fmt: skip
    assert ann.get_object(**secret)["Body"].read() == b"x"


def test_a_bucket_that_encrypts_with_a_key_by_itself(lab: Lab) -> None:
    s3 = vault(lab)
    key = lab.root.client("kms").create_key()["KeyMetadata"]["Arn"]
    by = {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key}
    s3.put_bucket_encryption(
        Bucket="vault",
        ServerSideEncryptionConfiguration={
            "Rules": [{"ApplyServerSideEncryptionByDefault": by, "BucketKeyEnabled": True}]
        },
    )
    ann = new_user(lab, "ann", allow("s3:*")).client("s3")
    assert "kms:GenerateDataKey" in refused("AccessDenied", ann.put_object, **K, Body=b"x")
    asked = lab.decisions[-1].request
    assert asked.values("kms:EncryptionContext:aws:s3:arn") == (BUCKET,)  # its bucket key
    assert outcome(ann.put_object, **K, Body=b"x", ServerSideEncryption="AES256") == "allowed"
    s3.put_object(**K, Body=b"x")
    assert "kms:Decrypt" in refused("AccessDenied", ann.get_object, **K)
    assert outcome(ann.put_object, **K, Body=b"x", ServerSideEncryption="AES256") == "allowed"
    assert outcome(ann.get_object, **K) == "allowed"
