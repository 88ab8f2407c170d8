"""A policy as it is typed, and a fault that is told where it stands."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple

from ..document import parse_policy
from ..errors import PolicyError
from ..policy_types import PolicyType
from ..statements import Policy


@dataclass(frozen=True)
class WrittenPolicy:
    """A policy as it is typed.

    ``text`` is JSON, perhaps not yet sound, or a dict, which is written out. White space at the
    ends of its lines is dropped, which moves nothing.

    >>> WrittenPolicy(PolicyType.IDENTITY, "ReadAll", {"Statement": []}).text
    '{\\n  "Statement": []\\n}'
    """

    type: PolicyType
    name: str
    text: str

    def __init__(self, type: PolicyType | str, name: str, text: str | dict[str, Any]) -> None:
        if not isinstance(type, str) or type not in _TYPES:
            known = ", ".join(_TYPES)
            raise ValueError(
                f"type: {type!r} is no type of policy to be written; there are {known}"
            )
        if isinstance(text, dict):
            text = _written_out(text)
        if not isinstance(text, str):
            raise ValueError("text: expected a policy as JSON text or a dict")
        object.__setattr__(self, "type", PolicyType(type))
        object.__setattr__(self, "name", one_line("name", name))
        object.__setattr__(self, "text", tidied(text))
        if not self.name:
            raise ValueError("name: a policy needs a name")

    @property
    def label(self) -> str:
        """``identity-based policy ReadAll``."""
        return f"{self.type} {self.name}"

    def read(self) -> Policy | PolicyError:
        """The policy, compiled, or what is wrong with it."""
        return _read(self.type, self.name, self.text)


_TYPES = tuple(str(each) for each in PolicyType if each is not PolicyType.TRUST)


@lru_cache(maxsize=128)  # while one policy is typed, the others stay as they are
def _read(type_: PolicyType, name: str, text: str) -> Policy | PolicyError:
    try:
        return parse_policy(text, type_, name=name)
    except PolicyError as error:
        return error.with_traceback(None)


class Fault(NamedTuple):
    """What keeps a request from being judged.

    ``line`` and ``column`` count from 1; None where the fault is in one of the request's fields.

    >>> str(Fault("action", "It is empty.", "Write service:Name, such as s3:GetObject."))
    'action: It is empty. Write service:Name, such as s3:GetObject.'
    """

    where: str
    problem: str
    hint: str = ""
    line: int | None = None
    column: int | None = None

    def __str__(self) -> str:
        at = "" if self.line is None else f", line {self.line}, column {self.column}"
        return " ".join(filter(None, (f"{self.where}{at}: {self.problem}", self.hint)))


_LIST = re.compile(
    r'^( *(?:"[^\n]*": )?)\[\n\s*([^\[\]{}\n]+(?:\n[^\[\]{}\n]+)*)\n\s*\]', re.MULTILINE
)
_WIDTH = 78


def _written_out(document: dict[str, Any]) -> str:
    """The document as JSON; a list of texts stands in one line where it fits.

    >>> print(_written_out({"Action": ["s3:GetObject", "s3:PutObject"]}))
    {
      "Action": ["s3:GetObject", "s3:PutObject"]
    }
    """

    def in_one_line(found: re.Match[str]) -> str:
        line = f"{found[1]}[{re.sub(chr(10) + ' *', ' ', found[2])}]"
        return line if len(line) <= _WIDTH else found[0]

    return _LIST.sub(in_one_line, json.dumps(document, indent=2, ensure_ascii=False))


def one_line(name: str, value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError(f"{name}: expected a text, got a {type(value).__name__}")
    text = value.strip()
    if "\n" in text or "\r" in text:
        raise ValueError(f"{name}: expected one line")
    return text


def tidied(text: str) -> str:
    """The text with the line ends of Python's source, and no white space in front of them."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return "\n".join(line.rstrip(" \t") for line in lines).rstrip("\n")
