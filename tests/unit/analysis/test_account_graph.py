"""Who may become whom: against what AWS documents, and against what the lab's own calls do."""

from __future__ import annotations

import doctest
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError
from hypothesis import given, settings
from hypothesis import strategies as st

from helpers import Lab
from helpers.analysis.exports import Exports
from helpers.analysis.permissions import becoming_ways as ways
from helpers.analysis.permissions.account_graph import COLUMNS, AccountGraph, account_graph
from helpers.analysis.permissions.becoming import ANY_PERMISSION, ANYONE, Edge, Kind
from helpers.analysis.permissions.rights import TOO_MANY
from helpers.analysis.snapshot import Snapshot
from helpers.analysis.sources.account_calls import CannotTell
from helpers.lab.attacks.escalation import AROUND_A_BOUNDARY, WAYS
from helpers.policy import catalogue

ACCOUNT = "111122223333"
ARN = f"arn:aws:iam::{ACCOUNT}"
ANN, BEN, OPS = f"{ARN}:user/ann", f"{ARN}:user/ben", f"{ARN}:role/ops"
PARTNER = "arn:aws:iam::444455556666"
NOW = datetime(2026, 11, 2, 9, tzinfo=UTC)
MFA = {"Bool": {"aws:MultiFactorAuthPresent": "true"}}


def allow(action: Any, resource: Any = "*", effect: str = "Allow", **more: Any) -> dict[str, Any]:
    return {"Effect": effect, "Action": action, "Resource": resource, **more}


def document(*statements: dict[str, Any]) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": list(statements)}


def trusts(principal: Any, action: str = "sts:AssumeRole", **more: Any) -> dict[str, Any]:
    principal = {"AWS": principal} if isinstance(principal, str) else principal
    return {"Effect": "Allow", "Principal": principal, "Action": action, **more}


def user(name: str, *statements: dict[str, Any], **more: Any) -> dict[str, Any]:
    own = [{"PolicyName": "Own", "PolicyDocument": document(*statements)}] if statements else []
    return {"UserName": name, "Arn": f"{ARN}:user/{name}", "UserPolicyList": own, **more}


def role(name: str, trust: Any, *statements: dict[str, Any], **more: Any) -> dict[str, Any]:
    own = [{"PolicyName": "Own", "PolicyDocument": document(*statements)}] if statements else []
    let_in = trust if isinstance(trust, str) else document(*([trust] if trust else []))
    return {
        "RoleName": name,
        "Arn": f"{ARN}:role/{name}",
        "AssumeRolePolicyDocument": let_in,
        "RolePolicyList": own,
        **more,
    }


def managed(name: str, *versions: dict[str, Any]) -> dict[str, Any]:
    return {
        "Arn": f"{ARN}:policy/{name}",
        "DefaultVersionId": "v1",
        "PolicyVersionList": [
            {"VersionId": f"v{n}", "IsDefaultVersion": n == 1, "Document": document(one)}
            for n, one in enumerate(versions, 1)
        ],
    }


def having(*names: str) -> dict[str, Any]:
    return {"AttachedManagedPolicies": [{"PolicyArn": f"{ARN}:policy/{name}"} for name in names]}


def within(name: str) -> dict[str, Any]:
    return {"PermissionsBoundary": {"PermissionsBoundaryArn": f"{ARN}:policy/{name}"}}


def graph(*entries: dict[str, Any]) -> AccountGraph:
    lists: dict[str, list[Any]] = {}
    for entry in entries:
        for key, name in (
            ("UserName", "UserDetailList"),
            ("RoleName", "RoleDetailList"),
            ("GroupName", "GroupDetailList"),
            ("PolicyVersionList", "Policies"),
        ):
            if key in entry:
                lists.setdefault(name, []).append(entry)
                break
    return account_graph(lists, NOW)


def told(found: AccountGraph, source: str, target: str) -> list[str]:
    """The conditions of the edges from one to another, in words."""
    return [edge.condition for edge in found.edges_from(source) if edge.target == target]


# -- assuming a role -------------------------------------------------------------------------------

ASSUME = allow("sts:AssumeRole")


