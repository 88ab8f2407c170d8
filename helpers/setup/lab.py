"""JupyterLab, opened where the learner stopped.

    python3 start.py                             the notebook that was saved last
    python3 start.py 05                          this one: by its number or its path
    python3 start.py notebooks/05_….ipynb --port 9000

Where the learner stopped is read from the notebooks themselves: JupyterLab saves what is run or
written, so the one worked on last is the newest of those that are not as they were shipped. It also
saves one that was only looked at for two minutes (what Python the kernel is goes into the file, and
a cell that is run prints what it printed before), so the line that says what is opened names the
one saved before it. What is solved (``helpers.exercises.remembered``) would say less: it has days
only, and nothing of a notebook that was read without a solved exercise.
"""

from __future__ import annotations

import os
import sys
import urllib.request
import webbrowser
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

from helpers.setup.reset import Unknown, named
from helpers.setup.shipped import FOLDER, KEPT, Broken, Shipped

__all__ = ["Choice", "choose", "main", "saved"]

FIRST = "00"
"""The notebook that a new learner begins with."""

PATIENCE = 3
"""Seconds that a running JupyterLab has to answer."""


@dataclass(frozen=True)
class Choice:
    """The file to open, why, and the words that are left for JupyterLab."""

    path: Path
    why: str
    further: tuple[str, ...] = ()


def saved(shipped: Shipped) -> list[Path]:
    """The notebooks in the folder that are not as they were shipped, the one saved last first;
    those that ``reset`` has put aside do not count."""
    changed = [
        path
        for path in shipped.folder.glob("*.ipynb")
        if not KEPT.fullmatch(path.name) and _is_changed(path, shipped)
    ]
    return sorted(changed, key=lambda path: path.stat().st_mtime, reverse=True)


def _is_changed(path: Path, shipped: Shipped) -> bool:
    try:
        return not shipped.is_unchanged(path)
    except Broken:  # its shipped copy, which the notebook itself can do without
        return True


def choose(words: list[str], shipped: Shipped) -> Choice:
    """What the words of the command ask to open. Raises Unknown where a number has no notebook,
    for a path outside of the series' folder, and for a folder."""
    root, there = shipped.folder.parent, shipped.notebooks()
    if words[:1] == ["--no-browser"]:  # which may stand before the notebook, too
        words = [*words[1:], *words[:1]]
    first, rest = (words[0], tuple(words[1:])) if words else ("", ())
    if first.isdecimal() and len(first) <= 2:
        (path,) = named([first], there).values()
        return Choice(path, "as you asked", rest)
    if first and (root / first).is_file():
        path = Path(os.path.normpath(root / first))
        if not path.is_relative_to(root):
            raise Unknown(f"{path} is outside of {root}: copy it into that folder first.")
        return Choice(path, "as you asked", rest)
    if words and (root / first).is_dir():
        # JupyterLab would show it alone, and look in it for the page that is opened here.
        raise Unknown(f"{first!r} is a folder. To open a notebook, give its number or its path.")
    if newest := saved(shipped):
        last, numbers = newest[0], {path: number for number, path in there.items()}
        when = datetime.fromtimestamp(last.stat().st_mtime).strftime("%Y-%m-%d %H:%M")
        before = [numbers[path] for path in newest[1:] if path in numbers]
        other = f"the one before it: python3 start.py {before[0]}" if before else ""
        if not before and last != there.get(FIRST):
            other = f"the first: python3 start.py {FIRST}"
        why = f"the one saved last ({when})" + (f"; for {other}" if other else "")
        return Choice(last, why, tuple(words))
    return Choice(
        there.get(FIRST, shipped.folder), "the first, for you have changed none yet", tuple(words)
    )


def running(root: Path) -> Iterator[dict[str, Any]]:
    """The Jupyter servers of this user that show this folder, as Jupyter describes them: ``url``,
    ``token``, ``root_dir`` and more."""
    from jupyter_server.serverapp import list_running_servers

    for server in list_running_servers():
        try:
            if os.path.samefile(server["root_dir"], root):
                yield server
        except OSError:  # its folder is gone
            continue


def answers(server: dict[str, Any]) -> bool:
    """Whether this server is there and has JupyterLab. Its file alone says little: after a crash it
    stays, and another program may have its process number by now."""
    address = f"{server['url']}lab?token={server['token']}"
    # Never by way of a proxy: it is this machine.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(address, timeout=PATIENCE) as answer:
            return answer.status == 200
    except (OSError, ValueError):
        return False


def launch(words: list[str]) -> None:
    """Become JupyterLab."""
    from jupyterlab.labapp import main as jupyterlab

    jupyterlab(words)


def main(words: list[str], folder: Path = FOLDER) -> int:
    """The command. Returns the exit code, once JupyterLab has ended."""
    root = folder.parent
    try:
        choice = choose(words, Shipped(folder))
        name = choice.path.relative_to(root).as_posix()
    except Unknown as trouble:
        print(f"start.py: {trouble}", file=sys.stderr)
        return 1
    page, further = "lab/tree/" + quote(name), list(choice.further)
    # Who gives options of JupyterLab's wants one with these options.
    if not set(further) - {"--no-browser"}:
        for server in running(root):
            if answers(server):
                address = f"{server['url']}{page}?token={server['token']}"
                print(f"JupyterLab is running for this folder already. Open in it: {address}")
                print(f"That is {name}, {choice.why}. To stop it: Ctrl-C twice where it runs.")
                if "--no-browser" not in further:
                    webbrowser.open(address)
                return 0
    command = [f"--ServerApp.root_dir={root}", f"--LabApp.default_url=/{page}"]
    # In containers everybody is root, and Jupyter refuses to serve root unless told so.
    if getattr(os, "geteuid", lambda: 1)() == 0:
        command.append("--allow-root")
    print(f"Opening {name}, {choice.why}.")
    print("No browser? Copy the address below. To stop: Ctrl-C twice here.", flush=True)
    launch(command + further)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
