#!/usr/bin/env python3
"""Set up the series and open it. Needs nothing but Python 3.11 or newer.

    python3 start.py              set up .venv when needed, then open JupyterLab
    python3 start.py test         set up .venv when needed, then run every test
    python3 start.py --help       the other commands

Without a network, from a folder that ``python3 start.py pack`` has made somewhere else:

    python3 start.py --offline FOLDER

Everything is made inside this folder: ``.venv`` (the packages of environment.yml) and
``.venv-start`` (the lock and the log of the set-up).

This file has to *parse* on any Python from 2.7 on, so that somebody with an old one reads a
sentence and not a SyntaxError. That is why it has no f-strings and no annotations. What runs up to
``require_python`` has to *run* there as well.
"""

# ruff: noqa: B904, RUF005, UP020, UP032

import contextlib
import errno
import glob
import hashlib
import io
import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import textwrap
import time

OLDEST = (3, 11)
WINDOWS = os.name == "nt"

# Resolved, so that a checkout reached through a link is one checkout. Not on Windows, where
# resolving turns a mapped drive into a network path that no console can stand in.
ROOT = os.path.dirname((os.path.abspath if WINDOWS else os.path.realpath)(__file__))
VENV = os.path.join(ROOT, ".venv")
PYTHON = os.path.join(VENV, "Scripts" if WINDOWS else "bin", "python.exe" if WINDOWS else "python")
STAMP = os.path.join(VENV, "start-stamp.json")

SIDE = os.path.join(ROOT, ".venv-start")
LOG = os.path.join(SIDE, "log.txt")
LOCK = os.path.join(SIDE, "lock")
BOOTSTRAP = os.path.join(SIDE, "virtualenv")

# The tools that make .venv. The series itself does not need them, so environment.yml has them not.
UV = "uv==0.13.9"
VIRTUALENV = "virtualenv==21.15.8"

# What .venv is made from: a change in one of these makes it anew.
SOURCES = ("environment.yml", "constraints.txt", "pyproject.toml")

# No "would you like to get news?" and no look for updates: the page asks this machine only.
LAB_SETTINGS = {
    "@jupyterlab/apputils-extension:notification": {"fetchNews": "false", "checkForUpdates": False}
}

# The whole test command. Without loadscope the cells of one notebook are split between the workers;
# without its own timeout a hanging cell waits for 2000 seconds. Reordered, the longest would come
# last, and one worker wait for the other. What is tested when no path is given stands in
# pyproject.toml (testpaths).
# fmt: off
PYTEST = (
    "-m", "pytest",
    "--nbval", "--nbval-current-env", "--nbval-cell-timeout=60",
    "-n", "auto", "--dist", "loadscope", "--no-loadscope-reorder",
)
# How constraints.txt is made: for every system and every supported Python, with no address in it.
COMPILE = (
    "-m", "uv", "pip", "compile",
    "--universal", "--python-version", "{}.{}".format(*OLDEST),
    "--no-annotate", "--no-emit-index-url", "--no-emit-find-links",
    "--custom-compile-command", "python3 start.py lock", "--quiet",
)
# fmt: on

# Left out of the environment of everything that is started here: they point at another Python, or
# send an installation elsewhere than into .venv.
FOREIGN_VARIABLES = (
    "PYTHONHOME",
    "PYTHONPATH",
    "PYTHONEXECUTABLE",
    "PYTHONSAFEPATH",
    "__PYVENV_LAUNCHER__",
    "CONDA_PREFIX",
    "CONDA_DEFAULT_ENV",
    "PIP_TARGET",
    "PIP_PREFIX",
    "PIP_ROOT",
    "PIP_PYTHON",
    "PIP_DRY_RUN",
    "UV_SYSTEM_PYTHON",
    "UV_PYTHON",
    "UV_PROJECT",
    "UV_WORKING_DIRECTORY",
)

# pip's settings that uv must follow too, and uv's own name for each.
PIP_TO_UV = (
    ("index-url", "UV_DEFAULT_INDEX"),
    ("cert", "SSL_CERT_FILE"),
    ("proxy", "ALL_PROXY"),
    ("trusted-host", "UV_INSECURE_HOST"),
)

