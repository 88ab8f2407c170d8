"""Small walks through an account, each of which plain moto and AWS end differently.

Plain boto3 alone, so that the same function runs under ``mock_aws`` and in the lab. Each returns
something that JSON can hold. Numbers in the names are nothing but their order.
"""

from __future__ import annotations

import csv
import json
from typing import Any

import boto3
import pyotp
from botocore.config import Config
from botocore.exceptions import ClientError

ROLE = {"RoleName": "r"}
NOBODY_ELSE = {"AWS": "arn:aws:iam::444455556666:user/somebody-else"}


def code(call: Any, **parameters: Any) -> str:
    """A call's error code, or "ok"."""
    try:
        call(**parameters)
    except ClientError as error:
        return error.response["Error"]["Code"]
    except Exception as error:
        return type(error).__name__
    return "ok"


def document(effect: str, action: Any, resource: str = "*", **others: Any) -> str:
    statement = {"Effect": effect, "Action": action, "Resource": resource, **others}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def user(name: str = "ann", *documents: str) -> dict[str, str]:
    """A user with inline policies; their access key as boto3.client's arguments."""
    iam = boto3.client("iam")
    iam.create_user(UserName=name)
    for number, text in enumerate(documents):
        iam.put_user_policy(UserName=name, PolicyName=f"p{number}", PolicyDocument=text)
    return arguments(iam.create_access_key(UserName=name)["AccessKey"])


def arguments(credentials: dict[str, str]) -> dict[str, str]:
    return {
        "aws_access_key_id": credentials["AccessKeyId"],
        "aws_secret_access_key": credentials["SecretAccessKey"],
        "aws_session_token": credentials.get("SessionToken"),
    }


def row_01_who_plain_boto3_is() -> str:
    return boto3.client("sts").get_caller_identity()["Arn"].rsplit(":", 1)[-1]


def row_02_unknown_key() -> list[str]:
    unknown = {"aws_access_key_id": "AKIAIOSFODNN7EXAMPLE", "aws_secret_access_key": "x" * 40}
    return [
        code(boto3.client("iam", **unknown).list_users),
        code(boto3.client("s3", **unknown).list_buckets),
        code(boto3.client("ec2", **unknown).describe_vpcs),
    ]


def row_02_inactive_key() -> str:
    key = user("ann", document("Allow", "*"))
    boto3.client("iam").update_access_key(
        UserName="ann", AccessKeyId=key["aws_access_key_id"], Status="Inactive"
    )
    return code(boto3.client("sts", **key).get_caller_identity)


def row_03_wrong_secret() -> str:
    key = user("ann", document("Allow", "*"))
    return code(boto3.client("iam", **{**key, "aws_secret_access_key": "w" * 40}).list_users)


def row_04_conditions() -> str:
    never = {"StringEquals": {"aws:SourceIp": "never"}}
    key = user("ann", document("Allow", "s3:ListAllMyBuckets", Condition=never))
    return code(boto3.client("s3", **key).list_buckets)


def row_05_resources_outside_s3() -> list[str]:
    own = "arn:aws:iam::*:user/${aws:username}"
    iam = boto3.client("iam", **user("ann", document("Allow", "iam:GetUser", own)))
    boto3.client("iam").create_user(UserName="bob")
    return [code(iam.get_user, UserName="ann"), code(iam.get_user, UserName="bob")]


