"""IAM's policy simulator: what the policies would say to a call that nobody makes.

The policy engine decides, as it does for real calls; this reads the API's input and writes its
output: one result for each action, the decision for each resource inside it, and the statements
that decided, with their place in the document.

AWS pages: https://docs.aws.amazon.com/IAM/latest/APIReference/API_SimulateCustomPolicy.html,
https://docs.aws.amazon.com/IAM/latest/APIReference/API_SimulatePrincipalPolicy.html,
https://docs.aws.amazon.com/IAM/latest/APIReference/API_EvaluationResult.html
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from helpers.lab import seam
from helpers.lab.authorization import catalogue
from helpers.lab.errors import AwsError
from helpers.lab.organization import SCP
from helpers.lab.policies import organization_levels
from helpers.lab.services.registry import Asked, answers
from helpers.policy import (
    Decision,
    Policies,
    Policy,
    PolicyError,
    PolicyType,
    Request,
    Statement,
    evaluate,
    parse_policy,
)
from helpers.policy.context_keys import context_keys

USUAL_ITEMS = 100
RESTRICTIVENESS = ("explicitDeny", "implicitDeny", "allowed")
"""The decisions, the most restrictive first: the one that stands for several resources."""

_ACTION = re.compile(r"[\w-]+:\w+", re.ASCII)
_ACCOUNT = re.compile(r"(?:arn:aws[\w-]*:iam::)?(\d{12})(?::root)?")
_CALLER = re.compile(r"arn:aws[\w-]*:iam::(\d{12}):(user|group|role)/.+")

# A role's trust policy and a key's policy always take part in a real call. The simulator leaves
# them out where none is given, as if they handed the decision to the account.
DELEGATES = {
    "Effect": "Allow",
    "Action": "*",
    "Principal": "*",
}


@dataclass(frozen=True, slots=True)
class Source:
    """One policy of a simulation, and what the result calls it."""

    policy: Policy
    id: str

    @property
    def type(self) -> str:
        """What IAM answers, whatever the policy hangs on; the model's list has other words."""
        return "Resource Policy" if self.policy.type is PolicyType.RESOURCE else "IAM Policy"


@dataclass(frozen=True, slots=True)
class Simulation:
    """Everything that a simulation is about, read from either operation's parameters."""

    identity: tuple[Source, ...]
    boundary: Source | None
    organization: tuple[tuple[Policy, ...], ...]
    resource: Source | None
    caller: str
    has_caller: bool
    owner: str | None
    context: Mapping[str, list[str] | str]

    @property
    def sources(self) -> dict[str, Source]:
        """The policies whose statements a result may name, by the engine's name for them."""
        named = (*self.identity, *((self.resource,) if self.resource else ()))
        return {source.policy.name or "": source for source in named}


def _invalid(message: str) -> AwsError:
    return AwsError("InvalidInput", message, 400)


# Reading the parameters ------------------------------------------------------------------------


def _source(document: str, id_: str, kind: PolicyType, unique: str) -> Source:
    """A policy under a name that no other has in this simulation."""
    try:
        return Source(parse_policy(document, kind, name=unique), id_)
    except PolicyError as error:
        raise _invalid(f"Invalid policy document {id_}: {error}") from error


def _listed(asked: Asked, parameter: str, kind: PolicyType) -> list[Source]:
    documents = asked.parameters.get(parameter) or []
    return [
        _source(document, f"{parameter}.{number}", kind, f"{parameter}.{number}")
        for number, document in enumerate(documents, 1)
    ]


def _boundary(asked: Asked) -> Source | None:
    found = _listed(asked, "PermissionsBoundaryPolicyInputList", PolicyType.BOUNDARY)
    if len(found) > 1:
        raise _invalid("Only one permissions boundary can be passed to a simulation.")
    return found[0] if found else None


