"""Bucket policies: what S3 takes for one, and whether it is public.

S3 checks a policy against the bucket that it is for: every resource has to be that bucket or in
it, every action has to work on one of the statement's resources, every principal has to exist.

AWS pages: https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketPolicy.html,
https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-policies.html
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from typing import Any

from helpers.lab import principals, seam
from helpers.lab.authorization.s3_grants import canonical_id, is_public_text, switches
from helpers.lab.errors import AwsError
from helpers.lab.services.registry import Asked, answers
from helpers.lab.services.s3_errors import access_denied, blocked
from helpers.lab.world import World
from helpers.policy import Policy, PolicyError, PolicyType, Statement, catalogue, parse_policy

LARGEST = 20 * 1024
"""Bytes that a bucket policy may have."""

NOT_JSON = "Policies must be valid JSON and the first byte must be '{'"

# Beginning of the engine's complaint about a member of the document → S3's sentence.
SENTENCES = (
    (re.compile(r"\.?(Not)?Principal"), "Invalid principal in policy"),
    (re.compile(r"\.?Effect"), "Invalid effect: {value}"),
    (re.compile(r"\.?(Not)?Action"), "Policy has invalid action"),
    (re.compile(r"\.?(Not)?Resource"), "Policy has invalid resource"),
    (re.compile(r"\.?Condition"), "Invalid Condition type : {value}"),
    (re.compile(r"\.?Version"), "The policy must contain a valid version string"),
)
REQUIRED = ("Effect", "Principal", "Action", "Resource")

_ARN_OF_S3 = re.compile(r"arn:aws[a-z-]*:s3:::(.+)", re.S)
_SERVICE = re.compile(r"[a-z0-9-]+(\.[a-z0-9-]+)*\.(amazonaws\.com(\.cn)?|aws\.internal)")


def malformed(message: str) -> AwsError:
    return AwsError("MalformedPolicy", message)


@answers("s3", "PutBucketPolicy")
def put_bucket_policy(asked: Asked) -> Any:
    bucket = seam.s3_bucket(asked.parameters["Bucket"])
    _check_owner(asked, bucket)
    text = asked.parameters.get("Policy") or ""
    text = text.decode("utf-8", "replace") if isinstance(text, bytes) else str(text)
    check(text, bucket.name, asked.world)
    if is_public_text(text) and switches(bucket).block_public_policy:
        arn = f"arn:aws:s3:::{bucket.name}"
        who = asked.principal.arn
        raise blocked(who, "s3:PutBucketPolicy", arn, "policies", "BlockPublicPolicy")
    bucket.policy = principals.with_arns_of_accounts(text).encode()
    return 204, {}, b""


@answers("s3", "GetBucketPolicy", "DeleteBucketPolicy")
def own_bucket_policy(asked: Asked) -> Any:
    """Only the bucket owner's account may see or change its policy, whatever the policy says."""
    _check_owner(asked, seam.s3_bucket(asked.parameters["Bucket"]))
    return asked.forward()


def _check_owner(asked: Asked, bucket: Any) -> None:
    if asked.principal.account_id is None:
        raise access_denied()
    if asked.principal.account_id != bucket.account_id:
        raise AwsError(
            "MethodNotAllowed",
            "The specified method is not allowed against this resource.",
            405,
            details={"Method": asked.call.request.method, "ResourceType": "BUCKETPOLICY"},
        )


@answers("s3", "GetBucketPolicyStatus")
def get_bucket_policy_status(asked: Asked) -> Any:
    bucket = seam.s3_bucket(asked.parameters["Bucket"])
    if not bucket.policy:
        raise AwsError(
            "NoSuchBucketPolicy",
            "The bucket policy does not exist",
            404,
            details={"BucketName": bucket.name},
        )
    return {"PolicyStatus": {"IsPublic": is_public_text(bucket.policy.decode())}}


# -- what S3 looks at ----------------------------------------------------------------------------


def check(text: str, bucket: str, world: World) -> Policy:
    """Raise ``AwsError`` in S3's words for what is no policy of this bucket."""
    if len(text.encode()) > LARGEST:
        raise malformed(f"Policy document exceeds the maximum allowed data size of {LARGEST} bytes")
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        raise malformed(NOT_JSON) from None
    if not isinstance(document, dict) or not text.startswith("{"):
        raise malformed(NOT_JSON)
    _check_members(document)
    try:
        policy = parse_policy(text, PolicyType.RESOURCE)
    except PolicyError as error:
        raise malformed(_sentence(error)) from error
    for statement in policy.statements:
        _check_resources(statement, bucket)
        _check_actions(statement)
        _check_conditions(statement)
        _check_principals(statement, world)
    if principals.unknown(text, world.accounts):
        raise malformed("Invalid principal in policy")
    return policy


