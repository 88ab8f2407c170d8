"""Controls on passwords, access keys and what IAM users were given.

AWS: https://docs.aws.amazon.com/IAM/latest/UserGuide/best-practices.html
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from helpers.analysis.controls.control import (
    Evidence,
    Severity,
    bad,
    control,
    good,
    unknown,
    verdict,
)
from helpers.analysis.controls.mending import Ask, Document, Step
from helpers.analysis.controls.root import ROOT_ROW, enrolment
from helpers.analysis.masking import masked
from helpers.analysis.snapshot import Snapshot
from helpers.analysis.sources.account_calls import CannotTell

LENGTH, REMEMBERED = 14, 24
"""Characters of a password, and how many former ones it must differ from."""

OLD = timedelta(days=90)
"""The age at which a key is to be replaced."""

UNUSED = timedelta(days=45)
"""After which time without use a credential is to be taken away."""

AT_ONCE = timedelta(minutes=1)
"""A key that is made so soon after its user was made with it."""


class Key(NamedTuple):
    """An access key that is active."""

    id: str
    """Empty: only the credential report tells of it, which names no ids."""
    created: datetime | None
    used: datetime | None

    def __str__(self) -> str:
        return f"access key {masked(self.id)}" if self.id else "access key"


# The password policy -----------------------------------------------------------------------------


def _policy(snapshot: Snapshot) -> dict[str, Any]:
    found = snapshot.answer("iam:GetAccountPasswordPolicy")
    return found["PasswordPolicy"] if found else {}


def _better_policy(policy: Mapping[str, Any]) -> Step:
    """The account's own policy, longer and with a memory; the call sets everything at once."""
    wanted = {
        **policy,
        "MinimumPasswordLength": max(LENGTH, policy.get("MinimumPasswordLength", 0)),
        "PasswordReusePrevention": REMEMBERED,
    }
    if not policy:
        wanted["AllowUsersToChangePassword"] = True
    if not wanted.get("MaxPasswordAge"):
        wanted.pop("MaxPasswordAge", None)  # 0 says that passwords do not expire
        wanted.pop("HardExpiry", None)
    return Step("iam", "update_account_password_policy", wanted)


@control(
    "password-length",
    f"Passwords have at least {LENGTH} characters",
    why="A short password is found by trying; each character more makes that far longer.",
    mend="Set the account's password policy. It holds for passwords that are set from then on.",
    severity=Severity.MEDIUM,
    calls=["iam:GetAccountPasswordPolicy"],
    cis="2.8",
    security_hub="IAM.15",
)
def password_length(snapshot: Snapshot) -> Iterator[Evidence]:
    policy = _policy(snapshot)
    least = policy.get("MinimumPasswordLength", 0)
    yield verdict(
        least >= LENGTH,
        "password policy",
        f"it asks for {least} characters",
        f"it asks for {least} characters" if policy else "there is none; IAM asks for 8 characters",
        _better_policy(policy),
    )


@control(
    "password-reuse",
    f"The last {REMEMBERED} passwords cannot be used again",
    why="A password that leaked once is tried for years; going back to it opens the door again.",
    mend="Set the account's password policy; it remembers passwords from then on.",
    severity=Severity.LOW,
    calls=["iam:GetAccountPasswordPolicy"],
    cis="2.9",
    security_hub="IAM.16",
)
def password_reuse(snapshot: Snapshot) -> Iterator[Evidence]:
    policy = _policy(snapshot)
    remembered = policy.get("PasswordReusePrevention", 0)
    yield verdict(
        remembered >= REMEMBERED,
        "password policy",
        f"it remembers {remembered} passwords",
        f"it remembers {remembered} passwords" if policy else "there is none",
        _better_policy(policy),
    )


# Credentials -------------------------------------------------------------------------------------


def _users(snapshot: Snapshot) -> list[dict[str, Any]]:
    """The rows of IAM users in the credential report."""
    rows = [row for row in snapshot.credentials if row["user"] != ROOT_ROW]
    for row in rows:
        if not row["user"] or not row["arn"]:
            raise CannotTell("the credential report has a line without a user")
    return rows


