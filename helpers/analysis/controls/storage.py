"""Controls on S3: who may read a bucket, how, and what becomes of what is deleted.

AWS: https://docs.aws.amazon.com/AmazonS3/latest/userguide/security-best-practices.html
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from helpers.analysis.controls.control import Evidence, Severity, control, each, verdict
from helpers.analysis.controls.mending import Ask, Document, Step
from helpers.analysis.permissions.external import ALL_USERS, AUTHENTICATED_USERS
from helpers.analysis.snapshot import Snapshot
from helpers.analysis.sources.account_calls import CannotTell
from helpers.policy import Policies, PolicyError, Request, evaluate
from helpers.policy.public_access import is_public

BLOCK = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")
"""The four settings of S3 Block Public Access."""

PLAIN_HTTP = {"aws:SecureTransport": "false", "s3:TlsVersion": "1.0"}
_TRIED = (("s3:GetObject", "/any"), ("s3:PutObject", "/any"), ("s3:ListBucket", ""))
"""What must be refused over plain HTTP: action, and what of the bucket."""

PUBLIC_CALLS = (
    "s3:GetPublicAccessBlock",
    "s3:GetBucketPolicyStatus",
    "s3:GetBucketAcl",
    "s3control:GetPublicAccessBlock",
)


BY_POLICY = "its policy"


def _arn(bucket: str) -> str:
    return f"arn:aws:s3:::{bucket}"


def _settings(found: Mapping[str, Any] | None) -> dict[str, bool]:
    block = found["PublicAccessBlockConfiguration"] if found else {}
    return {name: block.get(name, False) for name in BLOCK}


def _account_settings(snapshot: Snapshot) -> dict[str, bool]:
    return _settings(snapshot.answer("s3control:GetPublicAccessBlock"))


def block(bucket: str) -> Step:
    """The call that blocks public access to a bucket."""
    wanted = dict.fromkeys(BLOCK, True)
    given = {"Bucket": bucket, "PublicAccessBlockConfiguration": wanted}
    return Step("s3", "put_public_access_block", given)


def _off(settings: Mapping[str, bool]) -> str:
    return ", ".join(name for name in BLOCK if not settings[name])


@control(
    "s3-account-block",
    "The account blocks public access to all its buckets",
    why="One setting holds for every bucket, also for those that somebody makes tomorrow.",
    mend="Turn all four settings on for the account. What has to be public is given out by"
    " CloudFront.",
    severity=Severity.HIGH,
    calls=["s3control:GetPublicAccessBlock", "sts:GetCallerIdentity"],
    cis="3.1.4",
    security_hub="S3.1",
)
def account_block(snapshot: Snapshot) -> Iterator[Evidence]:
    settings = _account_settings(snapshot)
    yield verdict(
        all(settings.values()),
        "account",
        "all four settings are on",
        f"off: {_off(settings)}",
        Step(
            "s3control",
            "put_public_access_block",
            {
                "AccountId": snapshot.account,
                "PublicAccessBlockConfiguration": dict.fromkeys(BLOCK, True),
            },
        ),
    )


@control(
    "s3-bucket-block",
    "Every bucket blocks public access",
    why="A bucket's own settings go on holding when those of the account are changed.",
    mend="Turn all four settings on, when nobody needs the bucket without signing in.",
    severity=Severity.MEDIUM,
    calls=["s3:ListBuckets", "s3:GetPublicAccessBlock"],
    cis="3.1.4",
    security_hub="S3.8",
)
def bucket_block(snapshot: Snapshot) -> Iterator[Evidence]:
    def judge(bucket: str) -> Iterator[Evidence]:
        settings = _settings(snapshot.answer("s3:GetPublicAccessBlock", of=bucket))
        yield verdict(
            all(settings.values()),
            _arn(bucket),
            "all four settings are on",
            f"off: {_off(settings)}",
            block(bucket),
        )

    yield from each(snapshot.bucket_names, judge)


def public_ways(snapshot: Snapshot, bucket: str) -> list[str]:
    """The ways in which everybody gets into a bucket. Raises ``CannotTell``."""
    settings = _settings(snapshot.answer("s3:GetPublicAccessBlock", of=bucket))
    try:
        of_account = _account_settings(snapshot)
    except CannotTell:
        of_account = dict.fromkeys(BLOCK, False)
        if not all(settings.values()):
            raise
    on = {name: settings[name] or of_account[name] for name in BLOCK}
    ways = []
    if not on["RestrictPublicBuckets"]:
        status = snapshot.answer("s3:GetBucketPolicyStatus", of=bucket)
        if status and status["PolicyStatus"]["IsPublic"]:
            ways.append(BY_POLICY)
    if not on["IgnorePublicAcls"]:
        grants = snapshot.answer("s3:GetBucketAcl", of=bucket)["Grants"]
        if any(one["Grantee"].get("URI") in (ALL_USERS, AUTHENTICATED_USERS) for one in grants):
            ways.append("its access control list")
    return ways


def privacy(snapshot: Snapshot, bucket: str) -> Evidence:
    """Whether a bucket is public. Raises ``CannotTell``."""
    ways = public_ways(snapshot, bucket)
    return verdict(
        not ways,
        _arn(bucket),
        "it is not public",
        f"it is public by {' and '.join(ways)}",
        block(bucket),
    )


def _private_policy(snapshot: Snapshot, bucket: str) -> Iterator[Step]:
    """The call that leaves out of a public policy what makes it public."""
    try:
        found = snapshot.answer("s3:GetBucketPolicy", of=bucket)
        policy = _policy(found["Policy"] if found else None)
    except CannotTell:
        return  # what is blocked is enough
    kept = _kept(policy)
    if kept:
        document = Document({**policy, "Statement": kept})
        yield Step("s3", "put_bucket_policy", {"Bucket": bucket, "Policy": document})
    else:
        yield Step("s3", "delete_bucket_policy", {"Bucket": bucket})


def _policy(text: str | None) -> dict[str, Any]:
    """A bucket policy as a dict; one without statements where there is none.

    Raises:
        CannotTell: It is no valid policy.
    """
    if text is None:
        return {"Version": "2012-10-17", "Statement": []}
    try:
        Policies(resource=text)
        return json.loads(text)
    except (PolicyError, ValueError) as error:
        raise CannotTell(f"its policy cannot be read: {error}") from error


def _kept(policy: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The statements that are not public: a bucket that blocks public access takes no others."""
    found = policy["Statement"]
    statements = found if isinstance(found, list) else [found]
    return [one for one in statements if not is_public({**policy, "Statement": [one]})]


