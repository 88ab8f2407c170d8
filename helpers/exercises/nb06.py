"""Exercises of notebook 06, how policies are evaluated."""

from __future__ import annotations

import json
from typing import Any

from helpers.exercises.answers import LAB, POLICY, names
from helpers.exercises.behaviour import calls, decides
from helpers.exercises.exercise import Exercise, WrongAnswer
from helpers.exercises.outcome import CannotCheck, NotAttempted
from helpers.exercises.quiz import Option, Quiz
from helpers.lab.attacks import attempt
from helpers.policy import Policies, Request, evaluate

ACCOUNT = "111122223333"
ANALYST = f"arn:aws:iam::{ACCOUNT}:user/analyst"
ADMIN = f"arn:aws:iam::{ACCOUNT}:user/admin"
BUCKET = "arn:aws:s3:::payroll"


def _document(*statements: dict[str, Any]) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": list(statements)}


ADMINISTRATOR = _document({"Effect": "Allow", "Action": "*", "Resource": "*"})


# q1: three policies, six requests ---------------------------------------------------------------

THREE = {
    "Everyday": _document(
        {"Effect": "Allow", "Action": ["s3:Get*", "s3:List*"], "Resource": [BUCKET, f"{BUCKET}/*"]}
    ),
    "Archive": _document({"Effect": "Deny", "Action": "s3:*", "Resource": f"{BUCKET}/2025.csv"}),
    "Sorry": _document({"Effect": "Allow", "Action": "s3:*", "Resource": f"{BUCKET}/2025.csv"}),
}

REQUESTS = {
    "read 2026": ("s3:GetObject", f"{BUCKET}/2026.csv"),
    "read 2025": ("s3:GetObject", f"{BUCKET}/2025.csv"),
    "write 2026": ("s3:PutObject", f"{BUCKET}/2026.csv"),
    "write 2025": ("s3:PutObject", f"{BUCKET}/2025.csv"),
    "list the files": ("s3:ListBucket", BUCKET),
    "list the users": ("iam:ListUsers", "*"),
}


def _is_allowed(request: str) -> bool:
    action, resource = REQUESTS[request]
    policies = Policies(identity=list(THREE.items()))
    return evaluate(Request(action, resource, ANALYST), policies).allowed


def _allowed(answer: frozenset[str]) -> str | None:
    asked = {request.casefold(): request for request in REQUESTS}
    chosen = {given.casefold() for given in answer}
    for given in sorted(answer):
        request = asked.get(given.casefold())
        if request is None:
            return f"`{given}` is none of the six requests that were asked about."
        if not _is_allowed(request):
            return (
                f"`{request}` is denied. Look for a Deny that applies to it first. If there is "
                "none, look for an Allow."
            )
    missing = sum(_is_allowed(r) and key not in chosen for key, r in asked.items())
    if missing:
        are = "is" if missing == 1 else "are"
        return f"What you list is allowed. {missing} more of the six {are} allowed as well."
    return None


q1 = Exercise(
    name="nb06.q1",
    title="Three policies, six requests",
    question=(
        "Three policies are attached to the analyst, in this order:\n\n"
        "| Policy | Effect | Actions | Resources |\n|---|---|---|---|\n"
        "| Everyday | Allow | `s3:Get*`, `s3:List*` | the bucket `payroll` and its files |\n"
        "| Archive | Deny | `s3:*` | the file `2025.csv` in it |\n"
        "| Sorry | Allow | `s3:*` | the file `2025.csv` in it |\n\n"
        "Which of these six requests are allowed? Put their names into the list `allowed`.\n\n"
        + "\n".join(f"- `{name}`: `{action}`" for name, (action, _) in REQUESTS.items())
    ),
    expects=names('["write 2025"]'),
    stub='allowed = ["..."]',
    model_answer='allowed = ["read 2026", "list the files"]',
    rule=_allowed,
    explanation=(
        "`Archive` denies everything on the file of 2025, so `Sorry` changes nothing, though it "
        "comes later. Writing the file of 2026 and listing users is denied because nobody allows "
        "it."
    ),
    hints=(
        "First ask of each request: does the Deny of `Archive` apply?",
        "For the others: is the action among those of `Everyday`?",
        "There are two.",
    ),
    wrong_answers=(
        WrongAnswer('allowed = ["read 2026", "read 2025"]', says="`read 2025` is denied"),
        WrongAnswer('allowed = ["read 2026"]', says="1 more"),
        WrongAnswer('allowed = ["read 2026", "write 2025"]', says="`write 2025` is denied"),
        WrongAnswer('allowed = ["read 2026", "write 2026"]', says="`write 2026` is denied"),
        WrongAnswer('allowed = ["read"]', says="none of the six"),
        WrongAnswer("allowed = []", says="2 more"),
    ),
)


