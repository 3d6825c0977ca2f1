"""Devices are registered, seen and forgotten."""

import asyncio
import secrets
from typing import Any

import pytest

from domain.push import actions, reads
from domain.push.rows import Offer
from kit.errors import UserErrors
from kit.ids import decode
from tests.conftest import NewPerson
from tests.support.accounts import SIGN_OUT
from tests.support.client import Failed, Person
from tests.support.push_services import Browser, credentials
from workers.parts import Parts

pytestmark = pytest.mark.usefixtures("route")

REGISTER = """mutation ($input: RegisterDeviceInput!) { registerDevice(input: $input) {
  device { id platform createdAt } userErrors { code message field } } }"""
UNREGISTER = """mutation ($id: ID!) { unregisterDevice(deviceId: $id) {
  deletedId userErrors { code field } } }"""
DEVICES = "{ viewer { devices { id platform createdAt } } }"
NODE = "query ($id: ID!) { node(id: $id) { __typename ... on Device { id platform } } }"
SIGN_IN = """mutation ($login: String!) { signIn(input: {login: $login, password: "heliograph"}) {
  accessToken refreshToken userErrors { code } } }"""


def phone() -> dict[str, Any]:
    return {"platform": "APNS", "token": secrets.token_hex(32)}


def browser() -> dict[str, Any]:
    made = Browser(f"https://push.example/{secrets.token_hex(8)}")
    return {"platform": "WEB_PUSH", "token": made.endpoint, "keys": made.keys}


async def register(person: Person, device: dict[str, Any]) -> dict[str, Any]:
    payload = await person.do(REGISTER, input=device)
    assert payload["userErrors"] == []
    registered: dict[str, Any] = payload["device"]
    return registered


async def devices(person: Person) -> list[str]:
    return [device["id"] for device in (await person.ask(DEVICES))["viewer"]["devices"]]


async def test_a_device_is_its_owners_to_see(person: NewPerson) -> None:
    ada, grace = await person("ada"), await person("grace")
    first, second = await register(ada, phone()), await register(ada, browser())
    assert (first["platform"], second["platform"]) == ("APNS", "WEB_PUSH")
    assert (await ada.ask(DEVICES))["viewer"]["devices"] == [second, first]
    assert (await ada.ask(NODE, id=first["id"]))["node"] == {
        "__typename": "Device",
        "id": first["id"],
        "platform": "APNS",
    }
    assert (await grace.ask(NODE, id=first["id"]))["node"] is None
    missing = {"deletedId": None, "userErrors": [{"code": "NOT_FOUND", "field": ["deviceId"]}]}
    assert await grace.do(UNREGISTER, id=first["id"]) == missing
    assert await ada.do(UNREGISTER, id=first["id"]) == {"deletedId": first["id"], "userErrors": []}
    assert await ada.do(UNREGISTER, id=first["id"]) == missing
    assert await ada.do(UNREGISTER, id=ada.id) == missing
    assert await devices(ada) == [second["id"]]


async def test_registered_again_it_is_the_same(person: NewPerson) -> None:
    ada = await person("ada")
    one, other = phone(), phone()
    first, second = await register(ada, one), await register(ada, other)
    assert await register(ada, one | {"token": one["token"].upper()}) == first
    assert await devices(ada) == [first["id"], second["id"]]


async def test_a_token_has_one_owner(person: NewPerson) -> None:
    ada, grace = await person("ada"), await person("grace")
    shared = phone()
    of_ada, of_grace = await register(ada, shared), await register(grace, shared)
    assert of_ada["id"] != of_grace["id"], "an id tells whose it is"
    assert (await devices(ada), await devices(grace)) == ([], [of_grace["id"]])
    await asyncio.gather(*(register(person, shared) for person in (ada, grace) * 5))
    assert len(await devices(ada) + await devices(grace)) == 1


async def test_the_oldest_of_many_gives_way(person: NewPerson) -> None:
    ada = await person("ada")
    first = phone()
    kept = [await register(ada, device) for device in (first, *(phone() for _ in range(reads.MAX_DEVICES - 1)))]
    assert await register(ada, first) == kept[0]
    last = await register(ada, phone())
    assert await devices(ada) == [last["id"], kept[0]["id"], *(device["id"] for device in reversed(kept[2:]))]


