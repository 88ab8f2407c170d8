"""CloudTrail logs in any number, shaped like those of a busy account.

Measurements need more events than anybody may publish. Each event here has the fields, the
nesting and about the length (1.3 kB) of those in real log files; files are gzip and hold a few
hundred events, in AWS's own folders. The same arguments give the same bytes.
"""

from __future__ import annotations

import gzip
import json
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

ACCOUNT = "111122223333"
BEGIN = datetime(2026, 9, 1, tzinfo=UTC)
DAYS = 90
PER_FILE = 300
USERS, ROLES = 30, 60
REGIONS = ("us-east-1", "us-east-1", "us-east-1", "eu-west-1", "ap-southeast-2")
AGENTS = (
    "aws-cli/2.31.9 md/awscrt#0.27.2 ua/2.1 os/linux#6.1.0 md/arch#x86_64 lang/python#3.13.7",
    "Boto3/1.40.1 md/Botocore#1.40.1 ua/2.1 os/linux#5.10.240-238.955.amzn2.x86_64 lang/python",
    "APN/1.0 HashiCorp/1.0 Terraform/1.13.3 aws-sdk-go-v2/1.39.0 os/linux lang/go#1.24.6",
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0",
)
_Draw = random.Random


def _id(draw: _Draw, letters: int) -> str:
    return "".join(draw.choices("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", k=letters))


def _hex(draw: _Draw, digits: int) -> str:
    return f"{draw.getrandbits(4 * digits):0{digits}x}"


def _uuid(draw: _Draw) -> str:
    text = _hex(draw, 32)
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


def _bucket(draw: _Draw) -> str:
    return f"example-{draw.choice(('logs', 'reports', 'images', 'backup'))}-{draw.randrange(9)}"


def _key(draw: _Draw) -> str:
    return f"{draw.randrange(2020, 2027)}/{draw.randrange(12):02}/part-{_hex(draw, 12)}.parquet"


def _s3(draw: _Draw) -> dict[str, Any]:
    bucket = _bucket(draw)
    return {"bucketName": bucket, "Host": f"{bucket}.s3.amazonaws.com", "key": _key(draw)}


def _instances(draw: _Draw) -> dict[str, Any]:
    items = [{"instanceId": f"i-{_hex(draw, 17)}"} for _ in range(draw.randrange(1, 5))]
    return {"instancesSet": {"items": items}, "filterSet": {}, "maxResults": 100}


def _filters(draw: _Draw) -> dict[str, Any]:
    values = [{"value": f"sg-{_hex(draw, 17)}"} for _ in range(draw.randrange(1, 4))]
    return {"filterSet": {"items": [{"name": "group-id", "valueSet": {"items": values}}]}}


def _stream(draw: _Draw) -> dict[str, Any]:
    name = f"2026/11/{draw.randrange(28):02}/[$LATEST]{_hex(draw, 32)}"
    return {"logGroupName": f"/aws/lambda/job-{draw.randrange(40)}", "logStreamName": name}


def _table(draw: _Draw) -> dict[str, Any]:
    return {"tableName": f"orders-{draw.randrange(12)}", "key": {"id": _uuid(draw)}}


def _assume(draw: _Draw) -> dict[str, Any]:
    role = f"arn:aws:iam::{ACCOUNT}:role/app/job-{draw.randrange(ROLES)}"
    return {"roleArn": role, "roleSessionName": f"run-{_hex(draw, 10)}", "durationSeconds": 3600}


def _function(draw: _Draw) -> dict[str, Any]:
    arn = f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:job-{draw.randrange(40)}"
    return {"functionName": arn, "invocationType": "Event"}


def _secret(draw: _Draw) -> dict[str, Any]:
    arn = f"arn:aws:secretsmanager:us-east-1:{ACCOUNT}:secret:db-{draw.randrange(20)}-AbCdEf"
    return {"secretId": arn, "versionStage": "AWSCURRENT"}


def _decrypt(draw: _Draw) -> dict[str, Any]:
    context = {"aws:s3:arn": f"arn:aws:s3:::{_bucket(draw)}/{_key(draw)}"}
    return {"encryptionContext": context, "encryptionAlgorithm": "SYMMETRIC_DEFAULT"}


def _user(draw: _Draw) -> dict[str, Any]:
    return {"userName": f"user-{draw.randrange(USERS)}"}


def _nothing(draw: _Draw) -> None:
    return None


# (how often, event source, event name, parameters, reads only, data event)
_CALLS: tuple[tuple[int, str, str, Callable[[_Draw], Any], bool, bool], ...] = (
    (16, "s3", "GetObject", _s3, True, True),
    (6, "s3", "PutObject", _s3, False, True),
    (2, "s3", "HeadObject", _s3, True, True),
    (3, "s3", "GetBucketAcl", _s3, True, False),
    (3, "s3", "ListBuckets", _nothing, True, False),
    (12, "ec2", "DescribeInstances", _instances, True, False),
    (6, "ec2", "DescribeSecurityGroups", _filters, True, False),
    (4, "ec2", "DescribeVolumes", _filters, True, False),
    (2, "ec2", "DescribeRegions", _nothing, True, False),
    (9, "logs", "CreateLogStream", _stream, False, False),
    (5, "dynamodb", "GetItem", _table, True, True),
    (3, "dynamodb", "DescribeTable", _table, True, False),
    (9, "sts", "AssumeRole", _assume, True, False),
    (2, "sts", "GetCallerIdentity", _nothing, True, False),
    (6, "kms", "Decrypt", _decrypt, True, False),
    (4, "kms", "GenerateDataKey", _decrypt, True, False),
    (4, "lambda", "Invoke", _function, False, True),
    (1, "lambda", "GetFunctionConfiguration20150331v2", _function, True, False),
    (3, "secretsmanager", "GetSecretValue", _secret, True, False),
    (3, "monitoring", "DescribeAlarms", _nothing, True, False),
    (2, "iam", "GetUser", _user, True, False),
    (1, "iam", "ListAttachedUserPolicies", _user, True, False),
    (1, "iam", "ListRoles", _nothing, True, False),
    (1, "ssm", "UpdateInstanceInformation", _nothing, False, False),
)
_WEIGHTS = [call[0] for call in _CALLS]


