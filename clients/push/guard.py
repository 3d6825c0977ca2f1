"""Web Push endpoints are URLs that clients give: nothing inside our network is reached by them.

The address is looked up here, judged and connected to, so that a name cannot mean something else the second time.
"""

import asyncio
import socket
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from ipaddress import ip_address, ip_network

import httpcore2

_MOST = 4
_MAPS_TO_IPV4 = ip_network("64:ff9b::/96")


class NotPublic(Exception):
    """The name leads into our network."""


class Guard(httpcore2.AsyncNetworkBackend):
    """Connects to public addresses only."""

    def __init__(self) -> None:
        self._network = httpcore2.AnyIOBackend()
        # Of its own: names whose servers never answer hold up nobody else.
        self._threads = ThreadPoolExecutor(8, "web push names")

    def close(self) -> None:
        """Wait for no name any more."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore2.SOCKET_OPTION] | None = None,
    ) -> httpcore2.AsyncNetworkStream:
        """As httpcore2's. Raises NotPublic where any address of `host` is not."""
        try:
            async with asyncio.timeout(timeout):
                addresses = await asyncio.get_running_loop().run_in_executor(self._threads, _addresses, host, port)
        except (OSError, UnicodeError) as error:
            raise httpcore2.ConnectError(f"{host}: {error}") from None
        if not all(map(is_public, addresses)):
            raise NotPublic(host)
        for address in addresses[:_MOST]:
            try:
                return await self._network.connect_tcp(address, port, timeout, local_address, socket_options)
            except (httpcore2.ConnectError, httpcore2.ConnectTimeout) as error:
                failure = error
        raise failure


def is_public(address: str) -> bool:
    """Whether anybody on the internet could reach it, and nobody else."""
    ip = ip_address(address.partition("%")[0])
    return ip.is_global and not ip.is_multicast and ip not in _MAPS_TO_IPV4


def _addresses(host: str, port: int) -> list[str]:
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(address[0]) for *_, address in found))