def _organization(asked: Asked) -> tuple[tuple[Policy, ...], ...]:
    """The SCPs of a simulation, level by level: those passed, else those in force for the
    account of the user or role that is simulated."""
    levels: Iterable[Iterable[str]]
    if asked.call.operation == "SimulatePrincipalPolicy":
        excluded = asked.parameters.get("PolicyExclusionList") or []
        in_force = organization_levels(asked.account.id, SCP, asked.world)
        if any(item.get("PolicyType") == "scp" for item in excluded):
            in_force = ()
        levels = [
            [text for arn, text in level if not _is_excluded(excluded, "scp", arn=arn)]
            for level in in_force
        ]
    else:
        passed = asked.parameters.get("OrderedOrganizationPolicyInputList") or []
        levels = [item.get("ServiceControlPolicyInputList") or [] for item in passed]
    return tuple(
        tuple(
            _source(document, f"SCP {level}.{number}", PolicyType.SERVICE_CONTROL, "").policy
            for number, document in enumerate(documents, 1)
        )
        for level, documents in enumerate(levels, 1)
    )


def _context(asked: Asked) -> dict[str, list[str] | str]:
    context: dict[str, list[str] | str] = {}
    for entry in asked.parameters.get("ContextEntries") or []:
        name = entry.get("ContextKeyName") or ""
        values = entry.get("ContextKeyValues") or []
        if not name:
            raise _invalid("A context entry has no ContextKeyName.")
        kind = entry.get("ContextKeyType") or "string"
        if not kind.endswith("List") and len(values) > 1:
            raise _invalid(f"The context key {name} is a {kind}: it takes one value.")
        context[name] = list(values) if kind.endswith("List") else "".join(values)
    return context


def _owner(asked: Asked) -> str | None:
    given = asked.parameters.get("ResourceOwner")
    if given is None:
        return None
    match = _ACCOUNT.fullmatch(given)
    if match is None:
        raise _invalid(f"Invalid ResourceOwner: {given}. It takes an AWS account id.")
    return match[1]


def _caller(asked: Asked, default: str | None) -> tuple[str, bool]:
    """The simulated caller's ARN, and whether one was named at all."""
    given = asked.parameters.get("CallerArn") or default
    if given is None:
        if asked.parameters.get("ResourcePolicy"):
            raise _invalid("CallerArn is required when a ResourcePolicy is passed.")
        return f"arn:aws:iam::{asked.account.id}:user/simulated", False
    match = _CALLER.fullmatch(given)
    if match is None:
        raise _invalid(f"Invalid CallerArn: {given}. It takes the ARN of a user, group or role.")
    if match[2] == "role" and asked.parameters.get("ResourcePolicy"):
        raise _invalid("Simulation of resource-based policies is not supported for IAM roles.")
    if match[2] == "group":  # nobody calls as a group: it stands for any of its users
        return f"arn:aws:iam::{match[1]}:user/simulated", False
    return given, True


def _simulation(
    asked: Asked,
    identity: Iterable[Source],
    boundary: Source | None,
    default_caller: str | None,
) -> Simulation:
    caller, has_caller = _caller(asked, default_caller)
    document = asked.parameters.get("ResourcePolicy")
    resource = None
    if document:
        resource = _source(document, "ResourcePolicy", PolicyType.RESOURCE, "ResourcePolicy")
    return Simulation(
        identity=tuple(identity),
        boundary=boundary,
        organization=_organization(asked),
        resource=resource,
        caller=caller,
        has_caller=has_caller,
        owner=_owner(asked),
        context=_context(asked),
    )


# The policies of a user, group or role -----------------------------------------------------------


def _entity(asked: Asked) -> tuple[Any, str]:
    """moto's user, group or role that PolicySourceArn names, and which of them it is."""
    arn = asked.parameters["PolicySourceArn"]
    match = _CALLER.fullmatch(arn)
    if match is None:
        raise _invalid(f"Invalid Entity Arn: {arn} does not clearly define entity type and name.")
    kind, name = match[2], arn.rsplit("/", 1)[-1]
    store = seam.iam_backend(asked.account.id)
    things = {"user": store.users, "group": store.groups, "role": store.roles}[kind]
    found = next((thing for thing in things.values() if thing.arn == arn), None)
    if found is None:
        raise AwsError("NoSuchEntity", f"No {kind} found with name {name}", 404)
    return found, kind


