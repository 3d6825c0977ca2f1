"""Fixtures of the journeys."""

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.local_stack import LocalStack


@pytest.fixture
def local(tmp_path: Path) -> Iterator[LocalStack]:
    tmp_path.chmod(0o755)
    made = LocalStack(tmp_path)
    yield made
    if made.process is not None and made.process.poll() is None:
        made.strike(signal.SIGKILL)
