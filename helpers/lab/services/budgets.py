"""Budgets: whose they are, and who is written to when one is passed.

moto keeps budgets of any account for anybody, and cannot change what it keeps.

AWS pages: https://docs.aws.amazon.com/aws-cost-management/latest/APIReference/API_Operations_AWS_Budgets.html,
https://docs.aws.amazon.com/aws-cost-management/latest/APIReference/API_budgets_Notification.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from helpers.lab import seam
from helpers.lab.callers import Principal
from helpers.lab.errors import AwsError
from helpers.lab.services.registry import Asked, answers, checks
from helpers.lab.wire import Call
from helpers.lab.world import World

NOTIFICATIONS, SUBSCRIBERS = 10, 11
"""How many a budget, and a notification, may have."""

# Operations of which the account is none that the caller says.
WITHOUT_ACCOUNT = frozenset({"ListTagsForResource", "TagResource", "UntagResource"})


@checks("budgets")
def check_account(call: Call, principal: Principal, world: World) -> None:
    """Every account sees its own budgets alone."""
    named = call.parameters.get("AccountId")
    if call.operation not in WITHOUT_ACCOUNT and named != principal.account_id:
        raise AwsError(
            "AccessDeniedException",
            "You are not authorized to use this operation with the given parameters.",
        )


def _invalid(message: str) -> AwsError:
    return AwsError("InvalidParameterException", message)


def _budget(asked: Asked) -> Any:
    """moto's budget of the name that a call gives."""
    parameters = asked.parameters
    name = parameters.get("BudgetName") or parameters["NewBudget"]["BudgetName"]
    store = seam.store("budgets", asked.account.id, "aws")
    found = store.budgets[asked.account.id].get(name) if store is not None else None
    if found is None:
        raise AwsError(
            "NotFoundException", f"Unable to get budget: {name} - the budget doesn't exist."
        )
    return found


