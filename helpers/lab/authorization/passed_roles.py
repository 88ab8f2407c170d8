"""iam:PassRole in the services that have no table: every role that a call hands to its service.

Whoever may start something in a service must not thereby become what the service's role may be.
So a role's ARN in a parameter that is called after a role (``roleArn``, ``Role``, ``taskRoleArn``,
``IamRoles``) is asked for, and the role of an instance profile.

AWS pages: https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_passrole.html,
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_iam-condition-keys.html#ck_PassedToService
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from helpers.lab import seam, seam_resources
from helpers.lab.authorization.requirement import Requirement, Source
from helpers.lab.authorization.table import Site, role_arn

# Operations that look or take away, and hand on nothing.
_HAND_ON_NOTHING = re.compile(r"(Describe|Get|List|Search|Delete|Remove|Untag|Stop)[A-Z]")

_ROLE = re.compile(r"arn:aws[a-z-]*:iam::(\d{12}):role/.+")

# botocore's name of a service → its principal, where that is not the prefix of its actions.
PRINCIPALS = {
    "application-autoscaling": "application-autoscaling",
    "batch": "batch",
    "kinesisanalyticsv2": "kinesisanalytics",
    "opensearch": "es",
    "stepfunctions": "states",
}

# (service, parameter in lower case) → who gets this role.
FOR = {
    ("batch", "executionrolearn"): "ecs-tasks",
    ("batch", "jobrolearn"): "ecs-tasks",
    ("batch", "instancerole"): "ec2",
    ("ecs", "executionrolearn"): "ecs-tasks",
    ("ecs", "taskrolearn"): "ecs-tasks",
    ("emr", "jobflowrole"): "ec2",
    ("emr", "servicerole"): "elasticmapreduce",
    ("iot", "rolearn"): "credentials.iot",
    ("rds", "monitoringrolearn"): "monitoring.rds",
}

# (service, parameter in lower case) of roles that are told by their name as well.
BY_NAME = frozenset({("glue", "role"), ("emr", "servicerole"), ("codedeploy", "servicerolearn")})

PROFILES = frozenset({"iaminstanceprofile", "instanceprofile", "instanceprofilename"})


def requirements(site: Site, prefix: str) -> Iterator[Requirement]:
    """The roles that a call hands on, each once for each service that gets it."""
    if _HAND_ON_NOTHING.match(site.call.operation):
        return
    asked = set()
    for name, text in _texts(site.parameters, ""):
        for arn, receiver in _roles(site, prefix, name.lower(), text):
            if (arn, receiver) not in asked:
                asked.add((arn, receiver))
                owner = _ROLE.fullmatch(arn)
                yield Requirement(
                    "iam:PassRole",
                    arn,
                    {"iam:PassedToService": f"{receiver}.amazonaws.com"},
                    resource_account=owner[1] if owner else None,
                    source=Source.REFERENCE,
                )


def _texts(held: Any, name: str) -> Iterator[tuple[str, str]]:
    """Every text in the parameters, with the name of the member that it stands in."""
    if isinstance(held, Mapping):
        for key, inner in held.items():
            # In a profile given as {"Name": …} or {"Arn": …} the outer name tells what it is.
            own = name if name.lower() in PROFILES else str(key)
            yield from _texts(inner, own)
    elif isinstance(held, list | tuple):
        for inner in held:
            yield from _texts(inner, name)
    elif isinstance(held, str) and held:
        yield name, held


def _roles(site: Site, prefix: str, name: str, text: str) -> Iterator[tuple[str, str]]:
    service = site.call.service
    usual = PRINCIPALS.get(service, prefix)
    if name in PROFILES:
        store = seam.iam_backend(site.account_id)
        profile = seam_resources.iam_entity(store, "instance-profile", text.rpartition("/")[2])
        for role in profile.roles if profile is not None else ():
            yield role.arn, "ec2"
    elif "role" in name and "remove" not in name:
        if _ROLE.fullmatch(text):
            yield text, FOR.get((service, name), usual)
        elif (service, name) in BY_NAME and not text.startswith("arn:"):
            yield role_arn(site, text), FOR.get((service, name), usual)
