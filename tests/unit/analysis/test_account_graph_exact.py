"""Who may become whom where it hangs on a detail: sessions, tags, boundaries, those outside."""

from __future__ import annotations

import json
import time
from typing import Any
from urllib.parse import quote

import boto3
import pytest
from botocore.exceptions import ClientError
from test_account_graph import (
    ACCOUNT,
    ANN,
    ARN,
    NOW,
    OPS,
    PARTNER,
    allow,
    document,
    graph,
    having,
    managed,
    role,
    told,
    trusts,
    user,
    within,
)

from helpers import Lab
from helpers.analysis.permissions.account_graph import account_graph
from helpers.analysis.permissions.becoming import ANY_PERMISSION, ANYONE
from helpers.analysis.permissions.rights import TOO_MANY
from helpers.analysis.snapshot import Snapshot

NOBODY = trusts({"Service": "nobody.amazonaws.com"})
APP = f"{ARN}:role/app"
SESSION = f"arn:aws:sts::{ACCOUNT}:assumed-role/app/"
WITH_TAGS = ["sts:AssumeRole", "sts:TagSession"]


def several(*statements: dict[str, Any]) -> str:
    return json.dumps(document(*statements))


def denies(principal: Any, **condition: Any) -> dict[str, Any]:
    return {**trusts(principal, "*"), "Effect": "Deny", **condition}


# -- sessions of roles, and what they are handed ---------------------------------------------------


@pytest.mark.parametrize(
    ("trust", "may"),
    [
        (several(trusts(APP), denies(f"{SESSION}bob")), True),  # by another name
        (several(trusts(APP), denies(f"{SESSION}session")), True),
        (several(trusts(f"{SESSION}bob"), denies(f"{SESSION}bob")), False),
        (several(trusts(f"{SESSION}bob"), denies(APP)), False),
        (
            several(
                trusts(f"{SESSION}bob", Condition={"StringEquals": {"aws:ResourceTag/a": "b"}}),
                trusts(f"{SESSION}kim"),
            ),
            True,
        ),
        (trusts("*", Condition={"StringLike": {"aws:userid": "AROA123:*"}}), True),
        (trusts("*", Condition={"StringEquals": {"aws:userid": "AROA123:alice"}}), True),
        (trusts("*", Condition={"StringEquals": {"aws:userid": "AROA456:alice"}}), False),
    ],
)
def test_a_role_chooses_the_name_of_its_session(trust: Any, may: bool) -> None:
    found = graph(role("app", NOBODY, RoleId="AROA123"), role("ops", trust))
    assert told(found, APP, OPS) == ([""] if may else [])


TAG = {"StringEquals": {"aws:RequestTag/team": "web"}}
SOURCE = {"StringLike": {"sts:SourceIdentity": "ann"}}


@pytest.mark.parametrize(
    ("action", "condition", "expected"),
    [
        ("sts:AssumeRole", TAG, []),
        (WITH_TAGS, TAG, ["under a condition: aws:RequestTag/team is web"]),
        ("sts:*", TAG, ["under a condition: aws:RequestTag/team is web"]),
        ("sts:AssumeRole", {"ForAllValues:StringEquals": {"aws:TagKeys": "team"}}, [""]),
        ("sts:AssumeRole", SOURCE, []),
        (
            ["sts:AssumeRole", "sts:SetSourceIdentity"],
            SOURCE,
            ["under a condition: sts:SourceIdentity is like ann"],
        ),
    ],
)
def test_tags_and_a_source_identity_take_a_further_right(
    action: Any, condition: Any, expected: list[str]
) -> None:
    ops = role("ops", trusts(ANN, action, Condition=condition))
    assert told(graph(user("ann"), ops), ANN, OPS) == expected
    denied = user("ann", allow(["sts:TagSession", "sts:SetSourceIdentity"], effect="Deny"))
    assert told(graph(denied, ops), ANN, OPS) == [one for one in expected if not one]


def test_where_the_further_right_is_missing_another_way_is_told() -> None:
    both = several(
        trusts(ANN, Condition=TAG),
        trusts(ANN, Condition={"StringEquals": {"sts:ExternalId": "x-41"}}),
    )
    words = ["under a condition: sts:ExternalId is x-41"]
    assert told(graph(user("ann"), role("ops", both)), ANN, OPS) == words


