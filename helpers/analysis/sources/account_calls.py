"""The read-only calls that tell how an account is kept, and what of their answers is read.

Answers come from clients, from files, from another machine: whatever is used of one is checked
against a shape first, so that nobody else has to ask what is there.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from helpers.analysis.trail.usage import moment


class CannotTell(ValueError):
    """What the answers do not tell; the text says why, as a clause."""


class Time:
    """In a shape: a time, as ISO 8601 text."""


class ReadCall(NamedTuple):
    """A call of the AWS API that only reads."""

    service: str
    """boto3's name of the client."""
    method: str
    """boto3's name of the method."""
    shape: Any
    """What is read of the answer: a type, ``[shape]`` for a list, or a dict of shapes, whose keys
    end in ``?`` where the answer may lack them."""
    absent: tuple[str, ...] = ()
    """Codes of errors which say that there is no such thing."""


_GRANTS = {"Grants": [{"Grantee": {"URI?": str}, "Permission": str}]}
_BLOCK = {
    "PublicAccessBlockConfiguration": {
        "BlockPublicAcls?": bool,
        "IgnorePublicAcls?": bool,
        "BlockPublicPolicy?": bool,
        "RestrictPublicBuckets?": bool,
    }
}
_RULES = [
    {
        "IpProtocol": str,
        "FromPort?": int,
        "ToPort?": int,
        "UserIdGroupPairs?": [{"GroupId?": str, "UserId?": str}],
        "IpRanges?": [{"CidrIp": str}],
        "Ipv6Ranges?": [{"CidrIpv6": str}],
        "PrefixListIds?": [{"PrefixListId": str}],
    }
]
_SELECTORS = {
    "EventSelectors?": [
        {
            "ReadWriteType?": str,
            "IncludeManagementEvents?": bool,
            "DataResources?": [{"Type": str, "Values?": [str]}],
            "ExcludeManagementEventSources?": [str],
        }
    ],
    "AdvancedEventSelectors?": [{"Name?": str, "FieldSelectors": [dict]}],
}

CALLS: Mapping[str, ReadCall] = {
    "sts:GetCallerIdentity": ReadCall("sts", "get_caller_identity", {"Account": str, "Arn": str}),
    "iam:GetAccountSummary": ReadCall(
        "iam",
        "get_account_summary",
        {"SummaryMap": {"AccountMFAEnabled": int, "AccountAccessKeysPresent": int}},
    ),
    "iam:GetAccountPasswordPolicy": ReadCall(
        "iam",
        "get_account_password_policy",
        {
            "PasswordPolicy": {
                "MinimumPasswordLength": int,
                "PasswordReusePrevention?": int,
                "MaxPasswordAge?": int,
                "RequireSymbols?": bool,
                "RequireNumbers?": bool,
                "RequireUppercaseCharacters?": bool,
                "RequireLowercaseCharacters?": bool,
                "AllowUsersToChangePassword?": bool,
                "HardExpiry?": bool,
            }
        },
        ("NoSuchEntity",),
    ),
    "iam:GetCredentialReport": ReadCall(
        "iam", "get_credential_report", {"Content": str, "GeneratedTime?": Time}
    ),
    "iam:GetAccountAuthorizationDetails": ReadCall(
        "iam", "get_account_authorization_details", dict
    ),
    "iam:ListVirtualMFADevices": ReadCall(
        "iam",
        "list_virtual_mfa_devices",
        {"VirtualMFADevices": [{"SerialNumber": str, "User?": {"Arn?": str}}]},
    ),
    "iam:ListAccessKeys": ReadCall(
        "iam",
        "list_access_keys",
        {"AccessKeyMetadata": [{"AccessKeyId": str, "Status": str, "CreateDate": Time}]},
        ("NoSuchEntity",),
    ),
    "iam:ListOrganizationsFeatures": ReadCall(
        "iam", "list_organizations_features", {"EnabledFeatures?": [str]}
    ),
    "organizations:DescribeOrganization": ReadCall(
        "organizations",
        "describe_organization",
        {"Organization": {"Id": str, "MasterAccountId": str}},
        ("AWSOrganizationsNotInUseException",),
    ),
    "account:GetAlternateContact": ReadCall(
        "account",
        "get_alternate_contact",
        {"AlternateContact": {"EmailAddress": str}},
        ("ResourceNotFoundException",),
    ),
    "cloudtrail:DescribeTrails": ReadCall(
        "cloudtrail",
        "describe_trails",
        {
            "trailList": [
                {
                    "Name": str,
                    "TrailARN": str,
                    "HomeRegion": str,
                    "S3BucketName": str,
                    "IsMultiRegionTrail?": bool,
                    "LogFileValidationEnabled?": bool,
                }
            ]
        },
    ),
    "cloudtrail:GetTrailStatus": ReadCall("cloudtrail", "get_trail_status", {"IsLogging": bool}),
    "cloudtrail:GetEventSelectors": ReadCall("cloudtrail", "get_event_selectors", _SELECTORS),
    "access-analyzer:ListAnalyzers": ReadCall(
        "accessanalyzer",
        "list_analyzers",
        {"analyzers": [{"arn": str, "type": str, "status": str}]},
    ),
    "s3:ListBuckets": ReadCall("s3", "list_buckets", {"Buckets": [{"Name": str}]}),
    "s3:GetPublicAccessBlock": ReadCall(
        "s3", "get_public_access_block", _BLOCK, ("NoSuchPublicAccessBlockConfiguration",)
    ),
    "s3:GetBucketPolicy": ReadCall(
        "s3", "get_bucket_policy", {"Policy": str}, ("NoSuchBucketPolicy",)
    ),
    "s3:GetBucketPolicyStatus": ReadCall(
        "s3",
        "get_bucket_policy_status",
        {"PolicyStatus": {"IsPublic": bool}},
        ("NoSuchBucketPolicy",),
    ),
    "s3:GetBucketAcl": ReadCall("s3", "get_bucket_acl", _GRANTS),
    "s3:GetBucketOwnershipControls": ReadCall(
        "s3",
        "get_bucket_ownership_controls",
        {"OwnershipControls": {"Rules": [{"ObjectOwnership": str}]}},
        ("OwnershipControlsNotFoundError",),
    ),
    "s3:GetBucketVersioning": ReadCall(
        "s3", "get_bucket_versioning", {"Status?": str, "MFADelete?": str}
    ),
    "s3control:GetPublicAccessBlock": ReadCall(
        "s3control", "get_public_access_block", _BLOCK, ("NoSuchPublicAccessBlockConfiguration",)
    ),
    "ec2:DescribeRegions": ReadCall("ec2", "describe_regions", {"Regions": [{"RegionName": str}]}),
    "ec2:DescribeSecurityGroups": ReadCall(
        "ec2",
        "describe_security_groups",
        {
            "SecurityGroups": [
                {
                    "GroupId": str,
                    "GroupName": str,
                    "IpPermissions": _RULES,
                    "IpPermissionsEgress": _RULES,
                }
            ]
        },
    ),
    "ec2:DescribeVpcs": ReadCall(
        "ec2", "describe_vpcs", {"Vpcs": [{"VpcId": str, "IsDefault?": bool}]}
    ),
    "ec2:DescribeNetworkInterfaces": ReadCall(
        "ec2",
        "describe_network_interfaces",
        {
            "NetworkInterfaces": [
                {"NetworkInterfaceId": str, "VpcId": str, "Attachment?": {"InstanceId?": str}}
            ]
        },
    ),
    "ec2:DescribeInstances": ReadCall(
        "ec2",
        "describe_instances",
        {
            "Reservations": [
                {
                    "Instances": [
                        {
                            "InstanceId": str,
                            "State?": {"Name?": str},
                            "MetadataOptions?": {"HttpTokens?": str, "HttpEndpoint?": str},
                        }
                    ]
                }
            ]
        },
    ),
    "ec2:GetEbsEncryptionByDefault": ReadCall(
        "ec2", "get_ebs_encryption_by_default", {"EbsEncryptionByDefault": bool}
    ),
    "ec2:GetSnapshotBlockPublicAccessState": ReadCall(
        "ec2", "get_snapshot_block_public_access_state", {"State": str}
    ),
}
"""The calls by their names, service and operation as AWS's records write them."""

