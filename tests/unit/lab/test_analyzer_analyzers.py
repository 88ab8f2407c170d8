"""Analyzers, their tags and archive rules, through stock boto3."""

from __future__ import annotations

from typing import Any

import pytest
from analyzer_calls import ARN, analyzer_client, external, unused
from botocore.exceptions import ClientError
from lab_calls import ACCOUNT, allow, new_user, refused

from helpers import Lab


@pytest.fixture
def client(lab: Lab) -> Any:
    return analyzer_client(lab)


def error(call: Any, /, **parameters: Any) -> dict[str, Any]:
    """The whole answer of a call that has to fail."""
    with pytest.raises(ClientError) as caught:
        call(**parameters)
    return caught.value.response


def test_an_analyzer_from_beginning_to_end(client: Any) -> None:
    made = client.create_analyzer(
        analyzerName="outside",
        type="ACCOUNT",
        tags={"team": "security"},
        archiveRules=[{"ruleName": "known", "filter": {"isPublic": {"eq": ["false"]}}}],
    )
    assert made["arn"] == f"{ARN}outside"
    got = client.get_analyzer(analyzerName="outside")["analyzer"]
    del got["createdAt"]
    assert got == {
        "arn": f"{ARN}outside",
        "name": "outside",
        "type": "ACCOUNT",
        "status": "ACTIVE",
        "tags": {"team": "security"},
    }
    assert [one["name"] for one in client.list_analyzers()["analyzers"]] == ["outside"]
    assert client.list_analyzers(type="ACCOUNT_UNUSED_ACCESS")["analyzers"] == []
    assert client.list_archive_rules(analyzerName="outside")["archiveRules"][0]["ruleName"] == (
        "known"
    )
    client.delete_analyzer(analyzerName="outside")
    assert client.list_analyzers()["analyzers"] == []
    answer = error(client.get_analyzer, analyzerName="outside")
    assert answer["Error"]["Code"] == "ResourceNotFoundException"
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 404
    assert (answer["resourceId"], answer["resourceType"]) == ("outside", "Analyzer")


def test_times_are_the_labs(lab: Lab, client: Any) -> None:
    external(client)
    at = client.get_analyzer(analyzerName="outside")["analyzer"]["createdAt"]
    assert abs((lab.clock.now - at).total_seconds()) < 5


def test_a_region_has_analyzers_of_its_own(lab: Lab, client: Any) -> None:
    external(client)
    elsewhere = analyzer_client(lab, region_name="eu-west-1")
    assert elsewhere.list_analyzers()["analyzers"] == []
    assert external(elsewhere) == f"{ARN}outside".replace("us-east-1", "eu-west-1")
    refused("ResourceNotFoundException", elsewhere.list_findings_v2, analyzerArn=f"{ARN}outside")


def test_quotas_and_names(client: Any) -> None:
    external(client)
    answer = error(client.create_analyzer, analyzerName="second", type="ACCOUNT")
    assert answer["Error"]["Code"] == "ServiceQuotaExceededException"
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 402
    assert (answer["resourceId"], answer["resourceType"]) == ("second", "Analyzer")
    answer = error(client.create_analyzer, analyzerName="outside", type="ACCOUNT_UNUSED_ACCESS")
    assert answer["Error"]["Code"] == "ConflictException"
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 409
    unused(client)  # one of another type is no matter


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        ({"analyzerName": "9 lives"}, "fieldValidationFailed"),
        ({"type": "GALAXY"}, "fieldValidationFailed"),
        ({"configuration": {"unusedAccess": {"unusedAccessAge": 90}}}, "fieldValidationFailed"),
        ({"archiveRules": [{"ruleName": "r", "filter": {}}]}, "fieldValidationFailed"),
        ({"tags": {"aws:x": "y"}}, "fieldValidationFailed"),
        ({"type": "ORGANIZATION"}, "other"),
        *(
            (
                {
                    "type": "ACCOUNT_UNUSED_ACCESS",
                    "configuration": {"unusedAccess": {"unusedAccessAge": age}},
                },
                "fieldValidationFailed",
            )
            for age in (0, 366)
        ),
        (
            {
                "type": "ACCOUNT_UNUSED_ACCESS",
                "configuration": {
                    "unusedAccess": {"analysisRule": {"exclusions": [{"accountIds": ["1" * 12]}]}}
                },
            },
            "fieldValidationFailed",
        ),
    ],
)
def test_wrong_analyzers(client: Any, wrong: dict[str, Any], reason: str) -> None:
    parameters = {"analyzerName": "a", "type": "ACCOUNT", **wrong}
    answer = error(client.create_analyzer, **parameters)
    assert answer["Error"]["Code"] == "ValidationException"
    assert answer["reason"] == reason
    assert answer["fieldList"]
    assert client.list_analyzers()["analyzers"] == []


def test_unused_access_is_90_days_unless_said(client: Any) -> None:
    client.create_analyzer(analyzerName="u", type="ACCOUNT_UNUSED_ACCESS")
    got = client.get_analyzer(analyzerName="u")["analyzer"]["configuration"]
    assert got == {"unusedAccess": {"unusedAccessAge": 90}}
    # The list leaves the configuration out.
    assert "configuration" not in client.list_analyzers()["analyzers"][0]


def test_update_changes_whom_an_analyzer_leaves_out(client: Any) -> None:
    unused(client, age=30)
    rule = {"exclusions": [{"resourceTags": [{"team": "ops"}]}]}
    answer = client.update_analyzer(
        analyzerName="unused", configuration={"unusedAccess": {"analysisRule": rule}}
    )
    expected = {"unusedAccess": {"unusedAccessAge": 30, "analysisRule": rule}}
    assert answer["configuration"] == expected
    assert client.get_analyzer(analyzerName="unused")["analyzer"]["configuration"] == expected
    external(client)
    answer = error(client.update_analyzer, analyzerName="outside")
    assert answer["reason"] == "notSupported"


