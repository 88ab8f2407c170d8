"""``lab.clock.advance`` moves everything that ages in an account, and all of it alike.

One walk through time: the same clock for codes, sessions, passwords, MFA, the record and reports.
"""

from __future__ import annotations

import csv
import io
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest
import requests
from botocore.exceptions import ClientError
from lab_calls import (
    ACCOUNT,
    allow,
    client,
    enrol,
    new_user,
    outcome,
    policy,
    refused,
    statement,
    trust,
)

from helpers import Lab
from helpers.lab import SignInFailed

PASSWORD = "Correct-horse-1!"


def signed_in(lab: Lab, name: str, *documents: str) -> Any:
    """A new user with a password; the Caller of the user's access key."""
    caller = new_user(lab, name, *documents)
    lab.root.client("iam").create_login_profile(UserName=name, Password=PASSWORD)
    return caller


# A call for each dialect of "expired": service, method, parameters, error code, HTTP status.
EXPIRED = [
    ("iam", "list_users", {}, "ExpiredToken", 403),
    ("sts", "get_caller_identity", {}, "ExpiredToken", 403),
    ("s3", "list_buckets", {}, "ExpiredToken", 400),
    ("s3control", "get_public_access_block", {"AccountId": ACCOUNT}, "ExpiredToken", 400),
    ("ec2", "describe_vpcs", {}, "RequestExpired", 400),
    ("cloudtrail", "lookup_events", {}, "ExpiredTokenException", 400),
    ("organizations", "list_roots", {}, "ExpiredTokenException", 400),
    ("kms", "list_keys", {}, "ExpiredTokenException", 400),
    ("dynamodb", "list_tables", {}, "ExpiredTokenException", 400),
    ("logs", "describe_log_groups", {}, "ExpiredTokenException", 400),
    ("ssm", "describe_parameters", {}, "ExpiredTokenException", 400),
    ("secretsmanager", "list_secrets", {}, "ExpiredTokenException", 400),
    ("support", "describe_services", {}, "ExpiredTokenException", 400),
    ("accessanalyzer", "list_analyzers", {}, "ExpiredTokenException", 403),
    ("account", "list_regions", {}, "ExpiredTokenException", 403),
    ("lambda", "list_functions", {}, "ExpiredTokenException", 403),
    ("sns", "list_topics", {}, "ExpiredToken", 403),
]


def test_sessions_end_in_the_words_of_each_service(lab: Lab) -> None:
    found = lab.root.client("sts").get_session_token(DurationSeconds=900)["Credentials"]
    calls = [
        (getattr(client(found, service), method), parameters, code, status)
        for service, method, parameters, code, status in EXPIRED
    ]
    lab.clock.advance(seconds=(found["Expiration"] - lab.clock.now).total_seconds() - 5)
    client(found, "s3").list_buckets()
    lab.clock.advance(seconds=30)
    events = len(lab.events)
    for call, parameters, code, status in calls:
        with pytest.raises(ClientError) as caught:
            call(**parameters)
        answer = caught.value.response
        assert answer["Error"]["Code"] == code, call
        assert answer["ResponseMetadata"]["HTTPStatusCode"] == status, call
    assert len(lab.events) == events, "credentials that are no good are in no record"


@pytest.mark.parametrize("way", ["AssumeRole", "GetFederationToken", "console"])
def test_every_kind_of_session_ends(lab: Lab, way: str) -> None:
    """By the end that its answer names; a console session after its hours."""
    ann = signed_in(lab, "ann", allow("*"))
    if way == "console":
        caller = lab.sign_in("ann", PASSWORD)
        s3, life = caller.client("s3"), timedelta(hours=12)
    else:
        sts = ann.client("sts")
        if way == "AssumeRole":
            made = lab.root.client("iam").create_role(
                RoleName="r", AssumeRolePolicyDocument=trust({"AWS": ann.arn})
            )
            found = sts.assume_role(RoleArn=made["Role"]["Arn"], RoleSessionName="work")
        else:
            found = sts.get_federation_token(Name="guest", Policy=allow("*"), DurationSeconds=7200)
        s3 = client(found["Credentials"], "s3")
        life = found["Credentials"]["Expiration"] - lab.clock.now
    assert outcome(s3.list_buckets) in ("allowed", "AccessDenied")
    lab.clock.advance(seconds=life.total_seconds() - 60)
    assert outcome(s3.list_buckets) in ("allowed", "AccessDenied")
    lab.clock.advance(seconds=120)
    assert outcome(s3.list_buckets) == "ExpiredToken"


