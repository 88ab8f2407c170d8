"""The ways by which one principal becomes another, or gets more: which calls each takes, as data.

What is no call of IAM or STS counts where a service runs what the caller wrote as a role that the
caller passed to it. Left out is what depends on what runs already (changing a function's code, a
command to a machine): which of them has which role, IAM does not know.

AWS pages: https://docs.aws.amazon.com/IAM/latest/UserGuide/access_controlling.html and
https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_passrole.html
"""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple

_API = "https://docs.aws.amazon.com/IAM/latest/APIReference/API_"

ADMINISTRATOR_ACCESS = "arn:aws:iam::aws:policy/AdministratorAccess"
"""What somebody attaches who may attach anything."""

ANYTHING = '{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}'
"""What somebody writes who may write any policy."""


class On(StrEnum):
    """What a call changes."""

    USER = "user"
    ROLE = "role"
    GROUP = "group"
    POLICY = "policy"


class Takeover(NamedTuple):
    """A call with which its maker can act as somebody else afterwards."""

    action: str
    on: On
    words: str
    page: str


class Gift(NamedTuple):
    """A call that gives a user or role any permission; on a group to its members, on a policy to
    all who have it. ``{}`` in the words stands for what is changed."""

    action: str
    on: On
    words: str
    page: str


class Passing(NamedTuple):
    """A service that acts as the role that it is handed, for whoever may make these calls.

    ``in_profile``: the role has to be in an instance profile.
    """

    service: str
    actions: tuple[str, ...]
    words: str
    page: str
    in_profile: bool = False


def _takeover(name: str, on: On, words: str) -> Takeover:
    return Takeover(f"iam:{name}", on, words, f"{_API}{name}.html")


def _gift(name: str, on: On, words: str) -> Gift:
    return Gift(f"iam:{name}", on, words, f"{_API}{name}.html")


NEW_KEY = _takeover("CreateAccessKey", On.USER, "make an access key for it")
NEW_PASSWORD = _takeover("CreateLoginProfile", On.USER, "give it a password")
OTHER_PASSWORD = _takeover("UpdateLoginProfile", On.USER, "change its password")
OTHER_TRUST = _takeover("UpdateAssumeRolePolicy", On.ROLE, "let it trust oneself, then assume it")
TAKEOVERS = (NEW_KEY, NEW_PASSWORD, OTHER_PASSWORD, OTHER_TRUST)

ATTACH_TO_USER = _gift("AttachUserPolicy", On.USER, "attach any policy to {}")
PUT_IN_USER = _gift("PutUserPolicy", On.USER, "write any policy for {}")
ATTACH_TO_ROLE = _gift("AttachRolePolicy", On.ROLE, "attach any policy to {}")
PUT_IN_ROLE = _gift("PutRolePolicy", On.ROLE, "write any policy for {}")
GIFTS = (
    ATTACH_TO_USER,
    PUT_IN_USER,
    ATTACH_TO_ROLE,
    PUT_IN_ROLE,
    _gift("AttachGroupPolicy", On.GROUP, "attach any policy to the group {}"),
    _gift("PutGroupPolicy", On.GROUP, "write any policy for the group {}"),
    _gift("CreatePolicyVersion", On.POLICY, "rewrite the policy {}"),
)

JOIN = "iam:AddUserToGroup"
"""The call with which a user takes on a group's policies.
AWS: https://docs.aws.amazon.com/IAM/latest/APIReference/API_AddUserToGroup.html"""
OTHER_VERSION = "iam:SetDefaultPolicyVersion"
"""The call that puts an older version of a policy in force.
AWS: https://docs.aws.amazon.com/IAM/latest/APIReference/API_SetDefaultPolicyVersion.html"""

ATTACHING = {On.USER: ATTACH_TO_USER.action, On.ROLE: ATTACH_TO_ROLE.action}
"""The call that attaches a policy to each."""

UNBINDING = {
    On.USER: ("iam:DeleteUserPermissionsBoundary", "iam:PutUserPermissionsBoundary"),
    On.ROLE: ("iam:DeleteRolePermissionsBoundary", "iam:PutRolePermissionsBoundary"),
}
"""Calls that take a permissions boundary off, or put a wider one on.
AWS: https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_boundaries.html"""
REWRITING = "iam:CreatePolicyVersion"
"""The call that rewrites the policy which is the boundary."""

