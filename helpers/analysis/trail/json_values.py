"""JSON values out of files of any size and in any state, one after the other.

Files are plain or gzip, hold one document or many, a list of records or one a line, and may be cut
off or damaged. Whatever can be read is; the rest is told by its line. Only a piece of the file is
held at a time.
"""

from __future__ import annotations

import codecs
import json
import re
import zlib
from collections.abc import Collection, Iterator
from contextlib import suppress
from typing import Any, BinaryIO, NamedTuple

PIECE = 2**16
"""Bytes that are read at a time."""
LONGEST = 2**26
"""Characters of one value; a longer one is no JSON for us. CloudTrail's records end at 256 kB."""

_GZIP = b"\x1f\x8b"
_BOM = codecs.BOM_UTF8
_LONGEST_NUMBER = 4_000
"""Digits. Python refuses to read one that is much longer, which stands for no number anyway."""
_SPACE = re.compile(r"\s*")
_BETWEEN = re.compile(r"[\s,]*")
_MEMBER = re.compile(r'"(\w+)"\s*:\s*\[')
_OPENING = 100
"""Characters within which a document tells that it is a list of records."""
_LONGEST_WORD = 32
"""How near to the end of a text a value may fail only because the text ends there: within a
number, a word or an escape."""


def _integer(digits: str) -> int | float:
    return int(digits) if len(digits) <= _LONGEST_NUMBER else float(digits)


DECODER = json.JSONDecoder(parse_int=_integer)


class NotRead(NamedTuple):
    """In place of a value: why there is none."""

    reason: str


def pieces(file: BinaryIO) -> Iterator[bytes | NotRead]:
    """A file's bytes, decompressed, no piece empty; at last, if its end is missing, why."""
    data = file.read(PIECE)
    if not data.startswith(_GZIP):
        while data:
            yield data
            data = file.read(PIECE)
        return
    while data.rstrip(b"\0"):
        member = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)
        try:
            while not member.eof and data:
                if found := member.decompress(data, PIECE):
                    yield found
                data = member.unconsumed_tail or (b"" if member.eof else file.read(PIECE))
        except zlib.error:
            yield NotRead("the gzip file is damaged; its records up to there are read")
            return
        if not member.eof:
            yield NotRead("the gzip file is cut off; its records up to there are read")
            return
        data = member.unused_data or file.read(PIECE)


class Source:
    """The text of a file, of which a stretch is held."""

    def __init__(self, file: BinaryIO) -> None:
        self._pieces = pieces(file)
        self._decode = codecs.getincrementaldecoder("utf-8")("replace").decode
        self._first = True
        self.text = ""
        self.place = 0
        self.line = 1
        self.ended = False
        self.broken = ""
        """What is wrong with the file where its end is missing."""

    def more(self, wanted: int = 1) -> bool:
        """Read on by so many characters, where there are; whether any came."""
        found: list[str] = []
        length = 0
        while not self.ended and length < wanted:
            piece = next(self._pieces, b"")
            if isinstance(piece, NotRead):
                self.broken, piece = piece.reason, b""
                self.ended = True
            elif not piece:
                self.ended = True
            if self._first and piece:
                self._first, piece = False, piece.removeprefix(_BOM)
            found.append(self._decode(piece, self.ended))
            length += len(found[-1])
        if length:
            self.text = self.text[self.place :] + "".join(found)
            self.place = 0
        return length > 0

    def to(self, place: int) -> None:
        """Go forward to a place of the text."""
        self.line += self.text.count("\n", self.place, place)
        self.place = place

    def skip(self, pattern: re.Pattern[str]) -> str:
        """Go over what a pattern matches; the character that follows, empty at the end."""
        while True:
            self.to(pattern.match(self.text, self.place).end())  # type: ignore[union-attr]
            if self.place < len(self.text):
                return self.text[self.place]
            if not self.more():
                return ""

    def has(self, wanted: int) -> None:
        """Read on until so many characters are held, where there are."""
        if (missing := wanted - (len(self.text) - self.place)) > 0:
            self.more(missing)

    def value(self) -> Any:
        """The value that begins here; raises ``ValueError`` where there is none."""
        while True:
            try:
                value, end = DECODER.raw_decode(self.text, self.place)
            except RecursionError as error:
                raise ValueError("too deeply nested") from error
            except json.JSONDecodeError as error:
                held = len(self.text) - self.place
                unfinished = (
                    error.msg.startswith("Unterminated string")
                    or error.pos > len(self.text) - _LONGEST_WORD
                )
                if not unfinished or held > LONGEST or not self.more(held):
                    raise
                continue
            # A number may go on in the next piece.
            if end < len(self.text) or not self.more(PIECE):
                self.to(end)
                return value

    def over(self, pattern: re.Pattern[str]) -> bool:
        """Go on to the next place that a pattern matches, or to the end; whether there is one."""
        begin = self.place + 1
        while (found := pattern.search(self.text, begin)) is None:
            self.to(max(self.place, len(self.text) - _OPENING))
            begin = self.place
            if not self.more():
                self.to(len(self.text))
                return False
            begin = 0
        self.to(found.start())
        return True

    def over_line(self) -> bool:
        """Go to the next line; whether there is one."""
        while (end := self.text.find("\n", self.place)) < 0:
            self.place = len(self.text)
            if not self.more():
                return False
        self.to(end)
        return True


