"""The instructor guide: its plans add up, its demonstrations run, each notebook has its entry."""

from __future__ import annotations

import ast
import contextlib
import io
import re
from pathlib import Path

import pytest
from guide_plans import GUIDE, Row, cuts, measured, plans
from notebook_files import FOLDER, Notebook, anchors, paths

from helpers import Lab

TEXT = GUIDE.read_text(encoding="utf-8")
PLANS = plans(TEXT)
NOTEBOOKS = [Notebook(path) for path in paths()]

CLOSE = 1.0
"""Minutes that a row may lie beside the measure: both are rounded."""


def _id(row: Row) -> str:
    return f"{row.clock} {row.what[1:3]}"


# The plans ----------------------------------------------------------------------------------------


def test_there_is_a_plan_for_each_length() -> None:
    assert [plan.length for plan in PLANS] == [90, 240, 480]
    half, full = ([row.what for row in plan.rows] for plan in PLANS[1:])
    assert half.count("Break") == 2
    assert full.count("Break") == 3
    assert "Lunch" in full


@pytest.mark.parametrize("plan", PLANS, ids=lambda plan: plan.title.partition(":")[0])
def test_the_rows_of_a_plan_fill_its_time(plan) -> None:
    assert plan.faults() == []
    assert any(row.what.startswith("Reserve") for row in plan.rows)
    assert plan.rows[-1].what == "End"


MEASURED = [row for plan in PLANS for row in plan.rows if measured(row.what) is not None]


@pytest.mark.parametrize("row", [*MEASURED, *cuts(TEXT)], ids=_id)
def test_a_row_takes_the_minutes_of_the_sections_that_it_names(row: Row) -> None:
    assert row.minutes == pytest.approx(measured(row.what), abs=CLOSE)


def test_rows_that_link_to_a_notebook_are_measured() -> None:
    linked = [row for plan in PLANS for row in plan.rows if ".ipynb)" in row.what]
    assert len(MEASURED) == len(linked) >= 12
    assert [row.what[1:3] for row in cuts(TEXT)] == sorted(row.what[1:3] for row in cuts(TEXT))
    without = {notebook.number for notebook in NOTEBOOKS} ^ {row.what[1:3] for row in cuts(TEXT)}
    assert not without, "a row under Where to cut when it gets late is missing, or one too many"


def test_thirty_minutes_are_thirty_minutes() -> None:
    """What notebook 00 offers to whoever has half an hour."""
    opening = Notebook(FOLDER / "00_start_here.ipynb").cells[0].source
    offer = re.search(
        r"^\| have 30 minutes \| this notebook, then (.+?) \|$", opening, re.MULTILINE
    )
    first = measured("[00](00_start_here.ipynb): the core")
    assert 25 <= first + measured(offer[1]) <= 30


PLAN = """### 90 minutes: a try

| Clock | Minutes | What |
|---|---|---|
| 00:00 | 20 | Talk |
| 00:20 | 70 | [05](05_deny_without_mfa.ipynb): the core. And talk. |
| 01:30 | | End |
"""


def test_a_plan_that_adds_up_is_read() -> None:
    (plan,) = plans(f"# Guide\n\n{PLAN}\n## More\n\nText.")
    assert (plan.length, len(plan.rows), plan.faults()) == (90, 3, [])
    assert measured(plan.rows[0].what) is None
    (other,) = plans(PLAN.replace("90 minutes", "Half a day, 09:00 to 13:00"))
    assert other.length == 240


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("| 20 |", "| 25 |", "00:00 takes 25, the next row is 20 later"),
        ("00:20", "00:25", "00:25 takes 70, the next row is 65 later"),
        ("### 90", "### 85", "90 minutes in all, should be 85"),
        ("01:30 | |", "01:30 | 5 |", "01:30 is no end"),
    ],
)
def test_a_plan_that_does_not_add_up_is_found(old: str, new: str, says: str) -> None:
    (plan,) = plans(PLAN.replace(old, new))
    assert says in plan.faults()


def test_the_part_of_a_notebook_that_a_row_names() -> None:
    link = "[05](05_deny_without_mfa.ipynb)"
    core = measured(f"{link}: the core")
    quiz, extra = (
        measured(f"{link}: *{title}*")
        for title in ("Quiz", "Extra: whom else the policy locks out")
    )
    opening = measured(f"{link}: *Opening*")
    key, first = measured(f"{link}: *A key that opens everything*"), measured(f"{link}: q1")
    assert measured(f"{link}: *Quiz* and *Opening*. And talk.") == pytest.approx(quiz + opening)
    assert measured(f"{link}: from the top through *Next*") == pytest.approx(core)
    assert measured(f"{link}: from *Quiz* through *Next*") < quiz + extra
    assert measured(f"{link}: the core, without q1") == pytest.approx(core - first)
    through = f"{link}: from the top through *The policy that insists*"
    assert measured(f"{through}, without its exercise") == pytest.approx(measured(through) - first)
    assert measured(f"{link}: *Opening*, *Quiz* and *A key that opens everything*") == (
        pytest.approx(opening + quiz + key)
    )


