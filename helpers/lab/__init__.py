"""An AWS account inside this process, for ordinary boto3.

moto keeps the account's state; every request passes the lab's gate first, which decides who
calls, what the policies say, what is recorded and what is answered (``gate.py`` is the map).
Importing this package closes the ways out of the process: see ``guard.py``.

The rooms beside it: ``helpers.policy`` decides, ``helpers.analysis`` reads records.
"""

from __future__ import annotations

import sys

from helpers.lab import surroundings

if "moto" not in sys.modules:  # it reads its settings when it is imported
    surroundings.clean()

from helpers.lab import guard
from helpers.lab.attempt import try_call
from helpers.lab.caller import Caller
from helpers.lab.clock import Clock
from helpers.lab.console import SignInFailed
from helpers.lab.lab import Lab
from helpers.lab.refusals import NoLab, NothingLeaves

__all__ = ["Caller", "Clock", "Lab", "NoLab", "NothingLeaves", "SignInFailed", "try_call"]

guard.arm()
