"""Exercises of notebook 10, secure S3 buckets."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from typing import Any

from helpers.exercises.answers import LAB, POLICY
from helpers.exercises.behaviour import decides, refused
from helpers.exercises.exercise import Exercise, WrongAnswer
from helpers.exercises.outcome import NotAttempted
from helpers.exercises.quiz import Option, Quiz
from helpers.policy import (
    Policies,
    PolicyType,
    Request,
    Statement,
    catalogue,
    evaluate,
    parse_policy,
)
from helpers.policy.access_checks import no_new_access
from helpers.policy.public_access import is_public

COMPANY, PARTNER, STRANGER = "111122223333", "444455556666", "999988887777"
BUCKET = "arn:aws:s3:::exchange"
ORDERS, NEXT_YEAR = f"{BUCKET}/orders/2027.csv", f"{BUCKET}/orders/2028.csv"
CUSTOMERS = f"{BUCKET}/customers.csv"
BESIDE, PICTURE = f"{BUCKET}/orders-draft.csv", f"{BUCKET}/logo.png"
"""Files that nobody has put there yet."""


def _document(*statements: Mapping[str, Any]) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": list(statements)}


def _user(account: str, name: str) -> str:
    return f"arn:aws:iam::{account}:user/{name}"


ANALYST = _user(COMPANY, "analyst")
ADMIN = _user(COMPANY, "admin")
SERVICE = _user(PARTNER, "service")
ANYTHING = _document({"Effect": "Allow", "Action": "*", "Resource": "*"})

ORDERS_FOR_TWO = _document(
    {
        "Sid": "ReadTheOrders",
        "Effect": "Allow",
        "Principal": {"AWS": [ANALYST, f"arn:aws:iam::{PARTNER}:root"]},
        "Action": "s3:GetObject",
        "Resource": f"{BUCKET}/orders/*",
    }
)
FENCE = {
    "Sid": "OnlyTheTwoAccounts",
    "Effect": "Deny",
    "Principal": "*",
    "Action": "s3:*",
    "Resource": [BUCKET, f"{BUCKET}/*"],
    "Condition": {"StringNotEquals": {"aws:PrincipalAccount": [COMPANY, PARTNER]}},
}
"""The notebook writes these two. An account's ``:root`` in a policy means the whole account."""


def _call(action: str, resource: str, who: str, scheme: str = "https") -> dict[str, Any]:
    """The request for a call to the bucket; ``who`` is an ARN, "*" is nobody in particular."""
    context = {"aws:SecureTransport": "true" if scheme == "https" else "false"}
    if who != "*":
        account = who.split(":")[4]
        context |= {"aws:PrincipalArn": who, "aws:PrincipalAccount": account}
    return {
        "action": action,
        "resource": resource,
        "principal": who,
        "context": context,
        "resource_account": COMPANY,
    }


def _read(resource: str, who: str, scheme: str = "https") -> dict[str, Any]:
    return _call("s3:GetObject", resource, who, scheme)


def _put(lab: Any, policy: Mapping[str, Any]) -> None:
    """Root replaces the bucket's policy, whatever it said, and closes the bucket's switches."""
    from helpers.lab.services.s3_buckets import ALL_ON

    s3 = lab.root.client("s3")
    s3.put_bucket_policy(Bucket="exchange", Policy=json.dumps(policy))
    s3.put_public_access_block(Bucket="exchange", PublicAccessBlockConfiguration=ALL_ON)


def _refused_by_s3(answer: Any) -> str | None:
    """What S3 would say to a policy that the engine can read, and that it does not take."""
    if is_public(answer):
        return (
            "S3 does not take this policy while BlockPublicPolicy is on: to S3 it is public. "
            "Name in `Principal` who may, or in a condition without `*`."
        )
    from helpers.lab import Lab
    from helpers.lab.errors import AwsError
    from helpers.lab.services import s3_policies

    lab = Lab.current()
    if lab is None:
        return None
    text = answer if isinstance(answer, str) else json.dumps(answer)
    try:
        s3_policies.check(text, "exchange", lab.world)
    except AwsError as error:
        return f"S3 does not take this policy. It says: {error.code}: {error.message}"
    return None


# q1: for two, and for nobody else ----------------------------------------------------------------

