"""How fast the policy engine is. ``python tests/benchmarks/bench_policy.py`` prints numbers.

One thread, a policy of ten statements with conditions and variables, a mix of requests. Nothing
here is a test: numbers depend on the machine.

Beside it npm's @cloud-copilot/iam-simulate is measured in the same run, where node finds it: in the
folder that the environment variable IAM_SIMULATE names (the one where ``npm install`` was run), or
in NODE_PATH.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
import tracemalloc
from collections.abc import Callable
from pathlib import Path

from helpers.policy import Policies, Request, evaluate, parse_policy

USER = "arn:aws:iam::111122223333:user/analyst"


def ten_statements() -> dict:
    """A policy as people have it: own keys, own folder, tags, dates, addresses, and MFA."""
    mine = "arn:aws:iam::*:user/${aws:username}"
    return {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Action": "iam:*AccessKey*", "Resource": mine},
            {
                "Effect": "Allow",
                "Action": ["s3:GetObject", "s3:PutObject"],
                "Resource": "arn:aws:s3:::home/${aws:username}/*",
            },
            {
                "Effect": "Allow",
                "Action": "s3:ListBucket",
                "Resource": "arn:aws:s3:::home",
                "Condition": {"StringLike": {"s3:prefix": ["", "${aws:username}/*"]}},
            },
            {
                "Effect": "Allow",
                "Action": ["ec2:Start*", "ec2:Stop*"],
                "Resource": "arn:aws:ec2:*:*:instance/*",
                "Condition": {
                    "StringEquals": {"aws:ResourceTag/team": "${aws:PrincipalTag/team, 'none'}"}
                },
            },
            {
                "Effect": "Allow",
                "Action": "s3:Get*",
                "Resource": "arn:aws:s3:::payroll/*",
                "Condition": {
                    "IpAddress": {"aws:SourceIp": ["10.0.0.0/8", "2001:db8::/32"]},
                    "DateLessThan": {"aws:CurrentTime": "2030-01-01T00:00:00Z"},
                },
            },
            {
                "Effect": "Allow",
                "NotAction": ["iam:*", "organizations:*", "s3:*"],
                "Resource": "*",
                "Condition": {"Bool": {"aws:MultiFactorAuthPresent": "true"}},
            },
            {
                "Effect": "Deny",
                "NotAction": ["iam:CreateVirtualMFADevice", "iam:EnableMFADevice", "sts:Get*"],
                "Resource": "*",
                "Condition": {"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}},
            },
            {
                "Effect": "Deny",
                "Action": "s3:*",
                "NotResource": ["arn:aws:s3:::home*", "arn:aws:s3:::payroll*"],
            },
            {
                "Effect": "Deny",
                "Action": "*",
                "Resource": "*",
                "Condition": {
                    "NumericGreaterThan": {"aws:MultiFactorAuthAge": "3600"},
                    "ForAnyValue:StringNotLike": {"aws:TagKeys": ["team", "cost-*"]},
                },
            },
            {
                "Effect": "Deny",
                "Action": "s3:DeleteObject",
                "Resource": "arn:aws:s3:::*",
                "Condition": {"ArnNotLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/keeper-*"}},
            },
        ],
    }


CONTEXT = {
    "aws:username": "analyst",
    "aws:MultiFactorAuthPresent": "true",
    "aws:MultiFactorAuthAge": "120",
    "aws:SourceIp": "10.1.2.3",
    "aws:CurrentTime": "2026-11-24T12:00:00Z",
    "aws:PrincipalArn": USER,
    "aws:PrincipalTag/team": "blue",
    "aws:ResourceTag/team": "blue",
    "s3:prefix": "analyst/cv",
}
ASKED = (
    ("s3:GetObject", "arn:aws:s3:::home/analyst/cv.pdf"),
    ("s3:GetObject", "arn:aws:s3:::payroll/2026.csv"),
    ("s3:GetObject", "arn:aws:s3:::home/boss/cv.pdf"),
    ("s3:ListBucket", "arn:aws:s3:::home"),
    ("s3:DeleteObject", "arn:aws:s3:::payroll/2026.csv"),
    ("ec2:StopInstances", "arn:aws:ec2:eu-west-1:111122223333:instance/i-0abc"),
    ("iam:CreateAccessKey", USER),
    ("iam:CreateUser", "arn:aws:iam::111122223333:user/new"),
)


def requests(context: dict = CONTEXT) -> list[Request]:
    return [Request(action, resource, USER, context) for action, resource in ASKED]


def per_second(work: Callable[[], int], seconds: float = 1.0) -> float:
    """The best of three rates, each measured over a third of the time."""
    best = 0.0
    for _ in range(3):
        done, start = 0, time.perf_counter()
        while (passed := time.perf_counter() - start) < seconds / 3:
            done += work()
        best = max(best, done / passed)
    return best


def evaluations() -> float:
    policies, asked = Policies(identity=[ten_statements()]), requests()

    def work() -> int:
        for request in asked:
            evaluate(request, policies)
        return len(asked)

    return per_second(work)


def evaluations_with_new_requests() -> float:
    policies = Policies(identity=[ten_statements()])

    def work() -> int:
        for request in requests():
            evaluate(request, policies)
        return len(ASKED)

    return per_second(work)


def explanations() -> float:
    policies, asked = Policies(identity=[ten_statements()]), requests()

    def work() -> int:
        for request in asked:
            _ = evaluate(request, policies).steps
        return len(asked)

    return per_second(work)


def microseconds_by_size() -> dict[int, float]:
    """Statements to microseconds an evaluation: it should grow no faster than the statements."""
    rates = {}
    for times in (1, 4, 16):
        document = ten_statements()
        document["Statement"] = document["Statement"] * times
        policies, asked = Policies(identity=[document]), requests()

        def work(asked: list[Request] = asked, policies: Policies = policies) -> int:
            for request in asked:
                evaluate(request, policies)
            return len(asked)

        rates[10 * times] = 1e6 / per_second(work, 0.6)
    return rates


def milliseconds_to_parse() -> tuple[int, float]:
    """The characters of a long policy and the time to compile it."""
    document = ten_statements()
    size = len(json.dumps(document, separators=(",", ":")))
    document["Statement"] = document["Statement"] * (10_000 // size + 1)
    text = json.dumps(document, separators=(",", ":"))
    return len(text), 1e3 / per_second(lambda: bool(parse_policy(text)))


def kilobytes_that_stay() -> float:
    """A thousand policies, a hundred thousand requests: what memory grew by between the first
    and the second half."""
    policies = [Policies(identity=[ten_statements()]) for _ in range(1000)]

    def half(number: int) -> None:
        for index in range(50_000):
            name = f"user-{number}-{index}"
            request = Request(
                "s3:GetObject", f"arn:aws:s3:::home/{name}/x", USER, {"aws:username": name}
            )
            evaluate(request, policies[index % 1000])

    half(1)
    tracemalloc.start()
    half(2)
    grown = tracemalloc.get_traced_memory()[0] / 1024
    tracemalloc.stop()
    return grown


def milliseconds_to_import() -> float:
    """The time that ``import helpers.policy`` adds to a fresh interpreter; best of five."""
    script = (
        "import time; start = time.perf_counter(); import helpers.policy; "
        "print(1e3 * (time.perf_counter() - start))"
    )
    command = [sys.executable, "-c", script]
    return min(float(subprocess.check_output(command)) for _ in range(5))


PEER = "@cloud-copilot/iam-simulate"
PEER_SCRIPT = Path(__file__).with_name("bench_policy_peer.mjs")
PEER_DECISIONS = {
    "Allowed": "allowed",
    "ExplicitlyDenied": "explicitDeny",
    "ImplicitlyDenied": "implicitDeny",
}
NOT_INSTALLED = 3  # the script's exit status
HOW_TO_GET_IT = f"""  not measured: node, or its package {PEER}, is not there. To compare:
    npm install --prefix FOLDER {PEER}
    IAM_SIMULATE=FOLDER python3 start.py bench"""


def peer(seconds: float = 3.0) -> dict | None:
    """The version, decisions and evaluations a second of the other implementation, in its fastest
    mode, on the same policy and requests; None where it is not installed."""
    node = shutil.which("node")
    if node is None:
        return None
    folder = os.environ.get("IAM_SIMULATE", "")
    task = {
        "folder": os.path.abspath(folder) if folder else None,
        "policy": ten_statements(),
        "requests": [
            {"action": action, "resource": resource, "principal": USER, "context": CONTEXT}
            for action, resource in ASKED
        ],
        "account": USER.split(":")[4],
        "seconds": seconds,
    }
    run = subprocess.run(
        [node, str(PEER_SCRIPT)], input=json.dumps(task), capture_output=True, text=True
    )
    if run.returncode == NOT_INSTALLED:
        return None
    if run.returncode:
        raise RuntimeError(f"{PEER_SCRIPT.name} failed:\n{run.stderr.strip()}")
    return json.loads(run.stdout)


def print_comparison(ours: float) -> None:
    print(f"evaluations a second beside {PEER}:")
    try:
        theirs = peer()
    except (RuntimeError, OSError, ValueError) as error:
        print(f"  not measured: {error}")
        return
    if theirs is None:
        print(HOW_TO_GET_IT)
        return
    policies = Policies(identity=[ten_statements()])
    same = sum(
        evaluate(request, policies).effect == PEER_DECISIONS.get(decision)
        for request, decision in zip(requests(), theirs["decisions"], strict=True)
    )
    rate = theirs["perSecond"]
    print(f"  ours:                                      {ours:>10,.0f}")
    print(f"  theirs ({theirs['version']}):                          {rate:>10,.0f}")
    print(f"  ours / theirs:                             {ours / rate:>10.1f}")
    print(f"  the same decision for:                     {same:>5} of {len(ASKED)}")


def main() -> None:
    ours = evaluations()
    print(f"evaluations a second, requests made before:  {ours:>10,.0f}")
    print_comparison(ours)
    print(f"evaluations a second, each request made new: {evaluations_with_new_requests():>10,.0f}")
    print(f"explained evaluations a second:              {explanations():>10,.0f}")
    for statements, microseconds in microseconds_by_size().items():
        print(f"microseconds for {statements:>3} statements:             {microseconds:>10.1f}")
    size, milliseconds = milliseconds_to_parse()
    print(f"milliseconds to parse {size:,} characters:      {milliseconds:>10.2f}")
    print(f"milliseconds to import:                      {milliseconds_to_import():>10.1f}")
    print(f"kilobytes grown in 50,000 further requests:  {kilobytes_that_stay():>10.1f}")


if __name__ == "__main__":
    main()
