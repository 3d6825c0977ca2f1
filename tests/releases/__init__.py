"""Upgrades: a dump of the previous release with rows in every table, and that release beside this version.

`python -m tests.releases.make COMMIT` writes the dump of a release (docs/testing.md).
"""

from datetime import datetime
from pathlib import Path
from typing import Any

COMMIT = "dbc201d"
"""The previous release."""

FOLDER = Path(__file__).parent
DUMP = FOLDER / f"{COMMIT}.sql"

SECRETS: dict[str, Any] = {
    "secret": "0123456789abcdef-of-the-fixtures-of-releases",
    "message_keys": {"fixture": "Zml4dHVyZSBvZiByZWxlYXNlczogMzIgYnl0ZXMuLi4="},
}
"""What the rows of every dump were written with. Messages cannot be read without it."""

PASSWORD = "heliograph"
"""Of everybody in the dumps."""


def dumped_at(dump: Path) -> datetime:
    """When a dump was made, as its first line says."""
    return datetime.fromisoformat(dump.read_text().split("\n", 1)[0].removeprefix("-- dumped at "))
