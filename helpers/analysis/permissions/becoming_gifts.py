"""Giving permissions: to oneself, which may end at any permission, or to somebody else."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from helpers.analysis.permissions import becoming_ways as ways
from helpers.analysis.permissions.account_parts import Member, policy_name
from helpers.analysis.permissions.becoming import ANY_PERMISSION, Edge, Kind
from helpers.analysis.permissions.becoming_ways import Gift, On
from helpers.analysis.permissions.entities import Attached
from helpers.analysis.permissions.rights import (
    EVERYTHING,
    NO_CONDITION,
    Right,
    Rights,
    State,
    least,
    state_of,
)
from helpers.analysis.permissions.speaking import Named, allows_some, compiled
from helpers.policy import Statement


@dataclass(frozen=True, slots=True)
class Step:
    """A member with the policies that it has, or has after a change, and how that came."""

    state: State
    way: str = ""
    actions: tuple[str, ...] = ()
    right: Right = NO_CONDITION

    def edge(
        self, target: str, kind: Kind, way: str, actions: tuple[str, ...], right: Right
    ) -> Edge:
        """An edge that begins here; the way hither is part of it."""
        both = self.right.also(right)
        return Edge(
            self.state.member.arn,
            target,
            kind,
            f"{self.way}, then {way}" if self.way else way,
            self.actions + actions,
            both.conditions,
            both.because,
        )


def changed(rights: Rights, first: Step) -> Iterator[Step]:
    """What a member has after a change that others have prepared: in a group that it joins, with
    another version of a policy of its, or one more of the account's; or without its boundary."""
    state, member, parts = first.state, first.state.member, rights.parts
    if member.kind == "user" and allows_some(state.identity, ways.JOIN):
        for group in parts.groups.values():
            if group.name in member.groups or not group.policies:
                continue
            if (right := rights.may(state, ways.JOIN, group.arn)) is not None:
                more = [(policy_name(one), one.document) for one in group.policies]
                way = f"join the group {group.name}"
                yield Step(state.having(*more), way, (ways.JOIN,), right)
    if allows_some(state.identity, ways.OTHER_VERSION):
        known = [*member.entity.policies, member.entity.boundary]
        by_id: dict[str, list[Attached]] = {}
        for policy in filter(None, known):
            by_id.setdefault(policy.id, []).append(policy)
        for same in by_id.values():
            yield from _other_versions(rights, state, same)
    if state.boundary is not None and (found := _unbound(rights, state)) is not None:
        action, words, right = found
        yield Step(state._replace(boundary=None), words, (action,), right)
    yield from _attached(rights, state)


def _attached(rights: Rights, state: State) -> Iterator[Step]:
    """With one of the account's managed policies, where not any policy may be attached."""
    member, action = state.member, ways.ATTACHING[On(state.member.kind)]
    if not allows_some(state.identity, action) or member.entity.is_service_linked:
        return
    if rights.may_give(state, action, member.arn, member) is not None:
        return
    held = {policy.id for policy in member.entity.policies}
    for managed in rights.parts.managed.values():
        if managed.arn in held:
            continue
        which = {"iam:PolicyARN": managed.arn}
        if (right := rights.may(state, action, member.arn, member, which)) is not None:
            name = managed.arn.rpartition("/")[2]
            more = state.having((name, managed.document))
            yield Step(more, f"attach {name} to itself", (action,), right)


def _other_versions(rights: Rights, state: State, same: list[Attached]) -> Iterator[Step]:
    """With another version of a policy, wherever the member has it: as its own, through groups,
    as its boundary."""
    managed = rights.parts.managed.get(same[0].id)
    if managed is None or managed.is_of_aws or not managed.others:
        return
    right = rights.may(state, ways.OTHER_VERSION, managed.arn)
    if right is None:
        return
    name = policy_name(same[0])
    in_force = {(policy_name(policy), policy.document) for policy in same}
    for version, document in managed.others.items():
        other = f"{name} ({version})", document
        identity = tuple(other if one in in_force else one for one in state.identity)
        boundary = other if state.boundary in in_force else state.boundary
        way = f"put version {version} of {name} in force"
        both = state._replace(identity=identity, boundary=boundary)
        yield Step(both, way, (ways.OTHER_VERSION,), right)


