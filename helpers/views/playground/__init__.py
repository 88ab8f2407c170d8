"""The policy playground: type policies and a request, and see at once what AWS would answer.

AWS: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from helpers.policy.errors import nearest, quoted
from helpers.policy.simulation import Judgement, Simulation
from helpers.policy.simulation.text import as_source, from_text, to_text
from helpers.views.live import LiveView
from helpers.views.playground import drawing
from helpers.views.playground.presets import PRESETS

if TYPE_CHECKING:
    import ipywidgets

    from helpers.views.playground.form import Form

__all__ = ["Playground"]


class Playground(LiveView):
    """Policies and a request to play with, and the decision drawn as AWS's order of evaluation.

    Shown at the end of a cell it is a form: every change, each letter typed, is judged at once. The
    statement that decided is marked in its document, every other one says why it matched or did
    not, and a fault in the JSON is marked at its line and column. Without widgets it is a picture,
    and as text it says the same.

    Args:
        start: The name of a preset (:meth:`presets`), or a
            :class:`~helpers.policy.simulation.Simulation`.

    Raises:
        ValueError: There is no preset of that name.

    From a letter typed into a policy of ten statements to the new decision, everything drawn, the
    kernel takes some 2 ms; the very first letter, with which AWS's list of actions is loaded, 40 ms
    at most (tests/benchmarks/bench_views.py).

    >>> playground = Playground("permissions boundary")
    >>> print(str(playground).partition("who:")[0])
    iam:ListUsers on *
      a Deny anywhere?        ✔ no
      resource-based policy   ○ there is none
      identity-based policy   ✔ allows: statement no. 1 of AdministratorAccess
      permissions boundary    ○ does not allow
      → ✖ denied, because no permissions boundary allows it
    ℹ nearest: statement no. 1 of OnlyS3 (Allow) does not apply: Action [s3:*] does not match: \
iam:ListUsers
    <BLANKLINE>
    <BLANKLINE>
    """

    def __init__(self, start: str | Simulation = "explicit deny") -> None:
        if isinstance(start, str):
            if start not in PRESETS:
                close = nearest(start, PRESETS)
                meant = f' Did you mean "{close}"?' if close else ""
                raise ValueError(
                    f"{quoted(start)} is no preset.{meant} There are {', '.join(PRESETS)}."
                )
            start = PRESETS[start]
        if not isinstance(start, Simulation):
            raise ValueError("start: expected the name of a preset, or a Simulation")
        self._simulation = start
        self._judgement = start.judge()
        self._form: Form | None = None

    @staticmethod
    def presets() -> list[str]:
        """The names of the requests to begin with.

        >>> Playground.presets()[:2]
        ['explicit deny', 'deny without MFA']
        """
        return list(PRESETS)

    @classmethod
    def from_text(cls, text: str) -> Playground:
        """The playground that :meth:`text` wrote, to be put into a cell.

        Raises:
            ValueError: It is not such a text; the message names the line.

        >>> Playground.from_text(Playground("explicit deny").text()).judgement.decision.effect
        'explicitDeny'
        """
        return cls(from_text(text))

    def text(self) -> str:
        """Everything that is typed, for people to read and for :meth:`from_text`."""
        return to_text(self._simulation)

    def cell(self) -> str:
        """The code of a cell that shows this playground."""
        return f"Playground.from_text({as_source(self.text())})"

    @property
    def simulation(self) -> Simulation:
        """What is typed. Set it, and the form follows."""
        return self._simulation

    @simulation.setter
    def simulation(self, new: Simulation) -> None:
        self._simulation = new
        self._judgement = new.judge()
        self.refresh()

    @property
    def judgement(self) -> Judgement:
        """What came of it: the decision, or the faults."""
        return self._judgement

    def __repr__(self) -> str:
        return drawing.words(self._simulation, self._judgement)

    def html(self) -> str:
        """The picture, which loads nothing. What is typed is data."""
        policies = "".join(map(drawing.policy_html, self._judgement.readings))
        return (
            f"<div>{drawing.decision_html(self._judgement)}"
            f"{drawing.asked_html(self._simulation, self._judgement)}{policies}</div>"
        )

    def _build(self) -> ipywidgets.Widget:
        from helpers.views.playground.form import Form

        self._form = Form(self)
        return self._form.box

    def refresh(self) -> None:
        if self._form is not None:
            self._form.refresh()
