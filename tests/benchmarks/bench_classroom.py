"""What a class needs of one machine: memory and start-up of many learners at once.

    python tests/benchmarks/bench_classroom.py                       # 1, 10 and 30 learners
    python tests/benchmarks/bench_classroom.py 5 20 --notebook 08    # others, another notebook

A learner is a Jupyter server of their own, as on a JupyterHub, and in it a kernel with an account
inside. All begin at the same moment, and run the cells of the notebook in step, as a class does
with one that is shown to it: nobody begins a cell before everybody has ended the one before. That
is the worst that can happen to the processors; learners who read in between need less.

Memory is shown as Linux counts it, which knows what is shared: PSS is a process's own memory and
its share of what others use as well (its sum is what the machine gives), USS what is its own alone,
RSS everything that it sees. Elsewhere PSS stands for the USS. The numbers are of this machine as it
was just now; ``psutil``, which counts, comes with Jupyter.

Each learner makes a user of their own, and at the end every account is looked into: the class is
refused, with an error, where one learner's user is in another's account.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from queue import Empty
from typing import Any

import nbformat
import psutil
from jupyter_client import BlockingKernelClient, KernelManager
from jupyter_core.utils import ensure_event_loop

ROOT = Path(__file__).resolve().parents[2]
MB = 2**20
LOG = "server.log"
TIMEOUT = 600
"""Seconds; thirty cold starts on two cores take one."""

MAKE_A_USER = "import boto3; _ = boto3.client('iam').create_user(UserName={!r})"
WHOSE_USERS = "', '.join(each['UserName'] for each in boto3.client('iam').list_users()['Users'])"


@dataclass(frozen=True)
class Memory:
    """Of one process, in bytes."""

    rss: int
    pss: int
    uss: int

    @classmethod
    def of(cls, pid: int) -> Memory:
        found = psutil.Process(pid).memory_full_info()
        return cls(found.rss, getattr(found, "pss", found.uss), found.uss)


@dataclass
class Learner:
    """A server and a kernel of one's own."""

    name: str
    home: Path
    server: subprocess.Popen[bytes]
    manager: KernelManager
    client: BlockingKernelClient | None = None

    def connect(self) -> None:
        self.client = self.manager.blocking_client()
        self.client.start_channels()
        self.client.wait_for_ready(timeout=TIMEOUT)

    def run(self, source: str) -> str:
        """Run a cell; its value as text. Raises RuntimeError where it ends in an error."""
        asked, value = self.client.execute(source), ""
        while True:
            try:
                message = self.client.get_iopub_msg(timeout=TIMEOUT)
            except Empty:
                raise RuntimeError(f"{self.name}: no answer to\n{source}") from None
            if message["parent_header"].get("msg_id") != asked:
                continue
            kind, content = message["msg_type"], message["content"]
            if kind == "error":
                raise RuntimeError(f"{self.name}: {content['ename']}: {content['evalue']}")
            if kind == "execute_result":
                value = content["data"]["text/plain"]
            if kind == "status" and content["execution_state"] == "idle":
                return value

    @property
    def kernel_pid(self) -> int:
        return self.manager.provisioner.pid

    def stop(self) -> None:
        if self.client is not None:
            self.client.stop_channels()
        self.manager.shutdown_kernel(now=True)
        self.server.terminate()
        try:
            self.server.wait(20)
        except subprocess.TimeoutExpired:
            self.server.kill()


@contextlib.contextmanager
def classroom(count: int, folder: Path) -> Iterator[list[Learner]]:
    """So many learners, their servers and kernels on their way up; all gone at the end."""
    learners: list[Learner] = []
    try:
        for number in range(1, count + 1):
            home = folder / f"learner-{number}"
            home.mkdir()
            learners.append(_start(f"learner-{number}", home))
        yield learners
    finally:
        _at_once(learners, Learner.stop)


