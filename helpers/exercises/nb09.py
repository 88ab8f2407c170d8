"""Exercises of notebook 09, secure the account."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from helpers.exercises.answers import LAB, names
from helpers.exercises.exercise import Exercise, WrongAnswer
from helpers.exercises.outcome import NotAttempted
from helpers.exercises.quiz import Option, Quiz
from helpers.exercises.render import Text, show

if TYPE_CHECKING:
    import pandas as pd

# What is tried, as tables -------------------------------------------------------------------------

NO_BREAK = "\u00a0"
"""Between a symbol and its word, so that a narrow column keeps them together."""


def attacks(lab: Any) -> pd.DataFrame:
    """Every attack tried once: ``attack``, ``with``, ``outcome``, ``stopped by``; a row each."""
    import pandas as pd

    from helpers.lab.attacks.neglected import replay_attacks

    _there(lab)
    with _of_ours(lab):
        rows = replay_attacks(lab)
    table = pd.DataFrame(rows, columns=["attack", "with", "outcome", "stopped by"])
    return table.assign(outcome=table["outcome"].str.replace(" ", NO_BREAK, n=1))


def jobs(lab: Any) -> pd.DataFrame:
    """Every job done once: ``job``, ``who``, ``what``, ``outcome``, and where one ended and why."""
    import pandas as pd

    from helpers.lab.scenarios import neglected_jobs

    _there(lab)
    what = {job.name: job.what for job in neglected_jobs.jobs()}
    rows = [{**run.row, "what": what[run.job.name]} for run in _done(lab)]
    columns = ["job", "who", "what", "outcome", "ended at", "stopped by"]
    table = pd.DataFrame(rows, columns=columns)
    table["outcome"] = table["outcome"].str.replace(" ", NO_BREAK, n=1)
    return table.loc[:, (table != "").any()]


def _there(lab: Any) -> None:
    if lab is None:
        raise LookupError("There is no account: run the notebook's first code cell again.")


def _done(lab: Any) -> list[Any]:
    """Every job, done once."""
    from helpers.lab.scenarios import neglected_jobs

    with _of_ours(lab):
        return [job.run(lab) for job in neglected_jobs.jobs()]


# What the learner has done ------------------------------------------------------------------------


@dataclass
class _Told:
    """Of one account: which of its events are not the learner's, and what was brought about."""

    ours: list[range] = field(default_factory=list)
    since: int = 0
    """The event from which on the learner's calls count: the last round ended there."""
    finished: int = 0
    """How many rounds ``finish`` has gone through."""
    ever: bool = False
    """Whether the learner changed anything in a round before."""
    judged: tuple[int, datetime, int] | None = None
    """What was judged last: which round, when, and after how many decisions."""
    said: str | None = None
    """What was said of it."""


_TOLD: WeakKeyDictionary[Any, _Told] = WeakKeyDictionary()
_NOT_JUDGED = frozenset(
    {
        "GenerateCredentialReport",
        "ConsoleLogin",
        # The round that the notebook does itself.
        "UpdateTrail",
        "CreateAnalyzer",
        "CreateServiceLinkedRole",
        "PutAlternateContact",
    }
)
"""Calls that write, and that no round here is judged by."""


def _told(lab: Any) -> _Told:
    if lab not in _TOLD:
        _TOLD[lab] = _Told(since=_started(lab))
    return _TOLD[lab]


def _events(lab: Any) -> list[dict[str, Any]]:
    return lab.trail.of_account(lab.account.id)


def _started(lab: Any) -> int:
    """The first event after the scenario: its last are those of the jobs on its last day."""
    from helpers.lab.scenarios.neglected import leaked

    leaked(lab)  # another account has no such jobs, and says so
    events = _events(lab)
    scenario = [n for n, event in enumerate(events) if event["eventName"] == "DescribeTrails"]
    return scenario[0] + 1


@contextmanager
def _of_ours(lab: Any) -> Iterator[None]:
    """What happens in here is the jobs', the attacks' or the check's, and not the learner's."""
    told, first = _told(lab), len(_events(lab))
    try:
        yield
    finally:
        told.ours.append(range(first, len(_events(lab))))


