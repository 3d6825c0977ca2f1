"""Everything that a storm strikes: the parts of the stack, two web processes and the workers, supervised.

The supervisor is `embedded/watch`, as in `make run`: what ends is started again, what hangs is restarted.
"""

import asyncio
import contextlib
import os
import shutil
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import httpx
import msgspec

import config
from embedded.process import Process, StartError, free_port, is_ready
from embedded.stack import Stack, environment
from embedded.watch import MIN_FREE_BYTES, PROBE_INTERVAL_S, TICK_S, Watched
from migrations.__main__ import apply
from tests.chaos.disks import SmallDisk
from tests.conftest import LIMITS
from tests.support.client import http_client

ROOT = Path(__file__).parents[2]
WEBS = ("web 1", "web 2")
TOKEN_SECONDS = 300
DISK_MEBIBYTES = {"postgres": 1024, "valkey": 192, "seaweedfs": 640, "search": 256}
_CHECK_S = 0.4

Say = Callable[[str], None]


class Cluster:
    """The parts by name. Make it in the main thread; children end with it."""

    def __init__(self, folder: Path, say: Say, *, small_disks: Sequence[str] = ()) -> None:
        """The parts that `small_disks` names have small filesystems of their own."""
        self.folder = folder
        self.say = say
        self._small_disks = small_disks
        self.disks: dict[str, SmallDisk] = {}
        self.ports = {name: free_port() for name in WEBS}
        settings = msgspec.structs.replace(
            config.Settings(),
            port=self.ports[WEBS[0]],
            limits=LIMITS,
            drain_seconds=1.0,
            access_token_seconds=TOKEN_SECONDS,
        )
        self.stack = Stack(folder, settings)
        self.processes: dict[str, Process] = {name: part.process for name, part in self.stack.parts.items()}
        environ = environment(self.stack.settings)
        for name in WEBS:
            self.processes[name] = self._process(name, "uvicorn", *self._web_options(self.ports[name]))
        self.processes["workers"] = self._process("workers", "workers")
        self.environ = environ
        self._watched: dict[str, Watched] = {}
        self._held: set[str] = set()
        self._lock = threading.Lock()
        self._ends = threading.Event()

    @property
    def settings(self) -> config.Settings:
        return self.stack.settings

    def url(self, web: str) -> str:
        return f"http://127.0.0.1:{self.ports[web]}"

    def log(self, name: str) -> Path:
        return self.processes[name].log

    def start(self) -> None:
        """Start all parts and wait until they serve."""
        for name in self._small_disks:
            if name != "postgres":
                self._give_disk(name)
        self.stack.start()
        if "postgres" in self._small_disks:
            # A new cluster is moved to its place, which cannot be another filesystem.
            postgres = self.stack.parts["postgres"]
            postgres.process.stop()
            self._give_disk("postgres")
            postgres.start()
            postgres.wait()
        self.say("The stack is up")
        asyncio.run(apply(str(self.settings.database_url)))
        for name in (*WEBS, "workers"):
            self.processes[name].start()
        for name in WEBS:
            self.processes[name].wait_until(lambda port=self.ports[name]: is_ready(port, "/readyz"), 60)  # type: ignore[misc]
        starts = {name: part.start for name, part in self.stack.parts.items()}
        probes = self.stack.probes()
        for name, process in self.processes.items():
            self._watched[name] = Watched(process, starts.get(name, process.start), probes.get(process))
        self.say("The API and its workers are up")
        for run in (self._supervise, self._probe):
            threading.Thread(target=run, daemon=True).start()

    def stop(self) -> None:
        """End everything at once."""
        self._ends.set()
        with self._lock:
            for name in self.processes:
                self.send(name, signal.SIGCONT)
            for process in reversed(self.processes.values()):
                process.kill()
            if self.stack.seaweedfs is not None:
                self.stack.seaweedfs.clean()

    @contextmanager
    def held(self, name: str) -> Iterator[None]:
        """The supervisor leaves this part alone during the block."""
        with self._lock:
            self._held.add(name)
        try:
            yield
        finally:
            self._held.discard(name)

    def send(self, name: str, number: int) -> None:
        """Send a signal to a part and all its descendants: the part first, but last when it is to go on."""
        process = self.processes[name]
        if not process.running:
            return
        family = [process.pid, *_descendants(process.pid)]
        for pid in reversed(family) if number == signal.SIGCONT else family:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, number)

    def clear(self, name: str) -> None:
        """Delete what a part that does not run has stored."""
        for path in (self.folder / name).iterdir():
            shutil.rmtree(path) if path.is_dir() else path.unlink()

    async def works(self, name: str) -> bool:
        """Whether the part answers rightly."""
        process = self.processes[name]
        if name in WEBS:
            return await asyncio.to_thread(is_ready, self.ports[name], "/healthz", "127.0.0.1", 2)
        probe = self.stack.probes().get(process)
        if not process.running or probe is None:
            return process.running
        try:
            await asyncio.to_thread(probe)
        except OSError:
            return False
        return True

    def _give_disk(self, name: str) -> None:
        directory = self.folder / name
        directory.mkdir(exist_ok=True)
        self.disks[name] = SmallDisk(directory, DISK_MEBIBYTES[name])

    def _process(self, name: str, module: str, *arguments: str) -> Process:
        command = [sys.executable, "-m", module, *arguments]
        log = self.folder / "logs" / f"{name.replace(' ', '-')}.log"
        return Process(name, lambda: command, log, environ=environment(self.settings), folder=ROOT)

    @staticmethod
    def _web_options(port: int) -> tuple[str, ...]:
        options = ("--no-proxy-headers", "--ws-max-size", "131072", "--timeout-graceful-shutdown", "3")
        return ("app:app", "--port", str(port), *options, "--log-level", "warning")

    def _supervise(self) -> None:
        """What `embedded.watch.watch` does, but for held parts. Children end with the thread that starts them."""
        while not self._ends.wait(TICK_S):
            for name, part in self._watched.items():
                with self._lock:
                    if name in self._held or self._ends.is_set():
                        continue
                    try:
                        part.tend(self.say, has_room=self._has_room(name))
                    except (OSError, StartError) as error:
                        self.say(f"{name}: {error}")
                        time.sleep(1)

    def _probe(self) -> None:
        while not self._ends.wait(PROBE_INTERVAL_S):
            for part in self._watched.values():
                part.check()

    def _has_room(self, name: str) -> bool:
        return name not in self.disks or self.disks[name].free_bytes >= MIN_FREE_BYTES


