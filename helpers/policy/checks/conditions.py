"""Condition keys that do not exist or that the action does not carry, operators that do not fit
the key, values that do not fit the operator.

AWS: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition.html
"""

from __future__ import annotations

import binascii
import re
from collections.abc import Iterator
from ipaddress import ip_network

from .. import catalogue
from ..arn import split_arn
from ..conditions import SetOperator
from ..conditions.values import read_date, read_network, read_number
from ..errors import quoted
from .reading import ConditionUse, Document, Problem, StatementView, Value

FITS = {
    "String": ("String",),
    "Numeric": ("Numeric",),
    "Date": ("Date",),
    "Bool": ("Bool",),
    "ARN": ("Arn",),
    "IPAddress": ("IpAddress",),
    "Binary": ("Binary",),
}
"""A key's type → the families of operators that compare such values."""

MFA_PRESENT = "aws:multifactorauthpresent"
_EPOCH_TIME = "aws:epochtime"

# Single-valued keys of which the reference says otherwise, or nothing.
_ANY_NUMBER_OF_VALUES = frozenset({"aws:federatedprovider"})

_HAS_VARIABLE = re.compile(r"\$\{")
_WILDCARD = re.compile(r"(?<!\$\{)[*?]")


def check(document: Document) -> Iterator[Problem]:
    for statement in document.statements:
        yield from same_key_twice(statement)
        for use in statement.conditions:
            known = catalogue.condition_key(use.key)
            if known is None and not catalogue.is_of_identity_provider(use.key):
                yield from unknown_key(use)
                continue
            if known is not None:
                yield from operator_and_key(use, known)
                yield from not_carried(statement, use, known)
            yield from values(use, document)
            yield from set_operator(statement, use, known)
        yield from mfa(statement)


# -- keys ----------------------------------------------------------------------------------------


def unknown_key(use: ConditionUse) -> Iterator[Problem]:
    """A key that no service has."""
    prefix, colon, _ = use.key.partition(":")
    shown = quoted(use.key)
    if not colon:
        yield Problem(
            "INVALID_CONDITION_KEY_FORMAT",
            f"{shown} is no condition key: one is written service:name, as in "
            '"aws:MultiFactorAuthPresent".',
            use.path,
            at_value=False,
        )
        return
    if catalogue.condition_key(f"{use.key.rstrip('/')}/x"):
        yield Problem(
            "MISSING_TAG_KEY_IN_CONDITION",
            f"{shown} lacks the name that belongs behind it: {use.key.rstrip('/')}/NAME.",
            use.path,
            at_value=False,
        )
        return
    code = "INVALID_SERVICE_CONDITION_KEY"
    if prefix.lower() == "aws":
        code = "INVALID_GLOBAL_CONDITION_KEY"
    close = catalogue.nearest_condition_key(use.key)
    meant = f' Did you mean "{close}"?' if close else ""
    yield Problem(
        code,
        f"There is no condition key {shown}, so no request ever has it.{meant}",
        use.path,
        at_value=False,
    )


def same_key_twice(statement: StatementView) -> Iterator[Problem]:
    """One key in two spellings under one operator."""
    seen: dict[tuple[str, str], str] = {}
    for use in statement.conditions:
        place = (use.operator.name, use.folded_key)
        if place in seen:
            yield Problem(
                "DUPLICATE_KEYS_WITH_DIFFERENT_CASE",
                f"{quoted(use.key)} and {quoted(seen[place])} are one key: case does not matter.",
                use.path,
                at_value=False,
            )
        seen.setdefault(place, use.key)


_TAGS_OF_RESOURCE = "aws:resourcetag/${tagkey}"


def not_carried(
    statement: StatementView, use: ConditionUse, known: catalogue.ConditionKey
) -> Iterator[Problem]:
    """A key that requests of the statement's actions never have."""
    if statement.not_action or use.family == "Null" or use.operator.if_exists:
        return  # the author has thought of requests without the key
    lacking = []
    carrying = False
    for value in statement.actions:
        names = catalogue.expand(value.text)
        if not names or value.text in ("*", "*:*"):
            return
        if any(catalogue.carries(name, use.key) for name in names):
            carrying = True
        else:
            lacking.append(value.text)
    if not lacking:
        return
    shown = ", ".join(lacking[:3]) + (f" and {len(lacking) - 3} more" if len(lacking) > 3 else "")
    always = use.operator.operator.negated and use.operator.set_operator is None
    if use.operator.set_operator is SetOperator.FOR_ALL_VALUES:
        always = True
    effect = (
        "the condition always holds there"
        if always
        else "the statement never allows them"
        if statement.allows
        else "the statement never denies them"
    )
    code = "CONDITION_KEY_NOT_OF_ACTION"
    if known.name.lower() == _TAGS_OF_RESOURCE and not always:
        code = (
            "ALLOW_WITH_UNSUPPORTED_TAG_CONDITION_KEY_FOR_SERVICE"
            if statement.allows
            else "DENY_WITH_UNSUPPORTED_TAG_CONDITION_KEY_FOR_SERVICE"
        )
    some = "these" if carrying else "the statement's"
    yield Problem(
        code,
        f"Requests of {some} actions have no {quoted(use.key)}, so {effect}: {shown}.",
        use.path,
        at_value=False,
    )


