"""Which actions were tried by whom: kept beside the record, for last-accessed data."""

from __future__ import annotations

from helpers.lab.account import PrincipalType
from helpers.lab.trail import kinds, names
from helpers.lab.trail.notes import Attempt, Called, Note


def of(note: Note) -> list[Attempt]:
    """The actions that a call tried; sign-ins and services try none."""
    if not isinstance(note, Called) or note.principal.type is PrincipalType.ANONYMOUS:
        return []
    principal = note.principal
    entity_id = principal.user_id.partition(":")[0]
    if principal.type is PrincipalType.FEDERATED_USER and principal.session is not None:
        entity_id = principal.session.issuer_id or entity_id
    management = kinds.data_type(note.service, note.operation) is None
    return [
        Attempt(
            at=note.at,
            account=principal.account_id or note.home,
            entity=principal.identity_arn,
            entity_id=entity_id,
            region=names.region_of(note.service, note.region, note.host),
            action=decision.request.action,
            resource=decision.request.resource,
            effect=decision.effect,
            management=management,
        )
        for decision in note.decisions
    ]
