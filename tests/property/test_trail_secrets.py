"""Whatever is sent and answered, no secret reaches the record."""

from __future__ import annotations

import contextlib
import json
import string
from typing import Any

from botocore.exceptions import ClientError
from hypothesis import given, settings
from hypothesis import strategies as st

from helpers import Lab
from helpers.lab.console import SignInFailed

LETTERS = string.ascii_letters + string.digits
secrets = st.text(LETTERS, min_size=12, max_size=24).map(lambda text: f"Zq7-{text}!")
codes = st.text(string.digits + "x", min_size=6, max_size=6).filter(lambda text: "x" in text)


def tried(call: Any, **parameters: Any) -> Any:
    try:
        return call(**parameters)
    except ClientError:
        return None


@settings(max_examples=6, deadline=None)
@given(secret=secrets, other=secrets, code=codes, denied=st.booleans())
def test_no_secret_in_the_record(secret: str, other: str, code: str, denied: bool) -> None:
    lab = Lab.start()
    root = lab.root.client("iam")
    root.create_user(UserName="ann")
    caller = lab.caller("ann") if denied else lab.root
    iam = caller.client("iam")
    tried(iam.create_login_profile, UserName="ann", Password=secret)
    tried(iam.update_login_profile, UserName="ann", Password=other)
    tried(iam.change_password, OldPassword=secret, NewPassword=other)
    key = tried(iam.create_access_key, UserName="ann")
    device = tried(iam.create_virtual_mfa_device, VirtualMFADeviceName="phone")
    serial = f"arn:aws:iam::{lab.account.id}:mfa/phone"
    tried(
        iam.enable_mfa_device,
        UserName="ann",
        SerialNumber=serial,
        AuthenticationCode1=code,
        AuthenticationCode2=code,
    )
    session = tried(caller.client("sts").get_session_token, SerialNumber=serial, TokenCode=code)
    session = session or tried(caller.client("sts").get_session_token)
    tried(caller.client("ssm").put_parameter, Name="/p", Value=secret, Type="SecureString")
    tried(caller.client("secretsmanager").create_secret, Name="s", SecretString=secret)
    tried(caller.client("secretsmanager").get_secret_value, SecretId="s")
    tried(caller.client("s3").create_bucket, Bucket="holds-secrets")
    tried(caller.client("s3").put_object, Bucket="holds-secrets", Key="k", Body=secret.encode())
    for name in ("ann", "root", secret):
        with contextlib.suppress(SignInFailed):
            lab.sign_in(name, other)
    hidden = [secret, other, code, lab.account.root.password]
    if key:
        hidden.append(key["AccessKey"]["SecretAccessKey"])
    if device:
        hidden.append(device["VirtualMFADevice"]["Base32StringSeed"].decode())
    if session:
        hidden += [session["Credentials"][n] for n in ("SecretAccessKey", "SessionToken")]
    text = json.dumps(lab.events)
    Lab.stop()
    assert len(text) > 1000
    assert [found for found in hidden if found in text] == []
