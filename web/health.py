"""Is the process alive, and do its parts answer?"""

import asyncio
from collections.abc import Awaitable

import orjson
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from clients.s3 import Bucket
from resolvers.context import Services

_PATIENCE = 2.0


async def healthz(request: Request) -> Response:
    """200 while the process lives."""
    return PlainTextResponse("ok")


async def readyz(request: Request) -> Response:
    """200 when PostgreSQL, Redis and object storage answer within 2 s, else 503; which of them do, as JSON.

    503 as well while the process is ending: whoever balances load looks for another.
    """
    services: Services = request.app.state.services
    bucket: Bucket = request.app.state.bucket
    checks = {
        "postgres": services.db.fetchval("SELECT 1"),
        "redis": services.redis.ping(),
        "s3": bucket.client.head_bucket(Bucket=bucket.name),
    }
    answers = await asyncio.gather(*map(_answers, checks.values()))
    return Response(
        orjson.dumps(dict(zip(checks, answers, strict=True))),
        200 if all(answers) and not request.app.state.draining else 503,
        media_type="application/json",
    )


async def _answers(check: Awaitable[object]) -> bool:
    try:
        await asyncio.wait_for(check, _PATIENCE)
    except Exception:
        return False
    return True
