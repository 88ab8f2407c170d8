"""The tree of an organization: its root, the organizational units, who is whose child; and tags.

AWS page: https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_ous.html
"""

from __future__ import annotations

from typing import Any

from helpers.lab.organization import Organization, Unit
from helpers.lab.services.organizations import error, managed, page, readable, tags_in
from helpers.lab.services.registry import Asked, answers

DEPTH = 5
"""How many units may lie below one another."""

TAGS = 50


def described_root(organization: Organization) -> dict[str, Any]:
    """The root as Organizations describes it."""
    root = organization.units[organization.root_id]
    return {
        "Id": root.id,
        "Arn": root.arn,
        "Name": root.name,
        "PolicyTypes": [{"Type": t, "Status": "ENABLED"} for t in organization.enabled_types],
    }


def _described(organization: Organization, unit: Unit) -> dict[str, Any]:
    way = "/".join((organization.id, *organization.chain(unit.id)))
    return {"Id": unit.id, "Arn": unit.arn, "Name": unit.name, "Path": f"{way}/"}


def _unit(organization: Organization, unit_id: str) -> Unit:
    unit = organization.units.get(unit_id)
    if unit is None or unit.is_root:
        raise error(
            "OrganizationalUnitNotFound",
            "You specified an organizational unit that doesn't exist.",
        )
    return unit


def _parent(organization: Organization, parent_id: str) -> Unit:
    if parent_id not in organization.units:
        raise error("ParentNotFound", "You specified parent that doesn't exist.")
    return organization.units[parent_id]


def _check_name(organization: Organization, parent_id: str | None, name: str) -> None:
    if any(u.parent_id == parent_id and u.name == name for u in organization.units.values()):
        raise error("DuplicateOrganizationalUnit", "An OU with the same name already exists.")


@answers("organizations", "ListRoots")
def list_roots(asked: Asked) -> Any:
    return page(asked, "Roots", [described_root(readable(asked))])


@answers("organizations", "CreateOrganizationalUnit")
def create_organizational_unit(asked: Asked) -> Any:
    organization = managed(asked)
    parent = _parent(organization, asked.parameters["ParentId"])
    name = asked.parameters["Name"]
    _check_name(organization, parent.id, name)
    if len(organization.chain(parent.id)) > DEPTH:
        raise error(
            "ConstraintViolation",
            "You have exceeded the maximum depth of the organizational unit tree.",
            "OU_DEPTH_LIMIT_EXCEEDED",
        )
    unit = organization.add_unit(parent.id, name, tags_in(asked))
    return {"OrganizationalUnit": _described(organization, unit)}


@answers("organizations", "UpdateOrganizationalUnit")
def update_organizational_unit(asked: Asked) -> Any:
    organization = managed(asked)
    unit = _unit(organization, asked.parameters["OrganizationalUnitId"])
    name = asked.parameters.get("Name")
    if name and name != unit.name:
        _check_name(organization, unit.parent_id, name)
        unit.name = name
    return {"OrganizationalUnit": _described(organization, unit)}


@answers("organizations", "DescribeOrganizationalUnit")
def describe_organizational_unit(asked: Asked) -> Any:
    organization = readable(asked)
    unit = _unit(organization, asked.parameters["OrganizationalUnitId"])
    return {"OrganizationalUnit": _described(organization, unit)}


@answers("organizations", "DeleteOrganizationalUnit")
def delete_organizational_unit(asked: Asked) -> None:
    organization = managed(asked)
    unit = _unit(organization, asked.parameters["OrganizationalUnitId"])
    if any(True for _ in _children(organization, unit.id)):
        raise error(
            "OrganizationalUnitNotEmpty",
            "The specified organizational unit is not empty. Move all accounts to another root "
            "or to other OUs, remove all child OUs, and try the operation again.",
        )
    organization.remove_unit(unit.id)


@answers("organizations", "ListOrganizationalUnitsForParent")
def list_organizational_units_for_parent(asked: Asked) -> Any:
    organization = readable(asked)
    parent = _parent(organization, asked.parameters["ParentId"])
    units = (u for u in organization.units.values() if u.parent_id == parent.id)
    return page(asked, "OrganizationalUnits", (_described(organization, unit) for unit in units))


def _children(organization: Organization, parent_id: str) -> Any:
    for kind, things in (
        ("ORGANIZATIONAL_UNIT", organization.units),
        ("ACCOUNT", organization.members),
    ):
        for thing in things.values():
            if thing.parent_id == parent_id:
                yield {"Id": thing.id, "Type": kind}


@answers("organizations", "ListChildren")
def list_children(asked: Asked) -> Any:
    organization = readable(asked)
    parent = _parent(organization, asked.parameters["ParentId"])
    kind = asked.parameters["ChildType"]
    children = (c for c in _children(organization, parent.id) if c["Type"] == kind)
    return page(asked, "Children", children)


@answers("organizations", "ListParents")
def list_parents(asked: Asked) -> Any:
    organization = readable(asked)
    parent_id = organization.parent_of(asked.parameters["ChildId"])
    if parent_id is None:
        raise error(
            "ChildNotFound",
            "You specified an organizational unit or account that doesn't exist.",
        )
    is_root = organization.units[parent_id].is_root
    kind = "ROOT" if is_root else "ORGANIZATIONAL_UNIT"
    return page(asked, "Parents", [{"Id": parent_id, "Type": kind}])


def _tagged(organization: Organization, identifier: str) -> dict[str, str]:
    for things in (organization.units, organization.members, organization.policies):
        if identifier in things:
            return things[identifier].tags
    raise error("TargetNotFound", "You specified a target that doesn't exist.")


@answers("organizations", "TagResource")
def tag_resource(asked: Asked) -> None:
    tags = _tagged(managed(asked), asked.parameters["ResourceId"])
    if len({**tags, **tags_in(asked)}) > TAGS:
        raise error(
            "ConstraintViolation",
            "You have exceeded the number of tags allowed on this resource.",
            "MAX_TAG_LIMIT_EXCEEDED",
        )
    tags.update(tags_in(asked))


@answers("organizations", "UntagResource")
def untag_resource(asked: Asked) -> None:
    tags = _tagged(managed(asked), asked.parameters["ResourceId"])
    for key in asked.parameters["TagKeys"]:
        tags.pop(key, None)


@answers("organizations", "ListTagsForResource")
def list_tags_for_resource(asked: Asked) -> Any:
    tags = _tagged(readable(asked), asked.parameters["ResourceId"])
    return page(asked, "Tags", [{"Key": key, "Value": value} for key, value in tags.items()])
