"""Who may see what: the one and only answer, for whole batches."""

from collections.abc import Sequence

from domain.media.rows import Photo
from domain.posts.rows import Post


def visible_posts(viewer_id: int, posts: Sequence[Post | None]) -> list[Post | None]:
    """Published posts are for everyone, all others for their author alone; None for what this viewer may not see."""
    return [
        post if post is not None and (post.status == "PUBLISHED" or post.author_id == viewer_id) else None
        for post in posts
    ]


def visible_photos(photo_ids: Sequence[int], posts: Sequence[Post | None]) -> list[Photo | None]:
    """Photos of `posts`, which this viewer may see; None for one whose post they may not."""
    return [
        next((photo for photo in post.media if photo.id == id), None) if post is not None else None
        for id, post in zip(photo_ids, posts, strict=True)
    ]
