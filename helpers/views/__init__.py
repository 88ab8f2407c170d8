"""Pictures of what the other rooms return. They decide nothing, and each says its words too.

``Phone`` and ``SignIn`` act on an account. They load when they are first asked for, so that whoever
looks at exports alone has no account in the process (``helpers.lab`` closes the ways out of it).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from helpers.views.account_map import AccountMap
from helpers.views.cost_by_hour import CostByHour
from helpers.views.decision_path import DecisionPath
from helpers.views.granted_used_map import GrantedUsedMap
from helpers.views.password_meter import PasswordMeter
from helpers.views.playground import Playground
from helpers.views.qr_code import QrCode
from helpers.views.scorecard import ScorecardCard
from helpers.views.timeline import IncidentTimeline
from helpers.views.vpc_map import VpcMap

if TYPE_CHECKING:
    from helpers.views.phone import Phone
    from helpers.views.sign_in import SignIn

__all__ = [
    "AccountMap",
    "CostByHour",
    "DecisionPath",
    "GrantedUsedMap",
    "IncidentTimeline",
    "PasswordMeter",
    "Phone",
    "Playground",
    "QrCode",
    "ScorecardCard",
    "SignIn",
    "VpcMap",
]


def __getattr__(name: str) -> Any:
    if name == "Phone":
        from helpers.views.phone import Phone

        return Phone
    if name == "SignIn":
        from helpers.views.sign_in import SignIn

        return SignIn
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
