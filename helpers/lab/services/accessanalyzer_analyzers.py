"""Analyzers, their tags and their archive rules.

AWS page: https://docs.aws.amazon.com/IAM/latest/UserGuide/access-analyzer-getting-started.html
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from helpers.lab.callers import Principal
from helpers.lab.constraints import violations
from helpers.lab.errors import AwsError, not_simulated
from helpers.lab.services import accessanalyzer_filters as filters
from helpers.lab.services.accessanalyzer_refresh import refresh
from helpers.lab.services.accessanalyzer_store import (
    UNUSED_TYPES,
    Analyzer,
    ArchiveRule,
    analyzer_by_arn,
    analyzer_named,
    analyzer_of_arn,
    conflict,
    invalid,
    not_found,
    once,
    page,
    quota_exceeded,
    store,
)
from helpers.lab.services.registry import Asked, answers, checks
from helpers.lab.wire import Call
from helpers.lab.world import World

MOST_ANALYZERS = {
    "ACCOUNT": 1,
    "ACCOUNT_UNUSED_ACCESS": 1,
    "ORGANIZATION": 5,
    "ORGANIZATION_UNUSED_ACCESS": 1,
}
"""How many analyzers of a type an account may have in a Region."""

NOT_SIMULATED_TYPES = frozenset({"ACCOUNT_INTERNAL_ACCESS", "ORGANIZATION_INTERNAL_ACCESS"})

SERVICE = "access-analyzer.amazonaws.com"
"""The service principal that an organization delegates its administration to."""

MOST_RULES = 100
USUAL_AGE = 90
"""Days; what an unused access analyzer is created with when it is not told otherwise."""
LARGEST_AGE = 365
MOST_TAGS = 50

_TAG_KEY = re.compile(r"(?!aws:)[\w\s./=+:@-]{1,128}", re.IGNORECASE)
_TAG_VALUE = re.compile(r"[\w\s./=+:@-]{0,256}")


@checks("accessanalyzer")
def check_parameters(call: Call, _principal: Principal, _world: World) -> None:
    """What the service looks at first: its model's constraints."""
    found = violations(call.model.input_shape, call.parameters)
    if found:
        count = f"{len(found)} validation error{'s' if len(found) > 1 else ''} detected"
        message = f"{count}: " + "; ".join(one.sentence for one in found)
        fields = [{"name": one.field, "message": one.sentence} for one in found]
        members = {"reason": "fieldValidationFailed", "fieldList": fields}
        raise AwsError("ValidationException", message, details=members)


@answers("accessanalyzer", "CreateAnalyzer")
@once
def create_analyzer(asked: Asked) -> Any:
    parameters = asked.parameters
    name, kind, region = parameters["analyzerName"], parameters["type"], asked.call.region
    if kind in NOT_SIMULATED_TYPES:
        raise not_simulated("accessanalyzer", f"CreateAnalyzer with the type {kind}")
    analyzers = store(asked.account).analyzers
    configuration = _configuration(kind, parameters.get("configuration"))
    tags = _checked_tags(parameters.get("tags") or {})
    if kind.startswith("ORGANIZATION"):
        _check_organization(asked)
    if (region, name) in analyzers:
        raise conflict("Analyzer", name, f"An analyzer with the name {name} already exists.")
    same = [one for one in analyzers.values() if (one.region, one.type) == (region, kind)]
    if len(same) >= MOST_ANALYZERS[kind]:
        raise quota_exceeded(
            "Analyzer",
            name,
            f"The quota of {MOST_ANALYZERS[kind]} analyzer(s) of the type {kind} in this Region "
            "has been reached.",
        )
    now = asked.now
    made = Analyzer(
        name=name,
        arn=f"arn:aws:access-analyzer:{region}:{asked.account.id}:analyzer/{name}",
        type=kind,
        created_at=now,
        region=region,
        configuration=configuration,
        tags=tags,
    )
    for rule in parameters.get("archiveRules") or ():
        criteria = filters.check(rule["filter"], of_rule=True)
        if rule["ruleName"] in made.rules:
            raise invalid(f"The rule {rule['ruleName']} is given twice.", "archiveRules")
        made.rules[rule["ruleName"]] = ArchiveRule(rule["ruleName"], criteria, now, now)
    analyzers[region, name] = made
    return {"arn": made.arn}


