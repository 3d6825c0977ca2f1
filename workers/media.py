"""Uploads to pictures and videos."""

import asyncio
import logging
import shutil
import tempfile
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from functools import partial
from pathlib import Path

import msgspec

from clients.s3 import Missing
from domain.media import actions, jobs, storage
from domain.media.jobs import Job, Made, Outcome
from domain.media.reads import post_of
from domain.moderation.banned import Banned
from domain.moderation.checks import Check, KnownPictures, Nudity
from domain.posts import cache
from kit.errors import UserError
from kit.sandbox import Sandbox, SandboxCrash, SandboxTimeout
from kit.scratch import scratch
from workers import kill_points
from workers.loop import forever
from workers.parts import Parts
from workers.renditions import Rendering, Tools

log = logging.getLogger(__name__)

TRIES = 3
# What each of the workers of a process looks for, in this order: no photo waits for a video.
LANES = (("PHOTO",), ("VIDEO", "PHOTO"))
SCRATCH = "heliograph-media-"
_DECODER = "domain.media.decoder"
_MEMORY = {"PHOTO": 1536 * 1024**2, "VIDEO": 3072 * 1024**2}
# What the file can be to blame for: the last ones where a decoder answers what it never would by itself.
_OF_THE_FILE = (SandboxTimeout, SandboxCrash, LookupError, TypeError, ValueError, msgspec.MsgspecError)
_PAUSE = 0.1
_RETRY = timedelta(seconds=2)
_TOLD_EVERY = 1.0


class LostClaim(Exception):
    """Another worker has the upload by now, or it was deleted."""


async def run(parts: Parts) -> None:
    """Process uploads, one of them at a time a video, until cancelled."""
    async with asyncio.TaskGroup() as tasks:
        for kinds in LANES:
            tasks.create_task(_lane(parts, kinds))


async def _lane(parts: Parts, kinds: tuple[str, ...]) -> None:
    """What decodes one upload never sees another that is in work."""
    with scratch(SCRATCH) as folder:
        async with tools(parts, folder) as made_with:
            await forever("media", partial(_step, parts, made_with, folder, kinds), _PAUSE)


@asynccontextmanager
async def tools(parts: Parts, folder: Path) -> AsyncIterator[Tools]:
    """Jails that work in `folder`, and the checks that the settings ask for."""
    settings = parts.settings
    checks: list[Check] = [KnownPictures(Banned(parts.db)), Nudity(settings.nudity_review, settings.nudity_reject)]
    photos = Sandbox(_DECODER, workers=1, timeout=60, memory_bytes=_MEMORY["PHOTO"], folder=folder)
    videos = Sandbox(_DECODER, workers=1, timeout=60, memory_bytes=_MEMORY["VIDEO"], folder=folder, programs=True)
    try:
        yield Tools(parts.bucket, photos, videos, checks)
    finally:
        await photos.close()
        await videos.close()


async def _step(parts: Parts, made_with: Tools, folder: Path, kinds: tuple[str, ...]) -> bool:
    for kind in kinds:
        job = await jobs.claim(parts.db, kind)
        if job is not None:
            place = Path(tempfile.mkdtemp(dir=folder))
            try:
                await _work(parts, made_with, job, place)
            finally:
                # Gigabytes take a while to forget.
                await asyncio.to_thread(shutil.rmtree, place, ignore_errors=True)
            return True
    return False


async def _work(parts: Parts, made_with: Tools, job: Job, folder: Path) -> None:
    try:
        async with _kept(parts, job) as tell:
            kill_points.reached("media claimed")
            outcome = await _outcome(Rendering(made_with, job, folder, tell), job)
            kill_points.reached("media stored" if job.status == "PROCESSING" else "renditions stored")
            kept = await jobs.finish(parts.db, job, outcome)
    except LostClaim:
        kept = False
    except Missing:
        if job.original is not None:
            await jobs.release(parts.db, job, _RETRY, failed=False)
            raise
        await jobs.unreceive(parts.db, job)
        return
    except Exception as error:
        await jobs.release(parts.db, job, _RETRY, failed=isinstance(error, _OF_THE_FILE))
        raise
    if kept:
        await _tell(parts, job)
    elif not await jobs.exists(parts.db, job.upload_id):
        await parts.bucket.delete(await storage.holdings(parts.bucket, job.token))


async def _outcome(rendering: Rendering, job: Job) -> Outcome:
    try:
        return await rendering.outcome()
    except _OF_THE_FILE:
        if job.failures + 1 < TRIES:
            raise
        if job.media is not None and job.status == "READY":
            log.exception("media: upload %d stays with the renditions it has", job.upload_id)
            return Made(job.media, job.renditions)
        return UserError("INVALID", "That file could not be read.")


async def _tell(parts: Parts, job: Job) -> None:
    """Whoever waits for the upload, and the row cache of the post that shows it."""
    if job.original is None:
        await parts.bucket.delete([storage.quarantine_key(job.token)])
    if job.status == "READY":
        [post_id] = await post_of(parts.db, [job.upload_id])
        if post_id is not None:
            await cache.forget(parts.redis, post_id)
    await actions.announce(parts.live, job.owner_id, job.upload_id)


@asynccontextmanager
async def _kept(parts: Parts, job: Job) -> AsyncIterator[Callable[[float], None]]:
    """Renew the claim while the block runs, and end the block with LostClaim when it is lost.

    What the block tells of its progress is written every second.
    """
    block = asyncio.current_task()
    lost, told = False, -1.0

    def tell(progress: float) -> None:
        nonlocal told
        told = progress

    async def keep() -> None:
        nonlocal lost
        written, renewed = -1.0, time.monotonic()
        while True:
            await asyncio.sleep(_TOLD_EVERY)
            try:
                async with asyncio.timeout(jobs.CLAIM.total_seconds() / 3):
                    if told > written:
                        written = told
                        lost = not await jobs.advance(parts.db, job, min(round(written, 3), 0.999))
                        await actions.announce(parts.live, job.owner_id, job.upload_id)
                    if time.monotonic() - renewed > jobs.CLAIM.total_seconds() / 3:
                        renewed = time.monotonic()
                        lost = lost or not await jobs.renew(parts.db, job)
            except Exception:
                log.exception("media: the claim on upload %d could not be renewed", job.upload_id)
                lost = True
            if lost and block is not None:
                block.cancel()
                return

    keeper = asyncio.create_task(keep(), name="media claim")
    try:
        yield tell
    except asyncio.CancelledError:
        if lost and block is not None:
            block.uncancel()
            raise LostClaim from None
        raise
    finally:
        keeper.cancel()