@pytest.mark.parametrize(
    ("trust", "own", "expected"),
    [
        (trusts(ANN), [], [""]),  # named itself: that is enough
        (trusts(f"{ARN}:root"), [], []),
        (trusts(f"{ARN}:root"), [ASSUME], [""]),
        (trusts(ACCOUNT), [allow("sts:*", f"{ARN}:role/o*")], [""]),
        (trusts(ACCOUNT), [allow("sts:*", f"{ARN}:role/x*")], []),
        (trusts(BEN), [ASSUME], []),
        (trusts(f"{PARTNER}:root"), [ASSUME], []),
        (trusts("*"), [], [""]),
        (trusts(ANN), [allow("sts:*", effect="Deny")], []),
        (trusts(ANN, Condition=MFA), [], ["with MFA"]),
        (trusts(ACCOUNT), [allow("sts:*", Condition=MFA)], ["with MFA"]),
        (
            trusts(ANN, Condition={"StringEquals": {"sts:ExternalId": "x-41"}}),
            [],
            ["under a condition: sts:ExternalId is x-41"],
        ),
        (
            trusts(ANN),
            [
                allow(
                    "*",
                    effect="Deny",
                    Condition={"NotIpAddress": {"aws:SourceIp": "203.0.113.0/24"}},
                )
            ],
            ["under a condition: aws:SourceIp in 203.0.113.0/24"],
        ),
        (trusts(ACCOUNT, Condition={"StringEquals": {"aws:username": "ben"}}), [ASSUME], []),
        (
            trusts(ACCOUNT, Condition={"StringEquals": {"aws:PrincipalTag/team": "web"}}),
            [ASSUME],
            [],
        ),
        (
            trusts(ANN, Condition={"DateLessThan": {"aws:CurrentTime": "2026-01-01T00:00:00Z"}}),
            [],
            [],  # that time is over
        ),
    ],
)
def test_a_user_and_a_role(trust: Any, own: list[Any], expected: list[str]) -> None:
    assert told(graph(user("ann", *own), role("ops", trust)), ANN, OPS) == expected


def test_the_tags_of_both_count() -> None:
    tagged = {"Tags": [{"Key": "team", "Value": "web"}]}
    same = {"StringEquals": {"aws:ResourceTag/team": "${aws:PrincipalTag/team}"}}
    ann = user("ann", allow("sts:AssumeRole", Condition=same), **tagged)
    assert told(graph(ann, role("ops", trusts(ACCOUNT), **tagged)), ANN, OPS) == [""]
    assert told(graph(ann, role("ops", trusts(ACCOUNT))), ANN, OPS) == []


def test_a_boundary_limits_what_the_account_hands_on() -> None:
    edge = managed("Edge", allow("s3:*"))
    ann = user("ann", ASSUME, **within("Edge"))
    assert told(graph(ann, edge, role("ops", trusts(ACCOUNT))), ANN, OPS) == []
    assert told(graph(ann, edge, role("ops", trusts(ANN))), ANN, OPS) == [""]


def test_a_role_has_no_mfa() -> None:
    found = graph(role("app", None, ASSUME), role("ops", trusts(ACCOUNT, Condition=MFA)))
    assert told(found, f"{ARN}:role/app", OPS) == []


def test_sessions_and_unique_ids_are_known() -> None:
    session = f"arn:aws:sts::{ACCOUNT}:assumed-role/app/nightly"
    app = role("app", None, Path="/x/") | {"Arn": f"{ARN}:role/x/app"}
    assert told(graph(app, role("ops", trusts(session))), f"{ARN}:role/x/app", OPS) == [""]
    ann = user("ann", UserId="AIDA1234567890123456")
    assert told(graph(ann, role("ops", trusts("AIDA1234567890123456"))), ANN, OPS) == [""]


