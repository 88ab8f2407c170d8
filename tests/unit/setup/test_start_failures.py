"""Each way in which the set-up can fail ends in one line that says what to do."""

from __future__ import annotations

import errno
import os
import sys

import pytest

PIP_OFFLINE = """\
WARNING: Retrying (Retry(total=0, connect=None)) after connection broken by 'NewConnectionError(
'<pip._vendor.urllib3.connection.HTTPSConnection object>: Failed to establish a new connection:
[Errno -3] Temporary failure in name resolution')': /simple/uv/
ERROR: Could not find a version that satisfies the requirement uv==1 (from versions: none)
ERROR: No matching distribution found for uv==1
"""
PIP_NO_WHEEL = """\
ERROR: Could not find a version that satisfies the requirement uv==1 (from versions: none)
ERROR: No matching distribution found for uv==1
"""
OUTPUTS = {
    "pip offline": (PIP_OFFLINE, "no connection"),
    "pip behind a proxy": ("ProxyError('Cannot connect to proxy.')", "no connection"),
    "pip and a proxy that asks": (
        "connection broken by 'ProxyError('Cannot connect to proxy.', OSError('Tunnel connection"
        " failed: 407 Proxy Authentication Required'))': /simple/uv/",
        "The proxy asks for a name and a password",
    ),
    "pip timeout": ("ReadTimeoutError: Read timed out. (read timeout=15)", "no connection"),
    "uv offline": ("error: Request failed\n  Caused by: dns error", "no connection"),
    "certificate": (
        "Max retries exceeded: SSLError(SSLCertVerificationError(1, '[SSL: CERTIFICATE_VERIFY",
        "PIP_CERT",
    ),
    "login": ("ERROR: 401 Client Error: Unauthorized for url", "name and password"),
    "login asked for": ("User for mirror.example: ERROR: Exception", "name and password"),
    "disk": ("OSError: [Errno 28] No space left on device", "disk is full"),
    "long path": ("[WinError 206] The filename or extension is too long", "shorter path"),
    "in use": ("[WinError 32] used by another process: 'python.exe'", "Close JupyterLab"),
    "no wheel": (PIP_NO_WHEEL, "not to be had for this Python"),
    "source build": ("error: Failed building wheel for greenlet", "not to be had for this Python"),
    "conflict": ("ERROR: ResolutionImpossible: for help visit", "start.py lock"),
    "anything else": (
        "some\nlines\n\nIt broke.\n",
        "The set-up failed: It broke. The whole output",
    ),
    "nothing": ("", "no reason was given"),
}


@pytest.mark.parametrize(("output", "line"), OUTPUTS.values(), ids=OUTPUTS)
def test_meaning(checkout, output, line) -> None:
    meaning = checkout.start.meaning(output)
    assert line in meaning
    assert "\n" not in meaning


class Runs:
    """In place of start.run: remembers the commands and answers by their words."""

    def __init__(self, answers: dict[str, tuple[int, str]] | None = None) -> None:
        self.commands: list[list[str]] = []
        self.variables: list[dict[str, str] | None] = []
        self.answers = answers or {}

    def __call__(self, command, variables=None):
        self.commands.append(command[1:])
        self.variables.append(variables)
        words = " ".join(command[1:])
        found = [answer for name, answer in self.answers.items() if name in words]
        return found[0] if found else (0, "")

    def ran(self, words: str) -> bool:
        return any(words in " ".join(command) for command in self.commands)


@pytest.fixture
def start(checkout):
    return checkout.start


def without(*names: str):
    return lambda name: name not in names


def test_with_venv_nothing_else_is_needed(start, monkeypatch) -> None:
    runs = Runs()
    monkeypatch.setattr(start, "run", runs)
    start.make_venv()
    assert runs.commands == [["-m", "venv", start.VENV]]


@pytest.mark.parametrize("missing", ["venv", "ensurepip"])
def test_without_venv_virtualenv_does_it(start, monkeypatch, missing) -> None:
    """Debian without python3-venv."""
    runs = Runs()
    monkeypatch.setattr(start, "run", runs)
    monkeypatch.setattr(start, "has_module", without(missing))
    start.make_venv()
    install = ["-m", "pip", "install", "--target", start.BOOTSTRAP, start.VIRTUALENV]
    assert install in runs.commands
    assert runs.commands[-1] == ["-m", "virtualenv", start.VENV]
    assert runs.variables[-1]["PYTHONPATH"] == start.BOOTSTRAP
    assert start.BOOTSTRAP.startswith(start.ROOT)
    assert not runs.ran("-m venv")


def test_a_broken_venv_module_is_as_good_as_none(start, monkeypatch) -> None:
    runs = Runs({"-m venv": (1, "Error: ensurepip is not available")})
    monkeypatch.setattr(start, "run", runs)
    start.make_venv()
    assert runs.ran("-m virtualenv")


