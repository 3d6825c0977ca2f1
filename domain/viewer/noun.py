"""What the parts of a viewer by noun have in common."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, TypeVar

from kit.batching import Loader

if TYPE_CHECKING:
    from domain.viewer.viewer import Viewer

V = TypeVar("V")


class Noun:
    """What a viewer has loaded of one kind of thing. Each dataloader is made when it is first used."""

    def __init__(self, viewer: "Viewer") -> None:
        self._viewer = viewer
        self._db = viewer.parts.db


async def load_known(loader: Loader[int, V | None], keys: Sequence[int | None]) -> list[V | None]:
    """The value of each of `keys`. None for None and for 0, which no row has; these are not asked of the loader."""
    wanted = list({key for key in keys if key})
    rows = dict(zip(wanted, await loader.load_many(wanted), strict=True)) if wanted else {}
    return [rows.get(key) if key else None for key in keys]
