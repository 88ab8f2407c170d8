"""What segno draws, the reader reads; a picture that was harmed is refused and never misread."""

from __future__ import annotations

import contextlib
import io

import pytest
import segno
from hypothesis import given, settings
from hypothesis import strategies as st

from helpers.lab.qr_reading import QrUnreadable, read_qr

TEXTS = st.text(st.characters(codec="latin-1", categories=["L", "N", "P"]), min_size=1, max_size=60)


def drawn(text: str, scale: int = 2, border: int = 4, **how: object) -> bytes:
    picture = io.BytesIO()
    code = segno.make(text, mode="byte", micro=False, encoding="utf-8", eci=False, **how)
    code.save(picture, kind="png", scale=scale, border=border)
    return picture.getvalue()


@pytest.mark.parametrize("version", [1, 2, 6, 7, 9, 10, 14, 25, 40])
@pytest.mark.parametrize("level", "lmqh")
def test_every_kind_of_layout(version: int, level: str) -> None:
    mask = (version + ord(level)) % 8
    text = "otpauth"[: 2 if version < 2 else 7]
    picture = drawn(text, 1, version=version, error=level, mask=mask, boost_error=False)
    assert read_qr(picture) == text


@settings(deadline=None, max_examples=30)
@given(TEXTS, st.integers(0, 7), st.integers(1, 4), st.integers(0, 5))
def test_any_text_mask_scale_and_edge(text: str, mask: int, scale: int, border: int) -> None:
    assert read_qr(drawn(text, scale, border, mask=mask)) == text


@settings(deadline=None, max_examples=40)
@given(st.data())
def test_harmed_picture_is_refused_or_read_right(data: st.DataObject) -> None:
    """One byte of the file is another one: no answer, or the right one, and no other error."""
    whole = drawn("otpauth://totp/me?secret=MFRGGZDF")
    at = data.draw(st.integers(0, len(whole) - 1))
    harmed = whole[:at] + bytes([whole[at] ^ data.draw(st.integers(1, 255))]) + whole[at + 1 :]
    with contextlib.suppress(QrUnreadable):
        assert read_qr(harmed) == read_qr(whole)


@settings(deadline=None, max_examples=20)
@given(st.data())
def test_module_turned_over_is_noticed(data: st.DataObject) -> None:
    code = segno.make("otpauth://totp/me", mode="byte", micro=False)
    size = len(code.matrix)
    # Below and right of finders and format: data, or one of the fixed patterns.
    row, column = (data.draw(st.integers(9, size - 9)) for _ in range(2))
    code.matrix[row][column] ^= 1
    picture = io.BytesIO()
    code.save(picture, kind="png")
    with pytest.raises(QrUnreadable, match="damaged"):
        read_qr(picture.getvalue())


@pytest.mark.parametrize("png", [b"", b"GIF89a", b"\x89PNG\r\n\x1a\n", "text", None])
def test_what_is_no_picture(png: object) -> None:
    with pytest.raises(QrUnreadable):
        read_qr(png)  # type: ignore[arg-type]


def test_what_is_no_code_or_no_text() -> None:
    numbers = io.BytesIO()
    segno.make("0123456789", micro=False).save(numbers, kind="png")
    with pytest.raises(QrUnreadable, match="holds no text"):
        read_qr(numbers.getvalue())
    coloured = io.BytesIO()
    segno.make("otpauth", micro=False).save(coloured, kind="png", dark="darkred")
    with pytest.raises(QrUnreadable, match="black and white"):
        read_qr(coloured.getvalue())
    small = io.BytesIO()
    segno.make_micro("1").save(small, kind="png")
    with pytest.raises(QrUnreadable, match="no QR code in the picture"):
        read_qr(small.getvalue())
