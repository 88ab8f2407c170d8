"""The evaluation logic: from a request and its policies to a decision.

The order is AWS's. An explicit deny in any policy that applies decides. Then each guardrail of
the organization has to leave the request allowed. Then somebody has to allow it, and how the
identity-based policies, the resource's policy, the permissions boundary and the session policy
work together depends on who asks:

* **Same account.** A resource policy that names the user or the session itself grants alone. One
  that names the session's role grants, within permissions boundary and session policy. One that
  names the account leaves it to the identity-based policies. Roles to be assumed and KMS keys
  need an allowing resource policy in any case.
* **Other account.** The principal's side and the resource's policy must both allow.
* **Root user.** Its identity-based policies allow everything; no boundary limits it.
* **AWS services, identity providers, anonymous requests.** The resource's policy alone.

AWS: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
"""

from __future__ import annotations

from .decision import ALLOWED, EXPLICIT_DENY, IMPLICIT_DENY, Decision
from .policies import Entry, Layer, Policies
from .policy_types import PolicyType
from .principals import Match
from .requests import Request

ALWAYS_ALLOWED = "sts:getcalleridentity"
"""The action that no policy can deny.
AWS: https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html"""

RCP_SERVICES = frozenset(
    {
        "aoss",
        "cognito-identity",
        "cognito-idp",
        "dynamodb",
        "ecr",
        "kms",
        "logs",
        "s3",
        "secretsmanager",
        "sqs",
        "sts",
    }
)
"""Services whose resources RCPs protect (the list grows; as of 2026).
AWS: https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_rcps.html"""

RCP_EXEMPT_ACTIONS = frozenset({"kms:retiregrant"})
"""Actions of these services that RCPs leave alone. Source: the same page."""

ROOT_KEEPS = frozenset(
    {
        "s3:deletebucketpolicy",
        "s3:getbucketpolicy",
        "s3:putbucketpolicy",
        "sqs:getqueueattributes",
        "sqs:getqueueurl",
        "sqs:setqueueattributes",
    }
)
"""What the root user of a bucket's or queue's own account may do even where its policy denies it.
AWS: https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketPolicy.html,
https://docs.aws.amazon.com/IAM/latest/UserGuide/id_root-user-privileged-task.html"""


def evaluate(request: Request, policies: Policies) -> Decision:
    """Decide a request as AWS would.

    Returns:
        The decision: ``effect`` is ``"allowed"``, ``"explicitDeny"`` or ``"implicitDeny"``.

    Raises:
        ValueError: An argument is of another type. Nothing else is ever raised.

    >>> ann = "arn:aws:iam::111122223333:user/ann"
    >>> policies = Policies(identity=[{"Version": "2012-10-17", "Statement": [
    ...     {"Effect": "Allow", "Action": "s3:Get*", "Resource": "arn:aws:s3:::payroll/*"}]}])
    >>> evaluate(Request("s3:GetObject", "arn:aws:s3:::payroll/may.csv", ann), policies).effect
    'allowed'
    >>> evaluate(Request("s3:PutObject", "arn:aws:s3:::payroll/may.csv", ann), policies).reason
    'because no identity-based policy allows the s3:PutObject action'
    """
    if not isinstance(request, Request):
        raise ValueError(f"request: expected a Request, got a {type(request).__name__}")
    if not isinstance(policies, Policies):
        raise ValueError(f"policies: expected Policies, got a {type(policies).__name__}")
    if request.folded_action == ALWAYS_ALLOWED:
        return Decision(request, policies, ALLOWED)
    guardrails = _guardrails(request, policies)
    grants = _grants(request, policies)

    for layer in (*guardrails, *grants):
        if denial := explicit_deny(layer, request, policies):
            return Decision(request, policies, EXPLICIT_DENY, (denial,))
    for layer in guardrails:
        if not first_allow(layer, request):
            return Decision(request, policies, IMPLICIT_DENY, lacking=layer.type)
    entries, lacking = _granted(request, policies)
    effect = IMPLICIT_DENY if lacking else ALLOWED
    return Decision(request, policies, effect, entries, lacking=lacking)


# -- which layers take part --------------------------------------------------------------------


