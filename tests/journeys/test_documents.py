"""Trusted documents: asked for by their hash, and answered as their texts would be."""

import asyncio
import gzip
import json
import os
from typing import Any

import httpx
import msgspec
import orjson
import pytest
import uvicorn
from starlette.applications import Starlette
from websockets.asyncio.client import connect
from websockets.typing import Subprotocol

import app
import config
from embedded.process import free_port
from kit.execution.document_store import key_of
from schema.extensions import BOUNDS
from tests.conftest import NewPerson
from tests.support.client import Person

OWN = "query Own { viewer { user { username } } }"
WHO = "query Who($name: String!, $bio: Boolean = false) { user(username: $name) { username bio @include(if: $bio) } }"
FEED = "query Feed($first: Int = 1) { feed(first: $first) { nodes { comments(first: 10) { nodes { id } } } } }"
SIGN_OUT = 'mutation { signOut(refreshToken: "x") { userErrors { code } } }'
RESPONSE_JSON = "application/graphql-response+json"


@pytest.fixture
def trust(api: Starlette) -> Any:
    """Trust a document; its key."""
    return api.state.schema.trust


async def asked(person: Person, body: dict[str, Any], **headers: str) -> httpx.Response:
    """The response to a POST of this body by the person."""
    if person.token:
        headers["authorization"] = f"Bearer {person.token}"
    return await person.http.post("/graphql", json=body, headers=headers)


async def test_the_ways_to_ask(person: NewPerson, trust: Any) -> None:
    ada = await person("ada")
    key = trust(OWN)
    assert key == key_of(OWN)
    persisted = {"persistedQuery": {"version": 1, "sha256Hash": key}}
    expected = {"data": {"viewer": {"user": {"username": ada.username}}}}
    bodies: list[dict[str, Any]] = [
        {"documentId": f"sha256:{key}"},
        {"documentId": key.upper()},
        {"extensions": persisted},
        {"extensions": persisted, "query": OWN},
        {"documentId": key, "query": OWN, "operationName": "Own"},
    ]
    for body in bodies:
        answer = await asked(ada, body)
        assert (answer.status_code, answer.json()) == (200, expected), body
    headers = {"authorization": f"Bearer {ada.token}"}
    for parameters in ({"documentId": key}, {"extensions": json.dumps(persisted)}):
        assert (await ada.http.get("/graphql", params=parameters, headers=headers)).json() == expected


