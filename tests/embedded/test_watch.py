"""What runs on this machine is started again where it ends, and restarted where it does not work."""

import asyncio
import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from config import Settings
from embedded import probes, stack, watch
from embedded.process import Process
from embedded.stack import Stack
from embedded.valkey import Valkey
from embedded.watch import MAX_FAILED_PROBES, Watched
from tests.support.client import until


class Fake(Process):
    """A process that runs, or not, as it is told."""

    def __init__(self) -> None:
        self.name, self.is_up, self.starts, self.stops = "Fake", True, 0, 0

    @property
    def running(self) -> bool:
        return self.is_up

    def start(self) -> None:
        self.is_up, self.starts = True, self.starts + 1

    def stop(self) -> None:
        self.is_up, self.stops = False, self.stops + 1


@pytest.fixture
def now(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    present = [1000.0]
    monkeypatch.setattr(watch.time, "monotonic", lambda: present[0])
    return present


def test_what_ends_is_started_again_ever_more_slowly(now: list[float]) -> None:
    process, said = Fake(), list[str]()
    part = Watched(process, process.start)
    for pause in (0.5, 1, 2, 4):
        process.is_up = False
        part.tend(said.append, has_room=True)
        now[0] += pause - 0.1
        part.tend(said.append, has_room=True)
        assert not process.is_up
        now[0] += 0.2
        part.tend(said.append, has_room=True)
        assert process.is_up
    now[0] += 100
    process.is_up = False
    part.tend(said.append, has_room=True)
    assert said[-1] == "Fake ended; starting again in 0.5 s"


def test_what_does_not_work_is_restarted_ever_more_slowly(now: list[float]) -> None:
    process, said, is_right = Fake(), list[str](), False

    def probe() -> None:
        if not is_right:
            raise OSError("a wrong answer")

    part = Watched(process, process.start, probe)

    def checked(times: int) -> int:
        for _ in range(times):
            part.check()
            part.tend(said.append, has_room=True)
        return process.stops

    assert checked(MAX_FAILED_PROBES - 1) == 0
    assert checked(1) == 1
    assert said == ["Fake does not work (a wrong answer); restarting it"]
    assert checked(MAX_FAILED_PROBES) == 1
    now[0] += 61
    assert checked(1) == 2
    now[0] += 61
    assert checked(MAX_FAILED_PROBES) == 2
    now[0] += 61
    assert checked(1) == 3
    is_right = True
    assert checked(1) == 3
    is_right = False
    assert checked(MAX_FAILED_PROBES) == 4, "it worked in between"


def test_what_was_started_again_has_a_minute_until_it_works(now: list[float]) -> None:
    process, is_right = Fake(), False

    def probe() -> None:
        if not is_right:
            raise OSError("the database system is starting up")

    part = Watched(process, process.start, probe)
    process.is_up = False
    for _ in range(2):
        part.tend(print, has_room=True)
        now[0] += 0.6
    assert process.starts == 1
    for _ in range(11):
        now[0] += 5
        part.check()
        part.tend(print, has_room=True)
    assert process.stops == 0
    now[0] += 5
    part.tend(print, has_room=True)
    assert process.stops == 1
    is_right = True
    part.check()
    is_right = False
    for _ in range(MAX_FAILED_PROBES):
        part.check()
    part.tend(print, has_room=True)
    assert process.stops == 2, "it had worked"


def test_nothing_is_restarted_while_the_disk_is_full(now: list[float]) -> None:
    process = Fake()

    def probe() -> None:
        raise OSError

    part = Watched(process, process.start, probe)
    for _ in range(MAX_FAILED_PROBES):
        part.check()
    part.tend(print, has_room=False)
    assert process.stops == 0
    part.tend(print, has_room=True)
    assert process.stops == 1


@pytest.fixture
def valkey(tmp_path: Path) -> Iterator[Valkey]:
    part = Valkey(tmp_path / "valkey", tmp_path)
    part.start()
    part.wait()
    yield part
    part.process.kill()


async def test_a_part_that_hangs_is_restarted(valkey: Valkey, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(probes, "PROBE_S", 0.2)
    part = Watched(valkey.process, valkey.start, lambda: probes.valkey(valkey.port))
    await asyncio.to_thread(part.check)
    assert part.failed == 0
    before = valkey.process.pid
    os.kill(before, signal.SIGSTOP)
    monkeypatch.setattr(valkey.process, "_patience", 0.1)
    for _ in range(MAX_FAILED_PROBES):
        await asyncio.to_thread(part.check)
    part.tend(print, has_room=True)
    assert valkey.process.pid != before
    await asyncio.to_thread(valkey.wait)
    await asyncio.to_thread(part.check)
    assert part.failed == 0


async def test_every_part_of_a_stack_passes_its_probe(settings: Settings, stack: Stack) -> None:
    assert {process.name for process in stack.probes()} == {"PostgreSQL", "Valkey", "SeaweedFS", "Search engine"}
    for probe in stack.probes().values():
        await asyncio.to_thread(probe)


async def test_probe_of_the_object_store_reaches_every_store_of_metadata(settings: Settings, stack: Stack) -> None:
    await asyncio.to_thread(stack.probes()[stack.parts["seaweedfs"].process])
    found = [path for path in stack.folder.glob("seaweedfs/data/filerldb2/*/*.log") if b"local" in path.read_bytes()]
    assert len({path.parent for path in found}) == 8


async def test_a_store_that_answers_wrongly_fails_its_probe(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer = stack._request

    def forgetful(*arguments: object, **options: object) -> tuple[int, bytes]:
        status, body = answer(*arguments, **options)  # type: ignore[arg-type]
        return status, b"" if arguments[1] == "GET" else body

    await asyncio.to_thread(stack._probe_bucket, settings)
    monkeypatch.setattr(stack, "_request", forgetful)
    with pytest.raises(OSError, match="PUT, LIST and GET gave 200, 200 and 200"):
        await asyncio.to_thread(stack._probe_bucket, settings)


async def test_logs_are_rotated_while_a_process_writes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("embedded.process._BIG_LOG", 1000)
    script = "while :; do printf 'line %200s\n'; sleep 0.01; done"
    process = Process("A program", lambda: ["sh", "-c", script], tmp_path / "log")
    process.start()
    try:
        await until(lambda: asyncio.sleep(0, process.log.stat().st_size), lambda size: size > 1000)
        process.rotate_log()
        assert process.log.with_name("log.1").stat().st_size > 1000
        assert process.log.stat().st_size < 1000
        await until(lambda: asyncio.sleep(0, process.log.read_text()), lambda text: "line" in text)
        assert "\0" not in process.log.read_text()
    finally:
        process.kill()
