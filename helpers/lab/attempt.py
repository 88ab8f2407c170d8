"""Trying a call that may be refused, and reading what came of it in one line."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from helpers.cards import BAD, GOOD, WARN, Card, Tone
from helpers.lab.console import SignInFailed


def try_call(method: Callable[..., Any], /, *args: Any, **parameters: Any) -> None:
    """Make a call and show one line: ✔ and its name, or ✖ with AWS's error code and sentence.

    ``method`` is the method itself, without brackets, and the parameters follow it:
    ``try_call(s3.get_object, Bucket="payroll", Key="2026.csv")``. Nothing is returned: call the
    method directly where its answer is needed. Mistakes in the parameters are shown as a line
    as well; anything that is neither AWS's nor boto3's is raised.
    """
    if not callable(method):
        _show(
            WARN,
            "try_call needs the method itself, without brackets, and its parameters after it",
            'such as try_call(s3.get_object, Bucket="payroll", Key="2026.csv")',
        )
        return
    name = getattr(method, "__name__", str(method))
    try:
        method(*args, **parameters)
    except ClientError as error:
        details = error.response["Error"]
        _show(BAD, f"{name}: {details.get('Code', 'error')}", details.get("Message", "").strip())
    except SignInFailed as error:
        _show(BAD, name, str(error))
    except BotoCoreError as error:
        _show(BAD, f"{name}: {type(error).__name__}", str(error))
    else:
        _show(GOOD, f"{name}: allowed", "")


def _show(tone: Tone, head: str, text: str) -> None:
    """One line of text; in a notebook a card of it, whose long sentences wrap between words."""
    line = f"{tone.symbol} {head}: {text}" if text else f"{tone.symbol} {head}"
    # Loaded already where there is a notebook, and not worth loading where there is none.
    ipython = sys.modules.get("IPython")
    if ipython is None or ipython.get_ipython() is None:
        print(line)
        return
    from IPython.display import display

    display({"text/plain": line, "text/html": Card(tone, head, text).html()}, raw=True)
