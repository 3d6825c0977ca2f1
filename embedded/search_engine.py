"""The search engine: tantivy behind the protocol of `clients/search`.

`python -m embedded.search_engine FOLDER HOST PORT` serves until it is stopped. It is a process of its own because
tantivy maps its files into memory: where one is truncated, the kernel kills the process that reads it. After three
starts without a minute of service the engine discards its files and begins empty; the index worker fills it again.
"""

import asyncio
import contextlib
import fcntl
import logging
import os
import secrets
import shutil
import signal
import sys
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import msgspec
import uvloop

from clients.search import (
    INDEXES,
    LENGTH,
    MAX_FRAME,
    REQUESTS,
    Apply,
    Ask,
    Begin,
    Change,
    Digests,
    EngineError,
    Index,
    Query,
    State,
    Switch,
)
from embedded.search_table import Table

log = logging.getLogger("search")

COMMIT_EVERY = 20_000
"""The number of documents per commit while a generation is built."""
MAX_STARTS = 3
"""After that many starts in a row shorter than HEALTHY_S, the files are regarded as damaged."""
HEALTHY_S = 60.0
READERS = 2

_CURRENT = "CURRENT"
_STARTS = "STARTS"


class Generation:
    """One table for each index, in a folder. `name` begins with the version of who fills it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.tables = {index: Table(folder / index) for index in INDEXES}
        self.uncommitted = 0

    @property
    def version(self) -> str:
        """As `begin` was given it."""
        return self.folder.name.rpartition("-")[0]

    def write(self, changes: Sequence[Change]) -> None:
        """Make changes, which are not yet visible to readers."""
        for change in changes:
            self.tables[change.index].write(change.documents, change.deleted)
            self.uncommitted += len(change.documents) + len(change.deleted)

    def commit(self, indexes: Iterable[Index] = INDEXES) -> None:
        """Commit changes to these indexes, and make them visible to readers."""
        for index in indexes:
            self.tables[index].commit()
        self.uncommitted = 0

    def drop(self) -> None:
        """Delete it with its files."""
        for table in self.tables.values():
            table.close()
        shutil.rmtree(self.folder, ignore_errors=True)


class Engine:
    """The generations in `folder`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._current: Generation | None = None
        self._next: Generation | None = None
        with contextlib.suppress(OSError):
            name = (folder / _CURRENT).read_text().strip()
            if name and (folder / name).is_dir():
                self._current = Generation(folder / name)
        for left in folder.iterdir():  # of a rebuild that did not end
            if left.is_dir() and (self._current is None or left != self._current.folder):
                shutil.rmtree(left, ignore_errors=True)

    def answer(self, request: Any) -> Any:
        """Return the response to one of REQUESTS. Raises LookupError if there is no generation for it."""
        match request:
            case Query():
                return self._read().tables[request.index].find(request)
            case Apply():
                return self._apply(request.changes)
            case Digests():
                return self._read().tables[request.index].digests(request.after, request.until)
            case Begin():
                return self._begin(request.version)
            case Switch():
                return self._switch()
            case Ask():
                return self._state()
        raise LookupError(f"unknown request {request!r}")

    def is_readable(self) -> bool:
        """Return whether the current generation seems to be complete."""
        try:
            for table in self._current.tables.values() if self._current else ():
                table.check()
        except Exception:
            log.exception("the files of the index are damaged")
            return False
        return True

    def give_up(self) -> None:
        """Discard the files at the next start."""
        (self._folder / _STARTS).write_bytes(b"." * MAX_STARTS)

    def _apply(self, changes: Sequence[Change]) -> None:
        if self._next is not None:
            # Nobody reads it yet, and it is dropped if this process ends. Fewer commits make fewer segments, but what
            # is not committed is in memory.
            self._next.write(changes)
            if self._next.uncommitted >= COMMIT_EVERY:
                self._next.commit()
        if self._current is not None:
            self._current.write(changes)
            self._current.commit({change.index for change in changes})

    def _read(self) -> Generation:
        if self._current is None:
            raise LookupError("no generation is complete")
        return self._current

    def _begin(self, version: str) -> None:
        if self._next is not None:
            self._next.drop()
        self._next = Generation(self._folder / f"{version}-{secrets.token_hex(4)}")

    def _switch(self) -> None:
        if self._next is None:
            raise LookupError("no generation was begun")
        self._next.commit()
        fresh = self._folder / f"{_CURRENT}.new"
        with fresh.open("w") as file:
            file.write(self._next.folder.name)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(self._folder / _CURRENT)
        previous, self._current, self._next = self._current, self._next, None
        if previous is not None:
            previous.drop()

    def _state(self) -> State:
        if self._current is None:
            return State("", self._next is not None, {})
        counts = {str(index): table.count for index, table in self._current.tables.items()}
        return State(self._current.version, self._next is not None, counts)


