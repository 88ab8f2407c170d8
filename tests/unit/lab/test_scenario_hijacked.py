"""The break-in: what the record and the Regions show, the attack once more, and what stops it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from lab_calls import refused

from helpers import Lab
from helpers.lab import seam
from helpers.lab.context import SOURCE_IP
from helpers.lab.scenarios import hijacked_replay as after
from helpers.lab.scenarios.hijacked import BACKUP, DEPLOY, REGIONS, SUPPORT, loot


@pytest.fixture
def robbed() -> Iterator[Lab]:
    yield Lab.start("hijacked")
    Lab.stop()


def left_open(lab: Lab) -> list[str]:
    return [f"{each.step} with {each.held}" for each in after.replay(lab) if each.worked]


def test_what_the_record_shows(robbed: Lab) -> None:
    assert f"{robbed.clock.now:%A %H:%M}" == "Monday 08:00"
    events = robbed.trail.of_account(robbed.account.id)
    strange = [event for event in events if event["sourceIPAddress"] != SOURCE_IP]
    assert strange[0]["eventName"] == "GetCallerIdentity"
    assert strange[0]["eventTime"] == "2026-11-08T21:40:01Z"
    names = [event["eventName"] for event in strange]
    for sign in ("GetServiceQuota", "CreateUser", "CreateRole", "RequestServiceQuotaIncrease"):
        assert sign in names
    codes = {event.get("errorCode") for event in strange}
    assert codes == {None, "Client.DryRunOperation", "Client.VcpuLimitExceeded"}
    assert {event["awsRegion"] for event in strange} == {*REGIONS, "us-east-1"}
    launches = [e for e in strange if e["eventName"] == "RunInstances" and "errorCode" not in e]
    assert launches[0]["eventTime"] == "2026-11-08T21:50:01Z"  # ten minutes after the first call
    assert len(after.mining(robbed)) == 9


def test_the_same_once_more_whatever_was_done_before(robbed: Lab) -> None:
    first = sorted(loot(robbed).keys), after.mining(robbed)
    after.contain(robbed)
    again = Lab.start("hijacked")
    assert (sorted(loot(again).keys), after.mining(again)) == first


def test_at_first_everything_works_and_nothing_stays_of_it(robbed: Lab) -> None:
    users = set(seam.iam_backend(robbed.account.id).users)
    assert len(left_open(robbed)) == 9
    assert len(left_open(robbed)) == 9
    assert set(seam.iam_backend(robbed.account.id).users) == users
    assert len(after.mining(robbed)) == 9


def test_contained_nothing_works_but_the_company(robbed: Lab) -> None:
    after.contain(robbed)
    assert left_open(robbed) == []
    assert after.work(robbed) is None
    assert after.slips_through(robbed) is None
    by = {each.stopped_by for each in after.replay(robbed)}
    assert by == {
        "the key is inactive",
        "explicit deny in AWSRevokeOlderSessions",
        "explicit deny in AWSDenyAll",
        "all are off",
    }
    after.contain(robbed)
    assert left_open(robbed) == []
    assert after.work(robbed) is None


def test_a_key_that_is_off_leaves_its_sessions_alone(robbed: Lab) -> None:
    iam, held = robbed.root.client("iam"), loot(robbed)
    key = held.leaked.access_key_id
    iam.update_access_key(UserName="admin", AccessKeyId=key, Status="Inactive")
    found = left_open(robbed)
    assert "start a machine with the leaked key of admin" not in found
    assert "start a machine with the session of admin" in found
    assert "no access key that works" in (after.work(robbed) or "")


def test_sessions_that_end_before_the_key_does(robbed: Lab) -> None:
    iam, held = robbed.root.client("iam"), loot(robbed)
    after.revoke(robbed, iam.put_role_policy, RoleName=DEPLOY)
    assert after.slips_through(robbed) is None  # the key is still good, that is worse
    robbed.clock.advance(minutes=5)
    after.contain(robbed, only_the_key=True)
    after.revoke(robbed, iam.put_user_policy, UserName="admin")
    assert after.slips_through(robbed) == DEPLOY
    key = held.leaked.access_key_id
    assert after.taken_before(robbed) is not None
    iam.update_access_key(UserName="admin", AccessKeyId=key, Status="Active")
    assert after.taken_before(robbed) is None


def test_other_ways_to_stop_it_are_named(robbed: Lab) -> None:
    iam, held = robbed.root.client("iam"), loot(robbed)
    iam.delete_access_key(UserName=BACKUP, AccessKeyId=held.backup.access_key_id)
    iam.delete_login_profile(UserName=BACKUP)
    policy = "arn:aws:iam::aws:policy/AdministratorAccess"
    iam.detach_role_policy(RoleName=SUPPORT, PolicyArn=policy)
    iam.delete_role(RoleName=SUPPORT)
    by = {(each.step, each.held): each.stopped_by for each in after.replay(robbed)}
    assert by["make a user", f"the key of {BACKUP}"] == "the key is deleted"
    assert by["sign in and look", f"the password of {BACKUP}"] == "no such password"
    assert by["start a machine", f"the session of {SUPPORT}"] == "its user or role is gone"
    assert by[f"assume {SUPPORT} and start a machine", "another account"]


@pytest.mark.parametrize(
    ("what", "says"),
    [
        ("role", "with the role `deploy`"),
        ("server", "is not running any more"),
        ("analyst", "no access key any more"),
        ("admin", "The administrator cannot work"),
    ],
)
def test_what_breaks_the_company_is_seen_and_mended(robbed: Lab, what: str, says: str) -> None:
    after.contain(robbed)
    iam = robbed.root.client("iam")
    if what == "role":
        iam.attach_role_policy(RoleName=DEPLOY, PolicyArn=after.DENY_ALL)
    elif what == "server":
        ec2 = robbed.root.client("ec2")
        ec2.terminate_instances(InstanceIds=after._servers(robbed))
    elif what == "analyst":
        for key in iam.list_access_keys(UserName="analyst")["AccessKeyMetadata"]:
            iam.delete_access_key(UserName="analyst", AccessKeyId=key["AccessKeyId"])
    else:
        iam.attach_user_policy(UserName="admin", PolicyArn=after.DENY_ALL)
    assert says in (after.work(robbed) or "")
    after.contain(robbed)
    assert after.work(robbed) is None
    assert left_open(robbed) == []


def test_support_answers_in_its_own_words(robbed: Lab) -> None:
    support = robbed.root.client("support")
    case = support.create_case(subject="Help", communicationBody="Miners", severityCode="urgent")
    robbed.clock.advance(hours=1)
    newest = support.describe_communications(caseId=case["caseId"])["communications"][0]
    assert "nobody can promise you the outcome" in newest["body"]


def test_other_accounts_have_no_break_in(house: Lab) -> None:
    with pytest.raises(LookupError, match="Nobody broke in"):
        loot(house)
    admin = house.caller("admin").client("iam")
    refused("NoSuchEntity", admin.get_user, UserName=BACKUP)