TAKING_OFF = {
    (On.USER, True): ("iam:DetachUserPolicy",),
    (On.USER, False): ("iam:DeleteUserPolicy", PUT_IN_USER.action),
    (On.ROLE, True): ("iam:DetachRolePolicy",),
    (On.ROLE, False): ("iam:DeleteRolePolicy", PUT_IN_ROLE.action),
}
"""Calls that rid somebody of a policy that denies: (of whom, whether it is managed) → calls.
AWS: https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_manage-attach-detach.html"""
LEAVE = "iam:RemoveUserFromGroup"
"""The call that rids a user of a group's policies.
AWS: https://docs.aws.amazon.com/IAM/latest/APIReference/API_RemoveUserFromGroup.html"""

NEW_PRINCIPALS = (
    (On.USER, ("iam:CreateUser", "iam:CreateAccessKey"), (ATTACH_TO_USER, PUT_IN_USER)),
    (On.ROLE, ("iam:CreateRole",), (ATTACH_TO_ROLE, PUT_IN_ROLE)),
)
"""What takes a principal of one's own making, without a boundary: these calls, and one of the
gifts."""

ASSUME = "sts:AssumeRole"
PASS = "iam:PassRole"
INTO_PROFILE = ("iam:CreateInstanceProfile", "iam:AddRoleToInstanceProfile")
"""What it takes to put a role into an instance profile, where it is in none."""

PASSINGS = (
    Passing(
        "ec2.amazonaws.com",
        ("ec2:RunInstances",),
        "start a machine with it",
        "https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/iam-roles-for-amazon-ec2.html",
        in_profile=True,
    ),
    Passing(
        "lambda.amazonaws.com",
        ("lambda:CreateFunction", "lambda:InvokeFunction"),
        "run a function with it",
        "https://docs.aws.amazon.com/lambda/latest/dg/lambda-intro-execution-role.html",
    ),
    Passing(
        "lambda.amazonaws.com",
        ("lambda:CreateFunction", "lambda:CreateEventSourceMapping"),
        "let a queue or stream run a function with it",
        "https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventsourcemapping.html",
    ),
    Passing(
        "cloudformation.amazonaws.com",
        ("cloudformation:CreateStack",),
        "make a stack with it",
        "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-iam-servicerole.html",
    ),
    Passing(
        "codebuild.amazonaws.com",
        ("codebuild:CreateProject", "codebuild:StartBuild"),
        "run a build with it",
        "https://docs.aws.amazon.com/codebuild/latest/userguide/setting-up-service-role.html",
    ),
    Passing(
        "ecs-tasks.amazonaws.com",
        ("ecs:RegisterTaskDefinition", "ecs:RunTask"),
        "run a container with it",
        "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-iam-roles.html",
    ),
    Passing(
        "glue.amazonaws.com",
        ("glue:CreateJob", "glue:StartJobRun"),
        "run a Glue job with it",
        "https://docs.aws.amazon.com/glue/latest/dg/attach-policy-iam-user.html",
    ),
    Passing(
        "sagemaker.amazonaws.com",
        ("sagemaker:CreateNotebookInstance", "sagemaker:CreatePresignedNotebookInstanceUrl"),
        "open a SageMaker notebook with it",
        "https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-roles.html",
    ),
    Passing(
        "states.amazonaws.com",
        ("states:CreateStateMachine", "states:StartExecution"),
        "run a state machine with it",
        "https://docs.aws.amazon.com/step-functions/latest/dg/procedure-create-iam-role.html",
    ),
    Passing(
        "ssm.amazonaws.com",
        ("ssm:StartAutomationExecution",),
        "run an automation with it",
        "https://docs.aws.amazon.com/systems-manager/latest/userguide/automation-setup.html",
    ),
    Passing(
        "scheduler.amazonaws.com",
        ("scheduler:CreateSchedule",),
        "schedule calls with it",
        "https://docs.aws.amazon.com/scheduler/latest/UserGuide/setting-up.html",
    ),
)

ACTIONS = frozenset(
    {
        ASSUME,
        PASS,
        *INTO_PROFILE,
        REWRITING,
        JOIN,
        OTHER_VERSION,
        *(each.action for each in (*TAKEOVERS, *GIFTS)),
        *(action for actions in UNBINDING.values() for action in actions),
        *(action for _, actions, _ in NEW_PRINCIPALS for action in actions),
        *(action for passing in PASSINGS for action in passing.actions),
    }
)
"""Every action of these ways."""
