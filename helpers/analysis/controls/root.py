"""Controls on the root user and on whom AWS calls when something is wrong.

AWS: https://docs.aws.amazon.com/IAM/latest/UserGuide/root-user-best-practices.html
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from helpers.analysis.controls.control import Evidence, Severity, bad, control, good, verdict
from helpers.analysis.controls.mending import Ask, Document, Step
from helpers.analysis.snapshot import Snapshot
from helpers.analysis.sources.account_calls import CannotTell

QUIET = timedelta(days=30)
"""How long the root user must not have been used."""

ROOT_ROW = "<root_account>"
SUPPORT = "arn:aws:iam::aws:policy/AWSSupportAccess"


def enrolment(account: str, user: str) -> tuple[Step, Step]:
    """The calls that give a user an authenticator app; ``user`` "root" for the root user."""
    name = f"{user}-app"
    return (
        Step(
            "iam",
            "create_virtual_mfa_device",
            {"VirtualMFADeviceName": name},
            keep="device",
            then="open('qr.png', 'wb').write(device['VirtualMFADevice']['QRCodePNG'])",
            flags="--outfile qr.png --bootstrap-method QRCodePNG",
        ),
        Step(
            "iam",
            "enable_mfa_device",
            {
                "UserName": user,
                "SerialNumber": f"arn:aws:iam::{account}:mfa/{name}",
                "AuthenticationCode1": Ask("the code that the app shows"),
                "AuthenticationCode2": Ask("the code that it shows next"),
            },
        ),
    )


@control(
    "root-access-key",
    "The root user has no access key",
    why="Its key can do everything, no policy holds it back, and it works without MFA.",
    mend="Give the work that uses the key to a role. Then, signed in as root, delete the key.",
    severity=Severity.CRITICAL,
    calls=["iam:GetAccountSummary", "sts:GetCallerIdentity"],
    cis="2.4",
    security_hub="IAM.4",
)
def root_access_key(snapshot: Snapshot) -> Iterator[Evidence]:
    keys = _summary(snapshot)["AccountAccessKeysPresent"]
    yield verdict(
        not keys,
        _root(snapshot),
        "it has no access key",
        "it has an access key",
        Step(
            "iam",
            "list_access_keys",
            keep="keys",
            then="print([key['AccessKeyId'] for key in keys['AccessKeyMetadata']])",
        ),
        Step("iam", "delete_access_key", {"AccessKeyId": Ask("the id of root's access key")}),
    )


@control(
    "root-mfa",
    "The root user needs MFA to sign in",
    why="Whoever learns its password has the whole account, unless a second factor is asked for.",
    mend="Sign in as root, scan the picture with an authenticator app, and type two codes in a "
    "row. A security key is better still; it is enrolled in the console.",
    severity=Severity.CRITICAL,
    calls=["iam:GetAccountSummary", "sts:GetCallerIdentity"],
    cis="2.5",
    security_hub="IAM.9",
)
def root_mfa(snapshot: Snapshot) -> Iterator[Evidence]:
    enabled = _summary(snapshot)["AccountMFAEnabled"]
    yield verdict(
        bool(enabled),
        _root(snapshot),
        "it has an MFA device",
        "it has no MFA device",
        *enrolment(snapshot.account, "root"),
    )


@control(
    "root-hardware-mfa",
    "The root user's MFA device is hardware",
    why="The seed of an app can be copied, and its codes can be phished; a security key's secret "
    "stays in the key.",
    mend="Sign in to the console as root, add a security key or a hardware token under security "
    "credentials, try it, and remove the app.",
    severity=Severity.MEDIUM,
    calls=["iam:GetAccountSummary", "iam:ListVirtualMFADevices", "sts:GetCallerIdentity"],
    cis="2.6",
    security_hub="IAM.6",
    by_hand=True,
)
def root_hardware_mfa(snapshot: Snapshot) -> Iterator[Evidence]:
    root = _root(snapshot)
    if not _summary(snapshot)["AccountMFAEnabled"]:
        yield bad(root, "it has no MFA device")
        return
    devices = snapshot.answer("iam:ListVirtualMFADevices")["VirtualMFADevices"]
    virtual = [one["SerialNumber"] for one in devices if one.get("User", {}).get("Arn") == root]
    yield verdict(
        not virtual,
        root,
        "its MFA device is no virtual one",
        f"it has a virtual MFA device: {', '.join(virtual)}",
    )


@control(
    "root-unused",
    "The root user was not used lately",
    why="Daily work as root makes its credentials easy to lose, and nothing limits a mistake.",
    mend="Work as an administrator of your own. Keep root for the few tasks that ask for it; "
    "this control passes when it has rested for 30 days.",
    severity=Severity.MEDIUM,
    calls=["iam:GetCredentialReport"],
    cis="2.7",
    security_hub="IAM.20",
    by_hand=True,
)
def root_unused(snapshot: Snapshot) -> Iterator[Evidence]:
    row = next((one for one in snapshot.credentials if one["user"] == ROOT_ROW), None)
    if row is None:
        raise CannotTell("the credential report has no line of the root user")
    root = row["arn"] or ROOT_ROW
    uses = {
        "its password": row["password_last_used"],
        "its first access key": row["access_key_1_last_used_date"],
        "its second access key": row["access_key_2_last_used_date"],
    }
    for what, at in uses.items():
        if at is not None and snapshot.taken_at - at < QUIET:
            yield bad(root, f"{what} was used on {at:%Y-%m-%d}")
    last = max((at for at in uses.values() if at is not None), default=None)
    yield good(root, f"it was last used on {last:%Y-%m-%d}" if last else "no use is known of")


@control(
    "central-root-access",
    "Root users of member accounts are ruled centrally",
    why="A member account without root credentials has none that could be stolen.",
    mend="In the management account, trust IAM in Organizations and turn on central management of "
    "root credentials; then delete those of the members.",
    severity=Severity.MEDIUM,
    calls=[
        "organizations:DescribeOrganization",
        "iam:ListOrganizationsFeatures",
        "sts:GetCallerIdentity",
    ],
    cis="2.1.1",
)
def central_root_access(snapshot: Snapshot) -> Iterator[Evidence]:
    found = snapshot.answer("organizations:DescribeOrganization")
    if found is None:
        yield good("organization", "the account is in none, so that it has no member accounts")
        return
    organization = found["Organization"]
    if organization["MasterAccountId"] != snapshot.account:
        raise CannotTell("the account is a member, and its management account decides this")
    steps = (
        Step(
            "organizations",
            "enable_aws_service_access",
            {"ServicePrincipal": "iam.amazonaws.com"},
        ),
        Step("iam", "enable_organizations_root_credentials_management"),
    )
    call = "iam:ListOrganizationsFeatures"
    if snapshot.refusal(call).startswith("ServiceAccessNotEnabled"):
        yield bad(organization["Id"], "it does not trust IAM", *steps)
        return
    features = snapshot.answer(call).get("EnabledFeatures", [])
    yield verdict(
        "RootCredentialsManagement" in features,
        organization["Id"],
        "root credentials are managed centrally",
        "root credentials are not managed centrally",
        *steps,
    )


@control(
    "security-contact",
    "AWS knows whom to write to about security",
    why="Without a security contact AWS writes to root's address, which often nobody reads.",
    mend="Name people who read it every day: a shared address, a number that somebody answers.",
    severity=Severity.MEDIUM,
    calls=["account:GetAlternateContact"],
    cis="2.3",
    security_hub="Account.1",
)
def security_contact(snapshot: Snapshot) -> Iterator[Evidence]:
    found = snapshot.answer("account:GetAlternateContact", of="SECURITY")
    address = found["AlternateContact"]["EmailAddress"] if found else ""
    yield verdict(
        bool(address),
        "account",
        f"its security contact is {address}",
        "it has no security contact",
        Step(
            "account",
            "put_alternate_contact",
            {
                "AlternateContactType": "SECURITY",
                "Name": Ask("name of the security contact"),
                "Title": Ask("their title"),
                "EmailAddress": Ask("their email address"),
                "PhoneNumber": Ask("their telephone number"),
            },
        ),
    )


@control(
    "support-role",
    "Somebody may ask AWS Support for help",
    why="In an emergency a case has to be opened at once, and not by the root user.",
    mend="Make a role with the policy AWSSupportAccess, which the people on call may assume.",
    severity=Severity.LOW,
    calls=["iam:GetAccountAuthorizationDetails", "sts:GetCallerIdentity"],
    cis="2.15",
    security_hub="IAM.18",
)
def support_role(snapshot: Snapshot) -> Iterator[Evidence]:
    lists = snapshot.details.mapping
    holders = [
        entry.get("Arn") or entry["GroupName"]
        for name in ("UserDetailList", "GroupDetailList", "RoleDetailList")
        for entry in lists[name]
        if any(one["PolicyArn"] == SUPPORT for one in entry.get("AttachedManagedPolicies") or ())
    ]
    for holder in holders:
        yield good(holder, "it has AWSSupportAccess")
    if holders:
        return
    trust = {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"AWS": f"arn:aws:iam::{snapshot.account}:root"},
                "Action": "sts:AssumeRole",
            }
        ],
    }
    yield bad(
        "account",
        "nobody has the policy AWSSupportAccess",
        Step(
            "iam",
            "create_role",
            {"RoleName": "support", "AssumeRolePolicyDocument": Document(trust)},
        ),
        Step("iam", "attach_role_policy", {"RoleName": "support", "PolicyArn": SUPPORT}),
    )


def _summary(snapshot: Snapshot) -> dict[str, int]:
    return snapshot.answer("iam:GetAccountSummary")["SummaryMap"]


def _root(snapshot: Snapshot) -> str:
    return f"arn:aws:iam::{snapshot.account}:root"
