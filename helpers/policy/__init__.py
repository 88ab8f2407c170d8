"""What a policy means: the evaluation logic of AWS IAM, in pure Python.

>>> from helpers.policy import Policies, Request, evaluate
>>> decision = evaluate(
...     Request(
...         action="s3:GetObject",
...         resource="arn:aws:s3:::payroll/2026.csv",
...         principal="arn:aws:iam::111122223333:user/analyst",
...         context={"aws:MultiFactorAuthPresent": "false"},
...     ),
...     Policies(identity=[("NoMfaNoData", {
...         "Version": "2012-10-17",
...         "Statement": [
...             {"Sid": "Read", "Effect": "Allow", "Action": "s3:Get*", "Resource": "*"},
...             {"Sid": "OnlyWithMfa", "Effect": "Deny", "Action": "*", "Resource": "*",
...              "Condition": {"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}}},
...         ],
...     })]),
... )
>>> decision.effect, decision.decided_by.sid
('explicitDeny', 'OnlyWithMfa')
>>> decision.reason
'with an explicit deny in an identity-based policy'

The way of a request: :mod:`.document` reads a policy (:mod:`.source` knows where things stand in
its text; :mod:`.elements`, :mod:`.principals` and :mod:`.conditions` compile its parts on
:mod:`.patterns` and :mod:`.variables`) into :mod:`.statements`, :mod:`.policies` sorts the
policies into layers, :mod:`.evaluation` decides, :mod:`.decision` says it, and
:mod:`.explanation` tells why, of which :mod:`.gates` makes the row that the pictures show.

Beside the engine, and loaded only when asked for: :mod:`.catalogue` knows all actions, resource
types and condition keys, :mod:`.checks` warns of what a policy gets wrong (:func:`check_policy`),
:mod:`.public_access` tells whether one is public, and :mod:`.expansion` writes
out what policies allow (:func:`effective_permissions`). :mod:`.simulation` judges what is still
being typed, and :mod:`.when_allowed` finds the circumstances under which a request is allowed.

Left out: VPC endpoint policies, access control lists, S3 Block Public Access, and everything that
a service decides beside IAM policies.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .decision import DecidedBy, Decision
from .document import parse_policy, policy_size
from .errors import PolicyError
from .evaluation import evaluate
from .policies import Policies
from .policy_types import PolicyType
from .requests import Request
from .statements import Policy, Statement

if TYPE_CHECKING:
    from . import catalogue
    from .checks import Finding, check_policy
    from .expansion import Permission, effective_permissions
    from .explanation import Check, Near, Step

__all__ = [
    "Check",
    "DecidedBy",
    "Decision",
    "Finding",
    "Near",
    "Permission",
    "Policies",
    "Policy",
    "PolicyError",
    "PolicyType",
    "Request",
    "Statement",
    "Step",
    "catalogue",
    "check_policy",
    "effective_permissions",
    "evaluate",
    "parse_policy",
    "policy_size",
]


# Names that are not needed to decide a request, and the module that each comes from.
_ON_DEMAND = {
    "Check": "explanation",
    "Finding": "checks",
    "Near": "explanation",
    "Permission": "expansion",
    "Step": "explanation",
    "check_policy": "checks",
    "effective_permissions": "expansion",
}


def __getattr__(name: str) -> Any:
    from importlib import import_module

    if name == "catalogue":
        return import_module(".catalogue", __name__)
    if name in _ON_DEMAND:
        return getattr(import_module(f".{_ON_DEMAND[name]}", __name__), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
