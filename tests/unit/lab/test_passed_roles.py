"""Handing a role to a service needs iam:PassRole in the services without a table as well."""

from __future__ import annotations

from typing import Any

import pytest
from lab_calls import ACCOUNT, allow, new_user, outcome, refused, trust

from helpers import Lab

ROLE = f"arn:aws:iam::{ACCOUNT}:role/powerful"
MACHINE = '{"StartAt": "A", "States": {"A": {"Type": "Pass", "End": true}}}'

# Service, principal that gets the role, operation, parameters.
HANDED = [
    ("stepfunctions", "states", "create_state_machine",
     {"name": "m", "definition": MACHINE, "roleArn": ROLE}),
    ("glue", "glue", "create_job",
     {"Name": "j", "Role": "powerful", "Command": {"Name": "glueetl"}}),
    ("ecs", "ecs-tasks", "register_task_definition",
     {"family": "f", "taskRoleArn": ROLE,
      "containerDefinitions": [{"name": "a", "image": "b", "memory": 128}]}),
    ("events", "events", "put_targets",
     {"Rule": "r", "Targets": [{"Id": "1", "Arn": f"arn:aws:sqs:us-east-1:{ACCOUNT}:q",
                                "RoleArn": ROLE}]}),
    ("sagemaker", "sagemaker", "create_notebook_instance",
     {"NotebookInstanceName": "n", "InstanceType": "ml.t2.medium", "RoleArn": ROLE}),
    ("autoscaling", "ec2", "create_launch_configuration",
     {"LaunchConfigurationName": "c", "ImageId": "ami-12c6146b", "InstanceType": "t3.micro",
      "IamInstanceProfile": "powerful"}),
]  # fmt: skip


@pytest.mark.parametrize(("service", "receiver", "operation", "parameters"), HANDED)
def test_a_role_is_not_handed_on_without_permission(
    lab: Lab, service: str, receiver: str, operation: str, parameters: dict[str, Any]
) -> None:
    iam = lab.root.client("iam")
    iam.create_role(
        RoleName="powerful",
        AssumeRolePolicyDocument=trust({"Service": f"{receiver}.amazonaws.com"}),
    )
    iam.create_instance_profile(InstanceProfileName="powerful")
    iam.add_role_to_instance_profile(InstanceProfileName="powerful", RoleName="powerful")
    lab.root.client("events").put_rule(Name="r", ScheduleExpression="rate(1 day)")

    def passing(to: str) -> str:
        condition = {"StringEquals": {"iam:PassedToService": f"{to}.amazonaws.com"}}
        return allow("iam:PassRole", ROLE, Condition=condition)

    services = ("states", "glue", "ecs", "events", "sagemaker", "autoscaling", "ec2")
    everything = allow([f"{prefix}:*" for prefix in services])

    def call(name: str, *documents: str) -> Any:
        return getattr(new_user(lab, name, everything, *documents).client(service), operation)

    for person, documents in (("without", ()), ("elsewhere", (passing("lambda"),))):
        attempt = call(person, *documents)
        code = "AccessDenied" if service == "autoscaling" else "AccessDeniedException"
        message = refused(code, attempt, **parameters)
        assert f"iam:PassRole on resource: {ROLE} because" in message
    assert outcome(call("with", passing(receiver)), **parameters) == "allowed"


def test_looking_hands_on_nothing(lab: Lab) -> None:
    ann = new_user(lab, "ann", allow("batch:*"), allow("glue:*")).client("glue")
    assert outcome(ann.get_jobs) == "allowed"
