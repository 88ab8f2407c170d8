"""JSON text and the places in it.

Reading is done by the standard library's fast parser. Only when somebody asks where something
stands (an error, a statement's position) is the text walked once more, by :class:`Places`.
"""

from __future__ import annotations

import json
import re
from contextlib import suppress
from typing import Any, NamedTuple, TypeAlias

from .errors import PolicyError, quoted

Path: TypeAlias = tuple[str | int, ...]


class Position(NamedTuple):
    """A place in a text: line and column, both counted from 1."""

    line: int
    column: int


class JsonNumber(str):
    """A number as it is written in the document.

    Conditions compare text, so ``10`` and ``1e1`` keep their spelling, and a number of ten
    thousand digits costs no more than its text.
    """

    __slots__ = ()


class Source:
    """A document's text, read once.

    ``data`` is what the text says, made of dict, list, str, JsonNumber, bool and None.
    ``from_dict`` tells that the caller gave a dict; places then count in
    ``json.dumps(document, indent=4)``.
    """

    __slots__ = ("_places", "_text", "data", "from_dict", "label")

    def __init__(self, document: dict[str, Any] | str | bytes, label: str = "") -> None:
        self.label = label
        self.from_dict = isinstance(document, dict)
        self._places: Places | None = None
        self._text = self._as_text(document)
        self.data = self._read()

    def _as_text(self, document: dict[str, Any] | str | bytes) -> str:
        if isinstance(document, str):
            return document
        if isinstance(document, bytes):
            try:
                return document.decode("utf-8-sig")
            except UnicodeDecodeError as error:
                text = document[: error.start].decode("utf-8", "replace")
                raise self.error(
                    "The document is not text in UTF-8.", position=_position(text, len(text))
                ) from None
        try:
            # Through JSON and back: what the caller does to the dict later changes nothing here,
            # and tuples, enumerations and the like become what AWS would be sent.
            return json.dumps(document)
        except (TypeError, ValueError, RecursionError) as error:
            raise self.error(f"The document cannot be written as JSON: {error}.") from None

    def _read(self) -> Any:
        found_twice = False
        constants = []

        def make_object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
            nonlocal found_twice
            made = dict(pairs)
            found_twice = found_twice or len(made) != len(pairs)
            return made

        try:
            data = json.loads(
                self._text,
                object_pairs_hook=make_object,
                parse_int=JsonNumber,
                parse_float=JsonNumber,
                parse_constant=constants.append,  # NaN and Infinity, which are not JSON
            )
        except json.JSONDecodeError as error:
            index = _fault_index(self._text, error.pos)
            raise self.error(
                f"This is not JSON: {error.msg}.",
                hint=_json_hint(self._text, index),
                position=_position(self._text, index),
            ) from None
        except RecursionError:
            raise self.error("The document is nested too deeply to be a policy.") from None
        if constants:
            raise self.error(
                f"{constants[0]} is not JSON.",
                hint="JSON numbers are finite.",
                path=Places(self._text).constant,
                at_value=True,
            )
        if found_twice:
            path = Places(self._text).duplicate
            name = f"The element {quoted(str(path[-1]))}" if path else "An element"
            raise self.error(
                f"{name} stands twice in the same object.",
                hint="Keep one of them; several values of one element go into a list.",
                path=path,
            )
        return data

    def error(
        self,
        problem: str,
        *,
        hint: str = "",
        path: Path = (),
        position: Position | None = None,
        at_value: bool = False,
    ) -> PolicyError:
        """The PolicyError for a fault at ``path``: at its name, or ``at_value`` at its value."""
        if position is None:
            position = self.start(path, at_value=at_value) if path else Position(1, 1)
        return PolicyError(
            problem,
            hint=hint,
            path=path_text(path),
            line=position.line,
            column=position.column,
            document=self.label,
            from_dict=self.from_dict,
        )

    def start(self, path: Path, *, at_value: bool = True) -> Position:
        """Where the value at ``path`` (or the name that it is kept under) begins."""
        return self.places().start(path, at_value=at_value)

    def end(self, path: Path) -> Position:
        """The place right behind the last character of the value at ``path``."""
        return self.places().end(path)

    def places(self) -> Places:
        if self._places is None:
            text = self._text
            if self.from_dict:
                with suppress(ValueError):  # an integer of more digits than int() takes
                    text = json.dumps(json.loads(text), indent=4)
            self._places = Places(text)
        return self._places


