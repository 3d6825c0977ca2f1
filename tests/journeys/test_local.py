"""`python app.py` runs everything, and leaves nothing behind however it ends."""

import json
import signal
import socket
import stat
import sys

import pytest

from tests.support.client import Person, http_client
from tests.support.local_stack import LocalStack


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux ends children with their parent")
async def test_a_life_of_it(local: LocalStack) -> None:
    local.run("--workers", "2")
    endpoints = json.loads((local.folder / "endpoints.json").read_text())
    assert set(endpoints) == {"api", "graphql", "database", "redis", "s3"}
    assert (await http_client().get(f"{endpoints['api']}/readyz")).status_code == 200
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


def test_a_taken_port_is_named(local: LocalStack) -> None:
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
def test_a_wrong_setting_stops_the_start_with_a_sentence(local: LocalStack, name: str, value: str) -> None:
    process = local.start(**{f"HELIOGRAPH_{name}": value})
    said = process.communicate(timeout=20)[0]
    assert process.returncode != 0
    assert "HELIOGRAPH_" in said
    assert "Traceback" not in said


PUBLIC = {"HELIOGRAPH_HOST": "0.0.0.0"}


def test_the_demo_is_not_shown_to_others_unless_that_is_wanted(local: LocalStack) -> None:
    process = local.start(**PUBLIC)
    said = process.communicate(timeout=20)[0]
    assert process.returncode == 2
    assert "HELIOGRAPH_ALLOW_PUBLIC_DEMO=true" in said
    assert "docs/operations/hardening.md" in said
    assert "Traceback" not in said
    assert stat.S_IMODE(local.folder.stat().st_mode) == 0o755, "nothing was done yet"


def test_a_public_demo_is_warned_of(local: LocalStack) -> None:
    with socket.socket() as taken:  # so that it ends at once
        taken.bind(("0.0.0.0", local.port))
        taken.listen()
        said = local.start(HELIOGRAPH_ALLOW_PUBLIC_DEMO="true", **PUBLIC).communicate(timeout=20)[0]
    assert "Warning: anybody who reaches 0.0.0.0 can sign in as ada" in said
    assert f"Port {local.port} is taken" in said
