"""ARNs that are none, and resources that an action never meets."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache, lru_cache

from .. import catalogue
from ..arn import split_arn
from ..errors import nearest, quoted
from ..globs import resource_can_be, resource_covers
from .reading import Document, Problem, StatementView, Value, is_everything

PARTITIONS = ("aws", "aws-cn", "aws-us-gov", "aws-iso", "aws-iso-b", "aws-iso-e", "aws-iso-f")
"""AWS: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html"""

OWNED_BY_AWS = "aws"
"""What stands for the account in the ARNs of things that AWS keeps for everybody."""

_OPEN = re.compile(r"[*?]|\$\{")


def check(document: Document) -> Iterator[Problem]:
    for statement in document.statements:
        sound = []
        for value in statement.resources:
            problem = malformed(value, document.variables)
            if problem:
                yield problem
            else:
                sound.append(value)
        yield from redundant(statement, document.variables)
        if len(sound) == len(statement.resources):
            yield from never_met(statement, document.variables)


# -- one ARN by itself ---------------------------------------------------------------------------


def malformed(value: Value, variables: bool) -> Problem | None:
    """The first thing that keeps a resource from being an ARN of something that exists."""
    text = value.text
    if is_everything(text) or (not text.startswith("arn:") and text[:1] in ("*", "?")):
        return None
    shown = quoted(text)

    def problem(code: str, message: str) -> Problem:
        return Problem(code, message, value.path)

    if not text.startswith("arn:"):
        return problem("INVALID_ARN_PREFIX", f'{shown} is no ARN: an ARN begins with "arn:".')
    parts = split_arn(text)
    if parts is None:
        return problem(
            "MISSING_ARN_FIELD",
            f"{shown} has {text.count(':') + 1} of an ARN's six parts, "
            "arn:partition:service:region:account:resource.",
        )
    _, partition, service, _, account, _ = parts
    if not _OPEN.search(partition) and partition not in PARTITIONS:
        return problem(
            "INVALID_PARTITION",
            f'{quoted(partition)} is no partition of AWS; nearly always it is "aws".',
        )
    if not _OPEN.search(service):
        if service not in _arn_services() and service.lower() in _arn_services():
            return problem("INVALID_ARN_SERVICE_CASE", f'Write the service as "{service.lower()}".')
        if service not in _arn_services():
            close = nearest(service, _arn_services())
            meant = f' Did you mean "{close}"?' if close else ""
            return problem("INVALID_SERVICE", f"No service is called {quoted(service)}.{meant}")
    if (
        account
        and not _OPEN.search(account)
        and account != OWNED_BY_AWS
        and not re.fullmatch(r"[0-9]{12}", account)
        and account not in _words_for_accounts()
    ):
        return problem(
            "INVALID_ARN_ACCOUNT", f"{quoted(account)} is no account id of twelve digits."
        )
    templates = _templates_of(service)
    if templates and not any(resource_can_be(text, arn, variables) for arn in templates):
        example = _closest_template(text, templates)
        return problem(
            "INVALID_ARN_RESOURCE",
            f"{shown} is not the ARN of anything that {service} has. One is {_shown(example)}.",
        )
    return None


@cache
def _arn_services() -> frozenset[str]:
    """What may stand in an ARN's third part."""
    named = {service for service in _by_arn_service() if "$" not in service}
    return frozenset(named | set(catalogue.services()))


@cache
def _by_arn_service() -> dict[str, tuple[str, ...]]:
    found: dict[str, dict[str, None]] = {}
    for service in catalogue.services():
        for kind in catalogue.resource_types(service):
            found.setdefault(kind.arn.split(":")[2], {})[kind.arn] = None
    return {service: tuple(arns) for service, arns in found.items()}


def _templates_of(service: str) -> tuple[str, ...]:
    return _by_arn_service().get(service, ()) if not _OPEN.search(service) else ()


@cache
def _words_for_accounts() -> frozenset[str]:
    """Words that stand where others have the account id: ``arn:aws:…::third-party:…``."""
    arns = (arn for templates in _by_arn_service().values() for arn in templates)
    return frozenset(part for arn in arns if (part := arn.split(":")[4]) and "$" not in part)


