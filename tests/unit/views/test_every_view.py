"""What holds of every view: words that say what is drawn, names that are data, labels, contrast."""

from __future__ import annotations

import base64
import re
import subprocess
import sys
from collections.abc import Iterator
from functools import lru_cache
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import ipywidgets
import pytest
from view_builders import BUILDERS, HOSTILE, SECRET

from helpers import Lab, views
from helpers.cards import plain
from helpers.views.live import ARROW, ARROW_INK

THEMES = Path(sys.prefix) / "share/jupyter/lab/themes/@jupyterlab"
GRAPHICS, TEXT = 3.0, 4.5
"""The contrast that WCAG 2.1 AA asks for: of what is no text (1.4.11), of text (1.4.3)."""

VOID = {"br", "img", "hr", "input"}


@pytest.fixture(scope="module", autouse=True)
def stopped() -> Iterator[None]:
    yield
    Lab.stop()


class Page(HTMLParser):
    """A piece of HTML: its elements with the names of their attributes, and what it says."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, tuple[str, ...], str]] = []
        self.said: list[str] = []
        self.texts: list[tuple[str, dict[str, str]]] = []
        """Each text with the style that it inherits."""
        self.styles: list[dict[str, str]] = []
        self._open: list[tuple[str, dict[str, str]]] = []
        self.feed(text)
        self.close()
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        style = re.sub(r"width: [\d.]+%", "width", found.get("style", ""))
        self.elements.append((tag, tuple(sorted(found)), style))
        self.said += [found[name] for name in ("alt", "title", "aria-label") if name in found]
        declared = [each.partition(":") for each in found.get("style", "").split(";")]
        own = {name.strip(): value.strip() for name, _, value in declared if value}
        inherited = self._open[-1][1] if self._open else {}
        kept = {name: inherited[name] for name in ("color", "background") if name in inherited}
        self.styles.append({**kept, **own})
        if tag not in VOID:
            self._open.append((tag, self.styles[-1]))

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop()[0] == tag

    def handle_data(self, data: str) -> None:
        self.said.append(data)
        tag, style = self._open[-1] if self._open else ("", {})
        if data.strip() and tag != "style":
            self.texts.append((data, style))


def bundle(view: Any) -> dict[str, Any]:
    """What a notebook gets to show."""
    if not hasattr(view, "_repr_mimebundle_"):
        return {"text/plain": repr(view), "text/html": view._repr_html_()}
    return view._repr_mimebundle_()


def widgets(view: Any) -> list[ipywidgets.Widget]:
    """The view's widgets, all of them; none where it has none."""
    found, left = [], [view.widget] if hasattr(view, "widget") else []
    while left:
        found.append(left.pop())
        left += getattr(found[-1], "children", ())
    return found


def html(view: Any) -> str:
    """The view's picture."""
    return getattr(view, "html", getattr(view, "_repr_html_", None))()


def pages(view: Any) -> list[Page]:
    """Everything that a view draws with HTML."""
    drawn = [html(view)]
    drawn += [each.value for each in widgets(view) if isinstance(each, ipywidgets.HTML)]
    return [Page(text) for text in drawn]


def test_every_view_is_tested_here() -> None:
    assert list(BUILDERS) == sorted(views.__all__)


@pytest.mark.parametrize("name", BUILDERS)
def test_it_is_documented_with_an_example(name: str) -> None:
    words = getattr(views, name).__doc__ or ""
    assert ">>> " in words
    assert name in words.partition(">>> ")[2]


@pytest.mark.parametrize("name", BUILDERS)
def test_the_words_stand_beside_the_picture(name: str) -> None:
    view = BUILDERS[name]("ann")
    shown = bundle(view)
    assert shown["text/plain"] == repr(view)
    assert len(repr(view)) > 15
    assert shown["text/html"] == html(view)


@pytest.mark.parametrize("hostile", HOSTILE)
@pytest.mark.parametrize("name", BUILDERS)
def test_a_name_is_data(name: str, hostile: str) -> None:
    """It is said as it is written, in its own line, and changes no element of the page."""
    text = HOSTILE[hostile]
    view, said = BUILDERS[name](text), _written(name, text)
    lines, elements = _of_a_quiet_name(name)
    if name not in SECRET:
        assert said in repr(view)
        assert len(repr(view).split("\n")) == lines
    assert all(each.isprintable() or each in "\n\t" for each in repr(view))
    drawn = pages(view)
    if name in SECRET:
        assert all(text not in "".join(page.said) for page in drawn)
        return
    assert [page.elements for page in drawn] == elements
    assert said in "".join(drawn[0].said)
    for page in drawn:
        assert all(each.isprintable() or each in "\n\t" for each in "".join(page.said))


@lru_cache
def _of_a_quiet_name(name: str) -> tuple[int, list[Any]]:
    """How many lines a view's words have, and which elements it draws."""
    view = BUILDERS[name]("ann")
    return len(repr(view).split("\n")), [page.elements for page in pages(view)]


def _written(name: str, text: str) -> str:
    """How a view writes a name: a QR code has no room for a long one, a form's field takes one
    line."""
    if name in ("Phone", "SignIn"):
        return plain(text[:200])
    return plain(" ".join(text.split())) if name == "Playground" else plain(text)


