"""The lab's own answers, for what moto does not answer or answers wrongly.

Each service's modules are loaded when the service is first called, so that nobody waits for
one that a notebook does not use.
"""

from __future__ import annotations

import functools
import importlib

from helpers.lab.account import Account
from helpers.lab.errors import AwsError
from helpers.lab.services.registry import (
    ANSWERS,
    ANY_OPERATION,
    CHECKS,
    DENIALS,
    Answer,
    Asked,
    Check,
)
from helpers.policy import Decision

__all__ = ["ANSWERS", "CHECKS", "MODULES", "Asked", "answer_to", "checks_of", "denial_of"]

MODULES = {
    "accessanalyzer": (
        "accessanalyzer_analyzers",
        "accessanalyzer_findings",
        "accessanalyzer_generation",
        "accessanalyzer_policies",
        "accessanalyzer_previews",
        "accessanalyzer_recommendations",
    ),
    "account": ("account",),
    "batch": ("containers",),
    "budgets": ("budgets",),
    "ce": ("ce",),
    "cloudtrail": ("cloudtrail_history", "cloudtrail_insights", "cloudtrail_trails"),
    "dynamodb": ("resource_policies",),
    "ecr": ("resource_policies",),
    "ec2": (
        "ec2_calls",
        "ec2_regions",
        "ec2_vpcs",
        "ec2_denials",
        "ec2_instances",
        "ec2_networks",
        "ec2_rules",
        "ec2_sharing",
        "ec2_volumes",
    ),
    "iam": (
        "iam_access_keys",
        "iam_account",
        "iam_attachments",
        "iam_certificates",
        "iam_constraints",
        "iam_credential_report",
        "iam_groups",
        "iam_instance_profiles",
        "iam_last_accessed",
        "iam_mfa",
        "iam_passwords",
        "iam_policies",
        "iam_providers",
        "iam_roles",
        "iam_service_access",
        "iam_service_credentials",
        "iam_service_roles",
        "iam_simulator",
        "iam_summary",
        "iam_tags",
        "iam_users",
        "iam_root_access",
    ),
    "kms": ("resource_policies", "kms_keys"),
    "lambda": ("containers", "lambda_functions"),
    "logs": ("resource_policies",),
    "organizations": (
        "organizations",
        "organizations_accounts",
        "organizations_delegation",
        "organizations_invitations",
        "organizations_policies",
        "organizations_services",
        "organizations_units",
    ),
    "s3": (
        "s3_checks",
        "cloudtrail_delivery",
        "s3_acls",
        "s3_buckets",
        "s3_customer_keys",
        "s3_kms",
        "s3_locks",
        "s3_mfa_delete",
        "s3_objects",
        "s3_policies",
    ),
    "s3control": ("s3control",),
    "secretsmanager": ("resource_policies", "secretsmanager_secrets"),
    "service-quotas": ("service_quotas",),
    "sns": ("resource_policies", "sns_subscriptions"),
    "sqs": ("resource_policies",),
    "ssm": ("ssm_parameters",),
    "sts": ("sts", "sts_constraints", "sts_decode", "sts_keys", "sts_root"),
    "support": ("support",),
}
"""botocore's name of a service → the modules of this package that answer for it."""


@functools.cache
def _load(service: str) -> None:
    for name in MODULES.get(service, ()):
        importlib.import_module(f"{__name__}.{name}")


def answer_to(service: str, operation: str) -> Answer | None:
    """The lab's own answer to an operation; ``None``: moto's is right."""
    _load(service)
    return ANSWERS.get((service, operation)) or ANSWERS.get((service, ANY_OPERATION))


def checks_of(service: str) -> tuple[Check, ...]:
    """What a service looks at before it asks any policy."""
    _load(service)
    return tuple(CHECKS.get(service, ()))


def denial_of(service: str, error: AwsError, decision: Decision, account: Account) -> AwsError:
    """The error of a denial as its service tells it."""
    _load(service)
    tell = DENIALS.get(service)
    return tell(error, decision, account) if tell is not None else error
