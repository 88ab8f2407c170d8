"""A map of granted and used that is too large for a button each: a point for each field."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import TYPE_CHECKING

from helpers.views.granted_used_map import SHADES, shade_of

if TYPE_CHECKING:
    from helpers.views.granted_used_map import GrantedUsedMap

__all__ = ["overview"]

_POINT = 4
"""Pixels that a row is high."""


def overview(of: GrantedUsedMap, names: Sequence[str], rows: range, columns: range) -> str:
    """All fields of the principals ``names`` as a drawing, with a frame around those of ``rows``
    and ``columns``, which are shown elsewhere.

    A colour is one path of many lines, not an element for each field, of which a browser can draw
    some hundreds quickly and not twenty thousand.
    """
    lines: dict[str, list[str]] = {shade.ground: [] for shade in SHADES}
    for y, name in enumerate(names):
        x = 0
        for shade, run in groupby(map(shade_of, of.fields(name))):
            length = sum(1 for _ in run)
            if shade is not None:
                lines[shade.ground].append(f"M{x} {y}.5h{length}")
            x += length
    paths = "".join(
        f'<path d="{"".join(found)}" stroke="{ground}"/>'
        for ground, found in lines.items()
        if found
    )
    frame = (
        f'<rect x="{columns.start}" y="{rows.start}" width="{len(columns)}" height="{len(rows)}" '
        'fill="none" stroke="var(--jp-brand-color1, #1976d2)" stroke-width="3" '
        'vector-effect="non-scaling-stroke"/>'
    )
    said = (
        f"All of the map: {len(names):,} principals by {len(of.columns):,} columns, a point for "
        "each field. The part in the frame stands below, with its numbers."
    )
    return (
        f'<div style="line-height:1.4">{said}</div>'
        f'<svg role="img" aria-label="{said}" viewBox="0 0 {len(of.columns)} {len(names)}" '
        'preserveAspectRatio="none" shape-rendering="crispEdges" style="display:block;width:100%;'
        f"height:{_POINT * len(names)}px;max-height:24em;overflow:visible;"
        f'background:var(--jp-layout-color2, #eee)">{paths}{frame}</svg>'
    )
