"""A small notebook that keeps every rule, for tests that plant one fault in it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import nbformat
from notebook_files import Notebook

from helpers.cards import callout

HEAD = """# 99 · Count the policies

You count what decides a request.

**40 minutes**

## What you will be able to do
- count

## What you need first
Notebook [00, how the lab works](00_start_here.ipynb). See the [glossary](glossary.md)."""

# Long enough for the minutes that the opening names.
LONG = "## Once more\n\n" + "\n\n".join(
    ["Count every policy again, from the first to the last."] * 330
)

TAIL = """## In your own account
- [ ] Count yours: `aws iam list-policies`

## Recap
A policy decides.

## Sources
- [How requests are evaluated](https://docs.aws.amazon.com/IAM/latest/UserGuide/a.html)

## Next
[00, how the lab works](00_start_here.ipynb)"""

SETUP = """from helpers import Lab

lab = Lab.start()"""

KERNEL = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}

# (stub, check line) of each exercise
EXERCISES = {
    "q1": ("count = ...", "exercise.q1.check(count)"),
    "q2": ("policy = {}", "exercise.q2.check(policy)"),
    "q3": ("...", "exercise.q3.check(lab)"),
}


def cells() -> list[Any]:
    """The cells of the small notebook, fresh ones each time; outputs are left out."""
    new_code, new_markdown = nbformat.v4.new_code_cell, nbformat.v4.new_markdown_cell
    made = [new_markdown(HEAD), new_code(SETUP)]
    for label, (stub, check) in EXERCISES.items():
        made += [
            new_markdown(f"## Round {label}\n\n**Predict.** How many?"),
            new_code("1 + 1"),
            new_markdown(callout("Note", "Count slowly.")),
            new_code(f"exercise.{label}"),
            new_code(f"{stub}\n{check}"),
            new_code(f"# exercise.{label}.hint()\n# exercise.{label}.solution()"),
        ]
    made += [new_markdown(LONG), new_markdown("## Quiz")]
    made += [new_code(f'exercise.quiz{number}.answer("...")') for number in (1, 2, 3)]
    made.append(new_markdown(TAIL))
    for number, cell in enumerate([cell for cell in made if cell.cell_type == "code"], 1):
        cell.execution_count = number
    return made


def write(folder: Path, made: list[Any], name: str = "99_small.ipynb", **metadata: Any) -> Notebook:
    """The cells as a notebook in ``folder``, beside what it links to: notebook 00, a glossary."""
    (folder / "00_start_here.ipynb").write_text("{}")
    (folder / "glossary.md").write_text("# Glossary\n\n## explicit deny\n\nNo.\n")
    node = nbformat.v4.new_notebook(cells=made, metadata={"kernelspec": KERNEL, **metadata})
    path = folder / name
    path.write_text(nbformat.writes(node), encoding="utf-8")
    return Notebook(path)
