"""What a call ends in that no account answers.

They are classes of their own module, so that a reload of the guard leaves them what they are for
whoever catches them.
"""

from __future__ import annotations

from botocore.exceptions import BotoCoreError

NO_LAB = (
    "No account is running in this notebook, so nobody can answer this call "
    "(it did not leave this machine). Start one with: lab = Lab.start()"
)
FORKED = (
    "This process is a copy of the notebook's (os.fork, multiprocessing), and the account did not "
    "come along, so nobody can answer this call (it did not leave this machine). Call from the "
    "notebook's own process, whose threads share the account"
)


class NothingLeaves(BotoCoreError, PermissionError):
    """A way out of this machine that the guard has closed."""

    fmt = "{reason}"


class NoLab(BotoCoreError):
    """A call while no account is there to answer it."""

    fmt = "{reason}"

    def __init__(self, reason: str = NO_LAB) -> None:
        super().__init__(reason=reason)
