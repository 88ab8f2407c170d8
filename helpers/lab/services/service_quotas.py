"""Service Quotas: how much of a thing an account may have, and asking for more.

Those below are the ones that matter to an account's protection; EC2's are the limits that the
lab itself keeps.

AWS pages: https://docs.aws.amazon.com/servicequotas/latest/userguide/intro.html,
https://docs.aws.amazon.com/servicequotas/2019-06-24/apireference/API_GetServiceQuota.html,
https://docs.aws.amazon.com/general/latest/gr/iam-service.html
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from helpers.lab.account import Account
from helpers.lab.ec2_state import VCPU_LIMITS, state_of
from helpers.lab.errors import AwsError
from helpers.lab.services.registry import Asked, answers

SERVICES = {
    "ec2": "Amazon Elastic Compute Cloud (Amazon EC2)",
    "iam": "AWS Identity and Access Management (IAM)",
    "kms": "AWS Key Management Service (AWS KMS)",
    "lambda": "AWS Lambda",
    "s3": "Amazon Simple Storage Service (Amazon S3)",
    "vpc": "Amazon Virtual Private Cloud (Amazon VPC)",
}
"""Code of a service → its name."""

GLOBAL = frozenset({"iam", "s3"})
"""Services whose quotas are the same in every Region."""


class Quota(NamedTuple):
    """A quota as it is in a young account."""

    service: str
    code: str
    name: str
    value: float
    adjustable: bool = True
    bucket: str | None = None
    """The lab's own limit that it is, for EC2's vCPUs."""


def _vcpu(code: str, bucket: str, of: str | None = None) -> Quota:
    name = f"Running On-Demand {of or bucket} instances"
    return Quota("ec2", code, name, float(VCPU_LIMITS[bucket]), bucket=bucket)


QUOTAS = (
    _vcpu("L-1216C47A", "Standard", "Standard (A, C, D, H, I, M, R, T, Z)"),
    _vcpu("L-6E869C2A", "DL"),
    _vcpu("L-74FC7D96", "F"),
    _vcpu("L-DB2E81BA", "G and VT"),
    _vcpu("L-F7808C92", "HPC"),
    _vcpu("L-43DA4232", "High Memory"),
    _vcpu("L-1945791B", "Inf"),
    _vcpu("L-417A185B", "P"),
    _vcpu("L-2C3B7624", "Trn"),
    _vcpu("L-7295265B", "X"),
    Quota("ec2", "L-0263D0A3", "EC2-VPC Elastic IPs", 5.0),
    Quota("iam", "L-F55AF5E4", "Users per account", 5000.0, adjustable=False),
    Quota("iam", "L-FE177D64", "Roles per account", 1000.0),
    Quota("iam", "L-F4A5425F", "Groups per account", 300.0),
    Quota("iam", "L-E95E4862", "Customer managed policies per account", 1500.0),
    Quota("iam", "L-0DA4ABF3", "Managed policies per role", 10.0),
    Quota("iam", "L-4019AD8B", "Managed policies per user", 10.0),
    Quota("iam", "L-384571C4", "Managed policies per group", 10.0),
    Quota("iam", "L-BF35879D", "Server certificates per account", 20.0),
    Quota("iam", "L-6E65F664", "Instance profiles per account", 1000.0),
    Quota("kms", "L-C2F1777E", "Customer Master Keys (CMKs)", 100_000.0),
    Quota("lambda", "L-B99A9384", "Concurrent executions", 1000.0),
    Quota("s3", "L-DC2B2D3D", "General purpose buckets", 10_000.0),
    Quota("vpc", "L-F678F1CE", "VPCs per Region", 5.0),
    Quota("vpc", "L-A4707A72", "Internet gateways per Region", 5.0),
    Quota("vpc", "L-FE5A380F", "NAT gateways per Availability Zone", 5.0),
    Quota("vpc", "L-E79EC296", "VPC security groups per Region", 2500.0),
    Quota("vpc", "L-0EA8095F", "Inbound or outbound rules per security group", 60.0),
)


@dataclass
class Requests:
    """The increases that an account asked for, by the request's id."""

    changes: dict[str, dict[str, Any]] = field(default_factory=dict)


def grant(account: Account, now: datetime) -> None:
    """Let AWS approve all requests that are open; EC2's limits are raised in the Region asked for.

    A scenario calls it: nothing else ends a request here.
    """
    buckets = {quota.code: quota.bucket for quota in QUOTAS if quota.bucket is not None}
    for change in account.own.setdefault("service-quotas", Requests()).changes.values():
        if change["Status"] != "PENDING":
            continue
        change |= {"Status": "APPROVED", "LastUpdated": now}
        if bucket := buckets.get(change["QuotaCode"]):
            settings = state_of(account).settings_of(change["QuotaArn"].split(":")[3])
            settings.raised_limits[bucket] = int(change["DesiredValue"])


def _kept(asked: Asked) -> Requests:
    return asked.account.own.setdefault("service-quotas", Requests())