@control(
    "s3-not-public",
    "No bucket is public",
    why="A public bucket is found within hours by those who look for nothing else.",
    mend="Block public access to it and take what is public out of its policy; then give those who "
    "need it access by name: their account in the bucket policy, or a pre-signed URL.",
    severity=Severity.CRITICAL,
    calls=["s3:ListBuckets", "s3:GetBucketPolicy", *PUBLIC_CALLS],
    security_hub="S3.2, S3.3",
)
def not_public(snapshot: Snapshot) -> Iterator[Evidence]:
    def judge(bucket: str) -> Iterator[Evidence]:
        found = privacy(snapshot, bucket)
        if BY_POLICY in found.text:
            found = replace(found, steps=(*found.steps, *_private_policy(snapshot, bucket)))
        yield found

    yield from each(snapshot.bucket_names, judge)


@control(
    "s3-tls-only",
    "Buckets refuse plain HTTP",
    why="What goes over plain HTTP can be read and changed on its way.",
    mend="Add a statement to the bucket policy that denies every request without TLS. What the "
    "policy allows to everybody is left out: a bucket that blocks public access refuses it.",
    severity=Severity.MEDIUM,
    calls=["s3:ListBuckets", "s3:GetBucketPolicy"],
    cis="3.1.1",
    security_hub="S3.5",
)
def tls_only(snapshot: Snapshot) -> Iterator[Evidence]:
    def judge(bucket: str) -> Iterator[Evidence]:
        found = snapshot.answer("s3:GetBucketPolicy", of=bucket)
        text = found["Policy"] if found else None
        policy = _policy(text)
        let_through = [action for action, key in _TRIED if not _refused(text, action, bucket, key)]
        yield verdict(
            not let_through,
            _arn(bucket),
            "its policy denies what comes without TLS",
            "its policy does not deny what comes without TLS"
            if len(let_through) == len(_TRIED)
            else f"its policy does not deny without TLS: {', '.join(let_through)}",
            _with_tls(bucket, policy),
        )

    yield from each(snapshot.bucket_names, judge)


