"""The account map as a picture: boxes in columns, and lines between them, as SVG.

Nothing is told by colour alone: a line that needs a condition is dashed, one to any permission ends
at a star, and each box says in words what it is.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from helpers.analysis.permissions.account_parts import policy_name
from helpers.analysis.permissions.becoming import ANY_PERMISSION, Edge, Kind, with_any_permission
from helpers.cards import BAD, INFO, NEUTRAL, escaped, plain
from helpers.policy.errors import counted

if TYPE_CHECKING:
    from helpers.analysis.permissions.account_graph import AccountGraph
    from helpers.analysis.permissions.becoming_chains import Chain

WIDTH, HEIGHT, GAP, ROW, TOP = 190, 40, 70, 54, 30
"""Of a box, the room between two columns, from one row to the next, and where the first row is; in
pixels."""

LETTERS = 26
"""As many of a name are drawn; all of it is in the words, and told where a pointer rests on it."""

MOST_BOXES = 12
"""Boxes of a column about one principal at most."""


@dataclass(frozen=True)
class Box:
    """A thing in the picture."""

    id: str
    title: str
    note: str = ""
    strong: bool = False


@dataclass(frozen=True)
class Drawn:
    """A line from one box to another."""

    source: str
    target: str
    said: str
    kind: Kind | None = None
    """``None``: membership, or having a policy."""
    needs: bool = False
    """Whether it needs a condition."""


class Picture(NamedTuple):
    """A picture as SVG, and what it is called."""

    svg: str
    title: str

    def inline(self) -> str:
        """As part of a page, where a pointer is told what it rests on; scrolled sideways where the
        window is narrow."""
        return self._scrolled(self.svg)

    def image(self) -> str:
        """As an image, for where JupyterLab takes SVG out of a page: it does so with the outputs
        of a notebook that it does not trust yet, and leaves the words of the picture in a heap."""
        data = base64.b64encode(self.svg.encode()).decode()
        source = f"data:image/svg+xml;base64,{data}"
        return self._scrolled(
            f'<img src="{source}" alt="{escaped(self.title)}" style="max-width: none">'
        )

    def _scrolled(self, inside: str) -> str:
        name = escaped(self.title)
        return (
            f'<div>{name}</div><div style="overflow-x: auto;" tabindex="0" role="group" '
            f'aria-label="{name}">{inside}</div>'
        )


Columns = list[tuple[str, list[Box]]]
"""The columns, each with its title."""


# -- the whole account -----------------------------------------------------------------------------


def whole(graph: AccountGraph) -> Picture:
    """Everybody in columns: outside, users, groups, roles, policies."""
    parts = graph.parts
    policies: dict[str, str] = {}
    lines: list[Drawn] = []
    for member in parts.members.values():
        lines += [_thin(member.arn, f"group {one}") for one in member.groups if one in parts.groups]
        for policy in member.entity.policies:
            if policy.group is None:
                key = policy.id if policy.is_managed else f"{member.arn} {policy.id}"
                policies[key] = policy_name(policy)
                lines.append(_thin(member.arn, key))
        if (fence := member.entity.boundary) is not None:
            policies[fence.id] = policy_name(fence)
            lines.append(_thin(member.arn, fence.id, "has the boundary"))
    for group in parts.groups.values():
        for policy in group.policies:
            key = policy.id if policy.is_managed else f"group {group.name} {policy.id}"
            policies[key] = policy.id.rpartition("/")[2] if policy.is_managed else policy.id
            lines.append(_thin(f"group {group.name}", key))
    lines += _lines(graph, graph.edges)
    everything = [Box(ANY_PERMISSION, ANY_PERMISSION, "★ and so everybody", strong=True)]
    inside: dict[str, list[Box]] = {"user": [], "role": []}
    for member in parts.members.values():
        inside[member.kind].append(Box(member.arn, member.name, member.kind))
    outside = [Box(one, graph.called(one), "from outside") for one in graph.outside]
    root = [Box(graph.root, "root", "the root user")] if graph.root else []
    columns: Columns = [
        ("outside", outside),
        ("users", [*root, *inside["user"]]),
        ("groups", [Box(f"group {name}", name, "group") for name in parts.groups]),
        ("roles", inside["role"]),
        ("policies", [*everything, *(Box(key, name, "policy") for key, name in policies.items())]),
    ]
    return drawn([column for column in columns if column[1]], lines, "The account")


def _thin(source: str, target: str, said: str = "has") -> Drawn:
    return Drawn(source, target, said)


def _lines(graph: AccountGraph, edges: Iterable[Edge]) -> Iterator[Drawn]:
    told: dict[tuple[str, str], Edge] = {}
    for edge in edges:
        pair = edge.source, edge.target
        if edge.source != edge.target:
            told[pair] = min(told.get(pair, edge), edge, key=lambda one: len(one.conditions))
    for (source, target), edge in told.items():
        names = f"{graph.called(source)} {edge.kind} {graph.called(target)}: {edge.way}"
        said = " · ".join(filter(None, [names, edge.condition]))
        yield Drawn(source, target, said, edge.kind, bool(edge.conditions))


# -- one principal ---------------------------------------------------------------------------------


def about(graph: AccountGraph, arn: str) -> list[Picture]:
    """Whom somebody may become, and who may become it: a tree each, which begins with whom it is
    about and has a column for each number of steps. Nobody: no picture."""
    name = graph.called(arn)
    away = graph.chains_from(arn)
    found = [_tree(graph, arn, away, f"Whom {name} may become", leads_away=True)] if away else []
    to = graph.chains_to(arn) if arn in graph.parts.members else {}
    if any(chain[-1].source == ANY_PERMISSION for chain in to.values()):
        to = {ANY_PERMISSION: (with_any_permission(arn),), **to}
    if to:
        found.append(_tree(graph, arn, to, f"Who may become {name}", leads_away=False))
    return found


def _tree(
    graph: AccountGraph, arn: str, chains: Mapping[str, Chain], title: str, *, leads_away: bool
) -> Picture:
    """A box has the line of the way that it is on; ways lead away, or hither."""
    by_steps: dict[int, list[tuple[str, Edge]]] = {}
    for other, chain in chains.items():
        edge = chain[-1] if leads_away else chain[0]
        by_steps.setdefault(len(chain), []).append((other, edge))
    shown = {arn}
    columns: Columns = [("", [Box(arn, graph.called(arn), "chosen", strong=True)])]
    lines: list[Drawn] = []
    for steps in sorted(by_steps):
        # Who is joined to nobody that is drawn is counted among the others.
        joined = [
            (other, edge)
            for other, edge in by_steps[steps]
            if (edge.source if leads_away else edge.target) in shown
        ][:MOST_BOXES]
        boxes = []
        for other, edge in joined:
            shown.add(other)
            star = "★ " if other == ANY_PERMISSION else ""
            note = ", ".join(filter(None, [edge.way, edge.condition]))
            boxes.append(Box(other, f"{star}{graph.called(other)}", note))
            lines += _lines(graph, [edge])
        if left := len(by_steps[steps]) - len(joined):
            boxes.append(Box(f"{steps} …", f"… and {left} more", "see the words"))
        columns.append((f"in {counted(steps, 'step')}", boxes))
    return drawn(columns, lines, title)


# -- drawing ---------------------------------------------------------------------------------------


class Place(NamedTuple):
    """Where a box is."""

    column: int
    row: int


def drawn(columns: Columns, lines: Iterable[Drawn], title: str) -> Picture:
    """The columns side by side."""
    places: dict[str, Place] = {}
    sizes = [len(boxes) for _, boxes in columns]
    tallest = max(sizes, default=1)
    height = 36 + tallest * ROW
    parts = []
    for number, (head, boxes) in enumerate(columns):
        x = _left(number)
        parts.append(f"{_edge(x)}{_head(head, x)}")
        for row, box in enumerate(boxes):
            places[box.id] = Place(number, row)
            parts.append(_box(box, x, TOP + row * ROW))
    strokes = [
        _line(line, _path(places[line.source], places[line.target], sizes, number % 5 - 2))
        for number, line in enumerate(lines)
        if line.source in places and line.target in places
    ]
    width = len(columns) * (WIDTH + GAP) - GAP + 12
    style = "font-family: sans-serif; font-size: 12px; display: block; overflow: visible;"
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
        f'viewBox="0 0 {width} {height}" style="{style}" role="img" '
        f'aria-label="{escaped(title)}">{_HEADS}{"".join(strokes)}{"".join(parts)}</svg>'
    )
    return Picture(svg, title)


_INKS = {Kind.BECOMES: INFO, Kind.GETS: BAD, Kind.GIVES: NEUTRAL}

_HEADS = "<defs>{}</defs>".format(
    "".join(
        f'<marker id="account-map-{kind.name}" viewBox="0 0 8 8" refX="8" refY="4" '
        f'markerWidth="8" markerHeight="8" orient="auto"><path d="M0 0 L8 4 L0 8 z" '
        f'fill="{tone.fallback}"/></marker>'
        for kind, tone in _INKS.items()
    )
)


def _head(head: str, x: int) -> str:
    """A column's title, on a ground of its own like the boxes."""
    if not head:
        return ""
    ground = f'<rect x="{x}" y="3" width="{WIDTH}" height="20" fill="{_GROUND}"/>'
    said = f"<title>{escaped(head)}</title>{ground}{_text(x + 8, 18, _cut(head, LETTERS), 13)}"
    return f"<g>{said}</g>"