NO_NETWORK = (
    "The packages could not be downloaded: no connection. Check the network (behind a proxy: set"
    " HTTPS_PROXY; with a package index of your own: set PIP_INDEX_URL) and run the same command"
    " again; or, with a pack, run: python3 start.py --offline FOLDER"
)
PROXY_ASKS = (
    "The proxy asks for a name and a password. Set HTTPS_PROXY to http://NAME:PASSWORD@ADDRESS:PORT"
    " and run the same command again."
)
NO_SPACE = "The disk is full: about 1 GB is needed. Make room and run the same command again."
READ_ONLY = (
    "This folder cannot be written to: {}. Copy the whole repository to a folder of your own and"
    " start it there."
)
NOT_YOURS = (
    "The files of an earlier set-up may not be changed by you; was start.py once run with sudo?"
    " Run: sudo rm -rf .venv .venv-start   and then the same command again, without sudo."
)

# What the output of a failed installation means. The first that is found counts: pip says "no
# matching distribution" after every lost connection too.
MEANINGS = (
    (r"No space left on device|Errno 28|os error 28|not enough space", NO_SPACE),
    (
        r"CERTIFICATE_VERIFY_FAILED|SSLError|invalid peer certificate|UnknownIssuer",
        "The package index could not be trusted: its certificate is not known here. If your network"
        " has its own, set PIP_CERT to that certificate file and run the same command again.",
    ),
    (
        r"407.{0,40}Proxy",
        PROXY_ASKS,
    ),
    (
        r"NewConnectionError|Max retries exceeded|Connection ?(refused|reset|aborted|error)|"
        r"name resolution|getaddrinfo|Name or service not known|unreachable|timed? ?out|"
        r"ProxyError|dns error|error sending request|NameResolutionError",
        NO_NETWORK,
    ),
    (
        r"\b(401|403|407)\b.{0,40}(Unauthori[sz]ed|Forbidden|Proxy)|User for .*:",
        "The package index refused the download. Check its address and your name and password in"
        " PIP_INDEX_URL, then run the same command again.",
    ),
    (
        r"WinError 206|name or extension is too long|Errno 36|File name too long",
        "A path became too long for this system. Move the repository to a shorter path, for example"
        " directly under your drive or home folder, and run the same command again.",
    ),
    (
        r"WinError (5|32)\b|being used by another process|Permission denied|Access is denied",
        "A file of .venv is in use or may not be written. Close JupyterLab, other programs and"
        " terminals that use this folder, and run the same command again.",
    ),
    (
        r"ResolutionImpossible|conflicting dependencies|No solution found",
        "environment.yml and constraints.txt do not agree. Run: python3 start.py lock",
    ),
    (
        r"No matching distribution found|Failed building wheel|Failed to build|from versions:",
        "A package is not to be had for this Python ({}.{}) on this machine. The series is tested"
        " with Python 3.11, 3.12 and 3.13.".format(*sys.version_info[:2])
        + " The details are in {}".format(LOG),
    ),
)


class Trouble(Exception):
    """Something that the reader has to mend. Its text is one line that says what to do."""


def say(text, stream=None):
    """Print one line, whatever the console's encoding is, before anything started later prints."""
    stream = stream or sys.stdout
    try:
        stream.write(text + "\n")
    except UnicodeError:
        stream.write(text.encode("ascii", "backslashreplace").decode("ascii") + "\n")
    stream.flush()


