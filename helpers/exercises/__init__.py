"""Exercises that check themselves, and quizzes: one module a notebook.

A notebook takes its own: ``from helpers.exercises import nb05 as exercise``. How one is written
stands in ``helpers.exercises.exercise``.
"""

from __future__ import annotations

from helpers.exercises.answers import LAB, NUMBER, POLICY, TEXT, YES_NO, Expected, names, one_of
from helpers.exercises.behaviour import calls, decides
from helpers.exercises.exercise import Exercise, WrongAnswer
from helpers.exercises.outcome import OUTCOME_MIME, CannotCheck, NotAttempted, Outcome, Verdict
from helpers.exercises.overview import progress
from helpers.exercises.quiz import Option, Quiz
from helpers.exercises.remembered import remember

__all__ = [
    "LAB",
    "NUMBER",
    "OUTCOME_MIME",
    "POLICY",
    "TEXT",
    "YES_NO",
    "CannotCheck",
    "Exercise",
    "Expected",
    "NotAttempted",
    "Option",
    "Outcome",
    "Quiz",
    "Verdict",
    "WrongAnswer",
    "calls",
    "decides",
    "names",
    "one_of",
    "progress",
    "remember",
]