def _check_members(document: dict[str, Any]) -> None:
    """What has to be there at all."""
    if "Statement" not in document:
        raise malformed("Missing required field Statement")
    statements = document["Statement"]
    if statements == []:
        raise malformed("Could not parse the policy: Statement is empty!")
    for statement in statements if isinstance(statements, list) else [statements]:
        if not isinstance(statement, dict):
            raise malformed("Statement must be an object")
        for name in REQUIRED:
            if name not in statement and f"Not{name}" not in statement:
                raise malformed(f"Missing required field {name}")
        if statement["Effect"] not in ("Allow", "Deny"):
            raise malformed(f"Invalid effect: {statement['Effect']}")


def _sentence(error: PolicyError) -> str:
    """S3's sentence for what the engine found; it has one for a member of each name."""
    member = re.sub(r"^Statement(\[\d+\])?", "", error.path)
    for pattern, sentence in SENTENCES:
        if pattern.match(member):
            return sentence.format(value=member.rpartition(".")[2].strip("\"'"))
    if "has no element" in error.problem:
        return f"Unknown field {error.path.rpartition('.')[2]}"
    return str(error)


def _check_resources(statement: Statement, bucket: str) -> None:
    """Every resource is this bucket, or in it."""
    for pattern in statement.resources.patterns if statement.resources else ():
        if pattern == "*":
            continue
        found = _ARN_OF_S3.fullmatch(pattern)
        name = found[1].partition("/")[0] if found else None
        # A pattern for buckets may stand in the name, as long as it means this one.
        if name is None or not _means(name, bucket):
            raise malformed("Policy has invalid resource")


def _means(pattern: str, name: str) -> bool:
    regex = re.escape(pattern).replace(r"\*", ".*").replace(r"\?", ".")
    return re.fullmatch(regex, name) is not None


def _check_actions(statement: Statement) -> None:
    """Every action is one of S3's, and works on one of the statement's resources."""
    actions = statement.actions
    for pattern in actions.patterns:
        if pattern == "*" or pattern == "*:*":
            continue
        if not pattern.lower().startswith(("s3:", "s3-object-lambda:", "s3express:")):
            raise malformed("Policy has invalid action")
        if not catalogue.expand(pattern):
            raise malformed("Policy has invalid action")
    if actions.negated or statement.resources is None or statement.resources.negated:
        return
    kinds = {_kind(pattern) for pattern in statement.resources.patterns}
    if kinds & {"any"}:
        return
    for pattern in actions.patterns:
        names = catalogue.expand(pattern if pattern != "*" else "s3:*")
        if not any(_works_on(name, kinds) for name in names):
            raise malformed("Action does not apply to any resource(s) in statement")


def _check_conditions(statement: Statement) -> None:
    """Every condition key is one of AWS's, and S3's own come with one of the actions."""
    for condition in statement.conditions:
        key = condition.key
        known = catalogue.condition_key(key) or catalogue.is_of_identity_provider(key)
        if not known:
            raise malformed("Policy has an invalid condition key")
        if not key.lower().startswith("s3:") or statement.actions.negated:
            continue
        names = (name for pattern in statement.actions.patterns for name in _of_s3(pattern))
        if not any(catalogue.carries(name, key) for name in names):
            raise malformed(
                "Conditions do not apply to combination of actions and resources in statement"
            )


def _of_s3(pattern: str) -> tuple[str, ...]:
    return catalogue.expand("s3:*" if pattern in ("*", "*:*") else pattern)


def _kind(pattern: str) -> str:
    """What a resource's pattern can mean: the bucket, objects, or both."""
    name = pattern.rpartition(":::")[2]
    if "/" in name:
        return "object"
    return "any" if "*" in name else "bucket"


def _works_on(action: str, kinds: Iterable[str]) -> bool:
    found = catalogue.action(action)
    return found is None or any(kind in found.resource_types for kind in kinds)


def _check_principals(statement: Statement, world: World) -> None:
    """Services and canonical ids are such; of users and roles the whole policy is asked."""
    listed = statement.principals.listed if statement.principals else {}
    for kind, name in ((kind, name) for kind, names in listed.items() for name in names):
        if kind == "Service" and not _SERVICE.fullmatch(name):
            raise malformed("Invalid principal in policy")
        if kind == "CanonicalUser" and name not in _canonical_ids(world):
            raise malformed("Invalid principal in policy")


def _canonical_ids(world: World) -> Iterator[str]:
    return (canonical_id(account) for account in world.accounts)
