"""The lab's own answers, a module for each family of operations; moto answers the rest."""

from __future__ import annotations

from helpers.lab.services import iam_ids, iam_mfa, iam_root, iam_simulator, iam_users, sts
from helpers.lab.services.registry import ANSWERS, Asked

__all__ = [
    "ANSWERS",
    "Asked",
    "iam_ids",
    "iam_mfa",
    "iam_root",
    "iam_simulator",
    "iam_users",
    "sts",
]
