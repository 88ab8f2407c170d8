"""Policies written out as rows: what is there, what is gone, and what keeps a mark."""

from __future__ import annotations

import time
from typing import Any

import pytest

from helpers.policy import Permission, Policies, effective_permissions
from helpers.policy.expansion import ALWAYS
from helpers.policy.globs import Some, covers, meet, resource_covers

OBJECTS = "arn:aws:s3:::payroll/*"


def document(*statements: dict[str, Any], version: str = "2012-10-17") -> dict[str, Any]:
    return {"Version": version, "Statement": list(statements)}


def allow(action: Any, resource: Any = "*", **more: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": action, "Resource": resource} | more


def deny(action: Any, resource: Any = "*", **more: Any) -> dict[str, Any]:
    return allow(action, resource, **more) | {"Effect": "Deny"}


def but(element: str, value: Any, effect: str = "Allow") -> dict[str, Any]:
    """A statement on S3 with a Not… element."""
    other = {"NotAction": {"Resource": "*"}, "NotResource": {"Action": "s3:GetObject"}}[element]
    return {"Effect": effect, element: value} | other


MFA = {"Bool": {"aws:MultiFactorAuthPresent": "true"}}
NO_MFA = {"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}}


def rows(*statements: dict[str, Any], actions: str = "s3:*", **others: Any) -> list[Permission]:
    policies = Policies(identity=[("P", document(*statements))], **others)
    return effective_permissions(policies, actions=actions)


def names(found: list[Permission]) -> list[str]:
    return [row.action for row in found]


def test_a_row_has_everything_that_is_known() -> None:
    (row,) = rows(allow("s3:getobject", OBJECTS, Sid="Read", Condition=MFA))
    assert row[:4] == ("s3", "s3:GetObject", "Read", (OBJECTS,))
    assert row.except_resources is False
    assert [tuple(condition) for condition in row.conditions] == [
        ("Bool", "aws:MultiFactorAuthPresent", ("true",))
    ]
    assert (row.sid, row.policy, row.limits) == ("Read", "P", ())
    assert not row.is_unconditional


def test_rows_make_a_data_frame() -> None:
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame(rows(allow("s3:GetObject*", OBJECTS)))
    assert list(frame.columns) == list(Permission._fields)
    assert "s3:GetObjectAcl" in set(frame["action"])


def test_what_everybody_has() -> None:
    (row,) = effective_permissions(Policies())
    assert (row.action, row.policy) == (ALWAYS, None)
    denied = Policies(identity=[document(allow("*"), deny("*"))])
    assert names(effective_permissions(denied)) == [ALWAYS]


def test_wildcards_and_not_action() -> None:
    assert names(rows(allow("s3:Get*Torrent"))) == ["s3:GetObjectTorrent", "s3:GetObjectVersionTorrent"]  # fmt: skip  # noqa: E501
    some = names(rows(but("NotAction", ["s3:Get*", "iam:*"])))
    assert "s3:PutObject" in some
    assert not [name for name in some if name.startswith("s3:Get")]
    assert names(rows(but("NotAction", "s3:*"))) == []
    assert names(rows(allow("s3:NoSuchThing"))) == []


def test_one_row_a_statement() -> None:
    found = rows(allow("s3:GetObject", OBJECTS), allow("s3:Get*Object", "*", Sid="All"))
    assert [(row.action, row.sid) for row in found] == [
        ("s3:GetObject", None),
        ("s3:GetObject", "All"),
    ]


@pytest.mark.parametrize(
    ("denial", "left", "marked"),
    [
        (deny("s3:GetObject"), None, None),
        (deny("s3:Get*", "arn:aws:s3:::*"), None, None),
        (deny("s3:*", OBJECTS), ("arn:aws:s3:::logs/*",), False),
        (deny("s3:*", "arn:aws:s3:::payroll/2026/*"), (OBJECTS, "arn:aws:s3:::logs/*"), True),
        (deny("s3:*", "arn:aws:s3:::other/*"), (OBJECTS, "arn:aws:s3:::logs/*"), False),
        (deny("s3:PutObject"), (OBJECTS, "arn:aws:s3:::logs/*"), False),
        (deny("s3:*", Condition=NO_MFA), (OBJECTS, "arn:aws:s3:::logs/*"), True),
        (but("NotResource", OBJECTS, "Deny"), (OBJECTS,), False),
        (but("NotResource", "arn:aws:s3:::other/*", "Deny"), None, None),
        (
            but("NotResource", "arn:aws:s3:::payroll/a", "Deny"),
            (OBJECTS,),
            True,
        ),
    ],
)
def test_denies(denial: dict[str, Any], left: tuple[str, ...] | None, marked: bool | None) -> None:
    found = rows(allow("s3:GetObject", [OBJECTS, "arn:aws:s3:::logs/*"]), denial)
    if left is None:
        assert found == []
        return
    (row,) = found
    assert row.resources == left
    assert bool(row.limits) is marked
    assert all(limit.kind == "deny" for limit in row.limits)


def test_a_marker_says_what_it_is_about() -> None:
    (row,) = rows(allow("s3:GetObject"), deny("s3:*", Sid="NoMfa", Condition=NO_MFA))
    (limit,) = row.limits
    assert limit[:5] == ("deny", "identity-based policy", "P", "NoMfa", 0)
    assert limit.resources == ("*",)
    assert limit.conditions[0].operator == "BoolIfExists"


@pytest.mark.parametrize(
    "ceiling",
    [
        lambda d: {"permissions_boundary": d},
        lambda d: {"session": d},
        lambda d: {"service_control": [[document(allow("*"))], [d]]},
        lambda d: {"resource_control": [[d]]},
    ],
    ids=["boundary", "session", "scp", "rcp"],
)
def test_ceilings(ceiling: Any) -> None:
    def left(*statements: dict[str, Any]) -> list[Permission]:
        return rows(allow(["s3:GetObject", "s3:PutObject"], OBJECTS), **ceiling(document(*statements)))  # fmt: skip  # noqa: E501

    everybody = {"Principal": "*"} if "resource_control" in ceiling(None) else {}
    assert names(left(allow("s3:Get*", **everybody))) == ["s3:GetObject"]
    assert left(allow("s3:Get*", **everybody))[0].limits == ()
    assert left(allow("iam:*", **everybody)) == []
    assert left(allow("s3:Get*", "arn:aws:s3:::logs/*", **everybody)) == []
    assert left(allow("*", **everybody), deny("*", **everybody)) == []
    (row,) = left(allow("s3:Get*", Condition=MFA, Sid="M", **everybody))
    assert [(limit.kind, limit.sid) for limit in row.limits] == [("bound", "M")]
    (row,) = left(allow("s3:Get*", "arn:aws:s3:::payroll/2026/*", **everybody))
    assert [limit.resources for limit in row.limits] == [("arn:aws:s3:::payroll/2026/*",)]
    assert not row.is_unconditional


def test_resource_control_policies_leave_other_services_alone() -> None:
    nothing = document({"Effect": "Deny", "Principal": "*", "Action": "*", "Resource": "*"})
    found = rows(allow(["s3:GetObject", "iam:GetUser"]), actions="*", resource_control=[[nothing]])
    assert names(found) == ["iam:GetUser", ALWAYS]


def test_variables() -> None:
    home = "arn:aws:s3:::home/${aws:username}/*"
    (row,) = rows(allow("s3:GetObject", home))
    assert row.resources == (home,)
    assert rows(allow("s3:GetObject", home), deny("s3:*", "arn:aws:s3:::home/*")) == []
    (row,) = rows(allow("s3:GetObject", "arn:aws:s3:::home/*"), deny("s3:*", home))
    assert row.limits[0].resources == (home,)


def test_not_resource_of_an_allow_is_kept() -> None:
    (row,) = rows(but("NotResource", OBJECTS))
    assert (row.resources, row.except_resources) == ((OBJECTS,), True)
    assert rows(but("NotResource", OBJECTS), deny("s3:*")) == []
    (row,) = rows(but("NotResource", OBJECTS), deny("s3:*", "arn:aws:s3:::logs/*"))
    assert len(row.limits) == 1


def test_arguments() -> None:
    with pytest.raises(ValueError, match="policies"):
        effective_permissions([])  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="actions"):
        effective_permissions(Policies(), actions=7)  # type: ignore[arg-type]


def test_an_administrator_in_good_time() -> None:
    administrator = Policies(identity=[("AdministratorAccess", document(allow("*")))])
    effective_permissions(administrator)
    began = time.process_time()
    found = effective_permissions(administrator)
    assert time.process_time() - began < 3  # a third of a second on a machine at rest
    assert len(found) > 20_000
    assert len(set(names(found))) == len(found)


@pytest.mark.parametrize(
    ("outer", "inner", "answer"),
    [
        ("arn:aws:s3:::home/*", "arn:aws:s3:::home/${aws:username}", True),
        ("arn:aws:s3:::home/?", "arn:aws:s3:::home/${aws:username}", False),
        ("arn:aws:s3:::${aws:username}", "arn:aws:s3:::${aws:username}", True),
        ("arn:aws:s3:::${aws:username}", "arn:aws:s3:::${aws:userid}", False),
        ("arn:aws:s3:::${*}", "arn:aws:s3:::*", False),
        ("arn:aws:s3:::*", "arn:aws:s3:::${*}", True),
        ("arn:aws:s3:::a?", "arn:aws:s3:::a*", False),
        ("arn:aws:s3:::a*?", "arn:aws:s3:::a?*", False),  # true, and not seen: no is always safe
    ],
)
def test_covering(outer: str, inner: str, answer: bool) -> None:
    assert resource_covers(outer, inner, True, True) is answer


def test_wildcards_that_keep_to_their_segment() -> None:
    within, anywhere, one = Some(True, ":"), Some(True), Some(False)
    assert covers([anywhere], [within])
    assert not covers([within], [anywhere])
    assert not covers([one], [anywhere])
    assert covers([within], [])
    assert not covers([], [within])
    assert not meet([within], [":"])
    assert meet([within], [anywhere])
