"""AWS Support: cases, and somebody who answers them.

The account has a plan with which cases can be opened; without one AWS refuses the whole API. A
case is answered after the time in which AWS means to respond first. What the answer says is the
desk's ``reply``, which a scenario may set.

AWS pages: https://docs.aws.amazon.com/awssupport/latest/APIReference/Welcome.html,
https://docs.aws.amazon.com/awssupport/latest/user/case-management.html
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from helpers.lab.account import Account, PrincipalType
from helpers.lab.callers import Principal
from helpers.lab.errors import AwsError
from helpers.lab.services.registry import Asked, answers

SUPPORT = "Amazon Web Services"
"""Who signs what AWS Support writes."""

RESPONSE = {
    "low": timedelta(hours=24),
    "normal": timedelta(hours=12),
    "high": timedelta(hours=4),
    "urgent": timedelta(hours=1),
    "critical": timedelta(minutes=15),
}
"""Severity of a case → the time in which Support means to answer."""

GENERAL = {"general-guidance": "General Guidance", "other": "Other"}
SERVICES = {
    "account-management": (
        "Account",
        {"security": "Account Security", "billing": "Billing", "other": "Other Account Issues"},
    ),
    "amazon-elastic-compute-cloud-linux": (
        "Elastic Compute Cloud (EC2 - Linux)",
        {"instance-issue": "Instance Issue", **GENERAL},
    ),
    "amazon-simple-storage-service": (
        "Simple Storage Service (S3)",
        {"bucket-issue": "Bucket Issue", **GENERAL},
    ),
    "amazon-virtual-private-cloud": ("Virtual Private Cloud (VPC)", GENERAL),
    "aws-cloudtrail": ("CloudTrail", GENERAL),
    "aws-identity-and-access-management": (
        "Identity and Access Management (IAM)",
        {"mfa": "MFA", **GENERAL},
    ),
    "aws-organizations": ("Organizations", GENERAL),
    "billing": ("Billing", {"dispute-a-charge": "Dispute a Charge", **GENERAL}),
    "general-info": ("General Info and Getting Started", {"using-aws": "Using AWS", **GENERAL}),
    "service-limit-increase": ("Service Limit Increase", GENERAL),
}
"""Code of a service → its name, and code → name of its categories."""

LANGUAGES = ("en", "es", "fr", "ja", "ko", "pt", "tr", "zh")
BODY_LONGEST = 8_000


@dataclass(frozen=True, slots=True)
class Communication:
    """Something that the customer or AWS Support wrote in a case."""

    body: str
    submitted_by: str
    at: datetime

    @property
    def is_from_support(self) -> bool:
        """Whether AWS wrote it."""
        return self.submitted_by == SUPPORT


@dataclass
class Case:
    """One support case."""

    id: str
    display_id: str
    subject: str
    service: str
    category: str
    severity: str
    language: str
    submitted_by: str
    created_at: datetime
    cc: list[str]
    communications: list[Communication] = field(default_factory=list)
    """The oldest first."""
    resolved: bool = False
    reopened: bool = False

    @property
    def answer_due(self) -> datetime | None:
        """When Support answers what the customer wrote last; ``None``: it has."""
        last = self.communications[-1]
        return None if last.is_from_support or self.resolved else last.at + RESPONSE[self.severity]

    @property
    def status(self) -> str:
        """The status as Support tells it."""
        if self.resolved:
            return "resolved"
        if self.communications[-1].is_from_support:
            return "pending-customer-action"
        if self.reopened:
            return "reopened"
        if len(self.communications) > 1:
            return "customer-action-completed"
        return "unassigned"


Reply = Callable[[Case], str]
"""What AWS Support answers to a case, of which the newest communication is the customer's."""


def usual_reply(case: Case) -> str:
    """What is true of every case in a notebook, and what AWS advises after unwanted access."""
    return (
        f"Thank you for writing to AWS Support about “{case.subject}”.\n\n"
        "This account lives inside a notebook: no engineer of AWS reads this case, and no real "
        "account is behind it. In an account of your own, this is where Support answers.\n\n"
        "If you saw something that you did not do yourself: change the root user's password and "
        "see that it has MFA; replace every access key that may be known and delete the old one; "
        "remove users, roles and resources that you do not know, in every Region; look through "
        "CloudTrail for what was done. Then write here what you found and did.\n\n"
        "Kind regards,\nAWS Support"
    )


