"""What holds whatever the price says: size, time, budgets; and what a server in production keeps to itself."""

import asyncio
import json
import time
from collections.abc import AsyncIterator
from typing import Any

import msgspec
import pytest
from graphql import get_introspection_query
from starlette.applications import Starlette

import app
import config
from clients.postgres import Database
from domain.viewer.viewer import Viewer
from embedded.process import free_port
from kit.errors import QueryTooComplex
from kit.execution.document_store import key_of
from schema.extensions import read
from tests.conftest import LIMITS, Clock, NewPerson
from tests.support.client import Person
from tests.support.server import served
from tests.support.websocket_client import hear, socket, subscribe, token

BIO = "b" * 150
WIDE = "query ($ids: [ID!]!) { nodes(ids: $ids) { ... on User { id bio username displayName } } }"
DEEP = "query ($ids: [ID!]!) { nodes(ids: $ids) { ... on User { highlights { nodes { id } } bio a: bio b: bio } } }"


@pytest.fixture(scope="module")
async def narrow(settings: config.Settings, database: str, api: Starlette, now: Clock) -> AsyncIterator[str]:
    """The URL of a server in production mode with low ceilings and budgets."""
    port = free_port()
    changed = msgspec.structs.replace(
        settings,
        port=port,
        max_response_bytes=64 * 1024,
        query_seconds=0.5,
        mutation_seconds=0.5,
        introspection=False,
        graphiql=False,
        limits={**LIMITS, "points": "30000/60"},
        # Another server at this address would learn of the debts that small budgets leave.
        redis_url=f"{str(settings.redis_url).rpartition('/')[0]}/1",
    )
    async with served(app.create(changed, now), port):
        yield f"http://127.0.0.1:{port}"


@pytest.fixture
async def ada(narrow: str, person: NewPerson) -> AsyncIterator[Person]:
    """Somebody at that server, with a long biography."""
    known = await person("ada")
    await known.do(
        "mutation ($input: UpdateProfileInput!) { updateProfile(input: $input) { user { id } } }",
        input={"bio": BIO, "displayName": "A" * 60},
    )
    async with Person(narrow) as made:
        made.id, made.token, made.username = known.id, known.token, known.username
        yield made


async def over_socket(person: Person, document: str, **variables: Any) -> dict[str, Any]:
    """The first answer to an operation over a socket."""
    async with socket(str(person.http.base_url).rstrip("/"), token(person)) as connection:
        assert (await hear(connection))["type"] == "connection_ack"
        await subscribe(connection, document, **variables)
        message = await hear(connection)
        payload = message["payload"]
        return {"errors": payload} if message["type"] == "error" else dict(payload)


def code_of(answer: dict[str, Any]) -> str:
    [error, *_] = answer["errors"]
    return str(error["extensions"]["code"])


@pytest.mark.parametrize("document", [WIDE, DEEP])
async def test_an_answer_that_is_too_large_is_refused(ada: Person, document: str) -> None:
    many = [ada.id] * 100
    small = await ada.post({"query": document, "variables": {"ids": many[:10]}})
    assert len(small["data"]["nodes"]) == 10
    bios = "a: bio b: bio c: bio d: bio e: bio f: bio"
    wide = document.replace("bio", bios, 1)
    refused = await ada.post({"query": wide, "variables": {"ids": many}})
    assert code_of(refused) == "RESPONSE_TOO_LARGE"
    assert refused["data"] is None


async def test_only_what_is_really_written_makes_an_answer_too_large(ada: Person) -> None:
    """The price models texts of their largest size; short ones may come in any number that fits."""
    document = (
        "query ($name: String!) { user(username: $name) { followers(first: 100) { nodes { bio displayName } } } }"
    )
    answer = await ada.post({"query": document, "variables": {"name": ada.username}, "extensions": {"cost": True}})
    assert answer["extensions"]["cost"]["bytes"] > 64 * 1024
    assert answer["data"]["user"]["followers"]["nodes"] == []


async def test_an_event_that_is_too_large_is_refused_over_a_socket(ada: Person) -> None:
    bios = " ".join(f"a{n}: bio" for n in range(6))
    document = WIDE.replace("bio", bios)
    answer = await over_socket(ada, document, ids=[ada.id] * 100)
    assert code_of(answer) == "RESPONSE_TOO_LARGE"


