"""A picture of the screen as a PNG of at most 256 colours, which is a third of the size."""

from __future__ import annotations

import base64
import struct
import zlib
from collections import Counter
from collections.abc import Iterable

from playwright.sync_api import Page

Colour = tuple[int, int, int]

PIXELS = """async source => {
    const image = new Image();
    image.src = source;
    await image.decode();
    const canvas = document.createElement('canvas');
    canvas.width = image.naturalWidth;
    canvas.height = image.naturalHeight;
    const context = canvas.getContext('2d');
    context.drawImage(image, 0, 0);
    const data = context.getImageData(0, 0, canvas.width, canvas.height).data;
    let text = '';
    for (let start = 0; start < data.length; start += 32768)
        text += String.fromCharCode(...data.subarray(start, start + 32768));
    return [canvas.width, btoa(text)];
}"""


def small(png: bytes, page: Page) -> bytes:
    """The picture with fewer colours; the page's browser takes it apart."""
    source = f"data:image/png;base64,{base64.b64encode(png).decode()}"
    width, packed = page.evaluate(PIXELS, source)
    data = base64.b64decode(packed)
    pixels = [(data[at], data[at + 1], data[at + 2]) for at in range(0, len(data), 4)]
    return encoded(width, pixels)


def encoded(width: int, pixels: list[Colour]) -> bytes:
    """A PNG of rows of ``width`` pixels, of the 256 colours that are the most.

    >>> encoded(2, [(255, 0, 0), (0, 0, 255)])[:8]
    b'\\x89PNG\\r\\n\\x1a\\n'
    """
    counted = Counter(pixels)
    palette = [colour for colour, _ in counted.most_common(256)]
    places = {colour: _nearest(colour, palette) for colour in counted}
    indexed = bytes(places[pixel] for pixel in pixels)
    rows = b"".join(
        b"\x00" + indexed[start : start + width] for start in range(0, len(indexed), width)
    )
    header = struct.pack(">IIBBBBB", width, len(pixels) // width, 8, 3, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        [
            _chunk(b"IHDR", header),
            _chunk(b"PLTE", bytes(part for colour in palette for part in colour)),
            _chunk(b"IDAT", zlib.compress(rows, 9)),
            _chunk(b"IEND", b""),
        ]
    )


def _nearest(colour: Colour, palette: list[Colour]) -> int:
    def distance(place: int) -> int:
        return sum((one - other) ** 2 for one, other in _pairs(colour, palette[place]))

    return min(range(len(palette)), key=distance)


def _pairs(one: Colour, other: Colour) -> Iterable[tuple[int, int]]:
    return zip(one, other, strict=True)


def _chunk(kind: bytes, data: bytes) -> bytes:
    check = zlib.crc32(kind + data)
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", check)
