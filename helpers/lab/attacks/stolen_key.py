"""What goes wrong with a program's access key: a slip of its owner's, and a thief's first hour.

Both act through boto3, with the program's own credentials, on any account. They break things:
``Keepsake`` takes down beforehand what is in the buckets, and brings it back; ``expel`` shows the
thief out.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from helpers.lab.attacks.machines import amazon_image
from helpers.lab.attacks.step import NO_WAY_IN, Step, attempt
from helpers.lab.caller import Caller

ADMINISTRATOR_ACCESS = "arn:aws:iam::aws:policy/AdministratorAccess"

ELSEWHERE = "198.51.100.23"
"""Where the thief sits: an address kept for documentation."""

THIEFS_USER = "svc-backup"
MACHINE = "c5.4xlarge"
"""A machine with many processors, as miners like them."""


def accident(program: Caller, bucket: str, key: str) -> list[Step]:
    """A clean-up run with the program's key and the wrong bucket: it hits the file ``key``."""
    s3 = program.client("s3")
    return [
        attempt(f"empty {bucket}/{key}", s3.put_object, Bucket=bucket, Key=key, Body=b"")[0],
        attempt(f"delete {bucket}/{key}", s3.delete_object, Bucket=bucket, Key=key)[0],
    ]


def stolen_key(program: Caller, bucket: str, key: str) -> list[Step]:
    """What a thief tries with the program's key, from an address elsewhere."""
    thief = program.at(ELSEWHERE)
    session = thief.session  # one for all clients: making a session takes longer than a call
    iam, ec2, s3 = (session.client(service) for service in ("iam", "ec2", "s3"))
    name = "start a big machine"
    machine, image = attempt(name, amazon_image, ec2=ec2)
    if image is not None:
        machine, _ = attempt(
            name,
            ec2.run_instances,
            ImageId=image,
            InstanceType=MACHINE,
            MinCount=1,
            MaxCount=1,
        )
    made, _ = attempt("make a user", iam.create_user, UserName=THIEFS_USER)
    raised = Step("make it an administrator", False, NO_WAY_IN)
    if made.worked:
        raised, _ = attempt(
            raised.name,
            iam.attach_user_policy,
            UserName=THIEFS_USER,
            PolicyArn=ADMINISTRATOR_ACCESS,
        )
    taken, _ = attempt(f"take {bucket}/{key}", s3.get_object, Bucket=bucket, Key=key)
    return [machine, made, raised, taken]


def expel(owner: Caller) -> None:
    """The thief's user and machines go; ``owner`` may do everything."""
    iam, ec2 = owner.client("iam"), owner.client("ec2")
    if any(user["UserName"] == THIEFS_USER for user in iam.list_users()["Users"]):
        attached = iam.list_attached_user_policies(UserName=THIEFS_USER)["AttachedPolicies"]
        for policy in attached:
            iam.detach_user_policy(UserName=THIEFS_USER, PolicyArn=policy["PolicyArn"])
        iam.delete_user(UserName=THIEFS_USER)
    wanted = [
        {"Name": "instance-type", "Values": [MACHINE]},
        {"Name": "instance-state-name", "Values": ["pending", "running"]},
    ]
    found = [
        instance["InstanceId"]
        for reservation in ec2.describe_instances(Filters=wanted)["Reservations"]
        for instance in reservation["Instances"]
    ]
    if found:
        ec2.terminate_instances(InstanceIds=found)


class Keepsake:
    """What lies in the buckets, to be brought back after a replay.

    ``s3`` is a client of somebody who may do everything.
    """

    def __init__(self, s3: Any, *buckets: str) -> None:
        self._s3 = s3
        self._objects = {bucket: dict(self._look(bucket)) for bucket in buckets}

    def restore(self) -> None:
        """The buckets as they were."""
        for bucket, before in self._objects.items():
            now = dict(self._look(bucket))
            for key in now.keys() - before.keys():
                self._s3.delete_object(Bucket=bucket, Key=key)
            for key, body in before.items():
                if now.get(key) != body:
                    self._s3.put_object(Bucket=bucket, Key=key, Body=body)

    def _look(self, bucket: str) -> Iterator[tuple[str, bytes]]:
        for item in self._s3.list_objects_v2(Bucket=bucket).get("Contents", ()):
            found = self._s3.get_object(Bucket=bucket, Key=item["Key"])
            yield item["Key"], found["Body"].read()
