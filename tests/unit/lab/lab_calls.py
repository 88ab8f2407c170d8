"""Small words for the lab's tests: policies, clients from credentials, errors, codes, children."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import textwrap
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pyotp
import pytest
from botocore.exceptions import ClientError

from helpers import Caller, Lab

ACCOUNT = "111122223333"
ROOT = Path(__file__).resolve().parents[3]

# The article's policy, in full.
DENY_WITHOUT_MFA = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Sid": "DenyAllExceptListedIfNoMFA",
            "Effect": "Deny",
            "NotAction": [
                "iam:CreateVirtualMFADevice",
                "iam:EnableMFADevice",
                "iam:GetUser",
                "iam:ListMFADevices",
                "iam:ListVirtualMFADevices",
                "iam:ResyncMFADevice",
                "sts:GetSessionToken",
            ],
            "Resource": "*",
            "Condition": {"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}},
        }
    ],
}


def statement(
    effect: str, action: str | list[str], resource: Any = "*", **others: Any
) -> dict[str, Any]:
    """One statement of a policy."""
    return {"Effect": effect, "Action": action, "Resource": resource, **others}


def policy(*statements: dict[str, Any]) -> str:
    """A policy document as JSON text."""
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def allow(action: str | list[str], resource: Any = "*", **others: Any) -> str:
    """A policy with one Allow statement."""
    return policy(statement("Allow", action, resource, **others))


def trust(principal: Any, **others: Any) -> str:
    """A role's trust policy."""
    return policy({"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole", **others})


def new_user(lab: Lab, name: str, *documents: str, path: str = "/") -> Any:
    """An IAM user with inline policies; the Caller of the user's access key."""
    iam = lab.root.client("iam")
    iam.create_user(UserName=name, Path=path)
    for number, document in enumerate(documents):
        iam.put_user_policy(UserName=name, PolicyName=f"inline-{number}", PolicyDocument=document)
    return lab.caller(name)


def trail_bucket(lab: Lab, name: str) -> str:
    """A bucket that CloudTrail may write its logs to."""
    s3 = lab.root.client("s3")
    s3.create_bucket(Bucket=name)
    service = {"Effect": "Allow", "Principal": {"Service": "cloudtrail.amazonaws.com"}}
    arn = f"arn:aws:s3:::{name}"
    s3.put_bucket_policy(
        Bucket=name,
        Policy=policy(
            {**service, "Action": "s3:GetBucketAcl", "Resource": arn},
            {**service, "Action": "s3:PutObject", "Resource": f"{arn}/*"},
        ),
    )
    return name


def client(credentials: Mapping[str, Any], service: str, **options: Any) -> Any:
    """A stock client from the Credentials of an STS answer, or the AccessKey of an IAM answer."""
    caller = Caller(
        name="",
        arn="",
        access_key_id=credentials["AccessKeyId"],
        secret_access_key=credentials["SecretAccessKey"],
        session_token=credentials.get("SessionToken"),
    )
    return caller.client(service, **options)


def refused(code: str, call: Callable[..., Any], /, *args: Any, **parameters: Any) -> str:
    """Make a call that has to fail with this error code; the error's message."""
    with pytest.raises(ClientError) as caught:
        call(*args, **parameters)
    error = caught.value.response["Error"]
    assert error["Code"] == code, error
    return error["Message"]


def outcome(call: Callable[..., Any], /, *args: Any, **parameters: Any) -> str:
    """The error code of a call, or "allowed"."""
    try:
        call(*args, **parameters)
    except ClientError as error:
        return error.response["Error"]["Code"]
    return "allowed"


class Phone:
    """An authenticator app with one device's seed."""

    def __init__(self, lab: Lab, device: Mapping[str, Any]) -> None:
        self.lab = lab
        self.serial = device["SerialNumber"]
        self.totp = pyotp.TOTP(device["Base32StringSeed"].decode())

    def code(self, steps: int = 0) -> str:
        """The code shown now, or that many steps of 30 seconds later."""
        return self.totp.at(self.lab.clock.now, counter_offset=steps)

    def fresh(self) -> str:
        """A code that was not used yet: the one after a wait."""
        self.lab.clock.advance(seconds=90)
        return self.code()

    def wrong(self) -> str:
        """Six digits that are no code of this device around now."""
        near = {self.code(steps) for steps in range(-300, 301)}
        return next(c for c in (f"{n:06d}" for n in range(1_000_000)) if c not in near)


def new_phone(lab: Lab, iam: Any, name: str = "phone") -> Phone:
    """A device that is created and not enabled yet."""
    made = iam.create_virtual_mfa_device(VirtualMFADeviceName=name)
    return Phone(lab, made["VirtualMFADevice"])


def enrol(lab: Lab, iam: Any, user: str, name: str = "phone") -> Phone:
    """A device that is created and enabled for a user, whose codes are not used up."""
    phone = new_phone(lab, iam, name)
    iam.enable_mfa_device(
        UserName=user,
        SerialNumber=phone.serial,
        AuthenticationCode1=phone.code(),
        AuthenticationCode2=phone.code(1),
    )
    lab.clock.advance(minutes=5)
    return phone


def child(
    code: str, *, home: Path | None = None, env: Mapping[str, str] | None = None, check: bool = True
) -> subprocess.CompletedProcess[str]:
    """Run Python code in a fresh process, as a kernel would run a notebook's cells."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), **(env or {})}
    if home is not None:
        environment |= {"HOME": str(home), "USERPROFILE": str(home)}
    # This process has the guard's own settings in its environment; a learner's has not.
    for name in [n for n in environment if n.startswith("AWS_") and n not in (env or {})]:
        del environment[name]
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)],
        env=environment,
        capture_output=True,
        text=True,
        timeout=240,  # on a machine that does much else
        cwd=home or ROOT,
    )
    if check:
        assert done.returncode == 0, done.stdout + done.stderr
    return done


KINDS_OF_A_LAUNCH = ("image", "network-interface", "security-group", "subnet", "volume")
"""What RunInstances works on beside the instance itself."""


def newest_image(lab: Lab, **options: Any) -> str:
    """An image of Amazon Linux for t3.micro, by AWS's public parameter."""
    name = "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64"
    return lab.root.client("ssm", **options).get_parameter(Name=name)["Parameter"]["Value"]
