"""Whatever the policies and the use: a recommendation allows all that was used, nothing that was
not allowed before, and nothing that it removes."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import example, given, settings
from hypothesis import strategies as st

from helpers.analysis.permissions.entities import Attached, Entity, policies_of
from helpers.analysis.permissions.proof_result import Outcome
from helpers.analysis.permissions.recommendation import recommend
from helpers.analysis.trail.usage import usage
from helpers.policy import Request, catalogue, evaluate

ANN = "arn:aws:iam::111122223333:user/ann"
START = datetime(2026, 11, 1, tzinfo=UTC)
EVENTS = {
    "s3:ListBucket": ("s3", "ListObjectsV2", "arn:aws:s3:::{}", {"bucketName": "{}"}),
    "s3:GetObject": ("s3", "GetObject", "arn:aws:s3:::{}/a", {"bucketName": "{}", "key": "a"}),
    "s3:PutObject": ("s3", "PutObject", "arn:aws:s3:::{}/a", {"bucketName": "{}", "key": "a"}),
    "s3:GetBucketPolicy": ("s3", "GetBucketPolicy", "arn:aws:s3:::{}", {"bucketName": "{}"}),
    "iam:GetUser": ("iam", "GetUser", "arn:aws:iam::111122223333:user/{}", {"userName": "{}"}),
    "iam:DeleteUser": (
        "iam",
        "DeleteUser",
        "arn:aws:iam::111122223333:user/{}",
        {"userName": "{}"},
    ),
    "iam:ListUsers": ("iam", "ListUsers", "*", {}),
}
NAMES = ("red", "redder", "blue")
ADDRESSES = ("203.0.113.1", "198.51.100.1")
OTHERS = ("s3:DeleteBucket", "s3:GetObjectAcl", "iam:CreateUser", "iam:ListRoles")

actions = st.sampled_from(
    [*EVENTS, *OTHERS, "s3:*", "s3:Get*", "s3:*Object", "iam:*User*", "iam:*", "S3:getobject"]
)
resources = st.sampled_from(
    [
        "*",
        "arn:aws:s3:::red*",
        "arn:aws:s3:::red",
        "arn:aws:s3:::blue/*",
        "arn:aws:iam::*:user/red?er",
        "arn:aws:s3:::${aws:username}/*",
    ]
)
conditions = st.sampled_from(
    [
        {},
        {},
        {"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}},
        {"BoolIfExists": {"aws:MultiFactorAuthPresent": "true"}},
    ]
)


@st.composite
def statements(draw: st.DrawFn) -> dict[str, Any]:
    effect = draw(st.sampled_from(["Allow", "Allow", "Allow", "Deny"]))
    found = {
        "Effect": effect,
        "Action": draw(st.lists(actions, min_size=1, max_size=3, unique=True)),
        draw(st.sampled_from(["Resource", "Resource", "NotResource"])): draw(
            st.lists(resources, min_size=1, max_size=2, unique=True)
        ),
    }
    condition = draw(conditions)
    return found | ({"Condition": condition} if condition else {})


documents = st.builds(
    lambda version, listed: {"Version": version, "Statement": listed},
    st.sampled_from(["2012-10-17", "2012-10-17", "2008-10-17"]),
    st.lists(statements(), min_size=1, max_size=3),
)


def entity(given_documents: list[dict[str, Any]]) -> Entity:
    held = tuple(
        Attached(f"p{number}", json.dumps(one)) for number, one in enumerate(given_documents)
    )
    return Entity(ANN, "user", "ann", "/", None, held)


def request(action: str, name: str, address: str) -> Request:
    resource = EVENTS[action][2].format(name) if action in EVENTS else "*"
    context = {"aws:SourceIp": address, "aws:username": "ann"}
    return Request(action, resource, ANN, context)


def recorded(action: str, name: str, address: str, day: int, allowed: bool) -> dict[str, Any]:
    source, event, _, parameters = EVENTS[action]
    made = {
        "eventTime": (START + timedelta(days=day)).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "eventSource": f"{source}.amazonaws.com",
        "eventName": event,
        "eventCategory": "Data",
        "sourceIPAddress": address,
        "recipientAccountId": "111122223333",
        "awsRegion": "us-east-1",
        "requestParameters": {key: value.format(name) for key, value in parameters.items()},
        "userIdentity": {
            "type": "IAMUser",
            "arn": ANN,
            "accountId": "111122223333",
            "userName": "ann",
            "accessKeyId": "AKIAIOSFODNN7EXAMPLE",
        },
    }
    return made if allowed else made | {"errorCode": "AccessDenied"}


calls = st.lists(
    st.tuples(
        st.sampled_from(list(EVENTS)),
        st.sampled_from(NAMES),
        st.sampled_from(ADDRESSES),
        st.integers(0, 9),
    ),
    max_size=6,
)


@settings(max_examples=25, deadline=None)
@example(
    # One by hand: NotAction means 22,000 actions, which takes its time.
    given_documents=[
        {
            "Version": "2012-10-17",
            "Statement": [
                {"Effect": "Allow", "NotAction": "iam:*User*", "NotResource": "arn:aws:s3:::red*"},
                {"Effect": "Deny", "NotAction": ["s3:*", "iam:*"], "Resource": "*"},
            ],
        }
    ],
    made=[("s3:GetObject", "blue", ADDRESSES[0], 1), ("iam:GetUser", "blue", ADDRESSES[0], 1)],
    keep_resources=False,
    wildcards=True,
)
@given(st.lists(documents, min_size=1, max_size=2), calls, st.booleans(), st.booleans())
def test_used_is_allowed_new_is_not_and_removed_is_refused(
    given_documents: list[dict[str, Any]],
    made: list[tuple[str, str, str, int]],
    keep_resources: bool,
    wildcards: bool,
) -> None:
    ann = entity(given_documents)
    old = policies_of(ann)
    asked = [(request(*one[:3]), one) for one in made]
    events = [recorded(*one, evaluate(r, old).allowed) for r, one in asked]
    found = recommend(
        ann,
        usage(events),
        START,
        keep_resources=keep_resources,
        wildcards=wildcards,
        data_events=["s3"],
    )
    new = policies_of(ann, found.policies)
    for asked_for, _ in asked:
        assert evaluate(asked_for, new).allowed == evaluate(asked_for, old).allowed
    for action in (*EVENTS, *OTHERS):
        for name in NAMES:
            for address in ADDRESSES:
                now = evaluate(request(action, name, address), new)
                assert not now.allowed or evaluate(now.request, old).allowed
                assert not now.allowed or action not in found.removed
    proof = found.proof(events)
    assert proof.failed == []
    assert proof.new_access == ()
    assert all(one.is_certain for one in proof.removed)
    assert sum(row.calls for row in proof.used) == len(made)
    exact = {Outcome.PASSES, Outcome.DENIED}
    assert all(row.outcome in exact or not row.is_safe or row.reason for row in proof.used)
    assert set(found.removed) <= set(catalogue.expand("*"))
