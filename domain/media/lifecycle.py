"""Lifecycle rules of the bucket. They delete what the sweeper misses, which would otherwise cost money forever.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lifecycle-mgmt.html
"""

from collections.abc import Sequence
from typing import Any

from clients.s3 import Bucket
from domain.media.storage import ORIGINALS, QUARANTINE

OURS = "heliograph-"
QUARANTINE_DAYS = 2
"""Longer than an upload waits for its bytes, and they for a worker."""
WARM_DAYS = 30
"""Of an original: renditions that are missing and reviews need it."""

_TIDY: list[dict[str, Any]] = [
    {
        "ID": f"{OURS}quarantine",
        "Status": "Enabled",
        "Filter": {"Prefix": QUARANTINE},
        "Expiration": {"Days": QUARANTINE_DAYS},
    },
    {
        "ID": f"{OURS}multiparts",
        "Status": "Enabled",
        "Filter": {"Prefix": ""},
        "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": QUARANTINE_DAYS},
    },
]


async def write(bucket: Bucket, cold_class: str | None) -> Sequence[dict[str, Any]]:
    """Replace this product's rules of the bucket. Returns all of its rules, as the store has them afterwards.

    With `cold_class` originals go to that storage class. Raises OSError if the store does not support rules, or these.
    If only the rule of the originals fails, the others are in effect.
    """
    others = [rule for rule in await bucket.rules() if not rule.get("ID", "").startswith(OURS)]
    await bucket.set_rules([*others, *_TIDY])
    if cold_class is not None:
        try:
            await bucket.set_rules([*others, *_TIDY, _cooling(cold_class)])
        except OSError as error:
            raise OSError(f"The bucket has every rule but that of the originals. {error}") from None
    return await bucket.rules()


def _cooling(cold_class: str) -> dict[str, Any]:
    return {
        "ID": f"{OURS}originals",
        "Status": "Enabled",
        "Filter": {"Prefix": ORIGINALS},
        "Transitions": [{"Days": WARM_DAYS, "StorageClass": cold_class}],
    }