# -- operators -----------------------------------------------------------------------------------


def operator_and_key(use: ConditionUse, known: catalogue.ConditionKey) -> Iterator[Problem]:
    """An operator that compares another kind of value than the key has."""
    fitting = FITS.get(known.value_type)
    if use.family == "Null" or fitting is None or use.family in fitting:
        return
    if use.folded_key == _EPOCH_TIME and use.family == "Numeric":
        return  # seconds since 1970 are compared as either
    if known.value_type == "String" and use.family == "Arn" and "arn" in use.folded_key:
        return  # the reference calls some keys text that hold ARNs
    yield Problem(
        "TYPE_MISMATCH",
        f"{known.name} holds {_KINDS[known.value_type]}: compare it with {_EXAMPLES[fitting[0]]}, "
        f"not with {use.operator.name}.",
        use.path,
        at_value=False,
    )


_KINDS = {
    "String": "a text",
    "Numeric": "a number",
    "Date": "a date",
    "Bool": "true or false",
    "ARN": "an ARN",
    "IPAddress": "an IP address",
    "Binary": "bytes",
}
_EXAMPLES = {
    "String": "StringEquals or StringLike",
    "Numeric": "a Numeric… operator",
    "Date": "a Date… operator",
    "Bool": "Bool",
    "Arn": "ArnLike",
    "IpAddress": "IpAddress",
    "Binary": "BinaryEquals",
}


def set_operator(
    statement: StatementView, use: ConditionUse, known: catalogue.ConditionKey | None
) -> Iterator[Problem]:
    """ForAllValues and ForAnyValue where they mislead."""
    kind = use.operator.set_operator
    if kind is None:
        return
    if use.family == "Null":
        yield Problem(
            "NULL_WITH_QUALIFIER",
            f"Null asks whether the key is there at all; {kind}: in front of it says nothing.",
            use.path[:-1],
            at_value=False,
        )
        return
    if kind is not SetOperator.FOR_ALL_VALUES or not statement.allows:
        return
    if (
        known is not None
        and not known.is_multivalued
        and known.name.lower() not in _ANY_NUMBER_OF_VALUES
    ):
        yield Problem(
            "FORALLVALUES_WITH_SINGLE_VALUED_KEY",
            f"{known.name} has one value at most. ForAllValues only adds that the condition holds "
            "where the key is missing: leave it out.",
            use.path,
            at_value=False,
        )
    elif not any(_demands(other, use.folded_key) for other in statement.conditions):
        yield Problem(
            "FORALLVALUES_WITHOUT_NULL_CHECK",
            f"ForAllValues also holds where {use.key} is missing, so this allows requests without "
            f'it. Add "Null": {{{quoted(use.key)}: "false"}}.',
            use.path,
            at_value=False,
        )


def _demands(use: ConditionUse, folded_key: str) -> bool:
    """Whether a condition fails for requests that lack the key."""
    if use.folded_key != folded_key:
        return False
    if use.family == "Null":
        return all(value.text.lower() == "false" for value in use.values)
    if use.operator.set_operator is SetOperator.FOR_ALL_VALUES or use.operator.if_exists:
        return False
    return use.operator.set_operator is not None or not use.operator.operator.negated


# -- values --------------------------------------------------------------------------------------


def values(use: ConditionUse, document: Document) -> Iterator[Problem]:
    """Values that the operator cannot read, or reads otherwise than they look."""
    checks = _VALUES[use.family]
    takes_variables = use.family in ("String", "Arn")
    for value in use.values:
        if document.variables and _HAS_VARIABLE.search(value.text):
            if not takes_variables and use.family != "Null":
                yield Problem(
                    "INVALID_VARIABLE_FOR_OPERATOR",
                    f"{use.operator.name} takes no policy variables; only String… and Arn… "
                    "operators do.",
                    value.path,
                )
            if not takes_variables or use.family == "Arn":
                continue
        yield from checks(use, value)
    if use.family == "Bool" and len({value.text.lower() for value in use.values}) > 1:
        yield Problem(
            "INVALID_CONDITION_MULTIPLE_BOOLEAN",
            "A key is true or false; with both listed the condition says only that it is there.",
            use.path,
        )
    if use.folded_key == "aws:sourceip" and use.family == "IpAddress":
        yield from private_addresses(use)


def _text(use: ConditionUse, value: Value) -> Iterator[Problem]:
    exact = "Equals" in use.operator.operator.name
    if exact and _WILDCARD.search(value.text):
        like = use.operator.operator.name.replace("Equals", "Like").replace("IgnoreCase", "")
        yield Problem(
            "WILDCARD_WITHOUT_LIKE_OPERATOR",
            f"{use.operator.operator.name} takes * and ? in {quoted(value.text)} for what they "
            f"are. As wildcards they need {like}.",
            value.path,
        )


def _number(use: ConditionUse, value: Value) -> Iterator[Problem]:
    if read_number(value.text) is None:
        yield Problem("TYPE_MISMATCH_NUMBER", f"{quoted(value.text)} is no number.", value.path)


