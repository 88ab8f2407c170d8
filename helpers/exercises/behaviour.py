"""Rules about behaviour: a policy is right when it decides a set of requests rightly.

The wording of an answer is never looked at. Each function returns None when all is well, else the
feedback about the **first** case that goes wrong: what was observed and for which input, without
what would mend it. That is what a rule of an ``Exercise`` returns, so a rule is often one call.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Literal

from helpers.exercises.outcome import NotAttempted
from helpers.policy import Policies, PolicyError, PolicyType, Request, evaluate, parse_policy

__all__ = ["calls", "decides", "refused", "returns"]

Wanted = Literal["allowed", "denied"]

_EFFECTS: dict[str, tuple[str, ...]] = {
    "allowed": ("allowed",),
    "denied": ("explicitDeny", "implicitDeny"),
}

_TYPES = {
    "identity": PolicyType.IDENTITY,
    "resource": PolicyType.RESOURCE,
    "permissions_boundary": PolicyType.BOUNDARY,
    "session": PolicyType.SESSION,
    "service_control": PolicyType.SERVICE_CONTROL,
}

# What AWS attaches everywhere when an organization turns service control policies on.
_FULL_ACCESS = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}],
}

# The codes with which AWS's services say that a request was not authorized.
_REFUSALS = frozenset(
    {
        "AccessDenied",
        "AccessDeniedException",
        "UnauthorizedOperation",
        "Client.UnauthorizedOperation",
    }
)


def decides(
    answer: dict[str, Any] | str,
    cases: Iterable[tuple[Mapping[str, Any], Wanted, str]],
    *,
    place: Literal[
        "identity", "resource", "permissions_boundary", "session", "service_control"
    ] = "identity",
    beside: Mapping[str, Any] | None = None,
    common: Mapping[str, Any] | None = None,
) -> str | None:
    """Whether the policy ``answer`` decides every case as wanted.

    ``cases`` are ``(Request arguments, "allowed" or "denied", what the case stands for)``.
    ``place`` is the argument of ``Policies`` that the answer stands in, ``beside`` the other
    arguments; identity policies of ``beside`` stand beside the answer, and AWS's FullAWSAccess
    beside a service control policy. ``common`` holds arguments of ``Request`` that all cases share;
    a case's ``context`` is laid over the common one.

    Returns None, or the feedback. A document that is malformed is feedback too, in the engine's
    own words, for it is the learner's mistake. Raises ValueError for a case that is malformed:
    that is ours.

    The rules of evaluation:
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html

    >>> admin = "arn:aws:iam::111122223333:user/admin"
    >>> read = {"action": "s3:GetObject", "resource": "arn:aws:s3:::payroll/a", "principal": admin}
    >>> statement = {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}
    >>> policy = {"Version": "2012-10-17", "Statement": [statement]}
    >>> decides(policy, [(read, "allowed", "the administrator reads a file")])
    >>> print(decides(policy, [(read, "denied", "the administrator reads a file")]).splitlines()[0])
    the administrator reads a file: allowed, should be denied.
    """
    try:
        mine = parse_policy(answer, _TYPES[place])
    except PolicyError as error:
        return _malformed(error)
    arguments: dict[str, Any] = {"identity": [], **(beside or {})}
    among = {
        "identity": [*arguments["identity"], mine],
        "service_control": [[_FULL_ACCESS, mine]],
    }
    arguments[place] = among.get(place, mine)
    policies = Policies(**arguments)
    for particulars, wanted, stands_for in cases:
        if wanted not in _EFFECTS:
            raise ValueError(f"a case wants {wanted!r}: it can want 'allowed' or 'denied'")
        request = _request(particulars, common or {})
        decision = evaluate(Request(**request), policies)
        if decision.effect not in _EFFECTS[wanted]:
            observed = "allowed" if decision.effect == "allowed" else "denied"
            return (
                f"{stands_for}: {observed}, should be {wanted}.\n"
                f"The request: {_words(request)}.\n"
                f"It was {observed} {decision.reason}."
            )
    return None


def _malformed(error: PolicyError) -> str:
    """The engine's words about a document that it cannot read."""
    at = f"at `{error.path}`" if error.path else ""
    # In a dict the learner sees no lines; in JSON text they are the quickest way there.
    line = "" if error.from_dict else f"line {error.line}, column {error.column}"
    place = ", ".join(filter(None, (line, at)))
    said = " ".join(filter(None, (error.problem, error.hint)))
    where = f"{place[0].upper()}{place[1:]}: " if place else ""
    return f"The policy cannot be read yet.\n{where}{said}"