async def test_a_query_ends_in_time_and_leaves_nothing_behind(ada: Person, api: Starlette) -> None:
    db: Database = api.state.services.db
    async with db.acquire() as holder, holder.transaction():
        await holder.execute("LOCK TABLE users IN ACCESS EXCLUSIVE MODE")
        began = time.monotonic()
        answer = await ada.post({"query": '{ user(username: "ada") { id } }'})
        assert code_of(answer) == "TIMEOUT"
        assert answer["data"] is None
        assert time.monotonic() - began < 3
        # Workers wait for that table too.
        ours = (
            "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%username = ANY($1)'"
        )
        async with asyncio.timeout(5):
            while await holder.fetchval(ours):
                await asyncio.sleep(0.02)
    assert (await ada.post({"query": '{ user(username: "nobody") { id } }'}))["data"] == {"user": None}


async def test_a_budget_of_points_is_spent_and_told(ada: Person) -> None:
    document = "query ($n: Int!) { feed(first: $n) { nodes { id media { id variants { url } } } } }"
    lefts = []
    for _ in range(40):
        answer = await ada.post({"query": document, "variables": {"n": 10}, "extensions": {"cost": True}})
        if answer.get("errors"):
            break
        lefts.append(answer["extensions"]["cost"]["budget"]["remaining"])
    assert code_of(answer) == "RATE_LIMITED"
    assert 1 <= answer["errors"][0]["extensions"]["retryAfter"] <= 60
    assert len(lefts) > 1
    assert lefts == sorted(lefts, reverse=True)
    assert code_of(await over_socket(ada, document, n=10)) == "RATE_LIMITED", "a socket has the same budget"


async def test_reading_documents_is_paid_for_by_whoever_sends_them(ada: Person) -> None:
    """Also those that are not valid, which never run."""
    codes = []
    for n in range(400):
        wide = " ".join(f"nothing{n}x{m}" for m in range(1500))
        codes.append(code_of(await ada.post({"query": f"{{ viewer {{ {wide} }} }}"})))
        if codes[-1] == "RATE_LIMITED":
            break
    assert codes[0] == "BAD_USER_INPUT"
    assert codes[-1] == "RATE_LIMITED"
    assert code_of(await ada.post({"query": "{ viewer { email } }"})) == "RATE_LIMITED", "it is one budget"


async def test_even_the_smallest_operation_costs_something(ada: Person) -> None:
    began = time.monotonic()
    lefts = [
        (await ada.post({"query": "{ __typename }", "extensions": {"cost": True}}))["extensions"]["cost"]["budget"]
        for _ in range(6)
    ]
    came_back = (time.monotonic() - began) * 30_000 / 60
    assert lefts[0]["remaining"] - lefts[-1]["remaining"] + came_back >= 5 * 100


async def test_variables_are_bounded_before_they_are_read(visitor: Person) -> None:
    tags = [{"userId": "AAAAAAAAAAE", "x": 0.5, "y": 0.5}] * 600
    document = "mutation ($input: CreatePostInput!) { createPost(input: $input) { post { id } } }"
    answer = await visitor.post(
        {"query": document, "variables": {"input": {"media": [{"uploadId": "AAAAAAAAAAE", "userTags": tags}]}}}
    )
    assert code_of(answer) == "QUERY_TOO_COMPLEX"
    few = [{"uploadId": "AAAAAAAAAAE", "userTags": tags[:20]}] * 10
    answer = await visitor.post({"query": document, "variables": {"input": {"media": few}}})
    assert code_of(answer) == "UNAUTHENTICATED", "as many as a post may have"


async def test_production_tells_nothing_of_the_schema(narrow: str, ada: Person, now: Clock) -> None:
    refused = await ada.post({"query": get_introspection_query()})
    assert code_of(refused) == "FORBIDDEN"
    assert code_of(await ada.post({"query": '{ __type(name: "User") { name } }'})) == "FORBIDDEN"
    assert (await ada.post({"query": "{ __typename }"}))["data"] == {"__typename": "Query"}
    documents = (
        "{ viewr { email } }",
        "{ feed(frist: 1) { nodes { id } } }",
        "{ feed(order: RANKEDD) { nodes { id } } }",
        "mutation { createPost(input: {medai: []}) { post { id } } }",
        "{ viewer { ...on Usr { id } } }",
    )
    for minutes, document in enumerate(documents, 1):
        # Each has a whole budget: what it takes to read a document is measured, and depends on the machine.
        with now.moved(minutes=minutes):
            answer = json.dumps(await ada.post({"query": document}))
        assert "BAD_USER_INPUT" in answer
        assert "Did you mean" not in answer
    wrong = {"query": "query ($o: FeedOrder) { feed(order: $o) { nodes { id } } }", "variables": {"o": "RANKEDD"}}
    assert "Did you mean" not in json.dumps(await ada.post(wrong))
    page = await ada.http.get("/graphql", headers={"accept": "text/html"})
    assert page.status_code == 404
    assert (await ada.http.get("/static/graphiql.js")).status_code == 404


