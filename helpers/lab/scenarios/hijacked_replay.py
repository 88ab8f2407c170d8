"""After the break-in: the attack once more, the company's own work, and a way to a clean account.

Each attempt is a real call with what the thief holds; what would leave something behind is only
asked for (DryRun) or taken back.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from helpers.lab import console, seam
from helpers.lab.caller import Caller
from helpers.lab.console import SignInFailed
from helpers.lab.context import SOURCE_IP
from helpers.lab.scenarios.hijacked import (
    BACKUP,
    BACKUP_PASSWORD,
    DEPLOY,
    IMAGE,
    OFFICE_TOOL,
    REGIONS,
    SECOND_IP,
    SUPPORT,
    THIEF_TOOL,
    Loot,
    assumed,
    loot,
    make_deploy,
    start_server,
)
from helpers.policy import Policies, Request, evaluate

if TYPE_CHECKING:
    from helpers.lab.lab import Lab

DENY_ALL = "arn:aws:iam::aws:policy/AWSDenyAll"
REVOKED = "AWSRevokeOlderSessions"
"""The name that the console gives to the policy that ends a role's sessions."""


@dataclass(frozen=True)
class Attempt:
    """One step of the attack, tried once more."""

    step: str
    """What the thief does."""
    held: str
    """With what."""
    worked: bool
    stopped_by: str
    """Which control stopped it; empty where it worked."""


# The attack once more ----------------------------------------------------------------------------


def replay(lab: Lab) -> list[Attempt]:
    """The attack once more, step by step, with all that the thief holds."""
    held = loot(lab)
    return [_attempt(lab, *step) for step in _steps(lab, held)]


Step = tuple[str, str, Caller | None, Callable[[], str | None]]


def _steps(lab: Lab, held: Loot) -> Iterator[Step]:
    """What is done, with what, whose key it is, and the call. It returns None where it worked."""
    west, south = REGIONS[0], REGIONS[2]

    def launch(caller: Caller, region: str = west) -> Callable[[], None]:
        return lambda: _launch(caller, region)

    yield "start a machine", "the leaked key of admin", held.leaked, launch(held.leaked)
    yield "start a machine", "the session of admin", held.session, launch(held.session, south)
    yield "start a machine", "the session of deploy", held.deploy, launch(held.deploy)
    yield "make a user", f"the key of {BACKUP}", held.backup, lambda: _make_user(lab, held)
    yield "sign in and look", f"the password of {BACKUP}", None, lambda: _sign_in(lab)
    yield (
        "read the payroll",
        "the second key of analyst",
        held.analyst,
        lambda: _read(held.analyst),
    )
    yield (
        f"assume {SUPPORT} and start a machine",
        "another account",
        held.outside,
        lambda: _assume_again(lab, held),
    )
    yield "start a machine", f"the session of {SUPPORT}", held.support, launch(held.support, south)
    yield "mine", "the machines", None, lambda: _mine(lab)


def _attempt(
    lab: Lab, step: str, held: str, caller: Caller | None, call: Callable[[], str | None]
) -> Attempt:
    decided = len(lab.decisions)
    try:
        stopped = call() or ""
    except SignInFailed:
        stopped = "no such password"
    except ClientError as error:
        stopped = _control(lab, error.response["Error"]["Code"], caller, decided)
    return Attempt(step, held, not stopped, stopped)


_NOT_VALID = frozenset(
    {"InvalidClientTokenId", "InvalidAccessKeyId", "AuthFailure", "UnrecognizedClientException"}
)


def _control(lab: Lab, code: str, caller: Caller | None, decided: int) -> str:
    """What stood in the way, from the error's code and the decision behind it."""
    if code in _NOT_VALID:
        return _state_of(lab, caller)
    if code in ("ExpiredToken", "RequestExpired", "ExpiredTokenException"):
        return "the session has run out"
    made = lab.decisions[decided:]
    if not made or made[-1].allowed:
        return code
    by = made[-1].decided_by
    if by is None:
        return "no policy allows it"
    return f"explicit deny in {by.policy_name.rpartition('/')[2]}"


