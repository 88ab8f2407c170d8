"""A request and policies as somebody types them, and what AWS would answer at once.

Everything is text, as a form holds it, and may be half-written: a fault is found and told where
it stands, and does not keep the rest from being read.

AWS: https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_testing-policies.html
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import Any, NamedTuple

from ..arn import split_arn
from ..decision import Decision
from ..errors import PolicyError, quoted
from ..evaluation import evaluate
from ..policies import Policies
from ..policy_types import PolicyType
from ..principals import is_account_id
from ..requests import Request
from ..statements import Policy
from .notes import notes_on
from .readings import Reading, StatementReading, reading_of
from .request_fields import MFA, NO_KEY, NO_MFA, WITH_MFA, field_faults, request_context
from .written import Fault, WrittenPolicy, one_line, tidied

__all__ = [
    "ALONE",
    "MFA",
    "MOST_POLICIES",
    "NO_KEY",
    "NO_MFA",
    "WITH_MFA",
    "Fault",
    "Judgement",
    "Reading",
    "Simulation",
    "StatementReading",
    "WrittenPolicy",
]

MOST_POLICIES = 10

ALONE = frozenset({PolicyType.BOUNDARY, PolicyType.SESSION, PolicyType.RESOURCE})
"""Types of which a request meets at most one policy here."""


class Judgement(NamedTuple):
    """What came of a simulation.

    Attributes:
        decision: The decision; None where there are faults.
        faults: What keeps the request from being judged.
        notes: What is worth a look, and keeps nothing from being judged.
        readings: Each policy in the order of the simulation.
        context: The condition keys that the request carries, of the fields that are sound.
    """

    decision: Decision | None
    faults: tuple[Fault, ...]
    notes: tuple[str, ...]
    readings: tuple[Reading, ...]
    context: dict[str, list[str]]


@dataclass(frozen=True, kw_only=True)
class Simulation:
    """A request and the policies that it meets, as they are typed.

    Attributes:
        principal: Who asks; see :class:`Request`.
        action: ``service:Name``.
        resource: An ARN, or ``*``.
        resource_account: The account id that owns the resource; empty: the one in its ARN, or the
            principal's own where the ARN names none.
        mfa: One of ``MFA``.
        mfa_age: The seconds since MFA was used; counts with ``true`` only.
        source_ip, region, time: Of the condition keys ``aws:SourceIp``, ``aws:RequestedRegion``,
            ``aws:CurrentTime`` (as in ``2026-11-02T09:00:00Z``); empty: the key is missing.
        context: Further keys, a line each: ``aws:PrincipalTag/team = data``. A key in two lines
            has two values. They go before what the other fields say.
        policies: At most ``MOST_POLICIES``, of one type none of the same name. All service control
            policies stand on one level of the organization, and so do resource control policies.

    Raises:
        ValueError: A field is no text of one line, ``mfa`` is none of its words, or the policies
            are too many or stand twice. What else is wrong is told by :meth:`judge`.

    >>> read = WrittenPolicy("identity-based policy", "Read", {"Statement": {
    ...     "Effect": "Allow", "Action": "s3:Get*", "Resource": "*"}})
    >>> found = Simulation(action="s3:GetObject", resource="arn:aws:s3:::payroll/2026.csv",
    ...     principal="arn:aws:iam::111122223333:user/analyst", policies=(read,)).judge()
    >>> found.decision.effect, found.readings[0].statements[0].decides
    ('allowed', True)
    """

    principal: str
    action: str
    resource: str
    resource_account: str = ""
    mfa: str = NO_KEY
    mfa_age: str = ""
    source_ip: str = ""
    region: str = ""
    time: str = ""
    context: str = ""
    policies: tuple[WrittenPolicy, ...] = field(default=())

    def __post_init__(self) -> None:
        for each in fields(self):
            if each.name not in ("context", "policies"):
                value = one_line(each.name, getattr(self, each.name))
                object.__setattr__(self, each.name, value)
        if not isinstance(self.context, str):
            raise ValueError("context: expected a text, a condition key a line")
        lines = (line.strip() for line in tidied(self.context).split("\n"))
        object.__setattr__(self, "context", "\n".join(filter(None, lines)))
        if self.mfa not in MFA:
            raise ValueError(f"mfa: expected one of {', '.join(MFA)}; got {quoted(self.mfa)}")
        object.__setattr__(self, "policies", tuple(self.policies))
        self._check_policies()

    def _check_policies(self) -> None:
        if len(self.policies) > MOST_POLICIES:
            raise ValueError(f"policies: {len(self.policies)}, but {MOST_POLICIES} at most")
        seen = set()
        for policy in self.policies:
            key = policy.type if policy.type in ALONE else policy.label
            if key in seen:
                raise ValueError(f"policies: the {quoted(key)} stands twice")
            seen.add(key)

    @property
    def account(self) -> str | None:
        """The account of the resource, as the fields say it; None: the principal's own."""
        parts = split_arn(self.resource)
        in_arn = parts[4] if parts is not None and is_account_id(parts[4]) else None
        return self.resource_account or in_arn

    def judge(self) -> Judgement:
        """The decision, or why there is none; never raises."""
        read = [policy.read() for policy in self.policies]
        context, in_context = request_context(self)
        faults = [*field_faults(self), *in_context]
        if faults or any(isinstance(found, PolicyError) for found in read):
            decision = None
        else:
            request = Request(self.action, self.resource, self.principal, context, self.account)
            decision = evaluate(request, self._sorted(read))
        readings = tuple(
            reading_of(policy, found, decision)
            for policy, found in zip(self.policies, read, strict=True)
        )
        faults += [reading.fault for reading in readings if reading.fault is not None]
        return Judgement(
            decision,
            tuple(faults),
            notes_on(self.action, read) if decision else (),
            readings,
            context,
        )

    def _sorted(self, read: list[Any]) -> Policies:
        by_type: dict[PolicyType, list[Policy]] = {}
        for policy, found in zip(self.policies, read, strict=True):
            by_type.setdefault(policy.type, []).append(found)

        def only(type_: PolicyType) -> Any:
            return by_type[type_][0] if type_ in by_type else None

        def one_level(type_: PolicyType) -> Any:
            return [by_type[type_]] if type_ in by_type else []

        return Policies(
            identity=by_type.get(PolicyType.IDENTITY, []),
            permissions_boundary=only(PolicyType.BOUNDARY),
            session=only(PolicyType.SESSION),
            resource=only(PolicyType.RESOURCE),
            service_control=one_level(PolicyType.SERVICE_CONTROL),
            resource_control=one_level(PolicyType.RESOURCE_CONTROL),
        )
