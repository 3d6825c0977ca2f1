"""Object storage is away: the API goes on, pictures are 503, and what needs storage says so."""

import time

import httpx
import pytest

from clients import postgres
from embedded.process import free_port
from tests.client import Failed, until
from tests.crowd import used_token
from tests.journeys.test_multipart import begin
from tests.shedding.conftest import NewApi, new_api, signed_up  # noqa: F401


async def test_the_api_goes_on_while_storage_is_away(new_api: NewApi, spare_database: str) -> None:  # noqa: F811
    url = await new_api(s3_endpoint=f"http://127.0.0.1:{free_port()}")
    db = await postgres.connect(spare_database, size=1)
    token = await used_token(db)
    await db.close()
    async with signed_up(url) as ada, httpx.AsyncClient(base_url=url, timeout=15) as http:
        ready = await until(lambda: http.get("/readyz?verbose"), lambda answer: b'"s3":false' in answer.content)
        assert (ready.status_code, ready.json()["ready"]) == (200, True)
        assert await ada.feed() == []
        assert (await ada.create_upload(b"1234"))["target"]["url"]

        began = time.monotonic()
        picture = await http.get(f"/media/{token}/{'0' * 64}.jpg")
        assert (picture.status_code, int(picture.headers["retry-after"]) in range(1, 5)) == (503, True)
        assert picture.headers["cache-control"] == "no-store"
        assert time.monotonic() - began < 8

        # An upload by parts begins in storage.
        with pytest.raises(Failed, match="UNAVAILABLE"):
            await begin(ada, 20 * 1024**2)
