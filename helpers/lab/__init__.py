"""An AWS account inside this process, for ordinary boto3.

moto keeps the account's state; every request passes the lab's gate first, which decides who
calls, what the policies say, what is recorded and what is answered (``gate.py`` is the map).
Importing this package closes the ways out of the process: see ``guard.py``.

The rooms beside it: ``helpers.policy`` decides, ``helpers.analysis`` reads records.
"""

from __future__ import annotations

from helpers.lab import surroundings

surroundings.clean()  # before moto is imported, for it reads its settings then

from helpers.lab import guard  # noqa: E402
from helpers.lab.attempt import try_call  # noqa: E402
from helpers.lab.caller import Caller  # noqa: E402
from helpers.lab.clock import Clock  # noqa: E402
from helpers.lab.console import SignInFailed  # noqa: E402
from helpers.lab.lab import Lab  # noqa: E402
from helpers.lab.refusals import NoLab, NothingLeaves  # noqa: E402

__all__ = ["Caller", "Clock", "Lab", "NoLab", "NothingLeaves", "SignInFailed", "try_call"]

guard.arm()
