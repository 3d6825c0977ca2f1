"""What a worker does when its own hold on an upload is in question."""

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from clients.s3 import Bucket
from clients.shards import Shards
from domain.media import decoder_schema
from domain.media.jobs import Job
from kit.sandbox import SandboxCrash
from tests.conftest import NewPerson
from tests.support.opaque_ids import number
from workers import media
from workers.parts import Parts


class _Deaf(Shards):
    """A Valkey that is away."""

    async def publish(self, *entries: Any) -> None:
        raise ConnectionError("away")


async def test_who_cannot_tell_of_progress_goes_on(
    person: NewPerson, parts: Parts, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A hint that is lost costs nobody an hour of encoding."""
    ada = await person()
    upload = await ada.create_upload(b"x")
    await parts.db.execute(
        "UPDATE uploads SET status = 'PROCESSING', attempt = 7, claimed_until = now() + interval '1 hour'"
        " WHERE id = $1",
        number(upload["id"]),
    )
    job = Job(number(upload["id"]), number(ada.id), "0" * 32, False, "image/jpeg", 1, 7)
    monkeypatch.setattr(media, "_TOLD_EVERY", 0.01)
    deaf = replace(parts, live=_Deaf("redis://127.0.0.1:1"))
    async with asyncio.timeout(10), media._kept(deaf, job) as tell:
        for progress in (0.2, 0.4, 0.3):
            tell(progress)
            while await told(parts, job) < min(progress, 0.4) - 0.001:
                await asyncio.sleep(0.01)
        assert await told(parts, job) == pytest.approx(0.4), "it never goes back"

    async def lose() -> None:
        async with media._kept(deaf, job) as tell:
            await parts.db.execute("UPDATE uploads SET attempt = 8 WHERE id = $1", job.upload_id)
            tell(0.9)
            await asyncio.Event().wait()

    with pytest.raises(media.LostClaim):
        await asyncio.wait_for(lose(), 10)


async def told(parts: Parts, job: Job) -> float:
    progress: float = await parts.db.fetchval("SELECT progress FROM uploads WHERE id = $1", job.upload_id)
    return progress


def test_who_is_to_blame() -> None:
    group = ExceptionGroup("puts", [ConnectionError(), ExceptionGroup("inner", [ValueError("no hash")])])
    assert media._of_the_file(group)
    assert media._of_the_file(SandboxCrash())
    assert not media._of_the_file(ExceptionGroup("puts", [ConnectionError(), OSError(28, "full")]))


@pytest.mark.parametrize(
    "wrong",
    [
        {"width": "x"},
        {"width": 0},
        {"blurhash": "x" * 7_000_000},
        {"renditions": []},
    ],
)
def test_what_a_decoder_must_not_answer(wrong: dict[str, Any]) -> None:
    rendition = {"name": "LARGE", "format": "JPEG", "width": 1, "height": 1, "byte_size": 1, "sha256": "0" * 64}
    picture = {"width": 1, "height": 1, "blurhash": "LEHV6nWB2yk8", "renditions": [rendition | {"path": "x"}] * 8}
    looks = [{"hashes": ["0" * 64], "quality": 1, "nudity": None}]
    assert decoder_schema.read({"picture": picture, "looks": looks}, decoder_schema.Photo)["picture"]["width"] == 1
    with pytest.raises(decoder_schema.Nonsense):
        decoder_schema.read({"picture": picture | wrong, "looks": looks}, decoder_schema.Photo)


async def test_upload_is_not_to_blame_while_storage_is_away(
    person: NewPerson, parts: Parts, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    ada = await person()
    upload = await ada.create_upload(b"x")
    await parts.db.execute(
        "UPDATE uploads SET status = 'PROCESSING', attempt = 7, claimed_until = now() + interval '1 hour'"
        " WHERE id = $1",
        number(upload["id"]),
    )
    job = Job(number(upload["id"]), number(ada.id), "0" * 32, False, "image/jpeg", 1, 7)

    async def refuse(*_: Any) -> Any:
        raise OSError("refused")

    class Away(Bucket):
        async def works(self, key: str) -> bool:
            return False

    monkeypatch.setattr(media, "_outcome", refuse)
    away = replace(parts, bucket=Away(parts.bucket.client, parts.bucket.name))
    tools: Any = None
    with pytest.raises(OSError, match="refused"):
        await media._work(away, tools, job, tmp_path, takes_slow=True)
    counts = await parts.db.fetchrow("SELECT failures, other_failures FROM uploads WHERE id = $1", job.upload_id)
    assert tuple(counts) == (0, 0)
