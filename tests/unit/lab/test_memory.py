"""A thousand labs do not grow memory: what a lab was made of goes with it."""

from __future__ import annotations

import gc
import weakref

import pytest
from lab_calls import allow, new_user, outcome, policy, statement
from moto.core.base_backend import BackendDict
from moto.core.model_instances import model_data

from helpers import Lab
from helpers.lab import collector


def a_lesson() -> weakref.ref:
    """A lab with users, objects, sessions, an organization, denials; a weak hold on its world."""
    lab = Lab.start("house")
    ann = new_user(lab, "ann", allow("s3:*"))
    s3 = ann.client("s3")
    s3.put_object(Bucket="payroll", Key="k", Body=b"x" * 100_000)
    s3.generate_presigned_url("get_object", Params={"Bucket": "payroll", "Key": "k"})
    assert outcome(ann.client("iam").list_users) == "AccessDenied"
    str(lab.why())
    lab.root.client("sts").get_session_token()
    organizations = lab.root.client("organizations")
    organizations.create_organization()
    organizations.create_policy(
        Name="p",
        Description="",
        Type="SERVICE_CONTROL_POLICY",
        Content=policy(statement("Deny", "ec2:*")),
    )
    assert lab.events
    return weakref.ref(lab.world)


def kept() -> int:
    gc.collect()
    return len(gc.get_objects())


def test_labs_leave_nothing_behind() -> None:
    try:
        for _ in range(2):
            a_lesson()
        Lab.stop()
        before = kept()
        worlds = [a_lesson() for _ in range(5)]
        Lab.stop()
        after = kept()
        assert [world() for world in worlds] == [None] * 5
        # botocore remembers a hundred endpoints; a lab is made of thousands of objects.
        assert after - before < 5 * 100, "objects that outlive their lab"
        assert BackendDict._instances == []
        models = [model for service in model_data.values() for model in service.values()]
        assert not [model for model in models if vars(model).get("instances_tracked")]
    finally:
        Lab.stop()


def test_a_hundred_starts_keep_no_more_than_one() -> None:
    try:
        Lab.start()
        before = kept()
        for _ in range(100):
            Lab.start()
        assert kept() - before < 100
    finally:
        Lab.stop()


@pytest.mark.parametrize(
    ("before", "after"),
    [((700, 10, 10), 10_000), ((2000, 10, 0), 10_000), ((50_000, 5, 5), 50_000), ((0, 10, 10), 0)],
)
def test_the_collector_looks_less_often_but_as_seldom_as_asked(
    before: tuple[int, int, int], after: int
) -> None:
    own = gc.get_threshold()
    try:
        gc.set_threshold(*before)
        collector.look_less_often()
        assert gc.get_threshold() == (after, *before[1:])
    finally:
        gc.set_threshold(*own)


def test_a_lab_sees_to_the_collector() -> None:
    try:
        Lab.start()
        assert gc.get_threshold()[0] >= collector.NEW_OBJECTS
    finally:
        Lab.stop()
