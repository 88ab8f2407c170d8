"""The scenario "machines": two machines in default VPCs, which nobody chose.

AWS page: https://docs.aws.amazon.com/vpc/latest/userguide/default-vpc.html
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from helpers.lab.organization import SCP
from helpers.lab.scenarios.house import house
from helpers.lab.scenarios.instances import start_instance
from helpers.lab.scenarios.organization import MEMBER, take_in

if TYPE_CHECKING:
    from helpers.lab.lab import Lab

BOOKS, WEB = "bookkeeping", "webserver"
"""The two machines."""

REGION_OF = {BOOKS: "us-east-1", WEB: "eu-west-1"}

WIZARDS = "launch-wizard-1"
"""The security group that the console's launch wizard made, open for SSH."""

SSH, HTTPS = 22, 443
ANYWHERE = "0.0.0.0/0"


def machines(lab: Lab) -> None:
    """The house with two machines, and a second account in an organization with it.

    ``bookkeeping`` in us-east-1 is for nobody outside; its security group is open for SSH, as the
    console proposed. ``webserver`` in eu-west-1 serves everybody on port 443. SSH is open to
    everybody twice: by its own group, and by the Region's default one, which it is in, too. The
    account is the management account of an organization; ``lab.accounts["444455556666"]`` is its
    member in the unit "Workloads", with the user ``developer`` (``ec2:*``) and no SCP but AWS's.
    """
    house(lab)
    books = lab.root.client("ec2", region_name=REGION_OF[BOOKS])
    made = books.create_security_group(
        GroupName=WIZARDS, Description="launch-wizard-1 created 2026-11-02T09:00:00.000Z"
    )["GroupId"]
    _open(books, made, SSH)
    start_instance(books, BOOKS, made)
    web = lab.root.client("ec2", region_name=REGION_OF[WEB])
    own = web.create_security_group(GroupName="web", Description="The website")["GroupId"]
    default = web.describe_security_groups(GroupNames=["default"])["SecurityGroups"][0]["GroupId"]
    _open(web, own, HTTPS, SSH)
    _open(web, default, SSH)
    start_instance(web, WEB, own, default)
    _found_organization(lab)


def _open(ec2: Any, group: str, *ports: int) -> None:
    ec2.authorize_security_group_ingress(
        GroupId=group,
        IpPermissions=[
            {
                "IpProtocol": "tcp",
                "FromPort": port,
                "ToPort": port,
                "IpRanges": [{"CidrIp": ANYWHERE}],
            }
            for port in ports
        ],
    )


def _found_organization(lab: Lab) -> None:
    member = lab.add_account(MEMBER, "Workloads")
    iam = member.root.client("iam")
    iam.create_user(UserName="developer")
    iam.create_access_key(UserName="developer")
    machines_ = {"Effect": "Allow", "Action": "ec2:*", "Resource": "*"}
    iam.put_user_policy(
        UserName="developer",
        PolicyName="Machines",
        PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [machines_]}),
    )
    organizations = lab.root.client("organizations")
    organizations.create_organization(FeatureSet="ALL")
    top = organizations.list_roots()["Roots"][0]["Id"]
    take_in(organizations, member, top)
    organizations.enable_policy_type(RootId=top, PolicyType=SCP)