# q2: one Region ---------------------------------------------------------------------------------


def _in(region: str, action: str, resource: str = "*") -> dict[str, Any]:
    return {
        "action": action,
        "resource": resource,
        "principal": ADMIN,
        "context": {"aws:RequestedRegion": region},
    }


HOME, AWAY, GLOBAL = "eu-central-1", "us-west-2", "us-east-1"
USERS = f"arn:aws:iam::{ACCOUNT}:user/new"

ONE_REGION = [
    (_in(HOME, "ec2:RunInstances"), "allowed", "starting a machine in eu-central-1"),
    (_in(AWAY, "ec2:RunInstances"), "denied", "starting a machine in us-west-2"),
    (_in(AWAY, "s3:CreateBucket", "arn:aws:s3:::new"), "denied", "making a bucket in us-west-2"),
    (_in("ap-southeast-2", "lambda:InvokeFunction"), "denied", "a call in ap-southeast-2"),
    (_in(GLOBAL, "iam:CreateUser", USERS), "allowed", "creating a user"),
    (_in(GLOBAL, "iam:ListUsers"), "allowed", "listing the users"),
    (_in(GLOBAL, "sts:GetSessionToken"), "allowed", "asking for a session"),
    (_in(GLOBAL, "support:CreateCase"), "allowed", "writing to AWS Support"),
    (_in(GLOBAL, "ec2:RunInstances"), "denied", "starting a machine in us-east-1"),
    (_in(GLOBAL, "dynamodb:CreateTable"), "denied", "making a table in us-east-1"),
    (_in(HOME, "s3:GetObject", f"{BUCKET}/2026.csv"), "allowed", "reading a file at home"),
]


def _one_region(policy: Any) -> str | None:
    feedback = decides(policy, ONE_REGION, beside={"identity": [ADMINISTRATOR]})
    if feedback:
        return feedback
    return decides(policy, [(_in(HOME, "ec2:RunInstances"), "denied", "the policy alone, at home")])


_REGION = """policy = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Deny",
            %s,
            "Resource": "*",
            "Condition": {"%s": {"aws:RequestedRegion": %s}},
        }
    ],
}"""

q2 = Exercise(
    name="nb06.q2",
    title="One Region",
    question=(
        "The company works in `eu-central-1` alone. A policy shall deny everything that goes to "
        "another Region, so that a thief cannot start machines where nobody looks. The draft is "
        "too strict: IAM (`iam`) and AWS Support (`support`) are global, and their calls go to "
        "`us-east-1`. So do calls of the service for sessions (`sts`) to its old, global address. "
        "Mend `policy`: those three services stay open, for everything else the fence holds."
    ),
    expects=POLICY,
    stub=_REGION % ('"Action": "*"', "StringNotEquals", '"eu-central-1"'),
    model_answer=_REGION
    % ('"NotAction": ["iam:*", "sts:*", "support:*"]', "StringNotEquals", '"eu-central-1"'),
    rule=_one_region,
    explanation=(
        "`NotAction` leaves the three services out of the Deny. Letting `us-east-1` in would "
        "open that Region for machines as well. Your policy allows nothing by itself; the "
        "administrator's own policy does."
    ),
    hints=(
        "The Deny has to fit everything except three services. Which element says *except*?",
        "All actions of a service: its name, a colon and a `*`.",
        "The condition can stay as it is.",
    ),
    wrong_answers=(
        WrongAnswer(
            _REGION % ('"Action": ["*"]', "StringNotEquals", '["eu-central-1", "us-east-1"]'),
            says="starting a machine in us-east-1: allowed",
        ),
        WrongAnswer(
            _REGION % ('"NotAction": "iam:*"', "StringNotEquals", '"eu-central-1"'),
            says="asking for a session: denied",
        ),
        WrongAnswer(
            _REGION
            % (
                '"NotAction": ["iam:*", "sts:*", "support:*"]',
                "StringEquals",
                '"eu-central-1"',
            ),
            says="in eu-central-1: denied",
        ),
        WrongAnswer(
            _REGION
            % (
                '"NotAction": ["iam:*", "sts:*", "support:*", "ec2:*"]',
                "StringNotEquals",
                '"eu-central-1"',
            ),
            says="starting a machine in us-west-2: allowed",
        ),
        WrongAnswer(
            'policy = {"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "NotAction": '
            '["iam:*", "sts:*", "support:*"], "Resource": "*", "Condition": {"StringNotEquals": '
            '{"aws:RequestedRegion": "eu-central-1"}}}, {"Effect": "Allow", "Action": "*", '
            '"Resource": "*"}]}',
            says="the policy alone",
        ),
        WrongAnswer('policy = {"Statement": [{"Effect": "deny"}]}', says="cannot be read"),
    ),
)


