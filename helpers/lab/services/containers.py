"""Calls that run the customer's own code: there is no container here that could.

moto would start Docker, which has the network that this process has not, or say that all went
well. https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html
"""

from __future__ import annotations

from typing import Any

from helpers.lab import seam
from helpers.lab.errors import not_simulated
from helpers.lab.services.registry import Asked, answers


@answers("lambda", "Invoke")
def invoke(asked: Asked) -> dict[str, Any]:
    """Nothing is run; a dry run asks for no more than the permission and the function."""
    if asked.call.parameters.get("InvocationType") != "DryRun":
        raise not_simulated(asked.call.service, asked.call.operation)
    name, qualifier = (asked.call.parameters.get(n) for n in ("FunctionName", "Qualifier"))
    store = seam.store("lambda", asked.account.id, asked.call.region)
    store.get_function(name, qualifier)  # raises where there is none
    return {"StatusCode": 204, "Payload": b""}


@answers("lambda", "InvokeAsync", "InvokeWithResponseStream")
@answers("batch", "SubmitJob")
def run(asked: Asked) -> dict[str, Any]:
    """Nothing is run."""
    raise not_simulated(asked.call.service, asked.call.operation)
