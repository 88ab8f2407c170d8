"""Each service through boto3: allowed on this resource, denied on its neighbour, and by what a
call says of itself. Sentences and codes as the service has them."""

from __future__ import annotations

import io
import json
import zipfile
from typing import Any

import pytest
from lab_calls import (
    ACCOUNT,
    allow,
    new_user,
    outcome,
    policy,
    refused,
    statement,
    trail_bucket,
    trust,
)

from helpers import Lab

HERE = f"us-east-1:{ACCOUNT}"


def may(lab: Lab, service: str, *documents: str, name: str = "ann") -> Any:
    """A client of a user with these policies and no others."""
    return new_user(lab, name, *documents).client(service)


def context_of(lab: Lab, action: str) -> dict[str, Any]:
    """The context of the last request for an action."""
    return next(d for d in reversed(lab.decisions) if d.request.action == action).request.context


# -- DynamoDB ------------------------------------------------------------------------------------

MUSIC = f"arn:aws:dynamodb:{HERE}:table/music"


@pytest.fixture
def tables(lab: Lab) -> Any:
    dynamodb = lab.root.client("dynamodb")
    for name in ("music", "films"):
        dynamodb.create_table(
            TableName=name,
            KeySchema=[{"AttributeName": "owner", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "owner", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
            Tags=[{"Key": "team", "Value": name}],
        )
    return dynamodb


def key(name: str) -> dict[str, Any]:
    return {"owner": {"S": name}}


def test_dynamodb_tables(lab: Lab, tables: Any) -> None:
    ann = may(lab, "dynamodb", allow("dynamodb:*", MUSIC))
    ann.put_item(TableName="music", Item=key("ann"))
    assert ann.get_item(TableName=MUSIC, Key=key("ann"))["Item"] == key("ann")
    films = [{"Put": {"TableName": "films", "Item": key("ann")}}]
    assert outcome(ann.get_item, TableName="films", Key=key("ann")) == "AccessDeniedException"
    assert outcome(ann.transact_write_items, TransactItems=films) == "AccessDeniedException"
    both = {name: {"Keys": [key("ann")]} for name in ("music", "films")}
    message = refused("AccessDeniedException", ann.batch_get_item, RequestItems=both)
    assert message == (
        f"User: arn:aws:iam::{ACCOUNT}:user/ann is not authorized to perform: "
        f"dynamodb:BatchGetItem on resource: arn:aws:dynamodb:{HERE}:table/films because no "
        "identity-based policy allows the dynamodb:BatchGetItem action"
    )
    message = refused("AccessDeniedException", ann.list_tables)
    assert f"on resource: arn:aws:dynamodb:{HERE}:table/* because" in message


def test_dynamodb_single_items(lab: Lab, tables: Any) -> None:
    own = {"ForAllValues:StringEquals": {"dynamodb:LeadingKeys": ["${aws:username}"]}}
    ann = may(lab, "dynamodb", allow("dynamodb:*", MUSIC, Condition=own))
    mine = {"TableName": "music", "KeyConditionExpression": "#o = :o"}
    mine["ExpressionAttributeNames"] = {"#o": "owner"}
    assert outcome(ann.put_item, TableName="music", Item=key("ann")) == "allowed"
    assert outcome(ann.put_item, TableName="music", Item=key("bob")) == "AccessDeniedException"
    assert outcome(ann.query, **mine, ExpressionAttributeValues={":o": {"S": "ann"}}) == "allowed"
    values = {":o": {"S": "bob"}}
    assert outcome(ann.query, **mine, ExpressionAttributeValues=values) == "AccessDeniedException"
    write = [{"PutRequest": {"Item": key(name)}} for name in ("ann", "bob")]
    assert outcome(ann.batch_write_item, RequestItems={"music": write[:1]}) == "allowed"
    both = outcome(ann.batch_write_item, RequestItems={"music": write})
    assert both == "AccessDeniedException"


def test_dynamodb_attributes(lab: Lab, tables: Any) -> None:
    some = {
        "ForAllValues:StringEquals": {"dynamodb:Attributes": ["owner", "title"]},
        "StringEqualsIfExists": {"dynamodb:Select": "SPECIFIC_ATTRIBUTES"},
    }
    ann = may(lab, "dynamodb", allow("dynamodb:GetItem", MUSIC, Condition=some))
    item = {"TableName": "music", "Key": key("ann")}
    assert outcome(ann.get_item, **item, ProjectionExpression="title") == "allowed"
    assert outcome(ann.get_item, **item, ProjectionExpression="price") == "AccessDeniedException"
    assert outcome(ann.get_item, **item) == "AccessDeniedException"


@pytest.mark.parametrize(
    ("text", "action"),
    [
        ("SELECT * FROM \"music\" WHERE owner = 'ann'", "PartiQLSelect"),
        ("INSERT INTO \"music\" VALUE {'owner': 'ann'}", "PartiQLInsert"),
        ("UPDATE \"music\" SET x = 1 WHERE owner = 'ann'", "PartiQLUpdate"),
        ("delete from music where owner = 'ann'", "PartiQLDelete"),
    ],
)
def test_dynamodb_statements(lab: Lab, tables: Any, text: str, action: str) -> None:
    ann = may(lab, "dynamodb")
    message = refused("AccessDeniedException", ann.execute_statement, Statement=text)
    assert f"dynamodb:{action} on resource: {MUSIC} because" in message


def test_dynamodb_tags(lab: Lab, tables: Any) -> None:
    tagged = {"StringEquals": {"aws:ResourceTag/team": "music"}}
    ann = may(lab, "dynamodb", allow("dynamodb:DescribeTable", Condition=tagged))
    assert outcome(ann.describe_table, TableName="music") == "allowed"
    assert outcome(ann.describe_table, TableName="films") == "AccessDeniedException"
    assert outcome(ann.describe_table, TableName="nothing") == "AccessDeniedException"


# -- KMS -----------------------------------------------------------------------------------------


@pytest.fixture
def keys(lab: Lab) -> list[str]:
    kms = lab.root.client("kms")
    made = [kms.create_key()["KeyMetadata"] for _ in range(2)]
    kms.create_alias(AliasName="alias/app", TargetKeyId=made[0]["KeyId"])
    return [metadata["Arn"] for metadata in made]


def test_kms_keys_by_every_name(lab: Lab, keys: list[str]) -> None:
    ann = may(lab, "kms", allow("kms:*", keys[0]))
    alias = f"arn:aws:kms:{HERE}:alias/app"
    for name in ("alias/app", alias, keys[0], keys[0].rpartition("/")[2]):
        ciphertext = ann.encrypt(KeyId=name, Plaintext=b"x")["CiphertextBlob"]
    assert ann.decrypt(CiphertextBlob=ciphertext)["Plaintext"] == b"x"
    message = refused("AccessDeniedException", ann.encrypt, KeyId=keys[1], Plaintext=b"x")
    assert message.endswith(
        f"kms:Encrypt on resource: {keys[1]} because no identity-based policy allows the "
        "kms:Encrypt action"
    )
    re_encrypted = {"CiphertextBlob": ciphertext, "DestinationKeyId": keys[1]}
    message = refused("AccessDeniedException", ann.re_encrypt, **re_encrypted)
    assert f"kms:ReEncryptTo on resource: {keys[1]}" in message
    assert "on resource: *" in refused("AccessDeniedException", ann.create_key)


def test_kms_what_is_not_there(lab: Lab, keys: list[str]) -> None:
    """Who may not ask learns nothing; who may learns that there is none."""
    nothing = "1234abcd-12ab-34cd-56ef-1234567890ab"
    assert outcome(may(lab, "kms").describe_key, KeyId=nothing) == "AccessDeniedException"
    root = lab.root.client("kms")
    assert outcome(root.describe_key, KeyId=nothing) == "NotFoundException"


def test_kms_key_policies_must_allow(lab: Lab, keys: list[str]) -> None:
    kms = lab.root.client("kms")
    ann = may(lab, "kms", allow("kms:*"))
    boss = may(lab, "kms", name="boss")
    only_boss = statement("Allow", "kms:*", Principal={"AWS": f"arn:aws:iam::{ACCOUNT}:user/boss"})
    everybody = statement("Allow", "kms:PutKeyPolicy", Principal={"AWS": ACCOUNT})
    document = policy(only_boss, everybody)
    kms.put_key_policy(KeyId=keys[1], PolicyName="default", Policy=document)
    message = refused("AccessDeniedException", ann.encrypt, KeyId=keys[1], Plaintext=b"x")
    assert message.endswith("because no resource-based policy allows the kms:Encrypt action")
    assert outcome(ann.encrypt, KeyId=keys[0], Plaintext=b"x") == "allowed"
    assert outcome(boss.encrypt, KeyId=keys[1], Plaintext=b"x") == "allowed"


def test_kms_a_deny_hits_whom_it_names(lab: Lab, keys: list[str]) -> None:
    kms = lab.root.client("kms")
    document = policy(
        statement("Allow", "kms:*", Principal={"AWS": ACCOUNT}),
        statement("Deny", "kms:DescribeKey", Principal={"AWS": f"arn:aws:iam::{ACCOUNT}:user/ann"}),
    )
    ann = may(lab, "kms", allow("kms:*"))
    kms.put_key_policy(KeyId=keys[0], PolicyName="default", Policy=document)
    message = refused("AccessDeniedException", ann.describe_key, KeyId=keys[0])
    assert message.endswith("with an explicit deny in a resource-based policy")
    assert outcome(kms.describe_key, KeyId=keys[0]) == "allowed"


def test_kms_grants(lab: Lab, keys: list[str]) -> None:
    ann = may(lab, "kms")
    grant = lab.root.client("kms").create_grant(
        KeyId=keys[0],
        GranteePrincipal=f"arn:aws:iam::{ACCOUNT}:user/ann",
        Operations=["Encrypt"],
        Constraints={"EncryptionContextSubset": {"department": "it"}},
    )
    call = {"KeyId": keys[0], "Plaintext": b"x"}
    right = {"department": "it", "more": "1"}
    assert outcome(ann.encrypt, **call, EncryptionContext=right) == "allowed"
    assert outcome(ann.encrypt, **call) == "AccessDeniedException"
    assert outcome(ann.describe_key, KeyId=keys[0]) == "AccessDeniedException"
    lab.root.client("kms").revoke_grant(KeyId=keys[0], GrantId=grant["GrantId"])
    assert outcome(ann.encrypt, **call, EncryptionContext=right) == "AccessDeniedException"


def test_kms_nobody_locks_themselves_out(lab: Lab, keys: list[str]) -> None:
    kms = lab.root.client("kms")
    new_user(lab, "boss")
    boss = {"AWS": f"arn:aws:iam::{ACCOUNT}:user/boss"}
    only_boss = {"Policy": policy(statement("Allow", "kms:*", Principal=boss))}
    put = {"KeyId": keys[0], "PolicyName": "default", **only_boss}
    for call in (lambda: kms.put_key_policy(**put), lambda: kms.create_key(**only_boss)):
        message = refused("MalformedPolicyDocumentException", call)
        assert message.startswith("The new key policy will not allow you to update the key policy")
    assert outcome(kms.encrypt, KeyId=keys[0], Plaintext=b"x") == "allowed"
    kms.put_key_policy(**put, BypassPolicyLockoutSafetyCheck=True)
    assert outcome(kms.encrypt, KeyId=keys[0], Plaintext=b"x") == "AccessDeniedException"


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ({"StringEquals": {"kms:EncryptionContext:app": "web"}}, "allowed"),
        ({"StringEquals": {"kms:EncryptionContext:app": "db"}}, "AccessDeniedException"),
        ({"ForAllValues:StringEquals": {"kms:EncryptionContextKeys": "app"}}, "allowed"),
        ({"StringEquals": {"kms:RequestAlias": "alias/app"}}, "allowed"),
        ({"ForAnyValue:StringEquals": {"kms:ResourceAliases": "alias/app"}}, "allowed"),
        ({"StringEquals": {"kms:CallerAccount": ACCOUNT}}, "allowed"),
        ({"Null": {"kms:ViaService": "true"}}, "allowed"),
        ({"StringEquals": {"kms:CallerAccount": "444455556666"}}, "AccessDeniedException"),
        ({"StringEquals": {"kms:KeySpec": "SYMMETRIC_DEFAULT"}}, "allowed"),
        ({"StringEquals": {"kms:EncryptionAlgorithm": "SYMMETRIC_DEFAULT"}}, "allowed"),
    ],
)  # fmt: skip
def test_kms_condition_keys(lab: Lab, keys: list[str], condition: dict, expected: str) -> None:
    ann = may(lab, "kms", allow("kms:Encrypt", Condition=condition))
    call = {"KeyId": "alias/app", "Plaintext": b"x", "EncryptionContext": {"app": "web"}}
    assert outcome(ann.encrypt, **call) == expected


