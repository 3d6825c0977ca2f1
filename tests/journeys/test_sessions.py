"""Who signs in, for how long, and how often somebody may try."""

import asyncio
import base64
import secrets
from typing import Literal
from unicodedata import normalize

import pytest
from argon2 import PasswordHasher

from embedded.stack import Stack
from kit.ids import decode
from tests.conftest import Clock, NewPerson
from tests.support.accounts import REFRESH, SIGN_IN, SIGN_OUT
from tests.support.client import SIGN_UP, Failed, Person
from workers.parts import Parts

pytestmark = pytest.mark.usefixtures("route")


@pytest.mark.parametrize(
    ("changes", "code", "field"),
    [
        ({"username": "no spaces"}, "INVALID", "username"),
        ({"username": ""}, "INVALID", "username"),
        ({"username": "a" * 31}, "INVALID", "username"),
        ({"username": "é"}, "INVALID", "username"),
        ({"username": "nul\u0000"}, "INVALID", "username"),
        ({"email": "nobody"}, "INVALID", "email"),
        ({"email": "  "}, "REQUIRED", "email"),
        ({"email": "<ada>@example.com"}, "INVALID", "email"),
        ({"email": "ada,grace@example.com"}, "INVALID", "email"),
        ({"email": "ada\u200b@example.com"}, "INVALID", "email"),
        ({"email": "ada@exam\u200bple.com"}, "INVALID", "email"),
        ({"email": "a@b.c\u0000"}, "INVALID", "email"),
        ({"email": "a" * 250 + "@b.cd"}, "TOO_LONG", "email"),
        ({"password": "short"}, "INVALID", "password"),
        ({"password": "x" * 257}, "TOO_LONG", "password"),
        ({"password": "nul\u0000nulnul"}, "INVALID", "password"),
        ({"password": "tab\ttab tab"}, "INVALID", "password"),
        ({"password": "e\u0301" * 7}, "INVALID", "password"),
        ({"displayName": "x" * 61}, "TOO_LONG", "displayName"),
        ({"birthDate": "2014-06-01"}, "NOT_ALLOWED", "birthDate"),
        ({"birthDate": "2990-06-01"}, "INVALID", "birthDate"),
        ({"birthDate": "1790-06-01"}, "INVALID", "birthDate"),
    ],
)
async def test_a_wrong_sign_up_is_explained(visitor: Person, changes: dict[str, str], code: str, field: str) -> None:
    payload = await visitor.sign_up(**changes)
    assert [(error["code"], error["field"]) for error in payload["userErrors"]] == [(code, [field])]
    assert payload["accessToken"] is None


async def test_all_mistakes_are_told_at_once(visitor: Person) -> None:
    payload = await visitor.sign_up(username="!", email="!", password="!", birthDate="2020-01-01")
    assert [error["field"][0] for error in payload["userErrors"]] == ["username", "email", "password", "birthDate"]


async def test_thirteen_to_the_day(visitor: Person, now: Clock) -> None:
    today = now().date()
    born = today.replace(year=today.year - 13)
    assert not (await visitor.sign_up(birthDate=born.isoformat()))["userErrors"]
    late = born.replace(day=born.day + 1) if born.day < 28 else born.replace(month=born.month % 12 + 1, day=28)
    assert (await visitor.sign_up(birthDate=late.isoformat()))["userErrors"][0]["code"] == "NOT_ALLOWED"


async def test_names_and_addresses_are_unique_without_regard_to_case(visitor: Person, person: NewPerson) -> None:
    ada = await person("ada")
    for changes, field in (
        ({"username": ada.username.upper()}, "username"),
        ({"email": f"{ada.username.upper()}@EXAMPLE.com"}, "email"),
    ):
        payload = await visitor.sign_up(**changes)
        assert [(error["code"], error["field"]) for error in payload["userErrors"]] == [("TAKEN", [field])]


async def test_an_address_that_is_taken_does_not_reach_the_log_of_the_database(
    visitor: Person, person: NewPerson, stack: Stack
) -> None:
    """PostgreSQL logs the values of a violated constraint, so none is violated."""
    ada = await person("ada")
    assert stack.postgres is not None
    log = stack.postgres.process.log
    before = log.read_text()
    payload = await visitor.sign_up(email=f"{ada.username}@example.com")
    assert [error["code"] for error in payload["userErrors"]] == ["TAKEN"]
    assert log.read_text().count("users_email") == before.count("users_email")


