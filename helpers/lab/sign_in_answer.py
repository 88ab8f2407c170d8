"""What the console answers to a sign-in, as one value: yes with whom, or no with its words.

AWS page: https://docs.aws.amazon.com/IAM/latest/UserGuide/console_sign-in-experience.html
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from helpers.lab.caller import Caller
from helpers.lab.console import CONSOLE_SECONDS, MUST_CHANGE, SignInFailed
from helpers.lab.lab import Lab
from helpers.lab.refusals import NoLab

__all__ = ["SignInAnswer", "sign_in_answer"]


@dataclass(frozen=True)
class SignInAnswer:
    """A yes where there is a ``caller``, else a no, which ``words`` give.

    ``mfa_at`` is when a code was shown, ``None`` without. ``until`` is when the session ends;
    ``None`` for the root user without MFA, whose session the lab never ends (AWS does, after
    twelve hours). ``asks_new_password`` is whether a new password is what is missing.
    """

    words: str
    caller: Caller | None = None
    mfa_at: datetime | None = None
    until: datetime | None = None
    asks_new_password: bool = False

    @property
    def signed_in(self) -> bool:
        return self.caller is not None


def sign_in_answer(
    lab: Lab, user_name: str, password: str, mfa_code: str = "", new_password: str = ""
) -> SignInAnswer:
    """Sign in to the lab's first account with what was typed into a form; "" is left empty.

    Spaces around the name and inside the code ("123 456", as phones show it) do not count.

    >>> lab = Lab.start("house")
    >>> sign_in_answer(lab, "analyst", "quiet-Otter-violet-3").words
    'arn:aws:iam::111122223333:user/analyst is signed in without MFA, until 2026-11-02 21:00:16 UTC'
    >>> sign_in_answer(lab, "analyst", "guess").words
    'Authentication failed: your authentication information is incorrect. Please try again.'
    >>> Lab.stop()
    """
    code = "".join(mfa_code.split())
    try:
        caller = lab.sign_in(
            user_name.strip(), password, code or None, new_password=new_password or None
        )
    except (SignInFailed, NoLab, ValueError) as error:
        return SignInAnswer(str(error), asks_new_password=str(error) == MUST_CHANGE)
    session = lab.account.sessions[caller.access_key_id]
    lasting = session.expires_at - session.issued_at > timedelta(seconds=CONSOLE_SECONDS)
    until = None if lasting else session.expires_at
    how = "without MFA"
    if session.mfa_at is not None:
        how = f"with MFA, shown at {session.mfa_at:%H:%M:%S}"
    end = f"until {until:%Y-%m-%d %H:%M:%S} UTC" if until else "for as long as this account runs"
    words = f"{caller.arn} is signed in {how}, {end}"
    return SignInAnswer(words, caller, session.mfa_at, until)
