"""The credential report and the last use of access keys, by the account's clock."""

from __future__ import annotations

import csv
from datetime import datetime, timedelta
from typing import Any

import pytest
from lab_calls import ACCOUNT, allow, enrol, new_user, outcome, refused

from helpers import Caller, Lab

HEADER = (
    "user,arn,user_creation_time,password_enabled,password_last_used,password_last_changed,"
    "password_next_rotation,mfa_active,access_key_1_active,access_key_1_last_rotated,"
    "access_key_1_last_used_date,access_key_1_last_used_region,access_key_1_last_used_service,"
    "access_key_2_active,access_key_2_last_rotated,access_key_2_last_used_date,"
    "access_key_2_last_used_region,access_key_2_last_used_service,cert_1_active,"
    "cert_1_last_rotated,cert_2_active,cert_2_last_rotated"
)


def report(lab: Lab) -> dict[str, dict[str, str]]:
    """A new report's lines, by user."""
    iam = lab.root.client("iam")
    lab.clock.advance(hours=4)
    assert iam.generate_credential_report()["State"] == "STARTED"
    assert iam.generate_credential_report()["State"] == "COMPLETE"
    text = iam.get_credential_report()["Content"].decode()
    assert text.splitlines()[0] == HEADER
    return {line["user"]: line for line in csv.DictReader(text.splitlines())}


