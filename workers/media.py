"""Processing of uploads to pictures and videos."""

import asyncio
import contextlib
import itertools
import logging
import secrets
import shutil
import tempfile
import time
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from functools import partial
from pathlib import Path

import msgspec

from clients.s3 import ObjectMissingError
from domain.media import actions, jobs, queue, storage
from domain.media.jobs import IsVideo, Job, Made, Outcome, Slow
from domain.media.queue import Kind, Lane
from domain.media.reads import post_of
from domain.moderation.banned import Banned
from domain.moderation.checks import Check, KnownPictures, Nudity
from domain.posts import cache
from domain.publication import publish_if_ready
from kit.backoff import backoff
from kit.errors import UserError
from kit.sandbox import InvalidInputError, Sandbox, SandboxCrash, SandboxTimeout
from kit.scratch import scratch
from workers import kill_points
from workers.loop import forever
from workers.parts import Parts
from workers.renditions import Rendering, Tools

log = logging.getLogger(__name__)

TRIES = 3
MAX_OTHER_TRIES = 12
"""The maximum attempts of an upload that fails while storage works. Their pauses take about half an hour."""

# The kinds that each worker of a process takes, in order of preference (see `queue.at_turn`). No photo waits for a
# video. The last worker takes nothing slow: whatever the others do, it is free again within a minute or so.
_PHOTOS = (Kind.SLOW_PHOTO, Kind.QUICK_PHOTO)
LANES: tuple[Lane, ...] = (
    ((Kind.QUICK_PHOTO,), (Kind.SLOW_PHOTO,)),
    ((Kind.LONG_VIDEO, Kind.SHORT_VIDEO), _PHOTOS),
    ((Kind.SHORT_VIDEO,), (Kind.QUICK_PHOTO,)),
)
SCRATCH = "heliograph-media-"
_DECODER = "domain.media.decoder"
_MEMORY = {"PHOTO": 1536 * 1024**2, "VIDEO": 3072 * 1024**2}
# Errors that the file may cause: the last ones if a decoder returns an invalid response.
_OF_THE_FILE = (
    ObjectMissingError,
    SandboxTimeout,
    SandboxCrash,
    LookupError,
    TypeError,
    ValueError,
    msgspec.MsgspecError,
)
_PAUSE = 0.1
_RETRY = timedelta(seconds=2)
_LONGEST_PAUSE = timedelta(minutes=10)
_TOLD_EVERY = 1.0
_PATIENCE = 5.0


class LostClaim(Exception):
    """Another worker has leased the upload, or it was deleted."""


async def run(parts: Parts) -> None:
    """Process uploads until cancelled: three at a time, at most two of them videos, at most one of these long."""
    settings = parts.settings
    checks: list[Check] = [KnownPictures(Banned(parts.db)), Nudity(settings.nudity_review, settings.nudity_reject)]
    served: deque[int] = deque(maxlen=queue.RECENT)
    async with asyncio.TaskGroup() as tasks:
        for lane in LANES:
            tasks.create_task(_lane(parts, checks, lane, served))


async def _lane(parts: Parts, checks: Sequence[Check], lane: Lane, served: deque[int]) -> None:
    """A decoder process handles one upload at a time, isolated from all others."""
    with scratch(SCRATCH) as folder:
        async with tools(parts, folder, checks) as made_with:
            turns = itertools.count(1)
            await forever("media", partial(_step, parts, made_with, folder, lane, turns, served), _PAUSE)


@asynccontextmanager
async def tools(parts: Parts, folder: Path, checks: Sequence[Check] = ()) -> AsyncIterator[Tools]:
    """Sandboxes that work in `folder`, and the moderation checks of their results."""
    photos = Sandbox(_DECODER, workers=1, timeout=60, memory_bytes=_MEMORY["PHOTO"], folder=folder)
    videos = Sandbox(_DECODER, workers=1, timeout=60, memory_bytes=_MEMORY["VIDEO"], folder=folder, programs=True)
    try:
        yield Tools(parts.bucket, photos, videos, checks)
    finally:
        await photos.close()
        await videos.close()


async def _step(
    parts: Parts, made_with: Tools, folder: Path, lane: Lane, turns: Iterator[int], served: deque[int]
) -> bool:
    job = await queue.claim(parts.db, queue.at_turn(lane, next(turns)), served, parts.settings.media_per_owner)
    if job is None:
        return False
    served.append(job.owner_id)
    place = Path(tempfile.mkdtemp(dir=folder))
    takes_slow = any(kind.value[1] for group in lane for kind in group)
    try:
        await _work(parts, made_with, job, place, takes_slow=takes_slow)
    finally:
        # Deleting gigabytes takes a while.
        await asyncio.to_thread(shutil.rmtree, place, ignore_errors=True)
    return True


