"""Strawberry as its documentation teaches it: types, resolvers, a dataloader for whatever is looked up, no more."""

import os
from datetime import datetime
from enum import Enum
from pathlib import Path
from typing import Any

import strawberry
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.websockets import WebSocket
from strawberry.asgi import GraphQL
from strawberry.dataloader import DataLoader
from strawberry.schema.config import StrawberryConfig

from bench.peers import rows
from bench.peers.data import MEDIA_URL
from schema.scalars import SCALARS, URL


@strawberry.enum
class FollowState(Enum):
    NONE = "NONE"
    REQUESTED = "REQUESTED"
    FOLLOWING = "FOLLOWING"


@strawberry.enum
class ImageFormat(Enum):
    JPEG = "JPEG"
    WEBP = "WEBP"


@strawberry.interface
class Node:
    id: strawberry.ID


@strawberry.type
class User(Node):
    username: str
    display_name: str
    is_verified: bool
    avatar: strawberry.Private[str | None]
    viewer_follow: FollowState

    @strawberry.field
    def avatar_url(self, width: int | None = 150) -> URL | None:
        return URL(f"{MEDIA_URL}/{self.avatar}") if self.avatar else None


@strawberry.type
class ImageVariant:
    format: ImageFormat
    width: int
    key: strawberry.Private[str]

    @strawberry.field
    def url(self) -> URL:
        return URL(f"{MEDIA_URL}/{self.key}")


@strawberry.interface
class Media(Node):
    width: int
    height: int
    blurhash: str
    alt_text: str | None
    variants: list[ImageVariant]


@strawberry.type
class Photo(Media):
    pass


@strawberry.type
class Location(Node):
    name: str
    latitude: float | None
    longitude: float | None


@strawberry.type
class PageInfo:
    has_next_page: bool
    end_cursor: str | None


@strawberry.type
class Comment(Node):
    author_id: strawberry.Private[str]
    text: str
    created_at: datetime

    @strawberry.field
    async def author(self, info: strawberry.Info) -> User:
        return await info.context["users"].load(self.author_id)


@strawberry.type
class CommentConnection:
    nodes: list[Comment]
    page_info: PageInfo


@strawberry.type
class Post(Node):
    author_id: strawberry.Private[str]
    location_id: strawberry.Private[str | None]
    caption: str
    hashtags: list[str]
    created_at: datetime
    like_count: int | None
    comment_count: int

    @strawberry.field
    async def author(self, info: strawberry.Info) -> User:
        return await info.context["users"].load(self.author_id)

    @strawberry.field
    async def location(self, info: strawberry.Info) -> Location | None:
        return await info.context["locations"].load(self.location_id) if self.location_id else None

    @strawberry.field
    async def media(self, info: strawberry.Info) -> list[Media]:
        return await info.context["media"].load(self.id)

    @strawberry.field
    async def viewer_has_liked(self, info: strawberry.Info) -> bool:
        return await info.context["liked"].load(self.id)

    @strawberry.field
    async def viewer_has_saved(self, info: strawberry.Info) -> bool:
        return await info.context["saved"].load(self.id)

    @strawberry.field
    async def comments(
        self, info: strawberry.Info, first: int | None = 20, after: str | None = None
    ) -> CommentConnection | None:
        said = (await info.context["comments"].load(self.id))[:first]
        return CommentConnection(nodes=said, page_info=PageInfo(has_next_page=False, end_cursor=None))


@strawberry.type
class FeedConnection:
    nodes: list[Post]
    page_info: PageInfo


@strawberry.type
class Query:
    @strawberry.field
    async def feed(
        self, info: strawberry.Info, first: int | None = 20, after: str | None = None
    ) -> FeedConnection | None:
        ids = info.context["feed"][:first]
        posts = await info.context["posts"].load_many(ids)
        return FeedConnection(nodes=posts, page_info=PageInfo(has_next_page=True, end_cursor=ids[-1]))


class Tables:
    """The data set as these types."""

    def __init__(self, path: Path) -> None:
        memory = rows.Memory(path)
        posts = memory.posts
        self.feeds = memory.feeds
        self.by_name: dict[str, dict[str, Any]] = {
            "users": {id: _user(row) for id, row in memory.users.items()},
            "locations": {
                id: Location(id=id, name=row.name, latitude=row.latitude, longitude=row.longitude)
                for id, row in memory.locations.items()
            },
            "posts": {id: _post(row) for id, row in posts.items()},
            "media": {id: [_photo(photo) for photo in row.media] for id, row in posts.items()},
            "liked": {id: row.viewer_has_liked for id, row in posts.items()},
            "saved": {id: row.viewer_has_saved for id, row in posts.items()},
            "comments": {id: [_comment(said) for said in row.comments] for id, row in posts.items()},
        }

    def loaders(self) -> dict[str, DataLoader[str, Any]]:
        """One of each, for a request."""
        return {name: _loader(table) for name, table in self.by_name.items()}


def _loader(table: dict[str, Any]) -> DataLoader[str, Any]:
    async def load(keys: list[str]) -> list[Any]:
        return [table[key] for key in keys]

    return DataLoader(load_fn=load)


def _user(row: rows.User) -> User:
    return User(
        id=strawberry.ID(row.global_id),
        username=row.username,
        display_name=row.display_name,
        is_verified=row.is_verified,
        avatar=row.avatar,
        viewer_follow=FollowState(row.viewer_follow),
    )


def _photo(row: rows.Photo) -> Photo:
    variants = [ImageVariant(format=ImageFormat(each.format), width=each.width, key=each.key) for each in row.variants]
    return Photo(
        id=strawberry.ID(row.global_id),
        width=row.width,
        height=row.height,
        blurhash=row.blurhash,
        alt_text=row.alt_text,
        variants=variants,
    )


def _comment(row: rows.Comment) -> Comment:
    id = strawberry.ID(row.global_id)
    return Comment(id=id, author_id=row.author_id, text=row.text, created_at=row.created_at)


def _post(row: rows.Post) -> Post:
    return Post(
        id=strawberry.ID(row.global_id),
        author_id=row.author_id,
        location_id=row.location_id,
        caption=row.caption,
        hashtags=list(row.hashtags),
        created_at=row.created_at,
        like_count=row.like_count,
        comment_count=row.comment_count,
    )


class View(GraphQL[Any, None]):
    """With the loaders of the request as its context."""

    def __init__(self, schema: strawberry.Schema, tables: Tables) -> None:
        super().__init__(schema)
        self._tables = tables

    async def get_context(self, request: Request | WebSocket, response: Response | WebSocket) -> Any:
        """The loaders, and the ids in the reader's feed."""
        reader = int(request.headers["authorization"].removeprefix("Bearer "))
        return {"feed": self._tables.feeds[reader], **self._tables.loaders()}


def create() -> Starlette:
    """The application."""
    schema = strawberry.Schema(Query, types=[Photo], config=StrawberryConfig(scalar_map=SCALARS))
    return Starlette(routes=[Route("/graphql", View(schema, Tables(Path(os.environ["PEER_DATA"]))))])