async def test_variables_and_variants(person: NewPerson, trust: Any) -> None:
    ada, key = await person("ada"), trust(WHO)
    for given, expected in (({"bio": False}, {}), ({"bio": True}, {"bio": ""}), ({}, {})):
        answer = await asked(ada, {"documentId": key, "variables": {"name": ada.username} | given})
        assert answer.json()["data"] == {"user": {"username": ada.username} | expected}
    for _ in range(3):
        # A Boolean with a default may stand there, and null be sent for it: then the field fails.
        for body in ({"documentId": key}, {"query": WHO}):
            answer = await asked(ada, body | {"variables": {"name": ada.username, "bio": None}})
            assert (answer.json()["data"], answer.json()["errors"][0]["path"]) == ({"user": None}, ["user"])
    for variables in ({}, {"name": None}, {"name": 1}, {"name": "x", "bio": "yes"}):
        answer = await asked(ada, {"documentId": key, "variables": variables}, accept=RESPONSE_JSON)
        assert answer.status_code == 400
        assert answer.json()["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"documentId": "0" * 64}, 200, "PERSISTED_QUERY_NOT_FOUND"),
        ({"documentId": "nonsense"}, 200, "PERSISTED_QUERY_NOT_FOUND"),
        ({"extensions": {"persistedQuery": {"sha256Hash": "0" * 64}}}, 200, "PERSISTED_QUERY_NOT_FOUND"),
        ({"documentId": ""}, 400, "BAD_USER_INPUT"),
        ({"documentId": 7}, 400, "BAD_USER_INPUT"),
        ({"documentId": ["a"]}, 400, "BAD_USER_INPUT"),
        ({"extensions": {"persistedQuery": 7}}, 400, "BAD_USER_INPUT"),
        ({"extensions": {"persistedQuery": {}}}, 400, "BAD_USER_INPUT"),
        ({"documentId": "0" * 64, "query": OWN}, 400, "BAD_USER_INPUT"),
        ({"documentId": key_of(OWN), "query": OWN + " "}, 400, "BAD_USER_INPUT"),
        ({"documentId": key_of(OWN), "query": 7}, 400, "BAD_USER_INPUT"),
        ({"documentId": key_of(OWN), "variables": []}, 400, "BAD_USER_INPUT"),
        ({"documentId": key_of(OWN), "operationName": 7}, 400, "BAD_USER_INPUT"),
        ({"documentId": key_of(OWN), "extensions": "x"}, 400, "BAD_USER_INPUT"),
        ({"documentId": key_of(OWN), "operationName": "Other"}, 400, "BAD_USER_INPUT"),
        ({"documentId": key_of(OWN), "operationName": ""}, 400, "BAD_USER_INPUT"),
    ],
)
async def test_what_is_refused(visitor: Person, trust: Any, body: dict[str, Any], status: int, code: str) -> None:
    trust(OWN)
    answer = await asked(visitor, body)
    assert answer.status_code == status, answer.text
    [error] = answer.json()["errors"]
    assert error["extensions"] == {"code": code, "requestId": answer.headers["x-request-id"]}
    assert "data" not in answer.json()
    again = await asked(visitor, body, accept=RESPONSE_JSON)
    assert again.status_code == 400, "what could not be run at all is a status in the newer form"


@pytest.mark.parametrize(
    "parameters",
    [
        {"variables": "{bad"},
        {"variables": "null"},
        {"extensions": "{bad"},
        {"operationName": "Other"},
        {"operationName": ""},
        {"variables": '{"name": null}'},
    ],
)
async def test_both_routes_refuse_alike(visitor: Person, trust: Any, parameters: dict[str, str]) -> None:
    key = trust(WHO)
    by_text = await visitor.http.get("/graphql", params={"query": WHO} | parameters)
    by_key = await visitor.http.get("/graphql", params={"documentId": key} | parameters)
    told = [without_ids(answer.json()) for answer in (by_text, by_key)]
    assert (by_key.status_code, told[1]) == (by_text.status_code, told[0])
    assert told[0]["errors"]


def without_ids(answer: dict[str, Any]) -> dict[str, Any]:
    """The answer without the ids of requests."""
    for error in answer["errors"]:
        del error["extensions"]["requestId"]
    return answer


