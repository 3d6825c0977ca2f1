"""Uploads."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import Any

from domain import channels
from domain.media import actions
from domain.media.actions import File
from domain.media.rows import Upload
from domain.rows import number_of
from kit.errors import BadUserInput
from resolvers.context import Context

MAX_WATCHED = 30
LOOK_AGAIN = 5.0


class Target:
    """One PUT of the whole file."""

    def __init__(self, url: str, upload: Upload) -> None:
        self.url = url
        # The length is signed too, but every HTTP client says it by itself, and browsers let nobody else.
        headers = actions.put_headers(upload)
        self.headers = [Header(name, value) for name, value in headers.items() if name != "content-length"]


class Header:
    """A header of that PUT."""

    def __init__(self, name: str, value: str) -> None:
        self.name = name
        self.value = value


def target(context: Context, upload: Upload) -> Target | None:
    """Where to send the bytes, signed anew; None once they have come or cannot come any more."""
    url = actions.put_url(context.services.signer, upload, context.now)
    return Target(url, upload) if url else None


async def create(context: Context, input: Any) -> dict[str, Any]:
    """Places for files: {uploads}, in their order. Raises UserErrors."""
    files = [File(file.kind.value, file.content_type, file.byte_size) for file in input.files]
    viewer_id = context.require_viewer()
    ids = await actions.create_uploads(context.services.db, viewer_id, files, input.idempotency_key)
    return {"uploads": [row for row in await context.loaders.upload_by_id.load_many(ids) if row]}


async def watch(context: Context, upload_ids: Sequence[str]) -> AsyncIterator[Upload]:
    """The state of each upload now, then each change. Ends when none can change any more, or the token runs out.

    What is published is a hint to look; it is looked every 5 s without one too.
    """
    if not 1 <= len(upload_ids) <= MAX_WATCHED:
        raise BadUserInput(f"Watch 1 to {MAX_WATCHED} uploads.")
    waiting = dict.fromkeys((number_of(Upload, id) for id in upload_ids), "")
    async with context.services.broadcast.subscribe(channels.uploads_of(context.require_viewer())) as events:
        while waiting:
            context.forget()
            for id, upload in zip(
                list(waiting), await context.loaders.upload_by_id.load_many(list(waiting)), strict=True
            ):
                if upload is not None and upload.status != waiting[id]:
                    waiting[id] = upload.status
                    yield upload
                if upload is None or upload.status in ("READY", "REJECTED", "EXPIRED"):
                    del waiting[id]
            if waiting:
                await hint(events)
                context.require_viewer()


async def hint(events: Any) -> None:
    """Wait until something is published, 5 s at most."""
    try:
        async with asyncio.timeout(LOOK_AGAIN):
            await events.get()
    except TimeoutError:
        return
