"""How a fault is mended, as calls: each as a line of Python with boto3 and one of the AWS CLI.

Both lines are made of the same data, so that they say the same, and so that names out of an account
are quoted in both: none can become part of the program.
"""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

_WORD = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_COMMAND = {"s3": "s3api"}
"""boto3's names of services that the CLI calls otherwise."""


@dataclass(frozen=True)
class Ask:
    """A value that only a person has: it is asked for in Python, and put in by hand in a shell."""

    prompt: str

    def __repr__(self) -> str:
        return f"input({self.prompt + ': '!r})"

    @property
    def placeholder(self) -> str:
        """What stands for it in a shell.

        >>> Ask("the code that it shows").placeholder
        'THE_CODE_THAT_IT_SHOWS'
        """
        return re.sub(r"\W+", "_", self.prompt).strip("_").upper()


@dataclass(frozen=True)
class Document:
    """A policy document, which is a parameter as JSON text."""

    content: Mapping[str, Any]

    def __repr__(self) -> str:
        return f"json.dumps({dict(self.content)!r})"


@dataclass(frozen=True)
class Step:
    """One call.

    >>> step = Step("iam", "delete_login_profile", {"UserName": "ann"})
    >>> print(step.boto3)
    boto3.client('iam').delete_login_profile(UserName='ann')
    >>> print(step.cli)
    aws iam delete-login-profile --user-name ann
    """

    service: str
    method: str
    parameters: Mapping[str, Any] = field(default_factory=dict)
    region: str = ""
    keep: str = ""
    """The Python name that the answer is kept under."""
    then: str = ""
    """A line of Python that follows the call."""
    flags: str = ""
    """Options that the CLI alone needs, as they are written."""

    @property
    def boto3(self) -> str:
        """The call in Python."""
        region = f", region_name={self.region!r}" if self.region else ""
        given = ", ".join(f"{name}={value!r}" for name, value in self.parameters.items())
        kept = f"{self.keep} = " if self.keep else ""
        line = f"{kept}boto3.client({self.service!r}{region}).{self.method}({given})"
        return f"{line}\n{self.then}" if self.then else line

    @property
    def cli(self) -> str:
        """The call in a shell."""
        words = ["aws", _COMMAND.get(self.service, self.service), _kebab(self.method)]
        for name, value in self.parameters.items():
            words += _option(_kebab(name), value)
        words += [self.flags] if self.flags else []
        words += ["--region", _quoted(self.region)] if self.region else []
        return " ".join(words)


def python(steps: Iterable[Step]) -> str:
    """The steps as a program, each once; empty for none.

    >>> print(python([Step("ec2", "enable_ebs_encryption_by_default", region="eu-west-1")]))
    import boto3
    boto3.client('ec2', region_name='eu-west-1').enable_ebs_encryption_by_default()
    """
    lines = list(dict.fromkeys(step.boto3 for step in steps))
    if not lines:
        return ""
    needed = ["import boto3", *(["import json"] if any("json." in line for line in lines) else [])]
    return "\n".join([*needed, *lines])


def shell(steps: Iterable[Step]) -> str:
    """The steps as lines for a shell, each once; empty for none."""
    return "\n".join(dict.fromkeys(step.cli for step in steps))


def _kebab(name: str) -> str:
    """A parameter's name as the CLI writes it.

    >>> _kebab("VirtualMFADeviceName"), _kebab("S3BucketName"), _kebab("create_role")
    ('virtual-mfa-device-name', 's3-bucket-name', 'create-role')
    """
    return _WORD.sub("-", name).replace("_", "-").lower()


def _option(name: str, value: Any) -> list[str]:
    if isinstance(value, bool):
        return [f"--{name}" if value else f"--no-{name}"]
    if isinstance(value, Ask):
        return [f"--{name}", f'"${value.placeholder}"']
    if isinstance(value, Document):
        value = json.dumps(value.content, default=lambda one: one.placeholder)
    elif not isinstance(value, str):
        value = json.dumps(value)
    return [f"--{name}", _quoted(value)]


def _quoted(text: str) -> str:
    r"""A word for bash and zsh; what cannot be seen is written out, so that it stays in its line.

    >>> print(_quoted("my bucket"), _quoted("it's\nhere"))
    'my bucket' $'it\'s\nhere'
    """
    if text.isprintable():
        return shlex.quote(text)
    return "$'" + "".join(map(_written, text)) + "'"


def _written(character: str) -> str:
    if character.isprintable():
        return f"\\{character}" if character in "\\'" else character
    return "\\n" if character == "\n" else f"\\U{ord(character):08x}"
