"""CloudTrail. A trail is named by its name or its ARN, an event data store by ARN or its end.

AWS: https://docs.aws.amazon.com/service-authorization/latest/reference/list_awscloudtrail.html
"""

from __future__ import annotations

from helpers.lab.authorization.table import ANY, Ask, By, Table, pass_role

# Whatever the ARN names: trail, event data store, dashboard or channel.
ARN = By("ResourceArn")

STORE_OR_TRAIL = {"eventdatastore": By("EventDataStore"), "trail": By("TrailName")}

TABLE = Table(
    resources={
        "channel": (By("Channel"), ANY),
        "dashboard": (By("DashboardId"), By("Name")),
        "eventdatastore": (
            By("EventDataStore"),
            By("EventDataStoreArn"),
            By("EventDataStores[]"),
            ANY,
        ),
        "trail": (By("TrailName"), By("Name"), By("InsightSource")),
    },
    rows={
        "AddTags": (Ask("AddTags", {"trail": By("ResourceId")}),),
        "CreateChannel": (
            Ask(
                "CreateChannel",
                {"channel": ANY, "eventdatastore": By("Destinations[].Location")},
            ),
        ),
        "CreateEventDataStore": (Ask("CreateEventDataStore", {"eventdatastore": ANY}),),
        "DeleteResourcePolicy": (Ask("DeleteResourcePolicy", {"channel": ARN}),),
        "GetResourcePolicy": (Ask("GetResourcePolicy", {"channel": ARN}),),
        **{
            operation: (Ask(operation, STORE_OR_TRAIL),)
            for operation in (
                "GetEventConfiguration",
                "GetInsightSelectors",
                "PutEventConfiguration",
                "PutInsightSelectors",
            )
        },
        # The newer operation on the same data.
        "ListInsightsMetricData": (Ask("ListInsightsData", {"trail": By("TrailName")}),),
        "ListTags": (Ask("ListTags", {"trail": By("ResourceIdList[]")}),),
        "PutResourcePolicy": (Ask("PutResourcePolicy", {"channel": ARN}),),
        "RemoveTags": (Ask("RemoveTags", {"trail": By("ResourceId")}),),
    },
    also={
        "CreateTrail": (
            Ask("AddTags", {"trail": By("Name")}, "TagsList"),
            pass_role("CloudWatchLogsRoleArn", "cloudtrail.amazonaws.com"),
        ),
        "EnableFederation": (pass_role("FederationRoleArn", "lakeformation.amazonaws.com"),),
        "UpdateTrail": (pass_role("CloudWatchLogsRoleArn", "cloudtrail.amazonaws.com"),),
    },
    silent=True,
)
