"""One step of an attack: whether it worked, and what stopped it.

What stopped a call is read from AWS's own sentence:
https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from helpers.lab.console import SignInFailed

NO_WAY_IN = "no way in"
"""What stops a step that needs what an earlier one did not get."""

# The end of a refusal's sentence: which kind of policy, and why.
_POLICY = re.compile(
    r"(?:with an (?P<deny>explicit deny in an? .+?)|because (?P<none>no .+? allows) the .+?)"
    r"(?:: arn:\S+)?$"
)

_INVALID = "credentials that are not valid any more"
_NOTHING = "nothing allows it"  # a refusal without a reason, such as across accounts
_CODES = {
    "InvalidClientTokenId": _INVALID,
    "InvalidAccessKeyId": _INVALID,
    "AuthFailure": _INVALID,
    "UnrecognizedClientException": _INVALID,
    "AccessDenied": _NOTHING,
    "AccessDeniedException": _NOTHING,
    "UnauthorizedOperation": _NOTHING,
    "ExpiredToken": "credentials that have expired",
    "NoSuchEntity": "there is nobody of that name",
    "LimitExceeded": "a quota",
}


@dataclass(frozen=True)
class Step:
    """``name`` says what was tried; ``control`` what stopped it, ``said`` AWS's own sentence."""

    name: str
    worked: bool
    control: str = ""
    said: str = ""

    @property
    def row(self) -> dict[str, str]:
        """The step as a line of a table."""
        outcome = "✔ worked" if self.worked else "✖ stopped"
        return {"step": self.name, "outcome": outcome, "stopped by": self.control}


def attempt(name: str, call: Callable[..., Any], /, **parameters: Any) -> tuple[Step, Any]:
    """Make a call of an attack: the step, and the call's answer (``None`` where it failed)."""
    try:
        return Step(name, True), call(**parameters)
    except SignInFailed as failure:
        return Step(name, False, _sign_in(str(failure)), str(failure)), None
    except ClientError as error:
        details = error.response["Error"]
        code, sentence = details.get("Code", ""), details.get("Message", "").strip()
        return Step(name, False, control(code, sentence), f"{code}: {sentence}"), None


def control(code: str, sentence: str) -> str:
    """What stopped a call, in a few words, by AWS's error code and sentence.

    >>> control("AccessDenied", "… because no identity-based policy allows the s3:GetObject action")
    'no identity-based policy allows'
    >>> control("NoSuchEntity", "The user with name root cannot be found.")
    'there is nobody of that name'
    """
    found = _POLICY.search(sentence)
    if found:
        return found["deny"] or found["none"]
    return _CODES.get(code, code)


def _sign_in(sentence: str) -> str:
    return "MFA" if sentence.startswith("Multi-factor") else "the password, or the code with it"
