"""Exercises of notebook 03, nothing important here."""

from __future__ import annotations

import csv
import math
import re
from collections.abc import Iterable
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary

from helpers.exercises.answers import LAB, NUMBER, Expected, names
from helpers.exercises.exercise import Exercise, WrongAnswer
from helpers.exercises.outcome import CannotCheck, NotAttempted
from helpers.exercises.quiz import Option, Quiz

OFFICE = "203.0.113.10"
PRICES = Path(__file__).resolve().parents[2] / "notebooks" / "data" / "ec2_prices.csv"


def _lab() -> Any:
    """The account of the notebook, for checks of answers about it."""
    from helpers import Lab

    lab = Lab.current()
    if lab is None:
        raise CannotCheck("No account is running: run the notebook's first code cell again.")
    return lab


def _loot(lab: Any) -> Any:
    from helpers.lab.scenarios import hijacked_replay

    try:
        return hijacked_replay.loot(lab)
    except LookupError as error:
        raise CannotCheck(str(error)) from None


def replay(lab: Any) -> list[dict[str, str]]:
    """The attack once more, with all that the thief holds: a row for each step.

    Nothing of it stays: machines are asked for with DryRun, a user that was made is deleted.
    """
    from helpers.lab.scenarios import hijacked_replay

    return [
        {
            "the thief tries to": attempt.step,
            "with": attempt.held,
            "result": "✖\u00a0worked" if attempt.worked else "✔\u00a0stopped",
            "stopped by": attempt.stopped_by,
        }
        for attempt in hijacked_replay.replay(lab)
    ]


def _listed(example: str) -> Expected:
    """A list of texts, or a column of a table with texts in it."""
    texts = names(example)

    def read(answer: Any) -> frozenset[str]:
        return texts.read(answer.tolist() if hasattr(answer, "tolist") else answer)

    return Expected(texts.words, read)


# q1: what the thief made --------------------------------------------------------------------------


def _left_behind(answer: frozenset[str]) -> str | None:
    from helpers.lab.scenarios.hijacked import BACKUP, SUPPORT

    held = _loot(_lab())
    keys = held.keys - {held.leaked.access_key_id}
    for given in sorted(answer - keys - {BACKUP, SUPPORT}):
        return _not_made(given)
    if BACKUP not in answer:
        return "Somebody is missing whom the thief made."
    if SUPPORT not in answer:
        return (
            "A way in is missing. With it the thief comes from another account and needs no key of "
            "yours."
        )
    if missing := len(keys - answer):
        keys_are = "key is" if missing == 1 else "keys are"
        return (
            f"What you list is right. {missing} {keys_are} missing: look at what was made, not at "
            "who called. Not every key has been used yet."
        )
    return None


def _not_made(given: str) -> str:
    """Why what was given is nothing that the thief made."""
    from helpers.lab.scenarios.hijacked import DEPLOY

    if given == DEPLOY:
        return (
            f"`{DEPLOY}` is the company's: it was there on the first day, and the administrator "
            "works with it. The thief only used it."
        )
    if given in ("admin", "analyst"):
        return f"`{given}` is a colleague. Their keys are the trouble, the user stays."
    if given == _loot(_lab()).leaked.access_key_id:
        return f"`{given}` is the key that leaked. The thief found it, and did not make it."
    if given.startswith("ASIA"):
        return (
            f"`{given}` is the key of a session, which runs out by itself. Sessions come later; "
            "the access keys that are meant here begin with AKIA."
        )
    if who := _owner(given):
        return f"`{given}` is {who}'s. It was made and used in the office, and nowhere else."
    if given.startswith("i-"):
        return f"`{given}` names a machine. They come next."
    return f"There is no user, no role and no access key called `{given}`."


def _owner(key: str) -> str | None:
    iam = _lab().root.client("iam")
    for user in iam.list_users()["Users"]:
        found = iam.list_access_keys(UserName=user["UserName"])["AccessKeyMetadata"]
        if any(each["AccessKeyId"] == key for each in found):
            return str(user["UserName"])
    return None


