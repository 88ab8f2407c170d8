"""Names, paths and numbers that IAM refuses before it asks any policy.

AWS page: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
"""

from __future__ import annotations

from typing import Any

from helpers.lab import seam
from helpers.lab.account import PrincipalType
from helpers.lab.callers import Principal
from helpers.lab.constraints import validation_error, violations
from helpers.lab.errors import AwsError
from helpers.lab.services import iam_store as store
from helpers.lab.services import iam_tags
from helpers.lab.services.registry import checks
from helpers.lab.wire import Call
from helpers.lab.world import World

_PATH = "and contain only alphanumeric characters and/or / characters."

# What IAM says itself of a value with characters that do not belong there, by the pattern in
# its model; for all other patterns AWS's general sentence holds.
IN_OWN_WORDS = {
    r"[\w+=,.@-]+": ("It must contain only alphanumeric characters and/or the following: +=,.@_-"),
    r"(\u002F)|(\u002F[\u0021-\u007E]+\u002F)": f"It must begin and end with / {_PATH}",
    r"((/[A-Za-z0-9\.,\+@=_-]+)*)/": f"It must begin and end with / {_PATH}",
    r"\u002F[\u0021-\u007F]*": f"It must begin with / {_PATH}",
}


@checks("iam")
def check_parameters(call: Call, principal: Principal, world: World) -> None:
    """Raise ``AwsError`` for parameters that are not as IAM's model asks."""
    found = violations(call.model.input_shape, call.parameters)
    if not found:
        iam_tags.checked(call.parameters.get("Tags"))
        _is_about_a_user(call, principal)
        _name_as_stored(call, principal)
        return
    first = found[0]
    if len(found) == 1 and (own := IN_OWN_WORDS.get(first.pattern or "")):
        raise AwsError(
            "ValidationError", f"The specified value for {first.field} is invalid. {own}"
        )
    raise validation_error(found)


# Operations that find the user by a device's serial number where no name is given.
NAMED_OTHERWISE = frozenset({"DeactivateMFADevice", "GetMFADevice"})


def _is_about_a_user(call: Call, principal: Principal) -> None:
    """A call that may leave the user's name out is about the caller, if that is a user or root:
    IAM does not know which resource to ask policies about where a role leaves it out."""
    shape = call.model.input_shape
    if (
        principal.type is PrincipalType.ROLE_SESSION
        and shape is not None
        and "UserName" in shape.members.keys() - set(shape.required_members)
        and call.operation not in NAMED_OTHERWISE
        and not any(call.parameters.get(name) for name in ("UserName", "AllUsers"))
    ):
        raise store.user_name_needed()


# Parameter → moto's store of what it names, and the operation that gives it a new name.
NAMED = {
    "UserName": ("users", "CreateUser"),
    "GroupName": ("groups", "CreateGroup"),
    "RoleName": ("roles", "CreateRole"),
    "InstanceProfileName": ("instance_profiles", "CreateInstanceProfile"),
}


def _name_as_stored(call: Call, principal: Principal) -> None:
    """Let a call name a user, group, role or profile in the case that it was created with.

    IAM does not tell names apart by case; policies tell ARNs apart. So this comes before any
    policy is asked: else one about ``user/ann`` would not be about a call that says ``ANN``.
    """
    parameters: Any = call.parameters
    for parameter, (kind, creates) in NAMED.items():
        name = parameters.get(parameter)
        if name is None or call.operation == creates or principal.account_id is None:
            continue
        things = getattr(seam.iam_backend(principal.account_id), kind).values()
        stored = [thing.name for thing in things if thing.name.lower() == name.lower()]
        if stored and name not in stored:
            parameters[parameter] = stored[0]
