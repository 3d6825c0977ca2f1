"""What a moderator does: look at what waits for them, decide, and ban pictures. Uploads go by their numbers here."""

import mimetypes
import shutil
from pathlib import Path

from domain.media import actions
from domain.moderation import reviews
from domain.moderation.banned import Banned
from domain.moderation.reviews import NotWaiting
from kit.sandbox import Refused
from kit.scratch import scratch
from workers.media import SCRATCH, tools
from workers.parts import Parts

__all__ = ["NotWaiting", "allow", "ban", "reject", "save", "waiting"]


async def waiting(parts: Parts) -> str:
    """A line for each upload in review, those that have waited longest first."""
    lines = [
        f"{each.upload_id}  {each.created_at:%Y-%m-%d %H:%M}  {each.owner}  {each.content_type}  {each.doubt}"
        for each in await reviews.waiting(parts.db)
    ]
    return "\n".join(lines) or "Nothing is in review."


async def save(parts: Parts, upload_id: str, file: str) -> str:
    """Write the bytes of an upload in review to a file. Raises NotWaiting, Missing."""
    found = await reviews.waiting(parts.db, _number(upload_id))
    if not found:
        raise NotWaiting
    await parts.bucket.download(found[0].original, await parts.bucket.head(found[0].original), Path(file))
    return f"Saved to {file}."


async def allow(parts: Parts, upload_id: str) -> str:
    """Let an upload in review be shown. Raises NotWaiting."""
    number = _number(upload_id)
    await actions.announce(parts.live, await reviews.allow(parts.db, number), number)
    return "Allowed."


async def reject(parts: Parts, upload_id: str, reason: str) -> str:
    """Refuse an upload in review; its owner is told why. Raises NotWaiting."""
    number = _number(upload_id)
    await actions.announce(parts.live, await reviews.reject(parts.db, number, reason), number)
    return "Rejected."


async def ban(parts: Parts, file: str, reason: str) -> str:
    """Have nobody send a picture like that in the file; whoever tries is told `reason`. Raises Refused."""
    content_type, _ = mimetypes.guess_type(file)
    with scratch(SCRATCH) as folder:
        source = folder / "source"
        shutil.copyfile(file, source)
        async with tools(parts, folder) as made_with:
            place = {"source": str(source), "into": str(folder)}
            answer = await made_with.photos.run({"op": "photo", "content_type": content_type, "filter": None, **place})
    look = answer["looks"][0]
    if look["quality"] < Banned.LEAST_QUALITY:
        raise Refused("INVALID", "The picture has too little detail to be told from others.")
    await Banned(parts.db).add(look["hashes"][0], reason)
    return f"Banned: {look['hashes'][0]}."


def _number(upload_id: str) -> int:
    if not upload_id.isdecimal():
        raise NotWaiting
    return int(upload_id)
