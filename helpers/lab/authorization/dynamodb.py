"""DynamoDB and its streams: tables and indexes by name or ARN, several tables in one call, and
the condition keys for single items and attributes.

AWS: https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazondynamodb.html,
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/specifying-conditions.html,
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/rbac-iam-actions.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from helpers.lab import seam, seam_resources
from helpers.lab.authorization.paths import values
from helpers.lab.authorization.table import Ask, By, Site, Table

TABLE_NAME = By("TableName")
ARN = By("ResourceArn")

# -- PartiQL -------------------------------------------------------------------------------------

# https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ql-iam.html
_STATEMENTS = ("Statement", "Statements[].Statement", "TransactStatements[].Statement")
_KINDS = {"SELECT": "Select", "INSERT": "Insert", "UPDATE": "Update", "DELETE": "Delete"}
_TARGET = re.compile(
    r"\s*(?:SELECT\b.*?\bFROM|INSERT\s+INTO|UPDATE|DELETE\s+FROM)\s+"
    r'(?:"(?P<quoted>[^"]+)"|(?P<plain>[\w.:/-]+))(?:\."(?P<index>[^"]+)")?',
    re.IGNORECASE | re.DOTALL,
)


def _kind(statement: str) -> str:
    words = statement.split(None, 1)
    return words[0].upper() if words else ""


def _statements(site: Site, kind: str) -> list[str]:
    found = [text for path in _STATEMENTS for text in values(site.parameters, path)]
    return [text for text in found if isinstance(text, str) and _kind(text) == kind]


def _partiql(kind: str) -> Ask:
    def target(site: Site, statement: str) -> str | None:
        if _kind(statement) != kind or (match := _TARGET.match(statement)) is None:
            return None
        table = match["quoted"] or match["plain"]
        arn = table if table.startswith("arn:") else site.arn("dynamodb", f"table/{table}")
        return f"{arn}/index/{match['index']}" if match["index"] else arn

    return Ask(
        f"PartiQL{_KINDS[kind]}",
        {"table": tuple(By(path, read=target) for path in _STATEMENTS)},
        lambda site: _statements(site, kind),
        {
            "dynamodb:EnclosingOperation": lambda site, _arn: (
                None if site.call.operation == "ExecuteStatement" else site.call.operation
            ),
            "dynamodb:FullTableScan": lambda site, _arn: (
                str(any(" where " not in s.lower() for s in _statements(site, kind))).lower()
                if kind == "SELECT"
                else None
            ),
        },
    )


PARTIQL = tuple(map(_partiql, _KINDS))

# -- items: which keys and attributes a call names -----------------------------------------------

_WORD = re.compile(r"[#\w]+")
_KEY_EQUALS = re.compile(r"([#\w]+)\s*=\s*(:\w+)")


def _table_of(arn: str) -> str:
    return arn.split(":table/")[-1].split("/")[0]


def _partition_key(arn: str) -> str | None:
    parts = arn.split(":")
    store = seam.store("dynamodb", parts[4], parts[3]) if len(parts) > 5 else None
    return seam_resources.partition_key(store, arn) if store is not None else None


def _requests(site: Site, arn: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """The single requests in a call that work on a table: each one's operation and parameters."""
    parameters = site.parameters
    table = _table_of(arn)
    if "TransactItems" in parameters:
        for item in parameters["TransactItems"] or ():
            for operation, request in item.items():
                if _table_of(request.get("TableName", "")) == table:
                    yield operation, request
    elif "RequestItems" in parameters:
        for name, requests in (parameters["RequestItems"] or {}).items():
            if _table_of(name) != table:
                continue
            for request in requests if isinstance(requests, list) else [requests]:
                if isinstance(requests, list):
                    yield from ((f"{kind[:-7]}", inner) for kind, inner in request.items())
                else:
                    yield "Get", request
    else:
        yield site.call.operation.removesuffix("Item"), parameters


def _leading_keys(site: Site, arn: str) -> list[str]:
    """The values of the partition key that a call names."""
    key = _partition_key(arn)
    if key is None:
        return []
    found: dict[str, None] = {}
    for _, request in _requests(site, arn):
        items = [request.get("Key"), request.get("Item"), *(request.get("Keys") or ())]
        held = [item[key] for item in items if isinstance(item, Mapping) and key in item]
        held += _queried(request, key)
        found.update(dict.fromkeys(text for value in held if (text := _scalar(value))))
    return list(found)


def _queried(request: Mapping[str, Any], key: str) -> list[Any]:
    """The partition key's value in a Query's condition, in its new form and in its old one."""
    conditions = request.get("KeyConditions") or {}
    found = list(conditions.get(key, {}).get("AttributeValueList") or ())
    names = request.get("ExpressionAttributeNames") or {}
    held = request.get("ExpressionAttributeValues") or {}
    for name, value in _KEY_EQUALS.findall(request.get("KeyConditionExpression") or ""):
        if names.get(name, name) == key and value in held:
            found.append(held[value])
    return found


def _scalar(value: Any) -> str | None:
    """A DynamoDB value as text: {"S": "ann"} is ann."""
    if not isinstance(value, Mapping) or len(value) != 1:
        return None
    inner = next(iter(value.values()))
    if isinstance(inner, bytes):
        return inner.decode("utf-8", "replace")
    return inner if isinstance(inner, str) else None


# Parameters whose text or list names attributes, and those whose keys are attributes.
_EXPRESSIONS = ("ProjectionExpression", "UpdateExpression", "ConditionExpression")
_EXPRESSIONS += ("KeyConditionExpression", "FilterExpression")
_KEYED = ("Key", "Item", "KeyConditions", "AttributeUpdates", "Expected", "QueryFilter")
_RESERVED = frozenset(
    [
        "set",
        "remove",
        "add",
        "delete",
        "and",
        "or",
        "not",
        "in",
        "between",
        "if_not_exists",
        "list_append",
        "attribute_exists",
        "attribute_not_exists",
        "attribute_type",
        "begins_with",
        "contains",
        "size",
    ]
)