def test_without_venv_and_pip(start, monkeypatch) -> None:
    monkeypatch.setattr(start, "run", Runs({"-m pip": (1, "No module named pip")}))
    monkeypatch.setattr(start, "has_module", without("ensurepip"))
    with pytest.raises(start.Trouble, match="sudo apt install python3-venv"):
        start.make_venv()


def test_without_venv_and_network(start, monkeypatch) -> None:
    monkeypatch.setattr(start, "run", Runs({"--target": (1, PIP_OFFLINE)}))
    monkeypatch.setattr(start, "has_module", without("ensurepip"))
    with pytest.raises(start.Trouble, match="no connection"):
        start.make_venv()


def test_install_gives_uv_the_whole_list(start, monkeypatch) -> None:
    runs = Runs()
    monkeypatch.setattr(start, "run", runs)
    start.install(["-c constraints.txt", "moto[iam,s3]==5 ; os_name == 'nt'", "-e ."])
    wanted = ["-c", "constraints.txt", "moto[iam,s3]==5 ; os_name == 'nt'", "-e", "."]
    uv = ["-m", "uv", "pip", "install", "--compile-bytecode", "--python", start.PYTHON]
    assert runs.commands[-1] == [*uv, *wanted]
    assert runs.ran(f"-m pip install --only-binary :all: {start.UV}")


@pytest.mark.parametrize(
    "trouble",
    [
        pytest.param({"only-binary": (1, PIP_NO_WHEEL)}, id="no uv for this machine"),
        pytest.param({"uv pip install": (2, "error: dns error")}, id="uv finds no way out"),
    ],
)
def test_where_uv_does_not_work_pip_does(start, monkeypatch, trouble) -> None:
    runs = Runs(trouble)
    monkeypatch.setattr(start, "run", runs)
    start.install(["-c constraints.txt", "-e ."])
    assert runs.commands[-1] == ["-m", "pip", "install", "-c", "constraints.txt", "-e", "."]


def test_without_network_nothing_more_is_tried(start, monkeypatch) -> None:
    runs = Runs({"pip install": (1, PIP_OFFLINE)})
    monkeypatch.setattr(start, "run", runs)
    with pytest.raises(start.Trouble, match="no connection"):
        start.install(["a==1"])
    assert len(runs.commands) == 1


def test_a_package_that_pip_does_not_find_either(start, monkeypatch) -> None:
    answers = {"uv pip install": (2, "no"), "pip install a==1": (1, PIP_NO_WHEEL)}
    monkeypatch.setattr(start, "run", Runs(answers))
    with pytest.raises(start.Trouble, match="not to be had for this Python"):
        start.install(["a==1"])


def test_helpers_that_cannot_be_imported_are_noticed(ready) -> None:
    start = ready.start
    for folder in (ready.root / ".venv").rglob("helpers"):
        folder.rename(folder.with_name("other"))
    with pytest.raises(start.Trouble, match="No module named 'helpers'"):
        start.settle()


def test_letters_that_windows_cannot_follow(start, monkeypatch) -> None:
    monkeypatch.setattr(start, "WINDOWS", True)
    runs = Runs({"import helpers": (1, "No module named 'helpers'")})
    monkeypatch.setattr(start, "run", runs)
    with pytest.raises(start.Trouble, match=r"such letters in its path: .*Übungen"):
        start.settle()


# --- the folder -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("number", "line"),
    [
        (errno.EROFS, "cannot be written to"),
        (errno.ENOSPC, "disk is full"),
        pytest.param(
            errno.EACCES,
            "sudo rm -rf .venv",
            marks=pytest.mark.skipif(os.name == "nt", reason="there is no sudo"),
        ),
    ],
)
def test_a_folder_that_takes_nothing(checkout, monkeypatch, capsys, one_line, number, line) -> None:
    start = checkout.start

    def refuse(path, *rest):
        raise OSError(number, os.strerror(number), path)

    monkeypatch.setattr(start.os, "makedirs", refuse)
    assert start.main(["setup"]) == 1
    assert line in one_line(capsys.readouterr().err)


def test_somebody_elses_folder(checkout, monkeypatch, capsys, one_line) -> None:
    start = checkout.start

    def refuse(path, *rest):
        raise PermissionError(errno.EACCES, "Permission denied", path)

    monkeypatch.setattr(start.os, "makedirs", refuse)
    monkeypatch.setattr(start.os, "access", lambda path, mode: False)
    assert start.main(["setup"]) == 1
    assert f"cannot be written to: {start.ROOT}" in one_line(capsys.readouterr().err)


@pytest.mark.skipif(
    os.name == "nt" or getattr(os, "geteuid", int)() == 0, reason="root may write everywhere"
)
def test_a_folder_that_is_really_read_only(checkout, one_line) -> None:
    checkout.root.chmod(0o555)
    try:
        ended = checkout.run_as_it_is("setup")
    finally:
        checkout.root.chmod(0o755)
    assert ended.returncode == 1
    assert "cannot be written to" in one_line(ended.stderr)


