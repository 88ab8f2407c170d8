"""What moto's stores hold of a resource beside the resource: its tags and its policy.

The second half of ``seam``: each function below knows the attributes of one service's stored
objects, gets the service's store and the resource's ARN, and returns ``None`` for a resource
that is not there. ``tests/unit/lab/test_canaries_resources.py`` has one test for each.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from helpers.lab import seam

Named = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Stored:
    """What is stored with a resource: tags, condition keys that describe it, and its policies
    as (name, document)."""

    tags: Mapping[str, str] = field(default_factory=dict)
    keys: Mapping[str, Any] = field(default_factory=dict)
    policies: tuple[Named, ...] = ()


def _as_dict(tags: Any, key: str = "Key", value: str = "Value") -> dict[str, str]:
    items = tags.values() if isinstance(tags, dict) else tags or ()
    return {tag[key]: tag.get(value, "") for tag in items}


# -- KMS -----------------------------------------------------------------------------------------


def kms_key_id(store: Any, name: str) -> str | None:
    """The id of the key that an alias ("alias/app") stands for."""
    return store.get_key_id_from_alias(name)


def kms_key_of(store: Any, ciphertext: bytes) -> str | None:
    """The id of the key that encrypted a text: moto writes it in front."""
    key_id = bytes(ciphertext)[:36].decode("ascii", "replace")
    return key_id if key_id in store.keys else None


def kms_grant(store: Any, token: str) -> tuple[str, Any] | None:
    """The key's id and the grant that a grant token or grant id stands for."""
    for key in store.keys.values():
        for grant in key.grants.values():
            if token in (grant.token, grant.id):
                return key.id, grant
    return None


def kms_name_grant(key: Any, grant: Any, name: str) -> None:
    """Give a grant an id of AWS's length in place of moto's, and a token."""
    del key.grants[grant.id]
    grant.id = name
    grant.token = base64.b64encode(hashlib.shake_256(name.encode()).digest(96)).decode()
    key.grants[name] = grant


def _kms(store: Any, arn: str) -> Stored | None:
    if ":key/" not in arn:
        return None
    key = store.keys.get(arn.rpartition("/")[2])
    if key is None:
        # Whether somebody may ask for a key that is not there is for their own policies to say.
        return Stored(policies=(("no key", _delegation(store.account_id)),))
    keys: dict[str, Any] = {
        "kms:KeySpec": key.key_spec,
        "kms:KeyUsage": key.key_usage,
        "kms:KeyOrigin": key.origin,
        "kms:MultiRegion": "true" if key.multi_region else "false",
    }
    if aliases := sorted(key.aliases):
        keys["kms:ResourceAliases"] = aliases
    return Stored(
        store.tagger.get_tag_dict_for_resource(key.id),
        keys,
        (("key policy", key.policy), *map(_granted, key.grants.values())),
    )


def _delegation(account_id: str) -> str:
    """What the key policy says that KMS makes: the account's own policies decide."""
    root = {"AWS": f"arn:aws:iam::{account_id}:root"}
    return json.dumps({"Version": "2012-10-17", "Statement": [_allow(root, ["*"], {})]})


def _granted(grant: Any) -> Named:
    """A grant as the policy that it amounts to.

    https://docs.aws.amazon.com/kms/latest/developerguide/grants.html
    """
    constraints = grant.constraints or {}
    condition: dict[str, dict[str, Any]] = {}
    for name in ("EncryptionContextSubset", "EncryptionContextEquals"):
        for key, value in (constraints.get(name) or {}).items():
            condition.setdefault("StringEquals", {})[f"kms:EncryptionContext:{key}"] = value
    if exact := constraints.get("EncryptionContextEquals"):
        condition["ForAllValues:StringEquals"] = {"kms:EncryptionContextKeys": sorted(exact)}
    principal = grant.grantee_principal
    kind = "Service" if principal.endswith(".amazonaws.com") else "AWS"
    statements = [_allow({kind: principal}, grant.operations, condition)]
    if grant.retiring_principal:
        statements.append(_allow({"AWS": grant.retiring_principal}, ["RetireGrant"], {}))
    return f"grant {grant.id}", json.dumps({"Version": "2012-10-17", "Statement": statements})


def _allow(principal: Any, operations: Any, condition: Any) -> dict[str, Any]:
    statement = {
        "Effect": "Allow",
        "Principal": principal,
        "Action": [f"kms:{operation}" for operation in operations],
        "Resource": "*",
    }
    return {**statement, "Condition": condition} if condition else statement