READS = frozenset({"s3:getobject", "s3:getobjectversion"})


def _for_two_only(policy: Any) -> str | None:
    nobody, stranger = "*", _user(STRANGER, "stranger")
    without_own = [
        (_read(ORDERS, ANALYST), "allowed", "the analyst reads this year's orders"),
        (_read(NEXT_YEAR, ANALYST), "allowed", "the analyst reads next year's orders"),
        (_read(ORDERS, nobody), "denied", "somebody without credentials reads the orders"),
        (_read(CUSTOMERS, nobody), "denied", "somebody without credentials reads the customers"),
        (_read(CUSTOMERS, ANALYST), "denied", "the analyst reads the customers"),
        (_read(BESIDE, ANALYST), "denied", "the analyst reads a file that is not under `orders/`"),
        (_read(ORDERS, _user(COMPANY, "intern")), "denied", "an intern without a policy reads"),
    ]
    with_own = [
        (_read(ORDERS, SERVICE), "allowed", "the partner's user `service` reads the orders"),
        (_read(NEXT_YEAR, SERVICE), "allowed", "`service` reads next year's orders"),
        (
            _read(ORDERS, _user(PARTNER, "nightly")),
            "allowed",
            "another user of the partner's, whose own policy allows it, reads the orders",
        ),
        (_read(CUSTOMERS, SERVICE), "denied", "the partner's user `service` reads the customers"),
        (_read(ORDERS, stranger), "denied", "a user of a third account reads the orders"),
    ]
    return (
        decides(policy, without_own, place="resource")
        or decides(policy, with_own, place="resource", beside={"identity": [ANYTHING]})
        or _refused_by_s3(policy)
        or _others_named(policy)
        or _more_than_reading(policy)
    )


def _as_asked(policy: Any) -> list[dict[str, str]]:
    """Context keys that meet the conditions of one statement each; of who calls, none."""
    found: list[dict[str, str]] = [{}]
    for statement in _allows(policy):
        keys = {
            condition.key: condition.expected[0]
            for condition in statement.conditions
            if condition.expected and not condition.key.lower().startswith("aws:principal")
        }
        if keys:
            # The first address of a range is in it.
            found.append(
                {k: v.split("/")[0] if k.lower() == "aws:sourceip" else v for k, v in keys.items()}
            )
    return found


def _allows(policy: Any) -> list[Statement]:
    statements = parse_policy(policy, PolicyType.RESOURCE).statements
    return [statement for statement in statements if statement.effect == "Allow"]


def _others_named(policy: Any) -> str | None:
    """The first one that the policy names beside the two."""
    for statement in _allows(policy):
        for kind, names in (statement.principals.listed if statement.principals else {}).items():
            for name in names:
                # All of an account may stand beside a condition, which is tried like any other.
                known = ("*", ANALYST, COMPANY, PARTNER, *map(_everybody_of, (COMPANY, PARTNER)))
                if kind != "AWS" or (name not in known and f"::{PARTNER}:" not in name):
                    return f"Both read the orders. But the policy lets in `{name}`, too."
    return None


def _everybody_of(account: str) -> str:
    return f"arn:aws:iam::{account}:root"


def _more_than_reading(policy: Any) -> str | None:
    """The first thing that the policy gives beside reading the orders to the two."""
    alone, beside = (Policies(identity=own, resource=policy) for own in ([], [ANYTHING]))
    people = [
        (ANALYST, alone),
        (SERVICE, beside),
        ("*", alone),
        (_user(COMPANY, "intern"), alone),
        (_user(STRANGER, "stranger"), beside),
    ]
    contexts = _as_asked(policy)
    for action in sorted(catalogue.expand("s3:*"), key=lambda name: name != "s3:DeleteObject"):
        for resource in (ORDERS, CUSTOMERS, BUCKET):
            for who, policies in people:
                if action.casefold() in READS and resource == ORDERS and who in (ANALYST, SERVICE):
                    continue
                call = _call(action, resource, who)
                for keys in contexts:
                    request = Request(**{**call, "context": {**call["context"], **keys}})
                    if evaluate(request, policies).allowed:
                        return (
                            "Both read the orders. But the policy gives more than that: "
                            f"`{action}` on `{resource}` is allowed to "
                            f"{'everybody' if who == '*' else f'`{who}`'}."
                        )
    return None


