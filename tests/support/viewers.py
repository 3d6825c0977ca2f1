"""Viewers outside a web process, for reads."""

from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any, cast

from domain.accounts.tokens import Access
from domain.viewer.parts import Parts
from domain.viewer.viewer import Viewer


def reader(user_id: int, **parts: Any) -> Viewer:
    """A signed-in viewer who only reads, with these `Parts`."""
    return Viewer(cast(Parts, SimpleNamespace(**parts)), Access(user_id, 0, datetime.max.replace(tzinfo=UTC)))
