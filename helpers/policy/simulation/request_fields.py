"""The fields of a request as they are typed: what is wrong with them, and what they say."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from ..arn import split_arn
from ..errors import quoted
from ..principals import PrincipalKind, is_account_id, read_principal
from .written import Fault

if TYPE_CHECKING:
    from . import Simulation

NO_KEY, NO_MFA, WITH_MFA = MFA = ("missing", "false", "true")
"""What ``aws:MultiFactorAuthPresent`` says: nothing for a long-term access key, false for temporary
credentials that were got without MFA, true for those with it."""


def field_faults(simulation: Simulation) -> Iterator[Fault]:
    """What is wrong with action, resource and principal."""
    if not _ACTION.fullmatch(simulation.action):
        yield Fault(
            "action",
            f"{quoted(simulation.action)} is no action." if simulation.action else "It is empty.",
            "Write service:Name, such as s3:GetObject; a request has no wildcards.",
        )
    if simulation.resource != "*" and split_arn(simulation.resource) is None:
        yield Fault(
            "resource",
            f"{quoted(simulation.resource)} is no ARN." if simulation.resource else "It is empty.",
            "Write for example arn:aws:s3:::payroll/2026.csv, or * for an action without one.",
        )
    if simulation.resource_account and not is_account_id(simulation.resource_account):
        yield Fault("resource account", "An account id has twelve digits.")
    if read_principal(simulation.principal, {}) is None:
        yield Fault(
            "principal",
            f"{quoted(simulation.principal)} is no principal."
            if simulation.principal
            else "It is empty.",
            "Write an ARN such as arn:aws:iam::111122223333:user/analyst, a service such as "
            "ec2.amazonaws.com, or * for an anonymous request.",
        )


def request_context(simulation: Simulation) -> tuple[dict[str, list[str]], list[Fault]]:
    """The condition keys of the request, and what is wrong with the fields that they come from."""
    found: dict[str, list[str]] = dict(_of_principal(simulation.principal))
    faults: list[Fault] = []
    found["aws:SecureTransport"] = ["true"]
    if simulation.mfa != NO_KEY:
        found["aws:MultiFactorAuthPresent"] = [simulation.mfa]
    if simulation.mfa == WITH_MFA and simulation.mfa_age:
        if simulation.mfa_age.isascii() and simulation.mfa_age.isdecimal():
            found["aws:MultiFactorAuthAge"] = [simulation.mfa_age]
        else:
            faults.append(Fault("MFA age", "Write whole seconds, such as 300."))
    if simulation.source_ip:
        try:
            found["aws:SourceIp"] = [str(ipaddress.ip_address(simulation.source_ip))]
        except ValueError:
            problem = f"{quoted(simulation.source_ip)} is no address."
            faults.append(Fault("source IP", problem, "Write for example 203.0.113.10."))
    if simulation.region:
        found["aws:RequestedRegion"] = [simulation.region]
    if simulation.time:
        try:
            moment = datetime.fromisoformat(simulation.time)
            if moment.tzinfo is None:
                raise ValueError
            moment = moment.astimezone(UTC)
            found["aws:CurrentTime"] = [f"{moment:%Y-%m-%dT%H:%M:%SZ}"]
            found["aws:EpochTime"] = [str(int(moment.timestamp()))]
        except (ValueError, OverflowError):
            problem = f"{quoted(simulation.time)} is no time."
            faults.append(Fault("time", problem, "Write for example 2026-11-02T09:00:00Z."))
    faults += _written_keys(simulation, found)
    return found, faults


def _written_keys(simulation: Simulation, found: dict[str, list[str]]) -> Iterator[Fault]:
    """Adds the further keys to ``found``; gives what is wrong with them."""
    own: dict[str, tuple[str, list[str]]] = {}
    for number, line in enumerate(simulation.context.split("\n") if simulation.context else (), 1):
        key, equals, value = line.partition("=")
        key = key.strip()
        if not equals or not _KEY.fullmatch(key):
            hint = "Write key = value, such as aws:PrincipalTag/team = data."
            yield Fault("other keys", f"{quoted(line)} is no condition key.", hint, number, 1)
            continue
        own.setdefault(key.lower(), (key, []))[1].append(value.strip())
    for key in [key for key in found if key.lower() in own]:
        del found[key]
    found.update(own.values())


_ACTION = re.compile(r"[A-Za-z0-9-]+:[A-Za-z0-9]+")
_KEY = re.compile(r"[A-Za-z0-9-]+:\S(?:.*\S)?")


def _of_principal(principal: str) -> Iterator[tuple[str, list[str]]]:
    """The keys that AWS takes from the caller itself."""
    caller = read_principal(principal, {})
    if caller is None or caller.kind is PrincipalKind.ANONYMOUS or caller.account is None:
        return
    yield "aws:PrincipalAccount", [caller.account]
    yield "aws:PrincipalArn", [_own_arn(principal, caller.account)]
    if ":user/" in principal:
        yield "aws:username", [principal.rpartition("/")[2]]


def _own_arn(principal: str, account: str) -> str:
    """For a role's session the role's ARN, for an account its root user's, else the ARN itself.

    >>> _own_arn("arn:aws:sts::111122223333:assumed-role/ops/ann", "111122223333")
    'arn:aws:iam::111122223333:role/ops'
    """
    if principal == account:
        return f"arn:aws:iam::{account}:root"
    parts = split_arn(principal)
    if parts is not None and parts[5].startswith("assumed-role/"):
        return f"arn:{parts[1]}:iam::{account}:role/{parts[5].split('/')[1]}"
    return principal
