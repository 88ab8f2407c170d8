"""Budgets, Cost Explorer and Service Quotas: what a careful owner of an account asks."""

from __future__ import annotations

from typing import Any

import pytest
from lab_calls import ACCOUNT, outcome, refused

from helpers import Lab

MINE = {"AccountId": ACCOUNT, "BudgetName": "monthly"}
PASSED = {"NotificationType": "ACTUAL", "ComparisonOperator": "GREATER_THAN", "Threshold": 80.0}
ANN = {"SubscriptionType": "EMAIL", "Address": "ann@example.com"}
BOB = {"SubscriptionType": "EMAIL", "Address": "bob@example.com"}
BUDGET = {
    "BudgetName": "monthly",
    "BudgetLimit": {"Amount": "10", "Unit": "USD"},
    "TimeUnit": "MONTHLY",
    "BudgetType": "COST",
}


@pytest.fixture
def budgets(lab: Lab) -> Any:
    client = lab.root.client("budgets")
    told = [{"Notification": PASSED, "Subscribers": [ANN]}]
    client.create_budget(AccountId=ACCOUNT, Budget=BUDGET, NotificationsWithSubscribers=told)
    return client


def test_a_budget_is_changed_and_keeps_who_is_told(budgets: Any) -> None:
    new = {**BUDGET, "BudgetLimit": {"Amount": "20", "Unit": "USD"}}
    budgets.update_budget(AccountId=ACCOUNT, NewBudget=new)
    assert budgets.describe_budget(**MINE)["Budget"]["BudgetLimit"]["Amount"] in ("20", "20.0")
    (told,) = budgets.describe_notifications_for_budget(**MINE)["Notifications"]
    assert told == {**PASSED, "ThresholdType": "PERCENTAGE", "NotificationState": "OK"}
    nothing = {**new, "BudgetName": "none"}
    refused("NotFoundException", budgets.update_budget, AccountId=ACCOUNT, NewBudget=nothing)


def test_who_is_told(budgets: Any) -> None:
    which = {**MINE, "Notification": PASSED}
    budgets.create_subscriber(**which, Subscriber=BOB)
    refused("DuplicateRecordException", budgets.create_subscriber, **which, Subscriber=BOB)
    assert budgets.describe_subscribers_for_notification(**which)["Subscribers"] == [ANN, BOB]
    budgets.delete_subscriber(**which, Subscriber=ANN)
    budgets.delete_subscriber(**which, Subscriber=BOB)
    assert budgets.describe_notifications_for_budget(**MINE)["Notifications"] == []
    refused("NotFoundException", budgets.describe_subscribers_for_notification, **which)


def test_budgets_of_another_account_are_not_shown(budgets: Any) -> None:
    refused("AccessDeniedException", budgets.describe_budgets, AccountId="444455556666")


def test_costs_by_month_and_by_day(lab: Lab) -> None:
    ce = lab.root.client("ce")
    ask: dict[str, Any] = {"Metrics": ["UnblendedCost"], "Granularity": "MONTHLY"}
    today = lab.clock.now.date()
    first = today.replace(day=1).isoformat()
    months = ce.get_cost_and_usage(**ask, TimePeriod={"Start": "2026-08-15", "End": "2026-10-01"})[
        "ResultsByTime"
    ]
    assert [month["TimePeriod"]["Start"] for month in months] == ["2026-08-15", "2026-09-01"]
    assert months[0]["Total"] == {"UnblendedCost": {"Amount": "0", "Unit": "USD"}}
    assert months[0]["Estimated"] is False
    ask["Granularity"] = "DAILY"
    days = ce.get_cost_and_usage(
        **ask,
        TimePeriod={"Start": first, "End": today.replace(day=4).isoformat()},
        GroupBy=[{"Type": "DIMENSION", "Key": "SERVICE"}],
    )
    assert len(days["ResultsByTime"]) == 3
    assert days["ResultsByTime"][0]["Estimated"] is True
    assert days["GroupDefinitions"] == [{"Type": "DIMENSION", "Key": "SERVICE"}]
    backwards = {"Start": "2026-10-01", "End": "2026-09-01"}
    refused("ValidationException", ce.get_cost_and_usage, **ask, TimePeriod=backwards)
    old = {"Start": "2019-01-01", "End": "2019-02-01"}
    refused("ValidationException", ce.get_cost_and_usage, **ask, TimePeriod=old)


def test_anomalies(lab: Lab) -> None:
    ce = lab.root.client("ce")
    monitor = {"MonitorName": "all", "MonitorType": "DIMENSIONAL", "MonitorDimension": "SERVICE"}
    arn = ce.create_anomaly_monitor(AnomalyMonitor=monitor)["MonitorArn"]
    refused("LimitExceededException", ce.create_anomaly_monitor, AnomalyMonitor=monitor)
    subscription = {
        "MonitorArnList": [arn],
        "Subscribers": [{"Address": "ann@example.com", "Type": "EMAIL"}],
        "Frequency": "DAILY",
        "SubscriptionName": "ann",
        "Threshold": 10.0,
    }
    ce.create_anomaly_subscription(AnomalySubscription=subscription)
    (found,) = ce.get_anomaly_subscriptions(MonitorArn=arn)["AnomalySubscriptions"]
    assert found["Subscribers"][0]["Status"] == "CONFIRMED"
    ce.delete_anomaly_monitor(MonitorArn=arn)
    gone = {"MonitorArnList": [arn]}
    refused("UnknownMonitorException", ce.get_anomaly_monitors, **gone)


def test_quotas_are_the_limits_that_hold(lab: Lab) -> None:
    quotas, ec2 = lab.root.client("service-quotas"), lab.root.client("ec2")
    which = {"ServiceCode": "ec2", "QuotaCode": "L-1216C47A"}
    value = quotas.get_service_quota(**which)["Quota"]["Value"]
    image = ec2.describe_images(Owners=["amazon"])["Images"][0]["ImageId"]
    launch = {"ImageId": image, "InstanceType": "t3.micro", "DryRun": False}
    most = int(value) // 2  # two vCPUs each
    refused("VcpuLimitExceeded", ec2.run_instances, **launch, MinCount=most + 1, MaxCount=most + 1)
    assert outcome(ec2.run_instances, **launch, MinCount=most, MaxCount=most) == "allowed"
    ask = {**which, "DesiredValue": value * 2}
    assert quotas.request_service_quota_increase(**ask)["RequestedQuota"]["Status"] == "PENDING"
    refused("ResourceAlreadyExistsException", quotas.request_service_quota_increase, **ask)
    (asked,) = quotas.list_requested_service_quota_change_history()["RequestedQuotas"]
    assert asked["QuotaCode"] == "L-1216C47A"
    refused("NoSuchResourceException", quotas.list_service_quotas, ServiceCode="nothing")
    pages = quotas.get_paginator("list_service_quotas").paginate(
        ServiceCode="ec2", PaginationConfig={"PageSize": 3}
    )
    assert len([quota for page in pages for quota in page["Quotas"]]) == 11
