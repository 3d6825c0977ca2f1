"""Notifications of object storage about written objects, in two dialects."""

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import unquote_plus

from domain.media.storage import QUARANTINE

_KEY = re.compile(QUARANTINE + "([0-9a-f]{32})")


def tokens(body: Any, bucket: str) -> list[str]:
    """Return the tokens of the uploads whose bytes have arrived, from the JSON of a notification; [] for other events.

    Accepts the event message of S3, MinIO and Ceph (`{"Records": [{"eventName": "s3:ObjectCreated:Put", ...}]}`, keys
    URL-encoded, https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html) and that of
    SeaweedFS (`{"event_type": "create", "key": "/buckets/BUCKET/KEY"}`). An event is a hint from an authenticated
    sender: its size and ETag are ignored.
    """
    if not isinstance(body, dict):
        return []
    keys = _s3(body["Records"], bucket) if isinstance(body.get("Records"), list) else _seaweedfs(body, bucket)
    return [match[1] for key in keys if (match := _KEY.fullmatch(key))]


def _s3(records: list[Any], bucket: str) -> Iterator[str]:
    for record in records:
        try:
            created = "ObjectCreated:" in record["eventName"]
            name, key = record["s3"]["bucket"]["name"], record["s3"]["object"]["key"]
        except (KeyError, TypeError):
            continue
        if created and name == bucket and isinstance(key, str):
            yield unquote_plus(key)


def _seaweedfs(body: dict[str, Any], bucket: str) -> Iterator[str]:
    kind, key = body.get("event_type"), body.get("key")
    if kind in ("create", "update", "rename") and isinstance(key, str):
        prefix = f"/buckets/{bucket}/"
        if key.startswith(prefix):
            yield key.removeprefix(prefix)