class Server:
    """Answers requests over TCP: reads concurrently, writes one after another."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._readers = ThreadPoolExecutor(READERS, "find")
        self._writer = ThreadPoolExecutor(1, "write")

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer the requests of one client, in order."""
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError, ValueError):
            while True:
                [length] = LENGTH.unpack(await reader.readexactly(LENGTH.size))
                if length > MAX_FRAME:
                    raise ValueError(f"a frame of {length} bytes")
                answer = await self._answer(await reader.readexactly(length))
                writer.write(LENGTH.pack(len(answer)) + answer)
                await writer.drain()
        writer.close()

    async def _answer(self, frame: bytes) -> bytes:
        try:
            request = msgspec.msgpack.decode(frame, type=REQUESTS)
        except msgspec.MsgspecError as error:
            return msgspec.msgpack.encode(EngineError(f"not a request: {error}"))
        loop = asyncio.get_running_loop()
        pool = self._readers if isinstance(request, Query | Digests | Ask) else self._writer
        try:
            return msgspec.msgpack.encode(await loop.run_in_executor(pool, self._engine.answer, request))
        except LookupError as error:
            return msgspec.msgpack.encode(EngineError(str(error)))
        except asyncio.CancelledError:
            raise
        except BaseException as error:
            log.exception("%s failed", type(request).__name__)
            if isinstance(error, Exception) and pool is self._readers:
                if await loop.run_in_executor(pool, self._engine.is_readable):
                    return msgspec.msgpack.encode(EngineError(f"{type(error).__name__}: {error}"))
                self._engine.give_up()
            # tantivy's panics are no Exceptions, and a writer that failed cannot be used any more.
            logging.shutdown()
            os._exit(70)


def _opened(folder: Path) -> Engine:
    """The engine over the files in `folder`, or over none where they seem to be damaged."""
    starts = folder / _STARTS
    count = len(starts.read_bytes()) if starts.exists() else 0
    if count < MAX_STARTS:
        starts.write_bytes(b"." * (count + 1))
        try:
            return Engine(folder)
        except BaseException:
            log.exception("the files of the index cannot be read")
    log.error("the index is discarded, and has to be filled again")
    for path in folder.iterdir():
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
    (folder / _CURRENT).unlink(missing_ok=True)
    starts.write_bytes(b".")
    return Engine(folder)


async def serve(engine: Engine, host: str, port: int, healthy: Callable[[], object]) -> None:
    """Serve until SIGTERM or SIGINT, and end the process. `healthy` is called after a minute, or then."""
    server, ended = Server(engine), asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, ended.set)
    async with await asyncio.start_server(server.serve, host, port):
        log.info("serving on %s:%d", host, port)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(ended.wait(), HEALTHY_S)
        healthy()
        await ended.wait()
        logging.shutdown()
        os._exit(0)  # what is not committed is written again


def main(folder: Path, host: str, port: int) -> None:
    """Run the engine. One process at a time has a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        uvloop.run(serve(_opened(folder), host, port, lambda: (folder / _STARTS).unlink(missing_ok=True)))


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    main(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]))
