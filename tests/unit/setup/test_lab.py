"""Which notebook is opened, and that there is no second JupyterLab for one folder."""

from __future__ import annotations

import os
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from helpers.setup import lab
from helpers.setup.lab import Choice, answers, choose, main, saved
from helpers.setup.reset import Unknown
from helpers.setup.shipped import Shipped, kept_name, ship

FIRST, FIFTH, SEVENTH = "00_start_here.ipynb", "05_deny.ipynb", "07_least.ipynb"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Three notebooks, as they are shipped."""
    folder = tmp_path / "meine Übungen" / "notebooks"
    folder.mkdir(parents=True)
    for name in (FIRST, FIFTH, SEVENTH):
        (folder / name).write_text("{}\n")
    ship(folder)
    return folder


def work(path: Path, when: int) -> None:
    path.write_text('{"cells": []}\n')
    os.utime(path, (when, when))


def test_a_new_learner_begins_with_the_first(folder) -> None:
    # However new the other files are: nobody has worked in them.
    os.utime(folder / SEVENTH, (9_000_000_000, 9_000_000_000))
    choice = choose([], Shipped(folder))
    assert choice.path == folder / FIRST
    assert "you have changed none yet" in choice.why


def test_the_one_saved_last(folder) -> None:
    work(folder / SEVENTH, 2000)
    work(folder / FIFTH, 3000)
    work(folder / FIRST, 1000)
    choice = choose(["--no-browser"], Shipped(folder))
    assert choice.path == folder / FIFTH
    assert "saved last (1970-01-01 " in choice.why
    assert choice.why.endswith("; for the one before it: python3 start.py 07")
    assert choice.further == ("--no-browser",)


def test_one_of_the_learners_own_counts_and_a_kept_one_does_not(folder) -> None:
    work(folder / "my answers.ipynb", 2000)
    work(folder / kept_name("05", "2026-11-25 14.30"), 3000)
    assert saved(Shipped(folder)) == [folder / "my answers.ipynb"]
    assert choose([], Shipped(folder)).why.endswith("; for the first: python3 start.py 00")


def test_a_damaged_copy_does_not_keep_anybody_from_starting(folder) -> None:
    work(folder / SEVENTH, 2000)
    os.utime(folder / FIFTH, (1000, 1000))
    shipped = Shipped(folder)
    (shipped.copies / f"{FIFTH}.gz").write_bytes(b"x")
    assert saved(shipped) == [folder / SEVENTH, folder / FIFTH]


def test_no_other_is_named_where_there_is_none(folder) -> None:
    work(folder / FIRST, 1000)
    choice = choose([], Shipped(folder))
    assert choice.path == folder / FIRST
    assert ";" not in choice.why


def test_a_reset_one_is_not_gone_on_with(folder) -> None:
    work(folder / FIFTH, 3000)
    work(folder / SEVENTH, 2000)
    (folder / FIFTH).write_text("{}\n")
    assert saved(Shipped(folder)) == [folder / SEVENTH]


@pytest.mark.parametrize(
    "word", ["05", "5", f"notebooks/{FIFTH}", f"notebooks/../notebooks/{FIFTH}"]
)
def test_a_number_or_a_path_wins(folder, word) -> None:
    work(folder / SEVENTH, 2000)
    choice = choose([word, "--port", "9"], Shipped(folder))
    assert choice.path == folder / FIFTH
    assert choice.further == ("--port", "9")
    assert choose(["--no-browser", word], Shipped(folder)) == Choice(
        folder / FIFTH, "as you asked", ("--no-browser",)
    )


def test_a_number_without_a_notebook(folder) -> None:
    with pytest.raises(Unknown, match="00_start_here, 05_deny"):
        choose(["99"], Shipped(folder))


def test_a_path_outside(folder, capsys) -> None:
    (folder.parent.parent / "far.ipynb").touch()
    assert main(["../far.ipynb"], folder) == 1
    assert "copy it into that folder first" in capsys.readouterr().err


@pytest.mark.parametrize("word", ["notebooks", ".", ""])
def test_a_folder_is_no_notebook(folder, started, capsys, word) -> None:
    # JupyterLab would show that folder alone, and not find the page in it.
    assert main([word], folder) == 1
    assert f"{word!r} is a folder" in capsys.readouterr().err
    assert started[0] == []


# --- what is started ------------------------------------------------------------------------------


@pytest.fixture
def started(folder, monkeypatch):
    """The words that JupyterLab is started with, the addresses opened, and what runs already."""
    words, opened, servers = [], [], []
    monkeypatch.setattr(lab, "launch", words.append)
    monkeypatch.setattr(lab.webbrowser, "open", opened.append)
    monkeypatch.setattr("jupyter_server.serverapp.list_running_servers", lambda: iter(servers))
    monkeypatch.setattr(lab.os, "geteuid", lambda: 1000, raising=False)
    return words, opened, servers


def test_jupyterlab_gets_the_page_and_the_further_words(folder, started, capsys) -> None:
    words, opened, _ = started
    (folder / "my é.ipynb").write_text("x")
    assert main(["notebooks/my é.ipynb", "--no-browser"], folder) == 0
    page = "--LabApp.default_url=/lab/tree/notebooks/my%20%C3%A9.ipynb"
    assert words == [[f"--ServerApp.root_dir={folder.parent}", page, "--no-browser"]]
    assert opened == []
    assert "Opening notebooks/my é.ipynb, as you asked." in capsys.readouterr().out


def test_as_root(folder, started, monkeypatch) -> None:
    words, _, _ = started
    monkeypatch.setattr(lab.os, "geteuid", lambda: 0, raising=False)
    main([], folder)
    assert words[0][-1] == "--allow-root"


def test_where_users_have_no_number(folder, started, monkeypatch) -> None:
    words, _, _ = started
    monkeypatch.delattr(lab.os, "geteuid", raising=False)
    main([], folder)
    assert "--allow-root" not in words[0]


@pytest.fixture
def server(folder):
    """A JupyterLab that answers, as its file describes it."""

    class Lab(BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200 if self.path == "/base/lab?token=secret" else 404)
            self.end_headers()

        def log_message(self, *arguments):
            pass

    with HTTPServer(("127.0.0.1", 0), Lab) as http:
        threading.Thread(target=http.serve_forever, args=(0.01,), daemon=True).start()
        url = f"http://127.0.0.1:{http.server_port}/base/"
        yield {"url": url, "token": "secret", "root_dir": str(folder.parent), "pid": 1}
        http.shutdown()


def test_a_running_one_is_opened_and_no_second_started(folder, started, server, capsys) -> None:
    words, opened, servers = started
    servers.append(server)
    work(folder / FIFTH, 3000)
    assert main([], folder) == 0
    address = f"{server['url']}lab/tree/notebooks/{FIFTH}?token=secret"
    assert (words, opened) == ([], [address])
    said = capsys.readouterr().out
    assert address in said
    assert "saved last" in said
    assert (
        main(
            [
                "--no-browser",
            ],
            folder,
        )
        == 0
    )
    assert (words, len(opened)) == ([], 1)


@pytest.mark.parametrize(
    "other",
    [
        pytest.param({"root_dir": "/"}, id="of another folder"),
        pytest.param({"root_dir": "/no such folder"}, id="of a folder that is gone"),
        pytest.param({"token": "old"}, id="that refuses"),
        pytest.param({"url": "http://127.0.0.1:9/"}, id="that is dead"),
    ],
)
def test_another_server_is_none(folder, started, server, other) -> None:
    words, opened, servers = started
    servers.append({**server, **other})
    assert main([], folder) == 0
    assert (len(words), opened) == (1, [])


def test_options_ask_for_a_server_of_ones_own(folder, started, server) -> None:
    words, opened, servers = started
    servers.append(server)
    main(["05", "--port", "9000"], folder)
    assert words[0][-2:] == ["--port", "9000"]
    assert opened == []


def test_a_proxy_is_not_asked(server, monkeypatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    monkeypatch.delenv("no_proxy", raising=False)
    assert answers(server)