class Balancer:
    """Gives each request the next web process in turn: of those whose last health check was good, or of all."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster
        self._good = dict.fromkeys(WEBS, True)
        self._turn = 0

    def next(self) -> str:
        """The URL of a web process."""
        choice = [name for name in WEBS if self._good[name]] or list(WEBS)
        self._turn += 1
        return self._cluster.url(choice[self._turn % len(choice)])

    async def run(self) -> None:
        """Ask each process for `/readyz` again and again until cancelled."""
        async with http_client(timeout=1) as http, asyncio.TaskGroup() as tasks:
            for name in WEBS:
                tasks.create_task(self._check(http, name))

    async def _check(self, http: httpx.AsyncClient, name: str) -> None:
        while True:
            try:
                self._good[name] = (await http.get(f"{self._cluster.url(name)}/readyz")).status_code == 200
            except httpx.HTTPError:
                self._good[name] = False
            await asyncio.sleep(_CHECK_S)


def _descendants(pid: int) -> list[int]:
    """Of a process, parents before their children."""
    children: dict[int, list[int]] = {}
    for entry in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            state = (entry / "stat").read_text().rpartition(")")[2].split()
            children.setdefault(int(state[1]), []).append(int(entry.name))
    found, waiting = [], children.get(pid, [])
    while waiting:
        found += waiting
        waiting = [child for each in waiting for child in children.get(each, [])]
    return found
