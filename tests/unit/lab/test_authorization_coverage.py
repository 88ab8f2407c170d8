"""The authorization tables against botocore's operations and AWS's service authorization
reference: what they do not cover stands in ``authorization_gaps.py``, and nothing else does."""

from __future__ import annotations

import re
from collections.abc import Iterator

import authorization_gaps as gaps
import pytest
from authorization_samples import SERVICES, model, needs

from helpers.lab import authorization
from helpers.lab.authorization import catalogue
from helpers.lab.authorization.requirement import Source
from helpers.policy import catalogue as reference

pytestmark = pytest.mark.usefixtures("lab")


def own_needs(service: str) -> Iterator[tuple[str, list]]:
    """Each operation with what it needs of its own service."""
    prefix = catalogue.prefix(service) + ":"
    for operation in model(service).operation_names:
        found = [need for need in needs(service, operation) if need.action.startswith(prefix)]
        assert found, f"{operation} asks for nothing of {service}"
        yield operation, found


def shape(template: str) -> re.Pattern[str]:
    return re.compile(".+".join(map(re.escape, re.split(r"\$\{\w+\}", template))), re.IGNORECASE)


def table_keys(service: str) -> set[str]:
    """The keys of a service's table; some have a value only where something is stored."""
    table = getattr(authorization._module(service), "TABLE", authorization.NO_TABLE)
    asks = [ask for rows in (table.rows, table.also) for row in rows.values() for ask in row]
    return {*table.keys, *(key for ask in asks for key in ask.context)}


def required(action: str) -> list[str]:
    """The types of resource that an action needs, in the reference's words."""
    service, _, name = action.partition(":")
    details = reference._data().actions.get_action_details(service, name)
    return [kind["name"] for kind in details["resourceTypes"] if kind["required"]]


@pytest.mark.parametrize("service", SERVICES)
def test_every_operation_asks_for_an_action_that_there_is(service: str) -> None:
    unknown = {
        operation: need.action
        for operation, found in own_needs(service)
        for need in found
        if not reference.action_exists(need.action)
    }
    assert set(unknown) == set(gaps.UNKNOWN_ACTIONS.get(service, {}))
    for operation, found in own_needs(service):
        assert all((need.source is Source.NAME) == (operation in unknown) for need in found)


@pytest.mark.parametrize("service", SERVICES)
def test_every_operation_names_the_resources_that_its_action_works_on(service: str) -> None:
    unnamed = set()
    for operation, found in own_needs(service):
        for action in {need.action for need in found if reference.action_exists(need.action)}:
            arns = [need.resource for need in found if need.action == action]
            prefix, _, name = action.partition(":")
            for kind in required(action):
                template = shape(reference.arn_template(prefix, kind))
                if not any(template.fullmatch(arn) for arn in arns):
                    unnamed.add((operation, name, kind))
    assert unnamed == set(gaps.UNNAMED_RESOURCES.get(service, {}))


@pytest.mark.parametrize("service", SERVICES)
def test_every_action_is_asked_for_by_an_operation(service: str) -> None:
    asked = {need.action for _, found in own_needs(service) for need in found}
    prefix = catalogue.prefix(service)
    idle = {action.partition(":")[2] for action in set(reference.actions(prefix)) - asked}
    assert idle == set(gaps.IDLE_ACTIONS.get(service, {}))


@pytest.mark.parametrize("service", SERVICES)
def test_every_condition_key_of_the_service_has_a_value_somewhere(service: str) -> None:
    carried = {
        key
        for operation in model(service).operation_names
        for need in needs(service, operation)
        for key in need.context
    } | table_keys(service)
    prefix = catalogue.prefix(service)
    own = [
        key.name for key in reference.condition_keys(prefix) if key.name.startswith(f"{prefix}:")
    ]
    missing = {key for key in own if not any(map(shape(key).fullmatch, carried))}
    # What a Nitro enclave proves of itself: forty registers of one kind.
    missing = {key for key in missing if "PCR" not in key}
    assert missing == set(gaps.MISSING_KEYS.get(service, {}))


def test_how_much_is_not_covered() -> None:
    """The numbers, so that a change of theirs is seen in review."""
    tables = {
        "actions unknown": gaps.UNKNOWN_ACTIONS,
        "resources unnamed": gaps.UNNAMED_RESOURCES,
        "actions idle": gaps.IDLE_ACTIONS,
        "keys missing": gaps.MISSING_KEYS,
    }
    counts = {name: sum(map(len, table.values())) for name, table in tables.items()}
    assert counts == gaps.COUNTS
    assert all(
        reason for table in tables.values() for row in table.values() for reason in row.values()
    )
