"""The webhook for notifications of object storage about arrived bytes."""

import hmac
import random

import orjson
from starlette.requests import Request
from starlette.responses import Response

from clients.outages import is_outage
from domain.media import actions, storage_events
from kit.errors import RETRY_AFTER_S, Overloaded
from resolvers.context import Services
from web.shedding import BodyTimeout

MAX_BODY = 1024 * 1024


async def storage_hook(request: Request) -> Response:
    """204 for an event in a dialect that `domain/media/storage_events` knows, 401 without the token.

    503 under overload and while the database is away, 408 where the rest of the body does not arrive.
    """
    services: Services = request.app.state.services
    expected = f"Bearer {request.app.state.storage_hook_token}"
    given = request.headers.get("authorization", "")
    if not hmac.compare_digest(given.encode(), expected.encode()):
        return Response(status_code=401)
    if int(request.headers.get("content-length", 0)) > MAX_BODY:
        return Response(status_code=413)
    try:
        body = orjson.loads(await request.body())
    except orjson.JSONDecodeError:
        return Response(status_code=400)
    except BodyTimeout:
        return Response(status_code=408)
    try:
        await actions.receive(services.db, services.live, storage_events.tokens(body, request.app.state.bucket.name))
    except Exception as error:
        if not isinstance(error, Overloaded) and not is_outage(error):
            raise
        # If a store does not retry nothing is lost: the sweeper finds arrived objects.
        return Response(status_code=503, headers={"retry-after": str(random.choice(RETRY_AFTER_S))})
    return Response(status_code=204)