def _keys(snapshot: Snapshot, row: Mapping[str, Any]) -> list[Key]:
    """A user's active keys: those that IAM lists, else those that the report tells of."""
    reported = [
        Key("", row[f"access_key_{n}_last_rotated"], row[f"access_key_{n}_last_used_date"])
        for n in (1, 2)
        if row[f"access_key_{n}_active"]
    ]
    try:
        listed = snapshot.answer("iam:ListAccessKeys", of=row["user"])
    except CannotTell:
        return reported
    used = {key.created: key.used for key in reported}
    return [
        Key(one["AccessKeyId"], one["CreateDate"], used.get(one["CreateDate"]))
        for one in (listed or {"AccessKeyMetadata": []})["AccessKeyMetadata"]
        if one["Status"] == "Active"
    ]


def _deactivate(user: str, key: Key) -> Step:
    key_id = key.id or Ask(f"the id of the access key of {user}")
    return Step(
        "iam",
        "update_access_key",
        {"UserName": user, "AccessKeyId": key_id, "Status": "Inactive"},
    )


@control(
    "console-mfa",
    "Everybody who has a password needs MFA to sign in",
    why="Passwords are guessed, phished and used twice; the second factor stops who has only one.",
    mend="Have each user enrol a device of their own: scan the picture, type two codes in a row.",
    severity=Severity.HIGH,
    calls=["iam:GetCredentialReport", "sts:GetCallerIdentity"],
    cis="2.10",
    security_hub="IAM.5",
)
def console_mfa(snapshot: Snapshot) -> Iterator[Evidence]:
    for row in _users(snapshot):
        if row["password_enabled"]:
            yield verdict(
                bool(row["mfa_active"]),
                row["arn"],
                "it has a password and MFA",
                "it has a password and no MFA",
                *enrolment(snapshot.account, row["user"]),
            )


@control(
    "unused-credentials",
    f"Credentials that nobody has used for {UNUSED.days} days are taken away",
    why="Nobody notices when a credential is misused that nobody uses.",
    mend="Delete the password and deactivate the key; delete the key later, when nobody misses it. "
    "A user who has left is deleted.",
    severity=Severity.MEDIUM,
    calls=["iam:GetCredentialReport", "iam:ListAccessKeys"],
    cis="2.11",
    security_hub="IAM.22",
)
def unused_credentials(snapshot: Snapshot) -> Iterator[Evidence]:
    def idle(since: datetime | None) -> bool:
        return since is not None and snapshot.taken_at - since > UNUSED

    for row in _users(snapshot):
        user, found = row["user"], False
        last = row["password_last_used"] or row["password_last_changed"]
        if row["password_enabled"] and idle(last):
            found = True
            word = "used last" if row["password_last_used"] else "never used, and set"
            yield bad(
                row["arn"],
                f"its password was {word} on {last:%Y-%m-%d}",
                Step("iam", "delete_login_profile", {"UserName": user}),
            )
        for key in _keys(snapshot, row):
            since = key.used or key.created
            if idle(since):
                found = True
                word = "used last" if key.used else "never used, and made"
                yield bad(
                    row["arn"], f"its {key} was {word} on {since:%Y-%m-%d}", _deactivate(user, key)
                )
        if not found:
            yield good(row["arn"], "all its credentials are in use, or it has none")


@control(
    "key-age",
    f"Access keys are replaced after {OLD.days} days",
    why="The longer a key lives, the more files, machines and people have a copy of it.",
    mend="Make a second key, put it where the first one is used, and look at when each was last "
    "used; deactivate the first one only when nothing uses it any more. Better: a role.",
    severity=Severity.MEDIUM,
    calls=["iam:GetCredentialReport", "iam:ListAccessKeys"],
    cis="2.12",
    security_hub="IAM.3",
)
def key_age(snapshot: Snapshot) -> Iterator[Evidence]:
    for row in _users(snapshot):
        keys = _keys(snapshot, row)
        for key in keys:
            if key.created is None:
                yield unknown(row["arn"], f"nothing says when its {key} was made")
                continue
            days = max((snapshot.taken_at - key.created).days, 0)
            new = Step("iam", "create_access_key", {"UserName": row["user"]}, keep="new_key")
            yield verdict(
                snapshot.taken_at - key.created <= OLD,
                row["arn"],
                f"its {key} is {days} days old",
                f"its {key} is {days} days old",
                *([new] if len(keys) == 1 else []),
                _deactivate(row["user"], key),
            )


