"""Supervision of the services on this machine: ended ones are started again, hanging or failing ones are restarted.

A running process need not work: one that was stopped, or whose disk was full for a while, can still answer its port. So
each service is probed by a real write and a read of it.
"""

import logging
import shutil
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from embedded.process import Process, StartError

log = logging.getLogger(__name__)

STEADY_S = 60.0
"""Seconds after which a start counts as successful. Until then, a service that never worked is still starting."""
PROBE_INTERVAL_S = 5.0
MAX_FAILED_PROBES = 4
"""That many failed probes in a row restart the service; each probe has a timeout of some seconds."""
MAX_PAUSE_S = 30.0
MAX_RESTART_PAUSE_S = 600.0
MIN_FREE_BYTES = 100 * 1024 * 1024
"""With less free space on the disk a restart would not help."""
TICK_S = 0.2


@dataclass
class Watched:
    """A process, how it is started, and how it is probed: `probe` raises OSError where it does not work."""

    process: Process
    start: Callable[[], None]
    probe: Callable[[], None] | None = None

    def __post_init__(self) -> None:
        self.failed = 0
        self.error = ""
        self._started = time.monotonic()
        self._pause = 0.5
        self._restart_pause = 0.0
        self._due: float | None = None

    def check(self) -> None:
        """Probe it. Called from a thread of its own, which waits for the answer."""
        if self.probe is None or not self.process.running:
            return
        try:
            self.probe()
        except OSError as error:
            self.failed, self.error = self.failed + 1, str(error) or type(error).__name__
        else:
            self.failed, self._restart_pause = 0, 0.0

    def tend(self, say: Callable[[str], None], *, has_room: bool) -> None:
        """Start it again where it has ended, or does not work; ever more slowly where that does not help."""
        now = time.monotonic()
        if self.process.running:
            if self.failed >= MAX_FAILED_PROBES and has_room and now - self._started >= self._restart_pause:
                say(f"{self.process.name} does not work ({self.error}); restarting it")
                self._restart_pause = min(max(self._restart_pause * 2, STEADY_S), MAX_RESTART_PAUSE_S)
                self.process.stop()
                self._begin(now)
            return
        if self._due is None:
            self._pause = 0.5 if now - self._started > STEADY_S else self._pause
            self._due = now + self._pause
            say(f"{self.process.name} ended; starting again in {self._pause:.1f} s")
            self._pause = min(self._pause * 2, MAX_PAUSE_S)
        elif now >= self._due:
            self._begin(now)

    def _begin(self, now: float) -> None:
        self.failed, self._due, self._started = 0, None, now
        # Until it has worked once it is starting, which may take a while: a killed database recovers first.
        self._restart_pause = max(self._restart_pause, STEADY_S)
        self.start()


def watch(parts: Sequence[Watched], folder: Path, say: Callable[[str], None]) -> NoReturn:
    """Supervise all services, whose data is in `folder`, until an exception of a signal handler ends it."""
    threading.Thread(target=_probe, args=(parts,), daemon=True, name="probes").start()
    had_room = True
    while True:
        time.sleep(TICK_S)
        has_room = shutil.disk_usage(folder).free >= MIN_FREE_BYTES
        if has_room != had_room:
            say("There is room on the disk again" if has_room else f"The disk is full: make room for {folder}")
            had_room = has_room
        for part in parts:
            try:
                part.tend(say, has_room=has_room)
                if has_room:
                    part.process.rotate_log()
            except (OSError, StartError) as error:
                say(f"{part.process.name}: {error}")
                time.sleep(1)


def _probe(parts: Sequence[Watched]) -> NoReturn:
    while True:
        time.sleep(PROBE_INTERVAL_S)
        for part in parts:
            try:
                part.check()
            except Exception:
                log.exception("%s could not be probed", part.process.name)
