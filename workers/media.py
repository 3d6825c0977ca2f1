"""Uploads to pictures."""

import asyncio
import logging
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

from clients.s3 import Missing
from domain.media import actions, jobs, storage
from domain.media.formats import FORMATS
from domain.media.jobs import Job
from kit.errors import UserError
from kit.sandbox import Refused, Sandbox, SandboxCrash, SandboxTimeout
from workers import kill_points
from workers.loop import forever
from workers.parts import Parts

log = logging.getLogger(__name__)

AT_ONCE = 2
TRIES = 3
_PAUSE = 0.1
_RETRY = timedelta(seconds=2)
_TYPES = {"JPEG": ("image/jpeg", "jpg"), "WEBP": ("image/webp", "webp")}


class LostClaim(Exception):
    """Another worker has the upload by now, or it was deleted."""


async def run(parts: Parts) -> None:
    """Process uploads, two at a time, until cancelled."""

    async def step() -> bool:
        job = await jobs.claim(parts.db)
        if job is not None:
            await _work(parts, sandbox, job)
        return job is not None

    async with _folder() as folder:
        sandbox = Sandbox(
            "domain.media.images", workers=AT_ONCE, timeout=20, memory_bytes=1536 * 1024 * 1024, folder=folder
        )
        try:
            async with asyncio.TaskGroup() as tasks:
                for _ in range(AT_ONCE):
                    tasks.create_task(forever("media", step, _PAUSE))
        finally:
            await sandbox.close()


async def _work(parts: Parts, sandbox: Sandbox, job: Job) -> None:
    try:
        async with _kept(parts, job), _folder(sandbox.folder) as folder:
            kill_points.reached("media claimed")
            media, rejection = await _process(parts, sandbox, job, folder)
            kill_points.reached("media stored")
            kept = await jobs.finish(parts.db, job, media, rejection)
    except LostClaim:
        kept = False
    except Missing:
        await jobs.unreceive(parts.db, job)
        return
    except Exception:
        await jobs.release(parts.db, job, _RETRY)
        raise
    if kept:
        await parts.bucket.delete([storage.quarantine_key(job.token)])
        await actions.announce(parts.live, job.owner_id, job.upload_id)
    elif not await jobs.exists(parts.db, job.upload_id):
        await storage.erase(parts.bucket, job.token)


async def _process(
    parts: Parts, sandbox: Sandbox, job: Job, folder: Path
) -> tuple[dict[str, Any] | None, UserError | None]:
    source = folder / "source"
    key = storage.quarantine_key(job.token)
    head = await parts.bucket.head(key)
    if head.byte_size != job.byte_size:
        return None, UserError("INVALID", "The file is not as long as was said.")
    await parts.bucket.download(key, head, source)
    try:
        result = await sandbox.run({"source": str(source), "content_type": job.content_type, "into": str(folder)})
    except Refused as refused:
        return None, UserError(refused.code, refused.message)
    except (SandboxTimeout, SandboxCrash):
        if job.attempt < TRIES:
            raise
        return None, UserError("INVALID", "That picture could not be read.")
    return await _store(parts, job, source, result), None


async def _store(parts: Parts, job: Job, source: Path, result: dict[str, Any]) -> dict[str, Any]:
    """Put the renditions and the original where they stay; what the upload's row keeps of them."""
    variants, puts = [], {}
    for rendition in result["renditions"]:
        content_type, extension = _TYPES[rendition["format"]]
        key = f"{job.token}/{rendition['sha256']}.{extension}"
        # Of what the child says only the name counts: it does not choose which of our files become public.
        puts[storage.MEDIA + key] = (source.parent / Path(rendition["path"]).name, content_type, storage.FOREVER)
        variants.append(
            {name: rendition[name] for name in ("name", "format", "width", "height", "byte_size")} | {"key": key}
        )
    original = f"{storage.ORIGINALS}{job.token}/{result['sha256']}.{FORMATS[job.content_type].extension}"
    puts[original] = (source, job.content_type, "private, no-store")
    async with asyncio.TaskGroup() as tasks:
        for key, (path, content_type, cache_control) in puts.items():
            tasks.create_task(parts.bucket.put(key, path, content_type, cache_control))
    return {name: result[name] for name in ("width", "height", "blurhash")} | {"variants": variants}


@asynccontextmanager
async def _kept(parts: Parts, job: Job) -> AsyncIterator[None]:
    """Renew the claim while the block runs, and end the block with LostClaim when it is lost."""
    block = asyncio.current_task()
    lost = False

    async def renew() -> None:
        nonlocal lost
        while True:
            await asyncio.sleep(jobs.CLAIM.total_seconds() / 3)
            try:
                async with asyncio.timeout(jobs.CLAIM.total_seconds() / 3):
                    lost = not await jobs.renew(parts.db, job)
            except Exception:
                log.exception("media: the claim on upload %d could not be renewed", job.upload_id)
                lost = True
            if lost and block is not None:
                block.cancel()
                return

    keeper = asyncio.create_task(renew(), name="media claim")
    try:
        yield
    except asyncio.CancelledError:
        if lost and block is not None:
            block.uncancel()
            raise LostClaim from None
        raise
    finally:
        keeper.cancel()


@asynccontextmanager
async def _folder(parent: Path | None = None) -> AsyncIterator[Path]:
    with tempfile.TemporaryDirectory(prefix="heliograph-", dir=parent) as name:
        yield Path(name)