# -- to oneself -----------------------------------------------------------------------------------


def rises(rights: Rights, step: Step) -> Iterator[Edge]:
    """The ways to any permission for oneself; those that a limit stays for end at oneself."""
    member = step.state.member
    for gift, target, words in _own(rights, step.state):
        right = rights.may_give(step.state, gift.action, target, member)
        if right is None:
            continue
        took, limit = limit_of(rights, step.state.having(EVERYTHING))
        edge = step.edge(ANY_PERMISSION, Kind.GETS, words, (gift.action,), right.also(took))
        if limit:
            edge = replace(edge, target=member.arn, kind=Kind.GIVES, limit=limit)
        yield edge
    yield from _by_a_new_one(rights, step)


def _own(rights: Rights, state: State) -> Iterator[tuple[Gift, str, str]]:
    """The gifts by which a member would get anything itself: each with its target, and words."""
    member = state.member
    for gift in ways.GIFTS:
        if not allows_some(state.identity, gift.action):
            continue
        if gift.on == member.kind and not member.entity.is_service_linked:
            yield gift, member.arn, gift.words.format("itself")
        elif gift.on is On.GROUP:
            for name in member.groups:
                if name in rights.parts.groups:
                    yield gift, rights.parts.groups[name].arn, gift.words.format(name)
        elif gift.on is On.POLICY:
            for policy in member.entity.policies:
                if policy.is_managed and not policy.is_of_aws:
                    yield gift, policy.id, gift.words.format(policy_name(policy))


def _by_a_new_one(rights: Rights, step: Step) -> Iterator[Edge]:
    """A user or role that one makes without a boundary, gives anything, and becomes."""
    for on, actions, gifts in ways.NEW_PRINCIPALS:
        for gift in gifts:
            all_of_them = (*actions, gift.action)
            if (right := rights.may_all(step.state, all_of_them)) is not None:
                words = f"make a new {on}, {gift.words.format('it')} and become it"
                yield step.edge(ANY_PERMISSION, Kind.GETS, words, all_of_them, right)
                break


def limit_of(rights: Rights, risen: State) -> tuple[Right, str]:
    """What keeps a member that has any permission from everything; empty: nothing, and the right
    tells what it takes to be rid of it."""
    key = risen.member.arn, risen.identity, risen.boundary
    if key not in rights.limits:
        rights.limits[key] = _limit_of(rights, risen)
    return rights.limits[key]


def _limit_of(rights: Rights, risen: State) -> tuple[Right, str]:
    took = Right()
    if risen.boundary is not None:
        off = _unbound(rights, risen)
        if off is None:
            return took, f"within the boundary {risen.boundary[0]}"
        took, risen = off[2], risen._replace(boundary=None)
    risen = _without_denies(rights, risen)
    if stay := [(named, denies) for named in risen.identity if (denies := _denies_of(named))]:
        past = rights.may_despite(risen, [deny for _, denies in stay for deny in denies])
        offs = [_taken_off(rights, risen, named) for named, _ in stay]
        for right in [past] if past is not None else offs:
            if right is None:
                return took, f"less what {stay[0][0][0]} denies"
            took = took.also(Right(right.conditions))
    return took, ""


def _denies_of(named: Named) -> list[Statement]:
    """What a policy denies of the calls that count here."""
    return [
        statement
        for statement, _ in compiled((named,), None).identity.denies
        if any(statement.actions.matches(action.lower()) for action in ways.ACTIONS)
    ]