def _same(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    names = ("NotificationType", "ComparisonOperator", "Threshold")
    kinds = [known.get("ThresholdType") or "PERCENTAGE" for known in (one, other)]
    return kinds[0] == kinds[1] and all(one.get(name) == other.get(name) for name in names)


def _notification(asked: Asked, name: str = "Notification") -> Any:
    wanted = asked.parameters[name]
    for held in _budget(asked).notifications:
        if _same(held.details, wanted):
            return held
    raise AwsError(
        "NotFoundException", "Unable to get notification - the notification doesn't exist."
    )


def _check_subscribers(subscribers: Any) -> None:
    if not 1 <= len(subscribers) <= SUBSCRIBERS:
        raise _invalid(f"A notification has between 1 and {SUBSCRIBERS} subscribers.")
    for subscriber in subscribers:
        kind, address = subscriber.get("SubscriptionType"), str(subscriber.get("Address"))
        if kind == "EMAIL" and "@" not in address:
            raise _invalid(f"Invalid email address: {address}")
        if kind == "SNS" and not address.startswith("arn:aws:sns:"):
            raise _invalid(f"Invalid SNS topic ARN: {address}")


# -- budgets -------------------------------------------------------------------------------------


@answers("budgets", "CreateBudget")
def create_budget(asked: Asked) -> Any:
    """Make a budget, with whom it tells of what."""
    name = str(asked.parameters["Budget"]["BudgetName"])
    if ":" in name or "\\" in name or not 1 <= len(name) <= 100:
        raise _invalid("Invalid budget name: it has 1 to 100 characters without : and \\.")
    given = asked.parameters.get("NotificationsWithSubscribers") or []
    if len(given) > NOTIFICATIONS:
        raise AwsError("CreationLimitExceededException", "Notification limit exceeded.")
    for held in given:
        _check_subscribers(held.get("Subscribers") or [])
    return asked.forward()


@answers("budgets", "UpdateBudget")
def update_budget(asked: Asked) -> None:
    """Put a new budget in an old one's place; who is told of what stays."""
    found, new = _budget(asked), dict(asked.parameters["NewBudget"])
    new.setdefault("TimePeriod", found.budget["TimePeriod"])
    new["LastUpdatedTime"] = asked.now.timestamp()
    found.budget = new


@answers("budgets", "DescribeBudgetPerformanceHistory")
def performance_history(asked: Asked) -> Any:
    """What was planned and spent: nothing is spent here."""
    budget = _budget(asked).budget
    shown = ("BudgetName", "BudgetType", "CostFilters", "CostTypes", "TimeUnit")
    history = {name: budget[name] for name in shown if name in budget}
    return {"BudgetPerformanceHistory": {**history, "BudgetedAndActualAmountsList": []}}


@answers("budgets", "DescribeBudgetActionsForAccount", "DescribeBudgetActionsForBudget")
def budget_actions(asked: Asked) -> Any:
    """The actions that budgets take by themselves: there are none."""
    if asked.call.operation.endswith("ForBudget"):
        _budget(asked)
    return {"Actions": []}


# -- notifications and subscribers -----------------------------------------------------------------


def _shown(details: Mapping[str, Any]) -> dict[str, Any]:
    return {"ThresholdType": "PERCENTAGE", "NotificationState": "OK", **details}


@answers("budgets", "DescribeNotificationsForBudget")
def notifications(asked: Asked) -> Any:
    """What a budget tells of."""
    return {"Notifications": [_shown(held.details) for held in _budget(asked).notifications]}


@answers("budgets", "DescribeBudgetNotificationsForAccount")
def notifications_of_account(asked: Asked) -> Any:
    """The same of all budgets."""
    store = seam.store("budgets", asked.account.id, "aws")
    budgets = store.budgets[asked.account.id] if store is not None else {}
    found = [
        {"BudgetName": name, "Notifications": [_shown(held.details) for held in it.notifications]}
        for name, it in budgets.items()
        if it.notifications
    ]
    return {"BudgetNotificationsForAccount": found}


@answers("budgets", "CreateNotification")
def create_notification(asked: Asked) -> Any:
    """Let a budget tell of something more."""
    budget, wanted = _budget(asked), asked.parameters["Notification"]
    if any(_same(held.details, wanted) for held in budget.notifications):
        raise AwsError("DuplicateRecordException", "The notification already exists.")
    if len(budget.notifications) >= NOTIFICATIONS:
        raise AwsError("CreationLimitExceededException", "Notification limit exceeded.")
    _check_subscribers(asked.parameters.get("Subscribers") or [])
    return asked.forward()


@answers("budgets", "UpdateNotification")
def update_notification(asked: Asked) -> None:
    """Change what a budget tells of."""
    _notification(asked, "OldNotification").details = dict(asked.parameters["NewNotification"])


@answers("budgets", "DeleteNotification")
def delete_notification(asked: Asked) -> None:
    """Let a budget tell of something no longer."""
    held, budget = _notification(asked), _budget(asked)
    budget.notifications = [one for one in budget.notifications if one is not held]


@answers("budgets", "DescribeSubscribersForNotification")
def subscribers(asked: Asked) -> Any:
    """Who is told."""
    return {"Subscribers": [dict(one) for one in _notification(asked).subscribers]}


@answers("budgets", "CreateSubscriber")
def create_subscriber(asked: Asked) -> None:
    """Tell one more."""
    held, new = _notification(asked), dict(asked.parameters["Subscriber"])
    if new in held.subscribers:
        raise AwsError("DuplicateRecordException", "The subscriber already exists.")
    _check_subscribers([*held.subscribers, new])
    held.subscribers = [*held.subscribers, new]


@answers("budgets", "UpdateSubscriber")
def update_subscriber(asked: Asked) -> None:
    """Tell another in one's place."""
    held, new = _notification(asked), dict(asked.parameters["NewSubscriber"])
    place = _place(held, asked.parameters["OldSubscriber"])
    _check_subscribers([new])
    held.subscribers = [*held.subscribers[:place], new, *held.subscribers[place + 1 :]]


@answers("budgets", "DeleteSubscriber")
def delete_subscriber(asked: Asked) -> None:
    """Tell one no longer; with the last one the notification goes."""
    held = _notification(asked)
    place = _place(held, asked.parameters["Subscriber"])
    held.subscribers = [*held.subscribers[:place], *held.subscribers[place + 1 :]]
    if not held.subscribers:
        budget = _budget(asked)
        budget.notifications = [one for one in budget.notifications if one is not held]


def _place(held: Any, subscriber: Mapping[str, Any]) -> int:
    for place, one in enumerate(held.subscribers):
        if one == subscriber:
            return place
    raise AwsError("NotFoundException", "Unable to get subscriber - the subscriber doesn't exist.")