def _state_of(lab: Lab, caller: Caller | None) -> str:
    if caller is None or caller.session_token is not None:
        return "its user or role is gone"
    for user in seam.iam_backend(lab.account.id).users.values():
        for key in user.access_keys:
            if key.access_key_id == caller.access_key_id:
                return f"the key is {key.status.lower()}"
    return "the key is deleted"


def _launch(caller: Caller, region: str) -> None:
    ec2 = caller.client("ec2", region_name=region)
    try:
        ec2.run_instances(
            ImageId=IMAGE, InstanceType="t3.micro", MinCount=1, MaxCount=1, DryRun=True
        )
    except ClientError as error:
        # The limit is looked at after the policies: full of the thief's own machines.
        if error.response["Error"]["Code"] not in ("DryRunOperation", "VcpuLimitExceeded"):
            raise


def _make_user(lab: Lab, held: Loot) -> None:
    name = f"{BACKUP}-{lab.clock.now:%H%M%S}"
    held.backup.client("iam").create_user(UserName=name)
    lab.root.client("iam").delete_user(UserName=name)


def _sign_in(lab: Lab) -> None:
    session = console.sign_in(
        lab.world, lab.account, BACKUP, BACKUP_PASSWORD, None, source_ip=SECOND_IP
    )
    signed_in = Caller(
        BACKUP, session.principal_arn, session.access_key_id, session.secret, session.token
    )
    signed_in.at(SECOND_IP, THIEF_TOOL).client("iam").list_users()


def _read(caller: Caller) -> None:
    caller.client("s3").get_object(Bucket="payroll", Key="2026.csv")


def _assume_again(lab: Lab, held: Loot) -> None:
    arn = f"arn:aws:iam::{lab.account.id}:role/{SUPPORT}"
    answer = held.outside.client("sts").assume_role(RoleArn=arn, RoleSessionName=SUPPORT)
    made = answer["Credentials"]
    session = Caller(
        SUPPORT, arn, made["AccessKeyId"], made["SecretAccessKey"], made["SessionToken"]
    )
    _launch(session.at(SECOND_IP, THIEF_TOOL), REGIONS[0])


def _mine(lab: Lab) -> str | None:
    return None if mining(lab) else "all are off"


def mining(lab: Lab) -> list[tuple[str, str]]:
    """Region and id of each machine of the thief's that is running."""
    found = []
    for region in REGIONS:
        answer = lab.root.client("ec2", region_name=region).describe_instances()
        found += [
            (region, machine["InstanceId"])
            for reservation in answer["Reservations"]
            for machine in reservation["Instances"]
            if machine["State"]["Name"] in ("pending", "running")
        ]
    return found


# The sessions that were taken at the last moment --------------------------------------------------