q1 = Exercise(
    name="nb03.q1",
    title="What the thief made",
    question=(
        "With the stolen key the thief made ways to come back: a user, a role, and access keys. "
        "Which? Put the names of the user and the role and the ids of the keys, which begin with "
        "`AKIA`, into the list `left_behind`. In the table `strange`, calls that make something "
        "begin with `Create`; the column `target` says whom or what it was for, and `made` which "
        "key came of it. You may pick by hand or with pandas; `.dropna()` leaves out empty fields."
    ),
    expects=_listed('["a-user", "a-role", "AKIA…"]'),
    stub='left_behind = ["..."]',
    model_answer=(
        'created = strange[strange["call"].str.startswith("Create")]\n'
        'left_behind = ["svc-backup", "support-access", *created["made"].dropna()]'
    ),
    rule=_left_behind,
    explanation=(
        "A user with a harmless name and a key of its own; a second key for the analyst, as a "
        "reserve, which nobody has used yet; and a role that opens from another account. It would "
        "still be open when every key of yours is changed."
    ),
    hints=(
        '`created = strange[strange["call"].str.startswith("Create")]`, then '
        '`created[["call", "target", "made"]]`.',
        "One user, one role, two keys. The second key was made for somebody of the company.",
        'The keys: `created["made"].dropna()`. The names stand in `target`.',
    ),
    wrong_answers=(
        WrongAnswer('left_behind = ["svc-backup", "support-access"]', says="2 keys are missing"),
        WrongAnswer(
            'used = set(strange["key"].dropna()) & set(strange["made"].dropna())\n'
            'left_behind = ["svc-backup", "support-access", *used]',
            says="1 key is missing",
        ),
        WrongAnswer('left_behind = list(strange["made"].dropna())', says="Somebody is missing"),
        WrongAnswer(
            'left_behind = ["svc-backup", *strange["made"].dropna()]', says="A way in is missing"
        ),
        WrongAnswer('left_behind = [strange.iloc[0]["key"]]', says="is the key that leaked"),
        WrongAnswer(
            'left_behind = [k for k in strange["key"].dropna() if k.startswith("ASIA")]',
            says="the key of a session",
        ),
        WrongAnswer(
            'left_behind = list(events[events["who"] == "user/analyst"]["key"])',
            says="is analyst's",
        ),
        WrongAnswer('left_behind = ["deploy", "svc-backup"]', says="The thief only used it"),
        WrongAnswer('left_behind = ["admin"]', says="is a colleague"),
        WrongAnswer('left_behind = ["i-0123456789abcdef0"]', says="names a machine"),
        WrongAnswer('left_behind = ["user/svc-backup"]', says="no user, no role and no access key"),
        WrongAnswer("left_behind = []", says="Somebody is missing"),
    ),
)


# q2: shut every door ------------------------------------------------------------------------------


def _machines(lab: Any, regions: Iterable[str]) -> list[dict[str, Any]]:
    found = []
    for region in regions:
        answer = lab.root.client("ec2", region_name=region).describe_instances()
        for reservation in answer["Reservations"]:
            found += reservation["Instances"]
    return found


def _theirs(lab: Any) -> list[dict[str, Any]]:
    """The thief's machines, running or not."""
    from helpers.lab.scenarios.hijacked import REGIONS

    return _machines(lab, REGIONS)


def _contained(lab: Any) -> str | None:
    from helpers.lab.scenarios import hijacked_replay as after

    held = _loot(lab)
    if problem := after.work(lab):
        if _untouched(lab, held):
            raise NotAttempted("Nothing is shut yet: run the cells above this one first.")
        return f"The company cannot work. {problem}"
    attempts = after.replay(lab)
    worked = [attempt for attempt in attempts if attempt.worked]
    doors = [attempt for attempt in worked if attempt.step != "mine"]
    if len(worked) == len(attempts) - 2:
        raise NotAttempted("The replay still works in seven places. Shut them above the check.")
    mining = len(after.mining(lab))
    if doors and mining < len(_theirs(lab)):
        return (
            f"Machines are off, and the thief can start new ones or come back: to "
            f"{doors[0].step} with {doors[0].held} still works. The doors come first."
        )
    if doors:
        return f"The attack once more: to {doors[0].step} with {doors[0].held} still works."
    if mining:
        machines = "machine is" if mining == 1 else "machines are"
        return f"All doors are shut. {mining} {machines} still mining, at your expense."
    if name := after.slips_through(lab):
        closed = after.taken_before(lab)
        return (
            f"The sessions of `{name}` end too early. The leaked key was good until "
            f"{closed:%H:%M:%S}, and a session that was taken a second before that still works."
        )
    if after.taken_before(lab) is None:
        return f"The leaked key `{held.leaked.access_key_id}` is still active."
    if key := after.deleted_while_active(lab, since=_settled.get(lab, 0)):
        return (
            f"Every door is shut. But the key `{key}` was deleted without having been inactive "
            "first. Inactive stops the thief as well, and can be taken back if something of yours "
            "stops. Deleted cannot: go on with the next cell, or start again at the first one."
        )
    return None


