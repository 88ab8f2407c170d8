"""AWS Support through stock boto3: cases are opened, answered after a while, and resolved."""

from __future__ import annotations

import re
from typing import Any

import pytest
from lab_calls import ACCOUNT, allow, new_user, refused

from helpers import Lab
from helpers.lab.services.support import Case, desk

CASE = {"subject": "Somebody used my key", "communicationBody": "Instances that I did not start."}


@pytest.fixture
def support(lab: Lab) -> Any:
    return lab.root.client("support")


def only(support: Any, **parameters: Any) -> dict[str, Any]:
    (case,) = support.describe_cases(**parameters)["cases"]
    return case


def test_a_case_is_answered_after_the_time_of_its_severity(lab: Lab, support: Any) -> None:
    case_id = support.create_case(**CASE, severityCode="urgent")["caseId"]
    assert re.fullmatch(rf"case-{ACCOUNT}-muen-2026-[0-9a-f]{{16}}", case_id)
    case = only(support)
    assert (case["caseId"], case["status"], case["severityCode"]) == (
        case_id,
        "unassigned",
        "urgent",
    )
    assert case["timeCreated"].startswith("2026-11-02T09:00:")
    assert case["displayId"].isdigit()
    lab.clock.advance(minutes=59)
    assert only(support)["status"] == "unassigned"
    lab.clock.advance(minutes=1)
    case = only(support)
    assert case["status"] == "pending-customer-action"
    answer, question = case["recentCommunications"]["communications"]
    assert (question["body"], question["submittedBy"]) == (
        CASE["communicationBody"],
        "root@example.com",
    )
    assert answer["submittedBy"] == "Amazon Web Services"
    assert "notebook" in answer["body"]
    assert answer["timeCreated"].startswith("2026-11-02T10:00:")


def test_writing_back_and_resolving(lab: Lab, support: Any) -> None:
    case_id = support.create_case(**CASE)["caseId"]
    lab.clock.advance(days=1)
    add = {"caseId": case_id, "communicationBody": "The key is deleted."}
    assert support.add_communication_to_case(**add)["result"] is True
    assert only(support)["status"] == "customer-action-completed"
    lab.clock.advance(days=1)
    found = support.describe_communications(caseId=case_id)["communications"]
    assert [c["submittedBy"] == "Amazon Web Services" for c in found] == [True, False, True, False]
    after = support.describe_communications(caseId=case_id, afterTime=found[1]["timeCreated"])
    assert len(after["communications"]) == 2
    assert support.resolve_case(caseId=case_id)["initialCaseStatus"] == "pending-customer-action"
    assert support.describe_cases()["cases"] == []
    assert only(support, includeResolvedCases=True)["status"] == "resolved"
    support.add_communication_to_case(**add)
    assert only(support)["status"] == "reopened"


def test_a_scenario_says_what_is_answered(lab: Lab, support: Any) -> None:
    def reply(case: Case) -> str:
        return f"{len(case.communications)} letters, the last: {case.communications[-1].body}"

    desk(lab.account).reply = reply
    case_id = support.create_case(**CASE)["caseId"]
    lab.clock.advance(days=1)
    newest = support.describe_communications(caseId=case_id)["communications"][0]
    assert newest["body"] == "1 letters, the last: Instances that I did not start."


def test_who_wrote(lab: Lab) -> None:
    ann = new_user(lab, "ann", allow("support:*"))
    ann.client("support").create_case(**CASE)
    newest = only(lab.root.client("support"))["recentCommunications"]["communications"][0]
    assert newest["submittedBy"] == "ann (User) <root@example.com>"
    denied = new_user(lab, "bob").client("support")
    refused("AccessDeniedException", denied.describe_cases)


def test_services_and_severities(support: Any) -> None:
    services = support.describe_services()["services"]
    assert all(service["categories"] for service in services)
    (ec2,) = support.describe_services(serviceCodeList=["amazon-elastic-compute-cloud-linux"])[
        "services"
    ]
    assert ec2["name"] == "Elastic Compute Cloud (EC2 - Linux)"
    levels = support.describe_severity_levels(language="en")["severityLevels"]
    assert [level["code"] for level in levels] == ["low", "normal", "high", "urgent", "critical"]


NO_CASE: list[tuple[str, dict[str, Any]]] = [
    ("ValidationException", {"severityCode": "catastrophe"}),
    ("ValidationException", {"serviceCode": "no-service"}),
    ("ValidationException", {"serviceCode": "billing", "categoryCode": "no-category"}),
    ("ValidationException", {"communicationBody": "x" * 8_001}),
    ("ValidationException", {"language": "klingon"}),
    ("ValidationException", {"issueType": "gossip"}),
    ("AttachmentSetIdNotFound", {"attachmentSetId": "as-1"}),
    ("DryRunOperationException", {"dryRun": True}),
]


def test_what_is_no_case(support: Any) -> None:
    for code, parameters in NO_CASE:
        refused(code, support.create_case, **{**CASE, **parameters})
    assert support.describe_cases()["cases"] == []


def test_cases_that_there_are_not(support: Any) -> None:
    missing = "case-111122223333-muen-2026-0000000000000000"
    for call in (support.describe_communications, support.resolve_case):
        refused("CaseIdNotFound", call, caseId=missing)
    refused("CaseIdNotFound", support.describe_cases, caseIdList=[missing])
    refused("ValidationException", support.describe_cases, afterTime="yesterday")


def test_many_cases_come_in_pages(support: Any) -> None:
    made = [support.create_case(**CASE)["caseId"] for _ in range(12)]
    pages = support.get_paginator("describe_cases").paginate(PaginationConfig={"PageSize": 10})
    found = [[case["caseId"] for case in page["cases"]] for page in pages]
    assert [len(page) for page in found] == [10, 2]
    assert [*found[0], *found[1]] == made[::-1]


def test_without_a_plan_there_is_no_support(lab: Lab, support: Any) -> None:
    desk(lab.account).has_plan = False
    message = refused("SubscriptionRequiredException", support.create_case, **CASE)
    assert "Premium Support Subscription is required" in message


def test_each_account_has_cases_of_its_own(lab: Lab, support: Any) -> None:
    support.create_case(**CASE)
    other = lab.add_account("444455556666").root.client("support")
    assert other.describe_cases()["cases"] == []