@pytest.mark.parametrize(
    "part", ["*Quizzes*", "q9", "the whole", "from *Quiz*", "*Quiz*, without q1", "q1 and q2"]
)
def test_a_part_that_is_not_there_is_told(part: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        measured(f"[05](05_deny_without_mfa.ipynb): {part}")


def test_a_link_to_another_number_is_told() -> None:
    with pytest.raises(ValueError, match="the link 06 leads to 05"):
        measured("[06](05_deny_without_mfa.ipynb): the core")


# The notebooks ------------------------------------------------------------------------------------

PARTS = (
    "**In one sentence:**",
    "**What learners get wrong, and what to say**",
    "**Questions for the room**",
    "**On the projector:**",
    "**The answers, and why**",
)


def entry(notebook: Notebook) -> str:
    """What the guide says of a notebook; its heading is the notebook's own title."""
    title = next(text for level, text in notebook.headings if level == 1)
    found = re.search(rf"^## {re.escape(title)}\n(.*?)(?=^## |\Z)", TEXT, re.M | re.S)
    assert found, f"instructor_guide.md has no section: ## {title}"
    return found[1]


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda notebook: notebook.name)
def test_a_notebook_has_its_entry(notebook: Notebook) -> None:
    text = entry(notebook)
    assert text.startswith(f"\n[Open notebook {notebook.number}]({notebook.path.name})\n")
    places = [text.find(part) for part in PARTS]
    assert -1 not in places
    assert places == sorted(places)
    wrong, questions = (text[places[n] : places[n + 1]] for n in (1, 2))
    assert wrong.count("\n- ") >= 4
    # Each question has its answer behind it.
    asked = re.findall(r"^- (.+?)(?=^- |\Z)", questions, re.M | re.S)
    assert 2 <= len(asked) <= 4
    assert all(re.search(r"\?\s+\*[^*]+\*\s*\Z", question) for question in asked), asked
    answered = re.findall(r"^- \*\*(q\d+):?\*\*", text[places[4] :], re.MULTILINE)
    assert answered == list(notebook.exercises())


# The demonstrations -------------------------------------------------------------------------------

_FENCE = re.compile(r"^```python\n(.*?)^```\n(?:\n^```text\n(.*?)^```\n)?", re.M | re.S)


def demonstrations() -> list[tuple[str, str]]:
    """The code blocks of the guide, each with what stands below it as its output."""
    return [(found[1], found[2] or "") for found in _FENCE.finditer(TEXT)]


def test_every_block_of_code_is_a_demonstration() -> None:
    assert len(demonstrations()) == TEXT.count("```python")
    assert len(demonstrations()) >= len(NOTEBOOKS), "a notebook has no demonstration"
    assert all(len(code.splitlines()) <= 32 for code, _ in demonstrations())


@pytest.mark.parametrize(
    ("code", "printed"), demonstrations(), ids=[f"{n:02}" for n in range(len(demonstrations()))]
)
def test_a_demonstration_prints_what_the_guide_says(
    code: str, printed: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(FOLDER)
    said, last = _run(code)
    assert said == printed
    # What prints nothing draws something.
    assert printed or hasattr(last, "_repr_mimebundle_")


def _run(code: str) -> tuple[str, object]:
    """What a cell prints, and the value of its last line, as a notebook would show it."""
    tree = ast.parse(code)
    last = tree.body[-1]
    scope: dict[str, object] = {}
    value = None
    with contextlib.redirect_stdout(io.StringIO()) as out:
        try:
            exec(compile(ast.Module(tree.body[:-1], []), "<guide>", "exec"), scope)
            if isinstance(last, ast.Expr):
                value = eval(compile(ast.Expression(last.value), "<guide>", "eval"), scope)
            else:
                exec(compile(ast.Module([last], []), "<guide>", "exec"), scope)
        finally:
            Lab.stop()
    return out.getvalue(), value


# Links --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("page", ["instructor_guide.md", "glossary.md"])
def test_links_lead_somewhere(page: str) -> None:
    text = (FOLDER / page).read_text(encoding="utf-8")
    targets = set(re.findall(r"\]\(((?!https?:)[^)\s]+)\)", text))
    assert targets
    assert [target for target in sorted(targets) if not _is_there(FOLDER / page, target)] == []


def _is_there(page: Path, target: str) -> bool:
    path, _, anchor = target.partition("#")
    file = (page.parent / path).resolve() if path else page
    return file.is_file() and (not anchor or anchor in anchors(file))


def test_a_link_that_leads_nowhere_is_found() -> None:
    assert _is_there(GUIDE, "#Many-at-once")
    assert not _is_there(GUIDE, "#many-at-once")
    assert not _is_there(GUIDE, "12_gone.ipynb")


def test_the_commands_are_those_of_start_py() -> None:
    source = (FOLDER.parent / "start.py").read_text(encoding="utf-8")
    words = set(re.findall(r"python3 start\.py (\w+)", TEXT))
    assert {"test", "progress"} <= words
    assert [word for word in sorted(words) if f'"{word}": ' not in source] == []