async def test_a_mutation_is_not_for_get(visitor: Person, trust: Any) -> None:
    key = trust(SIGN_OUT)
    refused = await visitor.http.get("/graphql", params={"documentId": key})
    assert refused.status_code == 400
    assert refused.json()["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"
    assert (await asked(visitor, {"documentId": key})).json()["data"] == {"signOut": {"userErrors": []}}


async def test_a_subscription_is_for_sockets(visitor: Person, trust: Any) -> None:
    key = trust("subscription { feedHasNew }")
    assert (await asked(visitor, {"documentId": key})).status_code == 400


async def test_cost_is_that_of_the_variables(person: NewPerson, trust: Any) -> None:
    ada, key = await person("ada"), trust(FEED)
    for body in ({"query": FEED}, {"documentId": key}):
        costs = []
        for first in (1, 100, 1):
            more = {"variables": {"first": first}, "extensions": {"cost": True, "executor": True}}
            answer = (await asked(ada, body | more)).json()
            costs.append(answer["extensions"]["cost"]["points"])
        # In tenths: feed, and of each node: itself, comments, and of each of ten: itself, id. Two fields are fetched.
        assert costs == [-(-(10 + first * (10 + 10 + 10 * (10 + 1))) // 10) + 20 for first in (1, 100, 1)]


async def test_who_runs_it_is_told_on_request(person: NewPerson, trust: Any, api: Starlette) -> None:
    ada, key = await person("ada"), trust(OWN)
    executor = os.environ.get("HELIOGRAPH_EXECUTOR", "compiled")
    for body in ({"query": OWN}, {"documentId": key}):
        answer = (await asked(ada, body | {"extensions": {"executor": True}})).json()
        assert answer["extensions"] == {"executor": executor}
    schema = (
        await asked(ada, {"query": "{ __schema { queryType { name } } }", "extensions": {"executor": True}})
    ).json()
    assert schema["extensions"] == {"executor": "reference"}


@pytest.mark.parametrize("make", ["aliases", "depth", "tokens", "root fields"])
async def test_at_each_limit_and_one_past_it(visitor: Person, trust: Any, make: str) -> None:
    def document(n: int) -> str:
        if make == "aliases":
            return "{ viewer { " + " ".join(f"a{i}: email" for i in range(n)) + " } }"
        if make == "root fields":
            return "{ " + "__typename " * n + "}"
        if make == "tokens":
            fields, rest = divmod(n - 5, 8)
            return "{ viewer { " + "email @include(if: true) " * fields + "email " * rest + "} }"
        times, rest = divmod(n - 2, 3)
        inner = ("id", "posts { __typename }", "posts { nodes { id } }")[rest]
        return (
            '{ user(username: "x") { '
            + "posts(first: 1) { nodes { author { " * times
            + inner
            + " } } }" * times
            + " } }"
        )

    most = {
        "aliases": BOUNDS.aliases,
        "depth": BOUNDS.depth,
        "tokens": BOUNDS.tokens,
        "root fields": BOUNDS.root_fields,
    }[make]
    allowed = await asked(visitor, {"query": document(most)})
    assert "errors" not in allowed.json(), allowed.json()
    assert (await asked(visitor, {"documentId": trust(document(most))})).json() == allowed.json()
    refused = await asked(visitor, {"query": document(most + 1)})
    assert refused.json()["errors"][0]["extensions"]["code"] == "QUERY_TOO_COMPLEX"
    with pytest.raises(Exception, match="limit: "):
        trust(document(most + 1))


async def test_the_form_of_answers(visitor: Person) -> None:
    for accept, expected in (
        ("*/*", "application/json"),
        ("application/json", "application/json"),
        (RESPONSE_JSON, RESPONSE_JSON),
        (f"{RESPONSE_JSON}, application/json;q=0.9", RESPONSE_JSON),
        (f"{RESPONSE_JSON.upper()}; charset=utf-8", RESPONSE_JSON),
        (f"{RESPONSE_JSON};q=0, application/json", "application/json"),
    ):
        answer = await asked(visitor, {"query": "{ viewer { email } }"}, accept=accept)
        assert answer.headers["content-type"].split(";")[0] == expected
        assert answer.status_code == 200
    wrong = await asked(visitor, {"query": "{ nope }"}, accept=RESPONSE_JSON)
    assert wrong.status_code == 400
    assert (await asked(visitor, {"query": "{ nope }"})).status_code == 200


async def test_long_answers_are_compressed(visitor: Person) -> None:
    document = "{ __schema { types { name description } } }"
    async with visitor.http.stream(
        "POST", "/graphql", json={"query": document}, headers={"accept-encoding": "br;q=1, gzip"}
    ) as answer:
        raw = b"".join([part async for part in answer.aiter_raw()])
    assert answer.headers["content-encoding"] == "gzip"
    assert "accept-encoding" in answer.headers["vary"]
    for refusing in ("identity, gzip;q=0", "*;q=0", "br"):
        plain = await asked(visitor, {"query": document}, **{"accept-encoding": refusing})
        assert "content-encoding" not in plain.headers
    assert gzip.decompress(raw) == plain.content
    assert len(raw) < len(plain.content) / 2
    short = await asked(visitor, {"query": "{ viewer { email } }"})
    assert "content-encoding" not in short.headers


def test_a_manifest_that_is_wrong_stops_the_start(settings: config.Settings, tmp_path: Any) -> None:
    manifest = tmp_path / "documents.json"
    given = msgspec.structs.replace(settings, documents=str(manifest))
    for content, complaint in (
        (b"", "no manifest"),
        (b"[]", "no manifest"),
        (b'{"a": 1}', "no manifest"),
        (b'{"a": "{ viewer { email } }"}', "not the SHA-256"),
        (orjson.dumps({key_of("{ nope }"): "{ nope }"}), "nope"),
        (orjson.dumps({key_of("{"): "{"}), "Syntax Error"),
        (b'{"format": "apollo-persisted-query-manifest"}', "no manifest"),
    ):
        manifest.write_bytes(content)
        with pytest.raises(SystemExit, match=complaint):
            app.create(given)
    manifest.unlink()
    with pytest.raises(SystemExit, match="DOCUMENTS"):
        app.create(given)


async def test_only_trusted_documents(settings: config.Settings, api: Starlette, tmp_path: Any) -> None:
    manifest = tmp_path / "documents.json"
    operations = [{"id": key_of(text), "name": "x", "type": "query", "body": text} for text in (OWN,)]
    manifest.write_bytes(
        orjson.dumps({"format": "apollo-persisted-query-manifest", "version": 1, "operations": operations})
    )
    given = msgspec.structs.replace(settings, documents=str(manifest), only_documents=True, port=free_port())
    server = uvicorn.Server(uvicorn.Config(app.create(given), port=given.port, log_level="error"))
    serving = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.01)
    try:
        async with Person(f"http://localhost:{given.port}") as visitor:
            assert (await asked(visitor, {"documentId": key_of(OWN)})).json() == {"data": {"viewer": None}}
            assert (await asked(visitor, {"query": OWN})).json() == {"data": {"viewer": None}}
            for text in ("{ viewer { email } }", "{ __schema { queryType { name } } }", SIGN_OUT):
                refused = (await asked(visitor, {"query": text})).json()
                assert refused["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"
        async with connect(
            f"ws://localhost:{given.port}/graphql", subprotocols=[Subprotocol("graphql-transport-ws")]
        ) as socket:
            await socket.send(json.dumps({"type": "connection_init"}))
            await socket.recv()
            payload = {"query": "subscription { feedHasNew }"}
            await socket.send(json.dumps({"type": "subscribe", "id": "1", "payload": payload}))
            answer = json.loads(await socket.recv())
            assert answer["type"] == "error"
            assert answer["payload"][0]["extensions"]["code"] == "BAD_USER_INPUT"
    finally:
        server.should_exit = True
        await serving


@pytest.mark.parametrize(
    ("document", "code"),
    [
        ("{", "BAD_USER_INPUT"),
        ("{ nope }", "BAD_USER_INPUT"),
        ("subscription { " + "feedHasNew " * 2001 + "}", "QUERY_TOO_COMPLEX"),
        ("subscription A { feedHasNew } subscription B { feedHasNew }", "BAD_USER_INPUT"),
    ],
)
async def test_a_socket_is_told_what_is_wrong_with_a_document(visitor: Person, document: str, code: str) -> None:
    url = str(visitor.http.base_url.copy_with(scheme="ws", path="/graphql"))
    async with connect(url, subprotocols=[Subprotocol("graphql-transport-ws")]) as socket:
        await socket.send(json.dumps({"type": "connection_init"}))
        await socket.recv()
        await socket.send(json.dumps({"type": "subscribe", "id": "1", "payload": {"query": document}}))
        answer = json.loads(await socket.recv())
    # Strawberry tells what is wrong before the operation is known in one way, and after that in the other.
    [error] = answer["payload"] if answer["type"] == "error" else answer["payload"]["errors"]
    assert error["extensions"]["code"] == code