def test_kms_tag_on_create(lab: Lab) -> None:
    tags = {"Tags": [{"TagKey": "team", "TagValue": "web"}]}
    web = {"StringEquals": {"aws:RequestTag/team": "web"}}
    assert outcome(may(lab, "kms", allow("kms:CreateKey")).create_key, **tags) == (
        "AccessDeniedException"
    )
    both = allow(["kms:CreateKey", "kms:TagResource"], Condition=web)
    bob = may(lab, "kms", both, name="bob")
    assert outcome(bob.create_key, **tags) == "allowed"
    assert outcome(bob.create_key) == "AccessDeniedException"


# -- Lambda --------------------------------------------------------------------------------------


def new_function(client: Any, name: str, role: str, **others: Any) -> Any:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("app.py", "def handler(event, context): pass")
    code = {"ZipFile": buffer.getvalue()}
    return client.create_function(
        FunctionName=name,
        Runtime="python3.12",
        Role=role,
        Handler="app.handler",
        Code=code,
        **others,
    )


@pytest.fixture
def role(lab: Lab) -> str:
    made = lab.root.client("iam").create_role(
        RoleName="exec",
        Path="/app/",
        AssumeRolePolicyDocument=trust({"Service": "lambda.amazonaws.com"}),
    )
    return made["Role"]["Arn"]