def _attributes(site: Site, arn: str) -> list[str]:
    """The top-level attributes that a call names; the whole item names none."""
    found: dict[str, None] = {}
    for _, request in _requests(site, arn):
        names = request.get("ExpressionAttributeNames") or {}
        for parameter in _EXPRESSIONS:
            for path in re.split(r"[\s,()=<>+-]+", request.get(parameter) or ""):
                first = _WORD.match(path)
                if first and first[0].lower() not in _RESERVED and not first[0].isdigit():
                    found[names.get(first[0], first[0])] = None
        for parameter in _KEYED:
            found.update(dict.fromkeys(request.get(parameter) or ()))
        for key in request.get("Keys") or ():
            found.update(dict.fromkeys(key))
        found.update(dict.fromkeys(request.get("AttributesToGet") or ()))
    return list(found)


def _select(site: Site, arn: str) -> str | None:
    """What a read returns: said by the call, or what DynamoDB takes it to be."""
    if said := site.parameters.get("Select"):
        return said
    of_index = bool(site.parameters.get("IndexName"))
    usual = "ALL_PROJECTED_ATTRIBUTES" if of_index else "ALL_ATTRIBUTES"
    parts = [
        request.get("ProjectionExpression") or request.get("AttributesToGet")
        for _, request in _requests(site, arn)
    ]
    return "SPECIFIC_ATTRIBUTES" if parts and all(parts) else usual


def _enclosing(site: Site, _arn: str) -> str | None:
    return site.call.operation if site.call.operation.startswith("Transact") else None


def _table_or_index(site: Site, table: str) -> str:
    arn = table if table.startswith("arn:") else site.arn("dynamodb", f"table/{table}")
    index = site.parameters.get("IndexName")
    return f"{arn}/index/{index}" if index else arn


def _stream(_site: Site, iterator: str) -> str | None:
    """The stream that a shard iterator reads: its ARN stands in front."""
    return iterator.partition("|")[0] if iterator.startswith("arn:") else None


def _transaction(**actions: str) -> tuple[Ask, ...]:
    """One action for each kind of item in a transaction, on the tables of such items."""
    return tuple(
        Ask(action, {"table": By(f"TransactItems[].{kind}.TableName")}, f"TransactItems[].{kind}")
        for kind, action in actions.items()
    )


TABLE = Table(
    resources={
        "backup": (By("BackupArn"),),
        "export": (By("ExportArn"),),
        "global-table": (By("GlobalTableName"),),
        "import": (By("ImportArn"),),
        "stream": (By("StreamArn"), ARN),
        "table": (
            TABLE_NAME,
            By("TableArn"),
            By("SourceTableArn"),
            By("SourceTableName"),
            By("TargetTableName"),
            By("RequestItems{}"),
            By("TableCreationParameters.TableName"),
            By("GlobalTableName"),
            ARN,
        ),
    },
    rows={
        "BatchExecuteStatement": PARTIQL,
        "CreateBackup": (Ask("CreateBackup", {"table": TABLE_NAME}),),
        "DescribeStream": (Ask("DescribeStream", {"stream": By("StreamArn")}),),
        "ExecuteStatement": PARTIQL,
        "ExecuteTransaction": PARTIQL,
        "GetRecords": (Ask("GetRecords", {"stream": By("ShardIterator", read=_stream)}),),
        **{
            # The stream of Kinesis that these name is no stream of the table.
            operation: (Ask(operation, {"table": TABLE_NAME}),)
            for operation in (
                "DisableKinesisStreamingDestination",
                "EnableKinesisStreamingDestination",
                "UpdateKinesisStreamingDestination",
            )
        },
        "ListExports": (Ask("ListExports", {"table": By("TableArn")}),),
        # An index is asked for alone, where one is named.
        **{
            operation: (Ask(operation, {"table": By("TableName", read=_table_or_index)}),)
            for operation in (
                "DescribeContributorInsights",
                "Query",
                "Scan",
                "SearchVectors",
                "UpdateContributorInsights",
            )
        },
        "TransactGetItems": _transaction(Get="GetItem"),
        "TransactWriteItems": _transaction(
            Put="PutItem",
            Update="UpdateItem",
            Delete="DeleteItem",
            ConditionCheck="ConditionCheckItem",
        ),
    },
    also={
        "CreateTable": (
            Ask("TagResource", {"table": TABLE_NAME}, "Tags"),
            Ask("PutResourcePolicy", {"table": TABLE_NAME}, "ResourcePolicy"),
        ),
    },
    keys={
        "dynamodb:Attributes": _attributes,
        "dynamodb:EnclosingOperation": _enclosing,
        "dynamodb:LeadingKeys": _leading_keys,
        "dynamodb:ReturnConsumedCapacity": "ReturnConsumedCapacity",
        "dynamodb:ReturnValues": "ReturnValues",
        "dynamodb:Select": _select,
    },
    nowhere="arn:aws:dynamodb:${Region}:${Account}:table/*",
    across=frozenset(
        {
            "BatchGetItem",
            "BatchWriteItem",
            "DeleteItem",
            "DeleteTable",
            "DescribeStream",
            "DescribeTable",
            "GetItem",
            "GetRecords",
            "GetShardIterator",
            "ListTagsOfResource",
            "PutItem",
            "Query",
            "Scan",
            "TagResource",
            "TransactGetItems",
            "TransactWriteItems",
            "UntagResource",
            "UpdateItem",
            "UpdateTable",
        }
    ),
)
