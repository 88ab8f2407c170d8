"""How the exports of a real account are made: read-only commands, and the policy that allows them.

The commands are for the AWS CLI and bash (AWS CloudShell has both). They change nothing in the
account but its credential report, which IAM makes anew at most every four hours. They work in the
lab as well: ``lab.serve()`` gives the CLI its address.

AWS: https://docs.aws.amazon.com/cli/latest/reference/iam/,
https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_getting-report.html,
https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_last-accessed-view-data-api.html
"""

from __future__ import annotations

import re
from typing import Any

BUCKET = "BUCKET"
"""In commands and policy, where the name of the bucket goes that the trail delivers to."""

COMMANDS = {
    "authorization details": """\
aws iam get-account-authorization-details > authorization-details.json
""",
    "credential report": """\
while aws iam generate-credential-report --output text | grep -v COMPLETE; do sleep 2; done
aws iam get-credential-report --query Content --output text | base64 -d > credential-report.csv
""",
    "last accessed": """\
mkdir -p last-accessed/user last-accessed/role
for arn in $(aws iam list-users --query 'Users[].Arn' --output text) \\
           $(aws iam list-roles --query 'Roles[].Arn' --output text); do
  kind=${arn#*:*:*:*:*:}
  job=$(aws iam generate-service-last-accessed-details --arn "$arn" \\
    --query JobId --output text) || break
  file=last-accessed/${kind%%/*}/${arn##*/}.json
  while aws iam get-service-last-accessed-details --job-id "$job" --max-items 1000 > "$file" \\
    && grep -q '"IN_PROGRESS"' "$file"; do sleep 2; done
done
""",
    "CloudTrail records": """\
aws s3 cp --recursive s3://BUCKET/AWSLogs/ trail
""",
}
"""Kind of export → the commands that make it, to be run in an empty folder. They wait for what AWS
takes its time for, and end when a call is refused."""

WITHOUT_A_TRAIL = """\
for region in $(aws account list-regions --region-opt-status-contains ENABLED ENABLED_BY_DEFAULT \\
    --query 'Regions[].RegionName' --output text); do
  aws cloudtrail lookup-events --region "$region" > "events-$region.json"
done
"""
"""In place of the trail's files where there is no trail: the event history, 90 days of management
events. It is slow: two questions a second, fifty events each."""


def policy(bucket: str) -> dict[str, Any]:
    """The policy of a user or role who may make the exports, and nothing else.

    ``bucket`` is the one that the trail delivers to. Raises ``ValueError`` for what is no
    bucket's name.

    >>> [statement["Sid"] for statement in policy("example-trail")["Statement"]]
    ['WhatWasGranted', 'WhatWasDone', 'TheLogs']
    """
    if not re.fullmatch(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]", bucket):
        raise ValueError(f"bucket: {bucket!r} is no name of a bucket, such as 'example-trail'")
    return {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Sid": "WhatWasGranted",
                "Effect": "Allow",
                "Action": [
                    "iam:GenerateCredentialReport",
                    "iam:GenerateServiceLastAccessedDetails",
                    "iam:GetAccountAuthorizationDetails",
                    "iam:GetCredentialReport",
                    "iam:GetServiceLastAccessedDetails",
                    "iam:ListRoles",
                    "iam:ListUsers",
                ],
                "Resource": "*",
            },
            {
                "Sid": "WhatWasDone",
                "Effect": "Allow",
                "Action": ["account:ListRegions", "cloudtrail:LookupEvents"],
                "Resource": "*",
            },
            {
                "Sid": "TheLogs",
                "Effect": "Allow",
                "Action": ["s3:GetObject", "s3:ListBucket"],
                "Resource": [f"arn:aws:s3:::{bucket}", f"arn:aws:s3:::{bucket}/AWSLogs/*"],
            },
        ],
    }