def _box(box: Box, x: int, y: int) -> str:
    whole = " · ".join(filter(None, [box.title, box.note]))
    width = 3 if box.strong else 1
    title = _text(x + 8, y + (17 if box.note else 24), _cut(box.title, LETTERS))
    note = _cut(box.note, LETTERS + 4)
    return (
        f'<g><title>{escaped(whole)}</title><rect x="{x}" y="{y}" width="{WIDTH}" '
        f'height="{HEIGHT}" rx="5" fill="{_GROUND}" stroke="{NEUTRAL.fallback}" '
        f'stroke-width="{width}"/>{title}{_text(x + 8, y + 32, note, 11)}</g>'
    )


_GROUND, _INK = "#f3f6f9", "#1a1a1a"
"""The boxes' own, so that they read the same on a light and on a dark page."""


def _edge(x: int) -> str:
    """Where the words in a column's boxes end: letters are not all of one width."""
    rect = f'<rect x="{x}" y="0" width="{WIDTH - 4}" height="100%"/>'
    return f'<clipPath id="account-map-{x}">{rect}</clipPath>'


def _text(x: int, y: int, said: str, size: int = 12) -> str:
    clip = f'clip-path="url(#account-map-{x - 8})"'
    return f'<text x="{x}" y="{y}" font-size="{size}" fill="{_INK}" {clip}>{said}</text>'


