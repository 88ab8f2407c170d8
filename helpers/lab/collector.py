"""How often Python looks for objects that nobody can reach any more.

AWS has nothing to do with it: https://docs.python.org/3/library/gc.html#gc.set_threshold.
"""

from __future__ import annotations

import gc

NEW_OBJECTS = 10_000
"""How many new objects there have to be before Python looks."""


def look_less_often() -> None:
    """Look once in ten thousand new objects; Python's own is 700 to 2,000.

    What boto3, moto and pandas keep is a quarter of a million objects, and a call makes a
    thousand: a fifth of the time of a prepared account went by with looking. Nothing is hidden
    from ``gc.get_objects``, and whoever has asked for less, or for none, is left alone.

    >>> look_less_often()
    >>> gc.get_threshold()[0] >= NEW_OBJECTS
    True
    """
    first, *others = gc.get_threshold()
    if 0 < first < NEW_OBJECTS:
        gc.set_threshold(NEW_OBJECTS, *others)