# A second account --------------------------------------------------------------------------------

SECOND = "sandbox"


def second_account(lab: Any) -> tuple[str, Any]:
    """An organization with a second account: its id, and the administrator's session in it.

    The session (a ``Caller``) is of the role that AWS makes in such an account, with
    AdministratorAccess. May be called again: the account is made once.
    https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_accounts_access.html
    """
    from helpers.lab.caller import Caller

    organizations = lab.root.client("organizations")
    attempt("", organizations.create_organization, FeatureSet="ALL")
    if (account := _account_named(organizations, SECOND)) is None:
        organizations.create_account(AccountName=SECOND, Email=f"{SECOND}@example.com")
        account = _account_named(organizations, SECOND)
    role = f"arn:aws:iam::{account}:role/OrganizationAccountAccessRole"
    sts = lab.caller("admin").client("sts")
    answer = sts.assume_role(RoleArn=role, RoleSessionName="admin")
    made, arn = answer["Credentials"], answer["AssumedRoleUser"]["Arn"]
    inside = Caller(
        "admin", arn, made["AccessKeyId"], made["SecretAccessKey"], made["SessionToken"]
    )
    return account, inside


def _account_named(organizations: Any, name: str) -> Any | None:
    found = organizations.list_accounts()["Accounts"]
    return next((account["Id"] for account in found if account["Name"] == name), None)


# q3: the sentence, read backwards -----------------------------------------------------------------

HTTPS_ONLY, CLOSED = "HttpsOnly", "QuarterIsClosed"
EDGE = f"arn:aws:iam::{ACCOUNT}:policy/AnalystsEdge"
FILE = {"Bucket": "payroll", "Key": "2026.csv"}


def overnight(lab: Any) -> None:
    """What somebody did last night: two things that keep the analyst from the file.

    May be called again; it puts everything back to that state.
    """
    iam, s3 = lab.root.client("iam"), lab.root.client("s3")
    s3.put_bucket_policy(Bucket="payroll", Policy=json.dumps(_of_the_bucket(CLOSED)))
    _set_edge(iam, ["s3:ListAllMyBuckets", "s3:ListBucket"])


