"""A part of `make chaos`: one fault of most kinds, after which nothing is lost, doubled or stuck."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ARGUMENTS = ("--part", "--seed", "1", "--people", "6", "--listeners", "2", "--pause", "0.5")


@pytest.mark.kill
def test_nothing_acknowledged_is_lost_in_a_short_storm() -> None:
    command = [sys.executable, "-m", "tests.chaos", *ARGUMENTS]
    ran = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=300)
    assert ran.returncode == 0, ran.stdout
    assert "violations: 0" in ran.stdout
