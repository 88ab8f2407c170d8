"""Authorization details as they come: in pages, encoded, broken; the rest is kept and told."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from helpers import Lab
from helpers.analysis.permissions.entities import UNKNOWN, entities, granted
from helpers.analysis.sources.authorization_details import (
    SECTIONS,
    authorization_details,
    well_formed,
)

ACCOUNT = "arn:aws:iam::111122223333"
READ = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}],
}
REAL = Path(__file__).resolve().parents[4] / "shared" / "data" / "iam-airiam" / "iam_data.json"


def user(name: str, **others: Any) -> dict[str, Any]:
    arn = f"{ACCOUNT}:user/{name}"
    return {"UserName": name, "Arn": arn, "CreateDate": "2026-01-02T03:04:05+00:00", **others}


def holder(document: Any) -> dict[str, Any]:
    return user("ann", UserPolicyList=[{"PolicyName": "Read", "PolicyDocument": document}])


def reasons(details: Any) -> list[str]:
    return [each.reason for each in well_formed(details).skipped]


@pytest.mark.parametrize("document", [READ, json.dumps(READ), quote(json.dumps(READ))])
def test_a_document_counts_in_every_form(document: Any) -> None:
    found = entities({"UserDetailList": [holder(document)]})
    assert [row.action for row in granted(found[0])] == ["s3:GetObject"]
    assert found[0].created is not None
    assert reasons({"UserDetailList": [holder(document)]}) == []


PAGES = (
    {"UserDetailList": [user("ann")], "IsTruncated": True, "Marker": "x"},
    {"UserDetailList": [user("ben")], "GroupDetailList": [], "IsTruncated": False},
)


@pytest.mark.parametrize("form", ["list", "after each other", "files", "gzip", "utf-16"])
def test_pages_are_put_together(tmp_path: Path, form: str) -> None:
    texts = [json.dumps(page, indent=2) for page in PAGES]
    if form != "files":
        texts = [json.dumps(PAGES) if form == "list" else "\n".join(texts)]
    pack = {"gzip": lambda text: gzip.compress(text.encode())}.get(
        form, lambda text: text.encode("utf-16" if form == "utf-16" else "utf-8-sig")
    )
    files = [tmp_path / f"{number}.any" for number in range(len(texts))]
    for file, text in zip(files, texts, strict=True):
        file.write_bytes(pack(text))
    found = authorization_details(files)
    assert [each["UserName"] for each in found.mapping["UserDetailList"]] == ["ann", "ben"]
    assert found.skipped == []


def test_a_missing_last_page_is_told() -> None:
    assert reasons(PAGES[0]) == [
        "it says that more pages follow (IsTruncated); the last one is missing"
    ]


def test_what_is_read_twice_counts_once_and_what_differs_is_told(tmp_path: Path) -> None:
    file = tmp_path / "twice.json"
    page = {"UserDetailList": [user("ann"), user("ben")]}
    other = {"UserDetailList": [user("ann"), user("ben", Path="/other/")]}
    file.write_text(json.dumps(page) + "\n" + json.dumps(other))
    found = authorization_details(file)
    assert len(found.mapping["UserDetailList"]) == 2
    assert [(each.line, each.reason) for each in found.skipped] == [
        (2, "UserDetailList[1] ('ben'): another of this name was read before")
    ]


@pytest.mark.parametrize(
    ("entry", "reason"),
    [
        ({"UserName": "eve"}, "it has no Arn"),
        ({"Arn": f"{ACCOUNT}:user/eve"}, "it has no UserName"),
        (7, "an entry is an object, this is 7"),
        ({"UserName": ["eve"], "Arn": "x"}, "its UserName is a text, this is ['eve']"),
    ],
)
def test_a_broken_entry_is_left_out_and_the_others_stay(entry: Any, reason: str) -> None:
    details = {"UserDetailList": [entry, user("ann")]}
    assert [each.name for each in entities(details)] == ["ann"]
    (told,) = reasons(details)
    assert told.startswith("UserDetailList[0]")
    assert told.endswith(f": {reason}")


@pytest.mark.parametrize(
    ("others", "where"),
    [
        ({"UserPolicyList": [{"PolicyName": "P", "PolicyDocument": "{no"}]}, "UserPolicyList[0]"),
        ({"UserPolicyList": [{"PolicyName": "P"}]}, "UserPolicyList[0]"),
        ({"UserPolicyList": {"PolicyName": "P"}}, "UserPolicyList"),
        ({"AttachedManagedPolicies": [{}]}, "AttachedManagedPolicies[0]"),
        ({"GroupList": ["dev", 3]}, "GroupList[1]"),
        ({"Tags": [{"Value": "x"}]}, "Tags[0]"),
        ({"CreateDate": "long ago"}, "CreateDate"),
        ({"Path": 1}, "Path"),
    ],
)
def test_a_broken_part_is_left_out_and_its_user_stays(others: Any, where: str) -> None:
    details = {"UserDetailList": [user("ann") | others]}
    (found,) = entities(details)
    assert (found.name, found.policies) == ("ann", ())
    (told,) = reasons(details)
    assert told.startswith(f"UserDetailList[0] ('ann').{where}: ")


def test_a_boundary_that_cannot_be_read_lets_nothing_through() -> None:
    details = {"UserDetailList": [holder(READ) | {"PermissionsBoundary": "?"}]}
    assert granted(entities(details)[0]) == []
    assert len(reasons(details)) == 1


def test_a_file_that_is_cut_off_is_told_by_its_line(tmp_path: Path) -> None:
    file = tmp_path / "cut.json"
    file.write_text(json.dumps({"UserDetailList": [user("ann")]}, indent=1)[:-20])
    found = authorization_details([file, tmp_path / "none.json"])
    assert found.mapping == {name: [] for name in SECTIONS}
    cut, missing = found.skipped
    assert (cut.file, cut.line) == (str(file), 6)
    assert cut.reason.startswith("the JSON breaks here")
    assert missing.reason == "it cannot be read: No such file or directory"


def test_unknown_parts_and_other_documents_are_told() -> None:
    assert reasons({"UserDetailList": [], "Extra": 1}) == [
        "'Extra' is no part of authorization details; not read"
    ]
    assert reasons({"Records": []})[0].startswith("it has none of UserDetailList")
    assert reasons("x") == ["authorization details are an object, this is 'x'"]
    assert reasons({"Policies": {}}) == ["Policies is a list, this is {}; not read"]


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [
                    "Arn",
                    "UserName",
                    "RoleName",
                    "GroupName",
                    "PolicyName",
                    "PolicyDocument",
                    "PolicyArn",
                    "UserPolicyList",
                    "AttachedManagedPolicies",
                    "PolicyVersionList",
                    "Document",
                    "GroupList",
                    "Tags",
                    "Key",
                    "Value",
                    "PermissionsBoundary",
                    "VersionId",
                    "Path",
                    "CreateDate",
                ]
            ),
            inner,
            max_size=5,
        )
    ),
    max_leaves=20,
)


@settings(max_examples=100, deadline=None)
@given(st.dictionaries(st.sampled_from([*SECTIONS, "Other"]), ANYTHING))
def test_nothing_breaks_it_and_what_it_keeps_is_well_formed(details: dict[str, Any]) -> None:
    kept = well_formed(details)
    sound = well_formed(kept.mapping)
    assert sound.mapping == kept.mapping
    assert sound.skipped == []
    for entity in entities(details):
        granted(entity)


def test_what_the_lab_answers_is_read_as_the_command_line_writes_it(tmp_path: Path) -> None:
    iam = Lab.start().root.client("iam")
    iam.create_user(UserName="ann")
    iam.put_user_policy(UserName="ann", PolicyName="Read", PolicyDocument=json.dumps(READ))
    iam.attach_user_policy(UserName="ann", PolicyArn="arn:aws:iam::aws:policy/ReadOnlyAccess")
    pages = list(iam.get_paginator("get_account_authorization_details").paginate())
    Lab.stop()
    file = tmp_path / "details"
    file.write_text(json.dumps(pages, default=str))
    found = authorization_details(file)
    assert found.skipped == []
    held = {each.name: each for each in entities(found.mapping)}["ann"]
    assert [policy.id for policy in held.policies] == [
        "Read",
        "arn:aws:iam::aws:policy/ReadOnlyAccess",
    ]
    assert held.created is not None


@pytest.mark.skipif(not REAL.exists(), reason="the details of a real account are not here")
def test_the_details_of_a_real_account(tmp_path: Path) -> None:
    data = json.loads(REAL.read_text())
    details = {
        section: data[name]
        for section, name in zip(
            SECTIONS,
            ("AccountUsers", "AccountGroups", "AccountRoles", "AccountPolicies"),
            strict=True,
        )
    }
    file = tmp_path / "real"
    file.write_text(json.dumps(details))
    found = authorization_details(file)
    assert found.skipped == []
    read = entities(found.mapping)
    assert len(read) == len(data["AccountUsers"]) + len(data["AccountRoles"])
    assert any(granted(entity) for entity in read)


def missing(folder: Path, details: Any) -> list[str]:
    file = folder / "details.json"
    file.write_text(json.dumps(details))
    return [each.reason for each in authorization_details(file).skipped]


def test_what_somebody_has_and_the_details_have_not_is_told(tmp_path: Path) -> None:
    """As in an answer that was filtered: --filter User LocalManagedPolicy."""
    aws = "arn:aws:iam::aws:policy/"
    ann = user(
        "ann",
        AttachedManagedPolicies=[{"PolicyArn": f"{aws}AdministratorAccess"}],
        PermissionsBoundary={"PermissionsBoundaryArn": f"{aws}PowerUserAccess"},
        GroupList=["dev"],
    )
    details = {"UserDetailList": [ann, user("ben", GroupList=["dev"])]}
    assert missing(tmp_path, details) == [
        f"'{aws}AdministratorAccess' (AttachedManagedPolicies of 'ann') is not among Policies, so "
        "nobody can tell what it grants",
        f"'{aws}PowerUserAccess' (PermissionsBoundary of 'ann') is not among Policies; a boundary "
        "that is not known lets nothing through",
        "'dev' (GroupList of 'ann' and 1 more) is not among GroupDetailList, so nobody can tell "
        "what it grants",
    ]
    (found, _) = entities(details)
    assert [policy.document for policy in found.policies] == [UNKNOWN]
    assert granted(found) == []


def test_a_policy_without_its_default_version_is_told(tmp_path: Path) -> None:
    policy = {"Arn": f"{ACCOUNT}:policy/p", "DefaultVersionId": "v2", "PolicyVersionList": []}
    (told,) = missing(tmp_path, {"Policies": [policy]})
    assert told.endswith("its default version is not among its versions")
