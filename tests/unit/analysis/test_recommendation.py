"""What to do with the policies of a user or role, and that it does what it says."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from records import ACCOUNT, ANN, NOON, OPS, allowing, by_role, details, record

from helpers.analysis.permissions.difference import Change
from helpers.analysis.permissions.entities import Attached, Entity, entities
from helpers.analysis.permissions.proof import prove
from helpers.analysis.permissions.recommendation import Recommendation, Step, generate, recommend
from helpers.analysis.permissions.smaller import Resources, kept_to
from helpers.analysis.permissions.unused import Verdict
from helpers.analysis.trail.usage import usage
from helpers.policy import Policies, Request, catalogue, evaluate

START = NOON + timedelta(days=90)
OF_AWS = "arn:aws:iam::aws:policy/IAMReadOnlyAccess"
OWN = f"arn:aws:iam::{ACCOUNT}:policy/Work"
DENY = {"Effect": "Deny", "Action": "iam:Create*", "Resource": "*"}


def read(key: str, days: float = 100) -> dict[str, Any]:
    parameters = {"bucketName": "payroll", "key": key}
    return record("s3", "GetObject", days=days, requestParameters=parameters, eventCategory="Data")


LIST = record("iam", "ListUsers", days=100)
EVENTS = [LIST, read("a"), read("b")]


def ann(*policies: tuple[str, Any] | tuple[str, Any, str], **others: Any) -> Entity:
    made = entities(details(**others))[0]
    held = tuple(
        Attached(one[0], json.dumps(one[1]), one[2] if len(one) > 2 else None, NOON)
        for one in policies
    )
    return Entity(made.arn, made.kind, made.name, made.path, NOON, held, None, {})


def done(entity: Entity, *events: Any, **options: Any) -> Recommendation:
    return recommend(entity, usage(events), START, **options)


def test_each_kind_of_policy() -> None:
    found = done(
        ann(
            ("Some", allowing("iam:ListUsers", "iam:DeleteUser")),
            ("None", allowing("budgets:ViewBudget")),
            ("Used", allowing("iam:ListUsers")),
            (OF_AWS, allowing("iam:List*")),
            (OWN, allowing("iam:*")),
            ("Team", allowing("iam:List*"), "team"),
            (f"arn:aws:iam::{ACCOUNT}:policy/Idle", allowing("budgets:*")),
            ("Broken", {"Statement": "none"}),
        ),
        *EVENTS,
    )
    steps = {one.policy.id: one for one in found.steps if one.policy}
    assert [(name.rpartition("/")[2], str(one.step)) for name, one in steps.items()] == [
        ("Some", "edit"),
        ("None", "delete"),
        ("Used", "keep"),
        ("IAMReadOnlyAccess", "replace"),
        ("Work", "edit"),
        ("Team", "edit"),
        ("Idle", "detach"),
        ("Broken", "keep"),
    ]
    assert "iam:PassRole" in found.unjudged[Verdict.NEVER_LOGGED]
    replaced = steps[OF_AWS]
    assert replaced.id == f"arn:aws:iam::{ACCOUNT}:policy/ann-IAMReadOnlyAccess"
    assert replaced.document["Statement"][0]["Action"] == ["iam:ListUsers"]
    assert steps["Team"].notes == ("of the group team: its other members lose the same",)
    assert "whoever else has it" in steps[OWN].notes[0]
    assert steps["Broken"].notes == ("no valid policy",)
    assert [name for name, _ in found.policies][:2] == ["Some", "Used"]
    table = found.frame()
    assert list(table.columns) == ["policy", "group", "step", "before", "after", "notes"]
    assert tuple(table[["before", "after"]].loc[0]) == (2, 1)
    assert table.group.tolist().count("team") == 1
    assert "budgets" in found.removed_services
    assert "iam" not in found.removed_services
    assert found.proof(EVENTS[:1]).holds is True


def test_what_stays_though_nobody_used_it() -> None:
    found = done(ann(("Work", allowing("iam:*", "s3:*", "sqs:SendMessage"))), LIST)
    assert found.unjudged[Verdict.NO_DATA_EVENTS][0].startswith("s3:")
    assert "sqs:SendMessage" in found.unjudged[Verdict.NO_DATA_EVENTS]
    assert "iam:PassRole" in found.unjudged[Verdict.NEVER_LOGGED]
    (document,) = [document for _, document in found.policies]
    actions = document["Statement"][0]["Action"]
    assert {"iam:ListUsers", "iam:PassRole", "s3:GetObject", "sqs:SendMessage"} <= set(actions)
    assert "iam:DeleteUser" not in actions
    assert not any("*" in action for action in actions)
    assert "kept, not judged (not recorded by CloudTrail): 8 actions: iam:PassRole" in str(found)
    # New ones stay until the period is over.
    new = recommend(ann(("Work", allowing("iam:*"))), usage([LIST]), NOON - timedelta(days=1))
    assert "iam:DeleteUser" in new.unjudged[Verdict.TOO_NEW]
    assert new.removed == []
    assert [one.step for one in new.steps] == [Step.KEEP]


def test_wildcards_where_asked_for() -> None:
    names = [name for name in catalogue.actions("iam") if name.startswith("iam:GetAccount")]
    events = [record("iam", name.partition(":")[2], days=100) for name in names]
    entity = ann(("Work", allowing("iam:Get*")))
    (document,) = [document for _, document in done(entity, *events).policies]
    assert all("*" not in action for action in document["Statement"][0]["Action"])
    (document,) = [document for _, document in done(entity, *events, wildcards=True).policies]
    assert document["Statement"][0]["Action"][0] == "iam:GetAccount*"


def test_what_is_denied_stays_denied() -> None:
    both = {"Version": "2012-10-17", "Statement": [*allowing("iam:*")["Statement"], DENY]}
    entity = ann(("Both", both), ("Users", allowing("iam:*User*")))
    made = record("iam", "DeleteUser", days=100, requestParameters={"userName": "bob"})
    found = done(entity, made)
    assert found.proof([made]).holds is True
    # Where only the denial is left of a policy, it is not deleted.
    found = done(ann(("Both", both), ("Read", allowing("s3:GetObject"))), *EVENTS[1:])
    kept = found.steps[0]
    assert (kept.step, kept.document["Statement"][-1]) == (Step.EDIT, DENY)


def test_an_action_that_a_boundary_keeps_out_goes_too() -> None:
    entity = ann(("All", allowing("*")))
    edge = Attached("arn:aws:iam::1:policy/edge", json.dumps(allowing("iam:List*")))
    entity = Entity(ANN, "user", "ann", "/", NOON, entity.policies, edge, {})
    found = done(entity, LIST)
    assert found.policies == [
        ("All", {**allowing("*"), "Statement": allowing("iam:ListUsers")["Statement"]})
    ]


def test_resources_that_were_seen() -> None:
    entity = ann(("Work", allowing("iam:*", "s3:*")))
    (document,) = [document for _, document in done(entity, *EVENTS, keep_resources=False).policies]
    of_s3 = [one for one in document["Statement"] if "s3:GetObject" in one["Action"]]
    assert of_s3 == [
        {
            "Effect": "Allow",
            "Action": ["s3:GetObject"],
            "Resource": ["arn:aws:s3:::payroll/a", "arn:aws:s3:::payroll/b"],
        }
    ]
    proof = done(entity, *EVENTS, keep_resources=False).proof(EVENTS)
    assert proof.holds is True
    assert proof.failed == []
    # Another object than those is refused; the proof on the old record cannot know of it.
    later = done(entity, *EVENTS, keep_resources=False).proof([*EVENTS, read("c", 101)])
    assert [row.request.resource for row in later.failed] == ["arn:aws:s3:::payroll/c"]
    wild = done(entity, *EVENTS, read("c"), keep_resources=False, wildcards=True).policies[0][1]
    assert ["arn:aws:s3:::payroll/*"] in [one["Resource"] for one in wild["Statement"]]


@pytest.mark.parametrize(
    "statement",
    [
        {"Effect": "Deny", "Action": "s3:Get*", "Resource": "*"},
        {"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"},
        {"Effect": "Allow", "Action": "s3:Get*", "NotResource": "arn:aws:s3:::other/*"},
        {"Effect": "Allow", "Action": "s3:Get*", "Resource": "arn:aws:s3:::${aws:username}/*"},
    ],
)
def test_statements_that_are_not_split(statement: dict[str, Any]) -> None:
    document = {"Version": "2012-10-17", "Statement": [statement]}
    assert kept_to(document, {"s3:GetObject": ["arn:aws:s3:::payroll/a"]}) == document


def test_a_statement_is_split_within_its_own_resources() -> None:
    own = {"Sid": "One", "Effect": "Allow", "Action": ["s3:Get*", "sqs:*"]}
    document = {"Statement": own | {"Resource": "arn:aws:s3:::payroll/2026/*"}}
    seen = {
        "s3:GetObject": ["arn:aws:s3:::payroll/2026/a", "arn:aws:s3:::payroll/2027/a"],
        "s3:GetObjectAcl": ["arn:aws:s3:::other/a"],
    }
    first, second = kept_to(document, seen)["Statement"]
    assert (first["Sid"], "Sid" in second) == ("One", False)
    assert "sqs:*" in first["Action"]
    assert not {"s3:GetObject", "s3:GetObjectAcl"} & set(first["Action"])
    assert second["Action"] == ["s3:GetObject"]
    assert second["Resource"] == ["arn:aws:s3:::payroll/2026/a"]


def test_a_call_on_several_resources_is_not_narrowed() -> None:
    launch = record("ec2", "RunInstances", days=100, requestParameters={"imageId": "ami-1"})
    entity = ann(("Work", allowing("ec2:RunInstances")))
    found = done(entity, launch, keep_resources=False)
    assert [one.step for one in found.steps] == [Step.KEEP]
    # A name with a wildcard in it is no pattern.
    found = done(ann(("Work", allowing("s3:GetObject"))), read("a*"), keep_resources=False)
    assert [one.step for one in found.steps] == [Step.KEEP]


def test_a_policy_of_what_was_done() -> None:
    both = {"Version": "2012-10-17", "Statement": [*allowing("s3:*", "iam:*")["Statement"], DENY]}
    entity = ann(("Work", both), (OF_AWS, allowing("iam:List*")))
    refused = record("iam", "DeleteUser", days=100, error="AccessDenied")
    old = record("iam", "ListRoles", days=10)
    found = generate(entity, usage([*EVENTS, refused, old]), START)
    assert [(str(one.step), one.id.rpartition("/")[2]) for one in found.steps] == [
        ("create", "ann-generated"),
        ("edit", "Work"),
        ("detach", "IAMReadOnlyAccess"),
    ]
    (made, denies) = [document for _, document in found.policies]
    assert [one["Action"] for one in made["Statement"]] == [["iam:ListUsers"], ["s3:GetObject"]]
    assert denies["Statement"] == [DENY]
    assert "left out, not judged" in str(found)
    proof = found.proof(EVENTS)
    assert proof.holds is True
    # A resource that the record does not tell is "*": more than the old policy, and it is said.
    old_one = {"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": "sqs:*", "Resource": "arn:aws:sqs:*:*:jobs"}]}  # fmt: skip
    sent = record("sqs", "ReceiveMessage", days=100)
    found = generate(ann(("Work", old_one)), usage([sent]), START)
    assert found.proof([sent]).new_access
    assert found.proof([sent]).holds is False
    everywhere = generate(entity, usage(EVENTS), START, resources=Resources.ALL)
    assert everywhere.policies[0][1]["Statement"][0]["Resource"] == "*"


def test_somebody_who_did_nothing_or_has_nothing() -> None:
    found = done(ann(("Work", allowing("iam:DeleteUser"))))
    assert found.policies == []
    assert found.removed == ["iam:DeleteUser"]
    assert found.proof([]).holds is True
    assert generate(ann(("Work", allowing("iam:DeleteUser"))), usage([]), START).policies == []
    nothing = done(ann(), LIST)
    assert (nothing.steps, nothing.rows, nothing.removed) == ((), (), [])
    assert nothing.frame().empty
    assert nothing.actions().empty


def test_a_document_that_is_too_long_says_so() -> None:
    found = done(ann(("Work", allowing("s3:*", "ec2:*"))), LIST, read("a"))
    assert found.steps[0].notes == ()
    found = done(ann(("Work", allowing("s3:*", "dynamodb:*"))), LIST)
    assert found.steps[0].document
    names = [name.partition(":")[2] for name in catalogue.actions("ec2")[:200]]
    every = [record("ec2", name, days=100) for name in names]
    (step,) = done(ann(("Work", allowing("ec2:*"))), *every).steps
    assert "2,048 are allowed" in step.notes[0]


def test_the_differences_and_the_table_of_actions() -> None:
    found = done(ann(("Work", allowing("iam:*LoginProfile"))), LIST)
    assert found.steps[0].difference.of(Change.GONE) == found.removed
    table = found.actions()
    assert list(table.columns) == ["service", "action", "verdict", "last_used", "removed"]
    assert table.removed.all()


def test_a_roles_use_counts_where_the_record_leaves_out_its_path() -> None:
    """As a session's record does that names no issuer."""
    held = (Attached("Work", json.dumps(allowing("iam:ListUsers", "iam:ListRoles")), None, NOON),)
    ops = Entity(OPS, "role", "ops", "/team/", NOON, held)
    session = {key: value for key, value in by_role().items() if key != "sessionContext"}
    events = [record("iam", "ListUsers", session, days=100), record("iam", "ListRoles", by_role())]
    found = recommend(ops, usage(events), START)
    assert found.removed == ["iam:ListRoles"]
    assert sum(row.calls for row in found.proof(events).used) == 2
    assert generate(ops, usage(events), START).removed == ["iam:ListRoles"]
    # What would take away the role's own use does not pass for its proof.
    assert prove(ops, events, [("Work", allowing("iam:ListRoles"))]).holds is False


@pytest.mark.parametrize("path", ["/", "/staff/"])
def test_of_users_and_roles_the_record_tells_no_path(path: str) -> None:
    """So a policy that is kept to them means them whatever their path."""
    made = record("iam", "GetLoginProfile", days=100, requestParameters={"userName": "bob"})
    found = generate(ann(("Work", allowing("iam:*"))), usage([made]), START)
    ((_, document),) = found.policies
    on = f"arn:aws:iam::{ACCOUNT}:user{path}bob"
    assert evaluate(Request("iam:GetLoginProfile", on, ANN), Policies(identity=[document])).allowed
    for other in ("bo", "bobby", "bob/ann", "x-bob"):
        on = f"arn:aws:iam::{ACCOUNT}:user{path}{other}"
        asked = Request("iam:GetLoginProfile", on, ANN)
        assert not evaluate(asked, Policies(identity=[document])).allowed
    assert found.proof([made]).holds is True
