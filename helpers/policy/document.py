"""From a policy document to a :class:`Policy`: the grammar is checked and every pattern compiled.

AWS: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, NoReturn

from .conditions import OPERATORS, Condition, UnknownOperator, make_condition, parse_operator
from .elements import ActionElement, ResourceElement
from .errors import nearest, quoted
from .policy_types import PolicyType
from .principals import PRINCIPAL_TYPES, PrincipalElement, is_account_id
from .source import JsonNumber, Path, Source
from .statements import Effect, Policy, Statement

VERSIONS = ("2012-10-17", "2008-10-17")
_WITH_VARIABLES, DEFAULT_VERSION = VERSIONS

POLICY_ELEMENTS = ("Version", "Id", "Statement")
STATEMENT_ELEMENTS = (
    "Sid",
    "Effect",
    "Principal",
    "NotPrincipal",
    "Action",
    "NotAction",
    "Resource",
    "NotResource",
    "Condition",
)
_IAM_SID = re.compile(r"[A-Za-z0-9]*")
_ACTION = re.compile(r"\*|\*:\*|[A-Za-z0-9.-]+:[^\s:]+")
_UNIQUE_ID = re.compile(r"A[A-Z0-9]{3}[A-Z0-9]{2,128}")

# Services whose resource policies name no resource: it is the one that they hang on.
_WITHOUT_RESOURCE = frozenset({"ecr", "sts"})


def parse_policy(
    document: dict[str, Any] | str | bytes,
    policy_type: PolicyType | str = PolicyType.IDENTITY,
    *,
    name: str | None = None,
    label: str = "",
) -> Policy:
    """Read and compile a policy document.

    Args:
        document: A dict, or JSON as text or UTF-8 bytes.
        policy_type: What the document is used as; decides whether it must name principals.
            A RESOURCE document is read as TRUST where it can only be a role's trust policy.
        name: The policy's name or ARN, for messages.
        label: What errors call the document; by default its name.

    Raises:
        PolicyError: The document is not a policy of that type.
        ValueError: An argument is of another type.

    >>> policy = parse_policy({"Version": "2012-10-17", "Statement": [
    ...     {"Sid": "Look", "Effect": "Allow", "Action": "s3:List*", "Resource": "*"}]})
    >>> policy.statements[0].sid, policy.statements[0].start
    ('Look', Position(line=4, column=9))
    """
    if name is not None and not isinstance(name, str):
        raise ValueError(f"name: expected a text, got a {type(name).__name__}")
    if not isinstance(document, dict | str | bytes):
        raise ValueError(
            "document: expected a policy as a dict or as JSON text, "
            f"got a {type(document).__name__}"
        )
    source = Source(document, label or (f'"{name}"' if name else ""))
    return _Reader(source, PolicyType(policy_type)).policy(name)


def policy_size(document: dict[str, Any] | str) -> int:
    """How large IAM counts a document: its characters without white space.

    (White space inside of texts does not count either.)

    >>> policy_size('{ "Statement": [ ] }')
    16

    AWS: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
    """
    if isinstance(document, dict):
        import json

        document = json.dumps(document, ensure_ascii=False)
    return len("".join(document.split()))


class _Reader:
    """Walks one document. Every method gets the value and the path where it stands."""

    def __init__(self, source: Source, policy_type: PolicyType) -> None:
        self.source = source
        self.type = policy_type
        self.variables = False

    def fail(self, problem: str, path: Path, *, hint: str = "", at_value: bool = False) -> NoReturn:
        raise self.source.error(problem, hint=hint, path=path, at_value=at_value)

    # -- the document ------------------------------------------------------------------------

    def policy(self, name: str | None) -> Policy:
        data = self.source.data
        if not isinstance(data, dict):
            self.fail(
                f"A policy is a JSON object, but this is {_kind(data)}.",
                (),
                hint='Write {"Version": "2012-10-17", "Statement": [...]}.',
            )
        if "Effect" in data and "Statement" not in data:
            self.fail(
                "This is a statement, and not yet a policy.",
                (),
                hint='Put it into one: {"Version": "2012-10-17", "Statement": [...]}.',
            )
        self.only_known(data, POLICY_ELEMENTS, (), "A policy")
        version = data.get("Version", DEFAULT_VERSION)
        if version not in VERSIONS or isinstance(version, JsonNumber):
            self.fail(
                f"{_quoted(version)} is not a version of the policy language.",
                ("Version",),
                hint=f'Write "{_WITH_VARIABLES}" (it is not the date of your policy).',
                at_value=True,
            )
        self.variables = version == _WITH_VARIABLES
        if "Id" in data:
            self.text(data["Id"], ("Id",))
        if "Statement" not in data:
            self.fail("The policy has no Statement.", (), hint='Add "Statement": [...].')
        found = data["Statement"]
        if isinstance(found, dict):
            placed: list[tuple[Any, Path]] = [(found, ("Statement",))]
        elif isinstance(found, list) and found:
            placed = [(item, ("Statement", index)) for index, item in enumerate(found)]
        else:
            self.fail(
                f"Statement holds statements, but this is {_kind(found)}.",
                ("Statement",),
                hint="Write an object, or a list of at least one object.",
                at_value=True,
            )
        if self.type is PolicyType.RESOURCE and _is_trust_policy(found):
            self.type = PolicyType.TRUST
        statements = [self.statement(*item, index) for index, item in enumerate(placed)]
        self.no_sid_twice(statements, placed)
        return Policy(self.type, name, version, data.get("Id"), statements)

    def no_sid_twice(self, statements: list[Statement], placed: list[tuple[Any, Path]]) -> None:
        seen: dict[str, int] = {}
        for statement, (_, path) in zip(statements, placed, strict=True):
            if not statement.sid:
                continue
            if statement.sid in seen:
                self.fail(
                    f"The Sid {_quoted(statement.sid)} is that of statement "
                    f"{seen[statement.sid]} already.",
                    (*path, "Sid"),
                    hint="Within a policy every Sid stands once.",
                    at_value=True,
                )
            seen[statement.sid] = statement.index

    # -- one statement -----------------------------------------------------------------------

    def statement(self, data: Any, path: Path, index: int) -> Statement:
        if not isinstance(data, dict):
            self.fail(f"A statement is an object, but this is {_kind(data)}.", path, at_value=True)
        self.only_known(data, STATEMENT_ELEMENTS, path, "A statement")
        sid = self.sid(data["Sid"], (*path, "Sid")) if "Sid" in data else None
        return Statement(
            sid=sid,
            index=index,
            effect=self.effect(data, path),
            actions=self.actions(data, path),
            resources=self.resources(data, path),
            principals=self.principals(data, path),
            conditions=self.conditions(data["Condition"], (*path, "Condition"))
            if "Condition" in data
            else (),
            source=self.source,
            path=path,
        )

    def sid(self, value: Any, path: Path) -> str:
        sid = self.text(value, path)
        if self.type.is_iam_document and not _IAM_SID.fullmatch(sid):
            self.fail(
                f"The Sid {_quoted(sid)} holds characters that IAM does not take.",
                path,
                hint="Use letters A-Z, a-z and digits only, no spaces.",
                at_value=True,
            )
        return sid

    def effect(self, data: dict[str, Any], path: Path) -> Effect:
        if "Effect" not in data:
            self.fail("The statement has no Effect.", path, hint='Add "Effect": "Allow" or "Deny".')
        effect = data["Effect"]
        if effect == "Allow" or effect == "Deny":
            return effect
        close = nearest(effect, ("Allow", "Deny")) if isinstance(effect, str) else None
        self.fail(
            f"{_quoted(effect)} is no Effect.",
            (*path, "Effect"),
            hint=f'Write "{close}".' if close else 'Write "Allow" or "Deny".',
            at_value=True,
        )

    def actions(self, data: dict[str, Any], path: Path) -> ActionElement:
        name = self.one_of("Action", "NotAction", data, path)
        if name is None:
            self.fail(
                "The statement has neither Action nor NotAction.",
                path,
                hint='Add for example "Action": "s3:GetObject".',
            )
        values = self.texts(data[name], (*path, name))
        for value, where in values:
            if not _ACTION.fullmatch(value):
                self.fail(
                    f"{_quoted(value)} is no action.",
                    where,
                    hint='Write service:Name, as in "s3:GetObject" or "s3:Get*", or "*".',
                    at_value=True,
                )
        return ActionElement([value for value, _ in values], negated=name == "NotAction")

    def resources(self, data: dict[str, Any], path: Path) -> ResourceElement | None:
        name = self.one_of("Resource", "NotResource", data, path)
        if self.type is PolicyType.TRUST:
            if name is not None:
                self.fail(
                    f"{name} may not stand in a role's trust policy.",
                    (*path, name),
                    hint="Remove it: the resource is the role itself.",
                )
            return None
        if name is None:
            if self.type is PolicyType.RESOURCE and _services(data) <= _WITHOUT_RESOURCE:
                return None
            self.fail(
                "The statement has neither Resource nor NotResource.",
                path,
                hint='Add for example "Resource": "arn:aws:s3:::bucket/*", or "*".',
            )
        values = self.texts(data[name], (*path, name))
        return ResourceElement(
            [value for value, _ in values],
            negated=name == "NotResource",
            variables=self.variables,
        )

    # -- principals --------------------------------------------------------------------------

    def principals(self, data: dict[str, Any], path: Path) -> PrincipalElement | None:
        name = self.one_of("Principal", "NotPrincipal", data, path)
        if name is None:
            if self.type in (PolicyType.RESOURCE, PolicyType.TRUST):
                self.fail(
                    f"A statement of {self.type.with_article} says to whom it applies, "
                    "and this has no Principal.",
                    path,
                    hint='Add for example "Principal": {"AWS": "111122223333"}.',
                )
            return None
        where = (*path, name)
        if not self.type.names_principals:
            self.fail(
                f"{name} may not stand in {self.type.with_article}.",
                where,
                hint="Remove it: the policy applies to whom it is attached to.",
            )
        if name == "NotPrincipal" and self.type is not PolicyType.RESOURCE:
            self.fail(
                f"NotPrincipal may not stand in {self.type.with_article}.",
                where,
                hint="Use Principal, and conditions such as ArnNotEquals on aws:PrincipalArn.",
            )
        value = data[name]
        if self.type is PolicyType.RESOURCE_CONTROL and value != "*":
            self.fail(
                "The Principal of a resource control policy is everybody.",
                where,
                hint='Write "Principal": "*"; narrow it down with conditions.',
                at_value=True,
            )
        if value == "*":
            listed = {"AWS": ("*",)}
        elif isinstance(value, dict) and value:
            self.only_known(value, PRINCIPAL_TYPES, where, name)
            listed = {
                kind: tuple(
                    self.principal(kind, text, place)
                    for text, place in self.texts(names, (*where, kind))
                )
                for kind, names in value.items()
            }
        else:
            self.fail(
                f'{name} is an object or "*", but this is {_kind(value)}.',
                where,
                hint='Write for example {"AWS": "111122223333"}, {"Service": '
                '"ec2.amazonaws.com"} or "*".',
                at_value=True,
            )
        return PrincipalElement(listed, negated=name == "NotPrincipal")

    def principal(self, kind: str, text: str, path: Path) -> str:
        if text == "*":
            return text
        if "*" in text or "?" in text:
            self.fail(
                f'{_quoted(text)}: a principal is named in full, or is "*".',
                path,
                hint="Name the account and match the ARN in a condition, "
                'as in "ArnLike": {"aws:PrincipalArn": ...}.',
                at_value=True,
            )
        if kind == "AWS":
            if text.startswith("arn:") and ":group/" in text:
                self.fail(
                    f"{_quoted(text)}: a group is no principal.",
                    path,
                    hint="Name the users, or the account.",
                    at_value=True,
                )
            is_arn = text.startswith("arn:") and text.count(":") >= 5
            if not (is_arn or is_account_id(text) or _UNIQUE_ID.fullmatch(text)):
                self.fail(
                    f"{_quoted(text)} is no AWS principal.",
                    path,
                    hint="Write an account id of twelve digits, or the ARN of an account's root, "
                    "a user, a role or a session.",
                    at_value=True,
                )
        return text

    # -- conditions --------------------------------------------------------------------------

    def conditions(self, data: Any, path: Path) -> list[Condition]:
        example = 'Write for example {"Bool": {"aws:MultiFactorAuthPresent": "true"}}.'
        if not isinstance(data, dict):
            self.fail(
                f"Condition is an object of operators, but this is {_kind(data)}.",
                path,
                hint=example,
                at_value=True,
            )
        conditions = []
        for written, keys in data.items():
            where = (*path, written)
            try:
                operator = parse_operator(written)
            except UnknownOperator as error:
                self.fail(str(error), where, hint=_operator_hint(error))
            if not isinstance(keys, dict):
                self.fail(
                    f"{written} holds condition keys, but this is {_kind(keys)}.",
                    where,
                    hint=example,
                    at_value=True,
                )
            for key, value in keys.items():
                place = (*where, key)
                if not key:
                    self.fail("A condition key has a name.", place)
                conditions.append(
                    make_condition(
                        operator,
                        key,
                        self.condition_values(value, place),
                        variables=self.variables,
                    )
                )
        return conditions

    def condition_values(self, value: Any, path: Path) -> list[str]:
        values = value if isinstance(value, list) else [value]
        if not values:
            self.fail("The list of values is empty.", path, hint="Name a value.", at_value=True)
        texts = []
        for index, item in enumerate(values):
            if isinstance(item, bool):
                texts.append("true" if item else "false")
            elif isinstance(item, str):
                texts.append(str(item))
            else:
                self.fail(
                    f"A condition compares with text, numbers, true or false, "
                    f"but this is {_kind(item)}.",
                    (*path, index) if isinstance(value, list) else path,
                    at_value=True,
                )
        return texts

    # -- what several elements share -----------------------------------------------------------

    def only_known(self, data: dict[str, Any], known: Sequence[str], path: Path, what: str) -> None:
        for name in data:
            if name not in known:
                close = nearest(name, known)
                self.fail(
                    f"{what} has no element {_quoted(name)}.",
                    (*path, name),
                    hint=f'Did you mean "{close}"?' if close else f"Known are {', '.join(known)}.",
                )

    def one_of(self, name: str, opposite: str, data: dict[str, Any], path: Path) -> str | None:
        if name in data and opposite in data:
            self.fail(
                f"{name} and {opposite} stand in the same statement.",
                (*path, opposite),
                hint="Keep one of them.",
            )
        return name if name in data else opposite if opposite in data else None

    def text(self, value: Any, path: Path) -> str:
        if isinstance(value, str) and not isinstance(value, JsonNumber):
            return value
        self.fail(
            f"{path[-1]} is a text, but this is {_kind(value)}."
            if isinstance(path[-1], str)
            else f"Expected a text, but this is {_kind(value)}.",
            path,
            hint="Write it in double quotes.",
            at_value=True,
        )

    def texts(self, value: Any, path: Path) -> list[tuple[str, Path]]:
        """The text, or the texts of a list, each with its path."""
        if not isinstance(value, list):
            return [(self.text(value, path), path)]
        if not value:
            self.fail(f"{path[-1]} is an empty list.", path, hint="Name a value.", at_value=True)
        return [
            (self.text(item, (*path, index)), (*path, index)) for index, item in enumerate(value)
        ]


def _is_trust_policy(statements: Any) -> bool:
    """Whether a resource-based policy can only be a role's: it speaks of nothing but STS actions,
    or names no resources and would speak of STS among all actions."""
    items = statements if isinstance(statements, list) else [statements]
    objects = [item for item in items if isinstance(item, dict)]
    services = set().union(*map(_services, objects)) if objects else set()
    names_resources = any("Resource" in item or "NotResource" in item for item in objects)
    if names_resources:
        return services == {"sts"} and not any("NotAction" in item for item in objects)
    return bool(services) and services <= {"sts", "*"}


def _services(statement: dict[str, Any]) -> set[str]:
    """The service prefixes of a statement's actions, in lower case; ``*`` for all."""
    actions = statement.get("Action", statement.get("NotAction"))
    actions = actions if isinstance(actions, list) else [actions]
    return {action.lower().partition(":")[0] for action in actions if isinstance(action, str)}


def _operator_hint(error: UnknownOperator) -> str:
    if error.base == "Null":
        return 'Write "Null".'
    names = [operator.name for operator in OPERATORS.values()]
    prefix = error.prefix
    if prefix and not prefix.endswith(":"):
        prefix = (nearest(prefix, ("ForAllValues", "ForAnyValue")) or "ForAnyValue") + ":"
    close = nearest(error.base, names)
    return (
        f'Did you mean "{prefix}{close}{error.suffix}"?' if close else "See the list of operators."
    )


def _kind(value: Any) -> str:
    if isinstance(value, JsonNumber):
        return "a number"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return "a text"
    if isinstance(value, list):
        return "a list" if value else "an empty list"
    if isinstance(value, dict):
        return "an object" if value else "an empty object"
    return "null"


def _quoted(value: Any) -> str:
    if isinstance(value, JsonNumber):
        return str(value)[:80]
    return quoted(value) if isinstance(value, str) else _kind(value)
