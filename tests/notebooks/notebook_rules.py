"""The rules that every notebook of the series keeps, as data: a rule returns its faults.

Each rule is a function of a ``Notebook`` that returns one sentence a fault, with the place; an
empty list is a pass. ``test_notebook_rules.py`` plants one fault for each rule and sees it found.

A notebook has a core and, where its headings say so, an extra part: the sections whose heading
begins with ``## Extra:``. They follow the core's rounds, may build on what the core leaves, and
nothing after them needs them. What a notebook must hold at least, its core holds.
"""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Callable, Iterator

from minutes import EXTRA, cells, stated, walk
from notebook_files import ROOT, Code, Markdown, Notebook, anchors, paths

from helpers.cards import is_callout

Rule = Callable[[Notebook], list[str]]
RULES: list[Rule] = []

MAX_CODE_LINES = 15
MAX_OUTPUT_LINES = 40
MAX_PARAGRAPH = 450
MAX_BYTES = 400_000

# What a notebook holds at least. 00 shows how the series works and is shorter.
LEAST = {"exercises": 3, "quizzes": 3, "predictions": 3}
LEAST_00 = {"exercises": 1, "quizzes": 0, "predictions": 1}

# Minutes of a core, the least and the most.
MINUTES, MINUTES_00 = (30, 45), (10, 20)

# The sections of the second level that may follow the extra part.
AFTER_EXTRA = ("Quiz", "In your own account", "Recap", "Sources", "Next")

# Where the words of AWS are looked up.
GLOSSARY = "glossary.md"

# The last notebook of the series has no next one.
LAST = Notebook(paths()[-1]).number

NOTEBOOK_METADATA = {"kernelspec", "language_info"}
VAGUE_LINKS = {"here", "this", "link", "this link", "click here", "this page", "more", "read more"}


def rule(function: Rule) -> Rule:
    RULES.append(function)
    return function


def least(notebook: Notebook, what: str) -> int:
    return (LEAST_00 if notebook.number == "00" else LEAST)[what]


def core(notebook: Notebook) -> list[Code | Markdown]:
    return [cell for is_extra, cell in cells(notebook) if not is_extra]


# -- the skeleton -----------------------------------------------------------------------------


@rule
def one_title(notebook: Notebook) -> list[str]:
    """One H1, and it opens the notebook."""
    titles = [text for level, text in notebook.headings if level == 1]
    if len(titles) != 1:
        return [f"{len(titles)} headings of the first level, should be one: {titles}"]
    first = notebook.cells[0]
    if not isinstance(first, Markdown) or not first.source.lstrip().startswith("# "):
        return ["the first cell does not begin with the title"]
    return []


@rule
def heading_levels(notebook: Notebook) -> list[str]:
    """No heading level is skipped on the way down."""
    faults, before = [], 0
    for level, text in notebook.headings:
        if level > before + 1:
            faults.append(f"heading {text!r}: level {level} after level {before}")
        before = level
    return faults


@rule
def opening(notebook: Notebook) -> list[str]:
    """Title, one sentence, minutes, what you will be able to do, what you need first."""
    head = _before_code(notebook)
    faults = []
    paragraphs = [block for block in head.split("\n\n") if block.strip()]
    sentence = _text(paragraphs[1]) if len(paragraphs) > 1 else ""
    if not re.fullmatch(r"[^.!?]+(?:[.!?](?=\w)[^.!?]+)*[.!?]", sentence):
        faults.append(f"after the title stands one sentence, not {sentence!r}")
    for name, pattern in {
        "the minutes, such as '40 minutes'": r"\b\d+ minutes\b",
        "'What you will be able to do'": r"(?i)\bwhat you will be able to do\b",
        "'What you need first'": r"(?i)\bwhat you need first\b",
    }.items():
        if not re.search(pattern, head):
            faults.append(f"before the setup cell there is no mention of {name}")
    return faults


@rule
def minutes(notebook: Notebook) -> list[str]:
    """The opening says what ``minutes.py`` measures, to the nearest five: 30 to 45 for the core.

    (00 shows how the series works and takes 20 at most.) The extra part counts for itself.
    """
    said = stated(notebook)
    if said is None:
        return ["the opening has no line such as '**45 minutes**'"]
    faults = []
    for name, found, measured in zip(("core", "extra part"), said, walk(notebook), strict=True):
        if found != measured.minutes:
            faults.append(f"{found} minutes for the {name}, should be {measured.minutes}")
    fewest, most = MINUTES_00 if notebook.number == "00" else MINUTES
    if not fewest <= walk(notebook)[0].minutes <= most:
        faults.append(f"the core takes {walk(notebook)[0].minutes} minutes, not {fewest} to {most}")
    return faults


