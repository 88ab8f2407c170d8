"""CloudTrail Insights, switched on trail by trail; and the lists of CloudTrail Lake, in which
this account has nothing.

AWS pages: https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_PutInsightSelectors.html,
https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_ListEventDataStores.html
"""

from __future__ import annotations

from typing import Any

from helpers.lab.errors import AwsError, not_simulated
from helpers.lab.services.cloudtrail_trails import at_home, trail_of
from helpers.lab.services.registry import Asked, answers

TYPES = ("ApiCallRateInsight", "ApiErrorRateInsight")


def _name(asked: Asked) -> str:
    """The trail that a call is about; event data stores have Insights as well, but not here."""
    if asked.parameters.get("EventDataStore"):
        raise not_simulated(asked.call.service, f"{asked.call.operation} for event data stores")
    name = asked.parameters.get("TrailName")
    if not name:
        raise AwsError(
            "InvalidParameterCombinationException",
            "Specify either a trail name or an event data store.",
        )
    return name


@answers("cloudtrail", "GetInsightSelectors")
def get_insight_selectors(asked: Asked) -> Any:
    trail = trail_of(asked, _name(asked))
    if not trail.insight_selectors:
        raise AwsError(
            "InsightNotEnabledException",
            f"Trail {trail.arn} does not have Insights enabled. Edit the trail settings to enable "
            "Insights, and then try the operation again.",
        )
    return {"TrailARN": trail.arn, "InsightSelectors": trail.insight_selectors}


@answers("cloudtrail", "PutInsightSelectors")
def put_insight_selectors(asked: Asked) -> Any:
    """The selectors take the place of those before; none of them switches Insights off."""
    trail = at_home(asked, _name(asked))
    selectors = asked.parameters.get("InsightSelectors") or []
    if unknown := [it for it in selectors if it.get("InsightType") not in TYPES]:
        raise AwsError(
            "InvalidInsightSelectorsException",
            f"The Insights type {unknown[0].get('InsightType')} is none of {', '.join(TYPES)}.",
        )
    trail.insight_selectors = selectors
    return {"TrailARN": trail.arn, "InsightSelectors": selectors}


LISTS = {"ListChannels": "Channels", "ListEventDataStores": "EventDataStores"}
"""What CloudTrail Lake lists; no operation of this account makes one."""


@answers("cloudtrail", *LISTS)
def list_nothing(asked: Asked) -> Any:
    return {LISTS[asked.call.operation]: []}
