"""The notebooks as they are shipped: a compressed copy of each, beside their data.

A learner works in the notebooks themselves, so their first state has to stand elsewhere. git has
it, but whoever downloaded the series as a ZIP file has no git, and who commits their own work has
another state there. So it is one file a notebook, ``notebooks/data/shipped/05_….ipynb.gz``, which
any program that knows gzip can open.

The copies are written with the notebooks, by ``tests/notebooks/regenerate.py``.
"""

from __future__ import annotations

import gzip
import re
import zlib
from dataclasses import dataclass
from pathlib import Path

__all__ = ["FOLDER", "KEPT", "Broken", "Shipped", "kept_name", "ship"]

FOLDER = Path(__file__).absolute().parents[2] / "notebooks"
"""The folder of the notebooks."""

COURSE = "[0-9][0-9]_*.ipynb"
"""How the files of the series are called."""

KEPT = re.compile(r"\d\d kept .*\.ipynb")
"""How ``kept_name`` calls a file: it sorts right before its notebook, and is none of the series."""


class Broken(Exception):
    """A copy cannot be read. The text says which, and what to do."""


@dataclass(frozen=True)
class Shipped:
    """The shipped notebooks of a folder."""

    folder: Path = FOLDER

    @property
    def copies(self) -> Path:
        return self.folder / "data" / "shipped"

    def notebooks(self) -> dict[str, Path]:
        """Number → where the notebook is, or was before it was deleted.

        >>> Shipped().notebooks()["05"].name
        '05_deny_without_mfa.ipynb'
        """
        names = sorted(path.stem for path in self.copies.glob(COURSE + ".gz"))
        return {name[:2]: self.folder / name for name in names}

    def text(self, path: Path) -> bytes:
        """The notebook at ``path`` as it was shipped. Raises Broken where its copy is damaged."""
        copy = self._copy(path)
        try:
            text = gzip.decompress(copy.read_bytes())
            if not text:  # which is what an empty file comes to
                raise EOFError("it is empty")
            return text
        except (OSError, EOFError, zlib.error) as error:
            raise Broken(
                f"{copy} cannot be read ({error}): download or clone the series again."
            ) from None

    def is_unchanged(self, path: Path) -> bool:
        """Whether the notebook at ``path`` is as it was shipped; ``False`` for one of the
        learner's own, and for one that is not there."""
        if path.parent != self.folder or not self._copy(path).exists() or not path.is_file():
            return False
        return _lines(path.read_bytes()) == self.text(path)

    def _copy(self, path: Path) -> Path:
        return self.copies / (path.name + ".gz")


def ship(folder: Path = FOLDER, write: bool = True) -> list[str]:
    """Make the copies those of the notebooks that are there now. Returns the names of what had to
    change; ``write=False`` changes nothing."""
    shipped, changed = Shipped(folder), []
    here = sorted(folder.glob(COURSE))
    for path in here:
        if not shipped.is_unchanged(path):
            changed.append(path.name)
            if write:
                shipped.copies.mkdir(parents=True, exist_ok=True)
                # No time of day in it: the same notebook gives the same copy.
                text = gzip.compress(_lines(path.read_bytes()), 9, mtime=0)
                (shipped.copies / (path.name + ".gz")).write_bytes(text)
    for path in shipped.notebooks().values():
        if path not in here:
            changed.append(path.name)
            if write:
                (shipped.copies / (path.name + ".gz")).unlink()
    return changed


def kept_name(number: str, when: str, again: int = 1) -> str:
    """The name under which a learner's notebook is kept beside the shipped one.

    >>> kept_name("05", "2026-11-25 14.30"), kept_name("05", "2026-11-25 14.30", 2)
    ('05 kept 2026-11-25 14.30.ipynb', '05 kept 2026-11-25 14.30 (2).ipynb')
    """
    return f"{number} kept {when}{f' ({again})' * (again > 1)}.ipynb"


def _lines(text: bytes) -> bytes:
    """The same text with the ends of lines that it was shipped with: git gives others on Windows.
    Inside the JSON's strings they are written as letters, so nothing of a learner's is lost."""
    return text.replace(b"\r\n", b"\n")