@pytest.mark.parametrize(
    ("passing", "expected"),
    [
        (None, "AccessDeniedException"),
        ({}, "allowed"),
        ({"StringEquals": {"iam:PassedToService": "lambda.amazonaws.com"}}, "allowed"),
        ({"StringEquals": {"iam:PassedToService": "ec2.amazonaws.com"}}, "AccessDeniedException"),
        ({"ArnLike": {"iam:AssociatedResourceArn": "arn:aws:lambda:*:*:function:web"}}, "allowed"),
    ],
)
def test_lambda_roles_are_passed(lab: Lab, role: str, passing: dict | None, expected: str) -> None:
    documents = [allow("lambda:*")]
    if passing is not None:
        conditions = {"Condition": passing} if passing else {}
        documents.append(allow("iam:PassRole", f"arn:aws:iam::{ACCOUNT}:role/app/*", **conditions))
    ann = may(lab, "lambda", *documents)
    assert outcome(new_function, ann, "web", role) == expected
    if expected != "allowed":
        message = refused(expected, new_function, ann, "web", role)
        assert f"iam:PassRole on resource: {role} because" in message


def test_lambda_functions_by_every_name(lab: Lab, role: str) -> None:
    root = lab.root.client("lambda")
    for name in ("web", "db"):
        new_function(root, name, role, Tags={"team": name})
    arn = f"arn:aws:lambda:{HERE}:function:web"
    ann = may(lab, "lambda", allow("lambda:GetFunctionConfiguration", arn))
    for name in ("web", arn):
        assert outcome(ann.get_function_configuration, FunctionName=name) == "allowed"
    denied = refused("AccessDeniedException", ann.get_function_configuration, FunctionName="db")
    assert f"on resource: arn:aws:lambda:{HERE}:function:db because" in denied
    part = {"FunctionName": f"{ACCOUNT}:function:db", "Qualifier": "prod"}
    denied = refused("AccessDeniedException", ann.get_function_configuration, **part)
    assert f"on resource: arn:aws:lambda:{HERE}:function:db:prod because" in denied
    assert "on resource: * because" in refused("AccessDeniedException", ann.list_functions)


