"""Requests that cannot be answered get a clear error by the contract's conventions, before anything is done."""

import asyncio
import logging
from itertools import count
from typing import Any
from urllib.parse import urlsplit

import pytest
from graphql import get_introspection_query

from domain.accounts import reads as accounts
from kit.ids import encode
from tests.conftest import NewPerson
from tests.support.client import CREATE_UPLOADS, FEED, Failed, Person, photo
from tests.support.errors import refusal_code
from tests.support.processor_time import awaiting_takes_at_most

pytestmark = pytest.mark.usefixtures("route")

SPREADS = " ".join(f"fragment f{n} on Query {{ ...f{n + 1} ...f{n + 1} }}" for n in range(60))
BOMB = f"{{ ...f0 }} {SPREADS} fragment f60 on Query {{ viewer {{ email }} }}"
DEEP = "posts { nodes { author { " * 5 + "id" + " } } }" * 5
TYPES = "fields { type { " * 4 + "name" + " } }" * 4


@pytest.mark.parametrize(
    ("document", "code"),
    [
        ("{", "BAD_USER_INPUT"),
        ("{ nope }", "BAD_USER_INPUT"),
        ("{ user { id } }", "BAD_USER_INPUT"),
        ("query ($x: Nope) { viewer { email } }", "BAD_USER_INPUT"),
        ("query ($name: String!) { user(username: $name) { id } }", "BAD_USER_INPUT"),
        ("{ ...f } fragment f on Query { ...f }", "BAD_USER_INPUT"),
        ("query A { viewer { email } } query B { viewer { email } }", "BAD_USER_INPUT"),
        ("{ " + "viewer { email } " * 700 + "}", "QUERY_TOO_COMPLEX"),
        ('{ user(username: "a") { ' + DEEP + " } }", "QUERY_TOO_COMPLEX"),
        ("{ viewer { " + " ".join(f"a{n}: email" for n in range(31)) + " } }", "QUERY_TOO_COMPLEX"),
        ("{ " + "viewer { email } " * 21 + "}", "QUERY_TOO_COMPLEX"),
        ("{ ...r ...r ...r } fragment r on Query { " + "viewer { email } " * 7 + "}", "QUERY_TOO_COMPLEX"),
        ("{ __schema { types { " + TYPES + " } } }", "QUERY_TOO_COMPLEX"),
        (BOMB, "QUERY_TOO_COMPLEX"),
        ('{ node(id: "zzz") { id } }', "BAD_USER_INPUT"),
        ('{ user(username: "ada") { posts(after: "x") { nodes { id } } } }', "BAD_USER_INPUT"),
    ],
)
async def test_a_document_that_is_refused(person: NewPerson, document: str, code: str) -> None:
    ada = await person("ada")
    document = document.replace('"ada"', f'"{ada.username}"')
    fresh = count()  # so that no try finds the document of another one in a cache
    await awaiting_takes_at_most(500, lambda: ada.post({"query": f"{document} # {next(fresh)}"}))
    answer = await ada.post({"query": document})
    assert answer["errors"][0]["extensions"]["code"] == code, answer
    assert all(error["extensions"]["requestId"] for error in answer["errors"])


async def test_introspection_works(visitor: Person) -> None:
    assert (await visitor.ask(get_introspection_query(descriptions=True)))["__schema"]["types"]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400),
        (b"not json", 400),
        (b"[]", 400),
        (b"{}", 400),
        (b"null", 400),
        (b'{"query": 1}', 400),
        (b'{"query": "{viewer{email}}", "variables": []}', 400),
        (b'{"query": "' + b" " * 256 * 1024 + b'"}', 413),
    ],
)
async def test_a_body_that_is_refused(visitor: Person, body: bytes, status: int) -> None:
    answer = await visitor.http.post("/graphql", content=body, headers={"content-type": "application/json"})
    assert answer.status_code == status
    [error] = answer.json()["errors"]
    assert error["extensions"]["code"] == "BAD_USER_INPUT"
    assert error["extensions"]["requestId"] == answer.headers["x-request-id"]


