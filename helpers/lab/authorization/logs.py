"""CloudWatch Logs: log groups by name or ARN, with and without ``:*`` behind it.

Its policies name a log group as ``…:log-group:NAME:*``, and so what it judges has a part behind
the name: an empty stream. Only the operations on tags take the ARN as it is.

AWS: https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoncloudwatchlogs.html,
https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/iam-access-control-overview-cwl.html
"""

from __future__ import annotations

from helpers.lab.authorization.table import ANY, Ask, By, Site, Table, pass_role

SERVICE = "logs.amazonaws.com"


def _bare(site: Site, name: str) -> str:
    """A log group's ARN without anything behind its name."""
    if name.startswith("arn:"):
        return name.removesuffix(":*")
    return site.arn("logs", f"log-group:{name}")


def _group(site: Site, name: str) -> str:
    """A log group as it is judged."""
    arn = _bare(site, name)
    return f"{arn}:log-stream:" if ":log-group:" in arn else arn


def _stream(site: Site, name: str) -> str:
    return f"{_bare(site, name)}:log-stream:{site.parameters.get('logStreamName') or ''}"


GROUPS = tuple(
    By(path, read=_group)
    for path in (
        "logGroupName",
        "logGroupIdentifier",
        "resourceIdentifier",
        "logGroupNames[]",
        "logGroupIdentifiers[]",
        "logGroupArnList[]",
    )
)
TAGGED = By("resourceArn", read=_bare)

TABLE = Table(
    resources={
        "anomaly-detector": (By("anomalyDetectorArn"),),
        "delivery": (By("id"), ANY),
        "delivery-destination": (
            By("deliveryDestinationArn"),
            By("deliveryDestinationName"),
            By("name"),
        ),
        "delivery-source": (By("deliverySourceName"), By("name")),
        "destination": (
            By("destinationName"),
            By("destinationArn", read=lambda site, arn: arn if ":destination:" in arn else None),
        ),
        "log-group": GROUPS,
        "log-stream": (
            By("logGroupName", read=_stream),
            By("logGroupIdentifier", read=_stream),
        ),
        "lookup-table": (By("lookupTableArn"), By("lookupTableName")),
        "scheduled-query": (By("identifier"), By("name")),
    },
    rows={
        **{
            operation: (Ask(operation, {"log-group": TAGGED}),)
            for operation in ("ListTagsForResource", "TagResource", "UntagResource")
        },
        **{
            operation: (Ask(operation, {"log-group": By("logGroupName", read=_bare)}),)
            for operation in ("ListTagsLogGroup", "TagLogGroup", "UntagLogGroup")
        },
    },
    also={
        "CreateLogGroup": (
            Ask(
                "TagResource",
                {"log-group": By("logGroupName", read=_bare)},
                "tags",
                sentence="User with accountId: ${Account} is not authorized to perform "
                "CreateLogGroup with Tags",
            ),
        ),
        "CreateScheduledQuery": (pass_role("executionRoleArn", SERVICE),),
        "PutDestination": (pass_role("roleArn", SERVICE),),
        "PutSubscriptionFilter": (pass_role("roleArn", SERVICE),),
        "UpdateScheduledQuery": (pass_role("executionRoleArn", SERVICE),),
    },
    keys={
        "logs:DeliveryDestinationResourceArn": (
            "deliveryDestinationConfiguration.destinationResourceArn"
        ),
        "logs:LogGeneratingResourceArns": "resourceArn",
    },
    nowhere="arn:aws:logs:${Region}:${Account}:log-group::log-stream:",
)