def environment(variables=None):
    """The environment for everything that is started here: the caller's, with .venv active."""
    kept = dict(os.environ if variables is None else variables)
    for name in FOREIGN_VARIABLES:
        kept.pop(name, None)
    kept["VIRTUAL_ENV"] = VENV
    kept["PATH"] = os.path.dirname(PYTHON) + os.pathsep + kept.get("PATH", os.defpath)
    # A setting in pip's own file would send packages to the home folder, ask a question that
    # nobody sees, or refuse to work before .venv stands.
    kept["PIP_USER"] = "0"
    kept["PIP_NO_INPUT"] = "1"
    kept["PIP_REQUIRE_VIRTUALENV"] = "0"
    kept["PIP_DISABLE_PIP_VERSION_CHECK"] = "1"
    # Without a second try pip does not say that it was the connection.
    if kept.get("PIP_RETRIES", "0") == "0":
        kept["PIP_RETRIES"] = "3"
    # A kernel called python3 in the home folder must not be taken for the one of .venv.
    kept["JUPYTER_PREFER_ENV_PATH"] = "1"
    return kept


# --- the right Python -----------------------------------------------------------------------------


def newer_pythons():
    """Commands that may start a newer Python, the best tested first."""
    if WINDOWS:
        return [["py", "-3"], ["python3"], ["python"], [PYTHON]]
    names = ("python3.13", "python3.12", "python3.11", "python3.14", "python3", PYTHON)
    return [[name] for name in names]


