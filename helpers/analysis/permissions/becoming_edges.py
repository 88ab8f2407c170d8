"""All edges of an account: who may become whom, and who may give more to whom.

Not every pair is asked of the engine. What no Allow statement of a principal speaks of falls for
all targets at once, what its policies say the same of for every target is asked once, and a role is
asked for those whom its trust policy names.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping

from helpers.analysis.permissions import becoming_ways as ways
from helpers.analysis.permissions.account_parts import (
    AccountParts,
    Member,
    parsed,
    session_arn,
)
from helpers.analysis.permissions.becoming import (
    ANY_PERMISSION,
    ANYONE,
    Credentials,
    Edge,
    Kind,
)
from helpers.analysis.permissions.becoming_gifts import Step, changed, gives, rises
from helpers.analysis.permissions.becoming_ways import On
from helpers.analysis.permissions.entities import account_of
from helpers.analysis.permissions.external import Zone, external_access
from helpers.analysis.permissions.rights import (
    EVERYTHING,
    NO_CONDITION,
    SESSION,
    Right,
    Rights,
    asked,
    state_of,
)
from helpers.analysis.permissions.speaking import allows_some
from helpers.policy import Policies, Policy, PolicyType, Request
from helpers.policy.principals import is_account_id
from helpers.policy.when_allowed import MFA, MFA_AGE, Values

ASSUMES = "assume the role"


def edges(rights: Rights, credentials: Credentials) -> list[Edge]:
    """Every edge, those from outside first.

    Args:
        rights: What the members of the account may do.
        credentials: What is known of the users' passwords and MFA.
    """
    parts = rights.parts
    roles = [one for one in parts.members.values() if one.kind == "role"]
    trusts = {role.arn: trust for role in roles if (trust := parsed(role.trust, PolicyType.TRUST))}
    found = [edge for role in roles for edge in _from_outside(rights, role, trusts.get(role.arn))]
    explorer = _Explorer(rights, credentials, trusts, found)
    if parts.account:
        found.append(_of_root(parts))
    for member in parts.members.values():
        found += explorer.edges_of(member)
    return found


def _of_root(parts: AccountParts) -> Edge:
    """The root user needs no policy."""
    users = f"{parts.root.removesuffix('root')}user/any"
    right = asked(Request("iam:CreateAccessKey", users, parts.root), Policies()) or NO_CONDITION
    way = "no IAM policy limits it"
    return Edge(parts.root, ANY_PERMISSION, Kind.GETS, way, (), right.conditions)


# -- from outside ---------------------------------------------------------------------------------


def _from_outside(rights: Rights, role: Member, trust: Policy | None) -> Iterator[Edge]:
    """The services, identity providers and other accounts that a role's trust policy lets in, and
    anyone."""
    if trust is None:
        return
    account = rights.parts.account
    public = {
        each.principal for each in external_access(trust, Zone(frozenset({account})), trust=True)
    }
    for kind, name in _listed(trust):
        inside = kind == "AWS" and (not name.isdigit() and account_of(name) in (account, ""))
        if name == account or (inside and name != ANYONE):
            continue
        if name == ANYONE and (kind, name) not in public:
            continue
        if kind in ("AWS", "Service", "Federated"):
            yield from _let_in(rights, role, trust, kind, name)


def _listed(trust: Policy) -> Iterator[tuple[str, str]]:
    """Whom a trust policy names, once each: (type, name). What NotPrincipal means is anyone."""
    names: dict[tuple[str, str], None] = {}
    for statement in trust.statements:
        element = statement.principals
        if statement.effect != "Allow" or element is None:
            continue
        if element.negated:
            names["AWS", ANYONE] = None
            continue
        for kind, listed in element.listed.items():
            names.update(((kind, name), None) for name in listed)
    yield from names


def _let_in(rights: Rights, role: Member, trust: Policy, kind: str, name: str) -> Iterator[Edge]:
    policies = Policies(resource=("the trust policy", trust))
    beside: tuple[str, ...] = ()
    action = ways.ASSUME
    if kind == "AWS" and name != ANYONE:
        # What the other account's own policies say is in its hands: they are taken to allow it.
        policies = Policies(identity=[EVERYTHING], resource=("the trust policy", trust))
        beside = ("if its account allows it, too",)
    if kind == "Federated":
        action += "WithSAML" if ":saml-provider/" in name else "WithWebIdentity"
    facts = {**rights.facts_of_target(role), "aws:SecureTransport": "true"}
    facts |= _facts_of_outsider(kind, name, rights.parts.account)
    try:
        request = Request(action, role.arn, name, facts, rights.parts.account)
    except ValueError:  # the name of a service or provider in a form that is not known
        return
    closed = _no_member if kind == "Service" else _nothing
    right = asked(request, policies, closed, _possible_outside(rights.parts, name))
    if right is None:
        return
    source = f"arn:{rights.parts.partition}:iam::{name}:root" if name.isdigit() else name
    because = tuple(one for one in right.because if EVERYTHING[0] not in one)
    yield Edge(
        source, role.arn, Kind.BECOMES, ASSUMES, (action,), (*right.conditions, *beside), because
    )


def _facts_of_outsider(kind: str, name: str, account: str) -> dict[str, str]:
    """What is known of a caller from outside."""
    if kind == "Service":  # what it does for this account
        return {
            "aws:SourceAccount": account,
            "aws:PrincipalIsAWSService": "true",
            "aws:PrincipalServiceName": name,
        }
    facts = {"aws:PrincipalIsAWSService": "false"}
    if kind == "AWS" and name != ANYONE:
        facts["aws:PrincipalAccount"] = name if name.isdigit() else account_of(name)
        if ":user/" in name or ":role/" in name:
            facts["aws:PrincipalArn"] = name
    return facts


def _nothing(key: str) -> bool:
    return False


def _no_member(key: str) -> bool:
    """The keys that a call of a service lacks: it belongs to no account."""
    return key.startswith("aws:principal") or key in (MFA, MFA_AGE)


def _possible_outside(parts: AccountParts, name: str) -> Callable[[str, Values], bool]:
    """Whether somebody from outside can have these values: those of its own account, not those of
    somebody in this one."""
    its = name if name.isdigit() else account_of(name)
    ids = tuple(one.unique_id for one in parts.members.values() if one.unique_id)

    def possible(key: str, values: Values) -> bool:
        if key == "aws:userid":
            return not any(value.startswith(ids) for value in values)
        if key not in ("aws:principalaccount", "aws:principalarn"):
            return True
        accounts = {value if ":" not in value else account_of(value) for value in values}
        accounts = {one for one in accounts if is_account_id(one)}
        return accounts <= {its} if its else parts.account not in accounts

    return possible


# -- from inside ----------------------------------------------------------------------------------


class _Explorer:
    """What members may become and give, one after the other."""

    def __init__(
        self,
        rights: Rights,
        credentials: Credentials,
        trusts: Mapping[str, Policy],
        outside: list[Edge],
    ) -> None:
        self._rights, self._credentials, self._trusts = rights, credentials, trusts
        members = rights.parts.members
        self._users = [one for one in members.values() if one.kind == "user"]
        self._roles = [one for one in members.values() if one.kind == "role"]
        self._changeable = [one for one in self._roles if not one.entity.is_service_linked]
        self._of_service: dict[str, list[tuple[Member, Edge]]] = {}
        for edge in outside:
            self._of_service.setdefault(edge.source, []).append((members[edge.target], edge))
        self._without_path = {_without_path(role.arn): role.arn for role in self._roles}
        self._naming: dict[str, list[Member]] = {}
        self._of_account: list[Member] = []
        self._of_all: list[Member] = []
        for role in self._roles:
            self._sort(role)

    def _sort(self, role: Member) -> None:
        """By whom a role's trust policy means: all, all of the account, or some by name."""
        trust, parts = self._trusts.get(role.arn), self._rights.parts
        names = [name for kind, name in _listed(trust) if kind == "AWS"] if trust else []
        if ANYONE in names:
            self._of_all.append(role)
        elif any(name in (parts.account, parts.root) for name in names):
            self._of_account.append(role)
        for name in names:
            named = _role_of_session(name)
            if named != name:
                named = self._without_path.get(named, named)
            self._naming.setdefault(named, []).append(role)

    def edges_of(self, member: Member) -> list[Edge]:
        """What one member may become or give."""
        first = Step(state_of(member))
        found = list(rises(self._rights, first))
        reached = {(one.target, one.kind) for one in found}
        everything = any(one.kind is Kind.GETS and not one.conditions for one in found)
        steps = [first, *_limited(first, found)]
        for step in () if everything else changed(self._rights, first):
            risen = [
                one for one in rises(self._rights, step) if (one.target, one.kind) not in reached
            ]
            found += risen
            steps += [step, *_limited(step, risen)]
        reached |= {(one.target, one.kind) for one in found}
        for step in steps[:1] if everything else steps:
            more = [
                edge
                for edge in self._becoming(step, only_roles=everything)
                if step is first or (edge.target, edge.kind) not in reached
            ]
            found += more
            reached.update((one.target, one.kind) for one in more)
        if not everything:
            found += gives(self._rights, first)
        return found

    def _becoming(self, step: Step, *, only_roles: bool) -> Iterator[Edge]:
        """Whom a member may become at this step. Of somebody who may have any permission only what
        trust policies say is told: everybody is meant anyway."""
        yield from self._by_assuming(step)
        if only_roles:
            return
        member = step.state.member
        for takeover in ways.TAKEOVERS:
            if not allows_some(step.state.identity, takeover.action):
                continue
            for target in self._users if takeover.on is On.USER else self._changeable:
                if target.arn != member.arn:
                    yield from self._by_takeover(step, takeover, target)
        yield from self._by_passing(step)

    def _by_assuming(self, step: Step) -> Iterator[Edge]:
        member = step.state.member
        roles = [*self._naming.get(member.arn, ()), *self._of_all]
        if member.unique_id:
            roles += self._naming.get(member.unique_id, ())
        if allows_some(step.state.identity, ways.ASSUME):
            roles += self._of_account
        for role in {role.arn: role for role in roles if role.arn != member.arn}.values():
            right = self._rights.may_assume(step.state, role, self._trusts[role.arn])
            if right is not None:
                yield step.edge(role.arn, Kind.BECOMES, ASSUMES, (ways.ASSUME,), right)

    def _by_takeover(self, step: Step, takeover: ways.Takeover, target: Member) -> Iterator[Edge]:
        needs = self._credentials.needed(takeover, target.arn)
        if needs is None:
            return
        right = self._rights.may(step.state, takeover.action, target.arn, target)
        if right is None:
            return
        actions: tuple[str, ...] = (takeover.action,)
        if takeover is ways.OTHER_TRUST:
            after = self._rights.may_assume(step.state, target, _trust_in(step.state.member))
            if after is None:
                return
            right, actions = right.also(after), (takeover.action, ways.ASSUME)
        right = right.also(Right(needs))
        yield step.edge(target.arn, Kind.BECOMES, takeover.words, actions, right)

    def _by_passing(self, step: Step) -> Iterator[Edge]:
        if not allows_some(step.state.identity, ways.PASS):
            return
        told: set[tuple[str, str]] = set()
        for passing in ways.PASSINGS:
            runs = self._rights.may_all(step.state, passing.actions)
            if runs is None:
                continue
            for role, trusted in self._of_service.get(passing.service, ()):
                if (role.arn, passing.service) in told or role.arn == step.state.member.arn:
                    continue
                total, actions = runs, (ways.PASS, *passing.actions)
                if passing.in_profile and not role.has_profile:
                    profile = self._rights.may_all(step.state, ways.INTO_PROFILE)
                    if profile is None:
                        continue
                    total, actions = total.also(profile), (*actions, *ways.INTO_PROFILE)
                context = {"iam:PassedToService": passing.service}
                right = self._rights.may(step.state, ways.PASS, role.arn, role, context)
                if right is not None:
                    told.add((role.arn, passing.service))
                    service = passing.service.partition(".")[0]
                    words = f"pass it to {service}: {passing.words}"
                    both = right.also(total).also(Right(trusted.conditions, trusted.because))
                    yield step.edge(role.arn, Kind.BECOMES, words, actions, both)