@dataclass
class _Events:
    draw: _Draw
    account: str = ACCOUNT
    keys: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.keys = [f"AKIA{_id(self.draw, 16)}" for _ in range(USERS)]

    def event(self, at: datetime) -> dict[str, Any]:
        draw = self.draw
        _, source, name, parameters, reads, data = draw.choices(_CALLS, _WEIGHTS)[0]
        given = parameters(draw)
        found = {
            "eventVersion": "1.11",
            "userIdentity": self._identity(at, name),
            "eventTime": f"{at:%Y-%m-%dT%H:%M:%SZ}",
            "eventSource": f"{source}.amazonaws.com",
            "eventName": name,
            "awsRegion": draw.choice(REGIONS),
            "sourceIPAddress": f"203.0.113.{draw.randrange(256)}",
            "userAgent": f"[{draw.choice(AGENTS)}]",
        }
        if draw.random() < 0.03:
            found["errorCode"] = "AccessDenied"
            who, action = found["userIdentity"].get("arn"), f"{source}:{name}"
            found["errorMessage"] = (
                f"User: {who} is not authorized to perform: {action} because no identity-based "
                f"policy allows the {action} action"
            )
        found |= {
            "requestParameters": given,
            "responseElements": self._answer(name),
            "additionalEventData": {
                "SignatureVersion": "SigV4",
                "CipherSuite": "TLS_AES_128_GCM_SHA256",
                "bytesTransferredIn": 0,
                "x-amz-id-2": _hex(draw, 76),
                "bytesTransferredOut": draw.randrange(10**6),
            },
            "requestID": _uuid(draw),
            "eventID": _uuid(draw),
            "readOnly": reads,
            "eventType": "AwsApiCall",
            "managementEvent": not data,
            "recipientAccountId": self.account,
            "eventCategory": "Data" if data else "Management",
            "tlsDetails": {
                "tlsVersion": "TLSv1.3",
                "cipherSuite": "TLS_AES_128_GCM_SHA256",
                "clientProvidedHostHeader": f"{source}.us-east-1.amazonaws.com",
            },
        }
        return found

    def _identity(self, at: datetime, name: str) -> dict[str, Any]:
        draw = self.draw
        if name == "AssumeRole" and draw.random() < 0.6:
            return {"type": "AWSService", "invokedBy": "lambda.amazonaws.com"}
        if draw.random() < 0.15:
            number = draw.randrange(USERS)
            return {
                "type": "IAMUser",
                "principalId": f"AIDA{number:017}",
                "arn": f"arn:aws:iam::{self.account}:user/user-{number}",
                "accountId": self.account,
                "accessKeyId": self.keys[number],
                "userName": f"user-{number}",
            }
        number = draw.randrange(ROLES)
        session = f"job-{draw.randrange(40)}"
        return {
            "type": "AssumedRole",
            "principalId": f"AROA{number:017}:{session}",
            "arn": f"arn:aws:sts::{self.account}:assumed-role/job-{number}/{session}",
            "accountId": self.account,
            "accessKeyId": f"ASIA{_id(draw, 16)}",
            "sessionContext": {
                "sessionIssuer": {
                    "type": "Role",
                    "principalId": f"AROA{number:017}",
                    "arn": f"arn:aws:iam::{self.account}:role/app/job-{number}",
                    "accountId": self.account,
                    "userName": f"job-{number}",
                },
                "attributes": {
                    "creationDate": f"{at:%Y-%m-%dT%H:00:00Z}",
                    "mfaAuthenticated": "false",
                },
            },
        }

    def _answer(self, name: str) -> Any:
        if name != "AssumeRole":
            return None
        draw = self.draw
        number = draw.randrange(ROLES)
        return {
            "credentials": {
                "accessKeyId": f"ASIA{_id(draw, 16)}",
                "sessionToken": _id(draw, 300),
                "expiration": "Nov 2, 2026, 10:00:00 AM",
            },
            "assumedRoleUser": {
                "assumedRoleId": f"AROA{number:017}:run",
                "arn": f"arn:aws:sts::{self.account}:assumed-role/job-{number}/run",
            },
        }


def write(folder: Path, events: int, *, per_file: int = PER_FILE, seed: int = 7) -> list[Path]:
    """Write log files with so many events in all, spread over 90 days; returns their paths."""
    return list(_files(folder, events, per_file, random.Random(seed)))


def _files(folder: Path, events: int, per_file: int, draw: random.Random) -> Iterator[Path]:
    made = _Events(draw)
    step = timedelta(days=DAYS) / max(events, 1)
    for first in range(0, events, per_file):
        times = [BEGIN + step * n for n in range(first, min(first + per_file, events))]
        end = times[-1]
        inside = folder / f"AWSLogs/{ACCOUNT}/CloudTrail/us-east-1/{end:%Y/%m/%d}"
        inside.mkdir(parents=True, exist_ok=True)
        name = f"{ACCOUNT}_CloudTrail_us-east-1_{end:%Y%m%dT%H%MZ}_{_id(draw, 16)}.json.gz"
        text = json.dumps({"Records": [made.event(at) for at in times]}, separators=(",", ":"))
        path = inside / name
        path.write_bytes(gzip.compress(text.encode(), 6, mtime=0))
        yield path