def _configuration(kind: str, given: Mapping[str, Any] | None) -> Mapping[str, Any] | None:
    """The configuration of a new or changed analyzer."""
    if kind not in UNUSED_TYPES:
        if given:
            raise invalid(
                f"An analyzer of the type {kind} takes no configuration.", "configuration"
            )
        return None
    if given and "unusedAccess" not in given:
        raise invalid(
            f"An analyzer of the type {kind} takes the configuration unusedAccess.",
            "configuration",
        )
    unused = dict((given or {}).get("unusedAccess") or {})
    age = unused.setdefault("unusedAccessAge", USUAL_AGE)
    if not 1 <= age <= LARGEST_AGE:
        raise invalid(
            f"unusedAccessAge must be between 1 and {LARGEST_AGE} days.",
            "configuration.unusedAccess.unusedAccessAge",
        )
    for exclusion in (unused.get("analysisRule") or {}).get("exclusions") or ():
        if exclusion.get("accountIds") and not kind.startswith("ORGANIZATION"):
            raise invalid(
                "Account ids can only be excluded by analyzers of an organization.",
                "configuration.unusedAccess.analysisRule.exclusions",
            )
        if not exclusion.get("accountIds") and not exclusion.get("resourceTags"):
            raise invalid(
                "An exclusion needs accountIds or resourceTags.",
                "configuration.unusedAccess.analysisRule.exclusions",
            )
        for tags in exclusion.get("resourceTags") or ():
            _checked_tags(tags)
    return {"unusedAccess": unused}


def _check_organization(asked: Asked) -> None:
    """Only the management account, or the service's delegated administrator, has the right."""
    organization = asked.world.organization_of(asked.account.id)
    administers = organization is not None and (
        organization.management_id == asked.account.id
        or SERVICE in organization.delegated.get(asked.account.id, {})
    )
    if not administers:
        raise invalid(
            "Only the management account of an organization, or its delegated administrator for "
            "IAM Access Analyzer, can create an analyzer with the organization as its zone of "
            "trust.",
            "type",
            reason="other",
        )


@answers("accessanalyzer", "GetAnalyzer")
def get_analyzer(asked: Asked) -> Any:
    return {"analyzer": _summary(analyzer_named(asked), whole=True)}


@answers("accessanalyzer", "ListAnalyzers")
def list_analyzers(asked: Asked) -> Any:
    kind = asked.parameters.get("type")
    found = [
        one
        for one in store(asked.account).analyzers.values()
        if one.region == asked.call.region and kind in (None, one.type)
    ]
    return page(asked, "analyzers", found, lambda one: _summary(one, whole=False))


def _summary(analyzer: Analyzer, *, whole: bool) -> dict[str, Any]:
    found: dict[str, Any] = {
        "arn": analyzer.arn,
        "name": analyzer.name,
        "type": analyzer.type,
        "createdAt": analyzer.created_at,
        "status": "ACTIVE",
        "tags": analyzer.tags,
    }
    if analyzer.last_resource is not None:
        found["lastResourceAnalyzed"] = analyzer.last_resource
        found["lastResourceAnalyzedAt"] = analyzer.last_analyzed_at
    if whole and analyzer.configuration is not None:
        found["configuration"] = analyzer.configuration
    return found


@answers("accessanalyzer", "UpdateAnalyzer")
def update_analyzer(asked: Asked) -> Any:
    analyzer = analyzer_named(asked)
    if analyzer.type not in UNUSED_TYPES:
        raise invalid(
            "UpdateAnalyzer is not supported for external access analyzers.",
            "analyzerName",
            reason="notSupported",
        )
    given = asked.parameters.get("configuration")
    if given:
        made = _configuration(analyzer.type, given)
        before = (analyzer.configuration or {})["unusedAccess"]["unusedAccessAge"]
        # What can be changed is who is left out; the time stays as the analyzer was made with.
        if made and (given["unusedAccess"].get("unusedAccessAge") not in (None, before)):
            raise invalid(
                "The tracking period of an analyzer cannot be changed.",
                "configuration.unusedAccess.unusedAccessAge",
            )
        unused = {**(made or {})["unusedAccess"], "unusedAccessAge": before}
        analyzer.configuration = {"unusedAccess": unused}
    return {"configuration": analyzer.configuration}


@answers("accessanalyzer", "DeleteAnalyzer")
@once
def delete_analyzer(asked: Asked) -> None:
    analyzer = analyzer_named(asked)
    del store(asked.account).analyzers[analyzer.region, analyzer.name]


