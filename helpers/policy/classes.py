"""Which of several patterns match the texts that one pattern stands for?

Comparing pattern with pattern (:mod:`.globs`) cannot see that two patterns together cover a
third. :func:`classes` can: it walks through all patterns at once, a character at a time, and
collects every set of them that some text is matched by.

A policy variable is a letter of its own here, for its value is known only when a request comes:
a pattern certainly matches it where it has the same variable, or a ``*`` that may be anything.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache

from .globs import Some, Symbol
from .variables import Variable

MOST_PLACES = 200_000
"""How many places in patterns are looked at (half a second) before the answer is that there is
none."""

ANOTHER = ""
"""The letter that stands for every character that no pattern names where it is read."""

State = frozenset[tuple[int, int]]
"""Where each pattern may have come to: (number of the pattern, place in it)."""


class TooManyClasses(Exception):
    """The patterns are too many, or too much entangled, to be compared."""


@lru_cache(maxsize=2048)
def classes(
    inner: tuple[Symbol, ...], patterns: tuple[tuple[Symbol, ...], ...]
) -> frozenset[frozenset[int]]:
    """For all texts that ``inner`` matches: the sets of patterns (by number) that match them too.

    Raises:
        TooManyClasses: More than ``MOST_PLACES`` would have to be looked at.

    >>> from helpers.policy.globs import resource_symbols
    >>> def sets(inner, *patterns):
    ...     found = classes(resource_symbols(inner), tuple(map(resource_symbols, patterns)))
    ...     return sorted(map(sorted, found))
    >>> sets("a?", "a*", "ab", "b*")
    [[0], [0, 1]]
    >>> sets("${aws:username}/x", "${aws:username}/*", "ann/*", "*")
    [[0, 2]]
    """
    machines = (inner, *patterns)
    start = _closed(((number, 0) for number in range(len(machines))), machines)
    seen, waiting = {start}, [start]
    found: set[frozenset[int]] = set()
    places = 0
    while waiting:
        state = waiting.pop()
        ended = {number for number, place in state if place == len(machines[number])}
        if 0 in ended:
            found.add(frozenset(number - 1 for number in ended if number))
        for letter in _letters(state, machines):
            following = _after(state, letter, machines)
            places += len(following)
            if places > MOST_PLACES:
                raise TooManyClasses
            if following not in seen and any(number == 0 for number, _ in following):
                seen.add(following)
                waiting.append(following)
    return frozenset(found)


def _closed(places: Iterable[tuple[int, int]], machines: Sequence[Sequence[Symbol]]) -> State:
    """The places, and those that lie behind a ``*``, which may stand for nothing."""
    reached = set()
    for number, place in places:
        pattern = machines[number]
        reached.add((number, place))
        while place < len(pattern) and isinstance(star := pattern[place], Some) and star.many:
            place += 1
            reached.add((number, place))
    return frozenset(reached)


def _letters(state: State, machines: Sequence[Sequence[Symbol]]) -> set[str | Variable]:
    """The letters between which some pattern tells a difference at its place."""
    letters: set[str | Variable] = {ANOTHER}
    for number, place in state:
        if place == len(machines[number]):
            continue
        symbol = machines[number][place]
        if isinstance(symbol, Some):
            letters.update(symbol.without)
        else:
            letters.add(symbol)
    return letters


def _after(state: State, letter: str | Variable, machines: Sequence[Sequence[Symbol]]) -> State:
    following = []
    for number, place in state:
        pattern = machines[number]
        if place == len(pattern):
            continue
        symbol = pattern[place]
        if isinstance(symbol, Some):
            takes = (
                symbol.many and not symbol.without
                if isinstance(letter, Variable)
                else letter == ANOTHER or letter not in symbol.without
            )
            if takes:
                following.append((number, place if symbol.many else place + 1))
        elif symbol == letter:
            following.append((number, place + 1))
    return _closed(following, machines)