# -- the others ----------------------------------------------------------------------------------


def secret(store: Any, name: str) -> Any | None:
    """moto's secret of that name, ARN or ARN without its six last characters."""
    return store.secrets.get(name)


def _secretsmanager(store: Any, arn: str) -> Stored | None:
    found = secret(store, arn)
    if found is None:
        return None
    source = getattr(found, "source", found)  # a replica has its tags and policy there
    policy = getattr(source, "policy", None)
    keys = {"secretsmanager:SecretPrimaryRegion": source.region}
    rotation = getattr(source, "rotation_lambda_arn", "")
    if rotation:
        keys["secretsmanager:resource/AllowRotationLambdaArn"] = rotation
    return Stored(_as_dict(source.tags), keys, ((found.name, policy),) if policy else ())


def _dynamodb(store: Any, arn: str) -> Stored | None:
    parts = arn.split(":table/")[-1].split("/")
    table = store.tables.get(parts[0])
    if table is None:
        return None
    # An index has its table's policy; a stream has one of its own.
    holder = arn if parts[1:2] == ["stream"] else table.table_arn
    policy = store.resource_policies.get(holder)
    return Stored(
        _as_dict(table.tags), {}, ((parts[0], policy.policy_doc),) if policy is not None else ()
    )


def partition_key(store: Any, name: str) -> str | None:
    """The name of a DynamoDB table's partition key."""
    table = store.tables.get(name.split(":table/")[-1].split("/")[0])
    return table.hash_key_attr if table is not None else None


def _lambda(store: Any, arn: str) -> Stored | None:
    kind, _, rest = arn.split(":", 5)[5].partition(":")
    if kind == "layer":
        layer = store.layers_versions_by_arn(arn) if ":" in rest else None
        return None if layer is None else Stored(policies=_statements(layer))
    if kind != "function":
        return None
    name = rest.partition(":")[0]
    function = next((f for f in store.list_functions() if f.function_name == name), None)
    if function is None:
        return None
    return Stored(dict(function.tags or {}), {}, _statements(function))


def _statements(holder: Any) -> tuple[Named, ...]:
    statements = [dict(statement) for statement in holder.policy.statements]
    for statement in statements:  # moto keeps an account or an ARN as it was given
        if isinstance(principal := statement.get("Principal"), str) and principal != "*":
            statement["Principal"] = {"AWS": principal}
    document = {"Version": "2012-10-17", "Id": "default", "Statement": statements}
    return (("default", json.dumps(document)),) if statements else ()


def mapped_function(store: Any, uuid: str) -> str | None:
    """The ARN of the function that an event source mapping calls."""
    found = store.get_event_source_mapping(uuid)
    return found.function_arn if found is not None else None


def _logs(store: Any, arn: str) -> Stored | None:
    kind, _, rest = arn.split(":", 5)[5].partition(":")
    if kind == "destination":
        destination = store.destinations.get(rest)
        if destination is None:
            return None
        tags = store.tagger.get_tag_dict_for_resource(destination.arn)
        policy = destination.access_policy
        return Stored(tags, {}, ((rest, policy),) if policy else ())
    group = store.groups.get(rest.partition(":")[0])
    if group is None:
        return None
    policies = tuple(
        (policy.policy_name, policy.policy_document) for policy in store.resource_policies.values()
    )
    return Stored(store.tagger.get_tag_dict_for_resource(group.arn), {}, policies)


SSM_TAGGED = {
    "document": "Document",
    "parameter": "Parameter",
    "maintenancewindow": "MaintenanceWindow",
    "patchbaseline": "PatchBaseline",
}
"""Kind in an ARN → the ResourceType under which Systems Manager keeps the tags."""


def _ssm(store: Any, arn: str) -> Stored | None:
    kind, _, name = arn.split(":", 5)[5].partition("/")
    tagged = SSM_TAGGED.get(kind)
    if tagged is None:
        return None
    tags = store._resource_tags.get(tagged, {})
    return Stored(dict(tags.get(name) or tags.get(f"/{name}") or {}))


def key_of_parameter(store: Any, name: str) -> str | None:
    """What a secure string was told to be encrypted with; ``None`` for a plain one."""
    plain = (name.partition(":parameter")[2] or name.partition(":")[0]).removeprefix("/")
    # moto drops the slash before a name of one level.
    found = store._parameters.get(f"/{plain}") or store._parameters.get(plain)
    return found[-1].keyid if found and found[-1].parameter_type == "SecureString" else None