def test_lambda_function_policies(lab: Lab, role: str) -> None:
    root = lab.root.client("lambda")
    new_function(root, "web", role)
    ann = may(lab, "lambda")
    assert outcome(ann.get_function, FunctionName="web") == "AccessDeniedException"
    root.add_permission(
        FunctionName="web",
        StatementId="ann",
        Action="lambda:GetFunction",
        Principal=f"arn:aws:iam::{ACCOUNT}:user/ann",
    )
    assert outcome(ann.get_function, FunctionName="web") == "allowed"
    assert outcome(ann.delete_function, FunctionName="web") == "AccessDeniedException"


def test_lambda_event_source_mappings(lab: Lab, role: str) -> None:
    own = {"ArnEquals": {"lambda:FunctionArn": f"arn:aws:lambda:{HERE}:function:web"}}
    ann = may(lab, "lambda", allow("lambda:*EventSourceMapping", Condition=own))
    root = lab.root.client("lambda")
    new_function(root, "web", role)
    new_function(root, "db", role)
    lab.root.client("sqs").create_queue(QueueName="jobs")
    source = {"EventSourceArn": f"arn:aws:sqs:{HERE}:jobs"}
    assert outcome(ann.create_event_source_mapping, FunctionName="web", **source) == "allowed"
    denied = refused(
        "AccessDeniedException", ann.create_event_source_mapping, FunctionName="db", **source
    )
    assert "on resource: * because" in denied


# -- CloudWatch Logs -----------------------------------------------------------------------------


def test_logs(lab: Lab) -> None:
    root = lab.root.client("logs")
    root.create_log_group(logGroupName="/app/a", tags={"team": "web"})
    root.create_log_group(logGroupName="/app/b")
    arn = f"arn:aws:logs:{HERE}:log-group:/app/a"
    ann = may(lab, "logs", allow("logs:*", f"{arn}:*"))
    ann.create_log_stream(logGroupName="/app/a", logStreamName="s")
    ann.put_retention_policy(logGroupName="/app/a", retentionInDays=7)
    ann.describe_log_streams(logGroupName="/app/a")
    events = [{"timestamp": int(lab.clock.now.timestamp() * 1000), "message": "m"}]
    put = {"logStreamName": "s", "logEvents": events}
    assert outcome(ann.put_log_events, logGroupName="/app/a", **put) == "allowed"
    assert outcome(ann.put_log_events, logGroupName="/app/b", **put) == "AccessDeniedException"
    message = refused("AccessDeniedException", ann.create_log_group, logGroupName="/app/c")
    assert f"on resource: arn:aws:logs:{HERE}:log-group:/app/c:log-stream: because" in message
    message = refused("AccessDeniedException", ann.describe_log_groups)
    assert f"on resource: arn:aws:logs:{HERE}:log-group::log-stream: because" in message
    # The operations on tags take the ARN without anything behind it.
    assert outcome(ann.list_tags_for_resource, resourceArn=arn) == "AccessDeniedException"
    bob = may(lab, "logs", allow("logs:ListTagsForResource", arn), name="bob")
    assert outcome(bob.list_tags_for_resource, resourceArn=arn) == "allowed"


def test_logs_tag_on_create(lab: Lab) -> None:
    ann = may(lab, "logs", allow("logs:CreateLogGroup"))
    message = refused(
        "AccessDeniedException", ann.create_log_group, logGroupName="g", tags={"team": "web"}
    )
    assert message == (
        f"User with accountId: {ACCOUNT} is not authorized to perform CreateLogGroup with Tags"
    )
    assert outcome(ann.create_log_group, logGroupName="g") == "allowed"


# -- Systems Manager -----------------------------------------------------------------------------