@pytest.mark.parametrize(
    ("trust", "source", "condition"),
    [
        (trusts({"Service": "ec2.amazonaws.com"}), "ec2.amazonaws.com", ""),
        (trusts(f"{PARTNER}:user/kim"), f"{PARTNER}:user/kim", "if its account allows it, too"),
        (trusts("444455556666"), f"{PARTNER}:root", "if its account allows it, too"),
        (
            trusts(
                {"Federated": f"{ARN}:oidc-provider/token.example.com"},
                "sts:AssumeRoleWithWebIdentity",
                Condition={"StringEquals": {"token.example.com:sub": "repo:x"}},
            ),
            f"{ARN}:oidc-provider/token.example.com",
            "under a condition: token.example.com:sub is repo:x",
        ),
        (trusts("*"), ANYONE, ""),
        (
            trusts("*", Condition={"StringEquals": {"aws:PrincipalOrgID": "o-1"}}),
            ANYONE,
            "under a condition: aws:PrincipalOrgID is o-1",
        ),
    ],
)
def test_ends_outside(trust: Any, source: str, condition: str) -> None:
    found = graph(role("ops", trust))
    assert told(found, source, OPS) == [condition]
    assert found.outside == [source]


def test_everybody_of_the_account_is_not_anyone() -> None:
    own = {"StringEquals": {"aws:PrincipalAccount": ACCOUNT}}
    found = graph(user("ann"), role("ops", trusts("*", Condition=own)))
    assert found.outside == []
    assert told(found, ANN, OPS) == [""]


# -- changing IAM ----------------------------------------------------------------------------------

ADMIN = role("ops", None, allow("*"))
GROUP = {
    "GroupName": "admins",
    "Arn": f"{ARN}:group/admins",
    "GroupPolicyList": [{"PolicyName": "All", "PolicyDocument": document(allow("*"))}],
}


@pytest.mark.parametrize(
    ("right", "target"),
    [
        (allow("iam:CreateAccessKey", BEN), BEN),
        (allow("iam:CreateLoginProfile", BEN), BEN),
        (allow("iam:UpdateLoginProfile", BEN), BEN),
        (allow("iam:UpdateAssumeRolePolicy", OPS), OPS),
        (allow("iam:AttachUserPolicy", ANN), ANY_PERMISSION),
        (allow("iam:PutUserPolicy", ANN), ANY_PERMISSION),
        (allow("iam:AddUserToGroup", f"{ARN}:group/admins"), ANY_PERMISSION),
        (allow("iam:PutGroupPolicy", f"{ARN}:group/staff"), ANY_PERMISSION),
        (allow("iam:AttachGroupPolicy", f"{ARN}:group/staff"), ANY_PERMISSION),
        (allow("iam:CreatePolicyVersion", f"{ARN}:policy/Mine"), ANY_PERMISSION),
        (allow("iam:SetDefaultPolicyVersion", f"{ARN}:policy/Mine"), ANY_PERMISSION),
        (allow(["iam:CreateUser", "iam:CreateAccessKey", "iam:PutUserPolicy"]), ANY_PERMISSION),
        (allow(["iam:CreateRole", "iam:AttachRolePolicy"]), ANY_PERMISSION),
    ],
)
def test_one_right_of_iam(right: dict[str, Any], target: str) -> None:
    staff = {"GroupName": "staff", "Arn": f"{ARN}:group/staff"}
    mine = managed("Mine", allow("s3:*"), allow("*"))
    ann = user("ann", right, GroupList=["staff"], **having("Mine"))
    found = graph(ann, user("ben"), ADMIN, GROUP, staff, mine)
    assert target in found.chains_from(ANN)
    (edge, *_) = [one for one in found.edges_from(ANN) if one.target == target]
    assert edge.because[0].endswith("of Own")
    # The same, with a Deny beside it, leads nowhere; and what is about somebody else neither.
    denied = user("ann", right, {**right, "Effect": "Deny"}, GroupList=["staff"], **having("Mine"))
    assert graph(denied, user("ben"), ADMIN, GROUP, staff, mine).chains_from(ANN) == {}
    if isinstance(right["Action"], str):
        other = user("ann", {**right, "Resource": f"{right['Resource']}-x"}, **having("Mine"))
        assert graph(other, user("ben"), ADMIN, GROUP, staff, mine).chains_from(ANN) == {}


