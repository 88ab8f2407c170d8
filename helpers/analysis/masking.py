"""Access key ids with their middle masked, for whatever is shown of a real account's record.

The id of a key is no secret, but it tells an account's number and is what a thief looks for first.
Four letters at either end tell keys apart well enough.

AWS: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html
"""

from __future__ import annotations

import re

SHOWN = 4
"""Characters that stay at either end."""

# Long-term keys, sessions' keys, and the others that are called like them.
_KEY_ID = re.compile(r"\b(?:AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{12,124}\b")


def masked(key_id: str) -> str:
    """An access key's id without its middle; too short a one is masked altogether.

    >>> masked("AKIAIOSFODNN7EXAMPLE")
    'AKIA************MPLE'
    >>> masked("AKIA")
    '****'
    """
    hidden = len(key_id) - 2 * SHOWN
    if hidden < SHOWN:
        return "*" * len(key_id)
    return f"{key_id[:SHOWN]}{'*' * hidden}{key_id[-SHOWN:]}"


def mask_text(text: str) -> str:
    """A text with every access key id in it masked.

    >>> mask_text("key AKIAIOSFODNN7EXAMPLE of ann")
    'key AKIA************MPLE of ann'
    """
    return _KEY_ID.sub(lambda found: masked(found[0]), text)