def _touched(lab: Any) -> bool:
    """Whether the learner has changed anything since the last round ended."""
    told = _told(lab)
    return any(
        not event["readOnly"]
        and "errorCode" not in event
        and event["eventName"] not in _NOT_JUDGED
        and not any(number in each for each in told.ours)
        for number, event in enumerate(_events(lab))
        if number >= told.since
    )


# The rounds ---------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Round:
    """What a round has to stop, and what else it has to bring about."""

    number: int
    attacks: tuple[int, ...]
    """Their places in ``ATTACKS``."""
    also: Callable[[Any], str | None]

    def judge(self, lab: Any) -> str | None:
        """What is said of the account as it stands; ``None``: the round is won.

        Raises ``NotAttempted`` where nothing was changed yet.
        """
        told, touched = _told(lab), _touched(lab)
        if told.finished >= self.number:
            return self._said(lab)
        # Whoever mended more in an earlier round than it asked for has won this one already.
        said = self._said(lab) if touched or told.ever else ""
        if said is None or touched:
            return said
        raise NotAttempted("Nothing is changed yet: write the calls above the check.")

    def _said(self, lab: Any) -> str | None:
        """What is wrong; an account that nothing has happened to since is not asked again."""
        told = _told(lab)
        if told.judged != self._now(lab):
            told.said = _broken(lab) or self._worked(lab) or self._left(lab)
            told.judged = self._now(lab)
        return told.said

    def _now(self, lab: Any) -> tuple[int, datetime, int]:
        return self.number, lab.clock.now, len(lab.decisions)

    def _worked(self, lab: Any) -> str | None:
        from helpers.lab.attacks.neglected import ATTACKS

        with _of_ours(lab):
            for attack in (ATTACKS[place] for place in self.attacks):
                if attack.run(lab, attack.name).worked:
                    return f"The attack once more: {attack.name}, with {attack.held}, still works."
        return None

    def _left(self, lab: Any) -> str | None:
        with _of_ours(lab):
            return self.also(lab)

    def reach(self, lab: Any) -> Any:
        """The account after this round, whoever won it; a new one where this one is past mending.

        What a learner has won is left as it is.
        """
        from helpers import Lab
        from helpers.lab.scenarios.neglected_mended import ROUNDS, mend

        told, touched = _told(lab), _touched(lab)
        told.ever |= touched
        if not (told.ever and self._said(lab) is None):
            with _of_ours(lab):
                ROUNDS[self.number - 1](lab)
            if told.ever and self._said(lab) is not None:
                show(Text("Something that this account needs is gone. It was started afresh."))
                lab = Lab.start("neglected")
                told = _told(lab)
                with _of_ours(lab):
                    mend(lab, self.number)
        told.finished = max(told.finished, self.number)
        told.since = len(_events(lab))
        return lab


def _broken(lab: Any) -> str | None:
    """What is said of the first job that does not work any more."""
    for run in _done(lab):
        if not run.worked:
            step = run.failed
            return (
                f"The job `{run.job.name}` of {run.job.who} does not work any more. It ended at "
                f"`{step.name}`: {step.control or step.said}."
            )
    return None


def _people(lab: Any) -> str | None:
    iam = lab.root.client("iam")
    if not iam.get_account_summary()["SummaryMap"]["AccountMFAEnabled"]:
        return "Root's password alone still opens the account: `root` has no MFA device."
    for user in (user["UserName"] for user in iam.list_users()["Users"]):
        if _has_password(iam, user) and not iam.list_mfa_devices(UserName=user)["MFADevices"]:
            return f"`{user}` has a password and no MFA device."
        for key in iam.list_access_keys(UserName=user)["AccessKeyMetadata"]:
            days = _idle(iam, key, lab.clock.now)
            if key["Status"] == "Active" and days > IDLE_DAYS:
                return f"An access key of `{user}` is active, and nobody used it for {days} days."
    return _password_policy(iam)


IDLE_DAYS = 45


def _has_password(iam: Any, user: str) -> bool:
    try:
        iam.get_login_profile(UserName=user)
    except iam.exceptions.NoSuchEntityException:
        return False
    return True