def _closest_template(text: str, templates: tuple[str, ...]) -> str:
    """The template that a reader should see: that of the same beginning of the last part."""
    last = text.split(":", 5)[5]
    word = re.split(r"[/:]", last, maxsplit=1)[0]
    same = [arn for arn in templates if re.split(r"[/:]", arn.split(":", 5)[5])[0] == word]
    return (same or list(templates))[0]


# -- resources beside each other -----------------------------------------------------------------


def redundant(statement: StatementView, variables: bool) -> Iterator[Problem]:
    """A resource that another one of the same list covers."""
    for index, value in enumerate(statement.resources):
        for other, outer in enumerate(statement.resources):
            if other == index or not resource_covers(outer.text, value.text, variables, variables):
                continue
            if other > index and resource_covers(value.text, outer.text, variables, variables):
                continue  # they mean the same: the first one stays
            yield Problem(
                "REDUNDANT_RESOURCE",
                f"{quoted(value.text)} is covered by {quoted(outer.text)} "
                f"in the same {statement.resource_name}.",
                value.path,
            )
            break


# -- actions and resources -----------------------------------------------------------------------


def never_met(statement: StatementView, variables: bool) -> Iterator[Problem]:
    """Actions none of whose resources is listed, and resources that no listed action is for."""
    if statement.not_action or statement.not_resource or not statement.resources:
        return
    if statement.whole_resource:
        return
    used: set[int] = set()
    all_known = True
    for value in statement.actions:
        names = catalogue.expand(value.text)
        if not names:
            all_known = False
            continue
        met = {
            index
            for index, resource in enumerate(statement.resources)
            if _any_meets(value.text, resource.text, variables)
        }
        used |= met
        if not met:
            yield Problem(
                "RESOURCE_NOT_OF_ACTION",
                f"{quoted(value.text)} never meets the resources listed here, so the statement "
                f"does nothing for it. {_what_it_needs(names)}",
                value.path,
            )
    if used and all_known:
        for index, resource in enumerate(statement.resources):
            if index not in used:
                yield Problem(
                    "RESOURCE_WITHOUT_ACTION",
                    f"None of the actions listed here works on {quoted(resource.text)}.",
                    resource.path,
                )


@lru_cache(maxsize=4096)
def _any_meets(action_pattern: str, resource: str, variables: bool) -> bool:
    """Whether some action of the pattern can be asked for on a resource of the other pattern."""
    seen: set[str] = set()
    for name in catalogue.expand(action_pattern):
        templates = _templates_for(name)
        if not templates and _may_be_no_resource(name.partition(":")[0], resource):
            return True
        for template in templates:
            if template in seen:
                continue
            seen.add(template)
            if resource_can_be(resource, template, variables):
                return True
    return False


def _may_be_no_resource(service: str, resource: str) -> bool:
    """Whether an ARN pattern may match what AWS asks for where an action has no resource type.

    That is ``*``, or an ARN that ends early: S3 asks for ``arn:aws:s3:::*`` when buckets are
    listed, IAM for ``arn:aws:iam::111122223333:user/`` when users are.
    """
    parts = split_arn(resource)
    if parts is None:
        return True
    if not _OPEN.search(parts[2]) and parts[2] != service:
        return False
    return parts[5].startswith("*") if service == "s3" else "*" in parts[5]


@lru_cache(maxsize=8192)
def _templates_for(name: str) -> tuple[str, ...]:
    found = catalogue.action(name)
    if found is None:
        return ()
    arns = (catalogue.arn_template(found.service, kind) for kind in found.resource_types)
    return tuple(arn for arn in arns if arn)


def _what_it_needs(names: tuple[str, ...]) -> str:
    templates = dict.fromkeys(arn for name in names for arn in _templates_for(name))
    if not templates:
        return 'It has no resource of its own: write "Resource": "*".'
    shown = " or ".join(map(_shown, list(templates)[-2:]))
    return f"It works on {shown}." if len(templates) <= 2 else f"It works on {shown} and others."


def _shown(template: str) -> str:
    """A template as people write ARNs: ``arn:aws:s3:::BucketName``."""
    return re.sub(r"\$\{(\w+)\}", r"\1", template.replace("${Partition}", "aws"))