_FOR = """policy = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Sid": "ReadTheOrders",
            "Effect": "Allow",
            "Principal": %s,
            "Action": "%s",
            "Resource": "%s",
        }
    ],
}"""
_BOTH = """{"AWS": [
                "arn:aws:iam::111122223333:user/analyst",
                "arn:aws:iam::444455556666:root"]}"""
_IN_ORDERS = "arn:aws:s3:::exchange/orders/*"


def _answer(
    principal: str = _BOTH, action: str = "s3:GetObject", resource: str = _IN_ORDERS
) -> str:
    return _FOR % (principal, action, resource)


def _give_to_two(lab: Any) -> dict[str, Any]:
    scope: dict[str, Any] = {}
    exec(q1.model_answer, scope)  # the solution as it is shown
    policy: dict[str, Any] = scope["policy"]
    _put(lab, policy)
    return policy


q1 = Exercise(
    name="nb10.q1",
    title="For two, and for nobody else",
    question=(
        "Write a bucket policy for `exchange`. The user `analyst` and the partner's whole account, "
        "`444455556666`, may read the files under `orders/`, those that come next year as well. "
        "The policy gives them nothing more, and nobody else anything. Start from the one that "
        "stands.\n\nIn `Principal`, a user is `arn:aws:iam::ACCOUNT:user/NAME`; a whole account is "
        "`arn:aws:iam::ACCOUNT:root`. Several stand in a list."
    ),
    expects=POLICY,
    stub=_answer(principal='"*"'),
    model_answer=_answer(),
    rule=_for_two_only,
    explanation=(
        "Only the `Principal` had to change. A policy that names who may is not *public*, so the "
        "switches let it pass."
    ),
    hints=(
        "Of the three, `Principal`, `Action` and `Resource`, which one says that it is everybody?",
        '`{"AWS": [...]}` with two texts in the list.',
        "The analyst's account is `111122223333`, the partner's `444455556666`.",
    ),
    wrong_answers=(
        WrongAnswer(_answer('{"AWS": "*"}'), says="somebody without credentials"),
        WrongAnswer(
            _answer('{"AWS": "arn:aws:iam::444455556666:root"}'), says="the analyst reads this"
        ),
        WrongAnswer(
            _answer(
                '{"AWS": ["arn:aws:iam::111122223333:user/analyst", '
                '"arn:aws:iam::444455556666:user/service"]}'
            ),
            says="another user of the partner",
        ),
        WrongAnswer(_answer(resource="arn:aws:s3:::exchange/*"), says="reads the customers"),
        WrongAnswer(
            _answer(resource="arn:aws:s3:::exchange/orders/2027.csv"), says="next year's orders"
        ),
        WrongAnswer(_answer(action="s3:*"), says="`s3:DeleteObject`"),
        WrongAnswer(_answer('["analyst", "444455556666"]'), says="cannot be read"),
        WrongAnswer(
            _answer(
                '{"AWS": ["arn:aws:iam::111122223333:user/analyst", '
                '"arn:aws:iam::444455556666:root", "arn:aws:iam::111122223333:user/nobody"]}'
            ),
            says="Invalid principal",
        ),
    ),
    reach=_give_to_two,
    reached=(
        "The bucket's policy is for the analyst and the partner's account, and the bucket's four "
        "switches are on."
    ),
)


# q2: only over https -----------------------------------------------------------------------------


def _statements(answer: Any) -> list[Any]:
    document = json.loads(answer) if isinstance(answer, str) else answer
    found = document["Statement"]
    return found if isinstance(found, list) else [found]


