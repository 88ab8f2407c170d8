"""API Gateway: its actions are the methods of HTTP, and its resources the paths.

AWS: https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonapigatewaymanagement.html
"""

from __future__ import annotations

from collections.abc import Iterator

from helpers.lab.authorization.requirement import Requirement
from helpers.lab.authorization.tags import request_tags
from helpers.lab.callers import Principal
from helpers.lab.wire import Call


def requirements(call: Call, principal: Principal, account_id: str) -> Iterator[Requirement]:
    """What a call needs: its method on its path."""
    http = call.model.http
    yield Requirement(
        f"apigateway:{http['method']}",
        f"arn:aws:apigateway:{call.region}::{call.request.path}",
        request_tags(call.operation, call.parameters),
        resource_account=account_id,
    )