def _untouched(lab: Any, held: Any) -> bool:
    from helpers.lab.scenarios import hijacked_replay as after

    return after.own_key(lab, "admin") is None and after.taken_before(lab) is None


# How many events an account had when finish() set it right: a deletion before that cannot be taken
# back, and is told once.
_settled: WeakKeyDictionary[Any, int] = WeakKeyDictionary()


def _contain(lab: Any) -> None:
    from helpers.lab.scenarios import hijacked_replay as after

    after.contain(lab)
    _settled[lab] = len(lab.trail.of_account(lab.account.id))


_SHUT = """deny = "arn:aws:iam::aws:policy/AWSDenyAll"
for key, name in stolen_keys.items():
    iam.update_access_key(UserName=name, AccessKeyId=key, Status="Inactive")
iam.put_role_policy(RoleName="deploy", PolicyName="AWSRevokeOlderSessions",
                    PolicyDocument=sessions_end(lab.clock.now))
iam.attach_user_policy(UserName="svc-backup", PolicyArn=deny)
iam.attach_role_policy(RoleName="support-access", PolicyArn=deny)
turn_off(mining)"""

_DOORS = _SHUT.replace("turn_off(mining)", "")


q2 = Exercise(
    name="nb03.q2",
    title="Shut every door",
    question=(
        "Stop everything that still works in the replay: first the doors, then the machines.\n\n"
        '- a key: `iam.update_access_key(UserName=…, AccessKeyId=…, Status="Inactive")`; the '
        "table `stolen_keys` above has whose is whose\n"
        "- the sessions of the role `deploy`: `iam.put_role_policy(RoleName=…, PolicyName=…, "
        "PolicyDocument=…)` with `sessions_end`\n"
        "- the unknown user and the unknown role: deny them everything with `attach_user_policy` "
        "and `attach_role_policy`, `PolicyArn=deny`\n"
        "- the machines: `turn_off(mining)`\n\n"
        "The company goes on working: the analyst reads the payroll, the administrator uses the "
        "role `deploy`, and the server `reports` runs. The check tries the attack and the work."
    ),
    expects=LAB,
    stub='deny = "arn:aws:iam::aws:policy/AWSDenyAll"',
    model_answer=_SHUT,
    rule=_contained,
    explanation=(
        "Keys are inactive, sessions are ended, the strangers are denied everything, and only "
        "then the machines go. Nothing was deleted but the machines: the user and the role are "
        "evidence until AWS Support has seen them. Run the replay again to see what stopped what."
    ),
    hints=(
        "Run `pd.DataFrame(exercise.replay(lab))` after each step. It says what is left.",
        "The analyst has two keys. One of them is the analyst's own and has to stay active.",
        "`for key, name in stolen_keys.items():` goes through the two keys that are left.",
    ),
    wrong_answers=(
        WrongAnswer("turn_off(mining)", says="The doors come first"),
        WrongAnswer(_DOORS, says="9 machines are still mining"),
        WrongAnswer(
            """for name in ["analyst", "svc-backup"]:
    for key in iam.list_access_keys(UserName=name)["AccessKeyMetadata"]:
        iam.update_access_key(
            UserName=name, AccessKeyId=key["AccessKeyId"], Status="Inactive")""",
            says="no access key any more",
        ),
        WrongAnswer(
            _SHUT.replace("stolen_keys.items()", "list(stolen_keys.items())[:1]"),
            says="read the payroll with the second key of analyst",
        ),
        WrongAnswer(
            'iam.attach_role_policy(RoleName="deploy", '
            'PolicyArn="arn:aws:iam::aws:policy/AWSDenyAll")',
            says="update the server with the role `deploy`",
        ),
        WrongAnswer(
            'iam.attach_user_policy(UserName="admin", '
            'PolicyArn="arn:aws:iam::aws:policy/AWSDenyAll")',
            says="The administrator cannot work",
        ),
        WrongAnswer(
            _SHUT.replace("sessions_end(lab.clock.now)", "sessions_end(morning)"),
            says="end too early",
        ),
        WrongAnswer(
            _SHUT.replace(
                'iam.attach_role_policy(RoleName="support-access", PolicyArn=deny)',
                'iam.put_role_policy(RoleName="support-access", PolicyName="End", '
                "PolicyDocument=sessions_end(lab.clock.now))",
            ),
            says="assume support-access and start a machine with another account",
        ),
        WrongAnswer(
            _SHUT + '\nlab.root.client("ec2").terminate_instances(InstanceIds=list('
            'machines[machines["region"] == "us-east-1"]["id"]))',
            says="`reports` in us-east-1, is not running",
        ),
    ),
    reach=_contain,
    reached=(
        "The thief's keys are inactive, the sessions ended, the unknown user and role denied, the "
        "machines terminated; the company works."
    ),
)