@pytest.mark.parametrize("name", BUILDERS)
def test_every_input_has_a_label(name: str) -> None:
    """A description of text is the label of its field, or the words on its button."""
    kinds = (ipywidgets.Button, ipywidgets.Text, ipywidgets.Textarea, ipywidgets.Dropdown)
    kinds += (ipywidgets.BoundedIntText, ipywidgets.ToggleButtons, ipywidgets.Select)
    passive = (ipywidgets.HTML, ipywidgets.Box)
    view = BUILDERS[name]("ann")
    for each in widgets(view):
        assert isinstance(each, (*kinds, *passive)), "what its label is has to be said here"
        if isinstance(each, kinds):
            assert each.description.strip(), each
            assert not getattr(each, "description_allow_html", False)


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("name", BUILDERS)
def test_contrast(name: str, theme: str) -> None:
    """Text 4.5:1, lines and bars 3:1, in the colours of JupyterLab's themes; and where a theme's
    variables are taken out, in the fallbacks."""
    known = _variables(theme)
    ground = known["--jp-layout-color0"]
    for variables in (known, {}):
        for page in pages(BUILDERS[name]("ann")):
            for words, style in page.texts:
                behind = _colour(style.get("background", ground), variables)
                ink = _colour(style.get("color", known["--jp-content-font-color1"]), variables)
                assert _contrast(ink, behind) >= TEXT, (words, style)
            for style in page.styles:
                for line in _lines(style):
                    assert _contrast(_colour(line, variables), ground) >= GRAPHICS, style


@pytest.mark.parametrize("name", BUILDERS)
def test_a_list_has_an_arrow_that_is_seen(name: str) -> None:
    """ipywidgets' own is black, in the dark theme too."""
    inside = widgets(BUILDERS[name]("ann"))
    if any(isinstance(each, ipywidgets.Dropdown) for each in inside):
        assert any(ARROW in each.value for each in inside if isinstance(each, ipywidgets.HTML))
        drawn = base64.b64decode(ARROW.partition("base64,")[2].partition('"')[0]).decode()
        assert ARROW_INK in drawn
        for theme in ("light", "dark"):
            assert _contrast(ARROW_INK, _variables(theme)["--jp-layout-color0"]) >= GRAPHICS
            assert _contrast(ARROW_INK, _variables(theme)["--jp-layout-color1"]) >= GRAPHICS


def test_what_contrast_looks_at_is_found() -> None:
    page = Page('<div style="color: #fff; border-left: 6px solid #ddd"><b>x</b><br></div>')
    assert page.texts == [("x", {"color": "#fff"})]
    assert list(_lines(page.styles[0])) == ["#ddd"]
    assert _contrast(_colour("#fff", {}), _colour("var(--jp-a, #ffffff)", {})) == 1
    assert _colour("var(--jp-a, #ffffff)", {"--jp-a": "#000000"}) == "#000000"
    assert _variables("light")["--jp-content-font-color1"] == "#212121"
    assert _variables("dark")["--jp-content-font-color1"] == "#ffffff"


def _lines(style: dict[str, str]) -> Iterator[str]:
    """The colours of what is drawn and is no text: borders, and bars, which are all ground."""
    for name, value in style.items():
        if name.startswith("border") and (found := _COLOUR.search(value)):
            yield found[0]
        bar = name in ("background", "background-color") and "height" in style
        if bar and (found := _COLOUR.search(value)):
            yield found[0]


_COLOUR = re.compile(r"#[0-9a-fA-F]{3,6}\b|var\([^)]*\)|\b(?:white|black)\b")


def _variables(theme: str) -> dict[str, str]:
    """The colours of one of JupyterLab's themes, by variable, as they are seen on its ground."""
    css = (THEMES / f"theme-{theme}-extension/index.css").read_text(encoding="utf-8")
    declared = dict(re.findall(r"(--jp-[\w-]+):\s*([^;}]+)", css))
    found = {}
    for name, value in declared.items():
        value = re.sub(r"var\([\w-]+,\s*([^)]+)\)", r"\1", value).strip()
        if (colour := _COLOUR.fullmatch(value)) and not value.startswith("var"):
            found[name] = _colour(colour[0], {})
    ground = found["--jp-layout-color0"]
    for name, value in declared.items():
        if parts := re.fullmatch(
            r"rgba\(([\d.]+), ?([\d.]+), ?([\d.]+), ?([\d.]+)\)", value.strip()
        ):
            *ink, share = map(float, parts.groups())
            behind = [int(ground[place : place + 2], 16) for place in (1, 3, 5)]
            mixed = [
                round(share * one + (1 - share) * two) for one, two in zip(ink, behind, strict=True)
            ]
            found[name] = "#" + "".join(f"{part:02x}" for part in mixed)
    return found


def _colour(value: str, variables: dict[str, str]) -> str:
    """``#rrggbb`` of a colour; a variable is looked up, or its fallback taken."""
    if found := re.fullmatch(r"var\((--[\w-]+)(?:,\s*([^)]+))?\)", value.strip()):
        return variables.get(found[1]) or _colour(found[2], variables)
    value = {"white": "#ffffff", "black": "#000000"}.get(value.strip(), value.strip())
    return "#" + "".join(digit * 2 for digit in value[1:]) if len(value) == 4 else value


def _contrast(one: str, other: str) -> float:
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: str) -> float:
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return sum(w * c for w, c in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def test_the_words_need_no_widgets() -> None:
    """Nor do the pictures: both are there where ipywidgets is not."""
    code = f"""
import sys
sys.modules["ipywidgets"] = None
sys.path.insert(0, {str(Path(__file__).parent)!r})
from view_builders import BUILDERS
for name, build in BUILDERS.items():
    view = build("ann")
    assert repr(view)
    shown = getattr(view, "_repr_mimebundle_", lambda: {{"text/html": view._repr_html_()}})()
    assert shown["text/html"]
    assert not any("widget" in kind for kind in shown)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
