"""Subscriptions that wait for a confirmation, and queues whose policy lets a topic in."""

from __future__ import annotations

from lab_calls import ACCOUNT, policy, refused

from helpers import Lab

QUEUE = f"arn:aws:sqs:us-east-1:{ACCOUNT}:inbox"


def test_an_address_has_to_be_confirmed(lab: Lab) -> None:
    sns = lab.root.client("sns")
    topic = sns.create_topic(Name="alarms")["TopicArn"]
    email = {"TopicArn": topic, "Protocol": "email"}
    answer = sns.subscribe(**email, Endpoint="ann@example.com")
    assert answer["SubscriptionArn"] == "pending confirmation"
    (listed,) = sns.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"]
    assert listed["SubscriptionArn"] == "PendingConfirmation"
    known = sns.subscribe(**email, Endpoint="ann@example.com", ReturnSubscriptionArn=True)
    arn = known["SubscriptionArn"]
    assert arn.startswith(topic)
    found = sns.get_subscription_attributes(SubscriptionArn=arn)["Attributes"]
    assert found["PendingConfirmation"] == "true"
    refused("InvalidParameter", sns.subscribe, **email, Endpoint="nobody")
    web = {"TopicArn": topic, "Protocol": "https", "Endpoint": "http://example.com"}
    refused("InvalidParameter", sns.subscribe, **web)


def test_a_web_address_gets_nothing_before_it_is_confirmed(lab: Lab) -> None:
    sns = lab.root.client("sns")
    topic = sns.create_topic(Name="alarms")["TopicArn"]
    sns.subscribe(TopicArn=topic, Protocol="https", Endpoint="https://example.com/hook")
    assert sns.publish(TopicArn=topic, Message="hello")["MessageId"]


def test_a_queue_gets_what_its_policy_lets_in(lab: Lab) -> None:
    sns, sqs = lab.root.client("sns"), lab.root.client("sqs")
    topic = sns.create_topic(Name="alarms")["TopicArn"]
    url = sqs.create_queue(QueueName="inbox")["QueueUrl"]
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=QUEUE)

    def arrives(source: str | None) -> bool:
        if source is not None:
            document = policy(
                {
                    "Effect": "Allow",
                    "Principal": {"Service": "sns.amazonaws.com"},
                    "Action": "sqs:SendMessage",
                    "Resource": QUEUE,
                    "Condition": {"ArnEquals": {"aws:SourceArn": source}},
                }
            )
            sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": document})
        sns.publish(TopicArn=topic, Message="hello")
        return bool(sqs.receive_message(QueueUrl=url).get("Messages"))

    assert arrives(None) is False
    assert arrives(topic.replace("alarms", "other")) is False
    assert arrives(topic) is True
