"""The QR code of a virtual MFA device, as a picture and in words."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any

from helpers.cards import escaped, plain


class QrCode:
    """What ``create_virtual_mfa_device`` answered, as a picture that a phone can scan.

    ``device`` is the answer's ``VirtualMFADevice``. The words name the device and never its
    secret, which is in the picture for whoever is meant to scan it.

    >>> QrCode({"SerialNumber": "arn:aws:iam::111122223333:mfa/phone", "QRCodePNG": b""})
    QR code of arn:aws:iam::111122223333:mfa/phone: scan it with an authenticator app
    """

    def __init__(self, device: Mapping[str, Any]) -> None:
        self.serial_number: str = device["SerialNumber"]
        self.png: bytes = device["QRCodePNG"]

    def __repr__(self) -> str:
        return f"QR code of {plain(self.serial_number)}: scan it with an authenticator app"

    def _repr_html_(self) -> str:
        """The picture on white, with a quiet edge, so that it scans in dark mode as well."""
        data = base64.b64encode(self.png).decode()
        words = escaped(repr(self))
        return (
            f'<img src="data:image/png;base64,{data}" alt="{words}" '
            'style="background: #fff; padding: 8px; image-rendering: pixelated; width: 220px">'
            f"<div>{words}</div>"
        )
