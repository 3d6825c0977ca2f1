"""The protocol of the search engine, and a client of it.

An engine stores a set of documents in each of INDEXES and finds those that match a query. It has no visibility rules.
It is disposable: everything in it can be written again from PostgreSQL.

The documents belong to a generation. A new generation is filled in the background and replaces the current one
atomically (`switch`), so a rebuild causes no downtime.

The protocol: a frame is its length in 4 bytes (big-endian), then MessagePack. A request is one of REQUESTS; responses
come in the order of the requests.
"""

import asyncio
import struct
from collections.abc import Sequence
from typing import Any, Literal, Self
from urllib.parse import urlsplit

import msgspec

from kit import deadline
from kit.circuit import Circuit

Index = Literal["people", "hashtags", "places", "posts"]
INDEXES: tuple[Index, ...] = ("people", "hashtags", "places", "posts")

MAX_FRAME = 32 * 1024 * 1024
MAX_HITS = 1000
ANSWER_S = 2.0
WRITE_S = 30.0
CONNECTIONS = 4

LENGTH = struct.Struct(">I")


class Document(msgspec.Struct, frozen=True, array_like=True):
    """What is found. Terms are folded (`kit.terms`) and have no spaces.

    `names` are matched whole. `words` are matched by words of a query, `restricted_words` by those of a query with
    `is_restricted`. `labels` filter. `weight` orders matches; `place` orders them by time, and is unique within an
    index. Numbers have 64 bits, with a sign. `digest` differs where the content differs.
    """

    id: int
    names: tuple[str, ...]
    words: tuple[str, ...]
    restricted_words: tuple[str, ...]
    labels: tuple[str, ...]
    weight: int
    place: int
    digest: int


class Word(msgspec.Struct, frozen=True, array_like=True):
    """A word of a query, matched by a word that differs in at most `typos` letters (0 to 2).

    A letter is inserted, deleted or replaced, or changes places with its neighbour; the first letter need not be
    forgiven. With `is_prefix` a word matches too that begins so, with one typo at most.
    """

    text: str
    is_prefix: bool = False
    typos: int = 0


class Query(msgspec.Struct, frozen=True, tag="find"):
    """At most `limit` documents that have all of `words`, or the word `together`, or the name `whole`.

    Where fewer match exactly, those that match with typos follow. All have every label of `labels`, and `place` below
    `before` and at least `since`. Ordered by falling `order`.
    """

    index: Index
    words: tuple[Word, ...]
    together: Word | None = None
    whole: str = ""
    labels: tuple[str, ...] = ()
    is_restricted: bool = False
    order: Literal["weight", "place"] = "weight"
    before: int | None = None
    since: int | None = None
    limit: int = 200

    @property
    def allows_typos(self) -> bool:
        """Whether any of its words may be matched with a typo."""
        return any(word.typos for word in (*self.words, *([self.together] if self.together else [])))


class Hits(msgspec.Struct, frozen=True, tag="hits"):
    """The `ids` and `places` of documents that match: first `exact` without typos, then those with typos.

    Both parts have the order of the query. `places` is empty unless that is by place.
    """

    ids: list[int]
    places: list[int]
    exact: int


class Change(msgspec.Struct, frozen=True, array_like=True):
    """Documents of an index to write, replacing those with the same IDs, and IDs to delete."""

    index: Index
    documents: tuple[Document, ...]
    deleted: tuple[int, ...]


class Apply(msgspec.Struct, frozen=True, tag="apply"):
    """Apply changes in all generations. The response is None once they are committed in the current one."""

    changes: tuple[Change, ...]


class Begin(msgspec.Struct, frozen=True, tag="begin"):
    """Begin an empty generation in addition to the current one, and drop an unfinished one.

    `version` identifies the format of its documents; `State` returns it.
    """

    version: str


class Switch(msgspec.Struct, frozen=True, tag="switch"):
    """Make the newest generation the current one, and drop the previous one."""


class Digests(msgspec.Struct, frozen=True, tag="digests"):
    """Return the digests of documents of an index whose IDs are above `after`, at most `until`: 100,000 at most."""

    index: Index
    after: int
    until: int