def test_a_url_ends_and_the_access_key_does_not(house: Lab) -> None:
    s3 = house.caller("analyst").client("s3")
    parameters = {"Bucket": "payroll", "Key": "2026.csv"}
    url = s3.generate_presigned_url("get_object", parameters, ExpiresIn=600)
    assert requests.get(url, timeout=5).status_code == 200
    house.clock.advance(minutes=11)
    answer = requests.get(url, timeout=5)
    assert (answer.status_code, "Request has expired" in answer.text) == (403, True)
    house.clock.advance(days=3000)
    assert outcome(s3.get_object, **parameters) == "allowed"


def test_codes_change_and_the_age_of_mfa_grows(lab: Lab) -> None:
    recent = {"NumericLessThan": {"aws:MultiFactorAuthAge": "3600"}}
    ann = new_user(
        lab,
        "ann",
        policy(statement("Allow", ["iam:*MFADevice*", "sts:*"])),
        policy(statement("Allow", "s3:ListAllMyBuckets", Condition=recent)),
    )
    phone = enrol(lab, ann.client("iam"), "ann")
    code = phone.code()
    lab.clock.advance(seconds=30)
    assert phone.code() != code
    lab.clock.advance(minutes=10)
    sts = ann.client("sts")
    ask = {"SerialNumber": phone.serial, "DurationSeconds": 7200}
    refused("AccessDenied", sts.get_session_token, TokenCode=code, **ask)
    found = sts.get_session_token(TokenCode=phone.fresh(), **ask)["Credentials"]
    s3 = client(found, "s3")
    lab.clock.advance(minutes=59)
    assert outcome(s3.list_buckets) == "allowed"
    lab.clock.advance(minutes=2)
    assert outcome(s3.list_buckets) == "AccessDenied"
    lab.clock.advance(hours=2)
    assert outcome(s3.list_buckets) == "ExpiredToken"


def report_of(lab: Lab, user: str) -> dict[str, str]:
    """A user's row in a fresh credential report."""
    iam = lab.root.client("iam")
    iam.generate_credential_report()
    text = iam.get_credential_report()["Content"].decode()
    return next(row for row in csv.DictReader(io.StringIO(text)) if row["user"] == user)


def test_ninety_days_go_by_for_passwords_reports_and_the_record(lab: Lab) -> None:
    iam = lab.root.client("iam")
    iam.update_account_password_policy(MaxPasswordAge=90)
    ann = signed_in(lab, "ann", allow("s3:*"))
    began = lab.clock.now
    lab.sign_in("ann", PASSWORD)
    ann.client("s3").list_buckets()
    before = report_of(lab, "ann")

    lab.clock.advance(days=89)
    lab.sign_in("ann", PASSWORD)
    trail = lab.root.client("cloudtrail", region_name="us-east-1")
    by_ann = {"LookupAttributes": [{"AttributeKey": "Username", "AttributeValue": "ann"}]}
    seen = {event["EventName"] for event in trail.lookup_events(**by_ann)["Events"]}
    assert {"ConsoleLogin", "ListBuckets"} <= seen

    lab.clock.advance(days=2)
    with pytest.raises(SignInFailed):
        lab.sign_in("ann", PASSWORD)
    later = report_of(lab, "ann")
    for column, days in (
        ("user_creation_time", 0),
        ("password_last_changed", 0),
        ("password_last_used", 89),
        ("access_key_1_last_used_date", 0),
    ):
        when = datetime.fromisoformat(later[column])
        assert abs(when - began - timedelta(days=days)) < timedelta(minutes=5), column
    assert before["password_last_used"] < later["password_last_used"]

    # What was in the event history for ninety days is in the record for good.
    names = [event["EventName"] for event in trail.lookup_events(**by_ann)["Events"]]
    assert "ListBuckets" not in names
    assert "ListBuckets" in {event["eventName"] for event in lab.events}
    used = iam.get_access_key_last_used(AccessKeyId=ann.access_key_id)["AccessKeyLastUsed"]
    assert (used["ServiceName"], used["LastUsedDate"].date()) == ("s3", began.date())


