"""Asks every service that boto3 knows for its first list, and prints what does not end well.

Well ends an answer, an error of AWS's, or NotSimulated with the operation's name; a traceback, a
call that hangs and a bare status do not. Two minutes:

    python tests/benchmarks/sweep_services.py            # one operation of each service
    python tests/benchmarks/sweep_services.py --all      # every one that needs no parameters
    python tests/benchmarks/sweep_services.py iam sts    # of these services
"""

from __future__ import annotations

import sys
import time
import warnings
from collections import Counter
from collections.abc import Iterator

import boto3
from botocore import xform_name
from botocore.exceptions import (
    ClientError,
    EndpointResolutionError,
    NoAuthTokenError,
    ParamValidationError,
)

from helpers import Lab

SLOW = 5.0
"""Seconds after which a call counts as hanging."""

NOT_SENT = (ParamValidationError, EndpointResolutionError, NoAuthTokenError)
"""What boto3 says of itself, before it asks anybody."""


def operations(client: object, every: bool) -> Iterator[str]:
    """The names of a client's operations that can be called without parameters."""
    model = client.meta.service_model
    for name in model.operation_names:
        shape = model.operation_model(name).input_shape
        if name.startswith(("List", "Describe", "Get")) and not (shape and shape.required_members):
            yield name
            if not every:
                return


def end_of(client: object, operation: str) -> tuple[str, str]:
    """How a call ended in a word, and what there is to complain of."""
    began = time.monotonic()
    try:
        getattr(client, xform_name(operation))()
        word, complaint = "answered", ""
    except ClientError as error:
        code = error.response["Error"]["Code"]
        said = f"{code}: {error.response['Error'].get('Message', '')}"
        word = code if code == "NotSimulated" else "an error of AWS's"
        stumbled = "does not cope" in said
        complaint = said if stumbled or not code or code.isdigit() else ""
    except NOT_SENT:
        word, complaint = "not sent", ""
    except Exception as error:
        word, complaint = "a traceback", f"{type(error).__name__}: {error}"
    took = time.monotonic() - began
    return word, complaint or (f"took {took:.1f} s" if took > SLOW else "")


def main(arguments: list[str]) -> int:
    warnings.simplefilter("ignore")
    lab = Lab.start()
    every = "--all" in arguments
    named = [name for name in arguments if not name.startswith("-")]
    ends: Counter[str] = Counter()
    complaints = 0
    for service in named or boto3.Session().get_available_services():
        client = lab.root.client(service)
        for operation in operations(client, every):
            word, complaint = end_of(client, operation)
            ends[word] += 1
            if complaint:
                complaints += 1
                print(f"{service}:{operation} {complaint[:300]}", flush=True)
    Lab.stop()
    print(dict(ends))
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
