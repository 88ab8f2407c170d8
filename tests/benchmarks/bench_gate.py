"""What the lab costs beside plain moto. Run it by hand; pytest does not collect it.

    python tests/benchmarks/bench_gate.py

Every measurement runs in a fresh process. The two ways of calling take turns, so that a busy
machine slows both alike; the numbers are medians.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
ROUNDS = 5

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
    begin = time.perf_counter()
    for _ in range(calls):
        call()
    return calls / (time.perf_counter() - begin)
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

MEMORY = """
import json
try:
    import resource
    def peak():
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
except ImportError:  # Windows
    def peak():
        return float("nan")
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


def run(code: str, *arguments: str) -> list[float]:
    """The numbers that a fresh process prints."""
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(done.stdout.splitlines()[-1])


def medians(rounds: list[list[float]]) -> list[float]:
    return [statistics.median(column) for column in zip(*rounds, strict=True)]


def main() -> None:
    rates: dict[str, list[list[float]]] = {"moto": [], "lab": []}
    for _ in range(ROUNDS):
        for way, found in rates.items():
            found.append(run(CALLS, way, "200"))
    moto, lab = medians(rates["moto"]), medians(rates["lab"])
    print(f"{'calls a second':<28}{'moto':>8}{'lab':>8}{'a call more':>14}")
    for name, plain, gated in zip(("iam.get_user", "s3.get_object"), moto, lab, strict=True):
        more = (1 / gated - 1 / plain) * 1000
        print(f"{name:<28}{plain:>8.0f}{gated:>8.0f}{more:>11.2f} ms")
    print(f"\n{'seconds, cold process':<28}{'import':>8}{'start':>8}{'1st call':>10}{'restart':>9}")
    for name, scenario in (("empty account", ""), ("house", "house")):
        found = medians([run(START, scenario) for _ in range(ROUNDS)])
        print(f"{name:<28}{found[0]:>8.2f}{found[1]:>8.3f}{found[2]:>10.3f}{found[3]:>9.3f}")
    imported, started, ec2 = run(MEMORY)
    print(f"\n{'peak memory, MB':<28}{'import':>8}{'house':>8}{'1st EC2 call':>14}")
    print(f"{'':<28}{imported:>8.0f}{started:>8.0f}{ec2:>14.0f}")


if __name__ == "__main__":
    main()
