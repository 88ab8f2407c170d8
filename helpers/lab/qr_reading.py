"""Reading the text out of the picture of a QR code.

For clean pictures, as ``CreateVirtualMFADevice`` of the lab answers them: drawn module by module,
upright, every pixel black or white. What a phone does besides for its camera (find the code in a
photograph, straighten it, repair lost modules) is left out: damage is noticed by the code's own
check words and refused.

The standard is ISO/IEC 18004; its tables come from segno, which draws the codes.
https://www.qrcode.com/en/about/
"""

from __future__ import annotations

import functools
import zlib
from collections.abc import Iterator, Sequence

from segno import consts

__all__ = ["QrUnreadable", "read_qr"]

Modules = Sequence[Sequence[bool]]
"""Rows of a code without its quiet edge; ``True`` is dark."""


class QrUnreadable(ValueError):
    """The picture holds no QR code that can be read; the text says why."""


def read_qr(png: bytes) -> str:
    """The text of the one QR code in a PNG.

    Raises ``QrUnreadable`` for what is no such picture, and for a code that is damaged.

    >>> import io, segno
    >>> picture = io.BytesIO()
    >>> segno.make("otpauth://totp/me", micro=False).save(picture, kind="png", scale=4)
    >>> read_qr(picture.getvalue())
    'otpauth://totp/me'
    """
    modules = _modules(_pixels(png))
    return _text(_codewords(modules), (len(modules) - 17) // 4)


# The picture -------------------------------------------------------------------------------------

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_LONGEST_SIDE = 8192


def _pixels(png: bytes) -> list[list[bool]]:
    """Rows of pixels; ``True`` is dark."""
    if not isinstance(png, bytes) or not png.startswith(_SIGNATURE):
        raise QrUnreadable("This is no PNG: give the bytes of QRCodePNG as they are.")
    header, packed = b"", b""
    for kind, data in _chunks(png):
        if kind == b"IHDR":
            header = data
        elif kind == b"IDAT":
            packed += data
    # Width and height, then depth 1, grey, and the only ways of packing, filtering and order.
    if len(header) != 13 or header[8:] != b"\x01\x00\x00\x00\x00":
        raise QrUnreadable("Only a PNG in black and white (one bit a pixel) can be read here.")
    width, height = (int.from_bytes(header[at : at + 4]) for at in (0, 4))
    if not 0 < max(width, height) <= _LONGEST_SIDE:
        raise QrUnreadable(f"A picture of {width} × {height} pixels is no QR code.")
    length = 1 + (width + 7) // 8
    try:
        data = zlib.decompressobj().decompress(packed, length * height)
    except zlib.error:
        data = b""
    if len(data) != length * height:
        raise QrUnreadable("The PNG is cut off or damaged.")
    return [
        [not row[column // 8] >> (7 - column % 8) & 1 for column in range(width)]
        for row in _rows(data, length)
    ]


_AS_IT_IS, _FROM_ABOVE = 0, 2
"""How a row of pixels is written: itself, or what it differs by from the row above it."""


def _rows(data: bytes, length: int) -> Iterator[bytes]:
    above = bytes(length - 1)
    for at in range(0, len(data), length):
        row = data[at + 1 : at + length]
        if data[at] == _FROM_ABOVE:
            row = bytes((new + old) % 256 for new, old in zip(row, above, strict=True))
        elif data[at] != _AS_IT_IS:
            raise QrUnreadable("The rows of this PNG are filtered in a way not read here.")
        yield row
        above = row


def _chunks(png: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = len(_SIGNATURE)
    while at + 8 <= len(png):
        length = int.from_bytes(png[at : at + 4])
        yield png[at + 4 : at + 8], png[at + 8 : at + 8 + length]
        at += length + 12


def _modules(pixels: list[list[bool]]) -> Modules:
    """One entry a module: the quiet edge is cut off, the scale found."""
    dark = [number for number, row in enumerate(pixels) if any(row)]
    if not dark:
        raise QrUnreadable("The picture is empty.")
    first = pixels[dark[0]]
    left, right = first.index(True), max(_last(pixels[number]) for number in dark)
    # The first dark row is the upper edge of a finder, which is seven modules wide.
    run = first.index(False, left) - left if False in first[left:] else 0
    scale, rest = divmod(run, 7)
    side = dark[-1] - dark[0] + 1
    size = side // scale if scale else 0
    square = side == right - left + 1 and not rest and scale and side % scale == 0
    if not square or size not in range(21, 178, 4):
        raise QrUnreadable("There is no QR code in the picture, or it is not upright.")
    middle = scale // 2
    return [
        [pixels[dark[0] + row * scale + middle][left + column * scale + middle]
         for column in range(size)]
        for row in range(size)
    ]  # fmt: skip


def _last(row: list[bool]) -> int:
    return len(row) - 1 - row[::-1].index(True)


# The code ----------------------------------------------------------------------------------------

_MASKS = (
    lambda r, c: (r + c) % 2,
    lambda r, c: r % 2,
    lambda r, c: c % 3,
    lambda r, c: (r + c) % 3,
    lambda r, c: (r // 2 + c // 3) % 2,
    lambda r, c: r * c % 2 + r * c % 3,
    lambda r, c: (r * c % 2 + r * c % 3) % 2,
    lambda r, c: ((r + c) % 2 + r * c % 3) % 2,
)
"""A module of data is turned over where its mask says 0."""

_FORMAT_AT = (
    *((8, column) for column in (0, 1, 2, 3, 4, 5, 7, 8)),
    *((row, 8) for row in (7, 5, 4, 3, 2, 1, 0)),
)
"""Where the fifteen bits of the format stand beside the upper left finder."""


def _codewords(modules: Modules) -> bytes:
    """The bytes that the code carries, put back in order and checked."""
    size = len(modules)
    version = (size - 17) // 4
    bits = "".join(str(int(modules[row][column])) for row, column in _FORMAT_AT)
    try:
        level, mask = divmod(consts.FORMAT_INFO.index(int(bits, 2)), 8)
    except ValueError:
        raise QrUnreadable("The QR code is damaged: its format cannot be read.") from None
    turned = _MASKS[mask]
    stream = [
        modules[row][column] != (turned(row, column) == 0) for row, column in _places(version)
    ]
    words = [
        sum(bit << 7 - n for n, bit in enumerate(stream[at : at + 8]))
        for at in range(0, len(stream) - 7, 8)
    ]
    return b"".join(_blocks(words, version, level))


@functools.cache
def _places(version: int) -> tuple[tuple[int, int], ...]:
    """The modules of data in the order in which they are read: up and down, two columns wide."""
    size = 17 + 4 * version
    centres = consts.ALIGNMENT_POS[version - 2] if version > 1 else ()
    # No alignment pattern where a finder is.
    corners = {(6, 6), (6, size - 7), (size - 7, 6)}
    aligned = [(r, c) for r in centres for c in centres if (r, c) not in corners]

    def is_data(row: int, column: int) -> bool:
        if row == 6 or column == 6:
            return False  # timing
        if (row < 9 and (column < 9 or column >= size - 8)) or (row >= size - 8 and column < 9):
            return False  # finders and format
        if version >= 7 and min(row, column) < 6 and max(row, column) >= size - 11:
            return False  # the version's number
        return not any(abs(row - r) <= 2 and abs(column - c) <= 2 for r, c in aligned)

    found = []
    rights = [column for column in range(size - 1, 0, -2) if column > 6]
    rights += [5, 3, 1]
    for number, right in enumerate(rights):
        rows = range(size) if number % 2 else range(size - 1, -1, -1)
        found += [(r, c) for r in rows for c in (right, right - 1) if is_data(r, c)]
    return tuple(found)


def _blocks(words: list[int], version: int, level: int) -> Iterator[bytes]:
    """The data of each block, which were dealt out in turn; raises where one was damaged."""
    kinds = consts.ECC[version][level]
    lengths = [
        (kind.num_data, kind.num_total - kind.num_data)
        for kind in kinds
        for _ in range(kind.num_blocks)
    ]
    dealt: list[list[int]] = [[] for _ in lengths]
    stream = iter(words)
    for turn in range(max(data for data, _ in lengths)):
        for block, (data, _) in zip(dealt, lengths, strict=True):
            if turn < data:
                block.append(next(stream))
    for _ in range(lengths[0][1]):
        for block in dealt:
            block.append(next(stream))
    for block, (data, check) in zip(dealt, lengths, strict=True):
        if any(_value_at(block, consts.GALIOS_EXP[power]) for power in range(check)):
            raise QrUnreadable("The QR code is damaged: its check words do not fit its text.")
        yield bytes(block[:data])


def _value_at(block: list[int], point: int) -> int:
    """The block, as a polynomial over GF(256), at a point; 0 at each root of a whole block."""
    value = 0
    for word in block:
        if value:
            value = consts.GALIOS_EXP[(consts.GALIOS_LOG[value] + consts.GALIOS_LOG[point]) % 255]
        value ^= word
    return value


def _text(data: bytes, version: int) -> str:
    """The one piece of text that the data begin with."""
    bits = "".join(f"{byte:08b}" for byte in data)
    if int(bits[:4], 2) != consts.MODE_BYTE:
        raise QrUnreadable("The QR code holds no text such as an otpauth address.")
    start = 4 + (8 if version < 10 else 16)
    length = int(bits[4:start], 2)
    if start + 8 * length > len(bits):
        raise QrUnreadable("The QR code says that it is longer than it is.")
    found = bytes(int(bits[at : at + 8], 2) for at in range(start, start + 8 * length, 8))
    try:
        return found.decode()
    except UnicodeDecodeError:
        return found.decode("latin-1")
