"""What a signed upload form allows: until when, which fields, how large a file.

AWS page: https://docs.aws.amazon.com/AmazonS3/latest/userguide/HTTPPOSTForms.html
"""

from __future__ import annotations

import base64
import binascii
import json
from datetime import datetime
from typing import Any

from helpers.lab.errors import AwsError
from helpers.lab.wire import Call, clocks

# Fields that the form's policy need not name.
UNNAMED = frozenset({"awsaccesskeyid", "signature", "x-amz-signature", "policy", "file", "bucket"})


def check(call: Call, now: datetime) -> None:
    """Raise ``AwsError`` where an upload is not what the form's signer allowed."""
    if call.scope is None or call.scope.form != "form":
        return
    fields = {name.lower(): value for name, value in call.request.form.items()}
    fields["bucket"] = call.parameters.get("Bucket", "")
    try:
        policy = json.loads(base64.b64decode(fields.get("policy", ""), validate=True))
        expires = datetime.fromisoformat(policy["expiration"])
        conditions = [c for item in policy["conditions"] for c in _conditions(item)]
    except (binascii.Error, ValueError, KeyError, TypeError):
        raise AwsError("InvalidPolicyDocument", "Invalid Policy: Invalid JSON.") from None
    if all(clock >= expires for clock in clocks(call.request, now)):
        raise _refused("Policy expired.")
    for operator, field, value in conditions:
        if operator != "content-length-range" and not _holds(operator, fields.get(field), value):
            raise _refused(f'Policy Condition failed: ["{operator}", "${field}", "{value}"]')
    named = {field for operator, field, _ in conditions if operator != "content-length-range"}
    extra = {name for name in fields if not name.startswith("x-ignore-")} - named - UNNAMED
    if extra:
        raise _refused(f"Extra input fields: {', '.join(sorted(extra))}")
    for operator, least, most in conditions:
        if operator == "content-length-range":
            _check_size(call, int(least), int(most))


def _conditions(item: Any) -> list[tuple[str, Any, Any]]:
    """A condition as (operator, field, value), from any of the forms that it may be written in."""
    if isinstance(item, dict):
        return [("eq", name.lower(), value) for name, value in item.items()]
    operator, first, second = item
    if operator == "content-length-range":
        return [(operator, first, second)]
    return [(operator.lower(), first.removeprefix("$").lower(), second)]


def _holds(operator: str, found: str | None, value: str) -> bool:
    if found is None:
        return False
    return found.startswith(value) if operator == "starts-with" else found == value


def _check_size(call: Call, least: int, most: int) -> None:
    file = call.request.files.get("file")
    if file is None:
        return
    size = len(file.stream.read())
    file.stream.seek(0)
    if size > most:
        raise AwsError("EntityTooLarge", "Your proposed upload exceeds the maximum allowed size")
    if size < least:
        raise AwsError(
            "EntityTooSmall", "Your proposed upload is smaller than the minimum allowed size"
        )


def _refused(why: str) -> AwsError:
    return AwsError("AccessDenied", f"Invalid according to Policy: {why}", 403)