def _only_https(answer: Any) -> str | None:
    if malformed := decides(answer, [], place="resource"):
        return malformed
    added = _statements(answer)
    # Who hands over the whole policy has these two in it already.
    standing = [each for each in (*ORDERS_FOR_TWO["Statement"], FENCE) if each not in added]
    policy = _document(*standing, *added)
    calls = (
        ("s3:GetObject", CUSTOMERS, "reads the customers"),
        ("s3:GetObject", PICTURE, "reads a picture"),
        ("s3:PutObject", NEXT_YEAR, "writes a file"),
        ("s3:DeleteObject", ORDERS, "deletes a file"),
        ("s3:ListBucket", BUCKET, "lists the bucket"),
        ("s3:PutBucketPolicy", BUCKET, "changes the bucket's policy"),
    )
    reads = [
        (ANALYST, "analyst reads the orders"),
        (ADMIN, "admin reads the orders"),
        (SERVICE, "the partner's `service` reads the orders"),
        (f"arn:aws:iam::{COMPANY}:root", "root reads the orders"),
    ]
    cases = [
        *((_read(ORDERS, who), "allowed", f"{what} over https") for who, what in reads),
        *((_call(a, r, ADMIN), "allowed", f"admin {what} over https") for a, r, what in calls),
        *((_read(ORDERS, who, "http"), "denied", f"{what} over http") for who, what in reads),
        *(
            (_call(a, r, ADMIN, "http"), "denied", f"admin {what} over http")
            for a, r, what in calls
        ),
    ]
    own = {"identity": [ANYTHING]}
    return (
        decides(policy, cases, place="resource", beside=own)
        or _other_actions(policy)
        or _allows_more(added)
        or _refused_by_s3(policy)
    )


def _allows_more(added: list[Any]) -> str | None:
    """Whether what is added allows something that the policy does not allow already."""
    standing, new = (
        parse_policy(_document(*statements), PolicyType.RESOURCE)
        for statements in (ORDERS_FOR_TWO["Statement"], added)
    )
    if no_new_access(new, standing):
        return (
            "Over http everything is denied. But one of your statements *allows* something that "
            "was not allowed before: over https nothing is to change."
        )
    return None


def _other_actions(policy: Any) -> str | None:
    """The first action of S3's that does not follow the scheme."""
    policies = Policies(identity=[ANYTHING], resource=policy)
    for action in catalogue.expand("s3:*"):
        for resource in (ORDERS, BUCKET):
            for scheme in ("http", "https"):
                request = Request(**_call(action, resource, ADMIN, scheme))
                allowed = evaluate(request, policies).allowed
                if allowed is (scheme == "http"):
                    observed = "allowed" if allowed else "denied"
                    return f"`{action}` on `{resource}` over {scheme}: {observed}."
    return None


_HTTPS = """addition = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Sid": "OnlyHttps",
            "Effect": "%s",
            "Principal": "*",
            "Action": "%s",
            "Resource": %s,
            "Condition": {"Bool": {"aws:SecureTransport": "%s"}},
        }
    ],
}"""
_WHOLE = '["arn:aws:s3:::exchange", "arn:aws:s3:::exchange/*"]'
_FILES = '"arn:aws:s3:::exchange/*"'


def _ask_for_https(lab: Any) -> dict[str, Any]:
    scope: dict[str, Any] = {}
    exec(q2.model_answer, scope)  # the solution as it is shown
    addition: dict[str, Any] = scope["addition"]
    _put(lab, _document(*ORDERS_FOR_TWO["Statement"], FENCE, *addition["Statement"]))
    return addition


q2 = Exercise(
    name="nb10.q2",
    title="Only over https",
    question=(
        "A statement is added to the bucket's policy: over plain http everything is denied to "
        "everybody, on the bucket and on its files. Over https nothing changes. A colleague's "
        "draft is in the cell, and it would lock people out. Three things are wrong with it. Mend "
        "it *before* it is put in force."
    ),
    expects=POLICY,
    stub=_HTTPS % ("Deny", "s3:GetObject", _FILES, "true"),
    model_answer=_HTTPS % ("Deny", "s3:*", _WHOLE, "false"),
    rule=_only_https,
    explanation=(
        "Deny what is *not* secure, so the value is `false`. `s3:*` has actions on files and "
        "actions on the bucket itself, so both stand in `Resource`."
    ),
    hints=(
        "Read the draft aloud: *deny … if the transport is secure*. Is that what is wanted?",
        "Reading is not all that can be done with a file.",
        "Listing is done on the bucket, `arn:aws:s3:::exchange`, and not on a file in it.",
    ),
    wrong_answers=(
        WrongAnswer(
            _HTTPS % ("Deny", "s3:*", _WHOLE, "true"), says="over https: denied, should be allowed"
        ),
        WrongAnswer(
            _HTTPS % ("Deny", "s3:GetObject", _WHOLE, "false"), says="writes a file over http"
        ),
        WrongAnswer(
            _HTTPS % ("Deny", "s3:*", _FILES, "false"), says="lists the bucket over http: allowed"
        ),
        WrongAnswer(
            _HTTPS % ("Allow", "s3:*", _WHOLE, "true"), says="over http: allowed, should be denied"
        ),
        WrongAnswer(
            (_HTTPS % ("Deny", "s3:*", _WHOLE, "false"))
            .replace('"Action"', '"NotAction"')
            .replace('"s3:*"', '"s3:GetBucketAcl"'),
            says="`s3:GetBucketAcl` on",
        ),
        WrongAnswer(_HTTPS % ("Refuse", "s3:*", _WHOLE, "false"), says="cannot be read"),
    ),
    reach=_ask_for_https,
    reached="The bucket's policy has three statements: for the two, the fence, and only https.",
)


