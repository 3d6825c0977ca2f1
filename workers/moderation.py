"""Commands for moderators: list reviews, decide, ban pictures, and exclude hashtags from the trends.

Uploads are identified by their numbers here.
"""

import asyncio
import shutil
from pathlib import Path

from clients.s3 import ObjectMissingError
from domain.hashtags import bans
from domain.hashtags.bans import InvalidHashtagError
from domain.media import actions
from domain.media.formats import FORMATS
from domain.moderation import reviews
from domain.moderation.banned import Banned
from domain.moderation.reviews import NotWaiting
from kit.sandbox import InvalidInputError
from kit.scratch import scratch
from workers.media import SCRATCH, tools
from workers.parts import Parts

__all__ = [
    "InvalidHashtagError",
    "NotWaiting",
    "allow",
    "allow_hashtag",
    "ban",
    "ban_hashtag",
    "banned_hashtags",
    "reject",
    "save",
    "waiting",
]

# File name suffixes: the last parts of the content types, and one more.
_TYPES = {f".{type.rpartition('/')[2]}": type for type, format in FORMATS.items() if format.kind == "PHOTO"} | {
    ".jpg": "image/jpeg"
}


async def waiting(parts: Parts) -> str:
    """Return a line for each upload in review, longest waiting first."""
    lines = [
        f"{each.upload_id}  {each.created_at:%Y-%m-%d %H:%M}  {each.owner}  {each.content_type}  {each.doubt}"
        for each in await reviews.waiting(parts.db)
    ]
    return "\n".join(lines) or "Nothing is in review."


async def save(parts: Parts, upload_id: str, file: str) -> str:
    """Write the bytes of an upload in review to a file. Raises NotWaiting, OSError."""
    missing = ""
    while found := await reviews.waiting(parts.db, _number(upload_id)):
        original = found[0].original
        if original == missing:
            raise FileNotFoundError(f"Storage has no {original}.")
        try:
            await parts.bucket.download(original, await parts.bucket.head(original), Path(file))
        except ObjectMissingError:
            missing = original  # It may have been renamed in the meantime.
            continue
        return f"Saved to {file}."
    raise NotWaiting


async def allow(parts: Parts, upload_id: str) -> str:
    """Approve an upload in review. Raises NotWaiting."""
    number = _number(upload_id)
    await actions.announce(parts.live, await reviews.allow(parts.db, number), number)
    return "Allowed."


async def reject(parts: Parts, upload_id: str, reason: str) -> str:
    """Reject an upload in review; its owner sees the reason. Raises NotWaiting."""
    number = _number(upload_id)
    await actions.announce(parts.live, await reviews.reject(parts.db, number, reason), number)
    return "Rejected."


async def ban(parts: Parts, file: str, reason: str) -> str:
    """Ban pictures that look like the file. An upload of one is rejected with `reason`.

    Raises InvalidInputError, OSError, and what a Sandbox raises.
    """
    content_type = _TYPES.get(Path(file).suffix.lower())
    if content_type is None:
        raise InvalidInputError("INVALID", f"The name of a picture ends in {', '.join(_TYPES)}.")
    with scratch(SCRATCH) as folder:
        source = folder / "source"
        await asyncio.to_thread(shutil.copyfile, file, source)
        async with tools(parts, folder) as made_with:
            place = {"source": str(source), "into": str(folder)}
            answer = await made_with.photos.run({"op": "photo", "content_type": content_type, "filter": None, **place})
    if "animated" in answer:
        raise InvalidInputError("INVALID", "That picture moves: ban one of its frames.")
    look = answer["looks"][0]
    if look["quality"] < Banned.LEAST_QUALITY:
        raise InvalidInputError("INVALID", "The picture has too little detail to be told from others.")
    await Banned(parts.db).add(look["hashes"][0], reason)
    return f"Banned: {look['hashes'][0]}."


async def ban_hashtag(parts: Parts, name: str) -> str:
    """Exclude a hashtag from the trends. Raises InvalidHashtagError."""
    return f"#{await bans.ban(parts.db, name)} does not trend any more."


async def allow_hashtag(parts: Parts, name: str) -> str:
    """Lift the ban of a hashtag. Raises InvalidHashtagError."""
    name, was_banned = await bans.allow(parts.db, name)
    return f"#{name} can trend again." if was_banned else f"#{name} was not banned."


async def banned_hashtags(parts: Parts) -> str:
    """Return a line for each banned hashtag."""
    return "\n".join(f"#{name}" for name in await bans.banned(parts.db)) or "No hashtag is banned."


def _number(upload_id: str) -> int:
    # IDs have 63 bits.
    if not upload_id.isdecimal() or len(upload_id) > 19 or int(upload_id) >> 63:
        raise NotWaiting
    return int(upload_id)
