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
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import msgspec
import tantivy
from tantivy import Occur

from clients.search import (
    INDEXES,
    LENGTH,
    MAX_FRAME,
    MAX_HITS,
    REQUESTS,
    Apply,
    Ask,
    Begin,
    Change,
    Digests,
    Document,
    Hit,
    Query,
    Refused,
    State,
    Switch,
    Word,
)

log = logging.getLogger("search")

HEAP_BYTES = 30_000_000
MAX_STARTS = 3
"""After so many starts in a row that did not last for HEALTHY_S, the files are taken to be damaged."""
HEALTHY_S = 60.0
READERS = 2
MAX_WORDS = 32

_TOKENIZER = "terms"
_CURRENT = "CURRENT"
_STARTS = "STARTS"


def _schema() -> tantivy.Schema:
    builder = tantivy.SchemaBuilder()
    for name in ("id", "weight", "place", "digest"):
        builder.add_integer_field(name, indexed=name in ("id", "place"), fast=True)
    for name in ("names", "words", "restricted_words", "labels"):
        builder.add_text_field(name, tokenizer_name=_TOKENIZER, index_option="basic")
    return builder.build()


SCHEMA = _schema()


def open_index(folder: Path) -> tantivy.Index:
    """The index in `folder`, made there if need be."""
    index = tantivy.Index(SCHEMA, path=str(folder))
    index.register_tokenizer(_TOKENIZER, tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.whitespace()).build())
    index.config_reader(reload_policy="manual")
    return index