def is_new_enough(command):
    """Whether the command starts a Python that is new enough. Asked by running it, for a name on
    the PATH may be a stand-in that starts nothing."""
    test = "import sys; sys.exit(not sys.version_info >= {!r})".format(OLDEST)
    try:
        process = subprocess.Popen(
            command + ["-c", test],
            env=environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        process.communicate()
    except OSError:
        return False
    return process.returncode == 0


def require_python(version, arguments):
    """Return when the version is new enough. Otherwise start again with a newer Python and do not
    return, or raise Trouble where there is none."""
    if version[:2] >= OLDEST:
        return
    this = ".".join(str(part) for part in version[:3])
    wanted = "{}.{}".format(*OLDEST)
    for command in newer_pythons():
        if is_new_enough(command):
            say("This is Python {}; going on with {}.".format(this, " ".join(command)))
            hand_over(command + [os.path.join(ROOT, "start.py")] + arguments)
    if WINDOWS:
        how = "with: winget install Python.Python.3.12   then, in a new window: py start.py"
    elif sys.platform == "darwin":
        how = "from https://www.python.org/downloads/   then run: python3.12 start.py"
    else:
        how = "for example: sudo apt install python3.12-venv   then run: python3.12 start.py"
    raise Trouble(
        "Python {} or newer is needed; this is {}, and no other was found. Get one, {}".format(
            wanted, this, how
        )
    )


def hand_over(command):
    """Become the command, as if it had been typed in the repository's folder: it gets Ctrl-C, and
    its exit code is ours. Does not return."""
    sys.stdout.flush()
    sys.stderr.flush()
    os.chdir(ROOT)
    if not WINDOWS:  # where exec would give the prompt back while the command still runs
        os.execvpe(command[0], command, environment())
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    sys.exit(subprocess.call(command, env=environment()))


# --- what is wanted, and what is there ------------------------------------------------------------


def pip_lines(text):
    """The pip list of an environment.yml, one string for each entry.

    Reads the one form that environment.yml is kept in, a block list below ``- pip:``; anything else
    raises Trouble with the line's number.

    >>> pip_lines('dependencies:\\n  - pip:\\n    - "moto[s3]==5.2.5"  # exactly\\n    - -e .\\n')
    ['moto[s3]==5.2.5', '-e .']
    """
    entries, block = [], None
    for number, line in enumerate(text.splitlines(), 1):
        bare = line.strip()
        if not bare or bare.startswith("#"):
            continue
        indent = len(line) - len(line.lstrip(" "))
        if block is None:
            if re.match(r"-\s+pip\s*:\s*(#.*)?$", bare):
                block = indent
            continue
        if indent <= block:
            break
        entry = re.match(r"""-\s+(?:"([^"]*)"|'([^']*)'|([^"'\s].*?))(?:\s+#.*)?$""", bare)
        if not entry:
            raise Trouble("environment.yml, line {}: not a line of a list: {}".format(number, bare))
        entries.append(next(part for part in entry.groups() if part is not None))
    if not entries:
        raise Trouble("environment.yml: there is no list below a line '- pip:'.")
    return entries


def read(name):
    """The bytes of a file of the repository."""
    try:
        with io.open(os.path.join(ROOT, name), "rb") as file:
            return file.read()
    except OSError as error:
        raise Trouble(
            "{} cannot be read ({}): start.py works only inside the whole repository. Download or"
            " clone it again.".format(name, error.strerror)
        )


def wanted_lines():
    """The pip list of the repository's environment.yml."""
    return pip_lines(read("environment.yml").decode("utf-8-sig"))


def wish():
    """What .venv has to be made from and for: name to value, all strings."""
    stated = {name: hashlib.sha256(read(name)).hexdigest() for name in SOURCES}
    stated["this folder's path"] = ROOT
    return stated


def tag_of(python):
    """The kind of a Python, as in "cpython-311"; None when it does not start."""
    question = "import sys; sys.stdout.write(sys.implementation.cache_tag)"
    try:
        answer = subprocess.run(
            [python, "-I", "-S", "-c", question],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            stdin=subprocess.DEVNULL,
            timeout=60,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return answer.stdout.decode("ascii", "replace") if answer.returncode == 0 else None


def why_not_ready():
    """Why .venv has to be made, in words; None when it is ready. Quick: it stands before each
    start."""
    wanted = wish()
    if not os.path.lexists(VENV):
        return "there is none yet"
    try:
        with io.open(STAMP, encoding="utf-8") as file:
            stamp = json.load(file)
        made_from, tag = dict(stamp["made from"]), stamp["python"]
    except (OSError, ValueError, KeyError, TypeError):
        return "the one here is not complete"
    for name in sorted(wanted):
        if made_from.get(name) != wanted[name]:
            return "{} has changed".format(name)
    if tag_of(PYTHON) != tag:
        return "the Python that it was made with has gone or changed"
    return None


# --- making it ------------------------------------------------------------------------------------


def run(command, variables=None):
    """Run a command of the set-up with its output in the log. Returns its exit code and output."""
    with io.open(LOG, "ab") as log:
        log.write(("\n$ " + " ".join(command) + "\n").encode("utf-8", "backslashreplace"))
        log.flush()
        begin = log.tell()
        try:
            code = subprocess.call(
                command,
                cwd=ROOT,
                env=variables or environment(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        except OSError as error:
            log.write(str(error).encode("utf-8", "backslashreplace"))
            code = 1
    with io.open(LOG, "rb") as log:
        log.seek(begin)
        return code, log.read().decode("utf-8", "replace")


def meaning(output, kept=True):
    """The one line for the reader that the output of a failed command comes to. ``kept``: whether
    the log has it."""
    for pattern, text in MEANINGS:
        if re.search(pattern, output, re.IGNORECASE):
            return text
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    return "{} failed: {}{}".format(
        "The set-up" if kept else "The work",
        lines[-1] if lines else "no reason was given.",
        " The whole output is in {}".format(LOG) if kept else "",
    )


def has_module(name):
    """Whether this Python has a module, without importing it."""
    import importlib.util

    return importlib.util.find_spec(name) is not None


def remove(path):
    """Remove a file, link or folder, if it is there."""
    if os.path.islink(path) or os.path.isfile(path):
        os.unlink(path)
    elif os.path.isdir(path):
        shutil.rmtree(path)


def make_venv(pack=None):
    """Make an empty .venv that has pip, in place of whatever is there."""
    if os.pathsep in ROOT:
        raise Trouble(
            "The path of this folder has a '{}' in it, which no Python environment can stand:"
            " rename the folder. It is {}".format(os.pathsep, ROOT)
        )
    # First the stamp: from here on, whatever happens, this .venv is not complete. Not so behind a
    # link, for what it leads to is not ours.
    if not os.path.islink(VENV):
        remove(STAMP)
    remove(VENV)
    # The Python below, should start.py itself have been started from .venv.
    base = getattr(sys, "_base_executable", None) or sys.executable
    if has_module("venv") and has_module("ensurepip"):
        code, output = run([base, "-m", "venv", VENV])
        if code == 0:
            return
        if re.search(MEANINGS[0][0], output):
            raise Trouble(NO_SPACE)
        remove(VENV)
    # Debian and Ubuntu keep venv in a package of its own; virtualenv does the same work.
    # Where there is no pip either, the pack's: a wheel is a ZIP file, out of which Python can run.
    pip = [pack.pip] if pack else ["-m", "pip"]
    if not pack and run([base] + pip + ["--version"])[0] != 0:
        raise Trouble(
            "This Python can neither make an environment nor install packages. On Debian or Ubuntu"
            " run: sudo apt install python3-venv   (elsewhere: install Python's venv or pip), then"
            " run the same command again."
        )
    remove(BOOTSTRAP)
    variables = variables_for(pack)
    code, output = run([base] + pip + ["install", "--target", BOOTSTRAP, VIRTUALENV], variables)
    if code == 0:
        variables = dict(variables, PYTHONPATH=BOOTSTRAP)
        code, output = run([base, "-m", "virtualenv", VENV], variables)
    if code != 0:
        raise Trouble(meaning(output))
    remove(BOOTSTRAP)


def uv_variables(pip_settings, variables):
    """The environment for uv: the one given, and pip's settings under uv's names where uv has none
    of its own.

    pip_settings is what ``pip config list`` prints. Of the same setting in several places, the
    place that pip heeds most counts.

    >>> uv_variables("global.index-url='https://mirror.example/simple'", {})
    {'UV_DEFAULT_INDEX': 'https://mirror.example/simple'}
    """
    found = {}
    for place in ("global", "install", ":env:"):
        for line in pip_settings.splitlines():
            name, _, value = line.partition("=")
            if name.startswith(place + "."):
                found[name[len(place) + 1 :]] = value.strip().strip("'\"")
    variables = dict(variables)
    old_names = {"UV_DEFAULT_INDEX": "UV_INDEX_URL"}
    for pip_name, uv_name in PIP_TO_UV:
        theirs = variables.get(uv_name) or variables.get(old_names.get(uv_name))
        if pip_name in found and not theirs:
            variables[uv_name] = found[pip_name]
    return variables


def install_uv(pack=None):
    """Install uv into .venv. Returns whether that went well; raises Trouble where nothing can be
    downloaded at all."""
    command = [PYTHON, "-m", "pip", "install", "--only-binary", ":all:", UV]
    code, output = run(command, variables_for(pack))
    if code != 0 and meaning(output) in (NO_NETWORK, PROXY_ASKS, NO_SPACE):
        raise Trouble(meaning(output))
    return code == 0


def run_uv(command, variables=None):
    """Run a uv command of .venv with pip's settings. Returns its exit code and output."""
    variables = variables or environment()
    settings = run([PYTHON, "-m", "pip", "config", "list"], variables)[1]
    return run(command, uv_variables(settings, variables))


def install(lines, pack=None):
    """Install the lines of a pip list into .venv: with uv, which takes seconds, or else with pip,
    which works wherever it could download uv."""
    wanted = [word for line in lines for word in (shlex.split(line) if line[0] == "-" else [line])]
    if install_uv(pack):
        # Compiled now, as pip does it: or every first import would be slow, and each one where
        # Python may not write (PYTHONDONTWRITEBYTECODE).
        uv = [PYTHON, "-m", "uv", "pip", "install", "--compile-bytecode", "--python", PYTHON]
        if pack:
            uv += ["--no-index"]
        if run_uv(uv + wanted, variables_for(pack))[0] == 0:
            return
        say("  uv could not; trying with pip, which takes longer")
    code, output = run([PYTHON, "-m", "pip", "install"] + wanted, variables_for(pack))
    if code != 0:
        raise Trouble(meaning(output))


def settle():
    """Give JupyterLab its settings, and see that the installed packages can be used."""
    folder = os.path.join(VENV, "share", "jupyter", "lab", "settings")
    if not os.path.isdir(folder):
        os.makedirs(folder)
    with io.open(os.path.join(folder, "overrides.json"), "w", encoding="utf-8") as file:
        file.write(json.dumps(LAB_SETTINGS, indent=2) + "\n")
    # -I: not from this folder, but through the installation, as a kernel has to find it.
    code, output = run([PYTHON, "-I", "-c", "import helpers"])
    if code != 0 and WINDOWS and any(ord(letter) > 127 for letter in ROOT):
        raise Trouble(
            "This Python does not find a folder with such letters in its path: {} Move the"
            " repository to a path of plain letters, or use Python 3.13.".format(ROOT)
        )
    if code != 0:
        raise Trouble(meaning(output))


def write_stamp(made_from, folder=None):
    """Write down, as the very last step and in one go, what .venv was made from, and with which
    pack."""
    stamp = {"made from": made_from, "python": tag_of(PYTHON), "pack": folder}
    with io.open(STAMP + ".new", "w", encoding="utf-8") as file:
        file.write(json.dumps(stamp, indent=2))
    os.replace(STAMP + ".new", STAMP)


def is_locked(file):
    """Try to lock the file. Returns whether somebody else holds it. The system frees the lock when
    its holder ends, however it ends."""
    try:
        if WINDOWS:
            import msvcrt

            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        # Any other error: a file system without locks, where we do without.
        return error.errno in (errno.EACCES, errno.EAGAIN, errno.EDEADLK)
    return False


@contextlib.contextmanager
def alone():
    """Hold the lock of the set-up; wait for it while another start has it."""
    if not os.path.isdir(SIDE):
        os.makedirs(SIDE)
    with io.open(LOCK, "a") as file:
        if is_locked(file):
            say("Another start is setting up .venv here; waiting for it.")
            while is_locked(file):
                time.sleep(0.2)
        yield


def ensure(folder=None):
    """See that .venv is ready: make it where it is missing, half-made or out of date, from the pack
    in the folder where one is given."""
    if not why_not_ready():
        return
    try:
        with alone():
            # Again, for the start that was waited for may have made it.
            why = why_not_ready()
            if not why:
                return
            began = time.time()
            # Read before the work: an environment.yml edited meanwhile counts at the next start.
            made_from, lines = wish(), wanted_lines()
            say("Setting up .venv with Python {}.{} ({}).".format(*(sys.version_info[:2] + (why,))))
            folder = folder or remembered_pack()
            pack = opened(folder) if folder else None
            say("This takes about a minute, and only now. The log: {}".format(LOG))
            remove(LOG)
            say("  1 of 3: an empty .venv")
            make_venv(pack)
            say("  2 of 3: the packages of environment.yml")
            install(lines, pack)
            say("  3 of 3: JupyterLab's settings, and a look whether all is there")
            settle()
            write_stamp(made_from, folder)
            say("Ready after {:.0f} s.".format(time.time() - began))
    except OSError as error:
        if error.errno == errno.ENOSPC:
            raise Trouble(NO_SPACE)
        if error.errno == errno.EROFS or not os.access(ROOT, os.W_OK):
            raise Trouble(READ_ONLY.format(ROOT))
        if error.errno in (errno.EACCES, errno.EPERM) and not WINDOWS:
            raise Trouble(NOT_YOURS)
        raise Trouble(meaning(str(error)))


# --- without a network: a pack --------------------------------------------------------------------


def pack_for():
    """What a pack has to be made for: name to value, all strings. The ends of lines and comments
    make no difference, for one pack serves many copies of the repository."""
    constraints = read("constraints.txt").decode("utf-8-sig").splitlines()
    stated = {
        "environment.yml": wanted_lines(),
        "constraints.txt": [line for line in constraints if not line.startswith("#")],
        "start.py": [UV, VIRTUALENV],
    }
    return {
        name: hashlib.sha256("\n".join(lines).encode("utf-8")).hexdigest()
        for name, lines in stated.items()
    }


def opened(folder):
    """The pack in a folder, checked. Raises Trouble where it does not serve here."""
    from helpers.setup import offline

    try:
        found = offline.Pack.read(offline.Path(folder))
        say("Checking the pack in {} ...".format(folder))
        found.check(pack_for(), offline.target_here(), offline.level_here())
    except offline.Unfit as unfit:
        raise Trouble(str(unfit))
    return found


def remembered_pack():
    """The folder of the pack that .venv was made from, as long as it fits; None where it was not
    made from one."""
    try:
        with io.open(STAMP, encoding="utf-8") as file:
            folder = json.load(file)["pack"]
    except (OSError, ValueError, KeyError, TypeError):
        return None
    if not folder:
        return None
    from helpers.setup import offline

    try:
        fits = offline.Pack.read(offline.Path(folder)).manifest["made for"] == pack_for()
    except offline.Unfit:
        return None
    return folder if fits else None


def variables_for(pack):
    """The environment for pip and uv: with a pack, one in which they know nothing else."""
    if not pack:
        return environment()
    from helpers.setup import offline

    return offline.variables_for(pack.wheels, environment())


def ready(arguments):
    """See that .venv is ready, from a pack where the words say ``--offline FOLDER``. Returns the
    other words."""
    folder, rest = pack_and_rest(arguments)
    ensure(folder and os.path.abspath(os.path.join(ROOT, os.path.expanduser(folder))))
    return rest


def pack_and_rest(arguments):
    """The folder after --offline, None where there is none, and the words that are left.

    >>> pack_and_rest(["-x", "--offline", "pack", "-v"])
    ('pack', ['-x', '-v'])
    """
    for at, word in enumerate(arguments):
        option, equals, folder = word.partition("=")
        if option == "--offline":
            behind = at + 1 if equals else at + 2
            folder = folder or "".join(arguments[at + 1 : behind])
            if not folder:  # as from a script's variable that is not set
                raise Trouble("After --offline comes the folder of a pack.")
            return folder, arguments[:at] + arguments[behind:]
    return None, arguments


# --- the commands ---------------------------------------------------------------------------------


def open_lab(arguments):
    """set up when needed, then open JupyterLab with the notebook that was saved last, or with the
    one whose number or path follows; further words go on to jupyter lab"""
    hand_over([PYTHON, "-m", "helpers.setup.lab"] + ready(arguments))


def test(arguments):
    """set up when needed, then run every test; further words go on to pytest"""
    hand_over([PYTHON] + list(PYTEST) + ready(arguments))


def setup(arguments):
    """only set up; with --fresh even when all is there"""
    folder, rest = pack_and_rest(arguments)
    if rest not in ([], ["--fresh"]):
        raise Trouble("setup knows one further word, --fresh; got: {}".format(" ".join(rest)))
    if rest:
        # The pack counts on: it may be all that there is.
        folder = folder or remembered_pack()
        try:
            remove(STAMP)
        except OSError as error:
            raise Trouble(READ_ONLY.format(error.filename))
    ready(["--offline", folder] if folder else [])
    say("All is there. To open the series: python3 start.py")


def bench(arguments):
    """set up when needed, then run the benchmarks one after the other"""
    arguments = ready(arguments)
    files = sorted(glob.glob(os.path.join(glob.escape(ROOT), "tests", "benchmarks", "bench_*.py")))
    if not files:
        raise Trouble("There is no tests/benchmarks/bench_*.py to run.")
    failed = 0
    for file in files:
        say("--- " + os.path.basename(file))
        failed += subprocess.call([PYTHON, file] + arguments, cwd=ROOT, env=environment()) != 0
    return 1 if failed else 0


def lock(arguments):
    """make constraints.txt anew from environment.yml; --upgrade takes the newest versions"""
    names = [line for line in wanted_lines() if not line.startswith("-")]
    constraints = os.path.join(ROOT, "constraints.txt")
    before = read("constraints.txt")
    with alone():
        # A .venv that is out of date will do: this is how it comes back into line.
        if run([PYTHON, "-m", "uv", "--version"])[0] != 0:
            say("Fetching uv ...")
            make_venv()
            if not install_uv():
                raise Trouble("{} is not to be had for this machine.".format(UV))
        wanted, made = os.path.join(SIDE, "lock.in"), os.path.join(SIDE, "lock.txt")
        with io.open(wanted, "w", encoding="utf-8") as file:
            file.write("\n".join(names) + "\n")
        # uv keeps the versions that the output file has, unless told to upgrade.
        shutil.copyfile(constraints, made)
        compiled = [PYTHON] + list(COMPILE) + ["--output-file", made] + arguments + [wanted]
        code, output = run_uv(compiled)
        if code != 0:
            raise Trouble(meaning(output))
        os.replace(made, constraints)
    if read("constraints.txt") == before:
        say("constraints.txt was up to date.")
    else:
        say("constraints.txt is new. Now run: python3 start.py test")


def progress(arguments):
    """gather learners' progress.json files, all in one folder, into one table there"""
    hand_over([PYTHON, "-m", "helpers.exercises.gather"] + ready(arguments))


def pack(arguments):
    """make a folder of every wheel, from which --offline FOLDER sets up without a network on Linux,
    macOS and Windows; --help tells how to make it smaller"""
    ensure()
    hand_over([PYTHON, "-m", "helpers.setup.pack"] + arguments)


def reset(arguments):
    """bring notebooks back to their shipped state, yours kept beside them; their numbers follow, as
    in: reset 05 07, or: reset all"""
    # Not with .venv, which may be what is missing, and may belong to conda instead.
    hand_over([sys.executable, "-m", "helpers.setup.reset"] + arguments)


# Name, and what it does; its docstring is its help.
COMMANDS = {
    "lab": open_lab,
    "test": test,
    "setup": setup,
    "bench": bench,
    "lock": lock,
    "pack": pack,
    "progress": progress,
    "reset": reset,
}
DEFAULT = "lab"


def usage():
    """The text of --help."""
    lines = ["usage: python3 start.py [command] [further words]", ""]
    for name in sorted(COMMANDS):
        lines += textwrap.wrap(
            " ".join(COMMANDS[name].__doc__.split()),
            width=90,
            initial_indent="  {:<9}".format(name),
            subsequent_indent=" " * 11,
        )
    lines += ["", "Without a network: --offline FOLDER, a pack's, before or after the command."]
    lines += ["Without a command: {}. Paths are seen from this folder:".format(DEFAULT), ROOT]
    return "\n".join(lines)


def chosen(arguments):
    """The command that the arguments ask for, and the arguments that go on to it.

    >>> chosen(["test", "-x"])[1]
    ['-x']
    """
    if not arguments:
        return COMMANDS[DEFAULT], []
    first = arguments[0]
    if first.partition("=")[0] == "--offline":  # which may stand before the command, too
        folder, rest = pack_and_rest(arguments)
        command, further = chosen(rest)
        return command, further + ["--offline", folder] if folder else further
    if first in COMMANDS:
        return COMMANDS[first], arguments[1:]
    # Options and notebooks are for jupyter lab; any other word is a slip.
    of_lab = first.startswith("-") or re.match(r"\d\d?$", first)
    if of_lab or os.path.isfile(os.path.join(ROOT, first)):
        return COMMANDS[DEFAULT], arguments
    raise Trouble(
        "There is no command and no notebook {!r}. The commands are: {}. A notebook is opened by"
        " its number, as in: python3 start.py 05".format(first, ", ".join(sorted(COMMANDS)))
    )


def main(arguments):
    """Do what the arguments ask for. Returns the exit code."""
    try:
        if arguments[:1] in (["-h"], ["--help"], ["help"]):
            say(usage())
            return 0
        command, further = chosen(arguments)
        require_python(sys.version_info, arguments)
        return command(further) or 0
    except Trouble as trouble:
        say("start.py: {}".format(trouble), sys.stderr)
        return 1
    except KeyboardInterrupt:
        say("start.py: interrupted. The same command goes on from here.", sys.stderr)
        return 130


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
