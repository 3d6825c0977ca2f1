"""Object storage is away: the API goes on, pictures are 503, and what needs storage says so."""

import time

import pytest

from clients import postgres
from domain.media.rows import Upload
from embedded.process import free_port
from kit import ids
from tests.conftest import NewApi
from tests.support.client import Failed, http_client, signed_up, until
from tests.support.factories import used_token
from tests.support.multipart_uploads import begin_upload
from tests.support.s3_uploads import s3_error, s3_request


async def test_the_api_goes_on_while_storage_is_away(new_api: NewApi, spare_database: str) -> None:
    url = await new_api(s3_endpoint=f"http://127.0.0.1:{free_port()}")
    db = await postgres.connect(spare_database, size=1)
    token = await used_token(db)
    async with signed_up(url) as ada, http_client(base_url=url, timeout=15) as http:
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
            await begin_upload(ada, 20 * 1024**2)

        # As if it had begun before storage went away.
        row = await db.fetchval("UPDATE uploads SET multipart = 'x' WHERE part_size IS NOT NULL RETURNING id")
        key = ids.encode(Upload.TAG, row)
        listed = await s3_request(ada, "GET", key, f"uploadId={key}")
        assert s3_error(listed) == (503, "ServiceUnavailable")
        assert int(listed.headers["retry-after"]) in range(1, 5)
    await db.close()