def _attached(entity: Any, kind: str, excluded: list[Mapping[str, Any]]) -> list[Source]:
    """The inline and managed policies of an entity, and of a user's groups."""
    holders = [(entity, kind)]
    if kind == "user":
        holders += [(group, "group") for group in seam.groups_of(entity)]
    found: list[Source] = []
    for holder, holder_kind in holders:
        for name, document in holder.policies.items():
            if not _is_excluded(excluded, "inline", name=name, holder=(holder_kind, holder.name)):
                id_, unique = f"{holder_kind}_{holder.name}_{name}", f"{holder.arn} {name}"
                found.append(_source(document, id_, PolicyType.IDENTITY, unique))
        for policy in holder.managed_policies.values():
            type_ = "aws-managed" if ":iam::aws:" in policy.arn else "user-managed"
            if not _is_excluded(excluded, type_, arn=policy.arn):
                document = seam.default_document(policy)
                unique = f"{holder.arn} {policy.arn}"
                found.append(_source(document, policy.name, PolicyType.IDENTITY, unique))
    return found


def _is_excluded(
    excluded: list[Mapping[str, Any]],
    type_: str,
    *,
    arn: str | None = None,
    name: str | None = None,
    holder: tuple[str, str] | None = None,
) -> bool:
    """Whether PolicyExclusionList takes a policy out: by type, by ARN, or by inline name."""
    for item in excluded:
        if item.get("PolicyType") == type_ or (arn and item.get("PolicyArn") == arn):
            return True
        inline = item.get("InlinePolicyIdentifier")
        if inline and holder:
            there = (inline.get("AttachmentType"), inline.get("AttachmentName"))
            if inline.get("PolicyName") == name and there == holder:
                return True
    return False


def _own_boundary(asked: Asked, entity: Any, excluded: list[Mapping[str, Any]]) -> Source | None:
    """The boundary passed along, else the one that the user or role has."""
    passed = _boundary(asked)
    arn = getattr(entity, "permissions_boundary_arn", None)
    if passed is not None or not arn:
        return passed
    if _is_excluded(excluded, "permission-boundary", arn=arn):
        return None
    policy = seam.policy(arn, asked.account.id)
    return policy and _source(seam.default_document(policy), policy.name, PolicyType.BOUNDARY, arn)


# Deciding ----------------------------------------------------------------------------------------


def _decide(simulation: Simulation, action: str, resource: str) -> Decision:
    context: dict[str, Any] = dict(simulation.context)
    if simulation.has_caller:
        context = {**_caller_context(simulation.caller), **context}
    request = Request(
        action=action,
        resource=resource,
        principal=simulation.caller,
        context=context,
        resource_account=simulation.owner,
    )
    return evaluate(
        request,
        Policies(
            identity=[source.policy for source in simulation.identity],
            permissions_boundary=simulation.boundary and simulation.boundary.policy,
            resource=_resource_policy(simulation, request),
            service_control=[list(level) for level in simulation.organization],
        ),
    )


def _resource_policy(simulation: Simulation, request: Request) -> Any:
    if simulation.resource is not None:
        return simulation.resource.policy
    if not request.needs_resource_policy:
        return None
    statement = {**DELEGATES, "Principal": {"AWS": simulation.caller.split(":")[4]}}
    statement["Action"] = f"{request.service}:*"
    if not request.assumes_role:
        statement["Resource"] = "*"
    return {"Version": "2012-10-17", "Statement": statement}


def _caller_context(arn: str) -> dict[str, str]:
    """The context keys that follow from the caller's ARN."""
    account, kind, name = arn.split(":")[4], *arn.split(":", 5)[5].split("/", 1)
    context = {"aws:PrincipalArn": arn, "aws:PrincipalAccount": account}
    if kind == "user":
        context["aws:username"] = name.rsplit("/", 1)[-1]
        context["aws:PrincipalType"] = "User"
    return context


