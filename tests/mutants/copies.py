"""Copies of the checkout, and pytest in them."""

import contextlib
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.mutants.mutant import ROOT, Mutant

NOT_COPIED = (".venv", ".heliograph", ".git", ".hypothesis", ".*_cache", ".import_linter_cache", "node_modules")
PYTEST = ("-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", "-o", "addopts=--strict-markers", "--no-header")


@dataclass(frozen=True)
class Ran:
    """What pytest did: its exit status (None where it was stopped because its time was over), and what it printed."""

    status: int | None
    output: str
    seconds: float

    @property
    def passed(self) -> bool:
        """Whether there were tests, and all passed."""
        return self.status == 0

    @property
    def failed(self) -> bool:
        """Whether a test failed. An error before or outside of tests does not count."""
        return self.status == 1 and re.search(r"^\d+ failed\b", self.output, re.MULTILINE) is not None


class Copy:
    """A copy of the checkout in `folder`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        shutil.copytree(ROOT, folder, ignore=shutil.ignore_patterns(*NOT_COPIED), symlinks=True)
        self._writes = 0

    @contextlib.contextmanager
    def with_fault(self, mutant: Mutant) -> Iterator[None]:
        """The file of the mutant has the fault in the block. Raises ValueError where it cannot be applied."""
        path = self.folder / mutant.file
        before, stat = path.read_text(), path.stat()
        text = mutant.applied(before)
        try:
            self._write(path, text)
            yield
        finally:
            path.write_text(before)
            os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))

    def _write(self, path: Path, text: str) -> None:
        """Write with a time of its own: Python knows a compiled file by the time and the size of its source."""
        path.write_text(text)
        self._writes += 1
        os.utime(path, (self._writes, self._writes))

    def run(self, tests: Sequence[str], timeout_s: float) -> Ran:
        """Run these tests until one fails."""
        began = time.monotonic()
        running = subprocess.Popen(
            [sys.executable, *PYTEST, *tests],
            cwd=self.folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            start_new_session=True,
        )
        try:
            output, _ = running.communicate(timeout=timeout_s)
            return Ran(running.returncode, output, time.monotonic() - began)
        except subprocess.TimeoutExpired:
            os.killpg(running.pid, signal.SIGKILL)
            output, _ = running.communicate()
            return Ran(None, output, time.monotonic() - began)
        except BaseException:
            # Ends like a run that somebody interrupts, so that the parts it has started end as well.
            os.killpg(running.pid, signal.SIGINT)
            running.wait(30)
            raise