def test_what_is_not_simulated_says_so(client: Any) -> None:
    message = refused(
        "NotSimulated", client.create_analyzer, analyzerName="i", type="ACCOUNT_INTERNAL_ACCESS"
    )
    assert "ACCOUNT_INTERNAL_ACCESS" in message


def test_a_service_linked_analyzer_is_for_services(client: Any) -> None:
    refused("AccessDeniedException", client.create_service_linked_analyzer, type="ACCOUNT")
    external(client)
    call = client.delete_service_linked_analyzer
    refused("ResourceNotFoundException", call, analyzerName="outside")


def test_tags(client: Any) -> None:
    arn = external(client)
    client.tag_resource(resourceArn=arn, tags={"a": "1", "b": "2"})
    client.tag_resource(resourceArn=arn, tags={"a": "3"})
    client.untag_resource(resourceArn=arn, tagKeys=["b", "c"])
    assert client.list_tags_for_resource(resourceArn=arn)["tags"] == {"a": "3"}
    refused("ResourceNotFoundException", client.list_tags_for_resource, resourceArn=f"{arn}x")


def test_archive_rules(client: Any) -> None:
    external(client)
    rule = {"analyzerName": "outside", "ruleName": "mine"}
    criteria = {"principal.AWS": {"contains": ["4444"]}, "isPublic": {"exists": True}}
    client.create_archive_rule(**rule, filter=criteria)
    got = client.get_archive_rule(**rule)["archiveRule"]
    assert got["filter"] == criteria
    client.update_archive_rule(**rule, filter={"error": {"exists": False}})
    again = client.get_archive_rule(**rule)["archiveRule"]
    assert again["filter"] == {"error": {"exists": False}}
    assert again["createdAt"] == got["createdAt"] < again["updatedAt"]
    refused("ConflictException", client.create_archive_rule, **rule, filter=criteria)
    refused("ValidationException", client.update_archive_rule, **rule, filter={})
    refused("ValidationException", client.update_archive_rule, **rule, filter={"x": {"eq": ["y"]}})
    client.delete_archive_rule(**rule)
    refused("ResourceNotFoundException", client.get_archive_rule, **rule)
    refused("ResourceNotFoundException", client.list_archive_rules, analyzerName="nobody")


def test_pages(client: Any) -> None:
    external(client)
    for number in range(5):
        client.create_archive_rule(
            analyzerName="outside", ruleName=f"r{number}", filter={"id": {"eq": [str(number)]}}
        )
    first = client.list_archive_rules(analyzerName="outside", maxResults=2)
    assert [one["ruleName"] for one in first["archiveRules"]] == ["r0", "r1"]
    pages = client.get_paginator("list_archive_rules").paginate(
        analyzerName="outside", PaginationConfig={"PageSize": 2}
    )
    sizes = [len(page["archiveRules"]) for page in pages]
    assert sizes == [2, 2, 1]
    for token in ("nonsense", first["nextToken"][:-4]):
        answer = error(client.list_archive_rules, analyzerName="outside", nextToken=token)
        assert answer["Error"]["Code"] == "ValidationException"
    # A token of one operation means nothing to another.
    refused("ValidationException", client.list_analyzers, nextToken=first["nextToken"])
    refused("ValidationException", client.list_archive_rules, analyzerName="outside", maxResults=0)


def test_policies_decide_who_may_ask(lab: Lab) -> None:
    only = f"{ARN}outside"
    ann = new_user(
        lab, "ann", allow(["access-analyzer:ListFindings", "access-analyzer:Get*"], only)
    )
    client = ann.client("accessanalyzer")
    root = analyzer_client(lab)
    arn, other = external(root), unused(root)
    assert client.list_findings_v2(analyzerArn=arn)["findings"] == []
    assert client.list_findings(analyzerArn=arn)["findings"] == []
    assert client.get_analyzer(analyzerName="outside")["analyzer"]["arn"] == arn
    message = refused("AccessDeniedException", client.list_findings_v2, analyzerArn=other)
    assert f"access-analyzer:ListFindings on resource: {other}" in message
    refused("AccessDeniedException", client.delete_analyzer, analyzerName="outside")


def test_a_call_made_again_with_its_token_has_no_other_effect(client: Any) -> None:
    asked = {"analyzerName": "outside", "type": "ACCOUNT", "clientToken": "one"}
    made = client.create_analyzer(**asked)["arn"]
    assert client.create_analyzer(**asked)["arn"] == made
    assert len(client.list_analyzers()["analyzers"]) == 1
    refused("ConflictException", client.create_analyzer, **asked | {"clientToken": "two"})
    # The token is for that one call: what asks for something else is another.
    refused(
        "ServiceQuotaExceededException", client.create_analyzer, **asked | {"analyzerName": "b"}
    )
    principal = {"principalArn": f"arn:aws:iam::{ACCOUNT}:user/ann"}
    jobs = {
        client.start_policy_generation(policyGenerationDetails=principal, clientToken=token)[
            "jobId"
        ]
        for token in ("one", "one", "two")
    }
    assert len(jobs) == len(client.list_policy_generations()["policyGenerations"]) == 2
    for _ in range(2):
        client.delete_analyzer(analyzerName="outside", clientToken="three")
    refused("ResourceNotFoundException", client.delete_analyzer, analyzerName="outside")