async def test_signing_in(person: NewPerson, visitor: Person) -> None:
    ada = await person("ada")
    for login in (ada.username, ada.username.upper(), f"{ada.username}@example.com"):
        payload = await visitor.do(SIGN_IN, login=login, password="heliograph")
        assert payload["viewer"]["user"]["id"] == ada.id
    wrong = [
        await visitor.do(SIGN_IN, login=login, password=password)
        for login, password in ((ada.username, "heliogrepp"), ("nobody.at.all", "heliograph"), ("nul\u0000", "x\u0000"))
    ]
    assert wrong[0] == wrong[1] == wrong[2], "nobody learns which names exist"
    assert wrong[0]["userErrors"][0]["code"] == "WRONG_CREDENTIALS"


async def opens(visitor: Person, login: str, password: str) -> bool:
    return not (await visitor.do(SIGN_IN, login=login, password=password))["userErrors"]


@pytest.mark.parametrize("form", ["NFC", "NFD"])
async def test_a_password_opens_its_account_in_either_form(visitor: Person, form: Literal["NFC", "NFD"]) -> None:
    password = "Gra\u0301fica y pa\u0303o"
    signed_up = await visitor.sign_up("ada", password=normalize(form, password))
    login = signed_up["viewer"]["user"]["username"]
    for typed in (normalize("NFC", password), normalize("NFD", password), password.replace(" ", "\u00a0")):
        assert await opens(visitor, login, typed)
    assert not await opens(visitor, login, password.replace("\u0301", ""))


@pytest.mark.parametrize(
    ("kept", "typed"),
    [
        ("se\u0301same!", "se\u0301same!"),
        ("se\u0301same!", "s\u00e9same!"),
        ("open\u00a0sesame", "open\u00a0sesame"),
        ("tab\tsesame", "tab\tsesame"),
    ],
)
async def test_a_password_from_before_normalization_opens_its_account(
    person: NewPerson, visitor: Person, parts: Parts, kept: str, typed: str
) -> None:
    ada = await person("ada")
    old = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(kept)
    await parts.db.execute("UPDATE users SET password_hash = $2 WHERE username = $1", ada.username, old)
    assert not await opens(visitor, ada.username, typed.replace("s", "z"))
    hash = "SELECT password_hash FROM users WHERE username = $1"
    assert await parts.db.fetchval(hash, ada.username) == old
    assert await opens(visitor, ada.username, typed)
    new = await parts.db.fetchval(hash, ada.username)
    assert (new == old) == (normalize("NFC", kept.replace("\u00a0", " ")) == kept), "it is kept in its one form by now"
    for same in (normalize("NFC", kept), normalize("NFD", kept)):
        assert await opens(visitor, ada.username, same)
    assert await parts.db.fetchval(hash, ada.username) == new
    document = "mutation ($p: String!) { deactivateAccount(password: $p) { userErrors { code } } }"
    assert await ada.do(document, p=typed) == {"userErrors": []}


async def test_failures_are_limited_per_login(person: NewPerson, visitor: Person) -> None:
    ada, grace = await person("ada"), await person("grace")
    for _ in range(7):  # more than the budget of failures: successes do not spend it
        assert not (await visitor.do(SIGN_IN, login=ada.username, password="heliograph"))["userErrors"]
    for _ in range(5):
        await visitor.do(SIGN_IN, login=ada.username, password="wrong one")
    for password in ("wrong one", "heliograph"):
        with pytest.raises(Failed) as failure:
            await visitor.do(SIGN_IN, login=ada.username, password=password)
        assert failure.value.code == "RATE_LIMITED"
        assert 0 < failure.value.errors[0]["extensions"]["retryAfter"] <= 181
    assert not (await visitor.do(SIGN_IN, login=grace.username, password="heliograph"))["userErrors"]


async def test_parallel_tries_do_not_pass_the_limit(person: NewPerson, visitor: Person) -> None:
    ada = await person("ada")
    tries = [
        visitor.post({"query": SIGN_IN, "variables": {"login": ada.username, "password": "wrong"}}) for _ in range(20)
    ]
    answers = await asyncio.gather(*tries)
    assert sum("errors" in answer for answer in answers) == 15


