"""Parameter Store: secure strings, which stay secret to who does not ask to decrypt them.

moto shows the value of such a parameter behind the name of its key.

AWS page: https://docs.aws.amazon.com/systems-manager/latest/userguide/secure-string-parameter-kms-encryption.html
"""

from __future__ import annotations

import base64
import hashlib
from typing import Any

from helpers.lab import seam
from helpers.lab.services.registry import Asked, answers

# How the ciphertexts of KMS begin.
_HEAD = bytes((1, 2, 2, 0, 0x78))
_OVERHEAD = 138
"""Bytes that a ciphertext has more than what it encrypts."""


@answers("ssm", "GetParameter", "GetParameters", "GetParametersByPath", "GetParameterHistory")
def get_parameters(asked: Asked) -> Any:
    """moto's answer, with ciphertexts where nobody asked for the plain text."""
    http = asked.forward()
    if http[0] >= 400:
        return http
    found = seam.parse_answer(asked.call.model, *http)
    for parameter in [*found.get("Parameters", ()), found.get("Parameter") or {}]:
        if parameter.get("Type") == "SecureString" and not asked.parameters.get("WithDecryption"):
            parameter["Value"] = _encrypted(asked, parameter)
    return found


def _encrypted(asked: Asked, parameter: dict[str, Any]) -> str:
    """A text that tells nothing of a value and is the same each time."""
    account, value = asked.account, str(parameter["Value"])
    known = (account.id, account.root.password, parameter["Name"], parameter["Version"], value)
    length = len(value.encode()) + _OVERHEAD
    noise = hashlib.shake_256(repr(known).encode()).digest(length)
    return base64.b64encode(_HEAD + noise).decode()
