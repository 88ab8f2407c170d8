"""Cost Explorer: the costs of an account in which nothing costs anything, and anomaly monitors.

AWS pages: https://docs.aws.amazon.com/aws-cost-management/latest/APIReference/API_GetCostAndUsage.html,
https://docs.aws.amazon.com/aws-cost-management/latest/APIReference/API_CreateAnomalyMonitor.html
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, timedelta
from typing import Any

from helpers.lab.errors import AwsError
from helpers.lab.services.registry import Asked, answers

# Metric → its unit.
UNITS = {
    "AmortizedCost": "USD",
    "BlendedCost": "USD",
    "NetAmortizedCost": "USD",
    "NetUnblendedCost": "USD",
    "NormalizedUsageAmount": "N/A",
    "UnblendedCost": "USD",
    "UsageQuantity": "N/A",
}

MONTHS_BACK = 14
"""How far back costs are kept unless the account asks for more."""


def _invalid(message: str) -> AwsError:
    return AwsError("ValidationException", message)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text[:10])
    except ValueError:
        raise _invalid("Start or end date should be in format yyyy-MM-dd") from None


def _period(asked: Asked) -> tuple[date, date]:
    """The days of a call: from the first up to before the last."""
    period = asked.parameters["TimePeriod"]
    start, end = _day(period["Start"]), _day(period["End"])
    if start >= end:
        raise _invalid("Start date (and hour) should be before end date (and hour)")
    return start, end


def _spans(start: date, end: date, granularity: str) -> Iterator[tuple[date, date]]:
    """A period in days or in months of the calendar, the last cut off where it ends."""
    while start < end:
        if granularity == "MONTHLY":
            following = (start.replace(day=1) + timedelta(days=32)).replace(day=1)
        else:
            following = start + timedelta(days=1)
        yield start, min(following, end)
        start = following


@answers("ce", "GetCostAndUsage", "GetCostAndUsageWithResources")
def get_cost_and_usage(asked: Asked) -> Any:
    """Nothing, for each span of the period."""
    parameters = asked.parameters
    start, end = _period(asked)
    today = asked.now.date()
    oldest = (today.replace(day=1) - timedelta(days=31 * MONTHS_BACK)).replace(day=1)
    if start < oldest:
        raise _invalid(
            f"You haven't enabled historical data beyond {MONTHS_BACK} months. "
            "Historical data can be enabled by management account."
        )
    metrics = parameters.get("Metrics") or []
    if not metrics:
        raise _invalid("At least one valid metric should be specified")
    names = {name.lower(): name for name in UNITS}
    wanted = [names.get(str(metric).lower()) for metric in metrics]
    if None in wanted:
        raise _invalid("At least one valid metric should be specified")
    grouped = parameters.get("GroupBy")
    nothing = {name: {"Amount": "0", "Unit": UNITS[name]} for name in wanted if name}
    answer: dict[str, Any] = {
        "ResultsByTime": [
            {
                "TimePeriod": {"Start": first.isoformat(), "End": last.isoformat()},
                "Total": {} if grouped else nothing,
                "Groups": [],
                # A month's costs are settled when it is over.
                "Estimated": last > today.replace(day=1),
            }
            for first, last in _spans(start, end, parameters.get("Granularity") or "MONTHLY")
        ],
        "DimensionValueAttributes": [],
    }
    if grouped:
        answer["GroupDefinitions"] = grouped
    return answer


@answers("ce", "GetCostForecast", "GetUsageForecast")
def get_forecast(asked: Asked) -> Any:
    """Cost Explorer foretells nothing from no costs at all."""
    start, _ = _period(asked)
    if start < asked.now.date():
        raise _invalid("Start date cannot be in the past")
    raise AwsError(
        "DataUnavailableException", "Insufficient amount of historical data to generate forecast."
    )


@answers("ce", "GetDimensionValues")
def get_dimension_values(asked: Asked) -> Any:
    """The services, Regions … in which something was spent."""
    _period(asked)
    return {"DimensionValues": [], "ReturnSize": 0, "TotalSize": 0}


@answers("ce", "GetTags")
def get_tags(asked: Asked) -> Any:
    """The tags of what something was spent on."""
    _period(asked)
    return {"Tags": [], "ReturnSize": 0, "TotalSize": 0}


# -- anomalies -----------------------------------------------------------------------------------


@dataclass
class Anomalies:
    """What Cost Anomaly Detection keeps of an account: monitors and subscriptions by ARN."""

    monitors: dict[str, dict[str, Any]] = field(default_factory=dict)
    subscriptions: dict[str, dict[str, Any]] = field(default_factory=dict)


def _kept(asked: Asked) -> Anomalies:
    return asked.account.own.setdefault("ce", Anomalies())


def _new_arn(asked: Asked, kind: str) -> str:
    digits = f"{asked.account.random.getrandbits(128):032x}"
    parts = (digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:])
    return f"arn:aws:ce::{asked.account.id}:{kind}/{'-'.join(parts)}"


def _chosen(kept: dict[str, dict[str, Any]], wanted: Any, kind: str) -> list[dict[str, Any]]:
    for arn in wanted or ():
        if arn not in kept:
            raise _unknown(kind, arn)
    return [entry for arn, entry in kept.items() if not wanted or arn in wanted]


def _unknown(kind: str, arn: str) -> AwsError:
    return AwsError(f"Unknown{kind}Exception", f"Cannot find the {kind.lower()} {arn}")


def _today(asked: Asked) -> str:
    return asked.now.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


@answers("ce", "CreateAnomalyMonitor")
def create_anomaly_monitor(asked: Asked) -> Any:
    """Watch the costs of each service, or of something chosen."""
    given, kept = dict(asked.parameters["AnomalyMonitor"]), _kept(asked).monitors
    of_services = given.get("MonitorType") == "DIMENSIONAL"
    if of_services and any(one["MonitorType"] == "DIMENSIONAL" for one in kept.values()):
        raise AwsError("LimitExceededException", "Limit exceeded on dimensional spend monitor")
    arn = _new_arn(asked, "anomalymonitor")
    kept[arn] = {**given, "MonitorArn": arn, "CreationDate": _today(asked)}
    return {"MonitorArn": arn}


@answers("ce", "GetAnomalyMonitors")
def get_anomaly_monitors(asked: Asked) -> Any:
    """The monitors."""
    wanted = asked.parameters.get("MonitorArnList")
    return {"AnomalyMonitors": _chosen(_kept(asked).monitors, wanted, "Monitor")}


@answers("ce", "DeleteAnomalyMonitor")
def delete_anomaly_monitor(asked: Asked) -> None:
    """Watch no longer."""
    if _kept(asked).monitors.pop(arn := asked.parameters["MonitorArn"], None) is None:
        raise _unknown("Monitor", arn)


@answers("ce", "CreateAnomalySubscription")
def create_anomaly_subscription(asked: Asked) -> Any:
    """Tell somebody of what a monitor finds."""
    given, kept = dict(asked.parameters["AnomalySubscription"]), _kept(asked)
    for arn in given.get("MonitorArnList") or ():
        if arn not in kept.monitors:
            raise _unknown("Monitor", arn)
    arn = _new_arn(asked, "anomalysubscription")
    entry = {**given, "SubscriptionArn": arn, "AccountId": asked.account.id}
    entry["Subscribers"] = [{"Status": "CONFIRMED", **one} for one in given["Subscribers"]]
    kept.subscriptions[arn] = entry
    return {"SubscriptionArn": arn}


@answers("ce", "GetAnomalySubscriptions")
def get_anomaly_subscriptions(asked: Asked) -> Any:
    """Who is told of what."""
    parameters = asked.parameters
    wanted, monitor = parameters.get("SubscriptionArnList"), parameters.get("MonitorArn")
    found = _chosen(_kept(asked).subscriptions, wanted, "Subscription")
    found = [one for one in found if not monitor or monitor in one.get("MonitorArnList", ())]
    return {"AnomalySubscriptions": found}


@answers("ce", "DeleteAnomalySubscription")
def delete_anomaly_subscription(asked: Asked) -> None:
    """Tell no longer."""
    if _kept(asked).subscriptions.pop(arn := asked.parameters["SubscriptionArn"], None) is None:
        raise _unknown("Subscription", arn)


@answers("ce", "GetAnomalies")
def get_anomalies(asked: Asked) -> Any:
    """Where nothing is spent nothing stands out."""
    return {"Anomalies": []}