@rule
def extra_part(notebook: Notebook) -> list[str]:
    """After an extra section come other extra sections, the quiz and the closing, no round."""
    titles = [text for level, text in notebook.headings if level == 2]
    first = next((n for n, text in enumerate(titles) if text.startswith(EXTRA)), len(titles))
    return [
        f"the section {text!r} stands after an extra one"
        for text in titles[first:]
        if not text.startswith((EXTRA, *AFTER_EXTRA))
    ]


@rule
def glossary(notebook: Notebook) -> list[str]:
    """Above the first code cell is the way to the glossary."""
    targets = [
        target.partition("#")[0]
        for cell in notebook.cells[:1]
        if isinstance(cell, Markdown)
        for _, target in _links(cell)
    ]
    return [] if GLOSSARY in targets else [f"the opening has no link to {GLOSSARY}"]


@rule
def one_setup_cell(notebook: Notebook) -> list[str]:
    """The first code cell starts the account and brings every helper; no other cell does.

    (In 00 a look at the environment comes before, with its one helper.)
    """
    if not notebook.code:
        return ["no code cell"]
    faults = []
    starting = [cell for cell in notebook.code if "Lab.start(" in cell.source]
    if len(starting) != 1:
        faults.append(f"{len(starting)} cells call Lab.start, should be one")
    if starting and starting[0] is not notebook.code[0] and notebook.number != "00":
        faults.append("the setup cell is not the first code cell")
    elsewhere = r"^(from|import) helpers"
    if notebook.number == "00":
        elsewhere += r"(?!\.environment import)"
    for cell in notebook.code:
        if cell not in starting[:1] and re.search(elsewhere, cell.source, re.MULTILINE):
            faults.append(f"cell {cell.index} imports helpers, the setup cell should")
    return faults


@rule
def enough_exercises(notebook: Notebook) -> list[str]:
    found = {cell.checks for cell in core(notebook) if isinstance(cell, Code)} - {None}
    wanted = least(notebook, "exercises")
    return [f"{len(found)} exercises, should be {wanted}"] if len(found) < wanted else []


@rule
def exercise_cells(notebook: Notebook) -> list[str]:
    """Each exercise is shown, then answered in one cell, then helped with in comments."""
    faults = []
    shown: set[str] = set()
    for cell in notebook.code:
        if cell.shows:
            shown.add(cell.shows)
        if cell.checks and cell.checks not in shown:
            faults.append(f"{cell.checks} is checked in cell {cell.index} before it is shown")
        if ".check(" in cell.source and not cell.checks:
            faults.append(f"cell {cell.index}: the check is not alone in the last line")
    answered = [cell.checks for cell in notebook.code if cell.checks]
    source = "\n".join(cell.source for cell in notebook.code)
    for label in dict.fromkeys([*shown, *answered]):
        if answered.count(label) != 1:
            faults.append(f"{label} has {answered.count(label)} answer cells, should be one")
        for helper in ("hint", "solution"):
            if f"# exercise.{label}.{helper}()" not in source:
                faults.append(f"no cell offers '# exercise.{label}.{helper}()'")
    return faults


@rule
def solutions_commented_out(notebook: Notebook) -> list[str]:
    """Run All spoils nothing."""
    return [
        f"cell {cell.index} calls {node.func.attr}()"
        for cell in notebook.code
        for node in ast.walk(cell.tree() or ast.Module([], []))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in {"solution", "hint"}
    ]


@rule
def enough_questions(notebook: Notebook) -> list[str]:
    found = {cell.asks for cell in core(notebook) if isinstance(cell, Code)} - {None}
    wanted = least(notebook, "quizzes")
    return [f"{len(found)} quiz questions, should be {wanted}"] if len(found) < wanted else []


@rule
def predictions(notebook: Notebook) -> list[str]:
    """'Predict' stands right before the cell that is predicted, often enough."""
    faults, count = [], 0
    for (is_extra, cell), following in zip(
        cells(notebook), [*notebook.cells[1:], None], strict=True
    ):
        if isinstance(cell, Markdown) and "**Predict" in cell.prose:
            count += not is_extra
            if not isinstance(following, Code):
                faults.append(f"cell {cell.index} asks for a prediction, no code cell follows")
    wanted = least(notebook, "predictions")
    if count < wanted:
        faults.append(f"{count} predictions, should be {wanted}")
    return faults


