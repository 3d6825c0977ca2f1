"""A guard for Web Push endpoints, which are URLs from clients: they must not reach our internal network (SSRF).

The address is resolved here, checked and connected to, so that a second DNS lookup cannot return another address.
"""

import asyncio
import socket
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

import httpcore2

_MAX_ADDRESSES = 4

# https://www.iana.org/assignments/iana-ipv4-special-registry: ranges that are not globally reachable, or not assigned.
_PRIVATE_IPV4 = [
    ip_network(network)
    for network in (
        "0.0.0.0/8",  # this host
        "10.0.0.0/8",  # private
        "100.64.0.0/10",  # shared by a provider's customers
        "127.0.0.0/8",  # loopback
        "169.254.0.0/16",  # link-local, and the metadata services of clouds
        "172.16.0.0/12",  # private
        "192.0.0.0/24",  # protocol assignments
        "192.0.2.0/24",  # documentation
        "192.88.99.0/24",  # 6to4 relays, given up
        "192.168.0.0/16",  # private
        "198.18.0.0/15",  # benchmarks
        "198.51.100.0/24",  # documentation
        "203.0.113.0/24",  # documentation
        "224.0.0.0/4",  # multicast
        "240.0.0.0/4",  # reserved, broadcast
    )
]
# https://www.iana.org/assignments/iana-ipv6-special-registry, of what is in 2000::/3. Outside of that nothing is
# global: loopback, link-local, site-local (fec0::/10), unique local, multicast.
_GLOBAL_IPV6 = ip_network("2000::/3")
_PRIVATE_IPV6 = [
    ip_network(network)
    for network in (
        "2001::/23",  # protocol assignments: Teredo, benchmarks, ORCHID
        "2001:db8::/32",  # documentation
        "3fff::/20",  # documentation
    )
]
_EMBEDS_IPV4 = {
    ip_network("::ffff:0:0/96"): 0,  # mapped
    ip_network("64:ff9b::/96"): 0,  # NAT64
    ip_network("2002::/16"): 80,  # 6to4
}
"""IPv6 networks whose addresses embed an IPv4 address, which decides: the number of bits that follow it."""


class NotPublic(Exception):
    """The name resolves to an address of our internal network."""


class Guard(httpcore2.AsyncNetworkBackend):
    """Connects to public addresses only."""

    def __init__(self) -> None:
        self._network = httpcore2.AnyIOBackend()
        # A separate thread pool: names whose servers never answer delay no other lookups.
        self._threads = ThreadPoolExecutor(8, "web push names")

    def close(self) -> None:
        """Stop all lookups."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore2.SOCKET_OPTION] | None = None,
    ) -> httpcore2.AsyncNetworkStream:
        """As httpcore2's. Raises NotPublic if any address of `host` is not public."""
        try:
            async with asyncio.timeout(timeout):
                addresses = await asyncio.get_running_loop().run_in_executor(self._threads, _addresses, host, port)
        except (OSError, UnicodeError) as error:
            raise httpcore2.ConnectError(f"{host}: {error}") from None
        if not all(map(is_public, addresses)):
            raise NotPublic(host)
        for address in addresses[:_MAX_ADDRESSES]:
            try:
                return await self._network.connect_tcp(address, port, timeout, local_address, socket_options)
            except (httpcore2.ConnectError, httpcore2.ConnectTimeout) as error:
                failure = error
        raise failure


def is_public(address: str) -> bool:
    """Return whether an address is public. An IPv6 address that embeds an IPv4 address is as public as that.

    Uses a list of its own: Python's `is_global` has changed for some ranges from version to version.
    """
    ip = ip_address(address.partition("%")[0])
    if isinstance(ip, IPv6Address):
        for network, shift in _EMBEDS_IPV4.items():
            if ip in network:
                ip = IPv4Address(int(ip) >> shift & 0xFFFFFFFF)
                break
    if isinstance(ip, IPv4Address):
        return not any(ip in network for network in _PRIVATE_IPV4)
    return ip in _GLOBAL_IPV6 and not any(ip in network for network in _PRIVATE_IPV6)


def _addresses(host: str, port: int) -> list[str]:
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(address[0]) for *_, address in found))