def _refused(policy: str | None, action: str, bucket: str, key: str) -> bool:
    """Whether a bucket's policy denies an action to anybody over plain HTTP."""
    if policy is None:
        return False
    asked = Request(action, _arn(bucket) + key, "*", PLAIN_HTTP)
    return evaluate(asked, Policies(resource=policy)).effect == "explicitDeny"


def _with_tls(bucket: str, policy: Mapping[str, Any]) -> Step:
    """The call that adds the denial to what the policy says."""
    deny = {
        "Sid": "OnlyWithTls",
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": [_arn(bucket), f"{_arn(bucket)}/*"],
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }
    kept = [one for one in _kept(policy) if one.get("Sid") != deny["Sid"]]
    document = Document({**policy, "Statement": [*kept, deny]})
    return Step("s3", "put_bucket_policy", {"Bucket": bucket, "Policy": document})


@control(
    "s3-acls-off",
    "Access control lists of buckets are off",
    why="A list on every object is a second place to look, and the one that is forgotten.",
    mend="Say in the bucket policy what the list said, then make the bucket owner the owner of "
    "everything in it, which turns lists off.",
    severity=Severity.MEDIUM,
    calls=["s3:ListBuckets", "s3:GetBucketOwnershipControls"],
    security_hub="S3.12",
)
def acls_off(snapshot: Snapshot) -> Iterator[Evidence]:
    def judge(bucket: str) -> Iterator[Evidence]:
        found = snapshot.answer("s3:GetBucketOwnershipControls", of=bucket)
        rules = found["OwnershipControls"]["Rules"] if found else []
        owners = [one["ObjectOwnership"] for one in rules]
        enforced = {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}
        yield verdict(
            owners == ["BucketOwnerEnforced"],
            _arn(bucket),
            "they are off",
            f"they are on: {', '.join(owners) or 'ObjectWriter'}",
            Step("s3", "put_bucket_acl", {"Bucket": bucket, "ACL": "private"}),
            Step(
                "s3",
                "put_bucket_ownership_controls",
                {"Bucket": bucket, "OwnershipControls": enforced},
            ),
        )

    yield from each(snapshot.bucket_names, judge)


@control(
    "s3-versioning",
    "Buckets keep what is overwritten or deleted",
    why="Without versions a mistake, or a thief who deletes, is final.",
    mend="Turn versioning on, with a lifecycle rule that deletes old versions after some time.",
    severity=Severity.LOW,
    calls=["s3:ListBuckets", "s3:GetBucketVersioning"],
    security_hub="S3.14",
)
def versioning(snapshot: Snapshot) -> Iterator[Evidence]:
    def judge(bucket: str) -> Iterator[Evidence]:
        status = snapshot.answer("s3:GetBucketVersioning", of=bucket).get("Status")
        enabled = {"Status": "Enabled"}
        yield verdict(
            status == "Enabled",
            _arn(bucket),
            "versioning is on",
            "versioning is suspended" if status else "versioning was never on",
            Step(
                "s3",
                "put_bucket_versioning",
                {"Bucket": bucket, "VersioningConfiguration": enabled},
            ),
        )

    yield from each(snapshot.bucket_names, judge)


@control(
    "s3-mfa-delete",
    "Versions are deleted for good only with MFA",
    why="Stolen keys alone then cannot destroy what the bucket keeps.",
    mend="As root, with root's MFA device, turn MFA Delete on: its ARN, a space, a code. It fits "
    "buckets that nothing may be deleted from, such as those of logs and backups.",
    severity=Severity.LOW,
    calls=["s3:ListBuckets", "s3:GetBucketVersioning"],
    cis="3.1.2",
    security_hub="S3.20",
)
def mfa_delete(snapshot: Snapshot) -> Iterator[Evidence]:
    def judge(bucket: str) -> Iterator[Evidence]:
        found = snapshot.answer("s3:GetBucketVersioning", of=bucket)
        yield verdict(
            found.get("MFADelete") == "Enabled" and found.get("Status") == "Enabled",
            _arn(bucket),
            "MFA Delete is on",
            "MFA Delete is off",
            Step(
                "s3",
                "put_bucket_versioning",
                {
                    "Bucket": bucket,
                    "MFA": Ask("the ARN of root's MFA device, a space, and a fresh code"),
                    "VersioningConfiguration": {"Status": "Enabled", "MFADelete": "Enabled"},
                },
            ),
        )

    yield from each(snapshot.bucket_names, judge)