async def test_a_developers_server_helps(visitor: Person) -> None:
    assert "Did you mean" in json.dumps(await visitor.post({"query": "{ viewr { email } }"}))
    assert (await visitor.http.get("/graphql", headers={"accept": "text/html"})).status_code == 200


ROOTS = "An introspection query can have only one root field"


@pytest.mark.parametrize(
    "document",
    [
        "{ " + " ".join(f"a{n}: __schema {{ types {{ name }} }}" for n in range(20)) + " }",
        "{ __schema { types { name } } viewer { email } }",
        '{ ...A } fragment A on Query { __schema { types { name } } t: __type(name: "User") { name } }',
    ],
)
async def test_introspection_is_asked_for_alone(visitor: Person, document: str) -> None:
    answer = await visitor.post({"query": document})
    assert code_of(answer) == "QUERY_TOO_COMPLEX"
    assert ROOTS in answer["errors"][0]["message"]


@pytest.mark.parametrize(
    "document",
    [
        "{ viewer { user { " + "id " * 1900 + "} } }",
        "{ viewer { " + "user { id } " * 480 + "} }",
        "{ viewer { user { " + " ".join(f"posts(first: {n % 2}) {{ nodes {{ id }} }}" for n in range(150)) + " } } }",
        "{ __typename } fragment F on Viewer { " + "user { id } " * 480 + "}",
        "{ viewer { user { ...F0 } } } "
        + " ".join(
            f"fragment F{i} on User {{ {' '.join(f'...F{j}' for j in range(i + 1, 40))} id }}" for i in range(40)
        ),
    ],
)
async def test_documents_that_take_long_to_validate_are_refused_at_once(visitor: Person, document: str) -> None:
    answer = await visitor.post({"query": document})
    assert code_of(answer) == "QUERY_TOO_COMPLEX"
    began = time.thread_time()
    with pytest.raises(QueryTooComplex):
        read(document)
    assert time.thread_time() - began < 0.5


async def test_a_long_document_is_refused_before_it_is_read(visitor: Person) -> None:
    answer = await visitor.post({"query": "{ __typename }" + " " * 70_000})
    assert code_of(answer) == "QUERY_TOO_COMPLEX"


async def test_an_expensive_document_is_compiled_at_first_sight(
    visitor: Person, api: Starlette, monkeypatch: pytest.MonkeyPatch
) -> None:
    executor = api.state.schema.execution_context_class
    if executor.__name__ != "Executor":
        pytest.skip("the reference compiles nothing")
    monkeypatch.setattr(executor, "runs_before_compiling", 10)
    monkeypatch.setattr(executor.plan_cache, "share", 1e-9)

    async def ran_by(first: int) -> str:
        document = f'{{ user(username: "nobody") {{ posts(first: {first}) {{ nodes {{ id media {{ id }} }} }} }} }}'
        answer = await visitor.post({"query": document, "extensions": {"executor": True}})
        return str(answer["extensions"]["executor"])

    assert await ran_by(1) == "reference"
    assert [await ran_by(first) for first in (100, 99, 98)] == ["compiled"] * 3


async def test_ids_that_are_repeated_are_resolved_once(person: NewPerson, monkeypatch: pytest.MonkeyPatch) -> None:
    ada = await person("ada")
    asked: list[int] = []
    original = Viewer.load_users

    async def noting(self: Viewer, ids: Any) -> Any:
        asked.append(len(ids))
        return await original(self, ids)

    monkeypatch.setattr(Viewer, "load_users", noting)
    nodes = (await ada.ask("query ($ids: [ID!]!) { nodes(ids: $ids) { id } }", ids=[ada.id] * 100))["nodes"]
    assert nodes == [{"id": ada.id}] * 100
    assert asked == [1]


async def test_a_trusted_document_has_the_same_ceilings(visitor: Person, api: Starlette) -> None:
    text = "query ($n: Int!) { feed(first: $n) { nodes { comments(first: 100) { nodes { id } } } } }"
    api.state.schema.trust(text)
    answer = await visitor.post({"documentId": key_of(text), "variables": {"n": 100_000}})
    assert code_of(answer) == "QUERY_TOO_COMPLEX"