# q3: the case -------------------------------------------------------------------------------------

_WHEN = re.compile(
    r"2026-11-08|21:4\d|\b0?8\.? ?nov|nov\w*\.? 0?8\b|\b0?8\.11\b|11/0?8|sunday", re.I
)
_DONE = re.compile(
    r"inactive|deactivat|disabl|terminat|revok|delet|denied|deny|ended|shut|stopp|remov", re.I
)


def _case(lab: Any) -> str | None:
    from helpers.lab.scenarios.hijacked import BACKUP, REGIONS, SUPPORT

    held = _loot(lab)
    support = lab.root.client("support")
    cases = support.describe_cases(includeResolvedCases=True)["cases"]
    # The newest that says something; what Support wrote is not the learner's.
    told = [(case, _written(support, case["caseId"])) for case in cases]
    told = [(case, text) for case, text in told if text.strip(" .…\n")]
    if not told:
        raise NotAttempted("There is no case yet that says anything. Write your text as `body`.")
    case, text = told[0]
    if secret := _secret_in(lab, text):
        return (
            f"The case tells the secret access key of `{secret}`. Support needs the key's id, "
            "and nobody needs the secret."
        )
    if case["serviceCode"] not in ("account-management", "billing"):
        return f"The case went to `{case['serviceCode']}`, where nobody looks for break-ins."
    if case["severityCode"] in ("low", "normal"):
        return f"The severity is `{case['severityCode']}`. An account was broken into."
    for word, what in (
        (held.leaked.access_key_id, "the id of the key that leaked"),
        (BACKUP, "the user that you found"),
        (SUPPORT, "the role that you found"),
        *((region, f"the Region {region}, where machines ran") for region in REGIONS),
    ):
        if word not in text:
            return f"The case does not name {what}."
    if not _WHEN.search(text):
        return "The case does not say since when, by day and hour."
    if not _DONE.search(text):
        return "The case does not say what you have done about it. Support would ask that first."
    return None


def _written(support: Any, case_id: str) -> str:
    answer = support.describe_communications(caseId=case_id)["communications"]
    return "\n".join(
        each["body"] for each in reversed(answer) if each["submittedBy"] != "Amazon Web Services"
    )


def _secret_in(lab: Any, text: str) -> str | None:
    held = _loot(lab)
    callers = [held.leaked, held.backup, held.analyst, lab.caller("admin"), lab.caller("analyst")]
    return next((c.name for c in callers if c.secret_access_key in text), None)


_BODY = '''body = f"""
The access key {leaked} of our user admin leaked and was used by somebody else from
{first["from"]}, first at {first["time"]}.
They started machines in us-west-2, eu-west-1 and ap-southeast-2, made the user svc-backup
and the role support-access, and asked for higher quotas.
We made the keys inactive, ended the sessions, denied the user and the role everything and
terminated the machines. What else do you need?
"""
'''
_OPEN = """try_call(
    support.create_case, subject="Unauthorized use of our account",
    serviceCode="account-management", categoryCode="security",
    severityCode="urgent", issueType="customer-service", communicationBody=body,
)"""
_STUB = f'support = lab.root.client("support")\nbody = """\n...\n"""\n{_OPEN}'
_ANSWER = f'support = lab.root.client("support")\n{_BODY}{_OPEN}'


