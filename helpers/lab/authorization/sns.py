"""SNS: topics by ARN; a subscription's ARN begins with its topic's.

AWS: https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonsns.html
"""

from __future__ import annotations

from helpers.lab.authorization.table import Ask, By, Site, Table, same


def _topic(_site: Site, arn: str) -> str:
    return ":".join(arn.split(":")[:6])


TABLE = Table(
    resources={
        "topic": (
            By("TopicArn"),
            By("TargetArn", read=lambda _site, arn: arn if ":endpoint/" not in arn else None),
            By("SubscriptionArn", read=_topic),
            By("Name"),
            By("ResourceArn"),
        )
    },
    rows=same("Publish", "PublishBatch"),
    also={"CreateTopic": (Ask("TagResource", {"topic": By("Name")}, "Tags"),)},
    keys={"sns:Endpoint": "Endpoint", "sns:Protocol": "Protocol"},
    across=frozenset(
        [
            "AddPermission",
            "ConfirmSubscription",
            "DeleteTopic",
            "GetTopicAttributes",
            "ListSubscriptionsByTopic",
            "Publish",
            "PublishBatch",
            "RemovePermission",
            "SetTopicAttributes",
            "Subscribe",
        ]
    ),
)