def _idle(iam: Any, key: Any, now: Any) -> int:
    """For how many days nobody used a key."""
    used = iam.get_access_key_last_used(AccessKeyId=key["AccessKeyId"])["AccessKeyLastUsed"]
    return (now - used.get("LastUsedDate", key["CreateDate"])) // timedelta(days=1)


def _password_policy(iam: Any) -> str | None:
    from helpers.lab.scenarios.neglected_mended import LENGTH, REMEMBERED

    try:
        policy = iam.get_account_password_policy()["PasswordPolicy"]
    except iam.exceptions.NoSuchEntityException:
        return "The account has no password policy, so 8 characters are enough for a password."
    if policy["MinimumPasswordLength"] < LENGTH:
        return f"A password of {policy['MinimumPasswordLength']} characters is still enough."
    if policy.get("PasswordReusePrevention", 0) < REMEMBERED:
        return "A password that somebody had before can be chosen again."
    return None


def _nothing_else(lab: Any) -> None:
    return None


FIRST = Round(1, (0, 1, 2, 3, 4, 5), _people)
SECOND = Round(2, (6, 7, 8, 12, 13, 14), _nothing_else)
FOURTH = Round(4, (9, 10, 11), _nothing_else)
"""The third, record and watch, is the notebook's own."""


# q1: the plan -------------------------------------------------------------------------------------

STOPS = {
    "root-access-key": 0,
    "role-for-anyone": 6,
    "s3-not-public": 9,
    "console-mfa": 5,
    "no-full-admin": 13,
    "role-for-others": 7,
    "s3-account-block": 9,
    "no-open-admin-ports": 10,
}
"""Control → the place in ``ATTACKS`` of one that ends with it."""

LATER = frozenset({"root-mfa", "trail-everywhere", "imdsv2"})


def _plan(answer: frozenset[str]) -> str | None:
    from helpers.lab.attacks.neglected import ATTACKS

    for given in sorted(answer - LATER):
        if given in STOPS:
            attack = ATTACKS[STOPS[given]]
            return f"Mend `{given}`, and this ends: {attack.name}, with {attack.held}."
        return f"`{given}` is none of the eleven."
    if missing := len(LATER - answer):
        those = "one more control stops" if missing == 1 else f"{missing} more controls stop"
        return f"What you list is right, and {those} none of the fifteen attacks."
    return None


q1 = Exercise(
    name="nb09.q1",
    title="What comes first",
    question=(
        "Strangers are in already, so what they use **today** is mended first. Go through the "
        "eleven controls. Three of them, mended alone, would stop **none** of the fifteen attacks. "
        "Put their ids into `later`."
    ),
    expects=names('["one-control", "another-control"]'),
    stub='later = ["..."]',
    model_answer='later = ["root-mfa", "trail-everywhere", "imdsv2"]',
    rule=_plan,
    explanation=(
        "Nobody has root's password yet; a trail stops nobody, it tells; and no attack went "
        "through a machine. They matter all the same. Critical says how bad a fault can become, "
        "not how soon it is used. A plan looks at both."
    ),
    hints=(
        "For each control: which line of the attacks would end?",
        "Root's *key* leaked. Did root's password?",
        "One of the three only records, one is about machines, one about signing in as root.",
    ),
    wrong_answers=(
        WrongAnswer('later = ["root-mfa", "imdsv2"]', says="one more control stops"),
        WrongAnswer('later = ["root-mfa"]', says="2 more controls stop"),
        WrongAnswer(
            'later = ["root-mfa", "no-full-admin"]', says="make an administrator, with what the"
        ),
        WrongAnswer('later = ["s3-account-block"]', says="read the bucket exchange"),
        WrongAnswer('later = ["password-length"]', says="none of the eleven"),
    ),
)


# q2: root and people ------------------------------------------------------------------------------

_PEOPLE_STUB = """people = ["root", "admin", "analyst", "auditor"]
leavers = ["contractor", "intern"]"""
_PEOPLE = f"""{_PEOPLE_STUB}
for key in iam.list_access_keys()["AccessKeyMetadata"]:
    iam.delete_access_key(AccessKeyId=key["AccessKeyId"])
for name in people:
    enrol(name)
for name in leavers:
    try_call(iam.delete_login_profile, UserName=name)
for name in [*leavers, "admin", "analyst"]:
    keys_off(name)
iam.update_account_password_policy(
    MinimumPasswordLength=14, PasswordReusePrevention=24)"""

