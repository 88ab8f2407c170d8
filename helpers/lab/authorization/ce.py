"""Cost Explorer: most operations look at the costs of the whole account.

AWS: https://docs.aws.amazon.com/service-authorization/latest/reference/list_awscostexplorer.html
"""

from __future__ import annotations

from helpers.lab.authorization.table import ANY, Ask, By, Table

# The type of resource is in the ARN itself.
TAGGED = By("ResourceArn")

TABLE = Table(
    resources={
        "anomalymonitor": (By("MonitorArn"), By("MonitorArnList[]"), ANY),
        "anomalysubscription": (By("SubscriptionArn"), By("SubscriptionArnList[]"), ANY),
        "billingview": (By("BillingViewArn"),),
        "costcategory": (By("CostCategoryArn"),),
    },
    rows={
        operation: (Ask(operation, {"costcategory": TAGGED}),)
        for operation in ("ListTagsForResource", "TagResource", "UntagResource")
    },
    nowhere="arn:aws:ce:us-east-1:${Account}:/${Operation}",
)