def _missing(simulation: Simulation, decision: Decision) -> list[str]:
    """The condition keys that the policies ask for and nobody supplied."""
    action, resource = decision.request.folded_action, decision.request.resource
    found: dict[str, str] = {}
    for source in simulation.sources.values():
        for statement in source.policy.statements:
            if not statement.actions.matches(action):
                continue
            resources = statement.resources
            on_it = resource == "*" or resources is None
            if not on_it and not resources.matches(resource, decision.request.folded_context):
                continue
            for key in context_keys(source.policy, statement):
                if decision.request.values(key) is None:
                    found.setdefault(key.lower(), key)
    return list(found.values())


def _matched(simulation: Simulation, decision: Decision) -> list[tuple[str, Statement]]:
    """The statements that made the decision, each with the name of its policy."""
    effect = {"allowed": "Allow", "explicitDeny": "Deny"}.get(decision.effect)
    sources = simulation.sources
    return [
        (step.policy_name, sources[step.policy_name].policy.statements[step.index])
        for step in decision.steps
        if step.is_statement
        and step.matched
        and step.effect == effect
        and step.policy_name in sources
    ]


# Writing the result ------------------------------------------------------------------------------


def _statements(simulation: Simulation, matched: list[tuple[str, Statement]]) -> list[Any]:
    written = []
    for name, statement in matched:
        source = simulation.sources[name]
        start, end = statement.simulator_start, statement.end
        written.append(
            {
                "SourcePolicyId": source.id,
                "SourcePolicyType": source.type,
                "StartPosition": {"Line": start.line, "Column": start.column},
                "EndPosition": {"Line": end.line, "Column": end.column},
            }
        )
    return written


def _details(simulation: Simulation, decision: Decision) -> dict[str, Any]:
    """What boundary, organization and the other account's policies contributed."""
    details: dict[str, Any] = {}
    layers = {
        step.policy_type: step.effect
        for step in decision.steps
        if not step.is_statement and step.effect != "notEvaluated"
    }
    if simulation.boundary is not None:
        says = layers.get(PolicyType.BOUNDARY)
        details["PermissionsBoundaryDecisionDetail"] = {
            "AllowedByPermissionsBoundary": says == "allowed"
        }
    if decision.request.crosses_accounts:
        details["EvalDecisionDetails"] = {
            "IAM Policy": layers.get(PolicyType.IDENTITY, "implicitDeny"),
            "Resource Policy": layers.get(PolicyType.RESOURCE, "implicitDeny"),
        }
    return details


def _allowed_by_organization(simulation: Simulation, decisions: list[Decision]) -> bool:
    return all(
        step.effect in ("allowed", "notEvaluated")
        for decision in decisions
        for step in decision.steps
        if step.policy_type is PolicyType.SERVICE_CONTROL and not step.is_statement
    )


def _result(simulation: Simulation, action: str, resources: list[str]) -> dict[str, Any]:
    """One EvaluationResult: the action on all resources, the most restrictive decision on top."""
    decisions = [_decide(simulation, action, resource) for resource in resources]
    worst = min((d.effect for d in decisions), key=RESTRICTIVENESS.index)
    matched: dict[tuple[str, int], tuple[str, Statement]] = {}
    for decision in decisions:
        if decision.effect == worst:
            for name, statement in _matched(simulation, decision):
                matched[name, statement.index] = (name, statement)
    missing = list(dict.fromkeys(key for d in decisions for key in _missing(simulation, d)))
    result: dict[str, Any] = {
        "EvalActionName": action,
        "EvalResourceName": _template(action, resources),
        "EvalDecision": worst,
        "MatchedStatements": _statements(simulation, list(matched.values())),
        "MissingContextValues": missing,
    }
    deciding = next(decision for decision in decisions if decision.effect == worst)
    result.update(_details(simulation, deciding))
    if simulation.organization:
        allowed = _allowed_by_organization(simulation, decisions)
        result["OrganizationsDecisionDetail"] = {"AllowedByOrganizations": allowed}
    if resources != ["*"]:
        result.setdefault("EvalDecisionDetails", {})
        result["ResourceSpecificResults"] = [
            {
                "EvalResourceName": decision.request.resource,
                "EvalResourceDecision": decision.effect,
                "MatchedStatements": _statements(simulation, _matched(simulation, decision)),
                "MissingContextValues": _missing(simulation, decision),
                **_details(simulation, decision),
            }
            for decision in decisions
        ]
    return result


