"""SNS: subscriptions that wait for a confirmation, and queues that let the topic in.

Who subscribes by email or by a web address gets a message first and has to confirm. A queue
gets a message when its own policy lets SNS send it one. moto asks neither.

AWS pages: https://docs.aws.amazon.com/sns/latest/api/API_Subscribe.html,
https://docs.aws.amazon.com/sns/latest/dg/subscribe-sqs-queue-to-sns-topic.html
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from helpers.lab import seam, seam_resources
from helpers.lab.errors import AwsError
from helpers.lab.organization import RCP
from helpers.lab.policies import organization_levels
from helpers.lab.services.registry import Asked, answers
from helpers.policy import Policies, PolicyError, Request, evaluate

TO_CONFIRM = frozenset({"email", "email-json", "http", "https"})
PENDING = "PendingConfirmation"
SERVICE = "sns.amazonaws.com"

_EMAIL = re.compile(r"[^\s@]+@[^\s@]+\.[^\s@]+")

# Protocol → how an endpoint has to look, and what SNS says of another.
ENDPOINTS = {
    "email": (_EMAIL, "Invalid parameter: Email address"),
    "email-json": (_EMAIL, "Invalid parameter: Email address"),
    "http": (re.compile(r"http://\S+"), "Invalid parameter: Endpoint must match the specified "
             "protocol"),
    "https": (re.compile(r"https://\S+"), "Invalid parameter: Endpoint must match the specified "
              "protocol"),
}  # fmt: skip


@dataclass
class Subscriptions:
    """The ARNs of an account's subscriptions that nobody has confirmed yet."""

    pending: set[str] = field(default_factory=set)


def _kept(asked: Asked) -> Subscriptions:
    return asked.account.own.setdefault("sns", Subscriptions())


@answers("sns", "Subscribe")
def subscribe(asked: Asked) -> Any:
    """Subscribe to a topic."""
    protocol = str(asked.parameters["Protocol"])
    pattern, complaint = ENDPOINTS.get(protocol, (None, ""))
    endpoint = str(asked.parameters.get("Endpoint") or "")
    if pattern is not None and not pattern.fullmatch(endpoint):
        raise AwsError("InvalidParameter", complaint)
    store = seam.store("sns", asked.account.id, asked.call.region)
    before = set(store.subscriptions) if store is not None else set()
    http = asked.forward()
    if http[0] >= 400 or protocol not in TO_CONFIRM:
        return http
    arn = seam.parse_answer(asked.call.model, *http).get("SubscriptionArn")
    if arn not in before:
        _kept(asked).pending.add(arn)
    if arn in _kept(asked).pending and not asked.parameters.get("ReturnSubscriptionArn"):
        return {"SubscriptionArn": "pending confirmation"}
    return http


@answers("sns", "ListSubscriptions", "ListSubscriptionsByTopic")
def list_subscriptions(asked: Asked) -> Any:
    """Who has subscribed; one who has not confirmed has no ARN yet."""
    http = asked.forward()
    pending = _kept(asked).pending
    if http[0] >= 400 or not pending:
        return http
    found = seam.parse_answer(asked.call.model, *http)
    for subscription in found.get("Subscriptions", ()):
        if subscription["SubscriptionArn"] in pending:
            subscription["SubscriptionArn"] = PENDING
    return found


@answers("sns", "GetSubscriptionAttributes")
def get_subscription_attributes(asked: Asked) -> Any:
    """What is known of a subscription."""
    http = asked.forward()
    if http[0] >= 400:
        return http
    found = seam.parse_answer(asked.call.model, *http)
    waits = asked.parameters["SubscriptionArn"] in _kept(asked).pending
    found["Attributes"]["PendingConfirmation"] = str(waits).lower()
    return found


@answers("sns", "Publish", "PublishBatch")
def publish(asked: Asked) -> Any:
    """Send a message to those who have confirmed, and to queues that let it in."""
    store = seam.store("sns", asked.account.id, asked.call.region)
    if store is None:
        return asked.forward()
    with seam_resources.sns_without(store, lambda one: not _reaches(asked, one)):
        return asked.forward()


def _reaches(asked: Asked, subscription: Any) -> bool:
    if subscription.arn in _kept(asked).pending:
        return False
    if subscription.protocol != "sqs":
        return True
    stored = seam_resources.stored(subscription.endpoint)
    if stored is None or not stored.policies:
        return False
    owner = subscription.endpoint.split(":")[4]
    request = Request(
        action="sqs:SendMessage",
        resource=subscription.endpoint,
        principal=SERVICE,
        context={
            "aws:PrincipalIsAWSService": "true",
            "aws:PrincipalServiceName": SERVICE,
            "aws:SourceAccount": asked.account.id,
            "aws:SourceArn": subscription.topic.arn,
            "aws:SecureTransport": "true",
        },
        resource_account=owner,
    )
    levels = organization_levels(owner, RCP, asked.world)
    try:
        policies = Policies(
            resource=list(stored.policies), resource_control=[list(level) for level in levels]
        )
        return evaluate(request, policies).effect == "allowed"
    except PolicyError:
        return False