def values(
    source: Source, lists: Collection[str], item: re.Pattern[str]
) -> Iterator[tuple[int, Any | NotRead]]:
    """The values of a file, each with its line: the items of lists, and of the lists that a
    document holds under one of these names; and what could not be read.

    ``item`` is how an item of a list begins: behind one that is broken, reading goes on at the
    next such place.

    >>> import io
    >>> file = io.BytesIO(b'{"Records": [{"a": 1},\\n{"a": 2}]}\\noops\\n{"a": 3}')
    >>> for line, value in values(Source(file), ["Records"], re.compile('{"a"')):
    ...     print(line, value)
    1 {'a': 1}
    2 {'a': 2}
    3 NotRead(reason='the line is no JSON')
    4 {'a': 3}
    """
    bad: tuple[int, int] | None = None  # the first of the lines that are no JSON, and how many
    while first := source.skip(_SPACE):
        line, found = source.line, None
        if _begins_list(source, first, lists):
            found = _items(source, item, is_member=first == "{")
        elif first in "{[":
            with suppress(ValueError):
                found = iter([(line, each) for each in _listed(source.value(), lists)])
        if found is None:
            bad = (bad[0], bad[1] + 1) if bad else (line, 1)
            if not source.over_line():
                break
            continue
        if bad:
            yield bad[0], _no_json(bad[1])
            bad = None
        yield from found
    if bad:
        yield bad[0], _no_json(bad[1])


def _no_json(lines: int) -> NotRead:
    return NotRead("the line is no JSON" if lines == 1 else f"{lines} lines are no JSON")


def _listed(value: Any, lists: Collection[str]) -> list[Any]:
    """The items of a document that was read as a whole."""
    if isinstance(value, list):
        return value
    for name in lists if isinstance(value, dict) else ():
        if isinstance(value.get(name), list):
            return value[name]
    return [value]


def _begins_list(source: Source, first: str, lists: Collection[str]) -> bool:
    """Whether a list begins here, or a document whose first member is one of these lists; its
    place is then within the list."""
    if first == "[":
        source.to(source.place + 1)
        return True
    if first != "{":
        return False
    source.has(_OPENING)
    begin = _SPACE.match(source.text, source.place + 1).end()  # type: ignore[union-attr]
    member = _MEMBER.match(source.text, begin)
    if member is None or member[1] not in lists:
        return False
    source.to(member.end())
    return True


def _items(
    source: Source, item: re.Pattern[str], is_member: bool
) -> Iterator[tuple[int, Any | NotRead]]:
    """The items of a list as far as they can be read, and where they cannot.

    ``is_member``: the list is a document's member, and the document's others follow it.
    """
    while (first := source.skip(_BETWEEN)) != "]":
        line = source.line
        try:
            if not first:
                raise ValueError
            value = source.value()
        except ValueError:
            if first and source.over(item):
                yield line, NotRead("the record is no JSON")
                continue
            yield line, NotRead("from here on it is no JSON")
            return
        yield line, value
    source.to(source.place + 1)
    if is_member and not _end_of_document(source):
        yield source.line, NotRead("the document breaks off behind its list")


def _end_of_document(source: Source) -> bool:
    """Go over the members that follow a list, up to the document's end; whether there is one."""
    try:
        while (first := source.skip(_SPACE)) == ",":
            source.to(source.place + 1)
            source.skip(_SPACE)
            source.value()
            if source.skip(_SPACE) != ":":
                return False
            source.to(source.place + 1)
            source.skip(_SPACE)
            source.value()
    except ValueError:
        return False
    if first == "}":
        source.to(source.place + 1)
    return first == "}"
