"""The clock of a process is compared with the database's, at start and while it serves."""

from datetime import datetime, timedelta

import pytest
from starlette.applications import Starlette

import app
import config
from embedded.process import free_port
from kit import clock
from tests.conftest import NewPerson
from tests.support.client import Person, until
from tests.support.server import served
from web import health
from web.checks import MAX_SKEW_S


class System:
    """A machine's clock, ahead by some seconds."""

    def __init__(self, ahead: float = 0) -> None:
        self.ahead = ahead

    def __call__(self) -> datetime:
        return clock.now() + timedelta(seconds=self.ahead)


@pytest.mark.parametrize(("ahead", "way"), [(3600, "ahead of"), (-3600, "behind")])
async def test_a_process_whose_clock_is_wrong_does_not_start(settings: config.Settings, ahead: int, way: str) -> None:
    application = app.create(settings, system_clock=System(ahead))
    with pytest.raises(config.ConfigurationError, match=f"{way} that of PostgreSQL"):
        async with application.router.lifespan_context(application):
            pass


async def test_a_process_whose_clock_goes_wrong_refuses_to_serve(
    settings: config.Settings, person: NewPerson, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(health, "PERIOD_S", 0.05)
    ada, system, port = await person("ada"), System(MAX_SKEW_S - 5), free_port()
    async with served(app.create(settings, system_clock=system), port), Person(f"http://127.0.0.1:{port}") as elsewhere:
        elsewhere.token = ada.token
        ready = await until(lambda: elsewhere.http.get("/readyz"), lambda answer: answer.status_code == 200)
        assert ready.json() == {"ready": True}
        assert await elsewhere.feed() == []

        system.ahead = MAX_SKEW_S + 5
        gone = await until(lambda: elsewhere.http.get("/readyz?verbose"), lambda answer: answer.status_code == 503)
        assert gone.json()["parts"] == {"postgres": True, "clock": False, "redis": True, "s3": True, "search": True}
        answer = await elsewhere.http.post("/graphql", json={"query": "{ __typename }"})
        assert (answer.status_code, answer.json()["errors"][0]["extensions"]["code"]) == (503, "UNAVAILABLE")
        assert int(answer.headers["retry-after"]) in range(1, 5)
        assert (await elsewhere.http.get("/healthz")).status_code == 200
        assert (await elsewhere.http.get(f"/media/{'0' * 32}/{'0' * 64}.jpg")).status_code == 404, "not refused"

        system.ahead = 0
        await until(lambda: elsewhere.http.get("/readyz"), lambda answer: answer.status_code == 200)
        assert await elsewhere.feed() == []


@pytest.mark.parametrize("ahead", [-60, 60])
async def test_tokens_are_good_in_processes_a_minute_apart(
    settings: config.Settings, api: Starlette, person: NewPerson, ahead: int
) -> None:
    ada, system, port = await person("ada"), System(ahead), free_port()
    application = app.create(settings, system, system_clock=system)
    async with served(application, port), Person(f"http://127.0.0.1:{port}") as elsewhere:
        elsewhere.token = ada.token
        assert await elsewhere.feed() == []
        await elsewhere.sign_up("grace")
        ada.token = elsewhere.token
        assert await ada.feed() == []
        assert (await elsewhere.create_upload(b"1234"))["target"]["url"]
