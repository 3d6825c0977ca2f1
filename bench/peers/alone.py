"""Execution alone: small servers with one schema over one generated data set, in memory and as rows in Redis."""

import contextlib
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import orjson

from bench.load import Load, request
from bench.peers import data
from bench.peers.ours import build
from bench.readers import BY_HASH, QUERY
from bench.rivals import Rival
from embedded import node
from embedded.process import Process, answers, free_port
from embedded.valkey import Valkey

ROOT = Path(__file__).parents[2]
OURS, BY_TEXT, REFERENCE, PLAIN = "ours", "ours, by text", "ours, graphql-core", "plain Strawberry"
MERCURIUS, YOGA, FLOOR = "Mercurius", "Yoga", "floor"


class Differs(Exception):
    """An answer is not equal to ours."""


@dataclass(frozen=True)
class _Peer:
    """A server: a module of Python, or a script of Node."""

    name: str
    program: str
    environ: Mapping[str, str]


@dataclass(frozen=True)
class Alone:
    """The servers that run; `missing` says why others do not."""

    in_memory: list[Rival]
    on_redis: list[Rival]
    missing: str | None


@contextlib.contextmanager
def started(folder: Path, executors: Mapping[str, Mapping[str, str]]) -> Iterator[Alone]:
    """All servers, during the block. `executors` are the environments of ours, by the name of what executes."""
    made = data.make()
    (folder / "schema.graphql").write_text(build().as_str())
    data.write(made, folder / "data.json")
    missing = packages = None
    try:
        packages = node.installed(Path(__file__).parent)
    except node.NoNode as error:
        missing = str(error)
    memory = {"PEER_DATA": str(folder / "data.json"), "PEER_SCHEMA": str(folder / "schema.graphql")}
    valkey = Valkey(folder / "valkey-of-peers", folder / "logs")
    rows = {**memory, "PEER_REDIS": valkey.url}
    valkey.start()
    with contextlib.ExitStack() as stack:
        stack.callback(valkey.process.stop)
        valkey.wait()
        data.fill(made, valkey.url)
        peers = [_Peer(name, "bench.peers.ours", memory | environ) for name, environ in executors.items()]
        peers += [_Peer(PLAIN, "bench.peers.plain", memory)]
        peers += _of_node(memory) if packages else []
        of_rows = [_Peer(name, "bench.peers.ours", rows | environ) for name, environ in executors.items()]
        of_rows += [*(_of_node(rows) if packages else []), _Peer(FLOOR, "bench.peers.floor", rows)]
        in_memory = [_start(stack, peer, folder, packages) for peer in peers]
        on_redis = [_start(stack, peer, folder, packages, valkey) for peer in of_rows]
        for rivals in (in_memory, on_redis):
            rivals.insert(1, by_text(rivals[0]))
        yield Alone(in_memory, on_redis, missing)


def _of_node(environ: Mapping[str, str]) -> list[_Peer]:
    return [_Peer(MERCURIUS, "mercurius.mjs", environ), _Peer(YOGA, "yoga.mjs", environ)]


def _start(
    stack: contextlib.ExitStack, peer: _Peer, folder: Path, packages: Path | None, valkey: Valkey | None = None
) -> Rival:
    port = free_port()
    if peer.program.endswith(".mjs"):
        assert packages is not None
        command, where = [str(node.node(packages)), peer.program], packages
    else:
        options = ("--factory", "--port", str(port), "--log-level", "warning", "--no-proxy-headers")
        command, where = [sys.executable, "-m", "uvicorn", f"{peer.program}:create", *options], ROOT
    log = folder / "logs" / f"web-{peer.program}-{port}.log"
    environ = {"NODE_ENV": "production", "PEER_PORT": str(port), **peer.environ}
    process = Process(peer.name, lambda: command, log, environ=environ, folder=where, patience=2)
    process.start()
    stack.callback(process.stop)
    process.wait_until(lambda: answers(port), 60)
    trusted = peer.program == "bench.peers.ours"
    asked = [request(port, str(reader), BY_HASH if trusted else {"query": QUERY}) for reader in range(data.READERS)]
    return Rival(peer.name, process.pid, asked, {"Valkey": valkey.process.pid} if valkey else {})


def by_text(ours: Rival) -> Rival:
    """Our server, which is sent the text of the document."""
    asked = [request(ours.asks[0].port, str(reader), {"query": QUERY}) for reader in range(data.READERS)]
    return replace(ours, name=BY_TEXT, asks=asked)


async def check(load: Load, rivals: Sequence[Rival]) -> None:
    """Raise Differs where somebody answers anything else than the first does."""
    expected = [orjson.loads(answer) for answer in await load.answers(rivals[0].asks)]
    for rival in rivals[1:]:
        for reader, answer in enumerate(await load.answers(rival.asks)):
            if orjson.loads(answer) != expected[reader]:
                raise Differs(f"{rival.name} answers reader {reader} not as ours does:\n{answer[:2000].decode()}")
