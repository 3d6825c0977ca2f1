"""Videos on their way: processed in stages, watched, published when the first rendition can be played."""

import io
import secrets
from pathlib import Path
from urllib.parse import urljoin

from PIL import Image

from tests.conftest import NewPerson
from tests.support.client import http_client, until, video
from tests.support.opaque_ids import number
from tests.support.videos import finished_video
from tests.support.websocket_client import hear, socket, subscribe, token
from workers.parts import Parts

POST = """query ($id: ID!) { node(id: $id) { ... on Post { status media { __typename id
  ... on Video { hlsUrl } image(width: 1) { url } } } } }"""
VIDEO = "query ($id: ID!) { node(id: $id) { __typename ... on Video { durationMs } } }"
AVATAR = """mutation ($id: ID!) { updateProfile(input: { avatarUploadId: $id }) {
  userErrors { code message field } } }"""
BEGIN = (
    "mutation ($id: ID!) { startConversation(input: { userIds: [$id] }) { conversation { id } userErrors { code } } }"
)
ATTACHED = "attachment { __typename ... on Video { id durationMs hlsUrl } }"
SEND = f"""mutation ($talk: ID!, $upload: ID!) {{ sendMessage(input: {{ conversationId: $talk, uploadId: $upload }}) {{
  message {{ id {ATTACHED} }} userErrors {{ code message }} }} }}"""
MESSAGE = f"query ($id: ID!) {{ node(id: $id) {{ ... on Message {{ {ATTACHED} }} }} }}"
REJECTION = "query ($id: ID!) { node(id: $id) { ... on Upload { status rejection { message } } } }"
WATCH = "subscription ($ids: [ID!]!) { uploadUpdated(uploadIds: $ids) { status progress } }"


async def text(url: str) -> str:
    async with http_client() as http:
        answer = await http.get(url)
        assert answer.status_code == 200, url
        return answer.text


def names(playlist: str) -> list[str]:
    """The URIs of a playlist, on lines of their own and in attributes."""
    alone = [line for line in playlist.splitlines() if line and not line.startswith("#")]
    return [*alone, *(line.split('URI="')[1].split('"')[0] for line in playlist.splitlines() if 'URI="' in line)]


async def test_a_video_is_published_and_can_be_played(person: NewPerson) -> None:
    ada, bob = await person("ada"), await person("bob")
    upload = await ada.upload(video(3, "1280x720"), "video/mp4")
    payload = await ada.create_post(upload, caption="moving")
    post = await ada.settled(payload["post"]["id"])
    assert post["status"] == "PUBLISHED"
    done = await finished_video(ada, upload)
    assert done["status"] == "READY"
    media = done["media"]
    assert media["__typename"] == "Video"
    assert (media["width"], media["height"], media["hasAudio"]) == (1280, 720, True)
    assert 2900 <= media["durationMs"] <= 3100
    assert [variant["name"] for variant in media["variants"]][::2] == ["LARGE", "MEDIUM", "SMALL", "THUMBNAIL"]
    master = await text(media["hlsUrl"])
    assert [line.split("RESOLUTION=")[1].split(",")[0] for line in master.splitlines() if "RESOLUTION" in line] == [
        "426x240",
        "640x360",
        "852x480",
        "1280x720",
    ]
    async with http_client() as http:
        for track in set(names(master)):
            playlist = await text(urljoin(media["hlsUrl"], track))
            for name in names(playlist):
                answer = await http.get(urljoin(media["hlsUrl"], name), headers={"range": "bytes=0-9"})
                assert (answer.status_code, len(answer.content)) == (206, 10)
                assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
                assert answer.headers["access-control-allow-origin"] == "*"
    # What others see by now has all renditions too.
    seen = (await bob.ask(POST, id=payload["post"]["id"]))["node"]
    assert seen["media"][0]["hlsUrl"] == media["hlsUrl"]
    assert (await bob.ask(VIDEO, id=media["id"]))["node"]["durationMs"] == media["durationMs"]


async def test_progress_is_told_and_the_first_rendition_comes_early(person: NewPerson, base_url: str) -> None:
    ada = await person()
    content = video(4, "1280x720")
    upload = await ada.create_upload(content, "video/mp4")
    async with socket(base_url, token(ada)) as connection:
        assert (await hear(connection))["type"] == "connection_ack"
        await subscribe(connection, WATCH, ids=[upload["id"]])
        told = []
        while (message := await hear(connection, 60))["type"] == "next":
            told.append(message["payload"]["data"]["uploadUpdated"])
            if len(told) == 1:
                assert await ada.send(upload, content) == 200
    assert told[0]["status"] == "AWAITING_BYTES"
    progress = [each["progress"] for each in told]
    assert progress == sorted(progress)
    assert progress[-1] == 1
    early = next(each for each in told if each["status"] == "READY")
    assert early["progress"] < 1