def test_what_comes_of_a_group_and_of_a_version() -> None:
    """Neither is any permission, where it does not hold all."""
    group = {**GROUP, "GroupPolicyList": [{"PolicyName": "Keys", "PolicyDocument": document(
        allow("iam:CreateAccessKey", BEN))}]}  # fmt: skip
    found = graph(user("ann", allow("iam:AddUserToGroup")), user("ben"), group)
    (edge,) = found.edges_from(ANN)
    assert edge.target == BEN
    assert edge.way == "join the group admins, then make an access key for it"
    assert edge.actions == ("iam:AddUserToGroup", "iam:CreateAccessKey")
    mine = managed("Mine", allow("iam:SetDefaultPolicyVersion"), allow("sts:AssumeRole"))
    found = graph(user("ann", **having("Mine")), mine, role("ops", trusts(ACCOUNT)))
    (edge,) = found.edges_from(ANN)
    assert edge.way == "put version v2 of Mine in force, then assume the role"


def test_a_boundary_keeps_any_permission_small() -> None:
    putting = allow("iam:PutUserPolicy", ANN)
    fence = managed("Fence", allow(["iam:PutUserPolicy", "iam:CreateAccessKey"]))
    found = graph(user("ann", putting, **within("Fence")), user("ben"), fence, ADMIN)
    (itself, ben) = sorted(found.edges_from(ANN), key=lambda edge: edge.target)
    assert (itself.target, itself.kind, itself.limit) == (
        ANN,
        Kind.GIVES,
        "within the boundary Fence",
    )
    assert (ben.target, ben.way) == (
        BEN,
        "write any policy for itself, then make an access key for it",
    )
    off = managed("Fence", allow(["iam:PutUserPolicy", "iam:DeleteUserPermissionsBoundary"]))
    found = graph(user("ann", putting, **within("Fence")), off)
    assert ANY_PERMISSION in found.chains_from(ANN)


