"""Automatic persisted queries, as Apollo's clients send them."""

import json
import secrets
from typing import Any

import httpx
import msgspec
import pytest
from starlette.applications import Starlette

import app
import config
from kit.errors import RateLimited
from kit.execution.document_store import key_of
from schema.extensions import POINTS_PER_REGISTRATION
from tests.conftest import NewPerson
from tests.support.client import Person
from tests.support.websocket_client import hear, say, socket, token


def document() -> str:
    """A query that no test has sent before."""
    return f"query Q{secrets.token_hex(6)} {{ viewer {{ user {{ username }} }} }}"


def persisted(text: str) -> dict[str, Any]:
    return {"persistedQuery": {"version": 1, "sha256Hash": key_of(text)}}


def code(answer: httpx.Response) -> str | None:
    errors = answer.json().get("errors")
    return str(errors[0]["extensions"]["code"]) if errors else None


async def test_text_that_was_sent_with_its_hash_is_asked_for_by_its_hash(person: NewPerson, base_url: str) -> None:
    ada, text = await person("ada"), document()
    headers, extensions = {"authorization": f"Bearer {ada.token}"}, persisted(text)
    expected = {"data": {"viewer": {"user": {"username": ada.username}}}}

    async def post(**body: Any) -> httpx.Response:
        return await ada.http.post("/graphql", json=body, headers=headers)

    assert (await post(extensions=extensions)).json()["errors"][0]["message"] == "PersistedQueryNotFound"
    assert (await post(query=text)).json() == expected
    assert code(await post(extensions=extensions)) == "PERSISTED_QUERY_NOT_FOUND", "a text alone is not registered"
    assert (await post(query=text, extensions=extensions)).json() == expected
    assert (await post(extensions=extensions)).json() == expected
    by_get = await ada.http.get("/graphql", params={"extensions": json.dumps(extensions)}, headers=headers)
    assert by_get.json() == expected
    accept = {"accept": "text/event-stream"}
    streamed = await ada.http.post("/graphql", json={"extensions": extensions}, headers=headers | accept)
    assert json.dumps(expected["data"], separators=(",", ":")) in streamed.text
    async with socket(base_url, token(ada)) as connection:
        assert (await hear(connection))["type"] == "connection_ack"
        await say(connection, id="1", type="subscribe", payload={"extensions": extensions})
        assert (await hear(connection))["payload"] == expected


async def test_text_sent_over_a_socket_is_registered(person: NewPerson, base_url: str) -> None:
    ada, text = await person("ada"), document()
    async with socket(base_url, token(ada)) as connection:
        assert (await hear(connection))["type"] == "connection_ack"
        payload = {"query": text, "extensions": persisted(text)}
        await say(connection, id="1", type="subscribe", payload=payload)
        assert (await hear(connection))["payload"]["data"]
        assert (await hear(connection))["type"] == "complete"
        await say(connection, id="2", type="subscribe", payload={"extensions": persisted(text)})
        assert (await hear(connection))["payload"]["data"]


async def test_wrong_text_is_not_registered(visitor: Person) -> None:
    for text in ("{ nope }", "{", "query A { viewer { email } }"):
        other = {"query": text, "extensions": persisted("query B { viewer { email } }")}
        assert code(await visitor.http.post("/graphql", json=other)) == "BAD_USER_INPUT"
    for text in ("{ nope }", "{"):
        body = {"query": text, "extensions": persisted(text)}
        assert code(await visitor.http.post("/graphql", json=body)) == "BAD_USER_INPUT"
        answer = await visitor.http.post("/graphql", json={"extensions": persisted(text)})
        assert code(answer) == "PERSISTED_QUERY_NOT_FOUND"


async def test_mutation_is_not_run_by_get(visitor: Person) -> None:
    text = f'mutation M{secrets.token_hex(6)} {{ signOut(refreshToken: "x") {{ userErrors {{ code }} }} }}'
    body = {"query": text, "extensions": persisted(text)}
    assert code(await visitor.http.post("/graphql", json=body)) is None
    by_get = await visitor.http.get("/graphql", params={"extensions": json.dumps(persisted(text))})
    assert by_get.status_code == 400
    assert code(await visitor.http.post("/graphql", json={"extensions": persisted(text)})) is None


async def test_reading_a_registered_text_is_paid_for_again_once_it_was_forgotten(
    person: NewPerson, api: Starlette
) -> None:
    ada, text = await person("ada"), document()
    schema, reads = api.state.schema, api.state.services.reads
    headers = {"authorization": f"Bearer {ada.token}"}
    taken: list[int] = []

    def note(viewer_id: int, address: str, points: int) -> None:
        taken.append(points)

    body = {"query": text, "extensions": persisted(text)}
    await ada.http.post("/graphql", json=body, headers=headers)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(reads, "take", note)
        await ada.http.post("/graphql", json={"extensions": persisted(text)}, headers=headers)
        known = sum(taken)
        for segment in (schema.documents._once, schema.documents._again):
            segment.pop(key_of(text))
        await ada.http.post("/graphql", json={"extensions": persisted(text)}, headers=headers)
    assert known == 0
    assert sum(taken) > 0


async def test_registering_is_paid_for_once(visitor: Person, api: Starlette, monkeypatch: pytest.MonkeyPatch) -> None:
    reads, text, spent = type(api.state.services.reads), document(), []
    spend = reads.spend

    def note(self: Any, viewer_id: int, address: str, points: int) -> Any:
        spent.append(points)
        return spend(self, viewer_id, address, points)

    monkeypatch.setattr(reads, "spend", note)
    for _ in range(2):
        await visitor.http.post("/graphql", json={"query": text, "extensions": persisted(text)})
    assert [points for points in spent if points == POINTS_PER_REGISTRATION] == [POINTS_PER_REGISTRATION]


async def test_who_has_no_points_left_registers_nothing(
    visitor: Person, api: Starlette, monkeypatch: pytest.MonkeyPatch
) -> None:
    reads, text = type(api.state.services.reads), document()
    spend = reads.spend

    def refuse(self: Any, viewer_id: int, address: str, points: int) -> Any:
        if points == POINTS_PER_REGISTRATION:
            raise RateLimited(1)
        return spend(self, viewer_id, address, points)

    monkeypatch.setattr(reads, "spend", refuse)
    body = {"query": text, "extensions": persisted(text)}
    assert code(await visitor.http.post("/graphql", json=body)) is None
    answer = await visitor.http.post("/graphql", json={"extensions": persisted(text)})
    assert code(answer) == "PERSISTED_QUERY_NOT_FOUND"


async def test_server_without_a_store_says_so(visitor: Person, api: Starlette, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(api.state.schema, "persisted", None)
    monkeypatch.setattr(api.state.schema.documents, "_trusted", {})
    text = document()
    answer = await visitor.http.post("/graphql", json={"extensions": persisted(text)})
    assert answer.json()["errors"][0]["message"] == "PersistedQueryNotSupported"
    assert code(answer) == "PERSISTED_QUERY_NOT_SUPPORTED"
    body = {"query": text, "extensions": persisted(text)}
    assert (await visitor.http.post("/graphql", json=body)).json() == {"data": {"viewer": None}}
    api.state.schema.trust(document())
    assert code(await visitor.http.post("/graphql", json={"extensions": persisted(text)})) == (
        "PERSISTED_QUERY_NOT_FOUND"
    ), "else the client would send no hash of a trusted document either"


def test_setting_switches_the_store_off(settings: config.Settings) -> None:
    assert app._schema(settings).persisted is not None
    assert app._schema(msgspec.structs.replace(settings, persisted_queries=False)).persisted is None
