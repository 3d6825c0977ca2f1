"""The network of an IP address, for limits."""

from functools import lru_cache
from ipaddress import IPv6Address, IPv6Network, ip_address

_CUSTOMER_PREFIX = 64


@lru_cache(10_000)
def network_of(address: str) -> str:
    """Return the network of a client's address: the address itself for IPv4, its /64 for IPv6.

    A /64 is the least that one customer gets. An IPv4 address that is mapped into IPv6 counts as itself. A malformed
    address is returned unchanged.
    """
    try:
        parsed = ip_address(address.strip().strip("[]"))
    except ValueError:
        return address
    if not isinstance(parsed, IPv6Address):
        return str(parsed)
    if parsed.ipv4_mapped is not None:
        return str(parsed.ipv4_mapped)
    return str(IPv6Network((int(parsed), _CUSTOMER_PREFIX), strict=False))
