"""The rows of the data set as our server has them, and where they come from."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

import msgspec

from bench.peers.data import SHOWN
from clients import redis


class Variant(msgspec.Struct, frozen=True):
    """A rendition of a picture."""

    format: str
    width: int
    key: str


class Photo(msgspec.Struct, frozen=True, rename={"global_id": "id", "alt_text": "altText"}):
    """A picture."""

    global_id: str
    width: int
    height: int
    blurhash: str
    alt_text: str | None
    variants: tuple[Variant, ...]


class User(
    msgspec.Struct,
    frozen=True,
    rename={
        "global_id": "id",
        "display_name": "displayName",
        "is_verified": "isVerified",
        "viewer_follow": "viewerFollow",
    },
):
    """A person."""

    global_id: str
    username: str
    display_name: str
    is_verified: bool
    avatar: str | None
    viewer_follow: str


class Location(msgspec.Struct, frozen=True, rename={"global_id": "id"}):
    """A place."""

    global_id: str
    name: str
    latitude: float
    longitude: float


class Comment(
    msgspec.Struct,
    frozen=True,
    rename={
        "global_id": "id",
        "created_at": "createdAt",
        "author_id": "authorId",
    },
):
    """Something said. `author` is there where it came with the row."""

    global_id: str
    text: str
    created_at: datetime
    author_id: str
    author: User | None = None


class Post(
    msgspec.Struct,
    frozen=True,
    rename={
        "global_id": "id",
        "created_at": "createdAt",
        "author_id": "authorId",
        "location_id": "locationId",
        "like_count": "likeCount",
        "comment_count": "commentCount",
        "viewer_has_liked": "viewerHasLiked",
        "viewer_has_saved": "viewerHasSaved",
    },
):
    """A post. `author` and `location` are there where they came with the row."""

    global_id: str
    caption: str
    hashtags: tuple[str, ...]
    created_at: datetime
    author_id: str
    media: tuple[Photo, ...]
    location_id: str | None
    like_count: int
    comment_count: int
    viewer_has_liked: bool
    viewer_has_saved: bool
    comments: tuple[Comment, ...]
    author: User | None = None
    location: Location | None = None


class Data(msgspec.Struct, frozen=True):
    """What `data.write` wrote."""

    users: list[User]
    locations: list[Location]
    posts: list[Post]
    feeds: list[list[str]]


class Source(Protocol):
    """Where rows come from."""

    async def page(self, reader: int, first: int) -> list[Post]:
        """The head of the reader's feed."""

    def authors(self, rows: Sequence[Post | Comment]) -> list[User]:
        """Of each post or comment."""

    def places(self, posts: Sequence[Post]) -> list[Location | None]:
        """Of each post."""


class Memory:
    """All rows, in dictionaries."""

    def __init__(self, path: Path) -> None:
        data = msgspec.json.decode(path.read_bytes(), type=Data)
        self.users = {user.global_id: user for user in data.users}
        self.locations = {place.global_id: place for place in data.locations}
        self.posts = {post.global_id: post for post in data.posts}
        self.feeds = data.feeds

    async def page(self, reader: int, first: int) -> list[Post]:
        """The head of the reader's feed."""
        return [self.posts[id] for id in self.feeds[reader][:first]]

    def authors(self, rows: Sequence[Post | Comment]) -> list[User]:
        """Of each post or comment."""
        return [self.users[row.author_id] for row in rows]

    def places(self, posts: Sequence[Post]) -> list[Location | None]:
        """Of each post."""
        return [None if post.location_id is None else self.locations[post.location_id] for post in posts]


class Redis:
    """Rows that `data.fill` put there, with all that belongs to them: two round trips a page."""

    def __init__(self, url: str) -> None:
        self._redis = redis.connect(url)
        self._decode = msgspec.json.Decoder(Post).decode

    async def page(self, reader: int, first: int) -> list[Post]:
        """The head of the reader's feed."""
        _, blobs = await self.blobs(b"row:", reader, first)
        return list(map(self._decode, blobs))

    async def blobs(self, prefix: bytes, reader: int, first: int = SHOWN) -> tuple[list[bytes], list[Any]]:
        """The ids on the reader's page, and what the keys of this prefix hold of them."""
        ids = await self._redis.zrevrange(f"feed:{reader}", 0, first - 1)
        return ids, await self._redis.mget([prefix + id for id in ids])

    def authors(self, rows: Sequence[Post | Comment]) -> list[User | None]:
        """Of each post or comment."""
        return [row.author for row in rows]

    def places(self, posts: Sequence[Post]) -> list[Location | None]:
        """Of each post."""
        return [post.location for post in posts]