def _tell(lab: Any) -> None:
    if _already_told(lab):
        return
    from helpers.lab.scenarios.hijacked import BACKUP, REGIONS, SUPPORT

    held = _loot(lab)
    lab.root.client("support").create_case(
        subject="Unauthorized use of our account",
        serviceCode="account-management",
        categoryCode="security",
        severityCode="urgent",
        issueType="customer-service",
        communicationBody=(
            f"The access key {held.leaked.access_key_id} of our user admin leaked and was used by "
            f"somebody else since {held.entered:%Y-%m-%d %H:%M} UTC. They started machines in "
            f"{', '.join(REGIONS)}, made the user {BACKUP} and the role {SUPPORT}, and asked for "
            "higher quotas. We made the keys inactive, ended the sessions, denied the user and "
            "the role everything and terminated the machines."
        ),
    )


def _already_told(lab: Any) -> bool:
    try:
        return _case(lab) is None
    except NotAttempted:
        return False


q3 = Exercise(
    name="nb03.q3",
    title="Tell AWS Support",
    question=(
        "Write the case. Put into `body`: the id of the key that leaked, since when, in which "
        "Regions machines ran, which user and role you found, and what you have done. Write it in "
        "your own words; the facts are in `leaked`, `first` and `mining`. Never write a secret "
        "access key into a case."
    ),
    expects=LAB,
    stub=_STUB,
    model_answer=_ANSWER,
    rule=_case,
    explanation=(
        "Support reads the id, the times and the Regions, and can check them. What you have done "
        "already spares a day of questions."
    ),
    hints=(
        "Five things: key, time, Regions, user and role, what you did.",
        '`f"… {leaked} …"` puts the id in. The Regions are in the table `mining`.',
        "Start with: The access key … of our user admin leaked and was used since …",
    ),
    wrong_answers=(
        WrongAnswer(
            _STUB.replace("\n...\n", "\nHelp! My bill is too high.\n"),
            says="does not name the id of the key",
        ),
        WrongAnswer(
            _ANSWER.replace(", eu-west-1 and", " and"),
            says="the Region eu-west-1",
        ),
        WrongAnswer(
            _ANSWER.replace("{leaked}", "{leaked} {lab.caller('admin').secret_access_key}"),
            says="tells the secret access key",
        ),
        WrongAnswer(_ANSWER.replace('"urgent"', '"low"'), says="The severity is `low`"),
        WrongAnswer(
            _ANSWER.replace('"account-management", categoryCode="security"', '"general-info"'),
            says="went to `general-info`",
        ),
        WrongAnswer(
            re.sub(r"We made.*?need\?", "What now?", _ANSWER, flags=re.DOTALL),
            says="what you have done",
        ),
        WrongAnswer(_ANSWER.replace("the role support-access", "a role"), says="the role that you"),
    ),
    reach=_tell,
    reached="AWS Support has a case with all that it needs.",
)


# q4: the price ------------------------------------------------------------------------------------

CLOSE = 0.005
"""How far from the right sum an answer may be, as a part of it."""


@cache
def _prices() -> dict[str, float]:
    with PRICES.open(encoding="utf-8", newline="") as file:
        return {row["instance_type"]: float(row["usd_per_hour"]) for row in csv.DictReader(file)}


def _cost(answer: float) -> str | None:
    lab = _lab()
    morning = _loot(lab).morning
    midnight = morning.replace(hour=0)
    theirs = _theirs(lab)
    right = _sum(theirs, midnight)
    if not math.isfinite(answer):
        return f"The sum is `{answer}`: in some row a price or a time is missing."
    if _is_close(answer, right):
        return None
    slips = {
        _sum(theirs, morning): "That is what the whole night cost, until 08:00.",
        _sum(theirs, midnight, below_zero=True): (
            "A machine that began after midnight counts as less than nothing: its hours until "
            "then are negative."
        ),
        sum(_prices()[m["InstanceType"]] for m in theirs): (
            "That is what all machines cost in one hour. Each has run for a time of its own."
        ),
    }
    for slip, said in slips.items():
        if _is_close(answer, slip):
            return said
    size = "more" if answer < right else "less"
    return (
        f"You have {answer:.2f} US dollars; it is {size}. Each machine costs its price an hour, "
        "times the hours from `since` until midnight."
    )


