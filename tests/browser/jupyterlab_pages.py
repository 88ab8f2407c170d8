"""A real JupyterLab in a real browser: start it, open a notebook, run all of it, look.

The notebooks are copied first, so that nothing a browser does is saved into the repository; and
JupyterLab's own folders are temporary ones, so that no one's settings change what is seen.
"""

from __future__ import annotations

import json
import os
import re
import secrets
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Browser, Page, ViewportSize, sync_playwright

ROOT = Path(__file__).resolve().parents[2]
NOTEBOOKS = ROOT / "notebooks"

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
NO_BROWSER = "no browser found: `apt-get install chromium`, or put Chrome on PATH"

FLAGS = (
    "--no-sandbox",  # root in a container has none
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)

# Seconds.
STARTING, RUNNING = 60, 120

SETTINGS: dict[str, dict[str, Any]] = {
    "apputils-extension/notification": {"fetchNews": "false", "checkForUpdates": False},
    # Every cell in the page, not only those in view: they are all looked at.
    "notebook-extension/tracker": {"windowingMode": "none", "scrollPastEnd": False},
}

LOCAL = {"localhost", "127.0.0.1", "::1"}

VIEWPORT: ViewportSize = {"width": 1200, "height": 900}
IDLE = re.compile(r"Python 3 \(ipykernel\) \| Idle")

# An exception is drawn as its traceback, under the type of stderr.
ERROR = ", ".join(
    f"[data-mime-type='application/vnd.jupyter.{kind}']" for kind in ("stderr", "error")
)
CODE = ".jp-CodeCell"


def executable() -> str | None:
    """The browser's program, or None."""
    return next(filter(None, map(shutil.which, BROWSERS)), None)


@dataclass(frozen=True)
class Server:
    """A running JupyterLab."""

    port: int
    token: str
    root: Path  # the folder that it serves, a copy

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self.port}/{path}"

    def api(self, path: str, method: str = "GET") -> Any:
        """Jupyter's own REST interface."""
        headers = {"Authorization": f"token {self.token}"}
        request = urllib.request.Request(self.url(f"api/{path}"), method=method, headers=headers)
        with urllib.request.urlopen(request, timeout=10) as answer:
            return json.loads(answer.read() or "null")

    def stop_kernels(self) -> None:
        """A kernel holds up to 260 MB; no two notebooks need theirs at once."""
        for session in self.api("sessions"):
            self.api(f"sessions/{session['id']}", "DELETE")


@contextmanager
def jupyterlab(folder: Path) -> Iterator[Server]:
    """JupyterLab on a copy of the project's notebooks in ``folder``."""
    root = folder / "project"
    shutil.copytree(NOTEBOOKS, root / "notebooks")
    if (ROOT / "README.md").exists():
        shutil.copy(ROOT / "README.md", root)
    for name, content in SETTINGS.items():
        file = folder / "settings" / "@jupyterlab" / f"{name}.jupyterlab-settings"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(content))
    port, token = _free_port(), secrets.token_hex(16)
    command = [
        *(sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root"),
        *(f"--ServerApp.port={port}", "--ServerApp.port_retries=0", "--ServerApp.ip=127.0.0.1"),
        *(f"--IdentityProvider.token={token}", f"--ServerApp.root_dir={root}"),
        *("--KernelManager.transport_encryption=auto", "--LabApp.expose_app_in_browser=True"),
    ]
    environment = {
        **os.environ,
        "JUPYTER_CONFIG_DIR": str(folder / "config"),
        "JUPYTER_RUNTIME_DIR": str(folder / "runtime"),
        "JUPYTERLAB_SETTINGS_DIR": str(folder / "settings"),
        "JUPYTERLAB_WORKSPACES_DIR": str(folder / "workspaces"),
        "IPYTHONDIR": str(folder / "ipython"),
    }
    log = folder / "jupyterlab.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            command, cwd=root, env=environment, stdout=output, stderr=subprocess.STDOUT
        )
    server = Server(port, token, root)
    try:
        _wait_for(server, process, log)
        yield server
        server.stop_kernels()
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_for(server: Server, process: subprocess.Popen[bytes], log: Path) -> None:
    end = time.monotonic() + STARTING
    while time.monotonic() < end:
        if process.poll() is not None:
            break
        try:
            server.api("status")
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise RuntimeError(f"JupyterLab did not start:\n{log.read_text()[-2000:]}")


