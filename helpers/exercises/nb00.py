"""Exercises of notebook 00, start here: the form that all others have."""

from __future__ import annotations

from helpers.exercises.answers import TEXT
from helpers.exercises.exercise import Exercise, WrongAnswer

ANALYST = "arn:aws:iam::111122223333:user/analyst"


def _who(answer: str) -> str | None:
    if answer == ANALYST:
        return None
    if answer.endswith(":root"):
        return (
            "That is the root user. The client that you asked was root's; ask one that "
            "`lab.caller` made for the analyst."
        )
    if answer.isdigit():
        return "That is the number of the account. The whole name begins with `arn:`."
    if not answer.startswith("arn:"):
        return f"A name on AWS begins with `arn:`; yours is `{answer}`."
    return f"AWS knows nobody here as `{answer}`. Let the account itself say the name."


q1 = Exercise(
    name="nb00.q1",
    title="Who is the analyst?",
    question=(
        "Let the account tell you the analyst's ARN: make an `sts` client for the analyst, call "
        "`get_caller_identity` and take `Arn` out of the answer. Put it into `name`."
    ),
    expects=TEXT,
    stub="name = ...",
    model_answer=(
        'sts = lab.caller("analyst").client("sts")\nname = sts.get_caller_identity()["Arn"]'
    ),
    rule=_who,
    explanation=(
        "`get_caller_identity` is the one call that is always allowed. People who work with "
        "several accounts make it first, to see who they are before they change anything."
    ),
    hints=(
        "You made the same call as root in the first round. Only the caller differs.",
        '`lab.caller("analyst")` is the caller. `.client("sts")` makes its client.',
        "The answer is a dict. The name stands under the key `Arn`.",
    ),
    wrong_answers=(
        WrongAnswer('name = boto3.client("sts").get_caller_identity()["Arn"]', says="root user"),
        WrongAnswer(
            'name = lab.caller("analyst").client("sts").get_caller_identity()["Account"]',
            says="number of the account",
        ),
        WrongAnswer('name = "analyst"', says="begins with"),
        WrongAnswer('name = "arn:aws:iam::111122223333:user/anna"', says="knows nobody"),
    ),
)