async def _work(parts: Parts, made_with: Tools, job: Job, folder: Path, *, takes_slow: bool) -> None:
    try:
        async with _kept(parts, job) as tell:
            kill_points.reached("media claimed")
            outcome = await _outcome(parts, Rendering(made_with, job, folder, tell, takes_slow=takes_slow), job)
            kill_points.reached("media stored" if job.status == "PROCESSING" else "renditions stored")
            kept = await jobs.finish(parts.db, job, outcome, publish_if_ready)
    except LostClaim:
        # The transaction that deleted it has enqueued the erasure of everything, for when no process can write any
        # more.
        return
    except asyncio.CancelledError:
        with contextlib.suppress(Exception):
            async with asyncio.timeout(2):
                await jobs.release(parts.db, job, timedelta(), failed=False)
        raise
    except Exception as error:
        if isinstance(error, ObjectMissingError) and job.original is None:
            await jobs.unreceive(parts.db, job)
            await actions.announce(parts.live, job.owner_id, job.upload_id)
            return
        if _of_the_file(error):
            log.exception("media: upload %d cannot be read, try %d of %d", job.upload_id, job.failures + 1, TRIES)
            await jobs.release(parts.db, job, _RETRY * 5**job.failures, failed=True)
        elif await _storage_works(parts):
            pause = backoff(job.other_failures, _RETRY, _LONGEST_PAUSE)
            log.exception("media: upload %d failed, and is tried again in %s", job.upload_id, pause)
            await jobs.retry_later(parts.db, job, pause)
        else:
            # No upload is at fault: the worker waits until storage is back.
            await jobs.release(parts.db, job, _RETRY, failed=False)
            raise
        return
    if kept and not isinstance(outcome, IsVideo | Slow):
        await _tell(parts, job)


async def _outcome(parts: Parts, rendering: Rendering, job: Job) -> Outcome:
    """Keep what is already published: if no more renditions can be made, the existing ones are final.

    The last failed attempt decides: the file is rejected, or storage cannot handle an object.
    """
    of_ours = UserError("INVALID", "The file could not be processed because of an internal error. Upload it again.")
    if job.other_failures >= MAX_OTHER_TRIES:  # each time after this
        return _kept_or(job, of_ours)
    try:
        return await rendering.outcome()
    except InvalidInputError as refused:
        refusal = UserError(refused.code, refused.message)
        log.info("media: upload %d is refused: %s", job.upload_id, refused)
    except Exception as error:
        if isinstance(error, ObjectMissingError) and job.original is None:
            raise
        if _of_the_file(error):
            if job.failures + 1 < TRIES:
                raise
            refusal = UserError("INVALID", "The file could not be read. Check that it is a valid photo or video.")
        else:
            if job.other_failures + 1 < MAX_OTHER_TRIES or not await _storage_works(parts):
                raise
            refusal = of_ours
        log.exception("media: upload %d is given up", job.upload_id)
    return _kept_or(job, refusal)


def _kept_or(job: Job, refusal: UserError) -> Outcome:
    """Return the published media of the upload, else the rejection."""
    return Made(job.media, job.renditions) if job.media is not None and job.status == "READY" else refusal


async def _storage_works(parts: Parts) -> bool:
    """Return whether storage accepts other objects: then a failure concerns one upload alone."""
    return await parts.bucket.works(storage.quarantine_key(secrets.token_hex(16)))


def _of_the_file(error: BaseException) -> bool:
    """Return whether a retry is useless. In an exception group one such error is enough."""
    if isinstance(error, BaseExceptionGroup):
        return any(_of_the_file(each) for each in error.exceptions)
    return isinstance(error, _OF_THE_FILE)


async def _tell(parts: Parts, job: Job) -> None:
    """Update the cached row of the post that shows the upload, and notify open streams."""
    if job.status == "READY":
        [post_id] = await post_of(parts.db, [job.upload_id])
        if post_id is not None:
            await cache.forget(parts.redis, post_id)
    await actions.announce(parts.live, job.owner_id, job.upload_id)
    if job.original is None:
        await parts.bucket.delete([storage.quarantine_key(job.token)])


async def _hint(parts: Parts, job: Job) -> None:
    """Send a hint to the streams that watch the upload; they also poll."""
    try:
        async with asyncio.timeout(_PATIENCE):
            await actions.announce(parts.live, job.owner_id, job.upload_id)
    except Exception as error:
        log.warning("media: the streams got no hint of upload %d: %r", job.upload_id, error)


@asynccontextmanager
async def _kept(parts: Parts, job: Job) -> AsyncIterator[Callable[[float], None]]:
    """Renew the lease while the block runs, and end the block with LostClaim if it is lost.

    Progress that the block reports is written every second.
    """
    block = asyncio.current_task()
    lost, told = False, -1.0

    def tell(progress: float) -> None:
        nonlocal told
        told = progress

    async def keep() -> None:
        nonlocal lost
        written, renewed = -1.0, time.monotonic()
        while not lost:
            await asyncio.sleep(_TOLD_EVERY)
            if told <= written and time.monotonic() - renewed < jobs.CLAIM.total_seconds() / 3:
                continue
            news, written = told > written, told
            try:
                async with asyncio.timeout(_PATIENCE):
                    lost = not await jobs.renew(parts.db, job, min(round(max(told, 0), 3), 0.999))
                renewed = time.monotonic()
            except Exception:
                # After that time without a renewal another worker may take it; not before.
                lost = time.monotonic() - renewed > jobs.CLAIM.total_seconds()
                log.exception("media: the claim on upload %d could not be renewed", job.upload_id)
            if news and not lost:
                await _hint(parts, job)
        if block is not None:
            block.cancel()

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
