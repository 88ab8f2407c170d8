"""CloudTrail Insights of a trail, and the empty lists of CloudTrail Lake."""

from __future__ import annotations

from typing import Any

import pytest
from lab_calls import ACCOUNT, policy, refused

from helpers import Lab

ARN = f"arn:aws:cloudtrail:us-east-1:{ACCOUNT}:trail/audit"
RATE = [{"InsightType": "ApiCallRateInsight"}]


@pytest.fixture
def cloudtrail(lab: Lab) -> Any:
    """CloudTrail of an account with the trail "audit"."""
    s3 = lab.root.client("s3")
    s3.create_bucket(Bucket="audit-logs")
    lets_in = {"Effect": "Allow", "Principal": {"Service": "cloudtrail.amazonaws.com"}}
    document = policy(
        {**lets_in, "Action": "s3:GetBucketAcl", "Resource": "arn:aws:s3:::audit-logs"},
        {**lets_in, "Action": "s3:PutObject", "Resource": "arn:aws:s3:::audit-logs/*"},
    )
    s3.put_bucket_policy(Bucket="audit-logs", Policy=document)
    client = lab.root.client("cloudtrail")
    client.create_trail(Name="audit", S3BucketName="audit-logs")
    return client


def test_insights_are_off_until_they_are_switched_on(cloudtrail: Any) -> None:
    said = refused(
        "InsightNotEnabledException", cloudtrail.get_insight_selectors, TrailName="audit"
    )
    assert said.startswith(f"Trail {ARN} does not have Insights enabled.")
    assert cloudtrail.get_trail(Name="audit")["Trail"]["HasInsightSelectors"] is False
    cloudtrail.put_insight_selectors(TrailName="audit", InsightSelectors=RATE)
    found = cloudtrail.get_insight_selectors(TrailName=ARN)
    assert (found["TrailARN"], found["InsightSelectors"]) == (ARN, RATE)
    assert cloudtrail.describe_trails()["trailList"][0]["HasInsightSelectors"] is True
    cloudtrail.put_insight_selectors(TrailName="audit", InsightSelectors=[])
    refused("InsightNotEnabledException", cloudtrail.get_insight_selectors, TrailName="audit")


def test_insights_of_no_trail_and_of_no_type(cloudtrail: Any) -> None:
    refused("TrailNotFoundException", cloudtrail.get_insight_selectors, TrailName="other")
    refused("InvalidParameterCombinationException", cloudtrail.get_insight_selectors)
    wrong = [{"InsightType": "NoInsight"}]
    refused(
        "InvalidInsightSelectorsException",
        cloudtrail.put_insight_selectors,
        TrailName="audit",
        InsightSelectors=wrong,
    )


def test_the_lake_is_empty(lab: Lab) -> None:
    cloudtrail = lab.root.client("cloudtrail")
    assert cloudtrail.list_event_data_stores()["EventDataStores"] == []
    assert cloudtrail.list_channels()["Channels"] == []
