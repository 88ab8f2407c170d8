"""Pictures of what the other rooms return. They decide nothing, and each says its words too."""

from __future__ import annotations

from helpers.views.cost_by_hour import CostByHour
from helpers.views.decision_path import DecisionPath
from helpers.views.granted_used_map import GrantedUsedMap
from helpers.views.playground import Playground
from helpers.views.qr_code import QrCode
from helpers.views.scorecard import ScorecardCard
from helpers.views.vpc_map import VpcMap

__all__ = [
    "CostByHour",
    "DecisionPath",
    "GrantedUsedMap",
    "Playground",
    "QrCode",
    "ScorecardCard",
    "VpcMap",
]
