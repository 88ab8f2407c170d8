"""A simulation as a text that people can read, mend and put into a cell.

A field a line, then the policies, each under its type and name and two columns to the right::

    principal: arn:aws:iam::111122223333:user/analyst
    action: s3:GetObject
    resource: arn:aws:s3:::payroll/2026.csv
    MFA: missing
    condition key: aws:PrincipalTag/team = data

    identity-based policy: ReadPayroll
      {
        "Version": "2012-10-17",
        …
      }
"""

from __future__ import annotations

from typing import Any, NoReturn

from ..errors import nearest, quoted
from ..policy_types import PolicyType
from . import MFA, Simulation, WrittenPolicy

FIELDS = {
    "principal": "principal",
    "action": "action",
    "resource": "resource",
    "resource account": "resource_account",
    "MFA": "mfa",
    "MFA age": "mfa_age",
    "source IP": "source_ip",
    "Region": "region",
    "time": "time",
}
"""What a field is called in the text, and in a simulation."""

KEY = "condition key"
NEEDED = ("principal", "action", "resource")
LONGEST = 200_000
INDENT = "  "

_TYPES = {str(each): each for each in PolicyType if each is not PolicyType.TRUST}


def to_text(simulation: Simulation) -> str:
    """The simulation as text; :func:`from_text` makes the same one of it.

    >>> print(to_text(Simulation(principal="*", action="s3:GetObject", resource="*")))
    principal: *
    action: s3:GetObject
    resource: *
    MFA: missing
    """
    lines = [
        f"{label}: {value}".rstrip()
        for label, name in FIELDS.items()
        if (value := getattr(simulation, name)) or label in NEEDED
    ]
    lines += [f"{KEY}: {line}" for line in simulation.context.split("\n") if line]
    for policy in simulation.policies:
        lines += ["", f"{policy.type}: {policy.name}"]
        if policy.text:
            lines += [f"{INDENT}{line}" if line else "" for line in policy.text.split("\n")]
    return "\n".join(lines)


def from_text(text: str) -> Simulation:
    """The simulation that :func:`to_text` wrote, or somebody by hand.

    Faults in the policies' JSON and in the values are no faults of the text: they are what a
    simulation is for.

    Raises:
        ValueError: It is not such a text; the message names the line.

    >>> from_text("principal: *\\naction: s3:GetObject\\nresorce: *")
    Traceback (most recent call last):
    ValueError: line 3: "resorce" is no field. Did you mean "resource"?
    """
    if not isinstance(text, str):
        raise ValueError(f"expected a simulation as text, got a {type(text).__name__}")
    if len(text) > LONGEST:
        raise ValueError(f"the text has {len(text):,} characters, more than {LONGEST:,}")
    lines = _to_the_left(text.replace("\r\n", "\n").replace("\r", "\n").split("\n"))
    values: dict[str, Any] = {}
    keys: list[str] = []
    policies: list[tuple[PolicyType, str, list[str]]] = []
    for number, line in enumerate(lines, 1):
        if not line.strip(" \t") or line.startswith(INDENT):
            if policies:
                policies[-1][2].append(line[len(INDENT) :])
            elif line.strip():
                _fail(number, "this line is indented, but stands under no policy.")
            continue
        label, colon, value = line.partition(":")
        if not colon:
            _fail(number, f"{quoted(line)} is no field; expected a name, a colon, and a value.")
        label, value = label.strip(), value.strip()
        if label in _TYPES:
            if not value:
                _fail(number, f"the {label} has no name; write for example {label}: MyPolicy")
            policies.append((_TYPES[label], value, []))
        elif label == KEY:
            keys.append(value)
        elif label not in FIELDS:
            close = nearest(label, [*FIELDS, KEY, *_TYPES])
            known = ", ".join([*FIELDS, KEY, *_TYPES])
            meant = f'Did you mean "{close}"?' if close else f"There are {known}."
            _fail(number, f"{quoted(label)} is no field. {meant}")
        elif FIELDS[label] in values:
            _fail(number, f"{label} stands twice.")
        elif label == "MFA" and value not in MFA:
            _fail(number, f"MFA is one of {', '.join(MFA)}, not {quoted(value)}.")
        else:
            values[FIELDS[label]] = value
    if missing := [label for label in NEEDED if label not in values]:
        raise ValueError(f"the text has no line that begins with {missing[0]}:")
    return Simulation(
        **values,
        context="\n".join(keys),
        policies=tuple(
            WrittenPolicy(type_, name, "\n".join(text)) for type_, name, text in policies
        ),
    )


def _to_the_left(lines: list[str]) -> list[str]:
    """The lines without the spaces that all of them begin with, as within an indented literal."""
    indents = [len(line) - len(line.lstrip(" ")) for line in lines if line.strip(" \t")]
    return [line[min(indents, default=0) :] for line in lines]


def _fail(number: int, problem: str) -> NoReturn:
    raise ValueError(f"line {number}: {problem}")


def as_source(text: str) -> str:
    """The text as a literal of Python, laid out over its lines where that is possible.

    >>> print(as_source("a\\nb"))
    r\"\"\"
    a
    b
    \"\"\"
    >>> as_source('a \"\"\"')
    '\\'a \"\"\"\\''
    """
    plain = all(part.isprintable() for part in text.split("\n"))
    return f'r"""\n{text}\n"""' if plain and '"""' not in text else repr(text)