class Ask(msgspec.Struct, frozen=True, tag="ask"):
    """Return the state of the engine."""


class State(msgspec.Struct, frozen=True, tag="state"):
    """The version of the current generation, "" if there is none, and the number of documents of each index."""

    version: str
    is_building: bool
    documents: dict[str, int]


REQUESTS = Query | Apply | Begin | Switch | Digests | Ask


class EngineError(msgspec.Struct, frozen=True, tag="refused"):
    """The engine failed; the message is the reason."""

    reason: str


class SearchAway(Exception):
    """The search engine does not answer, or has no documents yet."""


class _Connection:
    """One connection, for one request at a time."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    @classmethod
    async def open(cls, host: str, port: int) -> Self:
        return cls(*await asyncio.open_connection(host, port))

    async def exchange(self, frame: bytes) -> bytes:
        self._writer.write(LENGTH.pack(len(frame)) + frame)
        await self._writer.drain()
        [length] = LENGTH.unpack(await self._reader.readexactly(LENGTH.size))
        if length > MAX_FRAME:
            raise ConnectionError(f"an answer of {length} bytes")
        return await self._reader.readexactly(length)

    def close(self) -> None:
        self._writer.close()


class SearchEngine:
    """A client of the engine at `url` (search://host:port). Every method raises SearchAway.

    Requests share a few connections, each of which carries one request at a time.
    """

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self._address = (parts.hostname or "127.0.0.1", parts.port or 0)
        self._idle: list[_Connection] = []
        self._places = asyncio.Semaphore(CONNECTIONS)
        self._circuit = Circuit("the search engine", self.state, (SearchAway,))

    async def find(self, query: Query) -> Hits:
        """Return the documents that match."""
        hits: Hits = await self._ask(query, Hits, ANSWER_S)
        return hits

    async def apply(self, changes: Sequence[Change]) -> None:
        """Apply changes in all generations; they are visible when this returns."""
        await self._ask(Apply(tuple(changes)), None, WRITE_S)

    async def begin(self, version: str) -> None:
        """Begin an empty generation in addition to the current one."""
        await self._ask(Begin(version), None, WRITE_S)

    async def switch(self) -> None:
        """Make the newest generation the current one."""
        await self._ask(Switch(), None, WRITE_S)

    async def digests(self, index: Index, after: int, until: int) -> dict[int, int]:
        """Return the digests of documents by ID, for IDs above `after`, at most `until`."""
        return dict(await self._ask(Digests(index, after, until), list[tuple[int, int]], WRITE_S))

    async def state(self) -> State:
        """Return the state of the engine."""
        state: State = await self._ask(Ask(), State, ANSWER_S)
        return state

    async def close(self) -> None:
        """Close all connections."""
        await self._circuit.close()
        while self._idle:
            self._idle.pop().close()

    async def _ask(self, request: msgspec.Struct, type: Any, seconds: float) -> Any:
        if self._circuit.refuses:
            raise SearchAway("the search engine is away")
        try:
            async with asyncio.timeout(deadline.remaining(seconds)), self._places:
                answer = await self._exchange(msgspec.msgpack.encode(request))
        except (OSError, EOFError, asyncio.IncompleteReadError) as error:
            self._circuit.open()
            raise SearchAway(f"the search engine does not answer: {error!r}") from error
        try:
            found = msgspec.msgpack.decode(answer, type=EngineError | type)
        except msgspec.MsgspecError as error:
            raise SearchAway(f"the search engine answers something else: {error}") from error
        if isinstance(found, EngineError):
            raise SearchAway(found.reason)
        return found

    async def _exchange(self, frame: bytes) -> bytes:
        """Return the response over an open connection, else over a new one: the engine may have restarted."""
        while self._idle:
            connection = self._idle.pop()
            try:
                return await self._over(connection, frame)
            except (ConnectionError, asyncio.IncompleteReadError):
                continue
        return await self._over(await _Connection.open(*self._address), frame)

    async def _over(self, connection: "_Connection", frame: bytes) -> bytes:
        try:
            answer = await connection.exchange(frame)
        except BaseException:
            connection.close()  # The next data on it would be the response to this request.
            raise
        self._idle.append(connection)
        return answer
