"""What the lab costs beside plain moto. Run it by hand; pytest does not collect it.

    python3 start.py bench

Every measurement runs in a fresh process. The two ways of calling take turns, so that a busy
machine slows both alike, and the time of calls is the processor's. The numbers are the best of
the rounds: what else a machine does only ever adds to them.
Behind each number stands what it should be.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
ROUNDS = 9

CALLS = """
import json, os, sys, time
os.environ.update(AWS_ACCESS_KEY_ID="testing", AWS_SECRET_ACCESS_KEY="testing",
    AWS_DEFAULT_REGION="us-east-1")
way, calls = sys.argv[1], int(sys.argv[2])
if way == "moto":
    from moto import mock_aws
    mock_aws().start()
else:
    from helpers import Lab
    Lab.start()
import boto3
iam, s3 = boto3.client("iam"), boto3.client("s3")
iam.create_user(UserName="ann")
s3.create_bucket(Bucket="bench")
s3.put_object(Bucket="bench", Key="k", Body=b"x" * 1000)
def rate(call):
    for _ in range(20):
        call()
    begin = time.process_time()
    for _ in range(calls):
        call()
    return calls / (time.process_time() - begin)
print(json.dumps([rate(lambda: iam.get_user(UserName="ann")),
    rate(lambda: s3.get_object(Bucket="bench", Key="k")["Body"].read())]))
"""

START = """
import json, sys, time
begin = time.perf_counter()
from helpers import Lab
Lab
imported = time.perf_counter()
lab = Lab.start(sys.argv[1] or None)
started = time.perf_counter()
lab.root.client("iam").list_users()
called = time.perf_counter()
for _ in range(3):
    again = time.perf_counter()
    Lab.start(sys.argv[1] or None)
    again = time.perf_counter() - again
print(json.dumps([imported - begin, started - imported, called - started, again]))
"""

PEAK = """
import json
try:
    import resource
    def peak():
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
except ImportError:  # Windows
    def peak():
        return float("nan")
"""

MEMORY = (
    PEAK
    + """
found = []
from helpers import Lab
Lab
found.append(peak())
lab = Lab.start("house")
found.append(peak())
lab.root.client("ec2").describe_vpcs()
found.append(peak())
print(json.dumps(found))
"""
)

THOUSAND = (
    PEAK
    + """
import time
from helpers import Lab
def life():
    lab = Lab.start()
    iam = lab.root.client("iam")
    iam.create_user(UserName="ann")
    lab.caller("ann")
for _ in range(20):
    life()
before, begin = peak(), time.perf_counter()
for _ in range(1000):
    Lab.start()
begin = time.perf_counter() - begin
for _ in range(100):
    life()
print(json.dumps([begin, peak() - before]))
"""
)


def run(code: str, *arguments: str) -> list[float]:
    """The numbers that a fresh process prints."""
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments],
        cwd=ROOT,
        # Compiled once, as on a learner's machine, whatever is set here.
        env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": ""},
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(done.stdout.splitlines()[-1])


def best(rounds: list[list[float]], kind: Callable[[Iterable[float]], float]) -> list[float]:
    """Of each number the best: ``max`` for rates, ``min`` for seconds."""
    return [kind(column) for column in zip(*rounds, strict=True)]


def line(name: str, value: str, wanted: str) -> None:
    print(f"{name:<44}{value:>16}   {wanted}")


def main() -> None:
    rates: dict[str, list[list[float]]] = {"moto": [], "lab": []}
    for _ in range(ROUNDS):
        for way, found in rates.items():
            found.append(run(CALLS, way, "200"))
    moto, lab = best(rates["moto"], max), best(rates["lab"], max)
    for name, plain, gated in zip(("iam.get_user", "s3.get_object"), moto, lab, strict=True):
        line(f"{name} a second, plain moto", f"{plain:.0f}", "")
        line(f"{name} a second, the lab", f"{gated:.0f}", "")
        line(f"{name}, time of a call beside moto", f"{plain / gated - 1:+.0%}", "at most +15 %")
    for name, scenario in (("empty account", ""), ("house", "house")):
        imported, started, called, again = best([run(START, scenario) for _ in range(ROUNDS)], min)
        whole = imported + started + called
        line(f"{name}: imports, seconds, cold process", f"{imported:.2f}", "")
        line(f"{name}: Lab.start()", f"{started:.3f}", "under 0.3")
        line(f"{name}: imports, start, first IAM call", f"{whole:.2f}", "under 1.5")
        line(f"{name}: Lab.start() again", f"{again:.3f}", "")
    imported, house, ec2 = run(MEMORY)
    line("peak memory after imports, MB", f"{imported:.0f}", "")
    line("peak memory after IAM work (house), MB", f"{house:.0f}", "under 130")
    line("peak memory after the first EC2 call, MB", f"{ec2:.0f}", "EC2 loads only when used")
    seconds, grown = run(THOUSAND)
    line("a thousand labs, seconds", f"{seconds:.1f}", "")
    line("a thousand labs and a hundred lives, MB more", f"{grown:.1f}", "no growth")


if __name__ == "__main__":
    main()
