"""Waits for videos to be processed."""

from typing import Any

from tests.support.client import Person, until

VIDEO_UPLOAD = """query ($id: ID!) { node(id: $id) { ... on Upload { status progress media { __typename
  ... on Video { id width height durationMs hasAudio hlsUrl variants { name format width height url } } } } } }"""


async def finished_video(person: Person, upload: str) -> dict[str, Any]:
    """The upload once all its renditions are there."""

    async def look() -> dict[str, Any]:
        node: dict[str, Any] = (await person.ask(VIDEO_UPLOAD, id=upload))["node"]
        return node

    return await until(look, lambda found: found["status"] == "REJECTED" or found["progress"] == 1, 60)
