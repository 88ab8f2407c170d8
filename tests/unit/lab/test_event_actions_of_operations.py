"""An event of the record is understood as the permission that the call was asked for.

Two tables that were written apart: the lab's of operations, and the analysis's of events, which
has to read the records of real accounts as well.
"""

from __future__ import annotations

import importlib
from typing import Any

import botocore.session
import pytest

from helpers.analysis.trail.event_actions import meaning
from helpers.lab.authorization import MODULES, catalogue
from helpers.lab.authorization.s3 import ACTIONS
from helpers.lab.trail import names
from helpers.policy.catalogue import action_exists

# Events that need more than the table's row: the source of a copy is read.
COPIES = {"CopyObject", "UploadPartCopy"}


def expected(service: str, module: Any, operation: str) -> set[str]:
    """The actions that an operation needs whatever its parameters are."""
    prefix = catalogue.prefix(service)
    if service == "s3":
        return {f"s3:{ACTIONS.get(operation, operation)}"}
    row = getattr(module, "TABLE", None) and module.TABLE.rows.get(operation)
    asked = [ask.action for ask in row if ask.when is None] if row else [operation]
    return {action if ":" in action else f"{prefix}:{action}" for action in asked}


@pytest.mark.parametrize("service", sorted(MODULES))
def test_every_operation(service: str) -> None:
    module = importlib.import_module(f"helpers.lab.authorization.{MODULES[service]}")
    model = botocore.session.get_session().get_service_model(service)
    wrong = {}
    for operation in model.operation_names:
        shape = model.operation_model(operation)
        event = {
            "eventSource": names.source_of(service, shape),
            "eventName": names.event_of(service, operation, shape),
        }
        wanted = {
            action for action in expected(service, module, operation) if action_exists(action)
        }
        if wanted and operation not in COPIES and set(meaning(event).actions) != wanted:
            wrong[operation] = (wanted, meaning(event).actions)
    assert wrong == {}
