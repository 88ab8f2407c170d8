"""Starting an instance as a story's people would."""

from __future__ import annotations

from typing import Any

IMAGE = "ami-04681a1dbd79675a5"
"""An Amazon Linux image, the same in every Region of the lab."""


def start_instance(ec2: Any, name: str, *groups: str, **others: Any) -> str:
    """Start an instance with that name in these security groups; its id."""
    started = ec2.run_instances(
        ImageId=IMAGE,
        InstanceType="t3.small",
        MinCount=1,
        MaxCount=1,
        SecurityGroupIds=list(groups),
        ClientToken=name,  # boto3 would make up another one each time
        TagSpecifications=[{"ResourceType": "instance", "Tags": [{"Key": "Name", "Value": name}]}],
        **others,
    )
    return str(started["Instances"][0]["InstanceId"])
