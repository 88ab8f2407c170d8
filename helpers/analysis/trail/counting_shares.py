"""Log files counted by several processes, each with a share of the files.

Each process is a fresh Python that imports this room and nothing else of the learner's program:
none of a notebook's state and none of its cells go along. It gets its share on its input, tells
on its output each file that it is through with, and at last its count. The share of a process
that ends otherwise is counted here.
"""

from __future__ import annotations

import pickle
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from datetime import datetime
from pathlib import Path
from queue import SimpleQueue
from threading import Thread
from typing import Any

from helpers.analysis.trail.cloudtrail_files import LogFiles, Skipped
from helpers.analysis.trail.usage import Usage

_ROOT = str(Path(__file__).resolve().parents[3])
_PROGRAM = (
    "import sys; sys.path.insert(0, sys.argv[1]); "
    "from helpers.analysis.trail.counting_shares import work; work()"
)
_Message = tuple[int, Any]


def count_shares(
    shares: list[list[Path]],
    log: LogFiles,
    since: datetime | None,
    until: datetime | None,
    done: Callable[[], object],
    largest: int,
) -> Usage:
    """Count each share in a process of its own and put the counts together.

    ``done`` is called after each file. Each process holds files of up to ``largest`` bytes as a
    whole.
    """
    from helpers.analysis.trail.counting import count_files

    found, skipped = Usage(), list[Skipped]()
    messages: SimpleQueue[_Message] = SimpleQueue()
    waiting = dict(enumerate(shares))
    with ExitStack() as processes:
        for number, share in waiting.items():
            order = pickle.dumps((share, since, until, largest))
            processes.enter_context(_counting(order, number, messages))
        while waiting:
            number, message = messages.get()
            if message == _FILE:
                done()
                continue
            share = waiting.pop(number)
            if message is None:
                own = LogFiles(share)
                counted = count_files(share, own, since, until, largest=largest)
                message = counted, own.read, own.skipped
            counted, read, told = message
            found.merge(counted)
            log.read += read
            skipped += told
    place = {str(file): n for n, file in enumerate(sorted(file for s in shares for file in s))}
    log.skipped += sorted(skipped, key=lambda each: place[each.file])
    return found


_FILE = "file"


@contextmanager
def _counting(order: bytes, number: int, messages: SimpleQueue[_Message]) -> Iterator[None]:
    """A process that counts; it is ended with the ``with`` statement, whatever it does."""
    try:
        process = subprocess.Popen(
            [sys.executable, "-c", _PROGRAM, _ROOT],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
    except OSError:
        messages.put((number, None))
        yield
        return
    listener = Thread(target=_listen, args=(process, order, number, messages), daemon=True)
    listener.start()
    try:
        yield
    finally:
        process.kill()
        listener.join()
        process.wait()
        for pipe in (process.stdin, process.stdout):
            with suppress(OSError):
                pipe.close()  # type: ignore[union-attr]


def _listen(
    process: subprocess.Popen[bytes], order: bytes, number: int, messages: SimpleQueue[_Message]
) -> None:
    """Pass on what a process tells; ``None``: it ended without a count."""
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        process.stdin.write(order)
        process.stdin.close()
        while (message := pickle.load(process.stdout)) == _FILE:
            messages.put((number, _FILE))
    except (EOFError, OSError, pickle.UnpicklingError):
        message = None
    messages.put((number, message))


def work() -> None:
    """What a process does: count the share on the input and tell the count on the output."""
    from helpers.analysis.trail.counting import count_files

    out = sys.stdout.buffer
    files, since, until, largest = pickle.load(sys.stdin.buffer)
    log = LogFiles(files)

    def tell(message: object) -> None:
        pickle.dump(message, out)
        out.flush()

    found = count_files(files, log, since, until, lambda: tell(_FILE), largest)
    tell((found, log.read, log.skipped))
