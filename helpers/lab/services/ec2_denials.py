"""EC2: a denied change comes with an encoded message, which sts:DecodeAuthorizationMessage reads.

The message says nothing by itself; the account keeps what it stands for. Calls that only look
have none.

AWS page: https://docs.aws.amazon.com/AWSEC2/latest/APIReference/CommonErrors.html
"""

from __future__ import annotations

from dataclasses import replace

from helpers.lab.account import Account
from helpers.lab.ec2_state import state_of
from helpers.lab.errors import AwsError
from helpers.lab.services.registry import denials
from helpers.policy import Decision

LOOKS = ("Describe", "Export", "Get", "List", "Search")
"""How the names of operations begin that change nothing."""


@denials("ec2")
def with_encoded_message(error: AwsError, decision: Decision, account: Account) -> AwsError:
    """The error of a denial, with the encoded message where EC2 gives one."""
    if decision.request.action.partition(":")[2].startswith(LOOKS):
        return error
    message = state_of(account).encode(decision, account)
    text = f"{error.message}. Encoded authorization failure message: {message}"
    return replace(error, message=text)