def gif(frames: int) -> bytes:
    """A picture that moves, where there are more frames than one."""
    pictures = [Image.new("RGB", (120, 80), (20 * n, 200 - 20 * n, 60)) for n in range(frames)]
    pictures[0].save(file := io.BytesIO(), "GIF", save_all=True, append_images=pictures[1:], duration=200, loop=0)
    return file.getvalue()


async def test_a_gif_that_moves_is_a_video(person: NewPerson) -> None:
    ada = await person()
    still, moving = await ada.upload(gif(1), "image/gif"), await ada.upload(gif(8), "image/gif")
    assert (await finished_video(ada, still))["media"] == {"__typename": "Photo"}
    media = (await finished_video(ada, moving))["media"]
    assert media["__typename"] == "Video"
    assert (media["hasAudio"], media["durationMs"]) == (False, 1600)
    post = await ada.settled((await ada.create_post(still, moving))["post"]["id"])
    assert post["status"] == "PUBLISHED"


async def test_an_avatar_stands_still(person: NewPerson) -> None:
    ada = await person()
    moving = await ada.upload(gif(4), "image/gif")
    await ada.do(AVATAR, id=moving)

    async def look() -> str | None:
        return (await ada.ask("{ viewer { user { avatarUrl } } }"))["viewer"]["user"]["avatarUrl"]

    assert str(await until(look, bool)).endswith((".jpg", ".webp"))
    assert (await ada.do(AVATAR, id=await ada.upload(video(1), "video/mp4")))["userErrors"] == [
        {"code": "INVALID", "message": "The profile picture must be a photo.", "field": ["avatarUploadId"]}
    ]


async def test_a_video_is_sent_to_somebody(person: NewPerson) -> None:
    ada, bob, eve = await person("ada"), await person("bob"), await person("eve")
    upload = await ada.upload(video(1), "video/mp4")
    await finished_video(ada, upload)
    talk = (await ada.do(BEGIN, id=bob.id))["conversation"]["id"]
    sent = (await ada.do(SEND, talk=talk, upload=upload))["message"]
    assert sent["attachment"]["__typename"] == "Video"
    read = (await bob.ask(MESSAGE, id=sent["id"]))["node"]["attachment"]
    assert read == sent["attachment"]
    assert (await bob.ask(VIDEO, id=read["id"]))["node"]["durationMs"] == 1000
    assert (await eve.ask(VIDEO, id=read["id"]))["node"] is None


async def test_what_is_cut_short_is_refused(person: NewPerson) -> None:
    ada = await person()
    upload = await ada.upload(video(3, "640x480")[:-20_000], "video/mp4")
    found = (await ada.ask(REJECTION, id=upload))["node"] if (await finished_video(ada, upload)) else {}
    assert found["status"] == "REJECTED"
    assert "incomplete" in found["rejection"]["message"]


async def test_what_can_be_seen_stays_where_no_more_can_be_made(
    person: NewPerson, parts: Parts, tmp_path: Path
) -> None:
    """Others see the video by then: that a later stage fails takes nothing from them."""
    ada = await person()
    content = video(2, "640x480")
    upload = await ada.upload(content, "video/mp4")
    before = await finished_video(ada, upload)
    post = await ada.settled((await ada.create_post(upload))["post"]["id"])
    (tmp_path / "file").write_bytes(secrets.token_bytes(len(content)))
    original = await parts.db.fetchval("SELECT original FROM uploads WHERE id = $1", number(upload))
    await parts.bucket.put(original, tmp_path / "file", "video/mp4", "no-store")
    await parts.db.execute(
        """
        UPDATE uploads SET progress = 0.3,
            renditions = jsonb_set(renditions, '{tracks}', jsonb_build_array(renditions #> '{tracks,0}'))
        WHERE id = $1
        """,
        number(upload),
    )
    assert await finished_video(ada, upload) == before
    assert (await ada.ask(POST, id=post["id"]))["node"]["status"] == "PUBLISHED"
    assert (await http_client().get(before["media"]["hlsUrl"])).status_code == 200
