"""This project's own way, from the view down, over the generated data: only the domain is not there.

`uvicorn bench.peers.ours:create --factory`; `python -m bench.peers.ours` prints the schema.
"""

import gc
import os
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import msgspec
import strawberry
from starlette.applications import Starlette
from starlette.routing import Route
from strawberry.schema.config import StrawberryConfig

from bench.peers import rows
from bench.peers.data import MEDIA_URL
from bench.readers import QUERY
from domain.accounts.tokens import Access
from kit.execution.document_store import Documents
from resolvers.context import Ceilings, Context
from schema.api import Api, Executor, Reference
from schema.extensions import Operation, read
from schema.fields import argument, attribute, batched, derived, paged, resolved
from schema.media import ImageFormat
from schema.nodes import Node, node
from schema.scalars import SCALARS, URL
from schema.users import FollowState
from web.graphql import GraphQLView


class Place(msgspec.Struct, frozen=True):
    """Where a page stands."""

    has_next_page: bool
    end_cursor: str | None


class Page(msgspec.Struct, frozen=True):
    """A part of a list."""

    nodes: Sequence[Any]
    page_info: Place


def _page(nodes: Sequence[Any], more: bool) -> Page:
    return Page(nodes, Place(more, nodes[-1].global_id if nodes else None))


def _source(context: Context) -> rows.Source:
    found: rows.Source = context.services.source  # type: ignore[attr-defined]
    return found


async def _feed(context: Context, first: int, after: str | None) -> Page:
    return _page(await _source(context).page(context.viewer_id, first), True)


async def _authors(context: Context, parents: Sequence[Any]) -> list[Any]:
    return _source(context).authors(parents)


async def _places(context: Context, posts: Sequence[Any]) -> list[Any]:
    return _source(context).places(posts)


async def _media(context: Context, posts: Sequence[rows.Post]) -> list[Any]:
    return [post.media for post in posts]


async def _liked(context: Context, posts: Sequence[rows.Post]) -> list[bool]:
    return [post.viewer_has_liked for post in posts]


async def _saved(context: Context, posts: Sequence[rows.Post]) -> list[bool]:
    return [post.viewer_has_saved for post in posts]


async def _comments(context: Context, posts: Sequence[rows.Post], first: int, after: str | None) -> list[Page]:
    return [_page(post.comments[:first], len(post.comments) > first) for post in posts]


def _avatar_url(context: Context, user: rows.User, width: int) -> str | None:
    return None if user.avatar is None else f"{MEDIA_URL}/{user.avatar}"


def _variant_url(context: Context, variant: rows.Variant) -> str:
    return f"{MEDIA_URL}/{variant.key}"


@strawberry.type
class PageInfo:
    has_next_page: bool = attribute("Whether there is more.")
    end_cursor: str | None = attribute("Where it ends.")


@node(rows.User, "A person.")
class User(Node):
    username: str = attribute("Their name.")
    display_name: str = attribute("As they show it.")
    is_verified: bool = attribute("Whether they are who they say.")
    avatar_url: URL | None = derived(_avatar_url, "Their picture.", width=argument(int | None, "Pixels.", 150))
    viewer_follow: FollowState = attribute("Whether the viewer follows them.")


@strawberry.type
class ImageVariant:
    format: ImageFormat = attribute("Its encoding.")
    width: int = attribute("Pixels.")
    url: URL = derived(_variant_url, "Where it is.")


@strawberry.interface
class Media(Node):
    width: int = attribute("Pixels.")
    height: int = attribute("Pixels.")
    blurhash: str = attribute("To paint before it arrives.")
    alt_text: str | None = attribute("In words.")
    variants: list[ImageVariant] = attribute("Largest first.")


@node(rows.Photo, "A photo.")
class Photo(Media):
    pass


@node(rows.Location, "A place.")
class Location(Node):
    name: str = attribute("As somebody named it.")
    latitude: float | None = attribute("Degrees.")
    longitude: float | None = attribute("Degrees.")


@node(rows.Comment, "What somebody says.")
class Comment(Node):
    author: User = batched(_authors, "Who says it.")
    text: str = attribute("What.")
    created_at: datetime = attribute("When.")


@strawberry.type
class CommentConnection:
    nodes: list[Comment] = attribute("The items.")
    page_info: PageInfo = attribute("Where it stands.")


@node(rows.Post, "Photos with a caption.")
class Post(Node):
    author: User = batched(_authors, "Who made it.")
    caption: str = attribute("May be empty.")
    hashtags: list[str] = attribute("In the caption.")
    location: Location | None = batched(_places, "Where it is from.")
    media: list[Media] = batched(_media, "In order.")
    created_at: datetime = attribute("When.")
    like_count: int | None = attribute("How many like it.")
    comment_count: int = attribute("How many comments it has.")
    viewer_has_liked: bool = batched(_liked, "Whether the viewer likes it.")
    viewer_has_saved: bool = batched(_saved, "Whether the viewer has saved it.")
    comments: CommentConnection | None = batched(_comments, "Newest first.", **paged())


@strawberry.type
class FeedConnection:
    nodes: list[Post] = attribute("The items.")
    page_info: PageInfo = attribute("Where it stands.")


@strawberry.type
class Query:
    feed: FeedConnection | None = resolved(_feed, "The first page of the reader's feed.", **paged())


class _Tokens:
    def read_access(self, token: str) -> Access:
        """Anyone."""
        return Access(int(token), 0, datetime.max.replace(tzinfo=UTC))


def build(*, compiled: bool = True) -> Api:
    """The schema, made as `schema.api.build` makes its own, with bench/feed.graphql trusted."""
    kept = Documents(read)
    api = Api(
        query=Query,
        types=[Photo],
        extensions=[lambda: Operation(kept, None, only_trusted=False)],
        execution_context_class=Executor if compiled else Reference,
        config=StrawberryConfig(scalar_map=SCALARS),
    )
    api.documents = kept
    api.trust(QUERY)
    return api


def create() -> Starlette:
    """The application."""
    url = os.environ.get("PEER_REDIS")
    source = rows.Redis(url) if url else rows.Memory(Path(os.environ["PEER_DATA"]))
    services: Any = SimpleNamespace(
        tokens=_Tokens(),
        clock=lambda: datetime.now(UTC),
        reads=SimpleNamespace(spend=lambda *_: None),
        ceilings=Ceilings(
            points=50_000, response_bytes=4 * 1024**2, query_seconds=10, mutation_seconds=30, introspection=True
        ),
        db=None,
        posts=None,
        source=source,
    )
    schema = build(compiled=os.environ.get("HELIOGRAPH_EXECUTOR") != "reference")
    view = GraphQLView(schema, services)
    # As app.py has it.
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 10)
    return Starlette(routes=[Route("/graphql", view)])


if __name__ == "__main__":
    print(build().as_str())