@rule
def closing(notebook: Notebook) -> list[str]:
    """A checklist for one's own account, a recap, sources with links, the next notebook."""
    faults = []
    for title, test, words in (
        ("In your own account", r"(?m)^\s*[-*] (\[ \] )?\S", "a checklist"),
        ("Recap", r"\S", "a text"),
        ("Sources", r"\]\(https://", "a link"),
        ("Next", r"\]\([^)]*(\.ipynb|README\.md)\)", "a link to the next notebook"),
    ):
        body = notebook.section(title)
        if title == "Next" and notebook.number == LAST:
            continue
        if body is None:
            faults.append(f"no section {title!r}")
        elif not re.search(test, body):
            faults.append(f"the section {title!r} holds no {words.removeprefix('a ')}")
    return faults


# -- the cells --------------------------------------------------------------------------------


@rule
def short_cells(notebook: Notebook) -> list[str]:
    return [
        f"cell {cell.index} has {len(cell.lines)} lines, should be {MAX_CODE_LINES} or fewer"
        for cell in notebook.code
        if len(cell.lines) > MAX_CODE_LINES
    ]


@rule
def no_empty_cells(notebook: Notebook) -> list[str]:
    return [f"cell {cell.index} is empty" for cell in notebook.cells if not cell.source.strip()]


@rule
def plain_python(notebook: Notebook) -> list[str]:
    """No shell, no magics: they are not Python, and a failing ``!`` passes unseen."""
    faults = []
    for cell in notebook.code:
        if cell.tree() is None:
            faults.append(f"cell {cell.index} is not plain Python")
        elif "get_ipython" in cell.source:
            faults.append(f"cell {cell.index} calls get_ipython()")
    return faults


@rule
def short_paragraphs(notebook: Notebook) -> list[str]:
    """A paragraph, a list item: about four lines on the screen."""
    return [
        f"cell {cell.index}: {len(text)} characters in '{text[:40]}…'"
        for cell in notebook.markdown
        for text in _paragraphs(cell)
        if len(text) > MAX_PARAGRAPH
    ]


@rule
def known_html(notebook: Notebook) -> list[str]:
    """The only boxes are the project's callouts; no styles, scripts or frames of their own."""
    faults = []
    for cell in notebook.markdown:
        for found in re.finditer(r"<div.*?(</div>|\Z)", cell.prose, re.DOTALL):
            if not is_callout(found[0]):
                faults.append(f"cell {cell.index}: not one of the callouts: {found[0][:60]!r}")
        for tag in re.findall(r"<(style|script|iframe|span|font|center)\b", cell.prose):
            faults.append(f"cell {cell.index}: <{tag}>")
        if "> [!" in cell.prose:
            faults.append(f"cell {cell.index}: JupyterLab does not draw '> [!NOTE]'")
    return faults


@rule
def pictures_have_alt_text(notebook: Notebook) -> list[str]:
    faults = []
    for cell in notebook.markdown:
        for alt in re.findall(r"!\[(.*?)\]", cell.prose):
            if len(alt.strip()) < 10:
                faults.append(f"cell {cell.index}: a picture with the alt text {alt!r}")
        for tag in re.findall(r"<img\b[^>]*>", cell.prose):
            if not re.search(r"\balt=([\"']).{10,}?\1", tag):
                faults.append(f"cell {cell.index}: {tag} without alt text")
    return faults


@rule
def links_say_where_they_lead(notebook: Notebook) -> list[str]:
    faults = []
    for cell in notebook.markdown:
        for text, target in _links(cell):
            words = re.sub(r"[`*_]", "", text).strip().casefold().rstrip(".")
            if words in VAGUE_LINKS or not words or words.startswith(("http:", "https:")):
                faults.append(f"cell {cell.index}: the link to {target} is called {text!r}")
        for url in re.findall(r"<https?://[^>]*>|(?<![(<\"'`/\w])https?://\S+", cell.prose):
            faults.append(f"cell {cell.index}: a bare address, {url}")
    return faults


@rule
def links_lead_somewhere(notebook: Notebook) -> list[str]:
    """A link within the project names a file that is there; in a page of text, a heading of it."""
    faults = []
    for cell in notebook.markdown:
        for _, target in _links(cell):
            path, _, anchor = target.partition("#")
            if not path or re.match(r"[a-z]+:", path):
                continue
            file = (notebook.path.parent / path).resolve()
            if not file.is_file():
                faults.append(f"cell {cell.index}: {target} is not there")
            elif anchor and file.suffix == ".md" and anchor not in anchors(file):
                faults.append(f"cell {cell.index}: {path} has no heading for #{anchor}")
    return faults


# -- what is committed ------------------------------------------------------------------------


@rule
def counts(notebook: Notebook) -> list[str]:
    """Execution counts 1…N: nbval compares only cells that have one."""
    found = [cell.count for cell in notebook.code]
    wanted = list(range(1, len(found) + 1))
    return [] if found == wanted else [f"execution counts {found}, should be 1 to {len(found)}"]


