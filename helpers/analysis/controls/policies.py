"""Controls on what policies allow and on who may assume a role.

AWS: https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_common-scenarios_third-party.html
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any, NamedTuple

from helpers.analysis.controls.control import Evidence, Severity, bad, control, each, good, verdict
from helpers.analysis.controls.mending import Ask, Document, Step
from helpers.analysis.controls.users import not_read
from helpers.analysis.permissions.entities import SERVICE_LINKED_PATH
from helpers.analysis.permissions.external import External, Zone, external_access
from helpers.analysis.snapshot import Snapshot
from helpers.analysis.sources.account_calls import CannotTell
from helpers.policy import PolicyError, Statement, catalogue, parse_policy

DETAILS = "iam:GetAccountAuthorizationDetails"
CLOUDSHELL = "arn:aws:iam::aws:policy/AWSCloudShellFullAccess"
PERMISSIONS = "Permissions management"


class Holder(NamedTuple):
    """A user, group or role, and its entry in the authorization details."""

    kind: str
    """``User``, ``Group`` or ``Role``."""
    name: str
    arn: str
    entry: Mapping[str, Any]

    def __str__(self) -> str:
        return self.arn

    def detach(self, arn: str) -> Step:
        """The call that takes a managed policy off it."""
        given = {f"{self.kind}Name": self.name, "PolicyArn": arn}
        return Step("iam", f"detach_{self.kind.lower()}_policy", given)

    def delete(self, name: str) -> Step:
        """The call that deletes a policy in it."""
        given = {f"{self.kind}Name": self.name, "PolicyName": name}
        return Step("iam", f"delete_{self.kind.lower()}_policy", given)


class Own(NamedTuple):
    """A policy that the account wrote itself, where somebody has it."""

    holder: Holder
    name: str
    document: Any
    remove: Step

    def __str__(self) -> str:
        return f"{self.holder.arn}: policy {self.name}"

    def allows(self) -> list[Statement]:
        """Its statements that allow something.

        Raises:
            CannotTell: It is no valid policy.
        """
        document = self.document if isinstance(self.document, str) else dict(self.document)
        try:
            policy = parse_policy(document)
        except (PolicyError, ValueError) as error:
            raise CannotTell(f"its document is no valid policy: {error}") from error
        return [one for one in policy.statements if one.effect == "Allow"]


def holders(snapshot: Snapshot) -> Iterator[Holder]:
    """Everybody who can have policies, but the roles that services keep for themselves."""
    lists = snapshot.details.mapping
    for kind in ("User", "Group", "Role"):
        for entry in lists[f"{kind}DetailList"]:
            if not str(entry.get("Path")).startswith(SERVICE_LINKED_PATH):
                name = entry[f"{kind}Name"]
                yield Holder(kind, name, entry.get("Arn") or f"group {name}", entry)


def own_policies(snapshot: Snapshot) -> Iterator[Own]:
    """The policies that the account wrote and somebody has, once for each who has one."""
    managed = {one["Arn"]: one for one in snapshot.details.mapping["Policies"]}
    for holder in holders(snapshot):
        for one in holder.entry.get(f"{holder.kind}PolicyList") or ():
            name = one["PolicyName"]
            yield Own(holder, name, one["PolicyDocument"], holder.delete(name))
        for one in holder.entry.get("AttachedManagedPolicies") or ():
            arn = one["PolicyArn"]
            if not arn.startswith("arn:aws:iam::aws:"):
                document = _in_force(managed.get(arn, {}))
                yield Own(holder, arn, document, holder.detach(arn))


def _in_force(policy: Mapping[str, Any]) -> Any:
    """The document of a managed policy; an empty text, which is no policy, where it is missing."""
    for version in policy.get("PolicyVersionList") or ():
        if version.get("IsDefaultVersion"):
            return version["Document"]
    return ""


@control(
    "no-full-admin",
    "No policy of the account's own allows everything",
    why="With one such policy a lost key or a mistake is the loss of the account.",
    mend="Write down what the work needs (its recorded use tells), give that, then take this "
    "policy away. Administrators get AWS's own AdministratorAccess, through a group or a role.",
    severity=Severity.HIGH,
    calls=[DETAILS],
    cis="2.14",
    security_hub="IAM.1",
)
def no_full_admin(snapshot: Snapshot) -> Iterator[Evidence]:
    def judge(own: Own) -> Iterator[Evidence]:
        full = any(
            not one.actions.negated
            and any(pattern.strip("*:") == "" for pattern in one.actions.patterns)
            and _on_everything(one)
            for one in own.allows()
        )
        yield verdict(
            not full,
            own.holder.arn,
            f"policy {own.name} does not allow everything",
            f"policy {own.name} allows everything on everything",
            own.remove,
        )

    yield from not_read(snapshot)
    yield from each(own_policies(snapshot), judge)


@control(
    "service-wildcards",
    "No policy allows all of a service that manages permissions, on everything",
    why="All of such a service includes giving oneself, or the world, more permissions.",
    mend="Name the actions that the work needs; leave out those that manage permissions. Then "
    "take this policy away.",
    severity=Severity.MEDIUM,
    calls=[DETAILS],
    security_hub="IAM.21",
)
def service_wildcards(snapshot: Snapshot) -> Iterator[Evidence]:
    def judge(own: Own) -> Iterator[Evidence]:
        patterns = [
            pattern
            for one in own.allows()
            if not one.actions.negated and _on_everything(one)
            for pattern in one.actions.patterns
            if _manages_permissions(pattern)
        ]
        yield verdict(
            not patterns,
            own.holder.arn,
            f"policy {own.name} allows all of no such service",
            f"policy {own.name} allows {', '.join(patterns)} on everything",
            own.remove,
        )

    yield from not_read(snapshot)
    yield from each(own_policies(snapshot), judge)


def _on_everything(statement: Statement) -> bool:
    resources = statement.resources
    return resources is not None and not resources.negated and "*" in resources.patterns


@lru_cache(maxsize=512)
def _manages_permissions(pattern: str) -> bool:
    service, _, name = pattern.partition(":")
    if not service.strip("*") or name.strip("*") or not name:
        return False
    return any(
        catalogue.access_level(action) == PERMISSIONS for action in catalogue.expand(pattern)
    )


@control(
    "no-cloudshell-full-access",
    "Nobody has AWSCloudShellFullAccess",
    why="With it files go into and out of CloudShell, past whatever watches the network.",
    mend="Take the policy away; give CloudShell without uploads and downloads where it is needed.",
    severity=Severity.LOW,
    calls=[DETAILS],
)
def no_cloudshell(snapshot: Snapshot) -> Iterator[Evidence]:
    yield from not_read(snapshot)
    found = [
        holder
        for holder in holders(snapshot)
        if any(
            one["PolicyArn"] == CLOUDSHELL
            for one in holder.entry.get("AttachedManagedPolicies") or ()
        )
    ]
    for holder in found:
        yield bad(holder.arn, "it has AWSCloudShellFullAccess", holder.detach(CLOUDSHELL))
    if not found:
        yield good("account", "nobody has it")


# Who may assume a role ---------------------------------------------------------------------------


class Trust(NamedTuple):
    """A role's trust policy, and whom it lets in from outside."""

    role: Holder
    document: dict[str, Any]
    outside: list[External]


