"""Temporary credentials: who may have them, for how long, and what they remember of MFA.

AWS pages: https://docs.aws.amazon.com/STS/latest/APIReference/API_GetSessionToken.html,
https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_temp_control-access.html
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from helpers.lab import seam
from helpers.lab.account import Account, Credential, PrincipalType, Session
from helpers.lab.callers import Principal
from helpers.lab.document_errors import malformed
from helpers.lab.errors import AwsError
from helpers.lab.policies import ALLOWS_NOTHING
from helpers.lab.services.iam_mfa import owner_of
from helpers.lab.services.registry import Asked, answers
from helpers.policy import PolicyError, PolicyType, parse_policy

USUAL = {"GetSessionToken": 43_200, "GetFederationToken": 43_200, "AssumeRole": 3_600}
ROOT_LONGEST = 3_600
CHAINED_LONGEST = 3_600
"""A role assumed with a role's credentials lasts an hour at the most."""

POLICY_LONGEST = 2_048
"""What inline and managed session policies may take together, the managed ones by their ARNs."""


def _seconds(asked: Asked) -> int:
    """The duration asked for, or the operation's usual one."""
    return asked.parameters.get("DurationSeconds") or USUAL[asked.call.operation]


def check_code(account: Account, serial: Any, code: Any, owner: str, now: datetime) -> None:
    """Check a one-time code of a device of ``owner`` (an ARN) and use it up.

    Raises ``AwsError`` in STS's words for a missing half, a device that is not theirs, and a
    code that is wrong, old or used.
    """
    if not serial or not code:
        raise AwsError(
            "AccessDenied",
            "MultiFactorAuthentication failed, must provide both MFA serial number and one time "
            "pass code.",
            403,
        )
    device = account.devices.get(serial)
    if device is None or owner_of(account, serial) != owner:
        raise AwsError(
            "AccessDenied",
            "MultiFactorAuthentication failed, unable to validate MFA code.  Please verify your "
            "MFA serial number is valid and associated with this user.",
            403,
        )
    if not device.accept(code, now):
        raise AwsError(
            "AccessDenied",
            "MultiFactorAuthentication failed with invalid MFA one time pass code. ",
            403,
        )


def _mfa_of(asked: Asked) -> datetime | None:
    """When MFA was shown for the session to be made: with this call, or not at all."""
    serial, code = asked.parameters.get("SerialNumber"), asked.parameters.get("TokenCode")
    if serial is None and code is None:
        return None
    check_code(asked.account, serial, code, asked.principal.identity_arn, asked.now)
    return asked.now


def credentials(session: Session) -> dict[str, Any]:
    return {
        "AccessKeyId": session.access_key_id,
        "SecretAccessKey": session.secret,
        "SessionToken": session.token,
        "Expiration": session.expires_at,
    }


def new_session(account: Account, seconds: int, now: datetime, **fields: Any) -> Session:
    """Make temporary credentials that last ``seconds``, and keep them in the account."""
    return account.add(
        Session(
            access_key_id=account.new_key_id("ASIA"),
            secret=account.new_secret(),
            token=account.new_token(),
            account_id=account.id,
            issued_at=now,
            expires_at=now + timedelta(seconds=seconds),
            **fields,
        )
    )


@answers("sts", "GetCallerIdentity")
def get_caller_identity(asked: Asked) -> Any:
    principal = asked.principal
    return {"UserId": principal.user_id, "Account": principal.account_id, "Arn": principal.arn}


def _may_ask_for_a_session(principal: Principal) -> bool:
    """Long-term keys may. So may the lab's root user, who is signed in on the console and has
    no access key to begin with: its session does what its access key could."""
    if principal.credential is Credential.LONG_TERM:
        return True
    return principal.is_root and principal.credential is Credential.CONSOLE


@answers("sts", "GetSessionToken")
def get_session_token(asked: Asked) -> Any:
    principal = asked.principal
    if not _may_ask_for_a_session(principal):
        raise AwsError("AccessDenied", "Cannot call GetSessionToken with session credentials", 403)
    seconds = _seconds(asked)
    if principal.is_root:
        seconds = min(seconds, ROOT_LONGEST)
    session = new_session(
        asked.account,
        seconds,
        asked.now,
        credential=Credential.SESSION_TOKEN,
        principal_type=principal.type,
        principal_arn=principal.arn,
        identity_arn=principal.identity_arn,
        user_id=principal.user_id,
        mfa_at=_mfa_of(asked),
    )
    return {"Credentials": credentials(session)}


@answers("sts", "GetFederationToken")
def get_federation_token(asked: Asked) -> Any:
    principal = asked.principal
    if not _may_ask_for_a_session(principal):
        raise AwsError(
            "AccessDenied", "Cannot call GetFederationToken with session credentials", 403
        )
    name = asked.parameters["Name"]
    seconds = _seconds(asked)
    if principal.is_root:
        seconds = min(seconds, ROOT_LONGEST)
    policies = _session_policies(asked, asked.account.id)
    session = new_session(
        asked.account,
        seconds,
        asked.now,
        credential=Credential.FEDERATION,
        principal_type=PrincipalType.FEDERATED_USER,
        principal_arn=f"arn:aws:sts::{asked.account.id}:federated-user/{name}",
        identity_arn=principal.identity_arn,
        user_id=f"{asked.account.id}:{name}",
        # Without a session policy a federated user may do nothing by itself.
        policies=policies if policies is not None else _NOTHING,
        tags=_tags(asked),
        issuer_id=principal.user_id,
    )
    return {
        "Credentials": credentials(session),
        "FederatedUser": {"FederatedUserId": session.user_id, "Arn": session.principal_arn},
        "PackedPolicySize": _packed(policies),
    }