def test_ssm_parameters(lab: Lab) -> None:
    root = lab.root.client("ssm")
    for name in ("/app/db", "/dev/db", "plain"):
        tags = [{"Key": "team", "Value": name.strip("/")[:3]}]
        root.put_parameter(Name=name, Value="v", Type="String", Tags=tags)
    under = f"arn:aws:ssm:{HERE}:parameter/app"
    ann = may(lab, "ssm", allow("ssm:Get*", [f"{under}/*", under]))
    assert outcome(ann.get_parameter, Name="/app/db") == "allowed"
    assert outcome(ann.get_parameter, Name="/app/db:1") == "allowed"
    assert outcome(ann.get_parameters_by_path, Path="/app") == "allowed"
    assert outcome(ann.get_parameters, Names=["/app/db", "plain"]) == "AccessDeniedException"
    message = refused("AccessDeniedException", ann.get_parameter, Name="/dev/db")
    assert f"on resource: arn:aws:ssm:{HERE}:parameter/dev/db because" in message
    tagged = {"StringEquals": {"ssm:resourceTag/team": "dev"}}
    bob = may(lab, "ssm", allow("ssm:GetParameter", Condition=tagged), name="bob")
    assert outcome(bob.get_parameter, Name="/dev/db") == "allowed"
    assert outcome(bob.get_parameter, Name="/app/db") == "AccessDeniedException"


def test_ssm_overwriting(lab: Lab) -> None:
    new = {"Bool": {"ssm:Overwrite": "false"}}
    ann = may(lab, "ssm", allow("ssm:PutParameter", Condition=new))
    put = {"Name": "/app/x", "Value": "v", "Type": "String"}
    assert outcome(ann.put_parameter, **put) == "allowed"
    assert outcome(ann.put_parameter, **put, Overwrite=True) == "AccessDeniedException"
    assert outcome(
        ann.put_parameter, **(put | {"Name": "y"}), Tags=[{"Key": "a", "Value": "b"}]
    ) == ("AccessDeniedException")


def test_ssm_secure_strings(lab: Lab, keys: list[str]) -> None:
    root = lab.root.client("ssm")
    root.put_parameter(Name="/usual", Value="v", Type="SecureString")
    root.put_parameter(Name="/own", Value="v", Type="SecureString", KeyId="alias/app")
    ann = may(lab, "ssm", allow("ssm:*"))
    assert outcome(ann.get_parameter, Name="/usual", WithDecryption=True) == "allowed"
    assert outcome(ann.get_parameter, Name="/own") == "allowed"
    message = refused("AccessDeniedException", ann.get_parameter, Name="/own", WithDecryption=True)
    assert message.startswith("The ciphertext refers to a customer master key")
    via = {"StringEquals": {"kms:ViaService": "ssm.us-east-1.amazonaws.com"}}
    bob = may(lab, "ssm", allow("ssm:*"), allow("kms:*", keys[0], Condition=via), name="bob")
    assert outcome(bob.get_parameter, Name="/own", WithDecryption=True) == "allowed"
    called = context_of(lab, "kms:Decrypt")
    assert (called["aws:ViaAWSService"], called["aws:CalledVia"]) == (
        "true",
        ["ssm.amazonaws.com"],
    )
    assert outcome(lab.caller("bob").client("kms").encrypt, KeyId=keys[0], Plaintext=b"x") == (
        "AccessDeniedException"
    )


# -- Secrets Manager -----------------------------------------------------------------------------


def test_secrets(lab: Lab) -> None:
    root = lab.root.client("secretsmanager")
    arns = {
        name: root.create_secret(Name=name, SecretString=name)["ARN"] for name in ("app/a", "dev/b")
    }
    below = f"arn:aws:secretsmanager:{HERE}:secret:app/*"
    ann = may(lab, "secretsmanager", allow("secretsmanager:*", below))
    for name in ("app/a", arns["app/a"], arns["app/a"][:-7]):
        assert ann.get_secret_value(SecretId=name)["SecretString"] == "app/a"
    message = refused("AccessDeniedException", ann.get_secret_value, SecretId="dev/b")
    assert f"on resource: {arns['dev/b']} because" in message
    message = refused("AccessDeniedException", ann.get_secret_value, SecretId="dev/none")
    assert "on resource: dev/none because" in message
    assert outcome(ann.get_secret_value, SecretId="app/none") == "ResourceNotFoundException"
    assert outcome(ann.create_secret, Name="app/new", SecretString="x") == "allowed"
    assert outcome(ann.create_secret, Name="new", SecretString="x") == "AccessDeniedException"
    assert refused("AccessDeniedException", ann.list_secrets) == (
        f"User: arn:aws:iam::{ACCOUNT}:user/ann is not authorized to perform: "
        "secretsmanager:ListSecrets because no identity-based policy allows the "
        "secretsmanager:ListSecrets action"
    )