def test_a_deny_that_stays_keeps_it_small_too() -> None:
    deny = allow("iam:*", OPS, "Deny")
    stays = allow(["iam:DeleteUserPolicy", "iam:PutUserPolicy"], ANN, "Deny")
    rise = allow("iam:AttachUserPolicy", ANN)
    found = graph(user("ann", rise, deny, stays), user("ben"), ADMIN)
    assert ANY_PERMISSION not in found.chains_from(ANN)
    assert {edge.target for edge in found.edges_from(ANN)} == {ANN, BEN}
    without = {"Condition": {"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}}}
    found = graph(user("ann", rise, {**deny, **without}, {**stays, **without}), ADMIN)
    assert "with MFA" in told(found, ANN, ANY_PERMISSION)


def test_what_is_given_to_others() -> None:
    app, other = (
        role("app", trusts(ANN)),
        role("other", trusts(BEN), allow("iam:PutRolePolicy", OPS)),
    )
    found = graph(user("ann"), user("ben"), app, other, role("ops", trusts(BEN)))
    gift = next(edge for edge in found.edges if edge.kind is Kind.GIVES)
    assert (gift.source, gift.target, gift.way) == (
        f"{ARN}:role/other",
        OPS,
        "write any policy for it",
    )
    # ben becomes both, and so may have what the one gives to the other; ann becomes neither.
    assert ANY_PERMISSION in found.chains_from(BEN)
    assert [edge.kind for edge in found.chains_from(BEN)[ANY_PERMISSION]].count(Kind.GIVES) == 1
    assert found.chain(BEN, f"{ARN}:role/app")
    assert BEN in found.chains_to(f"{ARN}:role/app")
    assert ANY_PERMISSION not in found.chains_from(ANN)


def test_credentials_that_are_known() -> None:
    def row(password: bool, mfa: bool) -> dict[str, Any]:
        return {"arn": BEN, "password_enabled": password, "mfa_active": mfa}

    from helpers.analysis.permissions.account_parts import account_parts
    from helpers.analysis.permissions.becoming import Credentials
    from helpers.analysis.sources.authorization_details import well_formed

    both = allow(["iam:CreateLoginProfile", "iam:UpdateLoginProfile"], BEN)
    parts = account_parts(well_formed({"UserDetailList": [user("ann", both), user("ben")]}))
    unknown = [
        (edge.way, edge.condition) for edge in AccountGraph(parts, None, NOW).edges_from(ANN)
    ]
    assert unknown == [
        ("give it a password", "if it has no password yet, if it has no MFA device"),
        ("change its password", "if it has a password, if it has no MFA device"),
    ]
    known = AccountGraph(parts, Credentials.of_report([row(True, True)]), NOW)
    assert [(edge.way, edge.condition) for edge in known.edges_from(ANN)] == [
        ("change its password", "with its MFA device")
    ]
    known = AccountGraph(parts, Credentials.of_report([row(False, False)]), NOW)
    assert [(edge.way, edge.condition) for edge in known.edges_from(ANN)] == [
        ("give it a password", "")
    ]


# -- passing a role --------------------------------------------------------------------------------


@pytest.mark.parametrize("passing", ways.PASSINGS, ids=lambda one: "+".join(one.actions))
def test_passing_a_role(passing: ways.Passing) -> None:
    right = [allow("iam:PassRole", OPS), *(allow(action) for action in passing.actions)]
    target = role("ops", trusts({"Service": passing.service}), InstanceProfileList=[{}])
    (edge,) = graph(user("ann", *right), target).edges_from(ANN)
    assert (edge.target, edge.way.split(": ")[1]) == (OPS, passing.words)
    assert edge.actions == ("iam:PassRole", *passing.actions)
    assert "statement no. 1 of the trust policy" in edge.because
    for number in range(len(right)):  # without any one of them there is no way
        less = [one for n, one in enumerate(right) if n != number]
        assert graph(user("ann", *less), target).edges_from(ANN) == []
    other = role("ops", trusts({"Service": "backup.amazonaws.com"}), InstanceProfileList=[{}])
    assert graph(user("ann", *right), other).edges_from(ANN) == []
    elsewhere = {"StringEquals": {"iam:PassedToService": "backup.amazonaws.com"}}
    right[0] = allow("iam:PassRole", OPS, Condition=elsewhere)
    assert graph(user("ann", *right), target).edges_from(ANN) == []


def test_what_a_trust_policy_asks_of_the_service_counts() -> None:
    right = [allow("iam:PassRole"), allow("cloudformation:CreateStack")]

    def passed(**condition: Any) -> list[str]:
        by = trusts({"Service": "cloudformation.amazonaws.com"}, Condition=condition)
        return told(graph(user("ann", *right), role("ops", by)), ANN, OPS)

    assert passed(StringEquals={"aws:SourceAccount": ACCOUNT}) == [""]
    assert passed(StringEquals={"aws:SourceAccount": "444455556666"}) == []
    assert passed(ArnLike={"aws:SourceArn": "arn:aws:cloudformation:*:*:stack/own*"}) == [
        "under a condition: aws:SourceArn is like arn:aws:cloudformation:*:*:stack/own*"
    ]


def test_resources_of_one_s_choice() -> None:
    functions = f"arn:aws:lambda:eu-west-1:{ACCOUNT}:function:dev-*"
    right = [
        allow("iam:PassRole"),
        allow(["lambda:CreateFunction", "lambda:InvokeFunction"], functions),
    ]
    target = role("ops", trusts({"Service": "lambda.amazonaws.com"}))
    assert len(graph(user("ann", *right), target).edges_from(ANN)) == 1
    right[1] = allow(["lambda:CreateFunction", "lambda:InvokeFunction"], "arn:aws:s3:::x/*")
    assert graph(user("ann", *right), target).edges_from(ANN) == []


def test_a_machine_s_role_has_to_be_in_a_profile() -> None:
    right = [allow("iam:PassRole"), allow("ec2:RunInstances")]
    target = role("ops", trusts({"Service": "ec2.amazonaws.com"}))
    assert graph(user("ann", *right), target).edges_from(ANN) == []
    right.append(allow(["iam:CreateInstanceProfile", "iam:AddRoleToInstanceProfile"]))
    assert len(graph(user("ann", *right), target).edges_from(ANN)) == 1


def test_the_ways_are_actions_that_there_are_with_pages() -> None:
    assert [one for one in ways.ACTIONS if catalogue.spelled(one) != one] == []
    for each in (*ways.TAKEOVERS, *ways.GIFTS, *ways.PASSINGS):
        assert each.page.startswith("https://docs.aws.amazon.com/")


# -- chains ----------------------------------------------------------------------------------------


def chain_of_roles(*trusted: tuple[str, str]) -> AccountGraph:
    roles = {name: [who for who, other in trusted if other == name] for _, name in trusted}
    return graph(
        user("ann"),
        *(
            role(
                name,
                trusts({"AWS": [f"{ARN}:{'user' if w == 'ann' else 'role'}/{w}" for w in who]}),
            )
            for name, who in roles.items()
        ),
    )


def test_chains_and_circles() -> None:
    found = chain_of_roles(("ann", "a"), ("a", "b"), ("b", "c"), ("c", "a"), ("ann", "c"))
    steps = {target.rpartition("/")[2]: len(way) for target, way in found.chains_from(ANN).items()}
    assert steps == {"a": 1, "c": 1, "b": 2}
    assert [edge.target for edge in found.chain(ANN, f"{ARN}:role/b") or ()] == [
        f"{ARN}:role/a",
        f"{ARN}:role/b",
    ]
    to_b = found.chains_to(f"{ARN}:role/b")
    assert list(to_b) == [f"{ARN}:role/a", found.root, ANN, f"{ARN}:role/c"]
    assert found.chain(f"{ARN}:role/a", ANN) is None


def test_with_any_permission_everybody_can_be_become() -> None:
    found = graph(user("ann"), role("ops", trusts(ANN), allow("*")), role("idle", None))
    chain = found.chain(ANN, f"{ARN}:role/idle") or ()
    assert [edge.target for edge in chain] == [OPS, ANY_PERMISSION, f"{ARN}:role/idle"]
    assert found.root in found.chains_to(f"{ARN}:role/idle")
    assert found.chain(ANN, found.root) is None


def test_the_table() -> None:
    found = graph(user("ann"), role("ops", trusts(ANN, Condition=MFA), allow("*")))
    table = found.frame()
    assert list(table.columns) == list(COLUMNS)
    rows = table[table["source"] == "user/ann"].to_dict("records")
    assert [(row["kind"], row["target"], row["steps"], row["condition"]) for row in rows] == [
        ("may become", "role/ops", 1, "with MFA"),
        ("may get", "any permission", 2, "with MFA"),
    ]
    assert rows[1]["way"].startswith("assume the role → role/ops, then ")
    assert len(found.frame(at_once=True)) == len(found.edges)


# -- what is broken --------------------------------------------------------------------------------


def test_what_cannot_be_read_is_told() -> None:
    ann = user("ann", GroupList=["gone"], **having("Gone"), **within("GoneToo"))
    ann["UserPolicyList"] = [{"PolicyName": "Bad", "PolicyDocument": {"Statement": "nonsense"}}]
    bad = role("bad", '{"Statement": 1}')
    old = role("old", trusts("AROA1234567890123456"))
    none = role("none", None)
    del none["AssumeRolePolicyDocument"]
    found = graph(ann, bad, old, none, {"UserName": "no arn"})
    text = "\n".join(found.parts.unread)
    for words in (
        "group gone of user/ann is not among the groups",
        "policy/Gone of user/ann is not among the details",
        "policy/GoneToo of user/ann is not among the details: as a boundary it lets nothing",
        "Bad of user/ann is no valid policy",
        "its trust policy of role/bad is no valid policy: nobody is let in by it",
        "its trust policy of role/old names AROA1234567890123456, whose user or role is deleted",
        "its trust policy of role/none is not among the details",
        "UserDetailList[1] ('no arn'): it has no Arn",
    ):
        assert words in text
    assert found.principals == [
        found.root,
        ANN,
        *(f"{ARN}:role/{n}" for n in ("bad", "old", "none")),
    ]
    assert found.edges_from(ANN) == []


def test_of_another_account_and_no_arn_at_all() -> None:
    strange = [
        {"UserName": "kim", "Arn": f"{PARTNER}:user/kim"},
        {"UserName": "x", "Arn": "nonsense"},
        {"UserName": "role", "Arn": f"{ARN}:role/role"},
    ]
    found = graph(user("ann", allow("*")), *strange, role("/", trusts("*"), allow("*")))
    assert [*found.parts.members] == [ANN]
    told_of = [each for each in found.parts.unread if "not looked at" in each]
    assert len(told_of) == 4
    assert told_of[0] == f"{PARTNER}:user/kim is no user of account {ACCOUNT}: not looked at"


JUNK = st.one_of(
    st.none(), st.integers(), st.text(max_size=5), st.lists(st.integers(), max_size=2),
    st.sampled_from(["*", {}, {"Statement": []}, {"Key": "a", "Value": 7}, f"{ARN}:root", "{"]),
)  # fmt: skip


@settings(max_examples=30, deadline=None)
@given(st.data())
def test_nothing_that_is_broken_breaks_it(data: st.DataObject) -> None:
    details: Any = {
        "UserDetailList": [user("ann", allow("*"), GroupList=["admins"], Tags=[{"Key": "a"}])],
        "GroupDetailList": [json.loads(json.dumps(GROUP))],
        "RoleDetailList": [role("ops", trusts(ANN, Condition=MFA), ASSUME, **having("Mine"))],
        "Policies": [managed("Mine", allow("iam:*"), allow("*"))],
    }
    for _ in range(data.draw(st.integers(1, 3))):
        place, path = details, []
        while isinstance(place, dict | list) and place and (not path or data.draw(st.booleans())):
            keys = list(place) if isinstance(place, dict) else list(range(len(place)))
            path.append((place, data.draw(st.sampled_from(keys))))
            place = place[path[-1][1]]
        holder, key = path[-1]
        holder[key] = data.draw(JUNK)
    found = account_graph(details, NOW)
    for source in found.principals:
        assert set(found.chains_from(source)) >= {edge.target for edge in becoming(found, source)}


def becoming(found: AccountGraph, source: str) -> list[Edge]:
    return [edge for edge in found.edges_from(source) if edge.kind is not Kind.GIVES]


def test_nobody() -> None:
    for details in ({}, {"UserDetailList": []}, {"UserDetailList": 7}):
        found = account_graph(details, NOW)
        assert (found.principals, found.edges, len(found.frame())) == ([], [], 0)
    assert found.parts.unread == ("details: UserDetailList is a list, this is 7; not read",)


def test_conditions_that_nobody_can_try_are_told() -> None:
    keys = [f"aws:RequestTag/{n}" for n in range(9)]
    denies = [{"StringNotEquals": {key: ["a", "b", "c"]}} for key in keys]
    denies += [{"StringEquals": {key: "a", keys[0]: "b"}} for key in keys[1:]]
    denies += [{"Null": {keys[0]: "false"}}]
    lines = [allow("*", effect="Deny", Condition=one) for one in denies]
    found = graph(user("ann", *lines), role("ops", trusts(ANN)))
    assert told(found, ANN, OPS) == [TOO_MANY]


def test_hostile_names_stay_text() -> None:
    name = "<script>alert(1)</script>\n`x` ${aws:username} *"
    found = graph(user(name, allow("*")), role("ops", trusts("*")))
    assert f"user/{name}" in set(found.frame()["source"])


def test_sources(tmp_path: Path) -> None:
    details = {"UserDetailList": [user("ann", allow("*")), user("ben")]}
    (tmp_path / "one").write_text(json.dumps(details))
    exported = account_graph(Exports(tmp_path), NOW)
    taken = account_graph(Snapshot.from_exports(details, taken_at=NOW))
    assert exported.edges == taken.edges == account_graph(details, NOW).edges != []
    with pytest.raises(CannotTell):
        account_graph(Snapshot.from_exports())


REAL = Path(__file__).resolve().parents[4] / "shared" / "data" / "iam-airiam" / "iam_data.json"


@pytest.mark.skipif(not REAL.exists(), reason="the details of a real account are not here")
def test_a_real_account() -> None:
    data = json.loads(REAL.read_text())
    names = {
        "UserDetailList": "AccountUsers",
        "GroupDetailList": "AccountGroups",
        "RoleDetailList": "AccountRoles",
        "Policies": "AccountPolicies",
    }
    found = account_graph({section: data[name] for section, name in names.items()}, NOW)
    admins = {edge.source for edge in found.edges if edge.kind is Kind.GETS} - {found.root}
    in_group = {user["Arn"] for user in data["AccountUsers"] if "aws-admins" in user["GroupList"]}
    assert admins == in_group != set()
    assert all(one.endswith(".amazonaws.com") for one in found.outside)


# -- against the lab -------------------------------------------------------------------------------


LAB_ROLES = {
    "named": trusts(f"{ARN}:user/analyst"),
    "of_account": trusts(ACCOUNT),
    "anyone": trusts("*"),
    "by_mfa": trusts(f"{ARN}:user/analyst", Condition=MFA),
    "by_name": trusts(ACCOUNT, Condition={"StringLike": {"aws:username": "an*"}}),
    "from_office": trusts("*", Condition={"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}}),
}


def test_the_lab_lets_assume_whom_the_map_lets_become() -> None:
    lab = Lab.start("office")
    iam = lab.root.client("iam")
    for name, trust in LAB_ROLES.items():
        iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(document(trust)))
    some = document(
        allow("sts:AssumeRole", f"{ARN}:role/*a*"), allow("*", f"{ARN}:role/named", "Deny")
    )
    iam.put_user_policy(UserName="helpdesk", PolicyName="Some", PolicyDocument=json.dumps(some))
    found = account_graph(Snapshot.collect(lab.root, ["us-east-1"]))
    roles = [one.arn for one in found.parts.members.values() if one.kind == "role"]
    works = set()
    for name in ("admin", "analyst", "helpdesk"):
        source, sts = f"{ARN}:user/{name}", lab.caller(name).client("sts")
        for target in roles:
            try:
                sts.assume_role(RoleArn=target, RoleSessionName="look")
            except ClientError:
                worked = False
            else:
                worked = True
            edges = [edge for edge in found.edges_from(source) if edge.target == target]
            # The keys of these people are used without MFA, and in the office.
            conditions = {edge.condition for edge in edges}
            assert worked is bool(conditions - {"with MFA"}), (name, target, conditions)
            works.add(worked)
    assert works == {True, False}
    Lab.stop()


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.name)
def test_what_works_in_the_lab_is_on_the_map(way: Any) -> None:
    """Each of these ways makes an administrator of the helpdesk: tests of the lab try them."""
    policy = managed("Helpdesk", allow(list(way.right)))
    found = graph(
        user("helpdesk", **having("Helpdesk")),
        user("admin", GroupList=["admins"]),
        GROUP,
        policy,
        role(
            "deployer",
            trusts({"Service": "ec2.amazonaws.com"}),
            allow("*"),
            InstanceProfileList=[{}],
        ),
        role("emergency", trusts(ACCOUNT), allow("*")),
    )
    assert ANY_PERMISSION in found.chains_from(f"{ARN}:user/helpdesk")


def test_the_fence_of_notebook_07_holds() -> None:
    edge = {"StringEquals": {"iam:PermissionsBoundary": f"{ARN}:policy/StaffEdge"}}
    staff = f"{ARN}:user/staff/*"
    raise_ = ["iam:CreateUser", "iam:AttachUserPolicy", "iam:PutUserPolicy"]
    fence = [allow(raise_, staff, Condition=edge), allow("iam:CreateAccessKey", staff)]
    assert {right for way in AROUND_A_BOUNDARY for right in way.right} >= {"iam:CreateUser"}
    others = user("admin", allow("*")), managed("StaffEdge", allow("s3:*"))
    found = graph(user("helpdesk", *fence), *others)
    assert found.chains_from(f"{ARN}:user/helpdesk") == {}
    open_ = [allow(raise_, staff), fence[1]]
    assert ANY_PERMISSION in graph(user("helpdesk", *open_), *others).chains_from(
        f"{ARN}:user/helpdesk"
    )


def test_doctests() -> None:
    from helpers.analysis.permissions import (
        account_graph,
        account_parts,
        becoming,
        becoming_chains,
    )

    for module in (account_graph, account_parts, becoming, becoming_chains):
        assert doctest.testmod(module).failed == 0