def _cut(text: str, most: int) -> str:
    said = plain(text)
    return escaped(said if len(said) <= most else f"{said[: most - 1]}…")


def _left(column: int) -> int:
    return 6 + column * (WIDTH + GAP)


def _path(begin: Place, end: Place, sizes: list[int], aside: int) -> str:
    """From the side of a box that faces the other; within a column, around.

    The columns between them, of so many boxes (``sizes``), are crossed where no box is: a line
    that goes on behind a box seems to come from it. Lines of another ``aside`` are some pixels
    apart there.
    """
    x, y = _left(begin.column), _middle(begin.row)
    if begin.column == end.column:
        out = x + WIDTH + GAP // 2
        y_end = _middle(end.row)
        return f"M{x + WIDTH} {y} C{out} {y} {out} {y_end} {x + WIDTH} {y_end}"
    step = 1 if begin.column < end.column else -1
    near, far = (0, WIDTH) if step > 0 else (WIDTH, 0)
    found, x = f"M{x + far} {y}", x + far
    for column in range(begin.column + step, end.column, step):
        share = abs(column - begin.column) / abs(end.column - begin.column)
        level = _free(_middle(begin.row), _middle(end.row), share, sizes[column]) + 2 * aside
        found += f" {_curve(x, y, _left(column) + near, level)} H{_left(column) + far}"
        x, y = _left(column) + far, level
    return f"{found} {_curve(x, y, _left(end.column) + near, _middle(end.row))}"


def _middle(row: int) -> int:
    return TOP + row * ROW + HEIGHT // 2


def _free(begin: int, end: int, share: float, boxes: int) -> int:
    """The height that is nearest to the straight way and between two of a column's boxes, or below
    the last one."""
    wanted = round(begin + share * (end - begin))
    first = TOP - (ROW - HEIGHT) // 2
    gap = first + ROW * min(max(round((wanted - first) / ROW), 1), boxes)
    return max(wanted, gap) if gap == first + ROW * boxes else gap


def _curve(x: int, y: int, x_end: int, y_end: int) -> str:
    middle = (x + x_end) // 2
    return f"C{middle} {y} {middle} {y_end} {x_end} {y_end}"


def _line(line: Drawn, path: str) -> str:
    if line.kind is None:
        look = f'stroke="{NEUTRAL.fallback}" stroke-width="1" stroke-opacity="0.8"'
    else:
        dashes = ' stroke-dasharray="6 4"' if line.needs else ""
        look = (
            f'stroke="{_INKS[line.kind].fallback}" stroke-width="2"{dashes} '
            f'marker-end="url(#account-map-{line.kind.name})"'
        )
    return f'<path d="{path}" fill="none" {look}><title>{escaped(line.said)}</title></path>'
