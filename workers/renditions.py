"""Renditions of an upload: decoded in a sandbox, checked by moderation, then stored publicly."""

import asyncio
import errno
import os
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from clients.s3 import Bucket, Head
from domain.media import decoder_schema, hls
from domain.media.decoder_schema import Encoded, Look, Photo, Survey
from domain.media.jobs import IsVideo, Job, Made, NeedsReview, Outcome, Slow
from domain.media.queue import LONG_VIDEO_MS, SLOW_PHOTO_PIXELS
from domain.media.storage import A_DAY, MEDIA, TYPES, media_key, original_key, quarantine_key
from domain.moderation.checks import Check, judge
from domain.moderation.checks import Outcome as Judged
from kit.errors import UserError
from kit.sandbox import InvalidInputError, Sandbox, SandboxCrash

FIRST_RUNG = 360
"""The first rendition of a video is the largest up to this height: quick to make, and sufficient for a phone."""
FIRST_SHARE = 0.3
_SURVEY_SECONDS = 600.0
_PUTS_AT_ONCE = 8
_LEAST_ROOM = 64 * 1024**2
_EXTENSIONS = {"JPEG": "jpg", "WEBP": "webp"}


@dataclass(frozen=True)
class Tools:
    """The tools for renditions, in one process."""

    bucket: Bucket
    photos: Sandbox
    videos: Sandbox
    checks: Sequence[Check]