@control(
    "one-key",
    "No user has two active access keys",
    why="The second key is for the days of a change; after that nobody minds it.",
    mend="Find out which one is used, move what uses the other, and deactivate that one.",
    severity=Severity.LOW,
    calls=["iam:GetCredentialReport", "iam:ListAccessKeys"],
)
def one_key(snapshot: Snapshot) -> Iterator[Evidence]:
    for row in _users(snapshot):
        keys = _keys(snapshot, row)
        # The one that was used least lately; of two that never were, the older one.
        keys.sort(key=lambda key: [at.timestamp() if at else 0 for at in (key.used, key.created)])
        yield verdict(
            len(keys) < 2,
            row["arn"],
            f"it has {'one active access key' if keys else 'no active access key'}",
            f"it has {len(keys)} active access keys",
            *(_deactivate(row["user"], key) for key in keys[:-1]),
        )


@control(
    "key-on-request",
    "Keys are made when they are needed, not with the user",
    why="A key that was made along with a password is often never used, and lies about.",
    mend="Ask whether the person works with the key; deactivate it if not, else replace it.",
    severity=Severity.LOW,
    calls=["iam:GetCredentialReport", "iam:ListAccessKeys"],
)
def key_on_request(snapshot: Snapshot) -> Iterator[Evidence]:
    for row in _users(snapshot):
        made = row["user_creation_time"]
        early = [
            key
            for key in _keys(snapshot, row)
            if row["password_enabled"] and made and key.created and key.created - made <= AT_ONCE
        ]
        yield verdict(
            not early,
            row["arn"],
            "it has no key that was made along with it and its password",
            "it has a password, and its access key was made along with it",
            *(_deactivate(row["user"], key) for key in early),
        )


# Policies of users -------------------------------------------------------------------------------


@control(
    "policies-by-group",
    "Users get their permissions from groups",
    why="What hangs on one person is forgotten when the person gets another job.",
    mend="Give a group the same policies, add the user to it, and take the policies off the user. "
    "People with the same job share a group.",
    severity=Severity.LOW,
    calls=["iam:GetAccountAuthorizationDetails"],
    cis="2.13",
    security_hub="IAM.2",
)
def policies_by_group(snapshot: Snapshot) -> Iterator[Evidence]:
    yield from not_read(snapshot)
    for user in snapshot.details.mapping["UserDetailList"]:
        inline = user.get("UserPolicyList") or []
        attached = [one["PolicyArn"] for one in user.get("AttachedManagedPolicies") or ()]
        names = [*(one["PolicyName"] for one in inline), *attached]
        yield verdict(
            not names,
            user["Arn"],
            "it has no policies of its own",
            f"it has policies of its own: {', '.join(names)}",
            *_moved_to_a_group(user["UserName"], inline, attached),
        )


def _moved_to_a_group(
    user: str, inline: Iterable[Mapping[str, Any]], attached: Iterable[str]
) -> Iterator[Step]:
    group = f"work-of-{user}"
    yield Step("iam", "create_group", {"GroupName": group})
    inline, attached = list(inline), list(attached)
    for one in inline:
        document = one["PolicyDocument"]
        document = document if isinstance(document, str) else Document(document)
        named = {"PolicyName": one["PolicyName"]}
        given = {"GroupName": group, **named, "PolicyDocument": document}
        yield Step("iam", "put_group_policy", given)
    for arn in attached:
        yield Step("iam", "attach_group_policy", {"GroupName": group, "PolicyArn": arn})
    yield Step("iam", "add_user_to_group", {"GroupName": group, "UserName": user})
    for one in inline:
        given = {"UserName": user, "PolicyName": one["PolicyName"]}
        yield Step("iam", "delete_user_policy", given)
    for arn in attached:
        yield Step("iam", "detach_user_policy", {"UserName": user, "PolicyArn": arn})


def not_read(snapshot: Snapshot) -> Iterator[Evidence]:
    """What of the authorization details cannot be read, so that nothing can be told of it."""
    for one in snapshot.details.skipped:
        yield unknown("authorization details", one.reason)