q2 = Exercise(
    name="nb09.q2",
    title="Root and people",
    question=(
        "Stop the first six attacks, and mend what the scorecard says of root and of people:\n\n"
        "- root's access key: `iam.list_access_keys()` without a name lists root's own; "
        "`iam.delete_access_key(AccessKeyId=…)`\n"
        "- MFA for root and for everybody who works: `enrol(name)`\n"
        "- who left is out: `iam.delete_login_profile(UserName=…)` takes the password, "
        "`keys_off(name)` the keys\n"
        "- keys that people never used: `keys_off(name)`\n"
        "- `iam.update_account_password_policy(MinimumPasswordLength=14, "
        "PasswordReusePrevention=24)`\n\n"
        "All seven jobs go on. The check tries the six attacks and does the jobs."
    ),
    expects=LAB,
    stub=_PEOPLE_STUB,
    model_answer=_PEOPLE,
    rule=FIRST.judge,
    explanation=(
        "What leaked is worthless now: root's key is gone, the leavers' keys are off, and the "
        "administrator's password alone opens nothing. The leavers' users are still there. Their "
        "names stand in the record, and an owner may yet turn up for what they made."
    ),
    hints=(
        "Run `exercise.attacks(lab).head(6)` after each step. It says what is left.",
        "`for name in people: enrol(name)`, then the leavers, then the keys of admin and analyst.",
        "The program `backup` has a key, too, and works with it. It comes in the next round.",
    ),
    wrong_answers=(
        WrongAnswer(
            f"{_PEOPLE_STUB}\n"
            'for name in leavers:\n    iam.tag_user(UserName=name, Tags=[{"Key": "left", '
            '"Value": "yes"}])',
            says="read the payroll, with the leaked key of root, still works",
        ),
        WrongAnswer(
            f"{_PEOPLE_STUB}"
            """
for name in ["analyst", *leavers]:
    keys_off(name)
    iam.delete_login_profile(UserName=name)
    for group in iam.list_groups_for_user(UserName=name)["Groups"]:
        iam.remove_user_from_group(UserName=name, GroupName=group["GroupName"])
    for key in iam.list_access_keys(UserName=name)["AccessKeyMetadata"]:
        iam.delete_access_key(UserName=name, AccessKeyId=key["AccessKeyId"])
    iam.delete_user(UserName=name)""",
            says="The job `monthly report` of the analyst does not work any more",
        ),
        WrongAnswer(
            _PEOPLE.replace('["root", "admin", ', '["root", '),
            says="sign in and make an administrator, with the leaked password of admin",
        ),
    ),
    reach=FIRST.reach,
    reached="Root and everybody who works has MFA, who left is out, and old keys are off.",
)


# q3: programs and roles ---------------------------------------------------------------------------

_ROLES_STUB = 'vendor = "arn:aws:iam::777788889999:root"'
_WORK = """work = document(
    {"Effect": "Allow", "Action": "s3:ListBucket", "Resource": "arn:aws:s3:::payroll"},
    {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::payroll/*"},
    {"Effect": "Allow", "Action": "s3:PutObject", "Resource": "arn:aws:s3:::backups/*"})"""
_NEW_KEY = """old = iam.list_access_keys(UserName="backup")["AccessKeyMetadata"][0]["AccessKeyId"]
try_call(iam.create_access_key, UserName="backup")
iam.update_access_key(UserName="backup", AccessKeyId=old, Status="Inactive")
"""
_ROLES = f"""{_ROLES_STUB}
{_NEW_KEY}{_WORK}
iam.put_user_policy(UserName="backup", PolicyName="Work", PolicyDocument=work)
try_call(iam.delete_user_policy, UserName="backup", PolicyName="Everything")
trust("deploy", "arn:aws:iam::111122223333:user/admin")
trust("monitoring", vendor, {{"StringEquals": {{"sts:ExternalId": "example-corp-8c41"}}}})
iam.attach_role_policy(RoleName="monitoring", PolicyArn=f"{{AWS}}/AmazonEC2ReadOnlyAccess")
try_call(iam.detach_role_policy, RoleName="monitoring", PolicyArn=f"{{AWS}}/AdministratorAccess")"""