async def test_aliases_do_not_multiply_tries(visitor: Person) -> None:
    one = 'signIn(input: {login: "a", password: "b"}) { userErrors { code } }'
    answer = await visitor.post({"query": f"mutation {{ first: {one} second: {one} }}"})
    assert answer["data"]["first"]["userErrors"][0]["code"] == "WRONG_CREDENTIALS"
    assert answer["data"]["second"] is None
    assert answer["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"


async def test_an_access_token_runs_out(person: NewPerson, now: Clock) -> None:
    ada = await person("ada")
    await ada.ask("{ viewer { email } }")
    with now.moved(minutes=16):
        for document in ("{ viewer { email } }", "{ feed { nodes { id } } }"):
            with pytest.raises(Failed) as failure:
                await ada.ask(document)
            assert failure.value.code == "UNAUTHENTICATED"
        refreshed = await ada.do(REFRESH, token=ada.refresh_token)
        ada.remember(refreshed)
        await ada.ask("{ viewer { email } }")


@pytest.mark.parametrize("token", ["nonsense", "e30.e30.e30"])
async def test_what_is_no_access_token(visitor: Person, token: str) -> None:
    headers = {"authorization": f"Bearer {token}"}
    answer = (await visitor.http.post("/graphql", json={"query": "{ viewer { email } }"}, headers=headers)).json()
    assert answer["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"


async def test_a_refresh_is_rotated_and_a_retry_answered_again(person: NewPerson) -> None:
    ada = await person("ada")
    first = ada.refresh_token
    again = [await ada.do(REFRESH, token=first) for _ in range(2)]
    assert again[0]["refreshToken"] == again[1]["refreshToken"] != first
    assert again[0]["viewer"]["user"]["id"] == ada.id
    together = await asyncio.gather(*(ada.do(REFRESH, token=again[0]["refreshToken"]) for _ in range(8)))
    assert len({payload["refreshToken"] for payload in together}) == 1


async def test_a_reuse_after_the_successor_was_used_ends_the_family(person: NewPerson) -> None:
    ada = await person("ada")
    second = (await ada.do(REFRESH, token=ada.refresh_token))["refreshToken"]
    third = (await ada.do(REFRESH, token=second))["refreshToken"]
    assert (await ada.do(REFRESH, token=ada.refresh_token))["userErrors"] == [{"code": "WRONG_CREDENTIALS"}]
    assert (await ada.do(REFRESH, token=third))["userErrors"] == [{"code": "WRONG_CREDENTIALS"}]


async def test_a_reuse_after_half_a_minute_ends_the_family(person: NewPerson, parts: Parts) -> None:
    ada = await person("ada")
    second = (await ada.do(REFRESH, token=ada.refresh_token))["refreshToken"]
    await parts.db.execute(
        "UPDATE sessions SET rotated_at = now() - interval '31 seconds' WHERE user_id = $1", decode(ada.id)[1]
    )
    assert (await ada.do(REFRESH, token=ada.refresh_token))["userErrors"] == [{"code": "WRONG_CREDENTIALS"}]
    assert (await ada.do(REFRESH, token=second))["userErrors"] == [{"code": "WRONG_CREDENTIALS"}]


async def test_a_session_ends(person: NewPerson, parts: Parts) -> None:
    ada, grace = await person("ada"), await person("grace")
    assert (await ada.do(SIGN_OUT, token=ada.refresh_token)) == {"userErrors": []}
    assert (await ada.do(REFRESH, token=ada.refresh_token))["userErrors"] == [{"code": "WRONG_CREDENTIALS"}]
    await parts.db.execute(
        "UPDATE sessions SET expires_at = now() - interval '1 second' WHERE user_id = $1", decode(grace.id)[1]
    )
    assert (await grace.do(REFRESH, token=grace.refresh_token))["userErrors"] == [{"code": "EXPIRED"}]


async def test_what_is_no_refresh_token(person: NewPerson, visitor: Person) -> None:
    ada = await person("ada")
    raw = bytearray(base64.urlsafe_b64decode(ada.refresh_token))
    forged = []
    for position in (0, 7, 11, 12, -1):
        raw[position] ^= 1
        forged.append(base64.urlsafe_b64encode(raw).decode())
        raw[position] ^= 1
    for token in ("", "x", "é", ada.refresh_token[:-8], ada.refresh_token + "AAAA", *forged):
        assert (await visitor.do(REFRESH, token=token))["userErrors"] == [{"code": "WRONG_CREDENTIALS"}], token
        assert (await visitor.do(SIGN_OUT, token=token)) == {"userErrors": []}
    assert not (await visitor.do(REFRESH, token=ada.refresh_token))["userErrors"], "a forgery ends nobody's session"


async def test_signing_up_signs_in(visitor: Person) -> None:
    account = {
        "username": f"Grace.Hopper.{secrets.token_hex(4)}",
        "email": f"{secrets.token_hex(4)}@example.com",
        "password": "heliograph",
        "birthDate": "1990-01-01",
    }
    payload = await visitor.do(SIGN_UP, input=account)
    visitor.remember(payload)
    assert visitor.username == account["username"].lower()
    assert (await visitor.ask("{ viewer { user { displayName } } }"))["viewer"]["user"][
        "displayName"
    ] == visitor.username


async def test_a_session_is_no_budget_for_more_sessions(person: NewPerson, parts: Parts) -> None:
    ada = await person("ada")
    number = decode(ada.id)[1]
    await ada.sign_up()
    assert not await parts.redis.exists(f"limit:signUp:{{{number}}}"), "counted by address, for every account"