@dataclass
class Desk:
    """The support cases of an account."""

    cases: dict[str, Case] = field(default_factory=dict)
    has_plan: bool = True
    """Whether the account pays for a support plan with which cases can be opened."""
    reply: Reply = usual_reply


def desk(account: Account) -> Desk:
    """An account's support desk; a scenario sets its ``reply`` to answer cases in its own way."""
    return account.own.setdefault("support", Desk())


def _desk(asked: Asked) -> Desk:
    """The desk of the caller's account, with all answers given that were due by now."""
    found = desk(asked.account)
    if not found.has_plan:
        raise AwsError(
            "SubscriptionRequiredException",
            "Amazon Web Services Premium Support Subscription is required to use this service.",
        )
    if asked.parameters.get("dryRun"):
        raise AwsError(
            "DryRunOperationException",
            "Request would have succeeded, but the DryRun flag is set.",
        )
    for case in found.cases.values():
        due = case.answer_due
        if due is not None and due <= asked.now:
            case.communications.append(Communication(found.reply(case), SUPPORT, due))
    return found


def _case(asked: Asked) -> Case:
    cases = _desk(asked).cases
    identifier = asked.parameters.get("caseId") or ""
    if identifier not in cases:
        raise _no_case(identifier)
    return cases[identifier]


def _no_case(identifier: str) -> AwsError:
    return AwsError("CaseIdNotFound", f"Could not find a case with the case id {identifier}.")


def _invalid(message: str) -> AwsError:
    return AwsError("ValidationException", message)


def _signed(asked: Asked) -> str:
    """How a case names the customer: the identity, and the account's email address."""
    principal: Principal = asked.principal
    email = asked.account.email
    if principal.type is PrincipalType.ROLE_SESSION:
        return f"{principal.name} (Role) <{email}>"
    if principal.type is PrincipalType.USER:
        return f"{principal.name} (User) <{email}>"
    return email


def _check_body(asked: Asked) -> str:
    """The text of a communication. Attachments are not simulated, so that no set of them exists."""
    if asked.parameters.get("attachmentSetId"):
        raise AwsError("AttachmentSetIdNotFound", "There is no attachment set with that id.")
    body = asked.parameters["communicationBody"]
    if not 1 <= len(body) <= BODY_LONGEST:
        raise _invalid(f"communicationBody must have between 1 and {BODY_LONGEST} characters.")
    return body


@answers("support", "CreateCase")
def create_case(asked: Asked) -> Any:
    parameters, account = asked.parameters, asked.account
    found = _desk(asked)
    service = parameters.get("serviceCode") or "general-info"
    if service not in SERVICES:
        raise _invalid(f"serviceCode: there is no service {service}; see DescribeServices.")
    categories = SERVICES[service][1]
    category = parameters.get("categoryCode") or next(iter(categories))
    if category not in categories:
        raise _invalid(f"categoryCode: {service} has no category {category}.")
    severity = parameters.get("severityCode") or "low"
    if severity not in RESPONSE:
        raise _invalid(f"severityCode: there is no severity {severity}.")
    language = parameters.get("language") or "en"
    if language not in LANGUAGES:
        raise _invalid(f"language: AWS Support does not answer in {language}.")
    issue_type = parameters.get("issueType") or "technical"
    if issue_type not in ("customer-service", "technical"):
        raise _invalid(f"issueType: there is none called {issue_type}.")
    number = account.random.getrandbits(64)
    case = Case(
        id=f"case-{account.id}-muen-{asked.now.year}-{number:016x}",
        display_id=str(10**14 + number % (9 * 10**14)),
        subject=parameters["subject"],
        service=service,
        category=category,
        severity=severity,
        language=language,
        submitted_by=account.email,
        created_at=asked.now,
        cc=list(parameters.get("ccEmailAddresses") or ()),
    )
    case.communications.append(Communication(_check_body(asked), _signed(asked), asked.now))
    found.cases[case.id] = case
    return {"caseId": case.id}


@answers("support", "AddCommunicationToCase")
def add_communication_to_case(asked: Asked) -> Any:
    case, body = _case(asked), _check_body(asked)
    case.reopened, case.resolved = case.resolved, False
    case.cc = list(asked.parameters.get("ccEmailAddresses") or case.cc)
    case.communications.append(Communication(body, _signed(asked), asked.now))
    return {"result": True}