def _start(name: str, home: Path) -> Learner:
    environment = {
        **os.environ,
        "PYTHONPATH": str(ROOT),
        "HOME": str(home),
        "JUPYTER_CONFIG_DIR": str(home / "config"),
        "JUPYTER_RUNTIME_DIR": str(home / "runtime"),
        "IPYTHONDIR": str(home / "ipython"),
        "ACCOUNT_PROTECTION_PROGRESS": "off",  # what is solved here, nobody solved
    }
    command = [
        *(sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root"),
        *("--ServerApp.port=0", "--ServerApp.ip=127.0.0.1", f"--ServerApp.root_dir={ROOT}"),
    ]
    with (home / LOG).open("wb") as log:
        server = subprocess.Popen(command, cwd=home, env=environment, stdout=log, stderr=log)
    manager = KernelManager(kernel_name="python3", transport_encryption="auto")
    manager.start_kernel(cwd=str(ROOT / "notebooks"), env=environment)
    return Learner(name, home, server, manager)


def _wait_for_server(learner: Learner) -> None:
    """Until it has bound its port, which it then writes down."""
    written = learner.home / "runtime" / f"jpserver-{learner.server.pid}.json"
    begin = time.monotonic()
    while not written.exists():
        if learner.server.poll() is not None or time.monotonic() > begin + TIMEOUT:
            log = (learner.home / LOG).read_text(errors="replace")
            raise RuntimeError(f"{learner.name}: the server did not start\n{log[-1000:]}")
        time.sleep(0.2)


def _at_once(learners: list[Learner], work: Callable[[Learner], Any]) -> list[Any]:
    def one(learner: Learner) -> Any:
        try:
            return work(learner)
        finally:
            ensure_event_loop().close()  # each thread has one, from jupyter_client

    with ThreadPoolExecutor(max(1, len(learners))) as pool:
        return list(pool.map(one, learners))


def _timed(learners: list[Learner], work: Callable[[Learner], Any]) -> list[float]:
    """Seconds of each, from the moment at which all began."""
    begin = time.perf_counter()

    def one(learner: Learner) -> float:
        work(learner)
        return time.perf_counter() - begin

    return _at_once(learners, one)


@dataclass(frozen=True)
class Measured:
    """What became of a class."""

    count: int
    ready: Sequence[float]
    """Seconds from the start of all until each one's account stands."""
    cells: list[float]
    """Seconds of each further cell at each learner's."""
    servers: list[Memory]
    bare: Sequence[Memory]
    """Of the kernels before their first cell,"""
    started: list[Memory]
    """when the account stands,"""
    worked: list[Memory]
    """and after the last cell."""


def measure(count: int, sources: list[str]) -> Measured:
    """Let so many learners run the cells, and look at their memory and their accounts.

    Raises RuntimeError where a cell fails, or where an account holds a stranger.
    """
    first = next(n for n, source in enumerate(sources, 1) if "Lab.start(" in source)
    begin = time.perf_counter()

    def start(learner: Learner) -> tuple[float, Memory]:
        _wait_for_server(learner)
        learner.connect()
        bare = Memory.of(learner.kernel_pid)
        for source in sources[:first]:
            learner.run(source)
        return time.perf_counter() - begin, bare

    with tempfile.TemporaryDirectory() as folder, classroom(count, Path(folder)) as learners:
        ready, bare = zip(*_at_once(learners, start), strict=True)
        started = [Memory.of(each.kernel_pid) for each in learners]
        _at_once(learners, lambda each: each.run(MAKE_A_USER.format(each.name)))
        cells = []
        for source in sources[first:]:
            cells += _timed(learners, lambda each, source=source: each.run(source))
        worked = [Memory.of(each.kernel_pid) for each in learners]
        servers = [Memory.of(each.server.pid) for each in learners]
        _prove_apart(learners)
    return Measured(count, ready, cells, servers, bare, started, worked)


def _prove_apart(learners: list[Learner]) -> None:
    names = {each.name for each in learners}
    for learner, listed in zip(
        learners, _at_once(learners, lambda each: each.run(WHOSE_USERS)), strict=True
    ):
        found = set(listed.strip("'").split(", ")) & names
        if found != {learner.name}:
            raise RuntimeError(f"in the account of {learner.name} are {sorted(found)}")


def code_cells(number: str) -> tuple[str, list[str]]:
    """A notebook's name and the code of its cells, as shipped."""
    (path,) = (ROOT / "notebooks").glob(f"{number}_*.ipynb")
    cells = nbformat.read(path, as_version=4).cells
    return path.name, [cell.source for cell in cells if cell.cell_type == "code"]


HEAD = """\
| Learners at once | Account ready: median, last | A cell: median, 95 of 100, slowest | Kernel: \
started, worked | Server | A learner | All |
|---|---|---|---|---|---|---|"""


def row(found: Measured) -> str:
    """A row of the table: seconds, and MB of PSS (in brackets RSS)."""
    cells = sorted(found.cells)
    late = cells[min(len(cells) - 1, int(0.95 * len(cells)))]
    kernel, server = _mean(found.worked), _mean(found.servers)
    total = (kernel + server) * found.count
    return (
        f"| {found.count} | {statistics.median(found.ready):.0f} s, {max(found.ready):.0f} s"
        f" | {statistics.median(cells):.2f} s, {late:.2f} s, {cells[-1]:.2f} s"
        f" | {_mean(found.started):.0f} MB, {kernel:.0f} MB | {server:.0f} MB"
        f" | {kernel + server:.0f} MB | {total / 1024:.1f} GB |"
    )


def _mean(memory: Sequence[Memory], kind: str = "pss") -> float:
    return statistics.mean(getattr(each, kind) for each in memory) / MB


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("learners", nargs="*", type=int, default=[1, 10, 30])
    parser.add_argument("--notebook", default="05", metavar="NN", help="such as 08 (05)")
    chosen = parser.parse_args()
    name, sources = code_cells(chosen.notebook)
    print(f"{name}, {len(sources)} cells; {os.cpu_count()} processors; memory is PSS\n\n{HEAD}")
    measured = []
    for count in chosen.learners:
        measured.append(measure(count, sources))
        print(row(measured[-1]), flush=True)
    print("\nmemory of one, MB:           PSS    USS    RSS")
    for found in measured:
        for what in ("bare", "started", "worked", "servers"):
            numbers = [_mean(getattr(found, what), kind) for kind in ("pss", "uss", "rss")]
            print(f"{found.count:3} learners, {what:12}" + "".join(f"{n:7.0f}" for n in numbers))
    print("\nNo account holds another learner's user.")


if __name__ == "__main__":
    main()
