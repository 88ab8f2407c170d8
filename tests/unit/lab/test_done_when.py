"""The house that says no and opens with MFA, by every way of calling."""

from __future__ import annotations

import json

import pytest
import requests
from botocore.config import Config
from lab_calls import (
    ACCOUNT,
    DENY_WITHOUT_MFA,
    child,
    client,
    enrol,
    outcome,
    refused,
)

from helpers import Lab

POLICY_ARN = f"arn:aws:iam::{ACCOUNT}:policy/DenyAllExceptListedIfNoMFA"
SENTENCE = (
    f"User: arn:aws:iam::{ACCOUNT}:user/admin is not authorized to perform: "
    f"s3:ListAllMyBuckets with an explicit deny in an identity-based policy: {POLICY_ARN}"
)


@pytest.fixture
def guarded(house: Lab) -> Lab:
    """The house, with the article's policy on its administrators."""
    iam = house.root.client("iam")
    iam.create_policy(
        PolicyName="DenyAllExceptListedIfNoMFA", PolicyDocument=json.dumps(DENY_WITHOUT_MFA)
    )
    iam.attach_group_policy(GroupName="administrators", PolicyArn=POLICY_ARN)
    return house


def with_mfa(lab: Lab):
    admin = lab.caller("admin")
    phone = enrol(lab, admin.client("iam"), "admin")
    code = phone.fresh()
    sts = admin.client("sts")
    return phone, code, sts, sts.get_session_token(SerialNumber=phone.serial, TokenCode=code)


def test_the_access_key_is_refused_in_awss_sentence(guarded: Lab) -> None:
    s3 = guarded.caller("admin").client("s3")
    assert refused("AccessDenied", s3.list_buckets) == SENTENCE
    decision = guarded.decisions[-1]
    assert decision.effect == "explicitDeny"
    assert decision.decided_by.policy_name == POLICY_ARN
    assert "DenyAllExceptListedIfNoMFA" in str(guarded.why())


def test_a_right_code_opens_and_wrong_and_used_ones_do_not(guarded: Lab) -> None:
    phone, code, sts, answer = with_mfa(guarded)
    s3 = client(answer["Credentials"], "s3")
    assert [b["Name"] for b in s3.list_buckets()["Buckets"]] == ["payroll"]
    for bad in (code, phone.wrong()):
        refused("AccessDenied", sts.get_session_token, SerialNumber=phone.serial, TokenCode=bad)
    # The policy looks at the credentials: the access key stays shut, and so does a session
    # that was got without a code.
    assert refused("AccessDenied", guarded.caller("admin").client("s3").list_buckets) == SENTENCE
    plain = client(sts.get_session_token()["Credentials"], "s3")
    assert refused("AccessDenied", plain.list_buckets) == SENTENCE


def test_resource_paginator_and_pre_signed_url_get_the_same_answers(guarded: Lab) -> None:
    shut = guarded.caller("admin")
    _, _, _, answer = with_mfa(guarded)
    made = answer["Credentials"]

    def resource(service):
        names = [bucket.name for bucket in service("s3", "resource").buckets.all()]
        assert names == ["payroll"]

    def paginator(service):
        pages = service("s3", "client").get_paginator("list_buckets").paginate()
        assert [b["Name"] for page in pages for b in page["Buckets"]] == ["payroll"]

    def waiter(service):
        service("s3", "client").get_waiter("bucket_exists").wait(
            Bucket="payroll", WaiterConfig={"Delay": 0, "MaxAttempts": 1}
        )

    def closed(service: str, kind: str):
        return getattr(shut, kind)(service)

    def opened(service: str, kind: str):
        from helpers import Caller

        caller = Caller(
            "admin", shut.arn, made["AccessKeyId"], made["SecretAccessKey"], made["SessionToken"]
        )
        return getattr(caller, kind)(service)

    for way in (resource, paginator):
        assert refused("AccessDenied", way, closed) == SENTENCE
        way(opened)
    waiter(opened)
    for version in ("s3", "s3v4"):
        config = Config(signature_version=version)
        where = {"Bucket": "payroll", "Key": "2026.csv"}
        url = shut.client("s3", config=config).generate_presigned_url("get_object", Params=where)
        answer = requests.get(url)
        assert answer.status_code == 403
        assert f"explicit deny in an identity-based policy: {POLICY_ARN}" in answer.text
        s3 = client(made, "s3", config=config)
        url = s3.generate_presigned_url("get_object", Params=where)
        assert requests.get(url).text.startswith("month")


def test_what_the_policy_exempts_works_without_mfa_and_the_rest_does_not(guarded: Lab) -> None:
    iam = guarded.caller("admin").client("iam")
    iam.get_user()
    iam.list_mfa_devices()
    iam.list_virtual_mfa_devices()
    enrol(guarded, iam, "admin")
    guarded.caller("admin").client("sts").get_caller_identity()
    for call in (iam.list_users, iam.list_access_keys, iam.create_access_key):
        refused("AccessDenied", call)
    device = iam.list_mfa_devices()["MFADevices"][0]["SerialNumber"]
    no = "AccessDenied"
    assert outcome(iam.deactivate_mfa_device, UserName="admin", SerialNumber=device) == no
    assert outcome(iam.delete_virtual_mfa_device, SerialNumber=device) == no


def test_clients_made_before_the_import_before_the_start_and_in_an_earlier_lab() -> None:
    """In a process of its own: with made-up keys in the environment and in code."""
    done = child(
        """
        import json, boto3, requests
        ambient = boto3.client("s3", "us-east-1")
        bucket = boto3.resource("s3", region_name="us-east-1").Bucket("payroll")
        pages = ambient.get_paginator("list_buckets")
        from helpers import Lab
        from botocore.exceptions import ClientError
        between = boto3.client("s3")
        Lab.start("house")
        earlier = boto3.client("s3")
        earlier.list_buckets()
        lab = Lab.start("house")

        def answers():
            where = {"Bucket": "payroll", "Key": "2026.csv"}
            yield ambient.list_buckets
            yield between.list_buckets
            yield earlier.list_buckets
            yield lambda: list(bucket.objects.all())
            yield lambda: list(pages.paginate())
            url = ambient.generate_presigned_url("get_object", Params=where)
            yield lambda: requests.get(url).raise_for_status()

        def outcomes():
            for call in answers():
                try:
                    call()
                except (ClientError, requests.HTTPError) as error:
                    yield "403" if "403" in str(error) or "AccessDenied" in str(error) else error
                else:
                    yield "ok"

        print(*outcomes())
        iam = lab.root.client("iam")
        deny = {"Version": "2012-10-17", "Statement": {"Effect": "Deny", "Action": "*",
                "Resource": "*", "Condition": {"BoolIfExists":
                {"aws:MultiFactorAuthPresent": "false"}}}}
        iam.put_user_policy(UserName="admin", PolicyName="d", PolicyDocument=json.dumps(deny))
        lab.use(lab.caller("admin"))
        print(*outcomes())
        iam.delete_user_policy(UserName="admin", PolicyName="d")
        print(*outcomes())
        """,
        env={"AWS_ACCESS_KEY_ID": "AKIACANARYCANARYCANA", "AWS_SECRET_ACCESS_KEY": "canary"},
    )
    ways = [" ".join([outcome] * 6) for outcome in ("ok", "403", "ok")]
    assert done.stdout.splitlines() == ways
