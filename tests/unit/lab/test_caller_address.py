"""Callers that sit elsewhere: what policies see of it, and what CloudTrail writes down."""

from __future__ import annotations

import pytest
from botocore.config import Config
from lab_calls import policy, refused, statement

from helpers import Lab

ELSEWHERE = "198.51.100.23"


def test_calls_come_from_the_address_and_program(house: Lab) -> None:
    admin = house.caller("admin")
    thief = admin.at(ELSEWHERE, "curl/8.5.0")
    thief.client("iam").list_users()
    admin.client("iam").list_users()
    first, second = house.events[-2:]
    assert (first["sourceIPAddress"], first["userAgent"]) == (ELSEWHERE, "curl/8.5.0")
    assert second["sourceIPAddress"] == "203.0.113.10"
    assert second["userAgent"].startswith("Boto3/")
    assert thief.arn == admin.arn
    assert admin.source_ip is None


def test_an_address_alone_keeps_the_programs_name(house: Lab) -> None:
    house.caller("admin").at("2001:db8::1").client("iam").list_users()
    event = house.events[-1]
    assert event["sourceIPAddress"] == "2001:db8::1"
    assert event["userAgent"].startswith("Boto3/")


def test_policies_see_address_and_program(house: Lab) -> None:
    from_office = statement(
        "Deny", "*", Condition={"NotIpAddress": {"aws:SourceIp": "203.0.113.0/24"}}
    )
    no_curl = statement("Deny", "*", Condition={"StringLike": {"aws:UserAgent": "curl/*"}})
    iam = house.root.client("iam")
    admin = house.caller("admin")
    iam.put_user_policy(UserName="admin", PolicyName="p", PolicyDocument=policy(from_office))
    refused("AccessDenied", admin.at(ELSEWHERE).client("iam").list_users)
    admin.client("iam").list_users()
    iam.put_user_policy(UserName="admin", PolicyName="p", PolicyDocument=policy(no_curl))
    curl = admin.at("203.0.113.11", "curl/8.5.0")
    refused("AccessDenied", curl.client("iam").list_users)
    admin.at(ELSEWHERE).client("iam").list_users()


def test_every_form_of_boto3_says_it(house: Lab) -> None:
    thief = house.caller("admin").at(ELSEWHERE, "curl/8.5.0")
    list(thief.resource("iam").users.all())
    thief.session.client("sts", config=Config(retries={"max_attempts": 1})).get_caller_identity()
    assert [event["sourceIPAddress"] for event in house.events[-2:]] == [ELSEWHERE] * 2
    assert house.events[-1]["userAgent"] == "curl/8.5.0"


def test_no_header_says_it(house: Lab) -> None:
    iam = house.caller("admin").client("iam")

    def lie(request: object, **_: object) -> None:
        request.headers["X-Forwarded-For"] = ELSEWHERE  # type: ignore[attr-defined]

    iam.meta.events.register("before-sign", lie)
    iam.list_users()
    assert house.events[-1]["sourceIPAddress"] == "203.0.113.10"


@pytest.mark.parametrize("wrong", ["office", "", "198.51.100.0/24"])
def test_what_is_no_address_is_refused(house: Lab, wrong: str) -> None:
    with pytest.raises(ValueError, match="does not appear to be"):
        house.caller("admin").at(wrong)
