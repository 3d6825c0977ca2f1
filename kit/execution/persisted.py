"""Automatic persisted queries: texts that clients have registered, by their hash, in a bounded store.

The store holds texts, not documents: a client that sends a hash pays for parsing like a client that sends the text.
"""

import sys
from collections import Counter, OrderedDict

MAX_BYTES = 8 * 1024**2
"""For each of the two parts of the store."""

MAX_BYTES_PER_OWNER = 512 * 1024

_ENTRY_BYTES = 500
"""What an entry takes beside its text."""


class PersistedQueries:
    """Texts by the hash of each.

    A text that only its owner (the network that registered it) has asked for counts for that owner, who loses its own
    oldest texts beyond `own_size` bytes. A text that another owner asks for moves to a part that is shared. So one
    owner alone pushes out neither what many use nor what others have just registered.
    """

    def __init__(self, size: int = MAX_BYTES, own_size: int = MAX_BYTES_PER_OWNER) -> None:
        self._size, self._own_size = size, own_size
        self._owned: OrderedDict[str, tuple[str, str]] = OrderedDict()
        self._shared: OrderedDict[str, str] = OrderedDict()
        self._bytes: Counter[str] = Counter()
        self._owned_bytes = self._shared_bytes = 0

    def __contains__(self, key: str) -> bool:
        return key in self._shared or key in self._owned

    def get(self, key: str, owner: str) -> str | None:
        """The text with that hash, asked for by `owner`."""
        if key in self._shared:
            self._shared.move_to_end(key)
            return self._shared[key]
        found = self._owned.get(key)
        if found is None:
            return None
        text, registered_by = found
        if registered_by == owner:
            self._owned.move_to_end(key)
        else:
            self._forget(key)
            self._share(key, text)
        return text

    def add(self, key: str, text: str, owner: str) -> None:
        """Register a text that has been found valid. `key` is its hash."""
        if self.get(key, owner) is not None:
            return
        self._owned[key] = text, owner
        self._bytes[owner] += _size(text)
        self._owned_bytes += _size(text)
        while self._bytes[owner] > self._own_size:
            self._forget(next(key for key, (_, whose) in self._owned.items() if whose == owner))
        while self._owned_bytes > self._size:
            self._forget(next(iter(self._owned)))

    def _share(self, key: str, text: str) -> None:
        self._shared[key] = text
        self._shared_bytes += _size(text)
        while self._shared_bytes > self._size:
            _, oldest = self._shared.popitem(last=False)
            self._shared_bytes -= _size(oldest)

    def _forget(self, key: str) -> None:
        text, owner = self._owned.pop(key)
        self._owned_bytes -= _size(text)
        self._bytes[owner] -= _size(text)
        if not self._bytes[owner]:
            del self._bytes[owner]


def _size(text: str) -> int:
    return sys.getsizeof(text) + _ENTRY_BYTES
