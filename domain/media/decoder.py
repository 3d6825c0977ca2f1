"""The sandboxed child process that opens uploads: `python -m domain.media.decoder`, one job at a time.

- `photo`: the renditions of a picture (`images.render`) and its look; `{"animated": true}` for an animated GIF,
`{"slow": true}` for a picture of more than `max_pixels`, if the job sets these.

- `survey`: the properties of a video (`videos.survey`), the renditions of its poster, and the looks of the poster and
of frames.

- `encode`: some renditions of a video (`videos.encode`).
"""

from pathlib import Path
from typing import Any

from domain.media import images, videos
from domain.media.looks import look
from kit.sandbox import Tell, serve


def _photo(job: dict[str, Any], source: Path, into: Path) -> dict[str, Any]:
    if images.is_animated(source, job["content_type"]):
        return {"animated": True}
    max_pixels = job.get("max_pixels")
    if max_pixels is not None and images.pixel_count(source, job["content_type"]) > max_pixels:
        return {"slow": True}
    picture = images.render(source, job["content_type"], into, job["filter"])
    return {"picture": picture, "looks": [look(Path(picture["renditions"][0]["path"]))]}


def _survey(job: dict[str, Any], source: Path, into: Path) -> dict[str, Any]:
    video = videos.survey(source, job["content_type"], into)
    poster, frames = Path(video.pop("poster")), video.pop("frames")
    picture = images.render(poster, "image/jpeg", into)
    return {"video": video, "picture": picture, "looks": [look(path) for path in (poster, *map(Path, frames))]}


def _handle(job: dict[str, Any], tell: Tell) -> dict[str, Any]:
    source, into = Path(job["source"]), Path(job["into"])
    match job["op"]:
        case "photo":
            return _photo(job, source, into)
        case "survey":
            return _survey(job, source, into)
        case "encode":
            return videos.encode(source, job["video"], into, job["rungs"], tell, audio=job["audio"])
    raise ValueError(job["op"])


if __name__ == "__main__":
    serve(_handle)
