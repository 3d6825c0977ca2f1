"""URLs that are signed open what they were made for, until they expire, and nothing else."""

import hashlib
import re
import secrets
from base64 import urlsafe_b64decode
from datetime import UTC, datetime, timedelta
from urllib.parse import urljoin

from domain.media.urls import Urls
from tests.conftest import Clock
from tests.edge.conftest import KEY, SECONDS
from tests.support.client import Person, http_client, photo, until, video

TOKEN = "0123456789abcdef" * 2
NOW = datetime(2026, 11, 21, tzinfo=UTC)
POST = """query ($id: ID!) { node(id: $id) { ... on Post {
  author { avatarUrl } media { variants { url } ... on Video { hlsUrl } } } } }"""
AVATAR = "mutation ($input: UpdateProfileInput!) { updateProfile(input: $input) { user { avatarUrl } } }"


def instant(url: str) -> int:
    return int(url.split("/")[5])


def test_without_a_key_a_url_is_a_name() -> None:
    assert Urls("https://cdn.example", None, 60).of(f"{TOKEN}/a.jpg", NOW) == f"https://cdn.example/{TOKEN}/a.jpg"


def test_a_signature_is_that_of_nginx() -> None:
    url = Urls("https://cdn.example", KEY, SECONDS).of(f"{TOKEN}/a.jpg", NOW)
    found = re.fullmatch(rf"https://cdn\.example/s/([\w-]{{22}})/(\d+)/{TOKEN}/a\.jpg", url)
    assert found
    assert urlsafe_b64decode(found[1] + "==") == hashlib.md5(f"{found[2]}{TOKEN} {KEY}".encode()).digest()


def test_a_url_stays_the_same_for_a_while_and_is_good_as_long_after() -> None:
    urls = Urls("https://cdn.example", KEY, SECONDS)
    made = [urls.of(f"{TOKEN}/a.jpg", NOW + timedelta(seconds=each)) for each in range(3 * SECONDS)]
    assert len(set(made)) in (3, 4)
    for each, url in enumerate(made):
        assert SECONDS < instant(url) - (NOW.timestamp() + each) <= 2 * SECONDS
    others = [urls.of(f"{secrets.token_hex(16)}/a.jpg", NOW) for _ in range(100)]
    assert len({instant(url) for url in others}) > 20, "otherwise all clients would fetch everything again at once"


async def test_what_the_api_gives_can_be_had_and_expires(signed: str, workers: None, now: Clock) -> None:
    async with Person(signed) as ada, http_client() as http:
        await ada.sign_up("ada")
        face, moving = await ada.upload(photo()), await ada.upload(video(), "video/mp4")
        await ada.processed(face)
        shown = (await ada.do(AVATAR, input={"avatarUploadId": face}))["user"]["avatarUrl"]
        post = await ada.settled((await ada.create_post(moving))["post"]["id"])
        node = (await ada.ask(POST, id=post["id"]))["node"]
        assert node["author"]["avatarUrl"] == shown
        [media] = node["media"]
        assert (await http.get(shown)).status_code == 200
        master = (await http.get(media["hlsUrl"])).text
        [first, *_] = [line for line in master.splitlines() if line.endswith(".m3u8")]
        playlist = urljoin(media["hlsUrl"], first)
        [segment, *_] = [line for line in (await http.get(playlist)).text.splitlines() if line.endswith(".m4s")]
        assert (await http.head(urljoin(playlist, segment))).status_code == 200

        base, _, signature, expires, token, file = shown.rsplit("/", 5)
        other = token[:-1] + ("0" if token[-1] != "0" else "1")
        for url in (
            f"{base}/{token}/{file}",
            f"{base}/s/{'a' * 22}/{expires}/{token}/{file}",
            f"{base}/s/{signature}/{int(expires) + 1}/{token}/{file}",
            f"{base}/s/{signature}/{expires}/{other}/{file}",
        ):
            assert (await http.get(url)).status_code == 403, url
        with now.moved(seconds=2 * SECONDS):
            assert (await http.get(shown)).status_code == 410
            fresh = (await ada.ask(POST, id=post["id"]))["node"]["author"]["avatarUrl"]
            assert (await http.get(fresh)).status_code == 200
        await ada.delete_post(post["id"])

        async def status() -> int:
            return (await http.get(media["hlsUrl"])).status_code

        await until(status, lambda found: found == 404)
