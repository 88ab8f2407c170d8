"""Ways through others: from one principal to the next, until it is the one that is meant.

Of all ways the shortest counts, and of several the one on which the fewest steps have a condition.
A principal is passed once, so that a circle ends.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cached_property
from itertools import count

from helpers.analysis.permissions.becoming import ANY_PERMISSION, Edge, Kind

Chain = tuple[Edge, ...]
"""The steps of a way, first to last."""

Onward = Callable[[str, Mapping[str, Chain]], Iterator[tuple[str, Edge, Chain]]]
"""From one that is reached, and all that are, to the next ones: each with the edge and the way."""


class Ways:
    """The ways along some edges.

    >>> def becomes(one, other):
    ...     return Edge(one, other, Kind.BECOMES, "assume the role", ())
    >>> ways = Ways([becomes("a", "b"), becomes("b", "c"), becomes("c", "a")])
    >>> {target: len(chain) for target, chain in ways.from_("a").items()}
    {'b': 1, 'c': 2}
    >>> list(ways.to("a"))
    ['c', 'b']
    """

    def __init__(self, edges: Iterable[Edge]) -> None:
        self._after: dict[str, dict[str, Edge]] = {}
        self._before: dict[str, dict[str, Edge]] = {}
        self._gifts_of: dict[str, list[Edge]] = {}
        self._gifts_for: dict[str, list[Edge]] = {}
        for edge in edges:
            if edge.kind is not Kind.GIVES:
                known = self._after.setdefault(edge.source, {}).get(edge.target)
                if known is None or len(edge.conditions) < len(known.conditions):
                    self._after[edge.source][edge.target] = edge
                    self._before.setdefault(edge.target, {})[edge.source] = edge
            elif not edge.limit and edge.source != edge.target:
                self._gifts_of.setdefault(edge.source, []).append(edge)
                self._gifts_for.setdefault(edge.target, []).append(edge)

    def from_(self, source: str) -> dict[str, Chain]:
        """Whom one reaches: target → the way, nearest first."""
        return _search(source, self._on_from)

    def _on_from(self, node: str, done: Mapping[str, Chain]) -> Iterator[tuple[str, Edge, Chain]]:
        for target, edge in self._after.get(node, {}).items():
            if target not in done:
                yield target, edge, (*done[node], edge)
        # One who is reached may have given any permission to another one who is.
        if ANY_PERMISSION not in done:
            gifts = [one for one in self._gifts_of.get(node, ()) if one.target in done]
            gifts += [one for one in self._gifts_for.get(node, ()) if one.source in done]
            for gift in gifts:
                rise = Edge(gift.target, ANY_PERMISSION, Kind.GETS, "act as it", ())
                steps = (*done[gift.source], gift, *done[gift.target], rise)
                yield ANY_PERMISSION, gift, tuple(dict.fromkeys(steps))

    def to(self, target: str) -> dict[str, Chain]:
        """Who reaches one, without what is given on the way: source → the way, nearest first."""
        return _search(target, self._on_to)

    def _on_to(self, node: str, done: Mapping[str, Chain]) -> Iterator[tuple[str, Edge, Chain]]:
        for source, edge in self._before.get(node, {}).items():
            if source not in done:
                yield source, edge, (edge, *done[node])

    @cached_property
    def near_gifts(self) -> frozenset[str]:
        """Who gives any permission to somebody, and who reaches such a one."""
        givers = list(self._gifts_of)
        found = set(givers)
        while givers:
            for source in self._before.get(givers.pop(), {}):
                if source not in found:
                    found.add(source)
                    givers.append(source)
        return frozenset(found)


def _search(begin: str, onward: Onward) -> dict[str, Chain]:
    """Every one that is reached, nearest first, with its way."""
    done: dict[str, Chain] = {}
    best: dict[str, tuple[int, int]] = {begin: (0, 0)}
    order = count()
    waiting: list[tuple[int, int, int, str, Chain]] = [(0, 0, next(order), begin, ())]
    while waiting:
        _, conditions, _, node, chain = heapq.heappop(waiting)
        if node in done:
            continue
        done[node] = chain
        for other, edge, longer in onward(node, done):
            cost = len(longer), conditions + bool(edge.conditions)
            if other not in best or cost < best[other]:
                best[other] = cost
                heapq.heappush(waiting, (*cost, next(order), other, longer))
    del done[begin]
    return done
