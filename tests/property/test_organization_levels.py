"""Random guardrails along a random tree: the lab's answer is the policy engine's."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from helpers import Lab
from helpers.policy import Policies, Request, evaluate

SCP, RCP = "SERVICE_CONTROL_POLICY", "RESOURCE_CONTROL_POLICY"
ACTIONS = ("s3:GetBucketPolicy", "s3:GetBucketTagging", "s3:GetBucketCORS")
CALLS = dict(
    zip(ACTIONS, ("get_bucket_policy", "get_bucket_tagging", "get_bucket_cors"), strict=True)
)
PATTERNS = (*ACTIONS, "s3:*", "s3:GetBucketP*", "s3:GetBucketT*")
BUCKETS = ("of-the-member", "of-the-management")
MEMBER = "444455556666"
RESOURCES = ("*", *(f"arn:aws:s3:::{bucket}" for bucket in BUCKETS))
FULL = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
FULL_RCP = {"Version": "2012-10-17", "Statement": [
    {"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}]}  # fmt: skip


def statements(*effects: str, **others: Any) -> st.SearchStrategy[list[dict[str, Any]]]:
    one = st.fixed_dictionaries(
        {
            "Effect": st.sampled_from(effects),
            "Action": st.sampled_from(PATTERNS),
            "Resource": st.sampled_from(RESOURCES),
            **{name: st.just(value) for name, value in others.items()},
        }
    )
    return st.lists(one, min_size=1, max_size=2)


def documents(*effects: str, **others: Any) -> st.SearchStrategy[dict[str, Any]]:
    return statements(*effects, **others).map(
        lambda found: {"Version": "2012-10-17", "Statement": found}
    )


SCPS = st.one_of(st.just([FULL]), st.lists(documents("Allow", "Deny"), min_size=1, max_size=2),
                 documents("Deny").map(lambda deny: [FULL, deny]))  # fmt: skip
RCPS = st.one_of(
    st.just([FULL_RCP]), documents("Deny", Principal="*").map(lambda deny: [FULL_RCP, deny])
)
LEVELS = 3
"""The root, a unit and the account."""


class House:
    """Two accounts with a user and a bucket each, and an organization to put policies along."""

    def __init__(self) -> None:
        self.lab = Lab.start()
        self.member = self.lab.add_account(MEMBER)
        self.accounts = {MEMBER: self.member, self.lab.account.id: self.lab}
        self.callers = {}
        self.s3 = {}
        for (account_id, account), bucket in zip(self.accounts.items(), BUCKETS, strict=True):
            iam = account.root.client("iam")
            iam.create_user(UserName="ann")
            self.callers[account_id] = account.caller("ann")
            self.s3[account_id] = self.callers[account_id].client("s3")
            account.root.client("s3").create_bucket(Bucket=bucket)
        api = self.lab.root.client("organizations")
        api.create_organization(FeatureSet="ALL")
        made = api.invite_account_to_organization(Target={"Id": MEMBER, "Type": "ACCOUNT"})
        self.member.root.client("organizations").accept_handshake(
            HandshakeId=made["Handshake"]["Id"]
        )
        top = api.list_roots()["Roots"][0]["Id"]
        unit = api.create_organizational_unit(ParentId=top, Name="unit")["OrganizationalUnit"]["Id"]
        api.move_account(AccountId=MEMBER, SourceParentId=top, DestinationParentId=unit)
        for type_ in (SCP, RCP):
            api.enable_policy_type(RootId=top, PolicyType=type_)
        self.api, self.targets = api, (top, unit, MEMBER)
        self.made: list[tuple[str, str]] = []

    def put(self, type_: str, levels: list[list[dict[str, Any]]]) -> None:
        """Attach policies along the way from the root to the member."""
        full, full_id = (FULL, "p-FullAWSAccess") if type_ == SCP else (FULL_RCP, "")
        for target, level in zip(self.targets, levels, strict=True):
            own = [document for document in level if document is not full]
            for document in own:
                identifier = self.api.create_policy(
                    Name=f"n{len(self.made)}", Description="", Type=type_,
                    Content=json.dumps(document),
                )["Policy"]["PolicySummary"]["Id"]  # fmt: skip
                self.api.attach_policy(PolicyId=identifier, TargetId=target)
                self.made.append((identifier, target))
            if own and full_id and full not in level:
                self.api.detach_policy(PolicyId=full_id, TargetId=target)
                self.made.append(("", target))

    def clear(self) -> None:
        for identifier, target in self.made:
            if not identifier:
                self.api.attach_policy(PolicyId="p-FullAWSAccess", TargetId=target)
        for identifier, target in self.made:
            if identifier:
                self.api.detach_policy(PolicyId=identifier, TargetId=target)
                self.api.delete_policy(PolicyId=identifier)
        self.made.clear()


@pytest.fixture(scope="module")
def house() -> Iterator[House]:
    yield House()
    Lab.stop()


@settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    scps=st.lists(SCPS, min_size=LEVELS, max_size=LEVELS),
    rcps=st.lists(RCPS, min_size=LEVELS, max_size=LEVELS),
    identity=documents("Allow", "Deny"),
    in_member=st.booleans(),
    is_root=st.booleans(),
    action=st.sampled_from(ACTIONS),
)
def test_the_labs_answer_is_the_engines(
    house: House,
    scps: list[list[dict[str, Any]]],
    rcps: list[list[dict[str, Any]]],
    identity: dict[str, Any],
    in_member: bool,
    is_root: bool,
    action: str,
) -> None:
    account_id = MEMBER if in_member else house.lab.account.id
    bucket = BUCKETS[0] if in_member else BUCKETS[1]
    account = house.accounts[account_id]
    _set_identity(house, account_id, identity)
    house.put(SCP, scps)
    house.put(RCP, rcps)
    caller = account.root if is_root else house.callers[account_id]
    try:
        found = _effect(getattr(caller.client("s3"), CALLS[action]), bucket)
    finally:
        house.clear()
    expected = evaluate(
        Request(action, f"arn:aws:s3:::{bucket}", caller.arn),
        Policies(
            identity=[identity],
            service_control=scps if in_member else [],
            resource_control=rcps if in_member else [],
        ),
    )
    assert found == expected.effect


def _set_identity(house: House, account_id: str, document: dict[str, Any]) -> None:
    """The policy of the account's user, set by its root user before any guardrail stands."""
    house.accounts[account_id].root.client("iam").put_user_policy(
        UserName="ann", PolicyName="own", PolicyDocument=json.dumps(document)
    )


def _effect(call: Any, bucket: str) -> str:
    """What the lab decided, told by its answer: what is there not to find was allowed."""
    try:
        call(Bucket=bucket)
    except ClientError as error:
        message = error.response["Error"]["Message"]
        if error.response["Error"]["Code"] != "AccessDenied":
            return "allowed"
        return "explicitDeny" if "explicit deny" in message else "implicitDeny"
    return "allowed"
