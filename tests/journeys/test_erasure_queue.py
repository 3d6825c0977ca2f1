"""What is to go from storage goes: also what came late, what many are at, and what nobody remembers."""

import asyncio
import secrets
from collections.abc import AsyncIterator, Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from botocore.exceptions import ClientError

from clients import postgres
from clients.edge import Edges
from clients.s3 import Bucket, ObjectMissingError
from domain import parking
from domain.media import erasure_queue, storage
from tests.conftest import NewPerson
from tests.support.client import until
from tests.support.fake_edge import Edge
from tests.support.opaque_ids import number
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


@pytest.fixture
async def alone(parts: Parts, spare_database: str) -> AsyncIterator[Parts]:
    """With an erasure queue that no sweeper looks at but those of the test."""
    db = await postgres.connect(spare_database, size=10)
    yield replace(parts, db=db)
    await db.close()


async def test_what_is_written_while_it_is_deleted_goes_too(alone: Parts, tmp_path: Path) -> None:
    """A worker that has lost its claim may still be writing."""
    early, late = (f"media/{TOKEN}/{digit * 64}.jpg" for digit in "01")
    await put(alone, early, tmp_path)

    class Slow(Bucket):
        async def delete(self, keys: Iterable[str]) -> None:
            await super().delete(keys)
            await put(alone, late, tmp_path)

    slow = replace(alone, bucket=Slow(alone.bucket.client, alone.bucket.name))
    await erasure_queue.erase(alone.db, [TOKEN])
    [erasure] = await erasure_queue.due(alone.db, 16)
    with pytest.raises(OSError, match="1 objects"):
        await sweeper._empty(slow, erasure)
    assert await lying(alone, TOKEN) == [late]
    await sweeper._empty(alone, erasure)
    assert await lying(alone, TOKEN) == []
    # Another sweeper that has it too finds nothing, and forgets nothing.
    await sweeper._empty(alone, erasure)
    found = await alone.db.fetchval("SELECT found FROM erasures WHERE id = $1", erasure.id)
    assert sorted(found) == [early, late]


async def test_objects_are_erased_that_a_store_does_not_list(alone: Parts, tmp_path: Path) -> None:
    """As SeaweedFS does not list a folder whose own entry was lost on a full disk, until something is put there."""
    hidden = f"media/{TOKEN}/{'2' * 64}.jpg"
    await put(alone, hidden, tmp_path)

    class Forgetful(Bucket):
        lists = False

        async def touch(self, key: str) -> None:
            await super().touch(key)
            self.lists |= key.startswith(f"media/{TOKEN}/")

        async def list(self, prefix: str) -> AsyncIterator[tuple[str, datetime]]:
            async for found in super().list(prefix):
                if self.lists or not found[0].startswith("media/"):
                    yield found

    forgetful = replace(alone, bucket=Forgetful(alone.bucket.client, alone.bucket.name))
    await erasure_queue.erase(alone.db, [TOKEN])
    [erasure] = await erasure_queue.due(alone.db, 1)
    await sweeper._empty(forgetful, erasure)
    with pytest.raises(ObjectMissingError):
        await alone.bucket.head(hidden)
    assert not await lying(alone, TOKEN)


