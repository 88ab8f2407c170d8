"""What counting a large trail costs beside merely decompressing and parsing it.

    python3 start.py bench

A million generated events (gzip JSON, some 3,300 files, 220 MB; 1.5 GB as text) become the table of
what was granted and what was used. Beside it the same files are only decompressed and parsed, by as
many processes, with ``gzip`` and orjson where that is installed, else with msgspec without types.
The figures are seconds by the clock, the better of two rounds, and memory is that of all processes
together. ``EVENTS=10000000`` measures ten million.

What was tried for reading (60,000 events, microseconds an event, one process, Python 3.11 on
x86-64; decompression apart):

| decompression | µs |  | parsing | µs |
|---|---|---|---|---|
| zlib (Python's own) | 2.8 | | json | 19.5 |
| zlib-ng 1.1 | 2.0 | | orjson 3.13 | 4 to 11, by how much is held |
| isal 1.9 | 1.6 | | msgspec 0.22 without types | 12.0 |
| | | | yyjson 4.0 | 4.0 |
| | | | pysimdjson 7.0, three fields looked at | 1.1 |
| | | | **msgspec 0.22, the fields that count as types** | **1.6** |
| | | | DuckDB 2.0, grouped by SQL, decompression included | 57.8 |
| | | | polars 2.1, schema given, decompression included | 13.0 |
| | | | pyarrow 26 | gives up: a field has two types |

msgspec was taken: it makes Python objects of the fields that count and of nothing else, checks
their types meanwhile (whatever is not as it should be goes to the patient reader), weighs 0.5 MB
and is imported in 30 ms. pysimdjson is as fast, but its objects must not outlive the next file.
isal would save a microsecond of seven, but has no wheels for every machine.
"""

from __future__ import annotations

import gzip
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from generated_trail import ACCOUNT, ROLES, USERS, write

EVENTS = int(os.environ.get("EVENTS", "1000000"))
ROUNDS = 2

COUNT = """
import json, resource, sys, time
from pathlib import Path
begin = time.perf_counter()
from helpers.analysis.trail.cloudtrail_files import LogFiles
from helpers.analysis.trail.counting import count
from helpers.analysis.permissions.entities import entities
from helpers.analysis.permissions.granted_used import granted_used
folder, details = sys.argv[1:]
log = LogFiles(folder)
used = count(log)
counted = time.perf_counter() - begin
table = granted_used(json.loads(Path(details).read_text()), used)
seconds = time.perf_counter() - begin
peak = sum(resource.getrusage(who).ru_maxrss
           for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
print(json.dumps([seconds, counted, log.read, len(table), peak * 1024]))
"""


def parse(file: str) -> int:
    try:
        from orjson import loads
    except ImportError:
        from msgspec.json import decode as loads
    return len(loads(gzip.decompress(Path(file).read_bytes()))["Records"])


def parsed(files: list[str], processes: int) -> float:
    begin = time.perf_counter()
    with ProcessPoolExecutor(processes) as pool:
        assert sum(pool.map(parse, files, chunksize=50)) == EVENTS
    return time.perf_counter() - begin


def details() -> dict[str, object]:
    """The authorization details of the account whose log it is: wide rights for everybody."""
    allow = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Resource": "*"}]}
    pairs = (("s3:*", "ec2:Describe*"), ("dynamodb:*", "logs:*", "kms:*"), ("*",), ("lambda:*",))

    def policy(number: int) -> list[dict[str, object]]:
        statement = {**allow["Statement"][0], "Action": list(pairs[number % len(pairs)])}
        document = {"Version": "2012-10-17", "Statement": [statement]}
        return [{"PolicyName": "Work", "PolicyDocument": document}]

    iam = f"arn:aws:iam::{ACCOUNT}"
    return {
        "UserDetailList": [
            {
                "Arn": f"{iam}:user/user-{n}",
                "UserName": f"user-{n}",
                "Path": "/",
                "UserPolicyList": policy(n),
            }
            for n in range(USERS)
        ],
        "RoleDetailList": [
            {
                "Arn": f"{iam}:role/app/job-{n}",
                "RoleName": f"job-{n}",
                "Path": "/app/",
                "RolePolicyList": policy(n),
            }
            for n in range(ROLES)
        ],
    }


def least(measure: Callable[[], list[float]]) -> list[float]:
    return min((measure() for _ in range(ROUNDS)), key=lambda found: found[0])


def main() -> None:
    processes = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 2
    with tempfile.TemporaryDirectory() as folder:
        files = [str(file) for file in write(Path(folder) / "trail", EVENTS)]
        size = sum(os.path.getsize(file) for file in files)
        answers = Path(folder) / "details.json"
        answers.write_text(json.dumps(details()))
        command = [sys.executable, "-c", COUNT, str(Path(folder) / "trail"), str(answers)]
        counted = least(
            lambda: json.loads(subprocess.run(command, check=True, capture_output=True).stdout)
        )
        plain = least(lambda: [parsed(files, processes)])[0]
    seconds, counting, read, rows, memory = counted
    assert read == EVENTS
    print(f"{EVENTS:,} events, {len(files):,} files, {size / 1e6:,.0f} MB, {processes} processes")
    print(f"  only decompressed and parsed      {plain:7.2f} s")
    print(f"  counted                           {counting:7.2f} s")
    print(f"  ... and the table, {rows:,.0f} rows {seconds:10.2f} s")
    print(f"  part of the mere parsing's speed  {plain / seconds:7.0%}   (at least 50 %)")
    print(f"  memory of all processes           {memory / 1e6:7.0f} MB  (under 1,000)")


if __name__ == "__main__":
    main()
