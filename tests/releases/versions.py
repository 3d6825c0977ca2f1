"""Versions of this repository, taken from git and run as processes of their own."""

import ast
import asyncio
import io
import os
import subprocess
import sys
import tarfile
from pathlib import Path

from config import PREFIX, Settings
from embedded.process import Process, dying_with_us, free_port, is_ready
from embedded.stack import environment

ROOT = Path(__file__).parents[2]


class NoHistory(Exception):
    """The commit cannot be had from git, as in a copy without history."""


def check_out(commit: str, folder: Path) -> None:
    """Write the files of a commit to `folder`. Raises NoHistory."""
    try:
        command = ["git", "-C", str(ROOT), "archive", "--format=tar", commit]
        ran = subprocess.run(command, capture_output=True, timeout=60)
    except OSError as error:
        raise NoHistory(f"git cannot be run: {error}") from None
    if ran.returncode:
        raise NoHistory(f"git has no commit {commit} here: {ran.stderr.decode().strip()}")
    with tarfile.open(fileobj=io.BytesIO(ran.stdout)) as archive:
        archive.extractall(folder, filter="data")


class Version:
    """A web process and workers of the code in `folder`, run by the Python that runs the tests."""

    def __init__(self, name: str, folder: Path, settings: Settings, logs: Path) -> None:
        """Of `settings`, those that the code knows are passed on."""
        self.name = name
        self.port = free_port()
        self._folder = folder
        self._settings = settings
        self._logs = logs
        logs.mkdir(parents=True, exist_ok=True)
        # Clients of tests keep connections for longer than 5 s without a request.
        options = ("--port", str(self.port), "--log-level", "warning", "--timeout-keep-alive", "300")
        self.web = self._process("web", "uvicorn", "app:app", *options)
        self.workers = self._process("workers", "workers")

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self, *, workers: bool = True) -> None:
        """Start the web process and the workers; `wait` waits for them."""
        self.web.start()
        if workers:
            self.workers.start()

    def wait(self) -> None:
        """Return when the web process is ready. Raises StartError."""
        self.web.wait_until(lambda: is_ready(self.port, "/readyz"), 30)

    async def migrate(self) -> None:
        """Apply the migrations of this version."""
        with self._log("migrations").open("ab") as log:
            migrating = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "migrations"),
                cwd=self._folder,
                env={**os.environ, **self._environ()},
                stdout=log,
                stderr=log,
                preexec_fn=dying_with_us(),
            )
        assert await asyncio.wait_for(migrating.wait(), 120) == 0, self.log("migrations")

    def log(self, name: str) -> str:
        """What a process has said."""
        path = self._log(name)
        return path.read_text(errors="replace") if path.exists() else ""

    def stop(self) -> None:
        self.web.stop()
        self.workers.stop()

    def _process(self, name: str, module: str, *arguments: str) -> Process:
        command = [sys.executable, "-m", module, *arguments]
        title = f"{name} of {self.name}"
        return Process(title, lambda: command, self._log(name), environ=self._environ(), folder=self._folder)

    def _environ(self) -> dict[str, str]:
        known = {PREFIX + setting.upper() for setting in _settings(self._folder)}
        return {key: value for key, value in environment(self._settings).items() if key in known}

    def _log(self, name: str) -> Path:
        return self._logs / f"{self.name}-{name}.log"


def _settings(folder: Path) -> set[str]:
    """The names of the settings that the code in `folder` knows; it refuses others."""
    tree = ast.parse((folder / "config.py").read_text())
    [settings] = [node for node in tree.body if isinstance(node, ast.ClassDef) and node.name == "Settings"]
    fields = [node.target for node in settings.body if isinstance(node, ast.AnnAssign)]
    return {target.id for target in fields if isinstance(target, ast.Name)}