async def test_other_ways_to_ask(visitor: Person) -> None:
    got = await visitor.http.get("/graphql", params={"query": "{ viewer { email } }"})
    assert got.json() == {"data": {"viewer": None}}
    mutation = await visitor.http.get(
        "/graphql", params={"query": 'mutation { signOut(refreshToken: "x") { userErrors { code } } }'}
    )
    assert mutation.status_code == 400
    assert mutation.json()["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"
    form = await visitor.http.post("/graphql", data={"query": "{ viewer { email } }"})
    assert form.status_code == 400
    assert (await visitor.http.put("/graphql")).status_code == 405


@pytest.mark.parametrize("first", [0, -1, 101, 2**31 - 1])
async def test_how_many(person: NewPerson, first: int) -> None:
    ada = await person("ada")
    assert await refusal_code(ada, "query ($n: Int) { feed(first: $n) { nodes { id } } }", n=first) in (
        "BAD_USER_INPUT",
        "QUERY_TOO_COMPLEX",
    )
    assert (await ada.ask("{ feed(first: null, order: null) { nodes { id } } }"))["feed"] == {"nodes": []}


async def test_cursors_belong_to_their_list_and_their_viewer(person: NewPerson) -> None:
    ada, grace = await person("ada"), await person("grace")
    await ada.publish()
    await ada.sees(*await ada.feed())
    cursor = (await ada.ask(FEED))["feed"]["edges"][0]["cursor"]
    own = "query ($u: String!, $c: String) { user(username: $u) { posts(after: $c) { edges { cursor } } } }"
    assert (await ada.ask(FEED, after=cursor))["feed"]["edges"] == []
    assert await refusal_code(grace, FEED, after=cursor) == "BAD_USER_INPUT"
    for wrong in (cursor[:-1] + ("A" if cursor[-1] != "A" else "B"), cursor[:-4], "", "é", "x" * 10_000):
        assert await refusal_code(ada, FEED, after=wrong) == "BAD_USER_INPUT"
    answer = await ada.post({"query": own, "variables": {"u": ada.username, "c": cursor}})
    assert answer["data"]["user"] == {"posts": None}, "the other fields stand"
    assert answer["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"
    of_ada = (await ada.ask(own, u=ada.username))["user"]["posts"]["edges"][0]["cursor"]
    answer = await ada.post({"query": own, "variables": {"u": grace.username, "c": of_ada}})
    assert answer["data"]["user"] == {"posts": None}


async def test_ids(person: NewPerson) -> None:
    ada = await person("ada")
    many = "query ($ids: [ID!]!) { nodes(ids: $ids) { id } }"
    assert await refusal_code(ada, many, ids=[ada.id] * 101) in ("BAD_USER_INPUT", "QUERY_TOO_COMPLEX")
    assert (await ada.ask(many, ids=[encode(99, 1), encode(1, 0)]))["nodes"] == [None, None]
    follow = "mutation ($id: ID!) { follow(userId: $id) { user { id } userErrors { code field } } }"
    wrong_kind = encode(2, 5)
    for id in (wrong_kind, encode(1, 5)):
        assert (await ada.do(follow, id=id))["userErrors"] == [{"code": "NOT_FOUND", "field": ["userId"]}]
    assert (await ada.do(follow, id=ada.id))["userErrors"] == [{"code": "NOT_ALLOWED", "field": ["userId"]}]
    assert await refusal_code(ada, follow, id="zzz") == "BAD_USER_INPUT"


async def test_what_an_operation_costs(person: NewPerson) -> None:
    ada = await person("ada")
    document = (
        """query ($n: Int!) { feed(first: $n) { nodes { author { posts(first: $n) { nodes { id caption } } } } } }"""
    )

    async def cost(n: float) -> dict[str, Any]:
        return await ada.post({"query": document, "variables": {"n": n}, "extensions": {"cost": True}})

    # In tenths: feed, and of each node: itself, author, posts, and of each node of these: itself, id, caption. Three
    # fields are fetched.
    def points(n: int) -> int:
        return -(-(10 + n * (10 + 10 + 10 + n * (10 + 1 + 1))) // 10) + 3 * 10

    assert (await cost(1))["extensions"]["cost"]["points"] == points(1)
    told = (await cost(10))["extensions"]["cost"]
    assert told["points"] == points(10)
    assert told["limit"] == 50_000
    assert told["budget"]["limit"] == 10**9
    assert 0 < told["budget"]["remaining"] < 10**9
    assert told["bytes"] > 10 * 10 * 27_000, "captions of their largest size"
    for n in (1000, 1000.0):
        assert (await cost(n))["errors"][0]["extensions"]["code"] == "QUERY_TOO_COMPLEX"
    optional = document.replace("$n: Int!", "$n: Int")
    nulls = await ada.post({"query": optional, "variables": {"n": None}, "extensions": {"cost": True}})
    assert nulls["extensions"]["cost"]["points"] == points(20), "null is the default"
    assert "extensions" not in await ada.post({"query": document, "variables": {"n": 1}})


async def test_what_goes_wrong_inside_stays_inside(
    visitor: Person, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def broken(*_: object) -> None:
        raise RuntimeError("the secret of the house")

    monkeypatch.setattr(accounts, "user_ids", broken)
    with caplog.at_level(logging.ERROR):
        answer = await visitor.http.post("/graphql", json={"query": '{ user(username: "a") { id } viewer { email } }'})
    body = answer.json()
    [error] = body["errors"]
    assert body["data"] == {"user": None, "viewer": None}
    assert error["path"] == ["user"]
    assert error["extensions"] == {"code": "INTERNAL", "requestId": answer.headers["x-request-id"]}
    assert "secret" not in answer.text
    [record] = [record for record in caplog.records if "failed" in record.message]
    assert answer.headers["x-request-id"] in record.message
    assert "the secret of the house" in str(record.exc_info)


async def test_a_body_that_breaks_off_gives_one_line(
    visitor: Person, base_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    url = urlsplit(base_url)
    with caplog.at_level(logging.INFO):
        _, writer = await asyncio.open_connection(url.hostname, url.port)
        head = "POST /graphql HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 1000\r\n\r\n"
        writer.write(head.encode() + b'{"query": "{ viewer')
        await writer.drain()
        writer.close()
        await writer.wait_closed()
        async with asyncio.timeout(10):
            while not (records := [each for each in caplog.records if each.name.startswith("web")]):
                await asyncio.sleep(0.02)
    [record] = records
    assert record.levelno == logging.WARNING
    assert record.exc_info is None
    assert "closed the connection" in record.message


async def test_answers_are_not_kept_by_caches(person: NewPerson, visitor: Person) -> None:
    ada = await person("ada")
    for answer in (
        await ada.http.post("/graphql", json={"query": "{ viewer { email } }"}),
        await ada.http.get("/graphql", params={"query": "{ viewer { email } }"}),
        await ada.http.post("/graphql", json={"query": 7}),
    ):
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["x-content-type-options"] == "nosniff"


async def test_halves_of_characters(person: NewPerson, visitor: Person) -> None:
    ada = await person("ada")
    body = (
        b'{"query": "mutation ($c: String) { createPost(input: {media: [], caption: $c}) { userErrors { code } } }", '
    )
    answer = await ada.http.post(
        "/graphql",
        content=body + b'"variables": {"c": "\\ud800"}}',
        headers={"content-type": "application/json", "authorization": f"Bearer {ada.token}"},
    )
    assert "INTERNAL" not in answer.text
    for document in ('{ user(username: "\\uD800") { id } }', '{ user(username: "\\u0000") { id } }'):
        assert "INTERNAL" not in str(await visitor.post({"query": document}))


async def test_the_same_key_twice_is_once(person: NewPerson) -> None:
    ada, grace = await person("ada"), await person("grace")
    upload = await ada.upload()
    key = {"idempotencyKey": "k" * 64}
    assert (await ada.create_post("BAAAAAAAAAAB", **key))["userErrors"], "a mistake does not spend the key"
    made = await asyncio.gather(*(ada.create_post(upload, caption="one", **key) for _ in range(8)))
    assert len({payload["post"]["id"] for payload in made}) == 1
    again = await ada.create_post(upload, caption="another", **key)
    assert again["userErrors"][0] | {"message": ""} == {"code": "CONFLICT", "message": "", "field": ["idempotencyKey"]}
    theirs = await grace.create_post(await grace.upload(), caption="one", **key)
    assert not theirs["userErrors"], "keys of two people do not meet"
    for wrong in ("", "k" * 65, "nul\u0000"):
        payload = await ada.create_post(await ada.upload(), idempotencyKey=wrong)
        assert [(error["code"], error["field"]) for error in payload["userErrors"]] == [("INVALID", ["idempotencyKey"])]


async def test_uploads_with_a_key(person: NewPerson) -> None:
    ada = await person("ada")
    files = [{"kind": "PHOTO", "contentType": "image/jpeg", "byteSize": len(photo())}]
    made = [await ada.do(CREATE_UPLOADS, input={"files": files, "idempotencyKey": "k"}) for _ in range(2)]
    assert made[0]["uploads"][0]["id"] == made[1]["uploads"][0]["id"]
    with pytest.raises(Failed):
        await ada.do(CREATE_UPLOADS, input={"files": files, "idempotencyKey": 1.5})
