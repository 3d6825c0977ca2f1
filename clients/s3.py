"""Object storage that speaks S3: aioboto3 for requests, a signer of our own for pre-signed URLs.

botocore takes 363 us to sign one URL, this signer 5: uploads are signed many at a time.
"""

import hashlib
import hmac
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import aioboto3
import msgspec
from botocore.config import Config
from botocore.exceptions import ClientError

_CHUNK = 256 * 1024


class Missing(Exception):
    """There is no such object, or it is no longer the one asked for."""


class Head(msgspec.Struct, frozen=True):
    """An object's size in bytes and its ETag, with its quotes."""

    byte_size: int
    etag: str


class Bucket:
    """One bucket. A request fails after 10 s without an answer, having been tried three times."""

    def __init__(self, client: Any, name: str) -> None:
        self.client = client
        self.name = name

    async def head(self, key: str) -> Head:
        """Raises Missing."""
        try:
            answer = await self.client.head_object(Bucket=self.name, Key=key)
        except ClientError as error:
            raise _translated(error) from None
        return Head(answer["ContentLength"], answer["ETag"])

    async def get(self, key: str, **conditions: str) -> dict[str, Any]:
        """The answer to a GET, its `Body` yet to be read. Raises Missing."""
        try:
            answer: dict[str, Any] = await self.client.get_object(Bucket=self.name, Key=key, **conditions)
        except ClientError as error:
            raise _translated(error) from None
        return answer

    async def download(self, key: str, head: Head, into: Path) -> None:
        """Write to `into` the very object that `head` was of. Raises Missing where it has changed since."""
        answer = await self.get(key, IfMatch=head.etag)
        async with answer["Body"] as body:
            with into.open("wb") as file:
                async for chunk in body.content.iter_chunked(_CHUNK):
                    file.write(chunk)
                    if file.tell() > head.byte_size:
                        raise Missing(key)

    async def put(self, key: str, source: Path, content_type: str, cache_control: str) -> None:
        """Store the file at `source`."""
        with source.open("rb") as file:
            await self.client.put_object(
                Bucket=self.name, Key=key, Body=file, ContentType=content_type, CacheControl=cache_control
            )

    async def delete(self, keys: Iterable[str]) -> None:
        """Delete what is there of `keys`."""
        wanted = [{"Key": key} for key in keys]
        for start in range(0, len(wanted), 1000):
            await self.client.delete_objects(
                Bucket=self.name, Delete={"Objects": wanted[start : start + 1000], "Quiet": True}
            )

    async def list(self, prefix: str) -> AsyncIterator[tuple[str, datetime]]:
        """(key, time of the last write) of every object under `prefix`, in no order to rely on."""
        async for page in self.client.get_paginator("list_objects_v2").paginate(Bucket=self.name, Prefix=prefix):
            for item in page.get("Contents", ()):
                yield item["Key"], item["LastModified"]


def _translated(error: ClientError) -> Exception:
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode")
    return Missing() if status in (404, 412) else error


@asynccontextmanager
async def connect(endpoint: str, region: str, access_key: str, secret_key: str, bucket: str) -> AsyncIterator[Bucket]:
    """One client for the life of the process: to make one blocks the loop for up to seconds."""
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
        """`endpoint` is the one that clients reach, which may differ from the server's own."""
        self._endpoint = endpoint
        self._host = urlsplit(endpoint).netloc
        self._region = region
        self._access_key = access_key
        self._secret_key = secret_key
        self._bucket = bucket
        self._day = ""
        self._key = b""

    def put(self, key: str, headers: dict[str, str], now: datetime, seconds: int) -> str:
        """A URL for one PUT of `key` within `seconds` of `now` that must carry exactly `headers` (lower-case names)."""
        stamp = now.strftime("%Y%m%dT%H%M%SZ")
        scope = f"{stamp[:8]}/{self._region}/s3/aws4_request"
        signed = dict(sorted({**headers, "host": self._host}.items()))
        names = ";".join(signed)
        query = (
            "X-Amz-Algorithm=AWS4-HMAC-SHA256"
            f"&X-Amz-Credential={quote(f'{self._access_key}/{scope}', safe='')}"
            f"&X-Amz-Date={stamp}&X-Amz-Expires={seconds}&X-Amz-SignedHeaders={quote(names, safe='')}"
        )
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
