"""Copies of the checkout, and pytest in them."""

import contextlib
import os
import re
import shutil
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from tests.mutants.forks import Forks
from tests.mutants.mutant import ROOT, Mutant

NOT_COPIED = (".venv", ".heliograph", ".git", ".hypothesis", ".*_cache", "node_modules")


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
        self._forks = Forks(folder)
        self._writes = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._forks.close()

    def stop(self) -> None:
        """End the run that is under way."""
        self._forks.stop()

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
        status, output = self._forks.run(tests, timeout_s)
        return Ran(status, output, time.monotonic() - began)