def test_a_path_with_the_separator(start, monkeypatch) -> None:
    monkeypatch.setattr(start, "ROOT", start.ROOT + os.pathsep + "x")
    with pytest.raises(start.Trouble, match="rename the folder"):
        start.make_venv()


@pytest.mark.parametrize("name", ["environment.yml", "constraints.txt", "pyproject.toml"])
def test_start_py_alone(checkout, one_line, name) -> None:
    (checkout.root / name).unlink()
    ended = checkout.run_as_it_is("setup")
    assert ended.returncode == 1
    assert f"{name} cannot be read" in one_line(ended.stderr)


def test_a_list_that_is_no_list(checkout, one_line) -> None:
    (checkout.root / "environment.yml").write_text("dependencies: []\n")
    ended = checkout.run_as_it_is("setup")
    assert ended.returncode == 1
    assert "no list" in one_line(ended.stderr)


def test_a_console_that_knows_ascii_only(checkout) -> None:
    ended = checkout.run_as_it_is("--help", PYTHONIOENCODING="ascii:strict")
    assert ended.returncode == 0, ended.stderr
    assert r"ein Ordner f\xfcr \xdcbungen" in ended.stdout


def test_what_a_command_said_is_in_the_log(checkout) -> None:
    start = checkout.start
    os.makedirs(start.SIDE)
    assert start.run([sys.executable, "-c", "print('first')"]) == (0, "first" + os.linesep)
    code, said = start.run([sys.executable, "-c", "import sys; sys.exit('second')"])
    assert (code, said.strip()) == (1, "second")
    code, said = start.run(["no-such-command"])
    assert code == 1
    assert "no-such-command" in said or "WinError 2" in said
    log = (checkout.root / ".venv-start" / "log.txt").read_text(encoding="utf-8")
    assert log.index("first") < log.index("second")


# --- settings of the reader's own -----------------------------------------------------------------


def test_foreign_variables_are_dropped_and_others_kept(start) -> None:
    given = {
        "PYTHONHOME": "/elsewhere",
        "PYTHONPATH": "/elsewhere",
        "CONDA_PREFIX": "/conda",
        "VIRTUAL_ENV": "/other",
        "PIP_TARGET": "/elsewhere",
        "UV_SYSTEM_PYTHON": "1",
        "PIP_USER": "1",
        "PIP_INDEX_URL": "https://mirror.example/simple",
        "HTTPS_PROXY": "http://proxy.example",
        "PATH": "/bin",
    }
    kept = start.environment(given)
    assert not {"PYTHONHOME", "PYTHONPATH", "CONDA_PREFIX", "PIP_TARGET", "UV_SYSTEM_PYTHON"} & set(
        kept
    )
    assert kept["VIRTUAL_ENV"] == start.VENV
    assert kept["PIP_USER"] == "0"
    assert kept["PATH"].split(os.pathsep) == [os.path.dirname(start.PYTHON), "/bin"]
    assert kept["PIP_INDEX_URL"] == given["PIP_INDEX_URL"]
    assert kept["HTTPS_PROXY"] == given["HTTPS_PROXY"]
    assert given["PYTHONHOME"] == "/elsewhere"


MIRROR, OTHER = "https://mirror.example/simple", "https://other.example/simple"


@pytest.mark.parametrize(
    ("settings", "variables", "index"),
    [
        ("", {}, None),
        (f"global.index-url='{MIRROR}'", {}, MIRROR),
        (f"install.index-url='{MIRROR}'", {}, MIRROR),
        (f":env:.index-url='{MIRROR}'", {}, MIRROR),
        (f":env:.index-url='{MIRROR}'\nglobal.index-url='{OTHER}'", {}, MIRROR),
        (f"install.index-url='{MIRROR}'\nglobal.index-url='{OTHER}'", {}, MIRROR),
        (f"download.index-url='{OTHER}'", {}, None),
        (f"global.extra-index-url='{OTHER}'", {}, None),
        (f"global.index-url='{MIRROR}'", {"UV_DEFAULT_INDEX": OTHER}, OTHER),
        (f"global.index-url='{MIRROR}?a=b'", {}, MIRROR + "?a=b"),
    ],
)
def test_uv_follows_pips_index(start, settings, variables, index) -> None:
    assert start.uv_variables(settings, variables).get("UV_DEFAULT_INDEX") == index


def test_uv_keeps_the_older_name_of_its_index(start) -> None:
    given = {"UV_INDEX_URL": OTHER}
    assert start.uv_variables(f"global.index-url='{MIRROR}'", given) == given


def test_uv_follows_pips_certificate_and_proxy(start) -> None:
    settings = "global.cert='/ca.pem'\nglobal.proxy='http://p.example'\nglobal.timeout='60'"
    assert start.uv_variables(settings, {"A": "1"}) == {
        "A": "1",
        "SSL_CERT_FILE": "/ca.pem",
        "ALL_PROXY": "http://p.example",
    }