def _limited(step: Step, risen: list[Edge]) -> Iterator[Step]:
    """With any permission, as far as its limit lets it."""
    if limited := [one for one in risen if one.limit]:
        best = min(limited, key=lambda one: len(one.conditions))
        right = Right(best.conditions, best.because)
        yield Step(step.state.having(EVERYTHING), best.way, best.actions, right)


def _role_of_session(name: str) -> str:
    """For a session's ARN that of its role, without a path; else the name itself."""
    if ":assumed-role/" not in name:
        return name
    begin, _, end = name.partition(":assumed-role/")
    return f"{begin.replace(':sts:', ':iam:')}:role/{end.partition('/')[0]}"


def _without_path(arn: str) -> str:
    begin, _, end = arn.partition(":role/")
    return f"{begin}:role/{end.rpartition('/')[2]}"


def _trust_in(member: Member) -> Policy:
    """The trust policy that somebody writes who wants to assume the role. A role names its own
    session: then no boundary stays in the way that does not deny it."""
    oneself = session_arn(member, SESSION)
    statement = {"Effect": "Allow", "Principal": {"AWS": oneself}, "Action": ways.ASSUME}
    found = parsed(json.dumps({"Version": "2012-10-17", "Statement": statement}), PolicyType.TRUST)
    assert found is not None
    return found
