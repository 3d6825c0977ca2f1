"""Object storage with the S3 API: aioboto3 for requests, a signer of our own for presigned URLs.

botocore takes 363 us to sign one URL, this signer 5: uploads are signed many at a time.
"""

import asyncio
import contextlib
import hashlib
import hmac
import logging
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import aioboto3
import msgspec
from aiohttp import ClientPayloadError
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, HTTPClientError
from botocore.exceptions import ConnectionError as EndpointError

from kit import deadline
from kit.gate import release_place

_CHUNK = 1024 * 1024
_COPIED_AT_ONCE = 256 * 1024 * 1024
_PROBE = b"heliograph"
_PROBE_S = 15.0

log = logging.getLogger(__name__)


AWAY = (HTTPClientError, EndpointError, OSError, TimeoutError)
"""Exceptions while the store cannot be reached, or does not answer in time."""


class ObjectMissingError(Exception):
    """There is no such object, or it has changed."""


class Head(msgspec.Struct, frozen=True):
    """An object's size in bytes, its ETag with its quotes, and its content type."""

    byte_size: int
    etag: str
    content_type: str


class Part(msgspec.Struct, frozen=True):
    """A part that the store holds of a multipart upload: its number from 1, its ETag with quotes, its size in bytes.

    `stored_at` has the store's resolution, which is a second for most. None for a part that was not listed.
    """

    number: int
    etag: str
    byte_size: int
    stored_at: datetime | None = None


def _in_time() -> asyncio.Timeout:
    """Cancels the requests in its block at the deadline of the operation, which then holds no connection."""
    release_place()
    return asyncio.timeout(deadline.left())