def _sum(machines: list[dict[str, Any]], until: datetime, below_zero: bool = False) -> float:
    hours = [(until - m["LaunchTime"]).total_seconds() / 3600 for m in machines]
    if not below_zero:
        hours = [max(h, 0.0) for h in hours]
    return sum(_prices()[m["InstanceType"]] * h for m, h in zip(machines, hours, strict=True))


def _is_close(answer: float, wanted: float) -> bool:
    return abs(answer - wanted) <= CLOSE * abs(wanted)


q4 = Exercise(
    name="nb03.q4",
    title="If an alarm had rung",
    question=(
        "Suppose that an alarm had rung at midnight, and somebody had stopped everything. What "
        "would the thief's machines have cost until then? The table `mining` has for each machine "
        "when it began (`since`) and its price an hour (`usd`); midnight is `morning - 8 * HOUR`. "
        "Put the sum in US dollars into `cost`."
    ),
    expects=NUMBER,
    stub="cost = ...",
    model_answer=(
        'hours = (morning - 8 * HOUR - mining["since"]) / HOUR\n'
        'cost = (hours.clip(lower=0) * mining["usd"]).sum()'
    ),
    rule=_cost,
    explanation=(
        "Three machines ran by then, and none of the dear ones had begun. What an alarm saves is "
        "the rest of the night, and every night after it."
    ),
    hints=(
        'How long each has run by midnight: `morning - 8 * HOUR - mining["since"]`.',
        "A time divided by `HOUR` is a number of hours. `.clip(lower=0)` makes the negative "
        "ones 0.",
        "Multiply hours and price row by row, then `.sum()`.",
    ),
    wrong_answers=(
        WrongAnswer('cost = mining["usd"].sum()', says="in one hour"),
        WrongAnswer(
            'cost = ((morning - mining["since"]) / HOUR * mining["usd"]).sum()',
            says="the whole night",
        ),
        WrongAnswer(
            'cost = ((morning - 8 * HOUR - mining["since"]) / HOUR * mining["usd"]).sum()',
            says="less than nothing",
        ),
        WrongAnswer('cost = mining["usd"].sum() * 730', says="it is less"),
        WrongAnswer('cost = float("nan")', says="is missing"),
        WrongAnswer("cost = 0", says="it is more"),
    ),
)


# q5: the timeline ---------------------------------------------------------------------------------


def _table(answer: Any) -> list[tuple[str, str]]:
    columns = getattr(answer, "columns", None)
    if columns is None:
        raise ValueError
    if not {"time", "call"} <= {str(column) for column in columns}:
        raise CannotCheck("The table needs the columns `time` and `call`, as `events` has them.")
    return [(str(t), str(c)) for t, c in zip(answer["time"], answer["call"], strict=True)]


def _timeline(rows: list[tuple[str, str]]) -> str | None:
    lab = _lab()
    until = f"{_loot(lab).morning:%Y-%m-%dT%H:%M:%SZ}"
    recorded = {
        (event["eventTime"], event["eventName"]): event
        for event in lab.trail.of_account(lab.account.id)
    }
    wanted = [
        row
        for row, event in recorded.items()
        if row[0] < until
        and event["sourceIPAddress"] != OFFICE
        and not event["readOnly"]
        and "errorCode" not in event
    ]
    for row in rows:
        event = recorded.get(row)
        if event is None:
            return f"There is no call `{row[1]}` at {row[0]} in the record."
        if row in wanted:
            continue
        why = (
            "It was the company's own."
            if event["sourceIPAddress"] == OFFICE
            else "It only read."
            if event["readOnly"]
            else f"It was refused ({event.get('errorCode')}) and changed nothing."
        )
        return f"`{row[1]}` at {row[0]} is in your table. {why}"
    missing = [row for row in wanted if row not in rows]
    if missing:
        return f"{len(missing)} of {len(wanted)} changes are missing, such as a `{missing[0][1]}`."
    if rows != sorted(rows):
        return "All changes are there. Put them in order, the oldest first."
    if len(rows) != len(set(rows)):
        return "Some changes are in the table twice."
    return None


