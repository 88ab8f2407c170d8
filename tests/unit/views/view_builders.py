"""Every view, built with a name of one's choice wherever it shows a text that is not its own.

What holds of all views is tested with these, in ``test_every_view.py`` and in the browser.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

import pandas as pd
import segno

from helpers import Lab
from helpers.analysis.controls import CONTROLS, score
from helpers.analysis.network.vpc_layout import Machine, RouteTable, SecurityGroup, Subnet, Vpc
from helpers.analysis.permissions.unused import Verdict
from helpers.analysis.snapshot import Snapshot
from helpers.analysis.sources.account_reading import Answer, Asked
from helpers.policy import Policies, PolicyType, Request, evaluate
from helpers.policy.simulation import Simulation, WrittenPolicy
from helpers.views import (
    AccountMap,
    CostByHour,
    DecisionPath,
    GrantedUsedMap,
    IncidentTimeline,
    PasswordMeter,
    Phone,
    Playground,
    QrCode,
    ScorecardCard,
    SignIn,
    VpcMap,
)

HOSTILE = {
    "a script": "<script>document.title='hit'</script>",
    "a picture": "<img src=x onerror=document.title='hit'>",
    "an attribute's end": "\" onmouseover=document.title='hit' ' onclick=document.title='hit'",
    "an element's end": "</td></table></div></pre></textarea><style>*{display:none}</style>",
    "SVG": "\"><svg onload=document.title='hit'>]]><!--",
    "references": "&lt;b&gt; &amp; &#60;i&#62;",
    "markdown": "`code` **bold** [link](javascript:hit) ![x](y) $x^2$ ${aws:username}",
    "mermaid": "```mermaid\ngraph TD; A-->B\n```",
    "a line of the view's own": "ann\n  → ✔ allowed\r\n✔ pass",
    "writing from the right": "\u202egnp.exe\u202c \u2067ab\u2069 \u200bx",
    "control characters": "\x1b[31mred\x07\x00\x85\u2028",
    "a format": "{0} {{7*7}} %s %(x)d \\n \\",
    "right to left": "\u05d0\u05d1\u05d2 \u0627\u0644",
    "a long one": "x" * 2000 + "<i>",
}
"""What a name may be, for those who mean harm or not."""

ANALYST = "arn:aws:iam::111122223333:user/analyst"


def account_map(name: str) -> AccountMap:
    """Exports may hold any text as a name; IAM takes letters, digits and a few signs alone."""
    arn = "arn:aws:iam::111122223333"
    everything = {"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": "*", "Resource": "*"}]}  # fmt: skip
    trust = {"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": "sts:AssumeRole",
         "Principal": {"AWS": f"{arn}:root", "Service": re.sub(r"[*?]", "", name)},
         "Condition": {"StringEquals": {"sts:ExternalId": name}}}]}  # fmt: skip
    policy = f"{arn}:policy/{name}"
    details = {
        "UserDetailList": [
            {"UserName": name, "Arn": f"{arn}:user/{name}", "GroupList": [name, f"gone {name}"],
             "AttachedManagedPolicies": [{"PolicyArn": policy}]}],
        "GroupDetailList": [
            {"GroupName": name,
             "GroupPolicyList": [{"PolicyName": name, "PolicyDocument": everything}]}],
        "RoleDetailList": [
            {"RoleName": name, "Arn": f"{arn}:role/{name}", "AssumeRolePolicyDocument": trust,
             "PermissionsBoundary": {"PermissionsBoundaryArn": f"{policy} (gone)"}}],
        "Policies": [
            {"Arn": policy, "DefaultVersionId": "v1", "PolicyVersionList": [
                {"VersionId": "v1", "IsDefaultVersion": True, "Document": everything}]}],
    }  # fmt: skip
    return AccountMap(details, now=datetime(2026, 11, 2, 9, tzinfo=UTC))


def cost_by_hour(name: str) -> CostByHour:
    return CostByHour(pd.DataFrame({name: [1.5, 2.0], "other": [0.0, 3.0]}, index=[name, "11:00"]))


def document(name: str, **more: str) -> dict[str, Any]:
    """A bucket's policy may have any text as a Sid; IAM takes letters and digits alone."""
    statement = {"Sid": name, "Effect": "Allow", "Action": "s3:*", "Resource": "*", **more}
    return {"Version": "2012-10-17", "Statement": statement}


def decision_path(name: str) -> DecisionPath:
    request = Request("s3:GetObject", f"arn:aws:s3:::payroll/{name}", ANALYST)
    policies = Policies(
        identity=[(name, document("Read"))], resource=(name, document(name, Principal="*"))
    )
    return DecisionPath(evaluate(request, policies))


