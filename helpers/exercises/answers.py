"""What a check takes: the kinds of answers, how each is read, and what is said of another kind."""

from __future__ import annotations

import ast
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from helpers.exercises.outcome import CannotCheck

__all__ = [
    "FUNCTION",
    "LAB",
    "NUMBER",
    "POLICY",
    "TEXT",
    "YES_NO",
    "Expected",
    "hole",
    "names",
    "one_of",
]


@dataclass(frozen=True)
class Expected:
    """One kind of answer.

    ``words`` finishes the sentence "This check takes …". ``read`` turns what was handed over into
    what the rule gets, or raises ``CannotCheck`` (a text of its own) or ``ValueError`` (no text
    needed: the sentence with ``words`` is said, and what was handed over is shown).
    """

    words: str
    read: Callable[[Any], Any]


def _policy(answer: Any) -> Any:
    if isinstance(answer, str) and not answer.strip():
        raise CannotCheck("The text is empty: it should hold a policy document.")
    if not isinstance(answer, dict | str):
        raise ValueError
    return answer


def _text(answer: Any) -> str:
    if not isinstance(answer, str):
        raise ValueError
    return answer.strip()


def _number(answer: Any) -> int | float:
    if isinstance(answer, bool) or not isinstance(answer, int | float):
        raise ValueError
    return answer


def _yes_no(answer: Any) -> bool:
    if not isinstance(answer, bool):
        raise ValueError
    return answer


def _function(answer: Any) -> Callable[..., Any]:
    if not callable(answer) or isinstance(answer, type):
        raise ValueError
    return answer


def _lab(answer: Any) -> Any:
    # The lab brings boto3 and moto along; only a check that asks for an account loads it.
    from helpers import Lab

    if not isinstance(answer, Lab):
        raise ValueError
    if not answer.is_running:
        raise CannotCheck(
            "This account has been stopped. Run the notebook's setup cell again "
            "(`lab = Lab.start()`), then the cells up to here."
        )
    return answer


POLICY = Expected("a policy document: a dict, or the same as JSON text in quotes", _policy)
TEXT = Expected("a text in quotes", _text)
NUMBER = Expected("a number, without quotes", _number)
YES_NO = Expected("`True` or `False`, without quotes", _yes_no)
FUNCTION = Expected("a function, by its name and without brackets", _function)
LAB = Expected("the account itself, `lab`", _lab)


def names(example: str) -> Expected:
    """A list (tuple, set) of texts; the rule gets a frozenset of them, without outer blanks.

    >>> sorted(names('["alice", "bob"]').read(["bob", " alice "]))
    ['alice', 'bob']
    """

    def read(answer: Any) -> frozenset[str]:
        if not isinstance(answer, list | tuple | set | frozenset):
            raise ValueError
        for item in answer:
            if not isinstance(item, str):
                is_nan = isinstance(item, float) and item != item
                missing = " In pandas, `.dropna()` leaves such ones out." if is_nan else ""
                raise CannotCheck(
                    f"The list should hold texts only. In it is {describe(item)}.{missing}"
                )
        return frozenset(item.strip() for item in answer)

    return Expected(f"a list of texts, such as `{example}`", read)


def one_of(*options: str) -> Expected:
    """One of these texts; upper or lower case does not matter.

    >>> one_of("allowed", "denied").read(" Denied ")
    'denied'
    """
    meant = {option.casefold(): option for option in options}

    def read(answer: Any) -> str:
        if not isinstance(answer, str) or answer.strip().casefold() not in meant:
            raise ValueError
        return meant[answer.strip().casefold()]

    return Expected("one of " + ", ".join(f'`"{option}"`' for option in options), read)


# Deeper than any policy; a structure that contains itself ends here.
_DEPTH = 20


def hole(answer: Any) -> str | None:
    """Where the first ``...`` of a stub still stands in ``answer``; None where nothing is left.

    The answer itself is the empty path. JSON text is looked into as the document it holds.

    >>> hole({"Statement": [{"Effect": ..., "Action": "s3:*"}]})
    'Statement[0].Effect'
    >>> hole(...)
    ''
    >>> hole("done") is None
    True
    """
    if isinstance(answer, str) and answer.lstrip().startswith(("{", "[")):
        try:
            answer = json.loads(answer)
        except (ValueError, RecursionError):
            return None  # the rule says what is wrong with it
    return "" if answer is None else next(_holes(answer, "", 0), None)


def _holes(value: Any, path: str, depth: int) -> Iterator[str]:
    if value is ... or (isinstance(value, str) and value.strip() == "..."):
        yield path
    elif depth < _DEPTH and isinstance(value, dict):
        for key, inner in value.items():
            if key is ...:
                yield path
            yield from _holes(inner, f"{path}.{key}".lstrip("."), depth + 1)
    elif depth < _DEPTH and isinstance(value, list | tuple):
        for index, inner in enumerate(value):
            yield from _holes(inner, f"{path}[{index}]", depth + 1)


def untouched(answer: Any, stub: str) -> bool:
    """Whether ``answer`` is still a value that ``stub`` assigns.

    Only literals are compared: the stub is read, never run.

    >>> untouched({"Version": "2012-10-17"}, 'policy = {"Version": "2012-10-17"}')
    True
    >>> untouched("b", 'choice = "a"')
    False
    """
    return any(type(answer) is type(value) and answer == value for value in _literals(stub))


def _literals(code: str) -> Iterator[Any]:
    for node in ast.parse(code).body:
        if isinstance(node, ast.Assign):
            try:
                yield ast.literal_eval(node.value)
            except ValueError:
                continue


def assigned(code: str) -> list[str]:
    """The names that ``code`` assigns or defines at its top level, in order.

    >>> assigned("policy = ...")
    ['policy']
    >>> assigned("def code_at(secret): ...")
    ['code_at']
    """
    return [name for node in ast.parse(code).body for name in _names(node)]


def _names(node: ast.stmt) -> Iterator[str]:
    if isinstance(node, ast.FunctionDef):
        yield node.name
    elif isinstance(node, ast.Assign):
        for target in node.targets:
            for name in ast.walk(target):
                if isinstance(name, ast.Name) and isinstance(name.ctx, ast.Store):
                    yield name.id


def describe(value: Any) -> str:
    """What was handed over, for a sentence: its type and, where short, itself.

    >>> describe([1, 2])
    'a list: `[1, 2]`'
    """
    kind = type(value).__name__
    article = "an" if kind[:1].lower() in set("aeiou") else "a"
    try:
        shown = repr(value)
    except Exception:  # an object whose repr fails is still only a wrong answer
        shown = ""
    if not 0 < len(shown) <= 60 or "\n" in shown or "`" in shown:
        return f"{article} {kind}"
    return f"{article} {kind}: `{shown}`"