def test_secrets_policies_and_keys(lab: Lab, keys: list[str]) -> None:
    root = lab.root.client("secretsmanager")
    root.create_secret(Name="app", SecretString="v", KmsKeyId=keys[0])
    ann = may(lab, "secretsmanager")
    grant = statement(
        "Allow",
        "secretsmanager:GetSecretValue",
        Principal={"AWS": f"arn:aws:iam::{ACCOUNT}:user/ann"},
        Condition={"StringEquals": {"secretsmanager:VersionStage": "AWSCURRENT"}},
    )
    root.put_resource_policy(SecretId="app", ResourcePolicy=policy(grant))
    message = refused("AccessDeniedException", ann.get_secret_value, SecretId="app")
    assert message == "Access to KMS is not allowed"
    lab.root.client("kms").create_grant(
        KeyId=keys[0],
        GranteePrincipal=f"arn:aws:iam::{ACCOUNT}:user/ann",
        Operations=["Decrypt"],
    )
    assert outcome(ann.get_secret_value, SecretId="app") == "allowed"
    old = {"SecretId": "app", "VersionStage": "AWSPREVIOUS"}
    assert outcome(ann.get_secret_value, **old) == "AccessDeniedException"


# -- the account's own services ------------------------------------------------------------------


def test_budgets(lab: Lab) -> None:
    mine = f"arn:aws:budgets::{ACCOUNT}:budget/mine"
    ann = may(lab, "budgets", allow(["budgets:ModifyBudget", "budgets:ViewBudget"], mine))
    rest = {"TimeUnit": "MONTHLY", "BudgetType": "COST"}
    rest["BudgetLimit"] = {"Amount": "5", "Unit": "USD"}
    for name, expected in {"mine": "allowed", "other": "AccessDeniedException"}.items():
        budget = {"BudgetName": name, **rest}
        assert outcome(ann.create_budget, AccountId=ACCOUNT, Budget=budget) == expected
        assert outcome(ann.describe_budget, AccountId=ACCOUNT, BudgetName=name) == expected
    message = refused("AccessDeniedException", ann.describe_budgets, AccountId=ACCOUNT)
    assert f"budgets:ViewBudget on resource: arn:aws:budgets::{ACCOUNT}:budget/* because" in message


def test_budget_actions_pass_a_role(lab: Lab, role: str) -> None:
    ann = may(lab, "budgets", allow("budgets:*"))
    action = {
        "AccountId": ACCOUNT,
        "BudgetName": "b",
        "NotificationType": "ACTUAL",
        "ActionType": "APPLY_IAM_POLICY",
        "ActionThreshold": {"ActionThresholdValue": 80, "ActionThresholdType": "PERCENTAGE"},
        "Definition": {"IamActionDefinition": {"PolicyArn": "a" * 25, "Users": ["ann"]}},
        "ExecutionRoleArn": role,
        "ApprovalModel": "AUTOMATIC",
        "Subscribers": [{"SubscriptionType": "EMAIL", "Address": "a@example.com"}],
    }
    message = refused("AccessDeniedException", ann.create_budget_action, **action)
    assert f"iam:PassRole on resource: {role} because" in message
    assert context_of(lab, "iam:PassRole")["iam:PassedToService"] == "budgets.amazonaws.com"


def test_account(lab: Lab) -> None:
    security = {"StringEquals": {"account:AlternateContactTypes": "SECURITY"}}
    ann = may(lab, "account", allow("account:PutAlternateContact", Condition=security))
    person = {"EmailAddress": "a@example.com", "Name": "A", "PhoneNumber": "1", "Title": "t"}
    put = ann.put_alternate_contact
    assert outcome(put, AlternateContactType="SECURITY", **person) == "allowed"
    message = refused("AccessDeniedException", put, AlternateContactType="BILLING", **person)
    assert f"on resource: arn:aws:account::{ACCOUNT}:account because" in message


def test_cost_explorer_and_support_and_trail_and_analyzer(lab: Lab) -> None:
    ann = new_user(lab, "ann")
    period = {"Start": "2026-01-01", "End": "2026-02-01"}
    message = refused(
        "AccessDeniedException",
        ann.client("ce").get_cost_and_usage,
        TimePeriod=period,
        Granularity="MONTHLY",
        Metrics=["UnblendedCost"],
    )
    assert f"on resource: arn:aws:ce:us-east-1:{ACCOUNT}:/GetCostAndUsage because" in message
    message = refused("AccessDeniedException", ann.client("support").describe_severity_levels)
    assert "support:DescribeSeverityLevels because" in message
    message = refused("AccessDeniedException", ann.client("cloudtrail").lookup_events)
    assert "cloudtrail:LookupEvents because" in message
    message = refused("AccessDeniedException", ann.client("accessanalyzer").list_analyzers)
    assert f"on resource: arn:aws:access-analyzer:{HERE}:* because" in message


