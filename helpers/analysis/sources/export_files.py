"""Files of a real account's exports: their text, and the JSON documents in it.

A file is plain or gzip, in UTF-8 or in UTF-16 with a mark at its beginning, which is what ``>``
writes in Windows PowerShell.
"""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from helpers.analysis.masking import mask_text
from helpers.analysis.trail import json_values
from helpers.analysis.trail.json_values import NotRead

LARGEST = 2**28
"""Bytes of text of one file other than a log. An account's authorization details are some ten
megabytes where it is a large one."""

LONGEST_SHOWN = 60
"""Characters of a value that a reason shows."""

Skip = Callable[[int | None, str], None]
"""Told of what is not read: its line, counted from 1 (``None``: the file as a whole), and why."""

_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_SPACE = re.compile(r"[\s,]*")
_DECODER = json.JSONDecoder()


class ExportError(ValueError):
    """A file that is not what it should be; the text names the file, the line and the reason."""

    def __init__(self, file: str | Path, line: int | None, reason: str) -> None:
        place = f", line {line}" if line is not None else ""
        super().__init__(f"{file}{place}: {reason}")
        self.file, self.line, self.reason = str(file), line, reason


def decoded(data: bytes) -> str:
    """Bytes as text, without the mark at the beginning.

    >>> decoded("user,arn".encode("utf-16")), decoded(b"\\xef\\xbb\\xbfuser")
    ('user,arn', 'user')
    """
    if data.startswith(_UTF16):
        return data.decode("utf-16", "replace")
    return data.removeprefix(codecs.BOM_UTF8).decode("utf-8", "replace")


def head_of(file: Path) -> str:
    """How a file's text begins: enough to tell what it is. Raises ``OSError``."""
    with file.open("rb") as opened:
        first = next(json_values.pieces(opened), b"")
    return "" if isinstance(first, NotRead) else decoded(first)


def is_utf16(file: Path) -> bool:
    """Whether a file that is not compressed is in UTF-16. Raises ``OSError``."""
    with file.open("rb") as opened:
        return opened.read(2) in _UTF16


def text_of(file: Path) -> str:
    """A file's text.

    Raises:
        ExportError: It cannot be opened, is damaged, cut off or larger than ``LARGEST``.
    """
    found = bytearray()
    try:
        with file.open("rb") as opened:
            for piece in json_values.pieces(opened):
                if isinstance(piece, NotRead):
                    raise ExportError(file, None, piece.reason.partition(";")[0])
                found += piece
                if len(found) > LARGEST:
                    raise ExportError(file, None, f"it is larger than {LARGEST // 2**20} MB")
    except OSError as error:
        raise ExportError(file, None, f"it cannot be read: {error.strerror or error}") from error
    return decoded(bytes(found))


def documents(text: str, skip: Skip) -> Iterator[tuple[int, Any]]:
    """The JSON documents of a text, each with the line that it begins in.

    One document, several one after the other, or a list of them. Where the JSON breaks, ``skip``
    is told the line, and reading ends: what follows belongs to nothing.

    >>> list(documents('[{"a": 1}, {"a": 2}]\\n{"a": 3}', print))
    [(1, {'a': 1}), (1, {'a': 2}), (2, {'a': 3})]
    >>> list(documents('{"a":\\n', print))
    2 the JSON breaks here: Expecting value
    []
    """
    place, line = 0, 1
    while (begin := _SPACE.match(text, place).end()) < len(text):  # type: ignore[union-attr]
        line += text.count("\n", place, begin)
        try:
            value, place = _DECODER.raw_decode(text, begin)
        except json.JSONDecodeError as error:
            skip(error.lineno, f"the JSON breaks here: {error.msg}")
            return
        except RecursionError:
            skip(line, "the JSON is too deeply nested")
            return
        yield from ((line, each) for each in (value if isinstance(value, list) else [value]))
        line += text.count("\n", begin, place)


def shown(value: object) -> str:
    """A value as a reason shows it: short, and no access key's id in whole.

    >>> shown("AKIAIOSFODNN7EXAMPLE" + "-" * 99)
    "'AKIA************MPLE------------------------------------..."
    """
    text = mask_text(repr(value))
    return text if len(text) <= LONGEST_SHOWN else f"{text[: LONGEST_SHOWN - 3]}..."
