"""What opens the hostile files, in the sandbox: all that is done to an upload. Run by its name as a module."""

from pathlib import Path
from typing import Any

from domain.media import images, videos
from kit.sandbox import Tell, serve


def handle(job: dict[str, Any], tell: Tell) -> dict[str, Any]:
    source, content_type, into = Path(job["source"]), job["content_type"], Path(job["into"])
    if content_type.startswith("image/") and not images.is_animated(source, content_type):
        return images.render(source, content_type, into)
    found = videos.survey(source, content_type, into)
    return videos.encode(source, found, into, [found["rungs"][0]["name"]], found["has_audio"], tell)


if __name__ == "__main__":
    serve(handle)