async def test_two_sweepers_erase_many_at_a_time(alone: Parts, tmp_path: Path) -> None:
    """Each upload is in the hands of one, and what cannot be erased keeps nobody waiting."""
    tokens = [secrets.token_hex(16) for _ in range(128)]
    keys = {f"media/{token}/{'0' * 64}.jpg" for token in tokens[:24]}
    locked = f"media/{tokens[0]}/{'0' * 64}.jpg"
    await asyncio.gather(*(put(alone, key, tmp_path) for key in keys))
    at_work, most, deleted = 0, 0, []

    class Watched(Bucket):
        async def delete(self, keys: Iterable[str]) -> None:
            nonlocal at_work, most
            wanted = list(keys)
            if locked in wanted:
                raise OSError("It is locked.")
            at_work += 1
            most = max(most, at_work)
            await super().delete(wanted)
            deleted.extend(wanted)
            at_work -= 1

    edge = Edge()
    edges = Edges([edge.url])
    parts = replace(alone, bucket=Watched(alone.bucket.client, alone.bucket.name), edges=edges)

    async def sweep() -> None:
        while await sweeper._erasures(parts):
            pass

    async def tell() -> None:
        while await sweeper._edges(parts):
            pass

    await erasure_queue.erase(alone.db, tokens)
    await asyncio.gather(sweep(), sweep())
    assert 2 <= most <= 32
    assert len(deleted) == len(set(deleted)), "no two are at the same"
    gone = {key for key in deleted if key.startswith("media/") and not key.endswith(storage.MARKER)}
    assert gone == keys - {locked}
    later = await alone.db.fetch("SELECT token FROM erasures WHERE NOT gone AND due_at > now()")
    assert [record["token"] for record in later] == [tokens[0]], "it is tried again in a minute"

    await alone.db.execute("UPDATE erasures SET due_at = now() WHERE gone")
    async with edge.up():
        await asyncio.gather(tell(), tell())
    await edges.close()
    shown = sorted(key.removeprefix("media/") for key in keys - {locked})
    assert sorted(edge.asked) == [f"PURGE /cached/{path}" for path in shown]
    assert await alone.db.fetchval("SELECT count(*) FROM erasures") == 1
    await alone.bucket.delete([locked])


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
    turns = sweeper.pairs(now)
    assert sorted(turns) == [f"{pair:02x}" for pair in range(256)]
    turns.rotate(-turns.index(token[:2]))
    with pytest.raises(ClientError):
        await sweeper.orphans(replace(parts, bucket=Bucket(parts.bucket.client, "nowhere")), turns, now)
    assert turns[0] == token[:2], "no turn is lost while storage is away"
    await sweeper.orphans(parts, turns, now)
    assert len(await lying(parts, orphan)) == 2, "what is young may be somebody's in a moment"
    assert turns[-1] == token[:2]
    turns.rotate(1)
    await sweeper.orphans(parts, turns, now + timedelta(days=2))
    await until(lambda: lying(parts, orphan), lambda keys: not keys)
    assert multipart not in {id async for _, id, _ in parts.bucket.multiparts("originals/")}
    assert await lying(parts, token) == kept


async def test_erasure_that_storage_refuses_backs_off_and_is_parked(
    alone: Parts, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Refusing(Bucket):
        async def delete(self, keys: Iterable[str]) -> None:
            raise OSError("refused")

    monkeypatch.setattr(erasure_queue, "MAX_TRIES", 3)
    refusing = replace(alone, bucket=Refusing(alone.bucket.client, alone.bucket.name))
    await erasure_queue.erase(alone.db, [TOKEN])
    pauses = []
    for failures in (1, 2):
        await sweeper._erasures(refusing)
        row = await alone.db.fetchrow("SELECT failures, due_at - now() AS pause FROM erasures")
        assert row["failures"] == failures
        pauses.append(row["pause"])
        await alone.db.execute("UPDATE erasures SET due_at = now()")
    assert timedelta(seconds=0.8) < pauses[0] <= timedelta(seconds=2) <= pauses[1] + timedelta(seconds=0.2)
    await sweeper._erasures(refusing)
    assert await alone.db.fetchval("SELECT count(*) FROM erasures") == 0
    assert await parking.redrive(alone.db, "erasures") == (1, 0)
    assert [erasure.token for erasure in await erasure_queue.due(alone.db, 16)] == [TOKEN]


async def test_marker_of_another_sweeper_is_no_failure(alone: Parts, tmp_path: Path) -> None:
    shown = f"media/{TOKEN}/{'3' * 64}.jpg"
    await put(alone, shown, tmp_path)

    class Beside(Bucket):
        """Another sweeper has it too, and stores its marker after the objects are deleted."""

        async def delete(self, keys: Iterable[str]) -> None:
            await super().delete(keys)
            await super().touch(storage.marker_key(TOKEN))

    await erasure_queue.erase(alone.db, [TOKEN])
    [erasure] = await erasure_queue.due(alone.db, 1)
    await sweeper._empty(replace(alone, bucket=Beside(alone.bucket.client, alone.bucket.name)), erasure)
    assert await lying(alone, TOKEN) == [storage.marker_key(TOKEN)]
    await sweeper._empty(alone, erasure)
    assert await lying(alone, TOKEN) == []


async def test_erasure_is_not_parked_because_storage_is_away(alone: Parts, monkeypatch: pytest.MonkeyPatch) -> None:
    class Away(Bucket):
        async def delete(self, keys: Iterable[str]) -> None:
            raise OSError("away")

        async def works(self, key: str) -> bool:
            return False

    monkeypatch.setattr(erasure_queue, "MAX_TRIES", 2)
    away = replace(alone, bucket=Away(alone.bucket.client, alone.bucket.name))
    await erasure_queue.erase(alone.db, [TOKEN])
    for _ in range(4):
        await sweeper._erasures(away)
        await alone.db.execute("UPDATE erasures SET due_at = now()")
    assert await alone.db.fetchval("SELECT failures FROM erasures") == 0
    assert await parking.count(alone.db) == 0