def _date(use: ConditionUse, value: Value) -> Iterator[Problem]:
    if read_date(value.text) is None:
        yield Problem(
            "TYPE_MISMATCH_DATE",
            f"{quoted(value.text)} is no date. Write one as 2026-11-24 or 2026-11-24T12:00:00Z.",
            value.path,
        )
    elif use.folded_key != _EPOCH_TIME and re.fullmatch(r"[0-9]{5,}(\.[0-9]+)?", value.text):
        yield Problem(
            "INVALID_DATE_VALUE",
            f"{value.text} is read as seconds since 1970. A date such as 2026-11-24 is easier "
            "to get right.",
            value.path,
        )


def _bool(use: ConditionUse, value: Value) -> Iterator[Problem]:
    if value.text.lower() not in ("true", "false"):
        yield Problem(
            "TYPE_MISMATCH_BOOLEAN",
            f'{quoted(value.text)} is neither "true" nor "false", so the condition compares '
            "with nothing.",
            value.path,
        )


def _bytes(use: ConditionUse, value: Value) -> Iterator[Problem]:
    try:
        binascii.a2b_base64(value.text.encode("ascii"), strict_mode=True)
    except ValueError:
        yield Problem("TYPE_MISMATCH_STRING", f"{quoted(value.text)} is no base64.", value.path)


def _address(use: ConditionUse, value: Value) -> Iterator[Problem]:
    network = read_network(value.text)
    if network is None:
        yield Problem(
            "TYPE_MISMATCH_IP_RANGE",
            f"{quoted(value.text)} is neither an IP address nor a range such as 203.0.113.0/24.",
            value.path,
        )
        return
    meant = ip_network(value.text, strict=False)
    if read_network(value.text.partition("/")[0]) != read_network(str(meant.network_address)):
        yield Problem(
            "IMPROVE_IP_RANGE",
            f"Of {quoted(value.text)} only the first {meant.prefixlen} bits count. Write {meant}.",
            value.path,
        )


def _arn(use: ConditionUse, value: Value) -> Iterator[Problem]:
    if split_arn(value.text) is None:
        yield Problem(
            "VALUE_NOT_AN_ARN",
            f"{quoted(value.text)} has not the six parts of an ARN, so {use.operator.name} "
            'matches it with nothing. Write a * for each open part, as in "arn:aws:iam::*:role/*".',
            value.path,
        )


_VALUES = {
    "String": _text,
    "Numeric": _number,
    "Date": _date,
    "Bool": _bool,
    "Binary": _bytes,
    "IpAddress": _address,
    "Arn": _arn,
    "Null": _bool,
}


_PRIVATE = tuple(map(ip_network, ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7")))


def private_addresses(use: ConditionUse) -> Iterator[Problem]:
    """aws:SourceIp is never an address of a private network."""
    private = [value for value in use.values if _is_private(value.text)]
    if not private:
        return
    if len(private) == len(use.values):
        yield Problem(
            "PRIVATE_IP_ADDRESS",
            "aws:SourceIp is a public address, and here are only private ones. For requests "
            "through a VPC endpoint there is aws:VpcSourceIp.",
            use.path,
        )
        return
    for value in private:
        yield Problem(
            "PRIVATE_IP_ADDRESS_SUBSET",
            f"aws:SourceIp is a public address, so the private {value.text} does nothing.",
            value.path,
        )


def _is_private(text: str) -> bool:
    if read_network(text) is None:
        return False
    network = ip_network(text, strict=False)
    return any(
        network.version == outer.version and network.subnet_of(outer)  # type: ignore[arg-type]
        for outer in _PRIVATE
    )


# -- MFA -----------------------------------------------------------------------------------------


def mfa(statement: StatementView) -> Iterator[Problem]:
    """The three ways in which a condition on MFA does not do what it seems to.

    Long-term access keys send no aws:MultiFactorAuthPresent at all.
    """
    for use in statement.conditions:
        if use.folded_key != MFA_PRESENT:
            continue
        expected = {value.text.lower() for value in use.values}
        if use.family == "Bool" and use.operator.if_exists:
            if statement.allows and expected == {"true"}:
                yield Problem(
                    "ALLOW_MFA_IF_EXISTS",
                    "This lets long-term access keys through without MFA: their requests lack "
                    "aws:MultiFactorAuthPresent, and …IfExists then holds. In an Allow, use Bool.",
                    use.path,
                    at_value=False,
                )
        elif use.family == "Bool":
            if not statement.allows and expected == {"false"}:
                yield Problem(
                    "DENY_MFA_WITHOUT_IF_EXISTS",
                    "This does not deny long-term access keys: their requests lack "
                    "aws:MultiFactorAuthPresent, and Bool then fails. In a Deny, use BoolIfExists.",
                    use.path,
                    at_value=False,
                )
        elif use.family == "Null":
            yield Problem(
                "NULL_ON_MFA",
                "Null tells long-term keys from temporary credentials, not MFA from none: "
                "temporary credentials have the key without MFA, too.",
                use.path,
                at_value=False,
            )