class Table:
    """One index of one generation."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._index = open_index(folder)
        self._writer = self._index.writer(heap_size=HEAP_BYTES, num_threads=1)
        self._index.reload()

    @property
    def count(self) -> int:
        """How many documents there are."""
        return int(self._index.searcher().num_docs)

    def write(self, documents: Sequence[Document], deleted: Sequence[int]) -> None:
        """Replace and delete documents. Readers see nothing of it before `commit`."""
        for id in (*deleted, *(document.id for document in documents)):
            self._writer.delete_documents_by_term("id", id)
        for document in documents:
            fields: dict[str, Any] = {name: getattr(document, name) for name in ("id", "weight", "place", "digest")}
            for name in ("names", "words", "restricted_words", "labels"):
                fields[name] = " ".join(getattr(document, name))
            self._writer.add_document(tantivy.Document(**fields))

    def commit(self) -> None:
        """Keep what was written, and have readers see it."""
        self._writer.commit()
        self._index.reload()

    def find(self, query: Query) -> list[Hit]:
        """Matches without typos, then those with typos where there is room."""
        searcher = self._index.searcher()
        limit = max(1, min(query.limit, MAX_HITS))
        hits = self._search(searcher, compiled(query, with_typos=False), query.order, limit, has_typos=False)
        allows_typos = any(word.typos for word in (*query.words, *([query.together] if query.together else [])))
        if len(hits) < limit and allows_typos:
            found = {hit.id for hit in hits}
            more = self._search(searcher, compiled(query, with_typos=True), query.order, limit, has_typos=True)
            hits += [hit for hit in more if hit.id not in found][: limit - len(hits)]
        return hits

    def digests(self, after: int, until: int) -> list[tuple[int, int]]:
        """(id, digest) of documents whose ids lie in that range, in no order."""
        searcher = self._index.searcher()
        within = tantivy.Query.range_query(
            SCHEMA, "id", tantivy.FieldType.Integer, after, until, include_lower=False, include_upper=True
        )
        addresses = [address for _, address in searcher.search(within, max(self.count, 1), count=False).hits]
        columns = (searcher.fast_field_values(name, addresses) for name in ("id", "digest"))
        return [(int(id or 0), int(digest or 0)) for id, digest in zip(*columns, strict=True)]

    def check(self) -> None:
        """Read a little of everything. Raises what tantivy raises where files are damaged."""
        searcher = self._index.searcher()
        for order in ("weight", "place"):
            self._search(searcher, tantivy.Query.all_query(), order, 1, has_typos=False)

    def close(self) -> None:
        """Give up the lock."""
        self._writer.wait_merging_threads()

    @staticmethod
    def _search(
        searcher: tantivy.Searcher, query: tantivy.Query, order: str, limit: int, *, has_typos: bool
    ) -> list[Hit]:
        found = searcher.search(query, limit, count=False, order_by_field=order).hits
        addresses = [address for _, address in found]
        columns = (searcher.fast_field_values(name, addresses) for name in ("id", "weight", "place"))
        return [
            Hit(int(id or 0), int(weight or 0), int(place or 0), has_typos)
            for id, weight, place in zip(*columns, strict=True)
        ]


def compiled(query: Query, *, with_typos: bool) -> tantivy.Query:
    """The query as tantivy takes it."""
    fields = ("words", "restricted_words") if query.is_restricted else ("words",)
    ways = []
    if query.words:
        each = [_any(_word(field, word, with_typos) for field in fields) for word in query.words[:MAX_WORDS]]
        ways.append(tantivy.Query.boolean_query([(Occur.Must, one) for one in each]))
    if query.together is not None:
        ways += [_word(field, query.together, with_typos) for field in fields]
    if query.whole:
        ways.append(tantivy.Query.term_query(SCHEMA, "names", query.whole, "basic"))
    must = [_any(ways)] if ways else [tantivy.Query.all_query()]
    must += [tantivy.Query.term_query(SCHEMA, "labels", label, "basic") for label in query.labels]
    if query.before is not None or query.since is not None:
        is_open = query.before is None
        within = tantivy.Query.range_query(
            SCHEMA, "place", tantivy.FieldType.Integer, query.since, query.before, include_upper=is_open
        )
        must.append(within)
    return tantivy.Query.boolean_query([(Occur.Must, one) for one in must])


def _word(field: str, word: Word, with_typos: bool) -> tantivy.Query:
    distance = min(word.typos, 2) if with_typos else 0
    if not distance and not word.is_prefix:
        return tantivy.Query.term_query(SCHEMA, field, word.text, "basic")
    whole = tantivy.Query.fuzzy_term_query(SCHEMA, field, word.text, distance, True, False)
    if not word.is_prefix:
        return whole
    # Of beginnings with two typos tantivy's automaton misses some, so there is one at most.
    beginning = tantivy.Query.fuzzy_term_query(SCHEMA, field, word.text, min(distance, 1), True, True)
    return _any([whole, beginning]) if distance > 1 else beginning


def _any(queries: Iterable[tantivy.Query]) -> tantivy.Query:
    listed = list(queries)
    if len(listed) == 1:
        return listed[0]
    return tantivy.Query.boolean_query([(Occur.Should, query) for query in listed])


class Generation:
    """One table for each index, in a folder. `name` begins with the version of who fills it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.tables = {index: Table(folder / index) for index in INDEXES}

    @property
    def version(self) -> str:
        """As `begin` was given it."""
        return self.folder.name.rpartition("-")[0]

    def apply(self, changes: Sequence[Change]) -> None:
        """Make and commit changes."""
        touched = {change.index for change in changes}
        for change in changes:
            self.tables[change.index].write(change.documents, change.deleted)
        for index in touched:
            self.tables[index].commit()

    def drop(self) -> None:
        """Remove it with its files."""
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
        """The answer to one of REQUESTS. Raises LookupError where there is no generation for it."""
        match request:
            case Query():
                return self._read().tables[request.index].find(request)
            case Apply():
                for generation in self._generations():
                    generation.apply(request.changes)
                return None
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
        """Whether the generation that is read seems to be whole."""
        try:
            for table in self._current.tables.values() if self._current else ():
                table.check()
        except Exception:
            log.exception("the files of the index are damaged")
            return False
        return True

    def give_up(self) -> None:
        """Have the files discarded at the next start."""
        (self._folder / _STARTS).write_bytes(b"." * MAX_STARTS)

    def _generations(self) -> Iterator[Generation]:
        yield from (each for each in (self._current, self._next) if each is not None)

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
    """Answers requests over TCP: reads side by side, writes one after another."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._readers = ThreadPoolExecutor(READERS, "find")
        self._writing = asyncio.Lock()
        self._writer = ThreadPoolExecutor(1, "write")

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer what one client asks, in its order."""
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
            return msgspec.msgpack.encode(Refused(f"not a request: {error}"))
        loop = asyncio.get_running_loop()
        pool = self._readers if isinstance(request, Query | Digests | Ask) else self._writer
        try:
            return msgspec.msgpack.encode(await loop.run_in_executor(pool, self._engine.answer, request))
        except LookupError as error:
            return msgspec.msgpack.encode(Refused(str(error)))
        except asyncio.CancelledError:
            raise
        except BaseException as error:
            log.exception("%s failed", type(request).__name__)
            if isinstance(error, Exception) and pool is self._readers:
                if await loop.run_in_executor(pool, self._engine.is_readable):
                    return msgspec.msgpack.encode(Refused(f"{type(error).__name__}: {error}"))
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
    """Serve until cancelled. `healthy` is called after a minute."""
    server = Server(engine)
    async with await asyncio.start_server(server.serve, host, port):
        log.info("serving on %s:%d", host, port)
        await asyncio.sleep(HEALTHY_S)
        healthy()
        await asyncio.Event().wait()


def main(folder: Path, host: str, port: int) -> None:
    """Run the engine. One process at a time has a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        asyncio.run(serve(_opened(folder), host, port, lambda: (folder / _STARTS).unlink(missing_ok=True)))


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    main(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]))
