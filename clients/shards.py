"""The servers of live channels: one server, or the nodes of a cluster by slot (sharded pub/sub).

https://valkey.io/topics/cluster-spec/#pubsub. The URL of a cluster is that of any of its nodes, with `?cluster=true`.
"""

import asyncio
from urllib.parse import parse_qs, urlsplit, urlunsplit

from redis.asyncio import RedisCluster

from clients import redis

WAIT = 5.0

Message = tuple[str, str | bytes]


class Shards:
    """Publishes messages, and finds the server of a channel."""

    def __init__(self, url: str, *, reply_s: float = WAIT, breaks: bool = False) -> None:
        """`reply_s` and `breaks` as for `clients.redis.connect`."""
        parts = urlsplit(url)
        options = parse_qs(parts.query)
        self._reply_s = reply_s
        self._is_cluster = options.pop("cluster", [""]) == ["true"]
        self._url = parts._replace(query="&".join(f"{name}={each}" for name, [each] in options.items()))
        self._server = redis.connect(self.url(), reply_s=reply_s, breaks=breaks)
        self._cluster = RedisCluster.from_url(self.url(), socket_timeout=reply_s) if self._is_cluster else None

    def url(self, host: str | None = None, port: int | None = None) -> str:
        """Of one server: the one that was named, or another that is reached in the same way."""
        if host is None:
            return urlunsplit(self._url)
        credentials, at, _ = self._url.netloc.rpartition("@")
        return urlunsplit(self._url._replace(netloc=f"{credentials}{at}{host}:{port}"))

    async def open(self) -> None:
        """Load the nodes. Raises what Redis raises."""
        if self._cluster is not None:
            await self._cluster.initialize()

    async def refresh(self) -> None:
        """Read again which node serves which slots. Raises what Redis raises."""
        if self._cluster is not None:
            await self._cluster.nodes_manager.initialize()

    def server_of(self, channel: str) -> str:
        """Return the URL of the server of a channel. Raises what Redis raises if no node has its slot now."""
        if self._cluster is None:
            return self.url()
        node = self._cluster.get_node_from_key(channel)
        if node is None:
            raise redis.RedisError(f"no node holds the slot of {channel}")
        return self.url(node.host, int(node.port))

    async def publish(self, *messages: Message) -> None:
        """Publish (channel, message) pairs, one round trip for each server. Raises what Redis raises."""
        if self._cluster is not None:
            async with asyncio.timeout(self._reply_s):
                await asyncio.gather(*(self._cluster.spublish(*message) for message in messages))
            return
        pipe = self._server.pipeline(transaction=False)
        for message in messages:
            pipe.execute_command("SPUBLISH", *message)
        await pipe.execute()

    async def close(self) -> None:
        """Close all connections."""
        await self._server.aclose()
        if self._cluster is not None:
            await self._cluster.aclose()