_NOTHING = (("none", ALLOWS_NOTHING),)


@answers("sts", "AssumeRole")
def assume_role(asked: Asked) -> Any:
    principal = asked.principal
    role = seam.role(asked.parameters["RoleArn"])
    name = asked.parameters["RoleSessionName"]
    if role is None:
        raise AwsError("ValidationError", "Request ARN is invalid")
    seconds = _seconds(asked)
    longest = role.max_session_duration or 3_600
    if principal.type is PrincipalType.ROLE_SESSION:
        longest = CHAINED_LONGEST
    if seconds > int(longest):
        raise AwsError(
            "ValidationError",
            "The requested DurationSeconds exceeds the "
            + (
                "1 hour session limit for roles assumed by role chaining."
                if principal.type is PrincipalType.ROLE_SESSION
                else "MaxSessionDuration set for this role."
            ),
        )
    policies = _session_policies(asked, role.account_id)
    tags, transitive = _chained_tags(asked)
    session = new_session(
        asked.world.accounts[role.account_id],
        seconds,
        asked.now,
        credential=Credential.ASSUMED_ROLE,
        principal_type=PrincipalType.ROLE_SESSION,
        principal_arn=f"arn:aws:sts::{role.account_id}:assumed-role/{role.name}/{name}",
        identity_arn=role.arn,
        user_id=f"{role.id}:{name}",
        policies=policies,
        tags=tags,
        transitive=transitive,
        source_identity=_source_identity(asked),
    )
    answer = {
        "Credentials": credentials(session),
        "AssumedRoleUser": {"AssumedRoleId": session.user_id, "Arn": session.principal_arn},
        "PackedPolicySize": _packed(policies),
    }
    if session.source_identity:
        answer["SourceIdentity"] = session.source_identity
    return answer


def _chained_tags(asked: Asked) -> tuple[tuple[tuple[str, str], ...], tuple[str, ...]]:
    """The tags of a new role session and the keys of those that go on from it: its own, and what
    the caller's session hands on, which it may not set anew.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/id_session-tags.html#id_session-tags_role-chaining
    """
    caller = asked.principal.session
    handed_on = {k: v for k, v in caller.tags if k in caller.transitive} if caller else {}
    own = dict(_tags(asked))
    if handed_on.keys() & own.keys():
        raise AwsError(
            "InvalidParameterValue",
            "One of the specified transitive tag keys can't be set because it conflicts with a "
            "transitive tag key from the calling session.",
        )
    wanted = asked.parameters.get("TransitiveTagKeys") or []
    if unknown := [key for key in wanted if key not in own]:
        raise AwsError(
            "InvalidParameterValue",
            "The specified transitive tag key must be included in the requested tags: "
            f"{unknown[0]}",
        )
    return tuple((handed_on | own).items()), (*handed_on, *wanted)


def _source_identity(asked: Asked) -> str | None:
    """The source identity of a new role session: once set, it stays through a chain of roles.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_temp_control-access_monitor.html
    """
    caller, said = asked.principal.session, asked.parameters.get("SourceIdentity")
    before = caller.source_identity if caller is not None else None
    if before and said and said != before:
        raise AwsError(
            "AccessDenied",
            "The source identity of a session cannot be changed once it is set.",
            403,
        )
    return before or said


def _tags(asked: Asked) -> tuple[tuple[str, str], ...]:
    return tuple((tag["Key"], tag.get("Value", "")) for tag in asked.parameters.get("Tags") or [])


def _session_policies(asked: Asked, account_id: str) -> tuple[tuple[str, str], ...] | None:
    """The session policies passed with a call; ``None`` where there are none.

    Managed ones are of the account in which the session is.
    """
    found: list[tuple[str, str]] = []
    if inline := asked.parameters.get("Policy"):
        found.append(("session policy", inline))
    for item in asked.parameters.get("PolicyArns") or []:
        arn = item.get("arn") or item.get("Arn")
        policy = seam.policy(arn, account_id)
        if policy is None:
            raise AwsError("NoSuchEntity", f"Policy {arn} does not exist.", 404)
        found.append((arn, seam.default_document(policy)))
    for name, document in found:
        try:
            parse_policy(document, name=name)
        except PolicyError as error:
            raise malformed(error, PolicyType.IDENTITY) from error
    return tuple(found) or None


def _packed(policies: tuple[tuple[str, str], ...] | None) -> int | None:
    """Roughly how full the session's packed policies are, in percent.

    A managed policy is passed on by its ARN, so that its size does not matter.
    """
    if policies is None:
        return None
    size = sum(len(name if name.startswith("arn:") else text) for name, text in policies)
    return min(100, size * 100 // POLICY_LONGEST)
