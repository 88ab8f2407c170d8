"""The policy of a function, the roles that it takes, an account's limits."""

from __future__ import annotations

import json
from typing import Any

import pytest
from lab_calls import ACCOUNT, refused, trust
from test_authorization_services import new_function

from helpers import Lab

ROLE = f"arn:aws:iam::{ACCOUNT}:role/"


@pytest.fixture
def functions(lab: Lab) -> Any:
    iam, client = lab.root.client("iam"), lab.root.client("lambda")
    for name in ("lambda", "ec2"):
        document = trust({"Service": f"{name}.amazonaws.com"})
        iam.create_role(RoleName=name, AssumeRolePolicyDocument=document)
    new_function(client, "web", ROLE + "lambda")
    return client


def test_permissions(functions: Any) -> None:
    call = {"FunctionName": "web", "Action": "lambda:InvokeFunction", "StatementId": "one"}
    functions.add_permission(**call, Principal="444455556666", PrincipalOrgID="o-a1b2c3d4e5")
    refused("ResourceConflictException", functions.add_permission, **call, Principal="*")
    url = {**call, "Action": "lambda:InvokeFunctionUrl", "StatementId": "two", "Principal": "*"}
    functions.add_permission(**url, FunctionUrlAuthType="NONE")
    document = json.loads(functions.get_policy(FunctionName="web")["Policy"])
    one, two = document["Statement"]
    assert one["Principal"] == {"AWS": "arn:aws:iam::444455556666:root"}
    assert one["Condition"] == {"StringEquals": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"}}
    assert two["Condition"] == {"StringEquals": {"lambda:FunctionUrlAuthType": "NONE"}}
    nobody = f"arn:aws:iam::{ACCOUNT}:user/nobody"
    strange = {**call, "StatementId": "three", "Principal": nobody}
    refused("InvalidParameterValueException", functions.add_permission, **strange)
    which = {"FunctionName": "web", "StatementId": "three"}
    refused("ResourceNotFoundException", functions.remove_permission, **which)
    functions.remove_permission(FunctionName="web", StatementId="one")
    document = json.loads(functions.get_policy(FunctionName="web")["Policy"])
    assert [statement["Sid"] for statement in document["Statement"]] == ["two"]


def test_a_role_has_to_trust_lambda(functions: Any) -> None:
    for role in ("ec2", "nobody"):
        with pytest.raises(functions.exceptions.InvalidParameterValueException) as caught:
            new_function(functions, "other", ROLE + role)
        assert "cannot be assumed by Lambda" in str(caught.value)
    change = {"FunctionName": "web", "Role": ROLE + "ec2"}
    refused("InvalidParameterValueException", functions.update_function_configuration, **change)
    change = {"FunctionName": "web", "Runtime": "python1"}
    refused("InvalidParameterValueException", functions.update_function_configuration, **change)


def test_limits(functions: Any) -> None:
    functions.put_function_concurrency(FunctionName="web", ReservedConcurrentExecutions=100)
    found = functions.get_account_settings()
    assert found["AccountUsage"]["FunctionCount"] == 1
    assert found["AccountLimit"]["UnreservedConcurrentExecutions"] == 900
