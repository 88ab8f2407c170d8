"""The QR code's picture: what it shows, what it says, and that names in it are data."""

from __future__ import annotations

import base64
import re

from helpers.views import QrCode

DEVICE = {
    "SerialNumber": "arn:aws:iam::111122223333:mfa/phone",
    "Base32StringSeed": b"SECRETSEED",
    "QRCodePNG": b"\x89PNG pixels",
}


def test_the_picture_is_the_png_that_aws_answered() -> None:
    html = QrCode(DEVICE)._repr_html_()
    (data,) = re.findall(r'src="data:image/png;base64,([^"]+)"', html)
    assert base64.b64decode(data) == DEVICE["QRCodePNG"]


def test_the_words_name_the_device_in_text_and_in_the_alt_text() -> None:
    code = QrCode(DEVICE)
    assert DEVICE["SerialNumber"] in repr(code)
    assert f'alt="{code!r}"' in code._repr_html_()


def test_the_secret_is_in_no_words() -> None:
    code = QrCode(DEVICE)
    assert "SECRETSEED" not in repr(code) + code._repr_html_()


def test_a_hostile_name_stays_text() -> None:
    html = QrCode({**DEVICE, "SerialNumber": '"><script>alert(1)</script>'})._repr_html_()
    assert "<script" not in html
    assert "&lt;script&gt;" in html