@answers("support", "ResolveCase")
def resolve_case(asked: Asked) -> Any:
    case = _case(asked)
    before = case.status
    case.resolved, case.reopened = True, False
    return {"initialCaseStatus": before, "finalCaseStatus": case.status}


@answers("support", "DescribeCases")
def describe_cases(asked: Asked) -> Any:
    parameters = asked.parameters
    cases = _desk(asked).cases
    wanted = parameters.get("caseIdList")
    for identifier in wanted or ():
        if identifier not in cases:
            raise _no_case(identifier)
    is_within = _between(asked)
    with_resolved = parameters.get("includeResolvedCases", False)
    found = [
        case
        for case in cases.values()
        if (with_resolved or not case.resolved)
        and (not wanted or case.id in wanted)
        and parameters.get("displayId") in (None, case.display_id)
        and parameters.get("language") in (None, case.language)
        and is_within(case.created_at)
    ]
    with_communications = parameters.get("includeCommunications", True)
    described = (_described(case, with_communications) for case in reversed(found))
    return _page(asked, "cases", described)


@answers("support", "DescribeCommunications")
def describe_communications(asked: Asked) -> Any:
    case = _case(asked)
    is_within = _between(asked)
    found = [c for c in reversed(case.communications) if is_within(c.at)]
    return _page(asked, "communications", (_communication(case, c) for c in found))


@answers("support", "DescribeServices")
def describe_services(asked: Asked) -> Any:
    _desk(asked)
    wanted = asked.parameters.get("serviceCodeList") or SERVICES
    return {
        "services": [
            {
                "code": code,
                "name": name,
                "categories": [{"code": c, "name": n} for c, n in categories.items()],
            }
            for code, (name, categories) in SERVICES.items()
            if code in wanted
        ]
    }


@answers("support", "DescribeSeverityLevels")
def describe_severity_levels(asked: Asked) -> Any:
    _desk(asked)
    return {"severityLevels": [{"code": code, "name": code.title()} for code in RESPONSE]}


def _described(case: Case, with_communications: bool) -> dict[str, Any]:
    described: dict[str, Any] = {
        "caseId": case.id,
        "displayId": case.display_id,
        "subject": case.subject,
        "status": case.status,
        "serviceCode": case.service,
        "categoryCode": case.category,
        "severityCode": case.severity,
        "submittedBy": case.submitted_by,
        "timeCreated": _time(case.created_at),
        "ccEmailAddresses": case.cc,
        "language": case.language,
    }
    if with_communications:
        newest = case.communications[: -RECENT - 1 : -1]
        described["recentCommunications"] = {
            "communications": [_communication(case, c) for c in newest]
        }
    return described


RECENT = 5
"""How many communications come with a case itself."""


def _communication(case: Case, communication: Communication) -> dict[str, Any]:
    return {
        "caseId": case.id,
        "body": communication.body,
        "submittedBy": communication.submitted_by,
        "timeCreated": _time(communication.at),
        "attachmentSet": [],
    }


def _time(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"


def _between(asked: Asked) -> Callable[[datetime], bool]:
    """Whether a moment is between the call's afterTime and beforeTime."""
    after, before = asked.parameters.get("afterTime"), asked.parameters.get("beforeTime")
    first = _moment(after) if after else datetime.min.replace(tzinfo=UTC)
    last = _moment(before) if before else datetime.max.replace(tzinfo=UTC)
    return lambda moment: first <= moment <= last


def _moment(text: str) -> datetime:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise _invalid(f"{text} is no time in ISO 8601.") from None
    if found.tzinfo is None:
        raise _invalid(f"{text} names no time zone.")
    return found


def _page(asked: Asked, name: str, items: Iterable[Any]) -> dict[str, Any]:
    found = list(items)
    size = asked.parameters.get("maxResults") or 100
    try:
        start = int(base64.b64decode(asked.parameters.get("nextToken") or "MA==", validate=True))
    except ValueError:
        raise _invalid("nextToken is none that this operation gave.") from None
    answer: dict[str, Any] = {name: found[start : start + size]}
    if start + size < len(found):
        answer["nextToken"] = base64.b64encode(str(start + size).encode()).decode()
    return answer
