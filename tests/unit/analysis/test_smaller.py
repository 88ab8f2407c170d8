"""The policy that would do: less than the old one, and enough for what was used."""

from __future__ import annotations

from typing import Any

import pytest
from records import ANN, allowing, record

from helpers.analysis.permissions.smaller import Resources, from_use, without
from helpers.analysis.trail.usage import usage
from helpers.policy import Policies, Request, catalogue, evaluate, parse_policy
from helpers.policy.access_checks import no_new_access

EVERYTHING = frozenset(catalogue.actions("iam"))
CONDITION = {"Bool": {"aws:SecureTransport": "true"}}

DOCUMENTS = [
    allowing("*"),
    allowing("iam:*", "s3:*"),
    allowing("iam:List*", "iam:Get*", Condition=CONDITION),
    allowing("iam:?etUser", "IAM:listusers"),
    {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "NotAction": ["ec2:*", "iam:Create*"], "Resource": "*"},
            {"Effect": "Deny", "Action": "iam:*", "Resource": "*", "Condition": CONDITION},
        ],
    },
    {
        "Version": "2012-10-17",
        "Statement": {"Sid": "One", "Effect": "Allow", "Action": "iam:GetUser", "Resource": ANN},
    },
]


@pytest.mark.parametrize("wildcards", [False, True])
@pytest.mark.parametrize("document", DOCUMENTS)
def test_removed_is_removed_and_kept_is_kept(document: dict[str, Any], wildcards: bool) -> None:
    kept = {"iam:GetUser", "iam:ListUsers", "iam:GetRole"}
    removed = EVERYTHING - kept
    smaller = without(document, removed, wildcards=wildcards)
    assert smaller is not None
    assert no_new_access(parse_policy(smaller), parse_policy(document)) == []
    old, new = Policies(identity=[document]), Policies(identity=[smaller])
    for action in (*sorted(EVERYTHING), "s3:GetObject", "ec2:RunInstances"):
        request = Request(action=action, resource=ANN, principal=ANN)
        before, after = (evaluate(request, one).effect for one in (old, new))
        if action in removed:
            assert after != "allowed", action
        else:
            assert after == before, action


def test_nothing_to_remove_leaves_the_document_alone() -> None:
    for document in DOCUMENTS:
        assert without(document, {"sqs:NoSuchThing"}) == document | {
            "Statement": document["Statement"]
            if isinstance(document["Statement"], list)
            else [document["Statement"]]
        }


def test_nothing_left() -> None:
    assert without(allowing("iam:*"), EVERYTHING) is None
    deny = {"Effect": "Deny", "Action": "iam:*", "Resource": "*"}
    document = {"Version": "2012-10-17", "Statement": [*allowing("iam:*")["Statement"], deny]}
    # What is denied stays denied, whichever policy may allow it.
    assert without(document, EVERYTHING) == {"Version": "2012-10-17", "Statement": [deny]}


def test_wildcards_stand_for_kept_actions_only() -> None:
    document = allowing("iam:*")
    removed = {name for name in EVERYTHING if not name.startswith("iam:GetAccount")}
    smaller = without(document, removed, wildcards=True)
    assert smaller is not None
    assert smaller["Statement"][0]["Action"] == ["iam:GetAccount*"]
    plain = without(document, removed)
    assert plain is not None
    assert all("*" not in action for action in plain["Statement"][0]["Action"])


def test_a_policy_from_use() -> None:
    put = {"bucketName": "payroll", "key": "2026.csv"}
    events = [
        record("iam", "ListUsers"),
        record("s3", "PutObject", requestParameters=put),
        record("s3", "GetObject", requestParameters=put),
        record("s3", "ListBuckets"),
    ]
    uses = usage(events).of(ANN)
    document = from_use(uses)
    assert document["Statement"] == [
        {"Effect": "Allow", "Action": ["iam:ListUsers"], "Resource": "*"},
        {
            "Effect": "Allow",
            "Action": ["s3:GetObject", "s3:PutObject"],
            "Resource": ["arn:aws:s3:::payroll/2026.csv"],
        },
        {"Effect": "Allow", "Action": ["s3:ListAllMyBuckets"], "Resource": "*"},
    ]
    # The proof: all that was done passes.
    for action, use in uses.items():
        for resource in use.resources or {"*"}:
            request = Request(action=action, resource=resource, principal=ANN)
            assert evaluate(request, Policies(identity=[document])).effect == "allowed"
    assert from_use(uses, Resources.ALL)["Statement"] == [
        {
            "Effect": "Allow",
            "Action": ["iam:ListUsers", "s3:GetObject", "s3:ListAllMyBuckets", "s3:PutObject"],
            "Resource": "*",
        }
    ]
    placed = from_use(uses, Resources.PLACEHOLDERS)["Statement"]
    (objects,) = [one for one in placed if "s3:PutObject" in one["Action"]]
    assert "arn:aws:s3:::${BucketName}/${ObjectName}" in objects["Resource"]