@pytest.mark.parametrize("how", ["signs out", "deactivates", "deletes"])
async def test_the_end_of_a_session_is_the_end_of_its_devices(person: NewPerson, parts: Parts, how: str) -> None:
    ada = await person("ada")
    await register(ada, phone())
    first = ada.refresh_token
    ada.remember(await ada.do(SIGN_IN, login=ada.username))
    other = await register(ada, phone())
    if how == "signs out":
        await ada.do(SIGN_OUT, token=first)
        assert await devices(ada) == [other["id"]]
        rows = await parts.db.fetch("SELECT id FROM devices WHERE user_id = $1", decode(ada.id)[1])
        assert [row["id"] for row in rows] == [decode(other["id"])[1]], "the token of the first is not kept"
    else:
        name = {"deactivates": "deactivateAccount", "deletes": "deleteAccount"}[how]
        await ada.do(f'mutation {{ {name}(password: "heliograph") {{ userErrors {{ code }} }} }}')
        number = decode(ada.id)[1]
        assert await parts.db.fetchval("SELECT count(*) FROM devices WHERE user_id = $1", number) == 0


async def test_a_device_is_not_registered_for_a_session_that_ends_meanwhile(person: NewPerson, parts: Parts) -> None:
    ada = await person("ada")
    number = decode(ada.id)[1]
    async with parts.db.acquire() as tx:
        transaction = tx.transaction()
        await transaction.start()
        await tx.execute("UPDATE sessions SET ended_at = now() WHERE user_id = $1", number)
        late = asyncio.create_task(ada.do(REGISTER, input=phone()))
        done, _ = await asyncio.wait([late], timeout=0.3)
        assert not done, "it waits"
        await transaction.commit()
    with pytest.raises(Failed, match="UNAUTHENTICATED"):
        await late
    assert await parts.db.fetchval("SELECT count(*) FROM devices WHERE user_id = $1", number) == 0


GOOD = browser()


@pytest.mark.parametrize(
    ("device", "code", "field"),
    [
        ({"platform": "APNS", "token": ""}, "INVALID", "token"),
        ({"platform": "APNS", "token": "../3/device"}, "INVALID", "token"),
        ({"platform": "APNS", "token": "ab" * 101}, "INVALID", "token"),
        ({"platform": "APNS", "token": "abc" + "0" * 32}, "INVALID", "token"),
        ({"platform": "FCM", "token": "abc"}, "NOT_ALLOWED", "platform"),
        (GOOD | {"token": "http://push.example/x"}, "INVALID", "token"),
        (GOOD | {"token": "https://"}, "INVALID", "token"),
        (GOOD | {"token": "https://:443/x"}, "INVALID", "token"),
        (GOOD | {"token": "https://push.example:99999/x"}, "INVALID", "token"),
        (GOOD | {"token": "https://ada@push.example/x"}, "INVALID", "token"),
        (GOOD | {"token": "https://push.example/x#y"}, "INVALID", "token"),
        (GOOD | {"token": "https://push.example/x\r\nhost: elsewhere"}, "INVALID", "token"),
        (GOOD | {"token": "https://push.example/" + "x" * 2000}, "INVALID", "token"),
        ({**GOOD, "keys": None}, "REQUIRED", "keys"),
        ({**GOOD, "keys": GOOD["keys"] | {"auth": "c2hvcnQ"}}, "INVALID", "keys"),
        ({**GOOD, "keys": GOOD["keys"] | {"auth": "not base64url!"}}, "INVALID", "keys"),
        ({**GOOD, "keys": GOOD["keys"] | {"auth": "A"}}, "INVALID", "keys"),
        ({**GOOD, "keys": GOOD["keys"] | {"p256dh": "BA" + "A" * 85}}, "INVALID", "keys"),
        ({**GOOD, "keys": GOOD["keys"] | {"p256dh": ""}}, "INVALID", "keys"),
    ],
)
async def test_what_is_no_device_is_explained(person: NewPerson, device: dict[str, Any], code: str, field: str) -> None:
    ada = await person("ada")
    payload = await ada.do(REGISTER, input=device)
    assert [(error["code"], error["field"]) for error in payload["userErrors"]] == [(code, [field])]
    assert payload["device"] is None
    assert await devices(ada) == []


async def test_bad_ids_and_strangers(person: NewPerson, visitor: Person) -> None:
    ada = await person("ada")
    with pytest.raises(Failed, match="BAD_USER_INPUT"):
        await ada.do(UNREGISTER, id="nonsense")
    for document, variables in ((REGISTER, {"input": phone()}), (UNREGISTER, {"id": ada.id})):
        with pytest.raises(Failed, match="UNAUTHENTICATED"):
            await visitor.do(document, **variables)


async def test_browsers_are_told_what_to_subscribe_with(visitor: Person) -> None:
    key = (await visitor.ask("{ webPushKey }"))["webPushKey"]
    assert len(key) == 87
    assert key == Browser("", credentials().web).keys["p256dh"]


async def test_nothing_is_offered_without_credentials(parts: Parts) -> None:
    for platform in ("APNS", "FCM", "WEB_PUSH"):
        with pytest.raises(UserErrors) as refused:
            await actions.register(parts.db, Offer(), 1, 1, platform=platform, token="abc", keys=None)
        assert [error.code for error in refused.value.errors] == ["NOT_ALLOWED"]
