"""A photo is shown through the filter that its post asks for, whenever that is asked."""

import io
from typing import Any

import pytest
from PIL import Image, ImageStat

from tests.conftest import NewPerson
from tests.support.client import CREATE_POST, Person, http_client, until, video
from tests.support.opaque_ids import number
from workers.parts import Parts

POST = """query ($id: ID!) { node(id: $id) { ... on Post { status media { blurhash variants { url } } } } }"""


def orange() -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (300, 200), (230, 120, 20)).save(file, "PNG")
    return file.getvalue()


async def saturation(url: str) -> float:
    """0 for greys, at most 255."""
    async with http_client() as http:
        answer = await http.get(url)
    assert answer.status_code == 200
    return float(ImageStat.Stat(Image.open(io.BytesIO(answer.content)).convert("HSV")).mean[1])


async def shown(person: Person, upload: str, filter: str | None) -> dict[str, Any]:
    medium = {"uploadId": upload} | ({"filter": filter} if filter else {})
    payload = await person.do(CREATE_POST, input={"media": [medium]})
    assert not payload["userErrors"], payload
    await person.settled(payload["post"]["id"])
    node: dict[str, Any] = (await person.ask(POST, id=payload["post"]["id"]))["node"]
    assert node["status"] == "PUBLISHED"
    return dict(node["media"][0])


async def variants(parts: Parts, upload: str) -> set[str]:
    token = await parts.db.fetchval("SELECT token FROM uploads WHERE id = $1", number(upload))
    return {key.rsplit("/", 1)[1] async for key, _ in parts.bucket.list(f"media/{token}/")}


@pytest.mark.parametrize("filter", [None, "NORMAL"])
async def test_without_a_filter_it_is_as_it_was(person: NewPerson, filter: str | None) -> None:
    ada = await person()
    media = await shown(ada, await ada.upload(orange(), "image/png"), filter)
    assert await saturation(media["variants"][0]["url"]) > 150


async def test_a_filter_that_is_chosen_before_the_bytes_come(person: NewPerson) -> None:
    ada, content = await person(), orange()
    upload = await ada.create_upload(content, "image/png")
    payload = await ada.do(CREATE_POST, input={"media": [{"uploadId": upload["id"], "filter": "MOON"}]})
    await ada.send(upload, content)
    await ada.settled(payload["post"]["id"])
    [media] = (await ada.ask(POST, id=payload["post"]["id"]))["node"]["media"]
    for variant in media["variants"]:
        assert await saturation(variant["url"]) < 10


async def test_a_filter_that_is_chosen_afterwards_leaves_nothing_of_what_was_before(
    person: NewPerson, parts: Parts
) -> None:
    ada = await person()
    upload = await ada.upload(orange(), "image/png")
    await ada.processed(upload)
    plain = await variants(parts, upload)
    media = await shown(ada, upload, "MOON")
    assert await saturation(media["variants"][0]["url"]) < 10
    after = await until(lambda: variants(parts, upload), lambda names: not names & plain)
    assert after == {variant["url"].rsplit("/", 1)[1] for variant in media["variants"]}


async def test_each_filter_is_different(person: NewPerson) -> None:
    ada = await person()
    hashes = set()
    for filter in ("CLARENDON", "GINGHAM", "JUNO", "LARK", "MOON", "RISE", "VALENCIA"):
        media = await shown(ada, await ada.upload(orange(), "image/png"), filter)
        hashes.add(media["variants"][0]["url"].rsplit("/", 1)[1])
    assert len(hashes) == 7


async def test_filters_are_for_photos(person: NewPerson) -> None:
    ada = await person()
    upload = await ada.upload(video(1), "video/mp4")
    payload = await ada.do(CREATE_POST, input={"media": [{"uploadId": upload, "filter": "MOON"}]})
    assert [(error["code"], error["field"]) for error in payload["userErrors"]] == [
        ("INVALID", ["media", "0", "filter"])
    ]
    assert not (await ada.create_post(upload))["userErrors"]  # it was not spent