def last_s3(lab: Lab, arn: str) -> datetime | None:
    iam = lab.root.client("iam")
    job = iam.generate_service_last_accessed_details(Arn=arn)["JobId"]
    found = iam.get_service_last_accessed_details(JobId=job)["ServicesLastAccessed"]
    return next(s for s in found if s["ServiceNamespace"] == "s3").get("LastAuthenticated")


def test_last_accessed_data_is_kept_for_its_days(lab: Lab) -> None:
    ann = new_user(lab, "ann", allow("s3:*"))
    ann.client("s3").list_buckets()
    when = last_s3(lab, ann.arn)
    assert when is not None
    assert abs(when - lab.clock.now) < timedelta(minutes=5)
    lab.clock.advance(days=399)
    assert last_s3(lab, ann.arn) == when
    lab.clock.advance(days=2)
    assert last_s3(lab, ann.arn) is None


def test_policies_see_the_accounts_time(lab: Lab) -> None:
    """aws:CurrentTime and aws:EpochTime, on the same clock as what is stored."""
    end = lab.clock.now + timedelta(days=1)
    ann = new_user(
        lab,
        "ann",
        allow("s3:ListAllMyBuckets", Condition={
            "DateLessThan": {"aws:CurrentTime": end.strftime("%Y-%m-%dT%H:%M:%SZ")}}),
        allow("sqs:ListQueues", Condition={
            "NumericGreaterThan": {"aws:EpochTime": str(int(end.timestamp()))}}),
    )  # fmt: skip
    buckets, queues = ann.client("s3").list_buckets, ann.client("sqs").list_queues
    assert (outcome(buckets), outcome(queues)) == ("allowed", "AccessDenied")
    lab.clock.advance(days=1, minutes=1)
    assert (outcome(buckets), outcome(queues)) == ("AccessDenied", "allowed")


def test_one_time_for_what_every_service_writes(lab: Lab) -> None:
    lab.clock.advance(days=1000)
    before = lab.clock.now
    made = boto3.client("iam").create_user(UserName="ann")["User"]["CreateDate"]
    s3 = boto3.client("s3")
    s3.create_bucket(Bucket="vault")
    s3.put_object(Bucket="vault", Key="k", Body=b"x")
    stored = s3.head_object(Bucket="vault", Key="k")["LastModified"]
    key = boto3.client("kms").create_key()["KeyMetadata"]["CreationDate"]
    table = boto3.client("dynamodb").create_table(
        TableName="t",
        KeySchema=[{"AttributeName": "k", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "k", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )["TableDescription"]["CreationDateTime"]
    secret = boto3.client("secretsmanager")
    secret.create_secret(Name="s", SecretString="x")
    written = secret.describe_secret(SecretId="s")["CreatedDate"]
    recorded = datetime.fromisoformat(lab.events[-1]["eventTime"].replace("Z", "+00:00"))
    for when in (made, stored, key, table, written, recorded):
        assert timedelta(seconds=-1) <= when - before <= timedelta(minutes=1)
    assert abs(time.time() - datetime.now(UTC).timestamp()) < 5