def parameters_below(store: Any, path: str, recursive: bool) -> list[str]:
    """The names of the parameters below a path, or right below it."""
    return list(store._parameters.get_keys_beginning_with(path.rstrip("/") + "/", recursive))


def vpcs_of_subnets(store: Any, subnets: list[str]) -> list[str]:
    """The VPCs that subnets are in, each once."""
    known = [subnet for zone in store.subnets.values() for subnet in zone.values()]
    return sorted({subnet.vpc_id for subnet in known if subnet.id in subnets})


def _cloudtrail(store: Any, arn: str) -> Stored | None:
    return Stored(store.tagging_service.get_tag_dict_for_resource(arn))


def _ce(store: Any, arn: str) -> Stored | None:
    return Stored(store.tagger.get_tag_dict_for_resource(arn))


def _sqs(store: Any, arn: str) -> Stored | None:
    queue = store.queues.get(arn.rpartition(":")[2])
    if queue is None:
        return None
    policy = queue.policy
    return Stored(dict(queue.tags or {}), {}, ((queue.name, policy),) if policy else ())


def _sns(store: Any, arn: str) -> Stored | None:
    topic = store.topics.get(":".join(arn.split(":")[:6]))
    if topic is None:
        return None
    return Stored(dict(topic._tags or {}), {}, ((topic.name, topic.policy),))


@contextlib.contextmanager
def sns_without(store: Any, left_out: Callable[[Any], bool]) -> Iterator[None]:
    """moto's SNS without some subscriptions, for the while."""
    kept = store.subscriptions
    store.subscriptions = type(kept)((a, s) for a, s in kept.items() if not left_out(s))
    try:
        yield
    finally:
        store.subscriptions = kept


def _ecr(store: Any, arn: str) -> Stored | None:
    repository = store.repositories.get(arn.partition(":repository/")[2])
    if repository is None:
        return None
    tags = store.tagger.get_tag_dict_for_resource(repository.arn)
    policy = repository.policy
    return Stored(tags, {}, ((repository.name, policy),) if policy else ())


IAM_STORES = {
    "group": "groups",
    "instance-profile": "instance_profiles",
    "mfa": "virtual_mfa_devices",
    "oidc-provider": "open_id_providers",
    "policy": "managed_policies",
    "role": "roles",
    "saml-provider": "saml_providers",
    "server-certificate": "certificates",
    "user": "users",
}
"""Kind in an ARN → the attribute of moto's store that holds its kind."""


def iam_entity(store: Any, kind: str, name: str) -> Any | None:
    """moto's user, role, group, policy … by its name or ARN."""
    if kind not in IAM_STORES:
        return None
    things = getattr(store, IAM_STORES[kind])
    if name in things:
        return things[name]
    # An MFA device has neither, and is found by its serial number alone.
    return next(
        (t for t in things.values() if name in (getattr(t, "name", ""), getattr(t, "arn", ""))),
        None,
    )


def _iam(store: Any, arn: str) -> Stored | None:
    kind, _, path = arn.split(":", 5)[5].partition("/")
    by_name = kind in ("group", "instance-profile", "role", "server-certificate", "user")
    entity = iam_entity(store, kind, path.rpartition("/")[2] if by_name else arn)
    if entity is None:
        return None
    keys = {}
    if boundary := getattr(entity, "permissions_boundary_arn", None):
        keys["iam:PermissionsBoundary"] = boundary
    return Stored(seam.tags_of(entity) if hasattr(entity, "tags") else {}, keys)


READERS: dict[str, Callable[[Any, str], Stored | None]] = {
    "ce": _ce,
    "cloudtrail": _cloudtrail,
    "dynamodb": _dynamodb,
    "ecr": _ecr,
    "iam": _iam,
    "kms": _kms,
    "lambda": _lambda,
    "logs": _logs,
    "secretsmanager": _secretsmanager,
    "sns": _sns,
    "sqs": _sqs,
    "ssm": _ssm,
}
"""Service in the ARN → what reads its store."""


def stored(arn: str) -> Stored | None:
    """What is stored with the resource of that ARN, in whichever account it is; ``None`` for
    a resource that is not there, and for a service that nobody reads."""
    parts = arn.split(":", 5)
    if len(parts) < 6 or (reader := READERS.get(parts[2])) is None:
        return None
    store = seam.store(parts[2], parts[4], parts[3] or "aws")
    return reader(store, arn) if store is not None else None
