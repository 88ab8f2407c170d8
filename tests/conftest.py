"""For all tests."""

from __future__ import annotations

import gc


def pytest_collection_finish() -> None:
    """What is imported by now stays: the collector need not look through it again and again.

    botocore's models, moto and the tests themselves are a million objects; it is a tenth of the
    time of all tests.
    """
    gc.freeze()