def _template(action: str, resources: list[str]) -> str:
    """The ARN template of the simulated resource's type; "*" where the action has none."""
    if resources == ["*"]:
        return "*"
    service, _, name = action.partition(":")
    for kind in catalogue.resource_types(service, name):
        template = catalogue.arn_template(service, kind)
        if template and _fits(template, resources[0]):
            return template
    return "*"


def _fits(template: str, arn: str) -> bool:
    pattern = re.sub(r"\\\$\\\{\w+\\\}", "[^:]*", re.escape(template))
    return re.fullmatch(pattern, arn) is not None


def _simulate(asked: Asked, simulation: Simulation) -> dict[str, Any]:
    actions = asked.parameters.get("ActionNames") or []
    for action in actions:
        if not _ACTION.fullmatch(action):
            raise _invalid(
                f"Invalid Action Name: {action}. It takes a service and an action without "
                "wildcards, such as s3:GetObject."
            )
    resources = list(asked.parameters.get("ResourceArns") or ["*"])
    for resource in resources:
        if resource != "*" and not re.fullmatch(r"arn:[\w-]+:[\w-]+:[^:]*:[^:]*:.+", resource):
            raise _invalid(f"Invalid Resource Arn: {resource}")
    first = _marker(asked, len(actions))
    last = first + (asked.parameters.get("MaxItems") or USUAL_ITEMS)
    answer: dict[str, Any] = {
        "EvaluationResults": [
            _result(simulation, action, resources) for action in actions[first:last]
        ],
        "IsTruncated": last < len(actions),
    }
    if last < len(actions):
        answer["Marker"] = str(last)
    return answer


def _marker(asked: Asked, count: int) -> int:
    marker = asked.parameters.get("Marker")
    if marker is None:
        return 0
    if not (marker.isascii() and marker.isdigit() and 0 < int(marker) < count):
        raise _invalid("Invalid Marker.")
    return int(marker)


@answers("iam", "SimulateCustomPolicy")
def simulate_custom_policy(asked: Asked) -> Any:
    identity = _listed(asked, "PolicyInputList", PolicyType.IDENTITY)
    return _simulate(asked, _simulation(asked, identity, _boundary(asked), None))


@answers("iam", "SimulatePrincipalPolicy")
def simulate_principal_policy(asked: Asked) -> Any:
    entity, kind = _entity(asked)
    excluded = asked.parameters.get("PolicyExclusionList") or []
    identity = [
        *_attached(entity, kind, excluded),
        *_listed(asked, "PolicyInputList", PolicyType.IDENTITY),
    ]
    boundary = _own_boundary(asked, entity, excluded)
    return _simulate(asked, _simulation(asked, identity, boundary, entity.arn))


def _key_names(sources: Iterable[Source]) -> dict[str, list[str]]:
    names: dict[str, str] = {}
    for source in sources:
        for key in context_keys(source.policy):
            names.setdefault(key.lower(), key)
    return {"ContextKeyNames": list(names.values())}


@answers("iam", "GetContextKeysForCustomPolicy")
def get_context_keys_for_custom_policy(asked: Asked) -> Any:
    return _key_names(_listed(asked, "PolicyInputList", PolicyType.IDENTITY))


@answers("iam", "GetContextKeysForPrincipalPolicy")
def get_context_keys_for_principal_policy(asked: Asked) -> Any:
    entity, kind = _entity(asked)
    listed = _listed(asked, "PolicyInputList", PolicyType.IDENTITY)
    return _key_names([*_attached(entity, kind, []), *listed])
