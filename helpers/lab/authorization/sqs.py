"""SQS: queues by their URL.

AWS: https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonsqs.html,
https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-basic-examples-of-sqs-policies.html
"""

from __future__ import annotations

from urllib.parse import urlsplit

from helpers.lab.authorization.table import Ask, By, Site, Table, same


def _queue(site: Site, url: str) -> str | None:
    """A queue's ARN: the URL ends with its account and its name."""
    parts = urlsplit(url).path.strip("/").split("/")
    if len(parts) < 2:
        return None
    return f"arn:aws:sqs:{site.call.region}:{parts[-2]}:{parts[-1]}"


def _named(site: Site, name: str) -> str:
    owner = site.parameters.get("QueueOwnerAWSAccountId") or site.account_id
    return f"arn:aws:sqs:{site.call.region}:{owner}:{name}"


TABLE = Table(
    resources={
        "queue": (
            By("QueueUrl", read=_queue),
            By("QueueName", read=_named),
            By("SourceArn"),
        )
    },
    rows={
        **same("ChangeMessageVisibility", "ChangeMessageVisibilityBatch"),
        **same("DeleteMessage", "DeleteMessageBatch"),
        **same("SendMessage", "SendMessageBatch"),
    },
    also={
        "CreateQueue": (Ask("TagQueue", {"queue": By("QueueName", read=_named)}, "tags"),),
    },
    across=frozenset(
        [
            "ChangeMessageVisibility",
            "ChangeMessageVisibilityBatch",
            "DeleteMessage",
            "DeleteMessageBatch",
            "GetQueueAttributes",
            "GetQueueUrl",
            "ListDeadLetterSourceQueues",
            "PurgeQueue",
            "ReceiveMessage",
            "SendMessage",
            "SendMessageBatch",
        ]
    ),
)
