"""One canary for each reader of ``seam_resources``: that moto's stored objects still have the
attributes by which the lab knows a resource's tags, keys and policies."""

from __future__ import annotations

from typing import Any

import pytest
from lab_calls import ACCOUNT, policy, statement, trail_bucket, trust
from test_authorization_services import new_function
from test_canaries import moved

from helpers import Lab
from helpers.lab import seam, seam_resources

HERE = f"us-east-1:{ACCOUNT}"
TAGS = {"team": "web"}
LISTED = [{"Key": "team", "Value": "web"}]
OPEN = policy(statement("Allow", "*", Principal="*"))


def ce(lab: Lab) -> str:
    rule = {"Value": "x", "Rule": {"Dimensions": {"Key": "REGION", "Values": ["us-east-1"]}}}
    return lab.root.client("ce").create_cost_category_definition(
        Name="c",
        RuleVersion="CostCategoryExpression.v1",
        Rules=[rule],
        ResourceTags=LISTED,
    )["CostCategoryArn"]


def cloudtrail(lab: Lab) -> str:
    trail = {"Name": "one", "S3BucketName": trail_bucket(lab, "trail-bucket"), "TagsList": LISTED}
    return lab.root.client("cloudtrail").create_trail(**trail)["TrailARN"]


def dynamodb(lab: Lab) -> str:
    client = lab.root.client("dynamodb")
    arn = client.create_table(
        TableName="music",
        KeySchema=[{"AttributeName": "owner", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "owner", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
        Tags=LISTED,
    )["TableDescription"]["TableArn"]
    client.put_resource_policy(ResourceArn=arn, Policy=OPEN)
    assert seam_resources.partition_key(store("dynamodb"), arn) == "owner"
    return arn


def ecr(lab: Lab) -> str:
    client = lab.root.client("ecr")
    arn = client.create_repository(repositoryName="app", tags=LISTED)["repository"]["repositoryArn"]
    # A policy of a repository has no resource: it is the repository.
    document = policy({"Effect": "Allow", "Action": "ecr:*", "Principal": "*"})
    client.set_repository_policy(repositoryName="app", policyText=document)
    return arn


def iam(lab: Lab) -> str:
    return lab.root.client("iam").create_user(UserName="ann", Tags=LISTED)["User"]["Arn"]


def kms(lab: Lab) -> str:
    client = lab.root.client("kms")
    key = client.create_key(Tags=[{"TagKey": "team", "TagValue": "web"}])["KeyMetadata"]
    client.create_alias(AliasName="alias/app", TargetKeyId=key["KeyId"])
    grantee = f"arn:aws:iam::{ACCOUNT}:root"
    grant = client.create_grant(
        KeyId=key["KeyId"], GranteePrincipal=grantee, Operations=["Encrypt"]
    )
    found = store("kms")
    text = client.encrypt(KeyId=key["KeyId"], Plaintext=b"x")["CiphertextBlob"]
    assert seam_resources.kms_key_id(found, "alias/app") == key["KeyId"]
    assert seam_resources.kms_key_of(found, text) == key["KeyId"]
    assert seam_resources.kms_grant(found, grant["GrantToken"])[0] == key["KeyId"]
    stored = seam_resources.stored(key["Arn"])
    assert stored.keys["kms:ResourceAliases"] == ["alias/app"]
    assert len(stored.policies) == 2
    return key["Arn"]


def lambda_(lab: Lab) -> str:
    client = lab.root.client("lambda")
    role = f"arn:aws:iam::{ACCOUNT}:role/exec"
    document = trust({"Service": "lambda.amazonaws.com"})
    lab.root.client("iam").create_role(RoleName="exec", AssumeRolePolicyDocument=document)
    new_function(client, "web", role, Tags=TAGS)
    call = {"FunctionName": "web", "Action": "lambda:InvokeFunction", "Principal": ACCOUNT}
    client.add_permission(StatementId="s", **call)
    lab.root.client("sqs").create_queue(QueueName="jobs")
    source = f"arn:aws:sqs:{HERE}:jobs"
    mapping = client.create_event_source_mapping(FunctionName="web", EventSourceArn=source)
    arn = f"arn:aws:lambda:{HERE}:function:web"
    assert seam_resources.mapped_function(store("lambda"), mapping["UUID"]) == arn
    return arn


def logs(lab: Lab) -> str:
    client = lab.root.client("logs")
    client.create_log_group(logGroupName="/app", tags=TAGS)
    client.put_resource_policy(policyName="p", policyDocument=OPEN)
    return f"arn:aws:logs:{HERE}:log-group:/app:log-stream:"


def secretsmanager(lab: Lab) -> str:
    client = lab.root.client("secretsmanager")
    arn = client.create_secret(Name="app", SecretString="x", Tags=LISTED)["ARN"]
    client.put_resource_policy(SecretId=arn, ResourcePolicy=OPEN)
    assert seam_resources.secret(store("secretsmanager"), arn[:-7]).arn == arn
    return arn


def sns(lab: Lab) -> str:
    return lab.root.client("sns").create_topic(Name="alarm", Tags=LISTED)["TopicArn"]


def sqs(lab: Lab) -> str:
    attributes = {"Policy": OPEN}
    lab.root.client("sqs").create_queue(QueueName="jobs", Attributes=attributes, tags=TAGS)
    return f"arn:aws:sqs:{HERE}:jobs"


def ssm(lab: Lab) -> str:
    client = lab.root.client("ssm")
    client.put_parameter(Name="/a/b", Value="v", Type="String", Tags=LISTED)
    client.put_parameter(Name="/pw", Value="v", Type="SecureString", KeyId="alias/mine")
    assert seam_resources.key_of_parameter(store("ssm"), "/pw") == "alias/mine"
    return f"arn:aws:ssm:{HERE}:parameter/a/b"


def store(service: str) -> Any:
    return seam.store(service, ACCOUNT, "us-east-1")


MAKERS = (ce, cloudtrail, dynamodb, ecr, iam, kms, lambda_, logs, secretsmanager, sns, sqs, ssm)
WITHOUT_POLICY = ("ce", "cloudtrail", "iam", "ssm")


@pytest.mark.parametrize("make", MAKERS, ids=lambda make: make.__name__)
def test_what_is_stored_with_a_resource(lab: Lab, make: Any) -> None:
    stored = seam_resources.stored(make(lab))
    assert stored is not None, moved(f"the store of {make.__name__}")
    assert stored.tags == TAGS, moved(f"the tags of {make.__name__}")
    assert bool(stored.policies) is (make.__name__ not in WITHOUT_POLICY), moved(
        f"the policies of {make.__name__}"
    )


def test_there_is_a_canary_for_each_reader() -> None:
    assert {make.__name__.strip("_") for make in MAKERS} == set(seam_resources.READERS)


@pytest.mark.usefixtures("lab")
def test_an_account_that_is_not_there_leaves_nothing_behind() -> None:
    from moto.iam.models import iam_backends

    assert seam_resources.stored("arn:aws:kms:us-east-1:999999999999:key/k") is None
    assert "999999999999" not in iam_backends


def test_vpcs_of_subnets(lab: Lab) -> None:
    subnet = lab.root.client("ec2").describe_subnets()["Subnets"][0]
    found = seam_resources.vpcs_of_subnets(store("ec2"), [subnet["SubnetId"]])
    assert found == [subnet["VpcId"]], moved("the subnets of EC2")