def test_the_lab_agrees() -> None:
    lab = Lab.start("office")
    iam = lab.root.client("iam")
    analyst = f"{ARN}:user/analyst"
    trust = {
        "app": trusts(analyst),
        "tagged": trusts(APP, Condition=TAG),
        "tagged_too": trusts(APP, WITH_TAGS, Condition=TAG),
        "not_bob": several(trusts(APP), denies(f"{SESSION}bob")),
        "only_bob": trusts(f"{SESSION}bob"),
    }
    for name, one in trust.items():
        text = one if isinstance(one, str) else several(one)
        iam.create_role(RoleName=name, AssumeRolePolicyDocument=text)
    own = several(allow(WITH_TAGS))
    iam.put_role_policy(RoleName="app", PolicyName="Own", PolicyDocument=own)
    found = account_graph(Snapshot.collect(lab.root, ["us-east-1"]))
    works = set()
    for name in ("tagged", "tagged_too", "not_bob", "only_bob"):
        for session in ("bob", "kim"):
            app = lab.caller("analyst").client("sts").assume_role
            keys = app(RoleArn=APP, RoleSessionName=session)["Credentials"]
            sts = boto3.client(
                "sts",
                region_name="us-east-1",
                aws_access_key_id=keys["AccessKeyId"],
                aws_secret_access_key=keys["SecretAccessKey"],
                aws_session_token=keys["SessionToken"],
            )
            for tags in ([], [{"Key": "team", "Value": "web"}]):
                more = {"Tags": tags} if tags else {}
                try:
                    sts.assume_role(RoleArn=f"{ARN}:role/{name}", RoleSessionName="go", **more)
                except ClientError:
                    continue
                works.add(name)
    assert works == {"tagged_too", "not_bob", "only_bob"}
    assert works == {name for name in trust if told(found, APP, f"{ARN}:role/{name}")}
    Lab.stop()


# -- those outside ---------------------------------------------------------------------------------

NOT_OF_HERE = {"StringNotEquals": {"aws:PrincipalAccount": ACCOUNT}}
NO_SERVICE = {"Bool": {"aws:PrincipalIsAWSService": "false"}}
KIM = f"{PARTNER}:user/kim"


def arn_like(arn: str) -> dict[str, Any]:
    return {"ArnLike": {"aws:PrincipalArn": arn}}


@pytest.mark.parametrize(
    ("trust", "sources"),
    [
        (several(trusts("444455556666"), denies("*", Condition=NOT_OF_HERE)), []),
        (several(trusts("444455556666"), denies("*", Condition=NO_SERVICE)), []),
        (
            several(
                trusts({"Service": "ec2.amazonaws.com"}),
                denies("*", Condition={"Bool": {"aws:PrincipalIsAWSService": "true"}}),
            ),
            [],
        ),
        (
            several(
                trusts({"Service": "ec2.amazonaws.com"}),
                denies("*", Condition=NO_SERVICE),
            ),
            ["ec2.amazonaws.com"],
        ),
        (trusts("444455556666", Condition=arn_like(f"{PARTNER}:role/x*")), [f"{PARTNER}:root"]),
        (trusts("444455556666", Condition=arn_like("arn:aws:iam::777788889999:role/x")), []),
        (trusts(KIM, Condition=arn_like(f"{PARTNER}:user/*")), [KIM]),
        (trusts(KIM, Condition=arn_like(f"{PARTNER}:user/lee")), []),
        (trusts("*", Condition=arn_like(f"{PARTNER}:user/lee")), [ANYONE]),
        (trusts("*", Condition={"StringLike": {"aws:userid": "AIDA123"}}), []),
    ],
)
def test_what_is_known_of_those_outside(trust: Any, sources: list[str]) -> None:
    assert graph(user("ann", UserId="AIDA123"), role("ops", trust)).outside == sources


def test_a_provider_has_one_way() -> None:
    provider = f"{ARN}:saml-provider/office"
    (edge,) = graph(role("ops", trusts({"Federated": provider}, "sts:*"))).edges_from(provider)
    assert edge.actions == ("sts:AssumeRoleWithSAML",)
    wrong = trusts({"Federated": provider}, "sts:AssumeRoleWithWebIdentity")
    assert graph(role("ops", wrong)).outside == []