@answers("accessanalyzer", "CreateServiceLinkedAnalyzer")
def create_service_linked_analyzer(asked: Asked) -> None:
    raise AwsError(
        "AccessDeniedException",
        "Only AWS services can create a service-linked analyzer.",
        403,
    )


@answers("accessanalyzer", "DeleteServiceLinkedAnalyzer")
def delete_service_linked_analyzer(asked: Asked) -> None:
    # No service makes one here, so there is none of this name, whatever the name is.
    raise not_found("Analyzer", asked.parameters["analyzerName"])


# -- tags ------------------------------------------------------------------------------------------


def _checked_tags(tags: Mapping[str, str]) -> dict[str, str]:
    for key, value in tags.items():
        if not _TAG_KEY.fullmatch(key) or not _TAG_VALUE.fullmatch(value):
            raise invalid(f"The tag {key} is not valid.", "tags")
    if len(tags) > MOST_TAGS:
        raise invalid(f"A resource can have at most {MOST_TAGS} tags.", "tags")
    return dict(tags)


@answers("accessanalyzer", "ListTagsForResource")
def list_tags_for_resource(asked: Asked) -> Any:
    return {"tags": analyzer_by_arn(asked, asked.parameters["resourceArn"]).tags}


@answers("accessanalyzer", "TagResource")
def tag_resource(asked: Asked) -> Any:
    analyzer = analyzer_by_arn(asked, asked.parameters["resourceArn"])
    analyzer.tags = _checked_tags({**analyzer.tags, **asked.parameters["tags"]})
    return {}


@answers("accessanalyzer", "UntagResource")
def untag_resource(asked: Asked) -> Any:
    analyzer = analyzer_by_arn(asked, asked.parameters["resourceArn"])
    for key in asked.parameters["tagKeys"]:
        analyzer.tags.pop(key, None)
    return {}


# -- archive rules ---------------------------------------------------------------------------------


@answers("accessanalyzer", "CreateArchiveRule")
@once
def create_archive_rule(asked: Asked) -> None:
    analyzer, name = analyzer_named(asked), asked.parameters["ruleName"]
    criteria = filters.check(asked.parameters["filter"], of_rule=True)
    if name in analyzer.rules:
        raise conflict("ArchiveRule", name, f"An archive rule with the name {name} already exists.")
    if len(analyzer.rules) >= MOST_RULES:
        raise quota_exceeded(
            "ArchiveRule", name, f"The quota of {MOST_RULES} archive rules has been reached."
        )
    analyzer.rules[name] = ArchiveRule(name, criteria, asked.now, asked.now)


def _rule(asked: Asked, analyzer: Analyzer) -> ArchiveRule:
    name = asked.parameters["ruleName"]
    if name not in analyzer.rules:
        raise not_found("ArchiveRule", name)
    return analyzer.rules[name]


@answers("accessanalyzer", "GetArchiveRule")
def get_archive_rule(asked: Asked) -> Any:
    return {"archiveRule": _rule_summary(_rule(asked, analyzer_named(asked)))}


@answers("accessanalyzer", "ListArchiveRules")
def list_archive_rules(asked: Asked) -> Any:
    rules = list(analyzer_named(asked).rules.values())
    return page(asked, "archiveRules", rules, _rule_summary)


def _rule_summary(rule: ArchiveRule) -> dict[str, Any]:
    return {
        "ruleName": rule.name,
        "filter": rule.filter,
        "createdAt": rule.created_at,
        "updatedAt": rule.updated_at,
    }


@answers("accessanalyzer", "UpdateArchiveRule")
def update_archive_rule(asked: Asked) -> None:
    rule = _rule(asked, analyzer_named(asked))
    rule.filter = filters.check(asked.parameters["filter"], of_rule=True)
    rule.updated_at = asked.now


@answers("accessanalyzer", "DeleteArchiveRule")
@once
def delete_archive_rule(asked: Asked) -> None:
    analyzer = analyzer_named(asked)
    del analyzer.rules[_rule(asked, analyzer).name]


@answers("accessanalyzer", "ApplyArchiveRule")
def apply_archive_rule(asked: Asked) -> None:
    analyzer = analyzer_of_arn(asked)
    rule = _rule(asked, analyzer)
    refresh(asked, analyzer)
    for finding in analyzer.findings.values():
        if finding.status == "ACTIVE" and filters.meets(finding, rule.filter):
            finding.status, finding.updated_at = "ARCHIVED", asked.now