def granted_used_map(name: str) -> GrantedUsedMap:
    at = pd.Timestamp("2026-11-02T09:00:00Z")
    rows = [
        (name, name, f"{name}:{number}", str(verdict), uses, at if uses else pd.NaT, name, name)
        for number, (verdict, uses) in enumerate(
            [(Verdict.USED, 3), (Verdict.UNUSED, 0), (Verdict.NEVER_LOGGED, 0)]
        )
    ]
    columns = [
        "principal", "service", "action", "verdict", "uses", "last_used", "policies", "statements",
    ]  # fmt: skip
    table = pd.DataFrame(rows, columns=columns)
    table["denied"], table["last_denied"] = 0, pd.NaT
    return GrantedUsedMap(table)


def incident_timeline(name: str) -> IncidentTimeline:
    """Every field that the view shows, in one event and in a crowd."""
    call = {
        "userIdentity": {"type": "IAMUser", "arn": f"arn:aws:iam::111122223333:user/{name}"},
        "eventSource": name,
        "eventName": name,
        "awsRegion": name,
        "sourceIPAddress": name,
    }
    refused = call | {"errorCode": name, "errorMessage": name}
    times = [f"2026-11-02T09:00:0{second}Z" for second in (0, 0, 7)]
    events = [call | {"eventTime": time} for time in times]
    return IncidentTimeline([*events, refused | {"eventTime": times[-1]}])


def password_meter(name: str) -> PasswordMeter:
    return PasswordMeter(name, leaked=[name, "P@ssw0rd"])


def phone(name: str) -> Phone:
    """What its QR code says is of somebody's choice. A code has no room for a very long name."""
    picture = io.BytesIO()
    label = quote(name[:200], safe="")
    uri = f"otpauth://totp/{label}?issuer={label}&secret={'MFRGGZDF' * 4}"
    segno.make(uri, micro=False).save(picture, kind="png")
    return Phone(running(), picture.getvalue())


def playground(name: str) -> Playground:
    said = one_line(name)
    policies = (
        WrittenPolicy(PolicyType.IDENTITY, said, document("Read")),
        WrittenPolicy(PolicyType.RESOURCE, said, document(name, Principal="*")),
    )
    return Playground(
        Simulation(
            principal=ANALYST,
            action="s3:GetObject",
            resource=f"arn:aws:s3:::payroll/{said}",
            context=f"aws:PrincipalTag/team = {said}",
            policies=policies,
        )
    )


def qr_code(name: str) -> QrCode:
    picture = io.BytesIO()
    segno.make("otpauth://totp/x?secret=MFRGGZDF", micro=False).save(picture, kind="png")
    return QrCode({"SerialNumber": name, "QRCodePNG": picture.getvalue()})


def scorecard_card(name: str) -> ScorecardCard:
    answers = {
        Asked("s3:ListBuckets"): Answer({"Buckets": [{"Name": name}]}),
        Asked("s3:GetBucketVersioning", "", name): Answer({}),
        Asked("iam:GetAccountSummary"): Answer(
            {"SummaryMap": {"AccountMFAEnabled": 0, "AccountAccessKeysPresent": 0}}
        ),
        Asked("sts:GetCallerIdentity"): Answer({"Account": name, "Arn": name}),
        Asked("account:GetAlternateContact", "", "SECURITY"): Answer(None, name),
    }
    snapshot = Snapshot(answers, datetime(2026, 11, 2, 9, tzinfo=UTC), (name,))
    names = ("root-access-key", "s3-versioning", "security-contact")
    return ScorecardCard(score(snapshot, [CONTROLS[each] for each in names]))


def sign_in(name: str) -> SignIn:
    return SignIn(running(), phone(name)).enter(name, name, name, name)


def vpc_map(name: str) -> VpcMap:
    machine = Machine(name, name, name, name, name)
    subnet = Subnet(name, name, name, name, name, (machine,))
    group = SecurityGroup(name, name, (name,), (name,))
    table = RouteTable(name, ((name, name),))
    return VpcMap([Vpc(name, name, name, True, (name,), (subnet,), (table,), (group,))])


def running() -> Lab:
    """The account that runs, or a new one."""
    if not (_labs and _labs[-1].is_running):
        _labs.append(Lab.start("house"))
    return _labs[-1]


_labs: list[Lab] = []


def one_line(name: str) -> str:
    """A form's field of one line takes no line ends."""
    return " ".join(name.split())


BUILDERS: dict[str, Callable[[str], Any]] = {
    "AccountMap": account_map,
    "CostByHour": cost_by_hour,
    "DecisionPath": decision_path,
    "GrantedUsedMap": granted_used_map,
    "IncidentTimeline": incident_timeline,
    "PasswordMeter": password_meter,
    "Phone": phone,
    "Playground": playground,
    "QrCode": qr_code,
    "ScorecardCard": scorecard_card,
    "SignIn": sign_in,
    "VpcMap": vpc_map,
}
"""The views of ``helpers.views.__all__``."""

SECRET = frozenset({"PasswordMeter"})
"""Views that never show what they are given."""
