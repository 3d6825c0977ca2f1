"""Who comes first, and what holds no place while it waits for something slower than the database."""

import asyncio
from types import SimpleNamespace
from typing import cast

import pytest
from graphql import parse

from domain.accounts.passwords import Passwords
from kit.execution.document_store import Document
from kit.gate import Gate, Priority
from resolvers.context import Context
from schema import priorities
from tests.conftest import NewApi
from tests.support.client import signed_up

SIGN_IN = 'mutation { signIn(input: {login: "ada", password: "x"}) { userErrors { code } } }'
REFRESH = 'mutation { refreshSession(refreshToken: "x") { userErrors { code } } }'
BOTH = "mutation { refreshSession { a } signIn { a } }"
LIKE = 'mutation { likePost(postId: "x") { userErrors { code } } }'

VIDEO = """mutation { createUploads(input: {files: [{kind: VIDEO, contentType: "video/mp4", byteSize: 100000000}]})
  { uploads { id } userErrors { code } } }"""
RENAME = 'mutation { updateProfile(input: {displayName: "Ada"}) { userErrors { code } } }'


def priority(text: str, *, is_signed_in: bool) -> Priority:
    document = Document("key", parse(text), 1)
    operation = document.operation(None)
    assert operation is not None
    context = cast(Context, SimpleNamespace(access=object() if is_signed_in else None))
    return priorities.priority(context, document, operation, {})


@pytest.mark.parametrize(
    ("text", "is_signed_in", "expected"),
    [
        (LIKE, True, Priority.CRITICAL),
        (SIGN_IN, True, Priority.CRITICAL),
        (REFRESH, False, Priority.CRITICAL),
        (SIGN_IN, False, Priority.LOW),
        (BOTH, False, Priority.LOW),
        ("mutation { ... { refreshSession(refreshToken: 1) { a } signIn { a } } }", False, Priority.LOW),
        ("{ feed { a } }", True, Priority.HIGH),
        ('{ feed(after: "x") { a } }', True, Priority.NORMAL),
        ("{ feed { a } }", False, Priority.LOW),
    ],
)
def test_only_signed_in_mutations_and_refreshes_are_critical(text: str, is_signed_in: bool, expected: Priority) -> None:
    assert priority(text, is_signed_in=is_signed_in) is expected


async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Stands for a store that takes requests and does not answer them."""
    await reader.read()
    writer.close()


async def test_mutations_that_wait_for_storage_hold_no_places(new_api: NewApi) -> None:
    async with await asyncio.start_server(silent, "127.0.0.1", 0) as store:
        port = store.sockets[0].getsockname()[1]
        url = await new_api(max_operations=4, s3_endpoint=f"http://127.0.0.1:{port}", mutation_seconds=2)
        async with signed_up(url) as person:
            begun = [asyncio.create_task(person.post({"query": VIDEO})) for _ in range(4)]
            assert await asyncio.wait(begun, timeout=0.5) == (set(), set(begun))
            places = [asyncio.create_task(person.post({"query": RENAME})) for _ in range(4)]
            renamed = await asyncio.gather(*places)
            assert not any("errors" in answer for answer in renamed)
            for each in begun:
                each.cancel()
            await asyncio.gather(*begun, return_exceptions=True)


async def test_operations_that_wait_for_argon2_hold_no_places() -> None:
    gate, passwords = Gate("tests", 2, max_waiters=0, max_wait_s=1, max_released=2), Passwords(threads=1)

    async def sign_in() -> bool:
        async with gate.enter() as place:
            with place.of_operation():
                return (await passwords.verify(None, "x", known=False)).is_right

    sign_ins = [asyncio.create_task(sign_in()) for _ in range(2)]
    await asyncio.sleep(0)
    assert gate.used == 0
    assert await asyncio.gather(*sign_ins) == [False, False]
    passwords.close()