class Bucket:
    """One bucket. A request fails after 10 s without an answer, having been tried three times."""

    def __init__(self, client: Any, name: str) -> None:
        self.client = client
        self.name = name

    async def head(self, key: str) -> Head:
        """Raises ObjectMissingError."""
        try:
            async with _in_time():
                answer = await self.client.head_object(Bucket=self.name, Key=key)
        except ClientError as error:
            raise _translated(error) from None
        return Head(answer["ContentLength"], answer["ETag"], answer["ContentType"])

    async def get(self, key: str, **conditions: str) -> dict[str, Any]:
        """Return the response to a GET, with its `Body` unread. Raises ObjectMissingError."""
        try:
            answer: dict[str, Any] = await self.client.get_object(Bucket=self.name, Key=key, **conditions)
        except ClientError as error:
            raise _translated(error) from None
        return answer

    async def download(self, key: str, head: Head, into: Path) -> None:
        """Write the object that `head` describes to `into`. Raises ObjectMissingError if it has changed since."""
        answer = await self.get(key, IfMatch=head.etag)
        async with answer["Body"] as body:
            with into.open("wb") as file:
                async for chunk in body.content.iter_chunked(_CHUNK):
                    # A slow disk delays this download, not the event loop.
                    await asyncio.to_thread(file.write, chunk)
                    if file.tell() > head.byte_size:
                        raise ObjectMissingError(key)

    async def put(self, key: str, source: Path, content_type: str, cache_control: str) -> None:
        """Store the file at `source`."""
        with source.open("rb") as file:
            await self.client.put_object(
                Bucket=self.name, Key=key, Body=file, ContentType=content_type, CacheControl=cache_control
            )

    async def touch(self, key: str) -> None:
        """Store an empty object."""
        await self.client.put_object(Bucket=self.name, Key=key)

    async def works(self, key: str) -> bool:
        """Check that the store can write, read and delete a small object at `key`."""
        try:
            async with asyncio.timeout(_PROBE_S):
                await self.client.put_object(Bucket=self.name, Key=key, Body=_PROBE)
                answer = await self.get(key)
                async with answer["Body"] as body:
                    is_same: bool = await body.read() == _PROBE
                await self.client.delete_object(Bucket=self.name, Key=key)
                return is_same
        except (OSError, TimeoutError, BotoCoreError, ClientError, ClientPayloadError, ObjectMissingError) as error:
            log.warning("the object store does not work: %r", error)
            return False

    async def copy(self, source: str, head: Head, target: str) -> None:
        """Copy the object that `head` describes to `target`. Raises ObjectMissingError if it has changed.

        A large object is copied part by part: one request for all of it could exceed the timeout.
        """
        very = {"CopySource": {"Bucket": self.name, "Key": source}, "CopySourceIfMatch": head.etag}
        place = {"Bucket": self.name, "Key": target}
        try:
            if head.byte_size <= _COPIED_AT_ONCE:
                await self.client.copy_object(**place, **very)
                return
            multipart = await self.create_multipart(target, head.content_type)
            try:
                parts = []
                for number, start in enumerate(range(0, head.byte_size, _COPIED_AT_ONCE), 1):
                    end = min(start + _COPIED_AT_ONCE, head.byte_size)
                    part = {"UploadId": multipart, "PartNumber": number, "CopySourceRange": f"bytes={start}-{end - 1}"}
                    answer = await self.client.upload_part_copy(**place, **part, **very)
                    parts.append(Part(number, answer["CopyPartResult"]["ETag"], end - start))
                await self.complete(target, multipart, parts)
            except BaseException:
                with contextlib.suppress(Exception):
                    await self.abort(target, multipart)
                raise
        except ClientError as error:
            raise _translated(error) from None

    async def create_multipart(self, key: str, content_type: str) -> str:
        """Begin a multipart upload of `key`; return the store's ID for it."""
        async with _in_time():
            answer = await self.client.create_multipart_upload(Bucket=self.name, Key=key, ContentType=content_type)
        return str(answer["UploadId"])

    async def parts(self, key: str, multipart: str) -> list[Part]:
        """Stored parts of a multipart upload, by number. Raises ObjectMissingError if it was completed or aborted.

        Some stores (SeaweedFS) list a number again for each time that the part was sent.
        """
        found: list[Part] = []
        pages = self.client.get_paginator("list_parts").paginate(Bucket=self.name, Key=key, UploadId=multipart)
        try:
            async with _in_time():
                async for page in pages:
                    found += [
                        Part(each["PartNumber"], each["ETag"], each["Size"], each["LastModified"])
                        for each in page.get("Parts", ())
                    ]
        except ClientError as error:
            raise _translated(error) from None
        return found

    async def complete(self, key: str, multipart: str, parts: Iterable[Part]) -> None:
        """Join the parts to the object. Raises ObjectMissingError if the upload was completed or aborted."""
        named = [{"PartNumber": part.number, "ETag": part.etag} for part in parts]
        try:
            async with _in_time():
                await self.client.complete_multipart_upload(
                    Bucket=self.name, Key=key, UploadId=multipart, MultipartUpload={"Parts": named}
                )
        except ClientError as error:
            raise _translated(error) from None

    async def abort(self, key: str, multipart: str) -> None:
        """Abort a multipart upload and delete its parts. Idempotent."""
        try:
            async with _in_time():
                await self.client.abort_multipart_upload(Bucket=self.name, Key=key, UploadId=multipart)
        except ClientError as error:
            if not isinstance(_translated(error), ObjectMissingError):
                raise

    async def multiparts(self, prefix: str) -> AsyncIterator[tuple[str, str, datetime]]:
        """Yield (key, the store's ID, start time) of every multipart upload in progress under `prefix`."""
        pages = self.client.get_paginator("list_multipart_uploads").paginate(Bucket=self.name, Prefix=prefix)
        async for page in pages:
            for item in page.get("Uploads", ()):
                yield item["Key"], item["UploadId"], item["Initiated"]

    async def delete(self, keys: Iterable[str]) -> None:
        """Delete those of `keys` that exist. Raises OSError if the store reports a failure."""
        wanted = [{"Key": key} for key in keys]
        for start in range(0, len(wanted), 1000):
            answer = await self.client.delete_objects(
                Bucket=self.name, Delete={"Objects": wanted[start : start + 1000], "Quiet": True}
            )
            if errors := answer.get("Errors"):
                raise OSError(f"{len(errors)} objects could not be deleted, the first of them: {errors[0]}")

    async def list(self, prefix: str) -> AsyncIterator[tuple[str, datetime]]:
        """Yield (key, time of the last write) of every object under `prefix`, in no reliable order."""
        async for page in self.client.get_paginator("list_objects_v2").paginate(Bucket=self.name, Prefix=prefix):
            for item in page.get("Contents", ()):
                yield item["Key"], item["LastModified"]

    async def rules(self) -> Sequence[dict[str, Any]]:
        """Return the lifecycle rules of the bucket, in S3's format."""
        try:
            answer = await self.client.get_bucket_lifecycle_configuration(Bucket=self.name)
        except ClientError as error:
            if isinstance(_translated(error), ObjectMissingError):
                return []
            raise OSError(str(error)) from None
        rules: Sequence[dict[str, Any]] = answer["Rules"]
        return rules

    async def set_rules(self, rules: Sequence[Mapping[str, Any]]) -> None:
        """Replace all lifecycle rules of the bucket. Raises OSError if the store does not support them."""
        try:
            await self.client.put_bucket_lifecycle_configuration(
                Bucket=self.name, LifecycleConfiguration={"Rules": rules}
            )
        except ClientError as error:
            raise OSError(f"The store does not take the rules: {error}") from None