def test_trails(lab: Lab, role: str) -> None:
    trail_bucket(lab, "trail-bucket")
    trails = lab.root.client("cloudtrail")
    for name in ("one", "two"):
        trails.create_trail(Name=name, S3BucketName="trail-bucket")
    ann = may(lab, "cloudtrail", allow("cloudtrail:*", f"arn:aws:cloudtrail:{HERE}:trail/one"))
    assert outcome(ann.stop_logging, Name="one") == "allowed"
    assert outcome(ann.stop_logging, Name=f"arn:aws:cloudtrail:{HERE}:trail/one") == "allowed"
    assert outcome(ann.stop_logging, Name="two") == "AccessDeniedException"
    logs = {"CloudWatchLogsLogGroupArn": "arn", "CloudWatchLogsRoleArn": role}
    message = refused("AccessDeniedException", ann.update_trail, Name="one", **logs)
    assert f"iam:PassRole on resource: {role} because" in message


# -- queues and topics ---------------------------------------------------------------------------


def test_queues_and_their_policies(lab: Lab) -> None:
    sqs = lab.root.client("sqs")
    url = sqs.create_queue(QueueName="jobs")["QueueUrl"]
    ann = may(lab, "sqs")
    message = refused("AccessDenied", ann.send_message, QueueUrl=url, MessageBody="m")
    assert f"sqs:sendmessage on resource: arn:aws:sqs:{HERE}:jobs because" in message
    grant = statement(
        "Allow", "sqs:SendMessage", Principal={"AWS": f"arn:aws:iam::{ACCOUNT}:user/ann"}
    )
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": policy(grant)})
    entries = [{"Id": "1", "MessageBody": "m"}]
    assert outcome(ann.send_message_batch, QueueUrl=url, Entries=entries) == "allowed"
    assert outcome(ann.receive_message, QueueUrl=url) == "AccessDenied"


def test_topics_and_their_policies(lab: Lab) -> None:
    sns = lab.root.client("sns")
    topic = sns.create_topic(Name="alarm")["TopicArn"]
    ann = may(lab, "sns")
    message = refused("AuthorizationError", ann.publish, TopicArn=topic, Message="m")
    assert f"SNS:Publish on resource: {topic} because" in message
    grant = statement(
        "Allow", "sns:Publish", topic, Principal={"AWS": f"arn:aws:iam::{ACCOUNT}:user/ann"}
    )
    sns.set_topic_attributes(TopicArn=topic, AttributeName="Policy", AttributeValue=policy(grant))
    assert outcome(ann.publish, TopicArn=topic, Message="m") == "allowed"


NOBODY = statement("Allow", "*", Principal={"AWS": f"arn:aws:iam::{ACCOUNT}:user/nobody"})


@pytest.mark.parametrize("document", ["{", "{}", policy(NOBODY)], ids=["text", "empty", "nobody"])
def test_policies_that_are_none_are_not_kept(lab: Lab, tables: Any, document: str) -> None:
    """moto keeps them all, and nobody could use the resource afterwards."""
    root = lab.root.client
    secret = root("secretsmanager").create_secret(Name="app", SecretString="v")["ARN"]
    queue = root("sqs").create_queue(QueueName="jobs")["QueueUrl"]
    topic = root("sns").create_topic(Name="alarm")["TopicArn"]
    puts = {
        "dynamodb": ("put_resource_policy", {"ResourceArn": MUSIC, "Policy": document}),
        "kms": ("create_key", {"Policy": document}),
        "secretsmanager": ("put_resource_policy", {"SecretId": secret, "ResourcePolicy": document}),
        "sns": (
            "set_topic_attributes",
            {"TopicArn": topic, "AttributeName": "Policy", "AttributeValue": document},
        ),
        "sqs": ("set_queue_attributes", {"QueueUrl": queue, "Attributes": {"Policy": document}}),
    }
    codes = {
        service: outcome(getattr(root(service), name), **parameters)
        for service, (name, parameters) in puts.items()
    }
    assert codes == {
        "dynamodb": "ValidationException",
        "kms": "MalformedPolicyDocumentException",
        "secretsmanager": "MalformedPolicyDocumentException",
        "sns": "InvalidParameter",
        "sqs": "InvalidAttributeValue",
    }


# -- IAM -----------------------------------------------------------------------------------------


def test_iam_boundaries_and_policies_as_conditions(lab: Lab) -> None:
    """The classic of delegated administration: users only with this boundary."""
    iam = lab.root.client("iam")
    boundary = iam.create_policy(PolicyName="edge", PolicyDocument=allow("s3:*"))["Policy"]["Arn"]
    only = {"StringEquals": {"iam:PermissionsBoundary": boundary}}
    ann = may(
        lab,
        "iam",
        allow(["iam:CreateUser", "iam:AttachUserPolicy"], Condition=only),
    )
    assert outcome(ann.create_user, UserName="free") == "AccessDenied"
    assert outcome(ann.create_user, UserName="bound", PermissionsBoundary=boundary) == "allowed"
    iam.create_user(UserName="free")
    attach = {"PolicyArn": "arn:aws:iam::aws:policy/ReadOnlyAccess"}
    assert outcome(ann.attach_user_policy, UserName="bound", **attach) == "allowed"
    assert outcome(ann.attach_user_policy, UserName="free", **attach) == "AccessDenied"
    which = {"ArnEquals": {"iam:PolicyARN": attach["PolicyArn"]}}
    bob = may(lab, "iam", allow("iam:AttachUserPolicy", Condition=which), name="bob")
    assert outcome(bob.attach_user_policy, UserName="free", **attach) == "allowed"
    assert outcome(bob.attach_user_policy, UserName="free", PolicyArn=boundary) == "AccessDenied"


