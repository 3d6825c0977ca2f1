"""A server of public media. It is the origin of a CDN, or replaces it in `make run`."""

import asyncio
import hmac
import math
import random
import re
from datetime import datetime, timedelta
from email.utils import format_datetime

from botocore.exceptions import ClientError
from starlette.requests import Request
from starlette.responses import Response

from clients import postgres
from clients.s3 import AWAY, Bucket, ObjectMissingError
from domain.media import storage
from domain.media.storage import MEDIA
from domain.stories.reads import seconds_shown
from kit.errors import RETRY_AFTER_S
from resolvers.context import Services

_KEY = re.compile(
    r"(?:s/(?P<signature>[A-Za-z0-9_-]{22})/(?P<expires>[0-9]{1,11})/)?"
    r"(?P<path>(?P<token>[0-9a-f]{32})/(?P<sha256>[0-9a-f]{64})\.(?P<extension>jpg|webp|mp4|m4s|m3u8))"
)
_HEADERS = {"accept-ranges": "bytes", "x-content-type-options": "nosniff", "access-control-allow-origin": "*"}
FOREVER = "public, max-age=31536000, immutable"
# Pictures are served even while the database is away or busy.
_ASKED_WITHIN = 1.0
_UNKNOWN = 60.0
# Edges wait 10 s for a response, which begins after the whole object was read; the query may have taken two.
_SECONDS = 7.0
# A third of the connections to the store: the API's own requests always find a free one.
_READS = asyncio.Semaphore(16)


async def media(request: Request) -> Response:
    """GET and HEAD of `/{token}/{sha256}.{ext}`, with ranges and If-None-Match, for pages of every origin.

    If URLs are signed, only `/s/{signature}/{expires}/{token}/{sha256}.{ext}` is served: without the signature, a URL
    would never expire. Media of a story, or of an upload that may become one, are cached until the story expires, and
    are then 410.

    An object has at most a few MB and is read completely before it is sent: a slow client occupies no connection to
    the store.
    """
    match = _KEY.fullmatch(request.path_params["key"])
    if not match:
        return _nothing(404)
    services: Services = request.app.state.services
    if services.urls.key is not None:
        given, expires = match["signature"] or "", int(match["expires"] or 0)
        if not hmac.compare_digest(given, services.urls.signature(match["token"], expires)):
            return _nothing(403)
        if expires < services.clock().timestamp():
            return _nothing(410)
    key, etag = MEDIA + match["path"], f'"{match["sha256"]}"'
    try:
        # After a cancelled query the pool waits as long again, at most, for a server that hangs.
        async with asyncio.timeout(_ASKED_WITHIN), services.db.acquire(timeout=_ASKED_WITHIN) as connection:
            seconds = await seconds_shown(connection, match["token"], services.clock())
    except postgres.Unavailable:
        seconds = _UNKNOWN
    if seconds is None or seconds <= 0:
        return _nothing(404 if seconds is None else 410)
    headers = _HEADERS | _kept(seconds, services.clock()) | {"etag": etag}
    bucket: Bucket = request.app.state.bucket
    range_, media_type = request.headers.get("range"), storage.TYPES[match["extension"]]
    try:
        async with asyncio.timeout(_SECONDS), _READS:
            if etag in request.headers.get("if-none-match", ""):
                await bucket.head(key)
                return Response(status_code=304, headers=headers)
            if request.method == "HEAD":
                headers["content-length"] = str((await bucket.head(key)).byte_size)
                return Response(headers=headers, media_type=media_type)
            answer = await bucket.get(key, **({"Range": range_} if range_ else {}))
            async with answer["Body"] as body:
                content = await body.read()
    except ObjectMissingError:
        return _nothing(404)
    except ClientError as error:
        status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode")
        return _nothing(416) if status == 416 else _away()
    except AWAY:
        return _away()
    if "ContentRange" in answer:
        headers["content-range"] = answer["ContentRange"]
    return Response(content, 206 if "ContentRange" in answer else 200, headers, media_type)


def _kept(seconds: float, now: datetime) -> dict[str, str]:
    """Return how long caches may keep it: a duration for shared caches, an expiry for browsers."""
    if seconds == math.inf:
        return {"cache-control": FOREVER}
    ends = format_datetime(now + timedelta(seconds=seconds), usegmt=True)
    return {"cache-control": f"public, s-maxage={int(seconds)}", "expires": ends}


def _away() -> Response:
    """The store does not answer: a retry may succeed later, and edges use their copies."""
    headers = _HEADERS | {"cache-control": "no-store", "retry-after": str(random.choice(RETRY_AFTER_S))}
    return Response(status_code=503, headers=headers)


def _nothing(status: int) -> Response:
    # Never cached: the object may exist later.
    return Response(status_code=status, headers=_HEADERS | {"cache-control": "no-store"})
