"""What a module says of the keys that it owns in Valkey: `REDIS_KEYS`, beside the code that writes them.

docs/architecture.md has the table. Tests compare it with the keys that exist after a session.
"""

import re
from datetime import timedelta
from typing import Literal

import msgspec

KeyType = Literal["string", "zset", "hash", "stream"]


class RedisKey(msgspec.Struct, frozen=True):
    """Keys of a kind. `pattern` has a `<name>` for each part that varies.

    `ttl` is the longest time that a key lives after it was written, in words where it is computed, and None where it
    does not expire. `holds` says what the value is, and `when_lost` what happens when it is gone.
    """

    pattern: str
    type: KeyType
    ttl: timedelta | str | None
    holds: str
    when_lost: str

    @property
    def regex(self) -> re.Pattern[str]:
        """Matches the whole of a key."""
        return re.compile("".join(".+" if part[0] == "<" else re.escape(part) for part in self._parts), re.DOTALL)

    @property
    def literal_length(self) -> int:
        """How many characters do not vary: of two patterns that match a key, the one with more is meant."""
        return sum(len(part) for part in self._parts if part[0] != "<")

    @property
    def _parts(self) -> list[str]:
        return re.findall(r"<[^>]+>|[^<]+", self.pattern)
