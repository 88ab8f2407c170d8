"""The rules find what they are for: one planted fault each, and none in a good notebook."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import nbformat
import notebook_rules
import pytest
import small_notebooks
from notebook_rules import RULES

Cells = list[Any]
EXTRA = "## Extra: more to count\n\n"
PICTURE = "![A lock on a door](https://example.com/lock.png)"


def markdown(text: str) -> Callable[[Cells], None]:
    """Plants a markdown cell before the end of the notebook."""
    return lambda cells: cells.insert(-1, nbformat.v4.new_markdown_cell(text))


def code(text: str) -> Callable[[Cells], None]:
    """Plants this text in the second code cell."""
    return lambda cells: cells[3].__setitem__("source", text)


def replace(old: str, new: str) -> Callable[[Cells], None]:
    """Plants a change of text, wherever ``old`` stands."""

    def plant(cells: Cells) -> None:
        assert any(old in cell.source for cell in cells)
        for cell in cells:
            cell.source = cell.source.replace(old, new)

    return plant


def output(kind: str, **content: Any) -> Callable[[Cells], None]:
    """Plants an output in the second code cell."""
    return lambda cells: cells[3].outputs.append(nbformat.v4.new_output(kind, **content))


def drop(text: str) -> Callable[[Cells], None]:
    """Plants the loss of the cells that hold ``text``."""

    def plant(cells: Cells) -> None:
        kept = [cell for cell in cells if text not in cell.source]
        assert len(kept) < len(cells)
        cells[:] = kept

    return plant


def metadata(**content: Any) -> Callable[[Cells], None]:
    return lambda cells: cells[3].metadata.update(content)


def plain(text: str) -> Callable[[Cells], None]:
    return output("display_data", data={"text/plain": text})


FAULTS = [
    ("one_title", markdown("# Another title"), "2 headings"),
    ("one_title", replace("# 99", "99"), "0 headings"),
    ("one_title", lambda cells: cells.insert(0, nbformat.v4.new_markdown_cell("Hi")), "first cell"),
    ("heading_levels", markdown("#### Deep"), "level 4 after level 2"),
    ("opening", replace("decides a request.", "decides. All of it."), "one sentence"),
    ("opening", replace("You count what decides a request.\n\n", ""), "one sentence"),
    ("opening", replace("40 minutes", "a while"), "minutes"),
    ("opening", replace("What you will be able to do", "Goals"), "able to do"),
    ("opening", replace("What you need first", "Before"), "need first"),
    ("minutes", replace("40 minutes", "35 minutes"), "35 minutes for the core, should be 40"),
    ("minutes", replace("**40 minutes**", "**40** minutes"), "no line such as"),
    ("minutes", drop("## Once more"), "the core takes 20 minutes, not 30 to 45"),
    ("minutes", markdown(EXTRA + "More. " * 1000), "0 minutes for the extra part, should be 5"),
    (
        "minutes",
        replace("**40 minutes**", "**40 minutes**, and 5 more for the extra part"),
        "5 minutes for the extra part, should be 0",
    ),
    (
        "extra_part",
        markdown(EXTRA + "## One more round\n\nCount."),
        "'One more round' stands after",
    ),
    ("glossary", replace("[glossary](glossary.md)", "glossary"), "no link to glossary.md"),
    ("one_setup_cell", code("lab = Lab.start()"), "2 cells call Lab.start"),
    ("one_setup_cell", drop("Lab.start"), "0 cells call Lab.start"),
    ("one_setup_cell", code("from helpers import try_call"), "imports helpers"),
    (
        "one_setup_cell",
        lambda cells: cells.insert(1, nbformat.v4.new_code_cell("2")),
        "not the first",
    ),
    ("enough_exercises", drop("exercise.q3"), "2 exercises, should be 3"),
    ("enough_exercises", replace("## Round q3", "## Extra: q3"), "2 exercises, should be 3"),
    ("exercise_cells", lambda cells: cells.pop(5), "before it is shown"),
    ("exercise_cells", replace("check(count)", "check(count)\n1"), "not alone in the last line"),
    ("exercise_cells", replace("# exercise.q1.solution()", "# ?"), "'# exercise.q1.solution()'"),
    ("exercise_cells", replace("# exercise.q1.hint()", "# ?"), "'# exercise.q1.hint()'"),
    ("exercise_cells", code("exercise.q1\nexercise.q1.check(2)"), "2 answer cells"),
    ("solutions_commented_out", replace("# exercise.q1.sol", "exercise.q1.sol"), "solution()"),
    ("solutions_commented_out", code("x = 1; exercise.q2.solution( )"), "solution()"),
    ("solutions_commented_out", replace("# exercise.q1.hint", "exercise.q1.hint"), "hint()"),
    ("enough_questions", drop("exercise.quiz2"), "2 quiz questions, should be 3"),
    ("enough_questions", replace("## Quiz", "## Extra: quiz"), "0 quiz questions, should be 3"),
    ("predictions", replace("## Round q3", "## Extra: q3"), "2 predictions, should be 3"),
    ("predictions", replace("**Predict.**", "Guess."), "0 predictions, should be 3"),
    ("predictions", lambda cells: cells.pop(3), "no code cell follows"),
    ("closing", replace("## In your own account", "## Elsewhere"), "'In your own account'"),
    ("closing", replace("- [ ] Count yours", "Count yours"), "no checklist"),
    ("closing", replace("## Recap", "## End"), "no section 'Recap'"),
    ("closing", replace("A policy decides.", ""), "'Recap' holds no text"),
    ("closing", replace("(https://docs", "(docs"), "'Sources' holds no link"),
    ("closing", replace("## Next", "## After"), "no section 'Next'"),
    ("closing", replace("\n[00, how the lab works]", "\nnothing: ["), "'Next' holds no link"),
    ("short_cells", code("1\n" * 16), "16 lines"),
    ("no_empty_cells", code("  "), "is empty"),
    ("plain_python", code("!aws sts get-caller-identity"), "not plain Python"),
    ("plain_python", code("%time 1"), "not plain Python"),
    ("plain_python", code("%%bash\nls"), "not plain Python"),
    ("plain_python", code("get_ipython().system('ls')"), "get_ipython"),
    ("short_paragraphs", markdown("word " * 100), "499 characters"),
    ("short_paragraphs", markdown("- one\n- " + "word " * 100), "499 characters"),
    ("known_html", markdown('<div class="alert alert-info">Hm</div>'), "not one of the callouts"),
    ("known_html", replace("6px solid", "2px solid"), "not one of the callouts"),
    ("known_html", markdown("<style>p { color: red }</style>"), "<style>"),
    ("known_html", markdown("> [!NOTE]\n> Hm"), "[!NOTE]"),
    ("pictures_have_alt_text", markdown("![](lock.png)"), "alt text ''"),
    ("pictures_have_alt_text", markdown('<img src="lock.png">'), "without alt text"),
    ("links_say_where_they_lead", markdown("[here](https://example.com)"), "called 'here'"),
    ("links_say_where_they_lead", markdown("[**More**](https://example.com)"), "called"),
    ("links_say_where_they_lead", markdown("See https://example.com/a"), "a bare address"),
    ("links_say_where_they_lead", markdown("<https://example.com/a>"), "a bare address"),
    ("links_say_where_they_lead", markdown("[https://a.b](https://a.b)"), "called"),
    ("links_lead_somewhere", markdown("[The last one](12_gone.ipynb)"), "is not there"),
    ("links_lead_somewhere", markdown("[A Deny](glossary.md#Deny)"), "no heading for #Deny"),
    (
        "links_lead_somewhere",
        markdown("[A Deny](glossary.md#Explicit-deny)"),
        "no heading for #Explicit-deny",
    ),
    ("counts", lambda cells: cells[3].update(execution_count=None), "1 to"),
    ("counts", lambda cells: cells[3].update(execution_count=7), "1 to"),
    ("no_errors", output("error", ename="NameError", evalue="x", traceback=[]), "NameError"),
    ("no_errors", output("stream", name="stderr", text="Warning: old"), "stderr"),
    ("outputs_have_text", output("display_data", data={"text/html": "<b>1</b>"}), "only ''"),
    ("outputs_have_text", plain("<IPython.core.display.HTML object>"), "HTML object"),
    ("outputs_have_text", plain("<Figure size 640x480 with 1 Axes>"), "Figure"),
    ("outputs_have_text", plain("[<function f at 0x7f3a8c1d2e50>]"), "address of memory"),
    ("short_outputs", output("stream", name="stdout", text="line\n" * 41), "41 lines"),
    ("no_absolute_paths", code("open('/home/ada/keys.csv')"), "/home/ada"),
    ("no_absolute_paths", plain("C:\\Users\\ada"), "C:\\"),
    ("no_stray_metadata", metadata(execution={"iopub.status.busy": "1"}), "execution"),
    ("no_stray_metadata", metadata(tags=["nbval-skip"]), "nbval-skip"),
    ("small_file", code("# " + "x" * 400_000), "bytes"),
]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_good_notebook_has_no_fault(tmp_path: Path, rule: notebook_rules.Rule) -> None:
    assert rule(small_notebooks.write(tmp_path, small_notebooks.cells())) == []


@pytest.mark.parametrize(("name", "plant", "says"), FAULTS)
def test_planted_fault_is_found(
    tmp_path: Path, name: str, plant: Callable[[Cells], None], says: str
) -> None:
    cells = small_notebooks.cells()
    plant(cells)
    faults = getattr(notebook_rules, name)(small_notebooks.write(tmp_path, cells))
    assert any(says in fault for fault in faults), faults


def test_every_rule_has_a_planted_fault() -> None:
    planted = {name for name, *_ in FAULTS} | {"names_its_kernel"}
    assert {rule.__name__ for rule in RULES} == planted


def test_notebook_for_another_kernel_is_found(tmp_path: Path) -> None:
    spec = {"display_name": "R", "language": "R", "name": "ir"}
    notebook = small_notebooks.write(tmp_path, small_notebooks.cells(), kernelspec=spec)
    assert len(notebook_rules.names_its_kernel(notebook)) == 1


def test_notebook_without_a_kernel_is_found(tmp_path: Path) -> None:
    notebook = small_notebooks.write(tmp_path, small_notebooks.cells())
    del notebook.node.metadata["kernelspec"]
    assert len(notebook_rules.names_its_kernel(notebook)) == 1


def test_widget_state_is_stray_metadata(tmp_path: Path) -> None:
    notebook = small_notebooks.write(tmp_path, small_notebooks.cells(), widgets={"state": {}})
    assert notebook_rules.no_stray_metadata(notebook) == ["metadata 'widgets' of the notebook"]


def test_first_notebook_may_be_shorter(tmp_path: Path) -> None:
    cells = [cell for cell in small_notebooks.cells() if "quiz" not in cell.source]
    cells = [cell for cell in cells if "q2" not in cell.source and "q3" not in cell.source]
    for name, number in (("00_small.ipynb", 0), ("98_small.ipynb", 2)):
        notebook = small_notebooks.write(tmp_path, cells, name)
        faults = notebook_rules.enough_exercises(notebook)
        faults += notebook_rules.enough_questions(notebook)
        assert len(faults) == number


def test_first_notebook_takes_twenty_minutes_at_most(tmp_path: Path) -> None:
    cells = [cell for cell in small_notebooks.cells() if "## Once more" not in cell.source]
    cells[0].source = cells[0].source.replace("40 minutes", "20 minutes")
    assert notebook_rules.minutes(small_notebooks.write(tmp_path, cells, "00_small.ipynb")) == []
    long = small_notebooks.write(tmp_path, small_notebooks.cells(), "00_long.ipynb")
    assert notebook_rules.minutes(long) == ["the core takes 40 minutes, not 10 to 20"]


def test_the_extra_part_counts_for_itself(tmp_path: Path) -> None:
    cells = small_notebooks.cells()
    replace("**40 minutes**", "**40 minutes**, and 5 more for the extra part")(cells)
    markdown(EXTRA + "\n\n".join(["Count the policies of another account."] * 120))(cells)
    notebook = small_notebooks.write(tmp_path, cells)
    assert [fault for rule in RULES for fault in rule(notebook)] == []


def test_good_pictures_links_and_folded_cells_pass(tmp_path: Path) -> None:
    cells = small_notebooks.cells()
    markdown(PICTURE + "\n\nA [description of locks](https://example.com/a) and `https://x`.")(
        cells
    )
    markdown("A [Deny](glossary.md#explicit-deny) wins.")(cells)
    markdown("```json\nSee https://example.com\n```\n\n```\n# not a title\n```")(cells)
    metadata(jupyter={"source_hidden": True})(cells)
    notebook = small_notebooks.write(tmp_path, cells)
    assert [fault for rule in RULES for fault in rule(notebook)] == []
