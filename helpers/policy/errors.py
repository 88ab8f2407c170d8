"""What is raised when a document is not a policy."""

from __future__ import annotations

from collections.abc import Iterable


class PolicyError(ValueError):
    """A policy document that IAM would refuse as malformed.

    Attributes:
        problem: What is wrong, one sentence.
        hint: What would be valid, one sentence; empty where there is nothing to add.
        path: The faulty element, ``Statement[2].Condition.StringEqual``; empty for the document.
        line, column: Where it stands, counted from 1, in characters. For a document that was
            given as a dict they count in ``json.dumps(document, indent=4)``.
        document: Which document, as the caller knows it (``identity[0] "MFA"``); may be empty.

    >>> from helpers.policy import parse_policy
    >>> try:
    ...     parse_policy('{"Statement": {"Effect": "allow", "Action": "*", "Resource": "*"}}')
    ... except PolicyError as error:
    ...     print(error.line, error.column, error.path, error.hint, sep=" | ")
    1 | 26 | Statement.Effect | Write "Allow".
    """

    def __init__(
        self,
        problem: str,
        *,
        hint: str = "",
        path: str = "",
        line: int = 1,
        column: int = 1,
        document: str = "",
        from_dict: bool = False,
    ) -> None:
        self.problem = problem
        self.hint = hint
        self.path = path
        self.line = line
        self.column = column
        self.document = document
        self.from_dict = from_dict
        super().__init__(str(self))

    def __str__(self) -> str:
        place = f"line {self.line}, column {self.column}"
        if self.from_dict:
            place += " of json.dumps(document, indent=4)"
        where = f"{self.document}: " if self.document else ""
        at = f"{self.path} ({place})" if self.path else place
        return " ".join(filter(None, (f"{where}{at}: {self.problem}", self.hint)))

    def __reduce__(self) -> tuple[object, ...]:
        # Exceptions are pickled by their args alone, which would lose the keywords.
        keywords = ("hint", "path", "line", "column", "document", "from_dict")
        return _rebuild, (self.problem, {name: getattr(self, name) for name in keywords})


def _rebuild(problem: str, keywords: dict[str, object]) -> PolicyError:
    return PolicyError(problem, **keywords)  # type: ignore[arg-type]


def counted(number: int, noun: str) -> str:
    """A number with its noun.

    >>> counted(1, "user"), counted(1200, "event")
    ('1 user', '1,200 events')
    """
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def quoted(text: str) -> str:
    """A text as a message shows it: in quotes, not too long, and safe to print.

    >>> print(quoted("Get" + chr(7)))
    "Get\\x07"
    """
    shown = text if len(text) <= 80 else f"{text[:77]}..."
    if not shown.isprintable():  # control characters, lone surrogates
        shown = shown.encode("unicode_escape").decode("ascii")
    return f'"{shown}"'


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The known word that ``word`` was probably meant to be.

    >>> nearest("StringEqual", ["StringLike", "StringEquals", "Bool"])
    'StringEquals'
    >>> nearest("zzz", ["Bool"]) is None
    True
    """
    import difflib  # slow to import, and needed only where something is wrong already

    by_folded = {name.casefold(): name for name in known}
    # A hostile document may hold a word of a megabyte; no real one is longer than this.
    close = difflib.get_close_matches(word.casefold()[:80], by_folded, n=1, cutoff=0.6)
    return by_folded[close[0]] if close else None