def test_another_partition() -> None:
    gov = f"arn:aws-us-gov:iam::{ACCOUNT}"
    rights = ["sts:AssumeRole", "iam:CreateRole", "iam:AttachRolePolicy"]
    own = [{"PolicyName": "Own", "PolicyDocument": document(allow(rights, f"{gov}:role/o*"))}]
    ann = {"UserName": "ann", "Arn": f"{gov}:user/ann", "UserPolicyList": own}
    trust = document(trusts(f"{gov}:root"))
    ops = {"RoleName": "ops", "Arn": f"{gov}:role/ops", "AssumeRolePolicyDocument": trust}
    found = account_graph({"UserDetailList": [ann], "RoleDetailList": [ops]}, NOW)
    assert told(found, f"{gov}:user/ann", f"{gov}:role/ops")[0] == ""
    assert ANY_PERMISSION in found.chains_from(f"{gov}:user/ann")
    assert (found.root, found.called(found.root)) == (f"{gov}:root", "the root user")
    assert found.outside == []


# -- boundaries ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("right", "way"),
    [
        ("iam:DeleteUserPermissionsBoundary", "take its boundary off"),
        ("iam:PutUserPermissionsBoundary", "put a wider boundary on itself"),
        ("iam:CreatePolicyVersion", "rewrite its boundary"),
        ("iam:SetDefaultPolicyVersion", "put version v2 of Edge in force"),
    ],
)
def test_a_boundary_that_lets_itself_be_removed(right: str, way: str) -> None:
    def reached(let: str, *versions: dict[str, Any]) -> list[str]:
        edge = managed("Edge", allow(let), *versions)
        edges = graph(user("ann", allow("*"), **within("Edge")), edge).edges_from(ANN)
        return [one.way for one in edges if one.target == ANY_PERMISSION]

    assert all(one.startswith(f"{way}, then ") for one in reached(right, allow("*")))
    assert reached(right, allow("*"))
    assert reached("s3:*", allow("*")) == []


def test_a_version_counts_wherever_the_policy_is() -> None:
    """As the user's own and through a group: no Deny of it stays behind."""
    group = {"GroupName": "staff", "Arn": f"{ARN}:group/staff", **having("Mine")}
    shut = allow("sts:*", effect="Deny")
    mine = managed("Mine", shut, allow("s3:*"))
    own = [allow("iam:SetDefaultPolicyVersion"), allow("sts:AssumeRole")]
    ann = user("ann", *own, GroupList=["staff"], **having("Mine"))
    found = graph(ann, group, mine, role("ops", trusts(ACCOUNT)))
    assert [one.way for one in found.edges_from(ANN)] == [
        "put version v2 of Mine in force, then assume the role"
    ]
    # An inline policy of the same name is another one.
    ann = user("ann", *own, **having("Own"))
    found = graph(ann, managed("Own", shut, allow("s3:*")), role("ops", trusts(ACCOUNT)))
    assert told(found, ANN, OPS) == [""]


def test_a_role_that_rewrites_trust_names_its_own_session() -> None:
    """What names the session is not held by a boundary that is silent, only by one that denies.
    https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_boundaries.html"""
    app = role("app", NOBODY, allow("iam:UpdateAssumeRolePolicy"), **within("Edge"))
    edge = allow("iam:UpdateAssumeRolePolicy")
    assert told(graph(app, managed("Edge", edge), role("ops", NOBODY)), APP, OPS) == [""]
    shut = [{**edge, "Resource": "*"}, allow("sts:AssumeRole", effect="Deny")]
    version = {"VersionId": "v1", "IsDefaultVersion": True, "Document": document(*shut)}
    fence = {**managed("Edge"), "PolicyVersionList": [version]}
    assert told(graph(app, fence, role("ops", NOBODY)), APP, OPS) == []


# -- a Deny that does not stay ---------------------------------------------------------------------

SHUT = allow("iam:*", OPS, "Deny")