q3 = Exercise(
    name="nb09.q3",
    title="Programs and roles",
    question=(
        "Give the program and the two roles what their jobs need, and nothing else:\n\n"
        "- `backup`: first a new key, `iam.create_access_key(UserName=…)`, then the old one off, "
        '`iam.update_access_key(UserName=…, AccessKeyId=…, Status="Inactive")`. (It takes its '
        "newest key by itself.) A policy for its work with "
        "`iam.put_user_policy(UserName=…, PolicyName=…, PolicyDocument=document(…))`; and "
        '`iam.delete_user_policy(UserName=…, PolicyName="Everything")`\n'
        "- `deploy`: `trust(role, principal)` names the one who may assume it\n"
        "- `monitoring`: `trust(role, principal, condition)` asks for the external id; "
        '`f"{AWS}/AmazonEC2ReadOnlyAccess"` in the place of AdministratorAccess, with '
        "`iam.attach_role_policy` and `iam.detach_role_policy(RoleName=…, PolicyArn=…)`\n\n"
        "What each job does stands in the table of jobs. The check tries six attacks."
    ),
    expects=LAB,
    stub=_ROLES_STUB,
    model_answer=_ROLES,
    rule=SECOND.judge,
    explanation=(
        "The leaked key is off, and a thief *inside* the program, who has its new key, cannot make "
        "users or stop the trail. Each role trusts the one it is for, and the vendor only while "
        "it works for you: another customer's request brings another external id."
    ),
    hints=(
        "The backup lists `payroll`, reads `payroll/*` and writes into `backups/*`.",
        'The external id stands in the role\'s description. The condition: `{"StringEquals": '
        '{"sts:ExternalId": "…"}}`.',
        "Attach the small policy before you take the large one away.",
    ),
    wrong_answers=(
        WrongAnswer(
            'iam.attach_user_policy(UserName="backup", PolicyArn=f"{AWS}/AWSDenyAll")',
            says="The job `nightly backup` of the program backup does not work any more",
        ),
        WrongAnswer(
            _ROLES.replace("example-corp-8c41", "example-corp"),
            says="assume the role monitoring`: the role trust policy (condition sts:ExternalId)",
        ),
        WrongAnswer(
            _ROLES.replace(_NEW_KEY, ""),
            says="read the payroll, with the leaked key of backup, still works",
        ),
    ),
    reach=SECOND.reach,
    reached=(
        "The backup has a new key and its work alone; `deploy` trusts the administrator, "
        "`monitoring` the vendor with its external id."
    ),
)


# q4: buckets and network --------------------------------------------------------------------------

_CLOSE_STUB = 'partner = "arn:aws:iam::444455556666:root"'
_BLOCK = """lab.root.client("s3control").put_public_access_block(
    AccountId="111122223333", PublicAccessBlockConfiguration=ALL_ON)"""
_PORTS = """for port in [22, 3389]:
    try_call(ec2.revoke_security_group_ingress, GroupId=web, IpProtocol="tcp",
             FromPort=port, ToPort=port, CidrIp="0.0.0.0/0")"""
_CLOSE = f"""{_CLOSE_STUB}
orders = document(
    {{"Effect": "Allow", "Principal": {{"AWS": partner}}, "Action": "s3:GetObject",
     "Resource": "arn:aws:s3:::exchange/orders/*"}})
s3.put_bucket_policy(Bucket="exchange", Policy=orders)
{_BLOCK}
{_PORTS}"""