@rule
def no_errors(notebook: Notebook) -> list[str]:
    faults = []
    for cell in notebook.code:
        for output in cell.outputs:
            if output.output_type == "error":
                faults.append(f"cell {cell.index} ends with {output.ename}")
            if output.output_type == "stream" and output.name == "stderr":
                faults.append(f"cell {cell.index} writes to stderr: {output.text[:60]!r}")
    return faults


@rule
def outputs_have_text(notebook: Notebook) -> list[str]:
    """Whatever is drawn also says something as text, the same each time."""
    faults = []
    for cell in notebook.code:
        for output in cell.outputs:
            if output.output_type not in {"display_data", "execute_result"}:
                continue
            text = output.data.get("text/plain", "").strip()
            if not text or re.fullmatch(r"<[\w.]+( object| size [\dx.]+ with \d+ Axes).*>", text):
                faults.append(f"cell {cell.index}: an output says only {text!r} as text")
            if re.search(r"\bat 0x[0-9a-f]+", text):
                faults.append(f"cell {cell.index}: an address of memory: {text[:60]!r}")
    return faults


@rule
def short_outputs(notebook: Notebook) -> list[str]:
    """No cell prints more than fits the screen."""
    faults = []
    for cell in notebook.code:
        lines = sum(len(text.splitlines()) for text in _output_texts(cell))
        if lines > MAX_OUTPUT_LINES:
            faults.append(f"cell {cell.index} prints {lines} lines")
    return faults


@rule
def no_absolute_paths(notebook: Notebook) -> list[str]:
    text = notebook.path.read_text(encoding="utf-8")
    pattern = r"(?<![\w:/.])/(?:home|root|Users|tmp|work|mnt|var|opt)/[\w.\-]+|\b[A-Z]:\\\\\w+"
    found = re.findall(pattern, text)
    if str(ROOT) in text:
        found.append(str(ROOT))
    return [f"an absolute path: {path}" for path in found]


@rule
def no_stray_metadata(notebook: Notebook) -> list[str]:
    """Only the kernel and the language; no widget state, no timings, no tags."""
    faults = [
        f"metadata {key!r} of the notebook"
        for key in notebook.node.metadata
        if key not in NOTEBOOK_METADATA
    ]
    for index, cell in enumerate(notebook.node.cells):
        hidden = {"jupyter": {"source_hidden": True}}
        if cell.metadata and dict(cell.metadata) != hidden:
            faults.append(f"cell {index}: metadata {json.dumps(cell.metadata)[:60]}")
    return faults


@rule
def names_its_kernel(notebook: Notebook) -> list[str]:
    """Without, JupyterLab opens with the question which kernel to take."""
    name = notebook.node.metadata.get("kernelspec", {}).get("name")
    return [] if name == "python3" else [f"the kernel is {name!r}, should be 'python3'"]


@rule
def small_file(notebook: Notebook) -> list[str]:
    size = notebook.path.stat().st_size
    return [f"{size} bytes, should be {MAX_BYTES} or fewer"] if size > MAX_BYTES else []


# -- reading markdown -------------------------------------------------------------------------


def _before_code(notebook: Notebook) -> str:
    """The markdown above the first code cell."""
    head = []
    for cell in notebook.cells:
        if isinstance(cell, Code):
            break
        head.append(cell.prose)
    return "\n\n".join(head)


def _links(cell: Markdown) -> Iterator[tuple[str, str]]:
    """(text, target) of each link and picture."""
    yield from re.findall(r"\[((?:[^\[\]]|\[[^\]]*\])*)\]\(([^)\s]+)[^)]*\)", cell.prose)


def _paragraphs(cell: Markdown) -> Iterator[str]:
    for block in re.split(r"\n\s*\n", cell.prose):
        lines = block.strip().splitlines()
        if not lines or lines[0].lstrip().startswith(("|", "#", "<")):
            continue
        # Each list item counts for itself.
        yield from (_text(item) for item in re.split(r"(?m)^\s*(?:[-*+]|\d+\.)\s+", block))


def _text(markdown: str) -> str:
    """What is read on the screen: no link targets, no marks."""
    text = re.sub(r"!?\[([^\]]*)\]\([^)]*\)", r"\1", markdown)
    return " ".join(re.sub(r"[*`>]|<[^>]+>", "", text).split())


def _output_texts(cell: Code) -> Iterator[str]:
    for output in cell.outputs:
        if output.output_type == "stream":
            yield output.text
        elif output.output_type in {"display_data", "execute_result"}:
            yield output.data.get("text/plain", "")