def _without_denies(rights: Rights, risen: State) -> State:
    """Without the policies whose Deny is gone as soon as a member that has any permission takes
    the policy off itself."""
    for named in risen.identity:
        if _denies_of(named):
            off = _taken_off(rights, risen, named)
            if off is not None and not off.conditions:
                rest = tuple(one for one in risen.identity if one != named)
                return _without_denies(rights, risen._replace(identity=rest))
    return risen


def _taken_off(rights: Rights, state: State, named: Named) -> Right | None:
    """The right to be rid of a policy: to delete, detach or rewrite it, to leave its group."""
    member, on = state.member, On(state.member.kind)
    for policy in member.entity.policies:
        if (policy_name(policy), policy.document) != named:
            continue
        calls = [(action, member.arn) for action in ways.TAKING_OFF[on, policy.is_managed]]
        if policy.group is not None:
            group = rights.parts.groups.get(policy.group)
            calls = [(ways.LEAVE, group.arn)] if group is not None else []
        if policy.is_managed and not policy.is_of_aws:
            calls.append((ways.REWRITING, policy.id))
        which = {"iam:PolicyARN": policy.id} if policy.is_managed else {}
        rights_to = (
            rights.may(
                state,
                action,
                target,
                member if target == member.arn else None,
                which if "Detach" in action else {},
            )
            for action, target in calls
        )
        return least(rights_to)
    return None


def _unbound(rights: Rights, state: State) -> tuple[str, str, Right] | None:
    """The call that takes the boundary off, puts a wider one on, or rewrites it: with words, and
    the right to it."""
    member, boundary = state.member, state.member.entity.boundary
    taking, putting = ways.UNBINDING[On(member.kind)]
    if (found := rights.may(state, taking, member.arn, member)) is not None:
        return taking, "take its boundary off", found
    wide = {"iam:PermissionsBoundary": rights.parts.of_aws(ways.ADMINISTRATOR_ACCESS)}
    if (found := rights.may(state, putting, member.arn, member, wide)) is not None:
        return putting, "put a wider boundary on itself", found
    if boundary is None or boundary.is_of_aws:
        return None
    if (found := rights.may(state, ways.REWRITING, boundary.id)) is not None:
        return ways.REWRITING, "rewrite its boundary", found
    return None


# -- to others ------------------------------------------------------------------------------------


def gives(rights: Rights, step: Step) -> Iterator[Edge]:
    """To whom a member may give any permission; to itself is told by ``rises``."""
    parts, state = rights.parts, step.state
    for gift in ways.GIFTS:
        if not allows_some(state.identity, gift.action):
            continue
        if gift.on in (On.USER, On.ROLE):
            for member in parts.members.values():
                if member.kind == gift.on and not member.entity.is_service_linked:
                    yield from _given(rights, step, gift, member.arn, "it", [member])
        elif gift.on is On.GROUP:
            for group in parts.groups.values():
                members = [parts.members[arn] for arn in group.members]
                yield from _given(rights, step, gift, group.arn, group.name, members)
        else:
            for managed in parts.managed.values():
                if not managed.is_of_aws:
                    holders = [
                        member
                        for member in parts.members.values()
                        if any(policy.id == managed.arn for policy in member.entity.policies)
                    ]
                    name = managed.arn.rpartition("/")[2]
                    yield from _given(rights, step, gift, managed.arn, name, holders)


def _given(
    rights: Rights, step: Step, gift: Gift, target: str, name: str, members: list[Member]
) -> Iterator[Edge]:
    others = [member for member in members if member.arn != step.state.member.arn]
    if not others:
        return
    of = others[0] if gift.on in (On.USER, On.ROLE) else None
    right = rights.may_give(step.state, gift.action, target, of)
    if right is None:
        return
    for member in others:
        took, limit = limit_of(rights, state_of(member).having(EVERYTHING))
        actions = (gift.action,)
        edge = step.edge(member.arn, Kind.GIVES, gift.words.format(name), actions, right.also(took))
        yield replace(edge, limit=limit)