def _request(arguments: Mapping[str, Any], common: Mapping[str, Any]) -> dict[str, Any]:
    context = {**common.get("context", {}), **arguments.get("context", {})}
    return {**common, **arguments, "context": context}


def _words(request: Mapping[str, Any]) -> str:
    context = request["context"]
    keys = ", ".join(f"`{key}` = `{value}`" for key, value in context.items())
    return (
        f"`{request['action']}` on `{request['resource']}` as `{request['principal']}`, "
        f"{keys or 'no condition keys'}"
    )


def calls(cases: Iterable[tuple[Callable[[], Any], Wanted, str]]) -> str | None:
    """Whether real calls to the account are allowed or denied as wanted.

    ``cases`` are ``(a function that makes the call, "allowed" or "denied", what it stands for)``.
    A call that fails for another reason than authorization (say, NoSuchBucket) was allowed.

    Returns None, or the feedback about the first case that goes wrong.

    >>> calls([(lambda: None, "denied", "the analyst reads the payroll")])
    'the analyst reads the payroll: allowed, should be denied.'
    """
    for call, wanted, stands_for in cases:
        if wanted not in _EFFECTS:
            raise ValueError(f"a case wants {wanted!r}: it can want 'allowed' or 'denied'")
        observed, sentence = _call(call)
        if observed != wanted:
            said = f"\nThe account said: {sentence}" if sentence else ""
            return f"{stands_for}: {observed}, should be {wanted}.{said}"
    return None


def _call(call: Callable[[], Any]) -> tuple[Wanted, str]:
    try:
        call()
    except Exception as error:
        # botocore's ClientError by its shape: this module stays free of boto3.
        response = getattr(error, "response", None)
        if not isinstance(response, dict) or "Error" not in response:
            raise
        refused = response["Error"].get("Code") in _REFUSALS
        return ("denied", str(response["Error"].get("Message", ""))) if refused else ("allowed", "")
    return "allowed", ""


def refused(events: Iterable[Mapping[str, Any]]) -> str | None:
    """What AWS said to the last of a learner's calls, by CloudTrail's events, the oldest first.

    None where that call went well, or where there is none. An attempt that AWS refused leaves the
    account as it was; with this a check tells it from no attempt.

    https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html

    >>> failed = {"eventName": "DeleteUser", "errorCode": "DeleteConflictException",
    ...           "errorMessage": "Cannot delete entity."}
    >>> print(refused([failed]))
    Your last call, `DeleteUser`, was refused. AWS says: Cannot delete entity.
    >>> refused([failed, {"eventName": "DetachUserPolicy"}])
    """
    *_, last = ({}, *events)
    if "errorCode" not in last:
        return None
    said = last.get("errorMessage") or last["errorCode"]
    return f"Your last call, `{last['eventName']}`, was refused. AWS says: {said}"


def returns(
    function: Callable[..., Any], cases: Iterable[tuple[tuple[Any, ...], Any, str]]
) -> str | None:
    """Whether a learner's function returns what is wanted for every case.

    ``cases`` are ``(arguments, the value wanted, what the case stands for)``. Arguments that are
    long or not for reading should be told by the third text. Where the function raises, the
    error's line is the feedback; where it returns ``...`` or has no ``return`` yet, it was not
    attempted.

    >>> def double(number):
    ...     return number + number
    >>> returns(double, [((2,), 4, "the double of 2"), ((0,), 0, "the double of 0")])
    >>> print(returns(double, [((2,), 5, "five for 2")]))
    five for 2: your function returned `4`, should return `5`.
    """
    for arguments, wanted, stands_for in cases:
        try:
            found = function(*arguments)
        except Exception as error:
            line = " ".join(f"{type(error).__name__}: {error}".split())
            return f"{stands_for}: your function stopped with `{line[:200]}`."
        if found is ... or (found is None and wanted is not None):
            raise NotAttempted("The function returns nothing yet. Fill in its `return`.")
        if type(found) is not type(wanted) or found != wanted:
            shown, kind = repr(found)[:60], type(found).__name__
            other = "" if type(found) is type(wanted) else f", of type {kind}"
            return (
                f"{stands_for}: your function returned `{shown}`{other}, "
                f"should return `{wanted!r}`."
            )
    return None
