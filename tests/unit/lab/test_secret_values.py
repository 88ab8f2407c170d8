"""Secure strings of Parameter Store, and policies of secrets."""

from __future__ import annotations

import pytest
from lab_calls import ACCOUNT, allow, new_user, outcome, policy, refused, statement

from helpers import Lab

PARAMETERS = f"arn:aws:ssm:us-east-1:{ACCOUNT}:parameter/"


def test_a_secure_string_stays_secret_without_decryption(lab: Lab) -> None:
    ssm = lab.root.client("ssm")
    ssm.put_parameter(Name="/app/password", Value="hunter2", Type="SecureString")
    ssm.put_parameter(Name="/app/host", Value="db", Type="String")
    values = [
        ssm.get_parameter(Name="/app/password")["Parameter"]["Value"],
        ssm.get_parameters(Names=["/app/password"])["Parameters"][0]["Value"],
        ssm.get_parameter_history(Name="/app/password")["Parameters"][0]["Value"],
    ]
    below = {p["Name"]: p["Value"] for p in ssm.get_parameters_by_path(Path="/app")["Parameters"]}
    assert below["/app/host"] == "db"
    assert {*values, below["/app/password"]} == {values[0]}
    assert "hunter2" not in values[0]
    assert values[0].startswith("AQICAH")
    plain = ssm.get_parameter(Name="/app/password", WithDecryption=True)["Parameter"]
    assert plain["Value"] == "hunter2"


def test_a_path_asks_for_the_keys_of_all_below_it(lab: Lab) -> None:
    ssm, kms = lab.root.client("ssm"), lab.root.client("kms")
    keys = [kms.create_key()["KeyMetadata"] for _ in range(2)]
    for number, key in enumerate(keys):
        secret = {"Name": f"/app/{number}", "Value": "x", "Type": "SecureString"}
        ssm.put_parameter(**secret, KeyId=key["KeyId"])
    reading = allow("ssm:GetParametersByPath", [f"{PARAMETERS}app", f"{PARAMETERS}app/*"])
    one = new_user(lab, "one", reading, allow("kms:Decrypt", keys[0]["Arn"])).client("ssm")
    both = new_user(lab, "both", reading, allow("kms:Decrypt", [k["Arn"] for k in keys]))
    assert outcome(one.get_parameters_by_path, Path="/app") == "allowed"
    whole = {"Path": "/app", "WithDecryption": True}
    refused("AccessDeniedException", one.get_parameters_by_path, **whole)
    assert outcome(both.client("ssm").get_parameters_by_path, **whole) == "allowed"


@pytest.mark.parametrize("principal", ["*", {"AWS": "*"}])
def test_a_public_policy_can_be_kept_from_a_secret(lab: Lab, principal: object) -> None:
    secrets = lab.root.client("secretsmanager")
    secrets.create_secret(Name="db", SecretString="x")
    everybody = policy(statement("Allow", "secretsmanager:GetSecretValue", Principal=principal))
    put = {"SecretId": "db", "ResourcePolicy": everybody}
    refused("PublicPolicyException", secrets.put_resource_policy, **put, BlockPublicPolicy=True)
    assert "ResourcePolicy" not in secrets.get_resource_policy(SecretId="db")
    found = secrets.validate_resource_policy(ResourcePolicy=everybody)
    assert found["PolicyValidationPassed"] is False
    assert found["ValidationErrors"][0]["CheckName"] == "PUBLIC_POLICY"
    near = policy(
        statement(
            "Allow",
            "secretsmanager:GetSecretValue",
            Principal={"AWS": f"arn:aws:iam::{ACCOUNT}:root"},
        )
    )
    secrets.put_resource_policy(SecretId="db", ResourcePolicy=near, BlockPublicPolicy=True)
    assert secrets.validate_resource_policy(ResourcePolicy=near)["PolicyValidationPassed"] is True


def test_errors_of_secrets_are_told_once(lab: Lab) -> None:
    secrets = lab.root.client("secretsmanager")
    secrets.create_secret(Name="db", SecretString="x")
    few = {"SecretId": "db", "RecoveryWindowInDays": 3}
    message = refused("InvalidParameterException", secrets.delete_secret, **few)
    assert message == "The RecoveryWindowInDays value must be between 7 and 30 days (inclusive)."
    secrets.delete_secret(SecretId="db")
    message = refused("InvalidRequestException", secrets.get_secret_value, SecretId="db")
    assert message.startswith("You can't perform this operation on the secret because it was")
