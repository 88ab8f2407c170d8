"""Whatever bucket policy and identity policy there are, S3 answers as the policy engine decides.

The lab finds the action, the resource, the caller and the policies by itself; the engine is given
them. Both have to come to the same end, for every caller and every call.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore import UNSIGNED
from botocore.config import Config
from botocore.exceptions import ClientError
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from helpers import Lab
from helpers.policy import Policies, Request, evaluate

ACCOUNT, PARTNER = "111122223333", "444455556666"
BUCKET = "arn:aws:s3:::vault"
ANN = f"arn:aws:iam::{ACCOUNT}:user/ann"
PAT = f"arn:aws:iam::{PARTNER}:user/pat"
CALLS: dict[str, tuple[str, str, str, dict[str, Any]]] = {
    "read": ("get_object", "s3:GetObject", f"{BUCKET}/a/k", {"Key": "a/k"}),
    "write": ("put_object", "s3:PutObject", f"{BUCKET}/b/k", {"Key": "b/k", "Body": b"x"}),
    "list": ("list_objects_v2", "s3:ListBucket", BUCKET, {"Prefix": "a/"}),
    "versions": ("get_bucket_versioning", "s3:GetBucketVersioning", BUCKET, {}),
}
"""Call → boto3's method, action, resource, parameters."""

ON_OBJECTS = st.sampled_from(["s3:GetObject", "s3:PutObject", "s3:Get*", "s3:*Object"])
ON_BUCKET = st.sampled_from(["s3:ListBucket", "s3:GetBucketVersioning", "s3:List*"])
CONDITIONS = st.sampled_from(
    [
        None,
        {"StringEquals": {"aws:username": "ann"}},
        {"StringNotEquals": {"aws:PrincipalAccount": ACCOUNT}},
        {"Bool": {"aws:SecureTransport": "true"}},
        {"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}},
        {"StringLikeIfExists": {"s3:prefix": "a*"}},
        {"Null": {"aws:PrincipalArn": "true"}},
        {"StringEquals": {"s3:authType": "REST-HEADER"}},
    ]
)


@st.composite
def statements(draw: st.DrawFn, *, principal: bool) -> dict[str, Any]:
    on_objects = draw(st.booleans())
    found = {
        "Effect": draw(st.sampled_from(["Allow", "Allow", "Deny"])),
        "Action": draw(ON_OBJECTS if on_objects else ON_BUCKET),
        "Resource": draw(st.sampled_from([f"{BUCKET}/*", f"{BUCKET}/a/*"]))
        if on_objects
        else BUCKET,
    }
    if (condition := draw(CONDITIONS)) is not None:
        # A bucket policy with a key that comes with none of its actions is refused when stored.
        about_lists = "s3:prefix" in condition.get("StringLikeIfExists", {})
        if not (principal and about_lists and not found["Action"].startswith("s3:List")):
            found["Condition"] = condition
    if principal:
        who = st.sampled_from(["*", ACCOUNT, PARTNER, ANN, PAT])
        found["Principal"] = {"AWS": draw(st.lists(who, min_size=1, max_size=2, unique=True))}
    return found


def document(found: list[dict[str, Any]]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": found})


def code(call: Any, **parameters: Any) -> str:
    try:
        call(**parameters)
    except ClientError as error:
        return error.response["Error"]["Code"]
    return "ok"


@pytest.fixture(scope="module")
def clients() -> Iterator[dict[str, Any]]:
    lab = Lab.start()
    partner = lab.add_account(PARTNER)
    s3 = lab.root.client("s3")
    s3.create_bucket(Bucket="vault")
    s3.delete_public_access_block(Bucket="vault")
    s3.put_object(Bucket="vault", Key="a/k", Body=b"x")
    lab.root.client("iam").create_user(UserName="ann")
    partner.root.client("iam").create_user(UserName="pat")
    yield {
        "lab": lab,
        "iam": {ANN: lab.root.client("iam"), PAT: partner.root.client("iam")},
        f"arn:aws:iam::{ACCOUNT}:root": s3,
        f"arn:aws:iam::{PARTNER}:root": partner.root.client("s3"),
        ANN: lab.caller("ann").client("s3"),
        PAT: partner.caller("pat").client("s3"),
        "*": boto3.client("s3", config=Config(signature_version=UNSIGNED)),
    }
    Lab.stop()


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    of_bucket=st.lists(statements(principal=True), min_size=1, max_size=3),
    of_identity=st.lists(statements(principal=False), min_size=1, max_size=2),
    who=st.sampled_from([ANN, PAT, "*", f"arn:aws:iam::{ACCOUNT}:root",
                         f"arn:aws:iam::{PARTNER}:root"]),
)  # fmt: skip
def test_the_answer_is_the_engines(
    clients: dict[str, Any], of_bucket: list, of_identity: list, who: str
) -> None:
    lab = clients["lab"]
    owner = clients[f"arn:aws:iam::{ACCOUNT}:root"]
    owner.put_bucket_policy(Bucket="vault", Policy=document(of_bucket))
    identity = []
    if who in clients["iam"]:
        clients["iam"][who].put_user_policy(
            UserName=who.rpartition("/")[2], PolicyName="p", PolicyDocument=document(of_identity)
        )
        identity = [document(of_identity)]
    policies = Policies(identity=identity, resource=document(of_bucket))
    for method, action, resource, parameters in CALLS.values():
        answer = code(getattr(clients[who], method), Bucket="vault", **parameters)
        made = lab.decisions[-1].request
        assert (made.action, made.resource, made.principal) == (action, resource, who)
        request = Request(action, resource, who, made.context, resource_account=ACCOUNT)
        expected = "ok" if evaluate(request, policies).effect == "allowed" else "AccessDenied"
        assert answer == expected
        lab.decisions.clear()
    owner.delete_bucket_policy(Bucket="vault")
