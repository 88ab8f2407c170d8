"""EC2: the Regions of an account, and the zones in one.

moto answers with the Regions of every partition, as if an account had them all.

AWS pages: https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeRegions.html,
https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/using-regions-availability-zones.html
"""

from __future__ import annotations

import fnmatch
from typing import Any

from helpers.lab import regions
from helpers.lab.errors import AwsError
from helpers.lab.services.ec2_calls import ec2_answers, for_real
from helpers.lab.services.registry import Asked

# Status in Account Management → EC2's word for it.
OPTED = {
    "ENABLED_BY_DEFAULT": "opt-in-not-required",
    "ENABLED": "opted-in",
    "DISABLING": "opted-in",
    "ENABLING": "not-opted-in",
    "DISABLED": "not-opted-in",
}

# Name of a filter → the member that it looks at.
FILTERS = {"endpoint": "Endpoint", "opt-in-status": "OptInStatus", "region-name": "RegionName"}


@ec2_answers("DescribeRegions")
def describe_regions(asked: Asked) -> dict[str, Any]:
    """The Regions that the account has; all of the partition where they are asked for."""
    for_real(asked)
    parameters = asked.parameters
    every = sorted((*regions.ON_BY_DEFAULT, *regions.BY_CHOICE))
    named = parameters.get("RegionNames") or []
    strange = [name for name in named if name not in every]
    if strange:
        raise AwsError("InvalidParameterValue", f"Invalid region '{strange[0]}'")
    found = [
        {
            "RegionName": name,
            "Endpoint": f"ec2.{name}.amazonaws.com",
            "OptInStatus": OPTED[regions.status(asked.account, name, asked.now)],
        }
        for name in every
        if not named or name in named
    ]
    # A Region that is asked for by its name is shown whether it is on or not.
    if not parameters.get("AllRegions") and not named:
        found = [region for region in found if region["OptInStatus"] != "not-opted-in"]
    for wanted in parameters.get("Filters") or []:
        member = FILTERS.get(str(wanted.get("Name")))
        if member is None:
            raise AwsError("InvalidParameterValue", f"The filter '{wanted.get('Name')}' is invalid")
        patterns = wanted.get("Values") or []
        found = [
            region
            for region in found
            if any(fnmatch.fnmatchcase(region[member], pattern) for pattern in patterns)
        ]
    return {"Regions": found}
