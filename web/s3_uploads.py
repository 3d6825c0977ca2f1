"""Multipart uploads for clients that speak the S3 protocol, such as Uppy 6.

Such a client begins, lists, completes and aborts a multipart upload by requests to the object store, and reads XML. A
frontend points these requests here. Each runs as a GraphQL operation: it passes the same admission, permissions and
limits, and does the same. Parts go to object storage; no media passes through here.

https://docs.aws.amazon.com/AmazonS3/latest/API/API_CompleteMultipartUpload.html and its neighbours.
"""

import logging
import re
from collections.abc import Callable, Mapping
from typing import Any
from xml.etree import ElementTree
from xml.sax.saxutils import escape

from starlette.requests import ClientDisconnect, HTTPConnection, Request
from starlette.responses import Response
from strawberry.types.graphql import OperationType

from domain.media.actions import MAX_PARTS, SINGLE_BYTES
from domain.media.formats import size
from kit.errors import (
    INTERNAL_MESSAGE,
    BadUserInput,
    OperationTimeout,
    Overloaded,
    RateLimited,
    Unauthenticated,
    Unavailable,
)
from kit.execution.document_store import Document
from resolvers.context import Context
from web.shedding import BodyTimeout

log = logging.getLogger(__name__)

METHODS = ("GET", "POST", "DELETE")
MAX_BODY_BYTES = 64 * 1024
"""The list of 256 parts that completes the largest upload takes 22 KB."""

STATUSES = {
    "AccessDenied": 403,
    "EntityTooLarge": 413,
    "ExpiredToken": 400,
    "InternalError": 500,
    "InvalidPart": 400,
    "InvalidPartOrder": 400,
    "InvalidRequest": 400,
    "MalformedXML": 400,
    "NoSuchUpload": 404,
    "OperationAborted": 409,
    "RequestTimeout": 408,
    "ServiceUnavailable": 503,
    "SlowDown": 503,
    "TooManyRequests": 429,
}
"""The HTTP status of each error code."""

CODES = {
    BadUserInput.code: "NoSuchUpload",  # the only input is the id
    OperationTimeout.code: "ServiceUnavailable",
    Overloaded.code: "SlowDown",
    RateLimited.code: "TooManyRequests",
    Unauthenticated.code: "AccessDenied",
    Unavailable.code: "ServiceUnavailable",
}
"""The error code for each code of a GraphQL error; InternalError for all others."""

_FIND = """query ($id: ID!) { node(id: $id) { ... on Upload {
  target { ... on MultipartUploadTarget { partCount } } } } }"""
_LIST = """query ($id: ID!) { node(id: $id) { ... on Upload {
  target { ... on MultipartUploadTarget { partCount storedParts { number byteSize etag } } } } } }"""
_COMPLETE = """mutation ($id: ID!, $parts: [CompletedPartInput!]) {
  completeUpload(input: { uploadId: $id, parts: $parts }) { upload { id } userErrors { code message field } } }"""
_ABORT = """mutation ($id: ID!) { abortUpload(uploadId: $id) { upload { id } userErrors { code message field } } }"""

_XMLNS = "http://s3.amazonaws.com/doc/2006-03-01/"
_BUCKET = "uploads"
_PART_NUMBER = re.compile("[1-9][0-9]{0,4}")