def _trusts(snapshot: Snapshot, role: Holder) -> Trust:
    document = role.entry.get("AssumeRolePolicyDocument")
    try:
        document = json.loads(document) if isinstance(document, str) else document
        if not isinstance(document, Mapping):
            raise CannotTell("it has no trust policy that can be read")
        document = dict(document)
        found = external_access(document, Zone(frozenset({snapshot.account})), trust=True)
    except (PolicyError, ValueError) as error:
        raise CannotTell(str(error)) from error
    # Federated principals are people of a company's own directory; they are another question.
    outside = [one for one in found if one.principal[0] != "Federated"]
    return Trust(role, document, outside)


def _roles(snapshot: Snapshot) -> Iterator[Holder]:
    return (holder for holder in holders(snapshot) if holder.kind == "Role")


def _update(trust: Trust, statements: list[Any]) -> Step:
    """The call that gives a role these statements as its trust policy."""
    document = {"Version": "2012-10-17", **trust.document, "Statement": statements}
    given = {"RoleName": trust.role.name, "PolicyDocument": Document(document)}
    return Step("iam", "update_assume_role_policy", given)


def _statements(trust: Trust) -> list[dict[str, Any]]:
    found = trust.document["Statement"]
    return [dict(one) for one in (found if isinstance(found, list | tuple) else [found])]


def _lets_in(statement: Mapping[str, Any], account: str) -> list[External]:
    document = {"Version": "2012-10-17", "Statement": [dict(statement)]}
    return external_access(document, Zone(frozenset({account})), trust=True)


@control(
    "role-for-anyone",
    "No role may be assumed by anyone",
    why="Whoever has any AWS account may take the role and do what it may do.",
    mend="Name who assumes the role. The lines let in this account's own users and roles that "
    "have the permission; if somebody outside needs it, name their account, with a condition.",
    severity=Severity.CRITICAL,
    calls=[DETAILS, "sts:GetCallerIdentity"],
)
def role_for_anyone(snapshot: Snapshot) -> Iterator[Evidence]:
    def judge(role: Holder) -> Iterator[Evidence]:
        trust = _trusts(snapshot, role)
        public = [one for one in trust.outside if one.is_public]
        statements = []
        for one in _statements(trust):
            if any(found.is_public for found in _lets_in(one, snapshot.account)):
                one.pop("NotPrincipal", None)
                one["Principal"] = {"AWS": f"arn:aws:iam::{snapshot.account}:root"}
            statements.append(one)
        yield verdict(
            not public,
            role.arn,
            "not everybody may assume it",
            "everybody who has an AWS account may assume it",
            _update(trust, statements),
        )

    yield from not_read(snapshot)
    yield from each(_roles(snapshot), judge)


@control(
    "role-for-others",
    "Other accounts assume roles only under a condition",
    why="A company that works for many accounts can be led to act on the wrong one, unless each "
    "has agreed on an external id with it.",
    mend="Agree on an external id with the other account and put it in the trust policy, or bind "
    "the role to your organization. If nobody there needs it, delete the statement.",
    severity=Severity.HIGH,
    calls=[DETAILS, "sts:GetCallerIdentity"],
)
def role_for_others(snapshot: Snapshot) -> Iterator[Evidence]:
    def judge(role: Holder) -> Iterator[Evidence]:
        trust = _trusts(snapshot, role)
        open_to = [
            one.principal[1]
            for one in trust.outside
            if not one.conditions and not one.is_public and one.principal[1] != "*"
        ]
        statements = []
        for one in _statements(trust):
            if one.get("Effect") == "Allow" and not one.get("Condition"):
                outside = [found.principal[1] for found in _lets_in(one, snapshot.account)]
                if set(outside) & set(open_to):
                    agreed = Ask(f"the external id of {role.name}")
                    one["Condition"] = {"StringEquals": {"sts:ExternalId": agreed}}
            statements.append(one)
        yield verdict(
            not open_to,
            role.arn,
            "no other account may assume it without a condition",
            f"without any condition it may be assumed by {', '.join(open_to)}",
            _update(trust, statements),
        )

    yield from not_read(snapshot)
    yield from each(_roles(snapshot), judge)