# q3: what was deleted ----------------------------------------------------------------------------


def _content(s3: Any, key: str, **version: str) -> str | None:
    from botocore.exceptions import ClientError

    try:
        found = s3.get_object(Bucket="exchange", Key=key, **version)
    except ClientError:
        return None
    return str(found["Body"].read().decode("utf-8", "replace"))


def _brought_back(lab: Any) -> str | None:
    from helpers.lab.scenarios.exchange import FILES

    s3 = lab.root.client("s3")
    now = {key: _content(s3, key) for key in FILES}
    if now == FILES:
        if s3.get_bucket_versioning(Bucket="exchange").get("Status") == "Enabled":
            return None
        return "All files are back. But versioning is no longer on: the next delete is for good."
    found = s3.list_object_versions(Bucket="exchange")
    for key, body in FILES.items():
        kept = [each["VersionId"] for each in found.get("Versions", ()) if each["Key"] == key]
        if all(_content(s3, key, VersionId=version) != body for version in kept):
            return (
                f"Of `{key}` no version is left that holds what it held before the attack: it is "
                "gone for good. `exercise.q3.finish(lab)` brings it from elsewhere."
            )
    markers = [each for each in found.get("DeleteMarkers", ()) if each["IsLatest"]]
    laid = Counter(each["Key"] for each in found.get("DeleteMarkers", ()))
    for key in FILES:
        if now[key] is None and laid[key] > 1:
            return (
                f"`{key}` has {laid[key]} delete markers now: a delete that names no version adds "
                "one more. Name the version that is to go."
            )
    if len(markers) == len(FILES) - 1 and not any(now[key] == FILES[key] for key in FILES):
        events = (e for e in lab.trail.events if e["eventName"] in ("DeleteObject", "PutObject"))
        if said := refused(events):
            return said
        raise NotAttempted("The bucket is as the thief left it. Put your calls above the check.")
    wrong = next(key for key, body in FILES.items() if now[key] != body)
    if now[wrong] is None:
        return f"`{wrong}` cannot be read: a delete marker is still its newest version."
    return f"`{wrong}` can be read, and holds something else than before: {now[wrong]!r}"


def _bring_back(lab: Any) -> None:
    from helpers.lab.scenarios.exchange import FILES

    s3 = lab.root.client("s3")
    if s3.get_bucket_versioning(Bucket="exchange").get("Status") != "Enabled":
        s3.put_bucket_versioning(Bucket="exchange", VersioningConfiguration={"Status": "Enabled"})
    for key, body in FILES.items():
        if _content(s3, key) != body:
            s3.put_object(Bucket="exchange", Key=key, Body=body.encode())


