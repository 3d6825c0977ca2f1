"""The same messages by the stock way: Strawberry's WebSocket over broadcaster with its memory backend, nothing kept.

`uvicorn bench.peers.live:app`.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import strawberry
from broadcaster import Broadcast
from starlette.applications import Starlette
from starlette.routing import Route, WebSocketRoute
from strawberry.asgi import GraphQL

broadcast = Broadcast("memory://")


@strawberry.type
class Query:
    """There must be one."""

    ok: bool = True


@strawberry.type
class Mutation:
    """What the clients of the bench send."""

    @strawberry.mutation
    async def send(self, to: str, text: str) -> bool:
        """Tell who listens to `to`."""
        await broadcast.publish(to, text)
        return True


@strawberry.type
class Subscription:
    """What they hear."""

    @strawberry.subscription
    async def said(self, to: str) -> AsyncIterator[str]:
        """Texts, as they are said."""
        async with broadcast.subscribe(to) as events:
            async for event in events:
                yield event.message


@asynccontextmanager
async def _lifespan(_: Starlette) -> AsyncIterator[None]:
    async with broadcast:
        yield


_view = GraphQL(strawberry.Schema(Query, Mutation, Subscription))
app = Starlette(
    lifespan=_lifespan, routes=[Route("/graphql", _view, methods=["POST"]), WebSocketRoute("/graphql", _view)]
)
