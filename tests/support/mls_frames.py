"""MLS messages (RFC 9420) as bytes, as far as the server reads them."""


def opaque(data: bytes) -> bytes:
    """opaque<V> (RFC 9420 section 2.1.2)."""
    size = 1 if len(data) < 1 << 6 else 2 if len(data) < 1 << 14 else 4
    prefix = {1: 0, 2: 1, 4: 2}[size] << (8 * size - 2)
    return (prefix | len(data)).to_bytes(size, "big") + data


def header(group: bytes, epoch: int, content: int) -> bytes:
    """The beginning of a PrivateMessage: what it says before its opaque parts."""
    return bytes([0, 1, 0, 2]) + opaque(group) + epoch.to_bytes(8, "big") + bytes([content])


def frame(group: bytes, epoch: int, content: int, ciphertext: bytes = b"") -> bytes:
    """A whole PrivateMessage."""
    return header(group, epoch, content) + opaque(b"") + opaque(b"sender") + opaque(ciphertext)