q3 = Exercise(
    name="nb10.q3",
    title="Get it back",
    question=(
        "Bring the three files back, so that each one reads as it did before the attack. "
        "`found` has all versions and delete markers, each with `Key`, `VersionId` and "
        "`LastModified`. `attack_began` is when it began. To take a version or a marker away, name "
        "it: `s3.delete_object(Bucket=..., Key=..., VersionId=...)`."
    ),
    expects=LAB,
    stub='found = s3.list_object_versions(Bucket="exchange")',
    model_answer="""found = s3.list_object_versions(Bucket="exchange")
for each in found.get("Versions", []) + found.get("DeleteMarkers", []):
    if each["LastModified"] >= attack_began:
        s3.delete_object(Bucket="exchange", Key=each["Key"], VersionId=each["VersionId"])""",
    rule=_brought_back,
    explanation=(
        "What is newer than the attack goes, and what lay under it is the newest again. Copying "
        "the good versions on top is as right, and keeps the thief's letter for the police."
    ),
    hints=(
        "Under each marker, and under the letter, lies the file as it was.",
        'Markers stand in `found["DeleteMarkers"]`, the letter in `found["Versions"]`.',
        "What do the markers and the letter have in common? Look at `LastModified`.",
    ),
    wrong_answers=(
        WrongAnswer(
            'found = s3.list_object_versions(Bucket="exchange")\n'
            'for each in found["DeleteMarkers"]:\n'
            '    s3.delete_object(Bucket="exchange", Key=each["Key"],\n'
            '                     VersionId=each["VersionId"])',
            says="holds something else than before: 'Pay",
        ),
        WrongAnswer(
            'found = s3.list_object_versions(Bucket="exchange")\n'
            'for each in found["DeleteMarkers"]:\n'
            '    s3.delete_object(Bucket="exchange", Key=each["Key"])',
            says="a delete that names no version adds one more",
        ),
        WrongAnswer(
            'found = s3.list_object_versions(Bucket="exchange")\n'
            'for each in found["Versions"] + found["DeleteMarkers"]:\n'
            '    s3.delete_object(Bucket="exchange", Key=each["Key"],\n'
            '                     VersionId=each["VersionId"])',
            says="it is gone for good",
        ),
    ),
    reach=_bring_back,
    reached="The three files are as they were, and versioning is on.",
)


# The quiz ----------------------------------------------------------------------------------------

quiz1 = Quiz(
    name="nb10.quiz1",
    question=(
        "A bucket's policy is public. You switch on BlockPublicPolicy, and nothing else. What "
        "changes for a reader without credentials?"
    ),
    options={
        "a": Option(
            "Nothing; the policy that stands goes on working",
            "This switch refuses new public policies. RestrictPublicBuckets takes the effect from "
            "the one that is there.",
            right=True,
        ),
        "b": Option(
            "The reader is denied at once",
            "That is what RestrictPublicBuckets does. This one looks at what is written from now "
            "on.",
        ),
        "c": Option(
            "The policy is deleted",
            "No switch deletes anything. Take them off, and what was public is public again.",
        ),
    },
)

quiz2 = Quiz(
    name="nb10.quiz2",
    question=(
        "Our bucket's policy allows the partner's account to read. A user of the partner's has no "
        "policy at all. Can they read?"
    ),
    options={
        "a": Option(
            "Yes, our policy names their account",
            "That would do for a user of our own. Their account has to agree as well.",
        ),
        "b": Option(
            "Yes, unless Block Public Access is on",
            "The switches are about everybody. A policy for a named account is not public.",
        ),
        "c": Option(
            "No, between accounts both sides have to allow it",
            "Right. We decide which account comes in, and the partner decides who of theirs.",
            right=True,
        ),
    },
)

quiz3 = Quiz(
    name="nb10.quiz3",
    question="A bucket's policy denies everything to everybody, by mistake. Who can mend it?",
    options={
        "a": Option(
            "Any user with AdministratorAccess",
            "An explicit Deny is stronger than AdministratorAccess, as you saw.",
        ),
        "b": Option(
            "The root user of the bucket's account",
            "Right. Root may always read, replace and delete the policy, whatever it says. The "
            "files it cannot read before that, either.",
            right=True,
        ),
        "c": Option(
            "Nobody: the bucket is lost",
            "AWS keeps one way open, so that no account loses its buckets.",
        ),
    },
)

quiz4 = Quiz(
    name="nb10.quiz4",
    question=(
        "Versioning is on. A thief's key allows s3:PutObject and s3:DeleteObject on all files, and "
        "nothing else. What can they destroy for good?"
    ),
    options={
        "a": Option(
            "Nothing: what they hide or cover can be brought back",
            "Right. To delete a version takes s3:DeleteObjectVersion, and to switch versioning off "
            "s3:PutBucketVersioning.",
            right=True,
        ),
        "b": Option(
            "The files that they write over",
            "The older version lies under the new one.",
        ),
        "c": Option(
            "Everything",
            "Their delete adds a marker on top, and takes nothing away.",
        ),
    },
)