def _of_the_bucket(*closed: str) -> dict[str, Any]:
    plain_http = {
        "Sid": HTTPS_ONLY,
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": [BUCKET, f"{BUCKET}/*"],
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }
    for_one = {
        "Effect": "Deny",
        "Principal": {"AWS": ANALYST},
        "Action": "s3:GetObject",
        "Resource": f"{BUCKET}/2026.csv",
    }
    return _document(plain_http, *({"Sid": sid, **for_one} for sid in closed))


def _set_edge(iam: Any, actions: list[str]) -> None:
    document = json.dumps(_document({"Effect": "Allow", "Action": actions, "Resource": "*"}))
    there = iam.list_policies(Scope="Local")["Policies"]
    if not any(policy["Arn"] == EDGE for policy in there):
        iam.create_policy(PolicyName="AnalystsEdge", PolicyDocument=document)
    else:
        iam.create_policy_version(PolicyArn=EDGE, PolicyDocument=document, SetAsDefault=True)
        for version in iam.list_policy_versions(PolicyArn=EDGE)["Versions"]:
            if not version["IsDefaultVersion"]:
                iam.delete_policy_version(PolicyArn=EDGE, VersionId=version["VersionId"])
    iam.put_user_permissions_boundary(UserName="analyst", PermissionsBoundary=EDGE)


def _boundary(iam: Any) -> Any | None:
    """The document of the analyst's permissions boundary."""
    user = iam.get_user(UserName="analyst")["User"]
    if "PermissionsBoundary" not in user:
        return None
    arn = user["PermissionsBoundary"]["PermissionsBoundaryArn"]
    version = iam.get_policy(PolicyArn=arn)["Policy"]["DefaultVersionId"]
    found = iam.get_policy_version(PolicyArn=arn, VersionId=version)
    return found["PolicyVersion"]["Document"]


_BEYOND = [
    ("iam:CreateUser", "*", "making a user"),
    ("s3:DeleteObject", f"{BUCKET}/2026.csv", "deleting the file"),
    ("s3:PutObject", f"{BUCKET}/2026.csv", "writing the file"),
]


def _reads_again(lab: Any) -> str | None:
    iam = lab.root.client("iam")
    analyst = lab.caller("analyst")
    boundary = _boundary(iam)
    done = {event["eventName"] for event in lab.events}
    if boundary is None and "PutUserPermissionsBoundary" not in done:
        raise CannotCheck("Run the cell with `exercise.overnight(lab)` first.")
    read, read_openly = analyst.client("s3"), analyst.client("s3", use_ssl=False)
    refused = calls([(lambda: read.get_object(**FILE), "allowed", "the analyst reads the file")])
    if refused and _as_it_was(lab, boundary):
        raise NotAttempted("Nothing was changed yet. Make the call, read its sentence, and begin.")
    if refused:
        return refused
    if calls([(lambda: read_openly.get_object(**FILE), "denied", "the same over plain HTTP")]):
        return (
            f"The file can be read, and now over plain HTTP as well: the bucket's statement "
            f"`{HTTPS_ONLY}` has gone or changed. It had nothing to do with the refusal."
        )
    if boundary is None:
        return (
            "The file can be read, but the analyst has no permissions boundary any more. It "
            "should stay, and allow one thing more than it did."
        )
    for action, resource, what in _BEYOND:
        case = {"action": action, "resource": resource, "principal": ANALYST}
        policies = Policies(identity=[ADMINISTRATOR], permissions_boundary=boundary)
        if evaluate(Request(**case), policies).allowed:
            return (
                f"The file can be read. But the boundary lets more through than it should: "
                f"{what} (`{action}`) would be possible, if somebody allowed it by mistake."
            )
        own = iam.simulate_principal_policy(
            PolicySourceArn=ANALYST, ActionNames=[action], ResourceArns=[resource]
        )
        if own["EvaluationResults"][0]["EvalDecision"] == "allowed":
            return f"The file can be read, and the analyst may do too much now: {what}."
    return None


def _as_it_was(lab: Any, boundary: Any) -> bool:
    s3 = lab.root.client("s3")
    try:
        policy = json.loads(s3.get_bucket_policy(Bucket="payroll")["Policy"])
    except Exception:
        return False
    closed = any(statement.get("Sid") == CLOSED for statement in policy["Statement"])
    return closed and "s3:GetObject" not in json.dumps(boundary)


def _open_again(lab: Any) -> None:
    lab.root.client("s3").put_bucket_policy(Bucket="payroll", Policy=json.dumps(_of_the_bucket()))
    _set_edge(lab.root.client("iam"), ["s3:ListAllMyBuckets", "s3:ListBucket", "s3:GetObject"])


_MEND = """s3 = lab.root.client("s3")
policy = json.loads(s3.get_bucket_policy(Bucket="payroll")["Policy"])
policy["Statement"] = [s for s in policy["Statement"] if s["Sid"] != "QuarterIsClosed"]
s3.put_bucket_policy(Bucket="payroll", Policy=json.dumps(policy))
wider = {"Version": "2012-10-17", "Statement": [
    {"Effect": "Allow", "Resource": "*",
     "Action": ["s3:ListAllMyBuckets", "s3:ListBucket", "s3:GetObject"]}]}
edge = iam.create_policy(
    PolicyName=f"AnalystsEdge-{lab.clock.now:%H%M%S}", PolicyDocument=json.dumps(wider)
)["Policy"]["Arn"]
iam.put_user_permissions_boundary(UserName="analyst", PermissionsBoundary=edge)"""

q3 = Exercise(
    name="nb06.q3",
    title="Read it backwards",
    question=(
        "Since this morning the analyst cannot read `2026.csv`. Let the analyst read it again. "
        "Make the call, read the end of the sentence, look at the policy of the kind that it "
        "names, and change what is in the way and no more. Then make the call again: there may be "
        'a second reason behind the first. Root\'s clients are `iam` and `lab.root.client("s3")`.'
    ),
    expects=LAB,
    stub='try_call(analyst.client("s3").get_object, Bucket="payroll", Key="2026.csv")',
    model_answer=_MEND,
    rule=_reads_again,
    explanation=(
        "First an explicit deny in a resource-based policy: the bucket's. Behind it, a "
        "permissions boundary that did not allow the action. The other statement of the bucket "
        "and the boundary itself had their reasons and stay."
    ),
    hints=(
        "*Explicit deny in a resource-based policy*: `get_bucket_policy` shows it.",
        "Take one statement out of the bucket's policy and put the rest back.",
        "The second sentence names the permissions boundary: `get_user` says which policy it is. "
        "It needs one action more: in a new version, which `create_policy_version` makes and "
        "`SetAsDefault=True` puts in force, or in another policy.",
    ),
    wrong_answers=(
        WrongAnswer(
            'lab.root.client("s3").delete_bucket_policy(Bucket="payroll")\n'
            'iam.delete_user_permissions_boundary(UserName="analyst")',
            says="over plain HTTP",
        ),
        WrongAnswer(
            's3 = lab.root.client("s3")\n'
            'policy = json.loads(s3.get_bucket_policy(Bucket="payroll")["Policy"])\n'
            'policy["Statement"] = policy["Statement"][:1]\n'
            's3.put_bucket_policy(Bucket="payroll", Policy=json.dumps(policy))',
            says="no permissions boundary allows",
        ),
        WrongAnswer(
            's3 = lab.root.client("s3")\n'
            'policy = json.loads(s3.get_bucket_policy(Bucket="payroll")["Policy"])\n'
            'policy["Statement"] = policy["Statement"][:1]\n'
            's3.put_bucket_policy(Bucket="payroll", Policy=json.dumps(policy))\n'
            'iam.delete_user_permissions_boundary(UserName="analyst")',
            says="no permissions boundary any more",
        ),
        WrongAnswer(
            's3 = lab.root.client("s3")\n'
            'policy = json.loads(s3.get_bucket_policy(Bucket="payroll")["Policy"])\n'
            'policy["Statement"] = policy["Statement"][:1]\n'
            's3.put_bucket_policy(Bucket="payroll", Policy=json.dumps(policy))\n'
            'iam.put_user_permissions_boundary(UserName="analyst", '
            'PermissionsBoundary="arn:aws:iam::aws:policy/AmazonS3FullAccess")',
            says="deleting the file",
        ),
    ),
    reach=_open_again,
    reached="The analyst reads the file again; the bucket still wants HTTPS, the boundary stands.",
)


# q4: one address --------------------------------------------------------------------------------


def _from(address: str | None, action: str, *, via_service: str = "false") -> dict[str, Any]:
    context = {"aws:ViaAWSService": via_service}
    if address is not None:
        context["aws:SourceIp"] = address
    return {
        "action": action,
        "resource": f"{BUCKET}/2026.csv" if action.startswith("s3:") else "*",
        "principal": ADMIN,
        "context": context,
    }


OFFICE, CAFE, INSIDE_AWS = "203.0.113.10", "198.51.100.7", "192.0.2.44"

ONE_ADDRESS = [
    (_from(OFFICE, "s3:GetObject"), "allowed", "reading from the office"),
    (_from(CAFE, "s3:GetObject"), "denied", "reading from a café"),
    (_from(CAFE, "ec2:RunInstances"), "denied", "starting a machine from a café"),
    (
        _from(INSIDE_AWS, "s3:GetObject", via_service="true"),
        "allowed",
        "a service of AWS reads for the administrator",
    ),
    (
        _from("192.0.2.45", "s3:GetObject", via_service="true"),
        "allowed",
        "the same service from its next address",
    ),
    (_from("203.0.113.255", "iam:ListUsers"), "allowed", "the last address of the office"),
    (_from("203.0.114.1", "iam:ListUsers"), "denied", "an address just outside"),
    (_from(None, "s3:GetObject"), "denied", "a call that carries no address"),
]


def _one_address(policy: Any) -> str | None:
    return decides(policy, ONE_ADDRESS, beside={"identity": [ADMINISTRATOR]})


_ADDRESS = """policy = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Deny",
            "Action": "*",
            "Resource": "*",
            "Condition": {%s},
        }
    ],
}"""
_NOT_OFFICE = '"NotIpAddress": {"aws:SourceIp": "203.0.113.0/24"}'

q4 = Exercise(
    name="nb06.q4",
    title="Only from the office, and one thing more",
    question=(
        "The draft denies everything that does not come from the office, `203.0.113.0/24`. Since "
        "then a report fails every morning: a service of AWS reads the payroll **in the "
        "administrator's name**, from an address of its own. Such a call carries the key "
        "`aws:ViaAWSService` with the value `true`, all others carry `false`. Mend `policy`: the "
        "services of AWS get through, people get through from the office only, and a call that "
        "carries no address stays denied."
    ),
    expects=POLICY,
    stub=_ADDRESS % _NOT_OFFICE,
    model_answer=_ADDRESS % f'{_NOT_OFFICE}, "Bool": {{"aws:ViaAWSService": "false"}}',
    rule=_one_address,
    explanation=(
        "Both conditions have to fit, so the Deny now applies to calls that come from elsewhere "
        "**and** not by a service of AWS. `NotIpAddress` is a negated operator: it fits a call "
        "without an address, which stays denied."
    ),
    hints=(
        "The Deny has to apply less often. One more condition makes it so.",
        "Conditions in one statement must all fit. For which value of `aws:ViaAWSService` shall "
        "the Deny apply?",
        "The operator for `true` and `false` is `Bool`.",
    ),
    wrong_answers=(
        WrongAnswer(
            _ADDRESS % f'{_NOT_OFFICE}, "Bool": {{"aws:ViaAWSService": "true"}}',
            says="from a café: allowed",
        ),
        WrongAnswer(
            _ADDRESS % '"NotIpAddress": {"aws:SourceIp": ["203.0.113.0/24", "192.0.2.44"]}',
            says="from its next address: denied",
        ),
        WrongAnswer(
            _ADDRESS % '"NotIpAddress": {"aws:SourceIp": "0.0.0.0/0"}',
            says="from a café: allowed",
        ),
        WrongAnswer(
            _ADDRESS % '"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}, '
            '"Bool": {"aws:ViaAWSService": "false"}',
            says="from the office: denied",
        ),
        WrongAnswer(
            _ADDRESS % '"NotIpAddressIfExists": {"aws:SourceIp": "203.0.112.0/22"}, '
            '"Bool": {"aws:ViaAWSService": "false"}',
            says="just outside: allowed",
        ),
        WrongAnswer(
            _ADDRESS % '"NotIpAddress": {"aws:SourceIp": "203.0.113.0/24"}, '
            '"Null": {"aws:SourceIp": "false"}, "Bool": {"aws:ViaAWSService": "false"}',
            says="carries no address: allowed",
        ),
    ),
)


# The quiz ---------------------------------------------------------------------------------------

quiz1 = Quiz(
    name="nb06.quiz1",
    question=(
        "A user has the policy AdministratorAccess and a permissions boundary that allows "
        "`ec2:*`. What can the user do?"
    ),
    options={
        "a": Option(
            "everything, for an administrator may do everything",
            "The identity-based policy allows everything, and the call still has to pass the "
            "boundary's gate.",
        ),
        "b": Option(
            "everything in EC2, and nothing else",
            "What the identity-based policy **and** the boundary allow: EC2.",
            right=True,
        ),
        "c": Option(
            "everything but EC2",
            "A boundary does not deny what it lists. It lists what may get through.",
        ),
        "d": Option(
            "nothing, because the two contradict each other",
            "They do not: both allow EC2.",
        ),
    },
)

quiz2 = Quiz(
    name="nb06.quiz2",
    question=(
        "A call ends with: because no service control policy allows the `ec2:RunInstances` "
        "action. Who can change that?"
    ),
    options={
        "a": Option(
            "the account's administrator, with one more Allow for the user",
            "One more Allow stands behind another gate. The gate of the service control policies "
            "stays shut.",
        ),
        "b": Option(
            "the account's root user",
            "Service control policies bind the root user of a member account as well.",
        ),
        "c": Option(
            "the management account of the organization",
            "It owns the service control policies, and every level has to allow.",
            right=True,
        ),
    },
)

quiz3 = Quiz(
    name="nb06.quiz3",
    question=(
        "A statement denies an action with the condition `StringNotEquals` "
        "`aws:PrincipalTag/team` = `data`. A user without any tag calls. What happens?"
    ),
    options={
        "a": Option(
            "the Deny applies: a missing key is not equal to `data`",
            "A negated operator fits when the key is missing. That makes it right for a Deny.",
            right=True,
        ),
        "b": Option(
            "the Deny does not apply, for there is no tag to compare",
            "That is how `StringEquals` behaves. A negated operator fits when the key is missing.",
        ),
        "c": Option(
            "AWS answers with an error",
            "A missing key is nothing unusual. The operator says what it means.",
        ),
    },
)