def taken_before(lab: Lab) -> datetime | None:
    """Until when the leaked key was good for new sessions; ``None``: it still is."""
    key = loot(lab).leaked.access_key_id
    closed: datetime | None = None
    for event in lab.trail.of_account(lab.account.id):
        asked = event.get("requestParameters") or {}
        if event.get("errorCode") or asked.get("accessKeyId") != key:
            continue
        if event["eventName"] == "UpdateAccessKey" and asked.get("status") == "Active":
            closed = None
        elif event["eventName"] in ("UpdateAccessKey", "DeleteAccessKey"):
            at = datetime.strptime(event["eventTime"], "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
            closed = closed or at
    return closed


def deleted_while_active(lab: Lab, since: int = 0) -> str | None:
    """The id of the first of the thief's keys that was deleted and not made inactive before.

    None where there is none. Of the account's events the first ``since`` are not looked at for
    deletions.
    """
    theirs = loot(lab).keys
    active = set(theirs)
    for number, event in enumerate(lab.trail.of_account(lab.account.id)):
        asked = event.get("requestParameters") or {}
        key = asked.get("accessKeyId")
        if event.get("errorCode") or key not in theirs:
            continue
        if event["eventName"] == "UpdateAccessKey":
            (active.discard if asked.get("status") == "Inactive" else active.add)(key)
        elif event["eventName"] == "DeleteAccessKey" and key in active and number >= since:
            return str(key)
    return None


def slips_through(lab: Lab) -> str | None:
    """Of whose sessions one that was taken right before the key was closed is still good.

    None where all are ended: "deploy", for the thief could assume it with the key, or "admin".
    """
    closed = taken_before(lab)
    if closed is None:
        return None
    last = (closed - timedelta(seconds=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
    iam = lab.root.client("iam")
    for name, documents in ((DEPLOY, _of_role(iam)), ("admin", _of_user(iam))):
        request = Request(
            "ec2:RunInstances",
            "*",
            f"arn:aws:iam::{lab.account.id}:user/admin",
            context={"aws:TokenIssueTime": last},
        )
        allow = {
            "Version": "2012-10-17",
            "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"},
        }
        if evaluate(request, Policies(identity=[allow, *documents])).allowed:
            return name
    return None


def _of_role(iam: Any) -> list[Any]:
    names = iam.list_role_policies(RoleName=DEPLOY)["PolicyNames"]
    attached = iam.list_attached_role_policies(RoleName=DEPLOY)["AttachedPolicies"]
    inline = [
        iam.get_role_policy(RoleName=DEPLOY, PolicyName=name)["PolicyDocument"] for name in names
    ]
    return inline + _attached(iam, attached)


def _of_user(iam: Any) -> list[Any]:
    """The user's own policies and the groups'."""
    user = {"UserName": "admin"}
    names = iam.list_user_policies(**user)["PolicyNames"]
    found = [iam.get_user_policy(**user, PolicyName=name)["PolicyDocument"] for name in names]
    found += _attached(iam, iam.list_attached_user_policies(**user)["AttachedPolicies"])
    for group in iam.list_groups_for_user(**user)["Groups"]:
        name = {"GroupName": group["GroupName"]}
        for policy in iam.list_group_policies(**name)["PolicyNames"]:
            found.append(iam.get_group_policy(**name, PolicyName=policy)["PolicyDocument"])
        found += _attached(iam, iam.list_attached_group_policies(**name)["AttachedPolicies"])
    return found


def _attached(iam: Any, policies: list[Any]) -> list[Any]:
    found = []
    for policy in policies:
        arn = policy["PolicyArn"]
        version = iam.get_policy(PolicyArn=arn)["Policy"]["DefaultVersionId"]
        answer = iam.get_policy_version(PolicyArn=arn, VersionId=version)
        found.append(answer["PolicyVersion"]["Document"])
    return found


# The company's own work ---------------------------------------------------------------------------


def work(lab: Lab) -> str | None:
    """Whether the company can work: ``None``, or what does not go any more, and AWS's words."""
    analyst, admin = own_key(lab, "analyst"), own_key(lab, "admin")
    if analyst is None:
        return "The analyst has no access key any more that works, beside the thief's."
    if admin is None:
        return "The administrator has no access key that works, beside the leaked one."
    tries: list[tuple[str, Callable[[], Any]]] = [
        ("The analyst cannot read the payroll any more", lambda: _read(analyst)),
        ("The administrator cannot work any more", lambda: admin.client("iam").list_users()),
        (
            f"The administrator cannot update the server with the role `{DEPLOY}` any more",
            lambda: assumed(lab, admin, DEPLOY).client("ec2").describe_instances(),
        ),
    ]
    for what, call in tries:
        try:
            call()
        except ClientError as error:
            return f"{what}: {error.response['Error'].get('Message', '')}"
    if not _servers(lab):
        return "The company's own server, `reports` in us-east-1, is not running any more."
    return None


def own_key(lab: Lab, user_name: str) -> Caller | None:
    """A user with an active key that the thief has not got."""
    user = seam.iam_backend(lab.account.id).users.get(user_name)
    theirs = loot(lab).keys
    for key in user.access_keys if user is not None else ():
        if key.status == "Active" and key.access_key_id not in theirs:
            found = Caller(user.name, user.arn, key.access_key_id, key.secret_access_key)
            return found.at(SOURCE_IP, OFFICE_TOOL)
    return None


def _servers(lab: Lab) -> list[str]:
    answer = lab.root.client("ec2").describe_instances(
        Filters=[
            {"Name": "tag:Name", "Values": ["reports"]},
            {"Name": "instance-state-name", "Values": ["pending", "running"]},
        ]
    )
    return [m["InstanceId"] for r in answer["Reservations"] for m in r["Instances"]]


# A clean account ---------------------------------------------------------------------------------


def contain(lab: Lab, *, only_the_key: bool = False) -> None:
    """Bring the account to where the thief can do nothing and the company can work.

    ``only_the_key`` stops after the administrator: a new key, the leaked one inactive, the
    sessions ended. May be called in any state, and again.
    """
    iam, held = lab.root.client("iam"), loot(lab)
    _company_again(lab, iam)
    _shut(iam, "admin", held.leaked.access_key_id)
    revoke(lab, iam.put_user_policy, UserName="admin")
    if only_the_key:
        return
    revoke(lab, iam.put_role_policy, RoleName=DEPLOY)
    _shut(iam, "analyst", held.analyst.access_key_id)
    if BACKUP in seam.iam_backend(lab.account.id).users:
        iam.attach_user_policy(UserName=BACKUP, PolicyArn=DENY_ALL)
        _shut(iam, BACKUP, held.backup.access_key_id)
    _if_there(iam.attach_role_policy, RoleName=SUPPORT, PolicyArn=DENY_ALL)
    for region, identifier in mining(lab):
        ec2 = lab.root.client("ec2", region_name=region)
        ec2.modify_instance_attribute(InstanceId=identifier, DisableApiTermination={"Value": False})
        ec2.terminate_instances(InstanceIds=[identifier])


def revoke(lab: Lab, put: Callable[..., Any], **whose: str) -> None:
    """End the sessions that began before now: a deny on aws:TokenIssueTime."""
    statement = {
        "Effect": "Deny",
        "Action": "*",
        "Resource": "*",
        "Condition": {
            "DateLessThan": {"aws:TokenIssueTime": lab.clock.now.strftime("%Y-%m-%dT%H:%M:%SZ")}
        },
    }
    document = {"Version": "2012-10-17", "Statement": [statement]}
    put(**whose, PolicyName=REVOKED, PolicyDocument=json.dumps(document))


def _company_again(lab: Lab, iam: Any) -> None:
    """What the learner took from the company comes back."""
    users = seam.iam_backend(lab.account.id).users
    for name, group in (("admin", "administrators"), ("analyst", "analysts")):
        if name not in users:
            iam.create_user(UserName=name)
        iam.add_user_to_group(GroupName=group, UserName=name)
        for policy in iam.list_attached_user_policies(UserName=name)["AttachedPolicies"]:
            iam.detach_user_policy(UserName=name, PolicyArn=policy["PolicyArn"])
        for policy in iam.list_user_policies(UserName=name)["PolicyNames"]:
            iam.delete_user_policy(UserName=name, PolicyName=policy)
        if own_key(lab, name) is None:
            _make_room(iam, name)
            iam.create_access_key(UserName=name)
    if seam.role(f"arn:aws:iam::{lab.account.id}:role/{DEPLOY}") is None:
        make_deploy(lab)
    for policy in iam.list_attached_role_policies(RoleName=DEPLOY)["AttachedPolicies"]:
        iam.detach_role_policy(RoleName=DEPLOY, PolicyArn=policy["PolicyArn"])
    for policy in iam.list_role_policies(RoleName=DEPLOY)["PolicyNames"]:
        if policy != "Deploy":
            iam.delete_role_policy(RoleName=DEPLOY, PolicyName=policy)
    if not _servers(lab):
        start_server(lab.root)


def _make_room(iam: Any, name: str) -> None:
    """A user has two keys at most: the oldest inactive one goes, once it is the second."""
    keys = iam.list_access_keys(UserName=name)["AccessKeyMetadata"]
    if len(keys) == 2:
        inactive = [key for key in keys if key["Status"] == "Inactive"] or keys
        iam.delete_access_key(UserName=name, AccessKeyId=inactive[0]["AccessKeyId"])


def _shut(iam: Any, name: str, key: str) -> None:
    """Make a key inactive that is there and active."""
    for found in iam.list_access_keys(UserName=name)["AccessKeyMetadata"]:
        if found["AccessKeyId"] == key and found["Status"] == "Active":
            iam.update_access_key(UserName=name, AccessKeyId=key, Status="Inactive")


def _if_there(call: Callable[..., Any], **parameters: Any) -> None:
    try:
        call(**parameters)
    except ClientError as error:
        if error.response["Error"]["Code"] != "NoSuchEntity":
            raise
