"""What is to go from storage goes: also what came late, and what nobody remembers."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from clients.s3 import Bucket
from tests.client import until
from tests.conftest import NewPerson
from tests.workers.conftest import number
from workers import sweeper
from workers.parts import Parts

TOKEN = "c0ffee" + "0" * 26


async def lying(parts: Parts, token: str) -> list[str]:
    """The keys of an upload's objects."""
    return [
        key for prefix in ("quarantine/", "originals/", "media/") async for key, _ in parts.bucket.list(prefix + token)
    ]


async def put(parts: Parts, key: str, tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_bytes(b"x")
    await parts.bucket.put(key, file, "image/jpeg", "no-store")


async def test_what_is_written_while_it_is_deleted_goes_too(person: NewPerson, parts: Parts, tmp_path: Path) -> None:
    """A worker that has lost its claim may still be writing."""
    late = f"media/{TOKEN}/{'1' * 64}.jpg"
    await put(parts, f"media/{TOKEN}/{'0' * 64}.jpg", tmp_path)

    class Slow(Bucket):
        written = False

        async def delete(self, keys: Iterable[str]) -> None:
            await super().delete(keys)
            if not self.written:
                self.written = True
                await put(parts, late, tmp_path)

    bucket = Slow(parts.bucket.client, parts.bucket.name)
    erasure: Any = await parts.db.fetchrow(
        "INSERT INTO erasures (id, token, due_at) VALUES (next_id(0), $1, now() + interval '1 hour') "
        "RETURNING id, token, keys, found",
        TOKEN,
    )
    with pytest.raises(OSError, match="1 objects"):
        await sweeper._erase(replace(parts, bucket=bucket), sweeper.Erasure(**erasure))
    assert await lying(parts, TOKEN) == [late]
    # It is in the ledger still, and knows of both.
    found = await parts.db.fetchval("SELECT found FROM erasures WHERE id = $1", erasure["id"])
    assert len(found) == 2
    await parts.db.execute("UPDATE erasures SET due_at = now() WHERE id = $1", erasure["id"])
    await until(lambda: lying(parts, TOKEN), lambda keys: not keys)


async def test_what_belongs_to_no_upload_is_found_within_a_day(person: NewPerson, parts: Parts, tmp_path: Path) -> None:
    ada = await person()
    upload = await ada.upload()
    await ada.processed(upload)
    token = await parts.db.fetchval("SELECT token FROM uploads WHERE id = $1", number(upload))
    orphan = token[:2] + "f" * 30
    for key in (f"media/{orphan}/{'0' * 64}.jpg", f"originals/{orphan}"):
        await put(parts, key, tmp_path)
    multipart = await parts.bucket.create_multipart(f"originals/{token[:2]}{'e' * 30}", "video/mp4")
    kept = await lying(parts, token)
    now = datetime.now(UTC)
    # All pairs of digits have their turn within a day.
    turns = [now + timedelta(seconds=n * 337.5) for n in range(256)]
    [turn] = [turn for turn in turns if f"{int(turn.timestamp() // 337.5) % 256:02x}" == token[:2]]
    await sweeper.orphans(parts, turn)
    assert len(await lying(parts, orphan)) == 2, "what is young may be somebody's in a moment"
    await sweeper.orphans(parts, turn + timedelta(days=2))
    await until(lambda: lying(parts, orphan), lambda keys: not keys)
    assert multipart not in {id async for _, id, _ in parts.bucket.multiparts("originals/")}
    assert await lying(parts, token) == kept