def test_iam_tags(lab: Lab) -> None:
    web = {
        "StringEquals": {"aws:RequestTag/team": "web"},
        "ForAllValues:StringEquals": {"aws:TagKeys": ["team"]},
    }
    ann = may(lab, "iam", allow(["iam:CreateUser", "iam:TagUser"], Condition=web))
    tags = [{"Key": "team", "Value": "web"}]
    assert outcome(ann.create_user, UserName="x", Tags=tags) == "allowed"
    more = [*tags, {"Key": "cost", "Value": "1"}]
    assert outcome(ann.create_user, UserName="y", Tags=more) == "AccessDenied"
    untagged = may(lab, "iam", allow("iam:CreateUser"), name="bob")
    message = refused("AccessDenied", untagged.create_user, UserName="z", Tags=tags)
    assert "iam:TagUser on resource" in message
    same = {"StringEquals": {"iam:ResourceTag/team": "web"}}
    carl = may(lab, "iam", allow("iam:GetUser", Condition=same), name="carl")
    assert outcome(carl.get_user, UserName="x") == "allowed"
    assert outcome(carl.get_user, UserName="carl") == "AccessDenied"


def test_iam_instance_profiles_pass_their_role(lab: Lab, role: str) -> None:
    lab.root.client("iam").create_instance_profile(InstanceProfileName="p")
    add = {"InstanceProfileName": "p", "RoleName": "exec"}
    ann = may(lab, "iam", allow("iam:AddRoleToInstanceProfile"))
    message = refused("AccessDenied", ann.add_role_to_instance_profile, **add)
    assert f"iam:PassRole on resource: {role} because" in message
    bob = may(
        lab, "iam", allow("iam:AddRoleToInstanceProfile"), allow("iam:PassRole", role), name="b"
    )
    assert outcome(bob.add_role_to_instance_profile, **add) == "allowed"


# -- all others ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("service", "operation", "parameters", "expected"),
    [
        ("apigatewayv2", "get_apis", {}, "apigateway:GET on resource: arn:aws:apigateway:"),
        ("cloudwatch", "list_metrics", {}, "cloudwatch:ListMetrics"),
        ("dynamodbstreams", "list_streams", {}, "dynamodb:ListStreams"),
        ("elb", "describe_load_balancers", {}, "elasticloadbalancing:DescribeLoadBalancers"),
        ("elbv2", "describe_target_groups", {}, "elasticloadbalancing:DescribeTargetGroups"),
        (
            "eks",
            "describe_cluster",
            {"name": "c"},
            f"eks:DescribeCluster on resource: arn:aws:eks:{HERE}:cluster/c because",
        ),
        (
            "events",
            "put_rule",
            {"Name": "r"},
            f"events:PutRule on resource: arn:aws:events:{HERE}:rule/r because",
        ),
        ("iot-data", "publish", {"topic": "t"}, "iot:Publish"),
        (
            "rds",
            "delete_db_instance",
            {"DBInstanceIdentifier": "d"},
            f"rds:DeleteDBInstance on resource: arn:aws:rds:{HERE}:db:d because",
        ),
        ("opensearch", "list_domain_names", {}, "es:ListDomainNames"),
        ("resourcegroupstaggingapi", "get_resources", {}, "tag:GetResources"),
        ("service-quotas", "list_services", {}, "servicequotas:ListServices"),
        ("sesv2", "list_email_identities", {}, "ses:ListEmailIdentities"),
        ("sso-admin", "list_instances", {}, "sso:ListInstances"),
        (
            "stepfunctions",
            "start_execution",
            {"stateMachineArn": f"arn:aws:states:{HERE}:stateMachine:x"},
            f"states:StartExecution on resource: arn:aws:states:{HERE}:stateMachine:x",
        ),
    ],
)  # fmt: skip
def test_services_without_a_table(
    lab: Lab, service: str, operation: str, parameters: dict, expected: str
) -> None:
    client = may(lab, service)
    with pytest.raises(client.exceptions.ClientError) as caught:
        getattr(client, operation)(**parameters)
    assert f"is not authorized to perform: {expected}" in str(caught.value)


def test_a_decision_says_how_its_question_was_found(lab: Lab, tables: Any) -> None:
    ann = new_user(lab, "ann")
    outcome(ann.client("dynamodb").get_item, TableName="music", Key=key("ann"))
    first = lab.decisions[-1].steps[0]
    assert (first.effect, first.policy_type) == ("asked", None)
    assert (
        first.text == f"asked: dynamodb:GetItem on {MUSIC}, told by the lab's table of the service"
    )
    outcome(ann.client("servicediscovery").list_services)
    assert "AWS's service authorization reference" in lab.decisions[-1].steps[0].text
    assert json.dumps(lab.decisions[-1].to_dict())