@contextmanager
def chromium(program: str) -> Iterator[Browser]:
    """The browser, headless."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=program, headless=True, args=list(FLAGS)
        )
        try:
            yield browser
        finally:
            browser.close()


@dataclass
class Opened:
    """A notebook that is open in JupyterLab, its kernel ready."""

    page: Page
    strangers: list[str] = field(default_factory=list)  # addresses asked for beyond this machine

    def run_all(self) -> None:
        """Run ▸ Run All Cells, and wait until every code cell has run or one has failed.

        Raises playwright's TimeoutError where cells neither end nor fail.
        """
        page = self.page
        # As committed the cells have counts already: without, one sees which have run.
        self.command("editmenu:clear-all")
        page.wait_for_function(_ALL_COUNTS, arg=r"^\[\s*\]:$", timeout=RUNNING * 1000)
        page.get_by_role("menuitem", name="Run", exact=True).click()
        page.locator('[data-command="runmenu:run-all"]').click()
        failed = f"document.querySelector({json.dumps(ERROR)}) && !({_ANY_RUNNING})()"
        done = f"() => ({failed}) || ({_ALL_COUNTS})(/^\\[\\d+\\]:$/)"
        # Asked at each frame, as is usual, the page would be busier with answers than with cells.
        page.wait_for_function(done, timeout=RUNNING * 1000, polling=250)

    def command(self, name: str, **arguments: Any) -> None:
        """One of JupyterLab's own commands."""
        # Without an answer: a command's own may be anything, a whole window among it.
        self.page.evaluate(
            "([name, args]) => window.jupyterapp.commands.execute(name, args).then(() => null)",
            [name, arguments],
        )

    def theme(self, name: str) -> None:
        """``JupyterLab Light`` or ``JupyterLab Dark``."""
        self.command("apputils:change-theme", theme=name)
        light = "true" if "Light" in name else "false"
        body = f"body[data-jp-theme-light='{light}']"
        self.page.wait_for_selector(body, state="attached", timeout=10_000)
        # JupyterLab veils the page while it changes its clothes.
        self.page.wait_for_selector("#jupyterlab-splash", state="detached", timeout=10_000)

    def counts(self) -> list[str]:
        """The execution counts as they are drawn: ``[1]:``."""
        return self.page.locator(f"{CODE} .jp-InputArea-prompt").all_inner_texts()

    def errors(self) -> list[str]:
        return self.page.locator(ERROR).all_inner_texts()

    def whole(self, path: Path) -> None:
        """A picture of the whole notebook."""
        path.parent.mkdir(parents=True, exist_ok=True)
        height = self.page.evaluate(
            "() => Math.max(...[...document.querySelectorAll('.jp-WindowedPanel-outer')]"
            ".map(each => each.scrollHeight))"
        )
        self.page.set_viewport_size({"width": 1200, "height": min(height + 160, 14_000)})
        self.page.screenshot(path=path)


# Whether every code cell's prompt matches; a string from Python, a RegExp from JavaScript.
_ALL_COUNTS = """pattern => {
    const prompts = [...document.querySelectorAll('.jp-CodeCell .jp-InputArea-prompt')];
    const matches = each => new RegExp(pattern).test(each.innerText.trim());
    return prompts.length > 0 && prompts.every(matches);
}"""


# Whether a prompt says ``[*]``: running, or waiting for its turn.
_ANY_RUNNING = """() => [...document.querySelectorAll('.jp-CodeCell .jp-InputArea-prompt')]
    .some(each => each.innerText.includes('*'))"""


@dataclass
class Desk:
    """JupyterLab in one page of the browser, for one notebook after the other.

    Its first load takes several seconds, a notebook in it takes one.
    """

    page: Page
    server: Server
    strangers: list[str] = field(default_factory=list)

    @contextmanager
    def opened(self, notebook: str) -> Iterator[Opened]:
        """``notebook`` (a file name); it is closed unsaved and its kernel stopped at the end."""
        found, page = Opened(self.page, self.strangers), self.page
        page.set_viewport_size(VIEWPORT)
        found.command("docmanager:open", path=f"notebooks/{notebook}", factory="Notebook")
        # Before the kernel is connected, Run All is silently dropped.
        idle = page.locator("#jp-main-statusbar").get_by_text(IDLE)
        try:
            idle.wait_for()
            yield found
        finally:
            page.evaluate("() => window.jupyterapp.shell.currentWidget?.dispose()")
            self.server.stop_kernels()
            idle.wait_for(state="hidden")
            self.strangers.clear()


@contextmanager
def desk(browser: Browser, server: Server) -> Iterator[Desk]:
    """An empty JupyterLab in a page of its own."""
    context = browser.new_context(viewport=VIEWPORT)
    try:
        page = context.new_page()
        page.set_default_timeout(STARTING * 1000)
        found = Desk(page, server)
        page.on("request", lambda request: _note(found, request.url))
        page.on("websocket", lambda socket: _note(found, socket.url))
        page.goto(server.url(f"lab?token={server.token}&reset"))
        page.wait_for_function("() => window.jupyterapp?.commands.hasCommand('docmanager:open')")
        page.evaluate("() => window.jupyterapp.restored.then(() => null)")
        yield found
    finally:
        context.close()


def _note(found: Desk, url: str) -> None:
    parts = urlsplit(url)
    if parts.scheme in {"http", "https", "ws", "wss"} and parts.hostname not in LOCAL:
        found.strangers.append(url)