BY_REGION = tuple(
    name
    for name in CALLS
    if name.startswith(("access-analyzer:", "ec2:")) and name != "ec2:DescribeRegions"
)
"""Calls that are made in every Region."""

BY_BUCKET = (
    "s3:GetPublicAccessBlock",
    "s3:GetBucketPolicy",
    "s3:GetBucketPolicyStatus",
    "s3:GetBucketAcl",
    "s3:GetBucketOwnershipControls",
    "s3:GetBucketVersioning",
)
"""Calls that are made of every bucket."""


def shaped(value: Any, shape: Any, path: str) -> Any:
    """``value`` with what the shape names and nothing else.

    Raises:
        CannotTell: Something is missing or of another type; the text names its path.

    >>> shaped({"Account": "111122223333", "UserId": "x"}, {"Account": str}, "answer")
    {'Account': '111122223333'}
    >>> shaped({"Buckets": [{"Name": 7}]}, {"Buckets": [{"Name": str}]}, "answer")
    Traceback (most recent call last):
    helpers.analysis.sources.account_calls.CannotTell: answer.Buckets[0].Name is no text
    """
    if isinstance(shape, dict):
        if not isinstance(value, Mapping):
            raise CannotTell(f"{path} is no object")
        found = {}
        for key, inner in shape.items():
            name = key.removesuffix("?")
            if value.get(name) is not None:
                found[name] = shaped(value[name], inner, f"{path}.{name}")
            elif name == key:
                raise CannotTell(f"{path} has no {name}")
        return found
    if isinstance(shape, list):
        if not isinstance(value, list | tuple):
            raise CannotTell(f"{path} is no list")
        return [shaped(one, shape[0], f"{path}[{place}]") for place, one in enumerate(value)]
    if shape is Time:
        at = moment(value)
        if at is None:
            raise CannotTell(f"{path} is no time")
        return at
    if not isinstance(value, shape) or (shape is int and isinstance(value, bool)):
        raise CannotTell(f"{path} is no {_WORDS[shape]}")
    return value


_WORDS = {str: "text", int: "number", bool: "truth value", dict: "object"}
