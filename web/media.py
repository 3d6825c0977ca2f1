"""What was made of uploads, as a CDN serves it. `make run` has no CDN; one has this, or the bucket, as its origin."""

import hmac
import re
from collections.abc import AsyncIterator
from typing import Any

from botocore.exceptions import ClientError
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from clients.s3 import Bucket, Missing
from domain.media.storage import FOREVER, MEDIA
from resolvers.context import Services

_KEY = re.compile(
    r"(?:s/(?P<signature>[A-Za-z0-9_-]{22})/(?P<expires>[0-9]{1,11})/)?"
    r"(?P<path>(?P<token>[0-9a-f]{32})/(?P<sha256>[0-9a-f]{64})\.(?P<extension>jpg|webp|mp4|m4s|m3u8))"
)
_TYPES = {
    "jpg": "image/jpeg",
    "webp": "image/webp",
    "mp4": "video/mp4",
    "m4s": "video/iso.segment",
    "m3u8": "application/vnd.apple.mpegurl",
}
_HEADERS = {"accept-ranges": "bytes", "x-content-type-options": "nosniff", "access-control-allow-origin": "*"}
_CHUNK = 128 * 1024


async def media(request: Request) -> Response:
    """GET and HEAD of `/{token}/{sha256}.{ext}`, with ranges and If-None-Match, for pages of every origin.

    Where URLs are signed, of `/s/{signature}/{expires}/{token}/{sha256}.{ext}` alone: else whoever takes the signature
    out of a URL would have what does not expire.
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
    headers = _HEADERS | {"cache-control": FOREVER, "etag": etag}
    bucket: Bucket = request.app.state.bucket
    range_ = request.headers.get("range")
    try:
        if etag in request.headers.get("if-none-match", ""):
            await bucket.head(key)
            return Response(status_code=304, headers=headers)
        answer = await bucket.get(key, **({"Range": range_} if range_ else {}))
    except Missing:
        return _nothing(404)
    except ClientError as error:
        status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode")
        return _nothing(416 if status == 416 else 502)
    headers["content-length"] = str(answer["ContentLength"])
    if "ContentRange" in answer:
        headers["content-range"] = answer["ContentRange"]
    status = 206 if "ContentRange" in answer else 200
    return StreamingResponse(_body(answer, request.method), status, headers, media_type=_TYPES[match["extension"]])


def _nothing(status: int) -> Response:
    # That there is nothing yet, or no more, is kept nowhere.
    return Response(status_code=status, headers=_HEADERS | {"cache-control": "no-store"})


async def _body(answer: dict[str, Any], method: str) -> AsyncIterator[bytes]:
    async with answer["Body"] as body:
        if method != "HEAD":
            async for chunk in body.content.iter_chunked(_CHUNK):
                yield chunk