TABLE = Expected("a table, such as `strange` or a part of it", _table)

q5 = Exercise(
    name="nb03.q5",
    title="The timeline",
    question=(
        "Make a table of all that the thief **changed**, the oldest first: take `strange`, leave "
        "out the calls that only read (`reads`) and those that were refused (`error`), and put it "
        "into `timeline`."
    ),
    expects=TABLE,
    stub="timeline = ...",
    model_answer=(
        'changed = ~strange["reads"] & strange["error"].isna()\n'
        'timeline = strange[changed].sort_values("time")'
    ),
    rule=_timeline,
    explanation=(
        "From ten minutes after the first call on, machines run. Every row is something that you "
        "had to undo, so the table is the check list for cleaning up as well."
    ),
    hints=(
        '`strange["reads"]` is True or False; `~` in front turns it round.',
        'Not refused: `strange["error"].isna()`. Two conditions: `&` between them.',
        '`strange[condition].sort_values("time")`.',
    ),
    wrong_answers=(
        WrongAnswer("timeline = strange", says="It only read"),
        WrongAnswer('timeline = strange[~strange["reads"]]', says="was refused"),
        WrongAnswer('timeline = events[~events["reads"]]', says="the company's own"),
        WrongAnswer(
            'timeline = strange[strange["call"] == "RunInstances"].dropna(subset=["target"])',
            says="changes are missing",
        ),
        WrongAnswer(
            'changed = ~strange["reads"] & strange["error"].isna()\n'
            'timeline = strange[changed].sort_values("time", ascending=False)',
            says="the oldest first",
        ),
        WrongAnswer("timeline = strange[:0]", says="changes are missing"),
        WrongAnswer(
            'changed = ~strange["reads"] & strange["error"].isna()\n'
            "timeline = pd.concat([strange[changed], strange[changed]])"
            '.sort_values("time")',
            says="twice",
        ),
    ),
)


# The quiz -----------------------------------------------------------------------------------------

quiz1 = Quiz(
    name="nb03.quiz1",
    question="Why is a leaked key first made inactive, and deleted only later?",
    options={
        "a": Option(
            "an inactive key still works for your own programs",
            "It works for nobody. That is the point of it.",
        ),
        "b": Option(
            "if a program of yours stops, you can turn the key on again while you replace it",
            "For the thief both are the same. For you, inactive can be taken back and deleted "
            "cannot.",
            right=True,
        ),
        "c": Option(
            "AWS deletes inactive keys by itself",
            "It does not. Delete it yourself once everything runs with the new one.",
        ),
    },
)

quiz2 = Quiz(
    name="nb03.quiz2",
    question=(
        "A user has a Deny for everything, under the condition `DateLessThan` "
        "`aws:TokenIssueTime` = today, 08:10. What does it stop?"
    ),
    options={
        "a": Option(
            "everything that the user does",
            "An access key carries no `aws:TokenIssueTime`. For a missing key `DateLessThan` does "
            "not fit, so the Deny does not apply.",
        ),
        "b": Option(
            "all sessions, also those that begin tomorrow",
            "A session that begins later has a later time, and passes.",
        ),
        "c": Option(
            "the sessions that began before 08:10, and no access key",
            "So shut the key first. Else the thief takes a new session at 08:11.",
            right=True,
        ),
    },
)

quiz3 = Quiz(
    name="nb03.quiz3",
    question="An account is empty: no data, no servers. What can a thief do with its key?",
    options={
        "a": Option(
            "nothing, for there is nothing to take",
            "What is taken is not in the account. It is computing power, and you pay for it.",
        ),
        "b": Option(
            "start machines in every Region, and the owner gets the bill",
            "An empty account can do the same as a full one.",
            right=True,
        ),
        "c": Option(
            "start machines, but only in the Region where the owner works",
            "Most Regions are on from the first day. The thief takes those where nobody looks.",
        ),
    },
)