class S3Error(Exception):
    """A request that is refused; `code` is one of STATUSES."""

    def __init__(self, code: str, message: str, retry_after: int | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.retry_after = retry_after


class S3Uploads:
    """Serves `/uploads/{key}/s3`; one per process. The key of an upload is its id, and so is its UploadId."""

    def __init__(self, api: Any, begin: Callable[[HTTPConnection], Context]) -> None:
        """`begin` makes the context of a request: who its headers name."""
        self._api = api
        self._begin = begin
        texts = (_FIND, _LIST, _COMPLETE, _ABORT)
        self._documents: dict[str, Document] = {text: api.documents.get(text) for text in texts}

    async def answer(self, request: Request) -> Response:
        """XML as S3 answers it, errors too."""
        context = self._begin(request)
        try:
            response = await self._answer(request, context)
        except S3Error as error:
            response = _refusal(error, context.request_id)
        except Exception:
            log.exception("request %s failed", context.request_id)
            response = _refusal(S3Error("InternalError", INTERNAL_MESSAGE), context.request_id)
        response.headers["x-request-id"] = context.request_id
        response.headers["cache-control"] = "no-store"
        response.headers["x-content-type-options"] = "nosniff"
        return response

    async def _answer(self, request: Request, context: Context) -> Response:
        if context.token_expired:
            raise S3Error("ExpiredToken", "The access token has expired. Call refreshSession.")
        if context.access is None:
            raise S3Error("AccessDenied", "Send an access token: Authorization: Bearer <access token>.")
        key, upload_id = request.path_params["key"], request.query_params.get("uploadId")
        if request.method == "POST" and "uploads" in request.query_params and upload_id is None:
            return await self._create(key, context)
        if upload_id is None:
            raise S3Error("InvalidRequest", "Expected POST ?uploads, or GET, POST or DELETE with ?uploadId=.")
        if upload_id != key:
            raise S3Error("NoSuchUpload", "The key and the uploadId do not belong to the same upload.")
        if request.method == "POST":
            await self._complete(key, _completed_parts(await _body(request)), context)
            location = str(request.url.replace(query=""))
            return _xml("CompleteMultipartUploadResult", _fields(Location=location, Bucket=_BUCKET, Key=key))
        if request.method == "DELETE":
            _check(await self._run(_ABORT, context, id=key))
            return Response(status_code=204)
        return await self._list(key, context)

    async def _create(self, key: str, context: Context) -> Response:
        """Answer for an upload that createUploads has made. Repeating the request is safe."""
        _target(await self._run(_FIND, context, id=key))
        return _xml("InitiateMultipartUploadResult", _fields(Bucket=_BUCKET, Key=key, UploadId=key))

    async def _list(self, key: str, context: Context) -> Response:
        target = _target(await self._run(_LIST, context, id=key))
        parts = "".join(
            f"<Part>{_fields(PartNumber=part['number'], ETag=part['etag'], Size=part['byteSize'])}</Part>"
            for part in target["storedParts"]
        )
        listed = _fields(Bucket=_BUCKET, Key=key, UploadId=key, MaxParts=MAX_PARTS, IsTruncated="false")
        return _xml("ListPartsResult", listed + parts)

    async def _complete(self, key: str, parts: Mapping[int, str], context: Context) -> None:
        given = [{"number": number, "etag": etag} for number, etag in parts.items()]
        _check(await self._run(_COMPLETE, context, id=key, parts=given))

    async def _run(self, text: str, context: Context, **variables: Any) -> dict[str, Any]:
        """The data of the operation. Raises S3Error."""
        result = await self._api.run(
            self._documents[text],
            context,
            operation_name=None,
            variables=variables,
            extensions=None,
            allowed=set(OperationType),
        )
        if result.errors:
            error = result.errors[0]
            code = CODES.get(error.extensions["code"], "InternalError")
            raise S3Error(code, error.message, error.extensions.get("retryAfter"))
        data: dict[str, Any] = result.data
        return data


def _target(data: Mapping[str, Any]) -> dict[str, Any]:
    """The MultipartUploadTarget of the upload. Raises S3Error."""
    target: dict[str, Any] | None = (data["node"] or {}).get("target")
    if target is None:
        raise S3Error("NoSuchUpload", "The upload does not exist, or no longer accepts parts.")
    if "partCount" not in target:
        message = (
            f"This file must be sent with a single PUT. Multipart uploads are for files over {size(SINGLE_BYTES)}."
        )
        raise S3Error("InvalidRequest", message)
    return target


def _check(data: Mapping[str, Any]) -> None:
    """Raise S3Error where the payload of the mutation has user errors."""
    [payload] = data.values()
    for error in payload["userErrors"]:
        if error["code"] == "CONFLICT":
            raise S3Error("OperationAborted", error["message"])
        is_part = (error["field"] or [None])[0] == "parts"
        raise S3Error("InvalidPart" if is_part else "NoSuchUpload", error["message"])


async def _body(request: Request) -> bytes:
    """The body of the request. Raises S3Error."""
    body = b""
    try:
        async for chunk in request.stream():
            body += chunk
            if len(body) > MAX_BODY_BYTES:
                raise S3Error("EntityTooLarge", f"The request body is too large (limit: {MAX_BODY_BYTES // 1024} KiB).")
    except (BodyTimeout, ClientDisconnect):
        raise S3Error("RequestTimeout", "The rest of the request body did not arrive in time.") from None
    return body


def _completed_parts(body: bytes) -> dict[int, str]:
    """ETags by part number, from a CompleteMultipartUpload document. Raises S3Error."""
    malformed = S3Error("MalformedXML", "Expected <CompleteMultipartUpload> with <Part>s of PartNumber and ETag.")
    try:
        text = body.decode()
        # Declarations of types and entities are of no use here, and can make a short document large.
        root = None if "<!" in text else ElementTree.fromstring(text)
    except (UnicodeDecodeError, ElementTree.ParseError, ValueError):
        raise malformed from None
    if root is None or _name(root) != "CompleteMultipartUpload":
        raise malformed
    parts: dict[int, str] = {}
    for part in root:
        if _name(part) != "Part":
            continue
        values = {_name(field): (field.text or "").strip() for field in part}
        number, etag = values.get("PartNumber", ""), values.get("ETag", "")
        if not _PART_NUMBER.fullmatch(number) or not etag:
            raise malformed
        if parts and int(number) <= max(parts):
            raise S3Error("InvalidPartOrder", "List each part once, in the order of the part numbers.")
        parts[int(number)] = etag
        if len(parts) > MAX_PARTS:
            raise S3Error("InvalidPart", f"An upload has at most {MAX_PARTS} parts.")
    if not parts:
        raise malformed
    return parts


def _name(element: ElementTree.Element) -> str:
    """The name of an element without its namespace: clients send the document with and without."""
    return element.tag.rpartition("}")[2]


def _fields(**values: object) -> str:
    return "".join(f"<{name}>{escape(str(value))}</{name}>" for name, value in values.items())


def _xml(root: str, content: str, status: int = 200, namespace: str = f' xmlns="{_XMLNS}"') -> Response:
    text = f'<?xml version="1.0" encoding="UTF-8"?>\n<{root}{namespace}>{content}</{root}>'
    return Response(text, status, media_type="application/xml")


def _refusal(error: S3Error, request_id: str) -> Response:
    content = _fields(Code=error.code, Message=error, RequestId=request_id)
    response = _xml("Error", content, STATUSES[error.code], namespace="")
    if error.retry_after is not None:
        response.headers["retry-after"] = str(error.retry_after)
    return response
