"""Network addresses of clients."""

from ipaddress import IPv6Address, ip_address


def network_of(address: str) -> str:
    """What an address counts as where people are counted: an IPv4 address as itself, an IPv6 address by its /64.

    A provider gives each customer a /64 at least (RFC 6177), so single IPv6 addresses cost nothing. IPv4 addresses that
    are mapped into IPv6 count as IPv4. What is no address counts as itself.
    """
    try:
        parsed = ip_address(address)
    except ValueError:
        return address
    if not isinstance(parsed, IPv6Address):
        return str(parsed)
    if parsed.ipv4_mapped is not None:
        return str(parsed.ipv4_mapped)
    return f"{IPv6Address(int(parsed) >> 64 << 64)}/64"