class Rendering:
    """One upload, in the empty `folder`; `tell` gets its progress, 0..1.

    An upload that takes longer than expected is left to other workers, unless `takes_slow`.
    """

    def __init__(
        self, tools: Tools, job: Job, folder: Path, tell: Callable[[float], None], *, takes_slow: bool = True
    ) -> None:
        self._tools = tools
        self._job = job
        self._folder = folder
        self._source = folder / "source"
        self._tell = tell
        self._takes_slow = takes_slow or job.slow
        self._puts = asyncio.Semaphore(_PUTS_AT_ONCE)

    async def outcome(self) -> Outcome:
        """Return the outcome of the upload.

        Raises InvalidInputError, ObjectMissingError if its bytes are gone, and what a Sandbox raises.
        """
        job, bucket = self._job, self._tools.bucket
        key = job.original or quarantine_key(job.token)
        head = await bucket.head(key)
        if head.byte_size != job.byte_size:
            raise InvalidInputError("INVALID", "The file does not have the size declared as `byteSize`.")
        self._look_for_room(job.byte_size + _LEAST_ROOM)
        await bucket.download(key, head, self._source)
        if job.status == "READY":
            return await self._rest()
        return await (self._video(head) if job.heavy else self._photo(head))

    def _look_for_room(self, wanted: int) -> None:
        """Raise OSError if the disk has less free space: better before an hour of work than after."""
        if (free := shutil.disk_usage(self._folder).free) < wanted:
            raise OSError(errno.ENOSPC, f"upload {self._job.upload_id} needs {wanted:,} bytes, and there are {free:,}")

    async def _photo(self, head: Head) -> Outcome:
        max_pixels = None if self._takes_slow else SLOW_PHOTO_PIXELS
        answer = await self._run(
            self._tools.photos, "photo", Photo, filter=self._job.photo_filter, max_pixels=max_pixels
        )
        if answer["slow"]:
            return Slow()
        if answer["animated"]:
            if self._job.photo_filter is not None:
                return UserError(
                    "INVALID", "Filters cannot be applied to animated images. Send the file without a filter."
                )
            return IsVideo()
        if held := await self._judge(answer, head):
            return held
        return Made({"kind": "photo", **await self._put_picture(answer["picture"])})

    async def _video(self, head: Head) -> Outcome:
        """Return the video with its first rendition."""
        answer = await self._run(self._tools.videos, "survey", Survey, timeout=_SURVEY_SECONDS)
        if not self._takes_slow and answer["video"]["duration_ms"] > LONG_VIDEO_MS:
            return Slow()
        if held := await self._judge(answer, head):
            return held
        video, rungs = answer["video"], answer["video"]["rungs"]
        first = max((rung for rung in rungs if _side(rung) <= FIRST_RUNG), key=_side, default=rungs[0])
        share = FIRST_SHARE if len(rungs) > 1 else 1.0
        tracks = await self._encode(video, [first["name"]], (0.0, share), audio=video["has_audio"])
        media = {
            "kind": "video",
            **await self._put_picture(answer["picture"]),
            **{name: video[name] for name in ("width", "height", "duration_ms", "has_audio")},
            "hls": await self._put_master(tracks),
        }
        return Made(media, {"video": video, "tracks": tracks}, share)

    async def _rest(self) -> Outcome:
        """Return the video with all its renditions."""
        media, renditions = self._job.media, self._job.renditions
        assert media is not None
        assert renditions is not None
        video, tracks = renditions["video"], renditions["tracks"]
        there = {track["name"] for track in tracks}
        missing = [rung["name"] for rung in video["rungs"] if rung["name"] not in there]
        tracks = [*tracks, *await self._encode(video, missing, (FIRST_SHARE, 1.0), audio=False)]
        return Made(media | {"hls": await self._put_master(tracks)}, {"video": video, "tracks": tracks})

    async def _judge(self, answer: Mapping[str, Any], head: Head) -> Outcome | None:
        """Return why it must not be published, None if it may. Bytes that are not rejected are kept from here on."""
        looks = msgspec.convert(answer["looks"], list[Look])
        verdict = None if self._job.vetted else await judge(self._tools.checks, looks)
        if verdict is not None and verdict.outcome is Judged.REJECT:
            return UserError("NOT_ALLOWED", verdict.reason)
        if self._job.original is None:
            target = original_key(self._job.original_name or self._job.token)
            await self._tools.bucket.copy(quarantine_key(self._job.token), head, target)
        return NeedsReview(verdict.reason) if verdict is not None and verdict.outcome is Judged.REVIEW else None

    async def _encode(
        self, video: dict[str, Any], rungs: list[str], span: tuple[float, float], *, audio: bool
    ) -> list[dict[str, Any]]:
        """Encode and store renditions, with progress in `span`; return the playlist entry of each."""
        begin, end = span
        kilobits = sum(rung["peak"] for rung in video["rungs"] if rung["name"] in rungs)
        self._look_for_room(kilobits * video["duration_ms"] // 8)
        made = await self._run(
            self._tools.videos,
            "encode",
            Encoded,
            timeout=encode_seconds(video["duration_ms"]),
            tell=lambda done: self._tell(begin + (end - begin) * done),
            video=video,
            rungs=rungs,
            audio=audio,
        )
        return [await self._put_track(track) for track in made["tracks"]]

    async def _run(
        self,
        sandbox: Sandbox,
        op: str,
        kind: type,
        timeout: float | None = None,
        tell: Callable[[float], None] | None = None,
        **job: Any,
    ) -> dict[str, Any]:
        about = {"source": str(self._source), "content_type": self._job.content_type, "into": str(self._folder)}
        try:
            answer = await sandbox.run({"op": op, **about, **job}, timeout=timeout, tell=tell)
        except SandboxCrash:
            self._look_for_room(_LEAST_ROOM)  # a full disk is not the file's fault
            raise
        return decoder_schema.read(answer, kind)

    async def _put_picture(self, picture: dict[str, Any]) -> dict[str, Any]:
        """Store the renditions of a picture; return their data for the row of the upload."""
        variants, files = [], []
        for rendition in picture["renditions"]:
            extension = _EXTENSIONS[rendition["format"]]
            files.append((rendition, extension))
            variants.append(
                {name: rendition[name] for name in ("name", "format", "width", "height", "byte_size")}
                | {"key": self._key(rendition["sha256"], extension).removeprefix(MEDIA)}
            )
        await self._put_files(files)
        return {name: picture[name] for name in ("width", "height", "blurhash")} | {"variants": variants}

    async def _put_track(self, track: dict[str, Any]) -> dict[str, Any]:
        """Store the segments of a rendition and its playlist; return its entry of the master playlist."""
        await self._put_files([(track["init"], "mp4"), *((segment, "m4s") for segment in track["segments"])])
        await self._put_text(hls.media_playlist(track))
        return hls.described(track)

    async def _put_master(self, tracks: list[dict[str, Any]]) -> str:
        """Store the master playlist of these renditions; return its key."""
        return f"{self._job.token}/{await self._put_text(hls.master_playlist(tracks))}"

    async def _put_text(self, playlist: str) -> str:
        """Store a playlist; return its name in the folder of the upload."""
        path = self._folder / hls.playlist_name(playlist)
        path.write_text(playlist)
        await self._put({"path": str(path), "sha256": path.stem}, "m3u8")
        return path.name

    async def _put_files(self, files: Sequence[tuple[Mapping[str, Any], str]]) -> None:
        async with asyncio.TaskGroup() as tasks:
            for file, extension in files:
                tasks.create_task(self._put(file, extension))

    async def _put(self, file: Mapping[str, Any], extension: str) -> None:
        """Store a public file, and delete it here: the ladder of a long video is larger than the video."""
        async with self._puts:
            # The decoder is not trusted: only files of its own folder are stored.
            key, path = self._key(file["sha256"], extension), self._folder / Path(file["path"]).name
            await self._tools.bucket.put(key, path, TYPES[extension], A_DAY)
            os.unlink(path)

    def _key(self, sha256: str, extension: str) -> str:
        return media_key(self._job.token, sha256, extension)


def encode_seconds(duration_ms: int) -> float:
    """Return the timeout for encoding a video: many times its duration, for a busy machine."""
    return 300 + duration_ms / 1000 * 30


def _side(rung: Mapping[str, Any]) -> int:
    """Return the shorter side, in pixels."""
    return min(int(rung["width"]), int(rung["height"]))
