"""Trying a call that may be refused, and reading what came of it in one line."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from helpers.lab.lab import SignInFailed


def try_call(method: Callable[..., Any], /, *args: Any, **parameters: Any) -> None:
    """Make a call and print one line: ✔ and its name, or ✖ with AWS's error code and sentence.

    ``method`` is the method itself, without brackets, and the parameters follow it:
    ``try_call(s3.get_object, Bucket="payroll", Key="2026.csv")``. Nothing is returned: call the
    method directly where its answer is needed.
    """
    if not callable(method):
        print(
            "✖ try_call needs the method itself and its parameters after it, "
            'like this: try_call(s3.get_object, Bucket="payroll", Key="2026.csv")'
        )
        return
    name = getattr(method, "__name__", str(method))
    try:
        method(*args, **parameters)
    except ClientError as error:
        details = error.response["Error"]
        code, message = details.get("Code", "error"), details.get("Message", "").strip()
        print(f"✖ {name}: {code}: {message}" if message else f"✖ {name}: {code}")
    except SignInFailed as error:
        print(f"✖ {name}: {error}")
    except BotoCoreError as error:
        print(f"✖ {name}: {type(error).__name__}: {error}")
    else:
        print(f"✔ {name}: allowed")
