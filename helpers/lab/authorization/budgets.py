"""AWS Budgets: one action reads budgets and one changes them, whatever the operation is called.

AWS: https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsbudgetservice.html
"""

from __future__ import annotations

from helpers.lab.authorization.table import ANY, Ask, By, Table, pass_role, same

BUDGET = By("BudgetName")

TABLE = Table(
    resources={
        "budget": (BUDGET, By("Budget.BudgetName"), By("NewBudget.BudgetName"), ANY),
        "budgetAction": (By("BudgetName", "ActionId"), BUDGET),
    },
    rows={
        **same(
            "ModifyBudget",
            "CreateBudget",
            "CreateNotification",
            "CreateSubscriber",
            "DeleteBudget",
            "DeleteNotification",
            "DeleteSubscriber",
            "UpdateBudget",
            "UpdateNotification",
            "UpdateSubscriber",
        ),
        **same(
            "ViewBudget",
            "DescribeBudget",
            "DescribeBudgetNotificationsForAccount",
            "DescribeBudgetPerformanceHistory",
            "DescribeBudgets",
            "DescribeNotificationsForBudget",
            "DescribeSubscribersForNotification",
        ),
        **{
            operation: (Ask(operation, {"budget": By("ResourceARN")}),)
            for operation in ("ListTagsForResource", "TagResource", "UntagResource")
        },
    },
    also={
        "CreateBudget": (Ask("TagResource", {"budget": By("Budget.BudgetName")}, "ResourceTags"),),
        "CreateBudgetAction": (
            Ask("TagResource", {"budgetAction": BUDGET}, "ResourceTags"),
            pass_role("ExecutionRoleArn", "budgets.amazonaws.com"),
        ),
        "UpdateBudgetAction": (pass_role("ExecutionRoleArn", "budgets.amazonaws.com"),),
    },
)
