"""Things by their opaque ids."""

from collections.abc import Sequence
from typing import Any

from domain.accounts.rows import User
from domain.media.rows import Photo, Upload
from domain.posts.rows import Post
from domain.rows import Row
from kit.batching import Loader
from kit.errors import BadUserInput
from kit.ids import decode
from resolvers.context import Context

MAX_NODES = 100


async def node(context: Context, id: str) -> Row | None:
    """Whatever has this id, None where the viewer sees nothing there."""
    return (await nodes(context, [id]))[0]


async def nodes(context: Context, ids: Sequence[str]) -> list[Row | None]:
    """Whatever has these ids, in their order."""
    if len(ids) > MAX_NODES:
        raise BadUserInput(f"At most {MAX_NODES} ids at a time.")
    wanted = [decode(id) for id in ids]
    loaders = context.loaders
    kinds: dict[int, Loader[int, Any]] = {
        User.TAG: loaders.user_by_id,
        Post.TAG: loaders.post_by_id,
        Photo.TAG: loaders.photo_by_id,
        Upload.TAG: loaders.upload_by_id,
    }
    found: dict[tuple[int, int], Row | None] = {}
    for tag, loader in kinds.items():
        numbers = list({number for kind, number in wanted if kind == tag})
        if numbers:
            found |= zip([(tag, number) for number in numbers], await loader.load_many(numbers), strict=True)
    return [found.get(key) for key in wanted]
