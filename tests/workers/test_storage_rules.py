"""The rules by which the store tidies up, as the store of the tests takes them."""

import json
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from typing import Any

import pytest

from clients.s3 import Bucket
from workers.__main__ import storage_rules
from workers.parts import Parts

FOREIGN = {
    "ID": "theirs",
    "Status": "Disabled",
    "Filter": {"And": {"Prefix": "x/", "Tags": [{"Key": "a", "Value": "b"}]}},
    "Expiration": {"Days": 9},
}
STALE = {"ID": "heliograph-old", "Status": "Enabled", "Filter": {"Prefix": "old/"}, "Expiration": {"Days": 1}}


@pytest.fixture
async def another(parts: Parts) -> AsyncIterator[Parts]:
    """With a bucket of this test's own."""
    bucket = Bucket(parts.bucket.client, "rules")
    await bucket.client.create_bucket(Bucket=bucket.name)
    yield replace(parts, bucket=bucket)
    await bucket.client.delete_bucket(Bucket=bucket.name)


def plain(rules: Sequence[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    return {rule.pop("ID"): rule for rule in rules}


async def test_ours_are_written_and_others_are_kept(another: Parts) -> None:
    assert await another.bucket.rules() == []
    await another.bucket.set_rules([FOREIGN, STALE])
    for _ in range(2):
        said = await storage_rules(another)
    found = await another.bucket.rules()
    assert [json.loads(line) for line in said.splitlines()[1:]] == found
    assert plain(found) == plain(
        [
            dict(FOREIGN),
            {
                "ID": "heliograph-quarantine",
                "Status": "Enabled",
                "Filter": {"Prefix": "quarantine/"},
                "Expiration": {"Days": 2},
            },
            {
                "ID": "heliograph-multiparts",
                "Status": "Enabled",
                "Filter": {"Prefix": ""},
                "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 2},
            },
        ]
    )


async def test_a_store_without_colder_classes_says_so(another: Parts) -> None:
    with pytest.raises(OSError, match=r"every rule but that of the originals.*NotImplemented"):
        await storage_rules(another, "GLACIER_IR")
    assert set(plain(await another.bucket.rules())) == {"heliograph-quarantine", "heliograph-multiparts"}