def written(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%S+00:00")


def test_an_account_on_its_first_day(lab: Lab) -> None:
    found = report(lab)
    assert list(found) == ["<root_account>"]
    line = dict(found["<root_account>"])
    assert line.pop("arn") == f"arn:aws:iam::{ACCOUNT}:root"
    began = written(lab.account.root.created_at)
    assert [line.pop("user_creation_time"), line.pop("password_last_used")] == [began, began]
    for name in ("password_enabled", "password_last_changed", "password_next_rotation"):
        assert line.pop(name) == "not_supported"
    for name in [name for name in line if name.endswith("active")]:
        assert line.pop(name) == "false"
    assert line.pop("user") == "<root_account>"
    assert set(line.values()) == {"N/A"}


def test_root_with_key_device_and_sign_in(lab: Lab) -> None:
    iam = lab.root.client("iam")
    key = iam.create_access_key()["AccessKey"]
    since = lab.clock.now
    root = Caller("root", "", key["AccessKeyId"], key["SecretAccessKey"])
    root.client("ec2", region_name="eu-west-1").describe_key_pairs()
    used = lab.clock.now
    made = iam.create_virtual_mfa_device(VirtualMFADeviceName="root")["VirtualMFADevice"]
    lab.account.root.mfa_serials[made["SerialNumber"]] = lab.clock.now
    line = report(lab)["<root_account>"]
    assert (line["mfa_active"], line["access_key_1_active"]) == ("true", "true")
    assert line["access_key_1_last_rotated"] == written(since)
    assert line["access_key_1_last_used_date"] == written(used)
    assert line["access_key_1_last_used_region"] == "eu-west-1"
    assert line["access_key_1_last_used_service"] == "ec2"
    found = iam.get_access_key_last_used(AccessKeyId=key["AccessKeyId"])
    assert found["UserName"] == "root"
    assert found["AccessKeyLastUsed"]["ServiceName"] == "ec2"


def test_passwords_of_users(lab: Lab) -> None:
    iam = lab.root.client("iam")
    iam.create_user(UserName="ann")
    created = lab.clock.now
    line = report(lab)["ann"]
    assert line["user_creation_time"] == written(created)
    assert line["password_enabled"] == "false"
    words = ("password_last_used", "password_last_changed", "password_next_rotation")
    assert [line[name] for name in words] == ["N/A"] * 3
    iam.create_login_profile(UserName="ann", Password="winter-Sky-19")
    changed = lab.clock.now
    line = report(lab)["ann"]
    assert [line[name] for name in words] == ["no_information", written(changed), "N/A"]
    iam.update_account_password_policy(MaxPasswordAge=90)
    lab.sign_in("ann", "winter-Sky-19")
    signed_in = lab.clock.now
    line = report(lab)["ann"]
    assert line["password_enabled"] == "true"
    assert [line[name] for name in words] == [
        written(signed_in),
        written(changed),
        written(changed + timedelta(days=90)),
    ]
    assert iam.get_user(UserName="ann")["User"]["PasswordLastUsed"] == signed_in
    phone = enrol(lab, iam, "ann")
    assert report(lab)["ann"]["mfa_active"] == "true"
    iam.deactivate_mfa_device(UserName="ann", SerialNumber=phone.serial)
    assert report(lab)["ann"]["mfa_active"] == "false"


def test_keys_of_users(lab: Lab) -> None:
    iam = lab.root.client("iam")
    ann = new_user(lab, "ann", allow("s3:*"))
    first = lab.clock.now
    second = iam.create_access_key(UserName="ann")["AccessKey"]["AccessKeyId"]
    iam.update_access_key(UserName="ann", AccessKeyId=second, Status="Inactive")
    line = report(lab)["ann"]
    assert [line[f"access_key_{n}_active"] for n in (1, 2)] == ["true", "false"]
    assert line["access_key_1_last_rotated"] < line["access_key_2_last_rotated"]
    assert line["access_key_1_last_used_date"] == "N/A"
    ann.client("s3").list_buckets()
    used = lab.clock.now
    line = report(lab)["ann"]
    columns = [line[f"access_key_1_last_used_{name}"] for name in ("date", "region", "service")]
    assert columns == [written(used), "us-east-1", "s3"]
    assert line["access_key_2_last_used_date"] == "N/A"
    iam.delete_access_key(UserName="ann", AccessKeyId=ann.access_key_id)
    line = report(lab)["ann"]
    assert line["access_key_1_active"] == "false"  # the second has moved up
    assert line["access_key_1_last_rotated"] > written(first)
    assert line["access_key_2_last_rotated"] == "N/A"


def test_of_several_uses_within_a_quarter_of_an_hour_the_report_has_the_first(lab: Lab) -> None:
    ann = new_user(lab, "ann", allow("s3:*"))
    ann.client("s3").list_buckets()
    first = lab.clock.now
    lab.clock.advance(minutes=14)
    assert outcome(ann.client("iam").list_users) == "AccessDenied"  # a use all the same
    last = lab.clock.now
    line = report(lab)["ann"]
    assert line["access_key_1_last_used_date"] == written(first)
    assert line["access_key_1_last_used_service"] == "s3"
    found = lab.root.client("iam").get_access_key_last_used(AccessKeyId=ann.access_key_id)
    assert found["AccessKeyLastUsed"] == {
        "LastUsedDate": last,
        "ServiceName": "iam",
        "Region": "us-east-1",
    }
    ann.client("sts").get_caller_identity()
    assert report(lab)["ann"]["access_key_1_last_used_service"] == "sts"


def test_keys_that_were_never_used_or_are_not_there(lab: Lab) -> None:
    iam = lab.root.client("iam")
    ann = new_user(lab, "ann")
    found = iam.get_access_key_last_used(AccessKeyId=ann.access_key_id)
    assert found["UserName"] == "ann"
    assert found["AccessKeyLastUsed"] == {"ServiceName": "N/A", "Region": "N/A"}
    wrong = Caller("ann", ann.arn, ann.access_key_id, "x" * 40)
    assert outcome(wrong.client("s3").list_buckets) == "SignatureDoesNotMatch"
    found = iam.get_access_key_last_used(AccessKeyId=ann.access_key_id)
    assert "LastUsedDate" not in found["AccessKeyLastUsed"]
    refused("NoSuchEntity", iam.get_access_key_last_used, AccessKeyId="AKIAIOSFODNN7EXAMPLE")


def test_temporary_credentials_are_no_use_of_the_key(lab: Lab) -> None:
    ann = new_user(lab, "ann", allow("s3:*"))
    made = ann.client("sts").get_session_token()["Credentials"]
    at = lab.clock.now
    lab.clock.advance(hours=1)
    key = (made["AccessKeyId"], made["SecretAccessKey"], made["SessionToken"])
    Caller("ann", ann.arn, *key).client("s3").list_buckets()
    found = lab.root.client("iam").get_access_key_last_used(AccessKeyId=ann.access_key_id)
    assert found["AccessKeyLastUsed"]["LastUsedDate"] == at


def test_when_there_is_no_report_an_old_one_or_one_that_has_expired(lab: Lab) -> None:
    iam = lab.root.client("iam")
    refused("ReportNotPresent", iam.get_credential_report)
    assert iam.generate_credential_report()["State"] == "STARTED"
    made = lab.clock.now
    iam.create_user(UserName="ann")
    lab.clock.advance(hours=3, minutes=59)
    assert iam.generate_credential_report()["State"] == "COMPLETE"
    found = iam.get_credential_report()
    assert (found["GeneratedTime"], found["ReportFormat"]) == (made, "text/csv")
    assert b"ann" not in found["Content"]
    lab.clock.advance(days=6, hours=20)
    iam.get_credential_report()
    lab.clock.advance(hours=1)
    refused("ReportExpired", iam.get_credential_report)
    assert iam.generate_credential_report()["State"] == "STARTED"
    assert b"ann" in iam.get_credential_report()["Content"]


@pytest.mark.parametrize("service", ["s3", "iam"])
def test_a_roles_last_use(lab: Lab, service: str) -> None:
    from lab_calls import client, trust

    iam = lab.root.client("iam")
    ann = new_user(lab, "ann", allow("sts:AssumeRole"))
    iam.create_role(RoleName="r", AssumeRolePolicyDocument=trust({"AWS": ann.arn}))

    def used() -> Any:
        return iam.get_role(RoleName="r")["Role"]["RoleLastUsed"]

    made = ann.client("sts").assume_role(
        RoleArn=f"arn:aws:iam::{ACCOUNT}:role/r", RoleSessionName="ss"
    )
    assert used() == {}
    session = client(made["Credentials"], service)
    outcome(session.list_buckets if service == "s3" else session.list_users)
    at = lab.clock.now
    assert used() == {"LastUsedDate": at, "Region": "us-east-1"}
    assert "RoleLastUsed" not in iam.list_roles()["Roles"][0]