def _translated(error: ClientError) -> Exception:
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode")
    return ObjectMissingError() if status in (404, 412) else error


@asynccontextmanager
async def connect(endpoint: str, region: str, access_key: str, secret_key: str, bucket: str) -> AsyncIterator[Bucket]:
    """Open one client for the life of the process: creating one blocks the event loop for up to seconds."""
    settings = Config(
        signature_version="s3v4",
        s3={"addressing_style": "path"},
        request_checksum_calculation="when_required",
        response_checksum_validation="when_required",
        connect_timeout=2,
        read_timeout=10,
        max_pool_connections=50,
        retries={"max_attempts": 3, "mode": "standard"},
    )
    async with aioboto3.Session().client(
        "s3",
        endpoint_url=endpoint,
        region_name=region,
        aws_access_key_id=access_key,
        aws_secret_access_key=secret_key,
        config=settings,
    ) as client:
        yield Bucket(client, bucket)


class Signer:
    """Signs PUTs by AWS Signature Version 4, query form.

    https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html
    """

    def __init__(self, endpoint: str, region: str, access_key: str, secret_key: str, bucket: str) -> None:
        """`endpoint` is the one that clients use, which may differ from the server's own."""
        self._endpoint = endpoint
        self._host = urlsplit(endpoint).netloc
        self._region = region
        self._access_key = access_key
        self._secret_key = secret_key
        self._bucket = bucket
        self._day = ""
        self._key = b""

    def put(
        self, key: str, headers: dict[str, str], now: datetime, seconds: int, part: tuple[int, str] | None = None
    ) -> str:
        """Return a URL for one PUT of `key` within `seconds` of `now` with exactly `headers` (lower-case names).

        `part` makes it that of a part: its number, and the store's ID of the multipart upload.
        """
        stamp = now.strftime("%Y%m%dT%H%M%SZ")
        scope = f"{stamp[:8]}/{self._region}/s3/aws4_request"
        signed = dict(sorted({**headers, "host": self._host}.items()))
        names = ";".join(signed)
        query = (
            "X-Amz-Algorithm=AWS4-HMAC-SHA256"
            f"&X-Amz-Credential={quote(f'{self._access_key}/{scope}', safe='')}"
            f"&X-Amz-Date={stamp}&X-Amz-Expires={seconds}&X-Amz-SignedHeaders={quote(names, safe='')}"
        )
        if part is not None:
            query += f"&partNumber={part[0]}&uploadId={quote(part[1], safe='')}"
        path = quote(f"/{self._bucket}/{key}")
        lines = "".join(f"{name}:{value}\n" for name, value in signed.items())
        request = f"PUT\n{path}\n{query}\n{lines}\n{names}\nUNSIGNED-PAYLOAD"
        text = f"AWS4-HMAC-SHA256\n{stamp}\n{scope}\n{hashlib.sha256(request.encode()).hexdigest()}"
        signature = hmac.new(self._key_of(stamp[:8]), text.encode(), "sha256").hexdigest()
        return f"{self._endpoint}{path}?{query}&X-Amz-Signature={signature}"

    def _key_of(self, day: str) -> bytes:
        if day != self._day:
            key = f"AWS4{self._secret_key}".encode()
            for part in (day, self._region, "s3", "aws4_request"):
                key = hmac.digest(key, part.encode(), "sha256")
            self._day, self._key = day, key
        return self._key