def row_06_mfa_deny_policy() -> list[str]:
    without = {"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}}
    deny = document("Deny", "s3:*", Condition=without)
    key = user("ann", document("Allow", "*"), deny)
    serial, totp = device("ann")
    made = session_with_code(key, serial, totp)
    return [
        code(boto3.client("s3", **key).list_buckets),
        code(boto3.client("s3", **arguments(made)).list_buckets),
    ]


def device(name: str) -> tuple[str, pyotp.TOTP]:
    """An MFA device enabled for a user: serial number and codes."""
    iam = boto3.client("iam")
    made = iam.create_virtual_mfa_device(VirtualMFADeviceName="p")["VirtualMFADevice"]
    totp, now = pyotp.TOTP(made["Base32StringSeed"].decode()), account_time()
    iam.enable_mfa_device(
        UserName=name,
        SerialNumber=made["SerialNumber"],
        AuthenticationCode1=totp.at(now),
        AuthenticationCode2=totp.at(now, counter_offset=1),
    )
    return made["SerialNumber"], totp


def account_time() -> Any:
    """The account's time, which a new user's date tells under both."""
    iam = boto3.client("iam")
    found = iam.create_user(UserName="clock")["User"]["CreateDate"]
    iam.delete_user(UserName="clock")
    return found


def session_with_code(key: dict[str, str], serial: str, totp: pyotp.TOTP) -> dict[str, str]:
    """A session with MFA, by the first code after those that enrolled the device."""
    sts = boto3.client("sts", **key)
    for _ in range(40):
        try:
            return sts.get_session_token(
                SerialNumber=serial, TokenCode=totp.at(account_time(), counter_offset=1)
            )["Credentials"]
        except ClientError:
            continue
    raise AssertionError("no code was taken")


def row_07_boundary_of_a_user() -> list[Any]:
    iam = boto3.client("iam")
    edge = iam.create_policy(PolicyName="edge", PolicyDocument=document("Allow", "s3:*"))["Policy"]
    iam.create_user(UserName="ann", PermissionsBoundary=edge["Arn"])
    iam.put_user_policy(UserName="ann", PolicyName="p", PolicyDocument=document("Allow", "*"))
    key = arguments(iam.create_access_key(UserName="ann")["AccessKey"])
    return [
        "PermissionsBoundary" in iam.get_user(UserName="ann")["User"],
        code(boto3.client("iam", **key).list_users),
        code(boto3.client("s3", **key).list_buckets),
    ]


def row_05_tables_and_queues_by_their_arns() -> list[str]:
    here = "us-east-1:111122223333"
    own = document("Allow", ["dynamodb:*", "sqs:*"], f"arn:aws:dynamodb:{here}:table/mine")
    key = user("ann", own)
    dynamodb, sqs = boto3.client("dynamodb"), boto3.client("sqs")
    for name in ("mine", "other"):
        dynamodb.create_table(
            TableName=name,
            KeySchema=[{"AttributeName": "k", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "k", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
        )
    url = sqs.create_queue(QueueName="jobs")["QueueUrl"]
    ann = boto3.client("dynamodb", **key)
    return [
        code(ann.describe_table, TableName="mine"),
        code(ann.describe_table, TableName="other"),
        code(boto3.client("sqs", **key).send_message, QueueUrl=url, MessageBody="m"),
    ]


def row_05_roles_have_to_be_passed() -> str:
    iam = boto3.client("iam")
    ec2 = {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}}
    trust = {"Version": "2012-10-17", "Statement": [{**ec2, "Action": "sts:AssumeRole"}]}
    iam.create_role(**ROLE, AssumeRolePolicyDocument=json.dumps(trust))
    iam.create_instance_profile(InstanceProfileName="p")
    key = user("ann", document("Allow", "iam:AddRoleToInstanceProfile"))
    add = boto3.client("iam", **key).add_role_to_instance_profile
    return code(add, InstanceProfileName="p", **ROLE)


def row_05_tags_on_what_is_created() -> list[str]:
    web = {"Condition": {"StringEquals": {"aws:RequestTag/team": "web"}}}
    ann = boto3.client("iam", **user("ann", document("Allow", ["iam:*User"], **web)))
    return [
        code(ann.create_user, UserName=team, Tags=[{"Key": "team", "Value": team}])
        for team in ("web", "ops")
    ]


def row_09_principal_in_a_key_policy() -> list[str]:
    kms = boto3.client("kms")
    user("somebody-else")
    key = kms.create_key()["KeyMetadata"]["KeyId"]
    statements = [
        {"Effect": "Allow", "Principal": {"AWS": "111122223333"}, "Action": "kms:*"},
        {"Effect": "Deny", "Principal": NOBODY_ELSE, "Action": "kms:DescribeKey"},
    ]
    text = {"Version": "2012-10-17", "Statement": [{**s, "Resource": "*"} for s in statements]}
    kms.put_key_policy(KeyId=key, PolicyName="default", Policy=json.dumps(text))
    ann = boto3.client("kms", **user("ann", document("Allow", "kms:*")))
    nothing = boto3.client("kms", **user("bob"))
    return [
        code(ann.describe_key, KeyId=key),
        code(nothing.encrypt, KeyId=key, Plaintext=b"x"),
    ]


def row_09_policies_that_are_none() -> list[str]:
    kms, sqs = boto3.client("kms"), boto3.client("sqs")
    url = sqs.create_queue(QueueName="jobs")["QueueUrl"]
    return [
        code(kms.create_key, Policy="{}"),
        code(sqs.set_queue_attributes, QueueUrl=url, Attributes={"Policy": "{}"}),
    ]


def row_09_principal_in_a_bucket_policy() -> list[str]:
    """A Deny for somebody else, and an Allow for this very user."""
    s3 = boto3.client("s3")
    s3.create_bucket(Bucket="vault")
    s3.put_object(Bucket="vault", Key="k", Body=b"x")
    ann = boto3.client("s3", **user("ann"))
    boto3.client("iam").create_user(UserName="somebody-else")
    arn = boto3.client("iam").get_user(UserName="ann")["User"]["Arn"]
    where = {"Bucket": "vault", "Key": "k"}
    found = []
    for effect, principal in (("Allow", {"AWS": arn}), ("Deny", NOBODY_ELSE)):
        text = document(effect, "s3:GetObject", "arn:aws:s3:::vault/*", Principal=principal)
        s3.put_bucket_policy(Bucket="vault", Policy=text)
        found += [code(ann.get_object, **where), code(s3.get_object, **where)]
    return found


def row_10_session_policies() -> str:
    key = user("ann", document("Allow", "*"))
    made = boto3.client("sts", **key).get_federation_token(
        Name="bob", Policy=document("Allow", "ec2:*")
    )
    return code(boto3.client("s3", **arguments(made["Credentials"])).list_buckets)


def row_11_message_of_a_denial() -> list[str]:
    key = user("ann")
    found = []
    for service, method in (("iam", "list_users"), ("cloudtrail", "describe_trails")):
        try:
            getattr(boto3.client(service, **key), method)()
        except ClientError as error:
            found.append(error.response["Error"]["Code"])
            message = error.response["Error"]["Message"]
            found.append("because no identity-based policy allows" in message)
        else:
            found.append("ok")
    return found


def row_12_session_token() -> list[Any]:
    key = user("ann", document("Allow", "*"))
    sts = boto3.client("sts", **key)
    one, two = (sts.get_session_token()["Credentials"]["AccessKeyId"] for _ in range(2))
    made = arguments(sts.get_session_token()["Credentials"])
    who = boto3.client("sts", **made).get_caller_identity()["Arn"].rsplit(":", 1)[-1]
    serial, _ = device("ann")
    any_code = code(sts.get_session_token, SerialNumber=serial, TokenCode="000000")
    return [one != two, who, any_code]


def row_13_trust_policy() -> list[str]:
    iam = boto3.client("iam")
    key = user("ann", document("Allow", "*"))
    trust = {
        "Version": "2012-10-17",
        "Statement": {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"},
                      "Action": "sts:AssumeRole"},
    }  # fmt: skip
    role = iam.create_role(**ROLE, AssumeRolePolicyDocument=json.dumps(trust))["Role"]["Arn"]
    assume = boto3.client("sts", **key).assume_role
    return [
        code(assume, RoleArn=role, RoleSessionName="work"),
        code(assume, RoleArn=role + "-not-there", RoleSessionName="work"),
    ]


def row_14_qr_code() -> bool:
    made = boto3.client("iam").create_virtual_mfa_device(VirtualMFADeviceName="p")
    return made["VirtualMFADevice"]["QRCodePNG"].startswith(b"\x89PNG")


def row_15_codes_of_a_device() -> list[str]:
    iam = boto3.client("iam")
    user("ann")
    serial = iam.create_virtual_mfa_device(VirtualMFADeviceName="p")["VirtualMFADevice"]
    codes = {"AuthenticationCode1": "123456", "AuthenticationCode2": "123456"}
    return [
        code(iam.enable_mfa_device, UserName="ann", SerialNumber=serial["SerialNumber"], **codes),
        code(iam.enable_mfa_device, UserName="ann", SerialNumber="arn:aws:iam::1:mfa/no", **codes),
    ]


def row_16_delete_a_device_in_use() -> str:
    user("ann")
    serial, _ = device("ann")
    return code(boto3.client("iam").delete_virtual_mfa_device, SerialNumber=serial)


def row_17_get_and_resync() -> list[str]:
    user("ann")
    serial, _ = device("ann")
    iam = boto3.client("iam")
    codes = {"AuthenticationCode1": "123456", "AuthenticationCode2": "123456"}
    return [
        code(iam.get_mfa_device, UserName="ann", SerialNumber=serial),
        code(iam.resync_mfa_device, UserName="ann", SerialNumber=serial, **codes),
    ]


def row_18_password_policy() -> list[str]:
    iam = boto3.client("iam")
    iam.create_user(UserName="ann")
    found = [code(iam.create_login_profile, UserName="ann", Password="short")]
    iam.update_account_password_policy(MinimumPasswordLength=14, PasswordReusePrevention=5)
    code(iam.create_login_profile, UserName="ann", Password="winter-Sky-19-20")
    for password in ("winter-Sky-19", "winter-Sky-19-20"):
        found.append(code(iam.update_login_profile, UserName="ann", Password=password))
    return found


def row_19_change_of_a_password() -> list[Any]:
    iam = boto3.client("iam")
    key = user("ann", document("Allow", "*"))
    first, second = "winter-Sky-19", "summer-Sky-20"
    iam.create_login_profile(UserName="ann", Password=first, PasswordResetRequired=True)
    asked = iam.get_login_profile(UserName="ann")["LoginProfile"]["PasswordResetRequired"]
    change = boto3.client("iam", **key).change_password
    return [
        asked,
        code(change, OldPassword=second, NewPassword=second),
        code(change, OldPassword=first, NewPassword=second),
        iam.get_login_profile(UserName="ann")["LoginProfile"]["PasswordResetRequired"],
    ]


def row_20_account_summary() -> list[int]:
    iam = boto3.client("iam")
    code(iam.create_access_key)
    made = iam.create_virtual_mfa_device(VirtualMFADeviceName="p")["VirtualMFADevice"]
    totp, now = pyotp.TOTP(made["Base32StringSeed"].decode()), account_time()
    for name in ("root", None):
        code(
            iam.enable_mfa_device,
            UserName=name or "",
            SerialNumber=made["SerialNumber"],
            AuthenticationCode1=totp.at(now),
            AuthenticationCode2=totp.at(now, counter_offset=1),
        )
    found = iam.get_account_summary()["SummaryMap"]
    return [found["AccountAccessKeysPresent"], found["AccountMFAEnabled"]]


def row_21_credential_report() -> list[Any]:
    iam = boto3.client("iam")
    key = user("bob", document("Allow", "s3:*"))
    boto3.client("s3", **key).list_buckets()
    iam.generate_credential_report()
    report = iam.get_credential_report()
    lines = list(csv.DictReader(report["Content"].decode().splitlines()))
    return [
        [line["user"] for line in lines],
        lines[-1]["access_key_1_last_used_service"],
        report["GeneratedTime"].year == account_time().year,
    ]


def row_22_things_in_use() -> list[str]:
    iam = boto3.client("iam")
    user("ann")
    iam.create_group(GroupName="g")
    iam.add_user_to_group(GroupName="g", UserName="ann")
    policy = iam.create_policy(PolicyName="p", PolicyDocument=document("Allow", "*"))["Policy"]
    iam.attach_group_policy(GroupName="g", PolicyArn=policy["Arn"])
    return [
        code(iam.delete_policy, PolicyArn=policy["Arn"]),
        code(iam.delete_group, GroupName="g"),
        code(iam.delete_user, UserName="ann"),
    ]


def row_23_ids() -> list[str]:
    iam = boto3.client("iam")
    policy = iam.create_policy(PolicyName="p", PolicyDocument=document("Allow", "*"))["Policy"]
    ids = [
        iam.create_user(UserName="u")["User"]["UserId"],
        iam.create_group(GroupName="g")["Group"]["GroupId"],
        policy["PolicyId"],
    ]
    known = ("AIDA", "AGPA", "ANPA")
    return [prefix for made, prefix in zip(ids, known, strict=True) if made.startswith(prefix)]


def row_24_aws_managed_policies() -> str:
    return code(
        boto3.client("iam").get_policy, PolicyArn="arn:aws:iam::aws:policy/AdministratorAccess"
    )


def row_26_last_accessed() -> Any:
    """What a user may use, and the one service of it that was tried."""
    key = user("ann", document("Allow", ["s3:*", "sqs:*"]))
    code(boto3.client("s3", **key).list_buckets)
    iam = boto3.client("iam")
    arn = iam.get_user(UserName="ann")["User"]["Arn"]
    try:
        job = iam.generate_service_last_accessed_details(Arn=arn)["JobId"]
    except NotImplementedError as error:
        return type(error).__name__
    rows = iam.get_service_last_accessed_details(JobId=job)["ServicesLastAccessed"]
    return [[row["ServiceNamespace"], "LastAuthenticated" in row] for row in rows]


def row_27_event_history() -> Any:
    """A denied call, with its error and without MFA."""
    key = user("ann")
    code(boto3.client("iam", **key).list_users)
    try:
        event = boto3.client("cloudtrail").lookup_events(MaxResults=1)["Events"][0]
    except NotImplementedError as error:
        return type(error).__name__
    record = json.loads(event["CloudTrailEvent"])
    return [event["EventName"], event["Username"], record["errorCode"]]


def row_28_access_analyzer() -> list[Any]:
    """A role that another account may assume, and a policy that allows more than before."""
    analyzer = boto3.client("accessanalyzer")
    trusted = {"AWS": "arn:aws:iam::444455556666:root"}
    boto3.client("iam").create_role(
        **ROLE,
        AssumeRolePolicyDocument=json.dumps(
            {
                "Version": "2012-10-17",
                "Statement": {"Effect": "Allow", "Principal": trusted, "Action": "sts:AssumeRole"},
            }
        ),
    )
    found: list[Any] = []
    try:
        arn = analyzer.create_analyzer(analyzerName="a", type="ACCOUNT")["arn"]
        found += [one["principal"] for one in analyzer.list_findings(analyzerArn=arn)["findings"]]
    except Exception as error:
        found.append(type(error).__name__)
    try:
        compared = analyzer.check_no_new_access(
            newPolicyDocument=document("Allow", "s3:*"),
            existingPolicyDocument=document("Allow", "s3:Get*"),
            policyType="IDENTITY_POLICY",
        )
        found.append(compared["result"])
    except Exception as error:
        found.append(type(error).__name__)
    return found


def row_29_new_bucket() -> list[Any]:
    s3 = boto3.client("s3")
    s3.create_bucket(Bucket="vault")
    s3.put_object(Bucket="vault", Key="k", Body=b"x")
    return [
        code(s3.get_public_access_block, Bucket="vault"),
        code(s3.get_bucket_ownership_controls, Bucket="vault"),
        code(s3.get_bucket_encryption, Bucket="vault"),
        s3.head_object(Bucket="vault", Key="k").get("ServerSideEncryption"),
    ]


ALL_SWITCHES = dict.fromkeys(
    ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"), True
)


def row_30_block_public_access() -> list[str]:
    """A public policy and public lists under all four switches, of the bucket and the account."""
    s3, control = boto3.client("s3"), boto3.client("s3control")
    s3.create_bucket(Bucket="vault", ObjectOwnership="ObjectWriter")
    s3.put_object(Bucket="vault", Key="k", Body=b"x")
    everybody = document("Allow", "s3:GetObject", "arn:aws:s3:::vault/*", Principal="*")
    found = []
    for bucket_too in (True, False):
        if bucket_too:
            s3.put_public_access_block(
                Bucket="vault", PublicAccessBlockConfiguration=ALL_SWITCHES
            )  # fmt: skip
        else:
            s3.delete_public_access_block(Bucket="vault")
            control.put_public_access_block(
                AccountId="111122223333", PublicAccessBlockConfiguration=ALL_SWITCHES
            )
        found += [
            code(s3.put_bucket_policy, Bucket="vault", Policy=everybody),
            code(s3.put_bucket_acl, Bucket="vault", ACL="public-read"),
            code(s3.put_object_acl, Bucket="vault", Key="k", ACL="public-read"),
        ]
    return found


def row_30_lists_that_are_off() -> str:
    s3 = boto3.client("s3")
    s3.create_bucket(Bucket="vault", ObjectOwnership="BucketOwnerEnforced")
    return code(s3.put_bucket_acl, Bucket="vault", ACL="public-read")


def row_30_public_access_that_is_cut() -> list[Any]:
    import requests

    s3 = boto3.client("s3")
    s3.create_bucket(Bucket="vault")
    s3.put_object(Bucket="vault", Key="k", Body=b"x")
    s3.delete_public_access_block(Bucket="vault")
    everybody = document("Allow", "s3:GetObject", "arn:aws:s3:::vault/*", Principal="*")
    s3.put_bucket_policy(Bucket="vault", Policy=everybody)
    found = [requests.get("https://vault.s3.amazonaws.com/k").status_code]
    s3.put_public_access_block(Bucket="vault", PublicAccessBlockConfiguration=ALL_SWITCHES)
    return [*found, requests.get("https://vault.s3.amazonaws.com/k").status_code]


def row_30_what_is_public() -> list[bool]:
    s3 = boto3.client("s3")
    s3.create_bucket(Bucket="vault")
    s3.delete_public_access_block(Bucket="vault")
    found = []
    for condition in (
        {"StringEquals": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"}},
        {"IpAddress": {"aws:SourceIp": "0.0.0.0/1"}},
    ):
        s3.put_bucket_policy(
            Bucket="vault",
            Policy=document(
                "Allow", "s3:GetObject", "arn:aws:s3:::vault/*", Principal="*", Condition=condition
            ),
        )
        found.append(s3.get_bucket_policy_status(Bucket="vault")["PolicyStatus"]["IsPublic"])
    return found


def row_31_policies_of_a_bucket() -> list[str]:
    s3 = boto3.client("s3")
    s3.create_bucket(Bucket="vault")
    s3.delete_public_access_block(Bucket="vault")
    nobody = {"AWS": "arn:aws:iam::111122223333:user/nobody"}
    return [
        code(s3.put_bucket_policy, Bucket="vault", Policy=text)
        for text in (
            document("Deny", "s3:GetObject", "arn:aws:s3:::other/*", Principal="*"),
            document("Deny", "s3:GetObject", "arn:aws:s3:::vault", Principal="*"),
            document("Deny", "s3:GetObject", "arn:aws:s3:::vault/*", Principal=nobody),
            document("Deny", "s3:GetObject", "arn:aws:s3:::vault/*"),
        )
    ]


def row_31_malformed_policies() -> list[str]:
    s3 = boto3.client("s3")
    s3.create_bucket(Bucket="vault")
    return [
        code(s3.put_bucket_policy, Bucket="vault", Policy="not json"),
        code(boto3.client("iam").create_role, **ROLE, AssumeRolePolicyDocument="not json"),
    ]


def row_32_anonymous_requests() -> list[Any]:
    import requests
    from botocore import UNSIGNED

    s3 = boto3.client("s3")
    s3.create_bucket(Bucket="vault")
    s3.put_object(Bucket="vault", Key="k", Body=b"x")
    anonymous = boto3.client("s3", config=Config(signature_version=UNSIGNED))
    ann = boto3.client("s3", **user("ann"))
    where = {"Bucket": "vault", "Key": "k"}
    return [
        code(anonymous.list_objects_v2, Bucket="vault"),
        code(anonymous.put_object, **where, Body=b"y"),
        requests.get(ann.generate_presigned_url("get_object", Params=where)).status_code,
    ]


def organization_with_member() -> tuple[str, str, dict[str, str]]:
    """An organization: its root, a member account, and the key of a session of its role."""
    organizations = boto3.client("organizations")
    organizations.create_organization(FeatureSet="ALL")
    root = organizations.list_roots()["Roots"][0]["Id"]
    request = organizations.create_account(Email="dev@example.com", AccountName="dev")
    member = organizations.describe_create_account_status(
        CreateAccountRequestId=request["CreateAccountStatus"]["Id"]
    )["CreateAccountStatus"]["AccountId"]
    key = user("admin", document("Allow", "*"))
    role = f"arn:aws:iam::{member}:role/OrganizationAccountAccessRole"
    made = boto3.client("sts", **key).assume_role(RoleArn=role, RoleSessionName="admin")
    return root, member, arguments(made["Credentials"])


def row_08_scp_of_a_member() -> list[str]:
    """An SCP on the organization's root: the member's role, the management account."""
    root, _, key = organization_with_member()
    limit(root, "SERVICE_CONTROL_POLICY", document("Deny", "s3:ListAllMyBuckets"))
    return [code(boto3.client("s3", **key).list_buckets), code(boto3.client("s3").list_buckets)]


def row_08_rcp_of_a_member() -> str:
    """An RCP against everybody on the member's own bucket."""
    root, _, key = organization_with_member()
    s3 = boto3.client("s3", **key)
    s3.create_bucket(Bucket="vault")
    limit(root, "RESOURCE_CONTROL_POLICY", document("Deny", "s3:GetBucketPolicy", Principal="*"))
    return code(s3.get_bucket_policy, Bucket="vault")


def limit(target: str, type_: str, text: str) -> None:
    """A policy of an organization, made, attached and in force."""
    organizations = boto3.client("organizations")
    organizations.enable_policy_type(RootId=target, PolicyType=type_)
    made = organizations.create_policy(Name="limit", Description="", Type=type_, Content=text)
    identifier = made["Policy"]["PolicySummary"]["Id"]
    organizations.attach_policy(PolicyId=identifier, TargetId=target)


def row_08_scp_that_is_none() -> str:
    boto3.client("organizations").create_organization(FeatureSet="ALL")
    new = {"Name": "n", "Description": "", "Type": "SERVICE_CONTROL_POLICY"}
    return code(boto3.client("organizations").create_policy, **new, Content="not json")


def row_34_assume_root() -> list[str]:
    """Central access to root users: enabled, then used on a member account."""
    _, member, _ = organization_with_member()
    found = [code(boto3.client("organizations").enable_aws_service_access,
                  ServicePrincipal="iam.amazonaws.com")]  # fmt: skip
    iam = boto3.client("iam")
    found += [code(iam.enable_organizations_root_sessions), code(iam.list_organizations_features)]
    key = arguments(iam.create_access_key(UserName="admin")["AccessKey"])
    task = "arn:aws:iam::aws:policy/root-task/IAMAuditRootUserCredentials"
    call = boto3.client("sts", **key).assume_root
    return [*found, code(call, TargetPrincipal=member, TaskPolicyArn={"arn": task})]


def row_35_support_case() -> list[str]:
    """The form of a case's id, and how its status goes on by being looked at."""
    support = boto3.client("support", region_name="us-east-1")
    made = support.create_case(
        subject="s", communicationBody="b", serviceCode="general-info", severityCode="low"
    )["caseId"]
    states = [support.describe_cases()["cases"][0]["status"] for _ in range(2)]
    own = "own" if made.startswith("case-111122223333-") else "another account's"
    resolved = support.resolve_case(caseId=made)["finalCaseStatus"]
    again = code(support.add_communication_to_case, caseId=made, communicationBody="more")
    return [own, *states, resolved, again]


def row_35_contacts_of_the_account() -> list[str]:
    account = boto3.client("account")
    return [
        code(account.get_contact_information),
        code(account.list_regions),
        code(account.delete_alternate_contact, AlternateContactType="SECURITY"),
    ]


def row_36_missing_keys() -> list[str]:
    """That there is no such key only learns who may list the bucket."""
    s3 = boto3.client("s3")
    s3.create_bucket(Bucket="vault")
    ann = boto3.client("s3", **user("ann", document("Allow", "s3:GetObject")))
    where = {"Bucket": "vault", "Key": "no-such-key"}
    return [code(s3.get_object, **where), code(ann.get_object, **where)]


def row_36_delete_objects() -> list[int]:
    s3 = boto3.client("s3")
    s3.create_bucket(Bucket="vault")
    for key in ("mine", "yours"):
        s3.put_object(Bucket="vault", Key=key, Body=b"x")
    ann = boto3.client(
        "s3", **user("ann", document("Allow", "s3:DeleteObject", "arn:aws:s3:::vault/mine"))
    )
    answer = ann.delete_objects(
        Bucket="vault", Delete={"Objects": [{"Key": "mine"}, {"Key": "yours"}]}
    )
    return [len(answer.get("Deleted", [])), len(answer.get("Errors", []))]


def row_36_suspended_versioning() -> int:
    """How many versions of an object are left after an overwrite and a delete."""
    s3 = boto3.client("s3")
    s3.create_bucket(Bucket="vault")
    on = {"Bucket": "vault", "VersioningConfiguration": {"Status": "Enabled"}}
    s3.put_bucket_versioning(**on)
    for _ in range(2):
        s3.put_object(Bucket="vault", Key="k", Body=b"x")
    s3.put_bucket_versioning(Bucket="vault", VersioningConfiguration={"Status": "Suspended"})
    s3.delete_object(Bucket="vault", Key="k")
    return len(s3.list_object_versions(Bucket="vault").get("Versions", []))


def row_36_mfa_delete() -> str:
    s3 = boto3.client("s3")
    s3.create_bucket(Bucket="vault")
    on = {"Status": "Enabled", "MFADelete": "Enabled"}
    return code(
        s3.put_bucket_versioning, Bucket="vault", VersioningConfiguration=on, MFA="serial 123456"
    )


def row_36_names_and_regions_of_buckets() -> list[str]:
    s3 = boto3.client("s3")
    place = {"CreateBucketConfiguration": {"LocationConstraint": "mars-1"}}
    return [
        code(s3.create_bucket, Bucket="Bad_Name"),
        code(s3.create_bucket, Bucket="abc", **place),
    ]


def row_33_default_vpc() -> list[Any]:
    """The default VPC of a Region: gateway and route to it, members of the default group."""
    ec2 = boto3.client("ec2", region_name="eu-west-1")
    vpc = ec2.describe_vpcs()["Vpcs"][0]
    gateways = ec2.describe_internet_gateways()["InternetGateways"]
    routes = ec2.describe_route_tables()["RouteTables"][0]["Routes"]
    group = ec2.describe_security_groups()["SecurityGroups"][0]
    rules = group["IpPermissions"]
    sources = [pair["GroupId"] for rule in rules for pair in rule["UserIdGroupPairs"]]
    return [
        vpc["CidrBlock"],
        [gateway["Attachments"][0]["VpcId"] == vpc["VpcId"] for gateway in gateways],
        sorted(route["DestinationCidrBlock"] for route in routes),
        sources == [group["GroupId"]],
        len(ec2.describe_dhcp_options()["DhcpOptions"]),
    ]


def row_33_deleting_it() -> list[str]:
    ec2 = boto3.client("ec2")
    vpc = ec2.describe_vpcs()["Vpcs"][0]["VpcId"]
    found = [code(ec2.delete_vpc, VpcId=vpc)]
    for gateway in ec2.describe_internet_gateways()["InternetGateways"]:
        where = {"InternetGatewayId": gateway["InternetGatewayId"]}
        found.append(code(ec2.delete_internet_gateway, **where))
        ec2.detach_internet_gateway(VpcId=vpc, **where)
        ec2.delete_internet_gateway(**where)
    for subnet in ec2.describe_subnets()["Subnets"]:
        ec2.delete_subnet(SubnetId=subnet["SubnetId"])
    group = ec2.describe_security_groups()["SecurityGroups"][0]["GroupId"]
    found.append(code(ec2.delete_security_group, GroupId=group))
    return [*found, code(ec2.delete_vpc, VpcId=vpc)]


def row_33_a_group_in_use() -> str:
    ec2 = boto3.client("ec2")
    ids = [
        ec2.create_security_group(GroupName=name, Description="d")["GroupId"]
        for name in ("web", "db")
    ]
    rule = {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22}
    ec2.authorize_security_group_ingress(
        GroupId=ids[1], IpPermissions=[{**rule, "UserIdGroupPairs": [{"GroupId": ids[0]}]}]
    )
    return code(ec2.delete_security_group, GroupId=ids[0])


def row_33_an_instance_in_it() -> list[Any]:
    """Without a subnet named: in the default one, with its default group, gone without a trace."""
    ec2 = boto3.client("ec2")
    image = ec2.describe_images(Owners=["amazon"])["Images"][0]["ImageId"]
    launch = {"ImageId": image, "InstanceType": "t3.micro", "MinCount": 1, "MaxCount": 2}
    made = ec2.run_instances(**launch)["Instances"]
    groups = [group["GroupName"] for group in made[0]["SecurityGroups"]]
    ec2.terminate_instances(InstanceIds=[one["InstanceId"] for one in made])
    left = len(ec2.describe_network_interfaces()["NetworkInterfaces"])
    return [len(made), made[0]["PrivateIpAddress"].startswith("172.31."), groups, left]


def row_33_dry_run() -> list[Any]:
    ec2 = boto3.client("ec2")
    vpcs = len(ec2.describe_vpcs()["Vpcs"])
    asked = code(ec2.create_vpc, CidrBlock="10.0.0.0/16", DryRun=True)
    return [asked, len(ec2.describe_vpcs()["Vpcs"]) - vpcs]


def row_11_decoding_a_denial() -> list[Any]:
    ann = boto3.client("ec2", **user("ann"))
    try:
        ann.create_vpc(CidrBlock="10.0.0.0/16")
    except ClientError as error:
        message = error.response["Error"]["Message"].partition("failure message: ")[2]
        sts = boto3.client("sts")
        found = sts.decode_authorization_message(EncodedMessage=message)["DecodedMessage"]
        found = json.loads(found)
        return [found["allowed"], found["context"]["action"]]
    return []


def row_36_unsupported_operation() -> str:
    return code(boto3.client("iam").get_organizations_access_report, JobId="a" * 36)


# What plain moto answers, as it comes (its own authorization off), and what the lab answers.
EXPECTED: dict[str, tuple[Any, Any]] = {
    "row_01_who_plain_boto3_is": ("user/moto", "root"),
    "row_02_unknown_key": (
        ["ok", "ok", "ok"],
        ["InvalidClientTokenId", "InvalidAccessKeyId", "AuthFailure"],
    ),
    "row_02_inactive_key": ("ok", "InvalidClientTokenId"),
    "row_03_wrong_secret": ("ok", "SignatureDoesNotMatch"),
    "row_04_conditions": ("ok", "AccessDenied"),
    "row_05_resources_outside_s3": (["ok", "ok"], ["ok", "AccessDenied"]),
    "row_06_mfa_deny_policy": (["ok", "ok"], ["AccessDenied", "ok"]),
    "row_07_boundary_of_a_user": ([False, "ok", "ok"], [True, "AccessDenied", "ok"]),
    "row_05_tables_and_queues_by_their_arns": (
        ["ok", "ok", "ok"],
        ["ok", "AccessDeniedException", "AccessDenied"],
    ),
    "row_05_roles_have_to_be_passed": ("ok", "AccessDenied"),
    "row_05_tags_on_what_is_created": (["ok", "ok"], ["ok", "AccessDenied"]),
    "row_09_principal_in_a_key_policy": (
        ["AccessDeniedException", "ok"],
        ["ok", "AccessDeniedException"],
    ),
    "row_09_policies_that_are_none": (
        ["ok", "ok"],
        ["MalformedPolicyDocumentException", "InvalidAttributeValue"],
    ),
    "row_09_principal_in_a_bucket_policy": (
        ["ok", "ok", "403", "403"],
        ["ok", "ok", "AccessDenied", "ok"],
    ),
    "row_10_session_policies": ("ok", "AccessDenied"),
    "row_11_message_of_a_denial": (
        ["ok", "ok"],
        ["AccessDenied", True, "AccessDeniedException", True],
    ),
    "row_12_session_token": ([False, "user/moto", "ok"], [True, "user/ann", "AccessDenied"]),
    "row_13_trust_policy": (["ok", "ok"], ["AccessDenied", "AccessDenied"]),
    "row_14_qr_code": (False, True),
    "row_15_codes_of_a_device": (["ok", "ok"], ["InvalidAuthenticationCode", "NoSuchEntity"]),
    "row_16_delete_a_device_in_use": ("ok", "DeleteConflict"),
    "row_17_get_and_resync": (
        ["NotImplementedError", "NotImplementedError"],
        ["ok", "InvalidAuthenticationCode"],
    ),
    "row_18_password_policy": (
        ["ok", "ok", "ok"],
        ["PasswordPolicyViolation", "PasswordPolicyViolation", "PasswordPolicyViolation"],
    ),
    "row_19_change_of_a_password": (
        [False, "NotImplementedError", "NotImplementedError", False],
        [True, "AccessDenied", "ok", False],
    ),
    "row_20_account_summary": ([0, 0], [1, 1]),
    "row_21_credential_report": (
        [["bob"], "not_supported", False],
        [["<root_account>", "bob"], "s3", True],
    ),
    "row_22_things_in_use": (["ok", "ok", "ok"], ["DeleteConflict"] * 3),
    "row_23_ids": ([], ["AIDA", "AGPA", "ANPA"]),
    "row_24_aws_managed_policies": ("NoSuchEntity", "ok"),
    "row_26_last_accessed": ("NotImplementedError", [["s3", True], ["sqs", False]]),
    "row_27_event_history": ("NotImplementedError", ["ListUsers", "ann", "AccessDenied"]),
    "row_28_access_analyzer": (
        ["ClientError", "ClientError"],
        [{"AWS": "444455556666"}, "FAIL"],
    ),
    "row_29_new_bucket": (
        [
            "NoSuchPublicAccessBlockConfiguration",
            "OwnershipControlsNotFoundError",
            "ServerSideEncryptionConfigurationNotFoundError",
            None,
        ],
        ["ok", "ok", "ok", "AES256"],
    ),
    "row_30_block_public_access": (["ok"] * 6, ["AccessDenied"] * 6),
    "row_30_lists_that_are_off": ("ok", "AccessControlListNotSupported"),
    "row_30_public_access_that_is_cut": ([200, 200], [200, 403]),
    "row_30_what_is_public": ([False, False], [False, True]),
    "row_31_policies_of_a_bucket": (["ok"] * 4, ["MalformedPolicy"] * 4),
    "row_36_missing_keys": (["NoSuchKey", "NoSuchKey"], ["NoSuchKey", "AccessDenied"]),
    "row_36_delete_objects": ([2, 0], [1, 1]),
    "row_36_suspended_versioning": (0, 2),
    "row_36_mfa_delete": ("ok", "AccessDenied"),
    "row_36_names_and_regions_of_buckets": (
        ["ok", "ok"],
        ["InvalidBucketName", "InvalidLocationConstraint"],
    ),
    "row_31_malformed_policies": (["ok", "ok"], ["MalformedPolicy", "MalformedPolicyDocument"]),
    "row_32_anonymous_requests": (["ok", "403", 200], ["AccessDenied", "AccessDenied", 403]),
    "row_08_scp_of_a_member": (["ok", "ok"], ["AccessDenied", "ok"]),
    "row_08_rcp_of_a_member": ("NoSuchBucketPolicy", "AccessDenied"),
    "row_08_scp_that_is_none": ("ok", "MalformedPolicyDocumentException"),
    "row_34_assume_root": (
        ["InvalidInputException", *["NotImplementedError"] * 3],
        ["ok"] * 4,
    ),
    "row_35_support_case": (
        [
            "another account's",
            "pending-customer-action",
            "reopened",
            "resolved",
            "NotImplementedError",
        ],
        ["own", "unassigned", "unassigned", "resolved", "ok"],
    ),
    "row_35_contacts_of_the_account": (
        ["404", "404", "ok"],
        ["ok", "ok", "ResourceNotFoundException"],
    ),
    "row_33_default_vpc": (
        ["172.31.0.0/16", [], ["172.31.0.0/16"], False, 0],
        ["172.31.0.0/16", [True], ["0.0.0.0/0", "172.31.0.0/16"], True, 1],
    ),
    "row_33_deleting_it": (
        ["DependencyViolation", "ok", "ok"],
        ["DependencyViolation", "DependencyViolation", "CannotDelete", "ok"],
    ),
    "row_33_a_group_in_use": ("ok", "DependencyViolation"),
    "row_33_an_instance_in_it": ([1, False, [], 1], [2, True, ["default"], 0]),
    "row_33_dry_run": (["ok", 1], ["DryRunOperation", 0]),
    "row_11_decoding_a_denial": ([], [False, "ec2:CreateVpc"]),
    "row_36_unsupported_operation": ("NotImplementedError", "NotSimulated"),
}