def _quotas(asked: Asked) -> list[Quota]:
    """The quotas of the service that a call names."""
    code = asked.parameters["ServiceCode"]
    if code not in SERVICES:
        raise AwsError(
            "NoSuchResourceException",
            "The request failed because the specified service does not exist.",
        )
    return [quota for quota in QUOTAS if quota.service == code]


def _quota(asked: Asked) -> Quota:
    code = asked.parameters["QuotaCode"]
    found = next((quota for quota in _quotas(asked) if quota.code == code), None)
    if found is None:
        raise AwsError(
            "NoSuchResourceException",
            f"The request failed because the specified quota {code} does not exist.",
        )
    return found


def _shown(asked: Asked, quota: Quota, *, applied: bool) -> dict[str, Any]:
    everywhere = quota.service in GLOBAL
    region = "" if everywhere else asked.call.region
    account = asked.account.id if applied else ""
    value = quota.value
    if applied and quota.bucket is not None:
        value = float(state_of(asked.account).vcpu_limit(quota.bucket, region) or 0)
    return {
        "ServiceCode": quota.service,
        "ServiceName": SERVICES[quota.service],
        "QuotaArn": f"arn:aws:servicequotas:{region}:{account}:{quota.service}/{quota.code}",
        "QuotaCode": quota.code,
        "QuotaName": quota.name,
        "Value": value,
        "Unit": "None",
        "Adjustable": quota.adjustable,
        "GlobalQuota": everywhere,
        "QuotaAppliedAtLevel": "ACCOUNT",
    }


def _page(asked: Asked, name: str, found: list[Any]) -> dict[str, Any]:
    """A part of a list; the token is the place where the next part begins."""
    token = asked.parameters.get("NextToken") or "0"
    if not token.isdecimal():
        raise AwsError("InvalidPaginationTokenException", "Invalid pagination token.")
    begin, size = int(token), asked.parameters.get("MaxResults") or 100
    answer: dict[str, Any] = {name: found[begin : begin + size]}
    if begin + size < len(found):
        answer["NextToken"] = str(begin + size)
    return answer


@answers("service-quotas", "ListServices")
def list_services(asked: Asked) -> Any:
    """The services that have quotas here."""
    found = [{"ServiceCode": code, "ServiceName": name} for code, name in SERVICES.items()]
    return _page(asked, "Services", found)


@answers("service-quotas", "ListServiceQuotas", "ListAWSDefaultServiceQuotas")
def list_service_quotas(asked: Asked) -> Any:
    """A service's quotas: of this account, or as AWS gives them."""
    applied = asked.call.operation == "ListServiceQuotas"
    found = [_shown(asked, quota, applied=applied) for quota in _quotas(asked)]
    return _page(asked, "Quotas", found)


@answers("service-quotas", "GetServiceQuota", "GetAWSDefaultServiceQuota")
def get_service_quota(asked: Asked) -> Any:
    """One quota."""
    applied = asked.call.operation == "GetServiceQuota"
    return {"Quota": _shown(asked, _quota(asked), applied=applied)}


@answers("service-quotas", "RequestServiceQuotaIncrease")
def request_increase(asked: Asked) -> Any:
    """Ask AWS for more; a person there looks at it."""
    quota, desired = _quota(asked), float(asked.parameters["DesiredValue"])
    shown = _shown(asked, quota, applied=True)
    if not quota.adjustable or desired <= shown["Value"]:
        raise AwsError(
            "IllegalArgumentException",
            "You must provide a quota value greater than the current quota value.",
        )
    kept = _kept(asked).changes
    for change in kept.values():
        if change["QuotaArn"] == shown["QuotaArn"] and change["Status"] == "PENDING":
            raise AwsError(
                "ResourceAlreadyExistsException",
                "Only one open service quota increase request is allowed per quota.",
            )
    name = f"{asked.account.random.getrandbits(128):032x}"
    change = {key: value for key, value in shown.items() if key not in ("Value", "Adjustable")}
    change |= {
        "Id": name,
        "DesiredValue": desired,
        "Status": "PENDING",
        "Created": asked.now,
        "LastUpdated": asked.now,
        "QuotaRequestedAtLevel": change.pop("QuotaAppliedAtLevel"),
        "Requester": f'{{"accountId":"{asked.account.id}","callerArn":"{asked.principal.arn}"}}',
    }
    kept[name] = change
    return {"RequestedQuota": change}


@answers("service-quotas", "GetRequestedServiceQuotaChange")
def get_requested_change(asked: Asked) -> Any:
    """What became of a request."""
    found = _kept(asked).changes.get(asked.parameters["RequestId"])
    if found is None:
        raise AwsError(
            "NoSuchResourceException",
            "The request failed because the specified request does not exist.",
        )
    return {"RequestedQuota": found}


@answers(
    "service-quotas",
    "ListRequestedServiceQuotaChangeHistory",
    "ListRequestedServiceQuotaChangeHistoryByQuota",
)
def list_requested_changes(asked: Asked) -> Any:
    """The requests of the account."""
    found = list(_kept(asked).changes.values())
    for name in ("ServiceCode", "QuotaCode", "Status"):
        if wanted := asked.parameters.get(name):
            found = [change for change in found if change[name] == wanted]
    return _page(asked, "RequestedQuotas", found)
