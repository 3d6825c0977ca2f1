"""`python app.py` runs everything, and leaves nothing behind however it ends."""

import json
import os
import signal
import socket
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from embedded.process import free_port
from tests.support.client import Person

ROOT = Path(__file__).parents[2]


class Local:
    """One folder of state, and whoever runs in it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = free_port()
        self.base_url = f"http://127.0.0.1:{self.port}"
        (folder / "seeded").touch()  # the demo world has a start of its own to prove itself in
        self.process: subprocess.Popen[str] | None = None

    def start(self, *arguments: str, **settings: str) -> subprocess.Popen[str]:
        environ = {name: value for name, value in os.environ.items() if not name.startswith("HELIOGRAPH_")} | {
            "HELIOGRAPH_STATE_DIR": str(self.folder),
            "HELIOGRAPH_PORT": str(self.port),
        }
        return subprocess.Popen(
            [sys.executable, "app.py", *arguments],
            cwd=ROOT,
            env=environ | settings,
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )

    def run(self, *arguments: str) -> float:
        """Start and wait until it is ready; how long that took in seconds."""
        began = time.monotonic()
        (self.folder / "endpoints.json").unlink(missing_ok=True)
        self.process = self.start(*arguments)
        while not (self.folder / "endpoints.json").exists():
            assert self.process.poll() is None, self.process.communicate()[0]
            assert time.monotonic() - began < 60
            time.sleep(0.05)
        return time.monotonic() - began

    def strike(self, number: int) -> int:
        assert self.process is not None
        self.process.send_signal(number)
        return self.process.wait(30)

    def left(self) -> list[str]:
        """Command lines of processes that still work in the folder, given a few seconds to end."""
        for _ in range(100):
            found = []
            for entry in Path("/proc").glob("[0-9]*"):
                try:
                    text = (entry / "cmdline").read_bytes() + (entry / "environ").read_bytes()
                except OSError:
                    continue
                if str(self.folder).encode() in text:
                    found.append(text.decode(errors="replace")[:80])
            if not found:
                return []
            time.sleep(0.1)
        return found


@pytest.fixture
def local(tmp_path: Path) -> Iterator[Local]:
    tmp_path.chmod(0o755)
    made = Local(tmp_path)
    yield made
    if made.process is not None and made.process.poll() is None:
        made.strike(signal.SIGKILL)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux ends children with their parent")
async def test_a_life_of_it(local: Local) -> None:
    local.run("--workers", "2")
    endpoints = json.loads((local.folder / "endpoints.json").read_text())
    assert set(endpoints) == {"api", "graphql", "database", "redis", "s3"}
    assert (await httpx.AsyncClient().get(f"{endpoints['api']}/readyz")).status_code == 200
    assert stat.S_IMODE(local.folder.stat().st_mode) == 0o700, "keys and data are in there"
    async with Person(local.base_url) as ada:
        await ada.sign_up("ada")
        username = ada.username

    again = local.start().communicate(timeout=20)[0]
    assert f"already running from this folder: {endpoints['graphql']}" in again

    assert local.strike(signal.SIGKILL) == -signal.SIGKILL
    assert local.left() == []

    assert local.run() < 30
    async with Person(local.base_url) as visitor:
        found = await visitor.ask("query ($name: String!) { user(username: $name) { username } }", name=username)
        assert found["user"] == {"username": username}, "what was acknowledged survives"
    assert local.strike(signal.SIGTERM) == 0
    assert local.left() == []
    assert not (local.folder / "endpoints.json").exists()


def test_a_taken_port_is_named(local: Local) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", local.port))
        taken.listen()
        process = local.start()
        said = process.communicate(timeout=20)[0]
    assert process.returncode == 1
    assert f"Port {local.port} is taken" in said
    assert "HELIOGRAPH_PORT" in said


@pytest.mark.parametrize(
    ("name", "value"), [("LIMITS", "signUp=often"), ("S3_ENDPOINT", "http://127.0.0.1:9"), ("SECRET", "short")]
)
def test_a_wrong_setting_stops_the_start_with_a_sentence(local: Local, name: str, value: str) -> None:
    process = local.start(**{f"HELIOGRAPH_{name}": value})
    said = process.communicate(timeout=20)[0]
    assert process.returncode != 0
    assert "HELIOGRAPH_" in said
    assert "Traceback" not in said


PUBLIC = {"HELIOGRAPH_HOST": "0.0.0.0"}


def test_the_demo_is_not_shown_to_others_unless_that_is_wanted(local: Local) -> None:
    process = local.start(**PUBLIC)
    said = process.communicate(timeout=20)[0]
    assert process.returncode == 2
    assert "HELIOGRAPH_ALLOW_PUBLIC_DEMO=true" in said
    assert "docs/operations/hardening.md" in said
    assert "Traceback" not in said
    assert stat.S_IMODE(local.folder.stat().st_mode) == 0o755, "nothing was done yet"


def test_a_public_demo_is_warned_of(local: Local) -> None:
    with socket.socket() as taken:  # so that it ends at once
        taken.bind(("0.0.0.0", local.port))
        taken.listen()
        said = local.start(HELIOGRAPH_ALLOW_PUBLIC_DEMO="true", **PUBLIC).communicate(timeout=20)[0]
    assert "Warning: anybody who reaches 0.0.0.0 can sign in as ada" in said
    assert f"Port {local.port} is taken" in said