q4 = Exercise(
    name="nb09.q4",
    title="Buckets and network",
    question=(
        "Close the bucket `exchange` to the world and the machine `web` to all who knock at ports "
        "22 and 3389. The partner goes on reading `orders/*`, and customers see the website.\n\n"
        "- `s3.put_bucket_policy(Bucket=…, Policy=document(…))`: name the partner as "
        '`"Principal": {"AWS": partner}`\n'
        '- `lab.root.client("s3control").put_public_access_block(AccountId=…, '
        "PublicAccessBlockConfiguration=ALL_ON)`\n"
        '- `ec2.revoke_security_group_ingress(GroupId=web, IpProtocol="tcp", FromPort=…, '
        'ToPort=…, CidrIp="0.0.0.0/0")`'
    ),
    expects=LAB,
    stub=_CLOSE_STUB,
    model_answer=_CLOSE,
    rule=FOURTH.judge,
    explanation=(
        "The partner is named, and only the orders are. The account's switches hold whatever "
        "somebody does to a bucket next year. Whoever needs a shell on a machine gets it without "
        "an open port, through Systems Manager."
    ),
    hints=(
        "Name the partner first, then turn the switches on: so the job never stops.",
        "One statement: Effect, Principal, Action `s3:GetObject`, Resource "
        '`"arn:aws:s3:::exchange/orders/*"`.',
        "`for port in [22, 3389]:` and leave 443 as it is.",
    ),
    wrong_answers=(
        WrongAnswer(
            f"{_BLOCK}\n{_PORTS}",
            says="The job `fetch the orders` of a partner, account 444455556666 does not work",
        ),
        WrongAnswer(
            _CLOSE.replace("[22, 3389]", "[22, 443, 3389]"),
            says="The job `website` of the machine web does not work any more",
        ),
        WrongAnswer(
            _CLOSE
            + """
for half in ["0.0.0.0/1", "128.0.0.0/1"]:
    ec2.authorize_security_group_ingress(
        GroupId=web, IpProtocol="tcp", FromPort=22, ToPort=22, CidrIp=half)""",
            says="reach port 22, with nothing, still works",
        ),
    ),
    reach=FOURTH.reach,
    reached="The partner alone reads the orders, nothing is public, and two ports are closed.",
)


# The quiz -----------------------------------------------------------------------------------------

quiz1 = Quiz(
    name="nb09.quiz1",
    question="All 38 controls pass. What do you know?",
    options={
        "a": Option(
            "nobody can get into the account",
            "A control asks one known question. It does not know your jobs, nor who has a key.",
        ),
        "b": Option(
            "thirty-eight known faults were not there when the snapshot was taken",
            "It is a picture of one moment, and of what somebody thought of asking.",
            right=True,
        ),
        "c": Option(
            "the account does what the company needs",
            "An account in which nobody may do anything passes most of them.",
        ),
    },
)

quiz2 = Quiz(
    name="nb09.quiz2",
    question="A control says `cannot tell, because AccessDenied`. What is it worth?",
    options={
        "a": Option(
            "as much as a pass: nothing bad was found",
            "Nothing was looked at. Behind it may be anything.",
        ),
        "b": Option(
            "as much as a fail: something is wrong in the account",
            "The reader lacked a right. The account may be well.",
        ),
        "c": Option(
            "nothing, until somebody who may look has looked",
            "So it is neither counted as good nor as bad, and it stays on the list.",
            right=True,
        ),
    },
)

quiz3 = Quiz(
    name="nb09.quiz3",
    question="Why does the vendor send an external id when it assumes your role?",
    options={
        "a": Option(
            "so that nobody who trusts the vendor's account is let in for another customer",
            "The vendor's account acts for many. The id says for whom it acts this time.",
            right=True,
        ),
        "b": Option(
            "it is a password, and keeps the vendor's account secret",
            "AWS does not treat it as a secret. Whoever may see the role can read it.",
        ),
        "c": Option(
            "it replaces MFA for programs",
            "It proves nothing about who calls. The signature does that.",
        ),
    },
)

quiz4 = Quiz(
    name="nb09.quiz4",
    question="You want to turn a key off, and nobody knows who uses it. What first?",
    options={
        "a": Option(
            "delete it: whoever needs it will call",
            "A deleted key does not come back, and it may be the payroll that stops.",
        ),
        "b": Option(
            "leave it, for something could break",
            "That is how this account came to be as it was.",
        ),
        "c": Option(
            "see when it was last used and for what, make it inactive, watch the jobs, then delete",
            "Inactive stops a thief as well, and can be taken back in a second.",
            right=True,
        ),
    },
)
