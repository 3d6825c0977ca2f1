"""What any server must do that has its posts in Redis: read the request, ask for the page, send ready bytes."""

import os

import orjson
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bench.peers.rows import Redis


def create() -> Starlette:
    """The application."""
    source = Redis(os.environ["PEER_REDIS"])

    async def answer(request: Request) -> Response:
        orjson.loads(await request.body())
        reader = int(request.headers["authorization"].removeprefix("Bearer "))
        ids, ready = await source.blobs(b"ready:", reader)
        page = b'],"pageInfo":{"hasNextPage":true,"endCursor":"%b"}}}}' % ids[-1]
        body = b'{"data":{"feed":{"nodes":[' + b",".join(ready) + page
        return Response(body, media_type="application/json")

    return Starlette(routes=[Route("/graphql", answer, methods=["POST"])])
