"""Which control stopped a call, an attack's or a job's, by the account's own decision.

A refusal's sentence says less to a stranger than to the account's own people, so this asks the
account: the decision of the policies, the state of the key, Block Public Access.

AWS pages: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html,
https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from helpers.lab import seam
from helpers.lab.attacks.step import Step, attempt
from helpers.lab.authorization.s3_grants import is_public_text, switches
from helpers.lab.caller import Caller
from helpers.lab.errors import Failure
from helpers.policy import Decision, PolicyType

if TYPE_CHECKING:
    from helpers.lab.lab import Lab

BLOCKED = "Block Public Access"
ASKED_ONLY = frozenset({"DryRunOperation", "VcpuLimitExceeded"})
"""Errors of EC2 that come after the policies were asked and have allowed the call."""


def tried(
    lab: Lab, name: str, caller: Caller | None, call: Callable[..., Any], /, **parameters: Any
) -> tuple[Step, Any]:
    """Make a call, as ``attempt`` does; what stopped it is looked up in the account.

    ``caller`` is who signs it; ``None``: nobody. A call with DryRun that would have gone through
    has worked.
    """
    before = lab.world.refusal
    step, answer = attempt(name, call, **parameters)
    if step.worked:
        return step, answer
    if step.control in ASKED_ONLY:
        return Step(name, True), answer
    refusal = lab.world.refusal
    if refusal is None or refusal is before:
        return step, answer  # no policy said no: its own error tells
    if refusal.decision is not None:
        return replace(step, control=control_of(lab, refusal.decision)), answer
    if refusal.error.failure is Failure.UNKNOWN_KEY and caller is not None:
        return replace(step, control=state_of_key(lab, caller)), answer
    return step, answer


def control_of(lab: Lab, decision: Decision) -> str:
    """What denied a request, in a few words: which policy, and which of its conditions."""
    by = decision.decided_by
    near = decision.nearest()
    keys = [check.key for check in (near.obstacles if near else ()) if check.key is not None]
    condition = f" (condition {', '.join(dict.fromkeys(keys))})" if keys else ""
    action = decision.request.action
    if by is not None:
        name = by.policy_name.rpartition("/")[2]
        return f"explicit deny of {action} in the {by.policy_type} {name}{condition}"
    if decision.lacking is PolicyType.TRUST:
        return f"the role trust policy{condition}"
    if decision.lacking is PolicyType.RESOURCE and _is_blocked(decision):
        return BLOCKED
    return f"no {decision.lacking} allows {action}{condition}"


def _is_blocked(decision: Decision) -> bool:
    """Whether a bucket has something public in it that Block Public Access takes back."""
    _, _, service, _, _, name = decision.request.resource.split(":", 5)
    bucket = seam.s3_bucket(name.partition("/")[0]) if service == "s3" else None
    if bucket is None:
        return False
    public = bool(bucket.policy) and is_public_text(bucket.policy.decode())
    return public and switches(bucket).restrict_public_buckets


def state_of_key(lab: Lab, caller: Caller) -> str:
    """Why an access key of the lab's account, or of its root user, signs nothing any more."""
    root = [(key.access_key_id, key.status) for key in lab.account.root.keys]
    users = seam.iam_backend(lab.account.id).users
    theirs = [(k.access_key_id, k.status) for user in users.values() for k in user.access_keys]
    for key, status in (*root, *theirs):
        if key == caller.access_key_id:
            return f"the access key is {status.lower()}"
    if caller.name != "root" and caller.name not in users:
        return f"the user {caller.name} is gone"
    return "the access key is deleted"


def state_of_password(lab: Lab, user_name: str) -> str | None:
    """Why nobody signs in as an IAM user of the lab's account; ``None``: they have a password."""
    user = seam.iam_backend(lab.account.id).users.get(user_name)
    if user is None:
        return f"the user {user_name} is gone"
    return None if user.password is not None else f"the user {user_name} has no password"