@pytest.mark.parametrize(
    ("held", "keeps"),
    [
        ("inline", ["iam:DeleteUserPolicy", "iam:PutUserPolicy"]),
        ("managed", ["iam:DetachUserPolicy", "iam:CreatePolicyVersion"]),
        ("group", ["iam:RemoveUserFromGroup", "iam:CreatePolicyVersion"]),
    ],
)
def test_a_deny_goes_with_its_policy(held: str, keeps: list[str]) -> None:
    """Whoever has any permission takes the policy off, unless it denies just that."""

    def edge(*more: str) -> tuple[str, str]:
        shut = [SHUT, allow(list(more), effect="Deny")] if more else [SHUT]
        version = {"VersionId": "v1", "IsDefaultVersion": True, "Document": document(*shut)}
        fence = {**managed("Fence"), "PolicyVersionList": [version]}
        staff = {"GroupName": "staff", "Arn": f"{ARN}:group/staff", **having("Fence")}
        rise = allow("iam:AttachUserPolicy", ANN)
        ann = {
            "inline": user("ann", rise, *shut),
            "managed": user("ann", rise, **having("Fence")),
            "group": user("ann", rise, GroupList=["staff"]),
        }[held]
        found = graph(ann, fence, staff, role("ops", NOBODY)).edges_from(ANN)
        (rises,) = [one for one in found if one.way == "attach any policy to itself"]
        return rises.target, rises.limit

    assert edge() == (ANY_PERMISSION, "")
    assert edge(keeps[0]) == (ANY_PERMISSION, "")  # there is another call for it
    name = {"inline": "Own", "managed": "Fence", "group": "Fence of the group staff"}[held]
    assert edge(*keeps) == (ANN, f"less what {name} denies")


# -- what somebody makes, and attaches -------------------------------------------------------------


def test_what_is_made_is_one_and_the_same() -> None:
    def any_permission(made: str, given: str) -> bool:
        own = (
            allow("iam:CreateRole", f"{ARN}:role/{made}"),
            allow("iam:PutRolePolicy", f"{ARN}:role/{given}"),
        )
        return ANY_PERMISSION in graph(user("ann", *own)).chains_from(ANN)

    assert any_permission("app-*", "app-*")
    assert any_permission("${aws:username}-*", "ann-*")
    assert not any_permission("app-*", "legacy-*")


def test_a_function_is_one_and_the_same() -> None:
    def may(made: str, run: str) -> bool:
        own = (
            allow("iam:PassRole"),
            allow("lambda:CreateFunction", f"arn:aws:lambda:*:*:function:{made}"),
            allow("lambda:InvokeFunction", f"arn:aws:lambda:*:*:function:{run}"),
        )
        ops = role("ops", trusts({"Service": "lambda.amazonaws.com"}))
        return bool(told(graph(user("ann", *own), ops), ANN, OPS))

    assert may("web-*", "web-*")
    assert not may("web-*", "batch-*")


def test_attaching_one_policy_of_the_account() -> None:
    def attaches(which: str) -> bool:
        only = {"ArnEquals": {"iam:PolicyARN": f"{ARN}:policy/{which}"}}
        ann = user("ann", allow("iam:AttachUserPolicy", ANN, Condition=only))
        return ANY_PERMISSION in graph(
            ann, managed("All", allow("*")), managed("Some", allow("s3:*"))
        ).chains_from(ANN)

    assert attaches("All")
    assert not attaches("Some")


@pytest.mark.parametrize("before", ["", " ", "\n\t"])
def test_documents_as_the_api_itself_gives_them(before: str) -> None:
    """URL-encoded, whatever a document begins with."""
    found = graph(user("ann"), role("ops", quote(before + several(trusts(ANN)))))
    assert told(found, ANN, OPS) == [""]
    assert found.parts.unread == ()


# -- hostile ---------------------------------------------------------------------------------------


def test_many_values_of_one_key_end_soon() -> None:
    many = [
        allow("*", "*", "Deny", Condition={"StringNotLike": {"aws:SourceVpc": [
            f"vpc-{n}-{m}*" for m in range(50)]}})
        for n in range(200)
    ]  # fmt: skip
    begin = time.process_time()
    found = graph(user("ann", allow("sts:*"), *many), role("ops", trusts(ACCOUNT)))
    assert told(found, ANN, OPS) == [TOO_MANY]
    assert time.process_time() - begin < 3  # it was seven seconds for each role
