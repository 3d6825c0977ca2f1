"""Renditions, as a CDN would serve them: `make run` has none, and a CDN may use this as its origin."""

import re

from botocore.exceptions import ClientError
from starlette.requests import Request
from starlette.responses import Response

from clients.s3 import Bucket, Missing
from domain.media.storage import FOREVER, MEDIA

_KEY = re.compile(r"[0-9a-f]{32}/([0-9a-f]{64})\.(jpg|webp)")
_TYPES = {"jpg": "image/jpeg", "webp": "image/webp"}


async def media(request: Request) -> Response:
    """GET and HEAD of `/{token}/{sha256}.{ext}`, with ranges and If-None-Match. A rendition has some hundred KB."""
    key = request.path_params["key"]
    match = _KEY.fullmatch(key)
    if not match:
        return Response(status_code=404)
    etag = f'"{match[1]}"'
    headers = {"cache-control": FOREVER, "etag": etag, "accept-ranges": "bytes", "x-content-type-options": "nosniff"}
    if etag in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    bucket: Bucket = request.app.state.bucket
    range_ = request.headers.get("range")
    try:
        answer = await bucket.get(MEDIA + key, **({"Range": range_} if range_ else {}))
        async with answer["Body"] as body:
            content = await body.read()
    except Missing:
        return Response(status_code=404)
    except ClientError as error:
        status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode")
        return Response(status_code=416 if status == 416 else 502)
    if "ContentRange" in answer:
        headers["content-range"] = answer["ContentRange"]
    return Response(content, 206 if "ContentRange" in answer else 200, headers, media_type=_TYPES[match[2]])