def _fault_index(text: str, index: int) -> int:
    """Where people would say that the fault is: at a comma too many, which Python reports from
    3.13 on, not at the bracket behind it."""
    before = text[:index].rstrip()
    return (
        len(before) - 1 if before.endswith(",") and text[index : index + 1] in ("}", "]") else index
    )


def _json_hint(text: str, index: int) -> str:
    """A word of help for the slips that people make in JSON."""
    rest = text[index : index + 1]
    before = text[:index].rstrip()[-1:]
    if not text.strip():
        return 'The text is empty; a policy is an object, {"Version": …, "Statement": […]}.'
    if text.startswith("\ufeff"):
        return "The text begins with a byte order mark; remove it."
    if rest == "'":
        return 'JSON writes names and texts in double quotes ("), not in single ones.'
    if rest == "," and text[index + 1 :].lstrip()[:1] in ("]", "}"):
        return "Remove the comma: JSON allows none behind the last element."
    if rest == "#" or text.startswith(("//", "/*"), index):
        return "JSON has no comments."
    if before in ('"', "}", "]") and rest in ('"', "{", "["):
        return "Is a comma missing before this?"
    return ""


def path_text(path: Path) -> str:
    """The way to an element, as people write it.

    >>> path_text(("Statement", 2, "Condition", "StringEquals", "aws:username"))
    'Statement[2].Condition.StringEquals["aws:username"]'
    """
    text = ""
    for step in path:
        if isinstance(step, int):
            text += f"[{step}]"
        elif step.isidentifier():
            text += f".{step}" if text else step
        else:
            text += f"[{quoted(step)}]"
    return text


def _position(text: str, index: int) -> Position:
    return Position(text.count("\n", 0, index) + 1, index - text.rfind("\n", 0, index))


_TOKEN = re.compile(r'[\s,:]*+([{}\[\]]|"(?:[^"\\]|\\.)*+"|[^\s,:{}\[\]"]++)', re.DOTALL)


_DEEPEST = 16
"""A policy's values lie at most six names deep; what is deeper is a fault of what holds it."""

_CONSTANTS = frozenset({"NaN", "Infinity", "-Infinity"})


class Places:
    """Where each value of a JSON text begins and ends. The text has been read once already,
    so its grammar is known to be sound, and nesting costs no recursion."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._names: dict[Path, int] = {}
        self._starts: dict[Path, int] = {}
        self._ends: dict[Path, int] = {}
        self.duplicate: Path = ()  # the first name that stands in its object a second time
        self.constant: Path = ()  # the first NaN or Infinity
        self._walk()

    def _walk(self) -> None:
        open_containers: list[tuple[Path, bool]] = []  # its path, and whether it is an object
        counts: list[int] = []
        name: str | None = None
        for token in _TOKEN.finditer(self._text):
            text, start, end = token[1], token.start(1), token.end(1)
            if text in "}]":
                path, _ = open_containers.pop()
                counts.pop()
                if len(path) < _DEEPEST:
                    self._ends[path] = end
                name = None
                continue
            if not open_containers:
                path = ()
            else:
                parent, is_object = open_containers[-1]
                if is_object and name is None:
                    name = json.loads(text)
                    path = (*parent, name)
                    if len(path) <= _DEEPEST:
                        if path in self._names and not self.duplicate:
                            self.duplicate = path
                        self._names[path] = start
                    continue
                path = (*parent, name if is_object else counts[-1])
                counts[-1] += 1
            if len(path) > _DEEPEST:
                path = path[:_DEEPEST]
            else:
                self._starts[path] = start
                self._ends[path] = end
            if text in _CONSTANTS and not self.constant:
                self.constant = path
            if text in "{[":
                open_containers.append((path, text == "{"))
                counts.append(0)
            name = None

    def start(self, path: Path, *, at_value: bool = True) -> Position:
        index = self._starts.get(path, 0) if at_value else self._name(path)
        return _position(self._text, index)

    def end(self, path: Path) -> Position:
        return _position(self._text, self._ends.get(path, 0))

    def _name(self, path: Path) -> int:
        return self._names.get(path, self._starts.get(path, 0))