def why_not_evaluated(type_: PolicyType, request: Request) -> str | None:
    """Why policies of this type have no say about the request; None where they have."""
    caller = request.caller
    match type_:
        case PolicyType.RESOURCE_CONTROL:
            if caller.service_linked:
                return "resource control policies do not limit service-linked roles"
            if request.service not in RCP_SERVICES:
                return f"resource control policies do not cover {request.service or 'this service'}"
            if request.folded_action in RCP_EXEMPT_ACTIONS:
                return f"resource control policies do not cover {request.action}"
        case PolicyType.SERVICE_CONTROL:
            if caller.service_linked:
                return "service control policies do not limit service-linked roles"
            if not caller.has_identity_policies:
                return "service control policies limit the principals of member accounts only"
        case PolicyType.IDENTITY | PolicyType.BOUNDARY:
            if caller.is_root:
                return (
                    "the root user may do everything in its account; IAM policies do not limit it"
                )
            if not caller.has_identity_policies:
                return f"the principal ({caller.kind.value}) has no policies of its own"
        case PolicyType.SESSION:
            if not caller.has_identity_policies:
                return f"the principal ({caller.kind.value}) has no session"
    return None


def _guardrails(request: Request, policies: Policies) -> tuple[Layer, ...]:
    """The levels of the organization, each of which has to leave the request allowed."""
    resource_control, service_control = policies.resource_control, policies.service_control
    if resource_control and why_not_evaluated(PolicyType.RESOURCE_CONTROL, request):
        resource_control = ()
    if service_control and why_not_evaluated(PolicyType.SERVICE_CONTROL, request):
        service_control = ()
    return resource_control + service_control


def _grants(request: Request, policies: Policies) -> list[Layer]:
    """The layers below the organization, as far as they are set and apply."""
    layers = [policies.resource]
    caller = request.caller
    if caller.has_identity_policies:
        if not caller.is_root:
            layers.append(policies.identity)
            if policies.boundary is not None:
                layers.append(policies.boundary)
        if policies.session is not None:
            layers.append(policies.session)
    return layers


# -- what a layer says -------------------------------------------------------------------------


def explicit_deny(layer: Layer, request: Request, policies: Policies) -> Entry | None:
    """The first Deny statement of the layer that applies."""
    for entry in layer.denies:
        statement = entry[0]
        if not statement.applies(request.folded_action, request.resource, request.folded_context):
            continue
        if statement.principals is not None and not statement.principals.denies(
            request.caller, has_boundary=policies.boundary is not None
        ):
            continue
        if layer.type is PolicyType.RESOURCE and root_keeps(request):
            continue
        return entry
    return None


def root_keeps(request: Request) -> bool:
    """Whether this is an owner's root user mending the policy of its bucket or queue."""
    return (
        request.folded_action in ROOT_KEEPS
        and request.caller.is_root
        and not request.crosses_accounts
    )


def first_allow(layer: Layer, request: Request) -> Entry | None:
    """The first Allow statement of the layer that applies, whomever it names."""
    for entry in layer.allows:
        statement = entry[0]
        if statement.applies(request.folded_action, request.resource, request.folded_context) and (
            statement.principals is None or statement.principals.grants(request.caller)
        ):
            return entry
    return None


def strongest_allow(layer: Layer, request: Request) -> tuple[Match, Entry | None]:
    """The Allow statement of a resource's policy that grants most, and how it names the caller."""
    best, best_entry = Match.NONE, None
    for entry in layer.allows:
        statement = entry[0]
        if not statement.applies(request.folded_action, request.resource, request.folded_context):
            continue
        principals = statement.principals
        match = Match.DIRECT if principals is None else principals.grants(request.caller)
        if match > best:
            best, best_entry = match, entry
            if best is Match.DIRECT:
                break
    return best, best_entry


# -- how they work together --------------------------------------------------------------------


def _granted(request: Request, policies: Policies) -> tuple[tuple[Entry, ...], PolicyType | None]:
    """The statements that grant the request, and the type of policy that fails to (or None)."""
    caller = request.caller
    match, named = strongest_allow(policies.resource, request)
    by_resource = (named,) if named else ()
    resource_type = PolicyType.TRUST if request.assumes_role else PolicyType.RESOURCE

    if not caller.has_identity_policies:
        return by_resource, None if named else resource_type

    both_sides = request.crosses_accounts
    if match is Match.DIRECT and not both_sides:
        return by_resource, None

    own = None if caller.is_root else first_allow(policies.identity, request)
    by_identity = (own,) if own else ()
    names_role = match is Match.ROLE and not both_sides
    if not (own or caller.is_root or names_role):
        return by_resource, PolicyType.IDENTITY
    boundary, session = policies.boundary, policies.session
    if boundary is not None and not caller.is_root and not first_allow(boundary, request):
        return by_identity, PolicyType.BOUNDARY
    if session is not None and not first_allow(session, request):
        return by_identity, PolicyType.SESSION
    if both_sides or request.needs_resource_policy:
        return by_identity + by_resource, None if named else resource_type
    return by_identity or (by_resource if names_role else ()), None
